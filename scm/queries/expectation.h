/* Means of an outcome in several worlds of one model that share their noise: what average effects, natural effects and
 * path-specific ones are made of. Internal to scm/.
 *
 * Over rows of the data; the other variables of a row stay what they are, and the noise of what the worlds move is
 * averaged out: exactly where there is a closed form, else over draws. */
#ifndef CGM_SCM_EXPECTATION_H
#define CGM_SCM_EXPECTATION_H

#include "scm/object.h"

/* Something set in a world: to what `set` says or, where `world` is not -1, to what the node is in that earlier world
 * of the comparison. */
typedef struct scm_setting {
    cgm_intervention set;
    int world;
} scm_setting;

typedef struct scm_setup {
    size_t n;
    const scm_setting *setting; /* [n] */
} scm_setup;

typedef enum scm_average {
    SCM_BY_DRAWS, /* averages over draws of the noise */
    SCM_BY_MEANS, /* means pass through every mechanism on the way: noises of 0 give them */
    SCM_BY_INDEX  /* the outcome's level is where a normal index falls, and means pass through all else */
} scm_average;

/* What is made of the worlds' means [worlds]: k numbers. */
typedef void scm_combine(const void *context, const double *mean, double *out);

/* Worlds of a model (most often a part, cgm_scm_ancestral) and what is asked of them. */
typedef struct scm_comparison {
    size_t outcome; /* node, of one number */
    int level;      /* -1: the outcome's mean; else the probability of that level */
    size_t n;       /* worlds */
    const scm_setup *setup;
    size_t draws; /* where draws are needed; at least 2 */
    int threads;  /* 0: 1 */
    size_t k;     /* numbers that combine makes */
    scm_combine *combine;
    const void *context;
    /* Filled by cgm_scm_comparison_init: */
    cgm_arena arena;
    bool *moved; /* [nodes]: differs between worlds, or is computed in some */
    scm_average average;
} scm_comparison;

/* Finds out what moves and how to average. CGM_E_ARG for too few draws. Cleared with cgm_arena_clear(&c->arena). */
cgm_status cgm_scm_comparison_init(const cgm_scm *scm, scm_comparison *c) CGM_CHECKED;

/* A row of the data in every world: base has the noise, world k is predicted from it under setup k. */
typedef struct scm_worlds {
    const cgm_scm *scm;
    size_t n;
    cgm_world *base, **world; /* [n] */
    cgm_intervention *todo;   /* room for one setup */
} scm_worlds;
cgm_status cgm_scm_worlds_create(const cgm_scm *scm, size_t n, const scm_setup *setup, size_t rows,
                                 scm_worlds *out) CGM_CHECKED;
void cgm_scm_worlds_clear(scm_worlds *w);
cgm_status cgm_scm_worlds_predict(scm_worlds *w, const scm_setup *setup, const cgm_query_opts *opts) CGM_CHECKED;

/* For SCM_BY_INDEX: the probability of the level in each world, [worlds], averaged over the rows of the base. */
cgm_status cgm_scm_average_index(const scm_comparison *c, scm_worlds *w, const cgm_query_opts *opts,
                                 double *mean) CGM_CHECKED;

/* The outcome that a text names: "wage", or "job=clerk" for the probability of a level; a binary variable's name alone
 * is the probability of its level 1. CGM_E_ARG with the nearest names; CGM_E_UNSUPPORTED for an image. */
cgm_status cgm_scm_parse_outcome(const cgm_scm *scm, const char *text, size_t *variable, int *level) CGM_CHECKED;

/* The k numbers, over the given rows of data (rows NULL: its training rows). mc_error [k], or NULL: their Monte Carlo
 * errors, by the jackknife over draws. */
cgm_status cgm_scm_compare(const scm_comparison *c, const cgm_scm *scm, const cgm_dataset *data, size_t n_rows,
                           const size_t *rows, const cgm_rng *rng, double *out, double *mc_error) CGM_CHECKED;

/* Monte Carlo errors of combined means: the spread of what all draws but one, in turn, give (the jackknife; Efron and
 * Tibshirani 1993, "An Introduction to the Bootstrap", equation 11.5). mean: [draws, worlds], sum: their sum over
 * draws; scratch: [worlds + 2 k]. */
void cgm_scm_jackknife(const scm_comparison *c, const double *mean, const double *sum, double *scratch,
                       double *mc_error);

#endif
