/* The mechanism's class: creating, describing, state. */
#include "vae/cvae/cvae.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mechanism_table.h"
#include "vae/mechanism.h"

#define MIN_LOG_SCALE (-6) /* of Gaussian pixels */

static const cgm_key keys[] = {
    {"latent", CGM_KEY_INT, offsetof(cvae_options, latent), false, 1, 4096, NULL, "width of the latent z (16)"},
    {"width", CGM_KEY_INT, offsetof(cvae_options, width), false, 1, 4096, NULL, "channels at full resolution (32)"},
    {"hidden", CGM_KEY_INT, offsetof(cvae_options, hidden), false, 1, 65536, NULL, "units of the linear layers (128)"},
    IMAGE_LIKELIHOOD_KEY(cvae_options),
};

static const cgm_mechanism_class inexact;

static void destroy(cgm_mechanism *base)
{
    cvae *m = (cvae *)base;
    if (!m) return;
    cgm_cvae_fit_end(base);
    for (int part = 0; part < CVAE_PARTS; part++) cgm_network_part_clear(&m->part[part]);
    cgm_params_destroy(m->params);
    cgm_image_likelihood_destroy(m->likelihood);
    free(m);
}

static cgm_status check_image(const cgm_mechanism_spec *spec)
{
    const cgm_variable *v = spec->variable;
    if (v->height >= CVAE_FACTOR && v->width >= CVAE_FACTOR && v->height % CVAE_FACTOR == 0 &&
        v->width % CVAE_FACTOR == 0)
        return CGM_OK;
    int pad = (CVAE_FACTOR - v->height % CVAE_FACTOR) % CVAE_FACTOR;
    return CGM_FAIL(
        CGM_E_CONFIG,
        "%s: the image is %d x %d; a cvae needs sides that are multiples of %d (data.pad adds pixels on every "
        "side%s)",
        v->name, v->height, v->width, CVAE_FACTOR, pad == 4 ? ": try pad: 2" : "");
}

/* Builds the model once, on one row, which declares its parameters. */
static cgm_status declare(cvae *m)
{
    const cgm_variable *v = m->variable;
    cgm_graph *g = NULL;
    CGM_TRY(cgm_graph_create(&g));
    cgm_node x = cgm_input(g, "pixels", CGM_SHAPE(1, v->channels, v->height, v->width));
    cgm_node pa = cgm_cvae_parents_input(m, g, 1);
    cgm_cvae_elbo(m, g, x, pa, cgm_input(g, "eps", CGM_SHAPE(1, m->options.latent)), (cgm_node){0});
    cgm_status status = cgm_graph_status(g);
    cgm_graph_destroy(g);
    return status;
}

static cgm_status create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    cgm_status status = CGM_OK;
    const cgm_variable *v = spec->variable;
    CGM_TRY(check_image(spec));
    cvae *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for mechanism \"%s\"", v->name);
    m->base.methods = &cgm_mechanism_cvae;
    m->variable = v;
    cgm_network_parents_init(spec->n_parents, spec->parents, &m->parents);
    m->options = (cvae_options){.latent = 16, .width = 32, .hidden = 128};
    CGM_TRY_GOTO(cgm_mechanism_read_options(&cgm_mechanism_cvae, spec, sizeof m->options, &m->options), done);
    CGM_TRY_GOTO(cgm_image_likelihood_create(m->options.likelihood, (size_t)v->channels, MIN_LOG_SCALE, &m->likelihood),
                 done);
    m->options.likelihood = NULL; /* it goes with the config */
    if (!m->likelihood->methods->exact) m->base.methods = &inexact;
    cgm_image_nodes(v, (size_t)m->options.latent, m->node);
    CGM_TRY_GOTO(cgm_params_create(&m->params), done);
    CGM_TRY_GOTO(declare(m), done);
    *out = &m->base;
done:
    if (status != CGM_OK) destroy(&m->base);
    return status;
}

static size_t nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = ((const cvae *)base)->node;
    return 2;
}

static void describe(const cgm_mechanism *base, size_t size, char *text)
{
    const cvae *m = (const cvae *)base;
    snprintf(text, size, "%s = f(z, pa, u), %s; z of width %lld, %d x %d x %d pixels, %zu parameters",
             m->variable->name, m->likelihood->methods->kind, (long long)m->options.latent, m->variable->channels,
             m->variable->height, m->variable->width, cgm_params_elements(m->params));
}

static cgm_status state(cgm_mechanism *base, cgm_state *s)
{
    cvae *m = (cvae *)base;
    return cgm_image_state(&m->parents, m->params, m->training, s);
}

#define COMMON                                                                                                         \
    .kind = "cvae", .variable_types = 1u << CGM_IMAGE, .parent_types = CGM_SCALAR_TYPES,                               \
    .doc = "conditional variational autoencoder of images, with a latent z that is independent of the parents",        \
    .n_keys = sizeof keys / sizeof keys[0], .keys = keys, .create = create, .destroy = destroy, .nodes = nodes,        \
    .describe = describe, .state = state, .fit_begin = cgm_cvae_fit_begin, .fit_step = cgm_cvae_fit_step,              \
    .fit_end = cgm_cvae_fit_end, .log_prob = cgm_cvae_log_prob, .sample_noise = cgm_cvae_sample_noise,                 \
    .predict = cgm_cvae_predict, .abduct = cgm_cvae_abduct, .posterior = cgm_cvae_posterior,                           \
    .tunable = cgm_cvae_tunable, .generator = cgm_cvae_generator

const cgm_mechanism_class cgm_mechanism_cvae = {
    COMMON,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB_BOUND | CGM_ABDUCTS_EXACTLY,
};
/* With a likelihood that does not give every pixel back. */
static const cgm_mechanism_class inexact = {
    COMMON,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB_BOUND,
};
