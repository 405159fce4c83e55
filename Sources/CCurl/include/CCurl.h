// What Pollex sends by libcurl: one request at a time on a session, which keeps its connection.
// libcurl's variadic options stay on this side.
#pragma once
#include <stddef.h>

typedef struct CCurlSession CCurlSession;

// Once, before any thread opens a session (curl_global_init).
void CCurl_begin(void);

// NULL: out of memory.
CCurlSession *_Nullable CCurl_open(void);
void CCurl_close(CCurlSession *_Nonnull session);

// From any thread: what is under way ends within a second, and all that follows at once.
void CCurl_cancel(CCurlSession *_Nonnull session);

// Sends a POST; follows no redirection, uses no proxy and no protocol but HTTP and HTTPS. The
// response's content is dropped: once its head is there it is answered, and the transfer ends
// when there is more than 64 KB behind it, or it takes longer than a second or two.
// Returns 0 and the status, or libcurl's number of what failed (curl_easy_strerror).
// *retry_after is what Retry-After says, in seconds from now; 0: nothing.
int CCurl_post(
    CCurlSession *_Nonnull session, const char *_Nonnull url,
    const char *_Nonnull const *_Nonnull fields, size_t field_count, const void *_Nonnull content,
    size_t byte_count, long timeout_milliseconds, long *_Nonnull status,
    long *_Nonnull retry_after);

typedef enum CCurlTLS { CCurlTLSNever, CCurlTLSWherePossible, CCurlTLSAlways } CCurlTLS;

typedef struct CCurlRelay {
    const char *_Nonnull url;  // smtp:// or smtps://
    const char *_Nullable username;
    const char *_Nullable password;
    CCurlTLS tls;
} CCurlRelay;

// Hands one message to an SMTP relay. Returns as CCurl_post does.
int CCurl_mail(
    CCurlSession *_Nonnull session, const CCurlRelay *_Nonnull relay, const char *_Nonnull sender,
    const char *_Nonnull const *_Nonnull recipients, size_t recipient_count,
    const void *_Nonnull message, size_t byte_count, long timeout_milliseconds);

// What a number stands for.
const char *_Nonnull CCurl_reason(int code);
