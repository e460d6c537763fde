/* Tiles, and their points; see conv2d_winograd.h. Samples are turned to [pixel][channel] a strip and a vector of
 * channels at a time, for the transforms run along the channels. */
#include "kernels/conv2d_winograd.h"
#include "kernels/sizes.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* The model of cost, in products, fitted to timings with AVX-512 of 16 to 256 channels, 4 to 128 pixels a side and 1 to
 * 64 samples. A point of a channel to transform, for each of a dimension's points; a stored weight that leaves the
 * second-level cache; a pixel of a channel, to turn it, more than the direct way's copies cost. */
#define TRANSFORM_COST 2
#define FAR_BYTES (8 << 20)
#define FAR_COST 18
#define TURN_COST 6.5
#define LEAST_CHANNELS 16

/* What a form costs, in products; see cgm_winograd_choose. A phase that has a tap less has a point less. */
static double cost(const cgm_winograd *form, const cgm_conv_shape *s, int64_t rows, int64_t columns, int64_t windows,
                   const cgm_winograd_costs *costs)
{
    int64_t vector = cgm_conv_isa_get()->vector, f = s->stride, points = 0;
    for (int64_t a = 0; a < f; a++) points += form->points - (ceil_div(s->r - a, f) < form->taps);
    double tiles = (double)(s->n * ceil_div(rows, form->side) * ceil_div(columns, form->side));
    double c = (double)(ceil_div(s->c, vector) * vector), k = (double)(ceil_div(s->k, vector) * vector);
    double all = form->points * form->points, weights = all * (double)(f * f * s->c * s->k);
    double weight_cost = weights * sizeof(cgm_real) > FAR_BYTES ? FAR_COST : costs->stored;
    if (costs->fresh > 0 && tiles <= CGM_WINOGRAD_FRESH_TILES)
        weight_cost = costs->fresh * ceil(tiles / CGM_WINOGRAD_UNIT);
    double transforms = TRANSFORM_COST * form->points * all * ((double)(f * f) * c + (double)windows * k);
    double pixels = (double)s->n * (double)(s->h * s->w * s->c + s->oh * s->ow * s->k);
    return tiles * ((double)(points * points) * c * k + transforms) + TURN_COST * pixels + weight_cost * weights;
}

/* Whether each output sees something of the image: others are exactly zero, which these sums of rounded differences are
 * not. */
static bool covered(int64_t size, int64_t pad, int64_t filter, int64_t stride, int64_t outputs)
{
    return outputs > 0 && pad < filter && (outputs - 1) * stride - pad < size;
}

static const cgm_winograd *_Atomic forced;

void cgm_winograd_override(const cgm_winograd *form)
{
    atomic_store_explicit(&forced, form, memory_order_release);
}

const cgm_winograd *cgm_winograd_choose(const cgm_conv_shape *s, int64_t rows, int64_t columns, int64_t windows,
                                        const cgm_winograd_costs *costs)
{
    const cgm_conv_isa *isa = cgm_conv_isa_get();
    bool known = s->r == s->s && cgm_conv_dilation(s) == 1 && (s->r == 3 || s->r == 4) && s->stride <= 2;
    known = known && covered(s->h, s->pad_top, s->r, s->stride, s->oh) &&
            covered(s->w, s->pad_left, s->s, s->stride, s->ow);
    if (!known || s->n < 1 || isa->vector < 8 || s->c < LEAST_CHANNELS || s->k < LEAST_CHANNELS) return NULL;
    const cgm_winograd *best = atomic_load_explicit(&forced, memory_order_acquire);
    if (best) return best->taps == ceil_div(s->r, s->stride) ? best : NULL;
    double least = costs->direct * (double)(s->n * s->oh * s->ow) * (double)(s->r * s->s * s->c * s->k);
    for (int i = 0; i < CGM_WINOGRAD_FORMS; i++) {
        const cgm_winograd *form = isa->winograd[i];
        if (form->taps != ceil_div(s->r, s->stride)) continue;
        double sum = cost(form, s, rows, columns, windows, costs);
        if (sum < least) best = form, least = sum;
    }
    return best;
}

cgm_tiles cgm_tiles_create(const cgm_conv_isa *isa, const cgm_winograd *form, int64_t n, int64_t rows, int64_t columns,
                           int64_t most, int64_t threads)
{
    cgm_tiles t = {
        .isa = isa, .form = form, .n = n, .rows = rows, .columns = columns, .group = 1, .down = 1, .across = 1};
    if (rows * columns <= most) {
        t.group = min64(n, most / (rows * columns));
    } else {
        t.across = ceil_div(columns, most);
        t.down = ceil_div(rows, max64(1, most / ceil_div(columns, t.across)));
        int64_t even = t.down, end = min64(rows + 1, 2 * t.down);
        while (even < end && n * even * t.across % threads) even++;
        if (even < end) t.down = even;
    }
    t.unit_rows = ceil_div(rows, t.down), t.unit_columns = ceil_div(columns, t.across);
    t.most = t.group * t.unit_rows * t.unit_columns;
    return t;
}

int64_t cgm_tiles_units(const cgm_tiles *t)
{
    return ceil_div(t->n, t->group) * t->down * t->across;
}

cgm_tiles_unit cgm_tiles_unit_at(const cgm_tiles *t, int64_t index)
{
    int64_t down = index / t->across % t->down, across = index % t->across;
    cgm_tiles_unit u = {.first = index / (t->down * t->across) * t->group,
                        .row = down * t->rows / t->down,
                        .column = across * t->columns / t->across};
    u.count = min64(t->group, t->n - u.first);
    u.rows = (down + 1) * t->rows / t->down - u.row, u.columns = (across + 1) * t->columns / t->across - u.column;
    u.tiles = u.count * u.rows * u.columns;
    return u;
}

