/* Changes to the shape of strokes, each with one amount: those of Morpho-MNIST (Castro, Tan, Kainz, Konukoglu, Glocker
 * 2019, "Morpho-MNIST: quantitative assessment and diagnostics for representation learning"), and those that set one
 * measure of a figure, with which data of known causes are made (Pawlowski, Castro, Glocker 2020, "Deep structural
 * causal models for tractable counterfactual inference").
 *
 * An image is magnified 16 times, cut at half its range, changed as a figure of ink, and made an image again. */
#ifndef CGM_METRICS_PERTURB_H
#define CGM_METRICS_PERTURB_H

#include "base/arena.h"
#include "base/rng.h"

struct cgm_morphology;

/* One row of the table of changes. */
typedef struct cgm_perturbation {
    const char *name;
    const char *doc;
    double usual, low, high; /* of the amount: the paper's or, of what is set, a middling one; and its range */
    /* Changes the ink, of which there is some, with some background. */
    void (*apply)(struct cgm_morphology *figure, double amount, cgm_rng *rng);
} cgm_perturbation;

/* "set_thickness", "set_slant", "set_width": the measure of that name becomes the amount (measure.h), measured on the
 * magnified figure. Strokes are dilated or eroded by a disc of half the difference; where that would leave nothing,
 * what is left is what is farthest from the background. Slant and width are a shear and a stretch about the centre.
 *
 * "thinning", "thickening": erosion and dilation by a disc of the amount times half the mean thickness.
 *
 * "swelling": space around a random place of the strokes' axis is pushed outwards, r to r^(1/amount) of the radius,
 * which is 3.5 sqrt(thickness) pixels.
 *
 * "fracture": as many cuts as the amount says, 1.5 pixels wide, across the axis at random places, 2 pixels from its
 * ends and forks where there are such places. */
CGM_API const cgm_perturbation *cgm_perturbation_at(size_t i); /* from 0; NULL behind the last */
/* The change of that name, or NULL. */
CGM_API const cgm_perturbation *cgm_perturbation_find(const char *name);

/* Changes n images, pixels 0..255 [height, width], one after the other: of what the figure covers of a pixel, times a
 * grey level for each image that leaves its intensity (measure.h) as it was. An image on which nothing is defined (all
 * pixels equal, or not finite) is left as it is. Image i draws from the stream split by i. CGM_E_ARG when the amount
 * lies out of range. */
CGM_API cgm_status cgm_perturb_images(const cgm_perturbation *change, double amount, size_t n, size_t height,
                                      size_t width, const double *pixels, const cgm_rng *rng, int threads,
                                      double *out) CGM_CHECKED;

#endif
