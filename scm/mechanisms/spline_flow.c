/* Spline flows as mechanisms: creating, state, methods. */
#include "scm/mechanisms/spline_flow.h"

#include <stdlib.h>
#include <string.h>

#include "io/params_state.h"
#include "scm/mechanisms/affine_flow.h"

static const cgm_key keys[] = {
    {"bins", CGM_KEY_INT, offsetof(scm_spline_options, bins), false, 1, SCM_SPLINE_MAX_BINS, NULL,
     "bins of the spline (8)"},
    {"bound", CGM_KEY_REAL, offsetof(scm_spline_options, bound), false, 1, 100, NULL,
     "where the identity begins, in standard deviations (4)"},
    {"hidden", CGM_KEY_INT, offsetof(scm_spline_options, hidden), false, 1, SCM_SPLINE_MAX_HIDDEN, NULL,
     "with parents: units of the network's hidden layer (32)"},
    SCM_DESCENT_KEYS(scm_spline_options, ""),
};

static void spline_destroy(cgm_mechanism *base)
{
    scm_spline_flow *m = (scm_spline_flow *)base;
    if (!m) return;
    cgm_scm_spline_fit_end(base);
    cgm_params_destroy(m->params);
    cgm_arena_clear(&m->arena);
    free(m);
}

cgm_node cgm_scm_spline_network(const scm_spline_flow *m, cgm_graph *g, cgm_node features)
{
    int64_t outputs = (int64_t)m->outputs;
    if (m->inputs == 0)
        return cgm_reshape(g, cgm_param(m->params, g, "free", CGM_SHAPE(outputs), CGM_INIT_ZERO, 0),
                           CGM_SHAPE(1, outputs));
    cgm_node h = cgm_tanh(g, cgm_linear(m->params, g, "hidden", features, m->options.hidden, CGM_INIT_XAVIER, 1));
    return cgm_linear(m->params, g, "out", h, outputs, CGM_INIT_XAVIER, 0.01); /* near the identity */
}

/* Builds the network once, which declares its parameters. */
static cgm_status declare(scm_spline_flow *m)
{
    cgm_graph *g = NULL;
    CGM_TRY(cgm_graph_create(&g));
    cgm_node features = {0};
    if (m->inputs) features = cgm_input(g, "features", CGM_SHAPE(1, (int64_t)m->inputs));
    cgm_scm_spline_network(m, g, features);
    cgm_status status = cgm_graph_status(g);
    cgm_graph_destroy(g);
    return status;
}

static cgm_status create(const cgm_mechanism_class *methods, scm_spline_kind kind, const cgm_mechanism_spec *spec,
                         cgm_mechanism **out)
{
    cgm_status status = CGM_OK;
    scm_spline_flow *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a mechanism");
    m->base.methods = methods;
    m->variable = spec->variable;
    m->node = (cgm_mechanism_node){.width = 1, .noise_width = 1};
    m->kind = kind;
    m->standard[1] = 1;
    m->options = (scm_spline_options){.bins = 8, .bound = 4, .hidden = 32};
    CGM_TRY_GOTO(cgm_mechanism_read_options(methods, spec, sizeof m->options, &m->options), done);
    CGM_TRY_GOTO(cgm_scm_features_init(spec, &m->arena, &m->features), done);
    m->inputs = m->features.n - 1;
    m->outputs = 2 + cgm_scm_spline_parameters(kind, (size_t)m->options.bins);
    CGM_TRY_GOTO(cgm_params_create(&m->params), done);
    CGM_TRY_GOTO(declare(m), done);
    *out = &m->base;
done:
    if (status != CGM_OK) spline_destroy(&m->base);
    return status;
}

cgm_status cgm_scm_spline_initialise(scm_spline_flow *m, const cgm_rng *rng)
{
    if (m->initialised) return CGM_OK;
    CGM_TRY(cgm_params_init(m->params, rng));
    m->initialised = true;
    return CGM_OK;
}

static size_t spline_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = &((const scm_spline_flow *)base)->node;
    return 1;
}

