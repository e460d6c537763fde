/* What the files of the causal engine share. Internal to scm/. */
#ifndef CGM_SCM_ENGINE_H
#define CGM_SCM_ENGINE_H

#include "scm/interventions/intervention.h"

/* Something done to rows begin to begin + n of a world, n at most SCM_CHUNK, of `worker`, 0 to threads - 1, whose
 * scratch it may use. Chunks depend on no other, and may be done again. They end where the query's row numbers are
 * multiples of SCM_CHUNK. */
typedef cgm_status cgm_engine_task(void *context, size_t begin, size_t n, int worker);
/* Does it to all rows of the world, on `threads` threads if every mechanism is CGM_CONCURRENT. An error is that of the
 * first chunk that fails; later ones may then have been done or not. */
cgm_status cgm_engine_run(const cgm_scm *scm, const cgm_world *world, int threads, cgm_engine_task *task,
                          void *context) CGM_CHECKED;

/* The options with the defaults in place of NULL. */
cgm_query_opts cgm_engine_options(const cgm_query_opts *opts);
/* That the world is one of this model. */
cgm_status cgm_engine_check_world(const cgm_scm *scm, const cgm_world *world) CGM_CHECKED;
/* That every mechanism has one of the capabilities; `what` completes the message "its mechanism cannot ...". */
cgm_status cgm_engine_check_capability(const cgm_scm *scm, unsigned any_of, const char *what) CGM_CHECKED;
/* Whether values of rows begin, begin + 1, ... may be the variable's: of an image or a vector, any that are finite.
 * rows: which of them are looked at; NULL: all. The message names variable and row. */
cgm_status cgm_engine_check_rows(const cgm_variable *x, size_t begin, const bool *rows,
                                 const cgm_values *value) CGM_CHECKED;
/* Fresh noise of rows begin, begin + 1, ...: as many as noise has. */
cgm_status cgm_engine_sample_noise(const cgm_scm *scm, const cgm_rng *rng, size_t node, size_t begin,
                                   cgm_values *noise) CGM_CHECKED;

#endif
