/* The head phantom of Shepp and Logan 1974, with the higher contrast of Toft 1996 (table B.3): ten ellipses whose
 * levels add up. */
#include <math.h>

#include "dip/phantoms/phantom.h"

/* On the square from -1 to 1, y up. */
static const struct {
    double level, a, b, x, y, degrees;
} ellipses[] = {
    {1, .69, .92, 0, 0, 0},          {-.8, .6624, .874, 0, -.0184, 0}, {-.2, .11, .31, .22, 0, -18},
    {-.2, .16, .41, -.22, 0, 18},    {.1, .21, .25, 0, .35, 0},        {.1, .046, .046, 0, .1, 0},
    {.1, .046, .046, 0, -.1, 0},     {.1, .046, .023, -.08, -.605, 0}, {.1, .023, .023, 0, -.606, 0},
    {.1, .023, .046, .06, -.605, 0},
};

static double at(double x, double y)
{
    double sum = 0, u = 2 * x - 1, v = 1 - 2 * y;
    for (size_t i = 0; i < sizeof ellipses / sizeof *ellipses; i++) {
        double angle = ellipses[i].degrees * M_PI / 180, c = cos(angle), s = sin(angle);
        double p = u - ellipses[i].x, q = v - ellipses[i].y;
        if (hypot((p * c + q * s) / ellipses[i].a, (q * c - p * s) / ellipses[i].b) <= 1) sum += ellipses[i].level;
    }
    return fmax(sum, 0); /* -0.2 + 0.2 is not 0 in binary */
}

const dip_phantom cgm_dip_phantom_shepp_logan = {"shepp_logan", "ten ellipses", at};
