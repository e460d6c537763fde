/* The sections of a run's config, and their defaults. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/runs/run_priv.h"
#include "scm/train.h"

static const cgm_key section_keys[] = {
    {"data", CGM_KEY_NODE, offsetof(cgm_run_sections, data), true, 0, 0, NULL, "where the data come from"},
    {"graph", CGM_KEY_NODE, offsetof(cgm_run_sections, graph), true, 0, 0, NULL, "variables, parents and mechanisms"},
    {"hidden", CGM_KEY_NODE, offsetof(cgm_run_sections, hidden), false, 0, 0, NULL,
     "pairs of variables with a hidden common cause, [x, y], or with the correlation of their noises, "
     "{between: [x, y], correlation: 0.5}"},
    {"train", CGM_KEY_NODE, offsetof(cgm_run_sections, train), false, 0, 0, NULL, "how mechanisms are trained"},
    {"predictors", CGM_KEY_NODE, offsetof(cgm_run_sections, predictors), false, 0, 0, NULL,
     "networks that read attributes off images, a map NAME: {from: IMAGE, ...}"},
    {"finetune", CGM_KEY_NODE, offsetof(cgm_run_sections, finetune), false, 0, 0, NULL,
     "an image's mechanism trained on, so that predictors read off its counterfactuals what they were asked to show"},
    {"queries", CGM_KEY_NODE, offsetof(cgm_run_sections, queries), false, 0, 0, NULL, "what is asked of the model"},
};

/* The map as written: crop and flip stand in it or in its map augment; some maps in it are read by their kind. */
typedef struct read_train {
    cgm_train_opts opts;
    int64_t crop;
    bool flip;
    const cgm_yaml *augment, *optimizer, *schedule;
} read_train;

