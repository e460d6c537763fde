/* What the image mechanisms describe alike. Internal to vae/. */
#ifndef CGM_VAE_MECHANISM_H
#define CGM_VAE_MECHANISM_H

#include "scm/networks/training.h"

/* The nodes z, of `latent` numbers, and the image, each with as much noise; z ignores the parents. */
void cgm_image_nodes(const cgm_variable *image, size_t latent, cgm_mechanism_node out[2]);

#endif
