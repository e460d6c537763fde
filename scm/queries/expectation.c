/* Means of an outcome over worlds that share their noise. */
#include "scm/queries/expectation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/hidden.h"
#include "scm/interventions/intervention.h"

/* ---- What moves ---- */

/* Whether world k sets the node itself (to = -1), or what `to` sees of it. */
static bool sets(const scm_comparison *c, size_t k, size_t node, int to)
{
    for (size_t i = 0; i < c->setup[k].n; i++)
        if (c->setup[k].setting[i].set.node == node && c->setup[k].setting[i].set.to == to) return true;
    return false;
}

static bool sets_in_some(const scm_comparison *c, size_t node, int to)
{
    for (size_t k = 0; k < c->n; k++)
        if (sets(c, k, node, to)) return true;
    return false;
}

/* Whether every world sets the node whatever it was. */
static bool sets_in_all(const scm_comparison *c, size_t node)
{
    for (size_t k = 0; k < c->n; k++) {
        bool hard = false;
        for (size_t i = 0; i < c->setup[k].n; i++) {
            const cgm_intervention *x = &c->setup[k].setting[i].set;
            hard |= x->node == node && x->to < 0 && cgm_scm_do_is_hard(x);
        }
        if (!hard) return false;
    }
    return true;
}

/* Whether what `node` sees of `from` is not the same as in the data. */
static bool is_reached(const cgm_scm *scm, const scm_comparison *c, size_t node, size_t from)
{
    if (!cgm_scm_sees(scm, node, from)) return false;
    return c->moved[from] || sets_in_some(c, from, -1) || sets_in_some(c, from, (int)node);
}

static void mark(const cgm_scm *scm, scm_comparison *c)
{
    for (size_t node = 0; node < scm->n_nodes; node++) {
        if (sets_in_all(c, node)) continue;
        for (size_t from = 0; from < node; from++) c->moved[node] |= is_reached(scm, c, node, from);
    }
}

/* ---- How to average ---- */

/* Which parents of a variable are moved; false when the variable itself is not. */
static bool mark_parents(const cgm_scm *scm, const scm_comparison *c, size_t v, bool *moving)
{
    const scm_variable *x = &scm->variable[v];
    bool moved = false;
    for (size_t j = 0; j < x->n_nodes; j++) moved |= c->moved[x->first_node + j];
    for (size_t k = 0; k < x->n_parents; k++) moving[k] = c->moved[cgm_scm_node_of(scm, x->parents[k])];
    return moved;
}

static scm_average choose_average(const cgm_scm *scm, const scm_comparison *c)
{
    size_t outcome = scm->node[c->outcome].variable;
    if (c->level >= 0 && sets_in_some(c, c->outcome, -1)) return SCM_BY_DRAWS; /* what is set has no index */
    for (size_t v = 0; v < scm->n; v++) {
        bool moving[CGM_MAX_PARENTS] = {false};
        const cgm_mechanism *m = scm->variable[v].mechanism;
        if (!mark_parents(scm, c, v, moving)) continue;
        if (c->level >= 0 && v == outcome) {
            if (!m->methods->normal_cuts || !m->methods->normal_cuts(m, moving)) return SCM_BY_DRAWS;
        } else if (!cgm_mechanism_passes_means(m, moving)) {
            return SCM_BY_DRAWS;
        }
    }
    if (c->level < 0 || !c->moved[c->outcome]) return SCM_BY_MEANS;
    return scm->hidden && scm->hidden->m > 0 ? SCM_BY_DRAWS : SCM_BY_INDEX; /* the index adds up independent noises */
}

cgm_status cgm_scm_comparison_init(const cgm_scm *scm, scm_comparison *c)
{
    if (c->draws < 2) return CGM_FAIL(CGM_E_ARG, "%zu draws; expected at least 2", c->draws);
    if (!(c->moved = cgm_arena_array(&c->arena, scm->n_nodes, sizeof *c->moved))) return CGM_E_MEMORY;
    mark(scm, c);
    c->average = choose_average(scm, c);
    return CGM_OK;
}

/* ---- The outcome ---- */

