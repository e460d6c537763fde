/* See conv2d_rows.h. A task makes a few tiles of rows of a sample: their points, then for some outputs after others the
 * pixels of all its rows, which are written where they belong. */
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
/* The model of cost, in products of a vector by a weight, fitted to timings with AVX-512: the points of a vector of the
 * input, the pixels of a tile's vector of an output; and what the sum must be smaller than, as a fraction of the direct
 * way's. */
#define DATA_COST 24
#define PIXELS_COST 24
#define PAYS 0.9

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
    int64_t pieces, tiles, blocks; /* of the filter; of a sample; of outputs */
    int64_t unit, units;           /* tiles of a task, tasks of a sample */
    int64_t pitch, taps;           /* of a row of points; inputs x pieces x columns */
    /* In scratch: */
    int64_t *place;    /* where the points have what a tap sees */
    cgm_real *start;   /* [blocks][row_channels] */
    cgm_real *zeros;   /* a row of the image */
    cgm_real *weights; /* [blocks][taps][points][row_channels] */
    cgm_real *workers; /* each: points, [tile of the unit][piece][input][point][pitch] */
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

/* In vectors of products of one sample. */
static double cost(const map *m, const cgm_row_form *form, const cgm_conv_isa *isa)
{
    double pieces = (double)ceil_div(m->rows, form->taps), tiles = (double)ceil_div(m->oh, form->side);
    double data = DATA_COST * pieces * (double)(m->inputs * ceil_div(m->w, isa->vector));
    double taps = pieces * (double)(m->inputs * m->columns);
    double outputs = (double)(ceil_div(m->outputs, isa->row_channels) * isa->row_channels);
    return tiles * (data + outputs * (double)ceil_div(m->ow, isa->vector) * (CGM_ROW_POINTS * taps + PIXELS_COST));
}

static const cgm_row_form *_Atomic forced;

void cgm_rows_override(const cgm_row_form *form)
{
    atomic_store_explicit(&forced, form, memory_order_release);
}

/* Each output must see a row of the image: others are exactly zero, which these sums of rounded differences are not. */
static const cgm_row_form *choose(const cgm_conv_shape *s, const map *m)
{
    const cgm_conv_isa *isa = cgm_conv_isa_get();
    if (s->stride != 1 || cgm_conv_dilation(s) != 1 || m->rows < 3 || isa->vector < 8 || m->n < 1 ||
        m->w < isa->vector || m->ow < isa->vector || m->oh < 1)
        return NULL;
    if (m->top < 0 || m->top >= m->rows || m->oh - 1 - m->top >= m->h || m->left < 0) return NULL;
    const cgm_row_form *best = atomic_load_explicit(&forced, memory_order_acquire);
    if (best) return best;
    int64_t tile = ceil_div(m->rows, 4) * m->inputs * CGM_ROW_POINTS * (m->ow + m->columns);
    if (tile * (int64_t)sizeof(cgm_real) > MOST_BYTES) return NULL;
    int64_t outputs = m->outputs + (m->outputs % 4 == 3); /* which the direct way makes one more of */
    double direct = (double)(m->oh * m->rows * m->columns * m->inputs * outputs) * (double)m->ow / isa->vector;
    double least = PAYS * direct;
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
    t.blocks = ceil_div(m->outputs, isa->row_channels);
    t.pitch = max64(m->ow + m->columns - 1, m->left + m->w), t.taps = m->inputs * t.pieces * m->columns;
    t.tile_size = t.pieces * m->inputs * CGM_ROW_POINTS * t.pitch;
    t.unit = max64(1, min64(UNIT_TILES, UNIT_BYTES / (t.tile_size * (int64_t)sizeof(cgm_real))));
    t.units = ceil_div(t.tiles, t.unit);
    return t;
}

