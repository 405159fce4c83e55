// Put before the C library by LD_PRELOAD: makes a disk fail, a clock jump and calls fail when a
// test says so.
//
// FAULTS names a file of one page that the test writes and this maps:
//     0 errno of writes, -1: they wait as long as that stands here | 4 errno of flushes | 8 seconds added to the wall clock | 64 the part of
//     a file's path that fails, ended by a zero
//     16 which of `enum call` fail | 20 after so many of them | 24 with this errno | 28 a number
//     that changes with each of these settings
//     32 which call between fork and exec fails, counted from 1 | 36 of 1000 calls that may fail,
//     so many do | 40 seed of which
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum call {
    call_pipe = 1, call_duplicate = 2, call_fork = 4, call_pidfd = 8, call_socketpair = 16,
    call_memory = 32, call_truncate = 64, call_seal = 128, call_flags = 256, call_epoll = 512,
    call_open = 1024,
};

static struct {
    int32_t write_error, flush_error;
    int64_t seconds;
    int32_t calls, skipped, call_error, setting;
    int32_t child_call, per_mille;
    uint64_t seed;
    char unused[16];
    char part[256];
} none, *volatile faults = &none;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *page = file < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) faults = page;
    if (file >= 0) close(file);
}

// The error that a call on the file is to end with, or 0.
static int error_of(int file, const volatile int32_t *error) {
    if (*error == 0) return 0;
    char name[64], path[4096];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ssize_t count = readlink(name, path, sizeof path - 1);
    if (count < 0) return 0;
    path[count] = 0;
    if (!strstr(path, faults->part)) return 0;
    while (*error == -1) usleep(1000);
    return *error;
}

#define THE_REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// Found before there is a child, in which nothing may be looked up any more.
#define BETWEEN_FORK_AND_EXEC(each)                                                          \
    each(prctl) each(setpgid) each(sigprocmask) each(dup2) each(setpriority) each(execve)    \
    each(syscall) each(fcntl) each(write)
#define FIELD(name) __typeof__(&name) name;
static struct { BETWEEN_FORK_AND_EXEC(FIELD) } real;
#define FIND(name) real.name = THE_REAL(name);
__attribute__((constructor)) static void find_all(void) { BETWEEN_FORK_AND_EXEC(FIND) }
#define REAL(name) (real.name ? (void)0 : find_all(), real.name)

#define FAIL(file, error)                     \
    do {                                      \
        int code = error_of(file, &error);    \
        if (code) return errno = code, -1;    \
    } while (0)

