/* The mechanism's class: creating, describing, state. */
#include "vae/hvae/hvae.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mechanism_table.h"
#include "vae/mechanism.h"

#define MIN_LOG_SCALE (-9) /* of Gaussian pixels */

static const char *const blocks[] = {"bottleneck", "light", NULL};
static const char *const priors[] = {"exogenous", "conditional", NULL};
static const char *const counterfactuals[] = {"exact", "reference", NULL};

static const cgm_mechanism_class mixing;

#define AT(field) offsetof(hvae_options, field)

static const cgm_key keys[] = {
    {"encoder", CGM_KEY_TEXT, AT(notation.encoder), false, 0, 0, NULL,
     "stages RESOLUTIONbBLOCKS[dFACTOR], finest first (32b3d2,16b3d2,8b3d2,4b3d4,1b4)"},
    {"decoder", CGM_KEY_TEXT, AT(notation.decoder), false, 0, 0, NULL,
     "stages RESOLUTIONbSTAGES, coarsest first (1b4,4b4,8b4,16b4,32b4)"},
    {"widths", CGM_KEY_TEXT, AT(notation.widths), false, 0, 0, NULL,
     "channels of each resolution, finest first (16,32,64,128,256)"},
    {"bottleneck", CGM_KEY_INT, AT(notation.bottleneck), false, 1, 4096, NULL,
     "a block's outer width over its inner one (4)"},
    {"latent", CGM_KEY_INT, AT(latent), false, 1, 4096, NULL, "channels of each stage's latent variables (16)"},
    {"max_stochastic_resolution", CGM_KEY_INT, AT(notation.max_stochastic_resolution), false, 1, 65536, NULL,
     "stages above this resolution have no latent variables (192)"},
    {"bias_max_resolution", CGM_KEY_INT, AT(notation.bias_max_resolution), false, 1, 65536, NULL,
     "resolutions above this have no learnt bias map (64)"},
    {"block", CGM_KEY_CHOICE, AT(block), false, 0, 0, blocks,
     "bottleneck: GELU and convolutions 1x1, 3x3, 3x3, 1x1; light: ReLU and two 3x3 (bottleneck)"},
    {"prior", CGM_KEY_CHOICE, AT(prior), false, 0, 0, priors,
     "exogenous: z is independent of the parents; conditional: z is a latent mediator (exogenous)"},
    {"posterior_correction", CGM_KEY_BOOL, AT(posterior_correction), false, 0, 0, NULL,
     "the prior sees the decoder's state rather than one of its own (false)"},
    {"prior_drops", CGM_KEY_TEXTS, AT(prior_drops), false, 0, 0, NULL,
     "parents that a conditional prior does not see in some training steps"},
    {"prior_dropout", CGM_KEY_REAL, AT(prior_dropout), false, 0, 1, NULL, "the share of these steps (1/3)"},
    {"counterfactual", CGM_KEY_CHOICE, AT(counterfactual), false, 0, 0, counterfactuals,
     "exact: z keeps its noise under the prior; reference: the paper's mixture of posterior and prior (exact)"},
    {"alpha", CGM_KEY_REAL, AT(alpha), false, 0, 1, NULL, "the posterior's weight in that mixture (0.65)"},
    IMAGE_LIKELIHOOD_KEY(hvae_options),
};

static void destroy(cgm_mechanism *base)
{
    hvae *m = (hvae *)base;
    if (!m) return;
    cgm_hvae_fit_end(base);
    cgm_params_destroy(m->params);
    cgm_image_likelihood_destroy(m->likelihood);
    free(m);
}

/* ---- Reading the options ---- */

static cgm_status check_image(const cgm_mechanism_spec *spec)
{
    const cgm_variable *v = spec->variable;
    if (v->height == v->width) return CGM_OK;
    return CGM_FAIL(CGM_E_CONFIG, "%s: the image is %d x %d; an hvae needs a square one", v->name, v->height, v->width);
}

