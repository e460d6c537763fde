/* How far a run is, read off its file alone, without its model and its data: so cheap that it can be asked again and
 * again while another process trains. A checkpoint replaces the file as a whole, so what is read is always one state.
 */
#ifndef CGM_SCM_GLANCE_H
#define CGM_SCM_GLANCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

typedef enum cgm_part_kind { CGM_PART_VARIABLE, CGM_PART_PREDICTOR, CGM_PART_TUNING } cgm_part_kind;

/* A metric's value at each step of a part, NaN where the step has none. */
typedef struct cgm_glance_series {
    const char *name;
    size_t n;
    const double *value; /* [n] */
} cgm_glance_series;

typedef struct cgm_glance_part {
    const char *name;
    cgm_part_kind kind;
    bool finished;
    uint64_t steps, done, total; /* steps made, 0: not begun; the rest in the mechanism's units */
    double seconds;              /* spent on it */
    size_t n_series;
    cgm_glance_series *series;
} cgm_glance_part;

typedef struct cgm_glance {
    cgm_arena arena;
    bool finished;  /* every part is */
    size_t n_parts; /* the variables in the config's order, then the predictors, then fine-tuning */
    cgm_glance_part *part;
} cgm_glance;

/* Reads the run file at `path`. Cleared with cgm_glance_clear. CGM_E_ARG when there is no file, CGM_E_FORMAT when it is
 * no run's. */
CGM_API cgm_status cgm_run_glance(const char *path, cgm_glance *out) CGM_CHECKED;
CGM_API void cgm_glance_clear(cgm_glance *glance);

#endif
