/* Effects in single rows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "scm/mediation/mediation_units_priv.h"

enum { USUAL_ROWS = 8 };

/* The rows, and what the treatment is in them where that is the control. */
static cgm_status choose_rows(cgm_unit_effects *u, const cgm_row_choice *choice)
{
    CGM_TRY(cgm_run_load_data(u->run));
    CGM_TRY(cgm_dataset_choose(u->run->data, choice, USUAL_ROWS, &u->arena, &u->n, &u->rows));
    if (!isnan(u->opts.control) || !u->opts.treatment) return CGM_OK;
    const double *column = cgm_dataset_column(u->run->data, u->opts.treatment);
    double *own = cgm_arena_array(&u->arena, u->n, sizeof *own);
    if (!own) return CGM_E_MEMORY;
    for (size_t i = 0; column && i < u->n; i++) own[i] = column[u->rows[i]];
    u->plan.own = column ? own : NULL;
    return CGM_OK;
}

static cgm_status make_text(cgm_unit_effects *u)
{
    const cgm_mediation_opts *o = &u->opts;
    char control[32] = "its own value";
    if (!u->plan.own) snprintf(control, sizeof control, "%g", o->control);
    u->text = cgm_arena_printf(&u->arena, "mediate %s: %s -> %g, on %s", o->treatment, control, o->treated, o->outcome);
    for (size_t k = 0; u->text && k < o->n_mediators; k++)
        u->text = cgm_arena_printf(&u->arena, "%s%s %s", u->text, k ? "," : ", through", o->mediators[k]);
    for (size_t k = 0; u->text && k < o->n_paths; k++)
        u->text = cgm_arena_printf(&u->arena, "%s%s %s", u->text, k ? "," : ", along", o->paths[k]);
    return u->text ? CGM_OK : CGM_E_MEMORY;
}

/* The base is the rows with their abducted noise; the worlds are predicted without pixel noise. */
static cgm_status make_worlds(cgm_unit_effects *u)
{
    const mediation_plan *plan = &u->plan;
    const scm_comparison *c = &plan->comparison;
    cgm_query_opts opts;
    cgm_rng rng = cgm_rng_create(u->opts.seed);
    cgm_query_defaults(&opts);
    opts.threads = u->run->opts.threads;
    opts.draws = rng;
    opts.abduct_temperature = u->opts.temperature;
    CGM_TRY(cgm_scm_worlds_create(plan->part, c->n, c->setup, u->n, &u->worlds));
    CGM_TRY(cgm_world_read(plan->part, u->run->data, u->rows, u->worlds.base));
    CGM_TRY(cgm_scm_abduct(plan->part, &rng, &opts, u->worlds.base));
    opts.pixel_temperature = 0;
    return cgm_scm_worlds_predict(&u->worlds, c->setup, &opts);
}

/* The plan's effects of every number of the outcome. */
static cgm_status combine(cgm_unit_effects *u)
{
    const scm_comparison *c = &u->plan.comparison;
    double *value = cgm_arena_array(&u->arena, c->n, sizeof *value), one[CGM_MEDIATION_EFFECTS];
    u->effect = cgm_arena_array(&u->arena, c->k + 1, sizeof *u->effect);
    if (!value || !u->effect) return CGM_E_MEMORY;
    for (size_t k = 0; k < c->k; k++)
        if (!(u->effect[k] = cgm_arena_array(&u->arena, u->n, u->width * sizeof **u->effect))) return CGM_E_MEMORY;
    for (size_t i = 0; i < u->n * u->width; i++) {
        for (size_t w = 0; w < c->n; w++) value[w] = u->worlds.world[w]->value[c->outcome].data[i];
        c->combine(c->context, value, one);
        for (size_t k = 0; k < c->k; k++) u->effect[k][i] = one[k];
    }
    return CGM_OK;
}

static cgm_status answer(cgm_unit_effects *u, const cgm_row_choice *choice)
{
    u->plan.units = true;
    CGM_TRY(choose_rows(u, choice));
    CGM_TRY(cgm_mediation_plan_make(u->run, &u->opts, &u->plan));
    CGM_TRY(make_text(u));
    u->outcome = cgm_scm_variable(u->run->scm, u->plan.ends[1]);
    u->width = cgm_variable_width(u->outcome);
    CGM_TRY(make_worlds(u));
    return combine(u);
}

cgm_status cgm_run_mediate_units(cgm_run *run, const cgm_mediation_opts *opts, const cgm_row_choice *choice,
                                 cgm_unit_effects **out)
{
    cgm_unit_effects *u = calloc(1, sizeof *u);
    if (!u) return CGM_FAIL(CGM_E_MEMORY, "out of memory for unit effects");
    u->run = run;
    u->opts = *opts;
    cgm_status status = answer(u, choice);
    if (status == CGM_OK)
        *out = u;
    else
        cgm_unit_effects_destroy(u);
    return status;
}

void cgm_unit_effects_destroy(cgm_unit_effects *u)
{
    if (!u) return;
    cgm_scm_worlds_clear(&u->worlds);
    cgm_mediation_plan_clear(&u->plan);
    cgm_arena_clear(&u->arena);
    free(u);
}

const size_t *cgm_unit_effects_rows(const cgm_unit_effects *u, size_t *n)
{
    *n = u->n;
    return u->rows;
}

size_t cgm_unit_effects_count(const cgm_unit_effects *u)
{
    return u->plan.n_effects;
}

const double *cgm_unit_effects_get(const cgm_unit_effects *u, size_t k, const char **name, size_t *width)
{
    *name = cgm_mediation_names[u->plan.effect[k]];
    *width = u->width;
    return u->effect[k];
}

const double *cgm_unit_effects_outcome(const cgm_unit_effects *u, int t, int s, size_t *width)
{
    *width = u->width;
    if (t != s && u->opts.n_mediators == 0) return NULL;
    return u->worlds.world[t == s ? t : 2 + t]->value[u->plan.outcome].data;
}