cgm_phased cgm_phased_create(int64_t channels, int64_t h, int64_t w, int64_t f, int64_t top, int64_t left)
{
    cgm_phased p = {.channels = channels, .sample = channels, .h = h, .w = w, .f = f, .top = top, .left = left};
    return cgm_phased_block(&p, 0, ceil_div(channels, cgm_conv_isa_get()->vector));
}

cgm_phased cgm_phased_block(const cgm_phased *p, int64_t group, int64_t groups)
{
    cgm_phased block = *p;
    int64_t vector = cgm_conv_isa_get()->vector;
    block.first = group * vector;
    block.channels = min64(groups * vector, p->channels - block.first);
    block.groups = ceil_div(block.channels, vector);
    block.ld = (p->f * p->f * block.groups + 1) * vector;
    return block;
}

int64_t cgm_points_step(const cgm_tiles *t, const cgm_phased *p)
{
    return t->most * p->ld + t->isa->vector;
}

int64_t cgm_points_size(const cgm_tiles *t, const cgm_phased *p)
{
    return t->form->points * t->form->points * cgm_points_step(t, p);
}

/* Pixels of a phase that `tiles` in a row take, each `size`. */
static int64_t extent(const cgm_tiles *t, int64_t tiles, int64_t size)
{
    return (tiles - 1) * t->form->side + size;
}

int64_t cgm_strip_size(const cgm_tiles *t, const cgm_phased *p, int64_t size)
{
    return p->f * extent(t, t->unit_rows, size) * p->f * extent(t, t->unit_columns, size) * t->isa->vector;
}

/* One row of some channels, `plane` apart, from column `left` on, zero outside the w pixels. */
static void turn_row(const cgm_conv_isa *isa, int64_t channels, int64_t plane, int64_t w, const cgm_real *x,
                     int64_t left, int64_t columns, cgm_real *out)
{
    int64_t vector = isa->vector, begin = left < 0 ? min64(-left, columns) : 0;
    int64_t end = max64(begin, min64(columns, w - left));
    memset(out, 0, (size_t)((channels < vector ? columns : begin) * vector) * sizeof *out);
    memset(out + end * vector, 0, (size_t)((columns - end) * vector) * sizeof *out);
    if (begin < end) isa->turn(channels, end - begin, x + left + begin, plane, out + begin * vector, vector);
}

/* Rows that are less than 8 pixels are turned as one, and then set apart. */
static void turn_narrow(const cgm_tiles *t, const cgm_phased *p, int64_t channels, int64_t top, int64_t left,
                        int64_t rows, int64_t columns, const cgm_real *x, cgm_real *out)
{
    int64_t vector = t->isa->vector, first = max64(top, 0), end = max64(first, min64(top + rows, p->h)), w = p->w;
    size_t pixel = (size_t)vector * sizeof *out;
    if (channels < vector) memset(out, 0, (size_t)((end - first) * w) * pixel);
    if (first < end) t->isa->turn(channels, (end - first) * w, x + first * w, p->h * w, out, vector);
    for (int64_t i = top + rows - 1; i >= top; i--) {
        cgm_real *row = out + (i - top) * columns * vector;
        if (i < first || i >= end) {
            memset(row, 0, (size_t)columns * pixel);
            continue;
        }
        memmove(row - left * vector, out + (i - first) * w * vector, (size_t)w * pixel);
        memset(row, 0, (size_t)-left * pixel);
        memset(row + (w - left) * vector, 0, (size_t)(columns - w + left) * pixel);
    }
}

/* The strip of one sample that a unit's tiles take, of one vector of channels. */
static void turn_strip(const cgm_tiles *t, const cgm_phased *p, int64_t group, int64_t top, int64_t left, int64_t rows,
                       int64_t columns, const cgm_real *x, cgm_real *out)
{
    int64_t vector = t->isa->vector, c = group * vector, plane = p->h * p->w, channels = min64(vector, p->channels - c);
    x += c * plane;
    if (p->w < 8 && left <= 0 && columns >= p->w - left) {
        turn_narrow(t, p, channels, top, left, rows, columns, x, out);
        return;
    }
    for (int64_t i = top; i < top + rows; i++, out += columns * vector)
        if (i < 0 || i >= p->h)
            memset(out, 0, (size_t)(columns * vector) * sizeof *out);
        else
            turn_row(t->isa, channels, plane, p->w, x + i * p->w, left, columns, out);
}

void cgm_points_get(const cgm_tiles *t, const cgm_tiles_unit *u, const cgm_phased *p, int64_t size,
                    cgm_to_points_fn *transform, const cgm_real *x, cgm_real *strip, cgm_real *out)
{
    int64_t vector = t->isa->vector, side = t->form->side, step = cgm_points_step(t, p), f = p->f;
    int64_t rows = f * extent(t, u->rows, size), columns = f * extent(t, u->columns, size);
    for (int64_t g = 0; g < u->count; g++) {
        const cgm_real *sample = x + ((u->first + g) * p->sample + p->first) * p->h * p->w;
        cgm_real *tiles = out + g * u->rows * u->columns * p->ld;
        for (int64_t group = 0; group < p->groups; group++) {
            turn_strip(t, p, group, f * u->row * side - p->top, f * u->column * side - p->left, rows, columns, sample,
                       strip);
            for (int64_t phase = 0; phase < f * f; phase++)
                for (int64_t i = 0; i < u->rows; i++)
                    for (int64_t j = 0; j < u->columns; j++)
                        transform(strip + ((f * i * side + phase / f) * columns + f * j * side + phase % f) * vector,
                                  f * columns * vector, f * vector,
                                  tiles + (i * u->columns + j) * p->ld + (phase * p->groups + group) * vector, step);
        }
    }
}
