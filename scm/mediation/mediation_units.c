/* Effects in single rows, a batch of rows at a time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "scm/answers/answer_priv.h"
#include "scm/interventions/condition.h"
#include "scm/mediation/mediation_units_priv.h"

enum { USUAL_ROWS = 8 };

const unit_effect_name *cgm_unit_effect_name(const cgm_unit_effects *u, size_t k)
{
    static const unit_effect_name names[CGM_MEDIATION_EFFECTS] = {
        [MEDIATION_NIE0] = {"NIE(0)", "indirect", "Y(t0, M(t1)) - Y(t0, M(t0))"},
        [MEDIATION_NIE1] = {"NIE(1)", "indirect_treated", "Y(t1, M(t1)) - Y(t1, M(t0))"},
        [MEDIATION_NDE0] = {"NDE(0)", "direct", "Y(t1, M(t0)) - Y(t0, M(t0))"},
        [MEDIATION_NDE1] = {"NDE(1)", "direct_treated", "Y(t1, M(t1)) - Y(t0, M(t1))"},
        [MEDIATION_TE] = {"TE", "total", "Y(t1) - Y(t0)"},
        [MEDIATION_CDE] = {"CDE", "controlled", "Y(t1, m) - Y(t0, m)"},
        [MEDIATION_PSE0] = {"PSE(0)", "path", "Y(t1 along the paths, t0 along others) - Y(t0)"},
        [MEDIATION_PSE1] = {"PSE(1)", "path_treated", "Y(t1) - Y(t0 along the paths, t1 along others)"}};
    return &names[u->plan.effect[k]];
}

/* ---- The question ---- */

/* Marks, of all rows of the data, those in which the conditions hold. */
static cgm_status apply_conditions(const cgm_unit_effects *u, const cgm_unit_query *query, cgm_arena *scratch,
                                   bool *holds)
{
    const cgm_scm *scm = u->run->scm;
    const double **column = cgm_arena_array(scratch, scm->n, sizeof *column);
    size_t n = cgm_dataset_rows(u->run->data);
    if (!column) return CGM_E_MEMORY;
    for (size_t v = 0; v < scm->n; v++) column[v] = cgm_dataset_column(u->run->data, scm->variable[v].variable.name);
    for (size_t k = 0; k < query->n_given; k++) {
        scm_condition condition;
        CGM_TRY(cgm_scm_condition_parse(scm, query->given[k], scratch, &condition));
        cgm_status status = cgm_scm_condition_apply(&condition, column, n, holds);
        cgm_scm_condition_clear(&condition);
        CGM_TRY(status);
    }
    return CGM_OK;
}

/* Of the rows that are listed, or of the whole split, those in which the conditions hold; then the first of them. */
static cgm_status choose_given(cgm_unit_effects *u, const cgm_unit_query *query, cgm_arena *scratch)
{
    cgm_row_choice all = query->choice;
    size_t n, *rows, found = 0, wanted = query->choice.n, begin;
    bool *holds = cgm_arena_array(scratch, cgm_dataset_rows(u->run->data), sizeof *holds);
    if (!holds) return CGM_E_MEMORY;
    for (size_t i = 0; i < cgm_dataset_rows(u->run->data); i++) holds[i] = true;
    cgm_dataset_split(u->run->data, all.split, &begin, &all.n);
    CGM_TRY(cgm_dataset_choose(u->run->data, &all, USUAL_ROWS, &u->arena, &n, &rows));
    CGM_TRY(apply_conditions(u, query, scratch, holds));
    for (size_t i = 0; i < n; i++)
        if (holds[rows[i]]) rows[found++] = rows[i];
    if (found == 0) return CGM_FAIL(CGM_E_ARG, "given \"%s\": no row is left", query->given[0]);
    if (wanted > found)
        return CGM_FAIL(CGM_E_ARG, "%zu rows wanted, but given \"%s\" %zu are left", wanted, query->given[0], found);
    u->rows = rows;
    u->n = wanted ? wanted : all.n_rows || found < USUAL_ROWS ? found : USUAL_ROWS;
    return CGM_OK;
}

static cgm_status choose_rows(cgm_unit_effects *u, const cgm_unit_query *query)
{
    cgm_arena scratch = {0};
    CGM_TRY(cgm_run_load_data(u->run));
    if (query->n_given == 0)
        return cgm_dataset_choose(u->run->data, &query->choice, USUAL_ROWS, &u->arena, &u->n, &u->rows);
    cgm_status status = choose_given(u, query, &scratch);
    cgm_arena_clear(&scratch);
    return status;
}

