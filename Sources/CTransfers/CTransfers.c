#include "CTransfers.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct CTransfers {
    CURLM *multi;
    CTransferHandlers handlers;
};

struct CTransfer {
    CURL *handle;
    struct curl_slist *fields;
    CTransferHandlers handlers;
    void *context;
    // -1: nothing is sent.
    int content;
    int64_t byte_count;
    int64_t sent;
};

void CTransfers_begin(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

CTransfers *CTransfers_open(long most, CTransferHandlers handlers) {
    CTransfers *transfers = calloc(1, sizeof *transfers);
    if (transfers == NULL) return NULL;
    transfers->handlers = handlers;
    transfers->multi = curl_multi_init();
    if (transfers->multi == NULL) {
        free(transfers);
        return NULL;
    }
    curl_multi_setopt(transfers->multi, CURLMOPT_MAXCONNECTS, most);
    curl_multi_setopt(transfers->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, most);
    return transfers;
}

void CTransfers_close(CTransfers *transfers) {
    curl_multi_cleanup(transfers->multi);
    free(transfers);
}

void CTransfers_wake(CTransfers *transfers) { curl_multi_wakeup(transfers->multi); }

static void release(CTransfer *transfer) {
    curl_easy_cleanup(transfer->handle);
    curl_slist_free_all(transfer->fields);
    free(transfer);
}

void CTransfers_remove(CTransfers *transfers, CTransfer *transfer) {
    curl_multi_remove_handle(transfers->multi, transfer->handle);
    release(transfer);
}

void CTransfers_turn(CTransfers *transfers, int timeout_milliseconds) {
    int running = 0;
    curl_multi_perform(transfers->multi, &running);
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(transfers->multi, &left)) != NULL;) {
        if (message->msg != CURLMSG_DONE) continue;
        CTransfer *transfer = NULL;
        // The message is gone with its handle.
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        long status = 0;
        curl_easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &status);
        void *context = transfer->context;
        CTransfers_remove(transfers, transfer);
        transfers->handlers.ended(context, (int)code, status);
    }
    curl_multi_poll(transfers->multi, NULL, 0, timeout_milliseconds, NULL);
}

static size_t take_field(char *bytes, size_t size, size_t count, void *context) {
    CTransfer *transfer = context;
    long status = 0;
    curl_easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &status);
    size_t length = size * count;
    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) length--;
    if (status >= 200 && length > 0)
        transfer->handlers.field(transfer->context, (const uint8_t *)bytes, length);
    return size * count;
}

static size_t take_content(char *bytes, size_t size, size_t count, void *context) {
    CTransfer *transfer = context;
    bool is_taken =
        transfer->handlers.content(transfer->context, (const uint8_t *)bytes, size * count);
    return is_taken ? size * count : 0;
}

static size_t give_content(char *buffer, size_t size, size_t count, void *context) {
    CTransfer *transfer = context;
    int64_t left = transfer->byte_count - transfer->sent;
    size_t room = size * count;
    if ((int64_t)room > left) room = (size_t)left;
    if (room == 0) return 0;
    ssize_t given = pread(transfer->content, buffer, room, transfer->sent);
    // A file that ends early would leave a request that never ends.
    if (given <= 0) return CURL_READFUNC_ABORT;
    transfer->sent += given;
    return (size_t)given;
}

// A kept connection may turn out to be dead: then it is sent once more.
static int seek_content(void *context, curl_off_t offset, int origin) {
    CTransfer *transfer = context;
    if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
    transfer->sent = offset;
    return CURL_SEEKFUNC_OK;
}

static CURLcode prepare(CTransfer *transfer, const CTransferRequest *request) {
    CURL *handle = transfer->handle;
    CURLcode code = CURLE_OK;
#define SET(option, value) \
    if (code == CURLE_OK) code = curl_easy_setopt(handle, option, value)
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_PRIVATE, transfer);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROXY, "");
    // Names of objects may have dots between slashes, and were signed with them.
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_CONNECTTIMEOUT_MS, request->connect_milliseconds);
    SET(CURLOPT_BUFFERSIZE, 65536L);
    SET(CURLOPT_UPLOAD_BUFFERSIZE, 65536L);
    SET(CURLOPT_EXPECT_100_TIMEOUT_MS, 1000L);
    SET(CURLOPT_HTTPHEADER, transfer->fields);
    SET(CURLOPT_HEADERFUNCTION, take_field);
    SET(CURLOPT_HEADERDATA, transfer);
    SET(CURLOPT_WRITEFUNCTION, take_content);
    SET(CURLOPT_WRITEDATA, transfer);
    if (request->authorities != NULL) SET(CURLOPT_CAINFO, request->authorities);
    if (request->is_fresh) SET(CURLOPT_FRESH_CONNECT, 1L);
    if (request->content >= 0) {
        SET(CURLOPT_UPLOAD, 1L);
        SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->byte_count);
        SET(CURLOPT_READFUNCTION, give_content);
        SET(CURLOPT_READDATA, transfer);
        SET(CURLOPT_SEEKFUNCTION, seek_content);
        SET(CURLOPT_SEEKDATA, transfer);
    }
    if (strcmp(request->method, "HEAD") == 0) {
        SET(CURLOPT_NOBODY, 1L);
    } else {
        SET(CURLOPT_CUSTOMREQUEST, request->method);
    }
#undef SET
    return code;
}

CTransfer *CTransfers_add(
    CTransfers *transfers, const CTransferRequest *request, void *context) {
    CTransfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL) return NULL;
    transfer->handlers = transfers->handlers;
    transfer->context = context;
    transfer->content = request->content;
    transfer->byte_count = request->byte_count;
    transfer->handle = curl_easy_init();
    bool is_whole = transfer->handle != NULL;
    for (size_t index = 0; is_whole && index < request->field_count; index++) {
        struct curl_slist *longer = curl_slist_append(transfer->fields, request->fields[index]);
        if (longer == NULL) is_whole = false;
        else transfer->fields = longer;
    }
    if (is_whole && prepare(transfer, request) == CURLE_OK
        && curl_multi_add_handle(transfers->multi, transfer->handle) == CURLM_OK)
        return transfer;
    release(transfer);
    return NULL;
}

int64_t CTransfer_sent(const CTransfer *transfer) { return transfer->sent; }

const char *CTransfers_reason(int code) { return curl_easy_strerror((CURLcode)code); }

bool CTransfers_is_unreachable(int code) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
        case CURLE_OPERATION_TIMEDOUT:  // Of the connection: no other time is counted by libcurl.
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE: return true;
        default: return false;
    }
}
