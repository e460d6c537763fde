#include <stdlib.h>
#include <string.h>

#include "data/batches.h"
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

/* Both networks, as in training. */
static cgm_status build(gan *m, cgm_graph *g, network_part_nodes *nodes)
{
    const cgm_variable *v = m->variable;
    nodes->in[0] = cgm_batch_input(g, "z", CGM_SHAPE(NETWORK_ROWS, m->options.latent));
    nodes->in[1] = cgm_gan_parents_input(m, g, NETWORK_ROWS);
    gan_causes causes = {.z = nodes->in[0], .pa = nodes->in[1]};
    cgm_gan_generate(&m->networks, g, &causes, CGM_MODE_TRAIN);
    if (!m->networks.encodes) return cgm_graph_status(g);
    cgm_shape shape =
        m->scale.n ? CGM_SHAPE(NETWORK_ROWS, v->width) : CGM_SHAPE(NETWORK_ROWS, v->channels, v->height, v->width);
    nodes->in[2] = cgm_batch_input(g, "x", shape);
    cgm_gan_encode(&m->networks, g, cgm_gan_to_network(m, g, nodes->in[2]), nodes->in[1], CGM_MODE_TRAIN);
    return cgm_graph_status(g);
}

static cgm_status bind(const cgm_graph *g, cgm_workspace *ws, cgm_node node, cgm_real **memory)
{
    if (!node.id) return CGM_OK;
    *memory = cgm_alloc_aligned((size_t)cgm_shape_size(cgm_node_shape(g, node)) * sizeof **memory);
    if (!*memory) return CGM_E_MEMORY;
    cgm_workspace_bind(ws, node, *memory);
    return CGM_OK;
}

/* The outputs are the gradients of nothing, but for the state, whose next values stand there. */
static cgm_status compile(gan *m, int threads, cgm_graph *g, cgm_node *outputs)
{
    gan_standing *s = &m->standing;
    cgm_params *params = m->networks.generator;
    network_part_nodes nodes = {0};
    CGM_TRY(build(m, g, &nodes));
    CGM_TRY(cgm_params_gradients(params, g, cgm_constant(g, 0, CGM_SCALAR), outputs));
    cgm_compile_opts opts = {.threads = threads, .bound_outputs = true};
    CGM_TRY(cgm_program_compile(g, cgm_params_count(params), outputs, &opts, &s->program));
    CGM_TRY(cgm_workspace_create(s->program, &s->ws));
    cgm_params_bind(params, g, s->ws, cgm_params_ema(params));
    cgm_params_bind_gradients(params, s->ws, 0);
    CGM_TRY(bind(g, s->ws, nodes.in[0], &s->z));
    CGM_TRY(bind(g, s->ws, nodes.in[1], &s->pa));
    return bind(g, s->ws, nodes.in[2], &s->x);
}

cgm_status cgm_gan_standing_begin(gan *m, const cgm_fit *fit)
{
    cgm_status status = CGM_OK;
    cgm_graph *g = NULL;
    if (!has_running(m->networks.generator)) return CGM_OK;
    m->standing.rng = cgm_rng_split(&fit->rng, "standing");
    m->standing.data = fit->data;
    m->standing.threads = fit->threads;
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

/* z from the prior, the rest from training rows at random. */
static cgm_status fill(gan *m, uint64_t run)
{
    gan_standing *s = &m->standing;
    size_t begin, n, rows[NETWORK_ROWS];
    cgm_rng rng = cgm_rng_split_index(&s->rng, run), noise = cgm_rng_split(&rng, "z");
    cgm_dataset_split(s->data, CGM_TRAIN, &begin, &n);
    for (size_t k = 0; k < NETWORK_ROWS; k++) rows[k] = begin + (size_t)cgm_rng_below(&rng, n);
    cgm_rng_fill_normal(&noise, (size_t)(NETWORK_ROWS * m->options.latent), s->z);
    if (s->pa) cgm_network_parents_fill_rows(&m->parents, s->data, NETWORK_ROWS, rows, s->pa);
    if (s->x && m->scale.n) return cgm_network_scale_fill_rows(&m->scale, s->data, NETWORK_ROWS, rows, s->x);
    if (s->x) cgm_dataset_images(s->data, NETWORK_ROWS, rows, m->variable->name, s->threads, s->x);
    return CGM_OK;
}

void cgm_gan_standing_run(gan *m)
{
    gan_standing *s = &m->standing;
    if (s->program) forget(m->networks.generator);
    for (uint64_t run = 0; s->program && run < RUNS; run++) {
        if (fill(m, run) != CGM_OK || cgm_program_run(s->program, s->ws) != CGM_OK) return;
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
    cgm_free_aligned(s->x);
    *s = (gan_standing){0};
}
