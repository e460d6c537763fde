/* What an evaluation is asked: rows, treatments, judges, and whether they may judge. */
#include <math.h>
#include <string.h>

#include "scm/interventions/intervention.h"
#include "scm/object.h"
#include "scm/runs/evaluation_priv.h"

static cgm_status check_numbers(const cgm_evaluation_opts *o)
{
    if (o->bins < 2 || o->bins > 1000)
        return CGM_FAIL(CGM_E_ARG, "bins: %zu; expected a whole number from 2 to 1000", o->bins);
    if (o->cycles < 1 || o->cycles > 1000)
        return CGM_FAIL(CGM_E_ARG, "cycles: %zu; expected a whole number from 1 to 1000", o->cycles);
    if (o->seeds < 1 || o->seeds > 1000)
        return CGM_FAIL(CGM_E_ARG, "seeds: %zu; expected a whole number from 1 to 1000", o->seeds);
    if (o->resamples == 1 || !(o->level > 0 && o->level < 1))
        return CGM_FAIL(CGM_E_ARG,
                        "bootstrap: %zu resamples, level %g; expected none or at least 2, and a level between 0 and 1",
                        o->resamples, o->level);
    if (o->n_noises < 1) return CGM_FAIL(CGM_E_ARG, "noise: expected at least one factor on the noise of pixels");
    for (size_t k = 0; k < o->n_noises; k++)
        if (!(o->noises[k] >= 0 && o->noises[k] <= 1000))
            return CGM_FAIL(CGM_E_ARG, "noise: %g; expected a number from 0 to 1000", o->noises[k]);
    return CGM_OK;
}

static cgm_status find_image(evaluation *e)
{
    const cgm_scm *scm = e->run->scm;
    size_t n = cgm_scm_count(scm), images = 0;
    if (!(e->name = cgm_arena_array(&e->arena, n, sizeof *e->name))) return CGM_E_MEMORY;
    for (size_t v = 0; v < n; v++) {
        const cgm_variable *x = cgm_scm_variable(scm, v);
        if (!(e->name[v] = cgm_arena_strdup(&e->out->arena, x->name))) return CGM_E_MEMORY;
        if (x->type == CGM_IMAGE && images++ == 0) e->image = v;
    }
    if (images == 0) return CGM_FAIL(CGM_E_ARG, "evaluate: the graph has no image");
    e->image_variable = cgm_scm_variable(scm, e->image);
    return cgm_answer_check_parents(scm, e->image);
}

static cgm_status choose_rows(evaluation *e)
{
    size_t begin, all;
    const cgm_evaluation_opts *o = e->opts;
    CGM_TRY(cgm_run_load_data(e->run));
    cgm_dataset_split(e->run->data, o->split, &begin, &all);
    const cgm_row_choice choice = {.split = o->split, .n = o->n ? o->n : all};
    CGM_TRY(cgm_dataset_choose(e->run->data, &choice, all, &e->arena, &e->n, &e->row));
    if (e->n >= 3) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "evaluate: %zu images; expected at least 3", e->n);
}

/* ---- Treatments ---- */

/* The nodes that an intervention on the variable moves, and whether the image is one. */
static cgm_status find_moves(evaluation *e, size_t v, bool **moves, bool *reaches)
{
    const cgm_scm *scm = e->run->scm;
    *moves = cgm_arena_array(&e->arena, cgm_scm_nodes(scm), sizeof **moves);
    if (!*moves) return CGM_E_MEMORY;
    cgm_scm_mark_descendants(scm, cgm_scm_node_of(scm, v), *moves);
    *reaches = v != e->image && (*moves)[cgm_scm_node_of(scm, e->image)];
    return CGM_OK;
}

static cgm_status add_treatment(evaluation *e, const char *name)
{
    size_t v;
    bool reaches;
    const cgm_scm *scm = e->run->scm;
    CGM_TRY(cgm_scm_lookup(scm, name, &v));
    CGM_TRY(cgm_scm_check_scalar(cgm_scm_variable(scm, v)));
    CGM_TRY(cgm_scm_check_settable(scm, cgm_scm_node_of(scm, v)));
    CGM_TRY(find_moves(e, v, &e->moves[e->n_treatments], &reaches));
    if (!reaches)
        return CGM_FAIL(CGM_E_ARG, "treatment: '%s' makes no difference to '%s'", name, e->image_variable->name);
    for (size_t k = 0; k < e->n_treatments; k++)
        if (e->treatment[k] == v) return CGM_FAIL(CGM_E_ARG, "treatment: '%s' is there twice", name);
    e->treatment[e->n_treatments++] = v;
    return CGM_OK;
}