/* What an image's mechanism publishes is what its effects run through if nothing else is said. */
static cgm_status choose_mediators(cgm_unit_effects *u)
{
    cgm_mediation_opts *o = &u->opts;
    const cgm_scm *scm = u->run->scm;
    int y = o->outcome ? cgm_scm_find(scm, o->outcome) : -1;
    if (o->n_mediators || o->n_paths || y < 0 || scm->variable[y].variable.type != CGM_IMAGE) return CGM_OK;
    const scm_variable *image = &scm->variable[y];
    if (image->n_nodes == 1)
        return CGM_FAIL(CGM_E_UNSUPPORTED,
                        "mediator: the mechanism of '%s', %s, publishes no internal variable; expected a variable on "
                        "the way from '%s'",
                        o->outcome, image->methods->kind, o->treatment ? o->treatment : "the treatment");
    const char **names = cgm_arena_array(&u->arena, image->n_nodes, sizeof *names);
    if (!names) return CGM_E_MEMORY;
    for (size_t j = 0; j + 1 < image->n_nodes; j++) names[o->n_mediators++] = scm->node[image->first_node + j].name;
    o->mediators = names;
    return CGM_OK;
}

static cgm_status check_intervals(const cgm_interval_opts *intervals)
{
    if (intervals->models == 0) return CGM_OK;
    if (intervals->kind != CGM_INTERVAL_PERCENTILE)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "effects in single rows have intervals by the percentile bootstrap alone");
    if (intervals->models < 2)
        return CGM_FAIL(CGM_E_ARG, "intervals: %zu resamples; expected at least 2", intervals->models);
    if (intervals->level > 0 && intervals->level < 1) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "intervals: level %g; expected one between 0 and 1", intervals->level);
}

static cgm_status make_text(cgm_unit_effects *u)
{
    const cgm_mediation_opts *o = &u->opts;
    char control[32] = "its own value";
    if (!u->own) snprintf(control, sizeof control, "%g", o->control);
    u->text = cgm_arena_printf(&u->arena, "mediate %s: %s -> %g, on %s", o->treatment, control, o->treated, o->outcome);
    for (size_t k = 0; u->text && k < o->n_mediators; k++)
        u->text = cgm_arena_printf(&u->arena, "%s%s %s", u->text, k ? "," : ", through", o->mediators[k]);
    for (size_t k = 0; u->text && k < o->n_paths; k++)
        u->text = cgm_arena_printf(&u->arena, "%s%s %s", u->text, k ? "," : ", along", o->paths[k]);
    return u->text ? CGM_OK : CGM_E_MEMORY;
}

/* ---- Room ---- */

/* Rows in a batch, as far as the model's width says it. */
static size_t choose_batch(const cgm_unit_effects *u, size_t wanted)
{
    double worlds = 1 + (double)u->plan.comparison.n, effects = (double)(u->plan.n_effects * u->width);
    double numbers = worlds * (double)cgm_answer_world_numbers(u->plan.part) + effects;
    size_t batch = wanted ? wanted : cgm_answer_usual_batch(numbers * sizeof(double));
    return batch < u->n ? batch : u->n;
}

static cgm_status make_arrays(cgm_unit_effects *u, size_t n, size_t count, double ***out)
{
    *out = cgm_arena_array(&u->arena, count + 1, sizeof **out);
    if (!*out) return CGM_E_MEMORY;
    for (size_t k = 0; k < count; k++)
        if (!((*out)[k] = cgm_arena_array(&u->arena, n, u->width * sizeof(double)))) return CGM_E_MEMORY;
    return CGM_OK;
}

static cgm_status make_room(cgm_unit_effects *u, const cgm_unit_query *query, size_t batch)
{
    const scm_comparison *c = &u->plan.comparison;
    unit_kept *kept = &u->kept;
    cgm_rng root = cgm_rng_create(u->opts.seed), rng = cgm_rng_split(&root, "resamples");
    double resampled = (double)u->opts.intervals.models * (double)(c->n * u->width) * sizeof(double);
    if (resampled > (double)cgm_machine_memory())
        return CGM_FAIL(CGM_E_MEMORY, "%zu resamples need %.1f GB of memory: ask for fewer", u->opts.intervals.models,
                        resampled / 1e9);
    kept->n = query->keep ? query->keep : cgm_variable_is_scalar(u->outcome) ? u->n : USUAL_ROWS;
    if (kept->n > u->n) kept->n = u->n;
    kept->factual = cgm_arena_array(&u->arena, kept->n, u->width * sizeof *kept->factual);
    kept->text = cgm_arena_array(&u->arena, 2 * kept->n, sizeof *kept->text);
    if (!kept->factual || !kept->text) return CGM_E_MEMORY;
    CGM_TRY(make_arrays(u, kept->n, c->n, &kept->outcome));
    CGM_TRY(make_arrays(u, kept->n, c->k, &kept->effect));
    CGM_TRY(make_arrays(u, batch, c->k, &u->effect));
    return cgm_scm_running_means_init(u->n, c->n, u->width, u->opts.intervals.models, &rng, &u->means);
}

