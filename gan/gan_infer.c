/* Sampling and prediction of a trained model, NETWORK_ROWS rows at a time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gan/gan.h"
#include "scm/networks/decoder.h"
#include "scm/networks/generator.h"

cgm_node cgm_gan_parents_input(const gan *m, cgm_graph *g, int64_t n)
{
    int64_t features = m->networks.features;
    return features ? cgm_batch_input(g, "parents", CGM_SHAPE(n, features)) : (cgm_node){0};
}

cgm_node cgm_gan_to_network(const gan *m, cgm_graph *g, cgm_node x)
{
    return m->scale.n ? x : cgm_affine(g, x, 1 / 127.5, -1);
}

/* The inverse. */
static cgm_node from_network(const gan *m, cgm_graph *g, cgm_node x)
{
    return m->scale.n ? x : cgm_affine(g, x, 127.5, 127.5);
}

/* Whole samples in the variable's own units, but for a vector, which is scaled later. */
static cgm_node generate(const gan *m, cgm_graph *g, const gan_causes *causes)
{
    const gan_networks n = cgm_gan_networks_at(m, g, m->compiled);
    cgm_node x = cgm_gan_generate(&n, g, causes, CGM_MODE_EVAL);
    return from_network(m, g, cgm_gan_enlarge(&n, g, x));
}

static void build(const void *model, int part, cgm_graph *g, network_part_nodes *nodes)
{
    const gan *m = model;
    const gan_networks n = cgm_gan_networks_at(m, g, m->compiled);
    const cgm_variable *v = m->variable;
    cgm_shape images = CGM_SHAPE(NETWORK_ROWS, v->channels, v->height, v->width),
              vectors = CGM_SHAPE(NETWORK_ROWS, v->width);
    if (part == GAN_PART_GENERATOR) {
        nodes->in[0] = cgm_batch_input(g, "z", CGM_SHAPE(NETWORK_ROWS, m->options.latent));
        nodes->in[1] = cgm_gan_parents_input(m, g, NETWORK_ROWS);
        if (n.kind->maps) nodes->in[2] = cgm_batch_input(g, "maps", CGM_SHAPE(NETWORK_ROWS, (int64_t)m->node[1].width));
        gan_causes causes = {.z = nodes->in[0], .pa = nodes->in[1], .maps = nodes->in[2]};
        nodes->out[0] = generate(m, g, &causes);
        return;
    }
    nodes->in[0] = cgm_batch_input(g, "x", m->scale.n ? vectors : images);
    nodes->in[1] = cgm_gan_parents_input(m, g, NETWORK_ROWS);
    cgm_node x = cgm_gan_shrink(&n, g, cgm_gan_to_network(m, g, nodes->in[0]));
    if (part == GAN_PART_ENCODER) {
        nodes->out[0] = cgm_gan_encode(&n, g, x, nodes->in[1], CGM_MODE_EVAL);
        return;
    }
    if (n.encodes) nodes->in[2] = cgm_batch_input(g, "z", CGM_SHAPE(NETWORK_ROWS, m->options.latent));
    nodes->out[0] = cgm_gan_score(&n, g, x, nodes->in[2], nodes->in[1], CGM_MODE_EVAL);
}

/* Parts that were compiled before the networks grew go. */
static cgm_status follow_growth(gan *m)
{
    gan_phase now;
    CGM_TRY(cgm_gan_phase(m, &now));
    if (now.level == m->compiled.level && now.alpha == m->compiled.alpha) return CGM_OK;
    for (int part = 0; part < GAN_PARTS; part++) cgm_network_part_clear(&m->part[part]);
    m->compiled = now;
    return CGM_OK;
}

static cgm_status get_part(gan *m, gan_part part, int threads, network_part **out)
{
    cgm_params *params = part == GAN_PART_CRITIC ? m->networks.critic : m->networks.generator;
    *out = &m->part[part];
    CGM_TRY(follow_growth(m));
    return cgm_network_part_get(*out, threads, params, build, m, (int)part);
}

/* Rows `at` and on of the value and the parents, as the part's inputs. */
static void fill(const gan *m, const network_part *p, const cgm_values *parents, const cgm_values *value, size_t at)
{
    cgm_network_part_fill(value, at, p->in[0]);
    if (m->scale.n) cgm_network_scale_apply(&m->scale, NETWORK_ROWS, p->in[0]);
    cgm_network_part_fill_parents(&m->parents, parents, at, value->n, p->in[1]);
}

static cgm_status get_decoder(gan *m, int threads, network_decoder *out)
{
    *out = (network_decoder){.parents = &m->parents, .high = 255};
    if (m->scale.n)
        *out = (network_decoder){.parents = &m->parents,
                                 .low = -HUGE_VAL,
                                 .high = HUGE_VAL,
                                 .shift = m->scale.shift,
                                 .scale = m->scale.scale};
    return get_part(m, GAN_PART_GENERATOR, threads, &out->part);
}

