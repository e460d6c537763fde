/* Losses of vectors that stand for samples, as graph: [N, ...] -> [N, 1]. The caller averages. */
#ifndef CGM_NN_EMBEDDING_LOSSES_H
#define CGM_NN_EMBEDDING_LOSSES_H

#include "graph/ops.h"

/* <a, b> / (|a| |b|), each norm at least 1e-8, so 0 where a vector is 0. In [-1, 1]: the cosine loss is 1 minus it. */
CGM_API cgm_node cgm_cosine_similarity(cgm_graph *g, cgm_node a, cgm_node b);
/* max(0, |anchor - positive| - |anchor - negative| + margin), of norms of the differences plus 1e-6, as PyTorch's:
 * Balntas et al. 2016 (Schroff et al. 2015 have squared distances). margin >= 0. */
CGM_API cgm_node cgm_triplet_loss(cgm_graph *g, cgm_node anchor, cgm_node positive, cgm_node negative, double margin);

#endif
