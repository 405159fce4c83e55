#pragma once
#include "CVipsShim.h"
#include <vips/vips.h>

/// Replaces the bytes of a PNG of `image`, which g_free frees, by one with a palette, if that is
/// smaller and shows the same pixels.
void CVipsShim_save_palette(VipsImage *image, int compression, bool strip, void **bytes,
                            size_t *count);
