#include "metrics/modes.h"

#include <math.h>
#include <stdlib.h>

#define NEAR 3     /* standard deviations */
#define ENOUGH 0.1 /* of a mode's share of the samples */

struct cgm_modes {
    size_t width, levels;
    double *centre; /* [levels, width] */
    double *share;  /* [levels]: of the rows */
    size_t *found;  /* [levels]: samples near */
    double reach;   /* squared distance that is near */
    size_t counted;
};

static double squared_distance(size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++) sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* Means of the classes, and shares. */
static cgm_status learn_centres(cgm_modes *m, size_t n, const double *rows, const double *labels)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = (size_t)labels[i];
        m->share[k]++;
        for (size_t j = 0; j < m->width; j++) m->centre[k * m->width + j] += rows[i * m->width + j];
    }
    for (size_t k = 0; k < m->levels; k++) {
        if (!(m->share[k] > 0)) return CGM_FAIL(CGM_E_ARG, "no row has the label %zu, so its mode is not known", k);
        for (size_t j = 0; j < m->width; j++) m->centre[k * m->width + j] /= m->share[k];
        m->share[k] /= (double)n;
    }
    return CGM_OK;
}

cgm_status cgm_modes_create(size_t n, size_t width, const double *rows, const double *labels, int levels,
                            cgm_modes **out)
{
    cgm_status status = CGM_OK;
    cgm_modes *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for modes");
    *m = (cgm_modes){.width = width, .levels = (size_t)levels};
    m->centre = calloc(m->levels * width + 1, sizeof *m->centre);
    m->share = calloc(m->levels + 1, sizeof *m->share);
    m->found = calloc(m->levels + 1, sizeof *m->found);
    if (!m->centre || !m->share || !m->found) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for %d modes", levels);
        goto done;
    }
    CGM_TRY_GOTO(learn_centres(m, n, rows, labels), done);
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += squared_distance(width, rows + i * width, m->centre + (size_t)labels[i] * width);
    m->reach = NEAR * NEAR * squares / (double)(n * width);
    *out = m;
done:
    if (status != CGM_OK) cgm_modes_destroy(m);
    return status;
}

void cgm_modes_destroy(cgm_modes *modes)
{
    if (!modes) return;
    free(modes->centre);
    free(modes->share);
    free(modes->found);
    free(modes);
}

void cgm_modes_count(cgm_modes *m, size_t n, const double *samples)
{
    for (size_t i = 0; i < n; i++) {
        size_t nearest = 0;
        double least = INFINITY;
        for (size_t k = 0; k < m->levels; k++) {
            double distance = squared_distance(m->width, samples + i * m->width, m->centre + k * m->width);
            if (!(distance < least)) continue;
            least = distance;
            nearest = k;
        }
        m->found[nearest] += least <= m->reach;
    }
    m->counted += n;
}

cgm_mode_coverage cgm_modes_coverage(const cgm_modes *m)
{
    cgm_mode_coverage c = {.modes = m->levels};
    double near = 0;
    for (size_t k = 0; k < m->levels; k++) {
        c.covered += m->found[k] > 0 && (double)m->found[k] >= ENOUGH * m->share[k] * (double)m->counted;
        near += (double)m->found[k];
    }
    c.near = near / (double)m->counted;
    return c;
}
