// The console, the page for people at /console/, whose files beside the source are inside the
// program.
#pragma once
#include <stddef.h>

#pragma clang assume_nonnull begin

typedef struct {
    const char *name;
    /// Its media type.
    const char *type;
    const unsigned char *content;
    size_t byteCount;
} CConsole_File;

/// For as long as the program runs. The first is the page itself.
const CConsole_File *CConsole_files(size_t *count);

#pragma clang assume_nonnull end
