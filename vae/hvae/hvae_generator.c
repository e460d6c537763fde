/* The decoder as graph of one array of noise, u_1, ..., u_L of all stages as IMAGE.z has them: samples of the prior, by
 * their pixels' means. */
#include "scm/networks/generator.h"
#include "vae/hvae/hvae.h"

typedef struct sampling {
    const hvae *m;
    cgm_graph *g;
    cgm_node u;
    int64_t n;
} sampling;

static cgm_node sampled(void *context, size_t stage, cgm_node state, hvae_gaussian p)
{
    const sampling *s = context;
    int64_t first = (int64_t)s->m->first[stage], numbers = (int64_t)cgm_hvae_stage_latents(s->m, stage);
    (void)state;
    cgm_node u = cgm_slice(s->g, s->u, 1, first, numbers);
    return cgm_hvae_draw(s->g, p, cgm_reshape(s->g, u, cgm_hvae_latent_shape(s->m, stage, s->n)));
}

static cgm_node build(const void *context, cgm_graph *g, cgm_node z, cgm_node features)
{
    const hvae *m = context;
    sampling s = {m, g, z, cgm_node_shape(g, z).dim[0]};
    hvae_walk walk = {.n = s.n, .pa = features, .prior_pa = features, .latent = sampled, .context = &s};
    image_likelihood_theta theta = cgm_hvae_pixels(m, g, cgm_hvae_walk(m, g, &walk));
    return cgm_image_likelihood_mean(m->likelihood, g, &theta);
}

cgm_status cgm_hvae_generator(cgm_mechanism *base, struct cgm_image_generator *out)
{
    hvae *m = (hvae *)base;
    cgm_network_generator(m->variable, &m->parents, m->params, (int64_t)m->n_latents, build, m, out);
    return CGM_OK;
}
