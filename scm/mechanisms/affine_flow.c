/* The conditional affine flow as a mechanism. */
#include "scm/mechanisms/affine_flow.h"

#include <math.h>
#include <stdlib.h>

#include "scm/mechanisms/known.h"

#define HALF_LOG_2PI 0.91893853320467274178
#define INSIDE 5e-10 /* of the range's width; see cgm_scm_affine_unsquash */

typedef struct options {
    int scale;
} options;

static const char *const scales[] = {"linear", "constant", NULL};
static const cgm_key keys[] = {{.name = "scale",
                                .type = CGM_KEY_CHOICE,
                                .offset = offsetof(options, scale),
                                .choices = scales,
                                .doc = "log-scale linear in the parents, or one constant"}};

static double inside(double part)
{
    return part > 0 ? part : INSIDE;
}

/* The parts of the range below and above x, which add up to one: both are needed to full precision near their bound. */
static void parts(const cgm_variable *variable, double x, double *below, double *above)
{
    double width = variable->high - variable->low;
    *below = inside((x - variable->low) / width);
    *above = inside((variable->high - x) / width);
}

double cgm_scm_affine_unsquash(const cgm_variable *variable, double x)
{
    if (!variable->bounded) return x;
    if (isinf(variable->high)) return log(x - variable->low);
    if (isinf(variable->low)) return -log(variable->high - x);
    double below, above;
    parts(variable, x, &below, &above);
    return log(below / above);
}

double cgm_scm_affine_squash(const cgm_variable *variable, double y)
{
    if (!variable->bounded) return y;
    if (isinf(variable->high)) return variable->low + exp(y);
    if (isinf(variable->low)) return variable->high - exp(-y);
    double width = variable->high - variable->low;
    return y > 0 ? variable->high - width / (1 + exp(y)) : variable->low + width / (1 + exp(-y));
}

double cgm_scm_affine_log_slope(const cgm_variable *variable, double x)
{
    if (!variable->bounded) return 0;
    if (isinf(variable->high)) return -log(x - variable->low);
    if (isinf(variable->low)) return -log(variable->high - x);
    double below, above;
    parts(variable, x, &below, &above);
    return -log((variable->high - variable->low) * below * above);
}

cgm_status cgm_scm_affine_standardise(const cgm_variable *variable, const cgm_values *value, double *y,
                                      double *standard)
{
    double sum = 0, squares = 0, n = (double)value->n;
    for (size_t i = 0; i < value->n; i++) sum += y[i] = cgm_scm_affine_unsquash(variable, value->data[i]);
    for (size_t i = 0; i < value->n; i++) squares += (y[i] - sum / n) * (y[i] - sum / n);
    double sd = sqrt(squares / n);
    if (!(sd > 0) || !(sd > 1e-12 * fabs(sum / n)))
        return CGM_FAIL(CGM_E_ARG,
                        "variable '%s': its %zu training values are all the same, so that it has no density; expected "
                        "some scatter",
                        variable->name, value->n);
    standard[0] = sum / n;
    standard[1] = sd;
    for (size_t i = 0; i < value->n; i++) y[i] = (y[i] - standard[0]) / sd;
    return CGM_OK;
}

void cgm_scm_affine_describe_squash(const cgm_variable *x, scm_text *to)
{
    if (!x->bounded) return;
    if (isinf(x->low)) {
        cgm_scm_text_add(to, "%.4g - exp(-(", x->high);
        return;
    }
    if (x->low != 0) cgm_scm_text_add(to, "%.4g + ", x->low);
    if (isinf(x->high))
        cgm_scm_text_add(to, "exp(");
    else
        cgm_scm_text_add(to, "%.4g sigmoid(", x->high - x->low);
}

const char *cgm_scm_affine_squash_end(const cgm_variable *x)
{
    if (!x->bounded) return "";
    return isinf(x->low) ? "))" : ")";
}

static double log_scale(const scm_affine_flow *m, const cgm_values *parents, size_t i)
{
    return m->n_scale == 1 ? m->log_scale[0] : cgm_scm_features_dot(&m->features, m->log_scale, parents, i);
}

static double noise_of(const scm_affine_flow *m, const cgm_values *parents, size_t i, double x)
{
    double location = cgm_scm_features_dot(&m->features, m->location, parents, i);
    return (cgm_scm_affine_unsquash(m->variable, x) - location) * exp(-log_scale(m, parents, i));
}