/* ---- A batch ---- */

/* The base is the rows with their abducted noise; the worlds are predicted without pixel noise. */
static cgm_status make_worlds(cgm_unit_effects *u, size_t begin, size_t n)
{
    const mediation_plan *plan = &u->plan;
    const double *column = u->own ? cgm_dataset_column(u->run->data, u->opts.treatment) : NULL;
    cgm_query_opts opts;
    cgm_rng rng = cgm_rng_create(u->opts.seed);
    cgm_query_defaults(&opts);
    opts.threads = u->run->opts.threads;
    opts.draws = rng;
    opts.abduct_temperature = u->opts.temperature;
    if (!u->worlds.base || u->worlds.base->n != n) {
        if (u->worlds.base) cgm_scm_worlds_clear(&u->worlds);
        u->worlds = (scm_worlds){0};
        CGM_TRY(cgm_scm_worlds_create(plan->part, plan->comparison.n, plan->comparison.setup, n, &u->worlds));
    }
    u->worlds.base->first = begin;
    for (size_t i = 0; column && i < n; i++) u->own[i] = column[u->rows[begin + i]];
    CGM_TRY(cgm_world_read(plan->part, u->run->data, u->rows + begin, u->worlds.base));
    CGM_TRY(cgm_scm_abduct(plan->part, &rng, &opts, u->worlds.base));
    opts.pixel_temperature = 0;
    return cgm_scm_worlds_predict(&u->worlds, plan->comparison.setup, &opts);
}

static double *outcome_in(const cgm_unit_effects *u, size_t world)
{
    return u->worlds.world[world]->value[u->plan.outcome].data;
}

/* The plan's effects of every number of the outcome. */
static void combine(cgm_unit_effects *u, size_t n)
{
    const scm_comparison *c = &u->plan.comparison;
    double value[UNIT_MOST_WORLDS], one[CGM_MEDIATION_EFFECTS];
    for (size_t i = 0; i < n * u->width; i++) {
        for (size_t w = 0; w < c->n; w++) value[w] = outcome_in(u, w)[i];
        c->combine(c->context, value, one);
        for (size_t k = 0; k < c->k; k++) u->effect[k][i] = one[k];
    }
}

/* "thickness 3\nintensity 231": the variables of a row that are scalars. */
static const char *describe(cgm_unit_effects *u, const cgm_world *world, size_t row)
{
    const cgm_scm *part = u->plan.part;
    const char *text = "";
    for (size_t v = 0; text && v < part->n; v++) {
        const cgm_variable *x = &part->variable[v].variable;
        char value[CGM_VALUE_TEXT];
        if (!cgm_variable_is_scalar(x)) continue;
        cgm_variable_text(x, world->value[cgm_scm_node_of(part, v)].data[row], value);
        text = cgm_arena_printf(&u->arena, "%s%s%s %s", text, *text ? "\n" : "", x->name, value);
    }
    return text;
}

