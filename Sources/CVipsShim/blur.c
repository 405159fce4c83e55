// Blur and sharpening of bytes, in whole numbers of 16 bits.
#include "CVipsShim.h"
#include "soften.h"
#include <math.h>
#include <pthread.h>
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

// What each of a pixel's numbers adds to its luminance, of 65,535, and CIE lightness by luminance,
// of `CVipsShim_white`. Luma would not do: to it red and blue are nearly the same.
static uint16_t luminance[3][256];
static uint16_t lightness[1 << 14];
static pthread_once_t are_filled = PTHREAD_ONCE_INIT;

static void fill_tables(void) {
    static const double weights[] = {0.2126, 0.7152, 0.0722};
    for (int value = 0; value < 256; value++) {
        double part = value / 255.0;
        double linear = part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
        for (int i = 0; i < 3; i++) luminance[i][value] = (uint16_t)(weights[i] * linear * 65535);
    }
    for (int index = 0; index < 1 << 14; index++) {
        double y = (index + 0.5) / (1 << 14);
        double light = y > 216.0 / 24389 ? 116 * cbrt(y) - 16 : y * 24389 / 27;
        lightness[index] = (uint16_t)(light / 100 * CVipsShim_white);
    }
}

static void fill_lightness(const uint8_t *pixel, uint16_t *to, int width, int bands) {
    int green = bands < 3 ? 0 : 1, blue = bands < 3 ? 0 : 2;
    for (int x = 0; x < width; x++, pixel += bands)
        to[x] = lightness[(luminance[0][pixel[0]] + luminance[1][pixel[green]]
            + luminance[2][pixel[blue]]) >> 2];
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
    uint16_t *light = malloc((size_t)width * sizeof *light);
    bool done = around && light;
    pthread_once(&are_filled, fill_tables);
    for (int y = 0; y < height && done; y++)
        fill_lightness(
            VIPS_IMAGE_ADDR(image, 0, y), around + (size_t)y * (size_t)width, width, bands);
    done = done && CVipsShim_soften(around, width, height, 1, sigma);
    for (int y = 0; y < height && done; y++) {
        const uint8_t *from = VIPS_IMAGE_ADDR(image, 0, y);
        uint8_t *to = VIPS_IMAGE_ADDR(made, 0, y);
        fill_lightness(from, light, width, bands);
        for (int x = 0; x < width; x++, from += bands, to += bands) {
            int more = lift(light[x] - around[(size_t)y * (size_t)width + (size_t)x]);
            for (int i = 0; i < bands; i++) to[i] = i < colours ? byte_of(from[i] + more) : from[i];
        }
    }
    free(around);
    free(light);
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
