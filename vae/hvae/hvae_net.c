/* The network as graph: encoder, and a walk through the decoder's stages.
 *
 * ENCODER  a 7x7 convolution; at each resolution residual blocks, then one that changes the width and pools by the
 * mean. DECODER  two states, h and g, begin as the coarsest resolution's learnt bias; entering a resolution both are
 * enlarged and its bias is added. In each stage p_mean, p_log_scale, p_features = prior(g [, pa]) z ~ p or q(z | h, pa,
 * kept) h = merge(h + p_features + z_state([z, pa])),   g = z_prior([z, p_features]) With posterior correction h takes
 * the place of g. */
#include "vae/hvae/hvae.h"

#include <math.h>
#include <stdio.h>

/* Blocks of the decoder at 1x1 and 2x2 have 1x1 convolutions only. */
static int64_t filter_size(int64_t resolution)
{
    return resolution > 2 ? 3 : 1;
}

static void push_number(cgm_graph *g, int64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)number);
    cgm_graph_push(g, text);
}

cgm_shape cgm_hvae_latent_shape(const hvae *m, size_t stage, int64_t n)
{
    int64_t r = m->architecture.level[m->architecture.stage[stage].level].resolution;
    return CGM_SHAPE(n, m->options.latent, r, r);
}

cgm_shape cgm_hvae_state_shape(const hvae *m, size_t stage, int64_t n)
{
    const hvae_stage *s = &m->architecture.stage[stage];
    int64_t r = m->architecture.level[s->level].resolution;
    return CGM_SHAPE(n, s->width, r, r);
}

/* ---- Encoder ---- */

static cgm_node encoder_block(const hvae *m, cgm_graph *g, int64_t index, cgm_node x, int64_t out)
{
    char name[24];
    snprintf(name, sizeof name, "%lld", (long long)index);
    int64_t inner = cgm_node_shape(g, x).dim[1] / m->architecture.bottleneck;
    return cgm_hvae_residual(m, g, name, x, out, inner, 3, sqrt(1 / (double)m->architecture.encoder_blocks));
}

void cgm_hvae_encode(const hvae *m, cgm_graph *g, cgm_node pixels, cgm_node kept[HVAE_MAX_LEVELS])
{
    const hvae_architecture *a = &m->architecture;
    cgm_graph_push(g, "encoder");
    hvae_input in = {"state", cgm_affine(g, pixels, 1 / 127.5, -1)};
    cgm_node x = cgm_hvae_conv(m, g, "stem", a->level[0].resolution, 1, &in, a->level[0].width, 7, 1);
    for (size_t k = 0; k < a->n_levels; k++) {
        const hvae_level *level = &a->level[k];
        push_number(g, level->resolution);
        for (int64_t i = 0; i < level->blocks; i++) x = encoder_block(m, g, i, x, level->width);
        kept[k] = cgm_hvae_activate(m, g, x);
        if (level->factor) {
            x = encoder_block(m, g, level->blocks, x, level[1].width);
            x = cgm_affine(g, cgm_sum_pool(g, x, level->factor), 1 / (double)(level->factor * level->factor), 0);
        }
        cgm_graph_pop(g);
    }
    cgm_graph_pop(g);
}

/* ---- Decoder ---- */

/* The walk under way. */
typedef struct walker {
    const hvae *m;
    cgm_graph *g;
    const hvae_walk *walk;
    cgm_node prior_pa;   /* activated; none under an exogenous prior */
    cgm_node h, g_state; /* the running states */
    double gain;         /* of the last convolutions */
} walker;

/* A level's learnt bias, [1, width, r, r], or the null node. */
static cgm_node level_bias(const walker *w, const hvae_level *level)
{
    if (!level->has_bias) return (cgm_node){0};
    return cgm_param(w->m->params, w->g, "bias", CGM_SHAPE(1, level->width, level->resolution, level->resolution),
                     CGM_INIT_ZERO, 0);
}

