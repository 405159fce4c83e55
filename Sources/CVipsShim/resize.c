// Lanczos3 in both directions, in this thread, with exact registration.
//
// libvips' own steps take the middle of the input for the middle of the output, which is a shift of
// up to half a pixel where a decoder has rounded, make strips over again that overlap, and are fast
// only by code that they write at run time, which a worker may not. Bytes are weighed in whole
// numbers: the same picture comes out of every processor. What a decoder that shrinks has damped is
// raised again.
#include "CVipsShim.h"
#include <emmintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <vips/vips.h>

enum { one_bits = 14, one = 1 << one_bits, fraction_bits = 6, strip_rows = 16, padding = 32 };

// One direction: which input pixels each output pixel is made of, and with which weights.
typedef struct {
    int size, wanted;
    int length;  // Weights of an output pixel: even, as pixels are taken in pairs.
    int *first;  // Even; it never falls from one output pixel to the next.
    float *exact;
    int16_t *fixed;  // The same in parts of `one`, which they add up to.
} Axis;

static double lanczos3(double x) {
    if (x == 0) return 1;
    if (fabs(x) >= 3) return 0;
    double third = sin(M_PI * x / 3), whole = third * (3 - 4 * third * third);
    return 3 * whole * third / (M_PI * M_PI * x * x);
}

// Raised by up to 4 * lift towards Nyquist.
static double kernel(double x, double lift) {
    if (lift == 0) return lanczos3(x);
    return (1 + 2 * lift) * lanczos3(x) - lift * (lanczos3(x - 1) + lanczos3(x + 1));
}

static void weigh(Axis *axis, int output, double centre, double factor, double lift) {
    float *exact = axis->exact + (size_t)output * axis->length;
    int16_t *fixed = axis->fixed + (size_t)output * axis->length;
    double sum = 0;
    for (int i = 0; i < axis->length; i++) {
        int input = axis->first[output] + i;
        exact[i] = input < axis->size ? kernel((input + 0.5 - centre) / factor, lift) : 0;
        sum += exact[i];
    }
    int left = one, largest = 0;
    for (int i = 0; i < axis->length; i++) {
        exact[i] /= sum;
        fixed[i] = lrint(exact[i] * one);
        left -= fixed[i];
        if (fixed[i] > fixed[largest]) largest = i;
    }
    fixed[largest] += left;
}

// `span` input pixels, of which there are `size`, become `wanted`, which are no more.
static Axis axis_for(int size, double span, int wanted, bool is_mean) {
    double factor = span / wanted, reach = (is_mean ? 4 : 3) * factor;
    // Means of pixels have lost (pi f / factor)^2 / 6 at frequency f.
    double lift = is_mean ? 0.05 / (factor * factor) : 0;
    int length = ((int)ceil(2 * reach) + 3) & ~1, whole = (size + 1) & ~1;
    Axis axis = {size, wanted, VIPS_MIN(length, whole), NULL, NULL, NULL};
    axis.first = g_new(int, wanted);
    axis.exact = g_new(float, (size_t)wanted * axis.length);
    axis.fixed = g_new(int16_t, (size_t)wanted * axis.length);
    for (int output = 0; output < wanted; output++) {
        double centre = (output + 0.5) * factor;
        int first = (int)VIPS_MAX(0, floor(centre - reach)) & ~1;
        axis.first[output] = VIPS_MIN(first, whole - axis.length);
        weigh(&axis, output, centre, factor, lift);
    }
    return axis;
}

static void clear(Axis *axis) {
    g_free(axis->first);
    g_free(axis->exact);
    g_free(axis->fixed);
}

// How many output rows are under way at once.
static int open_rows(const Axis *axis) {
    int most = 1;
    for (int low = 0, high = 0; low < axis->wanted; low++) {
        while (high < axis->wanted && axis->first[high] < axis->first[low] + axis->length) high++;
        most = VIPS_MAX(most, high - low);
    }
    return most;
}

// Two weights side by side, as often as they fit.
static __m128i pair(const int16_t *weights) {
    int32_t both;
    memcpy(&both, weights, sizeof both);
    return _mm_set1_epi32(both);
}

static __m128i plus(const int32_t *sums, __m128i more) {
    return _mm_add_epi32(_mm_loadu_si128((const __m128i *)sums), more);
}

