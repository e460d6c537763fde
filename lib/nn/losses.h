/* Log-likelihoods and divergences, as graph. Each is element-wise unless it says otherwise: the caller reduces. */
#ifndef CGM_NN_LOSSES_H
#define CGM_NN_LOSSES_H

#include "graph/ops.h"

/* log p of pixels x in [-1, 1] on `levels` grey levels under a discretised Gaussian with the given mean and log-scale
 * (same shapes). With s = exp(-log_scale), c(v) = (1 + tanh(sqrt(2/pi) (v + 0.044715 v^3)))/2, d = x - mean and h =
 * 1/(levels - 1): log of c(s (d + h)) below -0.999, of 1 - c(s (d - h)) above 0.999, of their difference between; each
 * at least 1e-12. De Sousa Ribeiro et al. 2023, appendix; Ho et al. 2020, eq. 13. */
CGM_API cgm_node cgm_discretised_gaussian_log_prob(cgm_graph *g, cgm_node x, cgm_node mean, cgm_node log_scale,
                                                   int levels);
/* KL(N(q_mean, e^{2 q_log_scale}) || N(0, 1)), element-wise: Kingma and Welling 2014, appendix B. */
CGM_API cgm_node cgm_kl_standard_normal(cgm_graph *g, cgm_node q_mean, cgm_node q_log_scale);
/* KL between two Gaussians, element-wise. */
CGM_API cgm_node cgm_kl_normal(cgm_graph *g, cgm_node q_mean, cgm_node q_log_scale, cgm_node p_mean,
                               cgm_node p_log_scale);

#endif
