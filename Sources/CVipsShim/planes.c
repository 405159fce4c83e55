// Planes of luma and chroma into pixels of red, green and blue, where they are asked for: nothing
// but the planes is in memory at once. Colours between those that were kept are interpolated as
// libavif does it, alpha is beside them, and what was multiplied by alpha is divided by it.
#include "planes.h"
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

// The same sums on every processor.
#pragma STDC FP_CONTRACT OFF

CVipsShim_Planes *CVipsShim_new_planes(int width, int height) {
    CVipsShim_Planes *planes = g_new0(CVipsShim_Planes, 1);
    planes->width = width;
    planes->height = height;
    return planes;
}

void CVipsShim_free_planes(CVipsShim_Planes *planes) {
    for (int i = 0; planes && i < CVipsShim_shown; i++) free(planes->plane[i]);
    g_free(planes);
}

CVipsShim_Colours CVipsShim_coded_colours(const CVipsShim_Planes *planes) {
    return (CVipsShim_Colours){ planes->primaries, planes->transfer, planes->matrix,
                                planes->isFullRange };
}

static int begin(CVipsShim_Planes *planes, const CVipsShim_Tile *tile) {
    bool half_columns = tile->halfColumns, half_rows = tile->halfRows;
    planes->depth = tile->depth;
    planes->halfColumns = half_columns, planes->halfRows = half_rows;
    if (!tile->isMonochrome) {
        planes->columns = half_columns ? (planes->width + 1) / 2 : planes->width;
        planes->rows = half_rows ? (planes->height + 1) / 2 : planes->height;
    }
    planes->primaries = tile->primaries, planes->transfer = tile->transfer;
    planes->matrix = tile->matrix, planes->isFullRange = tile->isFullRange;
    for (int i = 0; i < (tile->isMonochrome ? 1 : CVipsShim_shown); i++) {
        size_t columns = (size_t)(i ? planes->columns : planes->width);
        size_t rows = (size_t)(i ? planes->rows : planes->height);
        planes->plane[i] = calloc(columns * rows, sizeof(uint16_t));
        if (planes->plane[i]) continue;
        vips_error("CVipsShim", "out of memory");
        return -1;
    }
    return 0;
}

static void copy_plane(uint16_t *to, int columns, int rows, const CVipsShim_Tile *tile, int index,
                       int tile_columns, int tile_rows, int x, int y) {
    int width = VIPS_MIN(tile_columns, columns - x), height = VIPS_MIN(tile_rows, rows - y);
    for (int row = 0; row < height; row++) {
        const uint8_t *from = (const uint8_t *)tile->plane[index] + row * tile->stride[index];
        uint16_t *line = to + (size_t)(y + row) * columns + x;
        if (tile->depth > 8) memcpy(line, from, (size_t)VIPS_MAX(0, width) * sizeof *line);
        else for (int i = 0; i < width; i++) line[i] = from[i];
    }
}

int CVipsShim_place(CVipsShim_Planes *planes, const CVipsShim_Tile *tile, int x, int y) {
    if (planes->depth == 0 && begin(planes, tile)) return -1;
    if (tile->depth != planes->depth || tile->isMonochrome != (planes->plane[1] == NULL)
        || tile->halfColumns != planes->halfColumns || tile->halfRows != planes->halfRows
        || tile->isFullRange != planes->isFullRange) {
        vips_error("CVipsShim", "the tiles of the picture are of different kinds");
        return -1;
    }
    copy_plane(planes->plane[0], planes->width, planes->height, tile, 0, tile->width, tile->height,
               x, y);
    if (tile->isMonochrome) return 0;
    int across = tile->halfColumns ? 2 : 1, down = tile->halfRows ? 2 : 1;
    for (int i = 1; i < CVipsShim_shown; i++)
        copy_plane(planes->plane[i], planes->columns, planes->rows, tile, i,
                   (tile->width + across - 1) / across, (tile->height + down - 1) / down,
                   x / across, y / down);
    return 0;
}

// How the numbers of planes become red, green and blue, each of 0…1: luma and chroma are first made
// 0…1 and -0.5…0.5.
typedef struct {
    CVipsShim_Planes *colour, *alpha;
    bool isPremultiplied, isDeep;
    enum { by_matrix, as_they_are, by_sums } kind;
    float lumaOffset, lumaScale, chromaOffset, chromaScale;
    float redOfCr, greenOfCb, greenOfCr, blueOfCb;
    float alphaOffset, alphaScale;
} Conversion;

static void free_conversion(VipsImage *image, void *conversion) {
    (void)image;
    CVipsShim_free_planes(((Conversion *)conversion)->colour);
    CVipsShim_free_planes(((Conversion *)conversion)->alpha);
    g_free(conversion);
}

// The row of chroma that lies nearest, and the one behind it: a quarter of that is mixed in.
typedef struct {
    const uint16_t *near, *far;
} Rows;

