// One thumbnail by libvips in this process: what a server that did nothing else would spend.
//
// Reads lines "SIDE FILE" and prints the microseconds from the file's bytes in memory to the encoded
// JPEG in memory (fit inside SIDE x SIDE, quality 80, stripped), one thread, operation cache off.
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <vips/vips.h>

static double now_microseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
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

int main(int argc, char **argv) {
    if (argc != 1 || VIPS_INIT(argv[0])) return 2;
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        int side, offset;
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%d %n", &side, &offset) != 1) return 2;
        gchar *bytes;
        gsize count;
        if (!g_file_get_contents(line + offset, &bytes, &count, NULL)) return 1;
        gboolean convert = has_foreign_profile(bytes, count);
        double start = now_microseconds();
        VipsImage *image = NULL;
        void *encoded = NULL;
        size_t encoded_count;
        if (thumbnail(bytes, count, side, convert, &image)
            || vips_jpegsave_buffer(image, &encoded, &encoded_count, "Q", 80, "strip", TRUE, NULL))
            vips_error_exit(NULL);
        g_object_unref(image);
        printf("%.0f %zu\n", now_microseconds() - start, encoded_count);
        fflush(stdout);
        g_free(encoded);
        g_free(bytes);
    }
}
