// The floor: the least a server can do for a request. One epoll loop per process, one recv() and
// one send() of ready bytes a request, no parsing beyond the path's first digit, no limits, no logs.
//
// floor [-s | -z] PORT LOOPS FILE...: a request for /N is answered with FILE number N as it is, head
// included. The bytes are copied from a map of the file; -s has the kernel send what follows the head
// from the file itself (sendfile), -z lets it take the map's pages (MSG_ZEROCOPY).
#define _GNU_SOURCE
#include "loopback.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { maximum_descriptors = 65536, maximum_files = 10 };

enum way { copied, from_file, zero_copy };

struct response { const char *bytes; size_t count, head_count; int descriptor; };
struct sending { const struct response *response; size_t sent; };  // What the socket took of it.

static enum way way = copied;

static struct response responses[maximum_files];
static struct sending pending[maximum_descriptors];
static int response_count;

// How much of what is left the socket took; below 0 when it takes nothing now.
static ssize_t send_some(int descriptor, const struct response *response, size_t from) {
    const char *bytes = response->bytes + from;
    if (way == from_file && from >= response->head_count) {
        off_t offset = from;
        return sendfile(descriptor, response->descriptor, &offset, response->count - from);
    }
    if (way == from_file) {
        int more = response->head_count < response->count ? MSG_MORE : 0;
        return send(descriptor, bytes, response->head_count - from, MSG_NOSIGNAL | more);
    }
    int flags = MSG_NOSIGNAL | (way == zero_copy ? MSG_ZEROCOPY : 0);
    return send(descriptor, bytes, response->count - from, flags);
}

static void send_pending(int descriptor) {
    struct sending *left = &pending[descriptor];
    while (left->response) {
        ssize_t sent = send_some(descriptor, left->response, left->sent);
        if (sent < 0) return;
        left->sent += sent;
        if (left->sent == left->response->count) left->response = NULL;
    }
}

// The kernel tells of pages it has done with through the socket's queue of errors.
static void take_notes(int descriptor) {
    char control[128];
    struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
    while (recvmsg(descriptor, &message, MSG_ERRQUEUE) >= 0) message.msg_controllen = sizeof control;
}

static void serve(int descriptor) {
    char request[4096];
    while (!pending[descriptor].response) {
        ssize_t count = recv(descriptor, request, sizeof request, 0);
        if (count < 0 && errno == EAGAIN) return;
        if (count <= 0) {
            close(descriptor);
            return;
        }
        char *path = request;
        while (path < request + count && *path != '/') path++;
        int index = path + 1 < request + count ? path[1] - '0' : 0;
        if (index < 0 || index >= response_count) index = 0;
        pending[descriptor] = (struct sending){&responses[index], 0};
        send_pending(descriptor);
        if ((size_t)count < sizeof request) return;  // The socket is empty: no second recv().
    }
}

static void loop(int port) {
    signal(SIGPIPE, SIG_IGN);  // sendfile() has no flag for it.
    int listener = listen_on(port), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int count = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            int descriptor = events[i].data.fd;
            if (descriptor != listener) {
                if (way == zero_copy && events[i].events & EPOLLERR) take_notes(descriptor);
                send_pending(descriptor);
                serve(descriptor);
                continue;
            }
            int accepted, one = 1;
            while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                if (accepted >= maximum_descriptors) stop("too many descriptors");
                setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                if (way == zero_copy) setsockopt(accepted, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof one);
                pending[accepted].response = NULL;
                event = (struct epoll_event){.events = EPOLLIN | EPOLLOUT | EPOLLET};
                event.data.fd = accepted;
                epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event);
            }
        }
    }
}

int main(int argc, char **argv) {
    if (argc > 1 && argv[1][0] == '-') {
        way = argv[1][1] == 's' ? from_file : zero_copy;
        argv++, argc--;
    }
    if (argc < 4 || argc > 3 + maximum_files) {
        fprintf(stderr, "usage: floor [-s | -z] PORT LOOPS FILE...\n");
        return 2;
    }
    for (int i = 3; i < argc; i++) {
        int descriptor = open(argv[i], O_RDONLY);
        struct stat status;
        if (descriptor < 0 || fstat(descriptor, &status)) stop(argv[i]);
        void *bytes = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
        if (bytes == MAP_FAILED) stop("mmap");
        const char *blank = memmem(bytes, status.st_size, "\r\n\r\n", 4);
        size_t head_count = blank ? blank + 4 - (char *)bytes : 0;
        responses[response_count++] =
            (struct response){bytes, status.st_size, head_count, descriptor};
    }
    for (int i = 1; i < atoi(argv[2]); i++) {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            break;
        }
    }
    loop(atoi(argv[1]));
}
