#include "CSeccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

// A name that this machine's kernel does not have is none that could be called.
static int add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned count,
               const struct scmp_arg_cmp *conditions) {
    int number = seccomp_syscall_resolve_name(name);
    if (number < 0) return 0;
    return seccomp_rule_add_array(filter, action, number, count, conditions);
}

static struct scmp_arg_cmp equal(unsigned argument, uint64_t value) {
    return (struct scmp_arg_cmp){.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value};
}

static struct scmp_arg_cmp masked(unsigned argument, uint64_t mask, uint64_t value) {
    return (struct scmp_arg_cmp){
        .arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

static int allow(scmp_filter_ctx filter, const char *name, struct scmp_arg_cmp condition) {
    return add(filter, SCMP_ACT_ALLOW, name, 1, &condition);
}

// Memory, descriptors that are there, waiting, time, the end.
static const char *const always[] = {
    "read",          "write",           "readv",          "writev",         "pread64",
    "pwrite64",      "lseek",           "fstat",          "close",          "recvmsg",
    "brk",           "munmap",          "mremap",         "madvise",       "futex",
    "sched_yield",   "sched_getaffinity", "getcpu",
    "set_robust_list", "rseq",          "rt_sigprocmask", "rt_sigaction",   "rt_sigreturn",
    "sigaltstack",   "restart_syscall", "clock_gettime",  "clock_getres",   "clock_nanosleep",
    "nanosleep",     "gettimeofday",    "time",           "times",          "getrusage",
    "getrandom",     "getpid",          "gettid",         "getuid",         "geteuid",
    "getgid",        "getegid",         "sysinfo",        "uname",          "exit",
    "exit_group",
};

// What a library may try in good faith, and does without: refused, and the process goes on.
static const char *const refused[] = {
    "open",     "openat",   "openat2",  "creat",      "access",       "faccessat",
    "faccessat2", "stat",   "lstat",    "newfstatat", "statx",        "statfs",
    "readlink", "readlinkat", "getcwd", "ioctl",      "sched_getattr", "sched_setattr",
    "sched_getparam", "sched_getscheduler", "sched_setscheduler", "sched_setaffinity",
    "getpriority", "setpriority", "poll", "ppoll",    "mlock",        "membarrier",
    // Memory that no limit counts: the edge gives what is needed.
    "memfd_create", "memfd_secret",
};

static int add_lists(scmp_filter_ctx filter) {
    int code = 0;
    for (size_t index = 0; code == 0 && index < sizeof always / sizeof *always; index++)
        code = add(filter, SCMP_ACT_ALLOW, always[index], 0, NULL);
    for (size_t index = 0; code == 0 && index < sizeof refused / sizeof *refused; index++)
        code = add(filter, SCMP_ACT_ERRNO(EACCES), refused[index], 0, NULL);
    return code;
}

// Threads of this process, and nothing that is another process or another namespace.
static int add_threads(scmp_filter_ctx filter) {
    const uint64_t thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    const uint64_t other = CLONE_VFORK | CLONE_PARENT | CLONE_PTRACE | CLONE_PIDFD | CLONE_IO |
                           CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
                           CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;
    int code = allow(filter, "clone", masked(0, thread | other, thread));
    // Its flags lie in memory, out of a filter's sight; the C library then takes clone(2).
    if (code == 0) code = add(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
    // abort(3) and raise(3), never another process.
    if (code == 0)
        code = allow(filter, "tgkill", equal(0, (scmp_datum_t)getpid()));
    return code;
}

// Calls that are harmless with some arguments only; with others EACCES.
static int add_by_argument(scmp_filter_ctx filter) {
    static const char *const mapping[] = {"mmap", "mprotect"};
    int code = 0;
    // No code comes to be: everything is loaded.
    for (int index = 0; code == 0 && index < 2; index++) {
        code = allow(filter, mapping[index], masked(2, PROT_EXEC, 0));
        struct scmp_arg_cmp executable = masked(2, PROT_EXEC, PROT_EXEC);
        if (code == 0) code = add(filter, SCMP_ACT_ERRNO(EACCES), mapping[index], 1, &executable);
    }
    static const int commands[] = {F_GETFD, F_SETFD, F_GETFL};
    for (size_t index = 0; code == 0 && index < sizeof commands / sizeof *commands; index++)
        code = allow(filter, "fcntl", equal(1, (scmp_datum_t)commands[index]));
    // A packet to whom the socket is connected to, and no descriptor beside it: what is in flight
    // there would be held by nobody, and counted for nobody.
    if (code == 0) code = allow(filter, "sendto", equal(4, 0));
    if (code == 0) code = allow(filter, "prctl", equal(0, PR_SET_NAME));
    struct scmp_arg_cmp other = {.arg = 0, .op = SCMP_CMP_NE, .datum_a = PR_SET_NAME};
    if (code == 0) code = add(filter, SCMP_ACT_ERRNO(EACCES), "prctl", 1, &other);
    struct scmp_arg_cmp own_time[] = {
        equal(0, 0),
        equal(1, RLIMIT_CPU),
    };
    if (code == 0) code = add(filter, SCMP_ACT_ALLOW, "prlimit64", 2, own_time);
    // Reading the limits of this process: the C library asks for that of its stacks.
    struct scmp_arg_cmp read_only[] = {equal(0, 0), equal(2, 0)};
    if (code == 0) code = add(filter, SCMP_ACT_ALLOW, "prlimit64", 2, read_only);
    return code;
}

int CSeccomp_filter(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL) return ENOSYS;
    int code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    // A tree of comparisons instead of a row: frequent calls are found after six, not forty.
    if (code == 0) code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (code == 0) code = add_lists(filter);
    if (code == 0) code = add_threads(filter);
    if (code == 0) code = add_by_argument(filter);
    if (code == 0) code = seccomp_load(filter);
    seccomp_release(filter);
    return -code;
}
