/* Hidden common causes: the graph and the joint noise. */
#include "scm/hidden.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/graphs/dag_priv.h"
#include "scm/mechanisms/newton.h"

static cgm_status add_pair(cgm_scm *scm, const char *a, const char *b, double correlation, const cgm_yaml *where)
{
    scm_hidden *h = scm->hidden ? scm->hidden : cgm_arena_alloc(&scm->arena, sizeof *h);
    if (!h) return CGM_E_MEMORY;
    scm_hidden_pair *pair = cgm_arena_array(&scm->arena, h->n + 1, sizeof *pair);
    const char *first = cgm_arena_strdup(&scm->arena, a), *second = cgm_arena_strdup(&scm->arena, b);
    if (!pair || !first || !second) return CGM_E_MEMORY;
    for (size_t k = 0; k < h->n; k++) pair[k] = h->pair[k];
    pair[h->n++] = (scm_hidden_pair){{first, second}, where, correlation, {0}};
    h->pair = pair;
    scm->hidden = h;
    return CGM_OK;
}

cgm_status cgm_scm_confound(cgm_scm *scm, const char *a, const char *b, double correlation, const cgm_yaml *where)
{
    if (scm->finished) return CGM_FAIL(CGM_E_ARG, "hidden: [%s, %s] comes too late: the model is finished", a, b);
    return add_pair(scm, a, b, correlation, where);
}

void cgm_hidden_destroy(cgm_scm *scm)
{
    if (scm->hidden) cgm_dag_destroy(scm->hidden->dag);
    if (scm->hidden) scm->hidden->dag = NULL;
}

static cgm_status make_graph(cgm_scm *scm)
{
    scm_hidden *h = scm->hidden;
    CGM_TRY(cgm_dag_create(&h->dag));
    for (size_t v = 0; v < scm->n; v++) CGM_TRY(cgm_dag_add(h->dag, scm->variable[v].variable.name, NULL));
    for (size_t v = 0; v < scm->n; v++)
        for (size_t k = 0; k < scm->variable[v].n_parents; k++)
            CGM_TRY(cgm_dag_connect(h->dag, scm->variable[v].parents[k], v));
    for (size_t k = 0; k < h->n; k++) {
        scm_hidden_pair *pair = &h->pair[k];
        const cgm_hidden_entry entry = {pair->where, {pair->name[0], pair->name[1]}, pair->correlation};
        CGM_TRY(cgm_dag_add_hidden(h->dag, &entry));
        for (int i = 0; i < 2; i++) pair->variable[i] = (size_t)cgm_dag_find(h->dag, pair->name[i]);
    }
    return cgm_dag_finish(h->dag);
}

static cgm_status fail_pair(const scm_hidden_pair *pair, const char *text)
{
    if (pair->where) return cgm_yaml_fail(pair->where, "hidden: %s", text);
    return CGM_FAIL(CGM_E_ARG, "hidden: [%s, %s]: %s", pair->name[0], pair->name[1], text);
}

static cgm_status check_noise(const cgm_scm *scm, const scm_hidden_pair *pair)
{
    char text[256];
    if (!(pair->correlation > -1 && pair->correlation < 1)) return fail_pair(pair, "correlation: expected -1 < r < 1");
    for (int i = 0; i < 2; i++) {
        const cgm_mechanism *m = scm->variable[pair->variable[i]].mechanism;
        if (cgm_mechanism_has_normal_noise(m)) continue;
        snprintf(text, sizeof text,
                 "correlation: the noise of '%s' (%s) is not one standard normal number that its value determines",
                 pair->name[i], m->methods->kind);
        return fail_pair(pair, text);
    }
    return CGM_OK;
}

static bool is_joint(const scm_hidden_pair *pair)
{
    return !isnan(pair->correlation);
}

/* Numbers the variables of the pairs whose correlation is known. */
static cgm_status find_members(cgm_scm *scm)
{
    scm_hidden *h = scm->hidden;
    h->row = cgm_arena_array(&scm->arena, scm->n, sizeof *h->row);
    h->member = cgm_arena_array(&scm->arena, scm->n, sizeof *h->member);
    if (!h->row || !h->member) return CGM_E_MEMORY;
    for (size_t v = 0; v < scm->n; v++) h->row[v] = -1;
    for (size_t k = 0; k < h->n; k++) {
        if (!is_joint(&h->pair[k])) continue;
        CGM_TRY(check_noise(scm, &h->pair[k]));
        for (int i = 0; i < 2; i++) h->row[h->pair[k].variable[i]] = 0;
    }
    for (size_t v = 0; v < scm->n; v++) {
        if (h->row[v] < 0) continue;
        if (h->m == SCM_HIDDEN_MAX)
            return CGM_FAIL(CGM_E_UNSUPPORTED, "hidden: correlations of more than %d variables", SCM_HIDDEN_MAX);
        h->row[v] = (int)h->m;
        h->member[h->m++] = v;
    }
    return CGM_OK;
}

