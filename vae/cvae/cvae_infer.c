/* Abduction, prediction and the evidence bound of a trained model, CVAE_ROWS rows at a time. */
#include "vae/cvae/cvae.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

cgm_status cgm_cvae_initialise(cvae *m, const cgm_rng *rng)
{
    return cgm_params_values(m->params) ? CGM_OK : cgm_params_init(m->params, rng);
}

/* ---- Compiled parts ---- */

static void program_clear(cvae_program *p)
{
    cgm_workspace_destroy(p->ws);
    cgm_program_destroy(p->program);
    for (size_t i = 0; i < CVAE_INPUTS; i++) cgm_free_aligned(p->in[i]);
    *p = (cvae_program){0};
}

void cgm_cvae_programs_clear(cvae *m)
{
    for (int part = 0; part < CVAE_PARTS; part++) program_clear(&m->part[part]);
}

static cgm_shape pixels_shape(const cvae *m)
{
    return CGM_SHAPE(CVAE_ROWS, m->variable->channels, m->variable->height, m->variable->width);
}

/* Adds the part's nodes; null where the part takes or gives nothing. */
static void build(const cvae *m, cvae_part part, cgm_graph *g, cgm_node in[CVAE_INPUTS], cgm_node out[2])
{
    cgm_shape latent = CGM_SHAPE(CVAE_ROWS, m->options.latent);
    in[0] = cgm_batch_input(g, "first", part == CVAE_DECODER ? latent : pixels_shape(m));
    in[1] = cgm_cvae_parents_input(m, g, CVAE_ROWS);
    in[2] = part == CVAE_BOUND ? cgm_batch_input(g, "eps", latent) : (cgm_node){0};
    bool smears = part == CVAE_BOUND && m->likelihood->methods->continuous;
    in[3] = smears ? cgm_batch_input(g, "smear", pixels_shape(m)) : (cgm_node){0};
    if (part == CVAE_BOUND) {
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
        out[1] = (cgm_node){0};
    }
}

static cgm_status program_create(const cvae *m, cvae_part part, int threads, cvae_program *p)
{
    cgm_status status = CGM_OK;
    cgm_graph *g = NULL;
    cgm_node in[CVAE_INPUTS], out[2];
    p->threads = threads;
    CGM_TRY(cgm_graph_create(&g));
    build(m, part, g, in, out);
    CGM_TRY_GOTO(cgm_program_compile(g, out[1].id ? 2 : 1, out, &(cgm_compile_opts){.threads = threads}, &p->program),
                 done);
    CGM_TRY_GOTO(cgm_workspace_create(p->program, &p->ws), done);
    cgm_params_bind(m->params, g, p->ws, cgm_params_ema(m->params));
    for (size_t i = 0; i < CVAE_INPUTS; i++) {
        if (!in[i].id) continue;
        p->in[i] = cgm_alloc_aligned((size_t)cgm_shape_size(cgm_node_shape(g, in[i])) * sizeof(cgm_real));
        if (!p->in[i]) {
            status = CGM_E_MEMORY;
            goto done;
        }
        cgm_workspace_bind(p->ws, in[i], p->in[i]);
    }
    for (size_t i = 0; i < 2 && out[i].id; i++) p->out[i] = cgm_workspace_get(p->ws, out[i]);
done:
    cgm_graph_destroy(g);
    if (status != CGM_OK) program_clear(p);
    return status;
}

static cgm_status program_get(cvae *m, cvae_part part, int threads, cvae_program **out)
{
    cvae_program *p = &m->part[part];
    if (p->program && p->threads != threads) program_clear(p);
    if (!p->program) CGM_TRY(program_create(m, part, threads, p));
    *out = p;
    return CGM_OK;
}

/* ---- Filling in ---- */

/* Row `at` + k of values becomes row k of a program's input; the last row fills up. */
static size_t source_row(size_t at, size_t n, size_t k)
{
    return at + k < n ? at + k : n - 1;
}

static void fill_values(const cgm_values *values, size_t at, cgm_real *out)
{
    for (size_t k = 0; k < CVAE_ROWS; k++) {
        const double *row = values->data + source_row(at, values->n, k) * values->width;
        for (size_t j = 0; j < values->width; j++) out[k * values->width + j] = (cgm_real)row[j];
    }
}

