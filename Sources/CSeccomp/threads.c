#include "threads.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { most_threads = 256 };

static int (*volatile wanted)(void);
static atomic_int failure;
static struct {
    atomic_int thread;
    atomic_bool answered;
} others[most_threads];
static atomic_int other_count;

static void answer(int number) {
    (void)number;
    int before = errno;
    int code = wanted();
    int none = 0;
    if (code != 0) atomic_compare_exchange_strong(&failure, &none, code);
    pid_t self = (pid_t)syscall(SYS_gettid);
    for (int index = 0; index < atomic_load(&other_count); index++)
        if (atomic_load(&others[index].thread) == self) atomic_store(&others[index].answered, 1);
    errno = before;
}

// Signals every thread but this one; 0 or an errno.
static int ask_others(int number) {
    DIR *threads = opendir("/proc/self/task");
    if (threads == NULL) return errno;
    int count = 0;
    pid_t self = (pid_t)syscall(SYS_gettid);
    for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
        pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);
        if (thread == 0 || thread == self) continue;
        if (count == most_threads) {
            closedir(threads);
            return EAGAIN;
        }
        atomic_store(&others[count].thread, thread);
        atomic_store(&others[count].answered, 0);
        count++;
    }
    closedir(threads);
    atomic_store(&other_count, count);
    for (int index = 0; index < count; index++)
        syscall(SYS_tgkill, getpid(), atomic_load(&others[index].thread), number);
    return 0;
}

// Whether every thread that was asked has answered, or has ended instead.
static int all_answered(void) {
    for (int index = 0; index < atomic_load(&other_count); index++) {
        if (atomic_load(&others[index].answered)) continue;
        if (syscall(SYS_tgkill, getpid(), atomic_load(&others[index].thread), 0) == 0) return 0;
    }
    return 1;
}

int in_every_thread(int (*action)(void)) {
    int number = SIGRTMAX - 1;
    struct sigaction ours = {.sa_handler = answer, .sa_flags = SA_RESTART};
    struct sigaction before;
    wanted = action;
    atomic_store(&failure, 0);
    if (sigaction(number, &ours, &before) < 0) return errno;
    int result = ask_others(number);
    // A thread that does not answer for ten seconds is one that this can not speak for.
    for (int waited = 0; result == 0 && !all_answered(); waited++) {
        struct timespec pause = {.tv_nsec = 100000};
        if (waited == 100000) result = ETIMEDOUT;
        nanosleep(&pause, NULL);
    }
    sigaction(number, &before, NULL);
    if (result == 0) result = atomic_load(&failure);
    return result == 0 ? action() : result;
}
