/* The Bernoulli mechanism, and its names logistic and probit. */
#include "scm/mechanisms/bernoulli.h"

#include <math.h>

#include "scm/mechanisms/counterfactual.h"

typedef struct options {
    scm_known_options known;
    int link;
} options;

static const char *const links[] = {[SCM_LOGIT] = "logit", [SCM_PROBIT] = "probit", NULL};
/* The link comes last: the kinds that have it in their name do without. */
static const cgm_key keys[] = {
    SCM_COEFFICIENTS_KEY(options, "known ones, {intercept: 0, PARENT: 0.5}"),
    SCM_INTERACTIONS_KEY(options),
    {.name = "link",
     .type = CGM_KEY_CHOICE,
     .offset = offsetof(options, link),
     .choices = links,
     .doc = "the noise: logit, standard logistic, or probit, standard normal"},
};
enum { N_KEYS = sizeof keys / sizeof *keys };

static cgm_status create(const cgm_mechanism_class *methods, scm_link link, const cgm_mechanism_spec *spec,
                         cgm_mechanism **out)
{
    options chosen = {.link = (int)link};
    scm_linear_index *m;
    CGM_TRY(cgm_mechanism_read_options(methods, spec, sizeof chosen, &chosen));
    const scm_index_opts opts = {(scm_link)chosen.link, cgm_scm_bernoulli_fit, 0, chosen.known};
    CGM_TRY(cgm_scm_index_create(methods, spec, &opts, &m));
    *out = &m->base;
    return CGM_OK;
}

static void bernoulli_describe(const cgm_mechanism *base, size_t size, char *text)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
    char one[CGM_VALUE_TEXT];
    scm_text to = {text, size, 0};
    cgm_scm_text_add(&to, "%s = %s where ", m->variable->name, cgm_variable_text(m->variable, 1, one));
    cgm_scm_features_describe(&m->features, m->parameter, &to);
    cgm_scm_text_add(&to, " + u > 0, u ~ %s", cgm_scm_latent_text(m->link));
}

static cgm_status bernoulli_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                     cgm_rng *rng, double *out)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
    (void)rng;
    for (size_t i = 0; i < value->n; i++) {
        double eta = cgm_scm_index_eta(m, parents, i);
        out[i] = cgm_scm_latent_log_cdf(m->link, value->data[i] > 0 ? eta : -eta);
    }
    return CGM_OK;
}

static cgm_status bernoulli_predict(cgm_mechanism *base, size_t node, const cgm_values *parents,
                                    const cgm_values *before, const cgm_values *noise, int threads, cgm_values *out)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
    (void)node, (void)before, (void)threads;
    for (size_t i = 0; i < out->n; i++) out->data[i] = cgm_scm_index_eta(m, parents, i) + noise->data[i] > 0;
    return CGM_OK;
}

/* The value says on which side of -eta the noise lies. The posterior is sampled in full at every temperature, as a
 * categorical variable's is: its mean would give counterfactuals that are too sure. */
static cgm_status bernoulli_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                   cgm_rng *rng, const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
    (void)internals;
    for (size_t i = 0; i < value->n; i++) {
        cgm_rng stream = cgm_abduct_stream(rng, opts, i);
        double threshold = -cgm_scm_index_eta(m, parents, i);
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
    return cgm_scm_index_is_normal(base, moving) ? cut : NULL;
}

static cgm_status bernoulli_counterfactual(cgm_mechanism *m, const cgm_values *parents,
                                           const cgm_values *counter_parents, size_t n, double *out)
{
    return cgm_scm_counterfactual_by(cgm_scm_threshold_counterfactual, m, 2, parents, counter_parents, n, out);
}

#define COMMON                                                                                                         \
    .variable_types = 1u << CGM_BINARY, .parent_types = CGM_SCALAR_TYPES,                                              \
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB | CGM_ABDUCTS_EXACTLY | CGM_CONCURRENT,         \
    .assumption = "one latent threshold noise, monotone", .keys = keys, .destroy = cgm_scm_index_destroy,              \
    .nodes = cgm_scm_index_nodes, .describe = bernoulli_describe, .state = cgm_scm_index_state,                        \
    .fit_begin = cgm_scm_index_fit_begin, .fit_step = cgm_scm_index_fit_step, .fit_end = cgm_scm_index_fit_end,        \
    .log_prob = bernoulli_log_prob, .sample_noise = cgm_scm_index_sample_noise, .predict = bernoulli_predict,          \
    .abduct = bernoulli_abduct, .counterfactual = bernoulli_counterfactual, .is_known = cgm_scm_index_is_known,        \
    .coefficients = cgm_scm_index_coefficients, .normal_cuts = bernoulli_cuts, .index_mean = cgm_scm_index_mean

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
