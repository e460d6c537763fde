/* The program of an iteration: the loss of a batch and its gradients. */
#include "dip/learned/training.h"

typedef struct nodes {
    cgm_node seen, target, level, loss;
    dip_unrolled_problem problem[DIP_MOST_UNROLLED];
} nodes;

static cgm_node denoised(dip_training *t, cgm_graph *g, nodes *n)
{
    dip_denoiser_opts denoiser = cgm_dip_learned_denoiser(&t->learned.facts);
    cgm_shape patches = CGM_SHAPE(t->opts.batch, t->opts.channels, t->opts.patch, t->opts.patch);
    n->seen = cgm_batch_input(g, "seen", patches);
    n->level = cgm_batch_input(g, "level", CGM_SHAPE(t->opts.batch, 1));
    return cgm_dip_denoise(&denoiser, t->learned.params, g, n->seen, n->level);
}

static cgm_node unrolled(dip_training *t, cgm_graph *g, nodes *n)
{
    dip_denoiser_opts denoiser = cgm_dip_learned_denoiser(&t->learned.facts);
    for (int64_t b = 0; b < t->opts.batch; b++) {
        const cgm_linear_map *map = &t->problem[b].op.map;
        n->problem[b] =
            (dip_unrolled_problem){map, t->norm[b], cgm_input(g, "y", map->range), cgm_input(g, "weight", map->range)};
    }
    return cgm_dip_unroll(&denoiser, t->opts.steps, t->learned.params, g, (size_t)t->opts.batch, n->problem);
}

static void build(dip_training *t, cgm_graph *g, nodes *n)
{
    cgm_shape patches = CGM_SHAPE(t->opts.batch, t->opts.channels, t->opts.patch, t->opts.patch);
    cgm_node x = t->opts.steps ? unrolled(t, g, n) : denoised(t, g, n);
    n->target = cgm_batch_input(g, "target", patches);
    cgm_node squares = cgm_square(g, cgm_sub(g, x, n->target));
    if (!t->opts.steps) {
        cgm_node variance = cgm_reshape(g, cgm_square(g, n->level), CGM_SHAPE(t->opts.batch, 1, 1, 1));
        squares = cgm_div(g, squares, variance);
    }
    n->loss = cgm_affine(g, cgm_sum_all(g, squares), 1 / (double)(t->opts.batch * t->numbers), 0);
}

static void bind(dip_training *t, const cgm_graph *g, const nodes *n)
{
    cgm_params *params = t->learned.params;
    cgm_params_bind(params, g, t->ws, cgm_params_values(params));
    cgm_params_bind_gradients(params, t->ws, 1);
    cgm_workspace_bind_output(t->ws, 0, &t->loss);
    cgm_workspace_bind(t->ws, n->target, t->opts.noise2noise ? t->other : t->clean);
    if (!t->opts.steps) {
        cgm_workspace_bind(t->ws, n->seen, t->seen);
        cgm_workspace_bind(t->ws, n->level, t->level);
        return;
    }
    for (int64_t b = 0; b < t->opts.batch; b++) {
        cgm_workspace_bind(t->ws, n->problem[b].y, t->y[b]);
        cgm_workspace_bind(t->ws, n->problem[b].weight, t->weight[b]);
    }
}

static cgm_status compile(dip_training *t, cgm_graph *g, const nodes *n)
{
    size_t n_params = cgm_params_count(t->learned.params);
    cgm_arena arena = {0};
    cgm_node *outputs = cgm_arena_array(&arena, n_params + 1, sizeof *outputs);
    cgm_compile_opts opts = {.threads = t->threads, .bound_outputs = true};
    cgm_status status = outputs ? CGM_OK : CGM_E_MEMORY;
    if (status == CGM_OK) {
        outputs[0] = n->loss;
        status = cgm_params_gradients(t->learned.params, g, n->loss, outputs + 1);
    }
    if (status == CGM_OK) status = cgm_program_compile(g, n_params + 1, outputs, &opts, &t->program);
    if (status == CGM_OK) status = cgm_workspace_create(t->program, &t->ws);
    if (status == CGM_OK) bind(t, g, n);
    cgm_arena_clear(&arena);
    return status;
}

cgm_status cgm_dip_training_compile(dip_training *t)
{
    cgm_graph *g = NULL;
    nodes n = {0};
    CGM_TRY(cgm_graph_create(&g));
    build(t, g, &n);
    cgm_status status = cgm_graph_status(g);
    if (status == CGM_OK) status = compile(t, g, &n);
    cgm_graph_destroy(g);
    return status;
}
