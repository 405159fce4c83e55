// A client for HEAD, which wrk can not do: it waits for the content that a HEAD's answer only announces.
//
// heads PORT CONNECTIONS SECONDS PATH: asks on every connection, one request at a time, and prints
// a line as report.lua does. Nothing may come behind the blank line of an answer.
#define _GNU_SOURCE
#include "loopback.h"
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { maximum_connections = 4096, slots = 1000000 };  // Slots of one microsecond each.

// `matched` bytes of the end of a head came last.
static struct { long long asked_at; int matched; } connections[maximum_connections];
static unsigned latencies[slots];
static char request[2048];
static int request_count;

static long long now_microseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static void ask(int descriptor, int index) {
    connections[index].asked_at = now_microseconds();
    connections[index].matched = 0;
    if (send(descriptor, request, request_count, MSG_NOSIGNAL) != request_count) stop("send");
}

static long long percentile(long long total, double part) {
    long long seen = 0;
    for (int slot = 0; slot < slots; slot++) {
        seen += latencies[slot];
        if (seen >= total * part) return slot;
    }
    return slots;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: heads PORT CONNECTIONS SECONDS PATH\n");
        return 2;
    }
    int count = atoi(argv[2]), epoll = epoll_create1(0);
    if (count < 1 || count > maximum_connections) stop("connections");
    request_count = snprintf(request, sizeof request, "HEAD %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n\r\n",
                             argv[4], argv[1]);
    static int descriptors[maximum_connections];
    for (int i = 0; i < count; i++) {
        descriptors[i] = connect_to(atoi(argv[1]), epoll, i);
        ask(descriptors[i], i);
    }
    long long start = now_microseconds(), end = start + atoi(argv[3]) * 1000000LL, done = 0;
    struct epoll_event events[256];
    char answer[8192];
    while (now_microseconds() < end) {
        int ready = epoll_wait(epoll, events, 256, 1000);
        for (int i = 0; i < ready; i++) {
            int index = events[i].data.u32;
            ssize_t got = recv(descriptors[index], answer, sizeof answer, 0);
            if (got <= 0) stop("recv");
            if (done == 0 && strncmp(answer, "HTTP/1.1 200", 12)) stop("the first answer");
            int matched = connections[index].matched;
            for (ssize_t at = 0; at < got; at++) {
                if (matched == 4) stop("content behind a head");
                matched = answer[at] == "\r\n\r\n"[matched] ? matched + 1 : answer[at] == '\r';
            }
            connections[index].matched = matched;
            if (matched < 4) continue;
            long long latency = now_microseconds() - connections[index].asked_at;
            latencies[latency < slots ? latency : slots - 1]++;
            done++;
            ask(descriptors[index], index);
        }
    }
    printf("RESULT requests=%lld duration_us=%lld p50_us=%lld p99_us=%lld p999_us=%lld errors=0 statuses=0\n",
           done, now_microseconds() - start, percentile(done, 0.5), percentile(done, 0.99),
           percentile(done, 0.999));
}
