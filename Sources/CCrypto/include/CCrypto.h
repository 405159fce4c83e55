// The few primitives taken from OpenSSL's libcrypto, with state that lives in the caller's memory.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// At least sizeof(SHA256_CTX), checked in CCrypto.c.
typedef struct CCryptoSHA256State {
    uint64_t words[16];
} CCryptoSHA256State;

void CCrypto_sha256_begin(CCryptoSHA256State *_Nonnull state);
void CCrypto_sha256_update(
    CCryptoSHA256State *_Nonnull state, const void *_Nullable bytes, size_t count);
// Writes 32 bytes.
void CCrypto_sha256_finish(CCryptoSHA256State *_Nonnull state, uint8_t *_Nonnull digest);

// Whether a text is signed by the key of a certificate (PEM), RSA PKCS #1 v1.5 with SHA-256 or
// SHA-1. Nobody is asked who vouches for it.
bool CCrypto_is_signed(
    const uint8_t *_Nonnull certificate, size_t certificate_count, const uint8_t *_Nonnull text,
    size_t text_count, const uint8_t *_Nonnull signature, size_t signature_count, bool is_sha256);
