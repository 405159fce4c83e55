#include "CVipsShim.h"
#include <math.h>
#include <string.h>
#include <vips/vips.h>

enum { steps = 8, levels = 256 };

// How much there is to see in a part: the entropy of its bytes, transparent parts dark.
static double entropy(VipsImage *image, VipsRect part) {
    uint32_t counts[levels] = { 0 };
    int bands = image->Bands;
    bool has_alpha = vips_image_hasalpha(image);
    for (int y = part.top; y < VIPS_RECT_BOTTOM(&part); y++) {
        const VipsPel *pixel = VIPS_IMAGE_ADDR(image, part.left, y);
        for (int x = 0; x < part.width; x++, pixel += bands)
            for (int i = 0; i < bands; i++)
                counts[has_alpha ? pixel[i] * pixel[bands - 1] / 255 : pixel[i]]++;
    }
    double all = (double)part.width * part.height * bands, sum = 0;
    for (int i = 0; i < levels; i++)
        if (counts[i]) sum -= counts[i] / all * log2(counts[i] / all);
    return sum;
}

// As vips_smartcrop does it, without building a pipeline for every slice: of the two at opposite
// sides that goes which has less.
int CVipsShim_find_entropy(VipsImage *image, int width, int height, int *x, int *y) {
    if (image->BandFmt != VIPS_FORMAT_UCHAR || vips_image_wio_input(image)) return -1;
    VipsRect left = { 0, 0, image->Xsize, image->Ysize };
    int most = VIPS_MAX((left.width - width + steps - 1) / steps,
                        (left.height - height + steps - 1) / steps);
    while (left.width > width || left.height > height) {
        int columns = VIPS_MIN(VIPS_MAX(0, left.width - width), most);
        int rows = VIPS_MIN(VIPS_MAX(0, left.height - height), most);
        VipsRect part = left;
        bool from_left = false, from_top = false;
        if (columns > 0) {
            part.width = columns;
            double first = entropy(image, part);
            part.left = VIPS_RECT_RIGHT(&left) - columns;
            from_left = first < entropy(image, part);
        }
        part = left;
        if (rows > 0) {
            part.height = rows;
            double first = entropy(image, part);
            part.top = VIPS_RECT_BOTTOM(&left) - rows;
            from_top = first < entropy(image, part);
        }
        left.width -= columns;
        left.height -= rows;
        if (from_left) left.left += columns;
        if (from_top) left.top += rows;
    }
    *x = left.left;
    *y = left.top;
    return 0;
}
