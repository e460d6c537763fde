/* Abduction, prediction and the evidence bound of a trained model, HVAE_ROWS rows at a time. */
#include "vae/hvae/hvae.h"

#include <math.h>

#include "base/threads.h"

/* ---- Between rows of doubles and a program's arrays ---- */

/* Row `at` + k of n becomes row k of a program's input; the last row fills up. */
static size_t source_row(size_t at, size_t n, size_t k)
{
    return at + k < n ? at + k : n - 1;
}

static size_t rows_left(size_t n, size_t at)
{
    return n - at < HVAE_ROWS ? n - at : HVAE_ROWS;
}

size_t cgm_hvae_stage_latents(const hvae *m, size_t i)
{
    return (i + 1 < m->architecture.n_stages ? m->first[i + 1] : m->n_latents) - m->first[i];
}

/* A program's numbers of row k in stage i. */
static cgm_real *place(const hvae *m, cgm_real *latents, size_t i, size_t k)
{
    return latents + HVAE_ROWS * m->first[i] + k * cgm_hvae_stage_latents(m, i);
}

/* Latents between rows of doubles and a program's array: a task a row. */
typedef struct exchange {
    const hvae *m;
    double *rows; /* of row `at`, z-wide part 0 */
    size_t stride, at, n;
    cgm_real *latents;
    bool fill; /* into the program */
} exchange;

static void exchange_row(void *context, size_t k, int worker)
{
    const exchange *e = context;
    double *row = e->rows + (source_row(e->at, e->n, k) - e->at) * e->stride;
    (void)worker;
    for (size_t i = 0; i < e->m->architecture.n_stages; i++) {
        size_t n = cgm_hvae_stage_latents(e->m, i);
        double *outside = row + e->m->first[i];
        cgm_real *inside = place(e->m, e->latents, i, k);
        if (e->fill)
            for (size_t j = 0; j < n; j++) inside[j] = (cgm_real)outside[j];
        else
            for (size_t j = 0; j < n; j++) outside[j] = (double)inside[j];
    }
}

static exchange exchange_at(const hvae *m, const cgm_values *values, int which, size_t at, cgm_real *latents)
{
    double *rows = values->data + at * values->width + (size_t)which * m->n_latents;
    return (exchange){.m = m, .rows = rows, .stride = values->width, .at = at, .n = values->n, .latents = latents};
}

/* Takes z-wide part `which` of each row of values. */
static void fill_latents(const hvae *m, const cgm_values *values, int which, size_t at, int threads, cgm_real *latents)
{
    exchange e = exchange_at(m, values, which, at, latents);
    e.fill = true;
    cgm_parallel(threads, HVAE_ROWS, exchange_row, &e);
}

static void read_latents(const hvae *m, cgm_real *latents, size_t at, int which, int threads, cgm_values *values)
{
    exchange e = exchange_at(m, values, which, at, latents);
    cgm_parallel(threads, rows_left(values->n, at), exchange_row, &e);
}

static void fill_parents(const hvae *m, const cgm_values *parents, size_t at, size_t n, cgm_real *out)
{
    double row[CGM_MAX_PARENTS];
    if (!out) return;
    for (size_t k = 0; k < HVAE_ROWS; k++) {
        for (size_t i = 0; i < m->parents.n; i++) row[i] = parents[i].data[source_row(at, n, k)];
        cgm_network_parents_fill(&m->parents, row, out + k * m->parents.features);
    }
}

static void fill_pixels(const cgm_values *values, size_t at, cgm_real *out)
{
    for (size_t k = 0; k < HVAE_ROWS; k++) {
        const double *row = values->data + source_row(at, values->n, k) * values->width;
        for (size_t j = 0; j < values->width; j++) out[k * values->width + j] = (cgm_real)row[j];
    }
}

/* Standard normal numbers times the temperature for each row, from the row's own stream. */
typedef struct drawing {
    const hvae *m;
    cgm_rng *rows;
    double temperature;
    cgm_real *latents;
} drawing;

static void draw_row(void *context, size_t k, int worker)
{
    const drawing *d = context;
    (void)worker;
    for (size_t i = 0; i < d->m->architecture.n_stages; i++) {
        cgm_real *to = place(d->m, d->latents, i, k);
        size_t n = cgm_hvae_stage_latents(d->m, i);
        cgm_rng_fill_normal(&d->rows[k], n, to);
        for (size_t j = 0; j < n; j++) to[j] *= (cgm_real)d->temperature;
    }
}

