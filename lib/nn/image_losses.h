/* Losses and similarities of images and masks, as graph: one number for each sample, [N, 1]. The caller averages. */
#ifndef CGM_NN_IMAGE_LOSSES_H
#define CGM_NN_IMAGE_LOSSES_H

#include "graph/ops.h"

/* Of a mask p in [0, 1] and its target t, both [N, ...], with s = smooth > 0, so that two empty masks agree:
 * 1 - (2 sum p t + s) / (sum p + sum t + s). The soft Dice loss: Sudre et al. 2017 (Milletari et al. 2016 have squares
 * below). Classes are told apart by reshaping [N, C, ...] to [N C, ...]. */
CGM_API cgm_node cgm_dice_loss(cgm_graph *g, cgm_node p, cgm_node target, double smooth);
/* 1 - (sum p t + s) / (sum p + sum t - sum p t + s): soft intersection over union, Rahman and Wang 2016. */
CGM_API cgm_node cgm_iou_loss(cgm_graph *g, cgm_node p, cgm_node target, double smooth);

/* x [N, C, H, W]: the sum over pixels and channels of |right difference| + |lower difference|, the anisotropic total
 * variation; gradient 0 where neighbours are equal. */
CGM_API cgm_node cgm_total_variation(cgm_graph *g, cgm_node x);
/* The sum of sqrt(right^2 + lower^2), differences across the border being 0: Rudin, Osher and Fatemi 1992. Gradient 0
 * where both are 0. */
CGM_API cgm_node cgm_isotropic_total_variation(cgm_graph *g, cgm_node x);

/* The structural similarity of x and y [N, C, H, W], H and W at least 11: Wang et al. 2004, eq. 13, with
 * C1 = (0.01 range)^2, C2 = (0.03 range)^2, range that of the pixels (255, or 2 for [-1, 1]), moments weighted by a
 * Gaussian window of 11 x 11 pixels and sigma 1.5, variances without Bessel's correction. The mean over all channels
 * and windows that lie within the image: scikit-image's with gaussian_weights and use_sample_covariance=False,
 * pytorch-msssim's. In [-1, 1], 1 for equal images: a loss is 1 minus it. */
CGM_API cgm_node cgm_ssim(cgm_graph *g, cgm_node x, cgm_node y, double range);
/* The multi-scale one on n scales: Wang et al. 2003, eq. 7: of each channel, the product of the scales' mean contrast
 * and structure terms, and of the last scale's mean SSIM, to the powers weight[n]; then the mean over channels. Between
 * scales 2 x 2 pixels are averaged, an odd last row or column dropped; the last scale has at least 11 x 11. weight
 * NULL: the paper's, 0.0448, 0.2856, 0.3001, 0.2363 and 0.1333 where n is 5; if it is less, the first n of these
 * divided by their sum. A channel with a mean that is not positive counts as 0, with gradient 0, as its power is no
 * number. */
CGM_API cgm_node cgm_ms_ssim(cgm_graph *g, cgm_node x, cgm_node y, double range, size_t n, const double *weight);
/* Scales that images of this size have room for, at most the paper's 5; 0: they are smaller than a window. */
CGM_API size_t cgm_ms_ssim_scales(int64_t height, int64_t width);

/* The distance of what a network makes of two images: x[i] and y[i], [N, ...] of one shape, are the features of its
 * layer i; the sum over i of weight[i] times the mean of (x[i] - y[i])^2: Johnson et al. 2016, eq. 2. weight NULL: 1
 * each. */
CGM_API cgm_node cgm_perceptual_loss(cgm_graph *g, size_t n, const cgm_node *x, const cgm_node *y,
                                     const double *weight);

#endif
