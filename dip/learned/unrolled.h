/* So many steps of gradient descent, each followed by a network, as one network that is trained end to end (Adler and
 * Oektem 2017; Aggarwal, Mani and Jacob 2019, with the same D in all steps):
 *
 *     x_0 = A'y / |A|^2,  x_t+1 = D(x_t - eta_t / |A|^2 A'W(A x_t - y)),  t = 0, ..., T - 1
 *
 * with W the weights of what was measured, |A| the operator's norm, D a denoiser that is told no level, and the lengths
 * of the steps eta_t learnt, 1 at first. Internal. */
#ifndef CGM_DIP_UNROLLED_H
#define CGM_DIP_UNROLLED_H

#include "dip/learned/denoiser.h"
#include "graph/ops.h"

/* One image to be restored; the map is borrowed by the graph's programs. */
typedef struct dip_unrolled_problem {
    const cgm_linear_map *map; /* from [1, channels, H, W] */
    double norm;               /* of A */
    cgm_node y, weight;        /* of the map's range */
} dip_unrolled_problem;

/* x_T of n problems whose images have one size, [n, channels, H, W]. The channels are a multiple of the denoiser's. */
cgm_node cgm_dip_unroll(const dip_denoiser_opts *denoiser, int64_t steps, cgm_params *p, cgm_graph *g, size_t n,
                        const dip_unrolled_problem *problems);

#define DIP_MOST_UNROLLED 64 /* problems of one graph */

#endif
