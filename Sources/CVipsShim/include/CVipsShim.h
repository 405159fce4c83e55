// The dozen libvips calls that the worker makes. In C because Swift can not call variadics, and
// annotated so that the borders are typed. Calls that return int give 0, or -1 and the reason in
// CVipsShim_error(). An image handed out through `out` is the caller's to release.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct _VipsImage VipsImage;

// Raw values of WorkerLink.ImageType.
enum {
    CVipsShim_jpeg = 1, CVipsShim_png, CVipsShim_webp, CVipsShim_gif, CVipsShim_avif,
    CVipsShim_heic, CVipsShim_tiff, CVipsShim_jxl,
};

enum { CVipsShim_unsignedByte, CVipsShim_unsignedShort, CVipsShim_otherNumber };

enum {
    CVipsShim_colourOther, CVipsShim_colourGrey, CVipsShim_colourSRGB, CVipsShim_colourCMYK,
    CVipsShim_colourLab, CVipsShim_colourGrey16, CVipsShim_colourRGB16,
};

typedef struct {
    int width, height, bands;
    int number;  // CVipsShim_unsignedByte …
    int colour;  // CVipsShim_colourGrey …
    bool hasAlpha;
} CVipsShim_Layout;

typedef struct {
    int shrink;        // JPEG: 1, 2, 4 or 8.
    double scale;      // WebP: at most 1.
    bool allFrames;    // GIF, WebP: stacked into one tall picture.
    bool sequential;   // The pixels are asked for once, from top to bottom.
    bool failsOnWarnings;
    bool onlyHead;     // JPEG XL: the others' pixels come when they are asked for.
} CVipsShim_LoadOptions;

/// What of an image is the whole picture, from the top left corner, in pixels of the image:
/// decoders that shrink leave out or fill up the last one, which a resize that takes the image for
/// the whole would turn into a shift.
typedef struct {
    double width, height;
    bool isMean;  // Its pixels are means of the original's: a resize makes up for what that damps.
} CVipsShim_Span;

typedef struct {
    int quality, effort;
    bool fullChroma;
    bool isMaster;     // For our own decoder: JPEG in one scan, WebP without loss and at once.
} CVipsShim_SaveOptions;

/// libvips for one job at a time: one thread, no operation cache, no foreign format but those
/// above, only the modules these need, no messages.
int CVipsShim_start(void);
/// Name and version of each library that can change a pixel, separated by blanks.
const char *CVipsShim_versions(void);

const char *CVipsShim_error(void);
void CVipsShim_clear_error(void);

/// `bytes` must outlive the image and everything made from it.
int CVipsShim_load(int type, const void *bytes, size_t count, CVipsShim_LoadOptions options,
                   VipsImage *_Nullable *_Nonnull out);
typedef struct CVipsShim_Planes CVipsShim_Planes;

typedef struct {
    const void *start;
    size_t count;
} CVipsShim_Piece;

/// By the numbers of ITU-T H.273.
typedef struct {
    int primaries, transfer, matrix;
    bool isFullRange;
} CVipsShim_Colours;

/// For one picture of AVIF or HEIC, or for its alpha: no memory is taken before something is
/// decoded.
CVipsShim_Planes *CVipsShim_new_planes(int width, int height);
void CVipsShim_free_planes(CVipsShim_Planes *_Nullable planes);
/// Decodes a picture of `width` x `height` into its place: AV1 is one piece, HEVC one for each
/// unit.
int CVipsShim_decode_tile(CVipsShim_Planes *planes, int type, const CVipsShim_Piece *pieces,
                          int count, int width, int height, int x, int y);
/// What the coded picture itself says of its colours.
CVipsShim_Colours CVipsShim_coded_colours(const CVipsShim_Planes *planes);
/// Pixels that come when they are asked for, of planes that something was decoded into; these
/// belong to the image then, also if it fails. `red` and `blue` are their shares of luma where the
/// matrix is that of the primaries.
int CVipsShim_show_planes(CVipsShim_Planes *colour, CVipsShim_Planes *_Nullable alpha,
                          CVipsShim_Colours colours, double red, double blue, bool isPremultiplied,
                          VipsImage *_Nullable *_Nonnull out);
/// What CVipsShim_show_planes will be like, without its pixels.
int CVipsShim_open_planes(int width, int height, bool grey, bool alpha, bool isDeep,
                          VipsImage *_Nullable *_Nonnull out);
