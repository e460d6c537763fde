/* Evaluating spline flows, in double, a block of rows at a time. The last block is padded, so that every row is the
 * work of the same instructions and its bits do not depend on how many there are. */
#include <math.h>
#include <string.h>

#include "scm/mechanisms/affine_flow.h"
#include "scm/mechanisms/spline_block.h"
#include "scm/mechanisms/spline_flow.h"

#define HALF_LOG_2PI 0.91893853320467274178

typedef struct evaluation {
    const scm_spline_flow *m;
    const cgm_values *parents;
    const scm_block_kernels *kernels;
    scm_block_network net;
    scm_block_flow flow;
    size_t n_columns, column[CGM_MAX_PARENTS]; /* inputs of the network that are continuous parents */
    double *out, *hidden, *features;           /* [outputs], [hidden], [n_columns] times [SCM_BLOCK]; one allocation */
    double *weights;                           /* of the network, in double; in the same one */
} evaluation;

static size_t n_weights(const scm_spline_flow *m)
{
    size_t hidden = (size_t)m->options.hidden;
    return m->inputs ? hidden * (m->inputs + 1) + m->outputs * (hidden + 1) : 0;
}

/* Copies parameter i to *to, which it advances. */
static const double *widen(const scm_spline_flow *m, size_t i, size_t n, double **to)
{
    const cgm_real *from = cgm_params_ema(m->params) + cgm_params_view(m->params, i)->offset;
    double *begin = *to;
    for (size_t k = 0; k < n; k++) begin[k] = (double)from[k];
    *to += n;
    return begin;
}

static void set_network(evaluation *e)
{
    const scm_spline_flow *m = e->m;
    size_t hidden = (size_t)m->options.hidden;
    double *to = e->weights;
    e->net = (scm_block_network){.inputs = m->inputs, .hidden = hidden, .outputs = m->outputs};
    e->net.weight = widen(m, 0, hidden * m->inputs, &to);
    e->net.bias = widen(m, 1, hidden, &to);
    e->net.out_weight = widen(m, 2, m->outputs * hidden, &to);
    e->net.out_bias = widen(m, 3, m->outputs, &to);
}

/* Without parents all rows have the same spline. */
static void set_constant(evaluation *e)
{
    const cgm_real *free = cgm_params_ema(e->m->params) + cgm_params_view(e->m->params, 0)->offset;
    for (size_t j = 0; j < e->m->outputs; j++)
        for (size_t i = 0; i < SCM_BLOCK; i++) e->out[j * SCM_BLOCK + i] = (double)free[j];
    e->kernels->prepare(&e->flow, e->out);
}

static cgm_status begin(evaluation *e, const scm_spline_flow *m, const cgm_values *parents)
{
    if (!m->initialised)
        return CGM_FAIL(CGM_E_ARG, "variable '%s': its mechanism is not fitted yet", m->variable->name);
    *e = (evaluation){.m = m, .parents = parents, .kernels = cgm_scm_block_kernels()};
    e->flow = (scm_block_flow){m->kind, (size_t)m->options.bins, m->options.bound, m->standard[0], m->standard[1]};
    for (size_t p = 0; p < m->features.n_parents; p++)
        if (!cgm_variable_has_levels(m->features.parents[p])) e->column[e->n_columns++] = m->features.first[p] - 1;
    size_t hidden = m->inputs ? (size_t)m->options.hidden : 0, rows = e->n_columns + hidden + m->outputs;
    e->out = cgm_alloc_aligned((rows * SCM_BLOCK + n_weights(m)) * sizeof *e->out);
    if (!e->out) return CGM_E_MEMORY;
    e->hidden = e->out + m->outputs * SCM_BLOCK;
    e->features = e->hidden + hidden * SCM_BLOCK;
    e->weights = e->features + e->n_columns * SCM_BLOCK;
    if (m->inputs)
        set_network(e);
    else
        set_constant(e);
    return CGM_OK;
}

