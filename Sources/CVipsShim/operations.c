#include "CVipsShim.h"
#include <string.h>
#include <vips/vips.h>

// libvips has pixels computed by threads of its own, whose turns a small picture waits for longer
// than for its pixels.
static int compute(VipsImage *image, VipsImage *_Nullable memory) {
    enum { strip_rows = 16 };
    VipsRegion *region = vips_region_new(image);
    int result = 0;
    for (int top = 0; top < image->Ysize && result == 0; top += strip_rows) {
        VipsRect strip = { 0, top, image->Xsize, VIPS_MIN(strip_rows, image->Ysize - top) };
        result = vips_region_prepare(region, &strip);
        for (int y = top; memory && result == 0 && y < VIPS_RECT_BOTTOM(&strip); y++)
            memcpy(VIPS_IMAGE_ADDR(memory, 0, y), VIPS_REGION_ADDR(region, 0, y),
                   VIPS_IMAGE_SIZEOF_LINE(image));
    }
    g_object_unref(region);
    return result;
}

int CVipsShim_copy_memory(VipsImage *image, VipsImage **out) {
    if (image->dtype == VIPS_IMAGE_SETBUF) {
        g_object_ref(image);
        *out = image;
        return 0;
    }
    VipsImage *memory = vips_image_new_memory();
    int result = vips_image_pipelinev(memory, VIPS_DEMAND_STYLE_ANY, image, NULL)
        || vips_image_write_prepare(memory) || compute(image, memory) ? -1 : 0;
    if (result) g_object_unref(memory);
    else *out = memory;
    return result;
}

int CVipsShim_compute(VipsImage *image) { return compute(image, NULL); }

size_t CVipsShim_byte_count(VipsImage *image) { return VIPS_IMAGE_SIZEOF_IMAGE(image); }

int CVipsShim_crop(VipsImage *image, int x, int y, int width, int height, VipsImage **out) {
    return vips_extract_area(image, out, x, y, width, height, NULL);
}

int CVipsShim_find_attention(VipsImage *image, int width, int height, int *x, int *y) {
    VipsImage *part = NULL;
    if (vips_smartcrop(image, &part, width, height, "interesting", VIPS_INTERESTING_ATTENTION,
                       NULL))
        return -1;
    // Where the whole one's corner lies, seen from its part (vips_extract_area).
    *x = -part->Xoffset, *y = -part->Yoffset;
    g_object_unref(part);
    return 0;
}

int CVipsShim_embed(VipsImage *image, int x, int y, int width, int height, const double *background,
                    int bands, VipsImage **out) {
    VipsArrayDouble *colour = vips_array_double_new(background, bands);
    int result = vips_embed(image, out, x, y, width, height, "extend", VIPS_EXTEND_BACKGROUND,
                            "background", colour, NULL);
    vips_area_unref(VIPS_AREA(colour));
    return result;
}

int CVipsShim_rotate(VipsImage *image, int quarters, VipsImage **out) {
    static const VipsAngle angles[] = {
        VIPS_ANGLE_D0, VIPS_ANGLE_D90, VIPS_ANGLE_D180, VIPS_ANGLE_D270,
    };
    return vips_rot(image, out, angles[quarters & 3], NULL);
}

int CVipsShim_mirror(VipsImage *image, bool topBottom, VipsImage **out) {
    VipsDirection direction = topBottom ? VIPS_DIRECTION_VERTICAL : VIPS_DIRECTION_HORIZONTAL;
    return vips_flip(image, out, direction, NULL);
}

// Most are opaque or transparent all over.
static void flatten_pixel(const VipsPel *from, const VipsPel *ground, VipsPel *to, int bands) {
    int alpha = from[bands];
    if (alpha == 255 || alpha == 0) {
        for (int i = 0; i < bands; i++) to[i] = alpha ? from[i] : ground[i];
        return;
    }
    for (int i = 0; i < bands; i++)
        to[i] = (VipsPel)((from[i] * alpha + ground[i] * (255 - alpha)) / 255);
}

