#pragma once
#include <stdbool.h>
#include <vips/vips.h>

// Of an image of bytes, grey or sRGB; the finished file is freed with g_free.
int CVipsShim_encode_jpeg(VipsImage *image, int quality, bool progressive, bool full_chroma,
                          void **bytes, size_t *count);
