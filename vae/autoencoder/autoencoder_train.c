/* Training, by the loop of all image models, and the law of the codes after it. */
#include <math.h>
#include <string.h>

#include "data/batches.h"
#include "scm/mechanisms/newton.h"
#include "vae/autoencoder/autoencoder.h"

#define RIDGE 1e-6 /* share of the mean variance that each direction of the codes has at least */

static void bound(const void *context, cgm_graph *g, cgm_node pixels, cgm_node pa, image_bound *out)
{
    const autoencoder *m = context;
    cgm_node x = cgm_affine(g, pixels, 1 / 255.0, 0), seen = x;
    if (m->options.denoise > 0) { /* in validation too, which judges by what is trained */
        cgm_node noise = cgm_image_bound_noise(out, g, "noise", cgm_node_shape(g, pixels));
        seen = cgm_add(g, x, cgm_affine(g, noise, m->options.denoise, 0));
    }
    out->nll = cgm_autoencoder_loss(m, g, x, seen, pa);
}

/* The encoder is compiled here, so that nothing can fail at the end, when the codes are made. */
cgm_status cgm_autoencoder_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    autoencoder *m = (autoencoder *)base;
    network_part *encoder;
    image_model model = {.variable = m->variable,
                         .parents = &m->parents,
                         .params = m->params,
                         .bound = bound,
                         .context = m,
                         .per_dimension = true};
    CGM_TRY(cgm_image_training_begin(&model, fit, report, &m->training));
    m->data = fit->data;
    cgm_status status = cgm_autoencoder_part_get(m, AUTOENCODER_ENCODER, fit->threads, &encoder);
    if (status == CGM_OK)
        report->memory_bytes += cgm_program_workspace_bytes(encoder->program);
    else
        cgm_autoencoder_fit_end(base);
    return status;
}

cgm_status cgm_autoencoder_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    return cgm_image_training_step(((autoencoder *)base)->training, fit, report);
}

/* ---- The law of the codes ---- */

/* The codes of n training rows from `row` on: [NETWORK_ROWS, latent]; NULL if the program does not run. */
static const cgm_real *codes_of(autoencoder *m, size_t row, size_t n)
{
    network_part *encoder = &m->part[AUTOENCODER_ENCODER];
    size_t rows[NETWORK_ROWS];
    for (size_t k = 0; k < NETWORK_ROWS; k++) rows[k] = row + (k < n ? k : n - 1);
    cgm_dataset_images(m->data, NETWORK_ROWS, rows, m->variable->name, encoder->threads, encoder->in[0]);
    return cgm_network_part_run(encoder) == CGM_OK ? encoder->out[0] : NULL;
}

/* One more code, the count-th, for the mean and for the sum of squares about it (Welford 1962). */
static void add_code(autoencoder *m, const cgm_real *code, size_t count)
{
    size_t n = (size_t)m->options.latent;
    for (size_t i = 0; i < n; i++) {
        double before = (double)code[i] - m->mean[i];
        m->mean[i] += before / (double)count;
        for (size_t j = 0; j <= i; j++) m->factor[i * n + j] += before * ((double)code[j] - m->mean[j]);
    }
}

/* From sums of squares to L, of the covariance with a ridge. */
static bool factorise(autoencoder *m, size_t count)
{
    size_t n = (size_t)m->options.latent;
    double trace = 0;
    for (size_t i = 0; i < n * n; i++) m->factor[i] /= (double)count;
    for (size_t i = 0; i < n; i++) trace += m->factor[i * n + i];
    for (size_t i = 0; i < n; i++) {
        m->factor[i * n + i] += RIDGE * (trace / (double)n + RIDGE);
        for (size_t j = 0; j < i; j++) m->factor[j * n + i] = m->factor[i * n + j];
    }
    return isfinite(trace) && cgm_scm_cholesky(n, m->factor);
}

static void set_law(autoencoder *m, double diagonal)
{
    size_t n = (size_t)m->options.latent;
    memset(m->mean, 0, n * sizeof *m->mean);
    memset(m->factor, 0, n * n * sizeof *m->factor);
    for (size_t i = 0; i < n; i++) m->factor[i * n + i] = diagonal;
}

/* Codes that are not finite leave the standard normal law. */
static void fit_law(autoencoder *m)
{
    size_t begin, rows, count = 0;
    cgm_dataset_split(m->data, CGM_TRAIN, &begin, &rows);
    set_law(m, 0);
    for (size_t at = 0; at < rows; at += NETWORK_ROWS) {
        size_t n = cgm_network_part_rows(rows, at);
        const cgm_real *code = codes_of(m, begin + at, n);
        for (size_t k = 0; code && k < n; k++) add_code(m, code + (int64_t)k * m->options.latent, ++count);
    }
    if (!count || !factorise(m, count)) set_law(m, 1);
}

/* The averaged parameters that answer queries are there once the training has ended. */
void cgm_autoencoder_fit_end(cgm_mechanism *base)
{
    autoencoder *m = (autoencoder *)base;
    if (!m->training) return;
    cgm_image_training_end(m->training);
    m->training = NULL;
    if (m->part[AUTOENCODER_ENCODER].program) fit_law(m);
    m->data = NULL;
}
