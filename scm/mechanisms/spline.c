/* Rational splines. */
#include "scm/mechanisms/spline.h"

#include <math.h>
#include <stdbool.h>

size_t cgm_scm_spline_parameters(scm_spline_kind kind, size_t bins)
{
    return kind == SCM_SPLINE_RQ ? 3 * bins - 1 : 4 * bins - 1;
}

/* Knots whose distances are a softmax of the parameters, each at least the least one. */
static void place_knots(size_t bins, double bound, const double *parameters, double *knot)
{
    double most = parameters[0], sum = 0, size[SCM_SPLINE_MAX_BINS];
    for (size_t k = 1; k < bins; k++) most = fmax(most, parameters[k]);
    for (size_t k = 0; k < bins; k++) sum += size[k] = exp(parameters[k] - most);
    knot[0] = -bound;
    for (size_t k = 0; k < bins; k++)
        knot[k + 1] =
            knot[k] + 2 * bound * (SCM_SPLINE_MIN_BIN + (1 - SCM_SPLINE_MIN_BIN * (double)bins) * size[k] / sum);
    knot[bins] = bound;
}

/* Softplus, shifted so that 0 gives a slope of 1. */
static double slope_of(double parameter)
{
    double z = parameter + SCM_SPLINE_SLOPE_SHIFT;
    return SCM_SPLINE_MIN_SLOPE + fmax(z, 0) + log1p(exp(-fabs(z)));
}

void cgm_scm_spline_init(scm_spline *s, scm_spline_kind kind, size_t bins, double bound, const double *parameters)
{
    s->kind = kind;
    s->bins = bins;
    s->bound = bound;
    place_knots(bins, bound, parameters, s->x);
    place_knots(bins, bound, parameters + bins, s->y);
    s->slope[0] = s->slope[bins] = 1;
    for (size_t k = 1; k < bins; k++) s->slope[k] = slope_of(parameters[2 * bins + k - 1]);
    if (kind == SCM_SPLINE_RQ) return;
    for (size_t k = 0; k < bins; k++)
        s->cut[k] = SCM_SPLINE_MIN_CUT + (1 - 2 * SCM_SPLINE_MIN_CUT) / (1 + exp(-parameters[3 * bins - 1 + k]));
}

static size_t find_bin(size_t bins, const double *knot, double v)
{
    size_t k = 0;
    while (k + 1 < bins && v >= knot[k + 1]) k++;
    return k;
}

/* ---- Rational quadratic ---- */

static double quadratic_forward(const scm_spline *s, double x, double *log_slope)
{
    size_t k = find_bin(s->bins, s->x, x);
    double w = s->x[k + 1] - s->x[k], h = s->y[k + 1] - s->y[k], d0 = s->slope[k], d1 = s->slope[k + 1], m = h / w;
    double t = (x - s->x[k]) / w, mixed = t * (1 - t), denominator = m + (d1 + d0 - 2 * m) * mixed;
    *log_slope =
        log(m * m * (d1 * t * t + 2 * m * mixed + d0 * (1 - t) * (1 - t))) - 2 * log(denominator); /* equation 5 */
    return s->y[k] + h * (m * t * t + d0 * mixed) / denominator;                                   /* equation 4 */
}

/* Equations 6 to 8, whose root is written so that nothing cancels. */
static double quadratic_inverse(const scm_spline *s, double y)
{
    size_t k = find_bin(s->bins, s->y, y);
    double w = s->x[k + 1] - s->x[k], h = s->y[k + 1] - s->y[k], d0 = s->slope[k], d1 = s->slope[k + 1], m = h / w;
    double up = y - s->y[k], bend = d1 + d0 - 2 * m;
    double a = h * (m - d0) + up * bend, b = h * d0 - up * bend, c = -m * up;
    return s->x[k] + w * (2 * c / (-b - sqrt(fmax(b * b - 4 * a * c, 0))));
}

/* ---- Linear rational ---- */

typedef enum axis { BY_X, BY_Y } axis;

/* One of the two parts of a bin: from (x0, y0) to (x1, y1), y = (a y0 (1 - t) + b y1 t) / (a (1 - t) + b t). */
typedef struct part {
    double x0, x1, y0, y1, a, b;
} part;

/* The part of bin k that holds v, which is on that axis. */
static part part_of(const scm_spline *s, size_t k, double v, axis by)
{
    double w = s->x[k + 1] - s->x[k], h = s->y[k + 1] - s->y[k], d0 = s->slope[k], d1 = s->slope[k + 1];
    double cut = s->cut[k], a = 1, b = sqrt(d0 / d1), middle = (cut * a * d0 + (1 - cut) * b * d1) * w / h;
    double x = s->x[k] + cut * w, y = s->y[k] + h * cut * b / ((1 - cut) * a + cut * b);
    bool first = by == BY_X ? v <= x : v <= y;
    return first ? (part){s->x[k], x, s->y[k], y, a, middle} : (part){x, s->x[k + 1], y, s->y[k + 1], middle, b};
}

static double linear_forward(const scm_spline *s, double x, double *log_slope)
{
    part p = part_of(s, find_bin(s->bins, s->x, x), x, BY_X);
    double t = (x - p.x0) / (p.x1 - p.x0), denominator = p.a * (1 - t) + p.b * t;
    *log_slope = log(p.a * p.b * (p.y1 - p.y0) / (p.x1 - p.x0)) - 2 * log(denominator);
    return p.y0 + (p.y1 - p.y0) * p.b * t / denominator;
}

static double linear_inverse(const scm_spline *s, double y)
{
    part p = part_of(s, find_bin(s->bins, s->y, y), y, BY_Y);
    double below = p.a * (y - p.y0), above = p.b * (p.y1 - y);
    return p.x0 + (p.x1 - p.x0) * below / (below + above);
}

double cgm_scm_spline_forward(const scm_spline *s, double x, double *log_slope)
{
    *log_slope = 0;
    if (!(fabs(x) < s->bound)) return x;
    return s->kind == SCM_SPLINE_RQ ? quadratic_forward(s, x, log_slope) : linear_forward(s, x, log_slope);
}

double cgm_scm_spline_inverse(const scm_spline *s, double y)
{
    if (!(fabs(y) < s->bound)) return y;
    return s->kind == SCM_SPLINE_RQ ? quadratic_inverse(s, y) : linear_inverse(s, y);
}