/* Of the batch what is among the first rows. */
static cgm_status keep(cgm_unit_effects *u, size_t begin, size_t n)
{
    unit_kept *kept = &u->kept;
    size_t here = begin >= kept->n      ? 0
                  : kept->n - begin < n ? kept->n - begin
                                        : n,
           bytes = here * u->width * sizeof(double);
    if (here == 0) return CGM_OK;
    memcpy(kept->factual + begin * u->width, u->worlds.base->value[u->plan.outcome].data, bytes);
    for (size_t w = 0; w < u->plan.comparison.n; w++)
        memcpy(kept->outcome[w] + begin * u->width, outcome_in(u, w), bytes);
    for (size_t k = 0; k < u->plan.n_effects; k++) memcpy(kept->effect[k] + begin * u->width, u->effect[k], bytes);
    for (size_t i = 0; i < here; i++) {
        kept->text[begin + i] = describe(u, u->worlds.base, i);
        kept->text[kept->n + begin + i] = describe(u, u->worlds.world[1], i);
        if (!kept->text[begin + i] || !kept->text[kept->n + begin + i]) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

static cgm_status add_means(cgm_unit_effects *u, size_t n)
{
    const double *value[UNIT_MOST_WORLDS];
    for (size_t w = 0; w < u->plan.comparison.n; w++) value[w] = outcome_in(u, w);
    return cgm_scm_running_means_add(&u->means, n, value, u->run->opts.threads);
}

/* ---- The whole ---- */

static cgm_status work_through(cgm_unit_effects *u, size_t batch, cgm_file *file)
{
    double start = cgm_seconds();
    for (size_t begin = 0; begin < u->n; begin += batch) {
        size_t n = u->n - begin < batch ? u->n - begin : batch;
        CGM_TRY(make_worlds(u, begin, n));
        combine(u, n);
        CGM_TRY(keep(u, begin, n));
        CGM_TRY(add_means(u, n));
        if (file) CGM_TRY(cgm_unit_file_add(u, file));
        const cgm_progress progress = {
            .what = "effects", .done = begin + n, .total = u->n, .unit = "rows", .seconds = cgm_seconds() - start};
        if (batch < u->n) cgm_sink_progress(&u->run->opts.sink, &progress);
        if (u->run->opts.stop && *u->run->opts.stop)
            return CGM_FAIL(CGM_E_INTERRUPTED, "stopped within %zu of %zu rows: nothing is written", begin + n, u->n);
    }
    return cgm_unit_average(u);
}

static cgm_status answer(cgm_unit_effects *u, const cgm_unit_query *query)
{
    cgm_file *file = NULL;
    u->plan.units = true;
    CGM_TRY(check_intervals(&u->opts.intervals));
    CGM_TRY(choose_mediators(u));
    CGM_TRY(choose_rows(u, query));
    if (isnan(u->opts.control)) u->plan.own = u->own = cgm_arena_array(&u->arena, u->n, sizeof *u->own);
    if (isnan(u->opts.control) && !u->own) return CGM_E_MEMORY;
    CGM_TRY(cgm_mediation_plan_make(u->run, &u->opts, &u->plan));
    CGM_TRY(make_text(u));
    u->outcome = cgm_scm_variable(u->run->scm, u->plan.ends[1]);
    u->width = cgm_variable_width(u->outcome);
    size_t batch = choose_batch(u, query->batch);
    CGM_TRY(make_room(u, query, batch));
    if (query->out) CGM_TRY(cgm_unit_file_begin(u, query->out, &file));
    cgm_status status = work_through(u, batch, file);
    if (status == CGM_OK && file) status = cgm_unit_file_end(u, file);
    if (status == CGM_OK && file) return cgm_file_commit(file);
    cgm_file_close(file);
    return status;
}

cgm_status cgm_run_mediate_units(cgm_run *run, const cgm_mediation_opts *opts, const cgm_unit_query *query,
                                 cgm_unit_effects **out)
{
    cgm_unit_effects *u = calloc(1, sizeof *u);
    if (!u) return CGM_FAIL(CGM_E_MEMORY, "out of memory for unit effects");
    u->run = run;
    u->opts = *opts;
    cgm_status status = answer(u, query);
    if (u->worlds.base) cgm_scm_worlds_clear(&u->worlds);
    cgm_arena_clear(&u->means.arena);
    if (status == CGM_OK)
        *out = u;
    else
        cgm_unit_effects_destroy(u);
    return status;
}

void cgm_unit_effects_destroy(cgm_unit_effects *u)
{
    if (!u) return;
    cgm_mediation_plan_clear(&u->plan);
    cgm_arena_clear(&u->arena);
    free(u);
}

const cgm_mediation_opts *cgm_unit_effects_opts(const cgm_unit_effects *u)
{
    return &u->opts;
}

const size_t *cgm_unit_effects_rows(const cgm_unit_effects *u, size_t *n, size_t *kept)
{
    *n = u->n;
    *kept = u->kept.n;
    return u->rows;
}

size_t cgm_unit_effects_count(const cgm_unit_effects *u)
{
    return u->plan.n_effects;
}

const double *cgm_unit_effects_get(const cgm_unit_effects *u, size_t k, const char **name, size_t *width)
{
    *name = cgm_unit_effect_name(u, k)->name;
    *width = u->width;
    return u->kept.effect[k];
}

const double *cgm_unit_effects_outcome(const cgm_unit_effects *u, int t, int s, size_t *width)
{
    *width = u->width;
    if (t != s && u->opts.n_mediators == 0) return NULL;
    return u->kept.outcome[t == s ? t : 2 + t];
}

const cgm_unit_mean *cgm_unit_effects_mean(const cgm_unit_effects *u, size_t k)
{
    return &u->mean[k];
}