#define TRAIN(field) offsetof(read_train, opts.field)
static const cgm_key train_keys[] = {
    {"epochs", CGM_KEY_INT, TRAIN(epochs), false, 1, 1e6, NULL, "passes over the training rows (20)"},
    {"batch", CGM_KEY_INT, TRAIN(batch), false, 1, 65536, NULL, "rows a step (128; cyclegan: 1, of each domain)"},
    {"accumulate", CGM_KEY_INT, TRAIN(accumulate), false, 1, 65536, NULL,
     "batches whose gradients make one step, where memory is short: batch * accumulate rows a step (1)"},
    {"rate", CGM_KEY_REAL, TRAIN(rate), false, 1e-12, 10, NULL,
     "learning rate (1e-3; cyclegan: 2e-4; gan: 2e-4, with a gradient penalty 1e-4, with clipped weights 5e-5)"},
    {"seed", CGM_KEY_INT, TRAIN(seed), false, 0, 9e15, NULL, "of everything random in training (1)"},
    {"minutes", CGM_KEY_REAL, TRAIN(minutes), false, 0, 1e6, NULL,
     "stop after so much time in all, 0: never; the length then depends on the clock (0)"},
    {"warmup", CGM_KEY_INT, TRAIN(warmup), false, 0, 1e9, NULL, "steps over which the rate rises from 0 (100)"},
    {"clip", CGM_KEY_REAL, TRAIN(clip), false, 0, 1e12, NULL, "largest norm of the gradient, 0: any (200; hvae: 350)"},
    {"clip_value", CGM_KEY_REAL, TRAIN(clip_value), false, 0, 1e12, NULL,
     "largest number of the gradient, after `clip`, 0: any (0)"},
    {"skip_norm", CGM_KEY_REAL, TRAIN(skip_norm), false, 0, 1e30, NULL,
     "norm of the gradient from which on a step is skipped, 0: only one that is not finite (0; hvae: 500)"},
    {"max_skips", CGM_KEY_INT, TRAIN(max_skips), false, 1, 1e6, NULL,
     "steps skipped in a row after which training stops, of an image model after it went back and halved the rate "
     "three "
     "times (100)"},
    {"optimizer", CGM_KEY_NODE, offsetof(read_train, optimizer), false, 0, 0, NULL,
     "how gradients become steps: KIND or {kind: KIND, ...}, see below (adamw; cyclegan: adam; gan: adam, with clipped "
     "weights rmsprop)"},
    {"schedule", CGM_KEY_NODE, offsetof(read_train, schedule), false, 0, 0, NULL,
     "what the rate does after warmup: KIND or {kind: KIND, ...}, see below (constant; cyclegan, unless `minutes` end "
     "training: a line to 0 over its second half)"},
    {"weight_decay", CGM_KEY_REAL, TRAIN(weight_decay), false, 0, 1, NULL,
     "shrinks parameters, of adamw apart from the gradient, else as a part of it (adamw: 0.01; else 0)"},
    {"ema", CGM_KEY_REAL, TRAIN(ema), false, 0, 0.9999999, NULL,
     "decay of the parameters' moving average, at most (1 + t) / (10 + t) after step t, 0: none (0.999)"},
    {"beta", CGM_KEY_REAL, TRAIN(beta), false, 0, 1e6, NULL, "weight of the KL term (1)"},
    {"beta_start", CGM_KEY_REAL, TRAIN(beta_start), false, 0, 1e6, NULL, "weight of the KL term at the start (0)"},
    {"beta_warmup", CGM_KEY_INT, TRAIN(beta_warmup), false, 0, 1e6, NULL,
     "epochs over which the weight goes from beta_start to beta (0)"},
    {"free_bits", CGM_KEY_REAL, TRAIN(free_bits), false, 0, 1e6, NULL,
     "nats below which the KL term of a group of latent variables counts as so many (0)"},
    {"augment", CGM_KEY_NODE, offsetof(read_train, augment), false, 0, 0, NULL,
     "how images are changed at random each time they are trained on, a map: see below"},
    {"crop", CGM_KEY_INT, offsetof(read_train, crop), false, 0, 1024, NULL, "short for augment: {crop: N} (0)"},
    {"flip", CGM_KEY_BOOL, offsetof(read_train, flip), false, 0, 0, NULL, "short for augment: {flip: true} (false)"},
    {"validation", CGM_KEY_REAL, TRAIN(validation), false, 0, 0.9, NULL,
     "share of the training rows, the last ones, on which image models measure their bound instead of training on them "
     "(0; hvae, and with patience: 0.1)"},
    {"patience", CGM_KEY_INT, TRAIN(patience), false, 0, 1e6, NULL,
     "epochs without a better bound on these after which an image model keeps the best parameters and stops, 0: never "
     "(0)"},
    {"checkpoint", CGM_KEY_INT, TRAIN(checkpoint), false, 0, 1e9, NULL, "steps between checkpoints, 0: each epoch (0)"},
    {"film", CGM_KEY_INT, TRAIN(film), false, 0, 1e9, NULL,
     "steps between the first frames of a film of the samples of an image, or of points of a plane, beside the run "
     "file; later frames are further apart, so that there are 8 to 15; 0: none (0)"},
};

const cgm_key *cgm_train_keys(size_t *n)
{
    *n = sizeof train_keys / sizeof *train_keys;
    return train_keys;
}

cgm_status cgm_run_read_sections(const cgm_config *config, cgm_run_sections *out)
{
    cgm_run_sections sections = {0};
    CGM_TRY(cgm_yaml_read(cgm_config_root(config), "", sizeof section_keys / sizeof *section_keys, section_keys,
                          &sections));
    if (sections.queries && cgm_yaml_get_kind(sections.queries) != CGM_YAML_LIST)
        return cgm_yaml_fail(sections.queries, "queries: expected a list, one query an item");
    if (sections.predictors && cgm_yaml_get_kind(sections.predictors) != CGM_YAML_MAP)
        return cgm_yaml_fail(sections.predictors, "predictors: expected a map, NAME: {from: IMAGE, ...}");
    *out = sections;
    return CGM_OK;
}

