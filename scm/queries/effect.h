/* Average effects of interventions on an outcome: E[Y | do(x = b)] - E[Y | do(x = a)], for all, given a condition, and
 * for each level of a variable (Pearl 2009, section 3.1; conditional ones in the sense of Rubin's CATE).
 *
 * Of a run, averages are over its training rows: what the treatment does not move stays what it is in each row, and the
 * noise of what it moves is averaged out, in closed form where means pass through every mechanism on the way and else
 * over draws that the compared worlds share. Of a model without data they are over draws from the model, and exact
 * where cgm_scm_unit is.
 *
 * With hidden common causes the mechanisms are used where they give the effect. Else, where it is identifiable, its
 * formula is evaluated on the joint distribution of the training rows if all its variables have levels; if not, and
 * there is an adjustment set, the outcome is regressed on treatments and that set, by its own kind of mechanism where
 * that can be fitted so, and averaged over the rows (g-computation; Robins 1986). Else the effect is refused, with the
 * hedge where it is not identifiable. */
#ifndef CGM_SCM_EFFECT_H
#define CGM_SCM_EFFECT_H

#include "scm/answers/query.h"
#include "scm/queries/intervals.h"

/* Fill with cgm_effect_init first; texts are borrowed. */
typedef struct cgm_effect_opts {
    const char *treatment;    /* with from and to; or NULL, and arms instead */
    double from, to;          /* a and b; 0 and 1 */
    cgm_do arm[2];            /* interventions of the two worlds, the second compared with the first; none: as it is */
    const char *outcome;      /* "y", or "job=clerk" for the probability of one level */
    size_t n_given;           /* conditions that hold together, on what the treatment does not move: */
    const char *const *given; /* "sex=female", "age > 60 and income < 3" */
    const char *by;           /* a variable with levels: the effect in each, too; or NULL */
    size_t draws;             /* of each row's noise, where there is no closed form; 100 */
    size_t model_rows;        /* rows of each draw from a model without data; 1000 */
    cgm_interval_opts intervals; /* as scm/queries/intervals.h has them; of runs only */
    uint64_t seed;               /* 1 */
} cgm_effect_opts;
CGM_API void cgm_effect_init(cgm_effect_opts *opts);

typedef struct cgm_effect_row {
    const char *group;     /* "sex=female"; "" for all */
    size_t rows;           /* of the data in the group; 0: drawn from the model */
    cgm_estimate estimate; /* named "E[y | do(x=1)]", "effect"; of a level "P(y=yes | do(x=1))", "effect on P(y=yes)",
                              and of a binary outcome "risk ratio" and "odds ratio" */
} cgm_effect_row;

typedef enum cgm_effect_method {
    CGM_EFFECT_CLOSED,        /* exact for the fitted model */
    CGM_EFFECT_DRAWS,         /* averages over draws of the noise of the training rows */
    CGM_EFFECT_MODEL,         /* exact for the model */
    CGM_EFFECT_MODEL_DRAWS,   /* averages over draws from the model */
    CGM_EFFECT_FORMULA,       /* the identified formula on the training rows' joint distribution */
    CGM_EFFECT_ADJUSTED,      /* a regression on treatments and an adjustment set, in closed form */
    CGM_EFFECT_ADJUSTED_DRAWS /* the same, over draws of its noise */
} cgm_effect_method;

typedef struct cgm_effect {
    cgm_arena arena;
    cgm_effect_method method;
    const char *formula; /* "P(y | do(x)) = ...", or NULL */
    const char *arm[2];  /* "do(x=0)"; "" for none */
    size_t n;
    cgm_effect_row *row; /* [n] */
} cgm_effect;

/* CGM_E_ARG for an unknown name (with the nearest), a value that the treatment cannot take, a condition on what the
 * treatment moves, a group without rows; CGM_E_UNSUPPORTED for images and for what hidden common causes forbid. Results
 * do not depend on the number of threads. Cleared with cgm_effect_clear. */
CGM_API cgm_status cgm_run_effect(cgm_run *run, const cgm_effect_opts *opts, cgm_effect *out) CGM_CHECKED;
/* The same of a model alone. opts->intervals must be zero. */
CGM_API cgm_status cgm_scm_effect(const cgm_scm *scm, const cgm_effect_opts *opts, cgm_effect *out) CGM_CHECKED;
CGM_API void cgm_effect_clear(cgm_effect *effect);

#endif