static cgm_status make_factor(cgm_scm *scm)
{
    scm_hidden *h = scm->hidden;
    size_t m = h->m;
    const scm_hidden_pair *last = NULL;
    h->factor = cgm_arena_array(&scm->arena, m * m, sizeof *h->factor);
    if (!h->factor) return CGM_E_MEMORY;
    for (size_t i = 0; i < m; i++) h->factor[i * m + i] = 1;
    for (size_t k = 0; k < h->n; k++) {
        if (!is_joint(&h->pair[k])) continue;
        size_t a = (size_t)h->row[h->pair[k].variable[0]], b = (size_t)h->row[h->pair[k].variable[1]];
        h->factor[a * m + b] = h->factor[b * m + a] = h->pair[k].correlation;
        last = &h->pair[k];
    }
    if (m > 0 && !cgm_scm_cholesky(m, h->factor))
        return fail_pair(last, "the correlations, 0 where none is given, are those of no joint distribution: their "
                               "matrix is not positive definite");
    return CGM_OK;
}

cgm_status cgm_hidden_finish(cgm_scm *scm)
{
    if (!scm->hidden) return CGM_OK;
    cgm_status status = make_graph(scm);
    if (status == CGM_OK) status = find_members(scm);
    if (status == CGM_OK) status = make_factor(scm);
    if (status != CGM_OK) cgm_hidden_destroy(scm);
    /* The config may go now. */
    for (size_t k = 0; k < scm->hidden->n; k++) scm->hidden->pair[k].where = NULL;
    return status;
}

cgm_status cgm_hidden_take(const cgm_scm *from, const bool *kept, const size_t *position, cgm_scm *part)
{
    for (size_t k = 0; from->hidden && k < from->hidden->n; k++) {
        const scm_hidden_pair *pair = &from->hidden->pair[k];
        if (!kept[pair->variable[0]] || !kept[pair->variable[1]]) continue;
        CGM_TRY(add_pair(part, part->variable[position[pair->variable[0]]].variable.name,
                         part->variable[position[pair->variable[1]]].variable.name, pair->correlation, NULL));
    }
    return cgm_hidden_finish(part);
}

/* ---- Joint noise ---- */

static int row_of(const cgm_scm *scm, size_t variable)
{
    return scm->hidden && scm->hidden->m ? scm->hidden->row[variable] : -1;
}

double cgm_hidden_factor(const cgm_scm *scm, size_t variable, size_t other)
{
    int k = row_of(scm, variable), j = row_of(scm, other);
    if (k < 0 || j < 0) return variable == other;
    return scm->hidden->factor[(size_t)k * scm->hidden->m + (size_t)j];
}

bool cgm_hidden_given(const cgm_scm *scm, size_t variable, const cgm_world *world, size_t i, double *mean, double *sd)
{
    int k = row_of(scm, variable);
    const scm_hidden *h = scm->hidden;
    if (k < 0) return false;
    double z[SCM_HIDDEN_MAX]; /* L z = u */
    *mean = 0;
    for (size_t j = 0; j < (size_t)k; j++) {
        double rest = world->noise[cgm_scm_node_of(scm, h->member[j])].data[i];
        for (size_t l = 0; l < j; l++) rest -= h->factor[j * h->m + l] * z[l];
        z[j] = rest / h->factor[j * h->m + j];
        *mean += h->factor[(size_t)k * h->m + j] * z[j];
    }
    *sd = h->factor[(size_t)k * h->m + (size_t)k];
    return true;
}

double cgm_hidden_log_ratio(double u, double mean, double sd)
{
    double z = (u - mean) / sd;
    return (u * u - z * z) / 2 - log(sd);
}

/* The noises of the correlated variables of every row, into a world that holds the values. */
static cgm_status abduct_members(const cgm_scm *scm, cgm_world *world)
{
    const cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
    cgm_rng unused = cgm_rng_create(0); /* the noises are determined */
    for (size_t k = 0; k < scm->hidden->m; k++) {
        const scm_variable *x = &scm->variable[scm->hidden->member[k]];
        cgm_values parents[CGM_MAX_PARENTS];
        for (size_t p = 0; p < x->n_parents; p++) parents[p] = world->value[cgm_scm_node_of(scm, x->parents[p])];
        CGM_TRY(x->mechanism->methods->abduct(x->mechanism, parents, &world->value[x->first_node], &unused, &opts,
                                              &world->value[x->first_node], &world->noise[x->first_node]));
    }
    return CGM_OK;
}

cgm_status cgm_hidden_adjust_log_prob(const cgm_scm *scm, const cgm_world *world, double *const *out)
{
    cgm_world *copy = NULL;
    double mean, sd;
    if (!scm->hidden || scm->hidden->m == 0 || world->n == 0) return CGM_OK;
    CGM_TRY(cgm_world_create(scm, world->n, &copy));
    for (size_t node = 0; node < scm->n_nodes; node++)
        memcpy(copy->value[node].data, world->value[node].data,
               world->n * world->value[node].width * sizeof *world->value[node].data);
    cgm_status status = abduct_members(scm, copy);
    for (size_t k = 0; status == CGM_OK && k < scm->hidden->m; k++) {
        size_t v = scm->hidden->member[k];
        for (size_t i = 0; i < world->n; i++)
            if (cgm_hidden_given(scm, v, copy, i, &mean, &sd))
                out[v][i] += cgm_hidden_log_ratio(copy->noise[cgm_scm_node_of(scm, v)].data[i], mean, sd);
    }
    cgm_world_destroy(copy);
    return status;
}
