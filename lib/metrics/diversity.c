#include "metrics/diversity.h"

#include <stdlib.h>

#include "metrics/metrics.h"
#include "metrics/similarity.h"

struct cgm_diversity {
    cgm_similarity *similarity;
};

cgm_status cgm_diversity_create(int channels, int height, int width, int threads, cgm_diversity **out)
{
    cgm_diversity *d = calloc(1, sizeof *d);
    if (!d) return CGM_FAIL(CGM_E_MEMORY, "out of memory for MS-SSIM");
    cgm_status status = cgm_similarity_create(channels, height, width, true, threads, &d->similarity);
    if (status == CGM_OK)
        *out = d;
    else
        free(d);
    return status;
}

void cgm_diversity_destroy(cgm_diversity *d)
{
    if (!d) return;
    cgm_similarity_destroy(d->similarity);
    free(d);
}

/* Pair k is of the stream split by k: two different ones of the rows. */
static void choose_pair(size_t n, const size_t *rows, const cgm_rng *rng, size_t k, size_t *a, size_t *b)
{
    cgm_rng own = cgm_rng_split_index(rng, k);
    size_t i = (size_t)cgm_rng_below(&own, n), j = (size_t)cgm_rng_below(&own, n - 1);
    j += j >= i;
    *a = rows ? rows[i] : i;
    *b = rows ? rows[j] : j;
}

cgm_status cgm_diversity_measure(cgm_diversity *d, size_t n, const size_t *rows, const double *images, size_t pairs,
                                 const cgm_rng *rng, cgm_diversity_value *out)
{
    cgm_status status = CGM_OK;
    if (n < 2 || pairs < 1)
        return CGM_FAIL(CGM_E_ARG, "MS-SSIM: %zu pairs of %zu images; expected at least 1, of at least 2", pairs, n);
    double *each = calloc(pairs, sizeof *each);
    size_t *a = calloc(2 * pairs, sizeof *a);
    if (!each || !a) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu pairs of images", pairs);
        goto done;
    }
    for (size_t k = 0; k < pairs; k++) choose_pair(n, rows, rng, k, &a[k], &a[pairs + k]);
    CGM_TRY_GOTO(cgm_similarity_measure(d->similarity, pairs, images, a, images, a + pairs, each), done);
    cgm_set_error summary = cgm_set_summary(pairs, each);
    *out = (cgm_diversity_value){pairs, summary.mean, summary.standard_error};
done:
    free(a);
    free(each);
    return status;
}
