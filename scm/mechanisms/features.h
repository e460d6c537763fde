/* What the linear predictors of scalar mechanisms see of the parents: the intercept 1, each continuous parent and
 * each count standardised, each parent with levels as indicators of them but the first, and products of these for the
 * pairs of parents that are said to interact. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_FEATURES_H
#define CGM_SCM_MECHANISMS_FEATURES_H

#include "base/arena.h"
#include "scm/mechanism.h"

#define SCM_MAX_PRODUCTS 64
/* Features of a row that are not always zero, at most. */
#define SCM_MAX_ROW (1 + CGM_MAX_PARENTS + SCM_MAX_PRODUCTS)

/* Two parents that interact: one feature for each pair of theirs. */
typedef struct scm_product {
    size_t a, b, first;
} scm_product;

typedef struct scm_features {
    size_t n; /* features, intercept included */
    size_t n_parents;
    const cgm_variable *const *parents; /* borrowed, as in the spec */
    size_t *first;                      /* [n_parents]: position of a parent's first feature */
    double *mean, *scale;               /* [n_parents]: of parents without levels; else 0 and 1 */
    int *levels;                        /* [n_parents]; 0 where a parent has none */
    size_t n_products;
    scm_product *product;
} scm_features;

/* Arrays live in the arena. */
cgm_status cgm_scm_features_init(const cgm_mechanism_spec *spec, cgm_arena *arena, scm_features *out) CGM_CHECKED;
/* Adds the products that the list [[NAME, NAME], ...] names; its errors are CGM_E_CONFIG at its lines. */
cgm_status cgm_scm_features_interact(const cgm_yaml *list, cgm_arena *arena, scm_features *f) CGM_CHECKED;
/* Whether a linear predictor, with the parents not marked held, is affine in the marked ones: these have no levels,
 * and no two of them interact. */
bool cgm_scm_features_affine_in(const scm_features *f, const bool *marked);
/* The weights of the features in the parents' own units, neither centred nor scaled, [n]. */
void cgm_scm_features_unscale(const scm_features *f, const double *w, double *out);
/* Sets mean and scale from the parents' values; the scale of a constant parent is 1. */
void cgm_scm_features_fit(scm_features *f, const cgm_values *parents);
/* That a regression on the features, scaled by cgm_scm_features_fit, has one answer in these rows: CGM_E_ARG names the
 * first feature that does not vary (a level that was never seen, say), or that those before it determine. */
cgm_status cgm_scm_features_check(const scm_features *f, const char *variable, const cgm_values *parents,
                                  size_t rows) CGM_CHECKED;
/* w . features of row i. */
double cgm_scm_features_dot(const scm_features *f, const double *w, const cgm_values *parents, size_t i);
/* The one feature of parent p that is not zero at x, counted from the parent's first; false for the first level. */
bool cgm_scm_features_term(const scm_features *f, size_t p, double x, size_t *at, double *value);
/* The features of row i that are not always zero, as positions and values; at most SCM_MAX_ROW. Returns how many. */
size_t cgm_scm_features_row(const scm_features *f, const cgm_values *parents, size_t i, size_t *at, double *value);
cgm_status cgm_scm_features_state(const scm_features *f, cgm_state *state) CGM_CHECKED;

/* The training rows of a variable (value) and its parents as windows on the data set's columns, each value checked. */
typedef struct scm_columns {
    cgm_values value, parents[CGM_MAX_PARENTS];
} scm_columns;
cgm_status cgm_scm_columns_get(const cgm_dataset *data, const cgm_variable *variable, const scm_features *f,
                               scm_columns *out) CGM_CHECKED;

/* A text that grows up to its buffer's end. */
typedef struct scm_text {
    char *text;
    size_t size, used;
} scm_text;
void cgm_scm_text_add(scm_text *to, const char *format, ...) CGM_PRINTF(2, 3);
/* "-5 + 2 thickness + 0.3 [digit=2]", in the parents' own units. */
void cgm_scm_features_describe(const scm_features *f, const double *w, scm_text *to);

#endif