/* z and noise maps are normal; a residual, where there is one, is 0. */
cgm_status cgm_gan_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    bool normal = node + 1 < ((const gan *)base)->n_nodes;
    for (size_t i = 0; i < noise->n * noise->width; i++) noise->data[i] = normal ? cgm_rng_normal(rng) : 0;
    return CGM_OK;
}

cgm_status cgm_gan_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                           const cgm_values *noise, int threads, cgm_values *out)
{
    gan *m = (gan *)base;
    network_decoder decoder;
    if (node + 1 < m->n_nodes) {
        memcpy(out->data, noise->data, out->n * out->width * sizeof *out->data);
        return CGM_OK;
    }
    if (m->training) cgm_gan_standing_run(m); /* training leaves none that fit the averaged parameters */
    CGM_TRY(get_decoder(m, threads, &decoder));
    if (m->networks.kind->maps) decoder.further = &before[1];
    return cgm_network_decode(&decoder, parents, &before[0], noise->width ? noise : NULL, out);
}

/* ---- The generator as graph ---- */

/* Noise maps are 0, as in abduction. */
static cgm_node generated(const void *context, cgm_graph *g, cgm_node z, cgm_node features)
{
    return generate(context, g, &(gan_causes){.z = z, .pa = features});
}

cgm_status cgm_gan_generator(cgm_mechanism *base, struct cgm_image_generator *out)
{
    gan *m = (gan *)base;
    CGM_TRY(follow_growth(m));
    cgm_network_generator(m->variable, &m->parents, m->networks.generator, m->options.latent, generated, m, out);
    return CGM_OK;
}

/* ---- Abduction ---- */

static cgm_status encode(gan *m, const cgm_values *parents, const cgm_values *value, int threads, cgm_values *z)
{
    network_part *p;
    CGM_TRY(get_part(m, GAN_PART_ENCODER, threads, &p));
    for (size_t at = 0; at < value->n; at += NETWORK_ROWS) {
        fill(m, p, parents, value, at);
        CGM_TRY(cgm_network_part_run(p));
        for (size_t i = 0; i < cgm_network_part_rows(value->n, at) * z->width; i++)
            z->data[at * z->width + i] = (double)p->out[0][i];
    }
    return CGM_OK;
}

/* Nothing is drawn: the code and the residual are functions of the value. Noise maps are 0, of what they would be the
 * likeliest, and what they did is in the residual. */
cgm_status cgm_gan_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                          const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    gan *m = (gan *)base;
    network_decoder decoder;
    (void)rng;
    CGM_TRY(encode(m, parents, value, opts->threads, &noise[0]));
    memcpy(internals[0].data, noise[0].data, noise[0].n * noise[0].width * sizeof *noise[0].data);
    CGM_TRY(get_decoder(m, opts->threads, &decoder));
    if (m->networks.kind->maps) {
        memset(noise[1].data, 0, noise[1].n * noise[1].width * sizeof *noise[1].data);
        memset(internals[1].data, 0, internals[1].n * internals[1].width * sizeof *internals[1].data);
        decoder.further = &internals[1];
    }
    return cgm_network_residual(&decoder, parents, &internals[0], value, &noise[m->n_nodes - 1]);
}

/* ---- The critic ---- */

static cgm_status score_pairs(gan *m, const cgm_values *parents, const cgm_values *value, const cgm_values *z,
                              int threads, double *out)
{
    network_part *p;
    CGM_TRY(get_part(m, GAN_PART_CRITIC, threads, &p));
    for (size_t at = 0; at < value->n; at += NETWORK_ROWS) {
        fill(m, p, parents, value, at);
        if (m->networks.encodes) cgm_network_part_fill(z, at, p->in[2]);
        CGM_TRY(cgm_network_part_run(p));
        for (size_t i = 0; i < cgm_network_part_rows(value->n, at); i++) out[at + i] = (double)p->out[0][i];
    }
    return CGM_OK;
}

cgm_status cgm_gan_score_values(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, int threads,
                                double *out)
{
    gan *m = (gan *)base;
    cgm_values z = {value->n, (size_t)m->options.latent, NULL};
    if (!m->networks.encodes) return score_pairs(m, parents, value, NULL, threads, out);
    z.data = calloc(z.n * z.width + 1, sizeof *z.data);
    if (!z.data) return CGM_FAIL(CGM_E_MEMORY, "out of memory for codes of \"%s\"", m->variable->name);
    cgm_status status = encode(m, parents, value, threads, &z);
    if (status == CGM_OK) status = score_pairs(m, parents, value, &z, threads, out);
    free(z.data);
    return status;
}
