// Clients that connect by TLS 1.3, ask for one path on each connection, and close it.
//
// handshakes PORT PATH CLIENTS RATE SECONDS full|resumed: RATE connections a second of all clients
// together, as far as they are served; 0: as many as can be. Prints a line of how many there were,
// and how many of them did not do what was wanted.
#define _GNU_SOURCE
#include "loopback.h"
#include <openssl/ssl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { maximum_clients = 64 };

static struct counts {
    double made, errors;
} *counts;  // Of each client, in memory that all share.

static SSL_SESSION *ticket;

static int keep(SSL *connection, SSL_SESSION *session) {
    (void)connection;
    if (ticket != NULL) SSL_SESSION_free(ticket);
    ticket = session;
    return 1;
}

static double now_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

// Whether it was answered, and by a handshake of the kind that is wanted.
static int ask(SSL_CTX *context, int port, const char *path, int resumes) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1, descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address)) stop("connect");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    SSL *connection = SSL_new(context);
    SSL_set_fd(connection, descriptor);
    if (resumes && ticket != NULL) SSL_set_session(connection, ticket);
    const int expected = resumes && ticket != NULL;
    char buffer[16384];
    int good = SSL_connect(connection) == 1 && SSL_session_reused(connection) == expected;
    int count = snprintf(buffer, sizeof buffer,
                         "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    good = good && SSL_write(connection, buffer, count) == count;
    size_t received = 0;
    while (good && (count = SSL_read(connection, buffer, sizeof buffer)) > 0) {
        if (received == 0) good = count > 12 && memcmp(buffer + 9, "200", 3) == 0;
        received += count;
    }
    // A session that is ended without a word is not resumed.
    SSL_set_shutdown(connection, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(connection);
    close(descriptor);
    return good && received > 0;
}

static void run(struct counts *own, int port, const char *path, double rate, double seconds,
                int resumes) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(
        context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(context, keep);
    const double start = now_seconds();
    double due = start;
    while (now_seconds() - start < seconds) {
        if (ask(context, port, path, resumes)) own->made++;
        else own->errors++;
        if (rate == 0) continue;
        due += 1 / rate;
        const double left = due - now_seconds();
        if (left > 0) usleep(left * 1e6);
    }
}

int main(int argc, char **argv) {
    if (argc != 7) return 2;
    const int clients = atoi(argv[3]);
    if (clients < 1 || clients > maximum_clients) return 2;
    counts = mmap(NULL, clients * sizeof *counts, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counts == MAP_FAILED) stop("mmap");
    for (int i = 0; i < clients; i++) {
        if (fork() != 0) continue;
        run(&counts[i], atoi(argv[1]), argv[2], atof(argv[4]) / clients, atof(argv[5]),
            strcmp(argv[6], "resumed") == 0);
        _exit(0);
    }
    while (wait(NULL) > 0) {}
    struct counts all = {0, 0};
    for (int i = 0; i < clients; i++) {
        all.made += counts[i].made;
        all.errors += counts[i].errors;
    }
    printf("RESULT requests=%.0f errors=%.0f\n", all.made, all.errors);
    return 0;
}
