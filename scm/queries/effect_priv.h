/* The inside of average effects. Internal to scm/. */
#ifndef CGM_SCM_EFFECT_PRIV_H
#define CGM_SCM_EFFECT_PRIV_H

#include "scm/hidden.h"
#include "scm/interventions/condition.h"
#include "scm/interventions/intervention.h"
#include "scm/queries/effect.h"
#include "scm/queries/expectation.h"

/* Rows that an effect is averaged over: those of all conditions, and of a level of opts->by. */
typedef struct effect_group {
    const char *name;
    int level; /* -1: any */
} effect_group;

typedef struct effect_plan {
    const cgm_effect_opts *opts;
    cgm_arena arena;
    size_t n_ends, *ends; /* variables of the whole model that the question names */
    cgm_scm *part;        /* those and their ancestors; all below is in its terms */
    size_t outcome, by;   /* variables; by SIZE_MAX: none */
    size_t n_levels;      /* of the outcome that are asked for; 0: its mean */
    int *level;           /* [n_levels] */
    bool ratios;          /* of probabilities too */
    size_t n_do[2];
    cgm_intervention *todo[2];
    bool *treated; /* [variables] */
    bool *moved;   /* [variables]: descendants of the treated */
    bool *refit;   /* [variables of the whole model] */
    size_t n_conditions;
    scm_condition *condition;
    size_t n_groups;
    effect_group *group;
    bool has_data;
    const cgm_train_opts *train; /* how a regression is fitted; NULL without data */
    bool *adjustment;            /* [variables]: the regression's regressors but the treated, where there is one */
    scm_effect_plan way;
    cgm_effect_method method;
} effect_plan;

/* Numbers of one group and one level (or the mean): both worlds' and their difference, then the ratios. */
static inline size_t cgm_effect_numbers(const effect_plan *plan)
{
    return plan->ratios ? 5 : 3;
}
static inline size_t cgm_effect_outcomes(const effect_plan *plan)
{
    return plan->n_levels ? plan->n_levels : 1;
}
/* From the two worlds' means; context is the plan. */
void cgm_effect_combine(const void *context, const double *mean, double *out);

cgm_status cgm_effect_plan_make(const cgm_scm *scm, const cgm_effect_opts *opts, bool has_data,
                                effect_plan *plan) CGM_CHECKED;
void cgm_effect_plan_clear(effect_plan *plan);

/* A model that rows are predicted with: a part of the question's structure, or a regression. */
typedef struct effect_frame {
    const cgm_scm *scm;
    size_t outcome; /* variable */
    cgm_intervention *todo[2];
} effect_frame;

/* Which of n rows are in the group; columns[variable] as for cgm_scm_condition_apply. Returns how many, 0 with an error
 * in *status. */
cgm_status cgm_effect_select(const effect_plan *plan, size_t group, const double *const *columns, size_t n, bool *keep,
                             size_t *kept) CGM_CHECKED;

/* Each fills out [groups, outcomes, numbers] and mc_error, likewise, unless it is NULL; rows [groups] and *exact unless
 * they are NULL. */
cgm_status cgm_effect_from_rows(const effect_plan *plan, const effect_frame *frame, const cgm_dataset *data,
                                const cgm_rng *rng, double *out, double *mc_error, size_t *rows,
                                bool *exact) CGM_CHECKED;
cgm_status cgm_effect_from_adjustment(const effect_plan *plan, const cgm_dataset *data, const cgm_rng *rng, double *out,
                                      double *mc_error, size_t *rows, bool *exact) CGM_CHECKED;
cgm_status cgm_effect_from_model(const effect_plan *plan, const cgm_scm *part, const cgm_rng *rng, double *out,
                                 double *mc_error, bool *exact) CGM_CHECKED;
cgm_status cgm_effect_from_formula(const effect_plan *plan, const cgm_dataset *data, double *out,
                                   size_t *rows) CGM_CHECKED;

/* That the formula can be evaluated: CGM_E_UNSUPPORTED with the reason. */
cgm_status cgm_effect_check_formula(const effect_plan *plan) CGM_CHECKED;
/* An adjustment set that holds the conditions, into plan->adjustment; *found says whether there is one of scalars. */
cgm_status cgm_effect_find_adjustment(effect_plan *plan, bool *found) CGM_CHECKED;

#endif