static cgm_status find_treatments(evaluation *e)
{
    const cgm_scm *scm = e->run->scm;
    size_t n = cgm_scm_count(scm), asked = e->opts->n_treatments;
    e->treatment = cgm_arena_array(&e->arena, n + asked, sizeof *e->treatment);
    e->moves = cgm_arena_array(&e->arena, n + asked, sizeof *e->moves);
    if (!e->treatment || !e->moves) return CGM_E_MEMORY;
    for (size_t k = 0; k < asked; k++) CGM_TRY(add_treatment(e, e->opts->treatments[k]));
    for (size_t v = 0; asked == 0 && v < n; v++) {
        bool reaches;
        CGM_TRY(find_moves(e, v, &e->moves[e->n_treatments], &reaches));
        if (reaches && cgm_variable_is_scalar(cgm_scm_variable(scm, v)) && !scm->variable[v].refuses_do)
            e->treatment[e->n_treatments++] = v;
    }
    if (e->n_treatments > 0) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "treatment: no attribute that can be set makes a difference to '%s'",
                    e->image_variable->name);
}

/* ---- Judges ---- */

/* Whether the model has all that the predictor speaks of. */
static bool can_judge(const evaluation *e, const cgm_predictor *p)
{
    const cgm_variable *const *given;
    const cgm_scm *scm = e->run->scm;
    for (size_t k = cgm_predictor_given(p, &given); k-- > 0;)
        if (cgm_scm_find(scm, given[k]->name) < 0) return false;
    return strcmp(p->image->name, e->image_variable->name) == 0 && cgm_scm_find(scm, p->attribute->name) >= 0;
}

/* A judge that has learnt the rows by heart would find them as they should be, and one that the model was trained by
 * what it was trained for. */
static cgm_status check_judge(const evaluation *e, const char *option, const cgm_predictor *p)
{
    size_t fitted, validated;
    if (cgm_run_tunes_with(e->run, p))
        return CGM_FAIL(CGM_E_ARG, "%s: the model is fine-tuned by \"%s\"; expected a predictor that has no part in it",
                        option, p->name);
    cgm_predictor_rows(p, &fitted, &validated);
    for (size_t i = 0; i < e->n; i++)
        if (e->row[i] < fitted + validated)
            return CGM_FAIL(CGM_E_ARG,
                            "%s: \"%s\" was fitted to rows 0 to %zu of the data and stopped by those up to %zu, and "
                            "row %zu is asked for; expected rows that no judge saw",
                            option, p->name, fitted ? fitted - 1 : 0, fitted + validated - 1, e->row[i]);
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

/* ---- The embedding ---- */

static cgm_status check_embedding(const evaluation *e)
{
    const size_t *parent;
    const cgm_run *other = e->opts->embedding;
    if (!other) return CGM_OK;
    int v = cgm_scm_find(other->scm, e->image_variable->name);
    if (v < 0 || cgm_variable_width(cgm_scm_variable(other->scm, (size_t)v)) != cgm_variable_width(e->image_variable))
        return CGM_FAIL(CGM_E_ARG, "embedding: expected a run with an image '%s' of %d x %d x %d pixels",
                        e->image_variable->name, e->image_variable->channels, e->image_variable->height,
                        e->image_variable->width);
    if (!cgm_scm_mechanism(other->scm, (size_t)v)->methods->posterior)
        return CGM_FAIL(
            CGM_E_UNSUPPORTED,
            "embedding: the mechanism of '%s', %s, gives no normal posterior; expected a run whose image is "
            "of the kind cvae",
            e->image_variable->name, cgm_scm_mechanism(other->scm, (size_t)v)->methods->kind);
    for (size_t k = cgm_scm_parents(other->scm, (size_t)v, &parent); k-- > 0;) {
        const cgm_variable *x = cgm_scm_variable(other->scm, parent[k]);
        if (cgm_scm_find(e->run->scm, x->name) < 0)
            return CGM_FAIL(CGM_E_ARG, "embedding: its image sees '%s', which this model does not have", x->name);
    }
    return cgm_run_is_finished(other) ? CGM_OK
                                      : CGM_FAIL(CGM_E_ARG, "embedding: the run is not trained to its end yet");
}

cgm_status cgm_evaluation_plan(evaluation *e)
{
    size_t measures;
    (void)cgm_measures(&measures);
    CGM_TRY(check_numbers(e->opts));
    CGM_TRY(find_image(e));
    CGM_TRY(choose_rows(e));
    CGM_TRY(find_treatments(e));
    size_t most = cgm_run_predictors(e->run) + e->opts->n_judges + e->opts->n_measures + measures;
    e->judge = cgm_arena_array(&e->arena, most + 1, sizeof *e->judge);
    if (!e->judge) return CGM_E_MEMORY;
    CGM_TRY(find_predictors(e));
    CGM_TRY(find_measures(e));
    CGM_TRY(find_features(e));
    return check_embedding(e);
}
