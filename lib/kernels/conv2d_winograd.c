/* The convolution and its input gradient; see conv2d_winograd.h. A task takes a unit of tiles: for a slice of the
 * inputs after the other their points and, for some vectors of outputs after others, the products; then the pixels,
 * which are turned to where they belong.
 *
 * Where there are many tiles the weights, which are the transformed filters, are made once and stored. Where there are
 * few, each unit makes those of a slice and a panel when it needs them: they stay in the second-level cache then,
 * while stored ones would go to the third and come back, and to another core. There are as many units as threads in
 * this case; in which order things are summed is decided by the shape alone. */
#include "kernels/conv2d_winograd.h"
#include "kernels/sizes.h"

#include "base/threads.h"

#include <string.h>

/* Of stored weights: what the points of a unit may take, half of a second-level cache; and the tiles that read each
 * weight while it is in the first-level cache. */
#define UNIT_BYTES (600 << 10)
#define LEAST_TILES 16
/* Of weights that are made where they are used: the sum over a slice's inputs and phases, so that its points and
 * weights stay in the second-level cache. Of an input gradient with phases each makes the points anew, unless all
 * inputs are one slice. */
#define SLICE_SUM 64
#define SLICE_SUM_PHASES 128
/* And outputs whose products wait for the other slices. */
#define BLOCK_OUTPUTS 192
static const cgm_winograd_costs costs = {.direct = 1.1, .stored = 9, .fresh = 7};
/* Inputs of a task that turns or transforms filters. */
#define SOME_INPUTS 32

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
    bool inputs_first;            /* the filter is [inputs][outputs]: the input gradient */
    int64_t seen_h, seen_w;       /* rows and columns of the result from there on see nothing, and are zero */
    int64_t slice, slices;        /* vectors of inputs that are summed at a time */
    int64_t block;                /* vectors of outputs for which that is done before the next ones */
    int64_t ld;                   /* of a slice's points */
    int64_t rows;                 /* of a panel's weights: phases x inputs of a slice, and one more */
    bool stored;                  /* weights are made once; else by each unit, slice after slice */
    /* In scratch: */
    int64_t *count, *place; /* 0, 1, 2, ...; where the points have each tile */
    cgm_real *start;        /* [outputs] */
    cgm_real *turned;       /* the filters as [vector of outputs][input][tap][output] */
    cgm_real *weights;      /* stored ones, of each phase of the result and panel: [point][rows][width] */
    cgm_real *workers;      /* each: points, products, strip of the operand, strips of the result */
    int64_t points_size, products_ld, products_step, products_size, strip_size, result_size, own_size, worker_size;
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
    return cgm_winograd_choose(s, s->oh, s->ow, 1, &costs);
}

const cgm_winograd *cgm_conv2d_winograd_input_grad_form(const cgm_conv_shape *s)
{
    int64_t f = s->stride, windows = 1;
    /* Phases of as many taps each begin where they must. */
    if (s->r % f == 0) windows = (s->pad_top % f ? f : 1) * (s->pad_left % f ? f : 1);
    return cgm_winograd_choose(s, ceil_div(s->h, f), ceil_div(s->w, f), windows, &costs);
}

/* The most tiles of a unit, so that there are as many units as threads, or twice as many, ... */
static int64_t share(int64_t n, int64_t rows, int64_t columns, int64_t threads)
{
    int64_t units = threads * ceil_div(n * rows * columns, threads * CGM_WINOGRAD_UNIT);
    if (n >= units) return ceil_div(n, units) * rows * columns;
    return ceil_div(rows, ceil_div(units, n)) * columns;
}

static void set_sizes(winograd *t, const cgm_winograd *form, int64_t n, int64_t rows, int64_t columns, int threads)
{
    const cgm_conv_isa *isa = cgm_conv_isa_get();
    int64_t parts = phases(&t->in), sum = phases(&t->out) > 1 ? SLICE_SUM_PHASES : SLICE_SUM;
    rows = ceil_div(rows, form->side), columns = ceil_div(columns, form->side);
    t->stored = n * rows * columns > CGM_WINOGRAD_FRESH_TILES;
    t->slice = t->stored ? t->in.groups : min64(t->in.groups, max64(1, sum / (parts * isa->vector)));
    t->slices = ceil_div(t->in.groups, t->slice);
    t->block = t->out.groups;
    if (t->slices > 1) t->block = ceil_div(t->block, ceil_div(t->block * isa->vector, BLOCK_OUTPUTS));
    t->ld = cgm_phased_block(&t->in, 0, t->slice).ld;
    t->rows = parts * t->slice * isa->vector + 1;
    int64_t bytes = form->points * form->points * t->ld * (int64_t)sizeof(cgm_real);
    int64_t most = max64(LEAST_TILES, min64(CGM_WINOGRAD_UNIT, UNIT_BYTES / bytes));
    if (!t->stored) most = share(n, rows, columns, max64(threads, 1));
    t->tiles = cgm_tiles_create(isa, form, n, rows, columns, most);
}

