#include "CCrypto.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static EVP_PKEY *key_of(const uint8_t *certificate, size_t count) {
    if (count > INT_MAX) return NULL;
    BIO *source = BIO_new_mem_buf(certificate, (int)count);
    if (source == NULL) return NULL;
    X509 *read = PEM_read_bio_X509(source, NULL, NULL, NULL);
    BIO_free(source);
    EVP_PKEY *key = read == NULL ? NULL : X509_get_pubkey(read);
    X509_free(read);
    return key;
}

bool CCrypto_is_signed(
    const uint8_t *certificate, size_t certificate_count, const uint8_t *text, size_t text_count,
    const uint8_t *signature, size_t signature_count, bool is_sha256) {
    EVP_PKEY *key = key_of(certificate, certificate_count);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    // PKCS #1 v1.5 is what it is with RSA, unless something else is asked for.
    bool is_signed = key != NULL && context != NULL && EVP_PKEY_base_id(key) == EVP_PKEY_RSA
        && EVP_DigestVerifyInit(
               context, NULL, is_sha256 ? EVP_sha256() : EVP_sha1(), NULL, key)
            == 1
        && EVP_DigestVerify(context, signature, signature_count, text, text_count) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return is_signed;
}
