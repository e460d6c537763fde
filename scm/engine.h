/* What the files of the causal engine share. Internal to scm/. */
#ifndef CGM_SCM_ENGINE_H
#define CGM_SCM_ENGINE_H

#include "scm/intervention.h"

/* Rows of the chunk that begins at `begin`. */
static inline size_t cgm_engine_rows(size_t n, size_t begin)
{
    return n - begin < SCM_CHUNK ? n - begin : SCM_CHUNK;
}

/* The options with the defaults in place of NULL. */
cgm_query_opts cgm_engine_options(const cgm_query_opts *opts);
/* That the world is one of this model. */
cgm_status cgm_engine_check_world(const cgm_scm *scm, const cgm_world *world) CGM_CHECKED;
/* That every mechanism has one of the capabilities; `what` completes the message "its mechanism cannot ...". */
cgm_status cgm_engine_check_capability(const cgm_scm *scm, unsigned any_of, const char *what) CGM_CHECKED;
/* Whether one number may be in the variable's value: of an image, any that is finite. The message has no prefix. */
cgm_status cgm_engine_check_value(const cgm_variable *x, double value) CGM_CHECKED;
/* Fresh noise of rows begin, begin + 1, ...: as many as noise has. */
cgm_status cgm_engine_sample_noise(const cgm_scm *scm, const cgm_rng *rng, size_t node, size_t begin,
                                   cgm_values *noise) CGM_CHECKED;

#endif
