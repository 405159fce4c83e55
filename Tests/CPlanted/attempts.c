#include "CPlanted.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int asked, answer = -1;

static int opens(const char *path, int flags) { return open(path, flags, 0600) >= 0; }

static void *older_thread(void *nothing) {
    pthread_mutex_lock(&lock);
    while (!asked) pthread_cond_wait(&changed, &lock);
    answer = opens("/etc/passwd", O_RDONLY);
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return nothing;
}

// As a worker has them: a socket to somebody, and memory that is there.
static int ends[2], given;

int CPlanted_prepare(void) {
    given = memfd_create("given", MFD_ALLOW_SEALING);
    if (given < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends)) return 1;
    // As the edge starts its workers: whoever runs this may have blocked some.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    pthread_t thread;
    return pthread_create(&thread, NULL, older_thread, NULL);
}

static int open_in_older_thread(void) {
    pthread_mutex_lock(&lock);
    asked = 1;
    pthread_cond_signal(&changed);
    while (answer < 0) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return answer;
}

// Harmless things that a worker needs.
static void *empty(void *nothing) { return nothing; }
static int thread(void) {
    pthread_t made;
    return pthread_create(&made, NULL, empty, NULL) == 0 && pthread_join(made, NULL) == 0;
}
static int write_memory(size_t count) {
    int file = memfd_create("planted", MFD_ALLOW_SEALING);
    char *bytes = calloc(1, count);
    int worked = file >= 0 && bytes != NULL && write(file, bytes, count) == (ssize_t)count &&
                 fcntl(file, F_ADD_SEALS, F_SEAL_WRITE) == 0;
    free(bytes);
    return worked;
}
static int memory_file(void) { return write_memory(1000); }
static int send_packet(void) { return send(ends[0], "frame", 5, MSG_NOSIGNAL) == 5; }
static int send_descriptor(void) {
    struct iovec piece = {"z", 1};
    char control[CMSG_SPACE(sizeof given)] = {0};
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control,
        .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof given);
    memcpy(CMSG_DATA(header), &given, sizeof given);
    return sendmsg(ends[0], &message, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}
static int send_descriptors(void) {
    struct mmsghdr none = {0};
    return syscall(SYS_sendmmsg, ends[0], &none, 0, 0) == 0;
}
static int send_to_address(void) {
    struct sockaddr_un nobody = {.sun_family = AF_UNIX, .sun_path = "/nonexistent"};
    ssize_t sent = sendto(ends[0], "z", 1, MSG_NOSIGNAL, (void *)&nobody, sizeof nobody);
    return sent == 1 || errno == EISCONN || errno == ENOENT;
}
static int grow_memory(void) { return ftruncate(given, 1 << 20) == 0; }
static int allocate_memory(void) { return fallocate(given, 0, 0, 1 << 20) == 0; }
static int splice_memory(void) { return syscall(SYS_splice, given, NULL, given, NULL, 0, 0) >= 0 || errno == EINVAL || errno == EBADF; }
static int make_pipe(void) {
    int pipes[2];
    return pipe(pipes) == 0;
}
static int make_event(void) { return syscall(SYS_eventfd2, 0, 0) >= 0; }
static int duplicate(void) { return dup(given) >= 0; }
static int own_memory_by_system_v(void) {
    return syscall(SYS_shmget, IPC_PRIVATE, 4096, IPC_CREAT | 0600) >= 0;
}
static int aborting(void) { abort(); }

