#include "metrics/calibration.h"

#include <math.h>

/* ---- Levels ---- */

static size_t likeliest(int levels, const double *probability)
{
    size_t most = 0;
    for (size_t k = 1; k < (size_t)levels; k++)
        if (probability[k] > probability[most]) most = k;
    return most;
}

/* Bin k holds (k / n, (k + 1) / n]. */
static size_t bin_of(double p, size_t n_bins)
{
    double place = ceil(p * (double)n_bins) - 1;
    return !(place > 0) ? 0 : place >= (double)n_bins ? n_bins - 1 : (size_t)place;
}

double cgm_calibration_of_levels(size_t n, int levels, const double *probability, const double *truth, size_t n_bins,
                                 cgm_reliability_bin *bins)
{
    double error = 0;
    for (size_t k = 0; k < n_bins; k++) bins[k] = (cgm_reliability_bin){0};
    for (size_t i = 0; i < n; i++) {
        const double *row = probability + i * (size_t)levels;
        size_t read = likeliest(levels, row);
        cgm_reliability_bin *bin = &bins[bin_of(row[read], n_bins)];
        bin->n++;
        bin->expected += row[read];
        bin->observed += truth[i] == (double)read;
    }
    for (size_t k = 0; k < n_bins; k++) {
        error += fabs(bins[k].observed - bins[k].expected);
        bins[k].expected = bins[k].n ? bins[k].expected / (double)bins[k].n : NAN;
        bins[k].observed = bins[k].n ? bins[k].observed / (double)bins[k].n : NAN;
    }
    return n ? error / (double)n : NAN;
}

/* ---- Numbers ---- */

static double normal_cdf(double z)
{
    return 0.5 * erfc(-z / M_SQRT2);
}

double cgm_calibration_of_normals(size_t n, const double *law, const double *truth, size_t n_bins,
                                  cgm_reliability_bin *bins)
{
    double error = 0;
    for (size_t k = 0; k < n_bins; k++) {
        double p = ((double)k + 0.5) / (double)n_bins;
        size_t below = 0;
        for (size_t i = 0; i < n; i++) below += normal_cdf((truth[i] - law[2 * i]) / law[2 * i + 1]) <= p;
        bins[k] = n ? (cgm_reliability_bin){n, p, (double)below / (double)n} : (cgm_reliability_bin){0, NAN, NAN};
        error += fabs(bins[k].observed - p);
    }
    return error / (double)n_bins;
}
