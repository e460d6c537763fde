/* The convolution and its input gradient; see conv2d_winograd.h. A task takes a unit of tiles: their points, then for
 * some vectors of outputs after others the products and the pixels, which are turned to where they belong. */
#include "kernels/conv2d_winograd.h"
#include "kernels/sizes.h"

#include "base/threads.h"

#include <string.h>

/* What the points of a unit may take: half of a second-level cache. */
#define UNIT_BYTES (600 << 10)
/* Tiles of a unit: that many read each weight while it is in the first-level cache. */
#define MOST_TILES 64
#define LEAST_TILES 16
/* See cgm_winograd_choose. */
#define WEIGHT_COST 9
/* Inputs of a task that transforms filters. */
#define SLICE 32
/* Units to aim at, so that one sample keeps several threads busy. */
#define UNITS 8

typedef struct winograd {
    cgm_tiles tiles;
    cgm_phased in, out;
    bool turned;       /* the filter is [inputs][outputs] and its taps are flipped: the input gradient */
    int64_t reduction; /* phases x inputs: a vector's surplus included, but the last one's */
    int64_t groups;    /* vectors of phases x outputs; the phases of a vector of outputs follow one another */
    /* In scratch: */
    int64_t *count, *place; /* 0, 1, 2, ...; where the points have each tile */
    cgm_real *start;        /* [outputs] */
    cgm_real *weights;      /* panel after panel of groups: [point][reduction + 1][width] */
    cgm_real *workers;      /* each: points, products, strip of the operand, strip of the result */
    int64_t points_size, products_step, products_size, strip_size, worker_size;
    const cgm_real *x, *filter, *bias;
    cgm_real *y;
} winograd;

static int64_t points(const winograd *t)
{
    return t->tiles.form->points * t->tiles.form->points;
}

static int64_t phases(const cgm_phased *p)
{
    return p->f * p->f;
}

static const cgm_winograd *forward_form(const cgm_conv_shape *s)
{
    return cgm_winograd_choose(s, s->oh, s->ow, WEIGHT_COST);
}

/* Row Y of dx, padded, is row i of phase Y mod f, with Y = f i + phase; pad / f rows i lie before the image. */
static int64_t phase_rows(int64_t size, int64_t pad, int64_t f)
{
    return ceil_div(size + pad % f, f);
}

static const cgm_winograd *input_grad_form(const cgm_conv_shape *s)
{
    return cgm_winograd_choose(s, phase_rows(s->h, s->pad_top, s->stride), phase_rows(s->w, s->pad_left, s->stride),
                               WEIGHT_COST);
}

static void set_sizes(winograd *t, const cgm_winograd *form, int64_t n, int64_t rows, int64_t columns)
{
    const cgm_conv_isa *isa = cgm_conv_isa_get();
    rows = ceil_div(rows, form->side), columns = ceil_div(columns, form->side);
    int64_t bytes = form->points * form->points * t->in.ld * (int64_t)sizeof(cgm_real);
    int64_t most = min64(min64(MOST_TILES, UNIT_BYTES / bytes), n * rows * columns / UNITS);
    t->tiles = cgm_tiles_create(isa, form, n, rows, columns, max64(LEAST_TILES, most));
    t->reduction = (phases(&t->in) - 1) * t->in.groups * isa->vector + t->in.channels;
    t->groups = phases(&t->out) * t->out.groups;
}

static winograd forward_create(const cgm_conv_shape *s)
{
    winograd t = {.in = cgm_phased_create(s->c, s->h, s->w, s->stride, s->pad_top, s->pad_left),
                  .out = cgm_phased_create(s->k, s->oh, s->ow, 1, 0, 0)};
    set_sizes(&t, forward_form(s), s->n, s->oh, s->ow);
    return t;
}

