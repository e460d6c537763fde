/* Figures that are sheared, stretched or swollen: each pixel takes over what is where the map says. */
#include <math.h>
#include <string.h>

#include "metrics/perturb_priv.h"

/* Where in the figure as it is a place of the new one comes from; both from the centre, in magnified pixels. */
typedef struct warp {
    double x, y;             /* the centre */
    double across, lean;     /* from_x = across dx + lean dy, from_y = dy */
    double radius, exponent; /* within a radius that is not 0: the offset times (distance / radius)^exponent instead */
} warp;

static void find_source(const warp *w, double dx, double dy, double *x, double *y)
{
    double distance = hypot(dx, dy), factor = 1;
    if (w->radius > 0 && distance > 0 && distance <= w->radius) factor = pow(distance / w->radius, w->exponent);
    *x = w->x + factor * (w->across * dx + w->lean * dy);
    *y = w->y + factor * dy;
}

static void apply(cgm_morphology *m, const warp *w)
{
    size_t framed = m->wide + 2;
    memcpy(m->spare, m->ink, (m->tall + 2) * framed);
    for (size_t row = 0; row < m->tall; row++) {
        uint8_t *to = m->ink + (row + 1) * framed + 1;
        for (size_t column = 0; column < m->wide; column++) {
            double x, y;
            find_source(w, (double)column - w->x, (double)row - w->y, &x, &y);
            bool inside = x > -0.5 && x < (double)m->wide - 0.5 && y > -0.5 && y < (double)m->tall - 0.5;
            to[column] = inside ? m->spare[((size_t)(y + 0.5) + 1) * framed + (size_t)(x + 0.5) + 1] : 0;
        }
    }
}

static void set_slant(cgm_morphology *m, double slant, cgm_rng *rng)
{
    (void)rng;
    cgm_moments ink = cgm_morphology_moments(m, CGM_FIGURE_INK);
    apply(m, &(warp){.x = ink.x, .y = ink.y, .across = 1, .lean = ink.xy / ink.yy + tan(slant)});
}

/* A stretch along the rows of the figure as it leans. */
static void set_width(cgm_morphology *m, double target, cgm_rng *rng)
{
    (void)rng;
    double width, height;
    cgm_moments ink = cgm_morphology_moments(m, CGM_FIGURE_INK);
    cgm_morphology_extent(m, CGM_FIGURE_INK, &ink, &width, &height);
    double across = width / (target * (double)m->scale);
    if (across > 0) apply(m, &(warp){.x = ink.x, .y = ink.y, .across = across, .lean = ink.xy / ink.yy * (1 - across)});
}

static void swell(cgm_morphology *m, double strength, cgm_rng *rng)
{
    double radius = 3.5 * sqrt(cgm_figure_thickness(m)) * (double)m->scale;
    size_t framed = m->wide + 2, on_axis = 0, at = 0;
    for (size_t i = 0; i < m->n_ink; i++) on_axis += m->skeleton[m->place[i]];
    size_t chosen = (size_t)cgm_rng_below(rng, on_axis);
    for (size_t i = 0; i < m->n_ink; i++) {
        if (!m->skeleton[m->place[i]]) continue;
        at = m->place[i];
        if (chosen-- == 0) break;
    }
    apply(m, &(warp){.x = (double)(at % framed) - 1,
                     .y = (double)(at / framed) - 1,
                     .across = 1,
                     .radius = radius,
                     .exponent = strength - 1});
}

const cgm_perturbation cgm_perturbation_set_slant = {
    "set_slant", "how far the figure leans to the right, in radians", 0, -1.4, 1.4, set_slant};
const cgm_perturbation cgm_perturbation_set_width = {
    "set_width", "width of the figure as it leans, in pixels", 12, 0.25, 1000, set_width};
const cgm_perturbation cgm_perturbation_swelling = {
    "swelling", "a swelling of this strength at a random place", 3, 1, 20, swell};
