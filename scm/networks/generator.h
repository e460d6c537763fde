/* What mechanisms of images say alike of the network that makes them. Internal. */
#ifndef CGM_SCM_NETWORKS_GENERATOR_H
#define CGM_SCM_NETWORKS_GENERATOR_H

#include "data/image_generator.h"
#include "scm/networks/parents.h"

/* Fills `out`; all is borrowed. build: as cgm_image_generator.build. */
void cgm_network_generator(const cgm_variable *image, const network_parents *parents, cgm_params *params,
                           int64_t latent,
                           cgm_node (*build)(const void *context, cgm_graph *g, cgm_node z, cgm_node features),
                           const void *context, cgm_image_generator *out);

#endif
