/* The inside of measuring how like the data a model's images are. Internal. */
#ifndef CGM_SCM_REALISM_PRIV_H
#define CGM_SCM_REALISM_PRIV_H

#include "scm/predictors/predictor.h"
#include "scm/runs/run_priv.h"
#include "scm/soundness/realism.h"

/* Images with what they are to show, and what a predictor makes of them. */
typedef struct realism_set {
    size_t n;
    double *images;   /* [n, C H W] */
    double *asked;    /* [n]: the predictor's attribute */
    double **given;   /* [given attributes]: [n] */
    double *features; /* [n, width] */
    double *shown;    /* [n]: what the predictor reads */
    size_t *unit;     /* [n]: the row of the data that the image, or its parents, are of; of samples with the model's
                         parents a number of their own */
} realism_set;

typedef struct realism {
    cgm_run *run;
    const cgm_realism_opts *opts;
    cgm_predictor *predictor;
    size_t image; /* index of the variable in the model */
    const cgm_variable *image_variable, *attribute;
    size_t n_given;
    const cgm_variable *const *given;
    bool asks;              /* the samples are asked for the attribute */
    cgm_query query;        /* what is sampled */
    size_t n_test, n_train; /* images */
    size_t *test_row;       /* [n_test], of the data set */
    cgm_rng rng;            /* split by what is drawn */
    cgm_arena arena;        /* all of the above, and the sets */
    realism_set samples, test, train;
    cgm_realism *out;
} realism;

/* ---- What is sampled (realism_plan.c) ---- */

/* How many images there will be; CGM_E_ARG for too few. */
cgm_status cgm_realism_count(realism *r) CGM_CHECKED;
/* Chooses the test rows, and says what is to be sampled under which parents. CGM_E_ARG for an intervention that would
 * do nothing. */
cgm_status cgm_realism_plan(realism *r) CGM_CHECKED;
/* The first n rows of the split in a random order, [n], of the data set. */
cgm_status cgm_realism_choose(realism *r, cgm_split split, size_t n, size_t **out) CGM_CHECKED;

/* ---- The sets (realism_sets.c) ---- */

cgm_status cgm_realism_draw(realism *r) CGM_CHECKED;
cgm_status cgm_realism_read(realism *r) CGM_CHECKED;

/* ---- The measures (realism_measures.c), and the sheet (realism_sheet.c) ---- */

cgm_status cgm_realism_measure(realism *r) CGM_CHECKED;
cgm_status cgm_realism_draw_sheet(const realism *r, const char *path) CGM_CHECKED;

#endif
