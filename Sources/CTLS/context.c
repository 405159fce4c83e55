#include "internal.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>

// Mozilla's intermediate list of 5.7 without finite-field Diffie-Hellman.
static const char ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
// As there, too. OpenSSL's own order has AES-256 first, which takes longer.
static const char suites[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
enum { ticket_seconds = 86400, tickets_a_handshake = 2 };

CTLSContext *CTLS_open(CTLSRules rules) {
    CTLSContext *context = OPENSSL_zalloc(sizeof *context);
    if (context != NULL) context->rules = rules;
    return context;
}

void CTLS_close(CTLSContext *context) {
    for (size_t index = 0; index < context->identity_count; index++)
        SSL_CTX_free(context->identities[index]);
    OPENSSL_clear_free(context, sizeof *context);
}

static CTLSContext *context_of(SSL *session) {
    return SSL_CTX_get_app_data(SSL_get_SSL_CTX(session));
}

// 0: a full handshake; 1: good; 2: good, and to be renewed.
static int give_ticket_key(
    SSL *session, unsigned char *name, unsigned char *vector, EVP_CIPHER_CTX *cipher,
    EVP_MAC_CTX *mac, int encrypts) {
    const CTLSContext *context = context_of(session);
    size_t place = 0;
    if (encrypts) {
        if (RAND_bytes(vector, EVP_MAX_IV_LENGTH) != 1) return -1;
        memcpy(name, context->ticket_keys[0].name, sizeof context->ticket_keys[0].name);
    } else {
        while (place < context->ticket_key_count
               && memcmp(name, context->ticket_keys[place].name, 16) != 0)
            place++;
        if (place == context->ticket_key_count) return 0;
    }
    const struct ticket_key *key = &context->ticket_keys[place];
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(
            OSSL_MAC_PARAM_KEY, (void *)(uintptr_t)key->mac, sizeof key->mac),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
        OSSL_PARAM_construct_end(),
    };
    if (!EVP_MAC_CTX_set_params(mac, parameters)) return -1;
    if (!EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key->cipher, vector, encrypts))
        return -1;
    if (encrypts) return 1;
    // A ticket of TLS 1.3 is for one use: whoever has used it gets another (RFC 8446 §C.4).
    return place == 0 && SSL_version(session) != TLS1_3_VERSION ? 1 : 2;
}

