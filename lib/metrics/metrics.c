/* Errors of images and of sets of images. */
#include "metrics/metrics.h"

#include <math.h>

double cgm_mean_absolute_error(size_t width, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < width; i++) sum += fabs(a[i] - b[i]);
    return sum / (double)width;
}

double cgm_mean_squared_error(size_t width, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < width; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum / (double)width;
}

double cgm_psnr(size_t width, const double *a, const double *b, double peak)
{
    return 10 * log10(peak * peak / cgm_mean_squared_error(width, a, b));
}

/* Welford's running mean and sum of squares, which needs no second pass over the images. */
typedef struct running {
    size_t n;
    double mean, squares;
} running;

static void running_add(running *r, double x)
{
    double before = x - r->mean;
    r->mean += before / (double)++r->n;
    r->squares += before * (x - r->mean);
}

static cgm_set_error running_end(const running *r)
{
    if (r->n == 0) return (cgm_set_error){.mean = NAN, .standard_error = NAN};
    double n = (double)r->n;
    return (cgm_set_error){.n = r->n, .mean = r->mean, .standard_error = r->n > 1 ? sqrt(r->squares / (n - 1) / n) : 0};
}

cgm_set_error cgm_set_mean_absolute_error(size_t n, size_t width, const double *a, const double *b, double *each)
{
    running r = {0};
    for (size_t i = 0; i < n; i++) {
        double error = cgm_mean_absolute_error(width, a + i * width, b + i * width);
        if (each) each[i] = error;
        running_add(&r, error);
    }
    return running_end(&r);
}

cgm_set_error cgm_set_summary(size_t n, const double *figures)
{
    running r = {0};
    for (size_t i = 0; i < n; i++) running_add(&r, figures[i]);
    return running_end(&r);
}
