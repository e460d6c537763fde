/* Schedules of the learning rate: the rate as a function of the updates made since warm-up. */
#ifndef CGM_NN_SCHEDULE_H
#define CGM_NN_SCHEDULE_H

#include "base/status.h"

/* One row a kind: its enumerator, and its name in configs. */
#define CGM_SCHEDULE_TABLE(ROW)                                                                                        \
    ROW(CONSTANT, constant)                                                                                            \
    ROW(STEP, step)                                                                                                    \
    ROW(POLYNOMIAL, polynomial)                                                                                        \
    ROW(COSINE, cosine)                                                                                                \
    ROW(PLATEAU, plateau)

#define CGM_SCHEDULE_ENUMERATOR(upper, lower) CGM_SCHEDULE_##upper,
typedef enum cgm_schedule_kind { CGM_SCHEDULE_TABLE(CGM_SCHEDULE_ENUMERATOR) CGM_SCHEDULE_KINDS } cgm_schedule_kind;
#undef CGM_SCHEDULE_ENUMERATOR

/* A kind and its numbers; zeros are a constant rate. With e = 0, 1, ... the number of an update since warm-up, the rate
 * is
 * constant     rate
 * step         rate * factor^floor(e / every)
 * polynomial   min_rate + (rate - min_rate) min(1, (1 - min(e, length) / length) / (1 - hold))^power
 * cosine       min_rate + (rate - min_rate) (1 + cos(pi e' / T)) / 2, where e' counts from the last restart and T is
 * the period that it is in: period, then growth times the one before (Loshchilov and Hutter 2017, eq. 5: T_0 = period,
 * T_mult = growth, eta_min = min_rate) plateau      max(min_rate, rate * factor^k), k the times that the loss stood
 * still: see cgm_plateau_judge */
typedef struct cgm_schedule {
    cgm_schedule_kind kind;
    int64_t every;    /* updates */
    double factor;    /* between 0 and 1 */
    int64_t length;   /* updates; 0: all of the training */
    double power;     /* more than 0 */
    double hold;      /* share of the length in which the rate stays; from 0 to less than 1 */
    int64_t period;   /* updates; 0: all of the training */
    int64_t growth;   /* 1 or more */
    double min_rate;  /* from 0 to the rate */
    int64_t patience; /* judgements without a better loss that are borne */
    int64_t cooldown; /* judgements after a decay that do not count */
    double threshold; /* a loss is better from best - threshold |best| on */
} cgm_schedule;

/* The kind with its usual numbers: every = 1000, factor = 0.1, power = 1, growth = 1, patience = 10, threshold = 1e-4,
 * else 0. */
CGM_API cgm_schedule cgm_schedule_usual(cgm_schedule_kind kind);
/* The name of a kind, "cosine". */
CGM_API const char *cgm_schedule_name(cgm_schedule_kind kind);

/* What a plateau schedule must remember. Zero-initialise; stored to resume. */
typedef struct cgm_plateau {
    uint64_t judged;  /* losses seen */
    double best;      /* the best of them */
    uint64_t waited;  /* judgements since then, or since the last decay */
    uint64_t resting; /* judgements left that do not count */
    uint64_t lowered; /* times that the rate was lowered */
} cgm_plateau;

/* Sees a new loss, say of an epoch, as PyTorch's ReduceLROnPlateau does: after more than `patience` losses without a
 * better one the rate is lowered. NaN is never better. */
CGM_API void cgm_plateau_judge(const cgm_schedule *schedule, cgm_plateau *plateau, double loss);

/* CGM_E_ARG for numbers out of range that the kind reads. `rate` is the highest; `whole` is how many updates the
 * training has after warm-up, 0 when nobody knows: then a schedule over all of it is refused. */
CGM_API cgm_status cgm_schedule_check(const cgm_schedule *schedule, double rate, uint64_t whole) CGM_CHECKED;
/* The rate of update e = 0, 1, ... after warm-up, NaN for a schedule that cgm_schedule_check refuses; plateau NULL: not
 * lowered. */
CGM_API double cgm_schedule_rate(const cgm_schedule *schedule, double rate, uint64_t whole, const cgm_plateau *plateau,
                                 uint64_t e);

#endif
