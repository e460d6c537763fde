#include "data/thickness_intensity.h"

#include <math.h>

void cgm_thickness_intensity_noise(cgm_rng *rng, double *u_thickness, double *u_intensity)
{
    /* A Gamma variable of shape 10 is the sum of ten exponential ones. */
    double product = 1;
    for (int i = 0; i < 10; i++) product *= cgm_rng_uniform(rng);
    *u_thickness = -log(product) / 5;
    *u_intensity = cgm_rng_normal(rng);
}

/* x within [low, high]; low when x is not a number, as in a damaged file of noise. */
static double within(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

void cgm_thickness_intensity(double u_thickness, double u_intensity, double do_thickness, double do_intensity,
                             double *thickness, double *intensity)
{
    const double tiny = 1e-6; /* keeps values inside their open range */
    *thickness = isnan(do_thickness) ? within(0.5 + u_thickness, 0.5 + tiny, 8 - tiny) : do_thickness;
    double excess = 2 * (*thickness - 2.5) + 0.5 * u_intensity;
    *intensity = isnan(do_intensity) ? within(64 + 191 / (1 + exp(-excess)), 64 + tiny, 255 - tiny) : do_intensity;
}
