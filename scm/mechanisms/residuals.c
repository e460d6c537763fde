#include "scm/mechanisms/residuals.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HALF_LOG_2PI 0.91893853320467274178
enum { POINTS = SCM_RESIDUAL_POINTS };

cgm_status cgm_scm_residuals_init(bool empirical, cgm_arena *arena, scm_residuals *out)
{
    *out = (scm_residuals){.empirical = empirical, .bandwidth = 1};
    if (!empirical) return CGM_OK;
    out->point = cgm_arena_array(arena, POINTS, sizeof *out->point);
    return out->point ? CGM_OK : CGM_E_MEMORY;
}

cgm_status cgm_scm_residuals_set(scm_residuals *r, size_t n, const double *residual)
{
    if (!r->empirical) return CGM_OK;
    double *sorted = malloc(n * sizeof *sorted);
    if (!sorted) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu residuals", n);
    memcpy(sorted, residual, n * sizeof *sorted);
    gsl_sort(sorted, 1, n);
    for (size_t k = 0; k < POINTS; k++)
        r->point[k] = gsl_stats_quantile_from_sorted_data(sorted, 1, n, ((double)k + 0.5) / POINTS);
    free(sorted);
    double mean = gsl_stats_mean(r->point, 1, POINTS),
           sd = sqrt(gsl_stats_variance_with_fixed_mean(r->point, 1, POINTS, mean));
    for (size_t k = 0; k < POINTS; k++) r->point[k] = (r->point[k] - mean) / sd;
    double quartiles = gsl_stats_quantile_from_sorted_data(r->point, 1, POINTS, 0.75) -
                       gsl_stats_quantile_from_sorted_data(r->point, 1, POINTS, 0.25);
    double spread = quartiles > 0 ? fmin(1, quartiles / 1.34) : 1;
    /* No finer than the points can carry. */
    double h = 0.9 * spread * pow((double)(n < POINTS ? n : POINTS), -0.2), shrink = 1 / sqrt(1 + h * h);
    for (size_t k = 0; k < POINTS; k++) r->point[k] *= shrink;
    r->bandwidth = h * shrink;
    return CGM_OK;
}

double cgm_scm_residuals_draw(const scm_residuals *r, cgm_rng *rng)
{
    if (!r->empirical) return cgm_rng_normal(rng);
    double centre = r->point[cgm_rng_below(rng, POINTS)];
    return centre + r->bandwidth * cgm_rng_normal(rng);
}

/* The first point that is not below x. */
static size_t find(const scm_residuals *r, double x)
{
    size_t low = 0, high = POINTS;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (r->point[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double cgm_scm_residuals_log_density(const scm_residuals *r, double u)
{
    if (!r->empirical) return -0.5 * u * u - HALF_LOG_2PI;
    size_t above = find(r, u);
    double nearest =
        fmin(above < POINTS ? r->point[above] - u : INFINITY, above > 0 ? u - r->point[above - 1] : INFINITY);
    /* What is 9 bandwidths further away than the nearest point adds less than 1e-17 of what that one does. */
    double reach = nearest + 9 * r->bandwidth, least = nearest / r->bandwidth, sum = 0;
    for (size_t k = find(r, u - reach); k < POINTS && r->point[k] <= u + reach; k++) {
        double z = (u - r->point[k]) / r->bandwidth;
        sum += exp(0.5 * (least - z) * (least + z));
    }
    return log(sum / POINTS) - 0.5 * least * least - log(r->bandwidth) - HALF_LOG_2PI;
}

cgm_status cgm_scm_residuals_state(scm_residuals *r, cgm_state *state)
{
    if (!r->empirical) return CGM_OK;
    CGM_TRY(cgm_state_add(state, CGM_F64, CGM_SHAPE(POINTS), r->point, "noise/points"));
    return cgm_state_add(state, CGM_F64, CGM_SCALAR, &r->bandwidth, "noise/bandwidth");
}
