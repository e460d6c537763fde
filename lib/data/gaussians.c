/* Points of a plane around centres, the toys on which adversarial models show whether they find all modes: mode, then
 * point = centre of the mode + 0.1 U, U standard normal in both components. */
#include <math.h>

#include "data/generator.h"

enum { MODE, POINT, VARIABLES };
enum { RING = 8, GRID = 5 /* a side */, MIDDLE = 2 /* of a side */ };
static const double pi = 3.14159265358979323846, sd = 0.1;

#define GAUSSIANS_VARIABLES(modes)                                                                                     \
    {                                                                                                                  \
        [MODE] = {.name = "mode", .type = CGM_CATEGORICAL, .levels = (modes)},                                         \
        [POINT] = {.name = "point", .type = CGM_VECTOR, .width = 2},                                                   \
    }
static const cgm_variable ring_variables[VARIABLES] = GAUSSIANS_VARIABLES(RING);
static const cgm_variable grid_variables[VARIABLES] = GAUSSIANS_VARIABLES(GRID * GRID);

/* mode: u of (0, 1); point: N(0, 1) each. */
static const cgm_generator_noise noise_parts[] = {{"mode", 1}, {"point", 2}};
enum { U_MODE, U_POINT };

static void sample_noise(cgm_rng *rng, double *noise)
{
    noise[U_MODE] = cgm_rng_uniform(rng);
    for (int k = 0; k < 2; k++) noise[U_POINT + k] = cgm_rng_normal(rng);
}

/* Each as likely as another. A damaged file's noise may be any number. */
static double find_mode(const double *noise, double do_value, int modes)
{
    double mode = isnan(do_value) ? floor(modes * noise[U_MODE]) : do_value;
    return fmin(fmax(mode, 0), modes - 1);
}

static void put_point(const double *noise, double x, double y, double *numbers)
{
    numbers[POINT] = x + sd * noise[U_POINT];
    numbers[POINT + 1] = y + sd * noise[U_POINT + 1];
}

static void ring_predict(const double *noise, const double *do_value, double *numbers, uint8_t *pixels)
{
    (void)pixels;
    numbers[MODE] = find_mode(noise, do_value[MODE], RING);
    double angle = 2 * pi * numbers[MODE] / RING;
    put_point(noise, 2 * cos(angle), 2 * sin(angle), numbers);
}

static void grid_predict(const double *noise, const double *do_value, double *numbers, uint8_t *pixels)
{
    (void)pixels;
    numbers[MODE] = find_mode(noise, do_value[MODE], GRID * GRID);
    double row = floor(numbers[MODE] / GRID), column = numbers[MODE] - GRID * row;
    put_point(noise, 2 * (column - MIDDLE), 2 * (row - MIDDLE), numbers);
}

const cgm_generator cgm_generator_ring = {
    .name = "ring",
    .doc = "points of 8 Gaussians on a circle of radius 2, standard deviation 0.1",
    .n_variables = VARIABLES,
    .variables = ring_variables,
    .n_noise = sizeof noise_parts / sizeof noise_parts[0],
    .noise = noise_parts,
    .sample_noise = sample_noise,
    .predict = ring_predict,
};

const cgm_generator cgm_generator_grid = {
    .name = "grid",
    .doc = "points of 25 Gaussians, 5 by 5 at a distance of 2, standard deviation 0.1",
    .n_variables = VARIABLES,
    .variables = grid_variables,
    .n_noise = sizeof noise_parts / sizeof noise_parts[0],
    .noise = noise_parts,
    .sample_noise = sample_noise,
    .predict = grid_predict,
};
