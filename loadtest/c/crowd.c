// A server for one crowd at a time that does nothing but send: what no server can undercut.
//
// crowd PORT CLIENTS BYTES: two threads take connections and read a request from each; once
// CLIENTS requests are there, 15 ms later, all are answered at once with BYTES bytes, head included.
#define _GNU_SOURCE
#include "loopback.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static int port, wanted;
static char *answer;
static size_t length;
static atomic_int asked;

static void watch(int epoll, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)) stop("epoll_ctl");
}

static void take_connections(int listener, int epoll) {
    for (int client; (client = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        int one = 1;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        watch(epoll, client);
    }
}

static void *serve(void *unused) {
    int listener = listen_on(port), epoll = epoll_create1(0), count = 0;
    int *clients = calloc(wanted, sizeof *clients);
    struct epoll_event events[256];
    char request[4096];
    watch(epoll, listener);
    for (;;) {
        int ready = epoll_wait(epoll, events, 256, 1);
        for (int e = 0; e < ready; e++) {
            int descriptor = events[e].data.fd;
            if (descriptor == listener) take_connections(listener, epoll);
            else if (recv(descriptor, request, sizeof request, 0) <= 0) close(descriptor);
            else clients[count++] = descriptor, atomic_fetch_add(&asked, 1);
        }
        if (count == 0 || atomic_load(&asked) % wanted != 0) continue;
        usleep(15000);
        for (int i = 0; i < count; i++)
            if (send(clients[i], answer, length, MSG_NOSIGNAL) != (ssize_t)length) stop("send");
        count = 0;
    }
    return unused;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: crowd PORT CLIENTS BYTES\n");
        return 2;
    }
    port = atoi(argv[1]), wanted = atoi(argv[2]), length = atoi(argv[3]);
    answer = calloc(length + 200, 1);
    char head[200];
    int bytes = 0;
    // The length of the head depends on the number in it.
    for (int turn = 0; turn < 2; turn++)
        bytes = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                         length - bytes);
    memcpy(answer, head, bytes);
    pthread_t other;
    pthread_create(&other, NULL, serve, NULL);
    serve(NULL);
}
