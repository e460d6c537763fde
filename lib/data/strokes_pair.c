/* Two domains of `strokes` that differ in one of its scalars, the rows unpaired: for translations, whose truth is
 * known. domain is drawn first, with probability 1/2 each; thickness, or slant, is what the domain makes of its noise;
 * all else is as in strokes. */
#include <math.h>
#include <string.h>

#include "data/generator.h"
#include "data/strokes.h"

/* In front of the variables of strokes, and of their noise. */
enum { DOMAIN, FIRST };

static const char *const widths[] = {"thin", "thick"}, *const angles[] = {"upright", "slanted"};
static const cgm_variable stroke_variables[] = {
    {.name = "domain", .type = CGM_BINARY, .levels = 2, .level_names = widths}, STROKES_VARIABLE_ROWS};
static const cgm_variable slant_variables[] = {
    {.name = "domain", .type = CGM_BINARY, .levels = 2, .level_names = angles}, STROKES_VARIABLE_ROWS};
/* domain: u of (0, 1); thickness, where it is the domain's: u of (0, 1). */
static const cgm_generator_noise noise_parts[] = {{"domain", 1}, STROKES_NOISE_ROWS};

static double domain_of(const double *noise, const double *do_value)
{
    double domain = isnan(do_value[DOMAIN]) ? noise[DOMAIN] >= 0.5 : do_value[DOMAIN];
    return domain >= 0.5;
}

/* The row of strokes in which `variable` is set to `value`, unless it is set anyway. */
static void predict_with(int variable, double value, const double *noise, const double *do_value, double *numbers,
                         uint8_t *pixels)
{
    double set[STROKES_VARIABLES];
    memcpy(set, do_value + FIRST, sizeof set);
    if (isnan(set[variable])) set[variable] = value;
    numbers[DOMAIN] = domain_of(noise, do_value);
    cgm_generator_strokes.predict(noise + FIRST, set, numbers + FIRST, pixels);
}

/* ---- stroke_pair: thin and thick ---- */

static void sample_stroke(cgm_rng *rng, double *noise)
{
    noise[DOMAIN] = cgm_rng_uniform(rng);
    cgm_generator_strokes.sample_noise(rng, noise + FIRST);
    noise[FIRST + STROKES_THICKNESS] = cgm_rng_uniform(rng);
}

static void predict_stroke(const double *noise, const double *do_value, double *numbers, uint8_t *pixels)
{
    static const double low[] = {1, 3.5}, high[] = {2, 5};
    int domain = (int)domain_of(noise, do_value);
    double thickness = low[domain] + (high[domain] - low[domain]) * noise[FIRST + STROKES_THICKNESS];
    predict_with(STROKES_THICKNESS, thickness, noise, do_value, numbers, pixels);
}

/* ---- slant_pair: upright and slanted ---- */

static void sample_slant(cgm_rng *rng, double *noise)
{
    noise[DOMAIN] = cgm_rng_uniform(rng);
    cgm_generator_strokes.sample_noise(rng, noise + FIRST);
}

static void predict_slant(const double *noise, const double *do_value, double *numbers, uint8_t *pixels)
{
    double slant = 0.5 * domain_of(noise, do_value) + 0.1 * noise[FIRST + STROKES_SLANT];
    predict_with(STROKES_SLANT, slant, noise, do_value, numbers, pixels);
}

const cgm_generator cgm_generator_stroke_pair = {
    .name = "stroke_pair",
    .doc = "strokes in two domains, unpaired: thin, 1 to 2 pixels, and thick, 3.5 to 5",
    .n_variables = FIRST + STROKES_VARIABLES,
    .variables = stroke_variables,
    .n_noise = sizeof noise_parts / sizeof noise_parts[0],
    .noise = noise_parts,
    .sample_noise = sample_stroke,
    .predict = predict_stroke,
};

const cgm_generator cgm_generator_slant_pair = {
    .name = "slant_pair",
    .doc = "strokes in two domains, unpaired: upright, and slanted by half a radian",
    .n_variables = FIRST + STROKES_VARIABLES,
    .variables = slant_variables,
    .n_noise = sizeof noise_parts / sizeof noise_parts[0],
    .noise = noise_parts,
    .sample_noise = sample_slant,
    .predict = predict_slant,
};