static const cgm_train_opts train_defaults = {.epochs = 20,
                                              .accumulate = 1,
                                              .rate = CGM_TRAIN_DEFAULT,
                                              .seed = 1,
                                              .warmup = 100,
                                              .clip = CGM_TRAIN_DEFAULT,
                                              .skip_norm = CGM_TRAIN_DEFAULT,
                                              .max_skips = 100,
                                              .weight_decay = CGM_TRAIN_DEFAULT,
                                              .ema = 0.999,
                                              .beta = 1,
                                              .validation = CGM_TRAIN_DEFAULT};

/* Where the clock ends training, nobody knows how many steps it has. */
static cgm_status check_schedule(const cgm_yaml *node, const cgm_train_opts *train)
{
    double rate = cgm_train_choose(train->rate, CGM_TRAIN_RATE);
    cgm_status status = cgm_schedule_check(&train->schedule, rate, train->minutes > 0 ? 0 : 1);
    if (status != CGM_OK) return cgm_yaml_fail(node, "train.schedule: %s", cgm_error_message());
    if (train->schedule.kind == CGM_SCHEDULE_PLATEAU && train->validation == 0)
        return cgm_yaml_fail(
            node, "train.schedule: nothing to judge by where train.validation is 0; expected a share of rows");
    return CGM_OK;
}

static cgm_status check_once(const cgm_yaml *map, const char *key, bool said)
{
    const cgm_yaml *again = said && map ? cgm_yaml_get(map, key) : NULL;
    if (!again) return CGM_OK;
    return cgm_yaml_fail(again, "train.augment.%s: train.%s is there too; expected one of them", key, key);
}

static cgm_status read_augment(const read_train *read, cgm_augmentation *out)
{
    out->crop = read->crop;
    out->flip = read->flip;
    CGM_TRY(cgm_augmentation_read(read->augment, "train.augment", out));
    CGM_TRY(check_once(read->augment, "crop", read->crop > 0));
    return check_once(read->augment, "flip", read->flip);
}

static cgm_status read_train_map(const cgm_yaml *map, read_train *out)
{
    read_train read = {.opts = train_defaults};
    cgm_train_opts *opts = &read.opts;
    CGM_TRY(cgm_yaml_read(map, "train", sizeof train_keys / sizeof *train_keys, train_keys, &read));
    CGM_TRY(read_augment(&read, &opts->augment));
    CGM_TRY(cgm_train_read_optimizer(read.optimizer, &opts->optimizer));
    CGM_TRY(cgm_train_read_schedule(read.schedule, &opts->schedule));
    opts->usual_schedule = !read.schedule;
    CGM_TRY(check_schedule(read.schedule, opts));
    if (opts->weight_decay == CGM_TRAIN_DEFAULT && opts->optimizer.kind != CGM_OPTIMIZER_NONE)
        opts->weight_decay = cgm_optimizer_usual_decay(opts->optimizer.kind);
    if (opts->patience > 0 && opts->validation == 0)
        return cgm_yaml_fail(
            cgm_yaml_get(map, "patience"),
            "train.patience: nothing to judge by where train.validation is 0; expected a share of rows");
    *out = read;
    return CGM_OK;
}

cgm_status cgm_train_opts_read(const cgm_yaml *map, cgm_train_opts *out)
{
    read_train read;
    CGM_TRY(read_train_map(map, &read));
    *out = read.opts;
    return CGM_OK;
}

/* Writes the numbers and choices of `from` for the keys that the section leaves out. A number below its key's range is
 * a default that each mechanism has of its own, and is not written. */
