// The server's side of HTTP/2 connections by nghttp2, without a call into Swift: bytes go in and
// events are taken out; answers go in and frames are taken out. It knows no socket.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// What the sessions of one thread have to tell, one after the other.
typedef struct CH2Scratch CH2Scratch;
typedef struct CH2Session CH2Session;

CH2Scratch *_Nullable CH2_makeScratch(void);
void CH2_freeScratch(CH2Scratch *scratch);

typedef struct CH2Limits {
    uint32_t streams;           // At once; further ones are refused.
    uint32_t streamWindow;      // Of a body, before it is read on.
    uint32_t connectionWindow;  // Of all bodies.
    uint32_t headBytes;         // Of a request's head, as HTTP/1.1 has it.
    // What a session may cost beyond what its requests are worth, in bytes (see CH2.c).
    int64_t strain;
} CH2Limits;

CH2Session *_Nullable CH2_open(CH2Scratch *scratch, CH2Limits limits);
void CH2_close(CH2Session *session);

typedef enum CH2Kind {
    CH2Kind_none,
    CH2Kind_request,  // A whole head.
    CH2Kind_body,     // A piece of a request's body.
    CH2Kind_end,      // The body's end; not told of requests without one.
    CH2Kind_closed,   // The last of a stream, also of one that was never told of.
} CH2Kind;

typedef struct CH2Event {
    CH2Kind kind;
    // Stands for the stream until its end has been taken.
    uint32_t slot;
    // Of a request: where in CH2_heads its head lies, as HTTP/1.1 has it. Of a body: where in the
    // bytes that were received.
    uint32_t start, count;
    // As RST_STREAM has it.
    uint32_t error;
    bool hasBody, isTooLarge;
} CH2Event;

// Takes all `count` bytes, at most CH2_receivedBytes; all events have been taken before. False: the
// session ends with what is still to be written.
bool CH2_receive(CH2Session *session, const uint8_t *bytes, size_t count);
// The next event, or one of CH2Kind_none.
CH2Event CH2_next(CH2Session *session);
const uint8_t *CH2_heads(const CH2Scratch *scratch);

enum { CH2_receivedBytes = 16384 };

// An answer: its head as HTTP/1.1 has it, how long its body is, and how much of that may be asked
// for already. False: nobody waits for it any more.
bool CH2_respond(
    CH2Session *session, uint32_t slot, const uint8_t *head, size_t count, uint64_t bodyCount,
    uint64_t offered);
// So much more of the body may be asked for.
void CH2_offer(CH2Session *session, uint32_t slot, uint64_t count);
// The client may send the body (100).
bool CH2_continue(CH2Session *session, uint32_t slot);
// No error: the answer is whole, and nobody wants the rest of the body.
void CH2_reset(CH2Session *session, uint32_t slot, uint32_t error);
// The client may send as many bytes more, of all bodies, of one.
void CH2_consumed(CH2Session *session, size_t count);
void CH2_consumedBody(CH2Session *session, uint32_t slot, size_t count);

// So many bytes may be on their way, of all bodies, of one: no fewer than before.
void CH2_widen(CH2Session *session, size_t count);
void CH2_widenBody(CH2Session *session, uint32_t slot, size_t count);

// Where bytes of a body belong in what was written.
typedef struct CH2Gap {
    uint32_t at, count, slot;
} CH2Gap;

// Writes frames into `room` bytes, whole ones but for the last, and leaves gaps, in order, where
// bodies belong.
size_t CH2_write(
    CH2Session *session, uint8_t *into, size_t room, CH2Gap *gaps, size_t gapRoom,
    size_t *gapCount);

// Four times a second: time makes up for strain.
void CH2_tick(CH2Session *session);
// New requests will not be taken for long.
void CH2_noticeShutdown(CH2Session *session);
// From now on new requests are not taken.
void CH2_shutDown(CH2Session *session);
// The peer has done what nobody does who means well.
void CH2_calm(CH2Session *session);
// Whether nothing more can come or go.
bool CH2_isOver(const CH2Session *session);
bool CH2_hasToWrite(const CH2Session *session);
// Whether the peer lets nothing more be sent, of one body, of all.
bool CH2_isHeld(const CH2Session *session, uint32_t slot);
bool CH2_isHeldWhole(const CH2Session *session);

enum {
    CH2Error_none = 0, CH2Error_internal = 2, CH2Error_cancel = 8, CH2Error_calm = 11,
};

#pragma clang assume_nonnull end
