/* The moves of the players as programs, and the memory that they read. */
#include <stdlib.h>
#include <string.h>

#include "gan/training_priv.h"
#include "graph/ops.h"

static const char *const names[] = {[GAN_CRITIC] = "critic", [GAN_GENERATOR] = "generator"};

cgm_node cgm_gan_input_of(gan_move *move, cgm_graph *g, gan_source source, int domain, const char *name,
                          cgm_shape shape)
{
    CGM_CHECK(move->n_inputs < GAN_MOVE_INPUTS);
    cgm_node node = source == GAN_ALPHA ? cgm_input(g, name, shape) : cgm_batch_input(g, name, shape);
    move->input[move->n_inputs].source = source;
    move->input[move->n_inputs].domain = domain;
    move->input[move->n_inputs++].node = node;
    return node;
}

cgm_node cgm_gan_input(gan_move *move, cgm_graph *g, gan_source source, const char *name, cgm_shape shape)
{
    return cgm_gan_input_of(move, g, source, 0, name, shape);
}

void cgm_gan_metric(gan_move *move, const char *name, cgm_node value)
{
    CGM_CHECK(move->n_metrics < GAN_MOVE_METRICS);
    move->metric[move->n_metrics].name = name;
    move->metric[move->n_metrics++].value = value;
}

static cgm_status declare_at(gan_move_build *build, const void *context, gan_player player, gan_move move)
{
    cgm_graph *g = NULL;
    CGM_TRY(cgm_graph_create(&g));
    build(context, player, g, &move);
    cgm_status status = cgm_graph_status(g);
    cgm_graph_destroy(g);
    return status;
}

cgm_status cgm_gan_declare(gan_move_build *build, const void *context, int64_t n, int levels)
{
    for (int level = 0; level < levels; level++)
        for (int player = 0; player < GAN_PLAYERS; player++)
            CGM_TRY(declare_at(build, context, (gan_player)player, (gan_move){.n = n, .level = level}));
    return CGM_OK;
}

/* ---- Compiling ---- */

static cgm_status allocate_inputs(gan_program *p, const cgm_graph *g, const gan_move *move)
{
    for (size_t i = 0; i < move->n_inputs; i++, p->n_inputs++) {
        p->input[i].source = move->input[i].source;
        p->input[i].domain = move->input[i].domain;
        p->input[i].size = (size_t)cgm_shape_size(cgm_node_shape(g, move->input[i].node));
        p->input[i].data = cgm_alloc_aligned((p->input[i].size + 1) * sizeof(cgm_real));
        if (!p->input[i].data) return CGM_E_MEMORY;
        cgm_workspace_bind(p->ws, move->input[i].node, p->input[i].data);
    }
    return CGM_OK;
}

/* Memory for what the generator makes, the outputs behind its values. */
static cgm_status allocate_made(gan_training *t, const cgm_graph *g, const gan_move *move)
{
    for (int d = 0; d < GAN_DOMAINS; d++) {
        gan_made *made = &t->made[d];
        if (!move->made[d].id) continue;
        made->size = (size_t)cgm_shape_size(cgm_node_shape(g, move->made[d]));
        made->data = cgm_alloc_aligned((t->accumulate * made->size + 1) * sizeof *made->data);
        if (!made->data) return CGM_E_MEMORY;
        CGM_TRY(cgm_gan_image_buffer_create(t->model.buffer, made->size / t->batch, &made->buffer));
    }
    return CGM_OK;
}

/* The outputs, and how many: the loss, the metrics, what is made, then the gradient by the player's parameters, a mean
 * over a move's batches. */
static cgm_status list_outputs(const gan_training *t, gan_player player, cgm_graph *g, const gan_move *move,
                               cgm_node *outputs, size_t *n)
{
    cgm_params *params = t->model.params[player];
    size_t at = 0;
    outputs[at++] = move->loss;
    for (size_t i = 0; i < move->n_metrics; i++) outputs[at++] = move->metric[i].value;
    for (int d = 0; d < GAN_DOMAINS; d++)
        if (move->made[d].id) outputs[at++] = move->made[d];
    cgm_node mean = cgm_affine(g, move->loss, 1 / (double)t->accumulate, 0);
    CGM_TRY(cgm_params_gradients(params, g, mean, outputs + at));
    *n = at + cgm_params_count(params);
    return CGM_OK;
}

