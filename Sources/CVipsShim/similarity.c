#include "CVipsShim.h"
#include <string.h>
#include <vips/vips.h>

// Windows of 8 x 8 pixels, 4 apart, so each is four cells of 4 x 4.
enum { cell = 4 };

typedef struct {
    uint32_t a, b, aa, bb, ab;
} Sums;

// Luma in whole numbers, transparent parts dark. Rec. 601's weights in 256ths.
static unsigned luma_at(const VipsPel *pixel, int bands) {
    unsigned luma = bands < 3
        ? pixel[0] : (77u * pixel[0] + 150u * pixel[1] + 29u * pixel[2]) >> 8;
    return bands % 2 == 0 ? luma * pixel[bands - 1] / 255 : luma;
}

static void add_line(Sums *cells, VipsImage *one, VipsImage *other, int y, int count) {
    const VipsPel *p = VIPS_IMAGE_ADDR(one, 0, y), *q = VIPS_IMAGE_ADDR(other, 0, y);
    for (int i = 0; i < count; i++)
        for (int x = 0; x < cell; x++, p += one->Bands, q += other->Bands) {
            unsigned a = luma_at(p, one->Bands), b = luma_at(q, other->Bands);
            cells[i].a += a;
            cells[i].b += b;
            cells[i].aa += a * a;
            cells[i].bb += b * b;
            cells[i].ab += a * b;
        }
}

static double window_similarity(const Sums *top, const Sums *bottom) {
    int64_t sum_a = (int64_t)top[0].a + top[1].a + bottom[0].a + bottom[1].a;
    int64_t sum_b = (int64_t)top[0].b + top[1].b + bottom[0].b + bottom[1].b;
    int64_t sum_aa = (int64_t)top[0].aa + top[1].aa + bottom[0].aa + bottom[1].aa;
    int64_t sum_bb = (int64_t)top[0].bb + top[1].bb + bottom[0].bb + bottom[1].bb;
    int64_t sum_ab = (int64_t)top[0].ab + top[1].ab + bottom[0].ab + bottom[1].ab;
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
    int across = one->Xsize / cell, down = one->Ysize / cell;
    // Nothing is seen of a loss in fewer pixels than a window has.
    *similarity = 1;
    if (across < 2 || down < 2) return 0;
    Sums *top = g_new0(Sums, across), *bottom = g_new0(Sums, across);
    double sum = 0;
    for (int row = 0; row < down; row++) {
        memset(bottom, 0, (size_t)across * sizeof *bottom);
        for (int y = 0; y < cell; y++) add_line(bottom, one, other, row * cell + y, across);
        for (int i = 0; row > 0 && i + 1 < across; i++)
            sum += window_similarity(top + i, bottom + i);
        Sums *done = top;
        top = bottom;
        bottom = done;
    }
    g_free(top);
    g_free(bottom);
    *similarity = sum / ((double)(across - 1) * (down - 1));
    return 0;
}
