/* What the files of losses share. Internal to lib/nn. */
#ifndef CGM_NN_LOSSES_PRIV_H
#define CGM_NN_LOSSES_PRIV_H

#include "graph/ops.h"

/* Whether x and target have one shape: broadcasting [N, 1] against [N] is a mistake that nobody would see. If not, the
 * graph has an error that names the loss. */
bool cgm_loss_shapes_agree(cgm_graph *g, const char *loss, cgm_node x, cgm_node target);
/* The sum over all axes but the first: [N, ...] -> [N, 1]. */
cgm_node cgm_sample_sum(cgm_graph *g, cgm_node x);
/* sqrt(x), whose gradient at 0 is 0 instead of infinite. */
cgm_node cgm_sqrt_flat_at_zero(cgm_graph *g, cgm_node x);
/* log softmax along axis. The logarithm of the sum is rounded to its own size, which for logits of 1e4 in float leaves
 * no digits of small losses; normalising the differences once more gives these back. */
cgm_node cgm_log_probabilities(cgm_graph *g, cgm_node logits, int axis);

#endif
