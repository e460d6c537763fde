#include "metrics/regression.h"

#include <math.h>

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
