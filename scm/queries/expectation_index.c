/* Probabilities of a level by a closed form. Where the level says between which cuts an index falls, the index is a
 * mean plus a standard normal, and all that moves it is linear with constant normal noise, the index is normal in each
 * row: with a noise e of sd s in a mediator m and b m in a probit model's mean, P(1) = Phi((mean at e = 0) / sqrt(1 +
 * b^2 s^2)) (Imai, Keele and Tingley 2010, "A general approach to causal mediation analysis", appendix F). What each
 * noise contributes is read off predictions from one unit of it. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "scm/interventions/intervention.h"
#include "scm/queries/expectation.h"

typedef struct indices {
    const scm_comparison *c;
    scm_worlds *w;
    const cgm_query_opts *opts;
    const cgm_mechanism *mechanism; /* the outcome's */
    size_t rows;
    double *mean, *square; /* [worlds, rows]: of the index at noises of 0; variance from the others' noises */
    double *now;           /* [rows] */
    double *edges;         /* [parents of the outcome, rows]: what it sees along edges that are set */
} indices;

/* What the outcome sees of a parent in world k: the parent, or what is set along the edge. */
static cgm_status seen(const indices *x, size_t k, size_t parent, double *room, cgm_values *out)
{
    const scm_setup *setup = &x->c->setup[k];
    *out = x->w->world[k]->value[parent];
    for (size_t i = 0; i < setup->n; i++) {
        cgm_intervention set = setup->setting[i].set;
        int from = setup->setting[i].world;
        if (set.node != parent || set.to != (int)x->c->outcome) continue;
        if (from >= 0) set.values = x->w->world[from]->value[parent].data;
        *out = (cgm_values){.n = x->rows, .width = 1, .data = room};
        CGM_TRY(cgm_scm_do_values(x->w->scm, &set, x->w->base, x->w->world[k], &x->opts->draws, room));
    }
    return CGM_OK;
}

/* The index's mean in world k under the base's noise. */
static cgm_status find_index(const indices *x, size_t k, double *out)
{
    const cgm_scm *scm = x->w->scm;
    const scm_variable *y = &scm->variable[scm->node[x->c->outcome].variable];
    cgm_values parents[CGM_MAX_PARENTS];
    for (size_t p = 0; p < y->n_parents; p++)
        CGM_TRY(seen(x, k, cgm_scm_node_of(scm, y->parents[p]), x->edges + p * x->rows, &parents[p]));
    x->mechanism->methods->index_mean(x->mechanism, parents, x->rows, out);
    return CGM_OK;
}

static void set_noise(const cgm_values *noise, size_t component, double u)
{
    for (size_t i = 0; i < noise->n; i++) noise->data[i * noise->width + component] = u;
}

/* Adds what one unit of a component of a node's noise does to the index, squared. */
static cgm_status add_noise(const indices *x, size_t node, size_t component)
{
    const cgm_values *noise = &x->w->base->noise[node];
    set_noise(noise, component, 1);
    CGM_TRY(cgm_scm_worlds_predict(x->w, x->c->setup, x->opts));
    set_noise(noise, component, 0);
    for (size_t k = 0; k < x->c->n; k++) {
        CGM_TRY(find_index(x, k, x->now));
        for (size_t i = 0; i < x->rows; i++) {
            double shift = x->now[i] - x->mean[k * x->rows + i];
            x->square[k * x->rows + i] += shift * shift;
        }
    }
    return CGM_OK;
}

/* P(lower cut < index <= upper cut), the end that is not a cut at infinity; cuts that were drawn may have crossed. */
static double probability(const double *cut, int level, int levels, double mean, double sd)
{
    double above = level > 0 ? gsl_cdf_ugaussian_Q((cut[level - 1] - mean) / sd) : 1;
    return level < levels - 1 ? fmax(above - gsl_cdf_ugaussian_Q((cut[level] - mean) / sd), 0) : above;
}

static cgm_status average(const indices *x, const double *cut, double *mean)
{
    const cgm_scm *scm = x->w->scm;
    int levels = scm->variable[scm->node[x->c->outcome].variable].variable.levels;
    CGM_TRY(cgm_scm_worlds_predict(x->w, x->c->setup, x->opts));
    for (size_t k = 0; k < x->c->n; k++) CGM_TRY(find_index(x, k, x->mean + k * x->rows));
    for (size_t node = 0; node < scm->n_nodes; node++)
        for (size_t j = 0; x->c->moved[node] && node != x->c->outcome && j < scm->node[node].info->noise_width; j++)
            CGM_TRY(add_noise(x, node, j));
    for (size_t k = 0; k < x->c->n; k++) {
        double sum = 0;
        for (size_t i = k * x->rows; i < (k + 1) * x->rows; i++)
            sum += probability(cut, x->c->level, levels, x->mean[i], sqrt(1 + x->square[i]));
        mean[k] = sum / (double)x->rows;
    }
    return CGM_OK;
}

cgm_status cgm_scm_average_index(const scm_comparison *c, scm_worlds *w, const cgm_query_opts *opts, double *mean)
{
    size_t rows = w->base->n;
    bool none[CGM_MAX_PARENTS] = {false};
    const scm_variable *y = &w->scm->variable[w->scm->node[c->outcome].variable];
    double *block = calloc(2 * c->n + 1 + y->n_parents, rows * sizeof *block);
    if (!block) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu worlds of %zu rows", c->n, rows);
    indices x = {.c = c, .w = w, .opts = opts, .mechanism = y->mechanism, .rows = rows};
    x.mean = block;
    x.square = x.mean + c->n * rows;
    x.now = x.square + c->n * rows;
    x.edges = x.now + rows;
    cgm_status status = average(&x, y->mechanism->methods->normal_cuts(y->mechanism, none), mean);
    free(block);
    return status;
}
