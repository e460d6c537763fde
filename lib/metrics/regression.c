#include "metrics/regression.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_statistics_double.h>

double cgm_r_squared(size_t n, const double *truth, const double *predicted)
{
    double mean = 0, residual = 0, total = 0;
    bool constant = true;
    for (size_t i = 0; i < n; i++) {
        mean += truth[i] / (double)n;
        constant = constant && truth[i] == truth[0];
    }
    for (size_t i = 0; i < n; i++) {
        residual += (truth[i] - predicted[i]) * (truth[i] - predicted[i]);
        total += (truth[i] - mean) * (truth[i] - mean);
    }
    return constant ? NAN : 1 - residual / total;
}

static bool varies(size_t n, const double *x)
{
    for (size_t i = 1; i < n; i++)
        if (x[i] != x[0]) return true;
    return false;
}

cgm_status cgm_rank_correlation(size_t n, const double *a, const double *b, double *out)
{
    if (!varies(n, a) || !varies(n, b)) {
        *out = NAN;
        return CGM_OK;
    }
    double *room = malloc(2 * n * sizeof *room);
    if (!room) return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu ranks", n);
    *out = gsl_stats_spearman(a, 1, b, 1, n, room);
    free(room);
    return CGM_OK;
}
