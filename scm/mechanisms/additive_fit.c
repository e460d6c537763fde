/* Fitting the additive noise model: the mean by least squares, then the noise from the residuals. */
#include <math.h>
#include <stdlib.h>

#include "graph/ops.h"
#include "scm/mechanisms/additive_noise.h"
#include "scm/mechanisms/affine_flow.h"
#include "scm/mechanisms/known.h"

/* The noise, once the mean is there. Residuals have the mean 0 by splines; by a network they are made to. */
static cgm_status fit_noise(scm_additive_noise *m, const cgm_values *value, const cgm_values *parents, double *nll)
{
    double sum = 0, squares = 0, logs = 0, n = (double)value->n, *r = malloc(value->n * sizeof *r);
    cgm_status status = CGM_OK;
    if (!r) return CGM_FAIL(CGM_E_MEMORY, "variable '%s': out of memory for %zu rows", m->variable->name, value->n);
    for (size_t i = 0; i < value->n; i++)
        sum += r[i] = cgm_scm_affine_unsquash(m->variable, value->data[i]) - cgm_scm_additive_mean(m, parents, i);
    for (size_t i = 0; i < value->n; i++) squares += (r[i] - sum / n) * (r[i] - sum / n);
    m->standard[0] += sum / n;
    m->sd = sqrt(squares / n);
    if (!(m->sd > 1e-9 * m->standard[1]))
        status = CGM_FAIL(CGM_E_ARG,
                          "variable '%s': its %zu training values are an exact function of its parents, so that it has "
                          "no density; expected some scatter",
                          m->variable->name, value->n);
    if (status == CGM_OK) status = cgm_scm_residuals_set(&m->noise, value->n, r);
    for (size_t i = 0; status == CGM_OK && i < value->n; i++)
        logs += cgm_scm_residuals_log_density(&m->noise, (r[i] - sum / n) / m->sd) +
                cgm_scm_affine_log_slope(m->variable, value->data[i]);
    *nll = log(m->sd) - logs / n;
    free(r);
    return status;
}

cgm_status cgm_scm_additive_fit(scm_additive_noise *m, const cgm_values *value, const cgm_values *parents, double *nll)
{
    double *y = malloc((value->n + 1) * sizeof *y);
    if (!y) return CGM_FAIL(CGM_E_MEMORY, "variable '%s': out of memory for %zu rows", m->variable->name, value->n);
    cgm_status status = cgm_scm_affine_standardise(m->variable, value, y, m->standard);
    if (status == CGM_OK) status = cgm_scm_smooth_fit(&m->smooth, value->n, y, parents, m->variable->name);
    free(y);
    return status == CGM_OK ? fit_noise(m, value, parents, nll) : status;
}

/* Half the mean square of the residuals. */
static cgm_node loss(void *context, cgm_graph *g, cgm_node y, cgm_node features)
{
    const scm_additive_noise *m = context;
    double n = (double)cgm_node_shape(g, y).dim[0];
    cgm_node residual = cgm_sub(g, y, cgm_scm_additive_network(m, g, features));
    return cgm_affine(g, cgm_sum_all(g, cgm_square(g, residual)), 0.5 / n, 0);
}

cgm_status cgm_scm_additive_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    scm_additive_noise *m = (scm_additive_noise *)base;
    size_t begin, n, k = m->smooth.n;
    if (m->params) {
        cgm_rng start = cgm_rng_split(&fit->rng, "parameters");
        scm_descent_spec spec = {.variable = m->variable,
                                 .features = &m->features,
                                 .standard = m->standard,
                                 .params = m->params,
                                 .options = m->options.descent,
                                 .loss = loss,
                                 .context = m,
                                 .metric = "loss"};
        CGM_TRY(cgm_scm_additive_initialise(m, &start));
        return cgm_scm_descent_begin(&spec, fit, report, &m->descent);
    }
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &n);
    *report =
        (cgm_fit_report){.total = n, .unit = "rows", .memory_bytes = (2 * n + 6 * k * k + 6 * k) * sizeof(double)};
    return CGM_OK;
}

cgm_status cgm_scm_additive_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    scm_additive_noise *m = (scm_additive_noise *)base;
    scm_columns columns;
    double nll;
    if (m->params) {
        CGM_TRY(cgm_scm_descent_step(m->descent, fit, report));
        if (!report->finished) return CGM_OK;
        const scm_columns *rows = cgm_scm_descent_columns(m->descent);
        CGM_TRY(fit_noise(m, &rows->value, rows->parents, &nll));
        report->metrics[report->n_metrics++] = (cgm_metric){"nll", nll};
        return CGM_OK;
    }
    CGM_TRY(cgm_scm_columns_get(fit->data, m->variable, &m->features, &columns));
    CGM_TRY(cgm_scm_additive_fit(m, &columns.value, columns.parents, &nll));
    cgm_scm_report_step(report, nll);
    report->metrics[report->n_metrics++] = (cgm_metric){"freedom", m->smooth.freedom};
    return CGM_OK;
}

void cgm_scm_additive_fit_end(cgm_mechanism *base)
{
    scm_additive_noise *m = (scm_additive_noise *)base;
    cgm_scm_descent_destroy(m->descent);
    m->descent = NULL;
}
