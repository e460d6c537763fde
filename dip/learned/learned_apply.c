/* Trained networks as programs for images of one size. */
#include <math.h>

#include "dip/baselines/baseline.h"
#include "dip/learned/learned.h"
#include "dip/learned/unrolled.h"

static cgm_status compile(dip_learned_program *p, cgm_graph *g, cgm_node out, int threads)
{
    cgm_compile_opts opts = {.threads = threads, .bound_outputs = true};
    CGM_TRY(cgm_program_compile(g, 1, &out, &opts, &p->program));
    CGM_TRY(cgm_workspace_create(p->program, &p->ws));
    cgm_params_bind(p->l->params, g, p->ws, cgm_params_ema(p->l->params));
    cgm_workspace_bind_output(p->ws, 0, p->out);
    return CGM_OK;
}

/* Room for n numbers of an input, bound to it once the program is there. */
static cgm_real *room(dip_learned_program *p, int64_t n)
{
    return cgm_arena_array(&p->arena, (size_t)n, sizeof(cgm_real));
}

static cgm_status build_denoiser(dip_learned_program *p, cgm_graph *g, int64_t rows, int64_t height, int64_t width,
                                 int threads)
{
    dip_denoiser_opts denoiser = cgm_dip_learned_denoiser(&p->l->facts);
    cgm_node x = cgm_batch_input(g, "x", CGM_SHAPE(rows, denoiser.channels, height, width));
    cgm_node level = cgm_batch_input(g, "level", CGM_SHAPE(rows, 1));
    CGM_TRY(compile(p, g, cgm_dip_denoise(&denoiser, p->l->params, g, x, level), threads));
    cgm_workspace_bind(p->ws, x, p->x);
    cgm_workspace_bind(p->ws, level, p->level);
    return CGM_OK;
}

cgm_status cgm_dip_learned_compile_denoiser(const dip_learned *l, int64_t channels, int64_t height, int64_t width,
                                            int threads, dip_learned_program *out)
{
    cgm_graph *g = NULL;
    int64_t rows = channels / l->facts.channels;
    *out = (dip_learned_program){.l = l, .rows = rows, .pixels = channels * height * width};
    out->x = room(out, out->pixels);
    out->out = room(out, out->pixels);
    out->level = room(out, rows);
    cgm_status status = out->x && out->out && out->level ? cgm_graph_create(&g) : CGM_E_MEMORY;
    if (status == CGM_OK) status = build_denoiser(out, g, rows, height, width, threads);
    cgm_graph_destroy(g);
    if (status != CGM_OK) cgm_dip_learned_program_clear(out);
    return status;
}

cgm_status cgm_dip_learned_denoise(void *program, double level, const double *x, double *out)
{
    dip_learned_program *p = program;
    const dip_learned_facts *f = &p->l->facts;
    double seen = fmin(fmax(level, f->low), f->high);
    for (int64_t i = 0; i < p->pixels; i++) p->x[i] = (cgm_real)x[i];
    for (int64_t i = 0; i < p->rows; i++) p->level[i] = (cgm_real)seen;
    CGM_TRY(cgm_program_run(p->program, p->ws));
    for (int64_t i = 0; i < p->pixels; i++) out[i] = (double)p->out[i];
    return CGM_OK;
}

void cgm_dip_learned_program_clear(dip_learned_program *p)
{
    cgm_workspace_destroy(p->ws);
    cgm_program_destroy(p->program);
    cgm_arena_clear(&p->arena);
    *p = (dip_learned_program){0};
}

static cgm_status build_unrolled(dip_learned_program *p, cgm_graph *g, const dip_problem *problem, double norm,
                                 int threads)
{
    dip_denoiser_opts denoiser = cgm_dip_learned_denoiser(&p->l->facts);
    cgm_shape range = problem->op.map.range;
    dip_unrolled_problem one = {&problem->op.map, norm, cgm_input(g, "y", range), cgm_input(g, "weight", range)};
    CGM_TRY(compile(p, g, cgm_dip_unroll(&denoiser, p->l->facts.steps, p->l->params, g, 1, &one), threads));
    cgm_workspace_bind(p->ws, one.y, p->y);
    cgm_workspace_bind(p->ws, one.weight, p->weight);
    return cgm_program_run(p->program, p->ws);
}

cgm_status cgm_dip_learned_unroll(const dip_learned *l, const dip_problem *problem, int threads, double *x)
{
    cgm_graph *g = NULL;
    dip_solver solver;
    int64_t measured = cgm_shape_size(problem->op.map.range);
    dip_learned_program p = {.l = l, .pixels = dip_problem_pixels(problem)};
    CGM_TRY(cgm_dip_solver_create(problem, threads, &solver));
    double norm = solver.norm;
    cgm_dip_solver_clear(&solver);
    p.y = room(&p, measured);
    p.weight = room(&p, measured);
    p.out = room(&p, p.pixels);
    cgm_status status = p.y && p.weight && p.out ? cgm_graph_create(&g) : CGM_E_MEMORY;
    for (int64_t i = 0; status == CGM_OK && i < measured; i++) {
        p.y[i] = (cgm_real)problem->y[i];
        p.weight[i] = (cgm_real)problem->weight[i];
    }
    if (status == CGM_OK) status = build_unrolled(&p, g, problem, norm, threads);
    for (int64_t i = 0; status == CGM_OK && i < p.pixels; i++) x[i] = (double)p.out[i];
    cgm_graph_destroy(g);
    cgm_dip_learned_program_clear(&p);
    return status;
}
