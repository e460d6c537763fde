/* The structural equations of thickness and intensity that Morpho-MNIST's thickness-intensity version has (Pawlowski,
 * Castro, Glocker 2020, "Deep structural causal models for tractable counterfactual inference"), which generators of
 * digits share:
 *
 *     thickness = 0.5 + u,  u ~ Gamma of shape 10 and rate 5
 *     intensity = 64 + 191 sigmoid(2 (thickness - 2.5) + 0.5 u),  u ~ N(0, 1)
 *
 * Internal. */
#ifndef CGM_DATA_THICKNESS_INTENSITY_H
#define CGM_DATA_THICKNESS_INTENSITY_H

#include "base/rng.h"
#include "data/variable.h"

/* clang-format off */
#define THICKNESS_INTENSITY_ROWS                                                                                       \
    {.name = "thickness", .type = CGM_CONTINUOUS, .bounded = true, .low = 0.5, .high = 8},                             \
    {.name = "intensity", .type = CGM_CONTINUOUS, .bounded = true, .low = 64, .high = 255}
/* clang-format on */

void cgm_thickness_intensity_noise(cgm_rng *rng, double *u_thickness, double *u_intensity);
/* do values: NaN where nothing is set. */
void cgm_thickness_intensity(double u_thickness, double u_intensity, double do_thickness, double do_intensity,
                             double *thickness, double *intensity);

#endif
