/* What the image mechanisms describe and store alike. Internal to vae/. */
#ifndef CGM_VAE_MECHANISM_H
#define CGM_VAE_MECHANISM_H

#include "vae/training.h"

/* The nodes z, of `latent` numbers, and the image, each with as much noise; z ignores the parents. */
void cgm_image_nodes(const cgm_variable *image, size_t latent, cgm_mechanism_node out[2]);
/* What the parents taught, and the averaged parameters, which answer queries; of a training under way, if there is one,
 * all that resuming needs. A model that has no values yet, as it is about to be loaded, is given some. */
cgm_status cgm_image_state(network_parents *parents, cgm_params *params, image_training *training,
                           cgm_state *state) CGM_CHECKED;

#endif