/* Row i sees dy's rows from i - (taps of a phase - 1) on. */
static winograd input_grad_create(const cgm_conv_shape *s)
{
    int64_t f = s->stride, last = s->r / f - 1;
    winograd t = {.in = cgm_phased_create(s->k, s->oh, s->ow, 1, last - s->pad_top / f, last - s->pad_left / f),
                  .out = cgm_phased_create(s->c, s->h, s->w, f, s->pad_top % f, s->pad_left % f),
                  .turned = true};
    set_sizes(&t, input_grad_form(s), s->n, phase_rows(s->h, s->pad_top, f), phase_rows(s->w, s->pad_left, f));
    return t;
}

/* Sets the sizes, and when base is not NULL the pointers; returns the bytes. */
static size_t lay_out(winograd *t, int threads, char *base)
{
    int64_t vector = t->tiles.isa->vector, counts = round_up(CGM_BLOCK), places = round_up(t->tiles.most);
    int64_t starts = t->out.groups * vector, weights = round_up(t->groups * vector * points(t) * (t->reduction + 1));
    t->points_size = round_up(cgm_points_size(&t->tiles, &t->in));
    t->products_step = t->tiles.most * 3 * vector + vector;
    t->products_size = points(t) * t->products_step;
    t->strip_size = round_up(cgm_strip_size(&t->tiles, &t->in, t->tiles.form->points));
    int64_t result = cgm_strip_size(&t->tiles, &t->out, t->tiles.form->side) * t->tiles.group;
    t->worker_size = t->points_size + t->products_size + t->strip_size + round_up(result);
    if (base) {
        t->count = (int64_t *)base;
        t->place = t->count + counts;
        t->start = (cgm_real *)(t->place + places);
        t->weights = t->start + round_up(starts);
        t->workers = t->weights + weights;
        for (int64_t i = 0; i < counts; i++) t->count[i] = i;
        for (int64_t i = 0; i < places; i++) t->place[i] = i * t->in.ld;
    }
    return (size_t)(counts + places) * sizeof(int64_t) +
           (size_t)(round_up(starts) + weights + max64(threads, 1) * t->worker_size) * sizeof(cgm_real);
}

/* ---- filters ---- */

/* Vectors of the panel of groups that begins with `first`. */
static int64_t panel_columns(const winograd *t, int64_t first)
{
    return cgm_panel_columns(t->tiles.isa, (t->groups - first) * t->tiles.isa->vector);
}

static cgm_real *panel_weights(const winograd *t, int64_t first)
{
    return t->weights + first * t->tiles.isa->vector * points(t) * (t->reduction + 1);
}

/* Filters of a vector of outputs, beginning with k, for n inputs from c on: [input][tap][output]. */
static void turn_filters(const winograd *t, int64_t k, int64_t c, int64_t n, int64_t taps, cgm_real *out)
{
    int64_t vector = t->tiles.isa->vector, valid = min64(vector, t->out.channels - k);
    int64_t output_step = t->turned ? taps : t->in.channels * taps,
            input_step = t->turned ? t->out.channels * taps : taps;
    if (valid < vector) memset(out, 0, (size_t)(n * taps * vector) * sizeof *out);
    for (int64_t i = 0; i < valid; i += 8)
        t->tiles.isa->turn(min64(8, valid - i), n * taps, t->filter + (k + i) * output_step + c * input_step,
                           output_step, out + i, vector);
}

/* The weights of inputs [c, c + n) for one group, from their turned filters; `width` and `step` as in the panel. */
static void transform_filters(const winograd *t, int64_t group, int64_t c, int64_t n, const cgm_real *turned,
                              cgm_real *weights, int64_t width, int64_t step)
{
    const cgm_winograd *form = t->tiles.form;
    int64_t vector = t->tiles.isa->vector, f = max64(t->in.f, t->out.f), side = f * form->taps;
    /* The taps of one phase: the first (of a turned filter the last), and from one to the next. */
    int64_t begin = t->turned ? f * (form->taps - 1) : 0, next = t->turned ? -f : f;
    for (int64_t i = 0; i < n; i++)
        for (int64_t p = 0; p < phases(&t->in); p++) {
            int64_t phase = t->turned ? group % phases(&t->out) : p;
            int64_t tap = (phase / f + begin) * side + phase % f + begin;
            form->filter(turned + (i * side * side + tap) * vector, next * side * vector, next * vector,
                         weights + (p * t->in.groups * vector + c + i) * width, step);
        }
}

