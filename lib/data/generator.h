/* Data made from a known SCM, with the exogenous noise kept, so that the true counterfactual of any row is known. One
 * row of the table a generator. Internal. */
#ifndef CGM_DATA_GENERATOR_H
#define CGM_DATA_GENERATOR_H

#include "base/rng.h"
#include "data/variable.h"

#define CGM_GENERATOR_MAX_VARIABLES 16
#define CGM_GENERATOR_MAX_NUMBERS 64 /* of a row, pixels apart */

/* A part of a row's noise: stored as /noise/NAME, [n, width]. */
typedef struct cgm_generator_noise {
    const char *name;
    size_t width;
} cgm_generator_noise;

typedef struct cgm_generator {
    const char *name;
    const char *doc;
    size_t n_variables; /* in a topological order; the last one, and no other, is an image or a vector */
    const cgm_variable *variables;
    size_t n_noise;
    const cgm_generator_noise *noise;
    /* Draws one row's noise: the parts one after the other. */
    void (*sample_noise)(cgm_rng *rng, double *noise);
    /* Computes one row from its noise. do_value[v] replaces variable v unless it is NaN. numbers[v] of the scalars, and
     * behind them those of a vector; pixels [C, H, W] in 0..255 of an image. Pure: the same arguments give the same
     * bits. */
    void (*predict)(const double *noise, const double *do_value, double *numbers, uint8_t *pixels);
    /* A generator that makes its rows from given images, one a row, of any size, which is that of its own: what these
     * are called beside the noise, as they are exogenous, too, /noise/NAME, [n, H, W]. NULL: there are none. The image
     * among `variables` then has no size, and `predict` is NULL. */
    const char *given;
    bool fixed[CGM_GENERATOR_MAX_VARIABLES]; /* come with the given image: what another value gives is not known */
    /* Scratch for such images, of one thread. */
    cgm_status (*prepare)(cgm_arena *arena, size_t height, size_t width, void **scratch);
    /* Like predict, where pixels may be NULL: the numbers alone. */
    void (*predict_given)(void *scratch, const uint8_t *given, const double *noise, const double *do_value,
                          double *numbers, uint8_t *pixels);
} cgm_generator;

extern const cgm_generator cgm_generator_strokes, cgm_generator_stroke_pair, cgm_generator_slant_pair;
extern const cgm_generator cgm_generator_phantom_pair, cgm_generator_phantom_pair_rician;
extern const cgm_generator cgm_generator_morphomnist;
extern const cgm_generator cgm_generator_ring, cgm_generator_grid, cgm_generator_swiss_roll;
/* One after the other, from 0; NULL behind the last. */
const cgm_generator *cgm_generator_at(size_t i);
/* The generator of that name, or NULL. */
const cgm_generator *cgm_generator_find(const char *name);

#endif
