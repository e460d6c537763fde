/* Losses of real-valued targets, as graph. x and target have one shape, and the loss is element-wise, of that shape,
 * unless it says otherwise: the caller reduces. */
#ifndef CGM_NN_REGRESSION_LOSSES_H
#define CGM_NN_REGRESSION_LOSSES_H

#include "graph/ops.h"

/* (x - target)^2. Its mean is the MSE. */
CGM_API cgm_node cgm_squared_error(cgm_graph *g, cgm_node x, cgm_node target);
/* |x - target|; the gradient is 0 where they are equal. Its mean is the MAE. */
CGM_API cgm_node cgm_absolute_error(cgm_graph *g, cgm_node x, cgm_node target);
/* With d = x - target: d^2/2 for |d| <= delta, delta (|d| - delta/2) beyond; delta > 0. Huber 1964. Divided by delta it
 * is what PyTorch calls smooth L1. */
CGM_API cgm_node cgm_huber_loss(cgm_graph *g, cgm_node x, cgm_node target, double delta);
/* The pinball loss, least in the mean where x is the target's quantile at `level`, 0 < level < 1: with e = target - x,
 * level e for e >= 0 and (level - 1) e below. Koenker and Bassett 1978. */
CGM_API cgm_node cgm_quantile_loss(cgm_graph *g, cgm_node x, cgm_node target, double level);
/* -log of the Poisson probability of `count` at the rate e^log_rate, without log count!, which no parameter moves:
 * e^log_rate - count log_rate. It overflows where the rate does: in float beyond log_rate 88. */
CGM_API cgm_node cgm_poisson_nll(cgm_graph *g, cgm_node log_rate, cgm_node count);
/* The normalised MSE of each sample, [N, ...] -> [N, 1]: sum (x - target)^2 / sum target^2, the latter at least 1e-12.
 */
CGM_API cgm_node cgm_normalised_squared_error(cgm_graph *g, cgm_node x, cgm_node target);

#endif
