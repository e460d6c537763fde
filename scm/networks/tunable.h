/* What counterfactual fine-tuning (scm/tuning/) needs of a trained model of images: its bound and its counterfactuals
 * as graph, through which gradients go. Internal. */
#ifndef CGM_SCM_NETWORKS_TUNABLE_H
#define CGM_SCM_NETWORKS_TUNABLE_H

#include "scm/networks/training.h"

typedef struct image_tunable {
    const cgm_variable *variable; /* the image */
    network_parents *parents;
    cgm_params *params;
    /* Adds the bound of a batch, pixels [n, C, H, W] in [0, 255] and parents pa [n, features], and gives the same
     * images as they would be under the parents `other` [n, features]: abduction with one draw of the latent variables,
     * which the bound has too, and prediction, as queries do them. */
    cgm_node (*counterfactual)(const void *context, cgm_graph *g, cgm_node pixels, cgm_node pa, cgm_node other,
                               image_bound *out);
    const void *context;
    cgm_train_defaults defaults;
} image_tunable;

#endif
