/* The categorical mechanism. */
#include "scm/mechanisms/categorical.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mechanisms/counterfactual.h"
#include "scm/mechanisms/known.h"
#include "scm/mechanisms/newton.h"
#include "scm/object.h"

typedef struct options {
    const cgm_yaml *interactions;
} options;

static const cgm_key keys[] = {{.name = "interactions",
                                .type = CGM_KEY_NODE,
                                .offset = offsetof(options, interactions),
                                .doc = "pairs of parents whose products are terms too, [[a, b], ...]"}};

static const double ridge = 1e-6, pseudo_count = 1e-3;
enum { MAX_WEIGHTS = 4000 }; /* a Hessian of 128 MB */

void cgm_scm_categorical_log_probs(const scm_categorical *m, const cgm_values *parents, size_t i, double *out)
{
    double top = -INFINITY, sum = 0;
    for (size_t l = 0; l < m->levels; l++) {
        out[l] = cgm_scm_features_dot(&m->features, m->weight + l * m->features.n, parents, i);
        top = fmax(top, out[l]);
    }
    for (size_t l = 0; l < m->levels; l++) sum += exp(out[l] - top);
    for (size_t l = 0; l < m->levels; l++) out[l] -= top + log(sum);
}

size_t cgm_scm_gumbel_argmax(size_t levels, const double *log_p, const double *u)
{
    size_t best = 0;
    for (size_t l = 1; l < levels; l++)
        if (log_p[l] + u[l] > log_p[best] + u[best]) best = l;
    return best;
}

void cgm_scm_categorical_posterior(size_t levels, const double *log_p, size_t observed, cgm_rng *rng, double *u)
{
    double top = cgm_rng_gumbel(rng);
    u[observed] = top - log_p[observed];
    for (size_t l = 0; l < levels; l++) {
        if (l == observed) continue;
        /* A Gumbel at log_p truncated at top is -log(exp(-top) + exp(-gumbel - log_p)); less log_p it is this, whatever
         * underflows. */
        double gumbel = cgm_rng_gumbel(rng), a = top - log_p[l];
        u[l] = fmin(a, gumbel) - log1p(exp(-fabs(a - gumbel)));
        /* Rounding must not turn the truncation into a tie. */
        for (double step = DBL_EPSILON; log_p[l] + u[l] >= log_p[observed] + u[observed]; step *= 2)
            u[l] -= step * (1 + fabs(u[l]));
    }
}

static double mean_nll(const scm_categorical *m, const cgm_values *value, const cgm_values *parents)
{
    double log_p[SCM_MAX_LEVELS], sum = 0;
    for (size_t i = 0; i < value->n; i++) {
        cgm_scm_categorical_log_probs(m, parents, i, log_p);
        sum -= log_p[(size_t)value->data[i]];
    }
    return sum / (double)value->n;
}

typedef struct problem {
    const scm_categorical *m;
    const cgm_values *value, *parents;
    double *hessian; /* [size, size], size = levels * features */
} problem;

/* The model with other weights. */
static scm_categorical with_weights(const problem *p, const double *weight)
{
    scm_categorical at = *p->m;
    at.weight = (double *)weight; /* only read */
    return at;
}

static double objective(void *context, const double *weight)
{
    const problem *p = context;
    scm_categorical at = with_weights(p, weight);
    double norm = 0;
    for (size_t j = 0; j < at.levels * at.features.n; j++) norm += weight[j] * weight[j];
    return mean_nll(&at, p->value, p->parents) + 0.5 * ridge * norm;
}

/* One row's part of the gradient and the Hessian: (p - seen) f, and (diag(p) - p p') with f f'. */
static void add_row(const problem *p, const scm_categorical *at, size_t i, double *gradient)
{
    size_t k = at->features.n, size = at->levels * k, seen = (size_t)p->value->data[i], where[SCM_MAX_ROW];
    double prob[SCM_MAX_LEVELS], x[SCM_MAX_ROW], share = 1 / (double)p->value->n;
    size_t n = cgm_scm_features_row(&at->features, p->parents, i, where, x);
    cgm_scm_categorical_log_probs(at, p->parents, i, prob);
    for (size_t l = 0; l < at->levels; l++) prob[l] = exp(prob[l]);
    for (size_t l = 0; l < at->levels; l++)
        for (size_t a = 0; a < n; a++) {
            gradient[l * k + where[a]] += (prob[l] - (l == seen)) * share * x[a];
            double *hessian_row = p->hessian + (l * k + where[a]) * size;
            for (size_t q = 0; q < at->levels; q++) {
                double weight = prob[l] * ((l == q) - prob[q]) * share * x[a];
                for (size_t b = 0; b < n; b++) hessian_row[q * k + where[b]] += weight * x[b];
            }
        }
}

