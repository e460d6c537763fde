/* A critic's score as a function of the plane, for pictures of points. Internal. */
#ifndef CGM_SCM_ANSWERS_CRITIC_FIELD_H
#define CGM_SCM_ANSWERS_CRITIC_FIELD_H

#include "io/scatter.h"
#include "scm/scm.h"

#define CGM_CRITIC_ROWS 16

typedef struct cgm_critic_field {
    cgm_mechanism *mechanism;
    size_t n_parents, rows; /* rows whose parents the score is a mean over */
    cgm_values parent[CGM_MAX_PARENTS];
    int threads;
    cgm_scatter_field field; /* its context is this struct */
} cgm_critic_field;

/* Whether variable v is scored by a critic. */
bool cgm_critic_field_suits(const cgm_scm *scm, size_t v);
/* The score of variable v, a vector of two numbers, given the parents of the first of the world's n rows, of which
 * there is one at least. They are copied to the arena. */
cgm_status cgm_critic_field_init(const cgm_scm *scm, size_t v, const cgm_world *world, size_t n, int threads,
                                 cgm_arena *arena, cgm_critic_field *out) CGM_CHECKED;

#endif
