/* Abduction, prediction and the evidence bound of a trained model, NETWORK_ROWS rows at a time. */
#include "vae/cvae/cvae.h"

#include <math.h>
#include <string.h>

#include "scm/networks/generator.h"

/* ---- Compiled parts ---- */

static cgm_shape pixels_shape(const cvae *m)
{
    return CGM_SHAPE(NETWORK_ROWS, m->variable->channels, m->variable->height, m->variable->width);
}

static void build(const void *model, int part, cgm_graph *g, network_part_nodes *nodes)
{
    const cvae *m = model;
    cgm_node *in = nodes->in, *out = nodes->out;
    cgm_shape latent = CGM_SHAPE(NETWORK_ROWS, m->options.latent);
    in[0] = cgm_batch_input(g, "first", part == CVAE_DECODER ? latent : pixels_shape(m));
    in[1] = cgm_cvae_parents_input(m, g, NETWORK_ROWS);
    if (part == CVAE_BOUND) {
        in[2] = cgm_batch_input(g, "eps", latent);
        if (m->likelihood->methods->continuous) in[3] = cgm_batch_input(g, "smear", pixels_shape(m));
        cvae_bound bound = cgm_cvae_elbo(m, g, in[0], in[1], in[2], in[3]);
        out[0] = bound.nll;
        out[1] = bound.kl;
    } else if (part == CVAE_ENCODER) {
        cvae_gaussian q = cgm_cvae_encode(m, g, in[0], in[1]);
        out[0] = q.mean;
        out[1] = q.log_scale;
    } else {
        image_likelihood_theta theta = cgm_cvae_decode(m, g, in[0], in[1]);
        out[0] = cgm_image_likelihood_join(g, &theta, pixels_shape(m));
    }
}

static cgm_status get(cvae *m, cvae_part part, int threads, network_part **out)
{
    *out = &m->part[part];
    return cgm_network_part_get(*out, threads, m->params, build, m, (int)part);
}

/* Rows `at` and on of n, with their parents, become the part's first two inputs. */
static void fill(const cvae *m, const network_part *p, const cgm_values *parents, const cgm_values *first, size_t at)
{
    cgm_network_part_fill(first, at, p->in[0]);
    cgm_network_part_fill_parents(&m->parents, parents, at, first->n, p->in[1]);
}

/* ---- Prediction ---- */

cgm_status cgm_cvae_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    (void)base, (void)node;
    for (size_t i = 0; i < noise->n * noise->width; i++) noise->data[i] = cgm_rng_normal(rng);
    return CGM_OK;
}

/* The images that a run of the decoder has just made, row `at` of n first. */
static image_likelihood_images decoded(const cvae *m, const network_part *p, size_t at, size_t n, int threads)
{
    size_t pixels = (size_t)m->variable->height * (size_t)m->variable->width;
    return (image_likelihood_images){cgm_network_part_rows(n, at), pixels, p->out[0], at, threads};
}

cgm_status cgm_cvae_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                            const cgm_values *noise, int threads, cgm_values *out)
{
    cvae *m = (cvae *)base;
    network_part *p;
    if (node == 0) {
        memcpy(out->data, noise->data, out->n * out->width * sizeof *out->data);
        return CGM_OK;
    }
    CGM_TRY(get(m, CVAE_DECODER, threads, &p));
    for (size_t at = 0; at < out->n; at += NETWORK_ROWS) {
        fill(m, p, parents, &before[0], at);
        CGM_TRY(cgm_network_part_run(p));
        image_likelihood_images images = decoded(m, p, at, out->n, threads);
        cgm_image_likelihood_predict(m->likelihood, &images, noise->data + at * noise->width,
                                     out->data + at * out->width);
    }
    return CGM_OK;
}

/* ---- The decoder as graph ---- */

static cgm_node decoded_means(const void *context, cgm_graph *g, cgm_node z, cgm_node features)
{
    const cvae *m = context;
    image_likelihood_theta theta = cgm_cvae_decode(m, g, z, features);
    return cgm_image_likelihood_mean(m->likelihood, g, &theta);
}

cgm_status cgm_cvae_generator(cgm_mechanism *base, struct cgm_image_generator *out)
{
    cvae *m = (cvae *)base;
    cgm_network_generator(m->variable, &m->parents, m->params, m->options.latent, decoded_means, m, out);
    return CGM_OK;
}

