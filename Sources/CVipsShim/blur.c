// A wide blur at a cost that does not grow with its radius: three means over boxes, one after the
// other, come near a Gaussian (W3C Filter Effects §9.8 has it so).
//
// All in whole numbers of 16 bits, of which a byte is 255: the same everywhere. Colours are weighed
// by their alpha.
#include "CVipsShim.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

enum { passes = 3, strip = 64 };

typedef struct {
    int radius[passes];
} Boxes;

// So that the variances of the boxes, (n^2 - 1) / 12 each, add up to sigma's.
static Boxes boxes_for(double sigma) {
    double variance = 12 * sigma * sigma;
    int least = (int)sqrt(variance / passes + 1);
    if (least % 2 == 0) least--;
    double count = (passes * (least * least + 4 * least + 3) - variance) / (4 * least + 4);
    int narrower = (int)lround(count);
    Boxes boxes;
    for (int i = 0; i < passes; i++) boxes.radius[i] = (i < narrower ? least : least + 2) / 2;
    return boxes;
}

// Means over lines of `lanes` numbers each; what lies beyond an end is like the end.
static void mean_lines(const uint16_t *from, uint16_t *to, uint32_t *sums, int count, int lanes,
                       int radius) {
    uint64_t share = ((1ull << 32) + (uint64_t)radius) / (2 * (uint64_t)radius + 1);
    uint32_t half = (uint32_t)radius;
    for (int i = 0; i < lanes; i++) sums[i] = half + from[i] * ((uint32_t)radius + 1);
    for (int j = 1; j <= radius; j++) {
        const uint16_t *line = from + (ptrdiff_t)lanes * VIPS_MIN(j, count - 1);
        for (int i = 0; i < lanes; i++) sums[i] += line[i];
    }
    for (int j = 0; j < count; j++) {
        const uint16_t *next = from + (ptrdiff_t)lanes * VIPS_MIN(j + radius + 1, count - 1);
        const uint16_t *last = from + (ptrdiff_t)lanes * VIPS_MAX(j - radius, 0);
        for (int i = 0; i < lanes; i++, to++) {
            *to = (uint16_t)(sums[i] * share >> 32);
            sums[i] += (uint32_t)next[i] - last[i];
        }
    }
}

// The result is in `other`, for there is an odd number of passes.
static void blur_lines(uint16_t *one, uint16_t *other, uint32_t *sums, int count, int lanes,
                       Boxes boxes) {
    for (int i = 0; i < passes; i++) {
        mean_lines(one, other, sums, count, lanes, boxes.radius[i]);
        uint16_t *made = other;
        other = one;
        one = made;
    }
}

static void widen(const uint8_t *pixel, uint16_t *to, int width, int bands, bool has_alpha) {
    for (int x = 0; x < width; x++, pixel += bands, to += bands) {
        int alpha = has_alpha ? pixel[bands - 1] : 255;
        for (int i = 0; i < bands; i++) to[i] = (uint16_t)(pixel[i] * alpha);
        if (has_alpha) to[bands - 1] = (uint16_t)(alpha * 255);
    }
}

static uint8_t byte_of(uint32_t number) { return number > 255 ? 255 : (uint8_t)number; }

static void narrow(const uint16_t *from, uint8_t *pixel, int width, int bands, bool has_alpha) {
    for (int x = 0; x < width; x++, pixel += bands, from += bands) {
        uint32_t alpha = has_alpha ? from[bands - 1] : 255 * 255;
        for (int i = 0; i < bands; i++)
            pixel[i] = alpha ? byte_of((from[i] * 255u + alpha / 2) / alpha) : 0;
        if (has_alpha) pixel[bands - 1] = byte_of((alpha + 127) / 255);
    }
}

typedef struct {
    uint16_t *whole, *one, *other;
    uint32_t *sums;
} Memory;

static void blur(VipsImage *image, VipsImage *made, Boxes boxes, Memory memory) {
    int width = image->Xsize, height = image->Ysize, bands = image->Bands;
    bool has_alpha = vips_image_hasalpha(image);
    for (int y = 0; y < height; y++) {
        widen(VIPS_IMAGE_ADDR(image, 0, y), memory.one, width, bands, has_alpha);
        blur_lines(memory.one, memory.other, memory.sums, width, bands, boxes);
        memcpy(memory.whole + (size_t)y * width * bands, memory.other,
               (size_t)width * bands * sizeof *memory.other);
    }
    for (int x = 0; x < width; x += strip) {
        int columns = VIPS_MIN(strip, width - x), lanes = columns * bands;
        for (int y = 0; y < height; y++)
            memcpy(memory.one + (size_t)y * lanes,
                   memory.whole + ((size_t)y * width + x) * bands, lanes * sizeof *memory.one);
        blur_lines(memory.one, memory.other, memory.sums, height, lanes, boxes);
        for (int y = 0; y < height; y++)
            narrow(memory.other + (size_t)y * lanes, VIPS_IMAGE_ADDR(made, x, y), columns, bands,
                   has_alpha);
    }
}

int CVipsShim_blur_widely(VipsImage *image, double sigma, VipsImage **out) {
    VipsImage *made = vips_image_new_memory();
    if (vips_image_pipelinev(made, VIPS_DEMAND_STYLE_ANY, image, NULL)
        || vips_image_write_prepare(made)) {
        g_object_unref(made);
        return -1;
    }
    size_t bands = (size_t)image->Bands;
    size_t line = VIPS_MAX((size_t)image->Xsize, (size_t)image->Ysize * strip) * bands;
    Memory memory = {
        malloc((size_t)image->Xsize * image->Ysize * bands * sizeof *memory.whole),
        malloc(line * sizeof *memory.one), malloc(line * sizeof *memory.other),
        malloc(strip * bands * sizeof *memory.sums),
    };
    bool is_there = memory.whole && memory.one && memory.other && memory.sums;
    if (is_there) blur(image, made, boxes_for(sigma), memory);
    free(memory.whole);
    free(memory.one);
    free(memory.other);
    free(memory.sums);
    if (!is_there) {
        vips_error("CVipsShim", "out of memory");
        g_object_unref(made);
        return -1;
    }
    *out = made;
    return 0;
}