static cgm_node enlarge(const walker *w, cgm_node x, const hvae_level *level, cgm_node bias)
{
    cgm_shape shape = cgm_node_shape(w->g, x);
    int64_t r = level->resolution;
    if (shape.dim[2] == 1)
        x = cgm_broadcast(w->g, x, CGM_SHAPE(shape.dim[0], shape.dim[1], r, r));
    else
        x = cgm_upsample_nearest(w->g, x, r / shape.dim[2]);
    return bias.id ? cgm_add(w->g, x, bias) : x;
}

static void enter_level(walker *w, size_t k)
{
    const hvae_architecture *a = &w->m->architecture;
    const hvae_level *level = &a->level[k];
    cgm_node bias = level_bias(w, level);
    if (k + 1 == a->n_levels) {
        w->h = w->g_state =
            cgm_broadcast(w->g, bias, CGM_SHAPE(w->walk->n, level->width, level->resolution, level->resolution));
        return;
    }
    w->h = enlarge(w, w->h, level, bias);
    if (!w->m->options.posterior_correction && !w->walk->kept) w->g_state = enlarge(w, w->g_state, level, bias);
}

typedef struct stage_prior {
    hvae_gaussian z;
    cgm_node features;
} stage_prior;

static stage_prior prior(const walker *w, const hvae_stage *s, int64_t r, cgm_node state)
{
    const hvae *m = w->m;
    int64_t size = filter_size(r), z = m->options.latent;
    stage_prior p = {0};
    cgm_graph_push(w->g, "prior");
    hvae_input in[] = {{"state", state}, {"parents", w->prior_pa}};
    cgm_node h = cgm_hvae_trunk(m, w->g, r, 2, in, s->width / m->architecture.bottleneck, size);
    p.z.mean = cgm_hvae_head(m, w->g, "mean", h, z, size, 0);
    if (m->architecture.level[s->level].stochastic) p.z.log_scale = cgm_hvae_head(m, w->g, "log_scale", h, z, size, 0);
    p.features = cgm_hvae_head(m, w->g, "features", h, s->width, size, 0);
    cgm_graph_pop(w->g);
    return p;
}

hvae_gaussian cgm_hvae_posterior(const hvae *m, cgm_graph *g, size_t stage, cgm_node state, cgm_node kept, cgm_node pa)
{
    const hvae_stage *s = &m->architecture.stage[stage];
    int64_t r = m->architecture.level[s->level].resolution, size = filter_size(r);
    hvae_gaussian q;
    cgm_graph_push(g, "posterior");
    hvae_input in[] = {{"state", state}, {"parents", pa}, {"kept", kept}};
    cgm_node h = cgm_hvae_trunk(m, g, r, 3, in, s->width / m->architecture.bottleneck, size);
    q.mean = cgm_hvae_head(m, g, "mean", h, m->options.latent, size, 1);
    q.log_scale = cgm_hvae_head(m, g, "log_scale", h, m->options.latent, size, 1);
    cgm_graph_pop(g);
    return q;
}

cgm_node cgm_hvae_mix(const hvae *m, cgm_graph *g, hvae_gaussian q, hvae_gaussian p, cgm_node u)
{
    double a = m->options.alpha;
    cgm_node mean = cgm_add(g, cgm_affine(g, q.mean, a, 0), cgm_affine(g, p.mean, 1 - a, 0));
    cgm_node of_q = cgm_square(g, cgm_affine(g, cgm_exp(g, q.log_scale), a, 0));
    cgm_node of_p = cgm_square(g, cgm_affine(g, cgm_exp(g, p.log_scale), 1 - a, 0));
    return cgm_add(g, mean, cgm_mul(g, cgm_sqrt(g, cgm_add(g, of_q, of_p)), u));
}

