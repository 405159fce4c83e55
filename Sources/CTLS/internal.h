#pragma once
#include "CTLS.h"

#include <openssl/ssl.h>

enum { maximum_identities = 256, maximum_ticket_keys = 8 };

struct ticket_key {
    unsigned char name[16], cipher[32], mac[32];
};

struct CTLSContext {
    SSL_CTX *identities[maximum_identities];
    size_t identity_count;
    struct ticket_key ticket_keys[maximum_ticket_keys];
    size_t ticket_key_count;
    CTLSRules rules;
};
