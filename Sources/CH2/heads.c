// Heads of requests, from fields of HTTP/2 to the lines of HTTP/1.1 that everybody here reads.
#include "internal.h"
#include "heads.h"

#include <stdlib.h>
#include <string.h>

static uint8_t *at(const CH2Session *session, size_t place) {
    return session->scratch->heads + session->head.first + place;
}

// Of the session's scratch, up to the limit of a head.
static uint8_t *room(CH2Session *session, size_t count) {
    struct head *head = &session->head;
    if (head->count - head->start + count > session->limits.headBytes
        || head->first + head->count + count > maximum_heads) {
        head->is_too_large = true;
        return NULL;
    }
    uint8_t *place = at(session, head->count);
    head->count += count;
    session->scratch->used = head->first + head->count;
    return place;
}

static void put(CH2Session *session, const void *bytes, size_t count) {
    uint8_t *place = room(session, count);
    if (place != NULL && count > 0) memcpy(place, bytes, count);
}

#define PUT(session, text) put(session, text, sizeof text - 1)

static void put_part(CH2Session *session, struct part part) {
    put(session, at(session, part.start), part.count);
}

static void put_name(CH2Session *session, const void *name, size_t count) {
    put(session, name, count);
    PUT(session, ": ");
}

void CH2_beginHead(CH2Session *session) {
    session->head = (struct head){.first = session->scratch->used, .is_open = true};
}

// A head can come in many pieces, between which the scratch is that of others.
bool CH2_keepHead(CH2Session *session) {
    struct head *head = &session->head;
    if (!head->is_open || head->count == 0) return true;
    session->kept = malloc(head->count);
    if (session->kept == NULL) return false;
    memcpy(session->kept, at(session, 0), head->count);
    return true;
}

void CH2_resumeHead(CH2Session *session) {
    struct head *head = &session->head;
    head->first = 0;
    if (session->kept == NULL) return;
    memcpy(at(session, 0), session->kept, head->count);
    session->scratch->used = head->count;
    free(session->kept);
    session->kept = NULL;
}

// Pseudo-fields are kept in front of the head, until the first other field is there.
static void keep(CH2Session *session, struct part *part, const uint8_t *value, size_t count) {
    if (room(session, count) == NULL) return;
    *part = (struct part){.start = session->head.count - count, .count = count, .is_there = true};
    if (count > 0) memcpy(at(session, part->start), value, count);
}

static void begin_lines(CH2Session *session) {
    struct head *head = &session->head;
    if (head->is_begun) return;
    head->is_begun = true;
    head->start = head->count;
    put_part(session, head->method);
    PUT(session, " ");
    // Only CONNECT has none.
    put_part(session, head->path.is_there ? head->path : head->authority);
    PUT(session, " HTTP/1.1\r\n");
    if (!head->authority.is_there) return;
    put_name(session, "host", 4);
    put_part(session, head->authority);
    PUT(session, "\r\n");
}

static bool is(const uint8_t *name, size_t count, const char *text, size_t length) {
    return count == length && memcmp(name, text, length) == 0;
}

#define IS(name, count, text) is(name, count, text, sizeof text - 1)

bool CH2_addField(
    CH2Session *session, const uint8_t *name, size_t name_count, const uint8_t *value,
    size_t count) {
    struct head *head = &session->head;
    if (head->is_too_large) return true;
    if (name[0] == ':') {
        if (IS(name, name_count, ":method")) {
            keep(session, &head->method, value, count);
        } else if (IS(name, name_count, ":path")) {
            // Anything else would be another form of target, with another authority perhaps.
            if (count == 0 || (value[0] != '/' && !IS(value, count, "*"))) {
                head->is_open = false;
                return false;
            }
            keep(session, &head->path, value, count);
        } else if (IS(name, name_count, ":authority")) {
            keep(session, &head->authority, value, count);
        }
        return true;
    }
    begin_lines(session);
    if (IS(name, name_count, "content-length")) head->has_length = true;
    // Said twice the same; two that differ are both left, and refused (RFC 9113 §8.3.1).
    if (IS(name, name_count, "host") && head->authority.is_there
        && head->authority.count == count
        && memcmp(at(session, head->authority.start), value, count) == 0)
        return true;
    put_name(session, name, name_count);
    put(session, value, count);
    PUT(session, "\r\n");
    return true;
}

// The event's start and count are of the whole head.
void CH2_endHead(CH2Session *session, CH2Event *event) {
    struct head *head = &session->head;
    begin_lines(session);
    // That its length is not known is said in HTTP/1.1 in this way.
    if (event->hasBody && !head->has_length) PUT(session, "transfer-encoding: chunked\r\n");
    PUT(session, "\r\n");
    event->isTooLarge = head->is_too_large;
    event->start = (uint32_t)(head->first + head->start);
    event->count = (uint32_t)(head->count - head->start);
    head->is_open = false;
}

// Fields that are not the same from one answer to the next push out of the table those that are.
static bool varies(const uint8_t *name, size_t count) {
    return IS(name, count, "repr-digest") || IS(name, count, "surrogate-key")
           || IS(name, count, "cache-tag") || IS(name, count, "last-modified")
           || IS(name, count, "server-timing") || IS(name, count, "x-request-id");
}

enum {
    maximum_fields = sizeof((CH2Fields *)0)->list / sizeof(nghttp2_nv),
    maximum_name_bytes = sizeof((CH2Fields *)0)->names,
};

size_t CH2_readHead(const uint8_t *head, size_t count, CH2Fields *fields) {
    static const char status[] = ":status";
    const uint8_t *end = head + count;
    const uint8_t *line = memchr(head, '\n', count);
    if (count < 12 || line == NULL) return 0;
    size_t found = 0, names = 0;
    fields->list[found++] = (nghttp2_nv){
        (uint8_t *)(uintptr_t)status, (uint8_t *)(uintptr_t)head + 9, sizeof status - 1, 3, 0};
    for (line++; line < end && *line != '\r'; line++) {
        const uint8_t *colon = memchr(line, ':', (size_t)(end - line));
        const uint8_t *stop = colon == NULL ? NULL : memchr(colon, '\r', (size_t)(end - colon));
        if (stop == NULL || found == maximum_fields) return 0;
        const size_t name_count = (size_t)(colon - line);
        if (names + name_count > maximum_name_bytes) return 0;
        uint8_t *name = fields->names + names;
        for (size_t index = 0; index < name_count; index++)
            name[index] = line[index] >= 'A' && line[index] <= 'Z' ? line[index] | 0x20
                                                                   : line[index];
        names += name_count;
        const uint8_t *value = colon + 1;
        while (value < stop && *value == ' ') value++;
        fields->list[found++] = (nghttp2_nv){
            name, (uint8_t *)(uintptr_t)value, name_count, (size_t)(stop - value),
            varies(name, name_count) ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE};
        line = stop + 1;
    }
    return found;
}
