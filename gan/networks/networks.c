/* What the kinds of networks share: how parents enter, how layers are normalised, the score. */
#include "gan/networks/pyramid.h"

#define PAIR_WIDTH 256

const gan_network *cgm_gan_network(gan_network_kind kind)
{
#define ROW(upper, lower) [GAN_NETWORK_##upper] = &cgm_gan_network_##lower,
    static const gan_network *const rows[GAN_NETWORK_KINDS] = {GAN_NETWORK_TABLE(ROW)};
#undef ROW
    return rows[kind];
}

/* ---- The generator ---- */

cgm_node cgm_gan_start(const gan_networks *n, cgm_graph *g, cgm_node z, cgm_node pa)
{
    bool beside = n->features && n->shape.generator_condition == GAN_GENERATOR_CONCAT;
    return beside ? cgm_concat(g, 2, (cgm_node[]){z, pa}, 1) : z;
}

/* h (1 + scale) + shift, with both linear in the parents. */
static cgm_node modulate(const gan_networks *n, cgm_graph *g, const char *name, cgm_node h, cgm_node pa)
{
    cgm_shape as = cgm_node_shape(g, h);
    int64_t channels = as.dim[1];
    cgm_graph_push(g, name);
    cgm_node both = cgm_linear(n->generator, g, "parents", pa, 2 * channels, CGM_INIT_NORMAL, GAN_SD);
    cgm_graph_pop(g);
    for (int i = 2; i < as.rank; i++) as.dim[i] = 1;
    cgm_node scale = cgm_affine(g, cgm_slice(g, both, 1, 0, channels), 1, 1);
    cgm_node shift = cgm_slice(g, both, 1, channels, channels);
    return cgm_add(g, cgm_mul(g, h, cgm_reshape(g, scale, as)), cgm_reshape(g, shift, as));
}

cgm_node cgm_gan_normalised(const gan_networks *n, cgm_graph *g, const char *name, cgm_node h, cgm_node pa,
                            cgm_mode mode)
{
    bool modulated = n->features && n->shape.generator_condition == GAN_GENERATOR_NORM;
    cgm_norm_opts opts = {.kind = CGM_NORM_BATCH, .plain = modulated};
    h = cgm_normalize(n->generator, g, name, h, &opts, mode);
    if (modulated) h = modulate(n, g, name, h, pa);
    return cgm_relu(g, h);
}

cgm_node cgm_gan_generate(const gan_networks *n, cgm_graph *g, const gan_causes *causes, cgm_mode mode)
{
    cgm_graph_push(g, "generator");
    cgm_node x = n->kind->generate(n, g, causes, mode);
    cgm_graph_pop(g);
    return x;
}

/* ---- Features ---- */

/* The norm of activations; of the spectral norm, which is one of weights, none. */
static cgm_norm_kind norm_of(const gan_side *side)
{
    static const cgm_norm_kind kind[] = {[GAN_CRITIC_PLAIN] = CGM_NORM_NONE,
                                         [GAN_CRITIC_BATCH] = CGM_NORM_BATCH,
                                         [GAN_CRITIC_INSTANCE] = CGM_NORM_INSTANCE,
                                         [GAN_CRITIC_LAYER] = CGM_NORM_LAYER,
                                         [GAN_CRITIC_SPECTRAL] = CGM_NORM_NONE};
    return kind[side->norm];
}

cgm_weight_opts cgm_gan_weight(const gan_side *side, cgm_init init, bool first, cgm_mode mode)
{
    return (cgm_weight_opts){.init = init,
                             .gain = init == CGM_INIT_NORMAL ? GAN_SD : 1,
                             .no_bias = !first && norm_of(side) != CGM_NORM_NONE,
                             .spectral = side->norm == GAN_CRITIC_SPECTRAL,
                             .mode = mode};
}

cgm_node cgm_gan_activation(const gan_side *side, cgm_graph *g, const char *name, bool first, cgm_node h, cgm_mode mode)
{
    cgm_norm_opts opts = {.kind = first ? CGM_NORM_NONE : norm_of(side)};
    return cgm_leaky_relu(g, cgm_normalize(side->params, g, name, h, &opts, mode), GAN_SLOPE);
}

/* x [N, C, ...] with the parents as further channels, each the same all over. */
static cgm_node with_parents(const gan_networks *n, cgm_graph *g, cgm_node x, cgm_node pa)
{
    cgm_shape as = cgm_node_shape(g, x), all = as;
    as.dim[1] = all.dim[1] = n->features;
    for (int i = 2; i < as.rank; i++) as.dim[i] = 1;
    cgm_node planes = cgm_broadcast(g, cgm_reshape(g, pa, as), all);
    return cgm_concat(g, 2, (cgm_node[]){x, planes}, 1);
}

