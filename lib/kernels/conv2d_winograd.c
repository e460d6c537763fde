/* The convolution and its input gradient; see conv2d_winograd.h. A task takes a unit of tiles and a block of
 * outputs: for a slice of the inputs after the other their points and, for some vectors of outputs after others, the
 * products; then the pixels, which are turned to where they belong.
 *
 * Where there are many tiles the weights, which are the transformed filters, are made once and stored. Where there are
 * few, each unit makes those of a slice and a panel when it needs them, or each worker all of them, once: they stay in
 * the second-level cache then, while stored ones would go to the third and come back, and to another core. There are as
 * many units as threads in this case, or as many blocks; in which order things are summed is decided by the shape
 * alone. */
#include "kernels/conv2d_winograd_map.h"
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
/* Of few tiles: outputs for each of them, from which threads divide the outputs. */
#define TILE_OUTPUTS 2
/* Of few tiles that are so many, so that a worker has several units, and weights that take no more, a worker keeps its
 * own: at stride 1, for at stride 2 this gained nothing. */
#define KEPT_TILES 128
#define KEPT_BYTES (5 << 19)

static const cgm_winograd_costs costs = {.direct = 1.1, .stored = 9, .fresh = 7};

static void forward_taps(int64_t f, int64_t filter, cgm_phase_taps *phase)
{
    for (int64_t a = 0; a < f; a++) phase[a] = (cgm_phase_taps){.tap = a, .next = f, .count = ceil_div(filter - a, f)};
}

/* Row f i + phase of dx sees taps first, first + f, ... at dy's rows i + (phase + pad) / f, and one less each. A phase
 * of fewer taps sees a zero in front if it then begins where the others do, and shares their points. */
