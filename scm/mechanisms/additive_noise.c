/* The additive noise model as a mechanism. */
#include "scm/mechanisms/additive_noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/params_state.h"
#include "nn/layers.h"
#include "scm/mechanisms/affine_flow.h"

static const char *const means[] = {[SCM_MEAN_SPLINE] = "spline", [SCM_MEAN_MLP] = "mlp", NULL}, *const noises[] = {
                                                                                                     "normal",
                                                                                                     "empirical", NULL};
#define OPTION(field) offsetof(scm_additive_options, field)
static const cgm_key keys[] = {
    {.name = "mean",
     .type = CGM_KEY_CHOICE,
     .offset = OPTION(mean),
     .choices = means,
     .doc = "spline, a sum of smoothing splines, or mlp, a network with one hidden layer"},
    {.name = "noise",
     .type = CGM_KEY_CHOICE,
     .offset = OPTION(noise),
     .choices = noises,
     .doc = "normal, or empirical, from the residuals"},
    {.name = "knots",
     .type = CGM_KEY_INT,
     .offset = OPTION(knots),
     .low = 1,
     .high = SCM_SMOOTH_MAX_KNOTS,
     .doc = "spline: knots between the ends (10)"},
    {.name = "hidden",
     .type = CGM_KEY_INT,
     .offset = OPTION(hidden),
     .low = 1,
     .high = SCM_ADDITIVE_MAX_HIDDEN,
     .doc = "mlp: units of the hidden layer (32)"},
    SCM_DESCENT_KEYS(scm_additive_options, "mlp: "),
};
enum { MAX_COLUMNS = 1500 };

/* ---- The object ---- */

static void additive_destroy(cgm_mechanism *base)
{
    scm_additive_noise *m = (scm_additive_noise *)base;
    if (!m) return;
    cgm_scm_additive_fit_end(base);
    cgm_params_destroy(m->params);
    cgm_arena_clear(&m->arena);
    free(m);
}

/* An option of the other kind of mean would do nothing. */
static cgm_status check_options(const scm_additive_noise *m, const cgm_yaml *options)
{
    static const char *const of_mlp[] = {"hidden", "epochs", "batch", "rate"};
    const cgm_yaml *node = options ? cgm_yaml_get(options, "knots") : NULL;
    if (m->options.mean == SCM_MEAN_MLP && node) return cgm_yaml_fail(node, "knots: expected with `mean: spline` only");
    for (size_t k = 0; options && m->options.mean == SCM_MEAN_SPLINE && k < 4; k++) {
        node = cgm_yaml_get(options, of_mlp[k]);
        if (node) return cgm_yaml_fail(node, "%s: expected with `mean: mlp` only", of_mlp[k]);
    }
    return CGM_OK;
}

cgm_node cgm_scm_additive_network(const scm_additive_noise *m, cgm_graph *g, cgm_node features)
{
    cgm_node h = cgm_tanh(g, cgm_linear(m->params, g, "hidden", features, m->options.hidden, CGM_INIT_XAVIER, 1));
    return cgm_linear(m->params, g, "out", h, 1, CGM_INIT_XAVIER, 0.01);
}

/* Builds the network once, which declares its parameters. */
static cgm_status declare(scm_additive_noise *m)
{
    cgm_graph *g = NULL;
    CGM_TRY(cgm_params_create(&m->params));
    CGM_TRY(cgm_graph_create(&g));
    cgm_scm_additive_network(m, g, cgm_input(g, "features", CGM_SHAPE(1, (int64_t)m->features.n - 1)));
    cgm_status status = cgm_graph_status(g);
    cgm_graph_destroy(g);
    return status;
}

cgm_status cgm_scm_additive_initialise(scm_additive_noise *m, const cgm_rng *rng)
{
    if (m->initialised) return CGM_OK;
    CGM_TRY(cgm_params_init(m->params, rng));
    m->initialised = true;
    return CGM_OK;
}

