#pragma once
#include "CVipsShim.h"

enum { CVipsShim_shown = 3 };

/// What decoders make: up to three planes of 16-bit numbers, of which the second and third may have
/// half the columns and rows.
struct CVipsShim_Planes {
    int width, height;       // Of the first plane.
    int columns, rows;       // Of the others; 0 where there are none.
    bool halfColumns, halfRows;
    int depth;               // Bits; 0 until something was decoded.
    int primaries, transfer, matrix;
    bool isFullRange;
    uint16_t *plane[CVipsShim_shown];
};

/// What one decoder gave for one tile: rows of bytes or of 16-bit numbers.
typedef struct {
    int width, height, depth;
    bool halfColumns, halfRows, isMonochrome;
    const void *plane[CVipsShim_shown];
    ptrdiff_t stride[CVipsShim_shown];
    int primaries, transfer, matrix;
    bool isFullRange;
} CVipsShim_Tile;

/// Puts a tile into its place; what lies beyond the planes is left out.
int CVipsShim_place(CVipsShim_Planes *planes, const CVipsShim_Tile *tile, int x, int y);