/* The weights of a panel of groups, of a slice of the inputs. */
static void filter_task(void *context, size_t index, int worker)
{
    const winograd *t = context;
    int64_t vector = t->tiles.isa->vector, slices = ceil_div(t->in.channels, SLICE), first = 0, columns;
    for (int64_t i = (int64_t)index / slices; columns = panel_columns(t, first), i > 0; i--) first += columns;
    int64_t c0 = (int64_t)index % slices * SLICE, end = min64(c0 + SLICE, t->in.channels);
    int64_t width = columns * vector, step = (t->reduction + 1) * width, parts = phases(&t->out);
    int64_t side = max64(t->in.f, t->out.f) * t->tiles.form->taps, run = t->turned ? 1 : 8;
    cgm_real *weights = panel_weights(t, first), *turned = t->workers + worker * t->worker_size;
    for (int64_t c = c0; c < end; c += run)
        for (int64_t group = first; group < first + columns; group++) {
            int64_t n = min64(run, end - c);
            if (group == first || group % parts == 0)
                turn_filters(t, group / parts * vector, c, n, side * side, turned);
            transform_filters(t, group, c, n, turned, weights + (group - first) * vector, width, step);
        }
    /* A vector's surplus of inputs, which are zero, meets zeros. */
    for (int64_t c = 0; c < t->reduction && end == t->in.channels; c++)
        if (c % (t->in.groups * vector) >= t->in.channels)
            for (int64_t i = 0; i < points(t); i++)
                memset(weights + i * step + c * width, 0, (size_t)width * sizeof *weights);
}

/* ---- tiles ---- */

/* products[point][tile][width]. */
static void multiply(const winograd *t, const cgm_tiles_unit *u, const cgm_real *weights, int64_t columns,
                     const cgm_real *values, cgm_real *products)
{
    static const cgm_real zeros[48];
    const cgm_conv_isa *isa = t->tiles.isa;
    int64_t width = columns * isa->vector, block = cgm_block(t->reduction), step = cgm_points_step(&t->tiles, &t->in);
    for (int64_t i = 0; i < points(t); i++, values += step, products += t->products_step) {
        for (int64_t q = 0; q < t->reduction; q += block)
            for (int64_t tile = 0, rows; tile < u->tiles; tile += rows) {
                rows = cgm_tile_rows(isa, u->tiles - tile, false);
                isa->broadcast[rows][columns](min64(block, t->reduction - q), values + q, t->place + tile, t->count,
                                              weights + q * width, width, q > 0 ? NULL : zeros, products + tile * width,
                                              width);
            }
        weights += (t->reduction + 1) * width;
    }
}

/* The pixels of one group into the strips of all samples: [sample][row][column][output]. */
static void pixels(const winograd *t, const cgm_tiles_unit *u, int64_t group, const cgm_real *products, int64_t width,
                   cgm_real *strip)
{
    const cgm_winograd *form = t->tiles.form;
    int64_t f = t->out.f, vector = t->tiles.isa->vector, pitch = f * u->columns * form->side;
    int64_t phase = group % phases(&t->out);
    const cgm_real *start = t->start + group / phases(&t->out) * vector;
    strip += (phase / f * pitch + phase % f) * vector;
    for (int64_t i = 0; i < u->count * u->rows; i++)
        for (int64_t j = 0; j < u->columns; j++, products += width)
            form->output(products, t->products_step, start, strip + f * form->side * (i * pitch + j) * vector,
                         f * pitch * vector, f * vector);
}