static void draw_latents(const hvae *m, cgm_rng *rows, double temperature, int threads, cgm_real *latents)
{
    cgm_parallel(threads, HVAE_ROWS, draw_row, &(drawing){m, rows, temperature, latents});
}

/* ---- Prediction ---- */

/* Standard normal; where counterfactuals of z are mixtures, it is z of the walk that samples the prior. */
cgm_status cgm_hvae_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    const hvae *m = (const hvae *)base;
    cgm_real some[1024];
    for (size_t i = 0; i < noise->n * noise->width; i += sizeof some / sizeof *some) {
        size_t left = noise->n * noise->width - i,
               n = left < sizeof some / sizeof *some ? left : sizeof some / sizeof *some;
        cgm_rng_fill_normal(rng, n, some);
        for (size_t j = 0; j < n; j++) noise->data[i + j] = (double)some[j];
    }
    if (node > 0 || !cgm_hvae_mixes(m)) return CGM_OK;
    for (size_t i = 0; i < noise->n; i++)
        for (size_t j = 0; j < m->n_latents; j++) {
            double *row = noise->data + i * noise->width;
            row[HVAE_MEAN * m->n_latents + j] = NAN;
            row[HVAE_LOG_SCALE * m->n_latents + j] = 0;
        }
    return CGM_OK;
}

/* A row's z is the mixture, or the walk's sample where no image was seen. */
static void read_mixtures(const hvae *m, const hvae_program *p, const cgm_values *noise, size_t at, cgm_values *z)
{
    read_latents(m, p->out[0], at, 0, p->threads, z);
    for (size_t i = 0; i < m->architecture.n_stages; i++)
        for (size_t k = 0; k < rows_left(z->n, at); k++) {
            if (!isnan(noise->data[(at + k) * noise->width + HVAE_MEAN * m->n_latents])) continue;
            const cgm_real *from = place(m, p->out[1], i, k);
            double *to = z->data + (at + k) * z->width + m->first[i];
            for (size_t j = 0; j < cgm_hvae_stage_latents(m, i); j++) to[j] = (double)from[j];
        }
}

static cgm_status predict_latents(hvae *m, const cgm_values *parents, const cgm_values *noise, int threads,
                                  cgm_values *z)
{
    hvae_program *p;
    CGM_TRY(cgm_hvae_program_get(m, HVAE_PRIOR, threads, &p));
    for (size_t at = 0; at < z->n; at += HVAE_ROWS) {
        for (int k = 0; k < HVAE_NOISES; k++)
            if (p->in[k]) fill_latents(m, noise, k, at, threads, p->in[k]);
        fill_parents(m, parents, at, z->n, p->parents);
        CGM_TRY(cgm_program_run(p->program, p->ws));
        if (cgm_hvae_mixes(m))
            read_mixtures(m, p, noise, at, z);
        else
            read_latents(m, p->out[0], at, 0, p->threads, z);
    }
    return CGM_OK;
}

/* The images that a run has just given the parameters of, row `at` of n first. */
static image_likelihood_images decoded(const hvae *m, const hvae_program *p, size_t at, size_t n)
{
    size_t pixels = (size_t)m->variable->height * (size_t)m->variable->width;
    return (image_likelihood_images){rows_left(n, at), pixels, p->last[0], at, p->threads};
}

static cgm_status predict_pixels(hvae *m, const cgm_values *parents, const cgm_values *z, const cgm_values *noise,
                                 int threads, cgm_values *out)
{
    hvae_program *p;
    for (size_t at = 0; at < out->n; at += HVAE_ROWS) {
        const hvae_memo_block *known = cgm_hvae_memo_find(m, z, at, threads);
        CGM_TRY(cgm_hvae_program_get(m, known ? HVAE_FOLLOW : HVAE_DECODE, threads, &p));
        if (known)
            cgm_hvae_take_from(m, p, known);
        else
            fill_latents(m, z, 0, at, threads, p->in[HVAE_U]);
        fill_parents(m, parents, at, out->n, p->parents);
        CGM_TRY(cgm_program_run(p->program, p->ws));
        image_likelihood_images images = decoded(m, p, at, out->n);
        cgm_image_likelihood_predict(m->likelihood, &images, noise->data + at * noise->width,
                                     out->data + at * out->width);
    }
    return CGM_OK;
}

