/* Whether samples have the law that they should have. */
#ifndef CGM_TESTS_STATISTICS_H
#define CGM_TESTS_STATISTICS_H

#include <gsl/gsl_sort.h>
#include <math.h>

/* Kolmogorov's distance from the uniform distribution, times sqrt(n); p [n], a distribution function's values at a
 * sample, is sorted. Above 1.95 in one of 1,000 samples of that distribution; NaN where a value is. */
static inline double kolmogorov(size_t n, double *p)
{
    double most = 0, sum = 0;
    for (size_t i = 0; i < n; i++) sum += p[i];
    gsl_sort(p, 1, n);
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fmax(p[i] - (double)i / (double)n, (double)(i + 1) / (double)n - p[i]));
    return isnan(sum) ? sum : most * sqrt((double)n);
}

#endif
