/* What a predictor reads off a data set's images, and what it should have read. Internal to scm/. */
#ifndef CGM_SCM_PREDICTOR_READINGS_H
#define CGM_SCM_PREDICTOR_READINGS_H

#include "scm/predictors/predictor_priv.h"

/* Zero-initialise; the arena is the caller's to clear, whatever the status was. */
typedef struct predictor_readings {
    cgm_arena arena;
    size_t n;
    double *law, *value, *truth; /* [n, cgm_predictor_outputs], what is read of each, [n], and the attribute, [n] */
} predictor_readings;

cgm_status cgm_predictor_read_rows(cgm_predictor *p, const cgm_dataset *data, int threads, size_t n, const size_t *rows,
                                   predictor_readings *out) CGM_CHECKED;

#endif
