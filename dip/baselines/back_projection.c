/* Filtered back-projection of parallel rays, and of a fan whose detector is a line (Kak and Slaney 1988, sections 3.3
 * and 3.4.2): each view is convolved with the band-limited ramp (eq. 61 there), and a pixel sums, over the views, what
 * is interpolated where its ray meets the detector. */
#include <math.h>

#include "base/threads.h"
#include "dip/baselines/baseline.h"
#include "dip/operators/radon.h"

typedef struct projection {
    const dip_problem *p;
    dip_radon r;
    const double *angle; /* [views] */
    double *filtered;    /* [channels, views, detectors] */
    double *out;
} projection;

static bool applies(const dip_problem *p)
{
    return p->kind == &cgm_dip_operator_radon;
}

static double ramp(int64_t n)
{
    if (n == 0) return .25;
    return n % 2 ? -1 / (M_PI * M_PI * (double)n * (double)n) : 0;
}

static double place_of(const dip_radon *r, double detector)
{
    return (detector - .5 * (double)(r->detectors - 1)) * r->pitch;
}

/* In units of pixels, as the ramp is for steps of the pitch. */
static void filter_view(void *context, size_t index, int worker)
{
    const projection *q = context;
    const dip_radon *r = &q->r;
    const double *y = q->p->y + (int64_t)index * r->detectors;
    double *out = q->filtered + (int64_t)index * r->detectors, scale = r->unit / r->pitch;
    (void)worker;
    for (int64_t d = 0; d < r->detectors; d++) {
        double sum = 0;
        for (int64_t k = 0; k < r->detectors; k++) {
            double s = place_of(r, (double)k), slant = 1;
            if (r->beam == DIP_BEAM_FAN) slant = r->distance / hypot(r->distance, s);
            sum += slant * y[k] * ramp(d - k);
        }
        out[d] = sum * scale;
    }
}

/* Where the ray through a point meets the detector, and the weight there. */
static double meet(const dip_radon *r, double cosine, double sine, double x, double y, double *weight)
{
    double s = x * cosine + y * sine;
    *weight = 1;
    if (r->beam == DIP_BEAM_PARALLEL) return s;
    double away = (r->distance - x * sine + y * cosine) / r->distance;
    *weight = 1 / (away * away);
    return s / away;
}

static void back_project_row(void *context, size_t index, int worker)
{
    const projection *q = context;
    const dip_radon *r = &q->r;
    int64_t c = (int64_t)index / r->height;
    double y = (double)((int64_t)index % r->height) - .5 * (double)(r->height - 1);
    double step = M_PI / (double)r->views; /* of a fan 2 pi / views times 1/2, as each ray is measured twice */
    (void)worker;
    for (int64_t i = 0; i < r->width; i++) {
        double sum = 0, weight, x = (double)i - .5 * (double)(r->width - 1);
        for (int64_t v = 0; v < r->views; v++) {
            const double *view = q->filtered + (c * r->views + v) * r->detectors;
            double s = meet(r, cos(q->angle[v]), sin(q->angle[v]), x, y, &weight);
            double at = s / r->pitch + .5 * (double)(r->detectors - 1), below = floor(at), part = at - below;
            int64_t k = (int64_t)below;
            if (k < 0 || k + 1 >= r->detectors) continue;
            sum += weight * ((1 - part) * view[k] + part * view[k + 1]);
        }
        q->out[(int64_t)index * r->width + i] = step * sum;
    }
}

static cgm_status project(const dip_problem *p, int threads, cgm_arena *arena, double *out)
{
    projection q = {.p = p, .out = out};
    CGM_TRY(cgm_dip_radon_geometry(&p->opts, &q.r));
    double *angle = cgm_arena_array(arena, (size_t)q.r.views, sizeof *angle);
    q.filtered = cgm_arena_array(arena, (size_t)(p->channels * q.r.views * q.r.detectors), sizeof *q.filtered);
    if (!angle || !q.filtered) return CGM_E_MEMORY;
    for (int64_t v = 0; v < q.r.views; v++) angle[v] = cgm_dip_radon_angle(&q.r, v);
    q.angle = angle;
    cgm_parallel(threads, (size_t)(p->channels * q.r.views), filter_view, &q);
    cgm_parallel(threads, (size_t)(p->channels * p->height), back_project_row, &q);
    return CGM_OK;
}

static cgm_status restore(const dip_problem *p, int threads, double *out)
{
    cgm_arena arena = {0};
    cgm_status status = project(p, threads, &arena, out);
    cgm_arena_clear(&arena);
    return status;
}

const dip_baseline cgm_dip_baseline_back_projection = {"filtered back-projection", applies, restore};