static void bind(gan_training *t, gan_player player, const cgm_graph *g, const gan_move *move, size_t n_outputs)
{
    gan_program *p = &t->seat[player].program;
    cgm_params *params = t->model.params[player];
    for (int k = 0; k < GAN_PLAYERS; k++)
        cgm_params_bind(t->model.params[k], g, p->ws, cgm_params_values(t->model.params[k]));
    cgm_params_bind_gradients(params, p->ws, n_outputs - cgm_params_count(params));
    p->n_values = 1 + move->n_metrics;
    for (size_t i = 0; i < p->n_values; i++) {
        cgm_workspace_bind_output(p->ws, i, &p->value[i]);
        p->name[i] = i ? move->metric[i - 1].name : names[player];
    }
}

static cgm_status compile(gan_training *t, gan_player player, cgm_graph *g, const gan_move *move, int threads)
{
    gan_program *p = &t->seat[player].program;
    cgm_status status = CGM_OK;
    size_t n = 1 + GAN_MOVE_METRICS + GAN_DOMAINS + cgm_params_count(t->model.params[player]);
    cgm_node *outputs = calloc(n, sizeof *outputs);
    if (!outputs) return CGM_FAIL(CGM_E_MEMORY, "out of memory for training");
    CGM_TRY_GOTO(list_outputs(t, player, g, move, outputs, &n), done);
    cgm_compile_opts opts = {.threads = threads, .bound_outputs = true};
    CGM_TRY_GOTO(cgm_program_compile(g, n, outputs, &opts, &p->program), done);
    CGM_TRY_GOTO(cgm_workspace_create(p->program, &p->ws), done);
    bind(t, player, g, move, n);
    CGM_TRY_GOTO(allocate_made(t, g, move), done);
    CGM_TRY_GOTO(allocate_inputs(p, g, move), done);
done:
    free(outputs);
    return status;
}

static cgm_status compile_move(gan_training *t, gan_player player, int threads)
{
    cgm_status status = CGM_OK;
    cgm_graph *g = NULL;
    gan_move move = {.n = (int64_t)t->batch, .level = t->level};
    CGM_TRY(cgm_graph_create(&g));
    t->model.move(t->model.context, player, g, &move);
    CGM_TRY_GOTO(cgm_graph_status(g), done);
    CGM_TRY_GOTO(compile(t, player, g, &move, threads), done);
done:
    cgm_graph_destroy(g);
    return status;
}

cgm_status cgm_gan_moves_compile(gan_training *t, int level, int threads)
{
    cgm_gan_moves_clear(t);
    t->level = level;
    for (int k = 0; k < GAN_PLAYERS; k++) CGM_TRY(compile_move(t, (gan_player)k, threads));
    return CGM_OK;
}

static void clear_program(gan_program *p)
{
    cgm_workspace_destroy(p->ws);
    cgm_program_destroy(p->program);
    for (size_t i = 0; i < p->n_inputs; i++) cgm_free_aligned(p->input[i].data);
    *p = (gan_program){0};
}

void cgm_gan_moves_clear(gan_training *t)
{
    for (int k = 0; k < GAN_PLAYERS; k++) clear_program(&t->seat[k].program);
    for (int d = 0; d < GAN_DOMAINS; d++) {
        cgm_free_aligned(t->made[d].data);
        cgm_gan_image_buffer_clear(&t->made[d].buffer);
        t->made[d] = (gan_made){0};
    }
}

size_t cgm_gan_move_bytes(const gan_training *t, gan_player player)
{
    const gan_program *p = &t->seat[player].program;
    size_t reals = 0;
    for (size_t i = 0; i < p->n_inputs; i++) reals += p->input[i].size;
    for (int d = 0; d < GAN_DOMAINS && player == GAN_GENERATOR; d++)
        reals += t->accumulate * t->made[d].size + t->made[d].buffer.size * t->made[d].buffer.width;
    return cgm_program_workspace_bytes(p->program) + reals * sizeof(cgm_real);
}

