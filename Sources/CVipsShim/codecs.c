// AV1 by dav1d and HEVC by libde265, in this thread, from the bytes of one coded picture to planes.
// What the container says of it is read elsewhere, in a language that minds the ends of arrays.
#include "planes.h"
#include <dav1d/dav1d.h>
#include <errno.h>
#include <libde265/de265.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

static void keep(const uint8_t *bytes, void *cookie) { (void)bytes; (void)cookie; }

// What the file says of its size has been checked, and the picture is cut out of that.
static int check_size(const CVipsShim_Tile *tile, int width, int height) {
    if (tile->width >= width && tile->height >= height) return 0;
    vips_error("CVipsShim", "%d x %d pixels are coded where the file says %d x %d", tile->width,
               tile->height, width, height);
    return -1;
}

static int place_av1(CVipsShim_Planes *planes, const Dav1dPicture *picture, int width, int height,
                     int x, int y) {
    const Dav1dSequenceHeader *head = picture->seq_hdr;
    CVipsShim_Tile tile = {
        .width = picture->p.w, .height = picture->p.h, .depth = picture->p.bpc,
        .halfColumns = picture->p.layout == DAV1D_PIXEL_LAYOUT_I420
            || picture->p.layout == DAV1D_PIXEL_LAYOUT_I422,
        .halfRows = picture->p.layout == DAV1D_PIXEL_LAYOUT_I420,
        .isMonochrome = picture->p.layout == DAV1D_PIXEL_LAYOUT_I400,
        .plane = { picture->data[0], picture->data[1], picture->data[2] },
        .stride = { picture->stride[0], picture->stride[1], picture->stride[1] },
        .primaries = (int)head->pri, .transfer = (int)head->trc, .matrix = (int)head->mtrx,
        .isFullRange = head->color_range != 0,
    };
    return check_size(&tile, width, height) || CVipsShim_place(planes, &tile, x, y);
}

static int decode_av1(CVipsShim_Planes *planes, CVipsShim_Piece piece, int width, int height, int x,
                      int y) {
    Dav1dSettings settings;
    Dav1dContext *decoder = NULL;
    Dav1dData data = { 0 };
    Dav1dPicture picture = { 0 };
    dav1d_default_settings(&settings);
    settings.n_threads = settings.max_frame_delay = 1;
    settings.all_layers = 0;
    // What is larger than was said and checked is not begun.
    settings.frame_size_limit = (unsigned)VIPS_MIN((int64_t)width * height, UINT32_MAX);
    settings.logger.callback = NULL;
    if (dav1d_open(&decoder, &settings)
        || dav1d_data_wrap(&data, piece.start, piece.count, keep, NULL)) {
        vips_error("CVipsShim", "out of memory");
        if (decoder) dav1d_close(&decoder);
        return -1;
    }
    int result = DAV1D_ERR(EAGAIN);
    while (data.sz > 0 && result == DAV1D_ERR(EAGAIN)) {
        result = dav1d_send_data(decoder, &data);
        if (result == 0 || result == DAV1D_ERR(EAGAIN))
            result = dav1d_get_picture(decoder, &picture);
    }
    // What was kept back for the sake of a better layer.
    if (result == DAV1D_ERR(EAGAIN)) result = dav1d_get_picture(decoder, &picture);
    if (result) vips_error("CVipsShim", "the AV1 data does not decode");
    else result = place_av1(planes, &picture, width, height, x, y);
    dav1d_picture_unref(&picture);
    dav1d_data_unref(&data);
    dav1d_close(&decoder);
    return result ? -1 : 0;
}

typedef struct {
    int width, height;
} Bounds;

// Before the decoder has memory for a picture larger than was said and checked.
static int allocate(de265_decoder_context *decoder, struct de265_image_spec *spec,
                    struct de265_image *image, void *user) {
    const Bounds *bounds = user;
    if (spec->width > bounds->width || spec->height > bounds->height) return 0;
    return de265_get_default_image_allocation_functions()->get_buffer(decoder, spec, image, NULL);
}

static void let_go(de265_decoder_context *decoder, struct de265_image *image, void *user) {
    (void)user;
    de265_get_default_image_allocation_functions()->release_buffer(decoder, image, NULL);
}

static int place_hevc(CVipsShim_Planes *planes, const struct de265_image *image, int width,
                      int height, int x, int y) {
    enum de265_chroma chroma = de265_get_chroma_format(image);
    CVipsShim_Tile tile = {
        .width = de265_get_image_width(image, 0), .height = de265_get_image_height(image, 0),
        .depth = de265_get_bits_per_pixel(image, 0),
        .halfColumns = chroma == de265_chroma_420 || chroma == de265_chroma_422,
        .halfRows = chroma == de265_chroma_420, .isMonochrome = chroma == de265_chroma_mono,
        .primaries = de265_get_image_colour_primaries(image),
        .transfer = de265_get_image_transfer_characteristics(image),
        .matrix = de265_get_image_matrix_coefficients(image),
        .isFullRange = de265_get_image_full_range_flag(image) != 0,
    };
    for (int i = 0; i < (tile.isMonochrome ? 1 : CVipsShim_shown); i++) {
        int stride = 0;
        tile.plane[i] = de265_get_image_plane(image, i, &stride);
        tile.stride[i] = stride;
        if (de265_get_bits_per_pixel(image, i) != tile.depth) {
            vips_error("CVipsShim", "HEVC of two depths is not shown");
            return -1;
        }
    }
    return check_size(&tile, width, height) || CVipsShim_place(planes, &tile, x, y);
}

static int decode_hevc(CVipsShim_Planes *planes, const CVipsShim_Piece *pieces, int count,
                       int width, int height, int x, int y) {
    // Encoders fill up to whole blocks of 64.
    Bounds bounds = { (width + 127) & ~63, (height + 127) & ~63 };
    struct de265_image_allocation allocation = { allocate, let_go };
    de265_decoder_context *decoder = de265_new_decoder();
    if (!decoder) {
        vips_error("CVipsShim", "out of memory");
        return -1;
    }
    de265_set_image_allocation_functions(decoder, &allocation, &bounds);
    de265_error error = DE265_OK;
    for (int i = 0; i < count && de265_isOK(error); i++)
        error = de265_push_NAL(decoder, pieces[i].start, (int)pieces[i].count, 0, NULL);
    if (de265_isOK(error)) error = de265_flush_data(decoder);
    const struct de265_image *image = NULL;
    for (int more = 1; more && de265_isOK(error) && !image;) {
        error = de265_decode(decoder, &more);
        image = de265_get_next_picture(decoder);
    }
    int result = -1;
    if (image) result = place_hevc(planes, image, width, height, x, y) ? -1 : 0;
    else vips_error("CVipsShim", "the HEVC data does not decode");
    de265_free_decoder(decoder);
    return result;
}

int CVipsShim_decode_tile(CVipsShim_Planes *planes, int type, const CVipsShim_Piece *pieces,
                          int count, int width, int height, int x, int y) {
    if (type == CVipsShim_avif) return decode_av1(planes, pieces[0], width, height, x, y);
    return decode_hevc(planes, pieces, count, width, height, x, y);
}
