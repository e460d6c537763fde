/* The mechanism's keys, and what goes with what. */
#include "config/number.h"
#include "gan/gan.h"
#include "scm/mechanism_table.h"

#define MAX_WIDTH 65536

#define NAME_OF(upper, lower) #lower,
static const char *const networks[] = {GAN_NETWORK_TABLE(NAME_OF) NULL};
static const char *const losses[] = {GAN_LOSS_TABLE(NAME_OF) NULL};
static const char *const penalties[] = {
    [GAN_PENALTY_NONE] = "none", [GAN_PENALTY_TWO_SIDED] = "two_sided", [GAN_PENALTY_ONE_SIDED] = "one_sided",
    [GAN_PENALTY_R1] = "r1",     [GAN_PENALTY_USUAL] = "usual",         NULL};
static const char *const critic_norms[] = {
    [GAN_CRITIC_PLAIN] = "none",  [GAN_CRITIC_BATCH] = "batch",       [GAN_CRITIC_INSTANCE] = "instance",
    [GAN_CRITIC_LAYER] = "layer", [GAN_CRITIC_SPECTRAL] = "spectral", NULL};
static const char *const generator_conditions[] = {
    [GAN_GENERATOR_CONCAT] = "concat", [GAN_GENERATOR_NORM] = "batch_norm", NULL};
static const char *const encoders[] = {[GAN_ENCODER_NONE] = "none", [GAN_ENCODER_ADVERSARIAL] = "adversarial", NULL};
static const char *const critic_conditions[] = {
    [GAN_CRITIC_CONCAT] = "concat", [GAN_CRITIC_PROJECTION] = "projection", NULL};

