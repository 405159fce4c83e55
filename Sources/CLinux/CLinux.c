#include "CLinux.h"

#include <linux/openat2.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

int CLinux_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }

int CLinux_unnamed_file(void) { return O_TMPFILE; }

int64_t CLinux_size(int descriptor) {
    struct stat status;
    return syscall(SYS_fstat, descriptor, &status) < 0 ? -1 : status.st_size;
}

int CLinux_memory_file(const char *name) {
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int CLinux_seal_size(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

int CLinux_seal(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
}

int CLinux_seal_growth(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SEAL);
}

void CLinux_name_thread(const char *name) { prctl(PR_SET_NAME, name); }

// The C library does not know this call yet, and the kernel's header for it contradicts the
// library's.
void CLinux_shorten_turns(uint64_t nanoseconds) {
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } wanted = {
        .size = sizeof wanted,
        .policy = SCHED_OTHER,
        .flags = 1,  // SCHED_FLAG_RESET_ON_FORK
        .nice = getpriority(PRIO_PROCESS, 0),
        .runtime = nanoseconds,
    };
    syscall(SYS_sched_setattr, 0, &wanted, 0);
}

int CLinux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC | O_NONBLOCK); }

int CLinux_accept(int listener, struct sockaddr *address, socklen_t *address_length) {
    return accept4(listener, address, address_length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

ssize_t CLinux_receive(int socket, void *bytes, size_t capacity) {
    return syscall(SYS_recvfrom, socket, bytes, capacity, 0, NULL, NULL);
}

ssize_t CLinux_send(int socket, const void *bytes, size_t count, int flags) {
    return syscall(SYS_sendto, socket, bytes, count, flags, NULL, 0);
}

ssize_t CLinux_send_message(int socket, const struct msghdr *message, int flags) {
    return syscall(SYS_sendmsg, socket, message, flags);
}

int CLinux_unacknowledged(int socket) {
    int count = 0;
    return ioctl(socket, SIOCOUTQ, &count) == 0 ? count : -1;
}

enum { maximum_descriptors = 4 };

ssize_t CLinux_send_with_descriptors(
    int socket, const void *bytes, size_t count, const int *descriptors, int descriptor_count) {
    if (descriptor_count < 0 || descriptor_count > maximum_descriptors) {
        errno = EINVAL;
        return -1;
    }
    struct iovec piece = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    union {
        char bytes[CMSG_SPACE(maximum_descriptors * sizeof(int))];
        struct cmsghdr align;
    } control;
    if (descriptor_count > 0) {
        size_t size = (size_t)descriptor_count * sizeof(int);
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(header), descriptors, size);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

ssize_t CLinux_receive_with_descriptors(
    int socket, void *bytes, size_t capacity, int *descriptors, int *descriptor_count, int flags) {
    struct iovec piece = {.iov_base = bytes, .iov_len = capacity};
    union {
        char bytes[CMSG_SPACE(maximum_descriptors * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr message = {
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control,
    };
    *descriptor_count = 0;
    ssize_t received = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    if (received < 0) return received;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t size = header->cmsg_len - CMSG_LEN(0);
        if (size > maximum_descriptors * sizeof(int)) size = maximum_descriptors * sizeof(int);
        memcpy(descriptors, CMSG_DATA(header), size);
        *descriptor_count = (int)(size / sizeof(int));
    }
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        for (int index = 0; index < *descriptor_count; index++) close(descriptors[index]);
        *descriptor_count = 0;
        errno = EMSGSIZE;
        return -1;
    }
    return received;
}

int CLinux_affinity_count(void) {
    // More than a kernel is built for; one with more says EINVAL, and then all cores are meant.
    cpu_set_t cores[64];
    memset(cores, 0, sizeof cores);
    if (sched_getaffinity(0, sizeof cores, cores) < 0) return (int)sysconf(_SC_NPROCESSORS_ONLN);
    return CPU_COUNT_S(sizeof cores, cores);
}

int CLinux_wait(sem_t *semaphore, int milliseconds) {
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += milliseconds / 1000;
    end.tv_nsec += milliseconds % 1000 * 1000000L;
    if (end.tv_nsec >= 1000000000L) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000L;
    }
    int result;
    do result = sem_clockwait(semaphore, CLOCK_MONOTONIC, &end);
    while (result < 0 && errno == EINTR);
    return result == 0;
}

int CLinux_allocate(int file, off_t byte_count) { return fallocate(file, 0, 0, byte_count); }

int CLinux_open_beneath(int directory, const char *path, int flags) {
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int CLinux_rename_to_free(
    int directory, const char *name, int new_directory, const char *new_name) {
    return renameat2(directory, name, new_directory, new_name, RENAME_NOREPLACE);
}

int CLinux_has_writer(int descriptor) {
    if (fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0) {
        (void)fcntl(descriptor, F_SETLEASE, F_UNLCK);
        return 0;
    }
    return errno == EAGAIN ? 1 : -1;
}
