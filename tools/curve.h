/* A metric of many steps as a curve of few points, for pages and terminals. */
#ifndef CGM_TOOLS_CURVE_H
#define CGM_TOOLS_CURVE_H

#include <stddef.h>

/* Cuts the steps into n runs of nearly one length and takes of each the mean, the least and the greatest value, over
 * what is a number; NaN where nothing is. n is at least 1. */
void tool_curve_bin(size_t steps, const double *value, size_t n, double *mean, double *least, double *greatest);
/* What a curve of n points spans but for the first twentieth, in which losses fall from where they begin: its least and
 * greatest value, made a little apart where they are one; both 0 where nothing is a number. */
void tool_curve_range(size_t n, const double *mean, double *low, double *high);

#endif