#define AT(member) offsetof(gan_options, member)
const cgm_key cgm_gan_keys[GAN_KEYS] = {
    {"network", CGM_KEY_CHOICE, AT(network), false, 0, 0, networks,
     "of both players: dcgan, convolutions; mlp, linear layers; progressive and style, square images of 4, 8, 16, ... "
     "pixels a side (dcgan; of a vector mlp)"},
    {"latent", CGM_KEY_INT, AT(latent), false, 1, 4096, NULL, "width of z (100)"},
    {"widths", CGM_KEY_TEXTS, AT(widths), false, 0, 0, NULL,
     "the generator's layers, the critic's backwards: channels, each doubling the image ([256, 128, 64]); or units "
     "([512, 512, 512])"},
    {"loss", CGM_KEY_CHOICE, AT(loss), false, 0, 0, losses,
     "what the players minimise (non_saturating; network: progressive wasserstein)"},
    {"penalty", CGM_KEY_CHOICE, AT(penalty), false, 0, 0, penalties,
     "of the critic's gradient: two_sided, one_sided; r1, of the data alone (two_sided with loss: wasserstein and "
     "neither clip_weights nor spectral norms; with another loss r1 of networks progressive and style; else none)"},
    {"penalty_weight", CGM_KEY_REAL, AT(penalty_weight), false, 0, 1e6, NULL, "its weight (10)"},
    {"clip_weights", CGM_KEY_REAL, AT(clip_weights), false, 0, 1e6, NULL,
     "the critic's parameters are held within +- this, 0: not (0; 0.01 with loss: wasserstein and penalty: none)"},
    {"label_smoothing", CGM_KEY_REAL, AT(label_smoothing), false, 0, 0.5, NULL,
     "the target of real samples is lower by this (0)"},
    {"critic_steps", CGM_KEY_INT, AT(critic_steps), false, 1, 1000, NULL,
     "moves of the critic to one of the generator (1; wasserstein 5, of networks progressive and style 1 too)"},
    {"critic_rate", CGM_KEY_REAL, AT(critic_rate), false, 1e-6, 1e6, NULL,
     "the critic's learning rate as a multiple of train.rate, the generator's (1)"},
    {"critic_norm", CGM_KEY_CHOICE, AT(shape.critic_norm), false, 0, 0, critic_norms,
     "normalisation of the critic's layers (batch; with a penalty, clipped weights or another network than dcgan "
     "none)"},
    {"generator_condition", CGM_KEY_CHOICE, AT(shape.generator_condition), false, 0, 0, generator_conditions,
     "how the generator takes the parents: concat, beside z; batch_norm, as scale and shift of its normalisations "
     "(concat)"},
    {"critic_condition", CGM_KEY_CHOICE, AT(shape.critic_condition), false, 0, 0, critic_conditions,
     "how the critic takes them: concat, as channels; projection, by their product with its features (concat)"},
    {"encoder", CGM_KEY_CHOICE, AT(encoder), false, 0, 0, encoders,
     "adversarial: an encoder is trained beside the generator, so that there are counterfactuals (none)"},
    {"cycle_weight", CGM_KEY_REAL, AT(cycle_weight), false, 0, 1e6, NULL,
     "with an encoder: weight of the mean absolute difference, in [-1, 1], of data to what the generator makes of "
     "their "
     "codes (1)"},
    {"drift", CGM_KEY_REAL, AT(drift), false, 0, 1e6, NULL,
     "weight of the mean square of the data's scores in the critic's loss (0; network: progressive with loss: "
     "wasserstein 0.001)"},
    {"width", CGM_KEY_INT, AT(shape.width), false, 1, MAX_WIDTH, NULL,
     "network progressive or style: channels at the highest resolution; twice as many at each halving (16)"},
    {"max_width", CGM_KEY_INT, AT(shape.max_width), false, 1, MAX_WIDTH, NULL, "and at most so many (128)"},
    {"growing", CGM_KEY_BOOL, AT(shape.growing), false, 0, 0, NULL,
     "they are trained at 4x4 pixels first, then at twice as many, and so on (yes; network: style no)"},
    {"fade", CGM_KEY_REAL, AT(fade), false, 0, 1e15, NULL,
     "growing: images over which a resolution is faded in; below 1 a share of all that training shows the critic "
     "(20000, or fewer so that growing takes half of the training)"},
    {"stable", CGM_KEY_REAL, AT(stable), false, 0, 1e15, NULL, "and images for which it is then trained (as fade)"},
    {"mapping", CGM_KEY_INT, AT(shape.mapping), false, 1, 64, NULL,
     "network: style: layers from z to the style, each as wide as z (8)"},
    {"mixing", CGM_KEY_REAL, AT(shape.mixing), false, 0, 1, NULL,
     "share of training's samples that have another style from some layer on (0.9)"},
    {"truncation", CGM_KEY_REAL, AT(shape.truncation), false, 0, 1, NULL,
     "factor on how far a sample's style is from the mean style of its parents (1)"},
    {"smooth", CGM_KEY_BOOL, AT(shape.smooth), false, 0, 0, NULL,
     "bilinear up- and down-sampling instead of repeating and averaging (yes)"},
    {"finetune", CGM_KEY_NODE, AT(finetune_map), false, 0, 0, NULL,
     "with an encoder: it is trained alone after the game, by what it and the generator make of data and of codes: a "
     "map "
     "of epochs (10), rate (train.rate) and the weights of the mean absolute differences, image (1) and latent (1)"},
};

#undef AT
#define AT(member) offsetof(gan_tuning_options, member)
static const cgm_key tuning_keys[] = {
    {"epochs", CGM_KEY_INT, AT(epochs), false, 1, 1e6, NULL, "passes over the training rows (10)"},
    {"rate", CGM_KEY_REAL, AT(rate), false, 1e-12, 10, NULL, "learning rate (train.rate)"},
    {"image", CGM_KEY_REAL, AT(image), false, 0, 1e6, NULL,
     "weight of the mean absolute difference of data to what the generator makes of their codes (1)"},
    {"latent", CGM_KEY_REAL, AT(latent), false, 0, 1e6, NULL,
     "weight of that of codes to the codes of what the generator makes of them (1)"},
};

#define UNSAID_CHOICE (-1)

