/* The Bernoulli mechanism, and its names logistic and probit. */
#include "scm/mechanisms/bernoulli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mechanisms/counterfactual.h"
#include "scm/mechanisms/known.h"

typedef struct options {
    const cgm_yaml *coefficients, *interactions;
    int link;
} options;

static const char *const links[] = {[SCM_LOGIT] = "logit", [SCM_PROBIT] = "probit", NULL};
/* The link comes last: the kinds that have it in their name do without. */
static const cgm_key keys[] = {
    {.name = "coefficients",
     .type = CGM_KEY_NODE,
     .offset = offsetof(options, coefficients),
     .doc = "known ones, {intercept: 0, PARENT: 0.5}; what is not given is fitted"},
    {.name = "interactions",
     .type = CGM_KEY_NODE,
     .offset = offsetof(options, interactions),
     .doc = "pairs of parents whose products are terms too, [[a, b], ...]"},
    {.name = "link",
     .type = CGM_KEY_CHOICE,
     .offset = offsetof(options, link),
     .choices = links,
     .doc = "the noise: logit, standard logistic, or probit, standard normal"},
};
enum { N_KEYS = sizeof keys / sizeof *keys };

static bool is_known(const scm_bernoulli *m)
{
    return cgm_scm_coefficients_known(m->features.n, m->given);
}

static bool bernoulli_is_known(const cgm_mechanism *base)
{
    return is_known((const scm_bernoulli *)base);
}

static void bernoulli_destroy(cgm_mechanism *base)
{
    scm_bernoulli *m = (scm_bernoulli *)base;
    if (!m) return;
    cgm_arena_clear(&m->arena);
    free(m);
}

static cgm_status init(scm_bernoulli *m, const cgm_mechanism_spec *spec, const options *chosen)
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
    if (is_known(m)) memcpy(m->weight, m->given, n * sizeof *m->weight);
    return CGM_OK;
}

static cgm_status create(const cgm_mechanism_class *methods, scm_link link, const cgm_mechanism_spec *spec,
                         cgm_mechanism **out)
{
    options chosen = {.link = (int)link};
    CGM_TRY(cgm_mechanism_read_options(methods, spec, sizeof chosen, &chosen));
    if (chosen.coefficients && chosen.interactions)
        return cgm_yaml_fail(chosen.interactions, "interactions: expected no coefficients beside them: all are fitted");
    scm_bernoulli *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a mechanism");
    m->base.methods = methods;
    m->variable = spec->variable;
    m->node = (cgm_mechanism_node){.width = 1, .noise_width = 1};
    m->link = (scm_link)chosen.link;
    cgm_status status = init(m, spec, &chosen);
    if (status != CGM_OK) {
        bernoulli_destroy(&m->base);
        return status;
    }
    *out = &m->base;
    return CGM_OK;
}

static size_t bernoulli_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = &((const scm_bernoulli *)base)->node;
    return 1;
}

static void bernoulli_describe(const cgm_mechanism *base, size_t size, char *text)
{
    const scm_bernoulli *m = (const scm_bernoulli *)base;
    char one[CGM_VALUE_TEXT];
    scm_text to = {text, size, 0};
    cgm_scm_text_add(&to, "%s = %s where ", m->variable->name, cgm_variable_text(m->variable, 1, one));
    cgm_scm_features_describe(&m->features, m->weight, &to);
    cgm_scm_text_add(&to, " + u > 0, u ~ %s", cgm_scm_latent_text(m->link));
}

static cgm_status bernoulli_state(cgm_mechanism *base, cgm_state *state)
{
    scm_bernoulli *m = (scm_bernoulli *)base;
    int64_t n = (int64_t)m->features.n;
    CGM_TRY(cgm_scm_features_state(&m->features, state));
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE(n), m->weight, "parameters/weight"));
    return cgm_state_add(state, CGM_F64, CGM_SHAPE(n, n), m->information, "information");
}

static cgm_status bernoulli_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    const scm_bernoulli *m = (const scm_bernoulli *)base;
    size_t begin, n, k = m->features.n;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &n);
    *report = (cgm_fit_report){.total = n, .unit = "rows", .memory_bytes = (k * k + 4 * k) * sizeof(double)};
    return CGM_OK;
}

static cgm_status bernoulli_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    scm_bernoulli *m = (scm_bernoulli *)base;
    scm_columns columns;
    double nll;
    if (is_known(m)) return cgm_scm_fit_known(base, m->variable, &m->features, fit, report);
    CGM_TRY(cgm_scm_columns_get(fit->data, m->variable, &m->features, &columns));
    CGM_TRY(cgm_scm_bernoulli_fit(m, &columns.value, columns.parents, &nll));
    cgm_scm_report_step(report, nll);
    return CGM_OK;
}

static void bernoulli_fit_end(cgm_mechanism *base)
{
    (void)base;
}

double cgm_scm_bernoulli_eta(const scm_bernoulli *m, const cgm_values *parents, size_t i)
{
    return cgm_scm_features_dot(&m->features, m->weight, parents, i);
}

double cgm_scm_bernoulli_probability(const scm_bernoulli *m, const cgm_values *parents, size_t i)
{
    return exp(cgm_scm_latent_log_cdf(m->link, cgm_scm_bernoulli_eta(m, parents, i)));
}

