/* Gather by an index a row, and one-hot rows. Indices are whole numbers held as reals. */
#include <math.h>

#include "kernels/kernels.h"

/* The index as an integer, or -1 when it is NaN, not whole or outside 0..levels-1. */
static int64_t level_of(cgm_real index, int64_t levels)
{
    if (!(index >= 0 && index < (cgm_real)levels)) return -1;
    int64_t level = (int64_t)index;
    return (cgm_real)level == index && level < levels ? level : -1;
}

void cgm_kernel_gather(int64_t rows, int64_t levels, const cgm_real *x, const cgm_real *index, cgm_real *out)
{
    for (int64_t i = 0; i < rows; i++) {
        int64_t level = level_of(index[i], levels);
        out[i] = level < 0 ? (cgm_real)NAN : x[i * levels + level];
    }
}

void cgm_kernel_one_hot(int64_t rows, int64_t levels, const cgm_real *index, cgm_real *out)
{
    for (int64_t i = 0; i < rows; i++) {
        cgm_real *row = out + i * levels;
        for (int64_t j = 0; j < levels; j++) row[j] = 0;
        int64_t level = level_of(index[i], levels);
        if (level >= 0) row[level] = 1;
    }
}
