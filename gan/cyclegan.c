/* The mechanism's class: options, creating, describing, state. */
#include "gan/cyclegan.h"

#include <stdio.h>
#include <stdlib.h>

#include "scm/mechanism_table.h"

#define NAME_OF(upper, lower) #lower,
static const char *const networks[] = {GAN_TRANSLATOR_TABLE(NAME_OF) NULL};

#define AT(member) offsetof(cyclegan_options, member)
static const cgm_key keys[] = {
    {"network", CGM_KEY_CHOICE, AT(network), false, 0, 0, networks,
     "of the generators: resnet, residual blocks; unet, joined at each size (resnet)"},
    {"width", CGM_KEY_INT, AT(width), false, 1, 4096, NULL, "channels of the generators' first layer (32)"},
    {"blocks", CGM_KEY_INT, AT(blocks), false, 1, 64, NULL,
     "of resnet: residual blocks (6); of unet: layers that halve the image (4)"},
    {"critic_width", CGM_KEY_INT, AT(critic_width), false, 1, 4096, NULL, "channels of the critics' first layer (32)"},
    {"critic_layers", CGM_KEY_INT, AT(critic_layers), false, 1, 8, NULL,
     "of the critics, that halve the image: with 3 a score is of 70 x 70 pixels, with 2 of 34, with 1 of 16 (3)"},
    {"cycle", CGM_KEY_REAL, AT(cycle), false, 0, 1e6, NULL,
     "weight of the distance of an image translated there and back from itself (10)"},
    {"identity", CGM_KEY_REAL, AT(identity), false, 0, 1e6, NULL,
     "weight of the distance of an image from its translation to its own domain, 0: not computed (5)"},
    {"buffer", CGM_KEY_INT, AT(buffer), false, 0, 100000, NULL,
     "images made earlier, of each domain, that a critic sees instead of a new one half of the time, 0: none (50)"},
};

static void destroy(cgm_mechanism *base)
{
    cyclegan *m = (cyclegan *)base;
    if (!m) return;
    cgm_cyclegan_fit_end(base);
    for (int d = 0; d < GAN_DOMAINS; d++) cgm_network_part_clear(&m->generator[d]);
    cgm_params_destroy(m->networks.generators);
    cgm_params_destroy(m->networks.critics);
    free(m);
}

/* ---- Creating ---- */

static cgm_status check_domain(const cgm_mechanism_spec *spec)
{
    const cgm_variable *v = spec->n_parents == 1 ? spec->parents[0] : NULL;
    if (v && cgm_variable_has_levels(v) && v->levels == GAN_DOMAINS) return CGM_OK;
    if (!v)
        return cgm_yaml_fail(spec->options,
                             "%s: a cyclegan has one parent, the domain; expected parents: [NAME] instead of %zu",
                             spec->variable->name, spec->n_parents);
    return cgm_yaml_fail(spec->options, "%s: a cyclegan translates between two domains; %s, its parent, has %d levels",
                         spec->variable->name, v->name, cgm_variable_has_levels(v) ? v->levels : 0);
}

static cgm_status read_options(cyclegan *m, const cgm_mechanism_spec *spec)
{
    cyclegan_options *o = &m->options;
    *o = (cyclegan_options){
        .width = 32, .critic_width = 32, .critic_layers = 3, .cycle = 10, .identity = 5, .buffer = 50};
    CGM_TRY(cgm_mechanism_read_options(&cgm_mechanism_cyclegan, spec, sizeof *o, o));
    const gan_translator *kind = cgm_gan_translator((gan_translator_kind)o->network);
    if (!o->blocks) o->blocks = kind->usual_blocks;
    m->networks = (gan_translators){.kind = kind,
                                    .variable = m->variable,
                                    .width = o->width,
                                    .blocks = o->blocks,
                                    .critic_width = o->critic_width,
                                    .critic_layers = o->critic_layers};
    return cgm_gan_translators_check(&m->networks);
}

static cgm_status create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    cgm_status status = CGM_OK;
    const cgm_variable *v = spec->variable;
    CGM_TRY(check_domain(spec));
    cyclegan *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for mechanism \"%s\"", v->name);
    m->base.methods = &cgm_mechanism_cyclegan;
    m->variable = v;
    m->domain = spec->parents[0];
    cgm_network_parents_init(spec->n_parents, spec->parents, &m->parents);
    CGM_TRY_GOTO(read_options(m, spec), done);
    size_t pixels = cgm_variable_width(v), origin = pixels + 1;
    m->node[0] = (cgm_mechanism_node){"origin", origin, origin, CGM_SHAPE((int64_t)origin), .ignores_parents = true};
    m->node[1] = (cgm_mechanism_node){.width = pixels, .shape = CGM_SHAPE(v->channels, v->height, v->width)};
    CGM_TRY_GOTO(cgm_params_create(&m->networks.generators), done);
    CGM_TRY_GOTO(cgm_params_create(&m->networks.critics), done);
    CGM_TRY_GOTO(cgm_gan_declare(cgm_cyclegan_move, m, 1, 1), done);
    *out = &m->base;
done:
    if (status != CGM_OK) destroy(&m->base);
    return status;
}

static size_t nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = ((const cyclegan *)base)->node;
    return 2;
}

static void describe(const cgm_mechanism *base, size_t size, char *text)
{
    const cyclegan *m = (const cyclegan *)base;
    char a[CGM_VALUE_TEXT], b[CGM_VALUE_TEXT];
    snprintf(text, size, "%s = G(%s) between %s %s and %s, %s; %d x %d x %d pixels, %zu + %zu parameters",
             m->variable->name, m->variable->name, m->domain->name, cgm_variable_text(m->domain, 0, a),
             cgm_variable_text(m->domain, 1, b), m->networks.kind->name, m->variable->channels, m->variable->height,
             m->variable->width, cgm_params_elements(m->networks.generators), cgm_params_elements(m->networks.critics));
}

static cgm_status state(cgm_mechanism *base, cgm_state *s)
{
    cyclegan *m = (cyclegan *)base;
    return cgm_gan_state(m->networks.generators, m->networks.critics, m->training, s);
}

const cgm_mechanism_class cgm_mechanism_cyclegan = {
    .kind = "cyclegan",
    .doc = "translation between two domains of images, learnt without pairs; counterfactuals, but no samples",
    .variable_types = 1u << CGM_IMAGE,
    .parent_types = CGM_LEVEL_TYPES,
    .capabilities = CGM_CAN_ABDUCT | CGM_ABDUCTS_EXACTLY,
    .n_keys = sizeof keys / sizeof keys[0],
    .keys = keys,
    .create = create,
    .destroy = destroy,
    .nodes = nodes,
    .describe = describe,
    .state = state,
    .fit_begin = cgm_cyclegan_fit_begin,
    .fit_step = cgm_cyclegan_fit_step,
    .fit_end = cgm_cyclegan_fit_end,
    .predict = cgm_cyclegan_predict,
    .abduct = cgm_cyclegan_abduct,
};