static winograd forward_create(const cgm_conv_shape *s, int threads)
{
    winograd t = {.in = cgm_phased_create(s->c, s->h, s->w, s->stride, s->pad_top, s->pad_left),
                  .out = cgm_phased_create(s->k, s->oh, s->ow, 1, 0, 0),
                  .f = s->stride,
                  .side = s->r,
                  .seen_h = s->oh,
                  .seen_w = s->ow};
    forward_taps(s->stride, s->r, t.row), forward_taps(s->stride, s->s, t.column);
    set_sizes(&t, cgm_conv2d_winograd_form(s), s->n, s->oh, s->ow, threads);
    return t;
}

static winograd input_grad_create(const cgm_conv_shape *s, int threads)
{
    winograd t = {.in = cgm_phased_create(s->k, s->oh, s->ow, 1, 0, 0),
                  .out = cgm_phased_create(s->c, s->h, s->w, s->stride, 0, 0),
                  .f = s->stride,
                  .side = s->r,
                  .inputs_first = true,
                  .seen_h = (s->oh - 1) * s->stride + s->r - s->pad_top,
                  .seen_w = (s->ow - 1) * s->stride + s->s - s->pad_left};
    input_grad_taps(s->stride, s->r, s->pad_top, t.row), input_grad_taps(s->stride, s->s, s->pad_left, t.column);
    set_sizes(&t, cgm_conv2d_winograd_input_grad_form(s), s->n, ceil_div(s->h, s->stride), ceil_div(s->w, s->stride),
              threads);
    return t;
}

/* The operand as one phase of the result sees it. */
static cgm_phased window(const winograd *t, int64_t phase)
{
    cgm_phased in = t->in;
    if (t->inputs_first) in.top = t->row[phase / t->f].before, in.left = t->column[phase % t->f].before;
    return in;
}

/* A slice of that. */
static cgm_phased slice_of(const winograd *t, int64_t phase, int64_t slice)
{
    cgm_phased in = window(t, phase), block = cgm_phased_block(&in, slice * t->slice, t->slice);
    block.ld = t->ld;
    return block;
}

/* Sets the sizes, and when base is not NULL the pointers; returns the bytes. */
static size_t lay_out(winograd *t, int threads, char *base)
{
    int64_t vector = t->tiles.isa->vector, counts = round_up(CGM_BLOCK), places = round_up(t->tiles.most);
    int64_t starts = t->out.groups * vector;
    int64_t weights = t->stored ? round_up(phases(&t->out) * starts * points(t) * t->rows) : 0;
    int64_t turned = starts * t->in.channels * t->side * t->side;
    cgm_phased block = slice_of(t, 0, 0);
    t->points_size = round_up(cgm_points_size(&t->tiles, &block));
    t->products_ld = (t->slices > 1 ? t->block : 3) * vector;
    t->products_step = t->tiles.most * t->products_ld + vector;
    t->products_size = points(t) * t->products_step;
    t->strip_size = round_up(cgm_strip_size(&t->tiles, &t->in, t->tiles.form->points));
    t->result_size = round_up(cgm_strip_size(&t->tiles, &t->out, t->tiles.form->side) * t->tiles.group);
    t->own_size = t->stored ? 0 : points(t) * t->rows * 3 * vector;
    int64_t results = phases(&t->out) > 1 ? t->out.groups : 1;
    t->worker_size = t->points_size + t->products_size + t->own_size + t->strip_size + results * t->result_size;
    if (base) {
        t->count = (int64_t *)base;
        t->place = t->count + counts;
        t->start = (cgm_real *)(t->place + places);
        t->turned = t->start + round_up(starts);
        t->weights = t->turned + turned;
        t->workers = t->weights + weights;
        for (int64_t i = 0; i < counts; i++) t->count[i] = i;
        for (int64_t i = 0; i < places; i++) t->place[i] = i * t->ld;
    }
    return (size_t)(counts + places) * sizeof(int64_t) +
           (size_t)(round_up(starts) + turned + weights + max64(threads, 1) * t->worker_size) * sizeof(cgm_real);
}

/* ---- filters ---- */