static int open_file(void) { return opens("/etc/passwd", O_RDONLY); }
static int create_file(void) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/planted-%d", getpid());
    int worked = opens(path, O_CREAT | O_WRONLY);
    unlink(path);
    return worked;
}
static int open_memory(void) { return opens("/proc/self/mem", O_RDWR); }
static int open_by_number(void) {
    return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &(uint64_t[3]){O_RDONLY}, 24) >= 0;
}
static int list_directory(void) {
    DIR *directory = opendir("/");
    return directory && closedir(directory) == 0;
}
static int status_of_file(void) {
    struct stat status;
    return stat("/etc/passwd", &status) == 0;
}
static int remove_file(void) { return unlink("/tmp/planted") == 0 || errno == ENOENT; }
static int network(void) { return socket(AF_INET, SOCK_STREAM, 0) >= 0; }
static int local_socket(void) {
    int ends[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0;
}
static int execute(void) {
    char *words[] = {"/bin/sh", "-c", "exit 0", NULL};
    return execv("/bin/sh", words) == 0;
}
static int make_process(void) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    return child > 0 && waitpid(child, NULL, 0) == child;
}
static int make_process_by_vfork(void) {
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return child > 0;
}
static int be_traced(void) { return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0; }
static int trace(void) {
    int worked = ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0;
    if (worked) ptrace(PTRACE_DETACH, getppid(), NULL, NULL);
    return worked;
}
static int read_process(void) {
    // Address 0 is mapped nowhere: EFAULT says that reading is allowed.
    char byte;
    struct iovec here = {&byte, 1}, there = {NULL, 1};
    return process_vm_readv(getppid(), &here, 1, &there, 1, 0) >= 0 || errno == EFAULT;
}
static int take_descriptor(void) {
    int process = (int)syscall(SYS_pidfd_open, getppid(), 0);
    return process >= 0 && syscall(SYS_pidfd_getfd, process, 0, 0) >= 0;
}
static int signal_parent(void) { return kill(getppid(), 0) == 0; }
static int signal_thread_of_parent(void) {
    return syscall(SYS_tgkill, getppid(), getppid(), 0) == 0;
}
static int allocate(void) { return malloc((size_t)4 << 30) != NULL; }
static int map_code(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}
static int turn_into_code(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page != MAP_FAILED && mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}
static int large_file(void) { return write_memory(2 << 20); }
static int raise_limit(void) {
    struct rlimit limit = {(rlim_t)1 << 40, (rlim_t)1 << 40};
    return setrlimit(RLIMIT_AS, &limit) == 0;
}
static int many_descriptors(void) {
    for (int count = 0; count < 64; count++)
        if (memfd_create("planted", 0) < 0) return 0;
    return 1;
}
static int loop(void) {
    struct timespec used;
    do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    while (used.tv_sec < 4);
    return 1;
}
static int become_dumpable(void) {
    return prctl(PR_SET_DUMPABLE, 1) == 0 && prctl(PR_GET_DUMPABLE) == 1;
}
static int new_namespace(void) { return unshare(CLONE_NEWUSER) == 0; }
static int run_ring(void) { return syscall(SYS_io_uring_setup, 1, (char[120]){0}) >= 0; }
static int load_program(void) {
    union bpf_attr attributes = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4,
                                 .max_entries = 1};
    return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes) >= 0;
}

static const struct {
    const char *name;
    int (*does)(void);
} attempts[] = {
    {"thread", thread},
    {"memory-file", memory_file},
    {"send-packet", send_packet},
    {"send-descriptor", send_descriptor},
    {"send-many", send_descriptors},
    {"send-to-address", send_to_address},
    {"grow-memory", grow_memory},
    {"allocate-memory", allocate_memory},
    {"splice", splice_memory},
    {"pipe", make_pipe},
    {"event", make_event},
    {"duplicate", duplicate},
    {"system-v-memory", own_memory_by_system_v},
    {"abort", aborting},
    {"open-file", open_file},
    {"open-file-by-openat2", open_by_number},
    {"open-in-older-thread", open_in_older_thread},
    {"create-file", create_file},
    {"open-own-memory", open_memory},
    {"list-directory", list_directory},
    {"status-of-file", status_of_file},
    {"remove-file", remove_file},
    {"socket", network},
    {"socket-pair", local_socket},
    {"execute", execute},
    {"fork", make_process},
    {"clone", make_process_by_vfork},
    {"be-traced", be_traced},
    {"trace-parent", trace},
    {"read-parent", read_process},
    {"take-descriptor", take_descriptor},
    {"signal-parent", signal_parent},
    {"signal-thread-of-parent", signal_thread_of_parent},
    {"allocate-4-gib", allocate},
    {"map-code", map_code},
    {"turn-data-into-code", turn_into_code},
    {"large-file", large_file},
    {"raise-memory-limit", raise_limit},
    {"many-descriptors", many_descriptors},
    {"loop", loop},
    {"become-dumpable", become_dumpable},
    {"new-namespace", new_namespace},
    {"io-uring", run_ring},
    {"bpf", load_program},
};

int CPlanted_attempt(const char *name) {
    for (size_t index = 0; index < sizeof attempts / sizeof *attempts; index++)
        if (strcmp(attempts[index].name, name) == 0) return attempts[index].does() ? 0 : 1;
    return -1;
}