cgm_status cgm_hvae_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                            const cgm_values *noise, int threads, cgm_values *out)
{
    hvae *m = (hvae *)base;
    if (node == 0) return predict_latents(m, parents, noise, threads, out);
    return predict_pixels(m, parents, &before[0], noise, threads, out);
}

/* ---- Abduction ---- */

/* Where counterfactuals of z are mixtures: u, the noise of the walk, mu_q and log sigma_q. */
static void read_mixture_noise(const hvae *m, hvae_program *p, cgm_rng *rows, double temperature, size_t at,
                               cgm_values *noise)
{
    read_latents(m, p->in[HVAE_U], at, HVAE_U, p->threads, noise);
    read_latents(m, p->out[1], at, HVAE_MEAN, p->threads, noise);
    read_latents(m, p->out[2], at, HVAE_LOG_SCALE, p->threads, noise);
    draw_latents(m, rows, temperature, p->threads, p->in[HVAE_U]);
    read_latents(m, p->in[HVAE_U], at, HVAE_WALK, p->threads, noise);
}

/* The walk that draws z gives the parameters of x as well. */
cgm_status cgm_hvae_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                           const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    hvae *m = (hvae *)base;
    hvae_program *p;
    cgm_rng rows[HVAE_ROWS], pixels = cgm_rng_split(rng, "pixels");
    CGM_TRY(cgm_hvae_program_get(m, HVAE_ABDUCT, opts->threads, &p));
    if (cgm_hvae_remembers(m)) CGM_TRY(cgm_hvae_memo_begin(m, value->n));
    for (size_t at = 0; at < value->n; at += HVAE_ROWS) {
        hvae_memo_block own = {.z = p->out[0], .shift = p->shift}, *block = cgm_hvae_memo_block(m, at);
        if (!block) block = &own;
        if (cgm_hvae_remembers(m)) cgm_hvae_give_to(m, p, block);
        block->filled = false;
        for (size_t k = 0; k < HVAE_ROWS; k++) rows[k] = cgm_abduct_stream(rng, opts, at + k);
        fill_pixels(value, at, p->pixels);
        fill_parents(m, parents, at, value->n, p->parents);
        draw_latents(m, rows, opts->temperature, p->threads, p->in[HVAE_U]);
        CGM_TRY(cgm_program_run(p->program, p->ws));
        block->filled = true;
        read_latents(m, block->z, at, 0, p->threads, &internals[0]);
        image_likelihood_images images = decoded(m, p, at, value->n);
        images.first += opts->first_stream;
        cgm_image_likelihood_abduct(m->likelihood, &images, value->data + at * value->width, &pixels,
                                    noise[1].data + at * noise[1].width);
        if (cgm_hvae_mixes(m))
            read_mixture_noise(m, p, rows, opts->temperature, at, &noise[0]);
        else
            read_latents(m, p->out[1], at, HVAE_U, p->threads, &noise[0]);
    }
    return CGM_OK;
}

/* The evidence lower bound of each row with one draw of z. */
cgm_status cgm_hvae_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                             double *out)
{
    hvae *m = (hvae *)base;
    hvae_program *p;
    cgm_rng rows[HVAE_ROWS];
    CGM_TRY(cgm_hvae_program_get(m, HVAE_BOUND, 1, &p));
    for (size_t at = 0; at < value->n; at += HVAE_ROWS) {
        for (size_t k = 0; k < HVAE_ROWS; k++) rows[k] = cgm_rng_split_index(rng, at + k);
        fill_pixels(value, at, p->pixels);
        fill_parents(m, parents, at, value->n, p->parents);
        draw_latents(m, rows, 1, p->threads, p->in[HVAE_U]);
        for (size_t k = 0; p->smear && k < HVAE_ROWS; k++)
            cgm_rng_fill_normal(&rows[k], value->width, p->smear + k * value->width);
        CGM_TRY(cgm_program_run(p->program, p->ws));
        for (size_t k = 0; k < rows_left(value->n, at); k++)
            out[at + k] = -((double)p->last[0][k] + (double)p->last[1][k]);
    }
    return CGM_OK;
}