void cgm_scm_affine_destroy(cgm_mechanism *base)
{
    scm_affine_flow *m = (scm_affine_flow *)base;
    if (!m) return;
    cgm_arena_clear(&m->arena);
    free(m);
}

cgm_status cgm_scm_affine_create(const cgm_mechanism_class *methods, const cgm_mechanism_spec *spec,
                                 const scm_affine_opts *opts, scm_affine_flow **out)
{
    scm_affine_flow *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a mechanism");
    m->base.methods = methods;
    m->inner = *spec->variable;
    m->inner.bounded = m->inner.bounded && opts->squash;
    m->variable = &m->inner;
    m->node = (cgm_mechanism_node){.width = 1, .noise_width = 1};
    cgm_status status = cgm_scm_features_init(spec, &m->arena, &m->features);
    if (status == CGM_OK && opts->interactions)
        status = cgm_scm_features_interact(opts->interactions, &m->arena, &m->features);
    if (status == CGM_OK) {
        m->n_scale = opts->constant_scale ? 1 : m->features.n;
        m->location = cgm_arena_array(&m->arena, m->features.n, sizeof(double));
        m->log_scale = cgm_arena_array(&m->arena, m->features.n, sizeof(double));
        m->information[0] = cgm_arena_array(&m->arena, m->features.n, m->features.n * sizeof(double));
        m->information[1] = cgm_arena_array(&m->arena, m->n_scale, m->n_scale * sizeof(double));
        if (!m->location || !m->log_scale || !m->information[0] || !m->information[1]) status = CGM_E_MEMORY;
    }
    if (status != CGM_OK) {
        cgm_scm_affine_destroy(&m->base);
        return status;
    }
    *out = m;
    return CGM_OK;
}

static cgm_status affine_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    options chosen = {0};
    scm_affine_flow *m;
    CGM_TRY(cgm_mechanism_read_options(&cgm_mechanism_affine_flow, spec, sizeof chosen, &chosen));
    const scm_affine_opts opts = {.constant_scale = chosen.scale == 1, .squash = true};
    CGM_TRY(cgm_scm_affine_create(&cgm_mechanism_affine_flow, spec, &opts, &m));
    *out = &m->base;
    return CGM_OK;
}

size_t cgm_scm_affine_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = &((const scm_affine_flow *)base)->node;
    return 1;
}

void cgm_scm_affine_describe(const cgm_mechanism *base, size_t size, char *text)
{
    const scm_affine_flow *m = (const scm_affine_flow *)base;
    const cgm_variable *x = m->variable;
    scm_text to = {text, size, 0};
    cgm_scm_text_add(&to, "%s = ", x->name);
    cgm_scm_affine_describe_squash(x, &to);
    cgm_scm_features_describe(&m->features, m->location, &to);
    if (m->n_scale == 1) {
        cgm_scm_text_add(&to, " + %.4g u", exp(m->log_scale[0]));
    } else {
        cgm_scm_text_add(&to, " + exp(");
        cgm_scm_features_describe(&m->features, m->log_scale, &to);
        cgm_scm_text_add(&to, ") u");
    }
    cgm_scm_text_add(&to, "%s, u ~ N(0, 1)", cgm_scm_affine_squash_end(x));
}

cgm_status cgm_scm_affine_state(cgm_mechanism *base, cgm_state *state)
{
    scm_affine_flow *m = (scm_affine_flow *)base;
    CGM_TRY(cgm_scm_features_state(&m->features, state));
    int64_t n[2] = {(int64_t)m->features.n, (int64_t)m->n_scale};
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE(n[0]), m->location, "parameters/location"));
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE(n[1]), m->log_scale, "parameters/log_scale"));
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE(n[0], n[0]), m->information[0], "information/location"));
    return cgm_state_add(state, CGM_F64, CGM_SHAPE(n[1], n[1]), m->information[1], "information/log_scale");
}

cgm_status cgm_scm_affine_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    const scm_affine_flow *m = (const scm_affine_flow *)base;
    size_t begin, n, k = m->features.n;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &n);
    *report = (cgm_fit_report){.total = n, .unit = "rows", .memory_bytes = (n + 5 * k * k + 11 * k) * sizeof(double)};
    return CGM_OK;
}

