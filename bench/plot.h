/* Measured points against what they should be linear in, with the line of least squares, as a PNG of panels. */
#ifndef CGM_BENCH_PLOT_H
#define CGM_BENCH_PLOT_H

#include "base/status.h"

enum { BENCH_PLOT_POINTS = 16 };

typedef struct bench_line {
    double at_zero, slope;
    double fit; /* R squared; 1 where all points are the same */
} bench_line;

typedef struct bench_panel {
    const char *title, *across, *up; /* what the axes are, with units */
    size_t n;                        /* at most BENCH_PLOT_POINTS */
    double x[BENCH_PLOT_POINTS], y[BENCH_PLOT_POINTS];
    bench_line line;
} bench_panel;

/* Of two points or more. */
bench_line bench_fit_line(size_t n, const double *x, const double *y);
/* Both axes begin at 0. */
cgm_status bench_plot_write(const char *path, const char *title, size_t rows, size_t columns,
                            const bench_panel *panels) CGM_CHECKED;

#endif
