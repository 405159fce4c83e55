#pragma once
#include "container.h"
#include <vips/vips.h>

/// Of an image of bytes, grey or sRGB, with or without alpha, with its profile and XMP; freed with
/// g_free.
int CVipsShim_write_avif(VipsImage *image, int quality, int effort, bool full_chroma,
                         CVipsShim_Beside beside, void **bytes, size_t *count);

/// One picture of AV1 without anything else: a sequence header and a frame.
typedef struct {
    CVipsShim_Bytes data;
    bool isMonochrome, fullChroma;
} CVipsShim_AV1;

/// ISO/IEC 23008-12 and AV1 Image File Format 1.1: an item for the colours, one for alpha, if there
/// is some, and one for XMP. The picture is BT.601 in full range, of sRGB or of the profile.
void CVipsShim_write_avif_file(int width, int height, CVipsShim_AV1 colour,
                               const CVipsShim_AV1 *alpha, CVipsShim_Beside beside, void **bytes,
                               size_t *count);
