/* Who judges an evaluation's images: predictors, whether they may, and measures. */
#include <inttypes.h>
#include <string.h>

#include "scm/object.h"
#include "scm/soundness/evaluation_priv.h"

/* Whether the model has all that the predictor speaks of. */
static bool can_judge(const evaluation *e, const cgm_predictor *p)
{
    const cgm_variable *const *given;
    const cgm_scm *scm = e->run->scm;
    for (size_t k = cgm_predictor_given(p, &given); k-- > 0;)
        if (cgm_scm_find(scm, given[k]->name) < 0) return false;
    return strcmp(p->image->name, e->image_variable->name) == 0 && cgm_scm_find(scm, p->attribute->name) >= 0;
}

/* A judge would find what the model was trained for if it had part in that, or anything in common with what had:
 * images, or a stream of random numbers. */
static cgm_status check_apart(const evaluation *e, const char *option, const cgm_predictor *p)
{
    size_t first, n, begin, m;
    cgm_predictor_share(p, e->run->data, &first, &n);
    for (size_t k = 0; k < cgm_run_predictors(e->run); k++) {
        const cgm_predictor *t = cgm_run_predictor_at(e->run, k);
        if (!cgm_run_tunes_with(e->run, t)) continue;
        if (t == p)
            return CGM_FAIL(CGM_E_ARG,
                            "%s: the model is fine-tuned by \"%s\"; expected a predictor that has no part in it",
                            option, p->name);
        cgm_predictor_share(t, e->run->data, &begin, &m);
        if (first < begin + m && begin < first + n)
            return CGM_FAIL(
                CGM_E_ARG,
                "%s: \"%s\" sees training rows that \"%s\" sees, which the model is fine-tuned by; expected "
                "`rows: first half` of one and `rows: second half` of the other",
                option, p->name, t->name);
        if (cgm_predictor_seed(p) == cgm_predictor_seed(t))
            return CGM_FAIL(CGM_E_ARG,
                            "%s: \"%s\" has the seed of \"%s\", which the model is fine-tuned by, %" PRIu64
                            "; expected a `seed` of its own",
                            option, p->name, t->name, cgm_predictor_seed(p));
    }
    return CGM_OK;
}

/* One that has learnt the rows by heart would find them as they should be. */
static cgm_status check_judge(const evaluation *e, const char *option, const cgm_predictor *p)
{
    size_t first, n;
    CGM_TRY(check_apart(e, option, p));
    cgm_predictor_share(p, e->run->data, &first, &n);
    for (size_t i = 0; i < e->n; i++)
        if (e->row[i] >= first && e->row[i] < first + n)
            return CGM_FAIL(CGM_E_ARG,
                            "%s: \"%s\" sees training rows %zu to %zu, and row %zu is asked for; expected rows that no "
                            "judge sees",
                            option, p->name, first, first + n - 1, e->row[i]);
    return CGM_OK;
}

static cgm_status add_judge(evaluation *e, evaluation_judge judge, const char *attribute)
{
    const char *text = judge.predictor ? cgm_arena_printf(&e->out->arena, "predictor %s", judge.predictor->name)
                                       : cgm_arena_strdup(&e->out->arena, "measure");
    judge.attribute = (size_t)cgm_scm_find(e->run->scm, attribute);
    judge.own = cgm_arena_array(&e->arena, e->n, sizeof *judge.own);
    judge.by = text;
    if (!text || !judge.own) return CGM_E_MEMORY;
    bool accuracy = judge.predictor && cgm_variable_has_levels(judge.predictor->attribute);
    judge.metric = accuracy ? "effectiveness accuracy" : "effectiveness error";
    e->judge[e->n_judges++] = judge;
    return CGM_OK;
}

static cgm_status add_predictor(evaluation *e, cgm_predictor *p)
{
    CGM_TRY(check_judge(e, "judge", p));
    return add_judge(e, (evaluation_judge){.predictor = p}, p->attribute->name);
}

static cgm_status find_predictors(evaluation *e)
{
    const cgm_evaluation_opts *o = e->opts;
    cgm_predictor *p;
    if (o->n_judges == 1 && strcmp(o->judges[0], CGM_JUDGE_NONE) == 0 && !cgm_run_predictor(e->run, CGM_JUDGE_NONE))
        return CGM_OK;
    for (size_t k = 0; k < o->n_judges; k++) {
        CGM_TRY(cgm_run_lookup_predictor(e->run, "judge", o->judges[k], &p));
        if (!can_judge(e, p))
            return CGM_FAIL(CGM_E_ARG,
                            "judge: \"%s\" reads %s off %s, which the model does not have with all that it needs",
                            p->name, p->attribute->name, p->image->name);
        CGM_TRY(add_predictor(e, p));
    }
    for (size_t k = 0; o->n_judges == 0 && k < cgm_run_predictors(e->run); k++) {
        p = cgm_run_predictor_at(e->run, k);
        if (can_judge(e, p) && !cgm_run_tunes_with(e->run, p)) CGM_TRY(add_predictor(e, p));
    }
    return CGM_OK;
}

static cgm_status find_measures(evaluation *e)
{
    size_t n, asked = e->opts->n_measures;
    const cgm_scm *scm = e->run->scm;
    const cgm_measure *all = cgm_measures(&n), *m;
    for (size_t k = 0; k < asked; k++) {
        const char *name = e->opts->measures[k];
        if (!(m = cgm_measure_find(name)))
            return CGM_FAIL(CGM_E_ARG, "measure: there is no measure of images named \"%s\"", name);
        if (cgm_scm_find(scm, name) < 0)
            return CGM_FAIL(CGM_E_ARG, "measure: the graph has no variable \"%s\" to compare the image with", name);
        CGM_TRY(add_judge(e, (evaluation_judge){.measure = m}, name));
    }
    for (size_t k = 0; asked == 0 && k < n; k++) {
        int v = cgm_scm_find(scm, all[k].name);
        if (v < 0 || !cgm_variable_is_scalar(cgm_scm_variable(scm, (size_t)v))) continue;
        CGM_TRY(add_judge(e, (evaluation_judge){.measure = &all[k]}, all[k].name));
    }
    return CGM_OK;
}

static cgm_status find_features(evaluation *e)
{
    if (e->opts->predictor) {
        CGM_TRY(cgm_run_lookup_predictor(e->run, "predictor", e->opts->predictor, &e->features));
        if (!can_judge(e, e->features))
            return CGM_FAIL(CGM_E_ARG,
                            "predictor: \"%s\" reads %s, which the model does not have with all that it needs",
                            e->features->name, e->features->image->name);
        return check_judge(e, "predictor", e->features);
    }
    for (size_t k = 0; k < e->n_judges; k++) {
        cgm_predictor *p = e->judge[k].predictor;
        bool better = p && e->features && cgm_variable_has_levels(p->attribute) &&
                      !cgm_variable_has_levels(e->features->attribute);
        if (p && (!e->features || better)) e->features = p;
    }
    return CGM_OK;
}

cgm_status cgm_evaluation_find_judges(evaluation *e)
{
    size_t measures, most = cgm_run_predictors(e->run) + e->opts->n_judges + e->opts->n_measures;
    (void)cgm_measures(&measures);
    e->judge = cgm_arena_array(&e->arena, most + measures + 1, sizeof *e->judge);
    if (!e->judge) return CGM_E_MEMORY;
    CGM_TRY(find_predictors(e));
    CGM_TRY(find_measures(e));
    return find_features(e);
}
