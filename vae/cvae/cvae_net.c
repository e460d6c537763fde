/* The networks, as graph.
 *
 * ENCODER  conv 4x4 stride 2: C -> width -> 2 width -> 2 width; with the parents: linear -> hidden -> 2 latent.
 * DECODER  z with the parents: linear -> hidden -> 2 width x H/8 x W/8; nearest x2 and conv 3x3, three times:
 *          2 width -> 2 width -> width -> width; conv 3x3 -> what the likelihood wants.
 * Leaky ReLU (0.1) after every layer but the last of each. */
#include "nn/losses.h"
#include "vae/cvae/cvae.h"

#define SLOPE 0.1

static const cgm_conv_opts halve = {2, 1, 1, 1, 1}, same = {1, 1, 1, 1, 1};

static cgm_node reduce(const cvae *m, cgm_graph *g, const char *name, cgm_node x, int64_t out)
{
    return cgm_leaky_relu(g, cgm_conv_layer(m->params, g, name, x, out, 4, halve, CGM_INIT_HE, 1), SLOPE);
}

static cgm_node enlarge(const cvae *m, cgm_graph *g, const char *name, cgm_node x, int64_t out)
{
    return cgm_leaky_relu(g, cgm_upsample_conv_layer(m->params, g, name, x, out, CGM_INIT_HE, 1), SLOPE);
}

static cgm_node linear(const cvae *m, cgm_graph *g, const char *name, cgm_node x, int64_t out)
{
    return cgm_leaky_relu(g, cgm_linear(m->params, g, name, x, out, CGM_INIT_HE, 1), SLOPE);
}

cgm_node cgm_cvae_parents_input(const cvae *m, cgm_graph *g, int64_t n)
{
    int64_t features = (int64_t)m->parents.features;
    return features ? cgm_batch_input(g, "parents", CGM_SHAPE(n, features)) : (cgm_node){0};
}

/* [N, a] and [N, features] side by side; the parents may have no features. */
static cgm_node with_parents(const cvae *m, cgm_graph *g, cgm_node x, cgm_node pa)
{
    return m->parents.features ? cgm_concat(g, 2, (cgm_node[]){x, pa}, 1) : x;
}

/* The two halves of x along an axis. */
static cvae_gaussian halves(cgm_graph *g, cgm_node x, int axis)
{
    int64_t half = cgm_node_shape(g, x).dim[axis] / 2;
    return (cvae_gaussian){cgm_slice(g, x, axis, 0, half), cgm_slice(g, x, axis, half, half)};
}

cvae_gaussian cgm_cvae_encode(const cvae *m, cgm_graph *g, cgm_node x, cgm_node pa)
{
    int64_t width = m->options.width;
    cgm_graph_push(g, "encoder");
    cgm_node h = cgm_affine(g, x, 1 / 127.5, -1);
    h = reduce(m, g, "conv1", h, width);
    h = reduce(m, g, "conv2", h, 2 * width);
    h = reduce(m, g, "conv3", h, 2 * width);
    h = linear(m, g, "hidden", with_parents(m, g, cgm_flatten(g, h), pa), m->options.hidden);
    h = cgm_linear(m->params, g, "posterior", h, 2 * m->options.latent, CGM_INIT_XAVIER, 0.1);
    cvae_gaussian q = halves(g, h, 1);
    cgm_graph_pop(g);
    return q;
}

image_likelihood_theta cgm_cvae_decode(const cvae *m, cgm_graph *g, cgm_node z, cgm_node pa)
{
    int64_t n = cgm_node_shape(g, z).dim[0], width = m->options.width;
    int64_t rows = m->variable->height / CVAE_FACTOR, columns = m->variable->width / CVAE_FACTOR;
    cgm_graph_push(g, "decoder");
    cgm_node h = linear(m, g, "hidden", with_parents(m, g, z, pa), m->options.hidden);
    h = linear(m, g, "expand", h, 2 * width * rows * columns);
    h = cgm_reshape(g, h, CGM_SHAPE(n, 2 * width, rows, columns));
    h = enlarge(m, g, "conv1", h, 2 * width);
    h = enlarge(m, g, "conv2", h, width);
    h = enlarge(m, g, "conv3", h, width);
    int64_t planes = (int64_t)cgm_image_likelihood_planes(m->likelihood);
    h = cgm_conv_layer(m->params, g, "pixels", h, planes, 3, same, CGM_INIT_XAVIER, 0.1);
    image_likelihood_theta theta = cgm_image_likelihood_parameters(m->likelihood, m->params, g, h);
    cgm_graph_pop(g);
    return theta;
}

cvae_bound cgm_cvae_elbo(const cvae *m, cgm_graph *g, cgm_node x, cgm_node pa, cgm_node eps, cgm_node smear)
{
    int64_t n = cgm_node_shape(g, x).dim[0];
    cvae_gaussian q = cgm_cvae_encode(m, g, x, pa);
    cgm_node z = cgm_add(g, q.mean, cgm_mul(g, cgm_exp(g, q.log_scale), eps));
    image_likelihood_theta theta = cgm_cvae_decode(m, g, z, pa);
    cgm_node inside = cgm_affine(g, cgm_image_likelihood_dequantise(g, x, smear), 1 / 127.5, -1);
    cgm_node log_prob = cgm_image_likelihood_log_prob(m->likelihood, g, &theta, inside);
    cgm_node nll = cgm_neg(g, cgm_sum(g, log_prob, 1u << 1 | 1u << 2 | 1u << 3));
    cgm_node kl = cgm_sum(g, cgm_kl_standard_normal(g, q.mean, q.log_scale), 1u << 1);
    return (cvae_bound){cgm_reshape(g, nll, CGM_SHAPE(n, 1)), kl, z, theta};
}