static cgm_status init(scm_additive_noise *m, const cgm_mechanism_spec *spec)
{
    CGM_TRY(cgm_mechanism_read_options(&cgm_mechanism_additive_noise, spec, sizeof m->options, &m->options));
    CGM_TRY(check_options(m, spec->options));
    CGM_TRY(cgm_scm_features_init(spec, &m->arena, &m->features));
    CGM_TRY(cgm_scm_residuals_init(m->options.noise == 1, &m->arena, &m->noise));
    /* Without parents the mean is a constant, by whichever name. */
    if (m->options.mean == SCM_MEAN_MLP && spec->n_parents > 0) return declare(m);
    CGM_TRY(cgm_scm_smooth_init(spec, (size_t)m->options.knots, &m->arena, &m->smooth));
    if (m->smooth.n <= MAX_COLUMNS) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "%zu coefficients of splines: expected at most %d; fewer knots make them fewer",
                    m->smooth.n, MAX_COLUMNS);
}

static cgm_status additive_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    scm_additive_noise *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a mechanism");
    m->base.methods = &cgm_mechanism_additive_noise;
    m->variable = spec->variable;
    m->node = (cgm_mechanism_node){.width = 1, .noise_width = 1};
    m->standard[1] = m->sd = 1;
    m->options = (scm_additive_options){.knots = 10, .hidden = 32};
    cgm_status status = init(m, spec);
    if (status != CGM_OK) {
        additive_destroy(&m->base);
        return status;
    }
    *out = &m->base;
    return CGM_OK;
}

static size_t additive_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = &((const scm_additive_noise *)base)->node;
    return 1;
}

static void additive_describe(const cgm_mechanism *base, size_t size, char *text)
{
    const scm_additive_noise *m = (const scm_additive_noise *)base;
    scm_text to = {text, size, 0};
    cgm_scm_text_add(&to, "%s = ", m->variable->name);
    cgm_scm_affine_describe_squash(m->variable, &to);
    if (m->features.n_parents == 0) cgm_scm_text_add(&to, "%.4g", cgm_scm_additive_mean(m, NULL, 0));
    for (size_t p = 0; p < m->features.n_parents; p++)
        cgm_scm_text_add(&to, "%s%s", p ? ", " : "m(", m->features.parents[p]->name);
    cgm_scm_text_add(&to, "%s + %.4g u%s", m->features.n_parents ? ")" : "", m->sd,
                     cgm_scm_affine_squash_end(m->variable));
    if (m->params)
        cgm_scm_text_add(&to, ", m a network of %zu parameters", cgm_params_elements(m->params));
    else if (m->features.n_parents)
        cgm_scm_text_add(&to, ", m a sum of splines, %.1f degrees of freedom", m->smooth.freedom);
    cgm_scm_text_add(&to, m->noise.empirical ? "; u ~ the residuals" : "; u ~ N(0, 1)");
}

static cgm_status additive_state(cgm_mechanism *base, cgm_state *state)
{
    scm_additive_noise *m = (scm_additive_noise *)base;
    cgm_rng any = cgm_rng_create(0);
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE(2), m->standard, "standard"));
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SCALAR, &m->sd, "parameters/sd"));
    CGM_TRY(cgm_scm_residuals_state(&m->noise, state));
    if (!m->params) return cgm_scm_smooth_state(&m->smooth, state);
    CGM_TRY(cgm_scm_additive_initialise(m, &any)); /* a model that is about to be loaded */
    CGM_TRY(cgm_scm_features_state(&m->features, state));
    CGM_TRY(cgm_state_add_params(state, m->params, m->descent != NULL));
    return m->descent ? cgm_scm_descent_state(m->descent, state) : CGM_OK;
}

/* ---- Computing, all in double ---- */

static const cgm_real *parameter(const scm_additive_noise *m, size_t i)
{
    return cgm_params_ema(m->params) + cgm_params_view(m->params, i)->offset;
}

static double network(const scm_additive_noise *m, const cgm_values *parents, size_t i)
{
    size_t at[SCM_MAX_ROW], inputs = m->features.n - 1, hidden = (size_t)m->options.hidden;
    double value[SCM_MAX_ROW];
    const cgm_real *weight = parameter(m, 0), *bias = parameter(m, 1), *out = parameter(m, 2);
    double sum = (double)parameter(m, 3)[0];
    size_t n = cgm_scm_features_row(&m->features, parents, i, at, value);
    for (size_t k = 0; k < hidden; k++) {
        double h = (double)bias[k];
        for (size_t f = 1; f < n; f++) h += (double)weight[k * inputs + at[f] - 1] * value[f]; /* 0: the constant */
        sum += (double)out[k] * tanh(h);
    }
    return sum;
}

