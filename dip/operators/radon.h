/* The geometry of computed tomography, which filtered back-projection shares. Internal. */
#ifndef CGM_DIP_RADON_H
#define CGM_DIP_RADON_H

#include "dip/operators/operator.h"

/* Lengths in pixels, the origin in the middle of the image, x to the right, y down. In view v the detector is the line
 * through the origin along (cos a, sin a); place d of it lies at s = (d - (detectors - 1) / 2) pitch. Parallel: rays
 * along (-sin a, cos a), a = pi v / views where no angles are given. Fan: a = 2 pi v / views, rays from the source at
 * distance * (sin a, -cos a) through the place. What is measured is the integral along the ray with the longer side of
 * the image as unit of length, so that it is of the size of pixels. */
typedef struct dip_radon {
    int beam;
    int64_t channels, height, width, views, detectors;
    double pitch, distance, unit; /* unit: pixels in a unit of length */
    const double *angles;         /* [views], or NULL */
} dip_radon;

/* With the number of detectors filled in. */
cgm_status cgm_dip_radon_geometry(const dip_operator_opts *opts, dip_radon *out) CGM_CHECKED;
double cgm_dip_radon_angle(const dip_radon *r, int64_t view);

#endif
