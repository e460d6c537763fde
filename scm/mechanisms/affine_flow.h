/* The conditional affine flow: u ~ N(0, 1), y = location(pa) + exp(log_scale(pa)) u; x = y, or for a variable with a
 * range x = low + (high - low) sigmoid(y), and with one bound x = low + exp(y) or high - exp(-y). Location and
 * log-scale are linear in the parents' features. One step of a normalising flow with an exact inverse (Papamakarios et
 * al. 2021, "Normalizing flows for probabilistic modeling and inference", section 3.1). With a constant scale and
 * without the squashing it is the linear Gaussian mechanism. Internal.
 */
#ifndef CGM_SCM_MECHANISMS_AFFINE_FLOW_H
#define CGM_SCM_MECHANISMS_AFFINE_FLOW_H

#include "scm/mechanism_table.h"
#include "scm/mechanisms/features.h"

typedef struct scm_affine_flow {
    cgm_mechanism base;
    cgm_arena arena;
    cgm_variable inner;           /* the variable, without its range where it is not squashed to it */
    const cgm_variable *variable; /* &inner */
    cgm_mechanism_node node;
    scm_features features;
    size_t n_scale;         /* weights of the log-scale: 1 when it is constant, else features.n */
    double *location;       /* [features.n] */
    double *log_scale;      /* [features.n], the first n_scale in use */
    double *information[2]; /* [features.n, features.n], [n_scale, n_scale]: Fisher's, of location and log_scale, 0
                               where given */
    double
        *given; /* NULL, or [features.n + 1]: known location in the parents' own units, and sigma; NaN where fitted */
} scm_affine_flow;

/* Which of the family it is. */
typedef struct scm_affine_opts {
    bool constant_scale;
    bool squash;                  /* to the variable's range, if it has one */
    const cgm_yaml *interactions; /* or NULL */
} scm_affine_opts;
cgm_status cgm_scm_affine_create(const cgm_mechanism_class *methods, const cgm_mechanism_spec *spec,
                                 const scm_affine_opts *opts, scm_affine_flow **out) CGM_CHECKED;

/* y of a value of the variable: the value, its logit within the range, or with one bound the log of its distance.
 *
 * A value exactly at a bound of a finite range, where data may have been rounded onto it, counts as 5e-10 of the width
 * inside: it would otherwise have an infinite y, and nearer to the bound it would weigh on a fit as y = 37 does, not as
 * 21. No other value is moved, so that what was predicted is abducted to the noise that gave it.
 *
 * Near a bound that is not 0, values are as dense as doubles are there: at a distance d, y is known to 1e-16 |bound| /
 * d, and a counterfactual that passes through such a value (reversibility) loses as much. */
double cgm_scm_affine_unsquash(const cgm_variable *variable, double x);
double cgm_scm_affine_squash(const cgm_variable *variable, double y);
/* What stands before and after y in descriptions: "64 + 191 sigmoid(" and ")". */
void cgm_scm_affine_describe_squash(const cgm_variable *variable, scm_text *to);
const char *cgm_scm_affine_squash_end(const cgm_variable *variable);
/* log |dy/dx| at that value. */
double cgm_scm_affine_log_slope(const cgm_variable *variable, double x);

/* y of every value, [n], less its mean and divided by its standard deviation; these go to standard, [2]. CGM_E_ARG when
 * all values are the same. */
cgm_status cgm_scm_affine_standardise(const cgm_variable *variable, const cgm_values *value, double *y,
                                      double *standard) CGM_CHECKED;

/* Maximum likelihood from plain windows: value [n, 1], parents [n, 1] each. Sets the features' scaling, location and
 * log_scale, but for what is given, and the information; the mean negative log-likelihood in nats goes to *nll. The
 * start is least squares, which is the answer for a constant scale; else Fisher scoring follows, and Newton's method
 * where that is slow. CGM_E_ARG when the value is an exact linear function of the parents, so that no density exists;
 * CGM_E_NUMERIC. */
cgm_status cgm_scm_affine_fit(scm_affine_flow *m, const cgm_values *value, const cgm_values *parents,
                              double *nll) CGM_CHECKED;

/* The methods. */
void cgm_scm_affine_destroy(cgm_mechanism *base);
size_t cgm_scm_affine_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out);
void cgm_scm_affine_describe(const cgm_mechanism *base, size_t size, char *text);
cgm_status cgm_scm_affine_state(cgm_mechanism *base, cgm_state *state);
cgm_status cgm_scm_affine_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
cgm_status cgm_scm_affine_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
void cgm_scm_affine_fit_end(cgm_mechanism *base);
cgm_status cgm_scm_affine_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                   cgm_rng *rng, double *out);
cgm_status cgm_scm_affine_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise);
cgm_status cgm_scm_affine_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                                  const cgm_values *noise, int threads, cgm_values *out);
cgm_status cgm_scm_affine_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                 const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise);
size_t cgm_scm_affine_coefficients(cgm_mechanism *base, cgm_coefficients *out);
bool cgm_scm_affine_passes_means(const cgm_mechanism *base, const bool *moving);
bool cgm_scm_affine_has_normal_noise(const cgm_mechanism *base);

#endif
