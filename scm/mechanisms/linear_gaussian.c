/* The linear Gaussian mechanism: x := b0 + b . pa + sigma u, u ~ N(0, 1). The affine flow with a constant scale and
 * without squashing, under the name that it has in the literature (Pearl 2009, section 1.4.1), whose coefficients may
 * be given. A categorical parent has a coefficient for each level but the first. */
#include "scm/mechanisms/affine_flow.h"

#include <math.h>
#include <string.h>

#include "scm/mechanisms/known.h"

typedef struct options {
    scm_known_options known;
} options;

static const cgm_key keys[] = {
    SCM_COEFFICIENTS_KEY(options, "known ones, {intercept: 0, PARENT: 0.5, sigma: 1}"),
    SCM_INTERACTIONS_KEY(options),
};

static bool is_known(const scm_affine_flow *m)
{
    return cgm_scm_coefficients_known(m->features.n + 1, m->given);
}

static bool linear_is_known(const cgm_mechanism *base)
{
    return is_known((const scm_affine_flow *)base);
}

static cgm_status read_coefficients(scm_affine_flow *m, const cgm_yaml *map)
{
    size_t n = m->features.n;
    if (!(m->given = cgm_arena_array(&m->arena, n + 1, sizeof *m->given))) return CGM_E_MEMORY;
    CGM_TRY(cgm_scm_coefficients_read(map, &m->features, SCM_INTERCEPT | SCM_SIGMA, m->given));
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
    CGM_TRY(cgm_scm_known_check(&chosen.known));
    const scm_affine_opts opts = {.constant_scale = true, .interactions = chosen.known.interactions};
    CGM_TRY(cgm_scm_affine_create(&cgm_mechanism_linear_gaussian, spec, &opts, &m));
    cgm_status status = chosen.known.coefficients ? read_coefficients(m, chosen.known.coefficients) : CGM_OK;
    if (status != CGM_OK) {
        cgm_scm_affine_destroy(&m->base);
        return status;
    }
    *out = &m->base;
    return CGM_OK;
}

/* Fits what is not given. */
static cgm_status fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    const scm_affine_flow *m = (const scm_affine_flow *)base;
    if (!is_known(m)) return cgm_scm_affine_fit_step(base, fit, report);
    return cgm_scm_fit_known(base, m->variable, &m->features, fit, report);
}

const cgm_mechanism_class cgm_mechanism_linear_gaussian = {
    .kind = "linear_gaussian",
    .doc =
        "linear in the parents plus sigma times a normal, by least squares or with known coefficients; never squashed",
    .variable_types = 1u << CGM_CONTINUOUS,
    .parent_types = CGM_SCALAR_TYPES,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB | CGM_ABDUCTS_EXACTLY | CGM_CONCURRENT,
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
    .coefficients = cgm_scm_affine_coefficients,
    .has_normal_noise = cgm_scm_affine_has_normal_noise,
};
