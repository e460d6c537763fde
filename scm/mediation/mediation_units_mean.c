/* Means of unit effects over all rows, and their intervals, number by number. */
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "base/threads.h"
#include "scm/mediation/mediation_units_priv.h"

enum { NUMBERS = 256 }; /* of the outcome that one task looks at */

typedef struct averaging {
    const cgm_unit_effects *u;
    double p[2]; /* the interval's quantiles */
    double **mean, **low, **high;
    double *scratch; /* [threads, effects, resamples] */
} averaging;

/* The effects of number i in a resample's means, or in the rows themselves. */
static void effects_of(const cgm_unit_effects *u, size_t resample, size_t i, double *out)
{
    const scm_comparison *c = &u->plan.comparison;
    double mean[UNIT_MOST_WORLDS];
    for (size_t w = 0; w < c->n; w++) mean[w] = cgm_scm_running_mean(&u->means, resample, w, i);
    c->combine(c->context, mean, out);
}

static void average_number(const averaging *a, size_t i, double *drawn)
{
    const cgm_unit_effects *u = a->u;
    size_t n = u->means.resamples;
    double one[CGM_MEDIATION_EFFECTS];
    effects_of(u, n, i, one);
    for (size_t k = 0; k < u->plan.n_effects; k++) a->mean[k][i] = one[k];
    for (size_t b = 0; b < n; b++) {
        effects_of(u, b, i, one);
        for (size_t k = 0; k < u->plan.n_effects; k++) drawn[k * n + b] = one[k];
    }
    for (size_t k = 0; n && k < u->plan.n_effects; k++) {
        gsl_sort(drawn + k * n, 1, n);
        a->low[k][i] = gsl_stats_quantile_from_sorted_data(drawn + k * n, 1, n, a->p[0]);
        a->high[k][i] = gsl_stats_quantile_from_sorted_data(drawn + k * n, 1, n, a->p[1]);
    }
}

static void average_numbers(void *context, size_t index, int worker)
{
    const averaging *a = context;
    const cgm_unit_effects *u = a->u;
    double *drawn = a->scratch + (size_t)worker * u->plan.n_effects * u->means.resamples;
    for (size_t i = index * NUMBERS; i < (index + 1) * NUMBERS && i < u->width; i++) average_number(a, i, drawn);
}

/* The effects on the outcome's mean number; what is a difference of means may be taken number by number. */
static void average_whole(const averaging *a, cgm_unit_mean *out)
{
    const cgm_unit_effects *u = a->u;
    size_t n = u->means.resamples, effects = u->plan.n_effects;
    double *drawn = a->scratch, one[CGM_MEDIATION_EFFECTS];
    for (size_t b = 0; b < n * effects; b++) drawn[b] = 0;
    for (size_t b = 0; b < n; b++)
        for (size_t i = 0; i < u->width; i++) {
            effects_of(u, b, i, one);
            for (size_t k = 0; k < effects; k++) drawn[k * n + b] += one[k] / (double)u->width;
        }
    for (size_t k = 0; k < effects; k++) {
        cgm_estimate *e = &out[k].whole;
        *e = (cgm_estimate){cgm_unit_effect_name(u, k)->name, 0, 0, NAN, NAN, NAN};
        for (size_t i = 0; i < u->width; i++) e->value += a->mean[k][i] / (double)u->width;
        if (n == 0) continue;
        e->standard_error = gsl_stats_sd(drawn + k * n, 1, n);
        gsl_sort(drawn + k * n, 1, n);
        e->low = gsl_stats_quantile_from_sorted_data(drawn + k * n, 1, n, a->p[0]);
        e->high = gsl_stats_quantile_from_sorted_data(drawn + k * n, 1, n, a->p[1]);
    }
}

static cgm_status make_array(cgm_unit_effects *u, double ***out)
{
    *out = cgm_arena_array(&u->arena, u->plan.n_effects, sizeof **out);
    if (!*out) return CGM_E_MEMORY;
    for (size_t k = 0; k < u->plan.n_effects; k++)
        if (!((*out)[k] = cgm_arena_array(&u->arena, u->width, sizeof(double)))) return CGM_E_MEMORY;
    return CGM_OK;
}

cgm_status cgm_unit_average(cgm_unit_effects *u)
{
    double tail = (1 - u->opts.intervals.level) / 2;
    int threads = u->run->opts.threads;
    averaging a = {.u = u, .p = {tail, 1 - tail}};
    u->mean = cgm_arena_array(&u->arena, u->plan.n_effects, sizeof *u->mean);
    if (!u->mean) return CGM_E_MEMORY;
    CGM_TRY(make_array(u, &a.mean));
    if (u->means.resamples) CGM_TRY(make_array(u, &a.low));
    if (u->means.resamples) CGM_TRY(make_array(u, &a.high));
    a.scratch = calloc((size_t)threads * u->plan.n_effects * u->means.resamples + 1, sizeof *a.scratch);
    if (!a.scratch) return CGM_FAIL(CGM_E_MEMORY, "out of memory for intervals");
    cgm_parallel(threads, (u->width + NUMBERS - 1) / NUMBERS, average_numbers, &a);
    average_whole(&a, u->mean);
    for (size_t k = 0; k < u->plan.n_effects; k++) {
        u->mean[k].mean = a.mean[k];
        u->mean[k].low = a.low ? a.low[k] : NULL;
        u->mean[k].high = a.high ? a.high[k] : NULL;
    }
    free(a.scratch);
    return CGM_OK;
}
