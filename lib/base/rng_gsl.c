/* GSL's view of a cgm_rng: the state behind a gsl_rng is the caller's cgm_rng itself. */
#include "base/rng_gsl.h"

static void set_seed(void *state, unsigned long seed)
{
    *(cgm_rng *)state = cgm_rng_create(seed);
}

static unsigned long get_word(void *state)
{
    return cgm_rng_u32(state);
}

/* GSL's samplers take logarithms of this: the open interval suits them. */
static double get_double(void *state)
{
    return cgm_rng_uniform(state);
}

static const gsl_rng_type philox_type = {
    .name = "cgm_philox4x32_10",
    .max = 0xFFFFFFFFu,
    .min = 0,
    .size = sizeof(cgm_rng),
    .set = set_seed,
    .get = get_word,
    .get_double = get_double,
};

gsl_rng *cgm_rng_gsl_wrap(cgm_rng *rng, cgm_rng_gsl *wrapper)
{
    wrapper->state = rng;
    wrapper->gsl = (gsl_rng){.type = &philox_type, .state = rng};
    return &wrapper->gsl;
}
