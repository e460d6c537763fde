/* The optimiser and the schedule of the `train` map: their kinds, the keys of each, and reading them. */
#include <string.h>

#include "nn/optimizers/kind.h"
#include "nn/schedule_class.h"
#include "scm/train.h"

#define RULE(field) offsetof(cgm_optimizer_rule, field)
static const cgm_key rule_keys[] = {
    {"momentum", CGM_KEY_REAL, RULE(momentum), false, 0, 0.9999999, NULL,
     "share of the last step in this one (0.9; rmsprop: 0)"},
    {"alpha", CGM_KEY_REAL, RULE(alpha), false, 0, 0.9999999, NULL, "decay of the mean of squared gradients (0.99)"},
    {"beta1", CGM_KEY_REAL, RULE(beta1), false, 0, 0.9999999, NULL, "decay of the mean of gradients (0.9)"},
    {"beta2", CGM_KEY_REAL, RULE(beta2), false, 0, 0.9999999, NULL,
     "decay of the mean of squared gradients (0.999; hvae: 0.9)"},
    {"epsilon", CGM_KEY_REAL, RULE(epsilon), false, 1e-30, 1, NULL,
     "added to the root of the mean of squared gradients (1e-8)"},
};

#define SCHEDULE(field) offsetof(cgm_schedule, field)
static const cgm_key schedule_keys[] = {
    {"every", CGM_KEY_INT, SCHEDULE(every), false, 1, 1e12, NULL, "steps between two decays (1000)"},
    {"factor", CGM_KEY_REAL, SCHEDULE(factor), false, 1e-9, 0.9999999, NULL, "what the rate is multiplied by (0.1)"},
    {"length", CGM_KEY_INT, SCHEDULE(length), false, 0, 1e12, NULL, "steps, 0: to the end of training (0)"},
    {"power", CGM_KEY_REAL, SCHEDULE(power), false, 1e-3, 1e3, NULL, "power of what is left, 1: a line (1)"},
    {"hold", CGM_KEY_REAL, SCHEDULE(hold), false, 0, 0.9999999, NULL,
     "share of the steps in which the rate stays before it falls (0)"},
    {"period", CGM_KEY_INT, SCHEDULE(period), false, 0, 1e12, NULL,
     "steps until the first restart, 0: none before the end of training (0)"},
    {"growth", CGM_KEY_INT, SCHEDULE(growth), false, 1, 1e6, NULL, "each period is so many times the one before (1)"},
    {"min_rate", CGM_KEY_REAL, SCHEDULE(min_rate), false, 0, 10, NULL, "the least rate (0)"},
    {"patience", CGM_KEY_INT, SCHEDULE(patience), false, 0, 1e6, NULL,
     "epochs without a better loss that are borne (10)"},
    {"threshold", CGM_KEY_REAL, SCHEDULE(threshold), false, 0, 0.9999999, NULL,
     "a loss is better if it is lower by this share of the best (1e-4)"},
    {"cooldown", CGM_KEY_INT, SCHEDULE(cooldown), false, 0, 1e6, NULL, "epochs after a decay that do not count (0)"},
};

/* Those of the n keys that `reads` names, in its order. */
static void choose_keys(const char *const *reads, size_t n, const cgm_key *keys, cgm_train_kind *out)
{
    out->n_keys = 0;
    for (; *reads; reads++) {
        CGM_CHECK(out->n_keys < CGM_TRAIN_KIND_KEYS);
        for (size_t i = 0; i < n; i++)
            if (strcmp(keys[i].name, *reads) == 0) out->key[out->n_keys++] = keys[i];
    }
}

void cgm_train_optimizer_keys(cgm_optimizer_kind kind, cgm_train_kind *out)
{
    const cgm_optimizer_class *c = cgm_optimizer_class_of(kind);
    out->kind = c->name;
    out->doc = c->doc;
    choose_keys(c->reads, sizeof rule_keys / sizeof *rule_keys, rule_keys, out);
}

void cgm_train_schedule_keys(cgm_schedule_kind kind, cgm_train_kind *out)
{
    const cgm_schedule_class *c = cgm_schedule_class_of(kind);
    out->kind = c->name;
    out->doc = c->doc;
    choose_keys(c->reads, sizeof schedule_keys / sizeof *schedule_keys, schedule_keys, out);
}

