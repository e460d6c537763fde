/* The pen: a digit's outline and a jitter vector become a path on the page. Every number of the jitter vector is used
 * the same way whatever the digit, so one jitter vector is one hand, and do(digit) asks what that hand would have
 * written. */
#include <math.h>

#include "data/strokes.h"

/* Segments in the curve from one point of an outline to the next. */
#define SPAN 4
#define POINTS_MAX 24
#define WAVES 4
_Static_assert(POINTS_MAX *SPAN <= STROKES_PATH_MAX, "a path must hold the longest outline");

#define HEIGHT 18.0   /* of a digit before jitter, in pixels */
#define EXTENT 21.0   /* no path is wider or taller than this, so a nib of six pixels stays on the page */
#define SLANT_MAX 1.2 /* a slant beyond this is drawn as this */

/* The jitter vector, spelt out. */
typedef struct hand {
    double shift_x, shift_y;             /* pixels */
    double width, size, turn;            /* factors, and radians */
    double form, flourish;               /* strokes_point's habits */
    double haste;                        /* how far corners are cut, 0..1 */
    double wave_x[WAVES], wave_y[WAVES]; /* slow swings along the path, in units of the height */
} hand;

/* A finite number in [low, high] whatever x is: noise may come from a file. */
static double limit(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

static hand hand_of(const double jitter[STROKES_JITTER])
{
    double u[STROKES_JITTER];
    for (int i = 0; i < STROKES_JITTER; i++) u[i] = limit(jitter[i], -4, 4);
    hand h = {.shift_x = 0.35 * u[0],
              .shift_y = 0.35 * u[1],
              .width = 1.12 * exp(0.09 * u[2]),
              .size = exp(0.05 * u[3]),
              .turn = 0.05 * u[4],
              .form = tanh(0.8 * u[5]),
              .flourish = 0.5 + 0.5 * tanh(2 * u[6] - 0.8),
              .haste = limit(0.45 + 0.2 * u[7], 0, 0.9)};
    static const double swing[WAVES] = {0.025, 0.022, 0.017, 0.012};
    for (int k = 0; k < WAVES; k++) {
        h.wave_x[k] = swing[k] * u[8 + 2 * k];
        h.wave_y[k] = swing[k] * u[9 + 2 * k];
    }
    return h;
}

/* Catmull and Rom's cubic between b and c, t in [0, 1]. */
static double spline(double a, double b, double c, double d, double t)
{
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/* The outline's curve as this hand forms it, before anything that does not depend on the digit. */
static void trace(const strokes_outline *outline, const hand *h, strokes_path *path)
{
    double x[POINTS_MAX], y[POINTS_MAX];
    size_t n = outline->n;
    CGM_CHECK(n <= POINTS_MAX);
    for (size_t i = 0; i < n; i++) {
        const strokes_point *p = &outline->points[i];
        x[i] = p->x + h->form * p->form_x + h->flourish * p->flourish_x;
        y[i] = p->y + h->form * p->form_y + h->flourish * p->flourish_y;
    }
    path->n = 0;
    for (size_t i = 0; i < n; i++) {
        bool first = outline->points[i].lift, last = i + 1 == n || outline->points[i + 1].lift;
        size_t a = first ? i : i - 1, c = last ? i : i + 1,
               d = last || c + 1 == n || outline->points[c + 1].lift ? c : c + 1;
        for (int k = 0; k < (last ? 1 : SPAN); k++) {
            double t = (double)k / SPAN;
            path->starts[path->n] = first && k == 0;
            path->x[path->n] = spline(x[a], x[i], x[c], x[d], t);
            path->y[path->n++] = spline(y[a], y[i], y[c], y[d], t);
        }
    }
}

/* Swings the path: a displacement that varies slowly with s, the part of the whole path already written, as a cosine
 * series. Ends that should meet miss a little, and bows come out uneven. */
static void swing(const hand *h, strokes_path *path)
{
    double length[STROKES_PATH_MAX] = {0};
    for (size_t i = 1; i < path->n; i++)
        length[i] =
            length[i - 1] + (path->starts[i] ? 0 : hypot(path->x[i] - path->x[i - 1], path->y[i] - path->y[i - 1]));
    double whole = fmax(length[path->n - 1], 1e-6);
    for (size_t i = 0; i < path->n; i++) {
        double c1 = cos(M_PI * length[i] / whole), before = 1, now = c1, dx = 0, dy = 0;
        for (int k = 0; k < WAVES; k++) {
            dx += h->wave_x[k] * now;
            dy += h->wave_y[k] * now;
            double next = 2 * c1 * now - before; /* cos((k + 2) theta) */
            before = now;
            now = next;
        }
        path->x[i] += dx;
        path->y[i] += dy;
    }
}

/* A hasty pen cuts corners: each stroke is smoothed, its ends held. */
static void cut_corners(const hand *h, strokes_path *path)
{
    for (int pass = 0; pass < 4; pass++) {
        double before_x = path->x[0], before_y = path->y[0];
        for (size_t i = 1; i + 1 < path->n; i++) {
            double x = path->x[i], y = path->y[i];
            if (!path->starts[i] && !path->starts[i + 1]) {
                path->x[i] += h->haste * (0.5 * (before_x + path->x[i + 1]) - x);
                path->y[i] += h->haste * (0.5 * (before_y + path->y[i + 1]) - y);
            }
            before_x = x;
            before_y = y;
        }
    }
}

static void bounds(size_t n, const double *v, double *middle, double *extent)
{
    double low = v[0], high = v[0];
    for (size_t i = 1; i < n; i++) {
        low = fmin(low, v[i]);
        high = fmax(high, v[i]);
    }
    *middle = 0.5 * (low + high);
    *extent = high - low;
}

/* Scales, turns and shears the path, and lays its middle on the middle of the page. */
static void lay(const hand *h, double slant, strokes_path *path)
{
    double shear = tan(limit(slant, -SLANT_MAX, SLANT_MAX)), c = cos(h->turn), s = sin(h->turn);
    double scale = HEIGHT * h->size;
    for (size_t i = 0; i < path->n; i++) {
        double x = path->x[i] * scale * h->width, y = path->y[i] * scale;
        double turned = c * x - s * y;
        path->y[i] = s * x + c * y;
        path->x[i] = turned - shear * path->y[i];
    }
    double middle_x, middle_y, extent_x, extent_y;
    bounds(path->n, path->x, &middle_x, &extent_x);
    bounds(path->n, path->y, &middle_y, &extent_y);
    double shrink = fmin(1, EXTENT / fmax(fmax(extent_x, extent_y), 1));
    for (size_t i = 0; i < path->n; i++) {
        path->x[i] = (path->x[i] - middle_x) * shrink + 0.5 * (STROKES_SIDE - 1) + h->shift_x;
        path->y[i] = (path->y[i] - middle_y) * shrink + 0.5 * (STROKES_SIDE - 1) + h->shift_y;
    }
}

void cgm_strokes_pen_write(int digit, const double jitter[STROKES_JITTER], double slant, strokes_path *path)
{
    hand h = hand_of(jitter);
    trace(&cgm_strokes_outlines[digit], &h, path);
    swing(&h, path);
    cut_corners(&h, path);
    lay(&h, slant, path);
}
