/* Which classes generated samples show, by the labels that a classifier reads off them. */
#ifndef CGM_METRICS_COVERAGE_H
#define CGM_METRICS_COVERAGE_H

#include "base/status.h"

/* Of one level. */
typedef struct cgm_level_count {
    size_t asked, found; /* samples that were to show it, and that show it */
    size_t right;        /* that were to and do */
} cgm_level_count;

/* A share of n cases with its standard error, sqrt(p (1 - p) / n); both NaN where n is 0. */
typedef struct cgm_share {
    double value, standard_error;
} cgm_share;
CGM_API cgm_share cgm_share_of(size_t part, size_t n);

typedef struct cgm_level_coverage {
    cgm_share as_asked; /* of the samples that show what they were to */
    size_t missing;     /* levels that no sample shows */
    double entropy;     /* of the levels shown, in nats, over log(levels): 1 where all are shown equally often */
} cgm_level_coverage;

/* asked and found: a level of each of n samples, 0..levels-1, levels at least 2; each [levels]. CGM_E_ARG for what is
 * no level, and for no samples. */
CGM_API cgm_status cgm_level_coverage_of(size_t n, int levels, const double *asked, const double *found,
                                         cgm_level_count *each, cgm_level_coverage *out) CGM_CHECKED;

#endif
