// Blurs at a cost that does not grow with the radius: of a narrow Gaussian the few weights that it
// has, of a wide one three means over boxes, one after the other, which come near it (W3C Filter
// Effects §9.8 has it so). All in whole numbers: the same everywhere.
#include "soften.h"
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { passes = 3, strip = 64, most_reach = 6, block = 256 };

// Below it boxes are far from a Gaussian.
static const double least_wide = 2;

typedef struct {
    bool is_wide;
    int radius[passes];
    // Of a narrow one: weights in parts of 2^16, to both sides of the middle.
    int reach;
    uint16_t weight[2 * most_reach + 1];
} Filter;

static int least(int one, int other) { return one < other ? one : other; }
static int most(int one, int other) { return one > other ? one : other; }

// So that the variances of the boxes, (n^2 - 1) / 12 each, add up to sigma's.
static Filter boxes_for(double sigma) {
    double variance = 12 * sigma * sigma;
    int narrow = (int)sqrt(variance / passes + 1);
    if (narrow % 2 == 0) narrow--;
    double count = (passes * (narrow * narrow + 4 * narrow + 3) - variance) / (4 * narrow + 4);
    int narrower = (int)lround(count);
    Filter filter = { .is_wide = true };
    for (int i = 0; i < passes; i++)
        filter.radius[i] = (i < narrower ? narrow : narrow + 2) / 2;
    return filter;
}

static Filter weights_for(double sigma) {
    Filter filter = { .reach = least(most_reach, (int)ceil(3 * sigma)) };
    double exact[2 * most_reach + 1], sum = 0;
    int count = 2 * filter.reach + 1, left = 1 << 16;
    for (int i = 0; i < count; i++) {
        double x = (i - filter.reach) / sigma;
        sum += exact[i] = exp(-x * x / 2);
    }
    for (int i = 0; i < count; i++) {
        filter.weight[i] = (uint16_t)lrint(exact[i] / sum * (1 << 16));
        left -= filter.weight[i];
    }
    filter.weight[filter.reach] = (uint16_t)(filter.weight[filter.reach] + left);
    return filter;
}

// Means over lines of `lanes` numbers each.
static void mean_lines(const uint16_t *from, uint16_t *to, uint32_t *sums, int count, int lanes,
                       int radius) {
    uint64_t share = ((1ull << 32) + (uint64_t)radius) / (2 * (uint64_t)radius + 1);
    uint32_t half = (uint32_t)radius;
    for (int i = 0; i < lanes; i++) sums[i] = half + from[i] * ((uint32_t)radius + 1);
    for (int j = 1; j <= radius; j++) {
        const uint16_t *line = from + (ptrdiff_t)lanes * least(j, count - 1);
        for (int i = 0; i < lanes; i++) sums[i] += line[i];
    }
    for (int j = 0; j < count; j++) {
        const uint16_t *next = from + (ptrdiff_t)lanes * least(j + radius + 1, count - 1);
        const uint16_t *last = from + (ptrdiff_t)lanes * most(j - radius, 0);
        for (int i = 0; i < lanes; i++, to++) {
            *to = (uint16_t)(sums[i] * share >> 32);
            sums[i] += (uint32_t)next[i] - last[i];
        }
    }
}

// `from` has `reach` lines more at both ends.
static void weigh_lines(const uint16_t *from, uint16_t *to, int count, int lanes,
                        const Filter *filter) {
    uint32_t sums[block];
    for (ptrdiff_t at = 0, end = (ptrdiff_t)count * lanes; at < end; at += block) {
        int numbers = end - at < block ? (int)(end - at) : block;
        for (int i = 0; i < numbers; i++) sums[i] = 1 << 15;
        for (int k = 0; k <= 2 * filter->reach; k++) {
            const uint16_t *line = from + at + (ptrdiff_t)k * lanes;
            uint32_t weight = filter->weight[k];
            for (int i = 0; i < numbers; i++) sums[i] += weight * line[i];
        }
        for (int i = 0; i < numbers; i++) to[at + i] = (uint16_t)(sums[i] >> 16);
    }
}

typedef struct {
    uint16_t *one, *other;
    uint32_t *sums;
} Memory;

// Where lines are to be put for `soften_lines`, which leaves the result in `other`.
static uint16_t *start_of(Memory memory, int lanes, const Filter *filter) {
    return memory.one + (ptrdiff_t)lanes * filter->reach;
}

static void soften_lines(Memory memory, int count, int lanes, const Filter *filter) {
    uint16_t *one = memory.one, *other = memory.other;
    if (!filter->is_wide) {
        uint16_t *first = start_of(memory, lanes, filter);
        uint16_t *last = first + (ptrdiff_t)lanes * (count - 1);
        for (int i = 1; i <= filter->reach; i++) {
            memcpy(first - (ptrdiff_t)lanes * i, first, (size_t)lanes * sizeof *first);
            memcpy(last + (ptrdiff_t)lanes * i, last, (size_t)lanes * sizeof *first);
        }
        return weigh_lines(one, other, count, lanes, filter);
    }
    // There is an odd number of passes.
    for (int i = 0; i < passes; i++) {
        mean_lines(one, other, memory.sums, count, lanes, filter->radius[i]);
        uint16_t *made = other;
        other = one;
        one = made;
    }
}

static void soften(uint16_t *plane, int width, int height, int bands, const Filter *filter,
                   Memory memory) {
    size_t row = (size_t)width * (size_t)bands;
    for (int y = 0; y < height; y++) {
        memcpy(start_of(memory, bands, filter), plane + (size_t)y * row, row * sizeof *plane);
        soften_lines(memory, width, bands, filter);
        memcpy(plane + (size_t)y * row, memory.other, row * sizeof *plane);
    }
    for (int x = 0; x < width; x += strip) {
        int lanes = least(strip, width - x) * bands;
        uint16_t *start = start_of(memory, lanes, filter), *column = plane + (ptrdiff_t)x * bands;
        for (int y = 0; y < height; y++)
            memcpy(start + (ptrdiff_t)y * lanes, column + (size_t)y * row,
                   (size_t)lanes * sizeof *plane);
        soften_lines(memory, height, lanes, filter);
        for (int y = 0; y < height; y++)
            memcpy(column + (size_t)y * row, memory.other + (ptrdiff_t)y * lanes,
                   (size_t)lanes * sizeof *plane);
    }
}

bool CVipsShim_soften(uint16_t *plane, int width, int height, int bands, double sigma) {
    Filter filter = sigma < least_wide ? weights_for(sigma) : boxes_for(sigma);
    size_t lanes = (size_t)strip * (size_t)bands;
    size_t across = ((size_t)width + 2 * most_reach) * (size_t)bands;
    size_t down = ((size_t)height + 2 * most_reach) * lanes;
    size_t numbers = across > down ? across : down;
    Memory memory = { malloc(numbers * sizeof *memory.one), malloc(numbers * sizeof *memory.other),
                      malloc(lanes * sizeof *memory.sums) };
    bool is_there = memory.one && memory.other && memory.sums;
    if (is_there) soften(plane, width, height, bands, &filter, memory);
    free(memory.one);
    free(memory.other);
    free(memory.sums);
    return is_there;
}