/* ---- Running ---- */

static void fill_parents(const gan_training *t, cgm_batches *batches, uint64_t batch, size_t first, const cgm_fit *fit,
                         cgm_real *out)
{
    const size_t *rows = cgm_batches_rows(batches, batch) + first;
    const double *gains = cgm_network_parents_gains(t->model.parents, batches, batch, &t->augmentation);
    cgm_network_parents_fill_rows(t->model.parents, fit->data, t->batch, rows, gains ? gains + first : NULL, out);
}

static cgm_status fill_data(gan_training *t, cgm_batches *batches, uint64_t batch, size_t first, const cgm_fit *fit,
                            cgm_real *out)
{
    const size_t *rows = cgm_batches_rows(batches, batch) + first;
    if (t->model.scale) return cgm_network_scale_fill_rows(t->model.scale, fit->data, t->batch, rows, out);
    cgm_batches_images(batches, batch, first, t->batch, t->model.variable->name, &t->augmentation,
                       cgm_network_parents_gains(t->model.parents, batches, batch, &t->augmentation), fit->threads,
                       out);
    return CGM_OK;
}

static void fill_made(const gan_made *made, size_t batch, size_t first, size_t size, cgm_real *out)
{
    CGM_CHECK(made->size == size);
    memcpy(out, made->data + first / batch * size, size * sizeof *out);
}

/* Noise is drawn from one stream, input after input. */
static cgm_status fill_input(gan_training *t, gan_program *p, size_t i, uint64_t batch, size_t first, cgm_rng *noise,
                             const cgm_fit *fit)
{
    cgm_real *out = p->input[i].data;
    cgm_batches *batches = t->batches[p->input[i].domain];
    switch (p->input[i].source) {
    case GAN_DATA:
        return fill_data(t, batches, batch, first, fit, out);
    case GAN_PARENTS:
        fill_parents(t, batches, batch, first, fit, out);
        break;
    case GAN_NORMAL:
        cgm_rng_fill_normal_by(noise, fit->threads, p->input[i].size, out);
        break;
    case GAN_UNIFORM:
        cgm_rng_fill_uniform(noise, p->input[i].size, out);
        break;
    case GAN_MADE:
        fill_made(&t->made[p->input[i].domain], t->batch, first, p->input[i].size, out);
        break;
    case GAN_ALPHA:
        *out = (cgm_real)t->model.growth->alpha;
        break;
    }
    return CGM_OK;
}

/* What is made of a part of a move's batches goes to that part's place. */
static void bind_made(const gan_training *t, gan_program *p, size_t part)
{
    size_t output = p->n_values;
    for (int d = 0; d < GAN_DOMAINS; d++)
        if (t->made[d].size) cgm_workspace_bind_output(p->ws, output++, t->made[d].data + part * t->made[d].size);
}

cgm_status cgm_gan_move_run(gan_training *t, gan_player player, uint64_t move, uint64_t batch, size_t part,
                            const cgm_fit *fit)
{
    gan_program *p = &t->seat[player].program;
    cgm_rng noise = cgm_rng_split_index(&t->seat[player].noise, move * t->accumulate + part);
    for (size_t i = 0; i < p->n_inputs; i++) CGM_TRY(fill_input(t, p, i, batch, part * t->batch, &noise, fit));
    if (player == GAN_GENERATOR) bind_made(t, p, part);
    CGM_TRY(cgm_program_run(p->program, p->ws));
    cgm_params_update_state(t->model.params[player]);
    return CGM_OK;
}

/* ---- What is made ---- */

bool cgm_gan_makes(const gan_training *t)
{
    bool makes = false;
    for (int d = 0; d < GAN_DOMAINS; d++) makes = makes || t->made[d].size;
    return makes;
}

void cgm_gan_made_exchange(gan_training *t, uint64_t move)
{
    cgm_rng rng = cgm_rng_split_index(&t->exchanges, move);
    for (int d = 0; d < GAN_DOMAINS; d++)
        if (t->made[d].size)
            cgm_gan_image_buffer_exchange(&t->made[d].buffer, &rng, t->batch * t->accumulate, t->made[d].data);
}
