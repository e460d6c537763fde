/* The mechanism's class: creating, describing, state. */
#include "gan/gan_tuning.h"

#include <stdio.h>
#include <stdlib.h>

#include "scm/mechanism_table.h"

static const cgm_mechanism_class with_encoder;

static void destroy(cgm_mechanism *base)
{
    gan *m = (gan *)base;
    if (!m) return;
    cgm_gan_fit_end(base);
    for (int part = 0; part < GAN_PARTS; part++) cgm_network_part_clear(&m->part[part]);
    cgm_params_destroy(m->networks.generator);
    cgm_params_destroy(m->networks.critic);
    cgm_network_scale_clear(&m->scale);
    free(m);
}

/* ---- Creating ---- */

static cgm_shape shape_of(const cgm_variable *v)
{
    return v->type == CGM_VECTOR ? CGM_SHAPE(v->width) : CGM_SHAPE(v->channels, v->height, v->width);
}

/* An internal node of so many normal numbers. */
static cgm_mechanism_node noise_node(const char *name, int64_t width)
{
    return (cgm_mechanism_node){name, (size_t)width, (size_t)width, CGM_SHAPE(width), .ignores_parents = true};
}

static void add_nodes(gan *m)
{
    const gan_networks *n = &m->networks;
    size_t size = cgm_variable_width(m->variable);
    m->node[m->n_nodes++] = noise_node("z", m->options.latent);
    if (n->kind->maps) m->node[m->n_nodes++] = noise_node("maps", n->kind->maps(n->levels - 1));
    m->node[m->n_nodes++] =
        (cgm_mechanism_node){.width = size, .noise_width = n->encodes ? size : 0, .shape = shape_of(m->variable)};
}

static cgm_status create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    cgm_status status = CGM_OK;
    const cgm_variable *v = spec->variable;
    gan *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for mechanism \"%s\"", v->name);
    m->variable = m->networks.variable = v;
    cgm_network_parents_init(spec->n_parents, spec->parents, &m->parents);
    m->networks.features = (int64_t)m->parents.features;
    CGM_TRY_GOTO(cgm_gan_read_options(m, spec), done);
    m->base.methods = m->networks.encodes ? &with_encoder : &cgm_mechanism_gan;
    add_nodes(m);
    if (v->type == CGM_VECTOR) CGM_TRY_GOTO(cgm_network_scale_create(v, &m->scale), done);
    CGM_TRY_GOTO(cgm_params_create(&m->networks.generator), done);
    CGM_TRY_GOTO(cgm_params_create(&m->networks.critic), done);
    CGM_TRY_GOTO(cgm_gan_declare(cgm_gan_move, m, 2, m->networks.shape.growing ? m->networks.levels : 1), done);
    *out = &m->base;
done:
    if (status != CGM_OK) destroy(&m->base);
    return status;
}

static size_t nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = ((const gan *)base)->node;
    return ((const gan *)base)->n_nodes;
}

static void describe(const cgm_mechanism *base, size_t size, char *text)
{
    const gan *m = (const gan *)base;
    const char *penalised = m->options.penalty != GAN_PENALTY_NONE ? ", gradient penalty"
                            : m->options.clip_weights > 0          ? ", clipped weights"
                                                                   : "";
    char grown[64] = "";
    if (m->networks.shape.growing && !cgm_gan_growth_is_whole(&m->growth))
        snprintf(grown, sizeof grown, ", grown to level %d of %d", (int)m->growth.level + 1, m->growth.levels);
    snprintf(text, size, "%s = G(z, pa), %s%s, %s%s; z of width %lld, %zu numbers, %zu + %zu parameters",
             m->variable->name, m->networks.kind->name, grown, cgm_gan_loss((gan_loss_kind)m->options.loss)->name,
             penalised, (long long)m->options.latent, cgm_variable_width(m->variable),
             cgm_params_elements(m->networks.generator), cgm_params_elements(m->networks.critic));
}

static cgm_status state(cgm_mechanism *base, cgm_state *s)
{
    gan *m = (gan *)base;
    CGM_TRY(cgm_network_parents_state(&m->parents, s));
    if (m->scale.n) CGM_TRY(cgm_network_scale_state(&m->scale, s));
    if (m->networks.shape.growing) CGM_TRY(cgm_gan_growth_state(&m->growth, s));
    CGM_TRY(cgm_gan_state(m->networks.generator, m->networks.critic, m->training, s));
    return cgm_gan_tuning_state(m, s);
}

#define GAN_CLASS(abducts)                                                                                             \
    {                                                                                                                  \
        .kind = "gan",                                                                                                 \
        .doc = "generative adversarial network of images or vectors; no likelihood, counterfactuals with an encoder",  \
        .variable_types = 1u << CGM_IMAGE | 1u << CGM_VECTOR, .parent_types = CGM_SCALAR_TYPES,                        \
        .capabilities = CGM_CAN_SAMPLE | (abducts), .n_keys = GAN_KEYS, .keys = cgm_gan_keys, .create = create,        \
        .destroy = destroy, .nodes = nodes, .describe = describe, .state = state, .fit_begin = cgm_gan_fit_begin,      \
        .fit_step = cgm_gan_fit_step, .fit_cut = cgm_gan_fit_cut, .fit_end = cgm_gan_fit_end,                          \
        .sample_noise = cgm_gan_sample_noise, .predict = cgm_gan_predict, .abduct = cgm_gan_abduct,                    \
        .score = cgm_gan_score_values, .generator = cgm_gan_generator,                                                 \
    }

const cgm_mechanism_class cgm_mechanism_gan = GAN_CLASS(0);
static const cgm_mechanism_class with_encoder = GAN_CLASS(CGM_CAN_ABDUCT | CGM_ABDUCTS_EXACTLY);
