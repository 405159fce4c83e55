#include "heads.h"
#include "internal.h"

#include <stdlib.h>
#include <string.h>

// What a peer costs without a request is its strain, counted in bytes: 4 KiB for each frame that
// brings nothing, and 16 for each byte that no head and no body has, for of frames that it ignores
// nghttp2 does not tell. Requests make up for two frames, bodies for their bytes, also those that
// the peer takes, and a second for forty frames. So floods of every kind – of frames that are
// answered, ignored or unknown, of empty bodies, of windows of one byte, of small heads that grow
// large – come to the same end: GOAWAY(ENHANCE_YOUR_CALM). What was on its way of a body when we
// refused it is excused, and so are windows that are opened by pages.
int CH2_strain(CH2Session *session, int64_t cost) {
    session->strain += cost;
    if (session->strain < 0) session->strain = 0;
    if (session->strain <= session->limits.strain) return 0;
    session->is_calmed = true;
    return NGHTTP2_ERR_CALLBACK_FAILURE;
}

bool CH2_tell(CH2Session *session, CH2Event event) {
    CH2Scratch *scratch = session->scratch;
    if (scratch->last == maximum_events) return false;
    scratch->events[scratch->last++] = event;
    return true;
}

static struct stream *stream_of(CH2Session *session, int32_t id, uint32_t *slot) {
    const uintptr_t mark = (uintptr_t)nghttp2_session_get_stream_user_data(session->h2, id);
    if (mark == 0 || mark > session->stream_count) return NULL;
    *slot = (uint32_t)(mark - 1);
    return &session->streams[*slot];
}

static bool take_slot(CH2Session *session, int32_t id) {
    uint32_t slot = 0;
    while (slot < session->stream_count && session->streams[slot].id != 0) slot++;
    if (slot == session->stream_count) {
        if (session->stream_count == maximum_slots) return false;
        const uint32_t count = session->stream_count == 0 ? 8 : 2 * session->stream_count;
        struct stream *larger = realloc(session->streams, count * sizeof *larger);
        if (larger == NULL) return false;
        memset(larger + session->stream_count, 0,
               (count - session->stream_count) * sizeof *larger);
        session->streams = larger;
        session->stream_count = count;
    }
    session->streams[slot] = (struct stream){.id = id, .is_open = true};
    nghttp2_session_set_stream_user_data(session->h2, id, (void *)((uintptr_t)slot + 1));
    return true;
}

static bool is_request(const nghttp2_frame *frame) {
    return frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
}

