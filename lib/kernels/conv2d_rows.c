/* See conv2d_rows.h. A task makes a few tiles of rows of a sample: their points, then for a panel of outputs after the
 * other the pixels of all its rows, which are written where they belong. Of few taps the sums at all points of a vector
 * stay in registers; of many, where what is summed is read more often than sums are, a point after the other is summed
 * for more vectors by the direct way's inner loops. */
#include "kernels/conv2d_rows.h"
#include "kernels/sizes.h"

#include "base/threads.h"

#include <stdatomic.h>
#include <string.h>

/* Tiles of a task: that many, or as many whose points a second-level cache holds beside all else. */
#define UNIT_TILES 8
#define UNIT_BYTES (64 << 10)
/* Of the points of one. */
#define MOST_BYTES (256 << 10)
/* The model of cost, in products of a vector by a weight of the direct way, fitted to timings with AVX-512 of 232
 * random maps, one thread: a product; the points of a vector of the input; the pixels of a tile's vector of an output.
 * And of the direct way each copy of a vector of the input: one, or where rows are no whole vectors one for each column
 * of the filter. */
#define PRODUCT_COST 1.35
#define DATA_COST 89
#define PIXELS_COST 4.2
#define COPY_COST 17.5
/* So many taps are many: with AVX-512 each takes 24 products of 30 operands read in registers, and of 11 of a point. */
#define MANY_TAPS 30

/* The correlation result[m, y, x] = sum of operand[c, y + a - top, x + b - left] filter[m, c, a, b]. */
typedef struct map {
    int64_t n, inputs, h, w, outputs, oh, ow;
    int64_t rows, columns, top, left; /* of the filter; of zeros before the image */
    bool turned;                      /* the filter is [inputs][outputs], its last tap first: the input gradient */
} map;

typedef struct rows_conv {
    map m;
    const cgm_conv_isa *isa;
    const cgm_row_form *form;
    int64_t pieces, tiles; /* of the filter; of a sample */
    int64_t unit, units;   /* tiles of a task, tasks of a sample */
    int64_t vectors;       /* of a tile's row: the last one may overlap the one before it */
    int64_t pitch, taps;   /* of a row of points; inputs x pieces x columns */
    bool in_registers;     /* sums at all points */
    /* In scratch: */
    int64_t *at;         /* where the points have what a tap sees at pixel 0 */
    int64_t *place, *to; /* [tile of the unit][vector]: where the points have it, and where an output does */
    cgm_real *start;     /* [panel][output] */
    cgm_real *zeros;     /* a row of the image, or of a panel */
    cgm_real *weights;   /* panel after panel: [tap][point][output] in registers, else [point][tap][output] */
    cgm_real *workers;   /* each: points, [tile of the unit][piece][input][point][pitch], and sums at all points */
    int64_t tile_size, worker_size;
    const cgm_real *x, *filter, *bias;
    cgm_real *out;
} rows_conv;

static map forward_map(const cgm_conv_shape *s)
{
    return (map){.n = s->n,
                 .inputs = s->c,
                 .h = s->h,
                 .w = s->w,
                 .outputs = s->k,
                 .oh = s->oh,
                 .ow = s->ow,
                 .rows = s->r,
                 .columns = s->s,
                 .top = s->pad_top,
                 .left = s->pad_left};
}

static map input_grad_map(const cgm_conv_shape *s)
{
    return (map){.n = s->n,
                 .inputs = s->k,
                 .h = s->oh,
                 .w = s->ow,
                 .outputs = s->c,
                 .oh = s->h,
                 .ow = s->w,
                 .rows = s->r,
                 .columns = s->s,
                 .top = s->r - 1 - s->pad_top,
                 .left = s->s - 1 - s->pad_left,
                 .turned = true};
}

/* ---- which shapes ---- */

/* Of all pieces of the filter. */
static int64_t all_taps(const map *m, const cgm_row_form *form)
{
    return ceil_div(m->rows, form->taps) * m->inputs * m->columns;
}

static bool sums_in_registers(int64_t taps)
{
    return taps < MANY_TAPS;
}

/* Outputs that the direct way's tiles sum: three are summed as four. */
static int64_t summed(const map *m)
{
    return m->outputs + (m->outputs % 4 == 3);
}

