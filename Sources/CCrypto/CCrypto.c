// The low-level SHA256_* calls are marked deprecated in OpenSSL 3, but they are the only ones that
// neither allocate nor look an algorithm up: EVP costs a heap context per digest, and a hit may not
// allocate. They use SHA-NI like EVP does.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "CCrypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

_Static_assert(sizeof(CCryptoSHA256State) >= sizeof(SHA256_CTX), "state too small");
_Static_assert(_Alignof(CCryptoSHA256State) >= _Alignof(SHA256_CTX), "state misaligned");

void CCrypto_sha256_begin(CCryptoSHA256State *state) { SHA256_Init((SHA256_CTX *)state); }

void CCrypto_sha256_update(CCryptoSHA256State *state, const void *bytes, size_t count) {
    SHA256_Update((SHA256_CTX *)state, bytes, count);
}

void CCrypto_sha256_finish(CCryptoSHA256State *state, uint8_t *digest) {
    SHA256_Final(digest, (SHA256_CTX *)state);
}

void CCrypto_hmac_sha256(
    const void *key, size_t key_count, const void *bytes, size_t count, uint8_t *code) {
    unsigned int written = 0;
    HMAC(EVP_sha256(), key, (int)key_count, bytes, count, code, &written);
}

int CCrypto_equal(const void *a, const void *b, size_t count) {
    return CRYPTO_memcmp(a, b, count) == 0;
}
