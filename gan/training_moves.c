/* The moves of the players as programs, and the memory that they read. */
#include <stdlib.h>

#include "gan/training_priv.h"
#include "graph/ops.h"

static const char *const names[] = {[GAN_CRITIC] = "critic", [GAN_GENERATOR] = "generator"};

cgm_node cgm_gan_input(gan_move *move, cgm_graph *g, gan_source source, const char *name, cgm_shape shape)
{
    CGM_CHECK(move->n_inputs < GAN_MOVE_INPUTS);
    cgm_node node = cgm_batch_input(g, name, shape);
    move->input[move->n_inputs].source = source;
    move->input[move->n_inputs++].node = node;
    return node;
}

void cgm_gan_metric(gan_move *move, const char *name, cgm_node value)
{
    CGM_CHECK(move->n_metrics < GAN_MOVE_METRICS);
    move->metric[move->n_metrics].name = name;
    move->metric[move->n_metrics++].value = value;
}

/* ---- Compiling ---- */

static cgm_status allocate_inputs(gan_program *p, const cgm_graph *g, const gan_move *move)
{
    for (size_t i = 0; i < move->n_inputs; i++, p->n_inputs++) {
        p->input[i].source = move->input[i].source;
        p->input[i].size = (size_t)cgm_shape_size(cgm_node_shape(g, move->input[i].node));
        p->input[i].data = cgm_alloc_aligned((p->input[i].size + 1) * sizeof(cgm_real));
        if (!p->input[i].data) return CGM_E_MEMORY;
        cgm_workspace_bind(p->ws, move->input[i].node, p->input[i].data);
    }
    return CGM_OK;
}

/* The outputs: the loss, the metrics, then the gradient by the player's parameters, a mean over a move's batches. */
static cgm_status compile(gan_training *t, gan_player player, cgm_graph *g, const gan_move *move, int threads)
{
    gan_program *p = &t->seat[player].program;
    cgm_params *params = t->model.params[player];
    cgm_status status = CGM_OK;
    size_t first = 1 + move->n_metrics;
    cgm_node *outputs = calloc(first + cgm_params_count(params), sizeof *outputs);
    if (!outputs) return CGM_FAIL(CGM_E_MEMORY, "out of memory for training");
    outputs[0] = move->loss;
    for (size_t i = 0; i < move->n_metrics; i++) outputs[1 + i] = move->metric[i].value;
    cgm_node mean = cgm_affine(g, move->loss, 1 / (double)t->accumulate, 0);
    CGM_TRY_GOTO(cgm_params_gradients(params, g, mean, outputs + first), done);
    cgm_compile_opts opts = {.threads = threads, .bound_outputs = true};
    CGM_TRY_GOTO(cgm_program_compile(g, first + cgm_params_count(params), outputs, &opts, &p->program), done);
    CGM_TRY_GOTO(cgm_workspace_create(p->program, &p->ws), done);
    for (int k = 0; k < GAN_PLAYERS; k++)
        cgm_params_bind(t->model.params[k], g, p->ws, cgm_params_values(t->model.params[k]));
    cgm_params_bind_gradients(params, p->ws, first);
    for (size_t i = 0; i < first; i++) {
        cgm_workspace_bind_output(p->ws, i, &p->value[i]);
        p->name[i] = i ? move->metric[i - 1].name : names[player];
    }
    p->n_values = first;
    CGM_TRY_GOTO(allocate_inputs(p, g, move), done);
done:
    free(outputs);
    return status;
}

cgm_status cgm_gan_move_compile(gan_training *t, gan_player player, int threads)
{
    cgm_status status = CGM_OK;
    cgm_graph *g = NULL;
    gan_move move = {.n = (int64_t)t->batch};
    CGM_TRY(cgm_graph_create(&g));
    t->model.move(t->model.context, player, g, &move);
    CGM_TRY_GOTO(cgm_graph_status(g), done);
    CGM_TRY_GOTO(compile(t, player, g, &move, threads), done);
done:
    cgm_graph_destroy(g);
    return status;
}

void cgm_gan_move_clear(gan_program *p)
{
    cgm_workspace_destroy(p->ws);
    cgm_program_destroy(p->program);
    for (size_t i = 0; i < p->n_inputs; i++) cgm_free_aligned(p->input[i].data);
    *p = (gan_program){0};
}

size_t cgm_gan_move_bytes(const gan_training *t, gan_player player)
{
    const gan_program *p = &t->seat[player].program;
    size_t reals = 0;
    for (size_t i = 0; i < p->n_inputs; i++) reals += p->input[i].size;
    return cgm_program_workspace_bytes(p->program) + reals * sizeof(cgm_real);
}

/* ---- Running ---- */

static cgm_status fill_data(gan_training *t, uint64_t batch, size_t first, const cgm_fit *fit, cgm_real *out)
{
    const size_t *rows = cgm_batches_rows(t->batches, batch) + first;
    if (t->model.scale) return cgm_network_scale_fill_rows(t->model.scale, fit->data, t->batch, rows, out);
    cgm_batches_images(t->batches, batch, first, t->batch, t->model.variable->name, &t->augmentation, fit->threads,
                       out);
    return CGM_OK;
}

/* Noise is drawn from one stream, input after input. */
static cgm_status fill_input(gan_training *t, gan_program *p, size_t i, uint64_t batch, size_t first, cgm_rng *noise,
                             const cgm_fit *fit)
{
    cgm_real *out = p->input[i].data;
    switch (p->input[i].source) {
    case GAN_DATA:
        return fill_data(t, batch, first, fit, out);
    case GAN_PARENTS:
        cgm_network_parents_fill_rows(t->model.parents, fit->data, t->batch,
                                      cgm_batches_rows(t->batches, batch) + first, out);
        break;
    case GAN_NORMAL:
        cgm_rng_fill_normal_by(noise, fit->threads, p->input[i].size, out);
        break;
    case GAN_UNIFORM:
        cgm_rng_fill_uniform(noise, p->input[i].size, out);
        break;
    }
    return CGM_OK;
}

cgm_status cgm_gan_move_run(gan_training *t, gan_player player, uint64_t move, uint64_t batch, size_t part,
                            const cgm_fit *fit)
{
    gan_program *p = &t->seat[player].program;
    cgm_rng noise = cgm_rng_split_index(&t->seat[player].noise, move * t->accumulate + part);
    for (size_t i = 0; i < p->n_inputs; i++) CGM_TRY(fill_input(t, p, i, batch, part * t->batch, &noise, fit));
    CGM_TRY(cgm_program_run(p->program, p->ws));
    cgm_params_update_state(t->model.params[player]);
    return CGM_OK;
}
