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

typedef enum {
    CVipsShim_containerJPEG, CVipsShim_containerPNG, CVipsShim_containerWebP,
} CVipsShim_Container;

/// Replaces the bytes of a JPEG or WebP, which g_free frees, by the same picture with these fields
/// beside it and no others; of a PNG by one with this XMP. Of a PNG or WebP that libvips wrote.
void CVipsShim_rewrite(CVipsShim_Container kind, CVipsShim_Beside beside, void **bytes,
                       size_t *count);
