/* The ordinal mechanism. */
#include "scm/mechanisms/ordinal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/number.h"
#include "scm/mechanisms/counterfactual.h"
#include "scm/mechanisms/known.h"

typedef struct options {
    int link;
    const cgm_yaml *thresholds, *coefficients, *interactions;
} options;

static const char *const links[] = {[SCM_LOGIT] = "logit", [SCM_PROBIT] = "probit", NULL};
static const cgm_key keys[] = {
    {.name = "link",
     .type = CGM_KEY_CHOICE,
     .offset = offsetof(options, link),
     .choices = links,
     .doc = "the noise: logit, standard logistic (proportional odds), or probit, standard normal"},
    {.name = "thresholds",
     .type = CGM_KEY_NODE,
     .offset = offsetof(options, thresholds),
     .doc = "known ones, increasing, one fewer than there are levels; by default fitted"},
    {.name = "coefficients",
     .type = CGM_KEY_NODE,
     .offset = offsetof(options, coefficients),
     .doc = "known ones, {PARENT: 0.5}; what is not given is fitted"},
    {.name = "interactions",
     .type = CGM_KEY_NODE,
     .offset = offsetof(options, interactions),
     .doc = "pairs of parents whose products are terms too, [[a, b], ...]"},
};

static bool ordinal_is_known(const cgm_mechanism *base)
{
    const scm_ordinal *m = (const scm_ordinal *)base;
    return cgm_scm_coefficients_known(m->n, m->given);
}

static void ordinal_destroy(cgm_mechanism *base)
{
    scm_ordinal *m = (scm_ordinal *)base;
    if (!m) return;
    cgm_arena_clear(&m->arena);
    free(m);
}

static cgm_status read_thresholds(const scm_ordinal *m, const cgm_yaml *list)
{
    if (cgm_yaml_get_kind(list) != CGM_YAML_LIST || cgm_yaml_count(list) != m->n_thresholds)
        return cgm_yaml_fail(list, "thresholds: expected a list of %zu numbers, for %zu levels", m->n_thresholds,
                             m->n_thresholds + 1);
    for (size_t j = 0; j < m->n_thresholds; j++) {
        const cgm_yaml *item = cgm_yaml_at(list, j);
        if (cgm_yaml_get_kind(item) != CGM_YAML_SCALAR || !cgm_number_parse(cgm_yaml_text(item), &m->given[j]))
            return cgm_yaml_fail(item, "thresholds: number %zu: expected a number", j + 1);
        if (j && !(m->given[j] > m->given[j - 1]))
            return cgm_yaml_fail(item, "thresholds: number %zu: expected one above %g, the one before it", j + 1,
                                 m->given[j - 1]);
    }
    return CGM_OK;
}

/* What the config gives; the thresholds take the place of an intercept. */
static cgm_status read_known(scm_ordinal *m, const options *chosen)
{
    double *all = cgm_arena_array(&m->arena, m->features.n, sizeof *all);
    m->given = cgm_arena_array(&m->arena, m->n, sizeof *m->given);
    if (!m->given || !all) return CGM_E_MEMORY;
    for (size_t j = 0; j < m->n; j++) m->given[j] = NAN;
    if (chosen->thresholds) CGM_TRY(read_thresholds(m, chosen->thresholds));
    if (chosen->coefficients) {
        CGM_TRY(cgm_scm_coefficients_read(chosen->coefficients, &m->features, false, all));
        if (!isnan(all[0]))
            return cgm_yaml_fail(chosen->coefficients,
                                 "coefficients: an intercept; expected none, as there are thresholds");
        memcpy(m->given + m->n_thresholds, all + 1, (m->features.n - 1) * sizeof *all);
    }
    if (cgm_scm_coefficients_known(m->n, m->given)) memcpy(m->parameter, m->given, m->n * sizeof *m->given);
    return CGM_OK;
}

static cgm_status init(scm_ordinal *m, const cgm_mechanism_spec *spec, const options *chosen)
{
    CGM_TRY(cgm_scm_features_init(spec, &m->arena, &m->features));
    if (chosen->interactions) CGM_TRY(cgm_scm_features_interact(chosen->interactions, &m->arena, &m->features));
    m->n = m->n_thresholds + m->features.n - 1;
    m->parameter = cgm_arena_array(&m->arena, m->n, sizeof *m->parameter);
    m->information = cgm_arena_array(&m->arena, m->n, m->n * sizeof *m->information);
    if (!m->parameter || !m->information) return CGM_E_MEMORY;
    for (size_t j = 0; j < m->n_thresholds; j++) m->parameter[j] = (double)j; /* until fitted, in order */
    return chosen->thresholds || chosen->coefficients ? read_known(m, chosen) : CGM_OK;
}

