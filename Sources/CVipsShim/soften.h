#ifndef CVIPSSHIM_SOFTEN_H
#define CVIPSSHIM_SOFTEN_H
#include <stdbool.h>
#include <stdint.h>

// A byte of 255 is `CVipsShim_white` here.
enum { CVipsShim_white = 255 * 255 };

// Blurs lines of `width` times `bands` numbers up to white, in place; false: out of memory. What
// lies beyond an end is like the end.
bool CVipsShim_soften(uint16_t *_Nonnull plane, int width, int height, int bands, double sigma);
#endif
