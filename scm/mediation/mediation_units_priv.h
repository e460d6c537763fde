/* The inside of unit effects. Internal. */
#ifndef CGM_SCM_MEDIATION_UNITS_PRIV_H
#define CGM_SCM_MEDIATION_UNITS_PRIV_H

#include "scm/mediation/mediation_priv.h"
#include "scm/mediation/mediation_units.h"
#include "scm/queries/running_means.h"

enum { UNIT_MOST_WORLDS = 8 }; /* of a plan */

/* What is held of the first rows. */
typedef struct unit_kept {
    size_t n;
    double *factual;   /* the outcome as it was, [n, width] */
    double **outcome;  /* [worlds]: the outcome there */
    double **effect;   /* [effects] */
    const char **text; /* [2, n]: the scalar variables as they were, and under the treatment, "thickness 3\nage 40" */
} unit_kept;

struct cgm_unit_effects {
    cgm_run *run;
    cgm_arena arena; /* rows and all that is held */
    size_t n, *rows; /* of the data set */
    mediation_plan plan;
    double *own;             /* [batch]: what the treatment is in the batch's rows, where that is the control */
    cgm_mediation_opts opts; /* its texts are the caller's */
    const char *text;        /* the question, for files */
    scm_worlds worlds;       /* of a batch; base: factual */
    const cgm_variable *outcome;
    size_t width;
    double **effect; /* [effects]: of the batch, [n, width] */
    unit_kept kept;
    scm_running_means means;
    cgm_unit_mean *mean; /* [effects] */
};

/* The picture's name of an effect, "NDE(0)", the file's, "direct", and what it is, "Y(t1, M(t0)) - Y(t0, M(t0))". */
typedef struct unit_effect_name {
    const char *name, *file, *formula;
} unit_effect_name;
const unit_effect_name *cgm_unit_effect_name(const cgm_unit_effects *u, size_t k);

/* Means and intervals from the sums over all rows. */
cgm_status cgm_unit_average(cgm_unit_effects *u) CGM_CHECKED;

/* The file: the question, before the first batch; the batch that is in the worlds; the means. Whoever begins it commits
 * or closes it. */
cgm_status cgm_unit_file_begin(const cgm_unit_effects *u, const char *path, cgm_file **out) CGM_CHECKED;
cgm_status cgm_unit_file_add(const cgm_unit_effects *u, cgm_file *file) CGM_CHECKED;
cgm_status cgm_unit_file_end(const cgm_unit_effects *u, cgm_file *file) CGM_CHECKED;

#endif