static void fill_parents(const cvae *m, const cgm_values *parents, size_t at, size_t n, cgm_real *out)
{
    double row[CGM_MAX_PARENTS];
    for (size_t k = 0; k < CVAE_ROWS && m->parents.n; k++) {
        for (size_t i = 0; i < m->parents.n; i++) row[i] = parents[i].data[source_row(at, n, k)];
        cgm_image_parents_fill(&m->parents, row, out + k * m->parents.features);
    }
}

static size_t rows_left(size_t n, size_t at)
{
    return n - at < CVAE_ROWS ? n - at : CVAE_ROWS;
}

/* ---- Prediction ---- */

cgm_status cgm_cvae_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    (void)base, (void)node;
    for (size_t i = 0; i < noise->n * noise->width; i++) noise->data[i] = cgm_rng_normal(rng);
    return CGM_OK;
}

/* The images that a run of the decoder has just made, row `at` of n first. */
static image_likelihood_images decoded(const cvae *m, const cvae_program *p, size_t at, size_t n, int threads)
{
    size_t pixels = (size_t)m->variable->height * (size_t)m->variable->width;
    return (image_likelihood_images){rows_left(n, at), pixels, p->out[0], at, threads};
}

cgm_status cgm_cvae_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                            const cgm_values *noise, int threads, cgm_values *out)
{
    cvae *m = (cvae *)base;
    cvae_program *p;
    if (node == 0) {
        memcpy(out->data, noise->data, out->n * out->width * sizeof *out->data);
        return CGM_OK;
    }
    CGM_TRY(program_get(m, CVAE_DECODER, threads, &p));
    for (size_t at = 0; at < out->n; at += CVAE_ROWS) {
        fill_values(&before[0], at, p->in[0]);
        fill_parents(m, parents, at, out->n, p->in[1]);
        CGM_TRY(cgm_program_run(p->program, p->ws));
        image_likelihood_images images = decoded(m, p, at, out->n, threads);
        cgm_image_likelihood_predict(m->likelihood, &images, noise->data + at * noise->width,
                                     out->data + at * out->width);
    }
    return CGM_OK;
}

/* ---- Abduction ---- */

/* z ~ q(z | x, pa), its standard deviation times the temperature. */
static cgm_status abduct_latent(cvae *m, const cgm_values *parents, const cgm_values *value, const cgm_rng *rng,
                                const cgm_abduct_opts *opts, cgm_values *z)
{
    cvae_program *p;
    CGM_TRY(program_get(m, CVAE_ENCODER, opts->threads, &p));
    for (size_t at = 0; at < value->n; at += CVAE_ROWS) {
        fill_values(value, at, p->in[0]);
        fill_parents(m, parents, at, value->n, p->in[1]);
        CGM_TRY(cgm_program_run(p->program, p->ws));
        for (size_t k = 0; k < rows_left(value->n, at); k++) {
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
    cvae_program *p;
    CGM_TRY(program_get(m, CVAE_DECODER, opts->threads, &p));
    for (size_t at = 0; at < value->n; at += CVAE_ROWS) {
        fill_values(z, at, p->in[0]);
        fill_parents(m, parents, at, value->n, p->in[1]);
        CGM_TRY(cgm_program_run(p->program, p->ws));
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

static void fill_noise(cgm_rng *rng, size_t n, cgm_real *out)
{
    for (size_t i = 0; i < n; i++) out[i] = (cgm_real)cgm_rng_normal(rng);
}

/* The evidence lower bound of each row with one draw of z. */
cgm_status cgm_cvae_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                             double *out)
{
    cvae *m = (cvae *)base;
    cvae_program *p;
    CGM_TRY(program_get(m, CVAE_BOUND, 1, &p));
    for (size_t at = 0; at < value->n; at += CVAE_ROWS) {
        fill_values(value, at, p->in[0]);
        fill_parents(m, parents, at, value->n, p->in[1]);
        for (size_t k = 0; k < CVAE_ROWS; k++) {
            cgm_rng row = cgm_rng_split_index(rng, at + k);
            fill_noise(&row, (size_t)m->options.latent, p->in[2] + (int64_t)k * m->options.latent);
            if (p->in[3]) fill_noise(&row, value->width, p->in[3] + k * value->width);
        }
        CGM_TRY(cgm_program_run(p->program, p->ws));
        for (size_t k = 0; k < rows_left(value->n, at); k++)
            out[at + k] = -((double)p->out[0][k] + (double)p->out[1][k]);
    }
    return CGM_OK;
}
