// TLS of a server by OpenSSL: bytes in, bytes out. It knows no socket and no file, and calls nobody
// back.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// What is served under one set of certificates. Not changed once sessions begin; any thread may
// begin them.
typedef struct CTLSContext CTLSContext;

typedef enum CTLSFault {
    CTLSFault_none,
    CTLSFault_noMemory,
    CTLSFault_certificate,  // Not PEM, or none in it.
    CTLSFault_key,          // Not PEM, or under a passphrase.
    CTLSFault_pair,         // The key is not the certificate's.
    CTLSFault_authorities,  // Not PEM, or none in it.
} CTLSFault;

typedef struct CTLSRules {
    bool onlyNewest;    // TLS 1.3 (Mozilla's "modern"), else from 1.2 on ("intermediate").
    bool offersHTTP2;   // By ALPN, before HTTP/1.1.
} CTLSRules;

enum { CTLS_ticketKeyBytes = 80 };  // 16 of name, 32 for AES-256, 32 for HMAC-SHA-256.

CTLSContext *_Nullable CTLS_open(CTLSRules rules);
void CTLS_close(CTLSContext *context);
// Certificate, those behind it, and key, as PEM. Names are those in the certificate; the first that
// was added is shown to who asks for none that is known.
CTLSFault CTLS_add(
    CTLSContext *context, const uint8_t *chain, size_t chainCount, const uint8_t *key,
    size_t keyCount);
// The first encrypts, the others still decrypt; `count` of CTLS_ticketKeyBytes each.
CTLSFault CTLS_setTicketKeys(CTLSContext *context, const uint8_t *keys, size_t count);
// Clients have to show a certificate of one of these, as PEM. After all were added.
CTLSFault CTLS_requireClients(CTLSContext *context, const uint8_t *authorities, size_t count);
// Seconds since 1970 when the certificate that ends first does.
int64_t CTLS_endsAt(const CTLSContext *context);

// A client's: it trusts the system's authorities, or those that it is given instead.
CTLSContext *_Nullable CTLS_openClient(void);
CTLSFault CTLS_trustSystem(CTLSContext *context);
CTLSFault CTLS_trust(CTLSContext *context, const uint8_t *authorities, size_t count);
// Shows who we are to servers that ask.
CTLSFault CTLS_present(
    CTLSContext *context, const uint8_t *chain, size_t chainCount, const uint8_t *key,
    size_t keyCount);

typedef struct CTLSSession CTLSSession;

// Where bytes for the peer go.
typedef struct CTLSOutput {
    uint8_t *_Nullable bytes;
    size_t capacity, count;
} CTLSOutput;

typedef enum CTLSState {
    CTLSState_open,    // More has to come.
    CTLSState_ended,   // The peer has said that it sends no more.
    CTLSState_failed,  // Not TLS, or not ours; what is in the output says so to the peer.
} CTLSState;

CTLSSession *_Nullable CTLS_begin(CTLSContext *context);
// A client's, with a server that has to prove to be `host`. It speaks first: it is given nothing.
CTLSSession *_Nullable CTLS_connect(CTLSContext *context, const char *host, bool isAddress);
// What speaks against the peer's certificate.
const char *CTLS_complaint(const CTLSSession *session);
void CTLS_end(CTLSSession *session);
// Takes all `count` bytes from the peer and gives what they hold: at most `room` bytes, which has
// to be `count` and a record (CTLS_recordBytes) at least.
CTLSState CTLS_receive(
    CTLSSession *session, const uint8_t *_Nullable bytes, size_t count, uint8_t *plain,
    size_t room, size_t *received, CTLSOutput *output);
// How many of the bytes were taken: as much as the output has room for, by whole records.
size_t CTLS_send(
    CTLSSession *session, const uint8_t *bytes, size_t count, CTLSOutput *output);
// Says that no more will be sent.
void CTLS_finishSending(CTLSSession *session, CTLSOutput *output);

enum { CTLS_recordBytes = 16384, CTLS_recordOverhead = 64 };

bool CTLS_isShaken(const CTLSSession *session);
bool CTLS_isHTTP2(const CTLSSession *session);
bool CTLS_isResumed(const CTLSSession *session);

// A certificate for `names` (DNS names and addresses, separated by commas) that vouches for itself,
// and its key, as PEM. How many bytes each has, or false.
bool CTLS_selfSigned(
    const char *names, int days, uint8_t *certificate, size_t *certificateCount, uint8_t *key,
    size_t *keyCount);

// Random bytes that nobody can guess. Whether there were any.
bool CTLS_random(uint8_t *bytes, size_t count);

#pragma clang assume_nonnull end
