/* Charts as SVG within the page; their colours are the page's. Each is a figure with a caption and a description. */
#ifndef CGM_TOOLS_REPORT_CHART_H
#define CGM_TOOLS_REPORT_CHART_H

#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

/* A metric's value at each of the steps. */
cgm_status chart_curve(FILE *f, const char *part, const char *metric, size_t steps, const double *value) CGM_CHECKED;

/* Bars of shares that reach from `low` to `high`; the second shares, if any, are drawn as a line over them. */
typedef struct chart_bars {
    const char *name, *low, *high; /* what the bars are of, and what stands below the first and the last */
    size_t n;
    const double *share, *other; /* [n]; other: or NULL */
} chart_bars;
void chart_bars_draw(FILE *f, const chart_bars *bars);

/* A reliability diagram: shares that were expected and that were observed, [n]; NaN: an empty bin. */
void chart_reliability(FILE *f, const char *name, size_t n, const double *expected, const double *observed);

#endif
