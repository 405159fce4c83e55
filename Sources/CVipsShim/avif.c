// AVIF by libaom itself, in this thread: Debian 12's libheif has no word for "one picture and
// nothing after it", which for the same look and bytes takes 0.6 to 0.7 of the time.
#include "avif.h"
#include <aom/aom_encoder.h>
#include <aom/aomcx.h>
#include <string.h>

static uint8_t byte_of(int number) {
    return (uint8_t)(number < 0 ? 0 : number > 255 ? 255 : number);
}

// ITU-T H.273, BT.601 in full range, in shares of 2^16.
static uint8_t luma(const uint8_t *pixel) {
    return (uint8_t)((19595 * pixel[0] + 38470 * pixel[1] + 7471 * pixel[2] + 32768) >> 16);
}

// Of sums of 2^shift pixels.
static uint8_t blue(int r, int g, int b, int shift) {
    int sum = -11059 * r - 21709 * g + 32768 * b + (1 << (15 + shift));
    return byte_of((sum >> (16 + shift)) + 128);
}

static uint8_t red(int r, int g, int b, int shift) {
    int sum = 32768 * r - 27439 * g - 5329 * b + (1 << (15 + shift));
    return byte_of((sum >> (16 + shift)) + 128);
}

static uint8_t *row_of(const aom_image_t *planes, int plane, int y) {
    return planes->planes[plane] + (ptrdiff_t)planes->stride[plane] * y;
}

static void fill_whole_chroma(aom_image_t *planes, VipsRegion *pixels) {
    int width = pixels->im->Xsize, bands = pixels->im->Bands;
    for (int y = 0; y < pixels->im->Ysize; y++) {
        const uint8_t *pixel = VIPS_REGION_ADDR(pixels, 0, y);
        uint8_t *u = row_of(planes, AOM_PLANE_U, y), *v = row_of(planes, AOM_PLANE_V, y);
        for (int x = 0; x < width; x++, pixel += bands) {
            u[x] = blue(pixel[0], pixel[1], pixel[2], 0);
            v[x] = red(pixel[0], pixel[1], pixel[2], 0);
        }
    }
}

// The mean of four pixels; at an odd end the last stands for its neighbour.
static void fill_half_chroma(aom_image_t *planes, VipsRegion *pixels) {
    int width = pixels->im->Xsize, height = pixels->im->Ysize, bands = pixels->im->Bands;
    for (int y = 0; y < height; y += 2) {
        const uint8_t *one = VIPS_REGION_ADDR(pixels, 0, y);
        const uint8_t *two = VIPS_REGION_ADDR(pixels, 0, y + 1 < height ? y + 1 : y);
        uint8_t *u = row_of(planes, AOM_PLANE_U, y / 2), *v = row_of(planes, AOM_PLANE_V, y / 2);
        for (int x = 0; x < width; x += 2, one += 2 * bands, two += 2 * bands) {
            int next = x + 1 < width ? bands : 0, sum[3];
            for (int i = 0; i < 3; i++) sum[i] = one[i] + one[next + i] + two[i] + two[next + i];
            *u++ = blue(sum[0], sum[1], sum[2], 2);
            *v++ = red(sum[0], sum[1], sum[2], 2);
        }
    }
}

// Of a single channel, or of all colours.
static void fill(aom_image_t *planes, VipsRegion *pixels, int channel) {
    int width = pixels->im->Xsize, bands = pixels->im->Bands;
    for (int y = 0; y < pixels->im->Ysize; y++) {
        const uint8_t *pixel = VIPS_REGION_ADDR(pixels, 0, y);
        uint8_t *row = row_of(planes, AOM_PLANE_Y, y);
        if (planes->monochrome)
            for (int x = 0; x < width; x++, pixel += bands) row[x] = pixel[channel];
        else
            for (int x = 0; x < width; x++, pixel += bands) row[x] = luma(pixel);
    }
    if (planes->monochrome) return;
    if (planes->x_chroma_shift) fill_half_chroma(planes, pixels);
    else fill_whole_chroma(planes, pixels);
}

// Both filters behind the decoding and some ways of prediction cost time, and at the same
// SSIMULACRA2 the file is as large without them; colours from light in larger ones only.
// Coarser steps for fine patterns, and bits by what is seen of a block, make it a fifteenth smaller
// in the time that these have saved.
static bool set_up(aom_codec_ctx_t *encoder, const aom_image_t *planes, int level, int effort,
                   bool has_profile) {
    enum { few_pixels = 150000 };
    int is_small = (uint64_t)planes->d_w * planes->d_h < few_pixels;
    return !(aom_codec_control(encoder, AOME_SET_CPUUSED, effort)
             || aom_codec_control(encoder, AOME_SET_CQ_LEVEL, (unsigned)level)
             || aom_codec_control(encoder, AV1E_SET_ENABLE_CDEF, 0u)
             || aom_codec_control(encoder, AV1E_SET_ENABLE_RESTORATION, 0u)
             || aom_codec_control(encoder, AV1E_SET_ENABLE_FILTER_INTRA, 0)
             || aom_codec_control(encoder, AV1E_SET_ENABLE_CFL_INTRA, is_small)
             || aom_codec_control(encoder, AV1E_SET_ENABLE_PAETH_INTRA, 0)
             || aom_codec_control(encoder, AV1E_SET_ENABLE_QM, 1u)
             || aom_codec_control(encoder, AOME_SET_TUNING, (unsigned)AOM_TUNE_SSIM)
             || aom_codec_control(encoder, AV1E_SET_COLOR_RANGE, (int)planes->range)
             || aom_codec_control(encoder, AV1E_SET_COLOR_PRIMARIES, has_profile ? 2 : 1)
             || aom_codec_control(encoder, AV1E_SET_TRANSFER_CHARACTERISTICS, has_profile ? 2 : 13)
             || aom_codec_control(encoder, AV1E_SET_MATRIX_COEFFICIENTS, 6));
}

