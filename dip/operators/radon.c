/* Sinograms, for computed tomography: the Radon transform along parallel rays or a fan of them. A ray steps from column
 * to column, or from row to row where it is steep, and there the image is interpolated between two pixels: Joseph 1982.
 */
#include "dip/operators/radon.h"

#include <math.h>
#include <string.h>

#include "base/threads.h"

#define LANES 8                /* groups of views whose back-projections are added up in order */
#define MOST_NUMBERS (1 << 26) /* of a sinogram */

cgm_status cgm_dip_radon_geometry(const dip_operator_opts *o, dip_radon *r)
{
    double side = (double)(o->height > o->width ? o->height : o->width);
    double radius = hypot((double)o->height, (double)o->width) / 2;
    *r = (dip_radon){o->beam,      o->channels, o->height,          o->width, o->views,
                     o->detectors, 1,           o->distance * side, side,     o->angles};
    if (r->beam == DIP_BEAM_FAN && r->distance <= radius)
        return CGM_FAIL(CGM_E_ARG, "distance: %g sides; expected the source outside the image, more than %.3g",
                        o->distance, radius / side);
    /* Where the outermost ray that touches the circle around the image meets the detector. */
    double reach = r->beam == DIP_BEAM_FAN ? radius / sqrt(1 - radius * radius / (r->distance * r->distance)) : radius;
    double places = r->detectors ? (double)r->detectors : 2 * ceil(reach) + 1;
    if (!(places * (double)r->views <= MOST_NUMBERS))
        return CGM_FAIL(CGM_E_ARG, "a sinogram of %lld views of %.0f places; expected at most %d numbers",
                        (long long)r->views, places, MOST_NUMBERS);
    r->detectors = (int64_t)places;
    return CGM_OK;
}

double cgm_dip_radon_angle(const dip_radon *r, int64_t view)
{
    if (r->angles) return r->angles[view];
    return (r->beam == DIP_BEAM_FAN ? 2 : 1) * M_PI * (double)view / (double)r->views;
}

/* A point and a direction of length 1, in pixels from the middle of the top left one. */
typedef struct ray {
    double x, y, dx, dy;
} ray;

static ray ray_of(const dip_radon *r, double cosine, double sine, int64_t place)
{
    double s = ((double)place - .5 * (double)(r->detectors - 1)) * r->pitch;
    ray out = {s * cosine, s * sine, -sine, cosine};
    if (r->beam == DIP_BEAM_FAN) {
        out.dx = out.x - r->distance * sine;
        out.dy = out.y + r->distance * cosine;
        double length = hypot(out.dx, out.dy);
        out.dx /= length;
        out.dy /= length;
    }
    out.x += .5 * (double)(r->width - 1);
    out.y += .5 * (double)(r->height - 1);
    return out;
}

/* One ray along the axis that it runs along more: `steps` lines `stride` apart, `across` pixels `gap` apart in each. It
 * meets line i at start + i slope. image NULL: adds value times the weights to `back`; else returns the sum. */
static double along(int64_t steps, int64_t stride, int64_t across, int64_t gap, double start, double slope,
                    const double *image, double value, double *back)
{
    double sum = 0;
    for (int64_t i = 0; i < steps; i++) {
        double at = start + (double)i * slope, below = floor(at), part = at - below;
        if (below < -1 || below >= (double)across) continue;
        int64_t j = (int64_t)below, first = i * stride + j * gap;
        if (image) {
            if (j >= 0) sum += (1 - part) * image[first];
            if (j + 1 < across) sum += part * image[first + gap];
        } else {
            if (j >= 0) back[first] += (1 - part) * value;
            if (j + 1 < across) back[first + gap] += part * value;
        }
    }
    return sum;
}

static double follow(const dip_radon *r, const ray *l, const double *image, double value, double *back)
{
    bool flat = fabs(l->dx) >= fabs(l->dy);
    double length = 1 / (r->unit * (flat ? fabs(l->dx) : fabs(l->dy)));
    if (flat)
        return length * along(r->width, 1, r->height, r->width, l->y - l->x * l->dy / l->dx, l->dy / l->dx, image,
                              length * value, back);
    return length * along(r->height, r->width, r->width, 1, l->x - l->y * l->dx / l->dy, l->dx / l->dy, image,
                          length * value, back);
}

typedef struct projection {
    const dip_radon *r;
    const double *in;
    double *out;
} projection;

static void project_view(void *context, size_t index, int worker)
{
    const projection *p = context;
    const dip_radon *r = p->r;
    double angle = cgm_dip_radon_angle(r, (int64_t)index % r->views), cosine = cos(angle), sine = sin(angle);
    const double *image = p->in + (int64_t)index / r->views * r->height * r->width;
    double *out = p->out + (int64_t)index * r->detectors;
    (void)worker;
    for (int64_t d = 0; d < r->detectors; d++) {
        ray l = ray_of(r, cosine, sine, d);
        out[d] = follow(r, &l, image, 0, NULL);
    }
}

static void apply(const void *context, const double *in, double *out, void *scratch, int threads)
{
    const dip_radon *r = context;
    projection p = {r, in, out};
    (void)scratch;
    cgm_parallel(threads, (size_t)(r->channels * r->views), project_view, &p);
}

/* Of one channel: views lane, lane + LANES, ... into the lane's plane. */
static void back_project_lane(void *context, size_t lane, int worker)
{
    const projection *p = context;
    const dip_radon *r = p->r;
    double *plane = p->out + (int64_t)lane * r->height * r->width;
    (void)worker;
    memset(plane, 0, (size_t)(r->height * r->width) * sizeof *plane);
    for (int64_t v = (int64_t)lane; v < r->views; v += LANES) {
        double angle = cgm_dip_radon_angle(r, v), cosine = cos(angle), sine = sin(angle);
        for (int64_t d = 0; d < r->detectors; d++) {
            ray l = ray_of(r, cosine, sine, d);
            follow(r, &l, NULL, p->in[v * r->detectors + d], plane);
        }
    }
}

static void adjoint(const void *context, const double *in, double *out, void *scratch, int threads)
{
    const dip_radon *r = context;
    int64_t plane = r->height * r->width;
    const double *lane = scratch;
    for (int64_t c = 0; c < r->channels; c++) {
        projection p = {r, in + c * r->views * r->detectors, scratch};
        cgm_parallel(threads, LANES, back_project_lane, &p);
        for (int64_t i = 0; i < plane; i++) {
            double sum = 0;
            for (int k = 0; k < LANES; k++) sum += lane[k * plane + i];
            out[c * plane + i] = sum;
        }
    }
}

static cgm_status create(const dip_operator_opts *o, cgm_arena *arena, dip_operator *out)
{
    dip_radon *r = cgm_arena_alloc(arena, sizeof *r);
    if (!r) return CGM_E_MEMORY;
    CGM_TRY(cgm_dip_radon_geometry(o, r));
    *out = (dip_operator){.map = {.domain = CGM_SHAPE(1, o->channels, o->height, o->width),
                                  .range = CGM_SHAPE(1, o->channels, r->views, r->detectors),
                                  .apply = apply,
                                  .adjoint = adjoint,
                                  .scratch_bytes = (size_t)(LANES * o->height * o->width) * sizeof(double),
                                  .context = r}};
    return CGM_OK;
}

const dip_operator_class cgm_dip_operator_radon = {"radon", create};
