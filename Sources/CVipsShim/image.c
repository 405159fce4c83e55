#include "CVipsShim.h"
#include "jxl.h"
#include <vips/vips.h>

int CVipsShim_load(int type, const void *bytes, size_t count, CVipsShim_LoadOptions options,
                   VipsImage **out) {
    void *start = (void *)(uintptr_t)bytes;
    int access = options.sequential ? VIPS_ACCESS_SEQUENTIAL : VIPS_ACCESS_RANDOM;
    int pages = options.allFrames ? -1 : 1;
    // Broken or cut off is an error, not a grey area; what libjpeg or libpng merely warn about is
    // not.
    int strict = options.failsOnWarnings ? VIPS_FAIL_ON_WARNING : VIPS_FAIL_ON_ERROR;
    switch (type) {
    case CVipsShim_jpeg:
        return vips_jpegload_buffer(start, count, out, "shrink", options.shrink, "access", access,
                                    "fail_on", strict, NULL);
    case CVipsShim_png:
        return vips_pngload_buffer(start, count, out, "access", access, "fail_on", strict, NULL);
    case CVipsShim_webp:
        return vips_webpload_buffer(start, count, out, "scale", options.scale, "n", pages, "access",
                                    access, "fail_on", strict, NULL);
    case CVipsShim_gif:
        return vips_gifload_buffer(start, count, out, "n", pages, "access", access, "fail_on",
                                   strict, NULL);
    case CVipsShim_tiff:
        return vips_tiffload_buffer(start, count, out, "access", access, "fail_on", strict, NULL);
    case CVipsShim_jxl:
        return CVipsShim_read_jxl(start, count, options.onlyHead, out);
    default:
        vips_error("CVipsShim", "no loader for type %d", type);
        return -1;
    }
}

int CVipsShim_plain(int width, int height, int colour, bool alpha, VipsImage **out) {
    static const VipsInterpretation known[] = {
        [CVipsShim_colourGrey] = VIPS_INTERPRETATION_B_W,
        [CVipsShim_colourSRGB] = VIPS_INTERPRETATION_sRGB,
    };
    int bands = colour == CVipsShim_colourGrey ? 1 : 3;
    VipsImage *black = NULL;
    int result = vips_black(&black, width, height, "bands", bands + (alpha ? 1 : 0), NULL)
        || vips_copy(black, out, "interpretation", known[colour], NULL) ? -1 : 0;
    VIPS_UNREF(black);
    return result;
}

void CVipsShim_retain(VipsImage *image) { g_object_ref(image); }
void CVipsShim_release(VipsImage *image) { g_object_unref(image); }

static int colour_of(VipsInterpretation interpretation) {
    switch (interpretation) {
    case VIPS_INTERPRETATION_B_W: return CVipsShim_colourGrey;
    case VIPS_INTERPRETATION_RGB:
    case VIPS_INTERPRETATION_sRGB: return CVipsShim_colourSRGB;
    case VIPS_INTERPRETATION_CMYK: return CVipsShim_colourCMYK;
    case VIPS_INTERPRETATION_LAB:
    case VIPS_INTERPRETATION_LABS:
    case VIPS_INTERPRETATION_LABQ: return CVipsShim_colourLab;
    case VIPS_INTERPRETATION_GREY16: return CVipsShim_colourGrey16;
    case VIPS_INTERPRETATION_RGB16: return CVipsShim_colourRGB16;
    default: return CVipsShim_colourOther;
    }
}

CVipsShim_Layout CVipsShim_layout(VipsImage *image) {
    CVipsShim_Layout layout = {
        .width = image->Xsize,
        .height = image->Ysize,
        .bands = image->Bands,
        .number = image->BandFmt == VIPS_FORMAT_UCHAR ? CVipsShim_unsignedByte
            : image->BandFmt == VIPS_FORMAT_USHORT    ? CVipsShim_unsignedShort
                                                      : CVipsShim_otherNumber,
        .colour = colour_of(vips_image_guess_interpretation(image)),
        .hasAlpha = vips_image_hasalpha(image),
    };
    return layout;
}

int CVipsShim_orientation(VipsImage *image) { return vips_image_get_orientation(image); }

int CVipsShim_integer(VipsImage *image, const char *name, int fallback) {
    int value;
    if (vips_image_get_typeof(image, name) != G_TYPE_INT) return fallback;
    return vips_image_get_int(image, name, &value) ? fallback : value;
}

const void *CVipsShim_blob(VipsImage *image, const char *name, size_t *count) {
    const void *bytes = NULL;
    *count = 0;
    if (vips_image_get_typeof(image, name) != VIPS_TYPE_BLOB) return NULL;
    return vips_image_get_blob(image, name, &bytes, count) ? NULL : bytes;
}

const int *CVipsShim_integers(VipsImage *image, const char *name, int *count) {
    int *values = NULL;
    *count = 0;
    if (vips_image_get_typeof(image, name) != VIPS_TYPE_ARRAY_INT) return NULL;
    return vips_image_get_array_int(image, name, &values, count) ? NULL : values;
}

int CVipsShim_forget_metadata(VipsImage *image, VipsImage **out) {
    if (vips_copy(image, out, NULL)) return -1;
    char **names = vips_image_get_fields(*out);
    for (char **name = names; *name; name++) vips_image_remove(*out, *name);
    g_strfreev(names);
    return 0;
}

int CVipsShim_set_profile_aside(VipsImage *image, VipsImage **out) {
    if (vips_copy(image, out, NULL)) return -1;
    vips_image_remove(*out, VIPS_META_ICC_NAME);
    vips_image_set_int(*out, CVipsShim_p3, 1);
    return 0;
}

int CVipsShim_embed_p3(VipsImage *image) {
    VipsBlob *profile = NULL;
    if (vips_profile_load("p3", &profile, NULL)) return -1;
    size_t count = 0;
    const void *bytes = vips_blob_get(profile, &count);
    vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, bytes, count);
    vips_area_unref(VIPS_AREA(profile));
    return 0;
}

int CVipsShim_with_profile(VipsImage *image, const void *profile, size_t count, VipsImage **out) {
    if (vips_copy(image, out, NULL)) return -1;
    if (profile) vips_image_set_blob_copy(*out, VIPS_META_ICC_NAME, profile, count);
    else vips_image_remove(*out, VIPS_META_ICC_NAME);
    return 0;
}

void CVipsShim_set_blob(VipsImage *image, const char *name, const void *bytes, size_t count) {
    vips_image_set_blob_copy(image, name, bytes, count);
}

void CVipsShim_set_integer(VipsImage *image, const char *name, int value) {
    vips_image_set_int(image, name, value);
}

void CVipsShim_set_integers(VipsImage *image, const char *name, const int *values, int count) {
    vips_image_set_array_int(image, name, values, count);
}
