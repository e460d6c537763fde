#include "metrics/bootstrap.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <stdlib.h>

#include "base/threads.h"

typedef struct resampling {
    size_t n;
    const double *x;
    cgm_rng rng;
    double *mean; /* [resamples] */
} resampling;

static void resample(void *context, size_t b, int worker)
{
    const resampling *r = context;
    cgm_rng rng = cgm_rng_split_index(&r->rng, b);
    double sum = 0;
    (void)worker;
    for (size_t i = 0; i < r->n; i++) sum += r->x[cgm_rng_below(&rng, r->n)];
    r->mean[b] = sum / (double)r->n;
}

cgm_status cgm_bootstrap_mean(size_t n, const double *x, size_t resamples, double level, const cgm_rng *rng,
                              int threads, double *low, double *high)
{
    if (n < 1 || resamples < 2 || !(level > 0 && level < 1))
        return CGM_FAIL(CGM_E_ARG,
                        "bootstrap: %zu resamples of %zu numbers at level %g; expected at least 2, of at least 1, "
                        "between 0 and 1",
                        resamples, n, level);
    resampling r = {n, x, *rng, malloc(resamples * sizeof *r.mean)};
    if (!r.mean) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu resamples", resamples);
    cgm_parallel(threads, resamples, resample, &r);
    gsl_sort(r.mean, 1, resamples);
    *low = gsl_stats_quantile_from_sorted_data(r.mean, 1, resamples, (1 - level) / 2);
    *high = gsl_stats_quantile_from_sorted_data(r.mean, 1, resamples, (1 + level) / 2);
    free(r.mean);
    return CGM_OK;
}
