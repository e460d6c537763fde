#include "metrics/coverage.h"

#include <math.h>
#include <string.h>

cgm_share cgm_share_of(size_t part, size_t n)
{
    if (n == 0) return (cgm_share){NAN, NAN};
    double p = (double)part / (double)n;
    return (cgm_share){p, sqrt(p * (1 - p) / (double)n)};
}

static cgm_status check(size_t n, int levels, const double *labels, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (!(labels[i] >= 0 && labels[i] < levels) || labels[i] != floor(labels[i]))
            return CGM_FAIL(CGM_E_ARG, "sample %zu %s %g; expected a level, 0 to %d", i, what, labels[i], levels - 1);
    return CGM_OK;
}

cgm_status cgm_level_coverage_of(size_t n, int levels, const double *asked, const double *found, cgm_level_count *each,
                                 cgm_level_coverage *out)
{
    size_t right = 0;
    if (n < 1 || levels < 2)
        return CGM_FAIL(CGM_E_ARG, "coverage: %zu samples of %d levels; expected some, of at least 2", n, levels);
    CGM_TRY(check(n, levels, asked, "was to show"));
    CGM_TRY(check(n, levels, found, "shows"));
    memset(each, 0, (size_t)levels * sizeof *each);
    for (size_t i = 0; i < n; i++) {
        bool same = asked[i] == found[i];
        each[(size_t)asked[i]].asked++;
        each[(size_t)found[i]].found++;
        each[(size_t)asked[i]].right += same;
        right += same;
    }
    *out = (cgm_level_coverage){.as_asked = cgm_share_of(right, n)};
    for (int k = 0; k < levels; k++) {
        double p = (double)each[k].found / (double)n;
        out->missing += each[k].found == 0;
        if (p > 0) out->entropy -= p * log(p) / log(levels);
    }
    return CGM_OK;
}
