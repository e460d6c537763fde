/* The parameters of a model in a state, for run files and checkpoints. Internal. */
#ifndef CGM_IO_PARAMS_STATE_H
#define CGM_IO_PARAMS_STATE_H

#include "io/state.h"
#include "nn/params.h"

/* Adds parameters/NAME: the averages, which answer queries. With `training` also what resuming needs of them:
 * training/values/NAME, training/moment1/NAME and training/moment2/NAME. */
cgm_status cgm_state_add_params(cgm_state *state, cgm_params *params, bool training) CGM_CHECKED;

#endif
