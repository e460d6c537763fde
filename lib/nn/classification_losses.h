/* Losses of classes, as graph, from logits: nothing in them cancels or overflows, whatever the logits are. The caller
 * reduces. */
#ifndef CGM_NN_CLASSIFICATION_LOSSES_H
#define CGM_NN_CLASSIFICATION_LOSSES_H

#include "graph/ops.h"

/* Two classes; element-wise, target of the logits' shape, in [0, 1]. -t log p - (1 - t) log(1 - p), p = sigmoid(logit).
 */
CGM_API cgm_node cgm_binary_cross_entropy(cgm_graph *g, cgm_node logits, cgm_node target);
/* Two classes; element-wise, target 0 or 1: -alpha_t (1 - p_t)^gamma log p_t, p_t the probability of the target,
 * alpha_t = alpha where it is 1 and 1 - alpha where it is 0; gamma >= 0. A negative alpha weighs both as 1. Lin et al.
 * 2017, eq. 5. A target between is the average of both losses, as in the cross-entropy. */
CGM_API cgm_node cgm_focal_loss(cgm_graph *g, cgm_node logits, cgm_node target, double alpha, double gamma);
/* max(0, 1 - target score), element-wise, target -1 or 1: Cortes and Vapnik 1995. */
CGM_API cgm_node cgm_hinge_loss(cgm_graph *g, cgm_node score, cgm_node target);

/* logits [..., L], index [..., 1] of whole numbers 0..L-1 -> [..., 1]: -w log p of the class, p the softmax of the
 * logits and w the class's weight in `weight` [L], or 1 where that is the null node. NaN for an index outside.
 *
 * PyTorch's mean with weights is the sum of these over the sum of the weights of the targets, cgm_class_weights;
 * without weights it is their mean. */
CGM_API cgm_node cgm_cross_entropy(cgm_graph *g, cgm_node logits, cgm_node index, cgm_node weight);
/* The weight of each target: weight [L], index [..., 1] -> [..., 1]. */
CGM_API cgm_node cgm_class_weights(cgm_graph *g, cgm_node weight, cgm_node index);
/* The same for targets that are distributions, one-hot ones too, of the logits' shape, with the classes along `axis`,
 * which stays with extent 1: -sum_l w_l t_l log p_l. PyTorch's mean is here their mean, with weights too. */
CGM_API cgm_node cgm_soft_cross_entropy(cgm_graph *g, cgm_node logits, cgm_node target, cgm_node weight, int axis);

#endif