static cgm_status newton_step(void *context, const double *weight, double *gradient, double *direction)
{
    const problem *p = context;
    scm_categorical at = with_weights(p, weight);
    size_t size = at.levels * at.features.n;
    memset(p->hessian, 0, size * size * sizeof(double));
    for (size_t j = 0; j < size; j++) {
        gradient[j] = ridge * weight[j];
        p->hessian[j * size + j] = ridge;
    }
    for (size_t i = 0; i < p->value->n; i++) add_row(p, &at, i, gradient);
    CGM_TRY(cgm_scm_solve_positive(size, p->hessian, gradient, direction));
    for (size_t j = 0; j < size; j++) direction[j] = -direction[j];
    return CGM_OK;
}

static cgm_status regress(scm_categorical *m, const cgm_values *value, const cgm_values *parents)
{
    size_t size = m->levels * m->features.n;
    if (size > MAX_WEIGHTS)
        return CGM_FAIL(CGM_E_ARG,
                        "variable '%s': %zu levels with %zu features of its parents: expected at most %d weights",
                        m->variable->name, m->levels, m->features.n, MAX_WEIGHTS);
    problem p = {m, value, parents, calloc(size, size * sizeof(double))};
    if (!p.hessian)
        return CGM_FAIL(CGM_E_MEMORY, "variable '%s': out of memory for %zu weights", m->variable->name, size);
    cgm_scm_smooth f = {.n = size, .value = objective, .step = newton_step, .context = &p};
    cgm_status status = cgm_scm_minimize(&f, m->weight, m->variable->name);
    free(p.hessian);
    return status;
}

static void set_frequencies(scm_categorical *m, const cgm_values *value)
{
    size_t k = m->features.n;
    memset(m->weight, 0, m->levels * k * sizeof *m->weight);
    for (size_t i = 0; i < value->n; i++) m->weight[(size_t)value->data[i] * k] += 1;
    double total = (double)value->n + pseudo_count * (double)m->levels;
    for (size_t l = 0; l < m->levels; l++) m->weight[l * k] = log((m->weight[l * k] + pseudo_count) / total);
}

cgm_status cgm_scm_categorical_fit(scm_categorical *m, const cgm_values *value, const cgm_values *parents, double *nll)
{
    if (value->n == 0) return CGM_FAIL(CGM_E_ARG, "variable '%s': there are no training rows", m->variable->name);
    cgm_scm_features_fit(&m->features, parents);
    set_frequencies(m, value);
    if (m->features.n > 1) CGM_TRY(regress(m, value, parents));
    *nll = mean_nll(m, value, parents);
    return CGM_OK;
}

static void categorical_destroy(cgm_mechanism *base)
{
    scm_categorical *m = (scm_categorical *)base;
    if (!m) return;
    cgm_arena_clear(&m->arena);
    free(m);
}

static cgm_status categorical_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    options chosen = {0};
    CGM_TRY(cgm_mechanism_read_options(&cgm_mechanism_categorical, spec, sizeof chosen, &chosen));
    scm_categorical *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a mechanism");
    m->base.methods = &cgm_mechanism_categorical;
    m->variable = spec->variable;
    m->levels = (size_t)spec->variable->levels;
    m->node = (cgm_mechanism_node){.width = 1, .noise_width = m->levels};
    cgm_status status = cgm_scm_features_init(spec, &m->arena, &m->features);
    if (status == CGM_OK && chosen.interactions)
        status = cgm_scm_features_interact(chosen.interactions, &m->arena, &m->features);
    if (status == CGM_OK) {
        m->weight = cgm_arena_array(&m->arena, m->levels * m->features.n, sizeof(double));
        if (!m->weight) status = CGM_E_MEMORY;
    }
    if (status != CGM_OK) {
        categorical_destroy(&m->base);
        return status;
    }
    *out = &m->base;
    return CGM_OK;
}

static size_t categorical_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = &((const scm_categorical *)base)->node;
    return 1;
}

static void categorical_describe(const cgm_mechanism *base, size_t size, char *text)
{
    const scm_categorical *m = (const scm_categorical *)base;
    double log_p[SCM_MAX_LEVELS];
    scm_text to = {text, size, 0};
    if (m->features.n > 1) {
        cgm_scm_text_add(&to, "%s ~ softmax(%zu levels", m->variable->name, m->levels);
        for (size_t l = 0; l < m->levels; l++) {
            cgm_scm_text_add(&to, "; ");
            cgm_scm_features_describe(&m->features, m->weight + l * m->features.n, &to);
        }
        cgm_scm_text_add(&to, ")");
        return;
    }
    cgm_scm_categorical_log_probs(m, NULL, 0, log_p);
    cgm_scm_text_add(&to, "%s ~ (", m->variable->name);
    for (size_t l = 0; l < m->levels; l++) cgm_scm_text_add(&to, "%s%.3g", l ? ", " : "", exp(log_p[l]));
    cgm_scm_text_add(&to, ")");
}