// As vips_flatten has it, to the bit, by division of whole numbers.
static int flatten_bytes(VipsImage *image, const double *background, VipsImage **out) {
    VipsImage *made = vips_image_new_memory();
    if (vips_image_pipelinev(made, VIPS_DEMAND_STYLE_ANY, image, NULL)) {
        g_object_unref(made);
        return -1;
    }
    int bands = --made->Bands;
    if (vips_image_write_prepare(made)) {
        g_object_unref(made);
        return -1;
    }
    VipsPel ground[3] = { 0 };
    for (int i = 0; i < bands && i < 3; i++) ground[i] = (VipsPel)background[i];
    for (int y = 0; y < image->Ysize; y++) {
        const VipsPel *from = VIPS_IMAGE_ADDR(image, 0, y);
        VipsPel *to = VIPS_IMAGE_ADDR(made, 0, y);
        int width = image->Xsize;
        if (bands == 3)
            for (int x = 0; x < width; x++) flatten_pixel(from + 4 * x, ground, to + 3 * x, 3);
        else
            for (int x = 0; x < width; x++) flatten_pixel(from + 2 * x, ground, to + x, 1);
    }
    *out = made;
    return 0;
}

int CVipsShim_flatten(VipsImage *image, const double *background, int bands, VipsImage **out) {
    if (image->BandFmt == VIPS_FORMAT_UCHAR && image->dtype == VIPS_IMAGE_SETBUF
        && vips_image_hasalpha(image) && bands == image->Bands - 1 && (bands == 1 || bands == 3))
        return flatten_bytes(image, background, out);
    VipsArrayDouble *colour = vips_array_double_new(background, bands);
    int result = vips_flatten(image, out, "background", colour, NULL);
    vips_area_unref(VIPS_AREA(colour));
    return result;
}

int CVipsShim_add_alpha(VipsImage *image, VipsImage **out) {
    return vips_addalpha(image, out, NULL);
}

int CVipsShim_fade(VipsImage *image, double opacity, VipsImage **out) {
    double factors[4] = { 1, 1, 1, 1 }, offsets[4] = { 0, 0, 0, 0 };
    VipsImage *faded = NULL, *rounded = NULL;
    factors[image->Bands - 1] = opacity;
    int result = vips_linear(image, &faded, factors, offsets, image->Bands, NULL)
        || vips_rint(faded, &rounded, NULL) || vips_cast_uchar(rounded, out, NULL) ? -1 : 0;
    VIPS_UNREF(faded);
    VIPS_UNREF(rounded);
    return result;
}

int CVipsShim_tile(VipsImage *image, int across, int down, VipsImage **out) {
    return vips_replicate(image, out, across, down, NULL);
}

int CVipsShim_cover(VipsImage *image, VipsImage *mark, int x, int y, VipsImage **out) {
    bool opaque = !vips_image_hasalpha(image);
    VipsImage *covered = NULL, *bytes = NULL;
    int result = vips_composite2(image, mark, &covered, VIPS_BLEND_MODE_OVER, "x", x, "y", y, NULL)
        || vips_cast_uchar(covered, &bytes, NULL)
        || (opaque ? vips_extract_band(bytes, out, 0, "n", bytes->Bands - 1, NULL)
                   : vips_copy(bytes, out, NULL))
        ? -1 : 0;
    VIPS_UNREF(covered);
    VIPS_UNREF(bytes);
    return result;
}

int CVipsShim_premultiply(VipsImage *image, VipsImage **out) {
    return vips_premultiply(image, out, NULL);
}

int CVipsShim_linearize(VipsImage *image, VipsImage **out) {
    return vips_colourspace(image, out, VIPS_INTERPRETATION_scRGB, NULL);
}

int CVipsShim_unpremultiply(VipsImage *image, bool to_bytes, VipsImage **out) {
    if (!to_bytes) return vips_unpremultiply(image, out, NULL);
    VipsImage *straight = NULL, *rounded = NULL;
    int result = vips_unpremultiply(image, &straight, NULL)
        || vips_rint(straight, &rounded, NULL)  // The cast alone would cut off.
        || vips_cast_uchar(rounded, out, NULL) ? -1 : 0;
    VIPS_UNREF(straight);
    VIPS_UNREF(rounded);
    return result;
}