/* Of one sample. */
static double cost(const map *m, const cgm_row_form *form, const cgm_conv_isa *isa)
{
    int64_t pieces = ceil_div(m->rows, form->taps), taps = all_taps(m, form), channels = isa->row_channels;
    int64_t outputs = sums_in_registers(taps) ? ceil_div(m->outputs, channels) * channels : summed(m);
    double data = DATA_COST * (double)(pieces * m->inputs * ceil_div(m->w, isa->vector));
    double pixels = (PRODUCT_COST * CGM_ROW_POINTS * (double)taps + PIXELS_COST) * (double)outputs;
    return (double)ceil_div(m->oh, form->side) * (data + (double)ceil_div(m->ow, isa->vector) * pixels);
}

static double direct_cost(const map *m, const cgm_conv_isa *isa)
{
    double pixels = (double)(m->oh * m->ow) / isa->vector;
    double copied = (double)(m->inputs * m->oh * ceil_div(m->ow, isa->vector));
    return pixels * (double)(m->rows * m->columns * m->inputs * summed(m)) +
           COPY_COST * copied * (double)(m->ow % isa->vector ? m->columns : 1);
}

static const cgm_row_form *_Atomic forced;

void cgm_rows_override(const cgm_row_form *form)
{
    atomic_store_explicit(&forced, form, memory_order_release);
}

const cgm_row_form *cgm_rows_forced(void)
{
    return atomic_load_explicit(&forced, memory_order_acquire);
}

bool cgm_rows_possible(const cgm_conv_shape *s)
{
    int64_t vector = cgm_conv_isa_get()->vector;
    return s->stride == 1 && cgm_conv_dilation(s) == 1 && s->r >= 3 && vector >= 8 && s->w >= vector &&
           s->ow >= vector && s->n >= 1 && s->h >= 1 && s->oh >= 1;
}

/* Each output must see a row of the image: others are exactly zero, which these sums of rounded differences are not. */
static const cgm_row_form *choose(const cgm_conv_shape *s, const map *m)
{
    const cgm_conv_isa *isa = cgm_conv_isa_get();
    if (!cgm_rows_possible(s) || m->top < 0 || m->top >= m->rows || m->oh - 1 - m->top >= m->h || m->left < 0)
        return NULL;
    const cgm_row_form *best = cgm_rows_forced();
    if (best) return best;
    int64_t tile = ceil_div(m->rows, 4) * m->inputs * CGM_ROW_POINTS * (m->ow + m->columns);
    if (tile * (int64_t)sizeof(cgm_real) > MOST_BYTES || m->inputs * m->outputs == 1) return NULL;
    double least = direct_cost(m, isa);
    for (int i = 0; i < CGM_ROW_FORMS; i++) {
        double sum = cost(m, isa->row_form[i], isa);
        if (sum < least) least = sum, best = isa->row_form[i];
    }
    return best;
}

const cgm_row_form *cgm_conv2d_rows_form(const cgm_conv_shape *s)
{
    map m = forward_map(s);
    return choose(s, &m);
}

const cgm_row_form *cgm_conv2d_rows_input_grad_form(const cgm_conv_shape *s)
{
    map m = input_grad_map(s);
    return choose(s, &m);
}

/* ---- layout ---- */

static rows_conv create(const map *m, const cgm_row_form *form)
{
    const cgm_conv_isa *isa = cgm_conv_isa_get();
    rows_conv t = {.m = *m, .isa = isa, .form = form};
    t.pieces = ceil_div(m->rows, form->taps), t.tiles = ceil_div(m->oh, form->side);
    t.vectors = ceil_div(m->ow, isa->vector);
    t.pitch = max64(m->ow + m->columns - 1, m->left + m->w), t.taps = all_taps(m, form);
    t.in_registers = sums_in_registers(t.taps);
    t.tile_size = t.pieces * m->inputs * CGM_ROW_POINTS * t.pitch;
    t.unit = max64(1, min64(UNIT_TILES, UNIT_BYTES / (t.tile_size * (int64_t)sizeof(cgm_real))));
    t.units = ceil_div(t.tiles, t.unit);
    return t;
}

/* Outputs of the panel that begins with output k; the surplus is computed but not stored. */
static int64_t panel_width(const rows_conv *t, int64_t k)
{
    return t->in_registers ? t->isa->row_channels : cgm_tile_rows(t->isa, t->m.outputs - k, true);
}

static void set_places(const rows_conv *t)
{
    for (int64_t q = 0; q < t->taps; q++) t->at[q] = q / t->m.columns * CGM_ROW_POINTS * t->pitch + q % t->m.columns;
    for (int64_t i = 0; i < t->unit * t->vectors; i++) {
        int64_t tile = i / t->vectors, x = min64(i % t->vectors * t->isa->vector, t->m.ow - t->isa->vector);
        t->place[i] = tile * t->tile_size + x;
        t->to[i] = tile * t->form->side * t->m.ow + x;
    }
}

