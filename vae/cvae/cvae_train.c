/* Training, by the loop of all image models. */
#include "scm/networks/tunable.h"
#include "vae/cvae/cvae.h"

static const cgm_train_defaults defaults = {.clip = 200};

static cvae_bound add_bound(const cvae *m, cgm_graph *g, cgm_node pixels, cgm_node pa, image_bound *out)
{
    int64_t n = cgm_node_shape(g, pixels).dim[0];
    cgm_node eps = cgm_image_bound_noise(out, g, "eps", CGM_SHAPE(n, m->options.latent)), smear = {0};
    if (m->likelihood->methods->continuous) smear = cgm_image_bound_noise(out, g, "smear", cgm_node_shape(g, pixels));
    cvae_bound b = cgm_cvae_elbo(m, g, pixels, pa, eps, smear);
    out->nll = b.nll;
    out->n_groups = 1;
    out->kl[0] = b.kl;
    return b;
}

static void bound(const void *context, cgm_graph *g, cgm_node pixels, cgm_node pa, image_bound *out)
{
    add_bound(context, g, pixels, pa, out);
}

/* z ignores the parents. */
static cgm_node counterfactual(const void *context, cgm_graph *g, cgm_node pixels, cgm_node pa, cgm_node other,
                               image_bound *out)
{
    const cvae *m = context;
    cvae_bound b = add_bound(m, g, pixels, pa, out);
    image_likelihood_theta theta = cgm_cvae_decode(m, g, b.z, other);
    cgm_node x = cgm_affine(g, pixels, 1 / 127.5, -1);
    return cgm_affine(g, cgm_image_likelihood_transfer(m->likelihood, g, &b.theta, &theta, x), 127.5, 127.5);
}

cgm_status cgm_cvae_tunable(cgm_mechanism *base, struct image_tunable *out)
{
    cvae *m = (cvae *)base;
    CGM_TRY(cgm_image_likelihood_check_transfer(m->likelihood, m->variable->name));
    *out = (image_tunable){m->variable, &m->parents, m->params, counterfactual, m, defaults};
    return CGM_OK;
}

cgm_status cgm_cvae_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    cvae *m = (cvae *)base;
    image_model model = {.variable = m->variable,
                         .parents = &m->parents,
                         .params = m->params,
                         .bound = bound,
                         .context = m,
                         .defaults = defaults};
    return cgm_image_training_begin(&model, fit, report, &m->training);
}

cgm_status cgm_cvae_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    return cgm_image_training_step(((cvae *)base)->training, fit, report);
}

void cgm_cvae_fit_end(cgm_mechanism *base)
{
    cvae *m = (cvae *)base;
    cgm_image_training_end(m->training);
    m->training = NULL;
}