static cgm_status ordinal_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    options chosen = {0};
    CGM_TRY(cgm_mechanism_read_options(&cgm_mechanism_ordinal, spec, sizeof chosen, &chosen));
    if ((chosen.coefficients || chosen.thresholds) && chosen.interactions)
        return cgm_yaml_fail(chosen.interactions,
                             "interactions: expected no thresholds or coefficients beside them: all are fitted");
    scm_ordinal *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a mechanism");
    m->base.methods = &cgm_mechanism_ordinal;
    m->variable = spec->variable;
    m->node = (cgm_mechanism_node){.width = 1, .noise_width = 1};
    m->link = (scm_link)chosen.link;
    m->n_thresholds = (size_t)spec->variable->levels - 1;
    cgm_status status = init(m, spec, &chosen);
    if (status != CGM_OK) {
        ordinal_destroy(&m->base);
        return status;
    }
    *out = &m->base;
    return CGM_OK;
}

static size_t ordinal_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = &((const scm_ordinal *)base)->node;
    return 1;
}

static void ordinal_describe(const cgm_mechanism *base, size_t size, char *text)
{
    const scm_ordinal *m = (const scm_ordinal *)base;
    scm_text to = {text, size, 0};
    cgm_scm_text_add(&to, "%s = how many of (", m->variable->name);
    for (size_t j = 0; j < m->n_thresholds; j++) cgm_scm_text_add(&to, "%s%.4g", j ? ", " : "", m->parameter[j]);
    cgm_scm_text_add(&to, ") are below ");
    double *weight = m->features.n > 1 ? calloc(m->features.n, sizeof *weight) : NULL;
    if (weight) {
        memcpy(weight + 1, m->parameter + m->n_thresholds, (m->features.n - 1) * sizeof *weight);
        cgm_scm_features_describe(&m->features, weight, &to);
        cgm_scm_text_add(&to, " + ");
    }
    free(weight);
    cgm_scm_text_add(&to, "u, u ~ %s", cgm_scm_latent_text(m->link));
}

static cgm_status ordinal_state(cgm_mechanism *base, cgm_state *state)
{
    scm_ordinal *m = (scm_ordinal *)base;
    int64_t n = (int64_t)m->n, thresholds = (int64_t)m->n_thresholds;
    double *weight = m->parameter + m->n_thresholds;
    CGM_TRY(cgm_scm_features_state(&m->features, state));
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE(thresholds), m->parameter, "parameters/threshold"));
    if (n > thresholds) CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE(n - thresholds), weight, "parameters/weight"));
    return cgm_state_add(state, CGM_F64, CGM_SHAPE(n, n), m->information, "information");
}

static cgm_status ordinal_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    const scm_ordinal *m = (const scm_ordinal *)base;
    size_t begin, n, k = m->n;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &n);
    *report = (cgm_fit_report){.total = n, .unit = "rows", .memory_bytes = (k * k + 7 * k) * sizeof(double)};
    return CGM_OK;
}

static cgm_status ordinal_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    scm_ordinal *m = (scm_ordinal *)base;
    scm_columns columns;
    double nll;
    if (ordinal_is_known(base)) return cgm_scm_fit_known(base, m->variable, &m->features, fit, report);
    CGM_TRY(cgm_scm_columns_get(fit->data, m->variable, &m->features, &columns));
    CGM_TRY(cgm_scm_ordinal_fit(m, &columns.value, columns.parents, &nll));
    cgm_scm_report_step(report, nll);
    return CGM_OK;
}

static void ordinal_fit_end(cgm_mechanism *base)
{
    (void)base;
}

/* ---- Computing ---- */

double cgm_scm_ordinal_eta(const scm_ordinal *m, const double *parameter, const cgm_values *parents, size_t i)
{
    size_t at[SCM_MAX_ROW];
    double x[SCM_MAX_ROW], sum = 0;
    size_t n = cgm_scm_features_row(&m->features, parents, i, at, x);
    for (size_t a = 1; a < n; a++) sum += parameter[m->n_thresholds + at[a] - 1] * x[a]; /* 0: the intercept */
    return sum;
}

static double eta_of(const scm_ordinal *m, const cgm_values *parents, size_t i)
{
    return cgm_scm_ordinal_eta(m, m->parameter, parents, i);
}

void cgm_scm_ordinal_interval(const scm_ordinal *m, const double *parameter, double eta, size_t level, double *low,
                              double *high)
{
    *low = level > 0 ? parameter[level - 1] - eta : -INFINITY;
    *high = level < m->n_thresholds ? parameter[level] - eta : INFINITY;
}

/* Compares u with the same differences that abduction draws between, so that rounding cannot part them. By counting, as
 * thresholds that are drawn from their posterior may be out of order. */
