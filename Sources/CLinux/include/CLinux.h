// System calls and constants that the Glibc module does not import, or that Swift can not call
// (variadics, macros). Only the guard of mapped files keeps state.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// open(2) is variadic.
int CLinux_open(const char *_Nonnull path, int flags, mode_t mode);

// O_TMPFILE: a file without a name in the directory that is opened.
int CLinux_unnamed_file(void);

// fstat(2) itself: the C library's goes by way of a call that takes names, which workers must not.
int64_t CLinux_size(int descriptor);

// memfd_create(2), close-on-exec and open to seals.
int CLinux_memory_file(const char *_Nonnull name);

// Against writing, growing, shrinking and more seals.
int CLinux_seal(int descriptor);
// Against growing, shrinking and more seals.
int CLinux_seal_size(int descriptor);

// Against growing and more seals.
int CLinux_seal_growth(int descriptor);

// At most 15 bytes (PR_SET_NAME).
void CLinux_name_thread(const char *_Nonnull name);
/// How long this thread, and none that it starts, means to run at a time (sched_setattr(2)): the
/// shorter, the sooner it runs once it is woken. Kernels before 6.12 take no notice.
void CLinux_shorten_turns(uint64_t nanoseconds);

// pipe2(2), both ends non-blocking and close-on-exec.
int CLinux_pipe(int ends[_Nonnull 2]);

// accept4(2), non-blocking and close-on-exec.
int CLinux_accept(
    int listener, struct sockaddr *_Nonnull address, socklen_t *_Nonnull address_length);

// recv(2), send(2) and sendmsg(2) themselves. The C library's are points where a thread can be
// cancelled, which nobody does here, and making them that cost a hit 3 % of its time.
ssize_t CLinux_receive(int socket, void *_Nullable bytes, size_t capacity);
ssize_t CLinux_send(int socket, const void *_Nullable bytes, size_t count, int flags);
ssize_t CLinux_send_message(int socket, const struct msghdr *_Nonnull message, int flags);

// Bytes handed to the kernel that the peer has not acknowledged (SIOCOUTQ), or -1.
int CLinux_unacknowledged(int socket);

// Sends one packet with `descriptor_count` (at most 4) descriptors beside it (SCM_RIGHTS).
ssize_t CLinux_send_with_descriptors(
    int socket, const void *_Nonnull bytes, size_t count, const int *_Nullable descriptors,
    int descriptor_count);

// Receives one packet and at most 4 descriptors, close-on-exec; -1 with EMSGSIZE when it was cut.
ssize_t CLinux_receive_with_descriptors(
    int socket, void *_Nonnull bytes, size_t capacity, int *_Nonnull descriptors,
    int *_Nonnull descriptor_count, int flags);

typedef struct CLinuxChild {
    pid_t pid;
    int pidfd;
} CLinuxChild;

// Starts `path` with an empty environment but for `environment`, descriptors 0, 1 and 2 = `output`,
// 3 = `socket` and 4 = `memory`, everything else closed, signals at their defaults, its own process
// group, death by SIGKILL when the calling thread's process ends, and `nice_increment`.
// Returns 0, or the errno of what failed, the exec in the child included. Takes up to 4 descriptors
// for the length of the call, one of which stays.
int CLinux_spawn(
    const char *_Nonnull path, char *_Nullable const *_Nonnull arguments,
    char *_Nullable const *_Nonnull environment, int output, int socket, int memory,
    int nice_increment, CLinuxChild *_Nonnull child);

// Puts in order what this process was given by whoever started it: signals, the standard
// descriptors, umask, limits, timers. Sources/README.md has the table. The first call of the
// program; `serves`: for one that goes on by itself. 0, or the errno of what it can not do without.
int CLinux_settle(int serves);

// Process 1 of a container inherits every process there that loses its parent, and nobody else can
// reap those. So it does that and passes on signals, and the program goes on as its child, in which
// this returns; it ends with the child, as that did. Any other process is left as it is. Before the
// first thread. 0, or an errno.
int CLinux_step_aside(void);

// Why no process of ours can shut itself in by Landlock: an errno of landlock_create_ruleset(2);
// 0: it can.
int CLinux_landlock_fault(void);

// From then on a trap (SIGILL, SIGSEGV, SIGABRT …) is one line on standard error that says where,
// before it ends the process as it would have.
void CLinux_tell_traps(void);
void CLinux_tell_trap(int number, siginfo_t *_Nonnull info, void *_Nonnull context);
// Of this thread, so that an overflow of its stack can be told too.
void CLinux_take_signal_stack(void);

// The cores this process may run on (sched_getaffinity(2)), or -1.
int CLinux_affinity_count(void);

// SIGKILL through a pidfd: never to another process that got the same number.
void CLinux_kill(int pidfd);

// Takes an ended child out of the process table: its wait status in the form of wait(2), or -1
// while it runs (without `waits`) and once it has been taken.
int CLinux_reap(int pidfd, int waits);

// sem_wait(3) for at most that long by a clock that never jumps; whether it was posted.
int CLinux_wait(sem_t *_Nonnull semaphore, int milliseconds);

// Copies `count` bytes out of a mapped file. 0 where one of them can not be read: the file has been
// cut short, or a sector fails. Touched anywhere else, such a page ends the process by SIGBUS.
int CLinux_copy_mapped(void *_Nonnull to, const void *_Nonnull from, size_t count);

// Makes CLinux_copy_mapped return 0 instead of falling. Once for the process, before the first map.
void CLinux_guard_maps(void);

// fallocate(2) of the whole file from its start.
int CLinux_allocate(int file, off_t byte_count);

// openat2(2), close-on-exec, that follows no symbolic link and never leaves `directory`.
int CLinux_open_beneath(int directory, const char *_Nonnull path, int flags);

// renameat2(2) that fails with EEXIST where the new name is taken.
int CLinux_rename_to_free(
    int directory, const char *_Nonnull name, int new_directory, const char *_Nonnull new_name);

// Whether anybody has the file open for writing: 1 yes, 0 no, -1 where it can not be told. Asks for
// a read lease, which is given to nobody then, and gives it back at once (fcntl(2), F_SETLEASE).
int CLinux_has_writer(int descriptor);
