/* The inside of attacks on a run's predictors. Internal. */
#ifndef CGM_SCM_ATTACK_PRIV_H
#define CGM_SCM_ATTACK_PRIV_H

#include "scm/attacks/attack.h"
#include "scm/attacks/method.h"
#include "scm/predictors/response.h"
#include "scm/runs/run_priv.h"

/* A predictor with what it is given of each image. */
typedef struct attack_reader {
    predictor_response response;
    double *given[CGM_MAX_PARENTS]; /* [n] each */
    size_t at;                      /* image that the batch under way begins with */
    size_t shown;                   /* images that it was asked about */
} attack_reader;

typedef struct attacking {
    cgm_run *run;
    const cgm_attack_opts *opts;
    cgm_attack_report *out;
    cgm_arena arena;
    const attack_method *method;
    attack_question question;
    attack_reader judge, surrogate; /* surrogate: where the method transfers */
    cgm_predictor *student;         /* the surrogate where it is fitted here: owned */
    size_t taught;                  /* images that the judge was asked about to fit it */
    size_t n, *row;                 /* of the data set, in the arena */
    double *image, *attacked;       /* [n, width], in the report's arena, as what follows */
    double *truth, *read, *read_after, *sure, *sure_after, *l2, *linf;
    bool *counts, *fooled;
} attacking;

/* ---- The question (attack_plan.c) ---- */

cgm_status cgm_attack_plan(attacking *a) CGM_CHECKED;

/* ---- What is attacked (attack_victim.c) ---- */

/* Reads what the predictor is given at the rows into `arena`. */
cgm_status cgm_attack_reader_create(const cgm_run *run, cgm_predictor *p, size_t n, const size_t *rows,
                                    cgm_arena *arena, attack_reader *out) CGM_CHECKED;
attack_victim cgm_attack_victim(attack_reader *reader);

/* ---- A surrogate (distil.c) ---- */

/* Fits a->student to what the judge answers. */
cgm_status cgm_attack_distil(attacking *a) CGM_CHECKED;

/* ---- What comes out (attack_report.c, attack_file.c, attack_picture.c) ---- */

cgm_status cgm_attack_measure(attacking *a) CGM_CHECKED;
cgm_status cgm_attack_write(const attacking *a, const char *path) CGM_CHECKED;
cgm_status cgm_attack_draw(const attacking *a, const char *path) CGM_CHECKED;

#endif
