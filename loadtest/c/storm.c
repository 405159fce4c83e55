// Hits and misses at set rates, timed from the moment that each was due: an edge that keeps one
// request waiting is charged for those that would have come meanwhile.
//
// storm PORT SECONDS HITS_PER_SECOND HIT_PATH MISSES_PER_SECOND FIRST HASH...: miss N is a rendition of
// HASH N mod their number that no other number asks for. 0 misses a second: as fast as six clients
// get them one after the other; without hashes: none. Prints a line with the counts and latencies of
// hits, of what was made and of what was refused.
//
// Where it may, it runs before all other processes (SCHED_FIFO): what it measures is then the server's
// lateness and not its own.
#define _GNU_SOURCE
#include "loopback.h"
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { hit_clients = 8, miss_clients = 400, closed_clients = 6, capacity = 1 << 20 };
enum { slots = 2000000 };  // Of ten microseconds each.

typedef struct { unsigned counts[slots]; long long total; } Latencies;
typedef struct {
    int descriptor, is_busy;
    double due;
    size_t received, wanted;
    char head[2048];
} Client;

static Client clients[hit_clients + miss_clients];
static Latencies hits, made, refused;
static long long odd, impolite, unsent;
static int port, epoll, hash_count;
static long long next_miss;
static char **hashes, *hit_path;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void note(Latencies *latencies, double seconds) {
    size_t slot = seconds * 1e5;
    latencies->counts[slot < slots ? slot : slots - 1]++;
    latencies->total++;
}

static double milliseconds(const Latencies *latencies, double share) {
    long long seen = 0;
    for (size_t slot = 0; slot < slots; slot++) {
        seen += latencies->counts[slot];
        if (seen > 0 && seen >= latencies->total * share) return (slot + 1) / 100.0;
    }
    return 0;
}

static void open_client(int index) {
    clients[index].descriptor = connect_to(port, epoll, index);
}

static void ask(int index, double due) {
    char request[1024];
    int length;
    if (index < hit_clients) {
        length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: edge\r\n\r\n", hit_path);
    } else {
        long long turn = next_miss / hash_count;
        length = snprintf(request, sizeof request,
                          "GET /thumbs/%lldx/%s.jpg?quality=%lld HTTP/1.1\r\nHost: edge\r\n\r\n",
                          200 + turn % 300, hashes[next_miss % hash_count], 30 + turn / 300);
        next_miss++;
    }
    Client *client = &clients[index];
    client->is_busy = 1;
    client->due = due;
    client->received = client->wanted = 0;
    if (send(client->descriptor, request, length, MSG_NOSIGNAL) != length) stop("send");
}

static void finish(int index) {
    Client *client = &clients[index];
    int status = atoi(client->head + 9);
    double took = now() - client->due;
    client->is_busy = 0;
    if (index < hit_clients && status == 200) note(&hits, took);
    else if (status == 200) note(&made, took);
    else if (status == 503) {
        note(&refused, took);
        impolite += !strcasestr(client->head, "\r\nretry-after:");
    } else odd++;
}

static void receive(int index) {
    static char scratch[capacity];
    Client *client = &clients[index];
    ssize_t got = recv(client->descriptor, scratch, capacity, MSG_DONTWAIT);
    if (got <= 0) stop("recv");
    if (!client->wanted) {
        char *blank = memmem(scratch, got, "\r\n\r\n", 4);
        if (!blank || (size_t)(blank - scratch) >= sizeof client->head) stop("a head in pieces");
        memcpy(client->head, scratch, blank - scratch);
        client->head[blank - scratch] = 0;
        char *length = strcasestr(client->head, "\r\ncontent-length:");
        if (!length) stop("no length");
        client->wanted = blank + 4 - scratch + strtoul(length + 17, NULL, 10);
    }
    client->received += got;
    if (client->received >= client->wanted) finish(index);
}

static int idle_client(int from, int to) {
    for (int index = from; index < to; index++)
        if (!clients[index].is_busy) return index;
    return -1;
}

// Asks for all that has become due; when the next will be.
static double ask_due(double time, double *due, double interval, int from, int to) {
    while (*due <= time) {
        int index = idle_client(from, to);
        if (index < 0) unsent++;
        else ask(index, *due);
        *due += interval;
    }
    return *due;
}

int main(int argc, char **argv) {
    if (argc < 7) {
        fprintf(stderr, "usage: storm PORT SECONDS HITS HIT_PATH MISSES FIRST HASH...\n");
        return 2;
    }
    double seconds = atof(argv[2]), hit_rate = atof(argv[3]), miss_rate = atof(argv[5]);
    port = atoi(argv[1]), hit_path = argv[4], next_miss = atoll(argv[6]);
    hashes = argv + 7, hash_count = argc - 7;
    struct sched_param before_all = {.sched_priority = 1};
    sched_setscheduler(0, SCHED_FIFO, &before_all);  // Else at the priority it has.
    epoll = epoll_create1(0);
    int closed = hash_count > 0 && miss_rate == 0;
    int count = hit_clients + (hash_count == 0 ? 0 : closed ? closed_clients : miss_clients);
    for (int index = 0; index < count; index++) open_client(index);
    double start = now(), end = start + seconds, never = end + 1;
    double next_hit = hit_rate > 0 ? start : never, next_due = hash_count > 0 && !closed ? start : never;
    struct epoll_event events[64];
    for (double time = start; time < end; time = now()) {
        double wake = ask_due(time, &next_hit, 1 / hit_rate, 0, hit_clients);
        double other = ask_due(time, &next_due, 1 / miss_rate, hit_clients, count);
        for (int index = hit_clients; closed && index < count; index++)
            if (!clients[index].is_busy) ask(index, now());
        wake = wake < other ? wake : other;
        wake = (wake < end ? wake : end) - now();
        struct timespec timeout = {.tv_nsec = wake > 0 ? (long)(wake * 1e9) % 1000000000 : 0,
                                   .tv_sec = wake > 0 ? (time_t)wake : 0};
        int ready = epoll_pwait2(epoll, events, 64, &timeout, NULL);
        for (int e = 0; e < ready; e++) receive(events[e].data.u32);
    }
    printf("RESULT hits=%lld hit_p50=%.2f hit_p99=%.2f hit_p999=%.2f made=%lld made_p99=%.2f "
           "refused=%lld refused_p50=%.2f refused_p99=%.2f impolite=%lld odd=%lld unsent=%lld next=%lld\n",
           hits.total, milliseconds(&hits, 0.5), milliseconds(&hits, 0.99), milliseconds(&hits, 0.999),
           made.total, milliseconds(&made, 0.99), refused.total, milliseconds(&refused, 0.5),
           milliseconds(&refused, 0.99), impolite, odd, unsent, next_miss);
}