/* Sets the sizes, and when base is not NULL the pointers; returns the bytes. */
static size_t lay_out(rows_conv *t, int threads, char *base)
{
    int64_t places = round_up(t->taps), starts = round_up(t->blocks * t->isa->row_channels), zeros = round_up(t->m.w);
    int64_t weights = round_up(t->blocks * t->taps * CGM_ROW_POINTS * t->isa->row_channels);
    t->worker_size = round_up(t->unit * t->tile_size);
    if (base) {
        t->place = (int64_t *)base;
        t->start = (cgm_real *)(t->place + places);
        t->zeros = t->start + starts;
        t->weights = t->zeros + zeros;
        t->workers = t->weights + weights;
    }
    return (size_t)places * sizeof(int64_t) +
           (size_t)(starts + zeros + weights + threads * t->worker_size) * sizeof(cgm_real);
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

/* Of one block of outputs: as many taps at a time as a vector has room for. */
static void weights_task(void *context, size_t index, int worker)
{
    (void)worker;
    const rows_conv *t = context;
    int64_t channels = t->isa->row_channels, vector = t->isa->vector, together = vector / channels;
    cgm_real filter[4 * 16], points[CGM_ROW_POINTS * 16];
    cgm_real *out = t->weights + (int64_t)index * t->taps * CGM_ROW_POINTS * channels;
    for (int64_t q = 0; q < t->taps; q += together, out += together * CGM_ROW_POINTS * channels) {
        int64_t count = min64(together, t->taps - q);
        memset(filter, 0, sizeof filter);
        for (int64_t i = 0; i < count * channels; i++) {
            int64_t at = q + i / channels, b = at % t->m.columns, c = at / t->m.columns % t->m.inputs;
            int64_t a = at / t->m.columns / t->m.inputs * t->form->taps, m = (int64_t)index * channels + i % channels;
            for (int j = 0; j < t->form->taps; j++) filter[j * vector + i] = tap(t, m, c, a + j, b);
        }
        t->form->filter(filter, points);
        for (int64_t i = 0; i < count * channels; i++)
            for (int p = 0; p < CGM_ROW_POINTS; p++)
                out[(i / channels * CGM_ROW_POINTS + p) * channels + i % channels] = points[p * vector + i];
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
            for (int64_t i = 0; i < CGM_ROW_POINTS; i++) {
                int64_t at = y + p * t->form->taps + i - m->top;
                row[i] = at >= 0 && at < m->h ? x + (c * m->h + at) * m->w : t->zeros;
            }
            t->isa->row_data(m->w, row, points + m->left, t->pitch);
        }
}

/* One block of outputs, from k on, of one tile, from row y on. */
static void tile_get(const rows_conv *t, const cgm_real *points, int64_t k, int64_t y, cgm_real *out)
{
    const map *m = &t->m;
    int64_t channels = t->isa->row_channels, vector = t->isa->vector;
    const cgm_real *weights = t->weights + k * t->taps * CGM_ROW_POINTS;
    for (int64_t x = 0; x < m->ow; x += vector) {
        x = min64(x, m->ow - vector); /* the last vector may overlap the one before it */
        t->form->tile(t->taps, t->place, points + x, t->pitch, weights, t->start + k, out + x, m->ow, m->oh * m->ow,
                      min64(t->form->side, m->oh - y), min64(channels, m->outputs - k));
    }
}

static void unit_task(void *context, size_t index, int worker)
{
    const rows_conv *t = context;
    const map *m = &t->m;
    int64_t n = (int64_t)index / t->units, first = (int64_t)index % t->units * t->unit, side = t->form->side;
    int64_t count = min64(t->unit, t->tiles - first), image = m->oh * m->ow;
    cgm_real *points = t->workers + worker * t->worker_size;
    memset(points, 0, (size_t)(count * t->tile_size) * sizeof *points);
    for (int64_t i = 0; i < count; i++)
        points_get(t, t->x + n * m->inputs * m->h * m->w, (first + i) * side, points + i * t->tile_size);
    for (int64_t k = 0; k < m->outputs; k += t->isa->row_channels)
        for (int64_t i = 0; i < count; i++) {
            int64_t y = (first + i) * side;
            tile_get(t, points + i * t->tile_size, k, y, t->out + (n * m->outputs + k) * image + y * m->ow);
        }
}

static void run(rows_conv *t, int threads)
{
    const map *m = &t->m;
    int64_t width = t->blocks * t->isa->row_channels;
    for (int64_t q = 0; q < t->taps; q++) t->place[q] = q / m->columns * CGM_ROW_POINTS * t->pitch + q % m->columns;
    for (int64_t k = 0; k < width; k++) t->start[k] = t->bias && k < m->outputs ? t->bias[k] : 0;
    memset(t->zeros, 0, (size_t)m->w * sizeof *t->zeros);
    cgm_parallel(cgm_conv_threads(threads, width * t->taps), (size_t)t->blocks, weights_task, t);
    cgm_parallel(cgm_conv_threads(threads, m->n * m->oh * m->ow * width * t->taps), (size_t)(m->n * t->units),
                 unit_task, t);
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
