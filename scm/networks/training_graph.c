/* The graphs of a training, and the memory that they read. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph/ops.h"
#include "scm/networks/training_priv.h"

/* Elements between the beginnings of two noise inputs are a multiple of this: a whole block of random numbers. */
#define NOISE_STEP 16

cgm_node cgm_image_bound_noise(image_bound *bound, cgm_graph *g, const char *name, cgm_shape shape)
{
    if (bound->n_noise == bound->noise_capacity) {
        size_t capacity = bound->noise_capacity ? 2 * bound->noise_capacity : 32;
        cgm_node *noise = cgm_arena_array(bound->arena, capacity, sizeof *noise);
        if (!noise) return cgm_graph_fail(g, CGM_E_MEMORY, "out of memory for the noise of a training");
        if (bound->n_noise) memcpy(noise, bound->noise, bound->n_noise * sizeof *noise);
        bound->noise = noise;
        bound->noise_capacity = capacity;
    }
    return bound->noise[bound->n_noise++] = cgm_batch_input(g, name, shape);
}

/* One graph with the bound of a batch. */
typedef struct built {
    cgm_graph *g;
    cgm_arena arena;
    cgm_node pixels, pa, beta;
    image_bound bound;
} built;

static void built_clear(built *b)
{
    cgm_graph_destroy(b->g);
    cgm_arena_clear(&b->arena);
}

static cgm_status build(const image_training *t, cgm_mode mode, built *b)
{
    const cgm_variable *v = t->model.variable;
    int64_t n = (int64_t)t->batch, features = (int64_t)t->model.parents->features;
    CGM_TRY(cgm_graph_create(&b->g));
    b->bound = (image_bound){.mode = mode, .arena = &b->arena};
    b->pixels = cgm_batch_input(b->g, "pixels", CGM_SHAPE(n, v->channels, v->height, v->width));
    if (features) b->pa = cgm_batch_input(b->g, "parents", CGM_SHAPE(n, features));
    b->beta = cgm_input(b->g, "beta", CGM_SCALAR);
    t->model.bound(t->model.context, b->g, b->pixels, b->pa, &b->bound);
    return cgm_graph_status(b->g);
}

static size_t elements(const built *b, cgm_node x)
{
    return (size_t)cgm_shape_size(cgm_node_shape(b->g, x));
}

static size_t noise_room(const built *b, size_t i)
{
    return (elements(b, b->bound.noise[i]) + NOISE_STEP - 1) / NOISE_STEP * NOISE_STEP;
}

static size_t noise_size(const built *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->bound.n_noise; i++) n += noise_room(b, i);
    return n;
}

/* Room for what either of the two graphs reads; both take the same batches. */
static cgm_status allocate_inputs(const built *b, const built *other, size_t features, image_inputs *in)
{
    in->n_noise = noise_size(b) > noise_size(other) ? noise_size(b) : noise_size(other);
    in->pixels = cgm_alloc_aligned(elements(b, b->pixels) * sizeof(cgm_real));
    in->pa = cgm_alloc_aligned((b->pa.id ? elements(b, b->pa) : 1) * sizeof(cgm_real));
    in->mask = cgm_alloc_aligned((features + 1) * sizeof(cgm_real));
    in->noise = cgm_alloc_aligned((in->n_noise + 1) * sizeof(cgm_real));
    return in->pixels && in->pa && in->mask && in->noise ? CGM_OK : CGM_E_MEMORY;
}

static void bind_inputs(const built *b, const image_inputs *in, image_program *p)
{
    cgm_workspace *ws = p->ws;
    const cgm_real *noise = in->noise;
    cgm_workspace_bind(ws, b->pixels, in->pixels);
    if (b->pa.id) cgm_workspace_bind(ws, b->pa, in->pa);
    if (b->bound.mask.id) cgm_workspace_bind(ws, b->bound.mask, in->mask);
    cgm_workspace_bind(ws, b->beta, &in->beta);
    for (size_t i = 0; i < b->bound.n_noise; i++) {
        cgm_workspace_bind(ws, b->bound.noise[i], noise);
        noise += noise_room(b, i);
    }
    p->n_noise = noise_size(b);
}

/* ---- The loss and its gradients ---- */

/* What the KL of a group adds to the loss: with free bits lambda, max(lambda, its mean over the batch), so that a group
 * is not driven to tell less than lambda (Kingma et al. 2016, "free bits"; lambda in nats a group). All are sums over
 * the batch. */
static cgm_node group_cost(const image_training *t, cgm_graph *g, cgm_node kl)
{
    return t->free_bits > 0 ? cgm_clamp(g, kl, t->free_bits * (double)t->batch, HUGE_VAL) : kl;
}

