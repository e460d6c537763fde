#include "metrics/saturation.h"

cgm_saturation cgm_saturation_of(size_t n, const double *pixels, double low, double high)
{
    double reach = CGM_SATURATION_REACH * (high - low);
    size_t at_low = 0, at_high = 0;
    for (size_t i = 0; i < n; i++) {
        at_low += pixels[i] <= low + reach;
        at_high += pixels[i] >= high - reach;
    }
    return (cgm_saturation){(double)at_low / (double)n, (double)at_high / (double)n};
}
