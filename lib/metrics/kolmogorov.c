#include "metrics/kolmogorov.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double cgm_kolmogorov_distance(size_t n, double *a, size_t m, double *b)
{
    double most = 0;
    if (!n || !m) return NAN;
    qsort(a, n, sizeof *a, by_value);
    qsort(b, m, sizeof *b, by_value);
    for (size_t i = 0, k = 0; i < n && k < m;) {
        double x = fmin(a[i], b[k]);
        while (i < n && a[i] <= x) i++;
        while (k < m && b[k] <= x) k++;
        most = fmax(most, fabs((double)i / (double)n - (double)k / (double)m));
    }
    return most;
}
