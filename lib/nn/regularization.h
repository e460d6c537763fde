/* Dropout and spectral normalisation. */
#ifndef CGM_NN_REGULARIZATION_H
#define CGM_NN_REGULARIZATION_H

#include "graph/ops.h"
#include "nn/params.h"

/* In training x / (1 - rate), but 0 where the noise, uniform on (0, 1), is below the rate (Srivastava et al. 2014, with
 * the scaling in training). Noise of x's shape, or one that broadcasts to it: [N, C, 1, 1] drops whole channels. In
 * evaluation x; the noise may then be the null node. 0 <= rate < 1. */
CGM_API cgm_node cgm_dropout(cgm_graph *g, cgm_node x, cgm_node noise, double rate, cgm_mode mode);

/* weight / sigma, sigma its largest singular value as a matrix of axis `axis` by all others (Miyato et al. 2018,
 * algorithm 1). The estimate is u' W v with v = W' u / |W' u|, and u, state of the name "u", becomes W v / |W v| in
 * training before sigma is taken: one power iteration a run. Gradients take u and v for constants. Norms below 1e-12
 * count as that. */
CGM_API cgm_node cgm_spectral_norm(cgm_params *p, cgm_graph *g, cgm_node weight, int axis, cgm_mode mode);

#endif
