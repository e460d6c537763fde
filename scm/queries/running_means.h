/* Means of many numbers over rows, and over resamples of the rows, from one pass in which no row is kept: what
 * percentile intervals of a mean image are made of. Internal to scm/.
 *
 * A resample draws as many rows as there are, with replacement (Efron 1979). How often row i is in one is multinomial,
 * and a multinomial vector is a chain of binomials: given that `left` draws fell on none of the rows before, row i of n
 * has Binomial(left, 1 / (n - i)) of them. So the counts are made as the rows come by, and what is held is a sum for
 * each resample. */
#ifndef CGM_SCM_RUNNING_MEANS_H
#define CGM_SCM_RUNNING_MEANS_H

#include "base/arena.h"
#include "base/rng.h"

typedef struct scm_running_means {
    cgm_arena arena;
    size_t rows, done; /* that there are, and that have been added */
    size_t columns;    /* arrays of numbers that a row has */
    size_t width;      /* numbers in each */
    size_t resamples;
    cgm_rng rng;
    size_t *left; /* [resamples] */
    double *sum;  /* [resamples + 1, columns, width]; the last are of the rows themselves */
} scm_running_means;

/* For `rows` rows, at least 1. The counts depend on the rng and the rows' order, not on how rows are added. Cleared
 * with cgm_arena_clear(&means->arena). CGM_E_MEMORY. */
cgm_status cgm_scm_running_means_init(size_t rows, size_t columns, size_t width, size_t resamples, const cgm_rng *rng,
                                      scm_running_means *out) CGM_CHECKED;
/* Adds the next n rows: value[column] is [n, width]. */
cgm_status cgm_scm_running_means_add(scm_running_means *means, size_t n, const double *const *value,
                                     int threads) CGM_CHECKED;
/* When all rows have been added: number i of a column's mean over a resample, or (resample = resamples) over the rows
 * themselves. */
static inline double cgm_scm_running_mean(const scm_running_means *means, size_t resample, size_t column, size_t i)
{
    return means->sum[(resample * means->columns + column) * means->width + i] / (double)means->rows;
}

/* A draw from Binomial(n, p) by inversion of a uniform number u; n p about 1. */
size_t cgm_scm_binomial(size_t n, double p, double u);

#endif