static Rows chroma_rows(const CVipsShim_Planes *planes, int index, int y) {
    int near = planes->halfRows ? y / 2 : y, far = near;
    if (planes->halfRows) far = VIPS_CLIP(0, y % 2 ? near + 1 : near - 1, planes->rows - 1);
    const uint16_t *plane = planes->plane[index];
    return (Rows){ plane + (size_t)near * planes->columns, plane + (size_t)far * planes->columns };
}

// Sixteenths.
static void chroma(float *out, const CVipsShim_Planes *planes, int index, int left, int y,
                   int width) {
    Rows rows = chroma_rows(planes, index, y);
    if (!planes->halfColumns) {
        for (int i = 0; i < width; i++)
            out[i] = 12 * rows.near[left + i] + 4 * rows.far[left + i];
        return;
    }
    for (int i = 0; i < width; i++) {
        int x = left + i, near = x / 2;
        int far = VIPS_CLIP(0, x % 2 ? near + 1 : near - 1, planes->columns - 1);
        out[i] = 9 * rows.near[near] + 3 * rows.near[far] + 3 * rows.far[near] + rows.far[far];
    }
}

typedef struct {
    float *red, *green, *blue, *alpha, *all;
} Line;

// Each of 0…1, or a little beyond.
static void convert(const Conversion *by, Line line, int left, int y, int width) {
    const CVipsShim_Planes *planes = by->colour;
    const uint16_t *luma = planes->plane[0] + (size_t)y * planes->width + left;
    for (int i = 0; i < width; i++) line.green[i] = (luma[i] - by->lumaOffset) * by->lumaScale;
    if (!planes->plane[1]) return;
    chroma(line.blue, planes, 1, left, y, width);
    chroma(line.red, planes, 2, left, y, width);
    for (int i = 0; i < width; i++) {
        float cb = (line.blue[i] - by->chromaOffset) * by->chromaScale;
        float cr = (line.red[i] - by->chromaOffset) * by->chromaScale;
        float grey = line.green[i];
        switch (by->kind) {
        case by_matrix:
            line.red[i] = grey + by->redOfCr * cr;
            line.green[i] = grey + by->greenOfCb * cb + by->greenOfCr * cr;
            line.blue[i] = grey + by->blueOfCb * cb;
            break;
        case as_they_are:
            line.red[i] = cr;
            line.blue[i] = cb;
            break;
        case by_sums:
            line.red[i] = grey - cb + cr;
            line.green[i] = grey + cb;
            line.blue[i] = grey - cb - cr;
            break;
        }
    }
}

// An alpha of another size is stretched.
static void convert_alpha(const Conversion *by, Line line, int left, int y, int width) {
    const CVipsShim_Planes *planes = by->alpha;
    int row = (int)((int64_t)y * planes->height / by->colour->height);
    const uint16_t *alpha = planes->plane[0] + (size_t)row * planes->width;
    for (int i = 0; i < width; i++) {
        int column = (int)((int64_t)(left + i) * planes->width / by->colour->width);
        float value = (alpha[column] - by->alphaOffset) * by->alphaScale;
        line.alpha[i] = VIPS_CLIP(0, value, 1);
    }
    if (!by->isPremultiplied) return;
    for (int i = 0; i < width; i++) {
        float factor = line.alpha[i] > 0 ? 1 / line.alpha[i] : 0;
        line.red[i] *= factor, line.green[i] *= factor, line.blue[i] *= factor;
    }
}

static void write_band(VipsPel *out, const float *band, int width, int bands, bool deep) {
    if (deep) {
        uint16_t *to = (uint16_t *)out;
        for (int i = 0; i < width; i++)
            to[i * bands] = (uint16_t)(VIPS_CLIP(0, band[i], 1) * 65535 + 0.5f);
        return;
    }
    for (int i = 0; i < width; i++)
        out[i * bands] = (VipsPel)(VIPS_CLIP(0, band[i], 1) * 255 + 0.5f);
}

static int generate(VipsRegion *region, void *sequence, void *image, void *conversion,
                    gboolean *stop) {
    (void)image; (void)stop;
    const Conversion *by = conversion;
    VipsRect area = region->valid;
    Line line = *(Line *)sequence;
    int bands = region->im->Bands, size = by->isDeep ? 2 : 1;
    bool grey = !by->colour->plane[1];
    for (int y = area.top; y < VIPS_RECT_BOTTOM(&area); y++) {
        convert(by, line, area.left, y, area.width);
        if (by->alpha) convert_alpha(by, line, area.left, y, area.width);
        VipsPel *out = VIPS_REGION_ADDR(region, area.left, y);
        if (grey) {
            write_band(out, line.green, area.width, bands, by->isDeep);
        } else {
            write_band(out, line.red, area.width, bands, by->isDeep);
            write_band(out + size, line.green, area.width, bands, by->isDeep);
            write_band(out + 2 * size, line.blue, area.width, bands, by->isDeep);
        }
        if (by->alpha)
            write_band(out + size * (bands - 1), line.alpha, area.width, bands, by->isDeep);
    }
    return 0;
}