cgm_node cgm_hvae_draw(cgm_graph *g, hvae_gaussian d, cgm_node eps)
{
    return cgm_add(g, d.mean, cgm_mul(g, cgm_exp(g, d.log_scale), eps));
}

/* What z and the prior's features add to the state; moves on the state of a prior of its own. */
static cgm_node shift(walker *w, size_t stage, cgm_node state)
{
    const hvae *m = w->m;
    const hvae_stage *s = &m->architecture.stage[stage];
    int64_t r = m->architecture.level[s->level].resolution;
    bool correct = m->options.posterior_correction;
    stage_prior p = prior(w, s, r, correct ? state : cgm_hvae_activate(m, w->g, w->g_state));
    cgm_node z = cgm_hvae_is_stochastic(m, stage) ? w->walk->latent(w->walk->context, stage, state, p.z) : p.z.mean;
    hvae_input to_state[] = {{"z", z}, {"parents", w->walk->pa}}, to_prior[] = {{"z", z}, {"features", p.features}};
    if (!correct && stage + 1 < m->architecture.n_stages)
        w->g_state = cgm_hvae_conv(m, w->g, "z_prior", r, 2, to_prior, s->next_width, 1, 1);
    cgm_node of_z = cgm_hvae_conv_maps(m, w->g, "z_state", r, 2, to_state, s->width, w->gain);
    return cgm_add(w->g, of_z, p.features);
}

static void do_stage(walker *w, size_t stage)
{
    const hvae *m = w->m;
    const hvae_walk *walk = w->walk;
    const hvae_stage *s = &m->architecture.stage[stage];
    int64_t r = m->architecture.level[s->level].resolution;
    hvae_input parents[] = {{"z", {0}}, {"parents", walk->pa}};
    cgm_node state = walk->kept ? (cgm_node){0} : cgm_hvae_activate(m, w->g, w->h);
    cgm_node of_z = walk->kept ? walk->kept(walk->context, stage) : shift(w, stage, state);
    if (walk->keep) walk->keep(walk->context, stage, of_z);
    cgm_node of_parents = cgm_hvae_conv_rows(m, w->g, "z_state", r, 2, parents, s->width, w->gain);
    cgm_node h = cgm_add(w->g, cgm_add(w->g, w->h, of_z), of_parents);
    w->h = cgm_hvae_residual(m, w->g, "merge", h, s->next_width, s->width / m->architecture.bottleneck, filter_size(r),
                             w->gain);
}

cgm_node cgm_hvae_walk(const hvae *m, cgm_graph *g, const hvae_walk *walk)
{
    const hvae_architecture *a = &m->architecture;
    walker w = {.m = m, .g = g, .walk = walk, .gain = sqrt(1 / (double)a->n_stages)};
    if (m->options.prior == HVAE_CONDITIONAL) w.prior_pa = cgm_hvae_activate(m, g, walk->prior_pa);
    cgm_graph_push(g, "decoder");
    for (size_t i = 0; i < a->n_stages; i++) {
        const hvae_stage *s = &a->stage[i];
        push_number(g, a->level[s->level].resolution);
        if (s->index == 0) enter_level(&w, s->level);
        push_number(g, s->index);
        do_stage(&w, i);
        cgm_graph_pop(g);
        cgm_graph_pop(g);
    }
    cgm_graph_pop(g);
    return w.h;
}

image_likelihood_theta cgm_hvae_pixels(const hvae *m, cgm_graph *g, cgm_node state)
{
    hvae_input in = {"state", state};
    int64_t planes = (int64_t)cgm_image_likelihood_planes(m->likelihood);
    cgm_graph_push(g, "pixels");
    cgm_node raw = cgm_hvae_conv(m, g, "features", m->architecture.level[0].resolution, 1, &in, planes, 1, 1);
    image_likelihood_theta theta = cgm_image_likelihood_parameters(m->likelihood, m->params, g, raw);
    cgm_graph_pop(g);
    return theta;
}
