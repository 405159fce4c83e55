#include "CLinux.h"

#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>

// A file that takes nothing and holds nothing, at the lowest free number.
static int open_nothing(void) {
    int file = open("/dev/null", O_RDWR);
    if (file >= 0) return file;
    // There is none in a bare chroot.
    file = memfd_create("nothing", MFD_ALLOW_SEALING);
    if (file >= 0) fcntl(file, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_WRITE);
    return file;
}

static int fill_standard_descriptors(void) {
    for (int place = 0; place <= STDERR_FILENO; place++) {
        if (fcntl(place, F_GETFD) >= 0) continue;
        int code = open_nothing() == place ? 0 : errno ? errno : EMFILE;
        if (code != 0) return code;
    }
    return 0;
}

static void raise_limit(int resource) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(resource, &limit);
}

static int is_among(int number, const int *numbers, size_t count) {
    for (size_t index = 0; index < count; index++)
        if (numbers[index] == number) return 1;
    return 0;
}
#define IS_AMONG(number, numbers) is_among(number, numbers, sizeof numbers / sizeof *numbers)

static void settle_signals(int serves) {
    // Waited for by a thread, from the start on.
    static const int awaited[] = {SIGTERM, SIGINT, SIGHUP};
    static const int ignored[] = {SIGXFSZ};
    // What would end it, and tells it nothing: timers that are not its own, terminals, power.
    static const int ignored_serving[] = {
        SIGPIPE, SIGIO, SIGUSR1, SIGUSR2, SIGTTOU, SIGTTIN, SIGALRM, SIGVTALRM, SIGPROF, SIGPWR,
        SIGSTKFLT};
    // Of a command: nohup(1) and shells say in this way what it is not to be disturbed by.
    static const int kept[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    sigset_t blocked;
    sigemptyset(&blocked);
    for (size_t index = 0; serves && index < sizeof awaited / sizeof *awaited; index++)
        sigaddset(&blocked, awaited[index]);
    pthread_sigmask(SIG_SETMASK, &blocked, NULL);
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) < 0) continue;
        if (IS_AMONG(number, ignored) || (serves && IS_AMONG(number, ignored_serving)))
            action.sa_handler = SIG_IGN;
        else if (action.sa_handler == SIG_IGN && (serves || !IS_AMONG(number, kept)))
            action.sa_handler = SIG_DFL;
        else
            continue;  // At its default, or with a handler of the runtime.
        sigaction(number, &action, NULL);
    }
}

// The first code of the program, before the initialisers of its libraries, which take longer than a
// supervisor may wait with its first SIGHUP: `serve` keeps the signals that it will wait for. No
// library has begun, a sanitizer neither, so nothing of theirs is called.
__attribute__((no_sanitize("address", "thread"))) static void hold_signals(
    int count, char **words, char **environment) {
    (void)environment;
    static const char serve[] = "serve";
    if (count < 2) return;
    for (size_t index = 0; index < sizeof serve; index++)
        if (words[1][index] != serve[index]) return;
    uint64_t held = 1ull << (SIGTERM - 1) | 1ull << (SIGINT - 1) | 1ull << (SIGHUP - 1);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &held, NULL, sizeof held);
}
__attribute__((section(".preinit_array"), used)) static void (*first)(int, char **, char **) =
    hold_signals;

int CLinux_landlock_fault(void) {
    // 1 is LANDLOCK_CREATE_RULESET_VERSION.
    return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 0 ? errno : 0;
}

int CLinux_settle(int serves) {
    settle_signals(serves);
    CLinux_tell_traps();
    int code = fill_standard_descriptors();
    if (code != 0) return code;
    // What else is open may be meant: `--config /dev/fd/63` of a shell. No child gets it.
    syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
    umask(077);
    static const int raised[] = {RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_CPU, RLIMIT_AS, RLIMIT_DATA};
    for (size_t index = 0; index < sizeof raised / sizeof *raised; index++)
        raise_limit(raised[index]);
    // Threads get their stacks by RLIMIT_STACK as it was when the program was loaded.
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 8 << 20);
    pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
    // One that was running goes on over exec, and ends in SIGALRM.
    struct itimerval none = {0};
    setitimer(ITIMER_REAL, &none, NULL);
    setitimer(ITIMER_VIRTUAL, &none, NULL);
    setitimer(ITIMER_PROF, &none, NULL);
    return 0;
}
