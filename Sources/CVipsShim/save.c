#include "CVipsShim.h"
#include <vips/vips.h>

// Raw values of Rendition.OutputFormat.
enum { jpeg = 1, png, webp, avif, jxl, gif };

int CVipsShim_save(VipsImage *image, int format, CVipsShim_SaveOptions options, void **bytes,
                   size_t *count) {
    int strip = !options.keepMetadata;
    switch (format) {
    case jpeg:
        return vips_jpegsave_buffer(
            image, bytes, count, "Q", options.quality, "strip", strip, "optimize_coding", TRUE,
            "subsample_mode",
            options.fullChroma ? VIPS_FOREIGN_SUBSAMPLE_OFF : VIPS_FOREIGN_SUBSAMPLE_ON, NULL);
    case png:
        return vips_pngsave_buffer(image, bytes, count, "strip", strip, "compression",
                                   options.effort, NULL);
    case webp:
        if (options.lossless)
            return vips_webpsave_buffer(image, bytes, count, "lossless", TRUE, "strip", strip,
                                        "effort", 0, NULL);
        return vips_webpsave_buffer(image, bytes, count, "Q", options.quality, "strip", strip,
                                    "effort", options.effort, "alpha_q", 100, NULL);
    case avif:
        return vips_heifsave_buffer(
            image, bytes, count, "Q", options.quality, "strip", TRUE, "effort", options.effort,
            "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1, "bitdepth", 8, "subsample_mode",
            options.fullChroma ? VIPS_FOREIGN_SUBSAMPLE_OFF : VIPS_FOREIGN_SUBSAMPLE_ON, NULL);
    case jxl:
        return vips_jxlsave_buffer(image, bytes, count, "Q", options.quality, "strip", TRUE,
                                   "effort", options.effort, NULL);
    case gif:
        return vips_gifsave_buffer(image, bytes, count, "effort", options.effort, NULL);
    default:
        vips_error("CVipsShim", "no encoder for format %d", format);
        return -1;
    }
}

void CVipsShim_free(void *bytes) { g_free(bytes); }
