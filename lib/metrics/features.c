#include "metrics/features.h"

#include <math.h>

cgm_status cgm_features_check(const char *what, size_t least, size_t width, size_t n, const double *x)
{
    if (width < 1) return CGM_FAIL(CGM_E_ARG, "%s: expected at least one feature", what);
    if (n < least) return CGM_FAIL(CGM_E_ARG, "%s: %zu rows; expected at least %zu in each set", what, n, least);
    for (size_t i = 0; i < n * width; i++)
        if (!isfinite(x[i]))
            return CGM_FAIL(CGM_E_ARG, "%s: feature %zu of row %zu is %g; expected finite numbers", what, i % width,
                            i / width, x[i]);
    return CGM_OK;
}