/// All pixels of a JPEG, divided by `shrink`, in memory, with the fields of `opened`, which is what
/// CVipsShim_load made of the same bytes; grey or sRGB only.
int CVipsShim_decode_jpeg(VipsImage *opened, const void *bytes, size_t count, int shrink,
                          bool failsOnWarnings, VipsImage *_Nullable *_Nonnull out);
/// Of a JPEG, by their marks (ITU-T T.81 §B.1), with what segments of applications and comments
/// stand behind the first of them: none of its data is decoded.
size_t CVipsShim_count_scans(const void *bytes, size_t count);
/// Zeroes: of grey or sRGB, with or without alpha.
int CVipsShim_plain(int width, int height, int colour, bool alpha,
                    VipsImage *_Nullable *_Nonnull out);
void CVipsShim_retain(VipsImage *image);
void CVipsShim_release(VipsImage *image);

CVipsShim_Layout CVipsShim_layout(VipsImage *image);
/// Of a TIFF's own field, 1…8.
int CVipsShim_orientation(VipsImage *image);
/// `fallback` where the field is missing or no number.
int CVipsShim_integer(VipsImage *image, const char *name, int fallback);
const void *_Nullable CVipsShim_blob(VipsImage *image, const char *name, size_t *count);
/// NULL where it is missing; lives as long as the image.
const int *_Nullable CVipsShim_integers(VipsImage *image, const char *name, int *count);
/// A view of the same pixels that carries no field: what is set on it is set on nothing else.
int CVipsShim_forget_metadata(VipsImage *image, VipsImage *_Nullable *_Nonnull out);
/// The name of the field that marks an image as being in Display P3, without a profile.
#define CVipsShim_p3 "pollex-p3"
int CVipsShim_set_profile_aside(VipsImage *image, VipsImage *_Nullable *_Nonnull out);
/// Only on an image that CVipsShim_forget_metadata made.
int CVipsShim_embed_p3(VipsImage *image);
/// A view of the same pixels with this profile, or without any.
int CVipsShim_with_profile(VipsImage *image, const void *_Nullable profile, size_t count,
                           VipsImage *_Nullable *_Nonnull out);
void CVipsShim_set_blob(VipsImage *image, const char *name, const void *bytes, size_t count);
void CVipsShim_set_integer(VipsImage *image, const char *name, int value);
void CVipsShim_set_integers(VipsImage *image, const char *name, const int *values, int count);

/// Lanczos3. The result is in memory, unless it is larger than the image.
int CVipsShim_resize(VipsImage *image, CVipsShim_Span span, int width, int height,
                     VipsImage *_Nullable *_Nonnull out);
int CVipsShim_copy_memory(VipsImage *image, VipsImage *_Nullable *_Nonnull out);
/// The mean of what lies in each of `width` times `height` equal parts of an image of bytes in
/// memory, which has at least as many pixels each way: red, green, blue and straight alpha, row by
/// row.
int CVipsShim_means(VipsImage *image, int width, int height, uint8_t *out);
/// The lowest frequencies of a plane's cosine transform (type II), row by row, each a mean over the
/// plane: sides up to 100, `columns` and `rows` up to 8.
void CVipsShim_spectrum(const double *plane, int width, int height, int columns, int rows,
                        double *out);
/// Every pixel, once, in order; they go nowhere.
int CVipsShim_compute(VipsImage *image);
/// Of all pixels.
size_t CVipsShim_byte_count(VipsImage *image);
int CVipsShim_crop(VipsImage *image, int x, int y, int width, int height,
                   VipsImage *_Nullable *_Nonnull out);
/// Where the part of this size begins that catches the eye.
int CVipsShim_find_attention(VipsImage *image, int width, int height, int *x, int *y);
/// Where the one begins that has most detail; of bytes in memory.
int CVipsShim_find_entropy(VipsImage *image, int width, int height, int *x, int *y);
int CVipsShim_embed(VipsImage *image, int x, int y, int width, int height, const double *background,
                    int bands, VipsImage *_Nullable *_Nonnull out);
/// Clockwise, 1…3 quarters.
int CVipsShim_rotate(VipsImage *image, int quarters, VipsImage *_Nullable *_Nonnull out);
int CVipsShim_mirror(VipsImage *image, bool topBottom, VipsImage *_Nullable *_Nonnull out);
int CVipsShim_flatten(VipsImage *image, const double *background, int bands,
                      VipsImage *_Nullable *_Nonnull out);