/* Vectors of the panel of outputs that begins with the vector `first`: of one block. */
static int64_t panel_columns(const winograd *t, int64_t first)
{
    int64_t end = min64(t->out.groups, (first / t->block + 1) * t->block);
    return cgm_panel_columns(t->tiles.isa, (end - first) * t->tiles.isa->vector);
}

static cgm_real *stored_weights(const winograd *t, int64_t phase, int64_t first)
{
    return t->weights + (phase * t->out.groups + first) * t->tiles.isa->vector * points(t) * t->rows;
}

static cgm_real *turned_filters(const winograd *t, int64_t group, int64_t c)
{
    return t->turned + (group * t->in.channels + c) * t->side * t->side * t->tiles.isa->vector;
}

/* Some inputs' filters of a vector of outputs. */
static void turn_task(void *context, size_t index, int worker)
{
    (void)worker;
    const winograd *t = context;
    int64_t pieces = ceil_div(t->in.channels, SOME_INPUTS), group = (int64_t)index / pieces,
            vector = t->tiles.isa->vector;
    int64_t c = (int64_t)index % pieces * SOME_INPUTS, n = min64(SOME_INPUTS, t->in.channels - c),
            taps = t->side * t->side;
    int64_t k = group * vector, valid = min64(vector, t->out.channels - k);
    /* The filter is [output][input] or [input][output]. */
    int64_t output_step = t->inputs_first ? taps : t->in.channels * taps;
    int64_t input_step = t->inputs_first ? t->out.channels * taps : taps, run = t->inputs_first ? 1 : n;
    cgm_real *out = turned_filters(t, group, c);
    if (valid < vector) memset(out, 0, (size_t)(n * taps * vector) * sizeof *out);
    for (int64_t j = 0; j < n; j += run, out += run * taps * vector)
        t->tiles.isa->turn(valid, run * taps, t->filter + k * output_step + (c + j) * input_step, output_step, out,
                           vector);
}

/* Where a filter [tap][output] has a form's taps of one phase; -1 where the phase has none. */
static void find_taps(const winograd *t, const phase_taps *row, const phase_taps *column, int64_t *tap)
{
    int64_t taps = t->tiles.form->taps;
    for (int64_t i = 0; i < taps; i++)
        for (int64_t j = 0; j < taps; j++, tap++) {
            int64_t a = i - row->lead, b = j - column->lead;
            bool there = a >= 0 && a < row->count && b >= 0 && b < column->count;
            *tap = -1;
            if (there)
                *tap = ((row->tap + i * row->next) * t->side + column->tap + j * column->next) * t->tiles.isa->vector;
        }
}

/* The weights of n inputs for a vector of outputs and a phase of the result, from their turned filters; `width` and
 * `step` as in the panel, and `part` from a phase of the operand to the next. */
static void transform_filters(const winograd *t, int64_t phase, int64_t n, const cgm_real *turned, cgm_real *weights,
                              int64_t width, int64_t step, int64_t part)
{
    int64_t tap[4 * 4];
    for (int64_t p = 0; p < phases(&t->in); p++) {
        int64_t met = t->inputs_first ? phase : p;
        find_taps(t, &t->row[met / t->f], &t->column[met % t->f], tap);
        t->tiles.form->filters(n, turned, t->side * t->side * t->tiles.isa->vector, tap, weights + p * part, width,
                               step);
    }
}

/* The weights of a panel and of inputs [c0, c1) of a slice, for one phase of the result; a vector's surplus of inputs,
 * which are zero, meets zeros. */
static void make_weights(const winograd *t, int64_t phase, int64_t slice, int64_t c0, int64_t c1, int64_t first,
                         cgm_real *weights)
{
    cgm_phased in = slice_of(t, phase, slice);
    int64_t vector = t->tiles.isa->vector, columns = panel_columns(t, first), width = columns * vector;
    int64_t step = t->rows * width, part = in.groups * vector * width;
    for (int64_t v = 0; v < columns; v++)
        transform_filters(t, phase, c1 - c0, turned_filters(t, first + v, in.first + c0),
                          weights + c0 * width + v * vector, width, step, part);
    for (int64_t i = 0; i < points(t) && c1 == in.channels; i++)
        for (int64_t p = 0; p + 1 < phases(&t->in); p++)
            memset(weights + i * step + p * part + in.channels * width, 0,
                   (size_t)((in.groups * vector - in.channels) * width) * sizeof *weights);
}

