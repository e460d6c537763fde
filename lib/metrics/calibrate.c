/* What makes laws as sure as they should be, fitted to rows that they were not. */
#include <float.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>

#include "base/gsl_quiet.h"
#include "metrics/calibration.h"

#define WIDEST 20.0 /* temperatures of levels lie within 1 / WIDEST and WIDEST */
#define MAX_STEPS 100

typedef struct laws {
    size_t n, levels;
    const double *probability, *truth;
} laws;

static double log_of(double probability)
{
    return log(probability < DBL_MIN ? DBL_MIN : probability);
}

/* What a row should say of each level: that it is the true one, with as little doubt as n rows can leave. */
static double target(const laws *l, size_t row, size_t level)
{
    double doubt = 1 / ((double)l->n + 2);
    return l->truth[row] == (double)level ? 1 - doubt : doubt / (double)(l->levels - 1);
}

/* The slope of the rows' cross-entropy along 1/T, which never falls: the laws' mean log p less what it should be. */
static double slope(double log_temperature, void *context)
{
    const laws *l = context;
    double sum = 0, power = exp(-log_temperature);
    for (size_t i = 0; i < l->n; i++) {
        const double *p = l->probability + i * l->levels;
        double most = 0, weight = 0, mean = 0, should = 0;
        for (size_t k = 0; k < l->levels; k++) most = fmax(most, p[k]);
        for (size_t k = 0; k < l->levels; k++) {
            double score = log_of(p[k]) - log_of(most), w = exp(power * score);
            weight += w;
            mean += w * score;
            should += target(l, i, k) * score;
        }
        sum += mean / weight - should;
    }
    return sum;
}

cgm_status cgm_temperature_of_levels(size_t n, int levels, const double *probability, const double *truth,
                                     double *temperature)
{
    laws l = {n, (size_t)levels, probability, truth};
    double low = -log(WIDEST), high = log(WIDEST);
    *temperature = 1;
    if (n == 0 || levels < 2) return CGM_OK;
    double at_low = slope(low, &l), at_high = slope(high, &l);
    if (!(at_low > 0 && at_high < 0)) { /* 1 where all levels are alike, or a number is none */
        *temperature = at_low < 0 ? 1 / WIDEST : at_high > 0 ? WIDEST : 1;
        return CGM_OK;
    }
    gsl_function f = {slope, &l};
    cgm_gsl_quiet_begin();
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    bool found = solver && gsl_root_fsolver_set(solver, &f, low, high) == GSL_SUCCESS;
    for (int step = 0; found && step < MAX_STEPS && high - low > 1e-12; step++) {
        found = gsl_root_fsolver_iterate(solver) == GSL_SUCCESS;
        low = gsl_root_fsolver_x_lower(solver);
        high = gsl_root_fsolver_x_upper(solver);
    }
    if (found) *temperature = exp(gsl_root_fsolver_root(solver));
    gsl_root_fsolver_free(solver);
    cgm_gsl_quiet_end();
    return found ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for the temperature of %zu laws", n);
}

void cgm_calibrate_normals(size_t n, const double *law, const double *truth, double *offset, double *factor)
{
    double weights = 0, sum = 0, squares = 1;
    *offset = 0, *factor = 1;
    if (n == 0) return;
    for (size_t i = 0; i < n; i++) {
        double weight = 1 / (law[2 * i + 1] * law[2 * i + 1]);
        weights += weight;
        sum += weight * (truth[i] - law[2 * i]);
    }
    double usual = weights / (double)n, b = sum / (weights + usual);
    for (size_t i = 0; i < n; i++) squares += pow((truth[i] - law[2 * i] - b) / law[2 * i + 1], 2);
    *offset = b;
    *factor = sqrt((squares + usual * b * b) / ((double)n + 1));
}