/* Of layers after the features: in a pyramid with the equalised learning rate. */
static cgm_weight_opts weight_after(const gan_networks *n, const gan_side *side, cgm_init init, cgm_mode mode)
{
    return cgm_gan_weight(side, n->kind->pyramid ? CGM_INIT_EQUALISED : init, true, mode);
}

/* Of one that no ReLU follows. */
static cgm_weight_opts linear_weight(const gan_networks *n, const gan_side *side, cgm_init init, cgm_mode mode)
{
    cgm_weight_opts weight = weight_after(n, side, init, mode);
    if (n->kind->pyramid) weight.gain = GAN_LINEAR_GAIN;
    return weight;
}

/* ---- The critic ---- */

/* V pa . phi, with phi summed over places: Miyato and Koyama 2018, eq. 4. */
static cgm_node projection(const gan_networks *n, cgm_graph *g, cgm_node phi, cgm_node pa,
                           const cgm_weight_opts *weight)
{
    cgm_shape shape = cgm_node_shape(g, phi);
    cgm_weight_opts no_bias = *weight;
    no_bias.no_bias = true;
    if (shape.rank > 2) phi = cgm_flatten(g, cgm_sum(g, phi, 1u << 2 | 1u << 3));
    cgm_node embedded = cgm_linear_of(n->critic, g, "projection", pa, shape.dim[1], &no_bias);
    return cgm_sum(g, cgm_mul(g, embedded, phi), 1u << 1);
}

/* Of features and a code: two hidden layers that see both. */
static cgm_node join_code(const gan_networks *n, const gan_side *side, cgm_graph *g, cgm_node phi, cgm_node z,
                          cgm_mode mode)
{
    cgm_weight_opts weight = weight_after(n, side, CGM_INIT_HE, mode);
    cgm_node h = cgm_concat(g, 2, (cgm_node[]){cgm_flatten(g, phi), z}, 1);
    h = cgm_leaky_relu(g, cgm_linear_of(n->critic, g, "pair1", h, PAIR_WIDTH, &weight), GAN_SLOPE);
    return cgm_leaky_relu(g, cgm_linear_of(n->critic, g, "pair2", h, PAIR_WIDTH, &weight), GAN_SLOPE);
}

cgm_node cgm_gan_score(const gan_networks *n, cgm_graph *g, cgm_node x, cgm_node z, cgm_node pa, cgm_mode mode)
{
    gan_side side = {n->critic, n->shape.critic_norm, .compares = true};
    bool projects = n->features && n->shape.critic_condition == GAN_CRITIC_PROJECTION;
    cgm_graph_push(g, "critic");
    if (n->features && !projects) x = with_parents(n, g, x, pa);
    cgm_node phi = n->kind->features(n, &side, g, x, mode), score = {0};
    if (phi.id) {
        cgm_weight_opts weight = linear_weight(n, &side, CGM_INIT_NORMAL, mode);
        cgm_node h = n->encodes ? join_code(n, &side, g, phi, z, mode) : cgm_flatten(g, phi);
        score = cgm_linear_of(n->critic, g, "score", h, 1, &weight);
        if (projects) score = cgm_add(g, score, projection(n, g, phi, pa, &weight));
    }
    cgm_graph_pop(g);
    return score;
}

/* ---- The encoder ---- */

/* Normalised by batches where it is one of convolutions, but for a pyramid's. */
cgm_node cgm_gan_encode(const gan_networks *n, cgm_graph *g, cgm_node x, cgm_node pa, cgm_mode mode)
{
    bool batch = cgm_node_shape(g, x).rank == 4 && !n->kind->pyramid;
    gan_side side = {n->generator, batch ? GAN_CRITIC_BATCH : GAN_CRITIC_PLAIN, .compares = false};
    cgm_graph_push(g, "encoder");
    if (n->features) x = with_parents(n, g, x, pa);
    cgm_node phi = n->kind->features(n, &side, g, x, mode), z = {0};
    cgm_weight_opts weight = linear_weight(n, &side, CGM_INIT_XAVIER, mode);
    if (phi.id) z = cgm_linear_of(n->generator, g, "code", cgm_flatten(g, phi), n->latent, &weight);
    cgm_graph_pop(g);
    return z;
}
