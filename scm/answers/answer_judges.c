/* Predictors as judges of counterfactual images: what they read off them against what was predicted, beside their own
 * error on the factual images of the same rows. */
#include <stdlib.h>

#include "scm/answers/answer_priv.h"
#include "scm/runs/run_priv.h"

cgm_status cgm_answer_check_judges(const cgm_answer *answer)
{
    const cgm_query *q = &answer->query;
    const cgm_run *run = answer->run;
    if (q->n_judges && q->kind != CGM_COUNTERFACTUAL)
        return CGM_FAIL(CGM_E_ARG, "judge: expected a counterfactual, not a sample");
    if (q->n_judges && !run->n_predictors)
        return CGM_FAIL(CGM_E_ARG, "judge: the run has no predictors: expected a section `predictors` in its config");
    for (size_t k = 0; k < q->n_judges; k++)
        if (!cgm_run_predictor(run, q->judges[k]))
            return CGM_FAIL(CGM_E_ARG, "judge: there is no predictor \"%s\"; expected one such as \"%s\"", q->judges[k],
                            run->predictor[0]->name);
    return CGM_OK;
}

/* ---- The sink ---- */

typedef struct judging {
    cgm_predictor *predictor;
    cgm_judgement own;     /* of the factual images */
    cgm_judgement *column; /* [columns] */
} judging;

typedef struct judges {
    cgm_arena arena;
    judging *judge; /* [judges] */
} judges;

static cgm_status make_room(judges *j, const cgm_answer *answer)
{
    j->judge = cgm_arena_array(&j->arena, answer->query.n_judges, sizeof *j->judge);
    if (!j->judge) return CGM_E_MEMORY;
    for (size_t k = 0; k < answer->query.n_judges; k++) {
        j->judge[k].predictor = cgm_run_predictor(answer->run, answer->query.judges[k]);
        j->judge[k].column = cgm_arena_array(&j->arena, answer->n_columns, sizeof(cgm_judgement));
        if (!j->judge[k].column) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

static cgm_status judges_begin(cgm_answer *answer, void **out)
{
    if (!answer->query.n_judges) return CGM_OK;
    judges *j = calloc(1, sizeof *j);
    if (!j) return CGM_FAIL(CGM_E_MEMORY, "out of memory for judges");
    *out = j;
    return make_room(j, answer);
}

const double *cgm_answer_value(const cgm_answer *answer, const cgm_world *world, const char *name)
{
    const cgm_scm *scm = answer->run->scm;
    return world->value[cgm_scm_node_of(scm, (size_t)cgm_scm_find(scm, name))].data;
}

cgm_status cgm_answer_judge(const cgm_answer *answer, cgm_predictor *p, const cgm_world *world, double *read,
                            cgm_judgement *sum)
{
    const cgm_variable *const *variable;
    const double *given[CGM_MAX_PARENTS];
    size_t n = cgm_predictor_given(p, &variable);
    for (size_t i = 0; i < n; i++) given[i] = cgm_answer_value(answer, world, variable[i]->name);
    return cgm_predictor_judge(p, answer->opts.threads, answer->count, cgm_answer_value(answer, world, p->image->name),
                               given, cgm_answer_value(answer, world, p->attribute->name), read, sum);
}

static cgm_status judges_take(void *sink, cgm_answer *answer)
{
    judges *j = sink;
    for (size_t k = 0; k < answer->query.n_judges; k++) {
        judging *judge = &j->judge[k];
        CGM_TRY(cgm_answer_judge(answer, judge->predictor, answer->factual, NULL, &judge->own));
        for (size_t c = 0; c < answer->n_columns; c++)
            CGM_TRY(cgm_answer_judge(answer, judge->predictor, answer->column[c].world, NULL, &judge->column[c]));
    }
    return CGM_OK;
}

/* "digit judged accuracy", "thickness judged error". */
static cgm_status add_figure(cgm_answer *answer, const char *of, const cgm_predictor *p, const cgm_judgement *judgement)
{
    const char *name = cgm_arena_printf(&answer->arena, "%s judged %s", p->name, cgm_predictor_judgement_name(p));
    return name ? cgm_answer_add_figure(answer, of, name, cgm_judgement_value(judgement)) : CGM_E_MEMORY;
}

static cgm_status judges_end(void *sink, cgm_answer *answer)
{
    const judges *j = sink;
    size_t n = answer->query.n_judges;
    for (size_t c = 0; c < answer->n_columns; c++)
        for (size_t k = 0; k < n; k++)
            CGM_TRY(add_figure(answer, answer->column[c].heading, j->judge[k].predictor, &j->judge[k].column[c]));
    for (size_t k = 0; k < n; k++)
        CGM_TRY(add_figure(answer, CGM_ANSWER_FACTUAL, j->judge[k].predictor, &j->judge[k].own));
    return CGM_OK;
}

static void judges_drop(void *sink)
{
    judges *j = sink;
    if (j) cgm_arena_clear(&j->arena);
    free(j);
}

const cgm_answer_sink cgm_answer_judges_sink = {judges_begin, judges_take, judges_end, judges_drop};