/* The stored weights of a panel of outputs, of some of the inputs. */
static void filter_task(void *context, size_t index, int worker)
{
    const winograd *t = context;
    (void)worker;
    int64_t pieces = ceil_div(t->in.channels, SOME_INPUTS), first = 0, columns;
    for (int64_t i = (int64_t)index / pieces; columns = panel_columns(t, first), i > 0; i--) first += columns;
    int64_t c0 = (int64_t)index % pieces * SOME_INPUTS, c1 = min64(c0 + SOME_INPUTS, t->in.channels);
    for (int64_t phase = 0; phase < phases(&t->out); phase++)
        make_weights(t, phase, 0, c0, c1, first, stored_weights(t, phase, first));
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

/* products[tile] of one point and n of the reduction, or adds to them. */
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
                                          products + tile * t->products_ld, t->products_ld);
        }
}

/* products[point][tile] of one phase of the result and one panel, over runs of the operand's phases; of the slices
 * after the first it adds. */
static void multiply(const winograd *t, const cgm_tiles_unit *u, int64_t phase, int64_t slice, const cgm_real *weights,
                     int64_t columns, const cgm_real *values, cgm_real *products)
{
    cgm_phased in = slice_of(t, phase, slice);
    int64_t width = columns * t->tiles.isa->vector, inputs = in.groups * t->tiles.isa->vector;
    int64_t step = cgm_points_step(&t->tiles, &in), parts = phases(&in), reduction = (parts - 1) * inputs + in.channels;
    for (int64_t i = 0; i < points(t); i++, values += step, products += t->products_step) {
        bool any = slice > 0;
        for (int64_t p = 0, end; p < parts; p = end) {
            end = p + 1;
            if (empty(t, t->inputs_first ? phase : p, i)) continue;
            while (end < parts && !empty(t, end, i)) end++;
            int64_t from = p * inputs, n = min64(end * inputs, reduction) - from;
            multiply_some(t, u, n, weights + from * width, columns, values + from, any, products);
            any = true;
        }
        for (int64_t tile = 0; !any && tile < u->tiles; tile++)
            memset(products + tile * t->products_ld, 0, (size_t)width * sizeof *products);
        weights += t->rows * width;
    }
}

/* The pixels of a vector of outputs and a phase into the strips of all samples: [sample][row][column][output]. */
static void pixels(const winograd *t, const cgm_tiles_unit *u, int64_t phase, int64_t group, const cgm_real *products,
                   cgm_real *strip)
{
    const cgm_winograd *form = t->tiles.form;
    int64_t f = t->out.f, vector = t->tiles.isa->vector, pitch = f * u->columns * form->side;
    const cgm_real *start = t->start + group * vector;
    strip += (phase / f * pitch + phase % f) * vector;
    for (int64_t i = 0; i < u->count * u->rows; i++)
        for (int64_t j = 0; j < u->columns; j++, products += t->products_ld)
            form->output(products, t->products_step, start, strip + f * form->side * (i * pitch + j) * vector,
                         f * pitch * vector, f * vector);
}

/* The strips of a vector of outputs to where they belong; rows of less than 8 pixels as one. */
static void deliver(const winograd *t, const cgm_tiles_unit *u, int64_t k, cgm_real *strip)
{
    const cgm_conv_isa *isa = t->tiles.isa;
    int64_t size = t->out.f * t->tiles.form->side, pitch = u->columns * size, plane = t->out.h * t->out.w;
    int64_t top = u->row * size, left = u->column * size, end = min64(pitch, t->out.w - left);
    int64_t valid = min64(isa->vector, t->out.channels - k), seen = max64(0, min64(end, t->seen_w - left));
    int64_t rows = min64(u->rows * size, t->out.h - top), together = end == t->out.w && end < 8 ? rows : 1;
    size_t pixel = (size_t)isa->vector * sizeof *strip;
    for (int64_t g = 0; g < u->count; g++, strip += u->rows * size * pitch * isa->vector) {
        cgm_real *out = t->y + ((u->first + g) * t->out.channels + k) * plane + top * t->out.w + left;
        for (int64_t i = 0; i < rows; i++) {
            cgm_real *row = strip + i * pitch * isa->vector;
            int64_t zeros = top + i < t->seen_h ? seen : 0;
            if (zeros < end) memset(row + zeros * isa->vector, 0, (size_t)(end - zeros) * pixel);
            if (together > 1) memmove(strip + i * end * isa->vector, row, (size_t)end * pixel);
        }
        for (int64_t i = 0, n = together * end; i < rows; i += together)
            for (int64_t j = 0; j < n; j += CGM_TURN)
                isa->turn(min64(CGM_TURN, n - j), valid, strip + (i * pitch + j) * isa->vector, isa->vector,
                          out + i * t->out.w + j, plane);
    }
}

