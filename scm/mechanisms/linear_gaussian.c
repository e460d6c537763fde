/* The linear Gaussian mechanism: x := b0 + b . pa + sigma u, u ~ N(0, 1). The affine flow with a constant scale and
 * without squashing, under the name that it has in the literature (Pearl 2009, section 1.4.1), whose coefficients may
 * be given. A categorical parent has a coefficient for each level but the first. */
#include "scm/mechanisms/affine_flow.h"

#include <math.h>
#include <string.h>

#include "config/number.h"

typedef struct options {
    const cgm_yaml *coefficients, *interactions;
} options;

static const cgm_key keys[] = {
    {.name = "coefficients",
     .type = CGM_KEY_NODE,
     .offset = offsetof(options, coefficients),
     .doc = "known ones, {intercept: 0, PARENT: 0.5, sigma: 1}; what is not given is fitted"},
    {.name = "interactions",
     .type = CGM_KEY_NODE,
     .offset = offsetof(options, interactions),
     .doc = "pairs of parents whose products are terms too, [[a, b], ...]"},
};

static cgm_status read_number(const cgm_yaml *node, const char *name, double *out)
{
    if (cgm_yaml_get_kind(node) == CGM_YAML_SCALAR && cgm_number_parse(cgm_yaml_text(node), out)) return CGM_OK;
    return cgm_yaml_fail(node, "coefficients.%s: expected a number", name);
}

static cgm_status read_parent(const scm_affine_flow *m, size_t p, const cgm_yaml *node)
{
    const cgm_variable *parent = m->features.parents[p];
    double *to = m->given + m->features.first[p];
    if (!cgm_variable_has_levels(parent)) return read_number(node, parent->name, to);
    size_t n = (size_t)parent->levels - 1;
    if (cgm_yaml_get_kind(node) != CGM_YAML_LIST || cgm_yaml_count(node) != n)
        return cgm_yaml_fail(node, "coefficients.%s: expected a list of %zu numbers, for levels 1 to %zu", parent->name,
                             n, n);
    for (size_t l = 0; l < n; l++) CGM_TRY(read_number(cgm_yaml_at(node, l), parent->name, &to[l]));
    return CGM_OK;
}

static cgm_status unknown(const scm_affine_flow *m, const cgm_yaml *node, const char *key)
{
    char hint[CGM_HINT_TEXT];
    const char *words[CGM_MAX_PARENTS + 2] = {"intercept", "sigma"};
    size_t n = 2;
    for (size_t p = 0; p < m->features.n_parents; p++) words[n++] = m->features.parents[p]->name;
    cgm_hint(key, n, words, hint);
    return cgm_yaml_fail(node, "coefficients: there is no parent '%s'%s", key,
                         hint[0] ? hint : "; expected intercept, sigma or a parent");
}

static cgm_status read_coefficient(const scm_affine_flow *m, const char *key, const cgm_yaml *node)
{
    double *sigma = &m->given[m->features.n];
    if (strcmp(key, "intercept") == 0) return read_number(node, key, &m->given[0]);
    if (strcmp(key, "sigma") == 0) {
        CGM_TRY(read_number(node, key, sigma));
        return *sigma > 0 ? CGM_OK : cgm_yaml_fail(node, "coefficients.sigma: expected a number above 0");
    }
    for (size_t p = 0; p < m->features.n_parents; p++)
        if (strcmp(key, m->features.parents[p]->name) == 0) return read_parent(m, p, node);
    return unknown(m, node, key);
}

static bool is_known(const scm_affine_flow *m)
{
    for (size_t j = 0; m->given && j <= m->features.n; j++)
        if (isnan(m->given[j])) return false;
    return m->given != NULL;
}

static bool linear_is_known(const cgm_mechanism *base)
{
    return is_known((const scm_affine_flow *)base);
}

