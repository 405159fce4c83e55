#include "threads.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int (*volatile wanted)(void);
static atomic_int answers;
static atomic_int failure;

static void answer(int number) {
    (void)number;
    int before = errno;
    int code = wanted();
    int none = 0;
    if (code != 0) atomic_compare_exchange_strong(&failure, &none, code);
    atomic_fetch_add(&answers, 1);
    errno = before;
}

// Signals every thread but this one; how many there are, or -1. A thread that has ended in
// between counts as one that has answered.
static int ask_others(int number) {
    DIR *threads = opendir("/proc/self/task");
    if (threads == NULL) return -1;
    int asked = 0;
    pid_t self = (pid_t)syscall(SYS_gettid);
    for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
        pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);
        if (thread == 0 || thread == self) continue;
        if (syscall(SYS_tgkill, getpid(), thread, number) == 0) asked++;
    }
    closedir(threads);
    return asked;
}

int in_every_thread(int (*action)(void)) {
    int number = SIGRTMAX - 1;
    struct sigaction ours = {.sa_handler = answer, .sa_flags = SA_RESTART};
    struct sigaction before;
    wanted = action;
    atomic_store(&answers, 0);
    atomic_store(&failure, 0);
    if (sigaction(number, &ours, &before) < 0) return errno;
    int asked = ask_others(number);
    int result = asked < 0 ? errno : 0;
    // A thread that does not answer within a second is one that this can not speak for.
    for (int waited = 0; result == 0 && atomic_load(&answers) < asked; waited++) {
        struct timespec pause = {.tv_nsec = 1000000};
        if (waited == 1000) result = ETIMEDOUT;
        nanosleep(&pause, NULL);
    }
    sigaction(number, &before, NULL);
    if (result == 0) result = atomic_load(&failure);
    return result == 0 ? action() : result;
}
