#include "scm/train.h"

#include <stdio.h>

void cgm_fit_report_add(cgm_fit_report *report, const char *name, double value)
{
    cgm_metric *metric = &report->metrics[report->n_metrics++];
    *metric = (cgm_metric){.value = value};
    snprintf(metric->name, sizeof metric->name, "%s", name);
}

/* The rule of the map; where it names no kind, the mechanism's. */
static cgm_optimizer_rule rule_of(const cgm_train_opts *train, const cgm_train_defaults *defaults)
{
    cgm_optimizer_rule rule = train->optimizer;
    if (rule.kind == CGM_OPTIMIZER_NONE) rule = defaults->rule;
    if (rule.kind == CGM_OPTIMIZER_NONE) {
        rule = cgm_optimizer_usual(CGM_OPTIMIZER_ADAMW);
        rule.beta2 = CGM_TRAIN_DEFAULT;
    }
    if (rule.beta2 == CGM_TRAIN_DEFAULT)
        rule.beta2 = defaults->adam_beta2 > 0 ? defaults->adam_beta2 : cgm_optimizer_usual(rule.kind).beta2;
    return rule;
}

size_t cgm_train_batch(const cgm_train_opts *train, const cgm_train_defaults *defaults, size_t rows)
{
    int64_t batch = train->batch > 0 ? train->batch : defaults->batch > 0 ? defaults->batch : CGM_TRAIN_BATCH;
    return (size_t)batch < rows ? (size_t)batch : rows;
}

cgm_optimizer_opts cgm_train_optimizer(const cgm_train_opts *train, const cgm_train_defaults *defaults)
{
    cgm_optimizer_opts opts;
    cgm_optimizer_defaults(&opts);
    opts.rule = rule_of(train, defaults);
    opts.schedule = train->usual_schedule && !(train->minutes > 0) ? defaults->schedule : train->schedule;
    opts.rate = cgm_train_choose(train->rate, defaults->rate > 0 ? defaults->rate : CGM_TRAIN_RATE);
    opts.weight_decay = cgm_train_choose(train->weight_decay, cgm_optimizer_usual_decay(opts.rule.kind));
    opts.warmup = (uint64_t)train->warmup;
    opts.clip = cgm_train_choose(train->clip, defaults->clip);
    opts.clip_value = train->clip_value;
    opts.skip = cgm_train_choose(train->skip_norm, defaults->skip_norm);
    opts.max_skips = (int)train->max_skips;
    opts.ema = train->ema;
    return opts;
}