/* The panel's share of the products of a unit and slice. */
static void multiply_panel(const winograd *t, const cgm_tiles_unit *u, int64_t phase, int64_t slice, int64_t first,
                           const cgm_real *values, cgm_real *own, cgm_real *products)
{
    const cgm_real *weights = own;
    if (t->stored)
        weights = stored_weights(t, phase, first);
    else
        make_weights(t, phase, slice, 0, slice_of(t, 0, slice).channels, first, own);
    multiply(t, u, phase, slice, weights, panel_columns(t, first), values, products);
}

/* Outputs [first, end) of a phase: as soon as all slices are summed. */
static void finish(const winograd *t, const cgm_tiles_unit *u, int64_t phase, int64_t first, int64_t end,
                   const cgm_real *products, cgm_real *results)
{
    int64_t parts = phases(&t->out), vector = t->tiles.isa->vector;
    for (int64_t group = first; group < end; group++, products += vector) {
        cgm_real *result = results + (parts > 1 ? group * t->result_size : 0);
        pixels(t, u, phase, group, products, result);
        if (phase == parts - 1) deliver(t, u, group * vector, result);
    }
}

/* The pixels of outputs [first, end) of a phase. */
static void run_block(const winograd *t, const cgm_tiles_unit *u, int64_t phase, int64_t first, int64_t end,
                      cgm_real *memory)
{
    const cgm_winograd *form = t->tiles.form;
    cgm_real *values = memory, *products = values + t->points_size, *own = products + t->products_size;
    cgm_real *strip = own + t->own_size, *results = strip + t->strip_size;
    bool whole = t->slices == 1;
    for (int64_t slice = 0; slice < t->slices; slice++) {
        cgm_phased in = slice_of(t, phase, slice), last = window(t, max64(0, phase - 1));
        if (!whole || phase == 0 || in.top != last.top || in.left != last.left)
            cgm_points_get(&t->tiles, u, &in, form->points, form->data, t->x, strip, values);
        for (int64_t panel = first, columns; panel < end; panel += columns) {
            columns = panel_columns(t, panel);
            cgm_real *to = products + (whole ? 0 : panel - first) * t->tiles.isa->vector;
            multiply_panel(t, u, phase, slice, panel, values, own, to);
            if (whole) finish(t, u, phase, panel, panel + columns, to, results);
        }
    }
    if (!whole) finish(t, u, phase, first, end, products, results);
}

static void unit_task(void *context, size_t index, int worker)
{
    const winograd *t = context;
    cgm_tiles_unit u = cgm_tiles_unit_at(&t->tiles, (int64_t)index);
    for (int64_t phase = 0; phase < phases(&t->out); phase++)
        for (int64_t first = 0; first < t->out.groups; first += t->block)
            run_block(t, &u, phase, first, min64(first + t->block, t->out.groups),
                      t->workers + worker * t->worker_size);
}

static void run(winograd *t, int threads)
{
    for (int64_t k = 0; k < t->out.groups * t->tiles.isa->vector; k++)
        t->start[k] = t->bias && k < t->out.channels ? t->bias[k] : 0;
    int64_t panels = 0, pieces = ceil_div(t->in.channels, SOME_INPUTS);
    for (int64_t first = 0; first < t->out.groups; panels++) first += panel_columns(t, first);
    cgm_parallel(threads, (size_t)(t->out.groups * pieces), turn_task, t);
    if (t->stored) cgm_parallel(threads, (size_t)(panels * pieces), filter_task, t);
    cgm_parallel(threads, (size_t)cgm_tiles_units(&t->tiles), unit_task, t);
}

size_t cgm_conv2d_winograd_scratch(const cgm_conv_shape *s, int threads)
{
    winograd t = forward_create(s, threads);
    return lay_out(&t, threads, NULL);
}

void cgm_conv2d_winograd(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                         cgm_real *y, void *scratch, int threads)
{
    winograd t = forward_create(s, threads);
    lay_out(&t, threads, scratch);
    t.x = x, t.filter = filter, t.bias = bias, t.y = y;
    run(&t, threads);
}

size_t cgm_conv2d_winograd_input_grad_scratch(const cgm_conv_shape *s, int threads)
{
    winograd t = input_grad_create(s, threads);
    return lay_out(&t, threads, NULL);
}

void cgm_conv2d_winograd_input_grad(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                                    void *scratch, int threads)
{
    winograd t = input_grad_create(s, threads);
    lay_out(&t, threads, scratch);
    t.x = dy, t.filter = filter, t.y = dx;
    run(&t, threads);
}
