/* Training, by the loop of all image models. */
#include "vae/cvae/cvae.h"

static void bound(const void *context, cgm_graph *g, cgm_node pixels, cgm_node pa, image_bound *out)
{
    const cvae *m = context;
    int64_t n = cgm_node_shape(g, pixels).dim[0];
    cgm_node eps = cgm_image_bound_noise(out, g, "eps", CGM_SHAPE(n, m->options.latent)), smear = {0};
    if (m->likelihood->methods->continuous) smear = cgm_image_bound_noise(out, g, "smear", cgm_node_shape(g, pixels));
    cvae_bound b = cgm_cvae_elbo(m, g, pixels, pa, eps, smear);
    out->nll = b.nll;
    out->n_groups = 1;
    out->kl[0] = b.kl;
}

cgm_status cgm_cvae_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    cvae *m = (cvae *)base;
    image_model model = {.variable = m->variable,
                         .parents = &m->parents,
                         .params = m->params,
                         .bound = bound,
                         .context = m,
                         .defaults = {.clip = 200}};
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
