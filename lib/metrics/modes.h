/* Which modes of a law samples find: modes are the classes of labelled rows, each a ball around its mean. */
#ifndef CGM_METRICS_MODES_H
#define CGM_METRICS_MODES_H

#include "base/status.h"

typedef struct cgm_modes cgm_modes;

/* Learns from n rows [n, width] with labels 0..levels-1, [n]: each class's mean, and the standard deviation of a
 * coordinate about it, the same for all. CGM_E_ARG when a class has no row. */
CGM_API cgm_status cgm_modes_create(size_t n, size_t width, const double *rows, const double *labels, int levels,
                                    cgm_modes **out) CGM_CHECKED;
CGM_API void cgm_modes_destroy(cgm_modes *modes);
/* Counts n samples, [n, width]. */
CGM_API void cgm_modes_count(cgm_modes *modes, size_t n, const double *samples);

/* Of all samples counted. */
typedef struct cgm_mode_coverage {
    size_t modes, covered; /* covered: near are at least a tenth of the samples that are its share of the rows */
    double near;           /* share of the samples within 3 standard deviations of a mean */
} cgm_mode_coverage;
CGM_API cgm_mode_coverage cgm_modes_coverage(const cgm_modes *modes);

#endif
