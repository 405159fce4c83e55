// Lanczos3 in one pass from top to bottom: every row of the input is added, weighted, to the few
// rows of the result that it is part of, and a row that is complete is resampled to its width.
//
// Ours and not libvips' own steps, which put a box filter before Lanczos, round places to 1/64 and
// take the middle of the input for the middle of the result, although a decoder that shrinks leaves
// a part of a pixel out. This is nearer to the ideal and takes half the time. Floats, summed in one
// order: the same bytes on every machine.
#include "CVipsShim.h"
#include <math.h>
#include <string.h>
#include <vips/vips.h>

enum {
    taken = 16,   // Rows asked of the input at once.
    weighed = 4,  // Rows added at once, so that sums are read and written less often.
};

typedef float Pixel __attribute__((vector_size(16), aligned(4)));

// Which samples of a row or column one of the result is made of.
typedef struct {
    int first, count;
    float *weights;
} Taps;

typedef struct {
    int size;      // Of the input.
    int wanted;    // Of the result.
    double scale;  // Of the input's to a sample of the result, at least 1.
    Taps *taps;
    float *weights;
} Axis;

typedef struct {
    VipsImage *in;
    VipsRegion *region;
    Axis rows, columns;
    int samples;          // Of a row of the input.
    float *read[weighed];
    float *sums;          // A ring of `ring` rows of the result, as wide as the input.
    int ring;
    VipsPel *row;         // One of the result.
    VipsImage *out;
} Resize;

static double lanczos(double x) {
    x = fabs(x);
    if (x >= 3) return 0;
    if (x < 1e-9) return 1;
    x *= M_PI;
    return sin(x) / x * sin(x / 3) / (x / 3);
}

// Raised by up to 4 * lift towards Nyquist.
static double kernel(double x, double lift) {
    if (lift == 0) return lanczos(x);
    return (1 + 2 * lift) * lanczos(x) - lift * (lanczos(x - 1) + lanczos(x + 1));
}

static Axis axis(int size, double span, int wanted, bool soft) {
    Axis axis = { .size = size, .wanted = wanted, .scale = span / wanted };
    // Means of pixels have lost (pi f / scale)^2 / 6 at frequency f.
    double lift = soft ? 0.05 / (axis.scale * axis.scale) : 0;
    double reach = (soft ? 4 : 3) * axis.scale;
    int most = (int)ceil(2 * reach) + 1;
    axis.taps = g_new(Taps, wanted);
    axis.weights = g_new0(float, (size_t)wanted * most);
    for (int i = 0; i < wanted; i++) {
        double center = (i + 0.5) * axis.scale, sum = 0;
        int first = VIPS_CLIP(0, (int)floor(center - reach + 0.5), size - 1);
        int end = VIPS_CLIP(first + 1, (int)floor(center + reach + 0.5), size);
        float *weights = axis.weights + (size_t)i * most;
        axis.taps[i] = (Taps){ first, end - first, weights };
        for (int j = first; j < end; j++)
            sum += kernel((j + 0.5 - center) / axis.scale, lift);
        for (int j = first; j < end; j++)
            weights[j - first] = (float)(kernel((j + 0.5 - center) / axis.scale, lift) / sum);
    }
    return axis;
}

static void read_row(Resize *resize, int y, float *restrict row) {
    const VipsPel *pixels = VIPS_REGION_ADDR(resize->region, 0, y);
    if (resize->in->BandFmt == VIPS_FORMAT_UCHAR) {
        for (int i = 0; i < resize->samples; i++) row[i] = pixels[i];
    } else if (resize->in->BandFmt == VIPS_FORMAT_USHORT) {
        for (int i = 0; i < resize->samples; i++) row[i] = ((const uint16_t *)pixels)[i];
    } else {
        memcpy(row, pixels, (size_t)resize->samples * sizeof *row);
    }
}

static void add(Resize *resize, int index, int y) {
    Taps taps = resize->rows.taps[index];
    float weights[weighed];
    for (int i = 0; i < weighed; i++) {
        int tap = y + i - taps.first;
        weights[i] = tap >= 0 && tap < taps.count ? taps.weights[tap] : 0;
    }
    const float *a = resize->read[0], *b = resize->read[1], *c = resize->read[2],
                *d = resize->read[3];
    float *restrict sum = resize->sums + (size_t)(index % resize->ring) * (resize->samples + 4);
    for (int i = 0; i < resize->samples; i++)
        sum[i] += weights[0] * a[i] + weights[1] * b[i] + weights[2] * c[i] + weights[3] * d[i];
}

static void store(Resize *resize, int place, float value) {
    switch (resize->in->BandFmt) {
    case VIPS_FORMAT_UCHAR: resize->row[place] = (VipsPel)VIPS_CLIP(0, value + 0.5f, 255); break;
    case VIPS_FORMAT_USHORT:
        ((uint16_t *)resize->row)[place] = (uint16_t)VIPS_CLIP(0, value + 0.5f, 65535);
        break;
    default: ((float *)resize->row)[place] = value;
    }
}

