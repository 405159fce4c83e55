// JPEG XL by libjxl itself, in this thread: libvips lays all frames of an animation over each
// other, and asks for qualities below 5 what libjxl refuses, and goes on without having asked for
// any.
#include "jxl.h"
#include <jxl/decode.h>
#include <jxl/encode.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>

static JxlPixelFormat format_of(const JxlBasicInfo *info) {
    return (JxlPixelFormat){
        .num_channels = info->num_color_channels + (info->alpha_bits > 0 ? 1 : 0),
        .data_type = info->bits_per_sample > 8 ? JXL_TYPE_UINT16 : JXL_TYPE_UINT8,
        .endianness = JXL_NATIVE_ENDIAN,
    };
}

static void set_profile(JxlDecoder *decoder, const JxlPixelFormat *format, VipsImage *image) {
    size_t count = 0;
    if (JxlDecoderGetICCProfileSize(decoder, format, JXL_COLOR_PROFILE_TARGET_DATA, &count)
        || count == 0)
        return;
    uint8_t *profile = g_malloc(count);
    int result = JxlDecoderGetColorAsICCProfile(decoder, format, JXL_COLOR_PROFILE_TARGET_DATA,
                                                profile, count);
    if (!result) vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, profile, count);
    g_free(profile);
}

// Light brighter than a screen's, by the numbers of H.273: the profile that libjxl makes of it has
// the brightest light there can be for white, and shows all else dark.
static void set_high_range(JxlDecoder *decoder, const JxlPixelFormat *format, VipsImage *image) {
    JxlColorEncoding colours;
    if (JxlDecoderGetColorAsEncodedProfile(decoder, format, JXL_COLOR_PROFILE_TARGET_DATA, &colours)
        || (colours.transfer_function != JXL_TRANSFER_FUNCTION_PQ
            && colours.transfer_function != JXL_TRANSFER_FUNCTION_HLG))
        return;
    bool p3 = colours.primaries == JXL_PRIMARIES_P3;
    vips_image_set_int(image, "pollex-transfer", (int)colours.transfer_function);
    vips_image_set_int(image, "pollex-primaries", p3 ? 12 : (int)colours.primaries);
}

static void set_size(VipsImage *image, const JxlBasicInfo *info) {
    bool deep = info->bits_per_sample > 8, grey = info->num_color_channels == 1;
    vips_image_init_fields(
        image, (int)info->xsize, (int)info->ysize, (int)format_of(info).num_channels,
        deep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR, VIPS_CODING_NONE,
        grey ? deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W
             : deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB,
        1, 1);
}

// Until the first frame is whole, or only to where its pixels begin.
static int decode(JxlDecoder *decoder, VipsImage *image, bool only_head) {
    JxlBasicInfo info = { 0 };
    for (;;) {
        JxlPixelFormat format = format_of(&info);
        switch (JxlDecoderProcessInput(decoder)) {
        case JXL_DEC_BASIC_INFO:
            if (JxlDecoderGetBasicInfo(decoder, &info) || info.xsize > INT32_MAX
                || info.ysize > INT32_MAX)
                return -1;
            set_size(image, &info);
            break;
        case JXL_DEC_COLOR_ENCODING:
            set_profile(decoder, &format, image);
            set_high_range(decoder, &format, image);
            if (only_head) return 0;
            break;
        case JXL_DEC_NEED_IMAGE_OUT_BUFFER: {
            size_t count = 0;
            if (vips_image_write_prepare(image)
                || JxlDecoderImageOutBufferSize(decoder, &format, &count)
                || count > VIPS_IMAGE_SIZEOF_IMAGE(image)
                || JxlDecoderSetImageOutBuffer(decoder, &format, image->data, count))
                return -1;
            break;
        }
        case JXL_DEC_FULL_IMAGE: return 0;
        default: return -1;
        }
    }
}

int CVipsShim_read_jxl(const void *bytes, size_t count, bool only_head, VipsImage **out) {
    JxlDecoder *decoder = JxlDecoderCreate(NULL);
    VipsImage *image = vips_image_new_memory();
    int result = !decoder
        || JxlDecoderSubscribeEvents(
            decoder, JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE)
        || JxlDecoderSetInput(decoder, bytes, count);
    if (!result) {
        JxlDecoderCloseInput(decoder);
        result = decode(decoder, image, only_head);
    }
    if (decoder) JxlDecoderDestroy(decoder);
    if (result) {
        g_object_unref(image);
        vips_error("CVipsShim", "the JPEG XL data does not decode");
        return -1;
    }
    *out = image;
    return 0;
}

// As cjxl has it.
static float distance_of(int quality) {
    // From distance 20 on libjxl halves the picture first, which takes several times as long.
    if (quality < 6) quality = 6;
    if (quality >= 30) return 0.1f + (float)(100 - quality) * 0.09f;
    return (float)(6.4 + pow(2.5, (30 - quality) / 5.0) / 6.25);
}

