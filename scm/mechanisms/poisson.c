/* The Poisson mechanism. */
#include "scm/mechanisms/poisson.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mechanisms/known.h"
#include "scm/mechanisms/latent.h"

typedef struct options {
    const cgm_yaml *coefficients, *interactions;
} options;

static const cgm_key keys[] = {
    {.name = "coefficients",
     .type = CGM_KEY_NODE,
     .offset = offsetof(options, coefficients),
     .doc = "known ones of the mean's logarithm, {intercept: 0, PARENT: 0.5}; what is not given is fitted"},
    {.name = "interactions",
     .type = CGM_KEY_NODE,
     .offset = offsetof(options, interactions),
     .doc = "pairs of parents whose products are terms too, [[a, b], ...]"},
};

static bool poisson_is_known(const cgm_mechanism *base)
{
    const scm_poisson *m = (const scm_poisson *)base;
    return cgm_scm_coefficients_known(m->features.n, m->given);
}

static void poisson_destroy(cgm_mechanism *base)
{
    scm_poisson *m = (scm_poisson *)base;
    if (!m) return;
    cgm_arena_clear(&m->arena);
    free(m);
}

static cgm_status init(scm_poisson *m, const cgm_mechanism_spec *spec, const options *chosen)
{
    CGM_TRY(cgm_scm_features_init(spec, &m->arena, &m->features));
    if (chosen->interactions) CGM_TRY(cgm_scm_features_interact(chosen->interactions, &m->arena, &m->features));
    size_t n = m->features.n;
    m->weight = cgm_arena_array(&m->arena, n, sizeof *m->weight);
    m->information = cgm_arena_array(&m->arena, n, n * sizeof *m->information);
    if (!m->weight || !m->information) return CGM_E_MEMORY;
    if (!chosen->coefficients) return CGM_OK;
    if (!(m->given = cgm_arena_array(&m->arena, n, sizeof *m->given))) return CGM_E_MEMORY;
    CGM_TRY(cgm_scm_coefficients_read(chosen->coefficients, &m->features, false, m->given));
    if (poisson_is_known(&m->base)) memcpy(m->weight, m->given, n * sizeof *m->weight);
    return CGM_OK;
}

static cgm_status poisson_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    options chosen = {0};
    CGM_TRY(cgm_mechanism_read_options(&cgm_mechanism_poisson, spec, sizeof chosen, &chosen));
    if (chosen.coefficients && chosen.interactions)
        return cgm_yaml_fail(chosen.interactions, "interactions: expected no coefficients beside them: all are fitted");
    scm_poisson *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a mechanism");
    m->base.methods = &cgm_mechanism_poisson;
    m->variable = spec->variable;
    m->node = (cgm_mechanism_node){.width = 1, .noise_width = 1};
    m->high = spec->variable->bounded ? spec->variable->high : INFINITY;
    cgm_status status = init(m, spec, &chosen);
    if (status != CGM_OK) {
        poisson_destroy(&m->base);
        return status;
    }
    *out = &m->base;
    return CGM_OK;
}

static size_t poisson_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = &((const scm_poisson *)base)->node;
    return 1;
}

static void poisson_describe(const cgm_mechanism *base, size_t size, char *text)
{
    const scm_poisson *m = (const scm_poisson *)base;
    scm_text to = {text, size, 0};
    cgm_scm_text_add(&to, "%s ~ Poisson(exp(", m->variable->name);
    cgm_scm_features_describe(&m->features, m->weight, &to);
    cgm_scm_text_add(&to, "))");
    if (isfinite(m->high)) cgm_scm_text_add(&to, " up to %.15g", m->high);
    cgm_scm_text_add(&to, ", by its quantile at the rank of u ~ %s", cgm_scm_latent_text(SCM_LOGIT));
}

static cgm_status poisson_state(cgm_mechanism *base, cgm_state *state)
{
    scm_poisson *m = (scm_poisson *)base;
    int64_t n = (int64_t)m->features.n;
    CGM_TRY(cgm_scm_features_state(&m->features, state));
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE(n), m->weight, "parameters/weight"));
    return cgm_state_add(state, CGM_F64, CGM_SHAPE(n, n), m->information, "information");
}

static cgm_status poisson_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    const scm_poisson *m = (const scm_poisson *)base;
    size_t begin, n, k = m->features.n;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &n);
    *report = (cgm_fit_report){.total = n, .unit = "rows", .memory_bytes = (k * k + 4 * k) * sizeof(double)};
    return CGM_OK;
}

