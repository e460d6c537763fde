/* The parameters of a model in a state, for run files and checkpoints. Internal. */
#ifndef CGM_IO_PARAMS_STATE_H
#define CGM_IO_PARAMS_STATE_H

#include "io/state.h"
#include "nn/optimizer.h"

/* Adds parameters/NAME: the averages, which answer queries. With `training` also what resuming needs of them:
 * training/values/NAME, training/moment1/NAME and training/moment2/NAME. */
cgm_status cgm_state_add_params(cgm_state *state, cgm_params *params, bool training) CGM_CHECKED;
/* Adds a flat buffer like theirs as one array, which writes faster than one a parameter. It means what it meant only
 * where cgm_params_layout is what it was. */
cgm_status cgm_state_add_flat(cgm_state *state, cgm_params *params, const char *name, cgm_real *flat) CGM_CHECKED;
/* Adds an optimiser's counts, GROUP/updates and others, and of a plateau schedule what it remembers. */
cgm_status cgm_state_add_optimizer(cgm_state *state, const char *group, const cgm_optimizer_opts *opts,
                                   cgm_optimizer_state *optimizer) CGM_CHECKED;
/* Adds what resuming needs of a training by gradient beside them: the steps made, training/step, and the optimiser's
 * counts in training/. */
cgm_status cgm_state_add_descent(cgm_state *state, uint64_t *step, const cgm_optimizer_opts *opts,
                                 cgm_optimizer_state *optimizer) CGM_CHECKED;

#endif
