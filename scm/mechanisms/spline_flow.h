/* Spline flows: u ~ N(0, 1), u = g((y - location) e^-log_scale), where y is the variable, taken to the whole line if it
 * has a range and then standardised, and g is a rational spline (scm/mechanisms/spline.h). Location, log-scale and the
 * spline's parameters are free numbers, or with parents the outputs of a network with one hidden layer of tanh units on
 * the parents' features. The network is trained in cgm_real and evaluated in double. Internal. */
#ifndef CGM_SCM_MECHANISMS_SPLINE_FLOW_H
#define CGM_SCM_MECHANISMS_SPLINE_FLOW_H

#include "nn/layers.h"
#include "scm/mechanism_table.h"
#include "scm/mechanisms/descent.h"
#include "scm/mechanisms/features.h"
#include "scm/mechanisms/spline.h"

enum { SCM_SPLINE_MAX_HIDDEN = 1024 };

typedef struct scm_spline_options {
    int64_t bins, hidden;
    double bound;
    scm_descent_options descent;
} scm_spline_options;

typedef struct scm_spline_training scm_spline_training;

typedef struct scm_spline_flow {
    cgm_mechanism base;
    cgm_arena arena;
    const cgm_variable *variable;
    cgm_mechanism_node node;
    scm_features features;
    scm_spline_options options;
    scm_spline_kind kind;
    size_t inputs, outputs; /* of the network; no inputs: its outputs are free parameters */
    cgm_params *params;
    bool initialised;
    double standard[2];            /* mean and standard deviation of y before it is standardised */
    scm_spline_training *training; /* while a fit is under way */
} scm_spline_flow;

/* Lays out the parameters, once. */
cgm_status cgm_scm_spline_initialise(scm_spline_flow *m, const cgm_rng *rng) CGM_CHECKED;
/* The network's outputs as graph, [n, outputs], or [1, outputs] without inputs: location, log-scale, the spline's. */
cgm_node cgm_scm_spline_network(const scm_spline_flow *m, cgm_graph *g, cgm_node features);

/* ---- Evaluation in double (spline_eval.c) ---- */

/* Of n rows: the noises of values x go to u and log p(x | parents) to log_prob, unless they are NULL. Errors: CGM_E_ARG
 * before it is fitted, CGM_E_MEMORY. */
cgm_status cgm_scm_spline_noise(const scm_spline_flow *m, const cgm_values *parents, size_t n, const double *x,
                                double *u, double *log_prob) CGM_CHECKED;
/* The values of noises u. */
cgm_status cgm_scm_spline_values(const scm_spline_flow *m, const cgm_values *parents, size_t n, const double *u,
                                 double *x) CGM_CHECKED;

/* ---- Training (spline_fit.c) ---- */

cgm_status cgm_scm_spline_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
cgm_status cgm_scm_spline_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
void cgm_scm_spline_fit_end(cgm_mechanism *base);
cgm_status cgm_scm_spline_training_state(scm_spline_flow *m, cgm_state *state);

/* The mean negative log-likelihood of a batch as graph, without the constants that standardising adds: y [n, 1]
 * standardised, outputs as above, triangle [bins, bins + 1] with 1 where the row is before the column. */
cgm_node cgm_scm_spline_loss(const scm_spline_flow *m, cgm_graph *g, cgm_node y, cgm_node outputs, cgm_node triangle);

#endif
