/* The median of the 3 x 3 pixels around each, of those that there are at the border. */
#include <stdlib.h>

#include "dip/baselines/baseline.h"

static bool applies(const dip_problem *p)
{
    return p->kind == &cgm_dip_operator_identity;
}

static double median(int n, double *x)
{
    for (int i = 1; i < n; i++) { /* few numbers: put in their places one by one */
        double value = x[i];
        int k = i;
        for (; k > 0 && x[k - 1] > value; k--) x[k] = x[k - 1];
        x[k] = value;
    }
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static double around(const dip_problem *p, const double *plane, int64_t y, int64_t x)
{
    double seen[9] = {0};
    int n = 0;
    for (int64_t v = y - 1; v <= y + 1; v++)
        for (int64_t u = x - 1; u <= x + 1; u++)
            if (v >= 0 && v < p->height && u >= 0 && u < p->width) seen[n++] = plane[v * p->width + u];
    return median(n, seen);
}

static cgm_status restore(const dip_problem *p, int threads, double *out)
{
    int64_t plane = p->height * p->width;
    (void)threads;
    for (int64_t c = 0; c < p->channels; c++)
        for (int64_t i = 0; i < plane; i++)
            out[c * plane + i] = around(p, p->y + c * plane, i / p->width, i % p->width);
    return CGM_OK;
}

const dip_baseline cgm_dip_baseline_median = {"median", applies, restore};
