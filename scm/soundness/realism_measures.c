/* The measures, a row each: of the samples, and of the data. */
#include <math.h>

#include "metrics/coverage.h"
#include "metrics/diversity.h"
#include "metrics/frechet.h"
#include "metrics/kid.h"
#include "metrics/metrics.h"
#include "metrics/saturation.h"
#include "nn/image_losses.h"
#include "scm/soundness/realism_priv.h"

/* Binkowski et al. 2018 take 100 subsets of 1,000 rows; at most half of the rows, so that subsets differ. */
#define KID_SUBSETS 100
#define KID_SIZE 1000
#define PAIRS 1000      /* of images, for MS-SSIM */
#define LEVEL_PAIRS 200 /* of each level */

typedef struct figure {
    double value, error;
} figure;

static const figure nothing = {NAN, NAN};

static void add(cgm_realism *out, const char *measure, const char *level, figure samples, figure data)
{
    out->row[out->n_rows++] = (cgm_realism_row){measure, level, samples.value, samples.error, data.value, data.error};
}

/* ---- Distances to the test images ---- */

typedef struct distances {
    cgm_frechet frechet;
    cgm_kid kid, subsets;
} distances;

static cgm_status find_distances(const realism *r, const realism_set *set, distances *d)
{
    size_t width = cgm_predictor_width(r->predictor);
    const double *x = set->features, *y = r->test.features;
    const cgm_feature_set a = {set->n, x, set->unit}, b = {r->test.n, y, r->test.unit};
    int threads = r->run->opts.threads;
    const cgm_kid_opts opts = {r->out->kid_subsets, r->out->kid_size, r->opts->seed};
    CGM_TRY(cgm_frechet_distance(width, set->n, x, r->test.n, y, &d->frechet));
    CGM_TRY(cgm_kid_distance(width, &a, &b, threads, &d->kid));
    return opts.subsets ? cgm_kid_subsets(width, &a, &b, &opts, threads, &d->subsets) : CGM_OK;
}

static cgm_status add_distances(realism *r)
{
    distances of_samples, of_train;
    cgm_realism *out = r->out;
    size_t half = r->n_train / 2;
    out->kid_size = half < KID_SIZE ? half : KID_SIZE;
    out->kid_subsets = out->kid_size < 3 ? 0 : KID_SUBSETS;
    CGM_TRY(find_distances(r, &r->samples, &of_samples));
    CGM_TRY(find_distances(r, &r->train, &of_train));
    out->few = of_samples.frechet.few || of_train.frechet.few;
    add(out, "FID", NULL, (figure){of_samples.frechet.distance, NAN}, (figure){of_train.frechet.distance, NAN});
    add(out, "KID", NULL, (figure){of_samples.kid.value, of_samples.kid.standard_error},
        (figure){of_train.kid.value, of_train.kid.standard_error});
    if (!out->kid_subsets) return CGM_OK;
    add(out, "KID, subsets", NULL, (figure){of_samples.subsets.value, of_samples.subsets.standard_error},
        (figure){of_train.subsets.value, of_train.subsets.standard_error});
    return CGM_OK;
}

/* ---- What the predictor reads ---- */

static figure of_share(size_t part, size_t n)
{
    cgm_share share = cgm_share_of(part, n);
    return (figure){share.value, share.standard_error};
}

static cgm_status count_levels(realism *r, const realism_set *set, cgm_level_count **each, cgm_level_coverage *out)
{
    int levels = r->attribute->levels;
    *each = cgm_arena_array(&r->arena, (size_t)levels, sizeof **each);
    return *each ? cgm_level_coverage_of(set->n, levels, set->asked, set->shown, *each, out) : CGM_E_MEMORY;
}

/* The level's name in the answer's arena. */
static cgm_status level_name(const realism *r, int level, const char **out)
{
    char text[CGM_VALUE_TEXT];
    *out = cgm_arena_strdup(&r->out->arena, cgm_variable_text(r->attribute, level, text));
    return *out ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status add_levels(realism *r)
{
    cgm_level_count *samples, *test;
    cgm_level_coverage of_samples, of_test;
    const char *name;
    cgm_realism *out = r->out;
    CGM_TRY(count_levels(r, &r->samples, &samples, &of_samples));
    CGM_TRY(count_levels(r, &r->test, &test, &of_test));
    if (r->asks)
        add(out, "as asked", NULL, (figure){of_samples.as_asked.value, of_samples.as_asked.standard_error},
            (figure){of_test.as_asked.value, of_test.as_asked.standard_error});
    for (int k = 0; r->asks && k < r->attribute->levels; k++) {
        CGM_TRY(level_name(r, k, &name));
        add(out, "as asked", name, of_share(samples[k].right, samples[k].asked),
            of_share(test[k].right, test[k].asked));
    }
    for (int k = 0; k < r->attribute->levels; k++) {
        CGM_TRY(level_name(r, k, &name));
        add(out, "shown", name, of_share(samples[k].found, r->samples.n), of_share(test[k].found, r->test.n));
    }
    add(out, "entropy", NULL, (figure){of_samples.entropy, NAN}, (figure){of_test.entropy, NAN});
    add(out, "missing", NULL, (figure){(double)of_samples.missing, NAN}, (figure){(double)of_test.missing, NAN});
    return CGM_OK;
}

static cgm_status reading_error(realism *r, const realism_set *set, figure *out)
{
    double *each = cgm_arena_array(&r->arena, set->n, sizeof *each);
    if (!each) return CGM_E_MEMORY;
    cgm_set_error error = cgm_set_mean_absolute_error(set->n, 1, set->shown, set->asked, each);
    *out = (figure){error.mean, error.standard_error};
    return CGM_OK;
}

static cgm_status add_readings(realism *r)
{
    figure samples, test;
    if (cgm_variable_has_levels(r->attribute)) return add_levels(r);
    if (!r->asks) return CGM_OK;
    CGM_TRY(reading_error(r, &r->samples, &samples));
    CGM_TRY(reading_error(r, &r->test, &test));
    add(r->out, "error", NULL, samples, test);
    return CGM_OK;
}

/* ---- Pixels ---- */

/* Rows of a set that were asked for a level; all of them where there is none. */
static size_t rows_of(const realism_set *set, int level, size_t *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < set->n; i++)
        if (level < 0 || set->asked[i] == level) rows[n++] = i;
    return n;
}

