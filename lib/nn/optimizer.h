/* AdamW with warm-up, clipping by global norm, skipping, and an EMA of the parameters. */
#ifndef CGM_NN_OPTIMIZER_H
#define CGM_NN_OPTIMIZER_H

#include "nn/params.h"

/* Zero-initialise, then set what differs from the defaults given here (cgm_optimizer_defaults fills them in). */
typedef struct cgm_optimizer_opts {
    double rate;         /* 1e-3 */
    double beta1, beta2; /* 0.9, 0.999 */
    double epsilon;      /* 1e-8 */
    double weight_decay; /* 0.01, decoupled */
    uint64_t warmup;     /* update t of the first `warmup` ones (t = 1, 2, ...) has rate * t / warmup */
    double clip;         /* global norm above which the gradient is scaled by clip / (norm + 1e-6); 0: never */
    double skip;         /* norm at or above which (or NaN) the step is skipped; 0: only when it is not finite */
    int max_skips;       /* consecutive skips after which the step fails with CGM_E_NUMERIC; 0: 100 */
    double ema;          /* decay of the EMA; ramped as min(ema, (1 + t)/(10 + t)); 0: a copy */
} cgm_optimizer_opts;

CGM_API void cgm_optimizer_defaults(cgm_optimizer_opts *opts);

/* What must be stored to resume, beside the flat buffers. */
typedef struct cgm_optimizer_state {
    uint64_t step;    /* updates made */
    uint64_t skipped; /* steps skipped in all */
    uint64_t consecutive_skips;
    double last_norm, last_rate; /* of the last step, made or skipped */
} cgm_optimizer_state;

/* One update from the flat gradient by AdamW (Loshchilov and Hutter 2019, algorithm 2, with the bias correction of
 * PyTorch's), or a skipped one, which changes the state alone. Options out of range give CGM_E_ARG. On CGM_E_NUMERIC
 * the parameters are those of the last good step, and the message names the first parameter whose value or gradient
 * is not finite. */
CGM_API cgm_status cgm_optimizer_step(const cgm_optimizer_opts *opts, cgm_optimizer_state *state, cgm_params *p,
                                      int threads) CGM_CHECKED;

#endif
