/* Arithmetic of extents, as kernels lay out memory and tasks with it. */
#ifndef CGM_KERNELS_SIZES_H
#define CGM_KERNELS_SIZES_H

#include <stdint.h>

static inline int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}
static inline int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}
/* Of a >= 0, b > 0. */
static inline int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}
/* To whole cache lines of floats. */
static inline int64_t round_up(int64_t n)
{
    return (n + 15) / 16 * 16;
}

#endif
