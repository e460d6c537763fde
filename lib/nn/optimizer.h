/* Optimisers, with a schedule of the rate, clipping, skipping, and an EMA of the parameters. */
#ifndef CGM_NN_OPTIMIZER_H
#define CGM_NN_OPTIMIZER_H

#include "nn/params.h"
#include "nn/schedule.h"

/* One row a kind: its enumerator, and its name in configs and its file, nn/optimizers/NAME.c, which states it. */
#define CGM_OPTIMIZER_TABLE(ROW)                                                                                       \
    ROW(ADAMW, adamw)                                                                                                  \
    ROW(ADAM, adam)                                                                                                    \
    ROW(SGD, sgd)                                                                                                      \
    ROW(MOMENTUM, momentum)                                                                                            \
    ROW(NESTEROV, nesterov)                                                                                            \
    ROW(RMSPROP, rmsprop)

#define CGM_OPTIMIZER_ENUMERATOR(upper, lower) CGM_OPTIMIZER_##upper,
typedef enum cgm_optimizer_kind {
    CGM_OPTIMIZER_NONE = 0,
    CGM_OPTIMIZER_TABLE(CGM_OPTIMIZER_ENUMERATOR) CGM_OPTIMIZER_KINDS /* one more than the last */
} cgm_optimizer_kind;
#undef CGM_OPTIMIZER_ENUMERATOR

/* A kind and its numbers; a kind reads those that its name stands at. */
typedef struct cgm_optimizer_rule {
    cgm_optimizer_kind kind;
    double momentum; /* momentum, nesterov (0.9), rmsprop (0) */
    double alpha;    /* rmsprop: decay of the mean square (0.99) */
    double beta1;    /* adam, adamw: decay of the mean (0.9) */
    double beta2;    /* adam, adamw: decay of the mean square (0.999) */
    double epsilon;  /* adam, adamw, rmsprop (1e-8) */
} cgm_optimizer_rule;

typedef struct cgm_optimizer_opts {
    cgm_optimizer_rule rule; /* adamw */
    double rate;             /* 1e-3 */
    double weight_decay;     /* adamw (0.01): the parameter times 1 - rate * weight_decay; others (0): weight_decay
                                times the parameter is added to the gradient after clipping */
    uint64_t warmup;         /* update t of the first `warmup` ones (t = 1, 2, ...) has rate * t / warmup */
    cgm_schedule schedule;   /* of the updates after these; constant */
    uint64_t total;          /* updates of the whole training, for schedules that go over all of it; 0: unknown */
    double clip;             /* global norm above which the gradient is scaled by clip / (norm + 1e-6); 0: never */
    double clip_value;       /* after that each number of the gradient is held within +-clip_value; 0: not */
    double skip;             /* norm at or above which (or NaN) the step is skipped; 0: only when it is not finite */
    int max_skips;           /* consecutive skips after which the step fails with CGM_E_NUMERIC; 0: 100 */
    double ema;              /* decay of the EMA; 0: a copy. After update t it is min(ema, (1 + t)/(10 + t)), as in
                                TensorFlow's ExponentialMovingAverage, so that the first parameters are soon forgotten */
} cgm_optimizer_opts;

/* The defaults above. */
CGM_API void cgm_optimizer_defaults(cgm_optimizer_opts *opts);
/* The kind with its usual numbers, which are PyTorch's; zeros for what is no kind. */
CGM_API cgm_optimizer_rule cgm_optimizer_usual(cgm_optimizer_kind kind);
/* Its usual weight decay. */
CGM_API double cgm_optimizer_usual_decay(cgm_optimizer_kind kind);
/* The name of a kind, "adamw". */
CGM_API const char *cgm_optimizer_name(cgm_optimizer_kind kind);

/* What must be stored to resume, beside the flat buffers. */
typedef struct cgm_optimizer_state {
    uint64_t step;    /* updates made */
    uint64_t skipped; /* steps skipped in all */
    uint64_t consecutive_skips;
    uint64_t restarted;          /* updates made before the moments were last cleared */
    double last_norm, last_rate; /* of the last step, made or skipped */
    cgm_plateau plateau;         /* of a plateau schedule: cgm_plateau_judge it by a loss, once an epoch */
} cgm_optimizer_state;

/* The rate of the next update: a function of its number alone, or of the plateau; NaN if the schedule is refused. */
CGM_API double cgm_optimizer_rate(const cgm_optimizer_opts *opts, const cgm_optimizer_state *state);

/* Clears the moments, and counts the updates that they were made of anew, for parameters that had no gradient before:
 * the schedule and the average go on. */
CGM_API void cgm_optimizer_restart(cgm_optimizer_state *state, cgm_params *p);

/* One update from the flat gradient, or a skipped one, which changes the state alone. Options out of range give
 * CGM_E_ARG. On CGM_E_NUMERIC the parameters are those of the last good step, and the message names the first parameter
 * whose value or gradient is not finite. */
CGM_API cgm_status cgm_optimizer_step(const cgm_optimizer_opts *opts, cgm_optimizer_state *state, cgm_params *p,
                                      int threads) CGM_CHECKED;

#endif
