/* The additive noise model: y = m(parents) + sd u, where y is the variable, taken to the whole line if it has a range
 * (Hoyer et al. 2009, "Nonlinear causal discovery with additive noise models"; Peters, Janzing, Schoelkopf 2017,
 * "Elements of Causal Inference", section 4.1.4). The mean m is a sum of splines of the parents or a network with one
 * hidden layer of tanh units; u is a standard normal, or what the residuals say. With a range the noise is additive on
 * the whole line, so that no value leaves the range, and not in the variable itself. Internal to scm/. */
#ifndef CGM_SCM_MECHANISMS_ADDITIVE_NOISE_H
#define CGM_SCM_MECHANISMS_ADDITIVE_NOISE_H

#include "scm/mechanism_table.h"
#include "scm/mechanisms/descent.h"
#include "scm/mechanisms/features.h"
#include "scm/mechanisms/residuals.h"
#include "scm/mechanisms/smooth.h"

enum { SCM_ADDITIVE_MAX_HIDDEN = 1024 };
typedef enum scm_additive_mean { SCM_MEAN_SPLINE, SCM_MEAN_MLP } scm_additive_mean;

typedef struct scm_additive_options {
    int mean, noise;
    int64_t knots, hidden;
    scm_descent_options descent;
} scm_additive_options;

typedef struct scm_additive_noise {
    cgm_mechanism base;
    cgm_arena arena;
    const cgm_variable *variable;
    cgm_mechanism_node node;
    scm_additive_options options;
    scm_features features; /* what the network sees; also who the parents are */
    scm_smooth smooth;     /* the mean by splines */
    cgm_params *params;    /* the mean by a network; NULL by splines */
    bool initialised;      /* the network's parameters are laid out */
    double standard[2];    /* y's mean and standard deviation: m is standard[0] + standard[1] times the fitted mean */
    double sd;
    scm_residuals noise;
    scm_descent *descent; /* while a network is being fitted */
} scm_additive_noise;

/* m(parents) in row i. */
double cgm_scm_additive_mean(const scm_additive_noise *m, const cgm_values *parents, size_t i);
/* Lays out the network's parameters, once. */
cgm_status cgm_scm_additive_initialise(scm_additive_noise *m, const cgm_rng *rng) CGM_CHECKED;
/* The network as graph, [n, 1]. */
cgm_node cgm_scm_additive_network(const scm_additive_noise *m, cgm_graph *g, cgm_node features);

/* ---- Fitting (additive_fit.c) ---- */

/* The mean by splines, from plain windows: value [n, 1], parents [n, 1] each. *nll: the mean negative log-likelihood in
 * nats. CGM_E_ARG when the value is constant or an exact function of the parents. */
cgm_status cgm_scm_additive_fit(scm_additive_noise *m, const cgm_values *value, const cgm_values *parents,
                                double *nll) CGM_CHECKED;
cgm_status cgm_scm_additive_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
cgm_status cgm_scm_additive_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
void cgm_scm_additive_fit_end(cgm_mechanism *base);

#endif
