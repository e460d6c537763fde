/* Penalties of a critic's gradient: those that keep it close to Lipschitz with constant 1 (Gulrajani et al. 2017, eq. 3
 * and section 4, "Two-sided penalty"), and one that keeps it small at the data (Mescheder et al. 2018). Internal to
 * gan/. */
#ifndef CGM_GAN_PENALTY_H
#define CGM_GAN_PENALTY_H

#include "graph/ops.h"

typedef enum gan_penalty_kind {
    GAN_PENALTY_NONE,
    GAN_PENALTY_TWO_SIDED, /* (|gradient| - 1)^2 */
    GAN_PENALTY_ONE_SIDED, /* max(0, |gradient| - 1)^2 */
    GAN_PENALTY_R1         /* |gradient|^2 / 2 at real samples: R1 (Mescheder et al. 2018, eq. 9) */
} gan_penalty_kind;

/* A critic's scores [N, 1] of samples [N, ...]. */
typedef struct gan_critic {
    cgm_node (*score)(const void *context, cgm_graph *g, cgm_node x);
    const void *context;
} gan_critic;

/* The mean over samples, a scalar, at e real + (1 - e) fake, where e [N, 1] is uniform on (0, 1), no node of R1. The
 * norm is over all numbers of a sample; where the gradient is 0 the penalty's is 0. */
cgm_node cgm_gan_penalty(gan_penalty_kind kind, cgm_graph *g, const gan_critic *critic, cgm_node real, cgm_node fake,
                         cgm_node e);

#endif