static cgm_status poisson_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    scm_poisson *m = (scm_poisson *)base;
    scm_columns columns;
    double nll;
    if (poisson_is_known(base)) return cgm_scm_fit_known(base, m->variable, &m->features, fit, report);
    CGM_TRY(cgm_scm_columns_get(fit->data, m->variable, &m->features, &columns));
    CGM_TRY(cgm_scm_poisson_fit(m, &columns.value, columns.parents, &nll));
    cgm_scm_report_step(report, nll);
    return CGM_OK;
}

static void poisson_fit_end(cgm_mechanism *base)
{
    (void)base;
}

/* ---- Computing ---- */

static scm_poisson_law law_of(const scm_poisson *m, const cgm_values *parents, size_t i)
{
    return cgm_scm_poisson_law(cgm_scm_features_dot(&m->features, m->weight, parents, i), m->high);
}

static bool is_possible(const scm_poisson_law *law)
{
    return isfinite(law->high) ? !isnan(law->log_mean) : law->log_mean <= SCM_POISSON_MAX_LOG_MEAN;
}

static cgm_status poisson_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                   cgm_rng *rng, double *out)
{
    const scm_poisson *m = (const scm_poisson *)base;
    (void)rng;
    for (size_t i = 0; i < value->n; i++) {
        scm_poisson_law law = law_of(m, parents, i);
        out[i] = cgm_scm_poisson_log_pmf(&law, value->data[i]);
    }
    return CGM_OK;
}

static cgm_status poisson_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    (void)base, (void)node;
    for (size_t i = 0; i < noise->n; i++) noise->data[i] = cgm_scm_latent_draw(SCM_LOGIT, rng);
    return CGM_OK;
}

/* A mean that is too large gives infinity, which the engine refuses, naming the row. */
static cgm_status poisson_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                                  const cgm_values *noise, int threads, cgm_values *out)
{
    const scm_poisson *m = (const scm_poisson *)base;
    (void)node, (void)before, (void)threads;
    for (size_t i = 0; i < out->n; i++) {
        scm_poisson_law law = law_of(m, parents, i);
        out->data[i] = is_possible(&law) ? cgm_scm_poisson_quantile(&law, noise->data[i]) : INFINITY;
    }
    return CGM_OK;
}

/* The noise's exact posterior, its prior between two cuts; sampled in full at every temperature, as bernoulli_abduct
 * says. */
static cgm_status poisson_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                 const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    const scm_poisson *m = (const scm_poisson *)base;
    (void)internals;
    for (size_t i = 0; i < value->n; i++) {
        cgm_rng stream = cgm_rng_split_index(rng, i);
        scm_poisson_law law = law_of(m, parents, i);
        double k = value->data[i];
        if (!is_possible(&law))
            return CGM_FAIL(CGM_E_ARG, "variable '%s', row %zu: a mean of %g; expected at most 2^52", m->variable->name,
                            opts->first_row + i, law.mean);
        noise[0].data[i] =
            cgm_scm_latent_between(SCM_LOGIT, cgm_scm_poisson_cut(&law, k - 1), cgm_scm_poisson_cut(&law, k), &stream);
    }
    return CGM_OK;
}

static size_t poisson_coefficients(cgm_mechanism *base, cgm_coefficients *out)
{
    scm_poisson *m = (scm_poisson *)base;
    out[0] = (cgm_coefficients){m->features.n, m->weight, m->information};
    return 1;
}

const cgm_mechanism_class cgm_mechanism_poisson = {
    .kind = "poisson",
    .doc = "a count: Poisson, its log mean linear in the parents, by one latent noise; truncated to the range if there "
           "is one",
    .variable_types = 1u << CGM_COUNT,
    .parent_types = CGM_SCALAR_TYPES,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB | CGM_ABDUCTS_EXACTLY | CGM_CONCURRENT,
    .assumption = "one latent threshold noise, monotone",
    .n_keys = sizeof keys / sizeof *keys,
    .keys = keys,
    .create = poisson_create,
    .destroy = poisson_destroy,
    .nodes = poisson_nodes,
    .describe = poisson_describe,
    .state = poisson_state,
    .fit_begin = poisson_fit_begin,
    .fit_step = poisson_fit_step,
    .fit_end = poisson_fit_end,
    .log_prob = poisson_log_prob,
    .sample_noise = poisson_sample_noise,
    .predict = poisson_predict,
    .abduct = poisson_abduct,
    .coefficients = poisson_coefficients,
    .is_known = poisson_is_known,
};