/* ---- Abduction ---- */

/* z ~ q(z | x, pa), its standard deviation times the temperature. */
static cgm_status abduct_latent(cvae *m, const cgm_values *parents, const cgm_values *value, const cgm_rng *rng,
                                const cgm_abduct_opts *opts, cgm_values *z)
{
    network_part *p;
    CGM_TRY(get(m, CVAE_ENCODER, opts->threads, &p));
    for (size_t at = 0; at < value->n; at += NETWORK_ROWS) {
        fill(m, p, parents, value, at);
        CGM_TRY(cgm_network_part_run(p));
        for (size_t k = 0; k < cgm_network_part_rows(value->n, at); k++) {
            cgm_rng row = cgm_abduct_stream(rng, opts, at + k);
            for (size_t j = 0; j < z->width; j++) {
                double mean = (double)p->out[0][k * z->width + j], log_scale = (double)p->out[1][k * z->width + j];
                z->data[(at + k) * z->width + j] = mean + opts->temperature * exp(log_scale) * cgm_rng_normal(&row);
            }
        }
    }
    return CGM_OK;
}

static cgm_status abduct_pixels(cvae *m, const cgm_values *parents, const cgm_values *value, const cgm_values *z,
                                const cgm_rng *rng, const cgm_abduct_opts *opts, cgm_values *u)
{
    network_part *p;
    CGM_TRY(get(m, CVAE_DECODER, opts->threads, &p));
    for (size_t at = 0; at < value->n; at += NETWORK_ROWS) {
        fill(m, p, parents, z, at);
        CGM_TRY(cgm_network_part_run(p));
        image_likelihood_images images = decoded(m, p, at, value->n, opts->threads);
        images.first += opts->first_stream;
        cgm_image_likelihood_abduct(m->likelihood, &images, value->data + at * value->width, rng,
                                    u->data + at * u->width);
    }
    return CGM_OK;
}

cgm_status cgm_cvae_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                           const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    cvae *m = (cvae *)base;
    CGM_TRY(abduct_latent(m, parents, value, rng, opts, &noise[0]));
    memcpy(internals[0].data, noise[0].data, noise[0].n * noise[0].width * sizeof *noise[0].data);
    cgm_rng pixels = cgm_rng_split(rng, "pixels");
    return abduct_pixels(m, parents, value, &noise[0], &pixels, opts, &noise[1]);
}

cgm_status cgm_cvae_posterior(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, int threads,
                              double *mean, double *log_scale)
{
    cvae *m = (cvae *)base;
    network_part *p;
    size_t width = (size_t)m->options.latent;
    CGM_TRY(get(m, CVAE_ENCODER, threads, &p));
    for (size_t at = 0; at < value->n; at += NETWORK_ROWS) {
        fill(m, p, parents, value, at);
        CGM_TRY(cgm_network_part_run(p));
        for (size_t k = 0; k < cgm_network_part_rows(value->n, at) * width; k++) {
            mean[at * width + k] = (double)p->out[0][k];
            log_scale[at * width + k] = (double)p->out[1][k];
        }
    }
    return CGM_OK;
}

static void fill_noise(cgm_rng *rng, size_t n, cgm_real *out)
{
    for (size_t i = 0; i < n; i++) out[i] = (cgm_real)cgm_rng_normal(rng);
}

/* The evidence lower bound of each row with one draw of z. */
cgm_status cgm_cvae_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                             double *out)
{
    cvae *m = (cvae *)base;
    network_part *p;
    CGM_TRY(get(m, CVAE_BOUND, 1, &p));
    for (size_t at = 0; at < value->n; at += NETWORK_ROWS) {
        fill(m, p, parents, value, at);
        for (size_t k = 0; k < NETWORK_ROWS; k++) {
            cgm_rng row = cgm_rng_split_index(rng, at + k);
            fill_noise(&row, (size_t)m->options.latent, p->in[2] + (int64_t)k * m->options.latent);
            if (p->in[3]) fill_noise(&row, value->width, p->in[3] + k * value->width);
        }
        CGM_TRY(cgm_network_part_run(p));
        for (size_t k = 0; k < cgm_network_part_rows(value->n, at); k++)
            out[at + k] = -((double)p->out[0][k] + (double)p->out[1][k]);
    }
    return CGM_OK;
}
