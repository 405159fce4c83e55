// HTTP requests to an object store: many at once, on one thread (libcurl's multi interface).
// libcurl's variadic options stay on this side.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct CTransfers CTransfers;
typedef struct CTransfer CTransfer;

// All of it is copied, but for the descriptor.
typedef struct CTransferRequest {
    const char *_Nonnull method;  // GET, HEAD, PUT or DELETE
    const char *_Nonnull url;
    const char *_Nonnull const *_Nonnull fields;
    size_t field_count;
    // A PEM file of those who may vouch for the server; NULL: those the system trusts.
    const char *_Nullable authorities;
    // What is sent of a PUT: a descriptor that is read from its start, and stays the caller's; -1:
    // nothing.
    int content;
    int64_t byte_count;
    long connect_milliseconds;
    // Not on a connection that was kept.
    bool is_fresh;
} CTransferRequest;

// Called on the thread of the turn, never after `ended`.
typedef struct CTransferHandlers {
    // A line of the answer's head, without its end; answers of 1xx are left out.
    void (*_Nonnull field)(void *_Nonnull context, const uint8_t *_Nonnull line, size_t count);
    // false ends the transfer.
    bool (*_Nonnull content)(void *_Nonnull context, const uint8_t *_Nonnull bytes, size_t count);
    // `code` is libcurl's number of what failed, 0: nothing; `status` 0: no answer.
    void (*_Nonnull ended)(void *_Nonnull context, int code, long status);
} CTransferHandlers;

// Once, before any thread opens transfers (curl_global_init).
void CTransfers_begin(void);

// NULL: out of memory. No more than `most` connections, kept while they are good.
CTransfers *_Nullable CTransfers_open(long most, CTransferHandlers handlers);
// Of what is under way `ended` is not called.
void CTransfers_close(CTransfers *_Nonnull transfers);

// From any thread: the turn that waits returns.
void CTransfers_wake(CTransfers *_Nonnull transfers);

// Does what can be done, and waits for more no longer than that.
void CTransfers_turn(CTransfers *_Nonnull transfers, int timeout_milliseconds);

// NULL: out of memory. `context` belongs to the transfer until it has ended.
CTransfer *_Nullable CTransfers_add(
    CTransfers *_Nonnull transfers, const CTransferRequest *_Nonnull request,
    void *_Nonnull context);

// Ends it; `ended` is not called.
void CTransfers_remove(CTransfers *_Nonnull transfers, CTransfer *_Nonnull transfer);

// Bytes of content that it has sent.
int64_t CTransfer_sent(const CTransfer *_Nonnull transfer);

// What a number stands for.
const char *_Nonnull CTransfers_reason(int code);

// Whether it says that there was no connection.
bool CTransfers_is_unreachable(int code);
