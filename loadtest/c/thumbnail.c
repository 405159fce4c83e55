// One thumbnail by libvips in this process: what a server that did nothing else would spend.
//
// Reads lines "SIDE FORMAT QUALITY FILE" and prints the microseconds from the file's bytes in
// memory to the encoded picture in memory (fit inside SIDE x SIDE, stripped; jpg, webp by method 4
// or avif by effort 1, as imgproxy has them), those of processor time, and the bytes; one thread,
// operation cache off.
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <vips/vips.h>

static double now_microseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

/// Whether colours need a profile's help: asking for sRGB always would cost time for nothing.
static gboolean has_foreign_profile(void *bytes, size_t count) {
    VipsImage *image = vips_image_new_from_buffer(bytes, count, "", NULL);
    if (!image) vips_error_exit(NULL);
    const void *profile;
    size_t length;
    gboolean foreign = vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0
        && !vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &length)
        && !memmem(profile, length, "sRGB", 4);
    g_object_unref(image);
    return foreign;
}

static int thumbnail(void *bytes, size_t count, int side, gboolean convert, VipsImage **out) {
    if (!convert) {
        return vips_thumbnail_buffer(bytes, count, out, side, "height", side, "size",
                                     VIPS_SIZE_DOWN, NULL);
    }
    return vips_thumbnail_buffer(bytes, count, out, side, "height", side, "size", VIPS_SIZE_DOWN,
                                 "export_profile", "srgb", NULL);
}

static int save(VipsImage *image, const char *format, int quality, void **bytes, size_t *count) {
    if (!strcmp(format, "webp"))
        return vips_webpsave_buffer(image, bytes, count, "Q", quality, "effort", 4, "strip", TRUE,
                                    NULL);
    if (!strcmp(format, "avif"))
        return vips_heifsave_buffer(image, bytes, count, "Q", quality, "compression",
                                    VIPS_FOREIGN_HEIF_COMPRESSION_AV1, "effort", 1, "strip", TRUE,
                                    NULL);
    return vips_jpegsave_buffer(image, bytes, count, "Q", quality, "optimize_coding", TRUE, "strip",
                                TRUE, NULL);
}

int main(int argc, char **argv) {
    if (argc != 1 || VIPS_INIT(argv[0])) return 2;
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        int side, quality, offset;
        char format[8];
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%d %7s %d %n", &side, format, &quality, &offset) != 3) return 2;
        gchar *bytes;
        gsize count;
        if (!g_file_get_contents(line + offset, &bytes, &count, NULL)) return 1;
        gboolean convert = has_foreign_profile(bytes, count);
        double start = now_microseconds(CLOCK_MONOTONIC);
        double worked = now_microseconds(CLOCK_PROCESS_CPUTIME_ID);
        VipsImage *image = NULL;
        void *encoded = NULL;
        size_t encoded_count;
        if (thumbnail(bytes, count, side, convert, &image)
            || save(image, format, quality, &encoded, &encoded_count))
            vips_error_exit(NULL);
        g_object_unref(image);
        worked = now_microseconds(CLOCK_PROCESS_CPUTIME_ID) - worked;
        printf("%.0f %.0f %zu\n", now_microseconds(CLOCK_MONOTONIC) - start, worked, encoded_count);
        fflush(stdout);
        g_free(encoded);
        g_free(bytes);
    }
}
