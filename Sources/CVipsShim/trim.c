// What of a picture is more than its border, in one pass over its pixels.
//
// libvips' own search takes the median of each nine pixels first, which takes lines and corners of
// one pixel away, and has no answer for pictures of fewer pixels than three a side.
#include "CVipsShim.h"
#include <stdlib.h>
#include <vips/vips.h>

// Colours count as far as they are seen, on both sides: of what is transparent only that it is.
static bool is_content(const VipsPel *pixel, const VipsPel *border, int colours, bool has_alpha,
                       int threshold) {
    int seen = 255 * 255;
    if (has_alpha) {
        if (abs(pixel[colours] - border[colours]) > threshold) return true;
        seen = pixel[colours] * border[colours];
    }
    for (int i = 0; i < colours; i++)
        if (abs(pixel[i] - border[i]) * seen > threshold * 255 * 255) return true;
    return false;
}

int CVipsShim_find_trim(VipsImage *image, int threshold, int *x, int *y, int *width, int *height) {
    *x = *y = *width = *height = 0;
    if (image->BandFmt != VIPS_FORMAT_UCHAR || vips_image_wio_input(image)) return -1;
    bool has_alpha = vips_image_hasalpha(image);
    int bands = image->Bands, colours = bands - (has_alpha ? 1 : 0);
    int left = image->Xsize, top = image->Ysize, right = 0, bottom = 0;
    const VipsPel *border = VIPS_IMAGE_ADDR(image, 0, 0);
    for (int row = 0; row < image->Ysize; row++) {
        const VipsPel *line = VIPS_IMAGE_ADDR(image, 0, row);
        int first = 0, last = image->Xsize;
        while (first < last
               && !is_content(line + first * bands, border, colours, has_alpha, threshold))
            first++;
        if (first == last) continue;
        // From the other side only as far as it may still widen the box.
        while (last > VIPS_MAX(right, first + 1)
               && !is_content(line + (last - 1) * bands, border, colours, has_alpha, threshold))
            last--;
        left = VIPS_MIN(left, first), right = VIPS_MAX(right, last);
        top = VIPS_MIN(top, row), bottom = row + 1;
    }
    if (left >= right) return 0;
    *x = left, *y = top, *width = right - left, *height = bottom - top;
    return 0;
}
