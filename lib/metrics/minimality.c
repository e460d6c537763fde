#include "metrics/minimality.h"

#include <math.h>
#include <stdlib.h>

#include "base/threads.h"

#define TO_STAY 0.8
#define TO_LEAVE 0.2

typedef struct measuring {
    const cgm_minimality *question;
    double *each;
} measuring;

/* How far row j of b is from row i of a. */
static double distance(size_t width, const cgm_embedded *a, size_t i, const cgm_embedded *b, size_t j)
{
    const double *p = a->mean + i * width, *q = b->mean + j * width;
    double sum = 0;
    for (size_t k = 0; !a->log_scale && k < width; k++) sum += fabs(q[k] - p[k]);
    for (size_t k = 0; a->log_scale && k < width; k++) {
        double log_p = a->log_scale[i * width + k], log_q = b->log_scale[j * width + k], apart = q[k] - p[k];
        sum += log_p - log_q - 0.5 + 0.5 * (exp(2 * (log_q - log_p)) + apart * apart * exp(-2 * log_p));
    }
    return sum / (double)width;
}

static void measure_image(void *context, size_t i, int worker)
{
    const measuring *m = context;
    const cgm_minimality *q = m->question;
    double d = distance(q->width, &q->factual, i, &q->counterfactual, i);
    size_t nearer = 0, counter = 0, farther = 0, own = 0;
    (void)worker;
    for (size_t j = 0; j < q->n; j++) {
        bool is_own = q->factual_class[j] == q->factual_class[i];
        bool is_counter = q->factual_class[j] == q->counterfactual_class[i];
        if (!is_own && !is_counter) continue;
        double other = distance(q->width, &q->factual, i, &q->factual, j);
        nearer += is_counter && other <= d;
        counter += is_counter;
        farther += is_own && other >= d;
        own += is_own;
    }
    double stays = (double)nearer / (double)counter, leaves = (double)farther / (double)own;
    m->each[i] = counter ? log(TO_STAY * exp(stays) + TO_LEAVE * exp(leaves)) : (double)NAN;
}

static bool is_finite(size_t n, const double *x)
{
    for (size_t i = 0; x && i < n; i++)
        if (!isfinite(x[i])) return false;
    return true;
}

cgm_status cgm_minimality_measure(const cgm_minimality *q, int threads, double *each)
{
    size_t numbers = q->n * q->width;
    if (q->n < 1 || q->width < 1 || !q->factual.log_scale != !q->counterfactual.log_scale)
        return CGM_FAIL(CGM_E_ARG, "CLD: expected images and counterfactuals in one embedding of at least one number");
    if (!is_finite(numbers, q->factual.mean) || !is_finite(numbers, q->factual.log_scale) ||
        !is_finite(numbers, q->counterfactual.mean) || !is_finite(numbers, q->counterfactual.log_scale))
        return CGM_FAIL(CGM_E_ARG, "CLD: the embedding of an image is not finite");
    cgm_parallel(threads, q->n, measure_image, &(measuring){q, each});
    return CGM_OK;
}