/* Of a set's images of a level, -1: of all; nothing where these are fewer than two. */
static cgm_status diversity_of(realism *r, cgm_diversity *d, const realism_set *set, int level, figure *out)
{
    cgm_diversity_value value;
    cgm_rng pairs = cgm_rng_split(&r->rng, "pairs"), rng = cgm_rng_split_index(&pairs, (uint64_t)(level + 1));
    size_t *rows = cgm_arena_array(&r->arena, set->n, sizeof *rows);
    if (!rows) return CGM_E_MEMORY;
    size_t n = rows_of(set, level, rows);
    *out = nothing;
    if (n < 2) return CGM_OK;
    CGM_TRY(cgm_diversity_measure(d, n, rows, set->images, level < 0 ? PAIRS : LEVEL_PAIRS, &rng, &value));
    *out = (figure){value.mean, value.standard_error};
    return CGM_OK;
}

static cgm_status add_pairs(realism *r, cgm_diversity *d)
{
    figure samples, test;
    const char *name = NULL;
    int levels = cgm_variable_has_levels(r->attribute) ? r->attribute->levels : 0;
    for (int level = -1; level < levels; level++) {
        if (level >= 0) CGM_TRY(level_name(r, level, &name));
        CGM_TRY(diversity_of(r, d, &r->samples, level, &samples));
        CGM_TRY(diversity_of(r, d, &r->test, level, &test));
        add(r->out, "MS-SSIM", name, samples, test);
    }
    return CGM_OK;
}

static cgm_status add_diversity(realism *r)
{
    cgm_diversity *d = NULL;
    const cgm_variable *v = r->image_variable;
    r->out->scales = cgm_ms_ssim_scales(v->height, v->width);
    if (!r->out->scales) return CGM_OK;
    CGM_TRY(cgm_diversity_create(v->channels, v->height, v->width, r->run->opts.threads, &d));
    cgm_status status = add_pairs(r, d);
    cgm_diversity_destroy(d);
    return status;
}

static void add_saturation(realism *r)
{
    const cgm_variable *v = r->image_variable;
    size_t width = cgm_variable_width(v);
    cgm_saturation samples = cgm_saturation_of(r->samples.n * width, r->samples.images, v->low, v->high);
    cgm_saturation test = cgm_saturation_of(r->test.n * width, r->test.images, v->low, v->high);
    add(r->out, "black", NULL, (figure){samples.low, NAN}, (figure){test.low, NAN});
    add(r->out, "white", NULL, (figure){samples.high, NAN}, (figure){test.high, NAN});
}

/* ---- All of them ---- */

static cgm_status begin(realism *r)
{
    cgm_realism *out = r->out;
    size_t levels = cgm_variable_has_levels(r->attribute) ? (size_t)r->attribute->levels : 0;
    out->samples = r->samples.n;
    out->test = r->test.n;
    out->train = r->train.n;
    out->asks = r->asks;
    out->width = cgm_predictor_width(r->predictor);
    out->fitted = cgm_predictor_rows(r->predictor).fitted;
    out->predictor = cgm_arena_strdup(&out->arena, cgm_predictor_name(r->predictor));
    out->image = cgm_arena_strdup(&out->arena, r->image_variable->name);
    out->attribute = cgm_arena_strdup(&out->arena, r->attribute->name);
    out->row = cgm_arena_array(&out->arena, 12 + 3 * levels, sizeof *out->row);
    return out->predictor && out->image && out->attribute && out->row ? CGM_OK : CGM_E_MEMORY;
}

cgm_status cgm_realism_measure(realism *r)
{
    CGM_TRY(begin(r));
    CGM_TRY(add_distances(r));
    CGM_TRY(add_readings(r));
    CGM_TRY(add_diversity(r));
    add_saturation(r);
    return CGM_OK;
}
