/* Fitting spline flows by maximum likelihood. */
#include <stdlib.h>

#include "scm/mechanisms/descent.h"
#include "scm/mechanisms/spline_flow.h"

struct scm_spline_training {
    scm_descent *descent;
    cgm_node triangle_node;
    cgm_real *triangle; /* [bins, bins + 1]: see cgm_scm_spline_loss */
};

static void training_destroy(scm_spline_training *t)
{
    if (!t) return;
    cgm_scm_descent_destroy(t->descent);
    cgm_free_aligned(t->triangle);
    free(t);
}

static cgm_status make_triangle(scm_spline_training *t, size_t bins)
{
    t->triangle = cgm_alloc_aligned(bins * (bins + 1) * sizeof *t->triangle);
    if (!t->triangle) return CGM_E_MEMORY;
    for (size_t i = 0; i < bins; i++)
        for (size_t j = 0; j <= bins; j++) t->triangle[i * (bins + 1) + j] = j > i;
    return CGM_OK;
}

/* The mean negative log-likelihood. */
static cgm_node loss(void *context, cgm_graph *g, cgm_node y, cgm_node features)
{
    scm_spline_flow *m = context;
    int64_t bins = m->options.bins;
    m->training->triangle_node = cgm_input(g, "triangle", CGM_SHAPE(bins, bins + 1));
    return cgm_scm_spline_loss(m, g, y, cgm_scm_spline_network(m, g, features), m->training->triangle_node);
}

static void bind(void *context, cgm_workspace *ws)
{
    const scm_spline_flow *m = context;
    cgm_workspace_bind(ws, m->training->triangle_node, m->training->triangle);
}

static cgm_status begin(scm_spline_flow *m, const cgm_fit *fit, cgm_fit_report *report)
{
    cgm_rng start = cgm_rng_split(&fit->rng, "parameters");
    scm_descent_spec spec = {.variable = m->variable,
                             .features = &m->features,
                             .standard = m->standard,
                             .params = m->params,
                             .options = m->options.descent,
                             .loss = loss,
                             .bind = bind,
                             .context = m,
                             .metric = "nll",
                             .is_nll = true};
    CGM_TRY(cgm_scm_spline_initialise(m, &start));
    CGM_TRY(make_triangle(m->training, (size_t)m->options.bins));
    return cgm_scm_descent_begin(&spec, fit, report, &m->training->descent);
}

cgm_status cgm_scm_spline_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    scm_spline_flow *m = (scm_spline_flow *)base;
    m->training = calloc(1, sizeof *m->training);
    if (!m->training) return CGM_FAIL(CGM_E_MEMORY, "out of memory for training");
    cgm_status status = begin(m, fit, report);
    if (status != CGM_OK) cgm_scm_spline_fit_end(base);
    return status;
}

cgm_status cgm_scm_spline_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    return cgm_scm_descent_step(((scm_spline_flow *)base)->training->descent, fit, report);
}

void cgm_scm_spline_fit_end(cgm_mechanism *base)
{
    scm_spline_flow *m = (scm_spline_flow *)base;
    training_destroy(m->training);
    m->training = NULL;
}

cgm_status cgm_scm_spline_training_state(scm_spline_flow *m, cgm_state *state)
{
    return cgm_scm_descent_state(m->training->descent, state);
}
