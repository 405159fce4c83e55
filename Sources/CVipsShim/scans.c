#include "CVipsShim.h"
#include <string.h>

size_t CVipsShim_count_scans(const void *bytes, size_t count) {
    const uint8_t *at = bytes, *end = at + count;
    size_t scans = 0;
    // Between segments, as in the data of a scan, all else is passed over, as libjpeg does.
    while (at < end && (at = memchr(at, 0xFF, (size_t)(end - at))) && end - at >= 2) {
        uint8_t marker = at[1];
        if (marker == 0xFF) {  // Filling.
            at++;
            continue;
        }
        at += 2;
        // A byte of data, or a mark that stands alone.
        if (marker <= 0x01 || (marker >= 0xD0 && marker <= 0xD8)) continue;
        if (marker == 0xD9) break;
        // Each that is kept is hung behind all others.
        bool is_kept = (marker & 0xF0) == 0xE0 || marker == 0xFE;
        if (marker == 0xDA || (scans && is_kept)) scans++;
        if (end - at < 2) break;
        size_t length = (size_t)at[0] << 8 | at[1];
        if (length > (size_t)(end - at)) break;
        at += length;
    }
    return scans;
}