/* What the hidden units get from a parent with levels: one column of their weights. */
static void add_levels(const evaluation *e, size_t p, size_t begin, size_t n)
{
    const double *x = e->parents[p].data + begin;
    size_t first = e->m->features.first[p] - 1;
    for (size_t i = 0; i < n; i++) {
        size_t at;
        double one;
        if (!cgm_scm_features_term(&e->m->features, p, x[i], &at, &one)) continue;
        for (size_t k = 0; k < e->net.hidden; k++)
            e->hidden[k * SCM_BLOCK + i] += e->net.weight[k * e->net.inputs + first + at];
    }
}

/* The network's outputs for n rows; those of the padding are of features that are 0. */
static void run_network(const evaluation *e, size_t begin, size_t n)
{
    const scm_features *f = &e->m->features;
    bool started = e->n_columns < f->n_parents;
    if (started)
        for (size_t k = 0; k < e->net.hidden; k++)
            for (size_t i = 0; i < SCM_BLOCK; i++) e->hidden[k * SCM_BLOCK + i] = e->net.bias[k];
    double *row = e->features;
    for (size_t p = 0; p < f->n_parents; p++) {
        if (cgm_variable_has_levels(f->parents[p])) {
            add_levels(e, p, begin, n);
            continue;
        }
        const double *x = e->parents[p].data + begin;
        for (size_t i = 0; i < n; i++) row[i] = (x[i] - f->mean[p]) / f->scale[p];
        for (size_t i = n; i < SCM_BLOCK; i++) row[i] = 0;
        row += SCM_BLOCK;
    }
    e->kernels->network(&e->net, e->n_columns, e->column, e->features, started, e->hidden, e->out);
    e->kernels->prepare(&e->flow, e->out);
}

static void noise_of(const evaluation *e, size_t n, const double *x, double *u, double *log_prob)
{
    double y[SCM_BLOCK] = {0}, noise[SCM_BLOCK], log_slope[SCM_BLOCK];
    memcpy(y, x, n * sizeof *y);
    for (size_t i = 0; e->m->variable->bounded && i < n; i++) y[i] = cgm_scm_affine_unsquash(e->m->variable, x[i]);
    e->kernels->to_noise(&e->flow, e->out, y, noise, log_prob ? log_slope : NULL);
    if (u) memcpy(u, noise, n * sizeof *u);
    for (size_t i = 0; log_prob && i < n; i++)
        log_prob[i] =
            -0.5 * noise[i] * noise[i] - HALF_LOG_2PI + log_slope[i] + cgm_scm_affine_log_slope(e->m->variable, x[i]);
}

static void value_of(const evaluation *e, size_t n, const double *u, double *x)
{
    double noise[SCM_BLOCK] = {0}, y[SCM_BLOCK];
    memcpy(noise, u, n * sizeof *u);
    e->kernels->to_value(&e->flow, e->out, noise, y);
    memcpy(x, y, n * sizeof *x);
    for (size_t i = 0; e->m->variable->bounded && i < n; i++) x[i] = cgm_scm_affine_squash(e->m->variable, y[i]);
}

cgm_status cgm_scm_spline_noise(const scm_spline_flow *m, const cgm_values *parents, size_t n, const double *x,
                                double *u, double *log_prob)
{
    evaluation e;
    CGM_TRY(begin(&e, m, parents));
    for (size_t i = 0; i < n; i += SCM_BLOCK) {
        size_t rows = n - i < SCM_BLOCK ? n - i : SCM_BLOCK;
        if (m->inputs) run_network(&e, i, rows);
        noise_of(&e, rows, x + i, u ? u + i : NULL, log_prob ? log_prob + i : NULL);
    }
    cgm_free_aligned(e.out);
    return CGM_OK;
}

cgm_status cgm_scm_spline_values(const scm_spline_flow *m, const cgm_values *parents, size_t n, const double *u,
                                 double *x)
{
    evaluation e;
    CGM_TRY(begin(&e, m, parents));
    for (size_t i = 0; i < n; i += SCM_BLOCK) {
        size_t rows = n - i < SCM_BLOCK ? n - i : SCM_BLOCK;
        if (m->inputs) run_network(&e, i, rows);
        value_of(&e, rows, u + i, x + i);
    }
    cgm_free_aligned(e.out);
    return CGM_OK;
}