/* `finetune: {epochs: 5, ...}`; a map of none of its keys asks for the stage too. */
static cgm_status read_finetune(gan_options *o)
{
    const cgm_yaml *map = o->finetune_map;
    o->finetune_map = NULL; /* it goes with the config */
    if (!map) return CGM_OK;
    o->finetune = (gan_tuning_options){.epochs = 10, .rate = GAN_UNSAID, .image = 1, .latent = 1};
    if (o->encoder == GAN_ENCODER_NONE)
        return cgm_yaml_fail(map, "finetune: there is no encoder (encoder: adversarial)");
    if (cgm_yaml_get_kind(map) != CGM_YAML_MAP)
        return cgm_yaml_fail(map, "finetune: expected a map such as {epochs: 10, image: 1, latent: 1}");
    CGM_TRY(cgm_yaml_read(map, "finetune", sizeof tuning_keys / sizeof *tuning_keys, tuning_keys, &o->finetune));
    if (o->finetune.image > 0 || o->finetune.latent > 0) return CGM_OK;
    return cgm_yaml_fail(map, "finetune: image and latent are both 0; expected a weight above 0");
}

static cgm_status read_widths(gan *m, const cgm_mechanism_spec *spec)
{
    gan_networks *n = &m->networks;
    const cgm_texts *texts = &m->options.widths;
    const cgm_yaml *where = said(spec, "widths");
    if (n->kind->pyramid) return CGM_OK;
    n->n_widths = where ? texts->n : n->kind->n_usual;
    if (!n->n_widths || n->n_widths > GAN_MAX_WIDTHS)
        return cgm_yaml_fail(where, "widths: %zu layers; expected 1 to %d", texts->n, GAN_MAX_WIDTHS);
    for (size_t i = 0; i < n->n_widths; i++) {
        n->width[i] = n->kind->usual[i];
        if (where && (!cgm_integer_parse(texts->text[i], &n->width[i]) || n->width[i] < 1 || n->width[i] > MAX_WIDTH))
            return cgm_yaml_fail(where, "widths: '%s' is not a whole number from 1 to %d", texts->text[i], MAX_WIDTH);
    }
    m->options.widths = (cgm_texts){0}; /* they go with the config */
    return CGM_OK;
}

/* What the config leaves to the model. */
static void decide(gan_options *o)
{
    bool pyramid = cgm_gan_network((gan_network_kind)o->network)->pyramid;
    if (o->loss == UNSAID_CHOICE)
        o->loss = o->network == GAN_NETWORK_PROGRESSIVE ? GAN_LOSS_WASSERSTEIN : GAN_LOSS_NON_SATURATING;
    bool estimates = cgm_gan_loss((gan_loss_kind)o->loss)->estimates;
    bool spectral = o->shape.critic_norm == GAN_CRITIC_SPECTRAL;
    if (o->penalty == GAN_PENALTY_USUAL)
        o->penalty = spectral || o->clip_weights > 0 ? GAN_PENALTY_NONE
                     : estimates                     ? GAN_PENALTY_TWO_SIDED
                     : pyramid                       ? GAN_PENALTY_R1
                                                     : GAN_PENALTY_NONE;
    if (o->clip_weights == GAN_UNSAID)
        o->clip_weights = estimates && !spectral && o->penalty == GAN_PENALTY_NONE ? 0.01 : 0;
    if (o->penalty_weight == GAN_UNSAID) o->penalty_weight = 10;
    if (!o->critic_steps) o->critic_steps = estimates && !pyramid ? 5 : 1;
    if (o->drift == GAN_UNSAID) o->drift = estimates && o->network == GAN_NETWORK_PROGRESSIVE ? 0.001 : 0;
    bool bounded = o->penalty != GAN_PENALTY_NONE || o->clip_weights > 0;
    if (o->shape.critic_norm == UNSAID_CHOICE)
        o->shape.critic_norm = bounded || o->network != GAN_NETWORK_DCGAN ? GAN_CRITIC_PLAIN : GAN_CRITIC_BATCH;
}

