/* The Poisson mechanism. */
#include "scm/mechanisms/poisson.h"

#include <math.h>

typedef struct options {
    scm_known_options known;
} options;

static const cgm_key keys[] = {
    SCM_COEFFICIENTS_KEY(options, "known ones of the mean's logarithm, {intercept: 0, PARENT: 0.5}"),
    SCM_INTERACTIONS_KEY(options),
};

static cgm_status poisson_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    options chosen = {0};
    scm_linear_index *m;
    CGM_TRY(cgm_mechanism_read_options(&cgm_mechanism_poisson, spec, sizeof chosen, &chosen));
    const scm_index_opts opts = {SCM_LOGIT, cgm_scm_poisson_fit, 0, chosen.known};
    CGM_TRY(cgm_scm_index_create(&cgm_mechanism_poisson, spec, &opts, &m));
    *out = &m->base;
    return CGM_OK;
}

/* The range's end, or infinity. */
static double high_of(const scm_linear_index *m)
{
    return m->variable->bounded ? m->variable->high : INFINITY;
}

static void poisson_describe(const cgm_mechanism *base, size_t size, char *text)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
    scm_text to = {text, size, 0};
    cgm_scm_text_add(&to, "%s ~ Poisson(exp(", m->variable->name);
    cgm_scm_features_describe(&m->features, m->parameter, &to);
    cgm_scm_text_add(&to, "))");
    if (isfinite(high_of(m))) cgm_scm_text_add(&to, " up to %.15g", high_of(m));
    cgm_scm_text_add(&to, ", by its quantile at the rank of u ~ %s", cgm_scm_latent_text(m->link));
}

/* ---- Computing ---- */

scm_poisson_law cgm_scm_poisson_law_at(const scm_linear_index *m, const double *parameter, const cgm_values *parents,
                                       size_t i)
{
    return cgm_scm_poisson_law(cgm_scm_index_eta_by(m, parameter, parents, i), high_of(m));
}

static scm_poisson_law law_of(const scm_linear_index *m, const cgm_values *parents, size_t i)
{
    return cgm_scm_poisson_law_at(m, m->parameter, parents, i);
}

static bool is_possible(const scm_poisson_law *law)
{
    return isfinite(law->high) ? !isnan(law->log_mean) : law->log_mean <= SCM_POISSON_MAX_LOG_MEAN;
}

static cgm_status poisson_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                   cgm_rng *rng, double *out)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
    (void)rng;
    for (size_t i = 0; i < value->n; i++) {
        scm_poisson_law law = law_of(m, parents, i);
        out[i] = cgm_scm_poisson_log_pmf(&law, value->data[i]);
    }
    return CGM_OK;
}

/* A mean that is too large gives infinity, which the engine refuses, naming the row. */
static cgm_status poisson_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                                  const cgm_values *noise, int threads, cgm_values *out)
{
    const scm_linear_index *m = (const scm_linear_index *)base;
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
    const scm_linear_index *m = (const scm_linear_index *)base;
    (void)internals;
    for (size_t i = 0; i < value->n; i++) {
        cgm_rng stream = cgm_abduct_stream(rng, opts, i);
        scm_poisson_law law = law_of(m, parents, i);
        double k = value->data[i];
        if (!is_possible(&law))
            return CGM_FAIL(CGM_E_ARG, "variable '%s', row %zu: a mean of %g; expected at most 2^52", m->variable->name,
                            opts->first_row + i, law.mean);
        noise[0].data[i] =
            cgm_scm_latent_between(m->link, cgm_scm_poisson_cut(&law, k - 1), cgm_scm_poisson_cut(&law, k), &stream);
    }
    return CGM_OK;
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
    .destroy = cgm_scm_index_destroy,
    .nodes = cgm_scm_index_nodes,
    .describe = poisson_describe,
    .state = cgm_scm_index_state,
    .fit_begin = cgm_scm_index_fit_begin,
    .fit_step = cgm_scm_index_fit_step,
    .fit_end = cgm_scm_index_fit_end,
    .log_prob = poisson_log_prob,
    .sample_noise = cgm_scm_index_sample_noise,
    .predict = poisson_predict,
    .abduct = poisson_abduct,
    .coefficients = cgm_scm_index_coefficients,
    .is_known = cgm_scm_index_is_known,
};
