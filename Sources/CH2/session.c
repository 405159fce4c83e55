#include "heads.h"
#include "internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static nghttp2_session_callbacks *callbacks;
static nghttp2_option *options;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void) {
    nghttp2_option *made = NULL;
    if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&made) != 0) return;
    CH2_setCallbacks(callbacks);
    // Windows are opened by who reads the bodies.
    nghttp2_option_set_no_auto_window_update(made, 1);
    nghttp2_option_set_builtin_recv_extension_type(made, NGHTTP2_PRIORITY_UPDATE);
    options = made;
}

CH2Scratch *CH2_makeScratch(void) {
    CH2Scratch *scratch = calloc(1, sizeof *scratch);
    if (scratch == NULL) return NULL;
    scratch->heads = malloc(maximum_heads);
    if (scratch->heads != NULL) return scratch;
    free(scratch);
    return NULL;
}

void CH2_freeScratch(CH2Scratch *scratch) {
    free(scratch->heads);
    free(scratch);
}

static bool begin(CH2Session *session) {
    const CH2Limits *limits = &session->limits;
    if (nghttp2_session_server_new2(&session->h2, callbacks, session, options) != 0) return false;
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits->streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits->streamWindow},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits->headBytes},
        // The urgencies of RFC 9218 instead.
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    };
    return nghttp2_submit_settings(
               session->h2, 0, settings, sizeof settings / sizeof *settings)
               == 0
           && nghttp2_session_set_local_window_size(
                  session->h2, 0, 0, (int32_t)limits->connectionWindow)
                  == 0;
}

CH2Session *CH2_open(CH2Scratch *scratch, CH2Limits limits) {
    if (pthread_once(&once, prepare) != 0 || options == NULL) return NULL;
    CH2Session *session = calloc(1, sizeof *session);
    if (session == NULL) return NULL;
    session->scratch = scratch;
    session->limits = limits;
    if (begin(session)) return session;
    CH2_close(session);
    return NULL;
}

void CH2_close(CH2Session *session) {
    if (session->h2 != NULL) nghttp2_session_del(session->h2);
    free(session->streams);
    free(session->kept);
    free(session);
}

void CH2_calm(CH2Session *session) {
    nghttp2_session_terminate_session(session->h2, NGHTTP2_ENHANCE_YOUR_CALM);
}

bool CH2_receive(CH2Session *session, const uint8_t *bytes, size_t count) {
    CH2Scratch *scratch = session->scratch;
    scratch->first = scratch->last = scratch->used = 0;
    CH2_resumeHead(session);
    session->received = bytes;
    const int64_t before = session->strain;
    session->strain += stray_worth * (int64_t)count;
    const ssize_t result = nghttp2_session_mem_recv(session->h2, bytes, count);
    int64_t excused = session->strain - before;
    if (excused > session->excused) excused = session->excused;
    if (excused > 0) {
        session->excused -= excused;
        session->strain -= excused;
    }
    (void)CH2_strain(session, 0);
    const bool is_kept = CH2_keepHead(session);
    if (result >= 0 && !session->is_calmed && is_kept) return true;
    // nghttp2 says nothing to the peer of its own accord.
    switch (result) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
        nghttp2_session_terminate_session(session->h2, NGHTTP2_PROTOCOL_ERROR);
        break;
    default: CH2_calm(session);
    }
    return false;
}

CH2Event CH2_next(CH2Session *session) {
    CH2Scratch *scratch = session->scratch;
    if (scratch->first == scratch->last) return (CH2Event){.kind = CH2Kind_none};
    const CH2Event event = scratch->events[scratch->first++];
    if (event.kind == CH2Kind_closed) session->streams[event.slot].id = 0;
    return event;
}

const uint8_t *CH2_heads(const CH2Scratch *scratch) { return scratch->heads; }

static struct stream *open_stream(CH2Session *session, uint32_t slot) {
    if (slot >= session->stream_count) return NULL;
    struct stream *stream = &session->streams[slot];
    return stream->id != 0 && stream->is_open ? stream : NULL;
}

bool CH2_respond(
    CH2Session *session, uint32_t slot, const uint8_t *head, size_t count, uint64_t body_count,
    uint64_t offered) {
    struct stream *stream = open_stream(session, slot);
    if (stream == NULL) return false;
    CH2Fields fields;
    const size_t found = CH2_readHead(head, count, &fields);
    if (found == 0) return false;
    // Once they are in the table, so that their names are: later ones say those by a number.
    for (size_t index = 0; !session->has_answered && index < found; index++)
        fields.list[index].flags = NGHTTP2_NV_FLAG_NONE;
    session->has_answered = true;
    stream->left = body_count;
    stream->offered = offered;
    stream->is_bare = body_count == 0;
    const nghttp2_data_provider body = {.read_callback = CH2_readBody};
    return nghttp2_submit_response(
               session->h2, stream->id, fields.list, found, body_count > 0 ? &body : NULL)
           == 0;
}