static void spline_describe(const cgm_mechanism *base, size_t size, char *text)
{
    const scm_spline_flow *m = (const scm_spline_flow *)base;
    scm_text to = {text, size, 0};
    cgm_scm_text_add(&to, "%s = ", m->variable->name);
    cgm_scm_affine_describe_squash(m->variable, &to);
    cgm_scm_text_add(&to, "%.4g + %.4g g(u%s)%s", m->standard[0], m->standard[1], m->inputs ? "; parents" : "",
                     cgm_scm_affine_squash_end(m->variable));
    cgm_scm_text_add(&to, ", g a %s spline of %lld bins, %zu parameters; u ~ N(0, 1)",
                     m->kind == SCM_SPLINE_RQ ? "rational quadratic" : "linear rational", (long long)m->options.bins,
                     cgm_params_elements(m->params));
}

/* parameters: the EMA, which answers queries; during a fit also what is trained, the optimiser's moments, the steps. */
static cgm_status spline_state(cgm_mechanism *base, cgm_state *state)
{
    scm_spline_flow *m = (scm_spline_flow *)base;
    cgm_rng any = cgm_rng_create(0);
    CGM_TRY(cgm_scm_spline_initialise(m, &any)); /* a model that is about to be loaded */
    CGM_TRY(cgm_scm_features_state(&m->features, state));
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE(2), m->standard, "standard"));
    CGM_TRY(cgm_state_add_params(state, m->params, m->training != NULL));
    if (!m->training) return CGM_OK;
    return cgm_scm_spline_training_state(m, state);
}

/* ---- Evaluation (spline_eval.c) ---- */

static cgm_status spline_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                  double *out)
{
    (void)rng;
    return cgm_scm_spline_noise((scm_spline_flow *)base, parents, value->n, value->data, NULL, out);
}

static cgm_status spline_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    (void)base, (void)node;
    for (size_t i = 0; i < noise->n; i++) noise->data[i] = cgm_rng_normal(rng);
    return CGM_OK;
}

static cgm_status spline_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                                 const cgm_values *noise, int threads, cgm_values *out)
{
    (void)node, (void)before, (void)threads;
    return cgm_scm_spline_values((scm_spline_flow *)base, parents, out->n, noise->data, out->data);
}

static cgm_status spline_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    (void)rng, (void)opts, (void)internals;
    return cgm_scm_spline_noise((scm_spline_flow *)base, parents, value->n, value->data, noise[0].data, NULL);
}

static cgm_status rq_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    return create(&cgm_mechanism_rq_spline, SCM_SPLINE_RQ, spec, out);
}

static cgm_status lr_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    return create(&cgm_mechanism_lr_spline, SCM_SPLINE_LR, spec, out);
}

static bool spline_has_normal_noise(const cgm_mechanism *base)
{
    (void)base;
    return true;
}

#define COMMON                                                                                                         \
    .variable_types = 1u << CGM_CONTINUOUS, .parent_types = CGM_SCALAR_TYPES,                                          \
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB | CGM_ABDUCTS_EXACTLY | CGM_CONCURRENT,         \
    .n_keys = sizeof keys / sizeof *keys, .keys = keys, .destroy = spline_destroy, .nodes = spline_nodes,              \
    .describe = spline_describe, .state = spline_state, .fit_begin = cgm_scm_spline_fit_begin,                         \
    .fit_step = cgm_scm_spline_fit_step, .fit_end = cgm_scm_spline_fit_end, .log_prob = spline_log_prob,               \
    .sample_noise = spline_sample_noise, .predict = spline_predict, .abduct = spline_abduct,                           \
    .has_normal_noise = spline_has_normal_noise

const cgm_mechanism_class cgm_mechanism_rq_spline = {
    COMMON,
    .kind = "rq_spline",
    .doc = "a flow by a rational quadratic spline of a normal, conditional on the parents by a small network",
    .create = rq_create,
};
const cgm_mechanism_class cgm_mechanism_lr_spline = {
    COMMON,
    .kind = "lr_spline",
    .doc = "a flow by a linear rational spline of a normal, conditional on the parents by a small network",
    .create = lr_create,
};
