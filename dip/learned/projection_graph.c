/* The program of an iteration: all beginnings are rows of one batch, of which none sees another. */
#include <stdio.h>
#include <stdlib.h>

#include "dip/learned/projection_priv.h"

/* A grey level beyond the range counts as its end, but for this share of what it is beyond, without which there would
 * be no way back from there. */
#define LEAK 0.05

enum { VALUE, MISFIT, PARENTS, IMAGES, OUTPUTS };

typedef struct nodes {
    cgm_node given, y, weight, loss, out[OUTPUTS]; /* no PARENTS where there are none */
} nodes;

static cgm_node sum_of_squares(cgm_graph *g, cgm_node x)
{
    return cgm_sum(g, cgm_square(g, x), 1u << 1);
}

/* The features of parent i in all rows, [rows, n]; what is found of it adds to `prior` [rows, 1]. */
static cgm_node parent(const dip_projection *p, cgm_graph *g, cgm_node given, size_t i, cgm_node *prior)
{
    char name[32];
    int64_t first, n = cgm_image_generator_place(p->generator, i, &first);
    if (p->is_given[i]) return cgm_broadcast(g, cgm_slice(g, given, 1, first, n), CGM_SHAPE(p->rows, n));
    snprintf(name, sizeof name, "parent%zu", i);
    cgm_node found = cgm_param(p->own, g, name, CGM_SHAPE(p->rows, n), CGM_INIT_NORMAL, 1);
    if (cgm_variable_has_levels(p->generator->parent[i])) return cgm_softmax(g, found, 1);
    *prior = cgm_add(g, *prior, sum_of_squares(g, found));
    return found;
}

static cgm_node parents(const dip_projection *p, cgm_graph *g, cgm_node given, cgm_node *prior)
{
    cgm_node each[DIP_MOST_PARENTS];
    if (!p->features) return (cgm_node){0};
    for (size_t i = 0; i < p->generator->n_parents; i++) each[i] = parent(p, g, given, i, prior);
    return p->generator->n_parents == 1 ? each[0] : cgm_concat(g, p->generator->n_parents, each, 1);
}

/* The sum of squared errors of one row's image, as [1, 1]. */
static cgm_node misfit_of(const dip_projection *p, cgm_graph *g, const nodes *n, cgm_node images, int64_t row)
{
    const dip_problem *q = p->problem;
    cgm_node x = cgm_slice(g, images, 0, row, 1);
    cgm_node measured = q->kind == &cgm_dip_operator_identity ? x : cgm_apply_linear(g, x, &q->op.map, false);
    cgm_node squares = cgm_mul(g, cgm_square(g, cgm_sub(g, measured, n->y)), n->weight);
    return cgm_reshape(g, cgm_sum_all(g, squares), CGM_SHAPE(1, 1));
}

static cgm_status build(const dip_projection *p, cgm_graph *g, cgm_arena *arena, nodes *n)
{
    const dip_problem *q = p->problem;
    double weights = 0, prior_weight = p->opts.prior < 0 ? q->sigma * q->sigma : p->opts.prior;
    cgm_node *misfit = cgm_arena_array(arena, (size_t)p->rows, sizeof *misfit);
    if (!misfit) return CGM_E_MEMORY;
    for (int64_t i = 0; i < cgm_shape_size(q->op.map.range); i++) weights += q->weight[i];
    n->y = cgm_input(g, "y", q->op.map.range);
    n->weight = cgm_input(g, "weight", q->op.map.range);
    if (p->features) n->given = cgm_input(g, "given", CGM_SHAPE(1, p->features));
    cgm_node z = cgm_param(p->own, g, "z", CGM_SHAPE(p->rows, p->generator->latent), CGM_INIT_NORMAL, 1);
    cgm_node prior = sum_of_squares(g, z), features = parents(p, g, n->given, &prior);
    cgm_node images = p->generator->build(p->generator->context, g, z, features);
    images = cgm_affine(g, images, 1 / 255., 0);
    cgm_node held = cgm_clamp(g, images, 0, 1);
    images = cgm_add(g, cgm_affine(g, held, 1 - LEAK, 0), cgm_affine(g, images, LEAK, 0));
    for (int64_t row = 0; row < p->rows; row++) misfit[row] = misfit_of(p, g, n, images, row);
    cgm_node misfits = p->rows == 1 ? misfit[0] : cgm_concat(g, (size_t)p->rows, misfit, 0);
    cgm_node value = cgm_add(g, misfits, cgm_affine(g, prior, prior_weight, 0));
    n->out[VALUE] = cgm_affine(g, value, 1 / weights, 0);
    n->out[MISFIT] = cgm_affine(g, misfits, 1 / weights, 0);
    n->out[PARENTS] = features;
    n->out[IMAGES] = held;
    n->loss = cgm_sum_all(g, n->out[VALUE]);
    return cgm_graph_status(g);
}