static cgm_status parse_level(const cgm_variable *x, const char *level, int *out)
{
    double value;
    if (level && !cgm_variable_has_levels(x))
        return CGM_FAIL(CGM_E_ARG, "'%s' has no levels; expected its name alone", x->name);
    if (!level && cgm_variable_has_levels(x) && x->levels > 2)
        return CGM_FAIL(CGM_E_ARG, "'%s' has %d levels; expected %s=LEVEL, the one whose probability is meant", x->name,
                        x->levels, x->name);
    if (!level) return *out = cgm_variable_has_levels(x) ? 1 : -1, CGM_OK;
    CGM_TRY(cgm_variable_parse(x, level, &value));
    CGM_TRY(cgm_scm_check_value(x, value));
    return *out = (int)value, CGM_OK;
}

cgm_status cgm_scm_parse_outcome(const cgm_scm *scm, const char *text, size_t *variable, int *level)
{
    const char *equals = strchr(text, '=');
    char *name = strndup(text, equals ? (size_t)(equals - text) : strlen(text));
    if (!name) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a name");
    cgm_status status = cgm_scm_lookup(scm, name, variable);
    free(name);
    CGM_TRY(status);
    const cgm_variable *x = cgm_scm_variable(scm, *variable);
    CGM_TRY(cgm_scm_check_scalar(x));
    return parse_level(x, equals ? equals + 1 : NULL, level);
}

/* ---- Worlds ---- */

cgm_status cgm_scm_worlds_create(const cgm_scm *scm, size_t n, const scm_setup *setup, size_t rows, scm_worlds *out)
{
    scm_worlds w = {.scm = scm, .n = n};
    size_t most = 1;
    for (size_t k = 0; k < n; k++)
        if (setup[k].n > most) most = setup[k].n;
    w.world = calloc(n + 1, sizeof *w.world);
    w.todo = calloc(most, sizeof *w.todo);
    cgm_status status =
        w.world && w.todo ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu worlds of %zu rows", n, rows);
    if (status == CGM_OK) status = cgm_world_create(scm, rows, &w.base);
    for (size_t k = 0; status == CGM_OK && k < n; k++) status = cgm_world_create(scm, rows, &w.world[k]);
    if (status == CGM_OK)
        *out = w;
    else
        cgm_scm_worlds_clear(&w);
    return status;
}

void cgm_scm_worlds_clear(scm_worlds *w)
{
    for (size_t k = 0; w->world && k < w->n; k++) cgm_world_destroy(w->world[k]);
    cgm_world_destroy(w->base);
    free(w->world);
    free(w->todo);
}

cgm_status cgm_scm_worlds_predict(scm_worlds *w, const scm_setup *setup, const cgm_query_opts *opts)
{
    for (size_t k = 0; k < w->n; k++) {
        for (size_t i = 0; i < setup[k].n; i++) {
            const scm_setting *s = &setup[k].setting[i];
            w->todo[i] = s->set;
            if (s->world >= 0) w->todo[i].values = w->world[s->world]->value[s->set.node].data;
        }
        CGM_TRY(cgm_scm_predict(w->scm, w->base, setup[k].n, w->todo, opts, w->world[k]));
    }
    return CGM_OK;
}

/* ---- Averages ---- */

/* The rows' values become the base; its noises are 0. */
static cgm_status read_base(const scm_worlds *w, const cgm_dataset *data, size_t n, const size_t *rows)
{
    size_t begin, all, *counted = NULL;
    if (!rows) {
        cgm_dataset_split(data, CGM_TRAIN, &begin, &all);
        if (!(counted = calloc(n + 1, sizeof *counted))) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu rows", n);
        for (size_t i = 0; i < n; i++) counted[i] = begin + i;
        rows = counted;
    }
    cgm_status status = cgm_world_read(w->scm, data, rows, w->base);
    w->base->has_noise = status == CGM_OK;
    free(counted);
    return status;
}

static size_t draws_of(const scm_comparison *c)
{
    return c->average == SCM_BY_DRAWS ? c->draws : 1;
}

static cgm_status draw_noise(const scm_comparison *c, const scm_worlds *w, const cgm_rng *rng)
{
    for (size_t node = 0; node < w->scm->n_nodes; node++)
        if (c->moved[node]) CGM_TRY(cgm_scm_sample_noise(w->scm, rng, node, &w->base->noise[node]));
    return CGM_OK;
}