// Whether a profile is one of numbers like these (ICC.1:2022 §7.2.8): libvips asks only whether the
// image has as many of them or more.
static bool is_of_kind(VipsImage *image, const char *profile, size_t count) {
    if (count < 128) return false;
    const char *space = profile + 16;
    int colours = image->Bands - (vips_image_hasalpha(image) ? 1 : 0);
    switch (vips_image_guess_interpretation(image)) {
    case VIPS_INTERPRETATION_CMYK: return colours == 4 && memcmp(space, "CMYK", 4) == 0;
    case VIPS_INTERPRETATION_LAB:
    case VIPS_INTERPRETATION_LABS:
    case VIPS_INTERPRETATION_LABQ: return memcmp(space, "Lab ", 4) == 0;
    default:
        return (colours == 1 && memcmp(space, "GRAY", 4) == 0)
            || (colours == 3 && memcmp(space, "RGB ", 4) == 0);
    }
}

bool CVipsShim_profile_fits(VipsImage *image) {
    const void *bytes = NULL;
    size_t count = 0;
    return vips_image_get_typeof(image, VIPS_META_ICC_NAME) == VIPS_TYPE_BLOB
        && !vips_image_get_blob(image, VIPS_META_ICC_NAME, &bytes, &count)
        && is_of_kind(image, bytes, count)
        && vips_icc_is_compatible_profile(image, bytes, count);
}

int CVipsShim_profile_to_srgb(VipsImage *image, bool perceptual, VipsImage **out) {
    VipsIntent intent = perceptual ? VIPS_INTENT_PERCEPTUAL : VIPS_INTENT_RELATIVE;
    bool embedded = CVipsShim_profile_fits(image);
    VipsImage *converted = NULL;
    int result = embedded
        ? vips_icc_transform(image, &converted, "srgb", "embedded", TRUE, "intent", intent,
                             "depth", 8, NULL)
        : vips_icc_transform(image, &converted, "srgb", "input_profile", "cmyk", "intent", intent,
                             "depth", 8, NULL);
    if (result) return -1;
    result = vips_cast_uchar(converted, out, NULL);
    VIPS_UNREF(converted);
    return result;
}

int CVipsShim_to_whole_numbers(VipsImage *image, VipsImage **out) {
    double scale = 1, offset = 0;
    VipsBandFormat format = VIPS_FORMAT_USHORT;
    switch (image->BandFmt) {
    case VIPS_FORMAT_FLOAT:
    case VIPS_FORMAT_DOUBLE: scale = 65535; break;
    case VIPS_FORMAT_CHAR: offset = 128, format = VIPS_FORMAT_UCHAR; break;
    case VIPS_FORMAT_SHORT: offset = 32768; break;
    case VIPS_FORMAT_UINT: scale = 1 / 65537.0; break;
    case VIPS_FORMAT_INT: scale = 1 / 65537.0, offset = 32768; break;
    default: vips_error("CVipsShim", "complex numbers are not shown"); return -1;
    }
    bool grey = image->Bands < 3, deep = format == VIPS_FORMAT_USHORT;
    VipsImage *scaled = NULL, *whole = NULL, *cast = NULL;
    int result = vips_linear1(image, &scaled, scale, offset, NULL)
        || vips_rint(scaled, &whole, NULL) || vips_cast(whole, &cast, format, NULL)
        || vips_copy(cast, out, "interpretation",
                     grey ? deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W
                          : deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB,
                     NULL)
        ? -1 : 0;
    VIPS_UNREF(scaled);
    VIPS_UNREF(whole);
    VIPS_UNREF(cast);
    return result;
}

int CVipsShim_to_display(VipsImage *image, bool grey, VipsImage **out) {
    VipsImage *converted = NULL;
    if (vips_colourspace(image, &converted,
                         grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL))
        return -1;
    int result = vips_cast_uchar(converted, out, NULL);
    VIPS_UNREF(converted);
    return result;
}

int CVipsShim_is_opaque(VipsImage *image, bool *opaque) {
    *opaque = image->BandFmt == VIPS_FORMAT_UCHAR;
    if (vips_image_wio_input(image)) return -1;
    int bands = image->Bands;
    for (int y = 0; *opaque && y < image->Ysize; y++) {
        const VipsPel *alpha = VIPS_IMAGE_ADDR(image, 0, y) + bands - 1;
        int x = 0;
        while (x < image->Xsize && alpha[x * bands] == 255) x++;
        *opaque = x == image->Xsize;
    }
    return 0;
}

int CVipsShim_stack(VipsImage **images, int count, VipsImage **out) {
    return vips_arrayjoin(images, out, count, "across", 1, NULL);
}