static int choose_protocol(
    SSL *session, const unsigned char **chosen, unsigned char *count, const unsigned char *offered,
    unsigned offered_count, void *argument) {
    (void)argument;
    static const unsigned char both[] = "\x02h2\x08http/1.1";
    const bool has_http2 = context_of(session)->rules.offersHTTP2;
    const unsigned char *ours = has_http2 ? both : both + 3;
    const unsigned ours_count = has_http2 ? sizeof both - 1 : sizeof both - 4;
    unsigned char *found = NULL;
    if (SSL_select_next_proto(&found, count, ours, ours_count, offered, offered_count)
        != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301 §3.2
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

static bool names(SSL_CTX *identity, const char *name, unsigned flags) {
    X509 *certificate = SSL_CTX_get0_certificate(identity);
    return certificate != NULL && X509_check_host(certificate, name, 0, flags, NULL) == 1;
}

// The certificate with this very name, else the one with a wildcard for it, else the first.
static int choose_identity(SSL *session, int *alert, void *argument) {
    (void)alert, (void)argument;
    const CTLSContext *context = context_of(session);
    const char *name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
    if (name == NULL) return SSL_TLSEXT_ERR_NOACK;
    static const unsigned passes[] = {
        X509_CHECK_FLAG_NO_WILDCARDS, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS};
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t index = 0; index < context->identity_count; index++) {
            if (!names(context->identities[index], name, passes[pass])) continue;
            if (index > 0) SSL_set_SSL_CTX(session, context->identities[index]);
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_NOACK;
}

static int refuse_passphrase(char *buffer, int size, int writes, void *argument) {
    (void)buffer, (void)size, (void)writes, (void)argument;
    return -1;  // Else OpenSSL asks on the terminal.
}

static SSL_CTX *make_identity(CTLSContext *context) {
    SSL_CTX *identity = SSL_CTX_new(TLS_server_method());
    if (identity == NULL) return NULL;
    SSL_CTX_set_app_data(identity, context);
    SSL_CTX_set_min_proto_version(
        identity, context->rules.onlyNewest ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(
        identity, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_PRIORITIZE_CHACHA
                      | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(
        identity, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                      | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(identity, SSL_SESS_CACHE_OFF);  // Tickets only.
    static const unsigned char scope[] = "pollex";
    SSL_CTX_set_session_id_context(identity, scope, sizeof scope - 1);
    SSL_CTX_set_num_tickets(identity, tickets_a_handshake);
    SSL_CTX_set_timeout(identity, ticket_seconds);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(identity, give_ticket_key);
    SSL_CTX_set_alpn_select_cb(identity, choose_protocol, NULL);
    SSL_CTX_set_tlsext_servername_callback(identity, choose_identity);
    if (SSL_CTX_set_cipher_list(identity, ciphers) == 1
        && SSL_CTX_set_ciphersuites(identity, suites) == 1
        && SSL_CTX_set1_groups_list(identity, "X25519:P-256:P-384") == 1)
        return identity;
    SSL_CTX_free(identity);
    return NULL;
}

// Whether a text of certificates was read to its end: the one good reason to stop.
static bool is_at_end(void) {
    const unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static CTLSFault use_chain(SSL_CTX *identity, BIO *text) {
    X509 *certificate = PEM_read_bio_X509_AUX(text, NULL, refuse_passphrase, NULL);
    if (certificate == NULL) return CTLSFault_certificate;
    const int used = SSL_CTX_use_certificate(identity, certificate);
    X509_free(certificate);
    if (used != 1) return CTLSFault_certificate;
    while ((certificate = PEM_read_bio_X509(text, NULL, refuse_passphrase, NULL)) != NULL) {
        if (SSL_CTX_add0_chain_cert(identity, certificate) != 1) {
            X509_free(certificate);
            return CTLSFault_certificate;
        }
    }
    return is_at_end() ? CTLSFault_none : CTLSFault_certificate;
}

static CTLSFault use_key(SSL_CTX *identity, BIO *text) {
    EVP_PKEY *key = PEM_read_bio_PrivateKey(text, NULL, refuse_passphrase, NULL);
    if (key == NULL) return CTLSFault_key;
    // Says no to a key that is not the certificate's.
    const int used = SSL_CTX_use_PrivateKey(identity, key);
    EVP_PKEY_free(key);
    return used == 1 && SSL_CTX_check_private_key(identity) == 1 ? CTLSFault_none : CTLSFault_pair;
}

typedef CTLSFault (*reader)(SSL_CTX *identity, BIO *text);

static CTLSFault read_text(
    SSL_CTX *identity, const uint8_t *bytes, size_t count, reader read) {
    BIO *text = BIO_new_mem_buf(bytes, (int)count);
    if (text == NULL) return CTLSFault_noMemory;
    ERR_clear_error();
    const CTLSFault fault = read(identity, text);
    ERR_clear_error();
    BIO_free(text);
    return fault;
}

CTLSFault CTLS_add(
    CTLSContext *context, const uint8_t *chain, size_t chain_count, const uint8_t *key,
    size_t key_count) {
    if (context->identity_count == maximum_identities) return CTLSFault_noMemory;
    SSL_CTX *identity = make_identity(context);
    if (identity == NULL) return CTLSFault_noMemory;
    CTLSFault fault = read_text(identity, chain, chain_count, use_chain);
    if (fault == CTLSFault_none) fault = read_text(identity, key, key_count, use_key);
    if (fault == CTLSFault_none) {
        context->identities[context->identity_count++] = identity;
    } else {
        SSL_CTX_free(identity);
    }
    return fault;
}

CTLSFault CTLS_setTicketKeys(CTLSContext *context, const uint8_t *keys, size_t count) {
    if (count == 0 || count > maximum_ticket_keys) return CTLSFault_noMemory;
    _Static_assert(sizeof(struct ticket_key) == CTLS_ticketKeyBytes, "they lie as in the file");
    memcpy(context->ticket_keys, keys, count * sizeof(struct ticket_key));
    context->ticket_key_count = count;
    return CTLSFault_none;
}

static CTLSFault use_trusted(SSL_CTX *identity, BIO *text) {
    X509_STORE *store = SSL_CTX_get_cert_store(identity);
    size_t found = 0;
    X509 *authority;
    while ((authority = PEM_read_bio_X509(text, NULL, refuse_passphrase, NULL)) != NULL) {
        const bool isKept = X509_STORE_add_cert(store, authority) == 1
                            && SSL_CTX_add_client_CA(identity, authority) == 1;
        X509_free(authority);
        if (!isKept) return CTLSFault_authorities;
        found++;
    }
    return found > 0 && is_at_end() ? CTLSFault_none : CTLSFault_authorities;
}

static CTLSFault use_authorities(SSL_CTX *identity, BIO *text) {
    SSL_CTX_set_verify(identity, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    // A ticket would stand for a certificate that nobody has asked for: one of another listener
    // with the same keys, or of authorities that are no longer ours.
    SSL_CTX_set_options(identity, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(identity, 0);
    return use_trusted(identity, text);
}

CTLSFault CTLS_requireClients(CTLSContext *context, const uint8_t *authorities, size_t count) {
    CTLSFault fault = CTLSFault_none;
    for (size_t index = 0; index < context->identity_count && fault == CTLSFault_none; index++)
        fault = read_text(context->identities[index], authorities, count, use_authorities);
    return fault;
}

CTLSContext *CTLS_openClient(void) {
    CTLSContext *context = CTLS_open((CTLSRules){0});
    SSL_CTX *client = context == NULL ? NULL : SSL_CTX_new(TLS_client_method());
    if (client == NULL) {
        OPENSSL_free(context);
        return NULL;
    }
    SSL_CTX_set_min_proto_version(client, TLS1_2_VERSION);
    SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL);
    context->identities[context->identity_count++] = client;
    return context;
}

CTLSFault CTLS_trustSystem(CTLSContext *context) {
    return SSL_CTX_set_default_verify_paths(context->identities[0]) == 1 ? CTLSFault_none
                                                                         : CTLSFault_noMemory;
}

CTLSFault CTLS_trust(CTLSContext *context, const uint8_t *authorities, size_t count) {
    return read_text(context->identities[0], authorities, count, use_trusted);
}

CTLSFault CTLS_present(
    CTLSContext *context, const uint8_t *chain, size_t chain_count, const uint8_t *key,
    size_t key_count) {
    SSL_CTX *client = context->identities[0];
    const CTLSFault fault = read_text(client, chain, chain_count, use_chain);
    return fault != CTLSFault_none ? fault : read_text(client, key, key_count, use_key);
}

int64_t CTLS_endsAt(const CTLSContext *context) {
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int64_t first = INT64_MAX;
    for (size_t index = 0; epoch != NULL && index < context->identity_count; index++) {
        X509 *certificate = SSL_CTX_get0_certificate(context->identities[index]);
        int days = 0, seconds = 0;
        if (!ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(certificate))) continue;
        const int64_t end = (int64_t)days * 86400 + seconds;
        if (end < first) first = end;
    }
    ASN1_TIME_free(epoch);
    return first;
}

bool CTLS_random(uint8_t *bytes, size_t count) { return RAND_bytes(bytes, (int)count) == 1; }
