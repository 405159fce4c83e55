#include "COpenAPI.h"

// #embed is C23's; the clang that comes with Swift 6.2 and later has it.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char document[] = {
#embed "openapi.json"
};

const unsigned char *COpenAPI_document(size_t *byteCount) {
    *byteCount = sizeof document;
    return document;
}
