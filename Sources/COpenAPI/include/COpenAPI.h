// The description of the public interface, openapi.json beside the source, inside the program.
#pragma once
#include <stddef.h>

#pragma clang assume_nonnull begin

/// JSON text, for as long as the program runs.
const unsigned char *COpenAPI_document(size_t *byteCount);

#pragma clang assume_nonnull end