static cgm_status set_missing(cgm_config *config, const char *section, const cgm_yaml *map, size_t n,
                              const cgm_key *keys, const void *from)
{
    for (size_t i = 0; i < n; i++) {
        char text[256];
        const char *field = (const char *)from + keys[i].offset;
        int64_t whole;
        double real;
        int choice;
        bool yes;
        if (map && cgm_yaml_get(map, keys[i].name)) continue;
        if (keys[i].type == CGM_KEY_INT) {
            memcpy(&whole, field, sizeof whole);
            if ((double)whole < keys[i].low) continue;
            snprintf(text, sizeof text, "%s.%s=%" PRId64, section, keys[i].name, whole);
        } else if (keys[i].type == CGM_KEY_REAL) {
            memcpy(&real, field, sizeof real);
            if (real < keys[i].low) continue;
            snprintf(text, sizeof text, "%s.%s=%.17g", section, keys[i].name, real);
        } else if (keys[i].type == CGM_KEY_BOOL) {
            memcpy(&yes, field, sizeof yes);
            snprintf(text, sizeof text, "%s.%s=%s", section, keys[i].name, yes ? "true" : "false");
        } else if (keys[i].type == CGM_KEY_CHOICE) {
            memcpy(&choice, field, sizeof choice);
            snprintf(text, sizeof text, "%s.%s=%s", section, keys[i].name, keys[i].choices[choice]);
        } else {
            continue;
        }
        CGM_TRY(cgm_config_set(config, text));
    }
    return CGM_OK;
}

/* The same of `train.optimizer` and `train.schedule`, which may be a kind alone. */
static cgm_status set_kind(cgm_config *config, const char *section, const cgm_yaml *node, const cgm_train_kind *kind,
                           const void *from)
{
    char text[128];
    bool is_map = node && cgm_yaml_get_kind(node) == CGM_YAML_MAP;
    if (!is_map) {
        snprintf(text, sizeof text, "%s={kind: %s}", section, kind->kind);
        CGM_TRY(cgm_config_set(config, text));
    } else if (!cgm_yaml_get(node, "kind")) {
        snprintf(text, sizeof text, "%s.kind=%s", section, kind->kind);
        CGM_TRY(cgm_config_set(config, text));
    }
    return set_missing(config, section, is_map ? node : NULL, kind->n_keys, kind->key, from);
}

/* The section `train` with all its values. */
static cgm_status resolve_train(cgm_config *config)
{
    cgm_run_sections sections;
    read_train train;
    cgm_train_kind optimizer, schedule;
    CGM_TRY(cgm_run_read_sections(config, &sections));
    CGM_TRY(read_train_map(sections.train, &train));
    CGM_TRY(set_missing(config, "train", sections.train, sizeof train_keys / sizeof *train_keys, train_keys, &train));
    CGM_TRY(cgm_run_read_sections(config, &sections));
    if (train.opts.optimizer.kind != CGM_OPTIMIZER_NONE) {
        cgm_train_optimizer_keys(train.opts.optimizer.kind, &optimizer);
        CGM_TRY(set_kind(config, "train.optimizer", cgm_yaml_get(sections.train, "optimizer"), &optimizer,
                         &train.opts.optimizer));
    }
    if (train.opts.usual_schedule) return CGM_OK;
    cgm_train_schedule_keys(train.opts.schedule.kind, &schedule);
    return set_kind(config, "train.schedule", cgm_yaml_get(sections.train, "schedule"), &schedule,
                    &train.opts.schedule);
}

/* The section `predictors` with all its values. */
static cgm_status resolve_predictors(cgm_config *config)
{
    cgm_run_sections sections;
    cgm_train_opts train;
    size_t n_keys;
    const cgm_key *keys = cgm_predictor_keys(&n_keys);
    CGM_TRY(cgm_run_read_sections(config, &sections));
    CGM_TRY(cgm_train_opts_read(sections.train, &train));
    for (size_t i = 0; sections.predictors && i < cgm_yaml_count(sections.predictors); i++) {
        const char *name = cgm_yaml_key(sections.predictors, i);
        const cgm_yaml *map = cgm_yaml_at(sections.predictors, i);
        char section[128];
        predictor_options options;
        CGM_TRY(cgm_predictor_read_options(name, map, train.seed, &options));
        snprintf(section, sizeof section, "predictors.%s", name);
        CGM_TRY(set_missing(config, section, map, n_keys, keys, &options));
        CGM_TRY(cgm_run_read_sections(config, &sections)); /* setting values moves nodes */
    }
    return CGM_OK;
}