static cgm_status bernoulli_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                     cgm_rng *rng, double *out)
{
    const scm_bernoulli *m = (const scm_bernoulli *)base;
    (void)rng;
    for (size_t i = 0; i < value->n; i++) {
        double eta = cgm_scm_bernoulli_eta(m, parents, i);
        out[i] = cgm_scm_latent_log_cdf(m->link, value->data[i] > 0 ? eta : -eta);
    }
    return CGM_OK;
}

static cgm_status bernoulli_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    const scm_bernoulli *m = (const scm_bernoulli *)base;
    (void)node;
    for (size_t i = 0; i < noise->n; i++) noise->data[i] = cgm_scm_latent_draw(m->link, rng);
    return CGM_OK;
}

static cgm_status bernoulli_predict(cgm_mechanism *base, size_t node, const cgm_values *parents,
                                    const cgm_values *before, const cgm_values *noise, int threads, cgm_values *out)
{
    const scm_bernoulli *m = (const scm_bernoulli *)base;
    (void)node, (void)before, (void)threads;
    for (size_t i = 0; i < out->n; i++) out->data[i] = cgm_scm_bernoulli_eta(m, parents, i) + noise->data[i] > 0;
    return CGM_OK;
}

/* The value says on which side of -eta the noise lies. The posterior is sampled in full at every temperature, as a
 * categorical variable's is: its mean would give counterfactuals that are too sure. */
static cgm_status bernoulli_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                   cgm_rng *rng, const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    const scm_bernoulli *m = (const scm_bernoulli *)base;
    (void)opts, (void)internals;
    for (size_t i = 0; i < value->n; i++) {
        cgm_rng stream = cgm_rng_split_index(rng, i);
        double threshold = -cgm_scm_bernoulli_eta(m, parents, i);
        bool one = value->data[i] > 0;
        noise[0].data[i] =
            cgm_scm_latent_between(m->link, one ? threshold : -INFINITY, one ? INFINITY : threshold, &stream);
    }
    return CGM_OK;
}

static cgm_status bernoulli_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    return create(&cgm_mechanism_bernoulli, SCM_LOGIT, spec, out);
}

static cgm_status logistic_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    return create(&cgm_mechanism_logistic, SCM_LOGIT, spec, out);
}

static cgm_status probit_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    return create(&cgm_mechanism_probit, SCM_PROBIT, spec, out);
}

static const double *bernoulli_cuts(const cgm_mechanism *base, const bool *moving)
{
    static const double cut[] = {0};
    const scm_bernoulli *m = (const scm_bernoulli *)base;
    return m->link == SCM_PROBIT && cgm_scm_features_affine_in(&m->features, moving) ? cut : NULL;
}

static void bernoulli_index(const cgm_mechanism *base, const cgm_values *parents, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) out[i] = cgm_scm_bernoulli_eta((const scm_bernoulli *)base, parents, i);
}

static size_t bernoulli_coefficients(cgm_mechanism *base, cgm_coefficients *out)
{
    scm_bernoulli *m = (scm_bernoulli *)base;
    out[0] = (cgm_coefficients){m->features.n, m->weight, m->information};
    return is_known(m) ? 0 : 1;
}

static cgm_status bernoulli_counterfactual(cgm_mechanism *m, const cgm_values *parents,
                                           const cgm_values *counter_parents, size_t n, double *out)
{
    return cgm_scm_counterfactual_by(cgm_scm_threshold_counterfactual, m, 2, parents, counter_parents, n, out);
}

#define COMMON                                                                                                         \
    .variable_types = 1u << CGM_BINARY, .parent_types = CGM_SCALAR_TYPES,                                              \
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB | CGM_ABDUCTS_EXACTLY | CGM_CONCURRENT,         \
    .assumption = "one latent threshold noise, monotone", .keys = keys, .destroy = bernoulli_destroy,                  \
    .nodes = bernoulli_nodes, .describe = bernoulli_describe, .state = bernoulli_state,                                \
    .fit_begin = bernoulli_fit_begin, .fit_step = bernoulli_fit_step, .fit_end = bernoulli_fit_end,                    \
    .log_prob = bernoulli_log_prob, .sample_noise = bernoulli_sample_noise, .predict = bernoulli_predict,              \
    .abduct = bernoulli_abduct, .counterfactual = bernoulli_counterfactual, .is_known = bernoulli_is_known,            \
    .coefficients = bernoulli_coefficients, .normal_cuts = bernoulli_cuts, .index_mean = bernoulli_index

const cgm_mechanism_class cgm_mechanism_bernoulli = {
    COMMON,
    .kind = "bernoulli",
    .doc = "a binary variable: 1 where a linear predictor of the parents plus a latent noise is above 0",
    .n_keys = N_KEYS,
    .create = bernoulli_create,
};
const cgm_mechanism_class cgm_mechanism_logistic = {
    COMMON,
    .kind = "logistic",
    .doc = "logistic regression: bernoulli with a logistic noise",
    .n_keys = N_KEYS - 1,
    .create = logistic_create,
};
const cgm_mechanism_class cgm_mechanism_probit = {
    COMMON,
    .kind = "probit",
    .doc = "probit regression: bernoulli with a normal noise",
    .n_keys = N_KEYS - 1,
    .create = probit_create,
};
