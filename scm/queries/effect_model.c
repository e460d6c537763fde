/* Average effects of a model without rows: exact where the posterior of one unit is, else over draws. */
#include <math.h>
#include <stdlib.h>

#include "scm/queries/effect_priv.h"
#include "scm/queries/unit.h"

/* ---- Exactly ---- */

/* The group's conditions as evidence, if they are equalities all; -1 otherwise. Conditions that repeat a variable are
 * left to draws. */
static int evidence_of(const effect_plan *plan, size_t group, cgm_observation *out)
{
    int n = 0;
    for (size_t k = 0; k < plan->n_conditions; k++) {
        if (!plan->condition[k].is_equality) return -1;
        out[n++] = (cgm_observation){plan->condition[k].variable[0], plan->condition[k].value};
    }
    if (plan->group[group].level >= 0) out[n++] = (cgm_observation){plan->by, plan->group[group].level};
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i; k++)
            if (out[i].variable == out[k].variable) return -1;
    return n;
}

/* Whether means under an arm are exact. Two particles, as an answer by particles is not wanted. */
static cgm_status is_exact(const effect_plan *plan, const cgm_scm *part, const cgm_rng *rng, bool *out)
{
    const cgm_unit_opts opts = {.particles = 2};
    cgm_unit_answer a;
    *out = false;
    if (cgm_hidden_check(part, "counterfactual") != CGM_OK) return CGM_OK; /* fewer questions than draws can answer */
    CGM_TRY(cgm_scm_unit(part, rng, 0, NULL, plan->n_do[1], plan->todo[1], &opts, &a));
    *out = a.method != CGM_UNIT_PARTICLES;
    cgm_unit_answer_clear(&a);
    return CGM_OK;
}

static cgm_status unit(const effect_plan *plan, const cgm_scm *part, const cgm_rng *rng, size_t group, int arm,
                       cgm_arena *arena, double *mean, bool *exact)
{
    cgm_observation *evidence = cgm_arena_array(arena, plan->n_conditions + 1, sizeof *evidence);
    cgm_unit_answer a;
    const cgm_unit_opts opts = {.particles = 2};
    if (!evidence) return CGM_E_MEMORY;
    int n = evidence_of(plan, group, evidence);
    *exact = n >= 0;
    if (n < 0) return CGM_OK;
    CGM_TRY(cgm_scm_unit(part, rng, (size_t)n, evidence, plan->n_do[arm], plan->todo[arm], &opts, &a));
    const cgm_unit_value *y = &a.value[plan->outcome];
    *exact = a.method != CGM_UNIT_PARTICLES;
    for (size_t k = 0; k < cgm_effect_outcomes(plan); k++)
        mean[2 * k] = plan->n_levels && y->probability ? y->probability[plan->level[k]] : y->mean;
    cgm_unit_answer_clear(&a);
    return CGM_OK;
}

static cgm_status exactly(const effect_plan *plan, const cgm_scm *part, const cgm_rng *rng, double *out, bool *exact)
{
    cgm_status status = CGM_OK;
    cgm_arena arena = {0};
    size_t outcomes = cgm_effect_outcomes(plan);
    double *mean = cgm_arena_array(&arena, 2 * outcomes, sizeof *mean);
    *exact = false;
    if (!mean) return CGM_E_MEMORY;
    status = is_exact(plan, part, rng, exact);
    for (size_t g = 0; g < plan->n_groups && *exact && status == CGM_OK; g++) {
        for (int arm = 0; arm < 2 && *exact && status == CGM_OK; arm++)
            status = unit(plan, part, rng, g, arm, &arena, mean + arm, exact);
        for (size_t k = 0; k < outcomes && *exact && status == CGM_OK; k++)
            cgm_effect_combine(plan, mean + 2 * k, out + (g * outcomes + k) * cgm_effect_numbers(plan));
    }
    cgm_arena_clear(&arena);
    return status;
}

/* ---- By draws ---- */

/* Worlds of the same noise: as it is, for the conditions, and both arms. */
typedef struct drawn {
    const effect_plan *plan;
    const cgm_scm *part;
    cgm_world *natural, *arm[2];
    bool *keep;
    const double **columns;
    double *mean; /* [groups, outcomes][draws, 2] */
} drawn;

static void drawn_clear(drawn *d)
{
    cgm_world_destroy(d->natural);
    cgm_world_destroy(d->arm[0]);
    cgm_world_destroy(d->arm[1]);
    free(d->keep);
    free(d->columns);
    free(d->mean);
}