/* The section `finetune` with all its values. */
static cgm_status resolve_finetune(cgm_config *config)
{
    cgm_run_sections sections;
    cgm_train_opts train;
    tuning_options options;
    size_t n;
    const cgm_key *keys = cgm_finetune_keys(&n);
    CGM_TRY(cgm_run_read_sections(config, &sections));
    if (!sections.finetune) return CGM_OK;
    CGM_TRY(cgm_train_opts_read(sections.train, &train));
    CGM_TRY(cgm_tuning_read_options(sections.finetune, train.seed, &options));
    return set_missing(config, "finetune", sections.finetune, n, keys, &options);
}

cgm_status cgm_run_resolve_config(cgm_config *config, const char *base)
{
    cgm_run_sections sections = {0};
    cgm_data_opts data;
    size_t n;
    CGM_TRY(resolve_train(config));
    CGM_TRY(resolve_predictors(config));
    CGM_TRY(resolve_finetune(config));
    CGM_TRY(cgm_run_read_sections(config, &sections));
    CGM_TRY(cgm_data_opts_read(sections.data, &data));
    CGM_TRY(cgm_run_resolve_paths(config, &data, base));
    CGM_TRY(cgm_run_read_sections(config, &sections));
    const cgm_key *keys = cgm_data_keys(&n);
    for (size_t i = 0; i < n; i++)
        if (cgm_data_key_applies(&data, keys[i].name))
            CGM_TRY(set_missing(config, "data", sections.data, 1, &keys[i], &data));
    return CGM_OK;
}

static cgm_status set_graph(cgm_config *config, const char *variable, const char *key, int value)
{
    char text[400];
    snprintf(text, sizeof text, "graph.%s.%s=%d", variable, key, value);
    return cgm_config_set(config, text);
}

/* graph.VARIABLE.levels=['a', 'b'], or =N where levels have no names. */
static cgm_status set_levels(cgm_config *config, const cgm_variable *v)
{
    if (!v->level_names) return set_graph(config, v->name, "levels", v->levels);
    cgm_arena arena = {0};
    const char *text = cgm_arena_printf(&arena, "graph.%s.levels=[", v->name);
    for (int i = 0; text && i < v->levels; i++) {
        const char *name = cgm_yaml_quote(&arena, v->level_names[i]);
        text = name ? cgm_arena_printf(&arena, "%s%s%s", text, i ? ", " : "", name) : NULL;
    }
    if (text) text = cgm_arena_printf(&arena, "%s]", text);
    cgm_status status = text ? cgm_config_set(config, text) : CGM_E_MEMORY;
    cgm_arena_clear(&arena);
    return status;
}

cgm_status cgm_run_resolve_graph(cgm_config *config, const cgm_scm *scm)
{
    for (size_t i = 0; i < cgm_scm_count(scm); i++) {
        const cgm_variable *v = cgm_scm_variable(scm, i);
        if (cgm_variable_has_levels(v)) CGM_TRY(set_levels(config, v));
        if (cgm_variable_is_scalar(v)) continue;
        if (v->type == CGM_IMAGE) {
            CGM_TRY(set_graph(config, v->name, "channels", v->channels));
            CGM_TRY(set_graph(config, v->name, "height", v->height));
        }
        CGM_TRY(set_graph(config, v->name, "width", v->width));
    }
    return CGM_OK;
}