/* What contradicts itself, and what would do nothing. */
static cgm_status check(const gan *m, const cgm_mechanism_spec *spec)
{
    const gan_options *o = &m->options;
    const gan_loss *loss = cgm_gan_loss((gan_loss_kind)o->loss);
    bool penalised = o->penalty != GAN_PENALTY_NONE;
    if (penalised && o->shape.critic_norm == GAN_CRITIC_BATCH)
        return cgm_yaml_fail(
            said(spec, "critic_norm"),
            "critic_norm: batch makes the score of a sample depend on the others of its batch, but the "
            "penalty is of each sample's own gradient; expected none, layer or instance");
    if (penalised && o->clip_weights > 0)
        return cgm_yaml_fail(said(spec, "clip_weights"),
                             "clip_weights: the critic's gradient is penalised already; expected one of the two");
    if (!penalised && said(spec, "penalty_weight"))
        return cgm_yaml_fail(said(spec, "penalty_weight"), "penalty_weight: there is no penalty (penalty: two_sided)");
    if (o->label_smoothing > 0 && !loss->smooths)
        return cgm_yaml_fail(said(spec, "label_smoothing"), "label_smoothing: loss %s has no targets to smooth",
                             loss->name);
    if (o->encoder == GAN_ENCODER_NONE && said(spec, "cycle_weight"))
        return cgm_yaml_fail(said(spec, "cycle_weight"), "cycle_weight: there is no encoder (encoder: adversarial)");
    if (m->networks.features) return CGM_OK;
    for (int k = 0; k < 2; k++) {
        const char *key = k ? "critic_condition" : "generator_condition";
        if (said(spec, key)) return cgm_yaml_fail(said(spec, key), "%s: the variable has no parents", key);
    }
    return CGM_OK;
}

cgm_status cgm_gan_read_options(gan *m, const cgm_mechanism_spec *spec)
{
    m->options = (gan_options){.network = m->variable->type == CGM_IMAGE ? GAN_NETWORK_DCGAN : GAN_NETWORK_MLP,
                               .latent = 100,
                               .loss = UNSAID_CHOICE,
                               .drift = GAN_UNSAID,
                               .fade = GAN_GROWTH_UNSAID,
                               .stable = GAN_GROWTH_UNSAID,
                               .penalty = GAN_PENALTY_USUAL,
                               .penalty_weight = GAN_UNSAID,
                               .clip_weights = GAN_UNSAID,
                               .critic_rate = 1,
                               .cycle_weight = 1,
                               .shape = {.critic_norm = UNSAID_CHOICE,
                                         .width = 16,
                                         .max_width = 128,
                                         .growing = true,
                                         .mapping = 8,
                                         .mixing = 0.9,
                                         .truncation = 1,
                                         .smooth = true}};
    CGM_TRY(cgm_mechanism_read_options(&cgm_mechanism_gan, spec, sizeof m->options, &m->options));
    decide(&m->options);
    CGM_TRY(read_finetune(&m->options));
    gan_networks *n = &m->networks;
    n->kind = cgm_gan_network((gan_network_kind)m->options.network);
    n->shape = m->options.shape;
    n->latent = m->options.latent;
    n->encodes = m->options.encoder != GAN_ENCODER_NONE;
    cgm_gan_set_levels(m, spec);
    CGM_TRY(read_widths(m, spec));
    CGM_TRY(check(m, spec));
    CGM_TRY(cgm_gan_check_levels(m, spec));
    if (!(n->kind->variable_types & 1u << m->variable->type))
        return cgm_yaml_fail(said(spec, "network"), "network: %s makes no %s variables", n->kind->name,
                             cgm_variable_type_name(m->variable));
    return n->kind->check(n);
}

/* Radford et al. 2016; Gulrajani et al. 2017, algorithm 1; Arjovsky et al. 2017, algorithm 1; of pyramids Karras et al.
 * 2018, appendix A.1, and 2019, appendix C. */
cgm_train_defaults cgm_gan_usual_training(const gan *m)
{
    cgm_train_defaults usual = {.rate = 2e-4, .rule = cgm_optimizer_usual(CGM_OPTIMIZER_ADAM)};
    usual.rule.beta1 = 0.5;
    if (m->networks.kind->pyramid) {
        usual.rate = 1e-3;
        usual.rule.beta1 = 0;
        usual.rule.beta2 = 0.99;
    } else if (m->options.penalty != GAN_PENALTY_NONE) {
        usual.rate = 1e-4;
        usual.rule.beta1 = 0;
        usual.rule.beta2 = 0.9;
    } else if (m->options.clip_weights > 0) {
        usual.rate = 5e-5;
        usual.rule = cgm_optimizer_usual(CGM_OPTIMIZER_RMSPROP);
    }
    return usual;
}
