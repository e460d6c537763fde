/* PNG pictures of reliability diagrams: whether what is said to be so probable is so frequent. */
#ifndef CGM_IO_RELIABILITY_H
#define CGM_IO_RELIABILITY_H

#include <stddef.h>

#include "base/status.h"

typedef struct cgm_reliability_panel {
    const char *caption;               /* above it, may hold '\n' */
    const char *across, *upwards;      /* what the axes show, in the unit square */
    size_t n;                          /* bins of equal width */
    const double *expected, *observed; /* [n], shares; one that is not finite: an empty bin */
    const double *share;               /* [n]: of the rows that are in the bin, as bars at the bottom; 0: no bar */
} cgm_reliability_panel;

/* Draws the panels side by side, each with its points and the diagonal on which they should lie, and writes them
 * atomically. CGM_E_ARG where there are none, or more than fit in a picture. */
CGM_API cgm_status cgm_reliability_write(const char *path, size_t n_panels,
                                         const cgm_reliability_panel *panels) CGM_CHECKED;

#endif
