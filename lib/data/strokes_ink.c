/* The ink: a path becomes pixels. A pixel's coverage follows from its distance to the path, so a stroke has round ends
 * and the same width everywhere. */
#include <math.h>

#include "data/strokes.h"

/* Width of the soft edge in pixels. Below 1, so that most of a stroke 1.5 pixels wide has its full grey level. */
#define EDGE 0.6

/* Lowers squared[p] to the squared distance from each pixel p that the nib can reach to the segment. */
static void approach(double x0, double y0, double x1, double y1, double reach,
                     float squared[STROKES_SIDE * STROKES_SIDE])
{
    int left = (int)fmax(ceil(fmin(x0, x1) - reach), 0),
        right = (int)fmin(floor(fmax(x0, x1) + reach), STROKES_SIDE - 1);
    int top = (int)fmax(ceil(fmin(y0, y1) - reach), 0),
        bottom = (int)fmin(floor(fmax(y0, y1) + reach), STROKES_SIDE - 1);
    float dx = (float)(x1 - x0), dy = (float)(y1 - y0), length = dx * dx + dy * dy;
    float per_length = length > 0 ? 1 / length : 0;
    for (int row = top; row <= bottom; row++) {
        float y = (float)(row - y0);
        for (int column = left; column <= right; column++) {
            float x = (float)(column - x0), t = (x * dx + y * dy) * per_length;
            t = t < 0 ? 0 : t > 1 ? 1 : t;
            float ex = x - t * dx, ey = y - t * dy, d = ex * ex + ey * ey;
            float *here = &squared[row * STROKES_SIDE + column];
            *here = d < *here ? d : *here;
        }
    }
}

void cgm_strokes_ink_draw(const strokes_path *path, double thickness, double intensity,
                          uint8_t pixels[STROKES_SIDE * STROKES_SIDE])
{
    float squared[STROKES_SIDE * STROKES_SIDE];
    const float far = 1e6F;
    for (int p = 0; p < STROKES_SIDE * STROKES_SIDE; p++) squared[p] = far;
    double reach = 0.5 * thickness + 0.5 * EDGE;
    for (size_t i = 1; i < path->n; i++)
        if (!path->starts[i]) approach(path->x[i - 1], path->y[i - 1], path->x[i], path->y[i], reach, squared);
    for (int p = 0; p < STROKES_SIDE * STROKES_SIDE; p++) {
        double coverage = squared[p] < far ? (reach - sqrt(squared[p])) / EDGE : 0;
        coverage = fmin(fmax(coverage, 0), 1);
        pixels[p] = (uint8_t)(coverage * intensity + 0.5);
    }
}
