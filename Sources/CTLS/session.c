#include "internal.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

struct CTLSSession {
    SSL *ssl;
    // Of the call under way: what came, and where to write.
    const uint8_t *incoming;
    size_t incoming_count;
    CTLSOutput *outgoing;
    bool is_failed;
};

static int take(BIO *bio, char *into, int room) {
    CTLSSession *session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (session->incoming_count == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t count = session->incoming_count < (size_t)room ? session->incoming_count : (size_t)room;
    memcpy(into, session->incoming, count);
    session->incoming += count;
    session->incoming_count -= count;
    return (int)count;
}

static int give(BIO *bio, const char *bytes, int count) {
    CTLSOutput *output = ((CTLSSession *)BIO_get_data(bio))->outgoing;
    BIO_clear_retry_flags(bio);
    size_t room = output == NULL ? 0 : output->capacity - output->count;
    if (room == 0) {
        BIO_set_retry_write(bio);
        return -1;
    }
    if ((size_t)count > room) count = (int)room;
    memcpy(output->bytes + output->count, bytes, (size_t)count);
    output->count += (size_t)count;
    return count;
}

static long control(BIO *bio, int command, long number, void *argument) {
    (void)bio, (void)number, (void)argument;
    return command == BIO_CTRL_FLUSH;
}

static int create(BIO *bio) {
    BIO_set_init(bio, 1);
    return 1;
}

static BIO_METHOD *method;
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;

static void make_method(void) {
    BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pollex");
    if (made == NULL || BIO_meth_set_read(made, take) != 1 || BIO_meth_set_write(made, give) != 1
        || BIO_meth_set_ctrl(made, control) != 1 || BIO_meth_set_create(made, create) != 1)
        return;
    method = made;
}

static CTLSSession *make(CTLSContext *context) {
    if (CRYPTO_THREAD_run_once(&once, make_method) != 1 || method == NULL) return NULL;
    CTLSSession *session = OPENSSL_zalloc(sizeof *session);
    if (session == NULL) return NULL;
    session->ssl = SSL_new(context->identities[0]);
    BIO *bio = session->ssl == NULL ? NULL : BIO_new(method);
    if (bio == NULL) {
        SSL_free(session->ssl);
        OPENSSL_free(session);
        return NULL;
    }
    BIO_set_data(bio, session);
    SSL_set_bio(session->ssl, bio, bio);
    // As much at once as is there: a record's head and the rest of it are not fetched one by one.
    SSL_set_read_ahead(session->ssl, 1);
    return session;
}

CTLSSession *CTLS_begin(CTLSContext *context) {
    CTLSSession *session = make(context);
    if (session != NULL) SSL_set_accept_state(session->ssl);
    return session;
}

CTLSSession *CTLS_connect(CTLSContext *context, const char *host, bool is_address) {
    CTLSSession *session = make(context);
    if (session == NULL) return NULL;
    SSL_set_connect_state(session->ssl);
    // A name is said, so that the server knows whom to show; an address must not be (RFC 6066 §3).
    const int is_set =
        is_address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session->ssl), host)
                   : SSL_set1_host(session->ssl, host) == 1
                         && SSL_set_tlsext_host_name(session->ssl, host) == 1;
    if (is_set == 1) return session;
    CTLS_end(session);
    return NULL;
}

const char *CTLS_complaint(const CTLSSession *session) {
    const long result = SSL_get_verify_result(session->ssl);
    return result == X509_V_OK ? "it does not agree on TLS"
                               : X509_verify_cert_error_string(result);
}

void CTLS_end(CTLSSession *session) {
    SSL_free(session->ssl);
    OPENSSL_free(session);
}

static CTLSState state_after(CTLSSession *session, int result) {
    switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return CTLSState_open;
    case SSL_ERROR_ZERO_RETURN: return CTLSState_ended;
    default: session->is_failed = true; return CTLSState_failed;
    }
}

CTLSState CTLS_receive(
    CTLSSession *session, const uint8_t *bytes, size_t count, uint8_t *plain, size_t room,
    size_t *received, CTLSOutput *output) {
    *received = 0;
    if (session->is_failed) return CTLSState_failed;
    session->incoming = bytes;
    session->incoming_count = count;
    session->outgoing = output;
    ERR_clear_error();
    CTLSState state = CTLSState_open;
    if (!SSL_is_init_finished(session->ssl)) {
        int result = SSL_do_handshake(session->ssl);
        if (result != 1) state = state_after(session, result);
        if (result != 1) goto done;
    }
    while (*received < room) {
        size_t step = 0;
        int result = SSL_read_ex(session->ssl, plain + *received, room - *received, &step);
        if (result != 1) {
            state = state_after(session, 0);
            break;
        }
        *received += step;
        // Nothing is left, not a part of a record either: to ask once more would only say so.
        if (session->incoming_count == 0 && !SSL_has_pending(session->ssl)) break;
    }
done:
    session->incoming = NULL;
    session->incoming_count = 0;
    session->outgoing = NULL;
    return state;
}

size_t CTLS_send(CTLSSession *session, const uint8_t *bytes, size_t count, CTLSOutput *output) {
    size_t sent = 0;
    if (session->is_failed) return 0;
    session->outgoing = output;
    ERR_clear_error();
    while (sent < count) {
        size_t room = output->capacity - output->count;
        if (room <= CTLS_recordOverhead) break;
        size_t piece = count - sent;
        if (piece > CTLS_recordBytes) piece = CTLS_recordBytes;
        if (piece > room - CTLS_recordOverhead) piece = room - CTLS_recordOverhead;
        size_t step = 0;
        if (SSL_write_ex(session->ssl, bytes + sent, piece, &step) != 1) {
            (void)state_after(session, 0);  // Notes that it failed, if it did.
            break;
        }
        sent += step;
    }
    session->outgoing = NULL;
    return sent;
}

void CTLS_finishSending(CTLSSession *session, CTLSOutput *output) {
    if (session->is_failed || !SSL_is_init_finished(session->ssl)) return;
    session->outgoing = output;
    ERR_clear_error();
    (void)SSL_shutdown(session->ssl);
    session->outgoing = NULL;
}

bool CTLS_isShaken(const CTLSSession *session) { return SSL_is_init_finished(session->ssl); }

bool CTLS_isHTTP2(const CTLSSession *session) {
    const unsigned char *name = NULL;
    unsigned count = 0;
    SSL_get0_alpn_selected(session->ssl, &name, &count);
    return count == 2 && memcmp(name, "h2", 2) == 0;
}

bool CTLS_isResumed(const CTLSSession *session) { return SSL_session_reused(session->ssl) == 1; }