/* (nll + beta sum_j KL_j), a mean over the images of all batches of a step, in the model's unit. */
static cgm_node loss_of(const image_training *t, const built *b, cgm_node nll, const cgm_node *kl)
{
    cgm_graph *g = b->g;
    double images = (double)(t->batch * t->accumulate);
    double numbers = t->model.per_dimension ? (double)cgm_variable_width(t->model.variable) : 1;
    if (!b->bound.n_groups) return cgm_affine(g, nll, 1 / (images * numbers), 0);
    cgm_node cost = group_cost(t, g, kl[0]);
    for (size_t j = 1; j < b->bound.n_groups; j++) cost = cgm_add(g, cost, group_cost(t, g, kl[j]));
    return cgm_affine(g, cgm_add(g, nll, cgm_mul(g, b->beta, cost)), 1 / (images * numbers), 0);
}

/* The outputs: the sums of nll and of each KL over the batch, then the gradients. */
static cgm_status compile_gradients(image_training *t, const built *b, int threads)
{
    cgm_params *params = t->model.params;
    size_t n_params = cgm_params_count(params), first = 1 + t->n_groups;
    cgm_status status = CGM_OK;
    cgm_node *outputs = calloc(first + n_params, sizeof *outputs);
    if (!outputs) return CGM_FAIL(CGM_E_MEMORY, "out of memory for training");
    outputs[0] = cgm_sum_all(b->g, b->bound.nll);
    for (size_t j = 0; j < t->n_groups; j++) outputs[1 + j] = cgm_sum_all(b->g, b->bound.kl[j]);
    cgm_node loss = loss_of(t, b, outputs[0], outputs + 1);
    CGM_TRY_GOTO(cgm_params_gradients(params, b->g, loss, outputs + first), done);
    cgm_compile_opts opts = {.threads = threads, .bound_outputs = true};
    image_program *p = &t->gradients;
    CGM_TRY_GOTO(cgm_program_compile(b->g, first + n_params, outputs, &opts, &p->program), done);
    CGM_TRY_GOTO(cgm_workspace_create(p->program, &p->ws), done);
    cgm_params_bind(params, b->g, p->ws, cgm_params_values(params));
    cgm_params_bind_gradients(params, p->ws, first);
    cgm_workspace_bind_output(p->ws, 0, &t->nll);
    for (size_t j = 0; j < t->n_groups; j++) cgm_workspace_bind_output(p->ws, 1 + j, &t->kl[j]);
    bind_inputs(b, &t->in, p);
done:
    free(outputs);
    return status;
}

/* ---- Validation ---- */

/* The output: the bound of each image, with the averaged parameters. */
static cgm_status compile_validation(image_training *t, const built *b, int threads)
{
    cgm_params *params = t->model.params;
    image_program *p = &t->validation.program;
    cgm_node bound = b->bound.nll;
    for (size_t j = 0; j < t->n_groups; j++) bound = cgm_add(b->g, bound, b->bound.kl[j]);
    bound = cgm_neg(b->g, bound);
    CGM_TRY(cgm_graph_status(b->g));
    cgm_compile_opts opts = {.threads = threads, .bound_outputs = true};
    CGM_TRY(cgm_program_compile(b->g, 1, &bound, &opts, &p->program));
    CGM_TRY(cgm_workspace_create(p->program, &p->ws));
    cgm_params_bind(params, b->g, p->ws, cgm_params_ema(params));
    cgm_workspace_bind_output(p->ws, 0, t->validation.bound);
    bind_inputs(b, &t->in, p);
    return CGM_OK;
}

/* ---- Both ---- */

cgm_status cgm_image_training_compile(image_training *t, int threads)
{
    cgm_status status = CGM_OK;
    bool validates = t->validation.rows > 0;
    built train = {0}, validation = {0};
    CGM_TRY_GOTO(build(t, CGM_MODE_TRAIN, &train), done);
    if (validates) CGM_TRY_GOTO(build(t, CGM_MODE_EVAL, &validation), done);
    t->n_groups = train.bound.n_groups;
    CGM_CHECK(t->n_groups <= IMAGE_MAX_GROUPS);
    CGM_CHECK(!validates || (validation.bound.n_groups == t->n_groups && !validation.bound.mask.id));
    CGM_TRY_GOTO(allocate_inputs(&train, &validation, t->model.parents->features, &t->in), done);
    if (validates) CGM_TRY_GOTO(compile_validation(t, &validation, threads), done);
    CGM_TRY_GOTO(compile_gradients(t, &train, threads), done);
done:
    built_clear(&train);
    built_clear(&validation);
    return status;
}

static void program_clear(image_program *p)
{
    cgm_workspace_destroy(p->ws);
    cgm_program_destroy(p->program);
    *p = (image_program){0};
}

void cgm_image_training_clear_programs(image_training *t)
{
    program_clear(&t->gradients);
    program_clear(&t->validation.program);
    cgm_free_aligned(t->in.pixels);
    cgm_free_aligned(t->in.pa);
    cgm_free_aligned(t->in.mask);
    cgm_free_aligned(t->in.noise);
    t->in = (image_inputs){0};
}