int CVipsShim_add_alpha(VipsImage *image, VipsImage *_Nullable *_Nonnull out);
int CVipsShim_premultiply(VipsImage *image, VipsImage *_Nullable *_Nonnull out);
/// Back to straight alpha, and to 8 bits or to none.
int CVipsShim_unpremultiply(VipsImage *image, bool toBytes, VipsImage *_Nullable *_Nonnull out);
/// To scRGB, with alpha up to 255.
int CVipsShim_linearize(VipsImage *image, VipsImage *_Nullable *_Nonnull out);
/// Bands of rows from all over a picture in memory, one below the other: an eighth of it, or 64
/// rows.
int CVipsShim_sample(VipsImage *image, VipsImage *_Nullable *_Nonnull out);
/// Of bytes in memory, colours weighed by their alpha, at a cost that does not grow with sigma.
int CVipsShim_blur(VipsImage *image, double sigma, VipsImage *_Nullable *_Nonnull out);
/// The same of luma, so that colours stay.
int CVipsShim_sharpen(VipsImage *image, double sigma, VipsImage *_Nullable *_Nonnull out);
/// Whether an embedded profile is one for pictures of this kind.
bool CVipsShim_profile_fits(VipsImage *image);
/// By the embedded profile, or for CMYK without one by the built-in one; 8 bits. The intent is
/// perceptual or relative colorimetric.
int CVipsShim_profile_to_srgb(VipsImage *image, bool perceptual,
                              VipsImage *_Nullable *_Nonnull out);
/// By the colour space alone: sRGB, or grey where the picture has no colour; 8 bits.
int CVipsShim_to_display(VipsImage *image, bool grey, VipsImage *_Nullable *_Nonnull out);
/// Of samples of another kind than bytes and 16 bits without a sign: those of floating point
/// between 0 and 1, of whole numbers between the least and the most.
int CVipsShim_to_whole_numbers(VipsImage *image, VipsImage *_Nullable *_Nonnull out);
/// The box of all pixels that differ from the top left one by more than `threshold` of 255 in any
/// channel, colours as far as alpha lets them be seen; 0 wide where none does. Of bytes, in memory.
int CVipsShim_find_trim(VipsImage *image, int threshold, int *x, int *y, int *width, int *height);
/// Whether every pixel of the last band is 255; of bytes, in memory.
int CVipsShim_is_opaque(VipsImage *image, bool *opaque);
/// The last band, which is alpha, times `opacity`.
int CVipsShim_fade(VipsImage *image, double opacity, VipsImage *_Nullable *_Nonnull out);
int CVipsShim_tile(VipsImage *image, int across, int down, VipsImage *_Nullable *_Nonnull out);
/// `mark`, sRGB with alpha, over `image`, sRGB with or without: the result is as `image` is.
int CVipsShim_cover(VipsImage *image, VipsImage *mark, int x, int y,
                    VipsImage *_Nullable *_Nonnull out);
/// Mean SSIM of luma over windows of 8 x 8 pixels, of two pictures of one size, of bytes, in
/// memory. Whole numbers up to the last step: the same everywhere.
int CVipsShim_similarity(VipsImage *one, VipsImage *other, double *similarity);
/// `images` from top to bottom.
int CVipsShim_stack(VipsImage *_Nullable *_Nonnull images, int count,
                    VipsImage *_Nullable *_Nonnull out);

/// The name of the field whose bytes become the EXIF of a JPEG or WebP.
#define CVipsShim_exif "pollex-exif"
/// The names of the fields that hold what an original's EXIF says of these.
#define CVipsShim_artist "pollex-artist"
#define CVipsShim_copyright "pollex-copyright"
/// The name of the field that becomes the XMP of every format that has it.
#define CVipsShim_xmp "xmp-data"
/// Into memory that CVipsShim_free takes back. Formats: raw values of Rendition.OutputFormat.
int CVipsShim_save(VipsImage *image, int format, CVipsShim_SaveOptions options,
                   void *_Nullable *_Nonnull bytes, size_t *count);
void CVipsShim_free(void *_Nullable bytes);
/// Of the name and content of a PNG's chunk (PNG 3rd edition, annex D), bit by bit: for small ones.
uint32_t CVipsShim_png_checksum(const uint8_t *bytes, size_t count);

#pragma clang assume_nonnull end
