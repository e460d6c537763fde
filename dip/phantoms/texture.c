/* Cloth with folds: in one half threads that cross over and under one another, in the other stripes that wave, both
 * under a light that changes slowly. */
#include <math.h>

#include "dip/phantoms/phantom.h"

static double thread(double t)
{
    return sqrt(fmax(0, 1 - 4 * (t - .5) * (t - .5)));
}

/* The upper of two threads is bright along its middle. */
static double cloth(double u, double v)
{
    double across = u - floor(u), along = v - floor(v);
    bool over = fmod(floor(u) + floor(v), 2) == 0;
    return .15 + .75 * (over ? thread(across) : .8 * thread(along));
}

static double stripes(double u)
{
    return .5 + .38 * sin(2 * M_PI * u);
}

static double at(double x, double y)
{
    double fold = .03 * sin(2 * M_PI * (1.5 * x + .8 * y)), light = .75 + .25 * cos(2 * M_PI * (.6 * x - .4 * y + .1));
    double u = x + fold, v = y - fold;
    double grey = x + .15 * sin(2 * M_PI * y) < .5 ? cloth(16 * (u + v), 16 * (v - u) + 64) : stripes(14 * v + 2 * u);
    return fmin(fmax(light * grey, 0), 1);
}

const dip_phantom cgm_dip_phantom_texture = {"texture", "woven and striped cloth", at};
