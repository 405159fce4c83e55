#include "CVipsShim.h"
#include <string.h>
#include <vips/vips.h>

// As high as two of the largest blocks that encoders choose for small pictures.
enum { band = 32, least_bands = 2, share = 8 };

int CVipsShim_sample(VipsImage *image, VipsImage **out) {
    int bands = VIPS_MAX(least_bands, image->Ysize / (band * share));
    int rows = bands * band;
    if (rows >= image->Ysize) return vips_copy(image, out, NULL);
    VipsImage *made = vips_image_new_memory();
    int result = vips_image_wio_input(image)
        || vips_image_pipelinev(made, VIPS_DEMAND_STYLE_ANY, image, NULL) ? -1 : 0;
    if (result == 0) {
        made->Ysize = rows;
        result = vips_image_write_prepare(made);
    }
    for (int y = 0; y < rows && result == 0; y++) {
        int first = (image->Ysize - band) * (y / band) / (bands - 1);
        memcpy(VIPS_IMAGE_ADDR(made, 0, y), VIPS_IMAGE_ADDR(image, 0, first + y % band),
               VIPS_IMAGE_SIZEOF_LINE(made));
    }
    if (result) g_object_unref(made);
    else *out = made;
    return result;
}
