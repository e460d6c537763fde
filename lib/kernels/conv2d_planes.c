#include "kernels/conv2d_planes.h"
#include "kernels/sizes.h"

/* Units of work to aim at, so that one sample keeps several threads busy. */
#define MIN_UNITS 8

/* Sets the extents that follow from the kind, group and strip. */
static void extents(cgm_planes *p)
{
    bool padded = p->kind == CGM_PLANES_PADDED, shifted = p->kind == CGM_PLANES_SHIFTED;
    p->variants = padded ? 1 : shifted ? (p->filter_w - 1) / p->dilation + 1 : p->stride;
    p->phase_rows = p->strip + (p->filter_h - 1) / p->stride;
    p->pitch = shifted ? p->ow : p->ow + (p->filter_w - 1) / p->stride;
    p->plane = p->stride * p->phase_rows * p->group * p->pitch;
    p->padded_h = p->stride * p->phase_rows;
    p->padded_w = shifted ? (p->ow - 1) * p->stride + p->filter_w : p->pitch * p->stride;
    p->row_step = p->group * p->ow, p->sample_step = p->ow;
    if (padded) {
        p->padded_h = (p->strip - 1) * p->stride + p->filter_h;
        p->padded_w = p->pitch = (p->ow - 1) * p->stride + p->filter_w;
        p->plane = p->padded_h * p->padded_w;
        p->row_step = p->ow, p->sample_step = p->strip * p->ow;
    }
    if (p->borrowed) p->pitch = p->w, p->plane = p->h * p->w;
}

/* What one filling touches. */
static int64_t bytes(const cgm_planes *p)
{
    int64_t elements = p->borrowed ? p->group * p->channels * p->strip * p->stride * p->pitch
                                   : cgm_planes_size(p) + cgm_planes_padded_size(p);
    return elements * (int64_t)sizeof(cgm_real);
}

static void choose_kind(cgm_planes *p, int64_t vector, bool rows)
{
    bool unpadded = !p->top && !p->left && (p->oh - 1) * p->stride + p->filter_h <= p->h &&
                    (p->ow - 1) * p->stride + p->filter_w <= p->w;
    bool pointwise =
        unpadded && p->filter_h == 1 && p->filter_w == 1 && p->stride == 1 && p->oh == p->h && p->ow == p->w;
    if (vector == 1) {
        p->kind = CGM_PLANES_PADDED;
        p->borrowed = unpadded;
    } else if (pointwise && !rows && p->oh * p->ow % vector == 0) {
        /* The pixels' order is all that matters: rows of one vector can be cut anywhere. */
        p->kind = CGM_PLANES_SHIFTED;
        p->borrowed = true;
        p->h = p->oh = p->oh * p->ow / vector, p->w = p->ow = vector;
    } else {
        p->kind = p->ow % vector == 0 && p->stride <= p->filter_w ? CGM_PLANES_PHASED : CGM_PLANES_SHIFTED;
    }
}

cgm_planes cgm_planes_create(const cgm_conv_shape *s, int64_t vector, int64_t least, int64_t unit_products,
                             int64_t most_bytes, bool rows)
{
    int64_t dilation = cgm_conv_dilation(s);
    cgm_planes p = {.channels = s->c,
                    .h = s->h,
                    .w = s->w,
                    .filter_h = (s->r - 1) * dilation + 1,
                    .filter_w = (s->s - 1) * dilation + 1,
                    .dilation = dilation,
                    .stride = s->stride,
                    .top = s->pad_top,
                    .left = s->pad_left,
                    .oh = s->oh,
                    .ow = s->ow,
                    .group = 1,
                    .filled = s->c};
    choose_kind(&p, vector, rows);
    int64_t pixels = max64(1, p.oh * p.ow);
    bool grouped = p.kind == CGM_PLANES_PADDED || (p.kind == CGM_PLANES_SHIFTED && !p.borrowed);
    if (grouped && pixels < least) p.group = max64(1, min64(s->n, ceil_div(least, pixels)));
    p.strip = max64(p.oh, 1);
    extents(&p);
    while (p.group > 1 && bytes(&p) > most_bytes) p.group /= 2, extents(&p);
    int64_t count = 1;
    if (p.group == 1 && s->n < MIN_UNITS) {
        int64_t sample = s->c * s->r * s->s * s->k * pixels;
        count = min64(ceil_div(MIN_UNITS, max64(s->n, 1)), max64(1, min64(pixels / 48, sample / unit_products)));
    }
    /* Of few samples an even number of strips of one height, so that two threads have as much to do: 12 instead of 11
     * and a remainder, a sixteenth of the time of 1x1 with 128 channels at 128x128. */
    while (p.group == 1 && (count > 1 || bytes(&p) > most_bytes) && p.strip > 1) {
        p.strip = ceil_div(p.oh, count);
        extents(&p);
        if (bytes(&p) <= most_bytes) break;
        count += s->n < MIN_UNITS && count % 2 == 0 ? 2 : 1;
    }
    return p;
}