/* The outcome's mean, or the share of its level, in each world. */
static cgm_status averages(const scm_comparison *c, scm_worlds *w, const cgm_rng *draw, double *mean)
{
    cgm_query_opts opts;
    cgm_query_defaults(&opts);
    opts.draws = *draw;
    if (c->threads > 0) opts.threads = c->threads;
    if (c->average == SCM_BY_INDEX) return cgm_scm_average_index(c, w, &opts, mean);
    CGM_TRY(cgm_scm_worlds_predict(w, c->setup, &opts));
    for (size_t k = 0; k < w->n; k++) {
        const cgm_values *y = &w->world[k]->value[c->outcome];
        double sum = 0;
        for (size_t i = 0; i < y->n; i++) sum += c->level < 0 ? y->data[i] : y->data[i] == c->level;
        mean[k] = sum / (double)y->n;
    }
    return CGM_OK;
}

void cgm_scm_jackknife(const scm_comparison *c, const double *mean, const double *sum, double *scratch,
                       double *mc_error)
{
    double *without = scratch, *one = without + c->n, *centre = one + c->k, n = (double)c->draws;
    for (size_t j = 0; j < c->k; j++) mc_error[j] = centre[j] = 0;
    for (size_t d = 0; d < c->draws; d++) {
        for (size_t i = 0; i < c->n; i++) without[i] = (sum[i] - mean[d * c->n + i]) / (n - 1);
        c->combine(c->context, without, one);
        for (size_t j = 0; j < c->k; j++) { /* Welford's updates of the mean and the sum of squares */
            double shift = one[j] - centre[j];
            centre[j] += shift / (double)(d + 1);
            mc_error[j] += shift * (one[j] - centre[j]);
        }
    }
    for (size_t j = 0; j < c->k; j++) mc_error[j] = sqrt(mc_error[j] * (n - 1) / n);
}

/* work: [draws, worlds] for the draws' means, then [worlds] for their sum, and scratch. */
static cgm_status compare(const scm_comparison *c, scm_worlds *w, const cgm_rng *rng, double *work, double *out,
                          double *mc_error)
{
    size_t n = c->n, draws = draws_of(c);
    double *sum = work + draws * n, *scratch = sum + n;
    for (size_t d = 0; d < draws; d++) {
        cgm_rng draw = cgm_rng_split_index(rng, d);
        if (c->average == SCM_BY_DRAWS) CGM_TRY(draw_noise(c, w, &draw));
        CGM_TRY(averages(c, w, &draw, work + d * n));
        for (size_t i = 0; i < n; i++) sum[i] += work[d * n + i];
    }
    for (size_t i = 0; i < n; i++) scratch[i] = sum[i] / (double)draws;
    c->combine(c->context, scratch, out);
    if (!mc_error) return CGM_OK;
    for (size_t j = 0; j < c->k; j++) mc_error[j] = 0;
    if (draws > 1) cgm_scm_jackknife(c, work, sum, scratch, mc_error);
    return CGM_OK;
}

cgm_status cgm_scm_compare(const scm_comparison *c, const cgm_scm *scm, const cgm_dataset *data, size_t n_rows,
                           const size_t *rows, const cgm_rng *rng, double *out, double *mc_error)
{
    scm_worlds w;
    size_t begin;
    if (!rows) cgm_dataset_split(data, CGM_TRAIN, &begin, &n_rows);
    if (n_rows == 0) return CGM_FAIL(CGM_E_ARG, "there are no rows to average over");
    double *work = calloc((draws_of(c) + 2) * c->n + 2 * c->k, sizeof *work);
    if (!work) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu draws of %zu worlds", draws_of(c), c->n);
    cgm_status status = cgm_scm_worlds_create(scm, c->n, c->setup, n_rows, &w);
    if (status == CGM_OK) {
        status = read_base(&w, data, n_rows, rows);
        if (status == CGM_OK) status = compare(c, &w, rng, work, out, mc_error);
        cgm_scm_worlds_clear(&w);
    }
    free(work);
    return status;
}
