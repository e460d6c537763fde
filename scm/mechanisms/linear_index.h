/* What the mechanisms share that see the parents through one linear predictor, the index, and add one latent noise:
 * bernoulli, ordinal, poisson. Their parameters are an intercept, or thresholds in its place, and then the weights of
 * the other features; the config may give some of them, the rest is fitted by maximum likelihood in one step. Each has
 * its own law and its own fit. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_LINEAR_INDEX_H
#define CGM_SCM_MECHANISMS_LINEAR_INDEX_H

#include "scm/mechanism_table.h"
#include "scm/mechanisms/features.h"
#include "scm/mechanisms/known.h"
#include "scm/mechanisms/latent.h"

typedef struct scm_linear_index scm_linear_index;
/* Maximum likelihood from plain windows: value [n, 1], parents [n, 1] each. Sets the features' scaling, the parameters
 * but for what is given, and the information. *nll: the mean negative log-likelihood in nats. CGM_E_ARG when there are
 * no rows; CGM_E_NUMERIC. */
typedef cgm_status scm_index_fit(scm_linear_index *m, const cgm_values *value, const cgm_values *parents, double *nll);

struct scm_linear_index {
    cgm_mechanism base;
    cgm_arena arena;
    const cgm_variable *variable;
    cgm_mechanism_node node;
    scm_features features;
    scm_link link; /* the noise */
    scm_index_fit *fit;
    size_t n_thresholds; /* 0: there is an intercept */
    size_t n;            /* parameters: features.n, or n_thresholds + features.n - 1 */
    double *parameter;   /* [n]; cgm_scm_features_unscale gives the weights in the parents' own units */
    double *information; /* [n, n]: that of all training rows on the parameters; 0 where given. See cgm_coefficients */
    double *given;       /* NULL, or [n]: known ones, the weights in the parents' own units; NaN where fitted */
};

/* Which of the family it is. */
typedef struct scm_index_opts {
    scm_link link;
    scm_index_fit *fit;
    size_t n_thresholds;
    scm_known_options known;
} scm_index_opts;
/* Errors: those of the known options. */
cgm_status cgm_scm_index_create(const cgm_mechanism_class *methods, const cgm_mechanism_spec *spec,
                                const scm_index_opts *opts, scm_linear_index **out) CGM_CHECKED;
/* Makes m->given, all NaN, if it is NULL. */
cgm_status cgm_scm_index_give(scm_linear_index *m) CGM_CHECKED;
/* The parameters become what is given, if all are. */
void cgm_scm_index_use_given(scm_linear_index *m);

/* The index in row i, an intercept included, thresholds not; the second with other parameters [n] than its own. */
double cgm_scm_index_eta(const scm_linear_index *m, const cgm_values *parents, size_t i);
double cgm_scm_index_eta_by(const scm_linear_index *m, const double *parameter, const cgm_values *parents, size_t i);
/* Begins a fit: scales the features; fixed [n] becomes what is given in the features' units, NaN where it is free; the
 * parameters become that, and 0 where free. CGM_E_ARG when there are no rows. */
cgm_status cgm_scm_index_fit_start(scm_linear_index *m, const cgm_values *value, const cgm_values *parents,
                                   double *fixed) CGM_CHECKED;

/* What the fits minimise is their mean negative log-likelihood + 1e-9 / 2 |weight|^2: the ridge makes the weights
 * unique where columns are redundant and keeps those of separable data finite (and moves others by some 1e-9 /
 * information). Its value, of what is free; a Newton step's gradient [n] and Hessian [n, n] to begin with, the ridge's;
 * and the direction of the step with what was added to them. */
double cgm_scm_index_ridge(const scm_linear_index *m, const double *fixed, const double *parameter);
void cgm_scm_index_step_start(const scm_linear_index *m, const double *parameter, double *gradient, double *hessian);
cgm_status cgm_scm_index_step_end(const scm_linear_index *m, const double *fixed, double *gradient, double *hessian,
                                  double *direction) CGM_CHECKED;

/* The methods. */
void cgm_scm_index_destroy(cgm_mechanism *base);
size_t cgm_scm_index_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out);
cgm_status cgm_scm_index_state(cgm_mechanism *base, cgm_state *state);
cgm_status cgm_scm_index_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
cgm_status cgm_scm_index_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
void cgm_scm_index_fit_end(cgm_mechanism *base);
cgm_status cgm_scm_index_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise);
size_t cgm_scm_index_coefficients(cgm_mechanism *base, cgm_coefficients *out);
bool cgm_scm_index_is_known(const cgm_mechanism *base);
/* index_mean; and for normal_cuts, whether the noise is normal and the index affine in what moves. */
void cgm_scm_index_mean(const cgm_mechanism *base, const cgm_values *parents, size_t n, double *out);
bool cgm_scm_index_is_normal(const cgm_mechanism *base, const bool *moving);

#endif