static void add_bytes(int32_t *sums, const uint8_t *a, const uint8_t *b, const int16_t *weights,
                      int count) {
    const __m128i zero = _mm_setzero_si128(), both = pair(weights);
    int i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(a + i));
        __m128i y = _mm_loadu_si128((const __m128i *)(b + i));
        __m128i halves[2] = {_mm_unpacklo_epi8(x, y), _mm_unpackhi_epi8(x, y)};
        for (int half = 0; half < 2; half++) {
            __m128i low = _mm_madd_epi16(_mm_unpacklo_epi8(halves[half], zero), both);
            __m128i high = _mm_madd_epi16(_mm_unpackhi_epi8(halves[half], zero), both);
            int32_t *place = sums + i + 8 * half;
            _mm_storeu_si128((__m128i *)place, plus(place, low));
            _mm_storeu_si128((__m128i *)(place + 4), plus(place + 4, high));
        }
    }
    for (; i < count; i++) sums[i] += a[i] * weights[0] + b[i] * weights[1];
}

static void add_floats(float *sums, const float *a, const float *b, const float *weights,
                       int count) {
    for (int i = 0; i < count; i++) sums[i] += a[i] * weights[0] + b[i] * weights[1];
}

// Four sums without their last `shift` bits, as 16-bit numbers, twice.
static __m128i rounded(__m128i sums, int shift) {
    sums = _mm_add_epi32(sums, _mm_set1_epi32(1 << (shift - 1)));
    sums = _mm_sra_epi32(sums, _mm_cvtsi32_si128(shift));
    return _mm_packs_epi32(sums, sums);
}

// One row: `sums` of all input columns become `line`, by way of `row`, which keeps what lies beyond
// black and white, and `fraction_bits`. Both have `padding` more.
static void finish_bytes(const int32_t *sums, int16_t *row, uint8_t *line, const Axis *columns,
                         int bands) {
    int count = columns->size * bands;
    for (int i = 0; i < count; i += 4)
        _mm_storel_epi64((__m128i *)(row + i), rounded(_mm_loadu_si128((const __m128i *)(sums + i)),
                                                       one_bits - fraction_bits));
    for (int output = 0; output < columns->wanted; output++) {
        const int16_t *pixel = row + columns->first[output] * bands;
        const int16_t *weights = columns->fixed + (size_t)output * columns->length;
        __m128i sum = _mm_setzero_si128();
        for (int i = 0; i < columns->length; i += 2, pixel += 2 * bands) {
            // Each band of this pixel next to that of the following one.
            __m128i both = _mm_unpacklo_epi16(_mm_loadl_epi64((const __m128i *)pixel),
                                              _mm_loadl_epi64((const __m128i *)(pixel + bands)));
            sum = _mm_add_epi32(sum, _mm_madd_epi16(both, pair(weights + i)));
        }
        sum = rounded(sum, one_bits + fraction_bits);
        int32_t four = _mm_cvtsi128_si32(_mm_packus_epi16(sum, sum));
        memcpy(line + output * bands, &four, sizeof four);
    }
}

static void finish_floats(const float *sums, float *line, const Axis *columns, int bands) {
    for (int output = 0; output < columns->wanted; output++) {
        const float *weights = columns->exact + (size_t)output * columns->length;
        const float *pixel = sums + columns->first[output] * bands;
        for (int band = 0; band < bands; band++) {
            float sum = 0;
            for (int i = 0; i < columns->length; i++) sum += weights[i] * pixel[i * bands + band];
            line[output * bands + band] = sum;
        }
    }
}