static cgm_status categorical_state(cgm_mechanism *base, cgm_state *state)
{
    scm_categorical *m = (scm_categorical *)base;
    CGM_TRY(cgm_scm_features_state(&m->features, state));
    return cgm_state_add(state, CGM_F64, CGM_SHAPE((int64_t)m->levels, (int64_t)m->features.n), m->weight,
                         "parameters/weight");
}

static cgm_status categorical_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    const scm_categorical *m = (const scm_categorical *)base;
    size_t begin, n;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &n);
    size_t size = m->features.n > 1 ? m->levels * m->features.n : 0;
    *report = (cgm_fit_report){.total = n, .unit = "rows", .memory_bytes = (size * size + 3 * size) * sizeof(double)};
    return CGM_OK;
}

static cgm_status categorical_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    scm_categorical *m = (scm_categorical *)base;
    scm_columns columns;
    double nll;
    CGM_TRY(cgm_scm_columns_get(fit->data, m->variable, &m->features, &columns));
    CGM_TRY(cgm_scm_categorical_fit(m, &columns.value, columns.parents, &nll));
    cgm_scm_report_step(report, nll);
    return CGM_OK;
}

static void categorical_fit_end(cgm_mechanism *base)
{
    (void)base;
}

static cgm_status categorical_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                       cgm_rng *rng, double *out)
{
    const scm_categorical *m = (const scm_categorical *)base;
    double log_p[SCM_MAX_LEVELS];
    (void)rng;
    for (size_t i = 0; i < value->n; i++) {
        cgm_scm_categorical_log_probs(m, parents, i, log_p);
        out[i] = log_p[(size_t)value->data[i]];
    }
    return CGM_OK;
}

cgm_status cgm_scm_gumbel_sample(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    (void)base, (void)node;
    for (size_t i = 0; i < noise->n * noise->width; i++) noise->data[i] = cgm_rng_gumbel(rng);
    return CGM_OK;
}

static cgm_status categorical_predict(cgm_mechanism *base, size_t node, const cgm_values *parents,
                                      const cgm_values *before, const cgm_values *noise, int threads, cgm_values *out)
{
    const scm_categorical *m = (const scm_categorical *)base;
    double log_p[SCM_MAX_LEVELS];
    (void)node, (void)before, (void)threads;
    for (size_t i = 0; i < out->n; i++) {
        cgm_scm_categorical_log_probs(m, parents, i, log_p);
        out->data[i] = (double)cgm_scm_gumbel_argmax(m->levels, log_p, noise->data + i * noise->width);
    }
    return CGM_OK;
}

/* The posterior is sampled in full at every temperature: a mean of Gumbels would favour no level in particular. */
static cgm_status categorical_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                     cgm_rng *rng, const cgm_abduct_opts *opts, cgm_values *internals,
                                     cgm_values *noise)
{
    const scm_categorical *m = (const scm_categorical *)base;
    double log_p[SCM_MAX_LEVELS];
    (void)internals;
    for (size_t i = 0; i < value->n; i++) {
        cgm_rng stream = cgm_abduct_stream(rng, opts, i);
        cgm_scm_categorical_log_probs(m, parents, i, log_p);
        cgm_scm_categorical_posterior(m->levels, log_p, (size_t)value->data[i], &stream, noise[0].data + i * m->levels);
    }
    return CGM_OK;
}

static cgm_status categorical_counterfactual(cgm_mechanism *base, const cgm_values *parents,
                                             const cgm_values *counter_parents, size_t n, double *out)
{
    const scm_categorical *m = (const scm_categorical *)base;
    return cgm_scm_counterfactual_by(cgm_scm_gumbel_counterfactual, base, m->levels, parents, counter_parents, n, out);
}

const cgm_mechanism_class cgm_mechanism_categorical = {
    .kind = "categorical",
    .doc = "levels with log-odds linear in the parents, sampled by the Gumbel-max trick",
    .variable_types = CGM_LEVEL_TYPES,
    .parent_types = CGM_SCALAR_TYPES,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB | CGM_ABDUCTS_EXACTLY | CGM_CONCURRENT,
    .assumption = "Gumbel-max noise",
    .n_keys = sizeof keys / sizeof *keys,
    .keys = keys,
    .create = categorical_create,
    .destroy = categorical_destroy,
    .nodes = categorical_nodes,
    .describe = categorical_describe,
    .state = categorical_state,
    .fit_begin = categorical_fit_begin,
    .fit_step = categorical_fit_step,
    .fit_end = categorical_fit_end,
    .log_prob = categorical_log_prob,
    .sample_noise = cgm_scm_gumbel_sample,
    .predict = categorical_predict,
    .abduct = categorical_abduct,
    .counterfactual = categorical_counterfactual,
};
