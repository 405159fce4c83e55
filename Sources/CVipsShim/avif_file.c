// The boxes around pictures of AV1. Every file is laid out alike: `ftyp`, `meta`, `mdat`.
#include "avif.h"
#include <string.h>

static void put(GByteArray *file, uint32_t number, guint count) {
    uint8_t bytes[4] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                         (uint8_t)number };
    g_byte_array_append(file, bytes + 4 - count, count);
}

static void put_name(GByteArray *file, const char *name) {
    g_byte_array_append(file, (const guint8 *)name, 4);
}

// With the NUL behind it.
static void put_text(GByteArray *file, const char *text) {
    g_byte_array_append(file, (const guint8 *)text, (guint)strlen(text) + 1);
}

static void put_number_at(GByteArray *file, guint at, uint32_t number) {
    uint32_t bytes = GUINT32_TO_BE(number);
    memcpy(file->data + at, &bytes, 4);
}

static guint begin(GByteArray *file, const char *type) {
    guint start = file->len;
    put(file, 0, 4);
    put_name(file, type);
    return start;
}

static guint begin_full(GByteArray *file, const char *type, uint32_t version, uint32_t flags) {
    guint start = begin(file, type);
    put(file, version << 24 | flags, 4);
    return start;
}

static void end(GByteArray *file, guint start) {
    put_number_at(file, start, file->len - start);
}

// What is in a file, one after the other as it lies there.
enum { colours = 1, alphas, xmps };

typedef struct {
    int identifier;
    CVipsShim_Bytes data;
    guint place;  // Where its offset is to be written.
} Item;

static void put_locations(GByteArray *file, Item *items, int count) {
    guint box = begin_full(file, "iloc", 0, 0);
    put(file, 0x4400, 2);  // Offsets and lengths of four bytes, no bases.
    put(file, (uint32_t)count, 2);
    for (Item *item = items; item < items + count; item++) {
        put(file, (uint32_t)item->identifier, 2);
        put(file, 0, 2);  // In this file,
        put(file, 1, 2);  // in one piece.
        item->place = file->len;
        put(file, 0, 4);
        put(file, (uint32_t)item->data.count, 4);
    }
    end(file, box);
}

static void put_entries(GByteArray *file, const Item *items, int count) {
    guint box = begin_full(file, "iinf", 0, 0);
    put(file, (uint32_t)count, 2);
    for (const Item *item = items; item < items + count; item++) {
        guint entry = begin_full(file, "infe", 2, 0);
        put(file, (uint32_t)item->identifier, 2);
        put(file, 0, 2);  // Not protected.
        put_name(file, item->identifier == xmps ? "mime" : "av01");
        put_text(file, item->identifier == xmps ? "XMP" : "");
        if (item->identifier == xmps) put_text(file, "application/rdf+xml");
        end(file, entry);
    }
    end(file, box);
}

static void put_references(GByteArray *file, const Item *items, int count) {
    if (count < 2) return;
    guint box = begin_full(file, "iref", 0, 0);
    for (const Item *item = items + 1; item < items + count; item++) {
        guint reference = begin(file, item->identifier == xmps ? "cdsc" : "auxl");
        put(file, (uint32_t)item->identifier, 2);
        put(file, 1, 2);
        put(file, colours, 2);
        end(file, reference);
    }
    end(file, box);
}

static void put_channels(GByteArray *file, int channels) {
    guint box = begin_full(file, "pixi", 0, 0);
    put(file, (uint32_t)channels, 1);
    for (int i = 0; i < channels; i++) put(file, 8, 1);
    end(file, box);
}

// AV1-ISOBMFF §2.3. A still picture's sequence header begins with a byte of type, one of length,
// and then three bits of profile, two that are set, and five of level (AV1 §5.5.1).
static void put_configuration(GByteArray *file, CVipsShim_AV1 picture) {
    const uint8_t *header = picture.data.start + 2;
    uint32_t profile = header[0] >> 5, level = (uint32_t)(header[0] & 7) << 2 | header[1] >> 6;
    guint box = begin(file, "av1C");
    put(file, 0x81, 1);
    put(file, profile << 5 | level, 1);
    put(file, picture.isMonochrome ? 0x1C : picture.fullChroma ? 0 : 0x0C, 1);
    put(file, 0, 1);
    end(file, box);
}