cgm_status cgm_scm_affine_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    scm_affine_flow *m = (scm_affine_flow *)base;
    scm_columns columns;
    double nll;
    CGM_TRY(cgm_scm_columns_get(fit->data, m->variable, &m->features, &columns));
    if (!fit->resampled && !m->given) {
        cgm_scm_features_fit(&m->features, columns.parents);
        CGM_TRY(cgm_scm_features_check(&m->features, m->variable->name, columns.parents, columns.value.n));
    }
    CGM_TRY(cgm_scm_affine_fit(m, &columns.value, columns.parents, &nll));
    cgm_scm_report_step(report, nll);
    return CGM_OK;
}

void cgm_scm_affine_fit_end(cgm_mechanism *base)
{
    (void)base;
}

cgm_status cgm_scm_affine_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                   cgm_rng *rng, double *out)
{
    const scm_affine_flow *m = (const scm_affine_flow *)base;
    (void)rng;
    for (size_t i = 0; i < value->n; i++) {
        double x = value->data[i], u = noise_of(m, parents, i, x);
        out[i] = -0.5 * u * u - HALF_LOG_2PI - log_scale(m, parents, i) + cgm_scm_affine_log_slope(m->variable, x);
    }
    return CGM_OK;
}

cgm_status cgm_scm_affine_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    (void)base, (void)node;
    for (size_t i = 0; i < noise->n; i++) noise->data[i] = cgm_rng_normal(rng);
    return CGM_OK;
}

cgm_status cgm_scm_affine_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                                  const cgm_values *noise, int threads, cgm_values *out)
{
    const scm_affine_flow *m = (const scm_affine_flow *)base;
    (void)node, (void)before, (void)threads;
    for (size_t i = 0; i < out->n; i++) {
        double y = cgm_scm_features_dot(&m->features, m->location, parents, i) +
                   exp(log_scale(m, parents, i)) * noise->data[i];
        out->data[i] = cgm_scm_affine_squash(m->variable, y);
    }
    return CGM_OK;
}

cgm_status cgm_scm_affine_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                 const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    const scm_affine_flow *m = (const scm_affine_flow *)base;
    (void)rng, (void)opts, (void)internals;
    for (size_t i = 0; i < value->n; i++) noise[0].data[i] = noise_of(m, parents, i, value->data[i]);
    return CGM_OK;
}

size_t cgm_scm_affine_coefficients(cgm_mechanism *base, cgm_coefficients *out)
{
    scm_affine_flow *m = (scm_affine_flow *)base;
    out[0] = (cgm_coefficients){m->features.n, m->location, m->information[0]};
    out[1] = (cgm_coefficients){m->n_scale, m->log_scale, m->information[1]};
    if (cgm_mechanism_is_known(base)) return 0;
    return m->n_scale == 1 ? 1 : 2;
}

bool cgm_scm_affine_passes_means(const cgm_mechanism *base, const bool *moving)
{
    const scm_affine_flow *m = (const scm_affine_flow *)base;
    return !m->variable->bounded && m->n_scale == 1 && cgm_scm_features_affine_in(&m->features, moving);
}

bool cgm_scm_affine_has_normal_noise(const cgm_mechanism *base)
{
    (void)base;
    return true;
}

const cgm_mechanism_class cgm_mechanism_affine_flow = {
    .kind = "affine_flow",
    .doc = "location + scale times a normal, linear in the parents, squashed to the range if there is one",
    .variable_types = 1u << CGM_CONTINUOUS,
    .parent_types = CGM_SCALAR_TYPES,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB | CGM_ABDUCTS_EXACTLY | CGM_CONCURRENT,
    .n_keys = sizeof keys / sizeof *keys,
    .keys = keys,
    .create = affine_create,
    .destroy = cgm_scm_affine_destroy,
    .nodes = cgm_scm_affine_nodes,
    .describe = cgm_scm_affine_describe,
    .state = cgm_scm_affine_state,
    .fit_begin = cgm_scm_affine_fit_begin,
    .fit_step = cgm_scm_affine_fit_step,
    .fit_end = cgm_scm_affine_fit_end,
    .log_prob = cgm_scm_affine_log_prob,
    .sample_noise = cgm_scm_affine_sample_noise,
    .predict = cgm_scm_affine_predict,
    .abduct = cgm_scm_affine_abduct,
    .passes_means = cgm_scm_affine_passes_means,
    .coefficients = cgm_scm_affine_coefficients,
    .has_normal_noise = cgm_scm_affine_has_normal_noise,
};
