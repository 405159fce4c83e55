// Put before the C library by LD_PRELOAD: makes a disk fail and a clock jump when a test says so.
//
// FAULTS names a file of one page that the test writes and this maps:
//     0 errno of writes | 4 errno of flushes | 8 seconds added to the wall clock | 64 the part of
//     a file's path that fails, ended by a zero
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static struct {
    int32_t write_error, flush_error;
    int64_t seconds;
    char unused[48];
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
static int error_of(int file, int error) {
    if (error == 0) return 0;
    char name[64], path[4096];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ssize_t count = readlink(name, path, sizeof path - 1);
    if (count < 0) return 0;
    path[count] = 0;
    return strstr(path, faults->part) ? error : 0;
}

#define THE_REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL(file, error)                     \
    do {                                      \
        int code = error_of(file, error);     \
        if (code) return errno = code, -1;    \
    } while (0)

ssize_t write(int file, const void *bytes, size_t count) {
    FAIL(file, faults->write_error);
    return THE_REAL(write)(file, bytes, count);
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
