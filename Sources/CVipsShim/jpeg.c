// JPEG by libjpeg itself, from bytes to pixels and back. What libvips makes of the same calls is
// the same to the bit, but it has them made by threads of its own that wait for each other at every
// few lines, and copies each line three times: more than a third of a small rendition's time.
#include "jpeg.h"
#include "CVipsShim.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>
#include <jerror.h>

typedef struct {
    struct jpeg_error_mgr manager;
    jmp_buf back;
} Errors;

static void fail(j_common_ptr info) {
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    vips_error("VipsJpeg", "%s", text);
    longjmp(((Errors *)info->err)->back, 1);
}

static void fail_on_warning(j_common_ptr info, int level) {
    if (level < 0) fail(info);
}

static void ignore_message(j_common_ptr info) { (void)info; }

static struct jpeg_error_mgr *handle(Errors *errors) {
    jpeg_std_error(&errors->manager);
    errors->manager.error_exit = fail;
    errors->manager.output_message = ignore_message;
    return &errors->manager;
}

static void begin_source(j_decompress_ptr info) { (void)info; }
static void end_source(j_decompress_ptr info) { (void)info; }

// All bytes were there from the start. jpeg_mem_src would make up an end.
static boolean fill_from_nothing(j_decompress_ptr info) {
    ERREXIT(info, JERR_INPUT_EOF);
    return FALSE;
}

static void skip(j_decompress_ptr info, long count) {
    if (count <= 0) return;
    if ((size_t)count > info->src->bytes_in_buffer) ERREXIT(info, JERR_INPUT_EOF);
    info->src->next_input_byte += count;
    info->src->bytes_in_buffer -= (size_t)count;
}

static int decode(const void *bytes, size_t count, int shrink, bool fails_on_warnings,
                  VipsImage *image) {
    struct jpeg_decompress_struct info = { 0 };
    Errors errors;
    info.err = handle(&errors);
    if (fails_on_warnings) info.err->emit_message = fail_on_warning;
    if (setjmp(errors.back)) {
        jpeg_destroy_decompress(&info);
        return -1;
    }
    jpeg_create_decompress(&info);
    struct jpeg_source_mgr source = {
        .next_input_byte = bytes, .bytes_in_buffer = count, .init_source = begin_source,
        .fill_input_buffer = fill_from_nothing, .skip_input_data = skip,
        .resync_to_restart = jpeg_resync_to_restart, .term_source = end_source,
    };
    info.src = &source;
    jpeg_read_header(&info, TRUE);
    info.scale_num = 1;
    info.scale_denom = (unsigned)shrink;
    jpeg_start_decompress(&info);
    if (info.output_components != image->Bands || (int)info.output_width < image->Xsize
        || (int)info.output_height < image->Ysize)
        ERREXIT(&info, JERR_CONVERSION_NOTIMPL);
    JSAMPARRAY row = info.mem->alloc_sarray((j_common_ptr)&info, JPOOL_IMAGE,
                                            info.output_width * (JDIMENSION)image->Bands, 1);
    for (int y = 0; info.output_scanline < info.output_height; y++) {
        jpeg_read_scanlines(&info, row, 1);
        if (y < image->Ysize)
            memcpy(VIPS_IMAGE_ADDR(image, 0, y), row[0], VIPS_IMAGE_SIZEOF_LINE(image));
    }
    jpeg_destroy_decompress(&info);
    return 0;
}

int CVipsShim_decode_jpeg(VipsImage *opened, const void *bytes, size_t count, int shrink,
                          bool failsOnWarnings, VipsImage **out) {
    VipsImage *image = vips_image_new_memory();
    int result = vips_image_pipelinev(image, VIPS_DEMAND_STYLE_ANY, opened, NULL);
    if (result == 0) {
        // libjpeg rounds up: the last column and row are of less than a whole pixel.
        image->Xsize = VIPS_MAX(1, opened->Xsize / shrink);
        image->Ysize = VIPS_MAX(1, opened->Ysize / shrink);
        result = vips_image_write_prepare(image)
            || decode(bytes, count, shrink, failsOnWarnings, image) ? -1 : 0;
    }
    if (result) g_object_unref(image);
    else *out = image;
    return result;
}

typedef struct {
    struct jpeg_destination_mgr manager;
    unsigned char *start;
    size_t capacity;
} File;

enum { first_capacity = 32 << 10 };

static void begin_file(j_compress_ptr info) { (void)info; }
static void end_file(j_compress_ptr info) { (void)info; }

// libjpeg's own memory loses what it holds when an error comes after it grew.
static boolean grow(j_compress_ptr info) {
    File *file = (File *)info->dest;
    size_t added = file->capacity ? file->capacity : first_capacity;
    unsigned char *larger = realloc(file->start, file->capacity + added);
    if (!larger) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
    file->start = larger;
    file->manager.next_output_byte = larger + file->capacity;
    file->manager.free_in_buffer = added;
    file->capacity += added;
    return TRUE;
}

static int encode(VipsRegion *pixels, int quality, bool progressive, bool full_chroma,
                  File *file) {
    struct jpeg_compress_struct info = { 0 };
    Errors errors;
    info.err = handle(&errors);
    if (setjmp(errors.back)) {
        jpeg_destroy_compress(&info);
        return -1;
    }
    jpeg_create_compress(&info);
    info.dest = &file->manager;
    grow(&info);
    info.image_width = (JDIMENSION)pixels->im->Xsize;
    info.image_height = (JDIMENSION)pixels->im->Ysize;
    info.input_components = pixels->im->Bands;
    info.in_color_space = pixels->im->Bands == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    info.optimize_coding = TRUE;
    info.write_JFIF_header = FALSE;
    if (progressive) jpeg_simple_progression(&info);
    if (full_chroma) info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        JSAMPROW row = VIPS_REGION_ADDR(pixels, 0, (int)info.next_scanline);
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    return 0;
}

int CVipsShim_encode_jpeg(VipsImage *image, int quality, bool progressive, bool full_chroma,
                          void **bytes, size_t *count) {
    File file = {
        .manager = { .init_destination = begin_file, .empty_output_buffer = grow,
                     .term_destination = end_file },
    };
    if (image->BandFmt != VIPS_FORMAT_UCHAR || (image->Bands != 1 && image->Bands != 3)) {
        vips_error("CVipsShim", "no JPEG of %d bands", image->Bands);
        return -1;
    }
    // Of what is in memory this is no copy.
    VipsRegion *pixels = vips_region_new(image);
    VipsRect all = { 0, 0, image->Xsize, image->Ysize };
    int result = vips_region_prepare(pixels, &all)
        || encode(pixels, quality, progressive, full_chroma, &file) ? -1 : 0;
    g_object_unref(pixels);
    if (result) {
        free(file.start);
        return -1;
    }
    *bytes = file.start;
    *count = file.capacity - file.manager.free_in_buffer;
    return 0;
}
