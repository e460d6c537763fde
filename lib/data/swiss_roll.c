/* The Swiss roll from the side, as the figures of Gulrajani et al. 2017 ("Improved training of Wasserstein GANs") have
 * it: coordinates 0 and 2 of scikit-learn's make_swiss_roll with noise 0.25, divided by 7.5,
 *
 *     angle t = 1.5 pi (1 + 2 u),    point = ((t cos t, t sin t) + 0.25 U) / 7.5
 *
 * u uniform on (0, 1), U standard normal in both components. */
#include <math.h>

#include "data/generator.h"

enum { ANGLE, POINT, VARIABLES };
#define PI 3.14159265358979323846

static const cgm_variable variables[VARIABLES] = {
    [ANGLE] = {.name = "angle", .type = CGM_CONTINUOUS, .bounded = true, .low = 1.5 * PI, .high = 4.5 * PI},
    [POINT] = {.name = "point", .type = CGM_VECTOR, .width = 2},
};

static const cgm_generator_noise noise_parts[] = {{"angle", 1}, {"point", 2}};
enum { U_ANGLE, U_POINT };

static void sample_noise(cgm_rng *rng, double *noise)
{
    noise[U_ANGLE] = cgm_rng_uniform(rng);
    for (int k = 0; k < 2; k++) noise[U_POINT + k] = cgm_rng_normal(rng);
}

static void predict(const double *noise, const double *do_value, double *numbers, uint8_t *pixels)
{
    (void)pixels;
    double t = isnan(do_value[ANGLE]) ? 1.5 * PI * (1 + 2 * noise[U_ANGLE]) : do_value[ANGLE];
    numbers[ANGLE] = t;
    numbers[POINT] = (t * cos(t) + 0.25 * noise[U_POINT]) / 7.5;
    numbers[POINT + 1] = (t * sin(t) + 0.25 * noise[U_POINT + 1]) / 7.5;
}

const cgm_generator cgm_generator_swiss_roll = {
    .name = "swiss_roll",
    .doc = "points of a spiral",
    .n_variables = VARIABLES,
    .variables = variables,
    .n_noise = sizeof noise_parts / sizeof noise_parts[0],
    .noise = noise_parts,
    .sample_noise = sample_noise,
    .predict = predict,
};
