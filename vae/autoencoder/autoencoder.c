/* The mechanism's class: creating, describing, state. */
#include "vae/autoencoder/autoencoder.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/number.h"
#include "scm/mechanism_table.h"
#include "vae/mechanism.h"

#define MAX_WIDTH 65536

static const char *const networks[] = {
    [AUTOENCODER_CONVOLUTIONAL] = "convolutional", [AUTOENCODER_DENSE] = "dense", NULL};
static const char *const losses[] = {[AUTOENCODER_MSE] = "mse", [AUTOENCODER_BCE] = "bce", NULL};

#define AT(member) offsetof(autoencoder_options, member)
static const cgm_key keys[] = {
    {"network", CGM_KEY_CHOICE, AT(network), false, 0, 0, networks,
     "of convolutions, or of linear layers (convolutional)"},
    {"latent", CGM_KEY_INT, AT(latent), false, 1, 4096, NULL, "width of the code z (16)"},
    {"widths", CGM_KEY_TEXTS, AT(widths), false, 0, 0, NULL,
     "the encoder's layers, the decoder's backwards: channels, each halving the image ([16, 32]); or units ([256, "
     "64])"},
    {"denoise", CGM_KEY_REAL, AT(denoise), false, 0, 100, NULL,
     "standard deviation of normal noise on what the encoder sees in training, pixels in [0, 1] (0)"},
    {"loss", CGM_KEY_CHOICE, AT(loss), false, 0, 0, losses,
     "mse: squared error; bce: cross-entropy to the grey levels (mse)"},
};

static void destroy(cgm_mechanism *base)
{
    autoencoder *m = (autoencoder *)base;
    if (!m) return;
    cgm_autoencoder_fit_end(base);
    for (int part = 0; part < AUTOENCODER_PARTS; part++) cgm_network_part_clear(&m->part[part]);
    cgm_params_destroy(m->params);
    free(m->mean);
    free(m->factor);
    free(m);
}

/* ---- Options ---- */

static cgm_status read_widths(autoencoder *m, const cgm_mechanism_spec *spec)
{
    static const int64_t usual[][2] = {[AUTOENCODER_CONVOLUTIONAL] = {16, 32}, [AUTOENCODER_DENSE] = {256, 64}};
    const cgm_texts *texts = &m->options.widths;
    const cgm_yaml *where = spec->options ? cgm_yaml_get(spec->options, "widths") : NULL;
    if (!where) {
        m->n_widths = 2;
        for (size_t i = 0; i < 2; i++) m->width[i] = usual[m->options.network][i];
        return CGM_OK;
    }
    if (!texts->n || texts->n > AUTOENCODER_MAX_WIDTHS)
        return cgm_yaml_fail(where, "widths: %zu layers; expected 1 to %d", texts->n, AUTOENCODER_MAX_WIDTHS);
    for (size_t i = 0; i < texts->n; i++)
        if (!cgm_integer_parse(texts->text[i], &m->width[i]) || m->width[i] < 1 || m->width[i] > MAX_WIDTH)
            return cgm_yaml_fail(where, "widths: '%s' is not a whole number from 1 to %d", texts->text[i], MAX_WIDTH);
    m->n_widths = texts->n;
    return CGM_OK;
}

static cgm_status check_image(const autoencoder *m)
{
    const cgm_variable *v = m->variable;
    int factor = 1 << m->n_widths;
    if (m->options.network == AUTOENCODER_DENSE || (v->height % factor == 0 && v->width % factor == 0)) return CGM_OK;
    return CGM_FAIL(CGM_E_CONFIG,
                    "%s: the image is %d x %d; %zu convolutions that halve it need sides that are multiples of %d "
                    "(data.pad adds pixels on every side; or network: dense)",
                    v->name, v->height, v->width, m->n_widths, factor);
}

static cgm_status read_options(autoencoder *m, const cgm_mechanism_spec *spec)
{
    m->options = (autoencoder_options){.network = AUTOENCODER_CONVOLUTIONAL, .latent = 16, .loss = AUTOENCODER_MSE};
    CGM_TRY(cgm_mechanism_read_options(&cgm_mechanism_autoencoder, spec, sizeof m->options, &m->options));
    CGM_TRY(read_widths(m, spec));
    m->options.widths = (cgm_texts){0}; /* they go with the config */
    return check_image(m);
}

