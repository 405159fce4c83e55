#include "CTLS.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

enum { maximum_names = 4096 };

static bool is_address(const char *name) {
    unsigned char bytes[16];
    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

static bool add_extension(X509 *certificate, int number, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, number, value);
    if (extension == NULL) return false;
    const bool isAdded = X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return isAdded;
}

// "DNS:a,IP:b", and the first of the names.
static bool spell(const char *names, char *spelled, char *first) {
    size_t used = 0;
    char list[maximum_names];
    if (strlen(names) >= sizeof list) return false;
    strcpy(list, names);
    char *rest = NULL;
    for (char *name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        const char *kind = is_address(name) ? "IP" : "DNS";
        int count = snprintf(
            spelled + used, 2 * maximum_names - used, "%s%s:%s", used ? "," : "", kind, name);
        if (count < 0 || used + (size_t)count >= 2 * maximum_names) return false;
        if (used == 0) snprintf(first, 64, "%s", name);
        used += (size_t)count;
    }
    return used > 0;
}

static bool fill(X509 *certificate, EVP_PKEY *key, const char *names, int days) {
    char spelled[2 * maximum_names], first[64];
    if (!spell(names, spelled, first)) return false;
    unsigned char serial[16];
    if (RAND_bytes(serial, sizeof serial) != 1) return false;
    serial[0] = (serial[0] & 0x7F) | 0x40;  // Positive, and as long as it says.
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    const bool isNumbered =
        number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    X509_NAME *subject = X509_get_subject_name(certificate);
    return isNumbered && X509_set_version(certificate, X509_VERSION_3) == 1
           // An hour ago: the clocks of clients are not ours.
           && X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != NULL
           && X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * days) != NULL
           && X509_NAME_add_entry_by_txt(
                  subject, "CN", MBSTRING_UTF8, (const unsigned char *)first, -1, -1, 0)
                  == 1
           && X509_set_issuer_name(certificate, subject) == 1
           && X509_set_pubkey(certificate, key) == 1
           && add_extension(certificate, NID_subject_alt_name, spelled)
           && add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
           && add_extension(certificate, NID_subject_key_identifier, "hash")
           && add_extension(certificate, NID_ext_key_usage, "serverAuth,clientAuth")
           && X509_sign(certificate, key, EVP_sha256()) != 0;
}

static bool take_out(BIO *text, uint8_t *bytes, size_t *count) {
    char *start = NULL;
    const long length = BIO_get_mem_data(text, &start);
    if (length <= 0 || (size_t)length > *count) return false;
    memcpy(bytes, start, (size_t)length);
    *count = (size_t)length;
    return true;
}

bool CTLS_selfSigned(
    const char *names, int days, uint8_t *certificate_bytes, size_t *certificate_count,
    uint8_t *key_bytes, size_t *key_count) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    BIO *certificate_text = BIO_new(BIO_s_mem()), *key_text = BIO_new(BIO_s_secmem());
    const bool isMade =
        key != NULL && certificate != NULL && certificate_text != NULL && key_text != NULL
        && fill(certificate, key, names, days)
        && PEM_write_bio_X509(certificate_text, certificate) == 1
        && PEM_write_bio_PKCS8PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) == 1
        && take_out(certificate_text, certificate_bytes, certificate_count)
        && take_out(key_text, key_bytes, key_count);
    BIO_free(certificate_text);
    BIO_free(key_text);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return isMade;
}
