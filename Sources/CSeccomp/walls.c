#include "CSeccomp.h"

#include "threads.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int drop_in_thread(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return errno;
    return syscall(SYS_capset, &header, none) < 0 ? errno : 0;
}

int CSeccomp_drop_privileges(void) {
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return errno;
    return in_every_thread(drop_in_thread);
}

static int set_limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard) {
    struct rlimit before;
    if (getrlimit(resource, &before) < 0) return errno;
    // What is narrower already stays.
    if (hard > before.rlim_max) hard = before.rlim_max;
    if (soft > hard) soft = hard;
    struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    return setrlimit(resource, &limit) < 0 ? errno : 0;
}

// Address space in use now; 0 when that can not be told.
static uint64_t address_space(void) {
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) return 0;
    unsigned long pages = 0;
    if (fscanf(file, "%lu", &pages) != 1) pages = 0;
    fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

int CSeccomp_limit(uint64_t memory_bytes, uint64_t file_bytes, uint64_t descriptors) {
    if (address_space() > memory_bytes) return ENOMEM;
    const struct {
        __rlimit_resource_t resource;
        rlim_t most;
    } limits[] = {
        {RLIMIT_AS, memory_bytes}, {RLIMIT_FSIZE, file_bytes}, {RLIMIT_NOFILE, descriptors},
        {RLIMIT_CORE, 0},          {RLIMIT_MEMLOCK, 0},        {RLIMIT_MSGQUEUE, 0},
        {RLIMIT_RTPRIO, 0},
    };
    for (size_t index = 0; index < sizeof limits / sizeof *limits; index++) {
        int code = set_limit(limits[index].resource, limits[index].most, limits[index].most);
        if (code != 0) return code;
    }
    return 0;
}

int CSeccomp_renew_processor_time(uint32_t seconds) {
    struct timespec used;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) < 0) return errno;
    struct rlimit limit;
    if (getrlimit(RLIMIT_CPU, &limit) < 0) return errno;
    // Whole seconds are all the kernel counts here: the begun one is given.
    limit.rlim_cur = (rlim_t)used.tv_sec + 1 + seconds;
    if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_CPU, &limit) < 0 ? errno : 0;
}

int CSeccomp_landlock_version(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 ? 0 : (int)version;
}

// As the kernel of version 6 and later has it; older headers lack the last two fields.
struct ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
};

static int ruleset_descriptor = -1;

static int restrict_thread(void) {
    return syscall(SYS_landlock_restrict_self, ruleset_descriptor, 0) < 0 ? errno : 0;
}

int CSeccomp_landlock(void) {
    int version = CSeccomp_landlock_version();
    if (version == 0) return ENOSYS;
    // Rights on files by version 1, 2 (refer), 3 (truncate) and 5 (ioctl of devices).
    int rights = version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13;
    struct ruleset rules = {.files = (1ULL << rights) - 1};
    size_t size = sizeof rules.files;
    if (version >= 4) {  // Binding and connecting TCP ports.
        rules.network = 3;
        size += sizeof rules.network;
    }
    if (version >= 6) {  // Abstract sockets and signals beyond this process's own domain.
        rules.scopes = 3;
        size += sizeof rules.scopes;
    }
    ruleset_descriptor = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (ruleset_descriptor < 0) return errno;
    int code = in_every_thread(restrict_thread);
    close(ruleset_descriptor);
    return code;
}
