/* Sampling and prediction of a trained model, NETWORK_ROWS rows at a time. */
#include <math.h>
#include <string.h>

#include "gan/gan.h"
#include "scm/networks/decoder.h"

cgm_node cgm_gan_parents_input(const gan *m, cgm_graph *g, int64_t n)
{
    int64_t features = m->networks.features;
    return features ? cgm_batch_input(g, "parents", CGM_SHAPE(n, features)) : (cgm_node){0};
}

static void build(const void *model, int part, cgm_graph *g, network_part_nodes *nodes)
{
    const gan *m = model;
    (void)part;
    nodes->in[0] = cgm_batch_input(g, "z", CGM_SHAPE(NETWORK_ROWS, m->options.latent));
    nodes->in[1] = cgm_gan_parents_input(m, g, NETWORK_ROWS);
    cgm_node x = cgm_gan_generate(&m->networks, g, nodes->in[0], nodes->in[1], CGM_MODE_EVAL);
    nodes->out[0] = m->scale.n ? x : cgm_affine(g, x, 127.5, 127.5);
}

/* The variable itself has none. */
cgm_status cgm_gan_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    (void)base;
    (void)node;
    for (size_t i = 0; i < noise->n * noise->width; i++) noise->data[i] = cgm_rng_normal(rng);
    return CGM_OK;
}

cgm_status cgm_gan_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                           const cgm_values *noise, int threads, cgm_values *out)
{
    gan *m = (gan *)base;
    network_decoder decoder = {.part = &m->generator, .parents = &m->parents, .high = 255};
    if (m->scale.n) {
        decoder.low = -HUGE_VAL;
        decoder.high = HUGE_VAL;
        decoder.shift = m->scale.shift;
        decoder.scale = m->scale.scale;
    }
    if (node == 0) {
        memcpy(out->data, noise->data, out->n * out->width * sizeof *out->data);
        return CGM_OK;
    }
    if (m->training) cgm_gan_standing_run(m); /* training leaves none that fit the averaged parameters */
    CGM_TRY(cgm_network_part_get(&m->generator, threads, m->networks.generator, build, m, 0));
    return cgm_network_decode(&decoder, parents, &before[0], NULL, out);
}
