// The low-level SHA256_* calls are marked deprecated in OpenSSL 3, but they are the only ones that
// neither allocate nor look an algorithm up: EVP costs a heap context per digest, and a hit may not
// allocate. They use SHA-NI like EVP does.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "CCrypto.h"

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
