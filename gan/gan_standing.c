#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "gan/gan.h"

#define RUNS 128 /* of NETWORK_ROWS samples: 0.9^128 is what a running mean still has of where it began, 0 */

static bool is_running(const cgm_param_view *view)
{
    return view->state && strstr(view->name, ".running_");
}

static bool has_running(const cgm_params *params)
{
    for (size_t i = 0; i < cgm_params_count(params); i++)
        if (is_running(cgm_params_view(params, i))) return true;
    return false;
}

/* So that what was there before makes no difference. */
static void forget(cgm_params *params)
{
    for (size_t i = 0; i < cgm_params_count(params); i++) {
        const cgm_param_view *view = cgm_params_view(params, i);
        if (!is_running(view)) continue;
        memset(cgm_params_ema(params) + view->offset, 0, (size_t)cgm_shape_size(view->shape) * sizeof(cgm_real));
    }
}

/* The outputs are the gradients of nothing, but for the state, whose next values stand there. */
static cgm_status compile(gan *m, int threads, cgm_graph *g, cgm_node *outputs)
{
    gan_standing *s = &m->standing;
    cgm_params *params = m->networks.generator;
    cgm_node z = cgm_batch_input(g, "z", CGM_SHAPE(NETWORK_ROWS, m->options.latent));
    cgm_node pa = cgm_gan_parents_input(m, g, NETWORK_ROWS);
    cgm_gan_generate(&m->networks, g, z, pa, CGM_MODE_TRAIN);
    CGM_TRY(cgm_params_gradients(params, g, cgm_constant(g, 0, CGM_SCALAR), outputs));
    cgm_compile_opts opts = {.threads = threads, .bound_outputs = true};
    CGM_TRY(cgm_program_compile(g, cgm_params_count(params), outputs, &opts, &s->program));
    CGM_TRY(cgm_workspace_create(s->program, &s->ws));
    cgm_params_bind(params, g, s->ws, cgm_params_ema(params));
    cgm_params_bind_gradients(params, s->ws, 0);
    s->z = cgm_alloc_aligned((size_t)(NETWORK_ROWS * m->options.latent) * sizeof *s->z);
    s->pa = cgm_alloc_aligned((size_t)(NETWORK_ROWS * (m->networks.features + 1)) * sizeof *s->pa);
    if (!s->z || !s->pa) return CGM_E_MEMORY;
    cgm_workspace_bind(s->ws, z, s->z);
    if (pa.id) cgm_workspace_bind(s->ws, pa, s->pa);
    return CGM_OK;
}

cgm_status cgm_gan_standing_begin(gan *m, const cgm_fit *fit)
{
    cgm_status status = CGM_OK;
    cgm_graph *g = NULL;
    if (!has_running(m->networks.generator)) return CGM_OK;
    m->standing.rng = cgm_rng_split(&fit->rng, "standing");
    m->standing.data = fit->data;
    cgm_node *outputs = calloc(cgm_params_count(m->networks.generator), sizeof *outputs);
    if (!outputs) return CGM_FAIL(CGM_E_MEMORY, "out of memory for running statistics");
    CGM_TRY_GOTO(cgm_graph_create(&g), done);
    CGM_TRY_GOTO(compile(m, fit->threads, g, outputs), done);
done:
    cgm_graph_destroy(g);
    free(outputs);
    return status;
}

size_t cgm_gan_standing_bytes(const gan *m)
{
    return m->standing.program ? cgm_program_workspace_bytes(m->standing.program) : 0;
}

/* z from the prior, parents from training rows at random. */
static void fill(gan *m, uint64_t run)
{
    gan_standing *s = &m->standing;
    size_t begin, n, rows[NETWORK_ROWS];
    cgm_rng rng = cgm_rng_split_index(&s->rng, run), noise = cgm_rng_split(&rng, "z");
    cgm_dataset_split(s->data, CGM_TRAIN, &begin, &n);
    for (size_t k = 0; k < NETWORK_ROWS; k++) rows[k] = begin + (size_t)cgm_rng_below(&rng, n);
    cgm_network_parents_fill_rows(&m->parents, s->data, NETWORK_ROWS, rows, s->pa);
    cgm_rng_fill_normal(&noise, (size_t)(NETWORK_ROWS * m->options.latent), s->z);
}

void cgm_gan_standing_run(gan *m)
{
    gan_standing *s = &m->standing;
    if (s->program) forget(m->networks.generator);
    for (uint64_t run = 0; s->program && run < RUNS; run++) {
        fill(m, run);
        if (cgm_program_run(s->program, s->ws) != CGM_OK) return;
        cgm_params_update_state(m->networks.generator);
    }
}

void cgm_gan_standing_clear(gan *m)
{
    gan_standing *s = &m->standing;
    cgm_workspace_destroy(s->ws);
    cgm_program_destroy(s->program);
    cgm_free_aligned(s->z);
    cgm_free_aligned(s->pa);
    *s = (gan_standing){0};
}
