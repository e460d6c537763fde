/* The inside of an explanation. Internal to scm/explain/. */
#ifndef CGM_SCM_EXPLAIN_PRIV_H
#define CGM_SCM_EXPLAIN_PRIV_H

#include "scm/explain/method.h"
#include "scm/runs/run_priv.h"

/* The predictor that is asked: `context` of explain_task.ask. */
typedef struct explain_asked {
    cgm_predictor *predictor;
    int threads;
    const double *const *given;
    size_t n_scores;
    const double *weight;
    double *scores; /* room for [EXPLAIN_ROWS, scores] */
} explain_asked;
explain_ask_fn cgm_explain_ask;

typedef struct explaining {
    cgm_run *run;
    const cgm_explain_opts *opts;
    const explain_method *method;
    cgm_predictor *predictor;
    const cgm_variable *image, *attribute;
    double level;    /* NaN: none is asked for */
    cgm_arena arena; /* of all that is not the answer's */
    size_t n, *rows; /* images, and the rows of the data that they, or the given attributes, are of; or NULL */
    double **given;  /* [given attributes]: [n] */
    double *weight;  /* [n, scores] */
    size_t *score;   /* [n]: the one that is explained */
    predictor_response response;
    layer_response layer;
    explain_asked asked;
    explain_task task;
    size_t map_width; /* numbers of one map */
    cgm_explanation *out;
} explaining;

/* What is asked, with nothing left unsaid; CGM_E_ARG where it makes no sense (explain_plan.c). */
cgm_status cgm_explain_plan(explaining *e) CGM_CHECKED;
/* "explain digit by shap, ...". */
const char *cgm_explain_text(const explaining *e, cgm_arena *arena);
/* The maps with parameters drawn anew (cascade.c). */
cgm_status cgm_explain_cascade(explaining *e) CGM_CHECKED;
cgm_status cgm_explain_write(const explaining *e, const char *path) CGM_CHECKED;
cgm_status cgm_explain_draw(const explaining *e, const char *path) CGM_CHECKED;

#endif
