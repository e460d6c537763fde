/* Corrections of p values for their number. */
#include <math.h>

#include "scm/check/check.h"

void cgm_adjust_p(cgm_correction correction, size_t n, const double *p, double *out)
{
    double bound = correction == CGM_HOLM ? 0 : 1;
    if (correction == CGM_HOLM) {
        for (size_t k = 0; k < n; k++) {
            bound = fmax(bound, fmin(1, (double)(n - k) * p[k]));
            out[k] = bound;
        }
        return;
    }
    for (size_t k = n; k-- > 0;) {
        bound = fmin(bound, (double)n / (double)(k + 1) * p[k]);
        out[k] = bound;
    }
}
