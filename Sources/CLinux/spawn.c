#include "CLinux.h"

#include <sys/syscall.h>

// What a child has open when it begins: 0, 1 and 2 = output, 3 = socket, 4 = memory.
enum { socket_place = 3, memory_place = 4, first_free_place = 5, above_places = 10 };

typedef struct Birth {
    const char *path;
    char *const *arguments, *const *environment;
    int output, socket, memory, nice_increment;
    // Where its errno goes when it can not become what it is to be: the writing end of a pipe made
    // for that and nothing else, at `above_places` or higher. What a number below stands for here
    // is the edge's, its index for one: nothing is written to any other descriptor.
    int report;
    pid_t parent;
} Birth;

// Of the calls between fork and exec, each that a worker can not do without.
static int is_born(const Birth *birth) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return 0;
    if (getppid() != birth->parent) _exit(127);  // It ended before the line above took hold.
    if (setpgid(0, 0) < 0) return 0;
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action = {.sa_handler = SIG_DFL};
        sigaction(number, &action, NULL);  // Refused for those that have no other.
    }
    sigset_t none;
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) < 0) return 0;
    // First all above the numbers that are about to be overwritten.
    int output = fcntl(birth->output, F_DUPFD_CLOEXEC, above_places);
    int socket = fcntl(birth->socket, F_DUPFD_CLOEXEC, above_places);
    int memory = fcntl(birth->memory, F_DUPFD_CLOEXEC, above_places);
    if (output < 0 || socket < 0 || memory < 0) return 0;
    for (int place = 0; place < socket_place; place++)
        if (dup2(output, place) < 0) return 0;
    if (dup2(socket, socket_place) < 0 || dup2(memory, memory_place) < 0) return 0;
    // All but the report, which exec closes.
    if (syscall(SYS_close_range, first_free_place, birth->report - 1, 0) < 0 ||
        syscall(SYS_close_range, birth->report + 1, ~0U, 0) < 0)
        return 0;
    // One that runs at the edge's own priority is a worker all the same.
    if (birth->nice_increment != 0) setpriority(PRIO_PROCESS, 0, birth->nice_increment);
    return 1;
}

// Runs between fork and exec: only async-signal-safe calls.
static void become_child(const Birth *birth) {
    if (is_born(birth)) execve(birth->path, birth->arguments, birth->environment);
    int code = errno;
    ssize_t ignored = write(birth->report, &code, sizeof code);
    (void)ignored;
    _exit(127);
}

static void bury(pid_t pid) {
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

// Both ends of the pipe for the report, the writing one at `above_places` or higher.
static int make_report(int ends[2]) {
    int made[2];
    if (pipe2(made, O_CLOEXEC) < 0) return errno;
    ends[0] = made[0];
    ends[1] = fcntl(made[1], F_DUPFD_CLOEXEC, above_places);
    int code = errno;
    close(made[1]);
    if (ends[1] >= 0) return 0;
    close(made[0]);
    return code;
}

static pid_t fork_child(const Birth *birth) {
    // No signal handler of ours may run in the child.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    int code = errno;
    if (pid == 0) become_child(birth);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = code;
    return pid;
}

int CLinux_spawn(
    const char *path, char *const *arguments, char *const *environment, int output, int socket,
    int memory, int nice_increment, CLinuxChild *child) {
    int report[2];
    int code = make_report(report);
    if (code != 0) return code;
    Birth birth = {path,   arguments,      environment, output,  socket,
                   memory, nice_increment, report[1],   getpid()};
    pid_t pid = fork_child(&birth);
    code = errno;
    close(report[1]);
    if (pid < 0) {
        close(report[0]);
        return code;
    }
    int failure = 0;
    ssize_t got;
    do got = read(report[0], &failure, sizeof failure);
    while (got < 0 && errno == EINTR);
    close(report[0]);
    if (got == (ssize_t)sizeof failure) {
        bury(pid);
        return failure;
    }
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);  // Close-on-exec by itself.
    if (pidfd < 0) {
        code = errno;
        bury(pid);
        return code;
    }
    child->pid = pid;
    child->pidfd = pidfd;
    return 0;
}

void CLinux_kill(int pidfd) { syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0); }

int CLinux_reap(int pidfd, int waits) {
    siginfo_t info = {0};
    int result;
    do result = waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | (waits ? 0 : WNOHANG));
    while (result < 0 && errno == EINTR);
    if (result < 0 || info.si_pid == 0) return -1;
    return info.si_code == CLD_EXITED ? (info.si_status & 0xFF) << 8 : info.si_status & 0x7F;
}
