#include "dip/scores.h"

#include <math.h>

#include "graph/program.h"
#include "nn/image_losses.h"

#define WINDOW 11

static double held(double x)
{
    return fmin(fmax(x, 0), 1);
}

double cgm_dip_psnr(int64_t n, const double *x, const double *truth)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (held(x[i]) - truth[i]) * (held(x[i]) - truth[i]);
    return -10 * log10(sum / (double)n);
}

static cgm_status run(cgm_graph *g, cgm_shape shape, cgm_real *const pixels[2], int threads, double *out)
{
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    cgm_compile_opts opts = {.threads = threads};
    cgm_node x = cgm_input(g, "x", shape), y = cgm_input(g, "y", shape), ssim = cgm_ssim(g, x, y, 1);
    cgm_status status = cgm_program_compile(g, 1, &ssim, &opts, &program);
    if (status == CGM_OK) status = cgm_workspace_create(program, &ws);
    if (status == CGM_OK) {
        cgm_workspace_bind(ws, x, pixels[0]);
        cgm_workspace_bind(ws, y, pixels[1]);
        status = cgm_program_run(program, ws);
    }
    if (status == CGM_OK) *out = (double)*cgm_workspace_get(ws, ssim);
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    return status;
}

cgm_status cgm_dip_ssim(const dip_image *x, const dip_image *truth, int threads, double *out)
{
    cgm_arena arena = {0};
    cgm_graph *g = NULL;
    int64_t n = dip_image_size(x);
    *out = NAN;
    if (x->height < WINDOW || x->width < WINDOW) return CGM_OK;
    cgm_real *pixels[2] = {cgm_arena_array(&arena, (size_t)n, sizeof *pixels[0]),
                           cgm_arena_array(&arena, (size_t)n, sizeof *pixels[0])};
    cgm_status status = pixels[0] && pixels[1] ? cgm_graph_create(&g) : CGM_E_MEMORY;
    if (status == CGM_OK) {
        for (int64_t i = 0; i < n; i++) {
            pixels[0][i] = (cgm_real)held(x->pixels[i]);
            pixels[1][i] = (cgm_real)truth->pixels[i];
        }
        status = run(g, CGM_SHAPE(1, x->channels, x->height, x->width), pixels, threads, out);
    }
    cgm_graph_destroy(g);
    cgm_arena_clear(&arena);
    return status;
}
