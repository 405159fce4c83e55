// Resizing with exact registration, out of libvips' own steps.
//
// vips_reduceh and vips_reducev take the middle of the input for the middle of the output. Where
// the input is not a whole number of output pixels wide that is a shift by up to half a pixel,
// which costs 3 to 10 dB. So the input is made a few pixels wider, on the sides and by the amounts
// for which the wanted output falls onto whole pixels, and the result is cropped.
#include "CVipsShim.h"
#include <math.h>
#include <vips/vips.h>

enum { vertical, horizontal };

typedef struct {
    int before, after;  // Pixels to add to the input.
    int made;           // Output pixels there are then.
    int skipped;        // Of these before the first one wanted.
} Frame;

// Half of libvips' own steps of 1/64 pixel.
static const double close_enough = 1.0 / 128;

static Frame frame_for(int size, double shrink, int wanted) {
    Frame best = { 0, 0, wanted, 0 };
    double least = INFINITY;
    for (int sum = 0; sum <= 32 && least > close_enough; sum++)
        for (int before = 0; before <= sum; before++) {
            int after = sum - before;
            int made = (int)round((size + sum) / shrink);
            double start = made / 2.0 + (before - after - size) / (2 * shrink);
            int skipped = (int)round(start);
            double error = fabs(start - skipped);
            if (skipped < 0 || skipped + wanted > made || error >= least) continue;
            least = error;
            best = (Frame){ before, after, made, skipped };
        }
    return best;
}

static int shrink_by(VipsImage *image, int direction, int factor, VipsImage **out) {
    return direction == vertical ? vips_shrinkv(image, out, factor, "ceil", TRUE, NULL)
                                 : vips_shrinkh(image, out, factor, "ceil", TRUE, NULL);
}

static int reduce_by(VipsImage *image, int direction, double factor, VipsImage **out) {
    return direction == vertical
        ? vips_reducev(image, out, factor, "kernel", VIPS_KERNEL_LANCZOS3, NULL)
        : vips_reduceh(image, out, factor, "kernel", VIPS_KERNEL_LANCZOS3, NULL);
}

static int extend(VipsImage *image, int direction, Frame frame, VipsImage **out) {
    if (frame.before + frame.after == 0) return vips_copy(image, out, NULL);
    bool down = direction == vertical;
    return vips_embed(image, out, down ? 0 : frame.before, down ? frame.before : 0,
                      image->Xsize + (down ? 0 : frame.before + frame.after),
                      image->Ysize + (down ? frame.before + frame.after : 0), "extend",
                      VIPS_EXTEND_COPY, NULL);
}

// One direction; `span` is at least `wanted`.
static int reduce(VipsImage *image, int direction, double span, int wanted, VipsImage **out) {
    VipsImage *shrunk = NULL, *extended = NULL, *reduced = NULL;
    // The box filter leaves a factor of at least 2 to Lanczos, as vips_resize does.
    int box = (int)VIPS_MAX(1, floor(span / wanted / 2));
    int result = shrink_by(image, direction, box, &shrunk);
    if (!result) {
        double factor = span / box / wanted;
        bool down = direction == vertical;
        Frame frame = frame_for(down ? shrunk->Ysize : shrunk->Xsize, factor, wanted);
        result = extend(shrunk, direction, frame, &extended)
            || reduce_by(extended, direction, factor, &reduced)
            || vips_extract_area(reduced, out, down ? 0 : frame.skipped, down ? frame.skipped : 0,
                                 down ? reduced->Xsize : wanted, down ? wanted : reduced->Ysize,
                                 NULL)
            ? -1 : 0;
    }
    VIPS_UNREF(shrunk);
    VIPS_UNREF(extended);
    VIPS_UNREF(reduced);
    return result;
}

int CVipsShim_resize(VipsImage *image, double span_width, double span_height, int width, int height,
                     VipsImage **out) {
    if (span_width < width || span_height < height)
        return vips_resize(image, out, width / (double)image->Xsize, "vscale",
                           height / (double)image->Ysize, "kernel", VIPS_KERNEL_LANCZOS3, NULL);
    VipsImage *lower = NULL;
    int result = reduce(image, vertical, span_height, height, &lower)
        || reduce(lower, horizontal, span_width, width, out) ? -1 : 0;
    VIPS_UNREF(lower);
    return result;
}
