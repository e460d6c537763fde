/* Log-likelihoods and divergences, as graph. Each is element-wise unless it says otherwise: the caller reduces.
 *
 * All losses of the library, by header; element-wise ones marked *, [N, 1] a number for each sample:
 *
 *   regression_losses.h      squared *, absolute *, Huber *, quantile *, Poisson *, normalised squared [N, 1]
 *   classification_losses.h  binary cross-entropy *, focal *, hinge *; cross-entropy, soft cross-entropy: the axis of
 *                            the classes is left with extent 1
 *   image_losses.h           Dice, IoU, total variation, SSIM, MS-SSIM, perceptual: [N, 1]
 *   embedding_losses.h       cosine, triplet: [N, 1]
 *   penalties.h              L1, L2 of parameters: a scalar
 *   here                     discretised Gaussian *, KL of Gaussians *; KL and JS of categorical distributions, as
 *                            cross-entropy */
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
/* KL(q || p) of categorical distributions given by logits of one shape, the classes along `axis`, which stays with
 * extent 1: sum_l q_l (log q_l - log p_l), in nats. */
CGM_API cgm_node cgm_kl_categorical(cgm_graph *g, cgm_node q_logits, cgm_node p_logits, int axis);
/* The Jensen-Shannon divergence of the same: (KL(q || m) + KL(p || m))/2, m = (q + p)/2; in [0, log 2]. Lin 1991. */
CGM_API cgm_node cgm_js_categorical(cgm_graph *g, cgm_node q_logits, cgm_node p_logits, int axis);

#endif
