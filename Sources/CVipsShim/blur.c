// Blur and sharpening of bytes, in whole numbers of 16 bits.
#include "CVipsShim.h"
#include "soften.h"
#include <stdlib.h>
#include <vips/vips.h>

// Colours are weighed by their alpha: those of transparent pixels do not bleed into opaque ones.
static void widen(const uint8_t *pixel, uint16_t *to, int width, int bands, bool has_alpha) {
    for (int x = 0; x < width; x++, pixel += bands, to += bands) {
        int alpha = has_alpha ? pixel[bands - 1] : 255;
        for (int i = 0; i < bands; i++) to[i] = (uint16_t)(pixel[i] * alpha);
        if (has_alpha) to[bands - 1] = (uint16_t)(alpha * 255);
    }
}

static uint8_t byte_of(int number) {
    return (uint8_t)(number < 0 ? 0 : number > 255 ? 255 : number);
}

static void narrow(const uint16_t *from, uint8_t *pixel, int width, int bands, bool has_alpha) {
    for (int x = 0; x < width; x++, pixel += bands, from += bands) {
        uint32_t alpha = has_alpha ? from[bands - 1] : CVipsShim_white;
        for (int i = 0; i < bands; i++)
            pixel[i] = alpha ? byte_of((int)((from[i] * 255u + alpha / 2) / alpha)) : 0;
        if (has_alpha) pixel[bands - 1] = byte_of((int)((alpha + 127) / 255));
    }
}

static bool blur(VipsImage *image, VipsImage *made, double sigma) {
    int width = image->Xsize, height = image->Ysize, bands = image->Bands;
    bool has_alpha = vips_image_hasalpha(image);
    size_t row = (size_t)width * (size_t)bands;
    uint16_t *plane = malloc(row * (size_t)height * sizeof *plane);
    if (!plane) return false;
    for (int y = 0; y < height; y++)
        widen(VIPS_IMAGE_ADDR(image, 0, y), plane + (size_t)y * row, width, bands, has_alpha);
    bool done = CVipsShim_soften(plane, width, height, bands, sigma);
    for (int y = 0; y < height && done; y++)
        narrow(plane + (size_t)y * row, VIPS_IMAGE_ADDR(made, 0, y), width, bands, has_alpha);
    free(plane);
    return done;
}

// Rec. 601's luma of a row, times 255.
static void fill_luma(const uint8_t *pixel, uint16_t *to, int width, int bands) {
    for (int x = 0; x < width; x++, pixel += bands)
        to[x] = (uint16_t)(bands < 3 ? pixel[0] * 255
            : (19595 * pixel[0] + 38470 * pixel[1] + 7471 * pixel[2]) / 257);
}

// As libvips sharpens lightness: nothing where it differs by less than 2 % from what is around,
// three times what is more, up to 10 % brighter and 20 % darker, so that edges get no haloes.
static int lift(int difference) {
    enum { flat = CVipsShim_white / 50, brighter = CVipsShim_white / 10 };
    enum { slope = 3, darker = CVipsShim_white / 5 };
    int more = difference > flat ? slope * (difference - flat)
        : difference < -flat ? slope * (difference + flat) : 0;
    more = more > brighter ? brighter : more < -darker ? -darker : more;
    return (more + (more < 0 ? -127 : 127)) / 255;
}

static bool sharpen(VipsImage *image, VipsImage *made, double sigma) {
    int width = image->Xsize, height = image->Ysize, bands = image->Bands;
    int colours = bands - (vips_image_hasalpha(image) ? 1 : 0);
    size_t numbers = (size_t)width * (size_t)height;
    uint16_t *around = malloc(numbers * sizeof *around);
    uint16_t *luma = malloc((size_t)width * sizeof *luma);
    bool done = around && luma;
    for (int y = 0; y < height && done; y++)
        fill_luma(VIPS_IMAGE_ADDR(image, 0, y), around + (size_t)y * (size_t)width, width, bands);
    done = done && CVipsShim_soften(around, width, height, 1, sigma);
    for (int y = 0; y < height && done; y++) {
        const uint8_t *from = VIPS_IMAGE_ADDR(image, 0, y);
        uint8_t *to = VIPS_IMAGE_ADDR(made, 0, y);
        fill_luma(from, luma, width, bands);
        for (int x = 0; x < width; x++, from += bands, to += bands) {
            int more = lift(luma[x] - around[(size_t)y * (size_t)width + (size_t)x]);
            for (int i = 0; i < bands; i++) to[i] = i < colours ? byte_of(from[i] + more) : from[i];
        }
    }
    free(around);
    free(luma);
    return done;
}

static int made_by(bool (*change)(VipsImage *, VipsImage *, double), VipsImage *image, double sigma,
                   VipsImage **out) {
    VipsImage *made = vips_image_new_memory();
    int result = vips_image_pipelinev(made, VIPS_DEMAND_STYLE_ANY, image, NULL)
        || vips_image_write_prepare(made) ? -1 : 0;
    if (result == 0 && !change(image, made, sigma)) {
        vips_error("CVipsShim", "out of memory");
        result = -1;
    }
    if (result) g_object_unref(made);
    else *out = made;
    return result;
}

int CVipsShim_blur(VipsImage *image, double sigma, VipsImage **out) {
    return made_by(blur, image, sigma, out);
}

int CVipsShim_sharpen(VipsImage *image, double sigma, VipsImage **out) {
    return made_by(sharpen, image, sigma, out);
}