bool cgm_train_optimizer_at(size_t i, cgm_train_kind *out)
{
    if (i + 1 >= CGM_OPTIMIZER_KINDS) return false;
    cgm_train_optimizer_keys((cgm_optimizer_kind)(i + 1), out);
    return true;
}

bool cgm_train_schedule_at(size_t i, cgm_train_kind *out)
{
    if (i >= CGM_SCHEDULE_KINDS) return false;
    cgm_train_schedule_keys((cgm_schedule_kind)i, out);
    return true;
}

/* ---- Reading ---- */

/* Which of the kinds `node` names, KIND or a map with `kind`; the first where it names none. */
static cgm_status read_kind(const cgm_yaml *node, const char *what, bool (*kind_at)(size_t, cgm_train_kind *),
                            size_t *out)
{
    const char *names[CGM_OPTIMIZER_KINDS + CGM_SCHEDULE_KINDS];
    char hint[CGM_HINT_TEXT], all[CGM_LIST_TEXT];
    cgm_train_kind kind;
    size_t n = 0;
    if (node && cgm_yaml_get_kind(node) == CGM_YAML_MAP) node = cgm_yaml_get(node, "kind");
    *out = 0;
    if (!node) return CGM_OK;
    if (cgm_yaml_get_kind(node) != CGM_YAML_SCALAR)
        return cgm_yaml_fail(node, "%s: expected the name of a kind, or a map with `kind`", what);
    for (; kind_at(n, &kind); n++) {
        *out = n;
        if (strcmp(kind.kind, cgm_yaml_text(node)) == 0) return CGM_OK;
        names[n] = kind.kind;
    }
    return cgm_yaml_fail(node, "%s: there is no '%.60s'%s (there are %s)", what, cgm_yaml_text(node),
                         cgm_hint(cgm_yaml_text(node), n, names, hint), cgm_list(n, names, all));
}

/* The kind's keys and `kind`, which goes to a place behind the struct. */
static cgm_status read_map(const cgm_yaml *node, const char *what, cgm_train_kind *kind, size_t offset, void *into)
{
    cgm_key keys[CGM_TRAIN_KIND_KEYS + 1];
    if (!node || cgm_yaml_get_kind(node) != CGM_YAML_MAP) return CGM_OK;
    memcpy(keys, kind->key, sizeof kind->key);
    keys[kind->n_keys] = (cgm_key){.name = "kind", .type = CGM_KEY_NODE, .offset = offset};
    return cgm_yaml_read(node, what, kind->n_keys + 1, keys, into);
}

cgm_status cgm_train_read_optimizer(const cgm_yaml *node, cgm_optimizer_rule *out)
{
    struct {
        cgm_optimizer_rule rule;
        const cgm_yaml *kind;
    } read = {0};
    cgm_train_kind kind;
    size_t i;
    *out = (cgm_optimizer_rule){0};
    if (!node) return CGM_OK;
    CGM_TRY(read_kind(node, "train.optimizer", cgm_train_optimizer_at, &i));
    cgm_train_optimizer_at(i, &kind);
    read.rule = cgm_optimizer_usual((cgm_optimizer_kind)(i + 1));
    read.rule.beta2 = CGM_TRAIN_DEFAULT;
    size_t behind = (size_t)((char *)&read.kind - (char *)&read);
    CGM_TRY(read_map(node, "train.optimizer", &kind, behind, &read));
    *out = read.rule;
    return CGM_OK;
}

cgm_status cgm_train_read_schedule(const cgm_yaml *node, cgm_schedule *out)
{
    struct {
        cgm_schedule schedule;
        const cgm_yaml *kind;
    } read = {0};
    cgm_train_kind kind;
    size_t i;
    CGM_TRY(read_kind(node, "train.schedule", cgm_train_schedule_at, &i));
    cgm_train_schedule_at(i, &kind);
    read.schedule = cgm_schedule_usual((cgm_schedule_kind)i);
    size_t behind = (size_t)((char *)&read.kind - (char *)&read);
    CGM_TRY(read_map(node, "train.schedule", &kind, behind, &read));
    *out = read.schedule;
    return CGM_OK;
}
