/* What an evaluation is asked: numbers, rows and treatments. */
#include <math.h>
#include <string.h>

#include "scm/interventions/intervention.h"
#include "scm/object.h"
#include "scm/soundness/evaluation_priv.h"

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

/* CGM_TREATMENT_RANDOM, unless a variable is called so. */
static cgm_status add_named(evaluation *e, const char *name)
{
    if (strcmp(name, CGM_TREATMENT_RANDOM) != 0 || cgm_scm_find(e->run->scm, name) >= 0) return add_treatment(e, name);
    if (e->random) return CGM_FAIL(CGM_E_ARG, "treatment: '%s' is there twice", name);
    e->random = cgm_arena_strdup(&e->out->arena, name);
    return e->random ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status find_treatments(evaluation *e)
{
    const cgm_scm *scm = e->run->scm;
    size_t n = cgm_scm_count(scm), asked = e->opts->n_treatments;
    e->treatment = cgm_arena_array(&e->arena, n + asked, sizeof *e->treatment);
    e->moves = cgm_arena_array(&e->arena, n + asked, sizeof *e->moves);
    if (!e->treatment || !e->moves) return CGM_E_MEMORY;
    for (size_t k = 0; k < asked; k++) CGM_TRY(add_named(e, e->opts->treatments[k]));
    bool all = e->n_treatments == 0;
    for (size_t v = 0; all && v < n; v++) {
        bool reaches;
        CGM_TRY(find_moves(e, v, &e->moves[e->n_treatments], &reaches));
        if (reaches && cgm_variable_is_scalar(cgm_scm_variable(scm, v)) && !scm->variable[v].refuses_do)
            e->treatment[e->n_treatments++] = v;
    }
    if (e->n_treatments > 1 || (e->n_treatments == 1 && !e->random)) return CGM_OK;
    if (e->n_treatments == 1)
        return CGM_FAIL(CGM_E_ARG, "treatment: '%s' chooses among the others; expected at least two", e->random);
    return CGM_FAIL(CGM_E_ARG, "treatment: no attribute that can be set makes a difference to '%s'",
                    e->image_variable->name);
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
    CGM_TRY(check_numbers(e->opts));
    CGM_TRY(find_image(e));
    CGM_TRY(choose_rows(e));
    CGM_TRY(find_treatments(e));
    CGM_TRY(cgm_evaluation_find_judges(e));
    CGM_TRY(check_embedding(e));
    return cgm_evaluation_find_expectations(e);
}
