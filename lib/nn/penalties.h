/* Penalties of parameters' sizes, as graph: scalars to add to a loss. */
#ifndef CGM_NN_PENALTIES_H
#define CGM_NN_PENALTIES_H

#include "nn/params.h"

/* The sum of |w| over the parameters of p that g has so far and whose names end in `suffix` ("weight" leaves out
 * biases;
 * "" takes all); state is none. The gradient at 0 is 0. No such parameter is an error. Tibshirani 1996. */
CGM_API cgm_node cgm_l1_penalty(const cgm_params *p, cgm_graph *g, const char *suffix);
/* The sum of w^2: Hoerl and Kennard 1970. AdamW's weight decay is not this penalty: it does not go through the moments.
 */
CGM_API cgm_node cgm_l2_penalty(const cgm_params *p, cgm_graph *g, const char *suffix);

#endif