static void input_grad_taps(int64_t f, int64_t filter, int64_t pad, cgm_phase_taps *phase)
{
    int64_t taps = ceil_div(filter, f), most = -filter;
    for (int64_t a = 0; a < f; a++) {
        int64_t first = (a + pad) % f, count = ceil_div(filter - first, f);
        phase[a] = (cgm_phase_taps){
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

/* Of outputs: each is a task of a unit. */
static int64_t blocks(const cgm_winograd_map *t)
{
    return ceil_div(t->out.groups, t->block);
}

/* The most tiles of a unit, so that there are as many units as threads, or twice as many, ... */
static int64_t share(int64_t n, int64_t rows, int64_t columns, int64_t threads)
{
    int64_t units = threads * ceil_div(n * rows * columns, threads * CGM_WINOGRAD_UNIT);
    if (n >= units) return ceil_div(n, units) * rows * columns;
    return ceil_div(rows, ceil_div(units, n)) * columns;
}

static cgm_winograd_keeping how_kept(const cgm_winograd_map *t, const cgm_winograd *form, int64_t tiles)
{
    int64_t vector = cgm_conv_isa_get()->vector;
    int64_t weights = form->points * form->points * t->in.groups * t->out.groups * vector * vector;
    if (tiles > CGM_WINOGRAD_FRESH_TILES) return CGM_WEIGHTS_STORED;
    bool kept = t->f == 1 && tiles >= KEPT_TILES && weights * (int64_t)sizeof(cgm_real) <= KEPT_BYTES;
    return kept ? CGM_WEIGHTS_KEPT : CGM_WEIGHTS_FRESH;
}

/* Whether threads divide the outputs, so that each makes its own weights, rather than the tiles: of few tiles, where
 * making a weight costs more than making its points once more. A block has two vectors at least, for the sums of one
 * alone are added in another order. */
static bool divide_outputs(const cgm_winograd_map *t, int64_t tiles, int64_t threads)
{
    bool few = tiles <= CGM_WINOGRAD_UNIT && TILE_OUTPUTS * tiles <= t->out.channels;
    bool even = t->out.groups % threads == 0 && t->out.groups >= 2 * threads;
    return t->weights_are == CGM_WEIGHTS_FRESH && blocks(t) == 1 && few && even;
}

static void set_sizes(cgm_winograd_map *t, const cgm_winograd *form, int64_t n, int64_t rows, int64_t columns,
                      int threads)
{
    const cgm_conv_isa *isa = cgm_conv_isa_get();
    int64_t parts = cgm_phases(&t->in), sum = cgm_phases(&t->out) > 1 ? SLICE_SUM_PHASES : SLICE_SUM;
    rows = ceil_div(rows, form->side), columns = ceil_div(columns, form->side);
    t->weights_are = how_kept(t, form, n * rows * columns);
    t->slice = t->in.groups;
    if (t->weights_are == CGM_WEIGHTS_FRESH) t->slice = min64(t->slice, max64(1, sum / (parts * isa->vector)));
    t->slices = ceil_div(t->in.groups, t->slice);
    t->block = t->out.groups;
    if (t->slices > 1) t->block = ceil_div(t->block, ceil_div(t->block * isa->vector, BLOCK_OUTPUTS));
    threads = (int)max64(threads, 1);
    if (divide_outputs(t, n * rows * columns, threads)) t->block = t->out.groups / threads;
    t->ld = cgm_phased_block(&t->in, 0, t->slice).ld;
    t->rows = parts * t->slice * isa->vector + 1;
    int64_t bytes = form->points * form->points * t->ld * (int64_t)sizeof(cgm_real);
    int64_t most = max64(LEAST_TILES, min64(CGM_WINOGRAD_UNIT, UNIT_BYTES / bytes));
    if (t->weights_are != CGM_WEIGHTS_STORED) most = share(n, rows, columns, blocks(t) % threads ? threads : 1);
    t->tiles = cgm_tiles_create(isa, form, n, rows, columns, most, threads);
    cgm_winograd_find_empty(t);
}

static cgm_winograd_map forward_create(const cgm_conv_shape *s, int threads)
{
    cgm_winograd_map t = {.in = cgm_phased_create(s->c, s->h, s->w, s->stride, s->pad_top, s->pad_left),
                          .out = cgm_phased_create(s->k, s->oh, s->ow, 1, 0, 0),
                          .f = s->stride,
                          .side = s->r,
                          .seen_h = s->oh,
                          .seen_w = s->ow};
    forward_taps(s->stride, s->r, t.row), forward_taps(s->stride, s->s, t.column);
    set_sizes(&t, cgm_conv2d_winograd_form(s), s->n, s->oh, s->ow, threads);
    return t;
}

static cgm_winograd_map input_grad_create(const cgm_conv_shape *s, int threads)
{
    cgm_winograd_map t = {.in = cgm_phased_create(s->k, s->oh, s->ow, 1, 0, 0),
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
static cgm_phased window(const cgm_winograd_map *t, int64_t phase)
{
    cgm_phased in = t->in;
    if (t->inputs_first) in.top = t->row[phase / t->f].before, in.left = t->column[phase % t->f].before;
    return in;
}

/* A slice of that. */
static cgm_phased slice_of(const cgm_winograd_map *t, int64_t phase, int64_t slice)
{
    cgm_phased in = window(t, phase), block = cgm_phased_block(&in, slice * t->slice, t->slice);
    block.ld = t->ld;
    return block;
}

/* Sets the sizes, and when base is not NULL the pointers; returns the bytes. */
static size_t lay_out(cgm_winograd_map *t, int threads, char *base)
{
    int64_t vector = t->tiles.isa->vector, counts = round_up(CGM_BLOCK), places = round_up(t->tiles.most);
    int64_t starts = t->out.groups * vector;
    int64_t all = round_up(cgm_winograd_all_weights(t)), weights = t->weights_are == CGM_WEIGHTS_STORED ? all : 0;
    int64_t workers = round_up(max64(threads, 1));
    int64_t turned = starts * t->in.channels * t->side * t->side;
    cgm_phased block = slice_of(t, 0, 0);
    t->points_size = round_up(cgm_points_size(&t->tiles, &block));
    t->products_ld = (t->slices > 1 ? t->block : 3) * vector;
    t->products_step = t->tiles.most * t->products_ld + vector;
    t->products_size = cgm_winograd_points(t) * t->products_step;
    t->strip_size = round_up(cgm_strip_size(&t->tiles, &t->in, t->tiles.form->points));
    t->result_size = round_up(cgm_strip_size(&t->tiles, &t->out, t->tiles.form->side) * t->tiles.group);
    const int64_t own[] = {[CGM_WEIGHTS_FRESH] = cgm_winograd_points(t) * t->rows * 3 * vector,
                           [CGM_WEIGHTS_KEPT] = all,
                           [CGM_WEIGHTS_STORED] = 0};
    t->own_size = own[t->weights_are];
    int64_t results = cgm_phases(&t->out) > 1 ? t->out.groups : 1;
    t->worker_size = t->points_size + t->products_size + t->own_size + t->strip_size + results * t->result_size;
    if (base) {
        t->count = (int64_t *)base;
        t->place = t->count + counts;
        t->made = t->place + places;
        t->start = (cgm_real *)(t->made + workers);
        t->turned = t->start + round_up(starts);
        t->weights = t->turned + turned;
        t->workers = t->weights + weights;
        for (int64_t i = 0; i < counts; i++) t->count[i] = i;
        for (int64_t i = 0; i < places; i++) t->place[i] = i * t->ld;
        for (int64_t i = 0; i < workers; i++) t->made[i] = false;
    }
    return (size_t)(counts + places + workers) * sizeof(int64_t) +
           (size_t)(round_up(starts) + turned + weights + max64(threads, 1) * t->worker_size) * sizeof(cgm_real);
}

/* products[tile] of one point and n of the reduction, or adds to them. */
static void multiply_some(const cgm_winograd_map *t, const cgm_tiles_unit *u, int64_t n, const cgm_real *weights,
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
static void multiply(const cgm_winograd_map *t, const cgm_tiles_unit *u, int64_t phase, int64_t slice,
                     const cgm_real *weights, int64_t columns, const cgm_real *values, cgm_real *products)
{
    cgm_phased in = slice_of(t, phase, slice);
    int64_t width = columns * t->tiles.isa->vector, inputs = in.groups * t->tiles.isa->vector;
    int64_t step = cgm_points_step(&t->tiles, &in), parts = cgm_phases(&in),
            reduction = (parts - 1) * inputs + in.channels;
    for (int64_t i = 0; i < cgm_winograd_points(t); i++, values += step, products += t->products_step) {
        bool any = slice > 0;
        for (int64_t p = 0, end; p < parts; p = end) {
            end = p + 1;
            if (t->empty[t->inputs_first ? phase : p][i]) continue;
            while (end < parts && !t->empty[end][i]) end++;
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
static void pixels(const cgm_winograd_map *t, const cgm_tiles_unit *u, int64_t phase, int64_t group,
                   const cgm_real *products, cgm_real *strip)
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
static void deliver(const cgm_winograd_map *t, const cgm_tiles_unit *u, int64_t k, cgm_real *strip)
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
static void multiply_panel(const cgm_winograd_map *t, const cgm_tiles_unit *u, int64_t phase, int64_t slice,
                           int64_t first, const cgm_real *values, cgm_real *own, cgm_real *products)
{
    const cgm_real *weights = cgm_winograd_weights(t, phase, slice, first, own);
    multiply(t, u, phase, slice, weights, cgm_winograd_panel_columns(t, first), values, products);
}

/* Outputs [first, end) of a phase: as soon as all slices are summed. */
static void finish(const cgm_winograd_map *t, const cgm_tiles_unit *u, int64_t phase, int64_t first, int64_t end,
                   const cgm_real *products, cgm_real *results)
{
    int64_t parts = cgm_phases(&t->out), vector = t->tiles.isa->vector;
    for (int64_t group = first; group < end; group++, products += vector) {
        cgm_real *result = results + (parts > 1 ? group * t->result_size : 0);
        pixels(t, u, phase, group, products, result);
        if (phase == parts - 1) deliver(t, u, group * vector, result);
    }
}

/* The pixels of outputs [first, end) of a phase. */
static void run_block(const cgm_winograd_map *t, const cgm_tiles_unit *u, int64_t phase, int64_t first, int64_t end,
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
            columns = cgm_winograd_panel_columns(t, panel);
            cgm_real *to = products + (whole ? 0 : panel - first) * t->tiles.isa->vector;
            multiply_panel(t, u, phase, slice, panel, values, own, to);
            if (whole) finish(t, u, phase, panel, panel + columns, to, results);
        }
    }
    if (!whole) finish(t, u, phase, first, end, products, results);
}

static void unit_task(void *context, size_t index, int worker)
{
    const cgm_winograd_map *t = context;
    cgm_tiles_unit u = cgm_tiles_unit_at(&t->tiles, (int64_t)index / blocks(t));
    int64_t first = (int64_t)index % blocks(t) * t->block;
    cgm_real *memory = t->workers + worker * t->worker_size;
    cgm_winograd_keep(t, worker, memory + t->points_size + t->products_size);
    for (int64_t phase = 0; phase < cgm_phases(&t->out); phase++)
        run_block(t, &u, phase, first, min64(first + t->block, t->out.groups), memory);
}

static void run(cgm_winograd_map *t, int threads)
{
    for (int64_t k = 0; k < t->out.groups * t->tiles.isa->vector; k++)
        t->start[k] = t->bias && k < t->out.channels ? t->bias[k] : 0;
    cgm_winograd_prepare(t, threads);
    cgm_parallel(threads, (size_t)(cgm_tiles_units(&t->tiles) * blocks(t)), unit_task, t);
}

size_t cgm_conv2d_winograd_scratch(const cgm_conv_shape *s, int threads)
{
    cgm_winograd_map t = forward_create(s, threads);
    return lay_out(&t, threads, NULL);
}

void cgm_conv2d_winograd(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                         cgm_real *y, void *scratch, int threads)
{
    cgm_winograd_map t = forward_create(s, threads);
    lay_out(&t, threads, scratch);
    t.x = x, t.filter = filter, t.bias = bias, t.y = y;
    run(&t, threads);
}

size_t cgm_conv2d_winograd_input_grad_scratch(const cgm_conv_shape *s, int threads)
{
    cgm_winograd_map t = input_grad_create(s, threads);
    return lay_out(&t, threads, NULL);
}

void cgm_conv2d_winograd_input_grad(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                                    void *scratch, int threads)
{
    cgm_winograd_map t = input_grad_create(s, threads);
    lay_out(&t, threads, scratch);
    t.x = dy, t.filter = filter, t.y = dx;
    run(&t, threads);
}