// Asks for rows from top to bottom, once, and keeps the sums of those output rows that are open.
static int reduce(VipsImage *image, const Axis *columns, const Axis *rows, VipsImage *out) {
    bool bytes = image->BandFmt == VIPS_FORMAT_UCHAR;
    int bands = image->Bands, count = image->Xsize * bands, open = open_rows(rows);
    size_t stride = (size_t)count + padding;
    int32_t *sums = g_new0(int32_t, open * stride);  // Or floats: of the same size.
    int16_t *row = g_new0(int16_t, stride);
    VipsPel *line = g_new(VipsPel, ((size_t)columns->wanted * bands + padding) * sizeof(float));
    VipsRegion *region = vips_region_new(image);
    int result = 0, low = 0, high = 0;
    for (int y = 0; low < rows->wanted && result == 0; y += 2) {
        if (y % strip_rows == 0) {
            VipsRect strip = {0, y, image->Xsize, VIPS_MIN(strip_rows, image->Ysize - y)};
            result = vips_region_prepare(region, &strip);
            if (result) break;
        }
        const void *a = VIPS_REGION_ADDR(region, 0, y);
        const void *b = y + 1 < image->Ysize ? VIPS_REGION_ADDR(region, 0, y + 1) : a;
        for (; high < rows->wanted && rows->first[high] <= y; high++)
            memset(sums + high % open * stride, 0, stride * sizeof *sums);
        for (int output = low; output < high; output++) {
            int32_t *place = sums + output % open * stride;
            size_t at = (size_t)output * rows->length + (y - rows->first[output]);
            if (bytes) add_bytes(place, a, b, rows->fixed + at, count);
            else add_floats((float *)place, a, b, rows->exact + at, count);
        }
        for (; low < high && rows->first[low] + rows->length <= y + 2 && result == 0; low++) {
            int32_t *place = sums + low % open * stride;
            if (bytes) finish_bytes(place, row, line, columns, bands);
            else finish_floats((const float *)place, (float *)line, columns, bands);
            result = vips_image_write_line(out, low, line);
        }
    }
    g_object_unref(region);
    g_free(line);
    g_free(row);
    g_free(sums);
    return result;
}

// `image` is of bytes of at most 4 bands, or of floats.
static int shrink(VipsImage *image, CVipsShim_Span span, int width, int height, VipsImage **out) {
    VipsImage *made = vips_image_new_memory();
    if (vips_image_pipelinev(made, VIPS_DEMAND_STYLE_ANY, image, NULL)) {
        g_object_unref(made);
        return -1;
    }
    made->Xsize = width;
    made->Ysize = height;
    Axis columns = axis_for(image->Xsize, span.width, width, span.isMean);
    Axis rows = axis_for(image->Ysize, span.height, height, span.isMean);
    int result = reduce(image, &columns, &rows, made);
    clear(&columns);
    clear(&rows);
    if (result) g_object_unref(made);
    else *out = made;
    return result;
}

// What grows, bicubic as vips_resize has it, which also shifts a side that does not.
static int enlarge(VipsImage *image, int width, int height, VipsImage **out) {
    double across = width / (double)image->Xsize, down = height / (double)image->Ysize;
    if (across > 1 && down > 1)
        return vips_resize(image, out, across, "vscale", down, "kernel", VIPS_KERNEL_LANCZOS3,
                           NULL);
    VipsInterpolate *cubic = vips_interpolate_new("bicubic");
    VipsArrayInt *all = vips_array_int_newv(4, 0, 0, width, height);
    int result = vips_affine(image, out, across, 0.0, 0.0, down, "interpolate", cubic, "oarea", all,
                             "idx", across > 1 ? 0.5 : 0.0, "idy", down > 1 ? 0.5 : 0.0, "extend",
                             VIPS_EXTEND_COPY, "premultiplied", TRUE, NULL);
    vips_area_unref(VIPS_AREA(all));
    g_object_unref(cubic);
    return result;
}

int CVipsShim_resize(VipsImage *image, CVipsShim_Span span, int width, int height,
                     VipsImage **out) {
    bool widens = span.width < width, heightens = span.height < height;
    if (widens || heightens) {
        // One side after the other where one grows and the other shrinks: first what leaves less.
        int first_width = widens ? image->Xsize : width;
        int first_height = heightens ? image->Ysize : height;
        if (first_width == image->Xsize && first_height == image->Ysize)
            return enlarge(image, width, height, out);
        CVipsShim_Span rest = {widens ? image->Xsize : span.width,
                               heightens ? image->Ysize : span.height, span.isMean};
        VipsImage *shrunk = NULL;
        int result = CVipsShim_resize(image, rest, first_width, first_height, &shrunk)
            || enlarge(shrunk, width, height, out) ? -1 : 0;
        VIPS_UNREF(shrunk);
        return result;
    }
    if ((image->BandFmt == VIPS_FORMAT_UCHAR && image->Bands <= 4)
        || image->BandFmt == VIPS_FORMAT_FLOAT)
        return shrink(image, span, width, height, out);
    VipsImage *exact = NULL, *shrunk = NULL, *whole = NULL;
    int result = vips_cast_float(image, &exact, NULL)
        || shrink(exact, span, width, height, &shrunk)
        || vips_rint(shrunk, &whole, NULL) || vips_cast(whole, out, image->BandFmt, NULL) ? -1 : 0;
    VIPS_UNREF(exact);
    VIPS_UNREF(shrunk);
    VIPS_UNREF(whole);
    return result;
}
