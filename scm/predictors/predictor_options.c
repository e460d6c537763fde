/* The options of a predictor. */
#include <stdio.h>

#include "scm/object.h"
#include "scm/predictors/network.h"

#define USUAL_EPOCHS 20
#define USUAL_VALIDATION 0.1
#define USUAL_PATIENCE 5

#define ROW(upper, lower) [PREDICTOR_NETWORK_##upper] = #lower,
static const char *const networks[] = {PREDICTOR_NETWORK_TABLE(ROW) NULL};
#undef ROW

static const char *const shares[] = {"all", "first half", "second half", NULL};

#define AT(member) offsetof(predictor_options, member)
static const cgm_key keys[] = {
    {"from", CGM_KEY_TEXT, AT(from), true, 0, 0, NULL, "the image that it reads"},
    {"of", CGM_KEY_TEXT, AT(of), false, 0, 0, NULL, "the attribute that it predicts (the predictor's name)"},
    {"given", CGM_KEY_TEXTS, AT(given), false, 0, 0, NULL, "other attributes that it sees beside the image ([])"},
    {"rows", CGM_KEY_CHOICE, AT(rows), false, 0, 0, shares,
     "training rows that it sees: all, first half or second half; one that tunes and one that judges must have none in "
     "common (all)"},
    {"network", CGM_KEY_CHOICE, AT(network), false, 0, 0, networks,
     "convolutional: six convolutions; residual: a convolution and six residual blocks of two each; both with batch "
     "normalisation (convolutional)"},
    {"width", CGM_KEY_INT, AT(width), false, 1, 256, NULL,
     "channels of the first layer (convolutional: 8; residual: 16)"},
    {"epochs", CGM_KEY_INT, AT(epochs), false, 1, 1e6, NULL, "passes over the rows that it is fitted to (20)"},
    {"minutes", CGM_KEY_REAL, AT(minutes), false, 0, 1e6, NULL,
     "stop after so much time of this predictor, 0: never; the length then depends on the clock (0)"},
    {"batch", CGM_KEY_INT, AT(batch), false, 2, 65536, NULL, "rows a step (128)"},
    {"rate", CGM_KEY_REAL, AT(rate), false, 1e-12, 10, NULL, "learning rate of adamw (1e-3)"},
    {"seed", CGM_KEY_INT, AT(seed), false, 0, 9e15, NULL, "of everything random in its training (train.seed)"},
    {"validation", CGM_KEY_REAL, AT(validation), false, 0, 0.9, NULL,
     "share of these rows, the last ones, by which it is stopped (0.1)"},
    {"patience", CGM_KEY_INT, AT(patience), false, 0, 1e6, NULL,
     "epochs without a better loss on these after which the best parameters are kept, 0: never (5)"},
    {"augment", CGM_KEY_NODE, AT(augment), false, 0, 0, NULL, "how images are changed at random, as train.augment"},
    {"adversarial", CGM_KEY_NODE, AT(adversarial), false, 0, 0, NULL,
     "train on images some of which are attacked by the sign of the gradient: {epsilon: 8, share: 0.5}, in grey "
     "levels, "
     "and the probability of each image (none)"},
};

const cgm_key *cgm_predictor_keys(size_t *n)
{
    *n = sizeof keys / sizeof *keys;
    return keys;
}

cgm_status cgm_predictor_read_options(const char *name, const cgm_yaml *map, int64_t seed, predictor_options *out)
{
    char what[128];
    predictor_options o = {.of = name,
                           .epochs = USUAL_EPOCHS,
                           .batch = CGM_TRAIN_BATCH,
                           .rate = CGM_TRAIN_RATE,
                           .seed = seed,
                           .validation = USUAL_VALIDATION,
                           .patience = USUAL_PATIENCE};
    if (!cgm_scm_is_name(name))
        return cgm_yaml_fail(map, "predictors: '%.64s' is not a name: letters, digits, '_' and '-', at most 64 bytes",
                             name);
    snprintf(what, sizeof what, "predictors.%s", name);
    CGM_TRY(cgm_yaml_read(map, what, sizeof keys / sizeof *keys, keys, &o));
    if (!o.width) o.width = cgm_predictor_network((predictor_network_kind)o.network)->usual_width;
    if (o.validation == 0 && !cgm_yaml_get(map, "patience")) o.patience = 0;
    if (o.validation == 0 && o.patience > 0)
        return cgm_yaml_fail(cgm_yaml_get(map, "patience"),
                             "%s.patience: nothing to judge by where validation is 0; expected a share of rows", what);
    *out = o;
    return CGM_OK;
}

cgm_status cgm_predictor_read_training(const char *name, const predictor_options *o, cgm_train_opts *out)
{
    char what[128];
    cgm_train_opts train;
    CGM_TRY(cgm_train_opts_read(NULL, &train));
    train.epochs = o->epochs;
    train.warmup = 0; /* batch normalisation does without */
    train.minutes = o->minutes;
    train.batch = o->batch;
    train.rate = o->rate;
    train.seed = o->seed;
    train.validation = o->validation;
    train.patience = o->patience;
    snprintf(what, sizeof what, "predictors.%s.augment", name);
    CGM_TRY(cgm_augmentation_read(o->augment, what, &train.augment));
    *out = train;
    return CGM_OK;
}
