/* The program of an iteration, and the memory that it works on. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dip/fit_priv.h"
#include "nn/image_losses.h"

#define LEVELS 3

typedef struct nodes {
    cgm_node z, y, weight, held, out[DIP_OUTPUTS];
} nodes;

/* sum of weight * error / sum, a mean. */
static cgm_node mean_of(cgm_graph *g, cgm_node squares, cgm_node weight, double sum)
{
    return cgm_affine(g, cgm_sum_all(g, cgm_mul(g, squares, weight)), 1 / sum, 0);
}

/* The mean over pixels of squared differences to the right and below. */
static cgm_node roughness(cgm_graph *g, cgm_node x)
{
    cgm_node sum = {0};
    cgm_shape s = cgm_node_shape(g, x);
    for (int axis = 2; axis <= 3; axis++) {
        int64_t n = s.dim[axis] - 1;
        cgm_node apart = cgm_sub(g, cgm_slice(g, x, axis, 1, n), cgm_slice(g, x, axis, 0, n));
        cgm_node squares = cgm_sum_all(g, cgm_square(g, apart));
        sum = axis == 2 ? squares : cgm_add(g, sum, squares);
    }
    return cgm_affine(g, sum, 1 / (double)cgm_shape_size(s), 0);
}

/* Every second element of rows from `y` on and of columns from `x` on. */
static cgm_node phase(cgm_graph *g, cgm_node image, int64_t y, int64_t x)
{
    cgm_shape s = cgm_node_shape(g, image);
    return cgm_slice_step(g, cgm_slice_step(g, image, 2, y, s.dim[2] / 2, 2), 3, x, s.dim[3] / 2, 2);
}

/* The mean over pixels of the absolute Haar coefficients of three levels, but for the smooth part: the l1 norm of
 * Donoho and Johnstone 1994's shrinkage. An odd last row or column is left out. */
static cgm_node details(cgm_graph *g, cgm_node x)
{
    cgm_node sum = {0};
    double pixels = (double)cgm_shape_size(cgm_node_shape(g, x));
    for (int level = 0; level < LEVELS; level++) {
        cgm_shape s = cgm_node_shape(g, x);
        if (s.dim[2] < 2 || s.dim[3] < 2) break;
        cgm_node a = phase(g, x, 0, 0), b = phase(g, x, 0, 1), c = phase(g, x, 1, 0), d = phase(g, x, 1, 1);
        cgm_node plus = cgm_add(g, a, d), minus = cgm_sub(g, a, d), other = cgm_add(g, b, c), apart = cgm_sub(g, b, c);
        cgm_node of_three[] = {cgm_sub(g, minus, apart), cgm_add(g, minus, apart), cgm_sub(g, plus, other)};
        for (int k = 0; k < 3; k++) {
            cgm_node part = cgm_sum_all(g, cgm_abs(g, of_three[k]));
            sum = sum.id ? cgm_add(g, sum, part) : part;
        }
        x = cgm_affine(g, cgm_add(g, plus, other), .5, 0);
    }
    return cgm_affine(g, sum, .5 / pixels, 0);
}

static void build(dip_fit *f, cgm_graph *g, nodes *out)
{
    const dip_problem *p = f->problem;
    const dip_fit_opts *o = &f->opts;
    out->z = cgm_input(g, "z", CGM_SHAPE(1, o->network.input_depth, f->net_height, f->net_width));
    out->y = cgm_input(g, "y", p->op.map.range);
    out->weight = cgm_input(g, "weight", p->op.map.range);
    cgm_node x = cgm_dip_network_image(&o->network, f->params, g, out->z, p->channels, p->height, p->width);
    cgm_node measured = p->kind == &cgm_dip_operator_identity ? x : cgm_apply_linear(g, x, &p->op.map, false);
    cgm_node squares = cgm_square(g, cgm_sub(g, measured, out->y));
    cgm_node loss = mean_of(g, squares, out->weight, f->weights[0]);
    out->out[DIP_IMAGE] = x;
    out->out[DIP_MISFIT] = loss;
    out->out[DIP_HELD] = cgm_constant(g, NAN, CGM_SCALAR);
    if (f->held) {
        out->held = cgm_input(g, "held", p->op.map.range);
        out->out[DIP_HELD] = mean_of(g, squares, out->held, f->weights[1]);
    }
    if (o->tv > 0)
        loss = cgm_add(
            g, loss, cgm_affine(g, cgm_sum_all(g, cgm_isotropic_total_variation(g, x)), o->tv / (double)f->pixels, 0));
    if (o->tikhonov > 0) loss = cgm_add(g, loss, cgm_affine(g, roughness(g, x), o->tikhonov, 0));
    if (o->wavelet > 0) loss = cgm_add(g, loss, cgm_affine(g, details(g, x), o->wavelet, 0));
    out->out[DIP_LOSS] = loss;
}