static void *start(VipsImage *image, void *a, void *b) {
    (void)a; (void)b;
    Line *line = g_new(Line, 1);
    size_t width = (size_t)image->Xsize;
    line->all = g_new0(float, 4 * width);
    line->red = line->all, line->green = line->all + width;
    line->blue = line->all + 2 * width, line->alpha = line->all + 3 * width;
    return line;
}

static int stop(void *sequence, void *a, void *b) {
    (void)a; (void)b;
    g_free(((Line *)sequence)->all);
    g_free(sequence);
    return 0;
}

// Red's and blue's share of luma (H.273 table 4); those of primaries have been worked out before.
static int set_matrix(Conversion *by, CVipsShim_Colours colours, double red, double blue) {
    bool grey = !by->colour->plane[1];
    switch (grey ? 1 : colours.matrix) {
    case 0:
        by->kind = as_they_are;
        // These are no differences.
        by->chromaOffset = 16 * by->lumaOffset;
        by->chromaScale = by->lumaScale / 16;
        return 0;
    case 8: by->kind = by_sums; return 0;
    case 1: red = 0.2126, blue = 0.0722; break;
    case 4: red = 0.30, blue = 0.11; break;
    case 2: case 5: case 6: red = 0.299, blue = 0.114; break;
    case 7: red = 0.212, blue = 0.087; break;
    case 9: red = 0.2627, blue = 0.0593; break;
    case 12: break;
    default:
        vips_error("CVipsShim", "colours of matrix %d are not shown", colours.matrix);
        return -1;
    }
    double green = 1 - red - blue;
    by->kind = by_matrix;
    by->redOfCr = (float)(2 * (1 - red));
    by->blueOfCb = (float)(2 * (1 - blue));
    by->greenOfCb = (float)(-2 * (1 - blue) * blue / green);
    by->greenOfCr = (float)(-2 * (1 - red) * red / green);
    return 0;
}

static void set_ranges(Conversion *by, CVipsShim_Colours colours) {
    int unit = 1 << (by->colour->depth - 8), most = (1 << by->colour->depth) - 1;
    bool full = colours.isFullRange;
    by->lumaOffset = full ? 0 : 16 * unit;
    by->lumaScale = 1.0f / (full ? most : 219 * unit);
    by->chromaOffset = 16 * 128 * unit;
    by->chromaScale = 1.0f / (16 * (full ? most : 224 * unit));
    if (!by->alpha) return;
    unit = 1 << (by->alpha->depth - 8), most = (1 << by->alpha->depth) - 1;
    by->alphaOffset = by->alpha->isFullRange ? 0 : 16 * unit;
    by->alphaScale = 1.0f / (by->alpha->isFullRange ? most : 219 * unit);
}

int CVipsShim_show_planes(CVipsShim_Planes *colour, CVipsShim_Planes *alpha,
                          CVipsShim_Colours colours, double red, double blue,
                          bool isPremultiplied, VipsImage **out) {
    Conversion *by = g_new0(Conversion, 1);
    *by = (Conversion){ .colour = colour, .alpha = alpha, .isPremultiplied = isPremultiplied,
                        .isDeep = colour->depth > 8 };
    VipsImage *image = vips_image_new();
    g_signal_connect(image, "close", G_CALLBACK(free_conversion), by);
    set_ranges(by, colours);
    bool grey = !colour->plane[1];
    if (set_matrix(by, colours, red, blue)
        || vips_image_pipelinev(image, VIPS_DEMAND_STYLE_THINSTRIP, NULL)) {
        g_object_unref(image);
        return -1;
    }
    vips_image_init_fields(
        image, colour->width, colour->height, (grey ? 1 : 3) + (alpha ? 1 : 0),
        by->isDeep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR, VIPS_CODING_NONE,
        grey ? by->isDeep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W
             : by->isDeep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB,
        1, 1);
    if (vips_image_generate(image, start, generate, stop, by, by)) {
        g_object_unref(image);
        return -1;
    }
    *out = image;
    return 0;
}

int CVipsShim_open_planes(int width, int height, bool grey, bool alpha, bool isDeep,
                          VipsImage **out) {
    VipsImage *black = NULL, *deep = NULL;
    int result = vips_black(&black, width, height, "bands", (grey ? 1 : 3) + (alpha ? 1 : 0), NULL)
        || vips_cast(black, &deep, isDeep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR, NULL)
        || vips_copy(deep, out, "interpretation",
                     grey ? isDeep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W
                          : isDeep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB,
                     NULL)
        ? -1 : 0;
    VIPS_UNREF(black);
    VIPS_UNREF(deep);
    return result;
}