/* Sets the sizes, and when base is not NULL the pointers; returns the bytes. */
static size_t lay_out(rows_conv *t, int threads, char *base)
{
    int64_t taps = round_up(t->taps), places = round_up(t->unit * t->vectors);
    int64_t starts = round_up(t->m.outputs + t->isa->rows), zeros = round_up(max64(t->m.w, t->isa->rows));
    int64_t weights = round_up((t->m.outputs + t->isa->rows) * t->taps * CGM_ROW_POINTS);
    int64_t sums = t->in_registers ? 0 : CGM_ROW_POINTS * CGM_TILE * t->isa->vector;
    t->worker_size = round_up(t->unit * t->tile_size) + sums;
    if (base) {
        t->at = (int64_t *)base;
        t->place = t->at + taps;
        t->to = t->place + places;
        t->start = (cgm_real *)(t->to + places);
        t->zeros = t->start + starts;
        t->weights = t->zeros + zeros;
        t->workers = t->weights + weights;
        set_places(t);
        memset(t->zeros, 0, (size_t)zeros * sizeof *t->zeros);
    }
    return (size_t)(taps + 2 * places) * sizeof(int64_t) +
           (size_t)(starts + zeros + weights + max64(threads, 1) * t->worker_size) * sizeof(cgm_real);
}

/* ---- weights ---- */

/* The filter's tap (a, b) of output m and input c; zero beyond the filter. */
static cgm_real tap(const rows_conv *t, int64_t m, int64_t c, int64_t a, int64_t b)
{
    const map *p = &t->m;
    if (m >= p->outputs || a >= p->rows) return 0;
    if (!p->turned) return t->filter[((m * p->inputs + c) * p->rows + a) * p->columns + b];
    return t->filter[((c * p->outputs + m) * p->rows + p->rows - 1 - a) * p->columns + p->columns - 1 - b];
}

/* Of one panel: as many taps at a time as a vector has room for. */
static void weights_task(void *context, size_t index, int worker)
{
    (void)worker;
    const rows_conv *t = context;
    int64_t vector = t->isa->vector, k = 0, width = panel_width(t, 0);
    for (size_t i = 0; i < index; i++) k += width, width = panel_width(t, k);
    int64_t tap_step = t->in_registers ? CGM_ROW_POINTS * width : width, together = vector / width;
    int64_t point_step = t->in_registers ? width : t->taps * width;
    cgm_real filter[4 * 16], points[CGM_ROW_POINTS * 16], *out = t->weights + k * t->taps * CGM_ROW_POINTS;
    for (int64_t q = 0; q < t->taps; q += together, out += together * tap_step) {
        int64_t count = min64(together, t->taps - q);
        memset(filter, 0, sizeof filter);
        for (int64_t i = 0; i < count; i++) {
            int64_t b = (q + i) % t->m.columns, line = (q + i) / t->m.columns, c = line % t->m.inputs;
            for (int64_t j = 0, a = line / t->m.inputs * t->form->taps; j < t->form->taps; j++, a++)
                for (int64_t m = 0; m < width; m++) filter[j * vector + i * width + m] = tap(t, k + m, c, a, b);
        }
        t->form->filter(filter, points);
        for (int64_t i = 0; i < count; i++)
            for (int p = 0; p < CGM_ROW_POINTS; p++)
                memcpy(out + i * tap_step + p * point_step, points + p * vector + i * width,
                       (size_t)width * sizeof *out);
    }
}

/* ---- the sums ---- */

/* Points of the tile of rows from y on, of one sample. */
static void points_get(const rows_conv *t, const cgm_real *x, int64_t y, cgm_real *points)
{
    const map *m = &t->m;
    for (int64_t p = 0; p < t->pieces; p++)
        for (int64_t c = 0; c < m->inputs; c++, points += CGM_ROW_POINTS * t->pitch) {
            const cgm_real *row[CGM_ROW_POINTS];
            cgm_rows_seen(x + c * m->h * m->w, m->h, m->w, y + p * t->form->taps - m->top, t->zeros, row);
            t->isa->row_data(m->w, row, points + m->left, t->pitch);
        }
}

