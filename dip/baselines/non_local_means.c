/* Means of the pixels whose surroundings are alike (Buades, Coll and Morel 2005): of those at most REACH away, weighed
 * by exp(-max(d - 2 sigma^2, 0) / h^2), d the mean squared difference of the two patches in all channels, h as Buades
 * et al. 2011 (table 1) have it at such noise. Beyond its border the image goes on as in a mirror. */
#include <math.h>

#include "base/threads.h"
#include "dip/baselines/baseline.h"
#include "dip/operators/axis.h"

enum { PATCH = 2, REACH = 10 }; /* pixels to each side */
#define H 0.40                  /* in sigmas */

typedef struct search {
    const dip_problem *p;
    double *out;
} search;

static bool applies(const dip_problem *p)
{
    return p->kind == &cgm_dip_operator_identity && p->sigma > 0;
}

static double difference(const dip_problem *p, int64_t y, int64_t x, int64_t v, int64_t u)
{
    double sum = 0;
    for (int64_t c = 0; c < p->channels; c++) {
        const double *plane = p->y + c * p->height * p->width;
        for (int64_t i = -PATCH; i <= PATCH; i++)
            for (int64_t j = -PATCH; j <= PATCH; j++) {
                double a = plane[cgm_dip_mirrored(y + i, p->height) * p->width + cgm_dip_mirrored(x + j, p->width)];
                double b = plane[cgm_dip_mirrored(v + i, p->height) * p->width + cgm_dip_mirrored(u + j, p->width)];
                sum += (a - b) * (a - b);
            }
    }
    return sum / (double)(p->channels * (2 * PATCH + 1) * (2 * PATCH + 1));
}

static void average_pixel(const dip_problem *p, int64_t y, int64_t x, double *out)
{
    int64_t plane = p->height * p->width;
    double noise = 2 * p->sigma * p->sigma, h = H * p->sigma, weights = 0;
    for (int64_t c = 0; c < p->channels; c++) out[c * plane + y * p->width + x] = 0;
    for (int64_t v = y - REACH; v <= y + REACH; v++)
        for (int64_t u = x - REACH; u <= x + REACH; u++) {
            if (v < 0 || v >= p->height || u < 0 || u >= p->width) continue;
            double weight = exp(-fmax(difference(p, y, x, v, u) - noise, 0) / (h * h));
            weights += weight;
            for (int64_t c = 0; c < p->channels; c++)
                out[c * plane + y * p->width + x] += weight * p->y[c * plane + v * p->width + u];
        }
    for (int64_t c = 0; c < p->channels; c++) out[c * plane + y * p->width + x] /= weights;
}

static void average_row(void *context, size_t row, int worker)
{
    const search *s = context;
    (void)worker;
    for (int64_t x = 0; x < s->p->width; x++) average_pixel(s->p, (int64_t)row, x, s->out);
}

static cgm_status restore(const dip_problem *p, int threads, double *out)
{
    search s = {p, out};
    cgm_parallel(threads, (size_t)p->height, average_row, &s);
    return CGM_OK;
}

const dip_baseline cgm_dip_baseline_non_local_means = {"non-local means", applies, restore};