static cgm_status read_coefficients(scm_affine_flow *m, const cgm_yaml *map)
{
    size_t n = m->features.n;
    if (cgm_yaml_get_kind(map) != CGM_YAML_MAP)
        return cgm_yaml_fail(map, "coefficients: expected a map such as {intercept: 0, sigma: 1}");
    for (size_t p = 0; p < m->features.n_parents; p++) {
        const char *name = m->features.parents[p]->name;
        if (strcmp(name, "intercept") == 0 || strcmp(name, "sigma") == 0)
            return cgm_yaml_fail(map, "coefficients: a parent is called '%s', which is a coefficient's name", name);
    }
    if (!(m->given = cgm_arena_array(&m->arena, n + 1, sizeof *m->given))) return CGM_E_MEMORY;
    for (size_t j = 0; j <= n; j++) m->given[j] = NAN;
    for (size_t i = 0; i < cgm_yaml_count(map); i++)
        CGM_TRY(read_coefficient(m, cgm_yaml_key(map, i), cgm_yaml_at(map, i)));
    if (!is_known(m)) return CGM_OK;
    memcpy(m->location, m->given, n * sizeof *m->location);
    m->log_scale[0] = log(m->given[n]);
    return CGM_OK;
}

static cgm_status create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    options chosen = {0};
    scm_affine_flow *m;
    CGM_TRY(cgm_mechanism_read_options(&cgm_mechanism_linear_gaussian, spec, sizeof chosen, &chosen));
    if (chosen.coefficients && chosen.interactions)
        return cgm_yaml_fail(chosen.interactions, "interactions: expected no coefficients beside them: all are fitted");
    const scm_affine_opts opts = {.constant_scale = true, .interactions = chosen.interactions};
    CGM_TRY(cgm_scm_affine_create(&cgm_mechanism_linear_gaussian, spec, &opts, &m));
    cgm_status status = chosen.coefficients ? read_coefficients(m, chosen.coefficients) : CGM_OK;
    if (status != CGM_OK) {
        cgm_scm_affine_destroy(&m->base);
        return status;
    }
    *out = &m->base;
    return CGM_OK;
}

/* Fits what is not given; of a mechanism that is known, the likelihood of the data alone. */
static cgm_status fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    enum { BLOCK = 256 };
    const scm_affine_flow *m = (const scm_affine_flow *)base;
    scm_columns columns;
    double log_p[BLOCK], sum = 0;
    if (!is_known(m)) return cgm_scm_affine_fit_step(base, fit, report);
    CGM_TRY(cgm_scm_columns_get(fit->data, m->variable, &m->features, &columns));
    for (size_t begin = 0; begin < columns.value.n; begin += BLOCK) {
        size_t n = columns.value.n - begin < BLOCK ? columns.value.n - begin : BLOCK;
        cgm_values value = cgm_values_rows(&columns.value, begin, n), parents[CGM_MAX_PARENTS];
        for (size_t p = 0; p < m->features.n_parents; p++) parents[p] = cgm_values_rows(&columns.parents[p], begin, n);
        CGM_TRY(cgm_scm_affine_log_prob(base, parents, &value, NULL, log_p));
        for (size_t i = 0; i < n; i++) sum -= log_p[i];
    }
    report->finished = report->epoch_ended = true;
    report->done = report->total;
    report->n_metrics = 1;
    report->metrics[0] = (cgm_metric){.name = "nll", .value = sum / (double)columns.value.n};
    return CGM_OK;
}

const cgm_mechanism_class cgm_mechanism_linear_gaussian = {
    .kind = "linear_gaussian",
    .doc =
        "linear in the parents plus sigma times a normal, by least squares or with known coefficients; never squashed",
    .variable_types = 1u << CGM_CONTINUOUS,
    .parent_types = CGM_SCALAR_TYPES,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB | CGM_ABDUCTS_EXACTLY,
    .n_keys = sizeof keys / sizeof *keys,
    .keys = keys,
    .create = create,
    .destroy = cgm_scm_affine_destroy,
    .nodes = cgm_scm_affine_nodes,
    .describe = cgm_scm_affine_describe,
    .state = cgm_scm_affine_state,
    .fit_begin = cgm_scm_affine_fit_begin,
    .fit_step = fit_step,
    .fit_end = cgm_scm_affine_fit_end,
    .log_prob = cgm_scm_affine_log_prob,
    .sample_noise = cgm_scm_affine_sample_noise,
    .predict = cgm_scm_affine_predict,
    .abduct = cgm_scm_affine_abduct,
    .is_known = linear_is_known,
    .passes_means = cgm_scm_affine_passes_means,
};