static int add_frame(JxlEncoder *encoder, VipsImage *image, int quality, int effort,
                     CVipsShim_Beside beside) {
    bool alpha = vips_image_hasalpha(image);
    int colours = image->Bands - (alpha ? 1 : 0);
    JxlBasicInfo info;
    JxlEncoderInitBasicInfo(&info);
    info.xsize = (uint32_t)image->Xsize, info.ysize = (uint32_t)image->Ysize;
    info.bits_per_sample = 8;
    info.num_color_channels = (uint32_t)colours;
    info.num_extra_channels = alpha ? 1 : 0;
    info.alpha_bits = alpha ? 8 : 0;
    JxlColorEncoding srgb;
    JxlColorEncodingSetToSRGB(&srgb, colours == 1);
    JxlPixelFormat format = { (uint32_t)image->Bands, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0 };
    JxlEncoderFrameSettings *settings = JxlEncoderFrameSettingsCreate(encoder, NULL);
    if (!settings || JxlEncoderSetBasicInfo(encoder, &info)
        || (beside.profile.start ? JxlEncoderSetICCProfile(encoder, beside.profile.start,
                                                   beside.profile.count)
                          : JxlEncoderSetColorEncoding(encoder, &srgb))
        || JxlEncoderSetFrameDistance(settings, distance_of(quality))
        || JxlEncoderFrameSettingsSetOption(settings, JXL_ENC_FRAME_SETTING_EFFORT, effort))
        return -1;
    if (beside.xmp.start
        && (JxlEncoderUseBoxes(encoder)
            || JxlEncoderAddBox(encoder, "xml ", beside.xmp.start, beside.xmp.count, JXL_FALSE)))
        return -1;
    // In one piece: of what is in memory this is the one copy.
    size_t line = VIPS_IMAGE_SIZEOF_LINE(image), count = VIPS_IMAGE_SIZEOF_IMAGE(image);
    uint8_t *pixels = g_try_malloc(count);
    if (!pixels) return -1;
    VipsRegion *region = vips_region_new(image);
    VipsRect all = { 0, 0, image->Xsize, image->Ysize };
    int result = vips_region_prepare(region, &all);
    for (int y = 0; !result && y < image->Ysize; y++)
        memcpy(pixels + (size_t)y * line, VIPS_REGION_ADDR(region, 0, y), line);
    if (!result) result = JxlEncoderAddImageFrame(settings, &format, pixels, count);
    g_object_unref(region);
    g_free(pixels);
    return result ? -1 : 0;
}

static int collect(JxlEncoder *encoder, void **bytes, size_t *count) {
    JxlEncoderCloseInput(encoder);  // Of frames and of boxes.
    size_t capacity = 32 << 10, filled = 0;
    uint8_t *file = g_malloc(capacity);
    for (;;) {
        uint8_t *next = file + filled;
        size_t left = capacity - filled;
        JxlEncoderStatus status = JxlEncoderProcessOutput(encoder, &next, &left);
        filled = (size_t)(next - file);
        if (status == JXL_ENC_SUCCESS) break;
        if (status != JXL_ENC_NEED_MORE_OUTPUT) {
            g_free(file);
            return -1;
        }
        capacity *= 2;
        file = g_realloc(file, capacity);
    }
    *bytes = file;
    *count = filled;
    return 0;
}

// libjxl ends the process where there is no memory: so it is asked before whether there is as much
// as effort 3 takes beyond what is held already. Measured on 12 and 50 megapixels: 58 to 66 bytes a
// pixel, of noise up to 76 at quality 100, and up to 20 more for alpha.
static bool has_room(VipsImage *image) {
    size_t pixels = (size_t)image->Xsize * (size_t)image->Ysize;
    size_t count = pixels * (vips_image_hasalpha(image) ? 86 : 66);
    void *room = mmap(NULL, count, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return room != MAP_FAILED && munmap(room, count) == 0;
}

int CVipsShim_write_jxl(VipsImage *image, int quality, int effort, CVipsShim_Beside beside,
                        void **bytes, size_t *count) {
    if (!has_room(image)) {
        vips_error("jxlsave", "out of memory");
        return -1;
    }
    JxlEncoder *encoder = image->BandFmt == VIPS_FORMAT_UCHAR ? JxlEncoderCreate(NULL) : NULL;
    int result = !encoder || add_frame(encoder, image, quality, effort, beside)
        || collect(encoder, bytes, count) ? -1 : 0;
    if (encoder) JxlEncoderDestroy(encoder);
    if (result) vips_error("jxlsave", "the picture was not encoded");
    return result;
}
