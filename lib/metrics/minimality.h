/* Whether a counterfactual changes no more than it must, by where images lie in some embedding. */
#ifndef CGM_METRICS_MINIMALITY_H
#define CGM_METRICS_MINIMALITY_H

#include "base/status.h"

/* Where images lie: as points, or as the normal distributions that an encoder gives. */
typedef struct cgm_embedded {
    const double *mean;      /* [n, width] */
    const double *log_scale; /* [n, width]: logarithms of the standard deviations; NULL: points */
} cgm_embedded;

/* n images, the class of each by the variable that was intervened on, and their counterfactuals with the class that
 * these were to have. */
typedef struct cgm_minimality {
    size_t n, width;
    cgm_embedded factual, counterfactual;            /* both of one kind */
    const int *factual_class, *counterfactual_class; /* [n] */
} cgm_minimality;

/* The counterfactual latent divergence of each image, Sanchez and Tsaftaris 2022 ("Diffusion causal models for
 * counterfactual estimation"), section 4, with the weights of Melistas et al. 2024:
 *
 *     CLD = log(0.8 exp P(S_c <= d) + 0.2 exp P(S_f >= d)).
 *
 * d is how far the counterfactual is from the factual image, S_c how far the images of the counterfactual's class are
 * from it, S_f those of its own class, itself among them: the lower, the more it stays the image that it was (first
 * term) while leaving its class (second). How far b is from a: of points the mean of |a - b|, of distributions the mean
 * over the dimensions of KL(b || a). The released code of that benchmark passes the means for the logarithms of the
 * scales: that is log_scale = mean here. each [n]: NaN where no image has the counterfactual's class. Takes n^2
 * distances; the same bits for any number of threads. */
CGM_API cgm_status cgm_minimality_measure(const cgm_minimality *question, int threads, double *each) CGM_CHECKED;

#endif
