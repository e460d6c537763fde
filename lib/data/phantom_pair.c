/* T1- and T2-weighted slices of head phantoms, the rows unpaired: for translations of scans, whose truth is known. */
#include <math.h>
#include <string.h>

#include "data/generator.h"
#include "data/phantom.h"

enum { DOMAIN, LESION, VENTRICLES, IMAGE, VARIABLES };
/* Their noise: u of (0, 1) each of domain and lesion, N(0, 1); then shape and place, and of noisy scans a number of (0,
 * 1) that all draws of the receiver's noise follow from. */
enum { U_SHAPE = VENTRICLES + 1, U_PLACE = U_SHAPE + PHANTOM_SHAPE, U_RECEIVER = U_PLACE + PHANTOM_PLACE };

static const char *const weightings[] = {"t1", "t2"}, *const answers[] = {"no", "yes"};
static const cgm_variable variables[VARIABLES] = {
    [DOMAIN] = {.name = "domain", .type = CGM_BINARY, .levels = 2, .level_names = weightings},
    [LESION] = {.name = "lesion", .type = CGM_BINARY, .levels = 2, .level_names = answers},
    [VENTRICLES] = {.name = "ventricles", .type = CGM_CONTINUOUS, .bounded = true, .low = 0.5, .high = 2},
    [IMAGE] =
        {.name = "image", .type = CGM_IMAGE, .high = 255, .channels = 1, .height = PHANTOM_SIDE, .width = PHANTOM_SIDE},
};
static const cgm_generator_noise noise_parts[] = {
    {"domain", 1},  {"lesion", 1}, {"ventricles", 1}, {"shape", PHANTOM_SHAPE}, {"place", PHANTOM_PLACE},
    {"receiver", 1}};

/* ---- The head ---- */

static void sample_head(cgm_rng *rng, double *noise)
{
    noise[DOMAIN] = cgm_rng_uniform(rng);
    noise[LESION] = cgm_rng_uniform(rng);
    noise[VENTRICLES] = cgm_rng_normal(rng);
    for (int i = 0; i < PHANTOM_SHAPE; i++) noise[U_SHAPE + i] = cgm_rng_normal(rng);
    for (int i = 0; i < PHANTOM_PLACE; i++) noise[U_PLACE + i] = cgm_rng_uniform(rng);
}

static double set_or(double do_value, double otherwise)
{
    return isnan(do_value) ? otherwise : do_value;
}

static void predict_levels(const double *noise, const double *do_value, double *numbers, double *level)
{
    phantom_head head;
    numbers[DOMAIN] = set_or(do_value[DOMAIN], noise[DOMAIN] >= 0.5) >= 0.5;
    numbers[LESION] = set_or(do_value[LESION], noise[LESION] >= 0.5) >= 0.5;
    numbers[VENTRICLES] = set_or(do_value[VENTRICLES], fmin(fmax(1 + 0.15 * noise[VENTRICLES], 0.501), 1.999));
    cgm_phantom_shape(noise + U_SHAPE, fmin(fmax(numbers[VENTRICLES], 0.1), 3), numbers[LESION] > 0, noise + U_PLACE,
                      &head);
    cgm_phantom_draw(&head, numbers[DOMAIN] > 0 ? PHANTOM_T2 : PHANTOM_T1, level);
}

static uint8_t grey(double level)
{
    return (uint8_t)(fmin(fmax(level, 0), 255) + 0.5);
}

static void predict(const double *noise, const double *do_value, double *numbers, uint8_t *pixels)
{
    double level[PHANTOM_PIXELS];
    predict_levels(noise, do_value, numbers, level);
    for (int p = 0; p < PHANTOM_PIXELS; p++) pixels[p] = grey(level[p]);
}

/* ---- The receiver ---- */

static void sample_noisy(cgm_rng *rng, double *noise)
{
    sample_head(rng, noise);
    noise[U_RECEIVER] = cgm_rng_uniform(rng);
}

/* The magnitude of a complex signal with normal noise in both parts, which is Rice's distribution. The noise is the
 * same whatever is set. */
static void predict_noisy(const double *noise, const double *do_value, double *numbers, uint8_t *pixels)
{
    static const double sd = 6;
    double level[PHANTOM_PIXELS];
    uint64_t seed;
    memcpy(&seed, &noise[U_RECEIVER], sizeof seed);
    cgm_rng rng = cgm_rng_create(seed);
    predict_levels(noise, do_value, numbers, level);
    for (int p = 0; p < PHANTOM_PIXELS; p++) {
        double real = level[p] + sd * cgm_rng_normal(&rng), imaginary = sd * cgm_rng_normal(&rng);
        pixels[p] = grey(hypot(real, imaginary));
    }
}

enum { PARTS = sizeof noise_parts / sizeof noise_parts[0] };

const cgm_generator cgm_generator_phantom_pair = {
    .name = "phantom_pair",
    .doc = "slices of head phantoms in two domains, unpaired: T1- and T2-weighted spin echoes, 64x64",
    .n_variables = VARIABLES,
    .variables = variables,
    .n_noise = PARTS - 1,
    .noise = noise_parts,
    .sample_noise = sample_head,
    .predict = predict,
};

const cgm_generator cgm_generator_phantom_pair_rician = {
    .name = "phantom_pair_rician",
    .doc = "the same with the receiver's noise: Rician, of standard deviation 6 in both parts of the signal",
    .n_variables = VARIABLES,
    .variables = variables,
    .n_noise = PARTS,
    .noise = noise_parts,
    .sample_noise = sample_noisy,
    .predict = predict_noisy,
};
