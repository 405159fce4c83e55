// Sends mutated requests, each on a connection of its own, and counts what is answered.
//
// mutate PORT COUNT SEED: seeds come on standard input, each as a 4-byte little-endian length and
// its bytes. Request N depends on SEED and N alone. Prints a line "STATUS COUNT" for each status;
// 0 is a connection that was closed without an answer, 1 one that was silent for 10 s.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { maximum_seeds = 4096, maximum_bytes = 256 << 10, parallel = 64 };
enum { patience = 10000, interval = 250 };  // Milliseconds.

static struct { uint8_t *bytes; size_t count; } seeds[maximum_seeds];
static size_t seed_count;
static struct {
    int descriptor;
    uint8_t *bytes;
    size_t count, sent, received;
    uint64_t number;
    char status[12];  // Of the first answer: "HTTP/1.1 200".
    long long began;
    int is_ended;
} slots[parallel];
static long long statuses[1000];

static void stop(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t next(uint64_t *state) {  // SplitMix64
    uint64_t word = *state += 0x9E3779B97F4A7C15u;
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9u;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EBu;
    return word ^ (word >> 31);
}

static long long now_milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static size_t below(uint64_t *state, size_t limit) { return limit ? next(state) % limit : 0; }

static void read_seeds(void) {
    uint8_t length[4];
    while (seed_count < maximum_seeds && fread(length, 1, 4, stdin) == 4) {
        size_t count = length[0] | length[1] << 8 | length[2] << 16 | (size_t)length[3] << 24;
        uint8_t *bytes = malloc(count + 1);
        if (count == 0 || count > maximum_bytes / 2 || !bytes
            || fread(bytes, 1, count, stdin) != count)
            stop("a seed");
        seeds[seed_count].bytes = bytes;
        seeds[seed_count++].count = count;
    }
    if (seed_count == 0) stop("no seeds");
}

// Puts `with` in the place of `removed` bytes at `at`.
static size_t splice(uint8_t *bytes, size_t count, size_t at, size_t removed, const void *with,
                     size_t added) {
    if (count - removed + added > maximum_bytes) return count;
    memmove(bytes + at + added, bytes + at + removed, count - at - removed);
    memcpy(bytes + at, with, added);
    return count - removed + added;
}

static size_t mutate(uint8_t *bytes, uint64_t *state) {
    static const char *const words[] = {
        "\r\n", "\n", "\r", "\r\n\r\n", " ", "\t", "\0", "\xff", "%00", "%2f", "../", "//", "?", "&", "=", "#",
        "-1", "0", "18446744073709551616", "9999999999", "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n", "Range: bytes=0-,-1\r\n",
        "If-None-Match: *\r\n", "Expect: 100-continue\r\n", "Connection: close\r\n", "Host: b\r\n",
        "HTTP/1.0", "HTTP/2.0", "GET", "POST", "DELETE", "HEAD", "0\r\n\r\n", "fffffffffffffff0\r\n",
    };
    size_t pick = below(state, seed_count);
    size_t count = seeds[pick].count;
    memcpy(bytes, seeds[pick].bytes, count);
    for (size_t left = 1 + below(state, 1 + below(state, 8)); left > 0; left--) {
        size_t at = below(state, count + 1);
        size_t run = below(state, 16);
        if (run > count - at) run = count - at;
        switch (below(state, 6)) {
        case 0: if (at < count) bytes[at] ^= 1 << below(state, 8); break;
        case 1: if (at < count) bytes[at] = (uint8_t)next(state); break;
        case 2: count = splice(bytes, count, at, run, "", 0); break;
        case 3: {
            uint8_t copy[16];
            memcpy(copy, bytes + at, run);
            count = splice(bytes, count, at, 0, copy, run);
            break;
        }
        case 4: {
            const char *word = words[below(state, sizeof words / sizeof *words)];
            count = splice(bytes, count, at, below(state, 2) ? run : 0, word, strlen(word) + !*word);
            break;
        }
        default: {
            size_t other = below(state, seed_count);
            size_t from = below(state, seeds[other].count);
            size_t added = below(state, seeds[other].count - from) % 512;
            count = splice(bytes, count, at, run, seeds[other].bytes + from, added);
        }
        }
    }
    if (count == 0) bytes[count++] = 'G';
    return count;
}

static void begin(int queue, int index, struct sockaddr_in *address, uint64_t seed, uint64_t number) {
    uint64_t state = seed * 0xD6E8FEB86659FD93u + number;
    if (!slots[index].bytes && !(slots[index].bytes = malloc(maximum_bytes))) stop("malloc");
    slots[index].count = mutate(slots[index].bytes, &state);
    slots[index].sent = slots[index].received = 0;
    slots[index].number = number;
    slots[index].began = now_milliseconds();
    slots[index].is_ended = 0;
    memset(slots[index].status, 0, sizeof slots[index].status);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (descriptor < 0) stop("socket");
    if (connect(descriptor, (struct sockaddr *)address, sizeof *address) && errno != EINPROGRESS)
        stop("connect");
    slots[index].descriptor = descriptor;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u32 = index};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event)) stop("epoll_ctl");
}

