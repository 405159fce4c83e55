#include "CVipsShim.h"
#include "avif.h"
#include "container.h"
#include "jpeg.h"
#include "jxl.h"
#include "palette.h"
#include <vips/vips.h>

// Raw values of Rendition.OutputFormat.
enum { jpeg = 1, png, webp, avif, jxl, gif };

// From so many pixels on several scans make a photo's JPEG smaller by more than their time is
// worth, and WebP has enough blocks to be coarse in those where it shows least.
enum { scans_pixels = 170000, preset_pixels = 100000 };

// Above it the same picture to the eye takes half again the bytes and time.
enum { best_jpeg = 98 };

static bool has(VipsImage *image, int64_t pixels) {
    return (int64_t)image->Xsize * image->Ysize >= pixels;
}

static CVipsShim_Bytes field(VipsImage *image, const char *name) {
    CVipsShim_Bytes found = { NULL, 0 };
    found.start = CVipsShim_blob(image, name, &found.count);
    return found;
}

static int save_jpeg(VipsImage *image, CVipsShim_SaveOptions options, void **bytes, size_t *count) {
    // One more than libjpeg's number: Huffman codes made for the picture pay for it, so that the
    // same number looks no worse than elsewhere, in no more bytes.
    int quality = options.isMaster ? options.quality : VIPS_MIN(best_jpeg, options.quality + 1);
    bool progressive = !options.isMaster && has(image, scans_pixels);
    return CVipsShim_encode_jpeg(image, quality, progressive, options.fullChroma, bytes, count);
}

static int save_webp(VipsImage *image, CVipsShim_SaveOptions options, void **bytes, size_t *count) {
    if (options.isMaster)
        return vips_webpsave_buffer(image, bytes, count, "lossless", TRUE, "strip", TRUE, "effort",
                                    0, NULL);
    return vips_webpsave_buffer(image, bytes, count, "Q", options.quality, "strip", TRUE, "effort",
                                options.effort, "alpha_q", 100, "preset",
                                has(image, preset_pixels) ? VIPS_FOREIGN_WEBP_PRESET_PICTURE
                                                          : VIPS_FOREIGN_WEBP_PRESET_DEFAULT,
                                NULL);
}

int CVipsShim_save(VipsImage *image, int format, CVipsShim_SaveOptions options, void **bytes,
                   size_t *count) {
    CVipsShim_Beside beside = {
        field(image, CVipsShim_exif), field(image, VIPS_META_ICC_NAME),
        field(image, VIPS_META_XMP_NAME), vips_image_hasalpha(image),
    };
    bool strip = beside.profile.count + beside.xmp.count == 0;
    switch (format) {
    case jpeg:
        if (save_jpeg(image, options, bytes, count)) return -1;
        if (beside.exif.count > 0 || !strip)
            CVipsShim_rewrite(CVipsShim_containerJPEG, beside, bytes, count);
        return 0;
    case png:
        if (vips_pngsave_buffer(image, bytes, count, "strip", strip, "compression", options.effort,
                                NULL))
            return -1;
        CVipsShim_save_palette(image, options.effort, strip, bytes, count);
        if (beside.xmp.count > 0)
            CVipsShim_rewrite(CVipsShim_containerPNG, beside, bytes, count);
        return 0;
    case webp:
        if (save_webp(image, options, bytes, count)) return -1;
        CVipsShim_rewrite(CVipsShim_containerWebP, beside, bytes, count);
        return 0;
    case avif:
        return CVipsShim_write_avif(image, options.quality, options.effort, options.fullChroma,
                                    beside, bytes, count);
    case jxl:
        return CVipsShim_write_jxl(image, options.quality, options.effort, beside, bytes, count);
    case gif:
        return vips_gifsave_buffer(image, bytes, count, "effort", options.effort, NULL);
    default:
        vips_error("CVipsShim", "no encoder for format %d", format);
        return -1;
    }
}

void CVipsShim_free(void *bytes) { g_free(bytes); }