static const cgm_yaml *key_of(const cgm_mechanism_spec *spec, const char *key)
{
    const cgm_yaml *value = spec->options ? cgm_yaml_get(spec->options, key) : NULL;
    return value ? value : spec->options;
}

static cgm_status read_drops(hvae *m, const cgm_mechanism_spec *spec)
{
    const cgm_texts *drops = &m->options.prior_drops;
    const cgm_yaml *where = key_of(spec, "prior_drops");
    if (drops->n && m->options.prior != HVAE_CONDITIONAL)
        return cgm_yaml_fail(where, "prior_drops: the prior sees no parents; this needs prior: conditional");
    for (size_t k = 0; k < drops->n; k++) {
        size_t i = 0;
        while (i < spec->n_parents && strcmp(spec->parents[i]->name, drops->text[k]) != 0) i++;
        if (i == spec->n_parents)
            return cgm_yaml_fail(where, "prior_drops: %s has no parent '%s'", m->variable->name, drops->text[k]);
        m->drops[i] = m->drops_any = true;
    }
    return CGM_OK;
}

/* An option that would do nothing is a mistake. */
static cgm_status check_use(const hvae *m, const cgm_mechanism_spec *spec)
{
    if (!spec->options) return CGM_OK;
    const cgm_yaml *alpha = cgm_yaml_get(spec->options, "alpha"), *share = cgm_yaml_get(spec->options, "prior_dropout");
    if (alpha && !cgm_hvae_mixes(m))
        return cgm_yaml_fail(alpha, "alpha: only a mixture has weights; this needs counterfactual: reference");
    if (share && !m->drops_any)
        return cgm_yaml_fail(share, "prior_dropout: nothing is dropped; this needs prior_drops");
    return CGM_OK;
}

static cgm_status read_options(hvae *m, const cgm_mechanism_spec *spec)
{
    hvae_options *o = &m->options;
    *o = (hvae_options){.notation = {.encoder = "32b3d2,16b3d2,8b3d2,4b3d4,1b4",
                                     .decoder = "1b4,4b4,8b4,16b4,32b4",
                                     .widths = "16,32,64,128,256",
                                     .bottleneck = 4,
                                     .max_stochastic_resolution = 192,
                                     .bias_max_resolution = 64},
                        .latent = 16,
                        .prior_dropout = 1.0 / 3,
                        .alpha = 0.65};
    CGM_TRY(cgm_mechanism_read_options(&cgm_mechanism_hvae, spec, sizeof *o, o));
    CGM_TRY(cgm_hvae_architecture_read(&o->notation, m->variable->height, spec->options, &m->architecture));
    CGM_TRY(read_drops(m, spec));
    CGM_TRY(check_use(m, spec));
    size_t channels = (size_t)m->variable->channels;
    CGM_TRY(cgm_image_likelihood_create(o->likelihood, channels, MIN_LOG_SCALE, &m->likelihood));
    o->likelihood = NULL; /* what is borrowed goes with the config */
    o->notation = (hvae_notation){0};
    o->prior_drops = (cgm_texts){0};
    if (cgm_hvae_mixes(m) && !cgm_hvae_z_sees_parents(m))
        return cgm_yaml_fail(key_of(spec, "counterfactual"),
                             "counterfactual: z is the same under any parents; reference needs prior: conditional");
    return CGM_OK;
}

/* ---- Creating ---- */

static void place_latents(hvae *m)
{
    for (size_t i = 0; i < m->architecture.n_stages; i++) {
        m->first[i] = m->n_latents;
        if (cgm_hvae_is_stochastic(m, i)) m->n_latents += (size_t)cgm_shape_size(cgm_hvae_latent_shape(m, i, 1));
        m->first_shift[i] = m->n_shifts;
        m->n_shifts += (size_t)cgm_shape_size(cgm_hvae_state_shape(m, i, 1));
    }
    for (size_t k = 0; k < m->architecture.n_levels; k++)
        snprintf(m->level_name[k], sizeof m->level_name[k], "%d", (int)m->architecture.level[k].resolution);
}

