/* The figures of an evaluation: what each is of every image, and its summary over images and seeds. */
#include <math.h>
#include <string.h>

#include "metrics/bootstrap.h"
#include "metrics/metrics.h"
#include "scm/soundness/evaluation_priv.h"

static bool same_key(const evaluation_key *a, const evaluation_key *b)
{
    return strcmp(a->metric, b->metric) == 0 && a->treatment == b->treatment && a->attribute == b->attribute &&
           a->by == b->by && a->after == b->after;
}

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static cgm_status make_room(evaluation *e)
{
    if (e->n_figures < e->capacity) return CGM_OK;
    size_t capacity = e->capacity ? 2 * e->capacity : 64;
    evaluation_figure *grown = cgm_arena_array(&e->arena, capacity, sizeof *grown);
    if (!grown) return CGM_E_MEMORY;
    if (e->n_figures) memcpy(grown, e->figure, e->n_figures * sizeof *grown);
    e->figure = grown;
    e->capacity = capacity;
    return CGM_OK;
}

evaluation_figure *cgm_evaluation_find(evaluation *e, const evaluation_key *key, bool of_images)
{
    size_t seeds = e->opts->seeds, numbers = of_images ? seeds * e->n : 0;
    for (size_t k = 0; k < e->n_figures; k++)
        if (same_key(&e->figure[k].key, key) && same_number(e->figure[k].noise, e->noise_now)) return &e->figure[k];
    if (make_room(e) != CGM_OK) return NULL;
    evaluation_figure f = {.key = *key, .noise = e->noise_now, .real = NAN};
    if (of_images) f.each = cgm_arena_array(&e->arena, numbers, sizeof *f.each);
    f.set = cgm_arena_array(&e->arena, seeds, sizeof *f.set);
    f.error = cgm_arena_array(&e->arena, seeds, sizeof *f.error);
    if ((of_images && !f.each) || !f.set || !f.error) return NULL;
    for (size_t i = 0; i < numbers; i++) f.each[i] = NAN;
    e->figure[e->n_figures] = f;
    return &e->figure[e->n_figures++];
}

static cgm_status put_random(evaluation *e, const evaluation_key *key, const double *own, size_t first, size_t n,
                             const double *value)
{
    size_t k = 0;
    evaluation_key random = *key;
    random.treatment = e->random;
    evaluation_figure *f = cgm_evaluation_find(e, &random, true);
    if (!f) return CGM_E_MEMORY;
    f->own = own;
    while (e->name[e->treatment[k]] != key->treatment) k++;
    for (size_t i = 0; i < n; i++)
        if (cgm_evaluation_chosen(e, first + i) == k) f->each[e->seed * e->n + first + i] = value[i];
    return CGM_OK;
}

cgm_status cgm_evaluation_put(evaluation *e, const evaluation_key *key, const double *own, size_t first, size_t n,
                              const double *value)
{
    evaluation_figure *f = cgm_evaluation_find(e, key, true);
    if (!f) return CGM_E_MEMORY;
    f->own = own;
    memcpy(f->each + e->seed * e->n + first, value, n * sizeof *value);
    return e->random && key->treatment ? put_random(e, key, own, first, n, value) : CGM_OK;
}

cgm_status cgm_evaluation_put_set(evaluation *e, const evaluation_key *key, double value, double error, double real)
{
    evaluation_figure *f = cgm_evaluation_find(e, key, false);
    if (!f) return CGM_E_MEMORY;
    f->set[e->seed] = value;
    f->error[e->seed] = error;
    f->real = real;
    return CGM_OK;
}

/* ---- Summing up ---- */

/* Those of the numbers that are there, in their order; returns how many. */
static size_t drop_missing(size_t n, const double *x, double *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i])) out[kept++] = x[i];
    return kept;
}

static double mean_of(size_t n, const double *x, double *scratch)
{
    return cgm_set_summary(drop_missing(n, x, scratch), scratch).mean;
}

/* Each image's mean over the seeds in which it has one, without the images that have none; returns how many. */
static size_t means_over_seeds(const evaluation *e, const evaluation_figure *f, double *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < e->n; i++) {
        double sum = 0, count = 0;
        for (size_t s = 0; s < e->opts->seeds; s++) {
            double x = f->each[s * e->n + i];
            if (isnan(x)) continue;
            sum += x;
            count++;
        }
        if (count > 0) out[kept++] = sum / count;
    }
    return kept;
}

static cgm_status sum_up_images(const evaluation *e, const evaluation_figure *f, cgm_evaluation_row *row)
{
    double *of_seed = e->scratch[0], *mean = e->scratch[1];
    const cgm_evaluation_opts *o = e->opts;
    cgm_rng root = cgm_rng_create(o->seed), rng = cgm_rng_split(&root, "bootstrap");
    for (size_t s = 0; s < o->seeds; s++) f->set[s] = mean_of(e->n, f->each + s * e->n, of_seed);
    row->n = means_over_seeds(e, f, mean);
    row->error = cgm_set_summary(row->n, mean).standard_error;
    row->real = f->own ? mean_of(e->n, f->own, of_seed) : f->real;
    if (o->resamples == 0 || row->n == 0) return CGM_OK;
    return cgm_bootstrap_mean(row->n, mean, o->resamples, o->level, &rng, e->run->opts.threads, &row->low, &row->high);
}

static cgm_status sum_up(const evaluation *e, const evaluation_figure *f, cgm_evaluation_row *row)
{
    size_t seeds = e->opts->seeds;
    const evaluation_key *k = &f->key;
    *row = (cgm_evaluation_row){.metric = k->metric, .treatment = k->treatment, .attribute = k->attribute, .by = k->by};
    row->noise = f->noise;
    row->after = k->after;
    row->n = e->n;
    row->low = row->high = NAN;
    row->target = row->tolerance = row->published = NAN;
    row->error = f->each ? NAN : cgm_set_summary(seeds, f->error).mean;
    row->real = f->real;
    if (f->each) CGM_TRY(sum_up_images(e, f, row));
    cgm_set_error over_seeds = cgm_set_summary(seeds, f->set);
    row->value = over_seeds.mean;
    row->deviation = seeds > 1 ? over_seeds.standard_error * sqrt((double)seeds) : (double)NAN;
    return CGM_OK;
}

cgm_status cgm_evaluation_sum_up(evaluation *e)
{
    cgm_evaluation *out = e->out;
    out->row = cgm_arena_array(&out->arena, e->n_figures + 1, sizeof *out->row);
    if (!out->row) return CGM_E_MEMORY;
    for (int random = 0; random < 2; random++)
        for (size_t k = 0; k < e->n_figures; k++) {
            bool is_random = e->random && e->figure[k].key.treatment == e->random;
            if (is_random == random) CGM_TRY(sum_up(e, &e->figure[k], &out->row[out->n_rows++]));
        }
    return CGM_OK;
}
