#include "scm/train.h"

cgm_optimizer_opts cgm_train_optimizer(const cgm_train_opts *train, const cgm_train_defaults *defaults)
{
    cgm_optimizer_opts opts;
    cgm_optimizer_defaults(&opts);
    if (train->optimizer.kind != CGM_OPTIMIZER_NONE) opts.rule = train->optimizer;
    if (opts.rule.kind != train->optimizer.kind || opts.rule.beta2 == CGM_TRAIN_DEFAULT)
        opts.rule.beta2 = defaults->adam_beta2 > 0 ? defaults->adam_beta2 : cgm_optimizer_usual(opts.rule.kind).beta2;
    opts.schedule = train->schedule;
    opts.rate = train->rate;
    opts.weight_decay = train->weight_decay;
    opts.warmup = (uint64_t)train->warmup;
    opts.clip = cgm_train_choose(train->clip, defaults->clip);
    opts.clip_value = train->clip_value;
    opts.skip = cgm_train_choose(train->skip_norm, defaults->skip_norm);
    opts.max_skips = (int)train->max_skips;
    opts.ema = train->ema;
    return opts;
}