static bool collect(aom_codec_ctx_t *encoder, const aom_image_t *planes, GByteArray *data) {
    // Nothing comes before the end is known.
    for (const aom_image_t *next = planes;; next = NULL) {
        if (aom_codec_encode(encoder, next, 0, 1, 0)) return false;
        const aom_codec_cx_pkt_t *packet;
        for (aom_codec_iter_t at = NULL; (packet = aom_codec_get_cx_data(encoder, &at));)
            if (packet->kind == AOM_CODEC_CX_FRAME_PKT)
                g_byte_array_append(data, packet->data.frame.buf, (guint)packet->data.frame.sz);
        if (!next) break;
    }
    // Without the mark between pictures; what follows it is the sequence header.
    if (data->len > 6 && data->data[0] == 0x12 && data->data[1] == 0)
        g_byte_array_remove_range(data, 0, 2);
    return data->len > 4 && data->data[0] == 0x0A;
}

static bool fail(aom_codec_err_t reason) {
    vips_error("avifsave", "%s",
               reason == AOM_CODEC_MEM_ERROR ? "out of memory" : aom_codec_err_to_string(reason));
    return false;
}

static bool encode(const aom_image_t *planes, int quality, int effort, bool has_profile,
                   GByteArray *data) {
    aom_codec_enc_cfg_t settings;
    aom_codec_ctx_t encoder;
    aom_codec_err_t code = aom_codec_enc_config_default(aom_codec_av1_cx(), &settings,
                                                        AOM_USAGE_ALL_INTRA);
    if (code) return fail(code);
    // As libheif has it, but no finer than at 97: at 100 the same picture to the eye takes three
    // times the bytes and twice the time.
    int level = VIPS_MAX(2, ((100 - quality) * 63 + 50) / 100);
    settings.g_w = planes->d_w;
    settings.g_h = planes->d_h;
    settings.g_threads = 1;
    settings.g_limit = 1;
    settings.g_lag_in_frames = 0;
    settings.g_profile = planes->monochrome || planes->x_chroma_shift ? 0 : 1;
    settings.monochrome = (unsigned)planes->monochrome;
    settings.rc_end_usage = AOM_Q;
    settings.rc_min_quantizer = settings.rc_max_quantizer = (unsigned)level;
    settings.kf_mode = AOM_KF_DISABLED;
    code = aom_codec_enc_init(&encoder, aom_codec_av1_cx(), &settings, 0);
    if (code) return fail(code);
    bool done = set_up(&encoder, planes, level, effort, has_profile)
        && collect(&encoder, planes, data);
    if (!done) fail(encoder.err);
    aom_codec_destroy(&encoder);
    return done;
}

// Of a single channel, or of all colours if it is below 0.
static bool encode_channels(VipsRegion *pixels, int channel, int quality, int effort,
                            bool full_chroma, bool has_profile, GByteArray *data) {
    aom_img_fmt_t layout = channel < 0 && full_chroma ? AOM_IMG_FMT_I444 : AOM_IMG_FMT_I420;
    aom_image_t planes;
    if (!aom_img_alloc(&planes, layout, (unsigned)pixels->im->Xsize, (unsigned)pixels->im->Ysize,
                       16))
        return fail(AOM_CODEC_MEM_ERROR);
    planes.monochrome = channel >= 0;
    planes.range = AOM_CR_FULL_RANGE;
    fill(&planes, pixels, channel);
    bool done = encode(&planes, quality, effort, has_profile, data);
    aom_img_free(&planes);
    return done;
}

static CVipsShim_AV1 coded(const GByteArray *data, bool is_monochrome, bool full_chroma) {
    return (CVipsShim_AV1){ { data->data, data->len }, is_monochrome, full_chroma };
}

int CVipsShim_write_avif(VipsImage *image, int quality, int effort, bool full_chroma,
                         CVipsShim_Beside beside, void **bytes, size_t *count) {
    bool is_grey = image->Bands < 3, has_alpha = image->Bands % 2 == 0;
    bool has_profile = beside.profile.count > 0;
    GByteArray *colour = g_byte_array_new(), *alpha = g_byte_array_new();
    // Of what is in memory this is no copy.
    VipsRegion *pixels = vips_region_new(image);
    VipsRect all = { 0, 0, image->Xsize, image->Ysize };
    bool done = image->BandFmt == VIPS_FORMAT_UCHAR && image->Bands <= 4
        && !vips_region_prepare(pixels, &all)
        && encode_channels(pixels, is_grey ? 0 : -1, quality, effort, full_chroma, has_profile,
                           colour)
        && (!has_alpha
            || encode_channels(pixels, image->Bands - 1, quality, effort, false, false, alpha));
    g_object_unref(pixels);
    if (done) {
        CVipsShim_AV1 main = coded(colour, is_grey, full_chroma), mask = coded(alpha, true, false);
        CVipsShim_write_avif_file(image->Xsize, image->Ysize, main, has_alpha ? &mask : NULL,
                                  beside, bytes, count);
    }
    g_byte_array_free(colour, TRUE);
    g_byte_array_free(alpha, TRUE);
    return done ? 0 : -1;
}
