/* An axial slice of a chest as computed tomography shows it: fat, muscle, lungs with vessels and a nodule, heart, great
 * vessels, spine, breastbone and ribs, each an ellipse over those before it. */
#include <math.h>

#include "dip/phantoms/phantom.h"

/* On the square from -1 to 1, y up: level, half axes, middle, degrees. */
static const double ellipses[][6] = {
    {.3, .92, .66, 0, 0, 0},
    {.46, .86, .6, 0, 0, 0},
    {.08, .3, .42, -.42, .04, 8},
    {.08, .28, .42, .43, .02, -8},
    {.55, .24, .26, .1, .08, 25},
    {.65, .09, .09, .08, -.24, 0},
    {.6, .06, .08, -.1, .2, 0},
    {.88, .13, .11, 0, -.4, 0},
    {.46, .045, .045, 0, -.41, 0},
    {.88, .045, .1, 0, -.53, 0},
    {.85, .11, .035, 0, .55, 0},
    {.42, .03, .02, -.45, .22, 30},
    {.42, .03, .03, -.36, -.06, 0},
    {.42, .02, .02, -.52, -.16, 0},
    {.5, .035, .035, -.55, .06, 0},
    {.42, .02, .03, .5, .2, 0},
    {.42, .03, .03, .42, -.12, 0},
    {.42, .02, .02, .56, -.04, 0},
    {.85, .09, .032, 0.742, 0.202, -59},
    {.85, .09, .032, 0.424, 0.458, -23},
    {.85, .09, .032, -0.424, 0.458, 23},
    {.85, .09, .032, -0.742, 0.202, 59},
    {.85, .09, .032, -0.752, -0.185, -62},
    {.85, .09, .032, -0.493, -0.426, -28},
    {.85, .09, .032, 0.493, -0.426, 28},
    {.85, .09, .032, 0.752, -0.185, 62},
};

static bool is_in(const double ellipse[6], double u, double v)
{
    double angle = ellipse[5] * M_PI / 180, c = cos(angle), s = sin(angle), p = u - ellipse[3], q = v - ellipse[4];
    return hypot((p * c + q * s) / ellipse[1], (q * c - p * s) / ellipse[2]) <= 1;
}

static double at(double x, double y)
{
    double level = 0;
    for (size_t i = 0; i < sizeof ellipses / sizeof *ellipses; i++)
        if (is_in(ellipses[i], 2 * x - 1, 1 - 2 * y)) level = ellipses[i][0];
    return level;
}

const dip_phantom cgm_dip_phantom_thorax = {"thorax", "a slice of a chest", at};
