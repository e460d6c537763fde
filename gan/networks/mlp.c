/* Linear layers: with three of 512 units those of Gulrajani et al. 2017 for their toys.
 *
 * GENERATOR  linear to each width, ReLU; linear to the sample's numbers; tanh where these are pixels.
 * FEATURES   linear to the widths backwards, each with a normalisation after the first one, and leaky ReLU. */
#include <stdio.h>

#include "gan/networks/network.h"

static cgm_status check(const gan_networks *n)
{
    if (n->shape.generator_condition == GAN_GENERATOR_NORM)
        return CGM_FAIL(CGM_E_CONFIG,
                        "%s: generator_condition: batch_norm wants layers that are normalised, which those of "
                        "network mlp are not (concat)",
                        n->variable->name);
    if (n->shape.critic_norm == GAN_CRITIC_INSTANCE)
        return CGM_FAIL(CGM_E_CONFIG,
                        "%s: critic_norm: instance is over pixels, of which the layers of network mlp have none "
                        "(none, batch, layer or spectral)",
                        n->variable->name);
    return CGM_OK;
}

static cgm_node generate(const gan_networks *n, cgm_graph *g, const gan_causes *causes, cgm_mode mode)
{
    (void)mode;
    const cgm_variable *v = n->variable;
    int64_t rows = cgm_node_shape(g, causes->z).dim[0], size = (int64_t)cgm_variable_width(v);
    cgm_node h = cgm_gan_start(n, g, causes->z, causes->pa);
    for (size_t i = 0; i < n->n_widths; i++) {
        char name[32];
        snprintf(name, sizeof name, "linear%zu", i);
        h = cgm_relu(g, cgm_linear(n->generator, g, name, h, n->width[i], CGM_INIT_HE, 1));
    }
    h = cgm_linear(n->generator, g, "sample", h, size, CGM_INIT_XAVIER, 1);
    if (v->type != CGM_IMAGE) return h;
    return cgm_reshape(g, cgm_tanh(g, h), CGM_SHAPE(rows, v->channels, v->height, v->width));
}

static cgm_node features(const gan_networks *n, const gan_side *side, cgm_graph *g, cgm_node x, cgm_mode mode)
{
    x = cgm_flatten(g, x);
    for (size_t i = 0; i < n->n_widths; i++) {
        char linear[32], norm[32];
        cgm_weight_opts weight = cgm_gan_weight(side, CGM_INIT_HE, i == 0, mode);
        snprintf(linear, sizeof linear, "linear%zu", i);
        snprintf(norm, sizeof norm, "norm%zu", i);
        x = cgm_linear_of(side->params, g, linear, x, n->width[n->n_widths - 1 - i], &weight);
        x = cgm_gan_activation(side, g, norm, i == 0, x, mode);
    }
    return x;
}

const gan_network cgm_gan_network_mlp = {
    .name = "mlp",
    .doc = "linear layers",
    .variable_types = 1u << CGM_IMAGE | 1u << CGM_VECTOR,
    .n_usual = 3,
    .usual = {512, 512, 512},
    .check = check,
    .generate = generate,
    .features = features,
};