ssize_t write(int file, const void *bytes, size_t count) {
    FAIL(file, faults->write_error);
    return REAL(write)(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    FAIL(file, faults->write_error);
    return THE_REAL(pwrite)(file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    FAIL(file, faults->write_error);
    return THE_REAL(pwrite64)(file, bytes, count, offset);
}

ssize_t pwritev(int file, const struct iovec *pieces, int count, off_t offset) {
    FAIL(file, faults->write_error);
    return THE_REAL(pwritev)(file, pieces, count, offset);
}

ssize_t writev(int file, const struct iovec *pieces, int count) {
    FAIL(file, faults->write_error);
    return THE_REAL(writev)(file, pieces, count);
}

int fsync(int file) {
    FAIL(file, faults->flush_error);
    return THE_REAL(fsync)(file);
}

int fdatasync(int file) {
    FAIL(file, faults->flush_error);
    return THE_REAL(fdatasync)(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = THE_REAL(clock_gettime)(clock, now);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += faults->seconds;
    return result;
}

time_t time(time_t *into) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into) *into = now.tv_sec;
    return now.tv_sec;
}

static _Atomic uint64_t draws;
static _Atomic int32_t setting, skipped;
// Between fork and exec, and how many calls have been made there.
static int is_child, child_calls;

static int is_drawn(void) {
    if (faults->per_mille == 0) return 0;
    uint64_t mixed = faults->seed + ++draws * 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return (mixed ^ (mixed >> 31)) % 1000 < (uint64_t)faults->per_mille;
}

// Whether this call is to fail, and errno then says why.
static int fails(enum call call) {
    if (is_child) {
        errno = EMFILE;
        return ++child_calls == faults->child_call || is_drawn();
    }
    if (call == 0 || (faults->calls & call) == 0) return 0;
    if (setting != faults->setting) {
        setting = faults->setting;
        skipped = 0;
    }
    if (faults->per_mille > 0 ? !is_drawn() : skipped++ < faults->skipped) return 0;
    errno = faults->call_error;
    return 1;
}

pid_t fork(void) {
    if (fails(call_fork)) return -1;
    pid_t pid = THE_REAL(fork)();
    if (pid == 0) is_child = 1;
    return pid;
}

int pipe2(int ends[2], int flags) {
    return fails(call_pipe) ? -1 : THE_REAL(pipe2)(ends, flags);
}

int socketpair(int family, int kind, int protocol, int ends[2]) {
    return fails(call_socketpair) ? -1 : THE_REAL(socketpair)(family, kind, protocol, ends);
}

int memfd_create(const char *name, unsigned flags) {
    return fails(call_memory) ? -1 : THE_REAL(memfd_create)(name, flags);
}

int ftruncate(int file, off_t size) {
    return fails(call_truncate) ? -1 : THE_REAL(ftruncate)(file, size);
}

int epoll_ctl(int epoll, int operation, int file, struct epoll_event *event) {
    return operation == EPOLL_CTL_ADD && fails(call_epoll)
        ? -1 : THE_REAL(epoll_ctl)(epoll, operation, file, event);
}

int fcntl(int file, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    enum call call = command == F_DUPFD_CLOEXEC ? call_duplicate
        : command == F_ADD_SEALS                ? call_seal
        : command == F_SETFL                    ? call_flags
                                                : 0;
    return fails(call) ? -1 : REAL(fcntl)(file, command, argument);
}

int fcntl64(int file, int command, ...) {
    va_list list;
    va_start(list, command);
    void *argument = va_arg(list, void *);
    va_end(list);
    return fcntl(file, command, argument);
}

#define OPEN(name)                                              \
    int name(const char *path, int flags, ...) {                \
        va_list list;                                           \
        va_start(list, flags);                                  \
        mode_t mode = va_arg(list, mode_t);                     \
        va_end(list);                                           \
        return fails(call_open) ? -1 : THE_REAL(name)(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                            \
    int name(int directory, const char *path, int flags, ...) { \
        va_list list;                                           \
        va_start(list, flags);                                  \
        mode_t mode = va_arg(list, mode_t);                     \
        va_end(list);                                           \
        return fails(call_open) ? -1 : THE_REAL(name)(directory, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

long syscall(long number, ...) {
    va_list list;
    va_start(list, number);
    long words[6];
    for (int index = 0; index < 6; index++) words[index] = va_arg(list, long);
    va_end(list);
    if (is_child ? fails(0) : number == SYS_pidfd_open && fails(call_pidfd)) return -1;
    return REAL(syscall)(
        number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

int prctl(int option, ...) {
    va_list list;
    va_start(list, option);
    unsigned long words[4];
    for (int index = 0; index < 4; index++) words[index] = va_arg(list, unsigned long);
    va_end(list);
    return fails(0) ? -1 : REAL(prctl)(option, words[0], words[1], words[2], words[3]);
}

int setpgid(pid_t process, pid_t group) {
    return fails(0) ? -1 : REAL(setpgid)(process, group);
}

int sigprocmask(int how, const sigset_t *set, sigset_t *before) {
    return fails(0) ? -1 : REAL(sigprocmask)(how, set, before);
}

int dup2(int file, int place) { return fails(0) ? -1 : REAL(dup2)(file, place); }

int setpriority(__priority_which_t which, id_t who, int priority) {
    return fails(0) ? -1 : REAL(setpriority)(which, who, priority);
}

int execve(const char *path, char *const *arguments, char *const *environment) {
    return fails(0) ? -1 : REAL(execve)(path, arguments, environment);
}
