#include "CCurl.h"

#include <curl/curl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Of an answer's content, which nobody needs: it is read, so that the connection can be used
// again, up to so many bytes and seconds.
enum { maximum_answer = 64 << 10, maximum_seconds = 1 };

struct CCurlSession {
    CURL *handle;
    atomic_int is_cancelled;
    // Of the request under way.
    size_t answered;
    // When its answer's head had come whole; 0 before.
    time_t headed;
    const char *content;
    size_t left;
};

void CCurl_begin(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

CCurlSession *CCurl_open(void) {
    CCurlSession *session = calloc(1, sizeof *session);
    if (session == NULL) return NULL;
    session->handle = curl_easy_init();
    if (session->handle == NULL) {
        free(session);
        return NULL;
    }
    return session;
}

void CCurl_close(CCurlSession *session) {
    curl_easy_cleanup(session->handle);
    free(session);
}

void CCurl_cancel(CCurlSession *session) { atomic_store(&session->is_cancelled, 1); }

static size_t drop(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes;
    CCurlSession *session = context;
    session->answered += size * count;
    return session->answered > maximum_answer ? 0 : size * count;
}

static size_t give(char *buffer, size_t size, size_t count, void *context) {
    CCurlSession *session = context;
    size_t room = size * count;
    size_t given = session->left < room ? session->left : room;
    memcpy(buffer, session->content, given);
    session->content += given;
    session->left -= given;
    return given;
}

static time_t seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1;  // Never 0.
}

static int look(
    void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up) {
    (void)down_total, (void)down, (void)up_total, (void)up;
    CCurlSession *session = context;
    if (session->headed != 0 && seconds() - session->headed > maximum_seconds) return 1;
    return atomic_load(&session->is_cancelled);
}

// An empty line ends a head; one of 1xx is not the answer yet.
static size_t head(char *bytes, size_t size, size_t count, void *context) {
    CCurlSession *session = context;
    long status = 0;
    curl_easy_getinfo(session->handle, CURLINFO_RESPONSE_CODE, &status);
    if (size * count <= 2 && bytes[0] != ' ' && status >= 200) session->headed = seconds();
    return size * count;
}

// What every request has in common; keeps the connections of the last one.
static void prepare(CCurlSession *session, const char *url, long timeout_milliseconds) {
    CURL *handle = session->handle;
    curl_easy_reset(handle);
    session->answered = 0;
    session->headed = 0;
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout_milliseconds);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, timeout_milliseconds);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, session);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, look);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, session);
}

static int append(
    struct curl_slist **list, const char *const *items, size_t count) {
    for (size_t index = 0; index < count; index++) {
        struct curl_slist *longer = curl_slist_append(*list, items[index]);
        if (longer == NULL) return CURLE_OUT_OF_MEMORY;
        *list = longer;
    }
    return CURLE_OK;
}

int CCurl_post(
    CCurlSession *session, const char *url, const char *const *fields, size_t field_count,
    const void *content, size_t byte_count, long timeout_milliseconds, long *status,
    long *retry_after) {
    CURL *handle = session->handle;
    prepare(session, url, timeout_milliseconds);
    struct curl_slist *list = NULL;
    int code = append(&list, fields, field_count);
    if (code == CURLE_OK) {
        curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(handle, CURLOPT_HTTPHEADER, list);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)byte_count);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, content);
        curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, head);
        curl_easy_setopt(handle, CURLOPT_HEADERDATA, session);
        code = (int)curl_easy_perform(handle);
        *status = 0;
        *retry_after = 0;
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, status);
        curl_off_t after = 0;
        if (curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &after) == CURLE_OK && after > 0)
            *retry_after = after < LONG_MAX ? (long)after : LONG_MAX;
        // The status is the answer, whatever became of the content behind it.
        if (session->headed != 0) code = CURLE_OK;
    }
    curl_slist_free_all(list);
    return code;
}

int CCurl_mail(
    CCurlSession *session, const CCurlRelay *relay, const char *sender,
    const char *const *recipients, size_t recipient_count, const void *message, size_t byte_count,
    long timeout_milliseconds) {
    static const long levels[] = {
        [CCurlTLSNever] = CURLUSESSL_NONE,
        [CCurlTLSWherePossible] = CURLUSESSL_TRY,
        [CCurlTLSAlways] = CURLUSESSL_ALL,
    };
    CURL *handle = session->handle;
    prepare(session, relay->url, timeout_milliseconds);
    struct curl_slist *list = NULL;
    int code = append(&list, recipients, recipient_count);
    if (code == CURLE_OK) {
        session->content = message;
        session->left = byte_count;
        curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        curl_easy_setopt(handle, CURLOPT_USE_SSL, levels[relay->tls]);
        if (relay->username != NULL) curl_easy_setopt(handle, CURLOPT_USERNAME, relay->username);
        if (relay->password != NULL) curl_easy_setopt(handle, CURLOPT_PASSWORD, relay->password);
        curl_easy_setopt(handle, CURLOPT_MAIL_FROM, sender);
        curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, list);
        curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, (curl_off_t)byte_count);
        curl_easy_setopt(handle, CURLOPT_READFUNCTION, give);
        curl_easy_setopt(handle, CURLOPT_READDATA, session);
        code = (int)curl_easy_perform(handle);
    }
    curl_slist_free_all(list);
    return code;
}

const char *CCurl_reason(int code) { return curl_easy_strerror((CURLcode)code); }