static int on_begin_headers(nghttp2_session *h2, const nghttp2_frame *frame, void *user) {
    (void)h2;
    if (!is_request(frame)) return 0;
    CH2_beginHead(user);
    return take_slot(user, frame->hd.stream_id) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_header(
    nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name, size_t name_count,
    const uint8_t *value, size_t count, uint8_t flags, void *user) {
    (void)h2, (void)flags;
    CH2Session *session = user;
    // Trailers are read by nobody, and what does not fit is only counted.
    if (!is_request(frame) || session->head.is_too_large)
        return CH2_strain(session, (int64_t)(name_count + count));
    return CH2_addField(session, name, name_count, value, count)
               ? 0
               : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

// A field that can be none makes the request none (RFC 9113 §8.2.1), and what comes behind it is
// not looked at.
static int on_invalid_header(
    nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name, size_t name_count,
    const uint8_t *value, size_t count, uint8_t flags, void *user) {
    (void)h2, (void)frame, (void)name, (void)name_count, (void)value, (void)count;
    (void)flags;
    CH2Session *session = user;
    session->head.is_open = false;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *user) {
    (void)h2;
    CH2Session *session = user;
    const int64_t length = (int64_t)frame->hd.length;
    uint32_t slot = 0;
    if (frame->hd.type == NGHTTP2_WINDOW_UPDATE
        && frame->window_update.window_size_increment >= frame_worth)
        return 0;
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
        return CH2_strain(session, frame_worth);
    const bool isLast = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (stream_of(session, frame->hd.stream_id, &slot) == NULL)
        return CH2_strain(session, frame_worth);
    if (is_request(frame)) {
        CH2Event event = {.kind = CH2Kind_request, .slot = slot, .hasBody = !isLast};
        CH2_endHead(session, &event);
        if (!CH2_tell(session, event)) return NGHTTP2_ERR_CALLBACK_FAILURE;
        return CH2_strain(session, -stray_worth * (9 + length) - 2 * frame_worth);
    }
    if (isLast && !CH2_tell(session, (CH2Event){.kind = CH2Kind_end, .slot = slot}))
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    if (frame->hd.type == NGHTTP2_HEADERS) return CH2_strain(session, -stray_worth * length);
    const int64_t content = length - (int64_t)frame->data.padlen;
    if (content <= 0 && !isLast) return CH2_strain(session, frame_worth);
    return CH2_strain(session, -stray_worth * (9 + length) - content);
}

static int on_data(
    nghttp2_session *h2, uint8_t flags, int32_t id, const uint8_t *bytes, size_t count,
    void *user) {
    (void)h2, (void)flags;
    CH2Session *session = user;
    uint32_t slot = 0;
    if (stream_of(session, id, &slot) == NULL) return 0;
    const CH2Event event = {
        .kind = CH2Kind_body, .slot = slot, .start = (uint32_t)(bytes - session->received),
        .count = (uint32_t)count};
    return CH2_tell(session, event) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_closed(nghttp2_session *h2, int32_t id, uint32_t error, void *user) {
    (void)h2;
    CH2Session *session = user;
    uint32_t slot = 0;
    struct stream *stream = stream_of(session, id, &slot);
    if (stream == NULL) return 0;
    stream->is_open = false;
    const CH2Event event = {.kind = CH2Kind_closed, .slot = slot, .error = error};
    return CH2_tell(session, event) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

// nghttp2 counts the streams that the peer resets, and not those that it makes us reset
// (CVE-2025-8671).
static int on_sent(nghttp2_session *h2, const nghttp2_frame *frame, void *user) {
    CH2Session *session = user;
    uint32_t slot = 0;
    struct stream *stream = NULL;
    switch (frame->hd.type) {
    case NGHTTP2_DATA: (void)CH2_strain(session, -(int64_t)frame->hd.length); break;
    case NGHTTP2_RST_STREAM:
        if (frame->rst_stream.error_code == NGHTTP2_NO_ERROR) break;
        stream = stream_of(session, frame->hd.stream_id, &slot);
        if (stream == NULL || !stream->is_reset) (void)CH2_strain(session, 10 * frame_worth);
        break;
    case NGHTTP2_HEADERS:
        if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) break;
        stream = stream_of(session, frame->hd.stream_id, &slot);
        if (stream == NULL) break;
        stream->is_bare = false;
        if (stream->ends_after_head)
            nghttp2_submit_rst_stream(
                h2, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
    }
    return 0;
}

ssize_t CH2_readBody(
    nghttp2_session *h2, int32_t id, uint8_t *buffer, size_t length, uint32_t *flags,
    nghttp2_data_source *source, void *user) {
    (void)h2, (void)buffer, (void)source;
    CH2Session *session = user;
    uint32_t slot = 0;
    struct stream *stream = stream_of(session, id, &slot);
    if (stream == NULL) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (stream->offered == 0) {
        stream->is_deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    // Frames of a few bytes at the end of the room would be many.
    const size_t room = session->room - session->written;
    if (session->gap_count == session->gap_room
        || (room < 9 + 1024 && room < 9 + stream->left))
        return NGHTTP2_ERR_PAUSE;
    const uint64_t most = stream->left < stream->offered ? stream->left : stream->offered;
    const size_t count = most < length ? (size_t)most : length;
    stream->left -= count;
    stream->offered -= count;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (stream->left == 0) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)count;
}

// A frame with its head fits what is left: one that did not would have to be cut.
static ssize_t limit_data(
    nghttp2_session *h2, uint8_t type, int32_t id, int32_t connection_window,
    int32_t stream_window, uint32_t maximum, void *user) {
    (void)h2, (void)type, (void)id;
    const CH2Session *session = user;
    ssize_t count = (ssize_t)(session->room - session->written) - 9;
    if (count > connection_window) count = connection_window;
    if (count > stream_window) count = stream_window;
    if (count > (ssize_t)maximum) count = (ssize_t)maximum;
    return count < 1 ? 1 : count;
}

static int send_body(
    nghttp2_session *h2, nghttp2_frame *frame, const uint8_t *head, size_t count,
    nghttp2_data_source *source, void *user) {
    (void)h2, (void)source;
    CH2Session *session = user;
    uint32_t slot = 0;
    if (stream_of(session, frame->hd.stream_id, &slot) == NULL)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (session->room - session->written < 9 + count || session->gap_count == session->gap_room)
        return NGHTTP2_ERR_WOULDBLOCK;
    memcpy(session->into + session->written, head, 9);
    session->gaps[session->gap_count++] = (CH2Gap){
        .at = (uint32_t)session->written + 9, .count = (uint32_t)count, .slot = slot};
    session->written += 9 + count;
    return 0;
}

static ssize_t send_bytes(
    nghttp2_session *h2, const uint8_t *bytes, size_t count, int flags, void *user) {
    (void)h2, (void)flags;
    CH2Session *session = user;
    const size_t left = session->room - session->written;
    if (left == 0) return NGHTTP2_ERR_WOULDBLOCK;
    if (count > left) count = left;
    memcpy(session->into + session->written, bytes, count);
    session->written += count;
    return (ssize_t)count;
}

void CH2_setCallbacks(nghttp2_session_callbacks *callbacks) {
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, on_invalid_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_closed);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
    nghttp2_session_callbacks_set_send_callback(callbacks, send_bytes);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, send_body);
    nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks, limit_data);
}