static cgm_status drawn_init(drawn *d)
{
    size_t rows = d->plan->opts->model_rows, draws = d->plan->opts->draws;
    if (draws < 2) return CGM_FAIL(CGM_E_ARG, "%zu draws; expected at least 2", draws);
    if (rows < 1) return CGM_FAIL(CGM_E_ARG, "draws of no rows; expected at least 1");
    CGM_TRY(cgm_world_create(d->part, rows, &d->natural));
    for (int arm = 0; arm < 2; arm++) CGM_TRY(cgm_world_create(d->part, rows, &d->arm[arm]));
    d->keep = calloc(rows, sizeof *d->keep);
    d->columns = calloc(d->part->n, sizeof *d->columns);
    d->mean = calloc(d->plan->n_groups * cgm_effect_outcomes(d->plan), 2 * draws * sizeof *d->mean);
    if (!d->keep || !d->columns || !d->mean) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu draws", draws);
    for (size_t v = 0; v < d->part->n; v++) d->columns[v] = d->natural->value[cgm_scm_node_of(d->part, v)].data;
    return CGM_OK;
}

static double average(const drawn *d, const double *y, int level, size_t kept)
{
    double sum = 0;
    for (size_t i = 0; i < d->natural->n; i++)
        if (d->keep[i]) sum += level < 0 ? y[i] : y[i] == level;
    return sum / (double)kept;
}

/* One draw of rows: each group's means in both arms. */
static cgm_status draw_once(drawn *d, const cgm_rng *rng, size_t draw)
{
    const effect_plan *plan = d->plan;
    size_t outcomes = cgm_effect_outcomes(plan), draws = plan->opts->draws, kept;
    bool conditional = plan->n_conditions > 0 || plan->by != SIZE_MAX;
    cgm_rng here = cgm_rng_split_index(rng, draw);
    if (conditional) CGM_TRY(cgm_scm_sample(d->part, &here, 0, NULL, NULL, d->natural));
    for (int arm = 0; arm < 2; arm++)
        CGM_TRY(cgm_scm_sample(d->part, &here, plan->n_do[arm], plan->todo[arm], NULL, d->arm[arm]));
    for (size_t g = 0; g < plan->n_groups; g++) {
        CGM_TRY(cgm_effect_select(plan, g, d->columns, d->natural->n, d->keep, &kept));
        for (size_t k = 0; k < outcomes; k++)
            for (int arm = 0; arm < 2; arm++)
                d->mean[((g * outcomes + k) * draws + draw) * 2 + (size_t)arm] =
                    average(d, d->arm[arm]->value[cgm_scm_node_of(d->part, plan->outcome)].data,
                            plan->n_levels ? plan->level[k] : -1, kept);
    }
    return CGM_OK;
}

static cgm_status summarise(const drawn *d, double *out, double *mc_error)
{
    const effect_plan *plan = d->plan;
    size_t numbers = cgm_effect_numbers(plan), draws = plan->opts->draws;
    double scratch[2 + 2 * 5], unused[5];
    const scm_comparison c = {.n = 2, .k = numbers, .draws = draws, .combine = cgm_effect_combine, .context = plan};
    for (size_t j = 0; j < plan->n_groups * cgm_effect_outcomes(plan); j++) {
        const double *mean = d->mean + j * draws * 2;
        double sum[2] = {0, 0};
        for (size_t i = 0; i < draws; i++)
            for (int arm = 0; arm < 2; arm++) sum[arm] += mean[2 * i + (size_t)arm];
        double all[2] = {sum[0] / (double)draws, sum[1] / (double)draws};
        cgm_effect_combine(plan, all, out + j * numbers);
        cgm_scm_jackknife(&c, mean, sum, scratch, mc_error ? mc_error + j * numbers : unused);
    }
    return CGM_OK;
}

cgm_status cgm_effect_from_model(const effect_plan *plan, const cgm_scm *part, const cgm_rng *rng, double *out,
                                 double *mc_error, bool *exact)
{
    bool is_exact;
    drawn d = {.plan = plan, .part = part};
    CGM_TRY(exactly(plan, part, rng, out, &is_exact));
    if (exact) *exact = is_exact;
    if (is_exact) return CGM_OK;
    cgm_status status = drawn_init(&d);
    for (size_t i = 0; status == CGM_OK && i < plan->opts->draws; i++) status = draw_once(&d, rng, i);
    if (status == CGM_OK) status = summarise(&d, out, mc_error);
    drawn_clear(&d);
    return status;
}