/* The pixels of the panel of outputs from k on, of a unit of `tiles` that begins with row y, which is at `out`. */
static void panel_in_registers(const rows_conv *t, const cgm_real *points, int64_t k, int64_t y, int64_t tiles,
                               cgm_real *out)
{
    const map *m = &t->m;
    const cgm_real *weights = t->weights + k * t->taps * CGM_ROW_POINTS;
    for (int64_t v = 0; v < tiles * t->vectors; v++)
        t->form->tile(t->taps, t->at, points + t->place[v], t->pitch, weights, t->start + k, out + t->to[v], m->ow,
                      m->oh * m->ow, min64(t->form->side, m->oh - y - v / t->vectors * t->form->side),
                      min64(t->isa->row_channels, m->outputs - k));
}

/* Likewise, by way of sums[point][output][vector] for some of its vectors after others. */
static void panel_by_points(const rows_conv *t, const cgm_real *points, int64_t k, int64_t y, int64_t tiles,
                            cgm_real *out, cgm_real *sums)
{
    const map *m = &t->m;
    int64_t width = panel_width(t, k), valid = min64(width, m->outputs - k), image = m->oh * m->ow;
    for (int64_t v = 0, columns; v < tiles * t->vectors; v += columns) {
        columns = cgm_tile_columns(t->isa, width, tiles * t->vectors - v);
        int64_t ld = columns * t->isa->vector;
        cgm_panel panel = {.weights = t->weights + k * t->taps * CGM_ROW_POINTS,
                           .step = width,
                           .tap = t->at,
                           .soon_tap = t->at,
                           .start = t->zeros};
        for (int p = 0; p < CGM_ROW_POINTS; p++, panel.weights += t->taps * width) {
            panel.planes = points + p * t->pitch;
            t->isa->outer[width][columns](&panel, 0, t->taps, t->place + v, sums + p * width * ld, ld);
        }
        for (int64_t i = 0; i < valid; i++)
            t->form->pixels(columns, sums + i * ld, width * ld, t->start[k + i], out + i * image, t->to + v, m->ow,
                            (m->oh - y) * m->ow);
    }
}

static void unit_task(void *context, size_t index, int worker)
{
    const rows_conv *t = context;
    const map *m = &t->m;
    int64_t n = (int64_t)index / t->units, first = (int64_t)index % t->units * t->unit, y = first * t->form->side;
    int64_t tiles = min64(t->unit, t->tiles - first);
    cgm_real *points = t->workers + worker * t->worker_size, *sums = points + round_up(t->unit * t->tile_size);
    memset(points, 0, (size_t)(tiles * t->tile_size) * sizeof *points);
    for (int64_t i = 0; i < tiles; i++)
        points_get(t, t->x + n * m->inputs * m->h * m->w, y + i * t->form->side, points + i * t->tile_size);
    for (int64_t k = 0; k < m->outputs; k += panel_width(t, k)) {
        cgm_real *out = t->out + ((n * m->outputs + k) * m->oh + y) * m->ow;
        if (t->in_registers)
            panel_in_registers(t, points, k, y, tiles, out);
        else
            panel_by_points(t, points, k, y, tiles, out, sums);
    }
}

static void run(rows_conv *t, int threads)
{
    const map *m = &t->m;
    int64_t k = 0, products = m->outputs * t->taps;
    size_t panels = 0;
    for (; k < m->outputs; panels++) k += panel_width(t, k);
    for (int64_t i = 0; i < k; i++) t->start[i] = t->bias && i < m->outputs ? t->bias[i] : 0;
    cgm_parallel(cgm_conv_threads(threads, products), panels, weights_task, t);
    cgm_parallel(cgm_conv_threads(threads, m->n * m->oh * m->ow * products), (size_t)(m->n * t->units), unit_task, t);
}

size_t cgm_conv2d_rows_scratch(const cgm_conv_shape *s, int threads)
{
    map m = forward_map(s);
    rows_conv t = create(&m, choose(s, &m));
    return lay_out(&t, threads, NULL);
}

void cgm_conv2d_rows(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                     cgm_real *y, void *scratch, int threads)
{
    map m = forward_map(s);
    rows_conv t = create(&m, choose(s, &m));
    lay_out(&t, threads, scratch);
    t.x = x, t.filter = filter, t.bias = bias, t.out = y;
    run(&t, threads);
}

size_t cgm_conv2d_rows_input_grad_scratch(const cgm_conv_shape *s, int threads)
{
    map m = input_grad_map(s);
    rows_conv t = create(&m, choose(s, &m));
    return lay_out(&t, threads, NULL);
}

void cgm_conv2d_rows_input_grad(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                                void *scratch, int threads)
{
    map m = input_grad_map(s);
    rows_conv t = create(&m, choose(s, &m));
    lay_out(&t, threads, scratch);
    t.x = dy, t.filter = filter, t.out = dx;
    run(&t, threads);
}
