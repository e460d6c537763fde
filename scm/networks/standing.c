#include "scm/networks/standing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph/ops.h"

#define MOMENTUM 0.1 /* the usual one of normalisations */

void cgm_network_standing_draw(const network_rows *from, cgm_rng *rng, size_t rows[NETWORK_ROWS], cgm_real *images,
                               cgm_real *features)
{
    double room[NETWORK_ROWS];
    const network_parents *p = from->parents;
    for (size_t k = 0; k < NETWORK_ROWS; k++) rows[k] = from->first + (size_t)cgm_rng_below(rng, from->n);
    const double *gains =
        cgm_dataset_gains(from->data, NETWORK_ROWS, rows, from->augmentation, rng, p->n, p->variable, room);
    if (images)
        cgm_dataset_augment(from->data, NETWORK_ROWS, rows, from->image, from->augmentation, gains, rng, from->threads,
                            images);
    if (features) cgm_network_parents_fill_rows(p, from->data, NETWORK_ROWS, rows, gains, features);
}

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

/* Multiplies them; by 0, so that what was there before makes no difference. */
static void scale(cgm_params *params, double factor)
{
    for (size_t i = 0; i < cgm_params_count(params); i++) {
        const cgm_param_view *view = cgm_params_view(params, i);
        if (!is_running(view)) continue;
        cgm_real *value = cgm_params_ema(params) + view->offset;
        for (size_t k = 0; k < (size_t)cgm_shape_size(view->shape); k++)
            value[k] = factor == 0 ? 0 : (cgm_real)(factor * (double)value[k]);
    }
}

static cgm_status bind(network_standing *s, const cgm_graph *g, const network_part_nodes *nodes)
{
    for (size_t i = 0; i < NETWORK_PART_INPUTS; i++) {
        if (!nodes->in[i].id) continue;
        size_t bytes = (size_t)cgm_shape_size(cgm_node_shape(g, nodes->in[i])) * sizeof(cgm_real);
        s->in[i] = cgm_alloc_aligned(bytes);
        if (!s->in[i]) return CGM_E_MEMORY;
        cgm_workspace_bind(s->ws, nodes->in[i], s->in[i]);
        s->bytes += bytes;
    }
    return CGM_OK;
}

/* The outputs are the gradients of nothing, but for the state, whose next values stand there. */
static cgm_status compile(network_standing *s, int threads, cgm_graph *g, const network_part_nodes *nodes,
                          cgm_node *outputs)
{
    cgm_params *params = s->params;
    CGM_TRY(cgm_graph_status(g));
    CGM_TRY(cgm_params_gradients(params, g, cgm_constant(g, 0, CGM_SCALAR), outputs));
    cgm_compile_opts opts = {.threads = threads, .bound_outputs = true};
    CGM_TRY(cgm_program_compile(g, cgm_params_count(params), outputs, &opts, &s->program));
    CGM_TRY(cgm_workspace_create(s->program, &s->ws));
    cgm_params_bind(params, g, s->ws, cgm_params_ema(params));
    cgm_params_bind_gradients(params, s->ws, 0);
    return bind(s, g, nodes);
}

cgm_status cgm_network_standing_begin(network_standing *s, int threads, cgm_params *params, network_part_build *build,
                                      const void *model, int part)
{
    cgm_status status = CGM_OK;
    cgm_graph *g = NULL;
    network_part_nodes nodes = {0};
    if (!has_running(params)) return CGM_OK;
    s->params = params;
    cgm_node *outputs = calloc(cgm_params_count(params), sizeof *outputs);
    if (!outputs) return CGM_FAIL(CGM_E_MEMORY, "out of memory for running statistics");
    CGM_TRY_GOTO(cgm_graph_create(&g), done);
    build(model, part, g, &nodes);
    CGM_TRY_GOTO(compile(s, threads, g, &nodes, outputs), done);
done:
    cgm_graph_destroy(g);
    free(outputs);
    return status;
}

cgm_status cgm_network_standing_run(network_standing *s, uint64_t runs, network_standing_fill *fill, void *context)
{
    if (!s->program) return CGM_OK;
    scale(s->params, 0);
    for (uint64_t run = 0; run < runs; run++) {
        CGM_TRY(fill(context, run, s->in));
        CGM_TRY(cgm_program_run(s->program, s->ws));
        cgm_params_update_state(s->params);
    }
    /* Running means that began at 0 have the weight 1 - (1 - momentum)^runs in all: Kingma and Ba 2015, section 3. */
    scale(s->params, 1 / (1 - pow(1 - MOMENTUM, (double)runs)));
    return CGM_OK;
}

void cgm_network_standing_clear(network_standing *s)
{
    cgm_workspace_destroy(s->ws);
    cgm_program_destroy(s->program);
    for (size_t i = 0; i < NETWORK_PART_INPUTS; i++) cgm_free_aligned(s->in[i]);
    *s = (network_standing){0};
}

size_t cgm_network_standing_bytes(const network_standing *s)
{
    return s->program ? cgm_program_workspace_bytes(s->program) + s->bytes : 0;
}
