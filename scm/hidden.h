/* Hidden common causes of a model, in one place: what they forbid, and the joint distribution of noises that a user may
 * give for them. Internal to scm/.
 *
 * A pair of variables with hidden common causes has correlated noises. Where the correlation is given, the noises u of
 * all such pairs are jointly normal (a Gaussian copula of standard normal margins), u = L z with z independent and L
 * the Cholesky factor of their correlations in the model's order: draws, weights and densities follow from L. Where it
 * is not given, only some effects can be computed: those for which the mechanisms' product is the truncated
 * factorisation (Pearl 2009, equation 3.10; districts by Tian and Pearl 2002). */
#ifndef CGM_SCM_HIDDEN_H
#define CGM_SCM_HIDDEN_H

#include "scm/graphs/identify.h"
#include "scm/object.h"

enum { SCM_HIDDEN_MAX = 64 }; /* variables with correlated noise */

/* A pair as it was added. */
typedef struct scm_hidden_pair {
    const char *name[2];
    const cgm_yaml *where; /* until the model is finished */
    double correlation;    /* NaN: not known */
    size_t variable[2];    /* in the model's order */
} scm_hidden_pair;

struct scm_hidden {
    cgm_dag *dag; /* node i is variable i */
    size_t n;
    scm_hidden_pair *pair;
    size_t m;       /* variables whose noise is correlated with another's */
    size_t *member; /* [m]: variables, ascending */
    int *row;       /* [variables]: its number among them, or -1 */
    double *factor; /* [m, m]: L */
};

/* For cgm_scm_finish: makes scm->hidden from the pairs. CGM_E_CONFIG, CGM_E_ARG: an unknown variable, a pair twice, a
 * correlation of a mechanism whose noise is not one standard normal number, correlations that no distribution has. */
cgm_status cgm_hidden_finish(cgm_scm *scm) CGM_CHECKED;
void cgm_hidden_destroy(cgm_scm *scm);
/* Gives `part` the pairs of `from` of which both variables are kept; variable v has become position[v]. */
cgm_status cgm_hidden_take(const cgm_scm *from, const bool *kept, const size_t *position, cgm_scm *part) CGM_CHECKED;

/* ---- What may be asked. All of them: CGM_OK without hidden common causes, else CGM_E_UNSUPPORTED with the reason. */

/* That the model is all that the query `what` ("counterfactual") of the third rung needs: noises whose joint
 * distribution is known, and mechanisms that are causal. */
cgm_status cgm_hidden_check(const cgm_scm *scm, const char *what) CGM_CHECKED;
/* That the mechanisms' product is the joint distribution of what is seen. */
cgm_status cgm_hidden_check_joint(const cgm_scm *scm, const char *what) CGM_CHECKED;
/* The same of the variables `drawn` alone, with those of `set` set to values; both are [variables]. */
cgm_status cgm_hidden_check_part(const cgm_scm *scm, const char *what, const bool *set, const bool *drawn) CGM_CHECKED;
/* The same for samples under interventions; the hedge where the effect on all other variables is not identifiable. */
cgm_status cgm_hidden_check_sample(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions) CGM_CHECKED;
/* That no variable of `drawn` has noise that is correlated with that of one which is not. */
cgm_status cgm_hidden_check_drawn(const cgm_scm *scm, const char *what, const bool *drawn) CGM_CHECKED;

/* How the effect of treatments on outcomes can be computed. */
typedef enum scm_effect_way {
    SCM_EFFECT_MECHANISMS, /* what the treatments move is drawn, the rest of each row stays */
    SCM_EFFECT_DRAWS,      /* everything is drawn: noises are correlated */
    SCM_EFFECT_FORMULA,    /* from the joint distribution of the data */
    SCM_EFFECT_ADJUSTMENT  /* by a regression of the outcome on treatments and an adjustment set; the caller's choice */
} scm_effect_way;

typedef struct scm_effect_plan {
    scm_effect_way way;
    cgm_identification identification; /* by formula; its formula borrows scm */
    const char *formula;               /* "P(y | do(x)) = sum_z ..." */
} scm_effect_plan;

/* treatments, outcomes, given: [variables]; given are not moved by the treatments. hard: the treatments are set to
 * values whatever they were. CGM_E_UNSUPPORTED with the hedge when the effect is not identifiable. Texts live in the
 * arena. */
cgm_status cgm_hidden_plan_effect(const cgm_scm *scm, const bool *treatments, const bool *outcomes, const bool *given,
                                  bool hard, cgm_arena *arena, scm_effect_plan *out) CGM_CHECKED;

/* ---- Joint noise */

/* L's entry of two variables: that of the identity where their noises are independent. */
double cgm_hidden_factor(const cgm_scm *scm, size_t variable, size_t other);
/* Given row i's noises of the correlated variables before it in the model's order, the noise of `variable` is normal;
 * false when it is independent of them. */
bool cgm_hidden_given(const cgm_scm *scm, size_t variable, const cgm_world *world, size_t i, double *mean, double *sd);
/* log p(u | those before it) - log p(u), of the same noise u. */
double cgm_hidden_log_ratio(double u, double mean, double sd);
/* Makes log p(value | parents) of each variable, out[v] being [n], the log-density given its parents and the correlated
 * variables before it, so that the sum is the joint one. */
cgm_status cgm_hidden_adjust_log_prob(const cgm_scm *scm, const cgm_world *world, double *const *out) CGM_CHECKED;

#endif