static bool make_room(dip_projection *p)
{
    size_t rows = (size_t)p->rows, measured = (size_t)cgm_shape_size(p->problem->op.map.range);
    p->y = cgm_arena_array(&p->arena, measured, sizeof *p->y);
    p->weight = cgm_arena_array(&p->arena, measured, sizeof *p->weight);
    p->value = cgm_arena_array(&p->arena, rows, sizeof *p->value);
    p->misfit = cgm_arena_array(&p->arena, rows, sizeof *p->misfit);
    p->parents = cgm_arena_array(&p->arena, rows * (size_t)p->features + 1, sizeof *p->parents);
    p->images = cgm_arena_array(&p->arena, rows * (size_t)p->pixels, sizeof *p->images);
    if (!p->y || !p->weight || !p->value || !p->misfit || !p->parents || !p->images) return false;
    for (size_t i = 0; i < measured; i++) {
        p->y[i] = (cgm_real)p->problem->y[i];
        p->weight[i] = (cgm_real)p->problem->weight[i];
    }
    return true;
}

static void bind(dip_projection *p, const cgm_graph *g, const nodes *n, size_t gradients)
{
    cgm_real *const to[OUTPUTS] = {p->value, p->misfit, p->parents, p->images};
    size_t output = 0;
    cgm_params_bind(p->own, g, p->ws, cgm_params_values(p->own));
    cgm_params_bind(p->generator->params, g, p->ws, cgm_params_ema(p->generator->params));
    cgm_params_bind_gradients(p->own, p->ws, gradients);
    cgm_workspace_bind(p->ws, n->y, p->y);
    cgm_workspace_bind(p->ws, n->weight, p->weight);
    if (n->given.id) cgm_workspace_bind(p->ws, n->given, p->given);
    for (int i = 0; i < OUTPUTS; i++)
        if (n->out[i].id) cgm_workspace_bind_output(p->ws, output++, to[i]);
}

static cgm_status compile(dip_projection *p, cgm_graph *g, const nodes *n, cgm_arena *arena)
{
    size_t n_params = cgm_params_count(p->own), first = 0;
    cgm_node *outputs = cgm_arena_array(arena, OUTPUTS + n_params, sizeof *outputs);
    if (!outputs) return CGM_E_MEMORY;
    for (int i = 0; i < OUTPUTS; i++)
        if (n->out[i].id) outputs[first++] = n->out[i];
    CGM_TRY(cgm_params_gradients(p->own, g, n->loss, outputs + first));
    CGM_TRY(cgm_program_compile(g, first + n_params, outputs,
                                &(cgm_compile_opts){.threads = p->threads, .bound_outputs = true}, &p->program));
    CGM_TRY(cgm_workspace_create(p->program, &p->ws));
    bind(p, g, n, first);
    return CGM_OK;
}

cgm_status cgm_dip_projection_compile(dip_projection *p, const cgm_rng *rng)
{
    cgm_status status = CGM_OK;
    cgm_graph *g = NULL;
    cgm_arena arena = {0};
    nodes n = {0};
    if (!make_room(p)) return CGM_E_MEMORY;
    CGM_TRY(cgm_params_create(&p->own));
    CGM_TRY(cgm_graph_create(&g));
    CGM_TRY_GOTO(build(p, g, &arena, &n), done);
    CGM_TRY_GOTO(cgm_params_init(p->own, rng), done);
    CGM_TRY_GOTO(compile(p, g, &n, &arena), done);
done:
    cgm_graph_destroy(g);
    cgm_arena_clear(&arena);
    return status;
}
