#include "tools/curve.h"

#include <math.h>

void tool_curve_bin(size_t steps, const double *value, size_t n, double *mean, double *least, double *greatest)
{
    for (size_t k = 0; k < n; k++) {
        size_t begin = steps * k / n, end = steps * (k + 1) / n, count = 0;
        double sum = 0;
        least[k] = greatest[k] = (double)NAN;
        for (size_t i = begin; i < end; i++) {
            if (!isfinite(value[i])) continue;
            sum += value[i];
            least[k] = count ? fmin(least[k], value[i]) : value[i];
            greatest[k] = count ? fmax(greatest[k], value[i]) : value[i];
            count++;
        }
        mean[k] = count ? sum / (double)count : (double)NAN;
    }
}

static size_t span(size_t begin, size_t n, const double *mean, double *low, double *high)
{
    size_t count = 0;
    for (size_t k = begin; k < n; k++) {
        if (!isfinite(mean[k])) continue;
        *low = count ? fmin(*low, mean[k]) : mean[k];
        *high = count ? fmax(*high, mean[k]) : mean[k];
        count++;
    }
    return count;
}

void tool_curve_range(size_t n, const double *mean, double *low, double *high)
{
    *low = *high = 0;
    if (span(n / 20, n, mean, low, high) == 0 && span(0, n, mean, low, high) == 0) return;
    double least = 1e-9 + 1e-6 * fmax(fabs(*low), fabs(*high)), missing = least - (*high - *low);
    if (missing <= 0) return;
    *low -= missing / 2;
    *high += missing / 2;
}
