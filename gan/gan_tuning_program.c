/* The costs that the encoder minimises, as a program. */
#include <stdlib.h>
#include <string.h>

#include "gan/gan_tuning_priv.h"

/* ---- The costs ---- */

typedef struct nodes {
    cgm_node x, pa, z, maps, value[GAN_TUNING_VALUES];
} nodes;

static cgm_node distance(cgm_graph *g, cgm_node a, cgm_node b)
{
    return cgm_gan_mean(g, cgm_abs(g, cgm_sub(g, a, b)));
}

/* The generator as it answers queries; the encoder as in training. Noise maps of data are zeros, as abduction has them.
 */
static void build(const gan *m, cgm_graph *g, gan_phase phase, nodes *out)
{
    const gan_tuning *t = m->tuning;
    gan_networks held = cgm_gan_networks_at(m, g, phase), own = held;
    own.generator = t->params;
    const gan_tuning_options *o = &m->options.finetune;
    const cgm_variable *v = m->variable;
    int64_t n = (int64_t)t->batch;
    out->x =
        cgm_batch_input(g, "x", m->scale.n ? CGM_SHAPE(n, v->width) : CGM_SHAPE(n, v->channels, v->height, v->width));
    out->pa = cgm_gan_parents_input(m, g, n);
    out->z = cgm_batch_input(g, "z", CGM_SHAPE(n, m->options.latent));
    if (t->n_maps) out->maps = cgm_batch_input(g, "maps", CGM_SHAPE(n, (int64_t)t->n_maps));
    cgm_node x = cgm_gan_shrink(&held, g, cgm_gan_to_network(m, g, out->x));
    cgm_node code = cgm_gan_encode(&own, g, x, out->pa, CGM_MODE_TRAIN);
    gan_causes of_code = {.z = code, .pa = out->pa}, of_z = {.z = out->z, .pa = out->pa, .maps = out->maps};
    cgm_node again = cgm_gan_generate(&held, g, &of_code, CGM_MODE_EVAL);
    cgm_node made = cgm_gan_generate(&held, g, &of_z, CGM_MODE_EVAL);
    cgm_node found = cgm_gan_encode(&own, g, made, out->pa, CGM_MODE_TRAIN);
    out->value[GAN_TUNING_IMAGE] = distance(g, again, x);
    out->value[GAN_TUNING_LATENT] = distance(g, found, out->z);
    out->value[GAN_TUNING_LOSS] = cgm_add(g, cgm_affine(g, out->value[GAN_TUNING_IMAGE], o->image, 0),
                                          cgm_affine(g, out->value[GAN_TUNING_LATENT], o->latent, 0));
}

/* ---- The program ---- */

static cgm_status bind_input(gan_tuning *t, const cgm_graph *g, cgm_node node, cgm_real **memory)
{
    if (!node.id) return CGM_OK;
    size_t bytes = (size_t)cgm_shape_size(cgm_node_shape(g, node)) * sizeof **memory;
    *memory = cgm_alloc_aligned(bytes);
    if (!*memory) return CGM_E_MEMORY;
    t->bytes += bytes;
    cgm_workspace_bind(t->ws, node, *memory);
    return CGM_OK;
}

static cgm_status bind(const gan *m, const cgm_graph *g, const nodes *in)
{
    gan_tuning *t = m->tuning;
    cgm_params *generator = m->networks.generator;
    cgm_params_bind(generator, g, t->ws, cgm_params_ema(generator));
    cgm_params_bind(t->params, g, t->ws, cgm_params_values(t->params));
    cgm_params_bind_gradients(t->params, t->ws, GAN_TUNING_VALUES);
    for (size_t i = 0; i < GAN_TUNING_VALUES; i++) cgm_workspace_bind_output(t->ws, i, &t->value[i]);
    t->bytes = cgm_program_workspace_bytes(t->program) + cgm_params_bytes(t->params);
    CGM_TRY(bind_input(t, g, in->x, &t->x));
    CGM_TRY(bind_input(t, g, in->pa, &t->pa));
    CGM_TRY(bind_input(t, g, in->maps, &t->maps));
    return bind_input(t, g, in->z, &t->z);
}

void cgm_gan_tuning_clear(gan_tuning *t)
{
    cgm_workspace_destroy(t->ws);
    cgm_program_destroy(t->program);
    cgm_free_aligned(t->x);
    cgm_free_aligned(t->pa);
    cgm_free_aligned(t->maps);
    cgm_free_aligned(t->z);
    t->ws = NULL;
    t->program = NULL;
    t->x = t->pa = t->maps = t->z = NULL;
}

static cgm_status compile(const gan *m, cgm_graph *g, gan_phase phase)
{
    gan_tuning *t = m->tuning;
    nodes all = {0};
    build(m, g, phase, &all);
    CGM_TRY(cgm_graph_status(g));
    size_t n = cgm_params_count(t->params);
    cgm_node *outputs = calloc(GAN_TUNING_VALUES + n, sizeof *outputs);
    if (!outputs) return CGM_FAIL(CGM_E_MEMORY, "out of memory for training");
    memcpy(outputs, all.value, sizeof all.value);
    cgm_compile_opts opts = {.threads = t->threads, .bound_outputs = true};
    cgm_status status = cgm_params_gradients(t->params, g, all.value[GAN_TUNING_LOSS], outputs + GAN_TUNING_VALUES);
    if (status == CGM_OK) status = cgm_program_compile(g, GAN_TUNING_VALUES + n, outputs, &opts, &t->program);
    if (status == CGM_OK) status = cgm_workspace_create(t->program, &t->ws);
    if (status == CGM_OK) status = bind(m, g, &all);
    free(outputs);
    return status;
}

cgm_status cgm_gan_tuning_compile(const gan *m, gan_phase phase)
{
    cgm_graph *g = NULL;
    cgm_gan_tuning_clear(m->tuning);
    m->tuning->phase = phase;
    CGM_TRY(cgm_graph_create(&g));
    cgm_status status = compile(m, g, phase);
    cgm_graph_destroy(g);
    return status;
}

cgm_status cgm_gan_tuning_declare(const gan *m)
{
    gan_tuning *t = m->tuning;
    cgm_status status = CGM_OK;
    int last = m->networks.levels - 1;
    cgm_rng start = cgm_rng_create(0); /* the values are replaced when the stage starts */
    CGM_TRY(cgm_params_create(&t->params));
    for (int level = m->networks.shape.growing ? 0 : last; status == CGM_OK && level <= last; level++) {
        cgm_graph *g = NULL;
        nodes all = {0};
        bool fades = m->networks.shape.growing && level > 0;
        CGM_TRY(cgm_graph_create(&g));
        build(m, g, (gan_phase){level, fades ? 0.5 : 1}, &all);
        status = cgm_graph_status(g);
        cgm_graph_destroy(g);
    }
    if (status == CGM_OK) status = cgm_params_init(t->params, &start);
    if (status == CGM_OK) t->layout = cgm_params_layout(t->params);
    return status;
}
