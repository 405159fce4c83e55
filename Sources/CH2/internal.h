#pragma once
#include "CH2.h"

#include <nghttp2/nghttp2.h>

enum {
    maximum_slots = 1024,
    // Two for each frame, which is 9 bytes at least, and the end of each stream.
    maximum_events = 2 * CH2_receivedBytes / 9 + maximum_slots,
    maximum_heads = 1 << 20,
    // Of an answer, or of a frame that brings nothing.
    frame_worth = 4096,
    // Of a byte that neither a head nor a body has.
    stray_worth = 16,
    // Of sixteen bodies with windows of 256 KiB.
    maximum_excuse = 64 << 20,
};

struct CH2Scratch {
    CH2Event events[maximum_events];
    size_t first, last;
    uint8_t *heads;
    size_t used;
};

struct stream {
    int32_t id;  // 0: the slot is free.
    bool is_open;
    // It waits for content to be offered.
    bool is_deferred;
    // Its answer is a head alone that is not sent yet; and then the rest of its request is refused.
    bool is_bare, ends_after_head;
    // Reset by us, and not because of what the peer did.
    bool is_reset;
    uint64_t left, offered;
};

// Of a head, counted from where it begins.
struct part {
    size_t start, count;
    bool is_there;
};

// The head that is being read: its pseudo-fields come first, in any order.
struct head {
    // Where it begins in the scratch, and how much of it is there.
    size_t first, count;
    struct part method, path, authority;
    // Of its lines, behind the pseudo-fields.
    size_t start;
    bool is_open, is_begun, is_too_large, has_length;
};

struct CH2Session {
    nghttp2_session *h2;
    CH2Scratch *scratch;
    CH2Limits limits;
    struct stream *streams;
    uint32_t stream_count;
    int64_t strain;
    // Of bodies that we refused: so much may have been on its way.
    int64_t excused;
    bool has_answered;
    bool is_calmed;
    struct head head;
    // What is there of it, between two calls.
    uint8_t *kept;
    // Of the call under way.
    const uint8_t *received;
    uint8_t *into;
    size_t room, written;
    CH2Gap *gaps;
    size_t gap_count, gap_room;
};

void CH2_setCallbacks(nghttp2_session_callbacks *callbacks);
ssize_t CH2_readBody(
    nghttp2_session *h2, int32_t id, uint8_t *buffer, size_t length, uint32_t *flags,
    nghttp2_data_source *source, void *user);
// 0, or nghttp2's number when it is more than the peer may cost.
int CH2_strain(CH2Session *session, int64_t cost);
bool CH2_tell(CH2Session *session, CH2Event event);
