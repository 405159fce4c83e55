#pragma once
#include "container.h"
#include <vips/vips.h>

/// The first frame, the right way up, in memory; or only what its head says, without pixels.
int CVipsShim_read_jxl(const void *bytes, size_t count, bool only_head, VipsImage **out);
/// Of an image of bytes, grey or of three colours, with or without alpha, with its profile and XMP;
/// freed with g_free.
int CVipsShim_write_jxl(VipsImage *image, int quality, int effort, CVipsShim_Beside beside,
                        void **bytes, size_t *count);
