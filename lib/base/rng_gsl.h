/* A cgm_rng as a GSL generator, so that GSL's samplers draw from the same stream. Internal: no GSL type in a public
 * header. */
#ifndef CGM_BASE_RNG_GSL_H
#define CGM_BASE_RNG_GSL_H

#include "base/rng.h"
#include <gsl/gsl_rng.h>

/* Makes *wrapper (caller's storage, no allocation) draw from *rng, which it borrows. */
typedef struct cgm_rng_gsl {
    gsl_rng gsl;
    cgm_rng *state;
} cgm_rng_gsl;

gsl_rng *cgm_rng_gsl_wrap(cgm_rng *rng, cgm_rng_gsl *wrapper);

#endif
