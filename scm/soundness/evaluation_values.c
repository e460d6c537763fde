/* What treatments are set to, by either protocol. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/soundness/evaluation_priv.h"

size_t cgm_evaluation_chosen(const evaluation *e, size_t i)
{
    cgm_rng root = cgm_rng_create(e->opts->seed + e->seed), all = cgm_rng_split(&root, "random");
    cgm_rng rng = cgm_rng_split_index(&all, i);
    return (size_t)cgm_rng_below(&rng, e->n_treatments);
}

/* A treatment's values in the asked rows, [n]. */
static const double *values_of(const evaluation *e, size_t treatment, cgm_arena *arena)
{
    const double *column = cgm_dataset_column(e->run->data, e->name[e->treatment[treatment]]);
    double *values = cgm_arena_array(arena, e->n, sizeof *values);
    for (size_t i = 0; values && i < e->n; i++) values[i] = column[e->row[i]];
    return values;
}

/* Bins of one width from the least value to the largest; beyond these lie the outer bins. */
typedef struct bins {
    bool levels;
    double low, width;
    int n;
} bins;

static bins make_bins(const evaluation *e, size_t treatment, const double *values)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < e->n; i++) {
        low = fmin(low, values[i]);
        high = fmax(high, values[i]);
    }
    return (bins){.levels = cgm_variable_has_levels(cgm_scm_variable(e->run->scm, e->treatment[treatment])),
                  .low = low,
                  .width = (high - low) / (double)e->opts->bins,
                  .n = (int)e->opts->bins};
}

static int bin_of(const bins *b, double value)
{
    if (b->levels) return (int)value;
    if (b->width == 0) return 0;
    return (int)fmin(fmax(floor((value - b->low) / b->width), 0), b->n - 1);
}

cgm_status cgm_evaluation_bins(const evaluation *e, size_t treatment, size_t n, const double *value, int *out)
{
    cgm_arena arena = {0};
    const double *values = values_of(e, treatment, &arena);
    if (!values) return CGM_E_MEMORY;
    const bins b = make_bins(e, treatment, values);
    for (size_t i = 0; i < n; i++) out[i] = bin_of(&b, value[i]);
    cgm_arena_clear(&arena);
    return CGM_OK;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The different values in rising order; returns how many. */
static size_t sort_unique(size_t n, double *x)
{
    size_t kept = 0;
    qsort(x, n, sizeof *x, compare);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || x[i] != x[kept - 1]) x[kept++] = x[i];
    return kept;
}

/* Sorted values of one bin lie together: number k of the others. Row i draws from the stream split by i. */
static cgm_status draw_other(const bins *b, size_t n, const double *sorted, double own, cgm_rng rng, double *out)
{
    size_t begin = 0, end = n;
    while (begin < n && bin_of(b, sorted[begin]) < bin_of(b, own)) begin++;
    while (end > begin && bin_of(b, sorted[end - 1]) > bin_of(b, own)) end--;
    size_t others = n - (end - begin);
    if (others == 0) return CGM_E_ARG;
    size_t k = (size_t)cgm_rng_below(&rng, others);
    *out = sorted[k < begin ? k : k + (end - begin)];
    return CGM_OK;
}

static cgm_status set_other_bins(const evaluation *e, size_t treatment, const cgm_rng *rng, cgm_arena *arena,
                                 cgm_setting *out)
{
    const char *name = e->name[e->treatment[treatment]];
    cgm_rng stream = cgm_rng_split(rng, name);
    const double *own = values_of(e, treatment, arena);
    double *sorted = cgm_arena_array(arena, e->n, sizeof *sorted);
    double *values = cgm_arena_array(arena, e->n, sizeof *values);
    if (!own || !sorted || !values) return CGM_E_MEMORY;
    memcpy(sorted, own, e->n * sizeof *sorted);
    const bins b = make_bins(e, treatment, own);
    size_t n = sort_unique(e->n, sorted);
    for (size_t i = 0; i < e->n; i++)
        if (draw_other(&b, n, sorted, own[i], cgm_rng_split_index(&stream, i), &values[i]) != CGM_OK)
            return CGM_FAIL(CGM_E_ARG, "bins: all values of '%s' in the %zu rows lie in one bin", name, e->n);
    *out = (cgm_setting){treatment, name, values};
    return CGM_OK;
}

static cgm_status set_values(evaluation *e, cgm_arena *arena, uint64_t seed, cgm_query *q)
{
    size_t n = e->n_treatments;
    cgm_do *dos = cgm_arena_array(arena, n, sizeof *dos);
    const char **text = cgm_arena_array(arena, n, sizeof *text);
    cgm_setting *settings = cgm_arena_array(arena, n, sizeof *settings);
    cgm_rng root = cgm_rng_create(seed), rng = cgm_rng_split(&root, "bins");
    if (!dos || !text || !settings) return CGM_E_MEMORY;
    for (size_t k = 0; k < n; k++) {
        if (e->opts->protocol == CGM_PROTOCOL_BINS) {
            CGM_TRY(set_other_bins(e, k, &rng, arena, &settings[k]));
            q->n_settings++;
            continue;
        }
        if (!(text[k] = cgm_arena_printf(arena, "%s=permuted", e->name[e->treatment[k]]))) return CGM_E_MEMORY;
        dos[k] = (cgm_do){1, &text[k]};
    }
    q->n_dos = n;
    q->dos = dos;
    q->settings = settings;
    return CGM_OK;
}

cgm_status cgm_evaluation_query(evaluation *e, cgm_arena *arena, cgm_query *out)
{
    const cgm_evaluation_opts *o = e->opts;
    cgm_query_init(out, CGM_COUNTERFACTUAL);
    out->split = o->split;
    out->n = e->n;
    out->seed = o->seed + e->seed;
    out->temperature = o->temperature;
    out->pixel_temperature = e->noise_now;
    out->spare = 3;
    out->visit = cgm_evaluation_take;
    out->context = e;
    return set_values(e, arena, out->seed, out);
}
