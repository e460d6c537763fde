/* Strokes made thinner or thicker. */
#include <math.h>

#include "metrics/perturb_priv.h"

/* Erodes by a disc, which leaves at least what is farthest from the background. After cgm_figure_thickness. */
static void thin(cgm_morphology *m, double radius)
{
    double squared = radius * radius, most = 0;
    for (size_t i = 0; i < m->n_ink; i++) most = fmax(most, (double)m->squared[i]);
    cgm_morphology_spread(m, 0, fmin(squared, most - 0.5));
}

static void set_thickness(cgm_morphology *m, double target, cgm_rng *rng)
{
    (void)rng;
    double change = target - cgm_figure_thickness(m), radius = 0.5 * (double)m->scale * fabs(change);
    if (change < 0)
        thin(m, radius);
    else
        cgm_morphology_spread(m, 1, radius * radius);
}

static void thinning(cgm_morphology *m, double amount, cgm_rng *rng)
{
    (void)rng;
    thin(m, 0.5 * amount * (double)m->scale * cgm_figure_thickness(m));
}

static void thickening(cgm_morphology *m, double amount, cgm_rng *rng)
{
    (void)rng;
    double radius = 0.5 * amount * (double)m->scale * cgm_figure_thickness(m);
    cgm_morphology_spread(m, 1, radius * radius);
}

const cgm_perturbation cgm_perturbation_set_thickness = {
    "set_thickness", "mean width of the strokes, in pixels", 2.5, 0, 100, set_thickness};
const cgm_perturbation cgm_perturbation_thinning = {
    "thinning", "strokes eroded by this share of their thickness", 0.7, 0, 10, thinning};
const cgm_perturbation cgm_perturbation_thickening = {
    "thickening", "strokes dilated by this share of their thickness", 1, 0, 10, thickening};
