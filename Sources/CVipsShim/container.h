#pragma once
#include "CVipsShim.h"
#include <glib.h>

typedef struct {
    const uint8_t *start;  // NULL where there are none.
    size_t count;
} CVipsShim_Bytes;

/// What is to stand beside the pixels.
typedef struct {
    CVipsShim_Bytes exif, profile, xmp;
    bool hasAlpha;
} CVipsShim_Beside;

/// Replaces the bytes of a JPEG or WebP, which g_free frees, by the same picture with these fields
/// beside it and no others. Of a WebP that libvips wrote.
void CVipsShim_rewrite(int isWebP, CVipsShim_Beside beside, void **bytes, size_t *count);
