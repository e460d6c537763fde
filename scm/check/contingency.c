/* G in the strata of a contingency table. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/check/independence.h"

/* The rows sorted into strata: those of stratum s are begin[s]..begin[s + 1). */
typedef struct strata {
    size_t n, n_strata, *begin;
    size_t *x, *y; /* [n]: levels */
    size_t x_levels, y_levels;
    size_t *count; /* [x_levels, y_levels], zero between uses */
    size_t *x_count, *y_count;
    double *n_log_n; /* [n + 1]: k log k */
} strata;

typedef struct keyed {
    size_t stratum, row;
} keyed;

static int compare_keys(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (x->stratum != y->stratum) return x->stratum < y->stratum ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Refines the strata by one more variable: sorts by the strata so far and its level, and numbers them anew. */
static void refine(size_t n, const cgm_column *by, keyed *key)
{
    for (size_t i = 0; i < n; i++) key[i].stratum = key[i].stratum * (size_t)by->levels + (size_t)by->value[key[i].row];
    qsort(key, n, sizeof *key, compare_keys);
    size_t number = 0, last = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && key[i].stratum != last) number++;
        last = key[i].stratum;
        key[i].stratum = number;
    }
}

static cgm_status allocate(const cgm_question *q, cgm_arena *arena, strata *s)
{
    *s = (strata){.n = q->n, .x_levels = (size_t)q->x.levels, .y_levels = (size_t)q->y.levels};
    struct {
        size_t **array, length;
    } arrays[] = {{&s->begin, q->n + 1},
                  {&s->x, q->n},
                  {&s->y, q->n},
                  {&s->count, s->x_levels * s->y_levels},
                  {&s->x_count, s->x_levels},
                  {&s->y_count, s->y_levels}};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++) {
        *arrays[k].array = cgm_arena_array(arena, arrays[k].length, sizeof(size_t));
        if (!*arrays[k].array) return CGM_E_MEMORY;
    }
    s->n_log_n = cgm_arena_array(arena, q->n + 1, sizeof *s->n_log_n);
    if (!s->n_log_n) return CGM_E_MEMORY;
    for (size_t k = 1; k <= q->n; k++) s->n_log_n[k] = (double)k * log((double)k);
    return CGM_OK;
}

static cgm_status stratify(const cgm_question *q, cgm_arena *arena, strata *s)
{
    keyed *key = cgm_arena_array(arena, q->n, sizeof *key);
    if (!key) return CGM_E_MEMORY;
    CGM_TRY(allocate(q, arena, s));
    for (size_t i = 0; i < q->n; i++) key[i] = (keyed){0, i};
    for (size_t k = 0; k < q->n_given; k++) refine(q->n, &q->given[k], key);
    for (size_t i = 0; i < q->n; i++) {
        if (i == 0 || key[i].stratum != key[i - 1].stratum) s->begin[s->n_strata++] = i;
        s->x[i] = (size_t)q->x.value[key[i].row];
        s->y[i] = (size_t)q->y.value[key[i].row];
    }
    s->begin[s->n_strata] = q->n;
    return CGM_OK;
}

/* The sum of n log n over the cells of all strata: the only part of G that depends on how x and y come together. */
static double joint_sum(const strata *s)
{
    double sum = 0;
    for (size_t z = 0; z < s->n_strata; z++) {
        for (size_t i = s->begin[z]; i < s->begin[z + 1]; i++) s->count[s->x[i] * s->y_levels + s->y[i]]++;
        for (size_t i = s->begin[z]; i < s->begin[z + 1]; i++) {
            size_t *cell = &s->count[s->x[i] * s->y_levels + s->y[i]];
            sum += s->n_log_n[*cell];
            *cell = 0;
        }
    }
    return sum;
}

/* What the margins say: the rest of G, the degrees of freedom, and whether expected counts are too small for its
 * asymptotic distribution. */
static void margins(const strata *s, double *rest, double *df, bool *sparse)
{
    size_t cells = 0, small = 0, tiny = 0;
    *rest = *df = 0;
    for (size_t z = 0; z < s->n_strata; z++) {
        size_t total = s->begin[z + 1] - s->begin[z], rows = 0, columns = 0;
        memset(s->x_count, 0, s->x_levels * sizeof *s->x_count);
        memset(s->y_count, 0, s->y_levels * sizeof *s->y_count);
        for (size_t i = s->begin[z]; i < s->begin[z + 1]; i++) {
            s->x_count[s->x[i]]++;
            s->y_count[s->y[i]]++;
        }
        *rest += s->n_log_n[total];
        for (size_t k = 0; k < s->x_levels; k++) {
            *rest -= s->n_log_n[s->x_count[k]];
            rows += s->x_count[k] > 0;
        }
        for (size_t k = 0; k < s->y_levels; k++) {
            *rest -= s->n_log_n[s->y_count[k]];
            columns += s->y_count[k] > 0;
        }
        if (rows < 2 || columns < 2) continue;
        *df += (double)(rows - 1) * (double)(columns - 1);
        for (size_t a = 0; a < s->x_levels; a++)
            for (size_t b = 0; b < s->y_levels; b++) {
                if (!s->x_count[a] || !s->y_count[b]) continue;
                double expected = (double)s->x_count[a] * (double)s->y_count[b] / (double)total;
                cells++;
                small += expected < 5;
                tiny += expected < 1;
            }
    }
    *sparse = tiny > 0 || 5 * small > cells;
}

/* Permutes y within strata. */
static void shuffle(const strata *s, cgm_rng *rng)
{
    for (size_t z = 0; z < s->n_strata; z++)
        for (size_t i = s->begin[z + 1] - 1; i > s->begin[z]; i--) {
            size_t j = s->begin[z] + cgm_rng_below(rng, i - s->begin[z] + 1), y = s->y[i];
            s->y[i] = s->y[j];
            s->y[j] = y;
        }
}

/* The share of permutations that give as large a sum as was found, by Besag and Clifford (1991): drawing ends with the
 * 50th such, as nobody needs a large p to more digits; without so many, what was found counts as one of the
 * permutations. */
static double permute(const strata *s, double found, size_t permutations, cgm_rng rng)
{
    enum { AS_LARGE_WANTED = 50 };
    size_t as_large = 0;
    for (size_t k = 1; k <= permutations; k++) {
        shuffle(s, &rng);
        as_large += joint_sum(s) >= found - 1e-9 * (1 + fabs(found));
        if (as_large == AS_LARGE_WANTED) return (double)as_large / (double)k;
    }
    return (double)(as_large + 1) / ((double)permutations + 1);
}

static cgm_status g(const cgm_question *q, cgm_arena *arena, cgm_verdict *out)
{
    strata s;
    double rest;
    bool sparse;
    CGM_TRY(stratify(q, arena, &s));
    margins(&s, &rest, &out->df, &sparse);
    if (out->df == 0) return out->why_not = "no stratum in which both vary", CGM_OK;
    double joint = joint_sum(&s);
    out->statistic = fmax(0, 2 * (joint + rest));
    if (!sparse) {
        out->p = gsl_cdf_chisq_Q(out->statistic, out->df);
        return CGM_OK;
    }
    out->test = CGM_TEST_G_PERMUTED;
    out->p = permute(&s, joint, q->permutations, q->rng);
    return CGM_OK;
}

cgm_status cgm_test_g(const cgm_question *q, cgm_verdict *out)
{
    cgm_arena arena = {0};
    *out = (cgm_verdict){.test = CGM_TEST_G, .p = NAN};
    cgm_status status = g(q, &arena, out);
    cgm_arena_clear(&arena);
    return status;
}
