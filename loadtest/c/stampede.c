// Many clients at once: all are connected before the first asks, and all have asked before the first
// answer is looked for.
//
// stampede PORT CLIENTS PATH...: client N asks for path N mod their number. Prints a line: when
// the last request was out and when the first, the median and the last answer were in, all counted
// from the first request; then the status lines there were, and whether all contents of a path are
// the same. Answers are compared after the clock has stopped.
#define _GNU_SOURCE
#include "loopback.h"
#include <string.h>
#include <time.h>

enum { maximum_clients = 10000, capacity = 256 << 10, patience = 60000 };

static struct {
    int descriptor;
    char *answer;  // Touched before the clock starts.
    size_t received, head, wanted;
} clients[maximum_clients];

static double now_microseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static void connect_all(int count, int port, int epoll) {
    for (int i = 0; i < count; i++) {
        clients[i].descriptor = connect_to(port, epoll, i);
        clients[i].answer = malloc(capacity);
        if (!clients[i].answer) stop("malloc");
        memset(clients[i].answer, 1, capacity);
    }
}

// Whether the answer is complete.
static int receive(int i) {
    ssize_t got = recv(clients[i].descriptor, clients[i].answer + clients[i].received,
                       capacity - 1 - clients[i].received, MSG_DONTWAIT);
    if (got <= 0) stop("recv");
    clients[i].received += got;
    clients[i].answer[clients[i].received] = 0;
    if (!clients[i].wanted) {
        char *blank = strstr(clients[i].answer, "\r\n\r\n");
        char *length = strcasestr(clients[i].answer, "\r\ncontent-length:");
        if (!blank || !length || length > blank) return 0;
        clients[i].head = blank + 4 - clients[i].answer;
        clients[i].wanted = clients[i].head + strtoul(length + 17, NULL, 10);
        if (clients[i].wanted >= capacity) stop("an answer this large");
    }
    return clients[i].received >= clients[i].wanted;
}

static int by_time(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

static int same_contents(int a, int b) {
    return clients[a].wanted - clients[a].head == clients[b].wanted - clients[b].head
        && !memcmp(clients[a].answer + clients[a].head, clients[b].answer + clients[b].head,
                   clients[a].wanted - clients[a].head);
}

int main(int argc, char **argv) {
    int count = argc > 3 ? atoi(argv[2]) : 0, paths = argc - 3, epoll = epoll_create1(0);
    if (count < 1 || count > maximum_clients) {
        fprintf(stderr, "usage: stampede PORT CLIENTS PATH...\n");
        return 2;
    }
    connect_all(count, atoi(argv[1]), epoll);
    char (*requests)[2048] = calloc(paths, sizeof *requests);
    for (int path = 0; path < paths; path++)
        snprintf(requests[path], sizeof *requests, "GET %s HTTP/1.1\r\nHost: edge\r\n\r\n",
                 argv[3 + path]);
    static double times[maximum_clients];
    double start = now_microseconds();
    for (int i = 0; i < count; i++) {
        const char *request = requests[i % paths];
        ssize_t length = strlen(request);
        if (send(clients[i].descriptor, request, length, MSG_NOSIGNAL) != length) stop("send");
    }
    double asked = now_microseconds() - start;
    struct epoll_event events[64];
    for (int waiting = count; waiting > 0;) {
        int ready = epoll_wait(epoll, events, 64, patience);
        if (ready <= 0) stop("no answer in a minute");
        for (int e = 0; e < ready; e++) {
            int i = events[e].data.u32;
            if (!receive(i)) continue;
            times[--waiting] = now_microseconds() - start;
            epoll_ctl(epoll, EPOLL_CTL_DEL, clients[i].descriptor, NULL);
        }
    }
    qsort(times, count, sizeof *times, by_time);
    int same = 1, good = 0;
    for (int i = 0; i < count; i++) {
        same &= same_contents(i, i % paths);
        good += !strncmp(clients[i].answer, "HTTP/1.1 200", 12);
    }
    printf("RESULT asked_us=%.0f first_us=%.0f median_us=%.0f last_us=%.0f good=%d same=%d "
           "bytes=%zu\n", asked, times[0], times[count / 2], times[count - 1], good, same,
           clients[0].wanted - clients[0].head);
}
