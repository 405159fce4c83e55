#include "CVipsShim.h"
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

// Where a pixel of the picture lies among the parts: a share in one, the rest in the next.
typedef struct {
    int part;
    float share;
} Place;

static void place_all(Place *places, int count, int parts) {
    for (int index = 0; index < count; index++) {
        int64_t start = (int64_t)index * parts, end = start + parts;
        int part = (int)(start / count);
        int64_t border = (int64_t)(part + 1) * count;
        float share = end <= border ? 1 : (float)(border - start) / (float)parts;
        places[index] = (Place){ part, share };
    }
}

// Red, green, blue times alpha, and alpha, 0...1.
static void read_pixel(const VipsPel *pixel, int bands, bool alpha, float *values) {
    bool grey = bands - (alpha ? 1 : 0) < 3;
    float opacity = alpha ? (float)pixel[bands - 1] / 255 : 1;
    for (int channel = 0; channel < 3; channel++)
        values[channel] = (float)pixel[grey ? 0 : channel] * opacity;
    values[3] = opacity;
}

static void add(float *sums, Place place, const float *values, int count) {
    float *first = sums + (ptrdiff_t)place.part * count, rest = 1 - place.share;
    for (int index = 0; index < count; index++) first[index] += place.share * values[index];
    if (rest <= 0) return;
    for (int index = 0; index < count; index++) first[count + index] += rest * values[index];
}

static void write_parts(const float *sums, int count, float area, uint8_t *out) {
    for (int index = 0; index < count; index++, sums += 4, out += 4) {
        for (int channel = 0; channel < 3; channel++)
            out[channel] = sums[3] > 0 ? (uint8_t)(sums[channel] / sums[3] + 0.5f) : 0;
        out[3] = (uint8_t)(sums[3] / area * 255 + 0.5f);
    }
}

int CVipsShim_means(VipsImage *image, int width, int height, uint8_t *out) {
    if (image->BandFmt != VIPS_FORMAT_UCHAR || width > image->Xsize || height > image->Ysize
        || vips_image_wio_input(image)) {
        vips_error("CVipsShim", "a picture that has no means");
        return -1;
    }
    int columns = image->Xsize, rows = image->Ysize, bands = image->Bands;
    bool alpha = vips_image_hasalpha(image);
    Place *across = calloc((size_t)columns, sizeof(Place));
    Place *down = calloc((size_t)rows, sizeof(Place));
    float *row = calloc((size_t)width * 4, sizeof(float));
    float *sums = calloc((size_t)width * (size_t)height * 4, sizeof(float));
    int result = across && down && row && sums ? 0 : -1;
    if (result) vips_error("CVipsShim", "out of memory");
    else {
        place_all(across, columns, width);
        place_all(down, rows, height);
        for (int y = 0; y < rows; y++) {
            const VipsPel *pixel = VIPS_IMAGE_ADDR(image, 0, y);
            memset(row, 0, (size_t)width * 4 * sizeof(float));
            for (int x = 0; x < columns; x++, pixel += bands) {
                float values[4];
                read_pixel(pixel, bands, alpha, values);
                add(row, across[x], values, 4);
            }
            add(sums, down[y], row, width * 4);
        }
        float area = (float)columns / (float)width * ((float)rows / (float)height);
        write_parts(sums, width * height, area, out);
    }
    free(across);
    free(down);
    free(row);
    free(sums);
    return result;
}
