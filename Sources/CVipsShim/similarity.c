#include "CVipsShim.h"
#include <vips/vips.h>

// Luma in whole numbers, transparent parts dark. Rec. 601's weights in 256ths.
static unsigned luma_at(VipsImage *image, bool alpha, const VipsPel *pixel) {
    unsigned luma = image->Bands < 3
        ? pixel[0] : (77u * pixel[0] + 150u * pixel[1] + 29u * pixel[2]) >> 8;
    return alpha ? luma * pixel[image->Bands - 1] / 255 : luma;
}

static void read_window(VipsImage *image, bool alpha, int left, int top, unsigned *values) {
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++)
            values[8 * y + x] = luma_at(image, alpha, VIPS_IMAGE_ADDR(image, left + x, top + y));
}

static double window_similarity(const unsigned *a, const unsigned *b) {
    int64_t sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0;
    for (int i = 0; i < 64; i++) {
        sum_a += a[i];
        sum_b += b[i];
        sum_aa += (int64_t)a[i] * a[i];
        sum_bb += (int64_t)b[i] * b[i];
        sum_ab += (int64_t)a[i] * b[i];
    }
    // Times 64 * 64: means and variances stay whole. (0.01 * 255)^2 and (0.03 * 255)^2.
    const double c1 = 6.5025 * 4096, c2 = 58.5225 * 4096;
    double product = (double)(sum_a * sum_b), squares = (double)(sum_a * sum_a + sum_b * sum_b);
    double covariance = (double)(64 * sum_ab - sum_a * sum_b);
    double variances = (double)(64 * (sum_aa + sum_bb) - sum_a * sum_a - sum_b * sum_b);
    return (2 * product + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2));
}

int CVipsShim_similarity(VipsImage *one, VipsImage *other, double *similarity) {
    if (one->Xsize != other->Xsize || one->Ysize != other->Ysize
        || one->BandFmt != VIPS_FORMAT_UCHAR || other->BandFmt != VIPS_FORMAT_UCHAR
        || vips_image_wio_input(one) || vips_image_wio_input(other)) {
        vips_error("CVipsShim", "pictures that can not be compared");
        return -1;
    }
    bool alpha[2] = { vips_image_hasalpha(one), vips_image_hasalpha(other) };
    unsigned a[64], b[64];
    double sum = 0;
    int64_t count = 0;
    for (int top = 0; top + 8 <= one->Ysize; top += 4)
        for (int left = 0; left + 8 <= one->Xsize; left += 4) {
            read_window(one, alpha[0], left, top, a);
            read_window(other, alpha[1], left, top, b);
            sum += window_similarity(a, b);
            count++;
        }
    // Nothing is seen of a loss in fewer pixels than a window has.
    *similarity = count ? sum / (double)count : 1;
    return 0;
}
