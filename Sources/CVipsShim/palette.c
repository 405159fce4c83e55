// PNG with a palette, where that loses nothing.
#include "palette.h"
#include <string.h>

enum { most = 256, slots = 1024 };

// The bytes of a pixel with alpha; all that is transparent is one colour.
static uint32_t colour_of(const VipsPel *pixel, int bands) {
    if (bands == 4 && pixel[3] == 0) return 0;
    uint32_t alpha = bands == 4 ? pixel[3] : 255;
    return pixel[0] | (uint32_t)pixel[1] << 8 | (uint32_t)pixel[2] << 16 | alpha << 24;
}

static bool has_few_colours(VipsImage *image) {
    uint32_t colours[slots];
    bool taken[slots] = { false };
    int count = 0;
    const VipsPel *pixel = VIPS_IMAGE_ADDR(image, 0, 0);
    for (size_t left = VIPS_IMAGE_N_PELS(image); left > 0; left--, pixel += image->Bands) {
        uint32_t colour = colour_of(pixel, image->Bands);
        uint32_t slot = (colour * 2654435761u) % slots;
        while (taken[slot] && colours[slot] != colour) slot = (slot + 1) % slots;
        if (taken[slot]) continue;
        if (++count > most) return false;
        taken[slot] = true;
        colours[slot] = colour;
    }
    return true;
}

static bool is_same(VipsImage *one, VipsImage *other) {
    if (one->Xsize != other->Xsize || one->Ysize != other->Ysize || other->Bands < 3
        || other->BandFmt != VIPS_FORMAT_UCHAR || vips_image_wio_input(other))
        return false;
    const VipsPel *a = VIPS_IMAGE_ADDR(one, 0, 0), *b = VIPS_IMAGE_ADDR(other, 0, 0);
    for (size_t left = VIPS_IMAGE_N_PELS(one); left > 0; left--) {
        if (colour_of(a, one->Bands) != colour_of(b, other->Bands)) return false;
        a += one->Bands;
        b += other->Bands;
    }
    return true;
}

void CVipsShim_save_palette(VipsImage *image, int compression, bool strip, void **bytes,
                            size_t *count) {
    if (image->Bands < 3 || image->Bands > 4 || image->BandFmt != VIPS_FORMAT_UCHAR
        || vips_image_wio_input(image) || !has_few_colours(image))
        return;
    void *made = NULL;
    size_t length = 0;
    if (vips_pngsave_buffer(image, &made, &length, "strip", strip, "compression", compression,
                            "palette", TRUE, "Q", 100, "dither", 0.0, NULL)) {
        vips_error_clear();
        return;
    }
    // The palette is sought by libimagequant, which promises nothing.
    VipsImage *seen = NULL;
    bool fits = length < *count && vips_pngload_buffer(made, length, &seen, NULL) == 0
        && is_same(image, seen);
    VIPS_UNREF(seen);
    if (!fits) {
        vips_error_clear();
        g_free(made);
        return;
    }
    g_free(*bytes);
    *bytes = made;
    *count = length;
}
