#include "CVipsShim.h"
#include <math.h>

// ThumbHash takes pictures of at most so many pixels a side, and so many frequencies.
enum { longest_side = 100, most_columns = 8 };

static double wave(int frequency, int place, int count) {
    return cos(M_PI / count * frequency * (place + 0.5));
}

void CVipsShim_spectrum(const double *plane, int width, int height, int columns, int rows,
                        double *out) {
    double across[longest_side][most_columns];
    for (int x = 0; x < width; x++)
        for (int column = 0; column < most_columns; column++)
            across[x][column] = wave(column, x, width);
    for (int row = 0; row < rows; row++) {
        // A row's frequencies side by side; each sum is in the order of the pixels.
        double sums[most_columns] = { 0 };
        for (int y = 0; y < height; y++) {
            double down = wave(row, y, height);
            for (int x = 0; x < width; x++)
                for (int column = 0; column < most_columns; column++)
                    sums[column] += plane[x + y * width] * across[x][column] * down;
        }
        for (int column = 0; column < columns; column++)
            out[row * columns + column] = sums[column] / (width * height);
    }
}
