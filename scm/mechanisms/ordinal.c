/* The ordinal mechanism. */
#include "scm/mechanisms/ordinal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/number.h"
#include "scm/mechanisms/counterfactual.h"

typedef struct options {
    int link;
    const cgm_yaml *thresholds;
    scm_known_options known;
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
    SCM_COEFFICIENTS_KEY(options, "known ones, {PARENT: 0.5}"),
    SCM_INTERACTIONS_KEY(options),
};

static cgm_status read_thresholds(const scm_linear_index *m, const cgm_yaml *list)
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

/* Gives the thresholds, or where they are to be fitted starts them in order. */
static cgm_status set_thresholds(scm_linear_index *m, const cgm_yaml *list)
{
    for (size_t j = 0; j < m->n_thresholds; j++) m->parameter[j] = (double)j;
    if (!list) return CGM_OK;
    CGM_TRY(cgm_scm_index_give(m));
    CGM_TRY(read_thresholds(m, list));
    cgm_scm_index_use_given(m);
    return CGM_OK;
}

static cgm_status ordinal_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    options chosen = {0};
    scm_linear_index *m;
    CGM_TRY(cgm_mechanism_read_options(&cgm_mechanism_ordinal, spec, sizeof chosen, &chosen));
    if ((chosen.thresholds || chosen.known.coefficients) && chosen.known.interactions)
        return cgm_yaml_fail(chosen.known.interactions,
                             "interactions: expected no thresholds or coefficients beside them: all are fitted");
    const scm_index_opts opts = {(scm_link)chosen.link, cgm_scm_ordinal_fit, (size_t)spec->variable->levels - 1,
                                 chosen.known};
    CGM_TRY(cgm_scm_index_create(&cgm_mechanism_ordinal, spec, &opts, &m));
    cgm_status status = set_thresholds(m, chosen.thresholds);
    if (status != CGM_OK) {
        cgm_scm_index_destroy(&m->base);
        return status;
    }
    *out = &m->base;
    return CGM_OK;
}

static void ordinal_describe(const cgm_mechanism *base, size_t size, char *text)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
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

/* ---- Computing ---- */

void cgm_scm_ordinal_interval(const scm_linear_index *m, const double *parameter, double eta, size_t level, double *low,
                              double *high)
{
    *low = level > 0 ? parameter[level - 1] - eta : -INFINITY;
    *high = level < m->n_thresholds ? parameter[level] - eta : INFINITY;
}

/* Compares u with the same differences that abduction draws between, so that rounding cannot part them. By counting, as
 * thresholds that are drawn from their posterior may be out of order. */
static size_t level_of(const scm_linear_index *m, double eta, double u)
{
    size_t level = 0;
    for (size_t j = 0; j < m->n_thresholds; j++) level += m->parameter[j] - eta < u;
    return level;
}

static cgm_status ordinal_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                   cgm_rng *rng, double *out)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
    (void)rng;
    for (size_t i = 0; i < value->n; i++) {
        double low, high;
        scm_interval interval;
        cgm_scm_ordinal_interval(m, m->parameter, cgm_scm_index_eta(m, parents, i), (size_t)value->data[i], &low,
                                 &high);
        cgm_scm_latent_interval(m->link, low, high, &interval);
        out[i] = interval.log_p;
    }
    return CGM_OK;
}

static cgm_status ordinal_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                                  const cgm_values *noise, int threads, cgm_values *out)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
    (void)node, (void)before, (void)threads;
    for (size_t i = 0; i < out->n; i++)
        out->data[i] = (double)level_of(m, cgm_scm_index_eta(m, parents, i), noise->data[i]);
    return CGM_OK;
}

/* The noise's exact posterior, its prior between two thresholds; sampled in full at every temperature, as
 * bernoulli_abduct says. */
static cgm_status ordinal_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                 const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
    (void)internals;
    for (size_t i = 0; i < value->n; i++) {
        cgm_rng stream = cgm_abduct_stream(rng, opts, i);
        size_t level = (size_t)value->data[i];
        double low, high, eta = cgm_scm_index_eta(m, parents, i);
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

static const double *ordinal_cuts(const cgm_mechanism *base, const bool *moving)
{
    return cgm_scm_index_is_normal(base, moving) ? ((const scm_linear_index *)base)->parameter : NULL;
}

static cgm_status ordinal_counterfactual(cgm_mechanism *base, const cgm_values *parents,
                                         const cgm_values *counter_parents, size_t n, double *out)
{
    size_t levels = ((const scm_linear_index *)base)->n_thresholds + 1;
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
    .destroy = cgm_scm_index_destroy,
    .nodes = cgm_scm_index_nodes,
    .describe = ordinal_describe,
    .state = cgm_scm_index_state,
    .fit_begin = cgm_scm_index_fit_begin,
    .fit_step = cgm_scm_index_fit_step,
    .fit_end = cgm_scm_index_fit_end,
    .log_prob = ordinal_log_prob,
    .sample_noise = cgm_scm_index_sample_noise,
    .predict = ordinal_predict,
    .abduct = ordinal_abduct,
    .counterfactual = ordinal_counterfactual,
    .coefficients = cgm_scm_index_coefficients,
    .normal_cuts = ordinal_cuts,
    .index_mean = cgm_scm_index_mean,
    .is_known = cgm_scm_index_is_known,
};
