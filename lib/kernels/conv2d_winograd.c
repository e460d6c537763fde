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

/* The taps of the filter along one dimension that meet one phase: a form's i-th is `tap` + i `next` for the `count`
 * from `lead` on, and zero besides. Of the input gradient: row 0 of the phase sees dy from `before` rows above it on.
 */
typedef struct phase_taps {
    int64_t tap, next, lead, count, before;
} phase_taps;

typedef struct winograd {
    cgm_tiles tiles;
    cgm_phased in, out;
    int64_t f;                    /* phases of a dimension, of the operand or of the result */
    phase_taps row[2], column[2]; /* [phase] */
    int64_t side;                 /* of the filter */
    bool turned;                  /* the filter is [inputs][outputs]: the input gradient */
    int64_t seen_h, seen_w;       /* rows and columns of the result from there on see nothing, and are zero */
    int64_t reduction;            /* phases x inputs: a vector's surplus included, but the last one's */
    /* In scratch: */
    int64_t *count, *place; /* 0, 1, 2, ...; where the points have each tile */
    cgm_real *start;        /* [outputs] */
    cgm_real *weights;      /* of each phase of the result, panel after panel: [point][reduction + 1][width] */
    cgm_real *workers;      /* each: points, products, strip of the operand, strips of the result */
    int64_t points_size, products_step, products_size, strip_size, result_size, worker_size;
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

static void forward_taps(int64_t f, int64_t filter, phase_taps *phase)
{
    for (int64_t a = 0; a < f; a++) phase[a] = (phase_taps){.tap = a, .next = f, .count = ceil_div(filter - a, f)};
}

/* Row f i + phase of dx sees taps first, first + f, ... at dy's rows i + (phase + pad) / f, and one less each. A phase
 * of fewer taps sees a zero in front if it then begins where the others do, and shares their points. */
static void input_grad_taps(int64_t f, int64_t filter, int64_t pad, phase_taps *phase)
{
    int64_t taps = ceil_div(filter, f), most = -filter;
    for (int64_t a = 0; a < f; a++) {
        int64_t first = (a + pad) % f, count = ceil_div(filter - first, f);
        phase[a] = (phase_taps){
            .tap = first + f * (count - 1), .next = -f, .count = count, .before = count - 1 - (a + pad) / f};
        most = max64(most, phase[a].before);
    }
    for (int64_t a = 0; a < f; a++) {
        phase[a].lead = min64(most - phase[a].before, taps - phase[a].count);
        phase[a].before += phase[a].lead, phase[a].tap += f * phase[a].lead;
    }
}

const cgm_winograd *cgm_conv2d_winograd_form(const cgm_conv_shape *s)
{
    return cgm_winograd_choose(s, s->oh, s->ow, 1, WEIGHT_COST);
}

const cgm_winograd *cgm_conv2d_winograd_input_grad_form(const cgm_conv_shape *s)
{
    int64_t f = s->stride, windows = 1;
    /* Phases of as many taps each begin where they must. */
    if (s->r % f == 0) windows = (s->pad_top % f ? f : 1) * (s->pad_left % f ? f : 1);
    return cgm_winograd_choose(s, ceil_div(s->h, f), ceil_div(s->w, f), windows, WEIGHT_COST);
}

static void set_sizes(winograd *t, const cgm_winograd *form, int64_t n, int64_t rows, int64_t columns)
{
    const cgm_conv_isa *isa = cgm_conv_isa_get();
    rows = ceil_div(rows, form->side), columns = ceil_div(columns, form->side);
    int64_t bytes = form->points * form->points * t->in.ld * (int64_t)sizeof(cgm_real);
    int64_t most = min64(min64(MOST_TILES, UNIT_BYTES / bytes), n * rows * columns / UNITS);
    t->tiles = cgm_tiles_create(isa, form, n, rows, columns, max64(LEAST_TILES, most));
    t->reduction = (phases(&t->in) - 1) * t->in.groups * isa->vector + t->in.channels;
}

static winograd forward_create(const cgm_conv_shape *s)
{
    winograd t = {.in = cgm_phased_create(s->c, s->h, s->w, s->stride, s->pad_top, s->pad_left),
                  .out = cgm_phased_create(s->k, s->oh, s->ow, 1, 0, 0),
                  .f = s->stride,
                  .side = s->r,
                  .seen_h = s->oh,
                  .seen_w = s->ow};
    forward_taps(s->stride, s->r, t.row), forward_taps(s->stride, s->s, t.column);
    set_sizes(&t, cgm_conv2d_winograd_form(s), s->n, s->oh, s->ow);
    return t;
}

static winograd input_grad_create(const cgm_conv_shape *s)
{
    winograd t = {.in = cgm_phased_create(s->k, s->oh, s->ow, 1, 0, 0),
                  .out = cgm_phased_create(s->c, s->h, s->w, s->stride, 0, 0),
                  .f = s->stride,
                  .side = s->r,
                  .turned = true,
                  .seen_h = (s->oh - 1) * s->stride + s->r - s->pad_top,
                  .seen_w = (s->ow - 1) * s->stride + s->s - s->pad_left};
    input_grad_taps(s->stride, s->r, s->pad_top, t.row), input_grad_taps(s->stride, s->s, s->pad_left, t.column);
    set_sizes(&t, cgm_conv2d_winograd_input_grad_form(s), s->n, ceil_div(s->h, s->stride), ceil_div(s->w, s->stride));
    return t;
}

/* Sets the sizes, and when base is not NULL the pointers; returns the bytes. */
static size_t lay_out(winograd *t, int threads, char *base)
{
    int64_t vector = t->tiles.isa->vector, counts = round_up(CGM_BLOCK), places = round_up(t->tiles.most);
    int64_t starts = t->out.groups * vector;
    int64_t weights = round_up(phases(&t->out) * starts * points(t) * (t->reduction + 1));
    t->points_size = round_up(cgm_points_size(&t->tiles, &t->in));
    t->products_step = t->tiles.most * 3 * vector + vector;
    t->products_size = points(t) * t->products_step;
    t->strip_size = round_up(cgm_strip_size(&t->tiles, &t->in, t->tiles.form->points));
    t->result_size = round_up(cgm_strip_size(&t->tiles, &t->out, t->tiles.form->side) * t->tiles.group);
    int64_t results = phases(&t->out) > 1 ? t->out.groups : 1;
    t->worker_size = t->points_size + t->products_size + t->strip_size + results * t->result_size;
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

/* Vectors of the panel of outputs that begins with the vector `first`. */
static int64_t panel_columns(const winograd *t, int64_t first)
{
    return cgm_panel_columns(t->tiles.isa, (t->out.groups - first) * t->tiles.isa->vector);
}

static cgm_real *panel_weights(const winograd *t, int64_t phase, int64_t first)
{
    return t->weights + (phase * t->out.groups + first) * t->tiles.isa->vector * points(t) * (t->reduction + 1);
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

/* The taps of one phase of a filter [tap][output], a form's [row][column][output] at the steps given: where they lie,
 * or in `square`, with the zeros of a phase that has fewer. */
static const cgm_real *get_taps(const winograd *t, const phase_taps *row, const phase_taps *column,
                                const cgm_real *filter, cgm_real *square, int64_t steps[2])
{
    int64_t vector = t->tiles.isa->vector, taps = t->tiles.form->taps;
    if (row->count == taps && column->count == taps) {
        steps[0] = row->next * t->side * vector, steps[1] = column->next * vector;
        return filter + (row->tap * t->side + column->tap) * vector;
    }
    steps[0] = taps * vector, steps[1] = vector;
    cgm_real *out = square;
    for (int64_t i = 0; i < taps; i++)
        for (int64_t j = 0; j < taps; j++, out += vector) {
            int64_t a = i - row->lead, b = j - column->lead;
            bool there = a >= 0 && a < row->count && b >= 0 && b < column->count;
            const cgm_real *tap = filter;
            if (there) tap += ((row->tap + i * row->next) * t->side + column->tap + j * column->next) * vector;
            for (int64_t v = 0; v < vector; v++) out[v] = there ? tap[v] : 0;
        }
    return square;
}

/* The weights of inputs [c, c + n) for a vector of outputs and a phase of the result, from their turned filters;
 * `width` and `step` as in the panel. */
static void transform_filters(const winograd *t, int64_t phase, int64_t c, int64_t n, const cgm_real *turned,
                              cgm_real *weights, int64_t width, int64_t step)
{
    cgm_real square[4 * 4 * 16];
    int64_t vector = t->tiles.isa->vector, steps[2];
    for (int64_t i = 0; i < n; i++, turned += t->side * t->side * vector)
        for (int64_t p = 0; p < phases(&t->in); p++) {
            int64_t met = t->turned ? phase : p;
            const cgm_real *taps = get_taps(t, &t->row[met / t->f], &t->column[met % t->f], turned, square, steps);
            t->tiles.form->filter(taps, steps[0], steps[1], weights + (p * t->in.groups * vector + c + i) * width,
                                  step);
        }
}

/* A vector's surplus of inputs, which are zero, meets zeros. */
static void clear_surplus(const winograd *t, cgm_real *weights, int64_t width, int64_t step)
{
    int64_t inputs = t->in.groups * t->tiles.isa->vector;
    for (int64_t c = 0; c < t->reduction; c++)
        for (int64_t i = 0; c % inputs >= t->in.channels && i < points(t); i++)
            memset(weights + i * step + c * width, 0, (size_t)width * sizeof *weights);
}

/* The weights of a panel of outputs, of a slice of the inputs. */
static void filter_task(void *context, size_t index, int worker)
{
    const winograd *t = context;
    int64_t vector = t->tiles.isa->vector, slices = ceil_div(t->in.channels, SLICE), first = 0, columns;
    for (int64_t i = (int64_t)index / slices; columns = panel_columns(t, first), i > 0; i--) first += columns;
    int64_t c0 = (int64_t)index % slices * SLICE, end = min64(c0 + SLICE, t->in.channels);
    int64_t width = columns * vector, step = (t->reduction + 1) * width, run = t->turned ? 1 : 8;
    cgm_real *turned = t->workers + worker * t->worker_size;
    for (int64_t c = c0; c < end; c += run)
        for (int64_t group = first; group < first + columns; group++) {
            int64_t n = min64(run, end - c);
            turn_filters(t, group * vector, c, n, t->side * t->side, turned);
            for (int64_t phase = 0; phase < phases(&t->out); phase++)
                transform_filters(t, phase, c, n, turned, panel_weights(t, phase, first) + (group - first) * vector,
                                  width, step);
        }
    for (int64_t phase = 0; phase < phases(&t->out) && end == t->in.channels; phase++)
        clear_surplus(t, panel_weights(t, phase, first), width, step);
}

/* ---- tiles ---- */

/* Whether the filters of a phase have nothing at a point: not at infinity without the last tap, nor at 0 without the
 * first. */
static bool empty(const winograd *t, int64_t phase, int64_t point)
{
    const phase_taps *along[2] = {&t->row[phase / t->f], &t->column[phase % t->f]};
    int64_t n = t->tiles.form->points, at[2] = {point / n, point % n};
    for (int i = 0; i < 2; i++)
        if (along[i]->count < t->tiles.form->taps && at[i] == (along[i]->lead ? 0 : n - 1)) return true;
    return false;
}

/* products[tile][width] of one point and n of the reduction, or adds to them. */
static void multiply_some(const winograd *t, const cgm_tiles_unit *u, int64_t n, const cgm_real *weights,
                          int64_t columns, const cgm_real *values, bool add, cgm_real *products)
{
    static const cgm_real zeros[48];
    const cgm_conv_isa *isa = t->tiles.isa;
    int64_t width = columns * isa->vector, block = cgm_block(n);
    for (int64_t q = 0; q < n; q += block)
        for (int64_t tile = 0, rows; tile < u->tiles; tile += rows) {
            rows = cgm_tile_rows(isa, u->tiles - tile, false);
            isa->broadcast[rows][columns](min64(block, n - q), values + q, t->place + tile, t->count,
                                          weights + q * width, width, add || q > 0 ? NULL : zeros,
                                          products + tile * width, width);
        }
}

/* products[point][tile][width] of one phase of the result, over runs of the operand's phases. */
static void multiply(const winograd *t, const cgm_tiles_unit *u, int64_t phase, const cgm_real *weights,
                     int64_t columns, const cgm_real *values, cgm_real *products)
{
    int64_t width = columns * t->tiles.isa->vector, inputs = t->in.groups * t->tiles.isa->vector;
    int64_t step = cgm_points_step(&t->tiles, &t->in), parts = phases(&t->in);
    for (int64_t i = 0; i < points(t); i++, values += step, products += t->products_step) {
        bool any = false;
        for (int64_t p = 0, end; p < parts; p = end) {
            end = p + 1;
            if (empty(t, t->turned ? phase : p, i)) continue;
            while (end < parts && !empty(t, end, i)) end++;
            int64_t from = p * inputs, n = min64(end * inputs, t->reduction) - from;
            multiply_some(t, u, n, weights + from * width, columns, values + from, any, products);
            any = true;
        }
        if (!any) memset(products, 0, (size_t)(u->tiles * width) * sizeof *products);
        weights += (t->reduction + 1) * width;
    }
}

/* The pixels of a vector of outputs and a phase into the strips of all samples: [sample][row][column][output]. */
static void pixels(const winograd *t, const cgm_tiles_unit *u, int64_t phase, int64_t group, const cgm_real *products,
                   int64_t width, cgm_real *strip)
{
    const cgm_winograd *form = t->tiles.form;
    int64_t f = t->out.f, vector = t->tiles.isa->vector, pitch = f * u->columns * form->side;
    const cgm_real *start = t->start + group * vector;
    strip += (phase / f * pitch + phase % f) * vector;
    for (int64_t i = 0; i < u->count * u->rows; i++)
        for (int64_t j = 0; j < u->columns; j++, products += width)
            form->output(products, t->products_step, start, strip + f * form->side * (i * pitch + j) * vector,
                         f * pitch * vector, f * vector);
}

/* The strips of a vector of outputs to where they belong. */
static void deliver(const winograd *t, const cgm_tiles_unit *u, int64_t k, cgm_real *strip)
{
    const cgm_conv_isa *isa = t->tiles.isa;
    int64_t size = t->out.f * t->tiles.form->side, pitch = u->columns * size, plane = t->out.h * t->out.w;
    int64_t top = u->row * size, left = u->column * size, end = min64(pitch, t->out.w - left);
    int64_t valid = min64(isa->vector, t->out.channels - k), seen = max64(0, min64(end, t->seen_w - left));
    for (int64_t g = 0; g < u->count; g++) {
        cgm_real *out = t->y + ((u->first + g) * t->out.channels + k) * plane;
        for (int64_t i = top; i < top + u->rows * size; i++, strip += pitch * isa->vector) {
            if (i >= t->out.h) continue;
            int64_t zeros = i < t->seen_h ? seen : 0;
            if (zeros < end)
                memset(strip + zeros * isa->vector, 0, (size_t)((end - zeros) * isa->vector) * sizeof *strip);
            for (int64_t j = 0; j < end; j += 8)
                isa->turn(min64(8, end - j), valid, strip + j * isa->vector, isa->vector, out + i * t->out.w + left + j,
                          plane);
        }
    }
}

/* The operand as one phase of the result sees it. */
static cgm_phased window(const winograd *t, int64_t phase)
{
    cgm_phased in = t->in;
    if (t->turned) in.top = t->row[phase / t->f].before, in.left = t->column[phase % t->f].before;
    return in;
}

static void unit_task(void *context, size_t index, int worker)
{
    const winograd *t = context;
    const cgm_winograd *form = t->tiles.form;
    cgm_tiles_unit u = cgm_tiles_unit_at(&t->tiles, (int64_t)index);
    cgm_real *values = t->workers + worker * t->worker_size, *products = values + t->points_size;
    cgm_real *strip = products + t->products_size, *results = strip + t->strip_size;
    int64_t vector = t->tiles.isa->vector, parts = phases(&t->out);
    for (int64_t phase = 0; phase < parts; phase++) {
        cgm_phased in = window(t, phase), last = window(t, max64(0, phase - 1));
        if (phase == 0 || in.top != last.top || in.left != last.left)
            cgm_points_get(&t->tiles, &u, &in, form->points, form->data, t->x, strip, values);
        for (int64_t first = 0, columns; first < t->out.groups; first += columns) {
            columns = panel_columns(t, first);
            multiply(t, &u, phase, panel_weights(t, phase, first), columns, values, products);
            for (int64_t group = first; group < first + columns; group++) {
                cgm_real *result = results + (parts > 1 ? group * t->result_size : 0);
                pixels(t, &u, phase, group, products + (group - first) * vector, columns * vector, result);
                if (phase == parts - 1) deliver(t, &u, group * vector, result);
            }
        }
    }
}

static void run(winograd *t, int threads)
{
    for (int64_t k = 0; k < t->out.groups * t->tiles.isa->vector; k++)
        t->start[k] = t->bias && k < t->out.channels ? t->bias[k] : 0;
    int64_t panels = 0;
    for (int64_t first = 0; first < t->out.groups; panels++) first += panel_columns(t, first);
    cgm_parallel(threads, (size_t)(panels * ceil_div(t->in.channels, SLICE)), filter_task, t);
    cgm_parallel(threads, (size_t)cgm_tiles_units(&t->tiles), unit_task, t);
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
