/* Sampling, prediction and abduction of a trained model, NETWORK_ROWS rows at a time. */
#include "scm/networks/decoder.h"
#include "vae/autoencoder/autoencoder.h"

static void build(const void *model, int part, cgm_graph *g, network_part_nodes *nodes)
{
    const autoencoder *m = model;
    const cgm_variable *v = m->variable;
    if (part == AUTOENCODER_ENCODER) {
        nodes->in[0] = cgm_batch_input(g, "pixels", CGM_SHAPE(NETWORK_ROWS, v->channels, v->height, v->width));
        nodes->out[0] = cgm_autoencoder_encode(m, g, cgm_affine(g, nodes->in[0], 1 / 255.0, 0));
        return;
    }
    nodes->in[0] = cgm_batch_input(g, "z", CGM_SHAPE(NETWORK_ROWS, m->options.latent));
    nodes->in[1] = cgm_autoencoder_parents_input(m, g, NETWORK_ROWS);
    cgm_node y = cgm_autoencoder_decode(m, g, nodes->in[0], nodes->in[1]);
    if (m->options.loss == AUTOENCODER_BCE) y = cgm_sigmoid(g, y);
    nodes->out[0] = cgm_affine(g, y, 255, 0);
}

cgm_status cgm_autoencoder_part_get(autoencoder *m, autoencoder_part part, int threads, network_part **out)
{
    *out = &m->part[part];
    return cgm_network_part_get(*out, threads, m->params, build, m, (int)part);
}

/* ---- Codes and their noise ---- */

/* z = mean + L u. */
static void to_codes(const autoencoder *m, const cgm_values *noise, cgm_values *z)
{
    size_t n = z->width;
    for (size_t row = 0; row < z->n; row++)
        for (size_t i = 0; i < n; i++) {
            double sum = m->mean[i];
            for (size_t j = 0; j <= i; j++) sum += m->factor[i * n + j] * noise->data[row * n + j];
            z->data[row * n + i] = sum;
        }
}

/* In place, u with L u = z - mean. */
static void to_noise(const autoencoder *m, size_t n, double *z)
{
    for (size_t i = 0; i < n; i++) {
        double sum = z[i] - m->mean[i];
        for (size_t j = 0; j < i; j++) sum -= m->factor[i * n + j] * z[j];
        z[i] = sum / m->factor[i * n + i];
    }
}

/* ---- Prediction ---- */

cgm_status cgm_autoencoder_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    (void)base;
    for (size_t i = 0; i < noise->n * noise->width; i++) noise->data[i] = node == 0 ? cgm_rng_normal(rng) : 0;
    return CGM_OK;
}

/* The decoder compiled, with what it is called with. */
static cgm_status get_decoder(autoencoder *m, int threads, network_decoder *out)
{
    *out = (network_decoder){.parents = &m->parents, .high = 255};
    return cgm_autoencoder_part_get(m, AUTOENCODER_DECODER, threads, &out->part);
}

cgm_status cgm_autoencoder_predict(cgm_mechanism *base, size_t node, const cgm_values *parents,
                                   const cgm_values *before, const cgm_values *noise, int threads, cgm_values *out)
{
    autoencoder *m = (autoencoder *)base;
    network_decoder decoder;
    if (node == 0) {
        to_codes(m, noise, out);
        return CGM_OK;
    }
    CGM_TRY(get_decoder(m, threads, &decoder));
    return cgm_network_decode(&decoder, parents, &before[0], noise, out);
}

/* ---- Abduction ---- */

static cgm_status abduct_codes(autoencoder *m, const cgm_values *value, int threads, cgm_values *noise)
{
    network_part *p;
    size_t width = noise->width;
    CGM_TRY(cgm_autoencoder_part_get(m, AUTOENCODER_ENCODER, threads, &p));
    for (size_t at = 0; at < value->n; at += NETWORK_ROWS) {
        cgm_network_part_fill(value, at, p->in[0]);
        CGM_TRY(cgm_network_part_run(p));
        for (size_t k = 0; k < cgm_network_part_rows(value->n, at); k++) {
            double *row = noise->data + (at + k) * width;
            for (size_t j = 0; j < width; j++) row[j] = (double)p->out[0][k * width + j];
            to_noise(m, width, row);
        }
    }
    return CGM_OK;
}

/* Nothing is drawn: the code and the residual are functions of the image. */
cgm_status cgm_autoencoder_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                  const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    autoencoder *m = (autoencoder *)base;
    network_decoder decoder;
    (void)rng;
    CGM_TRY(abduct_codes(m, value, opts->threads, &noise[0]));
    to_codes(m, &noise[0], &internals[0]);
    CGM_TRY(get_decoder(m, opts->threads, &decoder));
    return cgm_network_residual(&decoder, parents, &internals[0], value, &noise[1]);
}
