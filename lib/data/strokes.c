/* The structural equations of `strokes`, its variables, and how its noise is drawn. */
#include "data/strokes.h"

#include <math.h>

#include "data/generator.h"

enum { DIGIT, THICKNESS, INTENSITY, SLANT, IMAGE, VARIABLES };

static const cgm_variable variables[VARIABLES] = {
    [DIGIT] = {.name = "digit", .type = CGM_CATEGORICAL, .levels = STROKES_DIGITS},
    [THICKNESS] = {.name = "thickness", .type = CGM_CONTINUOUS, .bounded = true, .low = 0.5, .high = 8},
    [INTENSITY] = {.name = "intensity", .type = CGM_CONTINUOUS, .bounded = true, .low = 64, .high = 255},
    [SLANT] = {.name = "slant", .type = CGM_CONTINUOUS},
    [IMAGE] = {.name = "image",
               .type = CGM_IMAGE,
               .low = 0,
               .high = 255,
               .channels = 1,
               .height = STROKES_SIDE,
               .width = STROKES_SIDE},
};

/* digit: u of (0, 1); thickness: a Gamma draw; intensity and slant: N(0, 1); jitter: N(0, 1) each. */
static const cgm_generator_noise noise_parts[] = {
    {"digit", 1}, {"thickness", 1}, {"intensity", 1}, {"slant", 1}, {"jitter", STROKES_JITTER},
};
enum { U_DIGIT, U_THICKNESS, U_INTENSITY, U_SLANT, U_JITTER };

static void sample_noise(cgm_rng *rng, double *noise)
{
    noise[U_DIGIT] = cgm_rng_uniform(rng);
    /* A Gamma variable of shape 10 is the sum of ten exponential ones. */
    double product = 1;
    for (int i = 0; i < 10; i++) product *= cgm_rng_uniform(rng);
    noise[U_THICKNESS] = -log(product) / 5;
    noise[U_INTENSITY] = cgm_rng_normal(rng);
    noise[U_SLANT] = cgm_rng_normal(rng);
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
    const double tiny = 1e-6; /* keeps values inside their open range */
    double digit = set_or(do_value[DIGIT], floor(STROKES_DIGITS * noise[U_DIGIT]));
    numbers[DIGIT] = within(digit, 0, STROKES_DIGITS - 1);
    numbers[THICKNESS] = set_or(do_value[THICKNESS], within(0.5 + noise[U_THICKNESS], 0.5 + tiny, 8 - tiny));
    double excess = 2 * (numbers[THICKNESS] - 2.5) + 0.5 * noise[U_INTENSITY];
    numbers[INTENSITY] = set_or(do_value[INTENSITY], within(64 + 191 / (1 + exp(-excess)), 64 + tiny, 255 - tiny));
    numbers[SLANT] = set_or(do_value[SLANT], 0.2 * noise[U_SLANT]);

    strokes_path path;
    cgm_strokes_pen_write((int)numbers[DIGIT], noise + U_JITTER, numbers[SLANT], &path);
    cgm_strokes_ink_draw(&path, within(numbers[THICKNESS], 0, STROKES_SIDE), within(numbers[INTENSITY], 0, 255),
                         pixels);
}

const cgm_generator cgm_generator_strokes = {
    .name = "strokes",
    .doc = "handwritten digits, 28x28: thickness -> intensity, and slant, from a known SCM",
    .n_variables = VARIABLES,
    .variables = variables,
    .n_noise = sizeof noise_parts / sizeof noise_parts[0],
    .noise = noise_parts,
    .sample_noise = sample_noise,
    .predict = predict,
};
