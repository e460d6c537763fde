#include "metrics/similarity.h"

#include <stdlib.h>

#include "base/arena.h"
#include "graph/program.h"
#include "nn/image_losses.h"

enum { BATCH = 32 }; /* pairs at a time */

struct cgm_similarity {
    size_t width; /* numbers in an image */
    cgm_program *program;
    cgm_workspace *ws;
    cgm_node similarity;
    cgm_real *x, *y; /* [BATCH, width] */
};

bool cgm_similarity_fits(int height, int width)
{
    return cgm_ms_ssim_scales(height, width) > 0;
}

static cgm_status compile(cgm_similarity *s, cgm_graph *g, cgm_shape shape, bool multi_scale, int threads)
{
    cgm_node x = cgm_batch_input(g, "x", shape), y = cgm_batch_input(g, "y", shape);
    cgm_compile_opts opts = {.threads = threads};
    s->similarity = multi_scale ? cgm_ms_ssim(g, x, y, 255, cgm_ms_ssim_scales(shape.dim[2], shape.dim[3]), NULL)
                                : cgm_ssim(g, x, y, 255);
    CGM_TRY(cgm_graph_status(g));
    CGM_TRY(cgm_program_compile(g, 1, &s->similarity, &opts, &s->program));
    CGM_TRY(cgm_workspace_create(s->program, &s->ws));
    s->x = cgm_alloc_aligned(BATCH * s->width * sizeof *s->x);
    s->y = cgm_alloc_aligned(BATCH * s->width * sizeof *s->y);
    if (!s->x || !s->y) return CGM_E_MEMORY;
    cgm_workspace_bind(s->ws, x, s->x);
    cgm_workspace_bind(s->ws, y, s->y);
    return CGM_OK;
}

cgm_status cgm_similarity_create(int channels, int height, int width, bool multi_scale, int threads,
                                 cgm_similarity **out)
{
    cgm_status status = CGM_OK;
    cgm_graph *g = NULL;
    const char *name = multi_scale ? "MS-SSIM" : "SSIM";
    if (!cgm_similarity_fits(height, width))
        return CGM_FAIL(CGM_E_SHAPE, "%s: images of %d x %d pixels are smaller than its window, 11 x 11", name, height,
                        width);
    cgm_similarity *s = calloc(1, sizeof *s);
    if (!s) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %s", name);
    s->width = (size_t)channels * (size_t)height * (size_t)width;
    CGM_TRY_GOTO(cgm_graph_create(&g), done);
    CGM_TRY_GOTO(compile(s, g, CGM_SHAPE(BATCH, channels, height, width), multi_scale, threads), done);
    *out = s;
done:
    cgm_graph_destroy(g);
    if (status != CGM_OK) cgm_similarity_destroy(s);
    return status;
}

void cgm_similarity_destroy(cgm_similarity *s)
{
    if (!s) return;
    cgm_workspace_destroy(s->ws);
    cgm_program_destroy(s->program);
    cgm_free_aligned(s->x);
    cgm_free_aligned(s->y);
    free(s);
}

static void copy_image(const cgm_similarity *s, const double *images, const size_t *rows, size_t i, cgm_real *out)
{
    const double *from = images + (rows ? rows[i] : i) * s->width;
    for (size_t j = 0; j < s->width; j++) out[j] = (cgm_real)from[j];
}

cgm_status cgm_similarity_measure(cgm_similarity *s, size_t n, const double *a, const size_t *a_row, const double *b,
                                  const size_t *b_row, double *each)
{
    for (size_t begin = 0; begin < n; begin += BATCH) {
        size_t count = n - begin < BATCH ? n - begin : BATCH;
        for (size_t k = 0; k < count; k++) {
            copy_image(s, a, a_row, begin + k, s->x + k * s->width);
            copy_image(s, b, b_row, begin + k, s->y + k * s->width);
        }
        CGM_TRY(cgm_program_run(s->program, s->ws));
        const cgm_real *similarity = cgm_workspace_get(s->ws, s->similarity);
        for (size_t k = 0; k < count; k++) each[begin + k] = (double)similarity[k];
    }
    return CGM_OK;
}
