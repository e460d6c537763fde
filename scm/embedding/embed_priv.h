/* The inside of showing rows as points. Internal. */
#ifndef CGM_SCM_EMBED_PRIV_H
#define CGM_SCM_EMBED_PRIV_H

#include "scm/embedding/embed.h"
#include "scm/runs/run_priv.h"

typedef struct embedding {
    cgm_run *run;
    const cgm_embed_opts *opts;
    cgm_embed_report *out;
    cgm_arena arena;
    cgm_predictor *predictor;   /* whose features they are; else NULL */
    size_t node;                /* of the model, if they are no features */
    bool latent;                /* the node is published by a mechanism */
    const char *of;             /* what it is called */
    size_t width;               /* numbers a row */
    const cgm_variable *colour; /* of the data, or NULL */
    size_t n, *row;
    double *x;     /* [n, width] */
    double *point; /* [n, 2], in the report's arena, as is value */
    double *value; /* [n], or NULL */
} embedding;

/* ---- The question (embed_plan.c) ---- */

cgm_status cgm_embed_plan(embedding *e) CGM_CHECKED;

/* ---- The rows (embed_rows.c) ---- */

cgm_status cgm_embed_read(embedding *e) CGM_CHECKED;

/* ---- What comes out (embed_output.c) ---- */

cgm_status cgm_embed_write(const embedding *e, const char *path) CGM_CHECKED;
cgm_status cgm_embed_draw(const embedding *e, const char *path) CGM_CHECKED;

#endif
