#include "CLinux.h"

#include <sys/wait.h>

int CLinux_step_aside(void) {
    if (getpid() != 1) return 0;
    // The fork comes before any thread; what SIGCHLD was ignored by would keep ends from us.
    sigset_t all, before;
    sigfillset(&all);
    if (sigprocmask(SIG_SETMASK, &all, &before) < 0) return errno;
    pid_t program = fork();
    if (program < 0) return errno;
    if (program == 0) return sigprocmask(SIG_SETMASK, &before, NULL) < 0 ? errno : 0;
    while (1) {
        siginfo_t cause = {0};
        int number = sigwaitinfo(&all, &cause);
        // What is typed at a terminal is sent to the program too: it is of the same group.
        int is_typed = cause.si_code == SI_KERNEL
            && (number == SIGINT || number == SIGQUIT || number == SIGTSTP);
        if (number > 0 && number != SIGCHLD && !is_typed) kill(program, number);
        if (number != SIGCHLD) continue;
        int status;
        pid_t ended;
        while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
            if (ended == program)
                _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
}