// A complete row of sums, resampled to the width of the result.
static int finish(Resize *resize, int index) {
    const float *sums = resize->sums + (size_t)(index % resize->ring) * (resize->samples + 4);
    int bands = resize->in->Bands;
    for (int x = 0; x < resize->columns.wanted; x++) {
        Taps taps = resize->columns.taps[x];
        const float *from = sums + (size_t)taps.first * bands;
        // Three or four bands at once; the row goes on behind the last pixel.
        for (int band = 0; band < bands; band += 4) {
            int here = VIPS_MIN(4, bands - band);
            Pixel pixel = { 0 };
            if (here >= 3)
                for (int i = 0; i < taps.count; i++)
                    pixel += *(const Pixel *)(from + i * bands + band) * taps.weights[i];
            else
                for (int i = 0; i < taps.count; i++)
                    for (int j = 0; j < here; j++)
                        pixel[j] += from[i * bands + band + j] * taps.weights[i];
            for (int j = 0; j < here; j++) store(resize, x * bands + band + j, pixel[j]);
        }
    }
    return vips_image_write_line(resize->out, index, resize->row);
}

static int end_of(Taps taps) { return taps.first + taps.count; }

static int run(Resize *resize) {
    int begun = 0, done = 0;
    for (int top = 0; done < resize->rows.wanted; top += taken) {
        VipsRect strip = { 0, top, resize->in->Xsize, VIPS_MIN(taken, resize->rows.size - top) };
        if (vips_region_prepare(resize->region, &strip)) return -1;
        for (int y = top; y < VIPS_RECT_BOTTOM(&strip); y += weighed) {
            int end = VIPS_MIN(y + weighed, VIPS_RECT_BOTTOM(&strip));
            for (int i = y; i < end; i++) read_row(resize, i, resize->read[i - y]);
            for (; begun < resize->rows.wanted && resize->rows.taps[begun].first < end; begun++)
                memset(resize->sums + (size_t)(begun % resize->ring) * (resize->samples + 4), 0,
                       (size_t)resize->samples * sizeof *resize->sums);
            for (int i = done; i < begun; i++) add(resize, i, y);
            for (; done < begun && end_of(resize->rows.taps[done]) <= end; done++)
                if (finish(resize, done)) return -1;
        }
    }
    return 0;
}

static int reduce(VipsImage *in, CVipsShim_Span span, int width, int height, VipsImage **out) {
    Resize resize = {
        .in = in,
        .region = vips_region_new(in),
        .rows = axis(in->Ysize, span.height, height, span.isMean),
        .columns = axis(in->Xsize, span.width, width, span.isMean),
        .samples = in->Xsize * in->Bands,
        .out = vips_image_new_memory(),
    };
    // What four rows of the input are part of, at scale 1: four rows before and behind, and a few.
    resize.ring = VIPS_MIN(height, 16);
    size_t row = (size_t)resize.samples + 4;
    float *rows = g_try_new0(float, row * (weighed + (size_t)resize.ring));
    for (int i = 0; rows && i < weighed; i++) resize.read[i] = rows + (size_t)i * row;
    if (rows) resize.sums = rows + weighed * row;
    vips_image_pipelinev(resize.out, VIPS_DEMAND_STYLE_THINSTRIP, in, NULL);
    resize.out->Xsize = width;
    resize.out->Ysize = height;
    resize.row = g_malloc(VIPS_IMAGE_SIZEOF_LINE(resize.out));
    if (!rows) vips_error("CVipsShim", "out of memory for %zu samples a row", row);
    int result = rows ? run(&resize) : -1;
    g_free(rows);
    g_free(resize.row);
    g_free(resize.rows.taps);
    g_free(resize.rows.weights);
    g_free(resize.columns.taps);
    g_free(resize.columns.weights);
    g_object_unref(resize.region);
    if (result) g_object_unref(resize.out);
    else *out = resize.out;
    return result;
}

int CVipsShim_resize(VipsImage *image, CVipsShim_Span span, int width, int height,
                     VipsImage **out) {
    if (span.width < width || span.height < height)
        return vips_resize(image, out, width / (double)image->Xsize, "vscale",
                           height / (double)image->Ysize, "kernel", VIPS_KERNEL_LANCZOS3, NULL);
    VipsImage *plain = NULL, *numbers = NULL;
    bool known = image->BandFmt == VIPS_FORMAT_UCHAR || image->BandFmt == VIPS_FORMAT_USHORT
        || image->BandFmt == VIPS_FORMAT_FLOAT;
    int result = vips_image_decode(image, &plain)
        || (known ? vips_copy(plain, &numbers, NULL) : vips_cast_float(plain, &numbers, NULL))
        || vips_image_pio_input(numbers) || reduce(numbers, span, width, height, out) ? -1 : 0;
    VIPS_UNREF(plain);
    VIPS_UNREF(numbers);
    return result;
}