static void describe_nodes(hvae *m)
{
    cgm_image_nodes(m->variable, m->n_latents, m->node);
    m->node[0].ignores_parents = !cgm_hvae_z_sees_parents(m);
    if (cgm_hvae_mixes(m)) m->node[0].noise_width *= HVAE_NOISES;
}

/* Builds the model once, on one row, which declares its parameters. */
static cgm_status declare(hvae *m)
{
    const cgm_variable *v = m->variable;
    cgm_arena arena = {0};
    image_bound bound = {.mode = CGM_MODE_EVAL, .arena = &arena};
    cgm_graph *g = NULL;
    CGM_TRY(cgm_graph_create(&g));
    cgm_node x = cgm_input(g, "pixels", CGM_SHAPE(1, v->channels, v->height, v->width));
    cgm_node pa = {0};
    if (m->parents.features) pa = cgm_input(g, "parents", CGM_SHAPE(1, (int64_t)m->parents.features));
    cgm_hvae_bound(m, g, x, pa, &bound);
    cgm_status status = cgm_graph_status(g);
    cgm_graph_destroy(g);
    cgm_arena_clear(&arena);
    return status;
}

static cgm_status create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    cgm_status status = CGM_OK;
    CGM_TRY(check_image(spec));
    hvae *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for mechanism \"%s\"", spec->variable->name);
    m->variable = spec->variable;
    cgm_network_parents_init(spec->n_parents, spec->parents, &m->parents);
    CGM_TRY_GOTO(read_options(m, spec), done);
    m->base.methods = cgm_hvae_mixes(m) ? &mixing : &cgm_mechanism_hvae;
    place_latents(m);
    describe_nodes(m);
    CGM_TRY_GOTO(cgm_params_create(&m->params), done);
    CGM_TRY_GOTO(declare(m), done);
    *out = &m->base;
done:
    if (status != CGM_OK) destroy(&m->base);
    return status;
}

static size_t nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = ((const hvae *)base)->node;
    return 2;
}

static void describe(const cgm_mechanism *base, size_t size, char *text)
{
    const hvae *m = (const hvae *)base;
    bool sees = cgm_hvae_z_sees_parents(m);
    snprintf(text, size,
             "%s = mu(z, pa) + sigma(z, pa) u; z%s of width %zu in %zu stages, %d x %d x %d pixels, %zu "
             "parameters",
             m->variable->name, sees ? " = f(pa, u_z)" : "", m->n_latents, m->architecture.n_stages,
             m->variable->channels, m->variable->height, m->variable->width, cgm_params_elements(m->params));
}

static cgm_status state(cgm_mechanism *base, cgm_state *s)
{
    hvae *m = (hvae *)base;
    cgm_hvae_memo_clear(m);
    return cgm_image_state(&m->parents, m->params, m->training, s);
}

#define HVAE_CLASS(exactly)                                                                                            \
    {                                                                                                                  \
        .kind = "hvae",                                                                                                \
        .doc = "hierarchical conditional variational autoencoder of images, with latent maps z at every resolution",   \
        .variable_types = 1u << CGM_IMAGE, .parent_types = CGM_SCALAR_TYPES,                                           \
        .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB_BOUND | (exactly),                          \
        .n_keys = sizeof keys / sizeof keys[0], .keys = keys, .create = create, .destroy = destroy, .nodes = nodes,    \
        .describe = describe, .state = state, .fit_begin = cgm_hvae_fit_begin, .fit_step = cgm_hvae_fit_step,          \
        .fit_end = cgm_hvae_fit_end, .log_prob = cgm_hvae_log_prob, .sample_noise = cgm_hvae_sample_noise,             \
        .predict = cgm_hvae_predict, .abduct = cgm_hvae_abduct, .tunable = cgm_hvae_tunable,                           \
        .generator = cgm_hvae_generator,                                                                               \
    }

const cgm_mechanism_class cgm_mechanism_hvae = HVAE_CLASS(CGM_ABDUCTS_EXACTLY);
/* Mixtures of posterior and prior: the parents as they were do not give the image again. */
static const cgm_mechanism_class mixing = HVAE_CLASS(0);
