/* Abduction, which keeps the image with its domain, and prediction, which translates where the domain is another. */
#include <math.h>
#include <string.h>

#include "gan/cyclegan.h"

cgm_status cgm_cyclegan_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                               const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    size_t width = value->width;
    (void)base, (void)rng, (void)opts;
    for (size_t i = 0; i < value->n; i++) {
        double *origin = internals[0].data + i * internals[0].width;
        memcpy(origin, value->data + i * width, width * sizeof *origin);
        origin[width] = parents[0].data[i];
    }
    memcpy(noise[0].data, internals[0].data, noise[0].n * noise[0].width * sizeof *noise[0].data);
    return CGM_OK;
}

/* ---- Prediction ---- */

static void build(const void *model, int part, cgm_graph *g, network_part_nodes *nodes)
{
    const cyclegan *m = model;
    const cgm_variable *v = m->variable;
    nodes->in[0] = cgm_batch_input(g, "x", CGM_SHAPE(NETWORK_ROWS, v->channels, v->height, v->width));
    cgm_node y = cgm_gan_translate(&m->networks, g, part, cgm_affine(g, nodes->in[0], 1 / 127.5, -1));
    nodes->out[0] = cgm_affine(g, y, 127.5, 127.5);
}

/* Rows that go through one generator together. */
typedef struct group {
    size_t n, row[NETWORK_ROWS];
} group;

/* The group's images translated, to their rows of out; what fills up the part is its last image. */
static cgm_status translate(network_part *p, const group *rows, const cgm_values *origin, cgm_values *out)
{
    size_t width = out->width;
    for (size_t k = 0; k < NETWORK_ROWS; k++) {
        const double *x = origin->data + rows->row[k < rows->n ? k : rows->n - 1] * origin->width;
        for (size_t j = 0; j < width; j++) p->in[0][k * width + j] = (cgm_real)x[j];
    }
    CGM_TRY(cgm_network_part_run(p));
    for (size_t k = 0; k < rows->n; k++)
        for (size_t j = 0; j < width; j++)
            out->data[rows->row[k] * width + j] = fmin(fmax((double)p->out[0][k * width + j], 0), 255);
    return CGM_OK;
}

static cgm_status translate_to(cyclegan *m, int domain, const cgm_values *parents, const cgm_values *origin,
                               int threads, cgm_values *out)
{
    group rows = {0};
    network_part *p = &m->generator[domain];
    CGM_TRY(cgm_network_part_get(p, threads, m->networks.generators, build, m, domain));
    for (size_t i = 0; i < out->n; i++) {
        bool wanted = parents[0].data[i] == domain && origin->data[i * origin->width + out->width] != domain;
        if (wanted) rows.row[rows.n++] = i;
        if (rows.n < NETWORK_ROWS && (i + 1 < out->n || !rows.n)) continue;
        CGM_TRY(translate(p, &rows, origin, out));
        rows.n = 0;
    }
    return CGM_OK;
}

cgm_status cgm_cyclegan_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                                const cgm_values *noise, int threads, cgm_values *out)
{
    cyclegan *m = (cyclegan *)base;
    bool to[GAN_DOMAINS] = {false};
    if (node == 0) {
        memcpy(out->data, noise->data, out->n * out->width * sizeof *out->data);
        return CGM_OK;
    }
    for (size_t i = 0; i < out->n; i++) {
        const double *x = before[0].data + i * before[0].width;
        if (x[out->width] == parents[0].data[i])
            memcpy(out->data + i * out->width, x, out->width * sizeof *x);
        else
            to[(int)parents[0].data[i]] = true;
    }
    for (int d = 0; d < GAN_DOMAINS; d++)
        if (to[d]) CGM_TRY(translate_to(m, d, parents, &before[0], threads, out));
    return CGM_OK;
}
