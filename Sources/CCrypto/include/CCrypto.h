// The few primitives taken from OpenSSL's libcrypto, with state that lives in the caller's memory.
#pragma once
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