static size_t level_of(const scm_ordinal *m, double eta, double u)
{
    size_t level = 0;
    for (size_t j = 0; j < m->n_thresholds; j++) level += m->parameter[j] - eta < u;
    return level;
}

static cgm_status ordinal_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                   cgm_rng *rng, double *out)
{
    const scm_ordinal *m = (const scm_ordinal *)base;
    (void)rng;
    for (size_t i = 0; i < value->n; i++) {
        double low, high;
        scm_interval interval;
        cgm_scm_ordinal_interval(m, m->parameter, eta_of(m, parents, i), (size_t)value->data[i], &low, &high);
        cgm_scm_latent_interval(m->link, low, high, &interval);
        out[i] = interval.log_p;
    }
    return CGM_OK;
}

static cgm_status ordinal_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    const scm_ordinal *m = (const scm_ordinal *)base;
    (void)node;
    for (size_t i = 0; i < noise->n; i++) noise->data[i] = cgm_scm_latent_draw(m->link, rng);
    return CGM_OK;
}

static cgm_status ordinal_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                                  const cgm_values *noise, int threads, cgm_values *out)
{
    const scm_ordinal *m = (const scm_ordinal *)base;
    (void)node, (void)before, (void)threads;
    for (size_t i = 0; i < out->n; i++) out->data[i] = (double)level_of(m, eta_of(m, parents, i), noise->data[i]);
    return CGM_OK;
}

/* The noise's exact posterior, its prior between two thresholds; sampled in full at every temperature, as
 * bernoulli_abduct says. */
static cgm_status ordinal_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                 const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    const scm_ordinal *m = (const scm_ordinal *)base;
    (void)internals;
    for (size_t i = 0; i < value->n; i++) {
        cgm_rng stream = cgm_rng_split_index(rng, i);
        size_t level = (size_t)value->data[i];
        double low, high, eta = eta_of(m, parents, i);
        cgm_scm_ordinal_interval(m, m->parameter, eta, level, &low, &high);
        double u = cgm_scm_latent_between(m->link, low, high, &stream);
        if (level_of(m, eta, u) != level)
            return CGM_FAIL(CGM_E_ARG,
                            "variable '%s', row %zu: level %zu has no noise: its thresholds are the same there",
                            m->variable->name, opts->first_row + i, level);
        noise[0].data[i] = u;
    }
    return CGM_OK;
}

static size_t ordinal_coefficients(cgm_mechanism *base, cgm_coefficients *out)
{
    scm_ordinal *m = (scm_ordinal *)base;
    out[0] = (cgm_coefficients){m->n, m->parameter, m->information};
    return 1;
}

static const double *ordinal_cuts(const cgm_mechanism *base, const bool *moving)
{
    const scm_ordinal *m = (const scm_ordinal *)base;
    return m->link == SCM_PROBIT && cgm_scm_features_affine_in(&m->features, moving) ? m->parameter : NULL;
}

static void ordinal_index(const cgm_mechanism *base, const cgm_values *parents, size_t n, double *out)
{
    const scm_ordinal *m = (const scm_ordinal *)base;
    for (size_t i = 0; i < n; i++) out[i] = cgm_scm_ordinal_eta(m, m->parameter, parents, i);
}

static cgm_status ordinal_counterfactual(cgm_mechanism *base, const cgm_values *parents,
                                         const cgm_values *counter_parents, size_t n, double *out)
{
    size_t levels = ((const scm_ordinal *)base)->n_thresholds + 1;
    return cgm_scm_counterfactual_by(cgm_scm_threshold_counterfactual, base, levels, parents, counter_parents, n, out);
}

const cgm_mechanism_class cgm_mechanism_ordinal = {
    .kind = "ordinal",
    .doc = "an ordered variable: how many thresholds are below a linear predictor of the parents plus a latent noise",
    .variable_types = 1u << CGM_ORDINAL | 1u << CGM_BINARY,
    .parent_types = CGM_SCALAR_TYPES,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB | CGM_ABDUCTS_EXACTLY | CGM_CONCURRENT,
    .assumption = "one latent threshold noise, monotone",
    .n_keys = sizeof keys / sizeof *keys,
    .keys = keys,
    .create = ordinal_create,
    .destroy = ordinal_destroy,
    .nodes = ordinal_nodes,
    .describe = ordinal_describe,
    .state = ordinal_state,
    .fit_begin = ordinal_fit_begin,
    .fit_step = ordinal_fit_step,
    .fit_end = ordinal_fit_end,
    .log_prob = ordinal_log_prob,
    .sample_noise = ordinal_sample_noise,
    .predict = ordinal_predict,
    .abduct = ordinal_abduct,
    .counterfactual = ordinal_counterfactual,
    .coefficients = ordinal_coefficients,
    .normal_cuts = ordinal_cuts,
    .index_mean = ordinal_index,
    .is_known = ordinal_is_known,
};
