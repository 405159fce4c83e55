// Put before a worker's libraries (LD_PRELOAD), it makes every wall fail, as on a kernel that has none.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/syscall.h>

int seccomp_load(const void *filter) {
    (void)filter;
    return -ENOSYS;
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit) {
    (void)resource, (void)limit;
    errno = ENOSYS;
    return -1;
}

long syscall(long number, ...) {
    static long (*real)(long, ...);
    if (!real) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    if (number == SYS_landlock_create_ruleset || number == SYS_landlock_restrict_self) {
        errno = ENOSYS;
        return -1;
    }
    va_list list;
    va_start(list, number);
    long argument[6];
    for (int index = 0; index < 6; index++) argument[index] = va_arg(list, long);
    va_end(list);
    return real(number, argument[0], argument[1], argument[2], argument[3], argument[4],
                argument[5]);
}
