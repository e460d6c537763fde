/* Training, by the loop of all image models: what one batch adds to the graph. */
#include <string.h>

#include "nn/losses.h"
#include "scm/networks/tunable.h"
#include "vae/hvae/hvae.h"

/* The bound under construction. */
typedef struct elbo {
    const hvae *m;
    cgm_graph *g;
    image_bound *out;
    cgm_node active_pa, kept[HVAE_MAX_LEVELS];
    cgm_node kl[HVAE_MAX_LEVELS]; /* [n, 1] each, finest first; none yet */
    int64_t n;
    /* Of each stochastic stage; then, of a counterfactual, the walk that samples the prior under the other parents. */
    hvae_gaussian prior[HVAE_MAX_STAGES], posterior[HVAE_MAX_STAGES], other[HVAE_MAX_STAGES];
    cgm_node eps[HVAE_MAX_STAGES], z[HVAE_MAX_STAGES];
} elbo;

static cgm_node sum_rows(cgm_graph *g, cgm_node x)
{
    int64_t n = cgm_node_shape(g, x).dim[0];
    return cgm_reshape(g, cgm_sum(g, x, 1u << 1 | 1u << 2 | 1u << 3), CGM_SHAPE(n, 1));
}

static cgm_node latent(void *context, size_t stage, cgm_node state, hvae_gaussian p)
{
    elbo *e = context;
    cgm_graph *g = e->g;
    size_t level = e->m->architecture.stage[stage].level;
    hvae_gaussian q = cgm_hvae_posterior(e->m, g, stage, state, e->kept[level], e->active_pa);
    cgm_node kl = sum_rows(g, cgm_kl_normal(g, q.mean, q.log_scale, p.mean, p.log_scale));
    e->kl[level] = e->kl[level].id ? cgm_add(g, e->kl[level], kl) : kl;
    e->prior[stage] = p;
    e->posterior[stage] = q;
    e->eps[stage] = cgm_image_bound_noise(e->out, g, "eps", cgm_hvae_latent_shape(e->m, stage, e->n));
    return e->z[stage] = cgm_hvae_draw(g, q, e->eps[stage]);
}

/* The parameters of the pixels given what the posterior draws. */
static image_likelihood_theta add_bound(elbo *e, cgm_node pixels, cgm_node pa)
{
    const hvae *m = e->m;
    const hvae_architecture *a = &m->architecture;
    cgm_graph *g = e->g;
    image_bound *out = e->out;
    cgm_node prior_pa = pa;
    if (m->drops_any && out->mode == CGM_MODE_TRAIN) {
        out->mask = cgm_input(g, "mask", CGM_SHAPE(1, (int64_t)m->parents.features));
        prior_pa = cgm_mul(g, pa, out->mask);
    }
    cgm_hvae_encode(m, g, pixels, e->kept);
    e->active_pa = cgm_hvae_activate(m, g, pa);
    hvae_walk w = {.n = e->n, .pa = pa, .prior_pa = prior_pa, .latent = latent, .context = e};
    image_likelihood_theta theta = cgm_hvae_pixels(m, g, cgm_hvae_walk(m, g, &w));
    cgm_node smear = {0};
    if (m->likelihood->methods->continuous) smear = cgm_image_bound_noise(out, g, "smear", cgm_node_shape(g, pixels));
    cgm_node x = cgm_affine(g, cgm_image_likelihood_dequantise(g, pixels, smear), 1 / 127.5, -1);
    out->nll = cgm_neg(g, sum_rows(g, cgm_image_likelihood_log_prob(m->likelihood, g, &theta, x)));
    for (size_t k = 0; k < a->n_levels; k++)
        if (e->kl[k].id) out->kl[out->n_groups++] = e->kl[k];
    return theta;
}

void cgm_hvae_bound(const void *context, cgm_graph *g, cgm_node pixels, cgm_node pa, image_bound *out)
{
    elbo e = {.m = context, .g = g, .out = out, .n = cgm_node_shape(g, pixels).dim[0]};
    add_bound(&e, pixels, pa);
}

/* ---- Counterfactuals ---- */

static cgm_node sampled(void *context, size_t stage, cgm_node state, hvae_gaussian p)
{
    elbo *e = context;
    (void)state;
    e->other[stage] = p;
    return cgm_hvae_draw(e->g, p,
                         cgm_image_bound_noise(e->out, e->g, "walk", cgm_hvae_latent_shape(e->m, stage, e->n)));
}

/* z of the counterfactual, as the options say. */
static cgm_node followed(void *context, size_t stage, cgm_node state, hvae_gaussian p)
{
    elbo *e = context;
    cgm_graph *g = e->g;
    hvae_gaussian was = e->prior[stage];
    (void)state;
    if (cgm_hvae_mixes(e->m)) return cgm_hvae_mix(e->m, g, e->posterior[stage], e->other[stage], e->eps[stage]);
    if (!cgm_hvae_z_sees_parents(e->m)) return e->z[stage];
    cgm_node u = cgm_mul(g, cgm_sub(g, e->z[stage], was.mean), cgm_exp(g, cgm_neg(g, was.log_scale)));
    return cgm_hvae_draw(g, p, u);
}

static cgm_node counterfactual(const void *context, cgm_graph *g, cgm_node pixels, cgm_node pa, cgm_node other,
                               image_bound *out)
{
    const hvae *m = context;
    elbo e = {.m = m, .g = g, .out = out, .n = cgm_node_shape(g, pixels).dim[0]};
    image_likelihood_theta theta = add_bound(&e, pixels, pa), new_theta;
    hvae_walk w = {.n = e.n, .pa = other, .prior_pa = other, .latent = sampled, .context = &e};
    if (cgm_hvae_mixes(m)) cgm_hvae_walk(m, g, &w);
    w.latent = followed;
    new_theta = cgm_hvae_pixels(m, g, cgm_hvae_walk(m, g, &w));
    cgm_node x = cgm_affine(g, pixels, 1 / 127.5, -1);
    return cgm_affine(g, cgm_image_likelihood_transfer(m->likelihood, g, &theta, &new_theta, x), 127.5, 127.5);
}

static const cgm_train_defaults defaults = {.clip = 350, .skip_norm = 500, .validation = 0.1, .adam_beta2 = 0.9};

cgm_status cgm_hvae_tunable(cgm_mechanism *base, struct image_tunable *out)
{
    hvae *m = (hvae *)base;
    CGM_TRY(cgm_image_likelihood_check_transfer(m->likelihood, m->variable->name));
    *out = (image_tunable){m->variable, &m->parents, m->params, counterfactual, m, defaults};
    return CGM_OK;
}

/* ---- Fitting ---- */

cgm_status cgm_hvae_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    hvae *m = (hvae *)base;
    image_model model = {.variable = m->variable,
                         .parents = &m->parents,
                         .params = m->params,
                         .bound = cgm_hvae_bound,
                         .context = m,
                         .per_dimension = true,
                         .dropout = m->options.prior_dropout,
                         .defaults = defaults};
    size_t group = 0;
    for (size_t k = 0; k < m->architecture.n_levels; k++)
        if (m->architecture.level[k].stochastic) model.group_name[group++] = m->level_name[k];
    memcpy(model.dropped, m->drops, sizeof model.dropped);
    return cgm_image_training_begin(&model, fit, report, &m->training);
}

cgm_status cgm_hvae_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    return cgm_image_training_step(((hvae *)base)->training, fit, report);
}

void cgm_hvae_fit_end(cgm_mechanism *base)
{
    hvae *m = (hvae *)base;
    cgm_image_training_end(m->training);
    m->training = NULL;
    cgm_hvae_programs_clear(m);
}