void CH2_offer(CH2Session *session, uint32_t slot, uint64_t count) {
    struct stream *stream = open_stream(session, slot);
    if (stream == NULL) return;
    stream->offered += count;
    if (!stream->is_deferred) return;
    stream->is_deferred = false;
    nghttp2_session_resume_data(session->h2, stream->id);
}

bool CH2_continue(CH2Session *session, uint32_t slot) {
    const struct stream *stream = open_stream(session, slot);
    if (stream == NULL) return false;
    static uint8_t name[] = ":status", value[] = "100";
    const nghttp2_nv status = {name, value, sizeof name - 1, sizeof value - 1, 0};
    return nghttp2_submit_headers(
               session->h2, NGHTTP2_FLAG_NONE, stream->id, NULL, &status, 1, NULL)
           == 0;
}

// What may be on its way of a body that is not whole.
static void excuse(CH2Session *session, int32_t id) {
    if (nghttp2_session_get_stream_remote_close(session->h2, id) != 0) return;
    const int64_t window = nghttp2_session_get_stream_local_window_size(session->h2, id);
    if (window > 0) session->excused += stray_worth * window;
    if (session->excused > maximum_excuse) session->excused = maximum_excuse;
}

void CH2_reset(CH2Session *session, uint32_t slot, uint32_t error) {
    struct stream *stream = open_stream(session, slot);
    if (stream == NULL) return;
    excuse(session, stream->id);
    stream->is_reset = true;
    // nghttp2 sends no head of a stream that is to be reset.
    if (error == NGHTTP2_NO_ERROR && stream->is_bare) {
        stream->ends_after_head = true;
        return;
    }
    nghttp2_submit_rst_stream(session->h2, NGHTTP2_FLAG_NONE, stream->id, error);
}

void CH2_consumed(CH2Session *session, size_t count) {
    nghttp2_session_consume_connection(session->h2, count);
}

void CH2_consumedBody(CH2Session *session, uint32_t slot, size_t count) {
    const struct stream *stream = open_stream(session, slot);
    if (stream != NULL) nghttp2_session_consume_stream(session->h2, stream->id, count);
}

void CH2_widen(CH2Session *session, size_t count) {
    nghttp2_session_set_local_window_size(session->h2, NGHTTP2_FLAG_NONE, 0, (int32_t)count);
}

void CH2_widenBody(CH2Session *session, uint32_t slot, size_t count) {
    const struct stream *stream = open_stream(session, slot);
    if (stream == NULL) return;
    nghttp2_session_set_local_window_size(
        session->h2, NGHTTP2_FLAG_NONE, stream->id, (int32_t)count);
}

size_t CH2_write(
    CH2Session *session, uint8_t *into, size_t room, CH2Gap *gaps, size_t gap_room,
    size_t *gap_count) {
    CH2Scratch *scratch = session->scratch;
    if (scratch->first == scratch->last) scratch->first = scratch->last = 0;
    session->into = into;
    session->room = room;
    session->written = 0;
    session->gaps = gaps;
    session->gap_room = gap_room;
    session->gap_count = 0;
    const int result = nghttp2_session_send(session->h2);
    if (session->is_calmed || result != 0) CH2_calm(session);
    *gap_count = session->gap_count;
    return session->written;
}

void CH2_tick(CH2Session *session) { (void)CH2_strain(session, -10 * frame_worth); }

void CH2_noticeShutdown(CH2Session *session) { nghttp2_submit_shutdown_notice(session->h2); }

void CH2_shutDown(CH2Session *session) {
    const int32_t last = nghttp2_session_get_last_proc_stream_id(session->h2);
    nghttp2_submit_goaway(session->h2, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL, 0);
}

bool CH2_hasToWrite(const CH2Session *session) {
    return nghttp2_session_want_write(session->h2) != 0;
}

bool CH2_isOver(const CH2Session *session) {
    return !nghttp2_session_want_read(session->h2) && !nghttp2_session_want_write(session->h2);
}

bool CH2_isHeld(const CH2Session *session, uint32_t slot) {
    if (slot >= session->stream_count || !session->streams[slot].is_open) return false;
    return nghttp2_session_get_stream_remote_window_size(session->h2, session->streams[slot].id)
           <= 0;
}

bool CH2_isHeldWhole(const CH2Session *session) {
    return nghttp2_session_get_remote_window_size(session->h2) <= 0;
}
