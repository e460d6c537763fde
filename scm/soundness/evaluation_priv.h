/* The inside of an evaluation. Internal.
 *
 * For each seed and factor on the pixels' noise there is a pass: one counterfactual query with a column for each
 * treatment, whose batches are handed to evaluation_take. A figure is a key; what it is of each image is kept, and
 * summed up at the end. */
#ifndef CGM_SCM_EVALUATION_PRIV_H
#define CGM_SCM_EVALUATION_PRIV_H

#include "metrics/measure.h"
#include "metrics/similarity.h"
#include "scm/answers/answer_priv.h"
#include "scm/runs/run_priv.h"
#include "scm/soundness/evaluation.h"

/* What identifies a figure; texts live in the result's arena, so that they are compared by their address. */
typedef struct evaluation_key {
    const char *metric, *treatment, *attribute, *by;
    size_t after;
} evaluation_key;

typedef struct evaluation_figure {
    evaluation_key key;
    double noise;
    double *each;        /* [seeds, n]: of each image, NaN where it is not defined; NULL: of the set alone */
    double *set, *error; /* [seeds]: of the set */
    const double *own;   /* [n]: the judge's own on the factual images, or NULL */
    double real;         /* where own is NULL */
} evaluation_figure;

/* A predictor or a measure, and how it does on the factual images. */
typedef struct evaluation_judge {
    cgm_predictor *predictor; /* or NULL: */
    const cgm_measure *measure;
    size_t attribute; /* variable of the model */
    const char *name, *by, *metric;
    double *own; /* [n] */
} evaluation_judge;

/* What figures are expected to be. */
typedef struct evaluation_expectation {
    const char *metric;
    const char *treatment, *attribute, *by; /* NULL: any; by: "predictor" is any of these */
    double noise;                           /* NaN: any */
    size_t after;                           /* 0: any */
    int sense;                              /* -1: at most, 1: at least; 0: no bound */
    double target, tolerance;               /* target NaN: `real`, and the bound is so much more */
    double published;                       /* or NaN */
} evaluation_expectation;

/* Images in the embedding of CLD. */
typedef struct evaluation_embedding {
    double *mean, *log_scale; /* [n, width]; log_scale NULL: points */
} evaluation_embedding;

typedef struct evaluation {
    cgm_run *run;
    const cgm_evaluation_opts *opts;
    cgm_evaluation *out;
    cgm_arena arena;
    const char **name; /* [variables of the model], in the result's arena */
    size_t image;
    const cgm_variable *image_variable;
    size_t n, *row;                  /* of the data set */
    size_t n_treatments, *treatment; /* variables of the model */
    const char *random;              /* as figures name it, where it is asked for, or NULL */
    bool **moves;                    /* [treatments]: [nodes], the nodes that it moves */
    size_t n_judges;
    evaluation_judge *judge;
    cgm_predictor *features;             /* of FID, KID, and of CLD without an embedding; or NULL */
    const char *features_name;           /* "predictor digit" */
    size_t n_training;                   /* images whose features are known */
    int **own_class;                     /* [treatments]: [n], the rows' bins */
    cgm_similarity *similarity;          /* NULL: images are too small */
    evaluation_expectation *expectation; /* [opts->n_expectations] */
    size_t n_figures, capacity;
    evaluation_figure *figure;
    /* The pass under way. */
    size_t seed;
    double noise_now;
    bool first;           /* the first one of all */
    double **features_of; /* [treatments + 2]: [n, width] of the counterfactuals, the factual and the training images */
    double *features_random;        /* [n, width]: of the counterfactuals that are chosen */
    evaluation_embedding *embedded; /* [treatments + 1]: the last are the factual images */
    int **counter_class;            /* [treatments]: [n] */
    double *scratch[2];             /* [n] */
} evaluation;

/* ---- The question (evaluation_plan.c) ---- */

cgm_status cgm_evaluation_plan(evaluation *e) CGM_CHECKED;

/* ---- Judges (evaluation_judges.c) ---- */

/* Predictors and measures, and whose features are compared. */
cgm_status cgm_evaluation_find_judges(evaluation *e) CGM_CHECKED;

/* ---- What is expected (evaluation_expect.c, evaluation_verdict.c) ---- */

cgm_status cgm_evaluation_read_expectation(evaluation *e, const char *text, evaluation_expectation *out) CGM_CHECKED;
/* All of them; the judges are there. CGM_E_ARG where there will be no such figure. */
cgm_status cgm_evaluation_find_expectations(evaluation *e) CGM_CHECKED;
/* Says of each row of the answer whether it is as expected. */
cgm_status cgm_evaluation_judge_rows(evaluation *e) CGM_CHECKED;

/* ---- The values that are set (evaluation_values.c) ---- */

/* The query of a pass; its lists live in the arena. */
cgm_status cgm_evaluation_query(evaluation *e, cgm_arena *arena, cgm_query *out) CGM_CHECKED;
/* The number of the treatment that do(random) is of image i in the pass. */
size_t cgm_evaluation_chosen(const evaluation *e, size_t i);
/* The bin of each of n values of a treatment. */
cgm_status cgm_evaluation_bins(const evaluation *e, size_t treatment, size_t n, const double *value,
                               int *out) CGM_CHECKED;

/* ---- A batch (evaluation_batch.c), its share of realism and minimality (evaluation_sets.c) ---- */

cgm_answer_visit_fn cgm_evaluation_take;
cgm_status cgm_evaluation_take_sets(evaluation *e, const cgm_answer *answer) CGM_CHECKED;
/* Room, and what the training images are, before the first pass; the figures of a pass, after it. */
cgm_status cgm_evaluation_begin_sets(evaluation *e) CGM_CHECKED;
cgm_status cgm_evaluation_end_sets(evaluation *e) CGM_CHECKED;

/* ---- The figures (evaluation_figures.c) ---- */

/* The figure of that key and the noise of the pass, made when it is first asked for; NULL when memory is out. */
evaluation_figure *cgm_evaluation_find(evaluation *e, const evaluation_key *key, bool of_images);
/* Sets, of the images first, first + 1, ... of the pass, what a figure is; and what that of do(random) is of those of
 * them for which the treatment was chosen. */
cgm_status cgm_evaluation_put(evaluation *e, const evaluation_key *key, const double *own, size_t first, size_t n,
                              const double *value) CGM_CHECKED;
/* Of the set, with its standard error or NaN. */
cgm_status cgm_evaluation_put_set(evaluation *e, const evaluation_key *key, double value, double error,
                                  double real) CGM_CHECKED;
/* The rows of the answer, in the order in which figures were first asked for, those of do(random) last. */
cgm_status cgm_evaluation_sum_up(evaluation *e) CGM_CHECKED;

#endif
