#include "scm/explain/make.h"

#include <math.h>
#include <stdlib.h>

#define NOISE 8.0      /* standard deviation of what it begins with, in grey levels */
#define FIRST_STEP 8.0 /* grey levels; the last is a hundredth of it */
#define BETA1 0.9
#define BETA2 0.99
#define EPSILON 1e-12

double cgm_explain_variation(const cgm_variable *image, const double *pixels, double weight, double *gradient)
{
    size_t height = (size_t)image->height, width = (size_t)image->width, n = cgm_variable_width(image);
    const double scale = 1 / (255.0 * 255.0 * (double)n);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        bool below = i / width % height + 1 < height, right = i % width + 1 < width;
        for (int k = 0; k < 2; k++) {
            size_t other = k ? i + 1 : i + width;
            if (k ? !right : !below) continue;
            double difference = pixels[other] - pixels[i];
            sum += difference * difference;
            gradient[other] += weight * scale * 2 * difference;
            gradient[i] -= weight * scale * 2 * difference;
        }
    }
    return sum * scale;
}

static void begin(const explain_task *t, double *images)
{
    for (size_t row = 0; row < t->n; row++) {
        cgm_rng rng = cgm_rng_split_index(&t->rng, row);
        for (size_t i = 0; i < t->width; i++)
            images[row * t->width + i] = fmin(fmax(t->baseline + NOISE * cgm_rng_normal(&rng), 0), 255);
    }
}

/* Update number k = 1, 2, ... of numbers x from their gradients. */
static void update(const explain_task *t, size_t k, const double *gradient, double *mean, double *square, double *x)
{
    double left = 1 - (double)(k - 1) / (double)t->iterations, step = FIRST_STEP * fmax(left, 0.01);
    double whole1 = 1 - pow(BETA1, (double)k), whole2 = 1 - pow(BETA2, (double)k);
    for (size_t i = 0; i < t->n * t->width; i++) {
        mean[i] += (1 - BETA1) * (gradient[i] - mean[i]);
        square[i] += (1 - BETA2) * (gradient[i] * gradient[i] - square[i]);
        x[i] = fmin(fmax(x[i] - step * mean[i] / whole1 / (sqrt(square[i] / whole2) + EPSILON), 0), 255);
    }
}

cgm_status cgm_explain_make(explain_task *t, explain_energy_fn *f, void *context, double *images, double *energy)
{
    cgm_arena arena = {0};
    size_t n = t->n * t->width;
    double *room = cgm_arena_array(&arena, 3 * n, sizeof *room);
    cgm_status status = room ? CGM_OK : CGM_E_MEMORY;
    begin(t, images);
    for (size_t k = 1; status == CGM_OK && k <= t->iterations; k++) {
        status = cgm_explain_go_on(t);
        if (status == CGM_OK) status = f(t, context, images, energy, room);
        if (status != CGM_OK) break;
        for (size_t row = 0; row < t->n; row++)
            cgm_explain_variation(t->image, images + row * t->width, t->smoothness, room + row * t->width);
        update(t, k, room, room + n, room + 2 * n, images);
    }
    if (status == CGM_OK) status = f(t, context, images, energy, room);
    cgm_arena_clear(&arena);
    return status;
}