static int64_t strips(const cgm_planes *p)
{
    return ceil_div(p->oh, p->strip);
}

int64_t cgm_planes_units(const cgm_planes *p, int64_t n)
{
    return ceil_div(n, p->group) * strips(p);
}

cgm_planes_unit cgm_planes_unit_at(const cgm_planes *p, int64_t n, int64_t index)
{
    int64_t first = index / strips(p) * p->group, row = index % strips(p) * p->strip;
    return (cgm_planes_unit){first, min64(p->group, n - first), row, min64(p->strip, p->oh - row)};
}

int64_t cgm_planes_size(const cgm_planes *p)
{
    if (p->borrowed) return 0;
    int64_t samples = p->kind == CGM_PLANES_PADDED ? p->group : 1;
    return samples * p->filled * p->variants * p->plane + CGM_PLANES_SLACK;
}

int64_t cgm_planes_padded_size(const cgm_planes *p)
{
    if (p->borrowed || p->kind == CGM_PLANES_PADDED) return 0;
    return p->group * p->padded_h * p->padded_w + CGM_PLANES_SLACK;
}

const cgm_real *cgm_planes_get(const cgm_planes *p, const cgm_planes_unit *unit, int64_t c0, int64_t c1,
                               const cgm_real *x, cgm_real *padded, cgm_real *planes)
{
    x += unit->first * p->channels * p->h * p->w;
    if (p->borrowed) return x + c0 * p->plane + unit->row * p->stride * p->pitch;
    cgm_conv_isa_get()->fill(p, unit, c0, c1, x, padded, planes);
    return planes;
}

int64_t cgm_planes_channel_step(const cgm_planes *p)
{
    return p->kind == CGM_PLANES_PADDED || p->borrowed ? p->plane : p->variants * p->plane;
}

int64_t cgm_planes_tap(const cgm_planes *p, int64_t c, int64_t r, int64_t s)
{
    int64_t copy = s; /* a shifted one for each filter column */
    c *= cgm_planes_channel_step(p), r *= p->dilation, s *= p->dilation;
    if (p->kind == CGM_PLANES_PADDED || p->borrowed) return c + r * p->pitch + s;
    int64_t variant = p->kind == CGM_PLANES_SHIFTED ? copy : s % p->stride;
    int64_t shift = p->kind == CGM_PLANES_SHIFTED ? 0 : s / p->stride;
    int64_t row = r % p->stride * p->phase_rows + r / p->stride;
    return c + variant * p->plane + row * p->group * p->pitch + shift;
}

int64_t cgm_planes_vectors(const cgm_planes *p, int64_t vector)
{
    return ceil_div(p->strip * p->group * p->ow, vector);
}

void cgm_planes_places(const cgm_planes *p, int64_t vector, int64_t *place)
{
    int64_t vectors = cgm_planes_vectors(p, vector), sample = (p->borrowed ? p->channels : p->filled) * p->plane;
    if (p->kind == CGM_PLANES_SHIFTED) {
        for (int64_t v = 0; v < vectors; v++) place[v] = v * vector;
    } else if (p->kind == CGM_PLANES_PHASED) { /* rows of whole vectors, of one sample */
        for (int64_t i = 0; i < p->strip; i++)
            for (int64_t j = 0; j < p->ow; j += vector) *place++ = i * p->pitch + j;
    } else {
        for (int64_t g = 0; g < p->group; g++)
            for (int64_t i = 0; i < p->strip; i++)
                for (int64_t j = 0; j < p->ow; j++) *place++ = g * sample + (i * p->pitch + j) * p->stride;
    }
}