static void put_colours(GByteArray *file, CVipsShim_Bytes profile) {
    // By the numbers of ITU-T H.273; 2 says nothing.
    uint32_t primaries = profile.count ? 2 : 1, transfer = profile.count ? 2 : 13;
    guint box = begin(file, "colr");
    put_name(file, "nclx");
    put(file, primaries, 2);
    put(file, transfer, 2);
    put(file, 6, 2);
    put(file, 0x80, 1);
    end(file, box);
    if (profile.count == 0) return;
    box = begin(file, "colr");
    put_name(file, "prof");
    g_byte_array_append(file, profile.start, (guint)profile.count);
    end(file, box);
}

static void put_associations(GByteArray *file, int identifier, const uint8_t *places, int count) {
    put(file, (uint32_t)identifier, 2);
    put(file, (uint32_t)count, 1);
    g_byte_array_append(file, places, (guint)count);
}

static void put_properties(GByteArray *file, int width, int height, CVipsShim_AV1 colour,
                           const CVipsShim_AV1 *alpha, CVipsShim_Bytes profile) {
    // Places are counted from 1; the high bit says that it must be understood.
    const uint8_t of_colour[] = { 1, 2, 0x83, 4, 5 };
    uint8_t next = profile.count ? 6 : 5;
    const uint8_t of_alpha[] = { 1, next, 0x80 | (next + 1), next + 2 };
    guint box = begin(file, "iprp"), container = begin(file, "ipco");
    guint size = begin_full(file, "ispe", 0, 0);
    put(file, (uint32_t)width, 4);
    put(file, (uint32_t)height, 4);
    end(file, size);
    put_channels(file, colour.isMonochrome ? 1 : 3);
    put_configuration(file, colour);
    put_colours(file, profile);
    if (alpha) {
        put_channels(file, 1);
        put_configuration(file, *alpha);
        guint kind = begin_full(file, "auxC", 0, 0);
        put_text(file, "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha");
        end(file, kind);
    }
    end(file, container);
    guint associations = begin_full(file, "ipma", 0, 0);
    put(file, alpha ? 2 : 1, 4);
    put_associations(file, colours, of_colour, profile.count ? 5 : 4);
    if (alpha) put_associations(file, alphas, of_alpha, 4);
    end(file, associations);
    end(file, box);
}

void CVipsShim_write_avif_file(int width, int height, CVipsShim_AV1 colour,
                               const CVipsShim_AV1 *alpha, CVipsShim_Beside beside, void **bytes,
                               size_t *count) {
    Item items[xmps];
    int present = 0;
    items[present++] = (Item){ colours, colour.data, 0 };
    if (alpha) items[present++] = (Item){ alphas, alpha->data, 0 };
    if (beside.xmp.count) items[present++] = (Item){ xmps, beside.xmp, 0 };
    size_t size = 1024 + beside.profile.count;
    for (int i = 0; i < present; i++) size += items[i].data.count;
    GByteArray *file = g_byte_array_sized_new((guint)size);
    guint box = begin(file, "ftyp");
    put_name(file, "avif");
    put(file, 0, 4);
    put_name(file, "avif");
    put_name(file, "mif1");
    put_name(file, "miaf");
    end(file, box);
    box = begin_full(file, "meta", 0, 0);
    guint handler = begin_full(file, "hdlr", 0, 0);
    put(file, 0, 4);
    put_name(file, "pict");
    for (int i = 0; i < 3; i++) put(file, 0, 4);
    put_text(file, "");
    end(file, handler);
    guint primary = begin_full(file, "pitm", 0, 0);
    put(file, colours, 2);
    end(file, primary);
    put_locations(file, items, present);
    put_entries(file, items, present);
    put_references(file, items, present);
    put_properties(file, width, height, colour, alpha, beside.profile);
    end(file, box);
    box = begin(file, "mdat");
    for (int i = 0; i < present; i++) {
        put_number_at(file, items[i].place, file->len);
        g_byte_array_append(file, items[i].data.start, (guint)items[i].data.count);
    }
    end(file, box);
    *count = file->len;
    *bytes = g_byte_array_free(file, FALSE);
}