static cgm_status compile(dip_fit *f, cgm_graph *g, const nodes *n)
{
    size_t n_params = cgm_params_count(f->params);
    cgm_status status = CGM_OK;
    cgm_node *outputs = calloc(DIP_OUTPUTS + n_params, sizeof *outputs);
    if (!outputs) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the network's gradients");
    memcpy(outputs, n->out, sizeof n->out);
    cgm_compile_opts opts = {.threads = f->threads, .bound_outputs = true};
    CGM_TRY_GOTO(cgm_params_gradients(f->params, g, n->out[DIP_LOSS], outputs + DIP_OUTPUTS), done);
    CGM_TRY_GOTO(cgm_program_compile(g, DIP_OUTPUTS + n_params, outputs, &opts, &f->program), done);
    CGM_TRY_GOTO(cgm_workspace_create(f->program, &f->ws), done);
    cgm_params_bind(f->params, g, f->ws, cgm_params_values(f->params));
    cgm_params_bind_gradients(f->params, f->ws, DIP_OUTPUTS);
    cgm_workspace_bind(f->ws, n->z, f->noisy ? f->noisy : f->z);
    cgm_workspace_bind(f->ws, n->y, f->y);
    cgm_workspace_bind(f->ws, n->weight, f->weight);
    if (f->held) cgm_workspace_bind(f->ws, n->held, f->held);
    for (int i = 0; i < DIP_IMAGE; i++) cgm_workspace_bind_output(f->ws, (size_t)i, &f->value[i]);
    cgm_workspace_bind_output(f->ws, DIP_IMAGE, f->made);
done:
    free(outputs);
    return status;
}

static cgm_status allocate(dip_fit *f)
{
    size_t n = (size_t)f->pixels, m = (size_t)f->measured, k = (size_t)f->inputs;
    f->z = cgm_arena_array(&f->arena, k, sizeof *f->z);
    if (f->opts.input_noise > 0) f->noisy = cgm_arena_array(&f->arena, k, sizeof *f->noisy);
    f->y = cgm_arena_array(&f->arena, m, sizeof *f->y);
    f->weight = cgm_arena_array(&f->arena, m, sizeof *f->weight);
    if (f->opts.held_out > 0) f->held = cgm_arena_array(&f->arena, m, sizeof *f->held);
    f->made = cgm_arena_array(&f->arena, n, sizeof *f->made);
    f->raw = cgm_arena_array(&f->arena, n, sizeof *f->raw);
    f->mean = cgm_arena_array(&f->arena, n, sizeof *f->mean);
    f->best = cgm_arena_array(&f->arena, n, sizeof *f->best);
    bool all = f->z && (f->noisy || !(f->opts.input_noise > 0)) && f->y && f->weight &&
               (f->held || !(f->opts.held_out > 0)) && f->made && f->raw;
    if (!all || !f->mean || !f->best) return CGM_E_MEMORY;
    return cgm_dip_stopping_create(&f->opts.stop, f->pixels, &f->arena, &f->stopping);
}

/* Which measurements are held out is drawn: a share of those that count. */
static cgm_status share_out(dip_fit *f, const cgm_rng *rng)
{
    const dip_problem *p = f->problem;
    cgm_rng stream = cgm_rng_split(rng, "held out");
    for (int64_t i = 0; i < f->measured; i++) {
        bool apart = f->held && cgm_rng_uniform(&stream) < f->opts.held_out;
        f->y[i] = (cgm_real)p->y[i];
        f->weight[i] = apart ? 0 : (cgm_real)p->weight[i];
        f->weights[0] += apart ? 0 : p->weight[i];
        f->weights[1] += apart ? p->weight[i] : 0;
        if (f->held) f->held[i] = apart ? (cgm_real)p->weight[i] : 0;
    }
    if (f->weights[0] > 0 && (f->weights[1] > 0 || !f->held)) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "too few measurements to hold out %g of them", f->opts.held_out);
}

/* The network's parameters, and the copies of them that the options ask for. */
static cgm_status initialise(dip_fit *f, const cgm_rng *rng)
{
    cgm_rng weights = cgm_rng_split(rng, "weights"), input = cgm_rng_split(rng, "input");
    CGM_TRY(cgm_params_init(f->params, &weights));
    size_t flat = cgm_params_flat_size(f->params);
    if (f->opts.rollback > 0 && !(f->checkpoint = cgm_arena_array(&f->arena, flat, sizeof *f->checkpoint)))
        return CGM_E_MEMORY;
    if (f->opts.weight_noise > 0 && !(f->kept = cgm_arena_array(&f->arena, flat, sizeof *f->kept))) return CGM_E_MEMORY;
    cgm_dip_network_input(&f->opts.network, &input, f->net_height, f->net_width, f->z);
    return CGM_OK;
}

cgm_status cgm_dip_fit_make(dip_fit *f, const cgm_rng *rng)
{
    cgm_graph *g = NULL;
    cgm_status status = CGM_OK;
    nodes n = {0};
    CGM_TRY(allocate(f));
    CGM_TRY(share_out(f, rng));
    CGM_TRY(cgm_params_create(&f->params));
    CGM_TRY(cgm_graph_create(&g));
    build(f, g, &n);
    CGM_TRY_GOTO(cgm_graph_status(g), done);
    CGM_TRY_GOTO(initialise(f, rng), done);
    CGM_TRY_GOTO(compile(f, g, &n), done);
done:
    cgm_graph_destroy(g);
    return status;
}
