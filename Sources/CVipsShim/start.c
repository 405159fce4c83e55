#include "CVipsShim.h"
#include <dlfcn.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

static void ignore_message(const gchar *domain, GLogLevelFlags level, const gchar *text,
                           gpointer data) {
    (void)domain; (void)level; (void)text; (void)data;
}

int CVipsShim_start(void) {
    g_log_set_default_handler(ignore_message, NULL);
    // One job at a time needs one heap; giving back part of a second one is where glibc would read
    // a file of /proc.
    mallopt(M_ARENA_MAX, 1);
    // What a step frees the next one takes: given back to the kernel in between, it would be zeroed
    // and mapped anew, page by page.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    // vips_init looks for modules below this prefix: there are none, so it opens none.
    if (setenv("VIPSHOME", "/nonexistent", 1)) return -1;
    // A picture that is needed whole stays in memory: there will be no file to put it into.
    if (setenv("VIPS_DISC_THRESHOLD", "1000g", 1)) return -1;
    if (vips_init("pollex-worker")) return -1;
    unsetenv("VIPSHOME");
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_cache_set_max_mem(0);
    vips_cache_set_max_files(0);
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    static const char *const allowed[] = {
        "VipsForeignLoadJpegBuffer", "VipsForeignLoadPngBuffer", "VipsForeignLoadWebpBuffer",
        "VipsForeignLoadNsgifBuffer", "VipsForeignLoadTiffBuffer",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(allowed); i++)
        if (g_type_from_name(allowed[i])) vips_operation_block_set(allowed[i], FALSE);
    return 0;
}

// The libraries are reached through libvips: asked by symbol, so that none is linked for its
// number.
static int number(const char *symbol) {
    int (*ask)(void);
    void *found = dlsym(RTLD_DEFAULT, symbol);
    if (!found) return 0;
    memcpy(&ask, &found, sizeof ask);
    return ask();
}

static const char *text(const char *symbol) {
    const char *(*ask)(void);
    void *found = dlsym(RTLD_DEFAULT, symbol);
    if (!found) return "none";
    memcpy(&ask, &found, sizeof ask);
    return ask();
}

// For libraries that do not tell their version: the name of the file they lie in.
static void file_name(const char *symbol, char *name, size_t capacity) {
    Dl_info library;
    char path[PATH_MAX];
    void *found = dlsym(RTLD_DEFAULT, symbol);
    bool known = found && dladdr(found, &library) && library.dli_fname
        && realpath(library.dli_fname, path);
    const char *slash = known ? strrchr(path, '/') : NULL;
    snprintf(name, capacity, "%s", slash ? slash + 1 : "none");
}

const char *CVipsShim_versions(void) {
    static char versions[512];
    char jpeg[64], gif[64];
    file_name("jpeg_CreateCompress", jpeg, sizeof jpeg);
    file_name("cgif_newgif", gif, sizeof gif);
    snprintf(versions, sizeof versions,
             "vips %s jpeg %s png %d webp %x/%x aom %s dav1d %s de265 %s lcms %d cgif %s "
             "jxl %d",
             vips_version_string(), jpeg, number("png_access_version_number"),
             (unsigned)number("WebPGetDecoderVersion"), (unsigned)number("WebPGetEncoderVersion"),
             text("aom_codec_version_str"), text("dav1d_version"),
             text("de265_get_version"),
             number("cmsGetEncodedCMMversion"), gif, number("JxlEncoderVersion"));
    return versions;
}

const char *CVipsShim_error(void) { return vips_error_buffer(); }
void CVipsShim_clear_error(void) { vips_error_clear(); }
