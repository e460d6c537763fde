/* The networks, as graph. Leaky ReLU (0.1) after every layer but the last of each.
 *
 * CONVOLUTIONAL  encoder: conv 4x4 stride 2 to each width; linear -> latent. Decoder: linear -> last width x H/2^k x
 *                W/2^k; nearest x2 and conv 3x3 to the widths backwards, the first one twice; conv 3x3 -> C.
 * DENSE          encoder: linear to each width; linear -> latent. Decoder: linear to the widths backwards; linear ->
 *                pixels. */
#include <stdio.h>

#include "nn/classification_losses.h"
#include "nn/regression_losses.h"
#include "vae/autoencoder/autoencoder.h"

#define SLOPE 0.1

static const cgm_conv_opts halve = {2, 1, 1, 1, 1}, same = {1, 1, 1, 1, 1};

typedef enum layer { LINEAR, REDUCE, ENLARGE } layer;

/* Layer number i of its network. */
static cgm_node hidden(const autoencoder *m, cgm_graph *g, layer kind, size_t i, cgm_node x, int64_t out)
{
    char name[32];
    snprintf(name, sizeof name, "%s%zu", kind == LINEAR ? "linear" : "conv", i + 1);
    cgm_node h = kind == LINEAR   ? cgm_linear(m->params, g, name, x, out, CGM_INIT_HE, 1)
                 : kind == REDUCE ? cgm_conv_layer(m->params, g, name, x, out, 4, halve, CGM_INIT_HE, 1)
                                  : cgm_upsample_conv_layer(m->params, g, name, x, out, CGM_INIT_HE, 1);
    return cgm_leaky_relu(g, h, SLOPE);
}

cgm_node cgm_autoencoder_encode(const autoencoder *m, cgm_graph *g, cgm_node x)
{
    bool dense = m->options.network == AUTOENCODER_DENSE;
    cgm_graph_push(g, "encoder");
    cgm_node h = dense ? cgm_flatten(g, x) : x;
    for (size_t i = 0; i < m->n_widths; i++) h = hidden(m, g, dense ? LINEAR : REDUCE, i, h, m->width[i]);
    if (h.id) h = cgm_linear(m->params, g, "code", cgm_flatten(g, h), m->options.latent, CGM_INIT_XAVIER, 1);
    cgm_graph_pop(g);
    return h;
}

static cgm_node decode_dense(const autoencoder *m, cgm_graph *g, cgm_node h, cgm_shape image)
{
    for (size_t i = m->n_widths; i-- > 0;) h = hidden(m, g, LINEAR, m->n_widths - 1 - i, h, m->width[i]);
    int64_t pixels = (int64_t)cgm_variable_width(m->variable);
    return cgm_reshape(g, cgm_linear(m->params, g, "pixels", h, pixels, CGM_INIT_XAVIER, 0.1), image);
}

static cgm_node decode_convolutional(const autoencoder *m, cgm_graph *g, cgm_node h, cgm_shape image)
{
    size_t k = m->n_widths;
    int64_t rows = image.dim[2] >> k, columns = image.dim[3] >> k, last = m->width[k - 1];
    h = hidden(m, g, LINEAR, 0, h, last * rows * columns);
    h = cgm_reshape(g, h, CGM_SHAPE(image.dim[0], last, rows, columns));
    for (size_t i = k; i-- > 0;) h = hidden(m, g, ENLARGE, k - 1 - i, h, m->width[i ? i - 1 : 0]);
    return cgm_conv_layer(m->params, g, "pixels", h, image.dim[1], 3, same, CGM_INIT_XAVIER, 0.1);
}

cgm_node cgm_autoencoder_decode(const autoencoder *m, cgm_graph *g, cgm_node z, cgm_node pa)
{
    const cgm_variable *v = m->variable;
    cgm_shape image = CGM_SHAPE(cgm_node_shape(g, z).dim[0], v->channels, v->height, v->width);
    cgm_graph_push(g, "decoder");
    cgm_node h = m->parents.features ? cgm_concat(g, 2, (cgm_node[]){z, pa}, 1) : z;
    h = m->options.network == AUTOENCODER_DENSE ? decode_dense(m, g, h, image) : decode_convolutional(m, g, h, image);
    cgm_graph_pop(g);
    return h;
}

cgm_node cgm_autoencoder_parents_input(const autoencoder *m, cgm_graph *g, int64_t n)
{
    int64_t features = (int64_t)m->parents.features;
    return features ? cgm_batch_input(g, "parents", CGM_SHAPE(n, features)) : (cgm_node){0};
}

cgm_node cgm_autoencoder_loss(const autoencoder *m, cgm_graph *g, cgm_node x, cgm_node seen, cgm_node pa)
{
    cgm_node y = cgm_autoencoder_decode(m, g, cgm_autoencoder_encode(m, g, seen), pa);
    cgm_node loss = m->options.loss == AUTOENCODER_BCE ? cgm_binary_cross_entropy(g, y, x) : cgm_squared_error(g, y, x);
    return cgm_sum(g, cgm_flatten(g, loss), 1u << 1);
}
