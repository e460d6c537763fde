#include "metrics/diversity.h"

#include <stdlib.h>

#include "base/arena.h"
#include "graph/program.h"
#include "metrics/metrics.h"
#include "nn/image_losses.h"

enum { BATCH = 32 }; /* pairs at a time */

struct cgm_diversity {
    size_t width; /* numbers in an image */
    cgm_program *program;
    cgm_workspace *ws;
    cgm_node similarity;
    cgm_real *x, *y; /* [BATCH, width] */
};

static cgm_status compile(cgm_diversity *d, cgm_graph *g, cgm_shape shape, int threads)
{
    cgm_node x = cgm_batch_input(g, "x", shape), y = cgm_batch_input(g, "y", shape);
    cgm_compile_opts opts = {.threads = threads};
    d->similarity = cgm_ms_ssim(g, x, y, 255, cgm_ms_ssim_scales(shape.dim[2], shape.dim[3]), NULL);
    CGM_TRY(cgm_graph_status(g));
    CGM_TRY(cgm_program_compile(g, 1, &d->similarity, &opts, &d->program));
    CGM_TRY(cgm_workspace_create(d->program, &d->ws));
    d->x = cgm_alloc_aligned(BATCH * d->width * sizeof *d->x);
    d->y = cgm_alloc_aligned(BATCH * d->width * sizeof *d->y);
    if (!d->x || !d->y) return CGM_E_MEMORY;
    cgm_workspace_bind(d->ws, x, d->x);
    cgm_workspace_bind(d->ws, y, d->y);
    return CGM_OK;
}

cgm_status cgm_diversity_create(int channels, int height, int width, int threads, cgm_diversity **out)
{
    cgm_status status = CGM_OK;
    cgm_graph *g = NULL;
    if (cgm_ms_ssim_scales(height, width) == 0)
        return CGM_FAIL(CGM_E_SHAPE, "MS-SSIM: images of %d x %d pixels are smaller than its window, 11 x 11", height,
                        width);
    cgm_diversity *d = calloc(1, sizeof *d);
    if (!d) return CGM_FAIL(CGM_E_MEMORY, "out of memory for MS-SSIM");
    d->width = (size_t)channels * (size_t)height * (size_t)width;
    CGM_TRY_GOTO(cgm_graph_create(&g), done);
    CGM_TRY_GOTO(compile(d, g, CGM_SHAPE(BATCH, channels, height, width), threads), done);
    *out = d;
done:
    cgm_graph_destroy(g);
    if (status != CGM_OK) cgm_diversity_destroy(d);
    return status;
}

void cgm_diversity_destroy(cgm_diversity *d)
{
    if (!d) return;
    cgm_workspace_destroy(d->ws);
    cgm_program_destroy(d->program);
    cgm_free_aligned(d->x);
    cgm_free_aligned(d->y);
    free(d);
}

static void copy_image(const cgm_diversity *d, const size_t *rows, const double *images, size_t i, cgm_real *out)
{
    const double *from = images + (rows ? rows[i] : i) * d->width;
    for (size_t j = 0; j < d->width; j++) out[j] = (cgm_real)from[j];
}

/* Pair k is of the stream split by k. */
static void fill_pair(const cgm_diversity *d, size_t n, const size_t *rows, const double *images, const cgm_rng *rng,
                      size_t k, size_t place)
{
    cgm_rng own = cgm_rng_split_index(rng, k);
    size_t i = (size_t)cgm_rng_below(&own, n), j = (size_t)cgm_rng_below(&own, n - 1);
    copy_image(d, rows, images, i, d->x + place * d->width);
    copy_image(d, rows, images, j + (j >= i), d->y + place * d->width);
}

cgm_status cgm_diversity_measure(cgm_diversity *d, size_t n, const size_t *rows, const double *images, size_t pairs,
                                 const cgm_rng *rng, cgm_diversity_value *out)
{
    cgm_status status = CGM_OK;
    if (n < 2 || pairs < 1)
        return CGM_FAIL(CGM_E_ARG, "MS-SSIM: %zu pairs of %zu images; expected at least 1, of at least 2", pairs, n);
    double *each = calloc(pairs, sizeof *each);
    if (!each) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu pairs of images", pairs);
    for (size_t begin = 0; begin < pairs; begin += BATCH) {
        size_t count = pairs - begin < BATCH ? pairs - begin : BATCH;
        for (size_t k = 0; k < count; k++) fill_pair(d, n, rows, images, rng, begin + k, k);
        CGM_TRY_GOTO(cgm_program_run(d->program, d->ws), done);
        const cgm_real *similarity = cgm_workspace_get(d->ws, d->similarity);
        for (size_t k = 0; k < count; k++) each[begin + k] = (double)similarity[k];
    }
    cgm_set_error summary = cgm_set_summary(pairs, each);
    *out = (cgm_diversity_value){pairs, summary.mean, summary.standard_error};
done:
    free(each);
    return status;
}
