/* What training by gradient makes of the config's `train` map. Internal. */
#ifndef CGM_SCM_TRAIN_H
#define CGM_SCM_TRAIN_H

#include "nn/optimizer.h"
#include "scm/mechanism.h"

/* What a mechanism takes where the map leaves a value to it. */
typedef struct cgm_train_defaults {
    double clip;             /* 0: never */
    double skip_norm;        /* 0: only what is not finite */
    double validation;       /* share of the training rows held out */
    double adam_beta2;       /* 0: 0.999 */
    double rate;             /* 0: 1e-3 */
    int64_t batch;           /* 0: CGM_TRAIN_BATCH */
    cgm_optimizer_rule rule; /* of no kind: adamw with its usual numbers */
    cgm_schedule schedule;   /* zeros: constant */
} cgm_train_defaults;

/* The map's value, or the mechanism's. */
static inline double cgm_train_choose(double value, double otherwise)
{
    return value == CGM_TRAIN_DEFAULT ? otherwise : value;
}

/* Rows a step, of so many that there are. */
size_t cgm_train_batch(const cgm_train_opts *train, const cgm_train_defaults *defaults, size_t rows);
/* One more metric of the last step. */
void cgm_fit_report_add(cgm_fit_report *report, const char *name, double value);

/* The options of the optimiser, but for the number of updates in all. */
cgm_optimizer_opts cgm_train_optimizer(const cgm_train_opts *train, const cgm_train_defaults *defaults);

/* The value of `train.optimizer` or `train.schedule`, NULL, KIND or {kind: KIND, ...}; keys that the kind does not read
 * are refused. NULL gives a rule of no kind, and the constant schedule. */
cgm_status cgm_train_read_optimizer(const cgm_yaml *node, cgm_optimizer_rule *out) CGM_CHECKED;
cgm_status cgm_train_read_schedule(const cgm_yaml *node, cgm_schedule *out) CGM_CHECKED;
/* The keys that a kind reads, offsets into cgm_optimizer_rule and cgm_schedule. */
void cgm_train_optimizer_keys(cgm_optimizer_kind kind, cgm_train_kind *out);
void cgm_train_schedule_keys(cgm_schedule_kind kind, cgm_train_kind *out);

#endif