/* ---- Creating ---- */

/* Builds the model once, on one row, which declares its parameters. */
static cgm_status declare(autoencoder *m)
{
    const cgm_variable *v = m->variable;
    cgm_graph *g = NULL;
    CGM_TRY(cgm_graph_create(&g));
    cgm_node x = cgm_input(g, "pixels", CGM_SHAPE(1, v->channels, v->height, v->width));
    cgm_autoencoder_loss(m, g, x, x, cgm_autoencoder_parents_input(m, g, 1));
    cgm_status status = cgm_graph_status(g);
    cgm_graph_destroy(g);
    return status;
}

/* The standard normal law, until there are codes. */
static cgm_status create_law(autoencoder *m)
{
    size_t n = (size_t)m->options.latent;
    m->mean = calloc(n, sizeof *m->mean);
    m->factor = calloc(n * n, sizeof *m->factor);
    if (!m->mean || !m->factor) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the law of %zu codes", n);
    for (size_t i = 0; i < n; i++) m->factor[i * n + i] = 1;
    return CGM_OK;
}

static cgm_status create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    cgm_status status = CGM_OK;
    const cgm_variable *v = spec->variable;
    autoencoder *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for mechanism \"%s\"", v->name);
    m->base.methods = &cgm_mechanism_autoencoder;
    m->variable = v;
    cgm_network_parents_init(spec->n_parents, spec->parents, &m->parents);
    CGM_TRY_GOTO(read_options(m, spec), done);
    cgm_image_nodes(v, (size_t)m->options.latent, m->node);
    CGM_TRY_GOTO(create_law(m), done);
    CGM_TRY_GOTO(cgm_params_create(&m->params), done);
    CGM_TRY_GOTO(declare(m), done);
    *out = &m->base;
done:
    if (status != CGM_OK) destroy(&m->base);
    return status;
}

static size_t nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = ((const autoencoder *)base)->node;
    return 2;
}

static void describe(const cgm_mechanism *base, size_t size, char *text)
{
    const autoencoder *m = (const autoencoder *)base;
    const char *denoising = m->options.denoise > 0 ? "denoising, " : "";
    snprintf(text, size, "%s = d(z, pa) + u, %s%s, %s; z of width %lld, %d x %d x %d pixels, %zu parameters",
             m->variable->name, denoising, networks[m->options.network], losses[m->options.loss],
             (long long)m->options.latent, m->variable->channels, m->variable->height, m->variable->width,
             cgm_params_elements(m->params));
}

static cgm_status state(cgm_mechanism *base, cgm_state *s)
{
    autoencoder *m = (autoencoder *)base;
    int64_t n = m->options.latent;
    CGM_TRY(cgm_state_add(s, CGM_F64, CGM_SHAPE(n), m->mean, "codes/mean"));
    CGM_TRY(cgm_state_add(s, CGM_F64, CGM_SHAPE(n, n), m->factor, "codes/factor"));
    return cgm_image_state(&m->parents, m->params, m->training, s);
}

const cgm_mechanism_class cgm_mechanism_autoencoder = {
    .kind = "autoencoder",
    .doc = "autoencoder of images, plain or denoising, with a normal law fitted to its codes; no likelihood",
    .variable_types = 1u << CGM_IMAGE,
    .parent_types = CGM_SCALAR_TYPES,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_ABDUCTS_EXACTLY,
    .n_keys = sizeof keys / sizeof keys[0],
    .keys = keys,
    .create = create,
    .destroy = destroy,
    .nodes = nodes,
    .describe = describe,
    .state = state,
    .fit_begin = cgm_autoencoder_fit_begin,
    .fit_step = cgm_autoencoder_fit_step,
    .fit_end = cgm_autoencoder_fit_end,
    .sample_noise = cgm_autoencoder_sample_noise,
    .predict = cgm_autoencoder_predict,
    .abduct = cgm_autoencoder_abduct,
};
