// What a rendition says beside its pixels, put into the finished file: by libvips EXIF comes with
// seven fields that nobody asked for, in WebP even where all is to be left out, and at 200 pixels
// they are 2 to 6 % of the file.
#include "container.h"
#include <string.h>

static void append_segment(GByteArray *file, uint8_t marker, const char *name, size_t name_count,
                           CVipsShim_Bytes content) {
    if (content.count == 0) return;
    size_t length = 2 + name_count + content.count;
    uint8_t head[] = { 0xFF, marker, (uint8_t)(length >> 8), (uint8_t)length };
    g_byte_array_append(file, head, sizeof head);
    g_byte_array_append(file, (const guint8 *)name, (guint)name_count);
    g_byte_array_append(file, content.start, (guint)content.count);
}

// After SOI and JFIF's APP0 (EXIF 2.3 4.5.5, ICC.1:2022 B.4).
static void write_jpeg(GByteArray *file, CVipsShim_Bytes old, CVipsShim_Beside beside) {
    size_t head = 2;
    if (old.count > 6 && old.start[2] == 0xFF && old.start[3] == 0xE0)
        head += 2 + ((size_t)old.start[4] << 8 | old.start[5]);
    head = MIN(head, old.count);
    g_byte_array_append(file, old.start, (guint)head);
    append_segment(file, 0xE1, "Exif\0", 6, beside.exif);
    append_segment(file, 0xE1, "http://ns.adobe.com/xap/1.0/", 29, beside.xmp);
    append_segment(file, 0xE2, "ICC_PROFILE\0\1\1", 14, beside.profile);
    g_byte_array_append(file, old.start + head, (guint)(old.count - head));
}

static uint32_t little32(const uint8_t *bytes) {
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void append_chunk(GByteArray *file, const char *name, CVipsShim_Bytes content) {
    if (content.count == 0) return;
    uint32_t length = GUINT32_TO_LE((uint32_t)content.count);
    g_byte_array_append(file, (const guint8 *)name, 4);
    g_byte_array_append(file, (const guint8 *)&length, 4);
    g_byte_array_append(file, content.start, (guint)content.count);
    if (content.count % 2) g_byte_array_append(file, (const guint8 *)"", 1);
}

enum {
    webp_animation = 0x02, webp_xmp = 0x04, webp_exif = 0x08, webp_alpha = 0x10,
    webp_profile = 0x20,
};

// https://developers.google.com/speed/webp/docs/riff_container: without any of these things a file
// is one chunk of pixels.
static void write_webp(GByteArray *file, CVipsShim_Bytes old, CVipsShim_Beside beside) {
    static const char *const left_out[] = { "VP8X", "ICCP", "EXIF", "XMP " };
    g_byte_array_append(file, old.start, MIN(12, (guint)old.count));
    for (size_t at = 12; at + 8 <= old.count;) {
        const uint8_t *chunk = old.start + at;
        size_t count = MIN(little32(chunk + 4), old.count - at - 8);
        at += 8 + count + count % 2;
        if (memcmp(chunk, "VP8X", 4) == 0 && count >= 10) {
            uint8_t extended[10];
            memcpy(extended, chunk + 8, sizeof extended);
            extended[0] &= webp_animation | webp_alpha;
            if (beside.exif.count) extended[0] |= webp_exif;
            if (beside.xmp.count) extended[0] |= webp_xmp;
            if (beside.profile.count) extended[0] |= webp_profile;
            // Frames may all be opaque, and places clear where one was cleared away.
            if (beside.hasAlpha && extended[0] & webp_animation) extended[0] |= webp_alpha;
            // Pixels without loss say of their alpha themselves.
            bool is_needed = extended[0] & ~webp_alpha
                || (at + 4 <= old.count && memcmp(old.start + at, "VP8L", 4) != 0 && extended[0]);
            if (is_needed) append_chunk(file, "VP8X", (CVipsShim_Bytes){ extended, 10 });
            append_chunk(file, "ICCP", beside.profile);
        }
        bool is_kept = true;
        for (size_t i = 0; i < G_N_ELEMENTS(left_out); i++)
            is_kept = is_kept && memcmp(chunk, left_out[i], 4) != 0;
        const uint8_t *end = old.start + MIN(at, old.count);
        if (is_kept) g_byte_array_append(file, chunk, (guint)(end - chunk));
    }
    append_chunk(file, "EXIF", beside.exif);
    append_chunk(file, "XMP ", beside.xmp);
    uint32_t length = GUINT32_TO_LE(file->len - 8);
    memcpy(file->data + 4, &length, 4);
}

static uint32_t big32(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

uint32_t CVipsShim_png_checksum(const uint8_t *bytes, size_t count) {
    uint32_t sum = ~0u;
    for (size_t i = 0; i < count; i++) {
        sum ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320u : 0);
    }
    return ~sum;
}

// Where XMP is looked for: libvips writes it compressed, as another kind of text.
static void append_text(GByteArray *file, CVipsShim_Bytes xmp) {
    static const char head[] = "iTXtXML:com.adobe.xmp\0\0\0\0";  // And the NUL behind it.
    uint32_t length = GUINT32_TO_BE((uint32_t)(sizeof head - 4 + xmp.count));
    g_byte_array_append(file, (const guint8 *)&length, 4);
    guint start = file->len;
    g_byte_array_append(file, (const guint8 *)head, sizeof head);
    g_byte_array_append(file, xmp.start, (guint)xmp.count);
    uint32_t sum = GUINT32_TO_BE(CVipsShim_png_checksum(file->data + start, file->len - start));
    g_byte_array_append(file, (const guint8 *)&sum, 4);
}

// Signature, then chunks: length, name, content, check.
static void write_png(GByteArray *file, CVipsShim_Bytes old, CVipsShim_Beside beside) {
    g_byte_array_append(file, old.start, MIN(8, (guint)old.count));
    for (size_t at = 8; at + 12 <= old.count;) {
        const uint8_t *chunk = old.start + at;
        size_t size = 12 + MIN(big32(chunk), old.count - at - 12);
        at += size;
        if (memcmp(chunk + 4, "zTXt", 4) == 0) continue;
        g_byte_array_append(file, chunk, (guint)size);
        if (memcmp(chunk + 4, "IHDR", 4) == 0) append_text(file, beside.xmp);
    }
}

void CVipsShim_rewrite(CVipsShim_Container kind, CVipsShim_Beside beside, void **bytes,
                       size_t *count) {
    CVipsShim_Bytes old = { *bytes, *count };
    size_t added = beside.exif.count + beside.profile.count + beside.xmp.count + 96;
    GByteArray *file = g_byte_array_sized_new((guint)(old.count + added));
    switch (kind) {
    case CVipsShim_containerJPEG: write_jpeg(file, old, beside); break;
    case CVipsShim_containerPNG: write_png(file, old, beside); break;
    case CVipsShim_containerWebP: write_webp(file, old, beside); break;
    }
    g_free(*bytes);
    *count = file->len;
    *bytes = g_byte_array_free(file, FALSE);
}