/* The strips of a vector of outputs to where they belong. */
static void deliver(const winograd *t, const cgm_tiles_unit *u, int64_t k, const cgm_real *strip)
{
    const cgm_conv_isa *isa = t->tiles.isa;
    int64_t size = t->out.f * t->tiles.form->side, pitch = u->columns * size, plane = t->out.h * t->out.w;
    int64_t top = u->row * size - t->out.top, left = u->column * size - t->out.left;
    int64_t begin = left < 0 ? -left : 0, end = min64(pitch, t->out.w - left);
    int64_t valid = min64(isa->vector, t->out.channels - k);
    for (int64_t g = 0; g < u->count; g++) {
        cgm_real *out = t->y + ((u->first + g) * t->out.channels + k) * plane;
        for (int64_t i = top; i < top + u->rows * size; i++, strip += pitch * isa->vector) {
            if (i < 0 || i >= t->out.h) continue;
            for (int64_t j = begin; j < end; j += 8)
                isa->turn(min64(8, end - j), valid, strip + j * isa->vector, isa->vector, out + i * t->out.w + left + j,
                          plane);
        }
    }
}

static void unit_task(void *context, size_t index, int worker)
{
    const winograd *t = context;
    cgm_tiles_unit u = cgm_tiles_unit_at(&t->tiles, (int64_t)index);
    cgm_real *values = t->workers + worker * t->worker_size, *products = values + t->points_size;
    cgm_real *strip = products + t->products_size, *result = strip + t->strip_size;
    int64_t vector = t->tiles.isa->vector, parts = phases(&t->out);
    cgm_points_get(&t->tiles, &u, &t->in, t->tiles.form->points, t->tiles.form->data, t->x, strip, values);
    for (int64_t first = 0, columns; first < t->groups; first += columns) {
        columns = panel_columns(t, first);
        multiply(t, &u, panel_weights(t, first), columns, values, products);
        for (int64_t group = first; group < first + columns; group++) {
            pixels(t, &u, group, products + (group - first) * vector, columns * vector, result);
            if (group % parts == parts - 1) deliver(t, &u, group / parts * vector, result);
        }
    }
}

static void run(winograd *t, int threads)
{
    for (int64_t k = 0; k < t->out.groups * t->tiles.isa->vector; k++)
        t->start[k] = t->bias && k < t->out.channels ? t->bias[k] : 0;
    int64_t panels = 0;
    for (int64_t first = 0; first < t->groups; panels++) first += panel_columns(t, first);
    cgm_parallel(threads, (size_t)(panels * ceil_div(t->in.channels, SLICE)), filter_task, t);
    cgm_parallel(threads, (size_t)cgm_tiles_units(&t->tiles), unit_task, t);
}

bool cgm_conv2d_winograd_pays(const cgm_conv_shape *s)
{
    return forward_form(s);
}

size_t cgm_conv2d_winograd_scratch(const cgm_conv_shape *s, int threads)
{
    winograd t = forward_create(s);
    return lay_out(&t, threads, NULL);
}

void cgm_conv2d_winograd(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                         cgm_real *y, void *scratch, int threads)
{
    winograd t = forward_create(s);
    lay_out(&t, threads, scratch);
    t.x = x, t.filter = filter, t.bias = bias, t.y = y;
    run(&t, threads);
}

bool cgm_conv2d_winograd_input_grad_pays(const cgm_conv_shape *s)
{
    return input_grad_form(s);
}

size_t cgm_conv2d_winograd_input_grad_scratch(const cgm_conv_shape *s, int threads)
{
    winograd t = input_grad_create(s);
    return lay_out(&t, threads, NULL);
}

void cgm_conv2d_winograd_input_grad(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                                    void *scratch, int threads)
{
    winograd t = input_grad_create(s);
    lay_out(&t, threads, scratch);
    t.x = dy, t.filter = filter, t.y = dx;
    run(&t, threads);
}