double cgm_scm_additive_mean(const scm_additive_noise *m, const cgm_values *parents, size_t i)
{
    double mean = m->params ? network(m, parents, i) : cgm_scm_smooth_value(&m->smooth, parents, i);
    return m->standard[0] + m->standard[1] * mean;
}

static cgm_status check_fitted(const scm_additive_noise *m)
{
    if (!m->params || m->initialised) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "variable '%s': its mechanism is not fitted yet", m->variable->name);
}

static double noise_of(const scm_additive_noise *m, const cgm_values *parents, size_t i, double x)
{
    return (cgm_scm_affine_unsquash(m->variable, x) - cgm_scm_additive_mean(m, parents, i)) / m->sd;
}

static cgm_status additive_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                    cgm_rng *rng, double *out)
{
    const scm_additive_noise *m = (const scm_additive_noise *)base;
    (void)rng;
    CGM_TRY(check_fitted(m));
    for (size_t i = 0; i < value->n; i++) {
        double x = value->data[i];
        out[i] = cgm_scm_residuals_log_density(&m->noise, noise_of(m, parents, i, x)) - log(m->sd) +
                 cgm_scm_affine_log_slope(m->variable, x);
    }
    return CGM_OK;
}

static cgm_status additive_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    const scm_additive_noise *m = (const scm_additive_noise *)base;
    (void)node;
    for (size_t i = 0; i < noise->n; i++) noise->data[i] = cgm_scm_residuals_draw(&m->noise, rng);
    return CGM_OK;
}

static cgm_status additive_predict(cgm_mechanism *base, size_t node, const cgm_values *parents,
                                   const cgm_values *before, const cgm_values *noise, int threads, cgm_values *out)
{
    const scm_additive_noise *m = (const scm_additive_noise *)base;
    (void)node, (void)before, (void)threads;
    CGM_TRY(check_fitted(m));
    for (size_t i = 0; i < out->n; i++)
        out->data[i] =
            cgm_scm_affine_squash(m->variable, cgm_scm_additive_mean(m, parents, i) + m->sd * noise->data[i]);
    return CGM_OK;
}

static cgm_status additive_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                  const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    const scm_additive_noise *m = (const scm_additive_noise *)base;
    (void)rng, (void)opts, (void)internals;
    CGM_TRY(check_fitted(m));
    for (size_t i = 0; i < value->n; i++) noise[0].data[i] = noise_of(m, parents, i, value->data[i]);
    return CGM_OK;
}

static bool additive_has_normal_noise(const cgm_mechanism *base)
{
    return !((const scm_additive_noise *)base)->noise.empirical;
}

/* The mean is no straight line in any parent. */
static bool additive_passes_means(const cgm_mechanism *base, const bool *moving)
{
    const scm_additive_noise *m = (const scm_additive_noise *)base;
    bool any = false;
    for (size_t p = 0; p < m->features.n_parents; p++) any = any || moving[p];
    return !any && !m->variable->bounded && !m->noise.empirical;
}

const cgm_mechanism_class cgm_mechanism_additive_noise = {
    .kind = "additive_noise",
    .doc = "a smooth function of the parents, by splines or a network, plus noise; squashed to the range if there is "
           "one",
    .variable_types = 1u << CGM_CONTINUOUS,
    .parent_types = CGM_SCALAR_TYPES,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB | CGM_ABDUCTS_EXACTLY | CGM_CONCURRENT,
    .n_keys = sizeof keys / sizeof *keys,
    .keys = keys,
    .create = additive_create,
    .destroy = additive_destroy,
    .nodes = additive_nodes,
    .describe = additive_describe,
    .state = additive_state,
    .fit_begin = cgm_scm_additive_fit_begin,
    .fit_step = cgm_scm_additive_fit_step,
    .fit_end = cgm_scm_additive_fit_end,
    .log_prob = additive_log_prob,
    .sample_noise = additive_sample_noise,
    .predict = additive_predict,
    .abduct = additive_abduct,
    .passes_means = additive_passes_means,
    .has_normal_noise = additive_has_normal_noise,
};
