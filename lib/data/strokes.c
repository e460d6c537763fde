/* The structural equations of `strokes`, its variables, and how its noise is drawn. */
#include "data/strokes.h"

#include <math.h>

#include "data/generator.h"
#include "data/thickness_intensity.h"

static const cgm_variable variables[] = {STROKES_VARIABLE_ROWS};
static const cgm_generator_noise noise_parts[] = {STROKES_NOISE_ROWS};
enum { U_JITTER = STROKES_IMAGE };

static void sample_noise(cgm_rng *rng, double *noise)
{
    noise[STROKES_DIGIT] = cgm_rng_uniform(rng);
    cgm_thickness_intensity_noise(rng, &noise[STROKES_THICKNESS], &noise[STROKES_INTENSITY]);
    noise[STROKES_SLANT] = cgm_rng_normal(rng);
    for (int i = 0; i < STROKES_JITTER; i++) noise[U_JITTER + i] = cgm_rng_normal(rng);
}

/* x within [low, high]; low when x is not a number, as in a damaged file of noise. */
static double within(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

static double set_or(double do_value, double otherwise)
{
    return isnan(do_value) ? otherwise : do_value;
}

static void predict(const double *noise, const double *do_value, double *numbers, uint8_t *pixels)
{
    double digit = set_or(do_value[STROKES_DIGIT], floor(STROKES_DIGITS * noise[STROKES_DIGIT]));
    numbers[STROKES_DIGIT] = within(digit, 0, STROKES_DIGITS - 1);
    cgm_thickness_intensity(noise[STROKES_THICKNESS], noise[STROKES_INTENSITY], do_value[STROKES_THICKNESS],
                            do_value[STROKES_INTENSITY], &numbers[STROKES_THICKNESS], &numbers[STROKES_INTENSITY]);
    numbers[STROKES_SLANT] = set_or(do_value[STROKES_SLANT], 0.2 * noise[STROKES_SLANT]);

    strokes_path path;
    cgm_strokes_pen_write((int)numbers[STROKES_DIGIT], noise + U_JITTER, numbers[STROKES_SLANT], &path);
    cgm_strokes_ink_draw(&path, within(numbers[STROKES_THICKNESS], 0, STROKES_SIDE),
                         within(numbers[STROKES_INTENSITY], 0, 255), pixels);
}

const cgm_generator cgm_generator_strokes = {
    .name = "strokes",
    .doc = "handwritten digits, 28x28: thickness -> intensity, and slant, from a known SCM",
    .n_variables = STROKES_VARIABLES,
    .variables = variables,
    .n_noise = sizeof noise_parts / sizeof noise_parts[0],
    .noise = noise_parts,
    .sample_noise = sample_noise,
    .predict = predict,
};