// Whether it is over.
static int advance(int index) {
    int descriptor = slots[index].descriptor;
    while (slots[index].sent < slots[index].count) {
        ssize_t sent = send(descriptor, slots[index].bytes + slots[index].sent,
                            slots[index].count - slots[index].sent, MSG_NOSIGNAL);
        if (sent < 0) break;
        slots[index].sent += sent;
    }
    // After the end of what is sent an answer or a close must follow. Who has ended may be taken for
    // gone, so every eighth waits a while for an answer that takes longer, such as a new rendition.
    if (!slots[index].is_ended && slots[index].sent == slots[index].count
        && (slots[index].number % 8 != 0 || now_milliseconds() - slots[index].began > interval)) {
        slots[index].is_ended = 1;
        shutdown(descriptor, SHUT_WR);
    }
    char bytes[65536];
    for (;;) {
        ssize_t got = recv(descriptor, bytes, sizeof bytes, 0);
        if (got < 0 && errno == EAGAIN) return 0;
        if (got <= 0) return 1;
        size_t room = sizeof slots[index].status - slots[index].received;
        if (slots[index].received < sizeof slots[index].status) {
            size_t kept = (size_t)got < room ? (size_t)got : room;
            memcpy(slots[index].status + slots[index].received, bytes, kept);
            slots[index].received += kept;
        }
    }
}

static void finish(int index, int status) {
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(slots[index].descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(slots[index].descriptor);
    slots[index].descriptor = -1;
    if (status < 0) {
        int found = 0;
        status = sscanf(slots[index].status, "HTTP/1.1 %3d", &found) == 1 ? found : 0;
    }
    statuses[status < 1000 ? status : 999]++;
    if (status != 1 && status != 500) return;
    fprintf(stderr, "request %llu, status %d:\n", (unsigned long long)slots[index].number, status);
    fwrite(slots[index].bytes, 1, slots[index].count < 2000 ? slots[index].count : 2000, stderr);
    fputc('\n', stderr);
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    uint64_t count = strtoull(argv[2], NULL, 10), seed = strtoull(argv[3], NULL, 10), number = 0;
    read_seeds();
    int queue = epoll_create1(0), open = 0;
    for (int index = 0; index < parallel && number < count; index++, open++)
        begin(queue, index, &address, seed, number++);
    while (open > 0) {
        struct epoll_event events[parallel];
        int ready = epoll_wait(queue, events, parallel, 100);
        for (int event = 0; event < ready; event++) {
            int index = events[event].data.u32;
            if (slots[index].descriptor < 0 || !advance(index)) continue;
            finish(index, -1);
            open--;
            if (number < count) begin(queue, index, &address, seed, number++), open++;
        }
        for (int index = 0; index < parallel; index++) {
            long long age = now_milliseconds() - slots[index].began;
            if (slots[index].descriptor < 0 || age <= interval || (slots[index].is_ended && age <= patience))
                continue;
            int status = slots[index].is_ended || age > patience ? 1 : -1;
            if (status < 0 && !advance(index)) continue;
            finish(index, status);
            open--;
            if (number < count) begin(queue, index, &address, seed, number++), open++;
        }
    }
    for (int status = 0; status < 1000; status++)
        if (statuses[status]) printf("%d %lld\n", status, statuses[status]);
    return 0;
}
