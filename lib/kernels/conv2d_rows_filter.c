/* The filter gradient by transforms along columns; see conv2d_rows.h. Of each tile of rows the points of x and of dy
 * are made, those of dy from rows turned to [pixel][output]; for each point the products of the taps (a piece of the
 * filter's rows, an input and a column) by the outputs are summed along the pixels, in vectors of outputs, by the
 * direct way's inner loops; and a filter's rows follow from its sums at the six points.
 *
 * A task takes a chunk of the tiles of all samples, and has its own sums; those of the chunks are added in order at the
 * end. How many there are depends on the shape alone. */
#include "kernels/conv2d_rows.h"
#include "kernels/sizes.h"

#include "base/threads.h"

#include <string.h>

/* The model of cost, in products of a vector by a pixel of the direct way, fitted to timings with AVX-512 of 380 random
 * shapes of 6 to 128 outputs, one thread: a product; the points of a vector of the input; those of a vector of outputs,
 * for each pixel. And of the direct way by channels, a pixel of the input; by pixels, a product, and a pixel of dy that
 * is copied, as it is where images are no whole vectors. */
#define PRODUCT_COST 1.05
#define DATA_COST 144
#define OUTPUT_COST 51
#define PIXEL_COST 2.65
#define BY_PIXELS_COST 1.15
#define COPY_COST 0.51
#define MIN_TAPS 64
/* What the points of a unit's tiles may take in the second-level cache. */
#define UNIT_BYTES (256 << 10)
/* Chunks are so many at most, each worth so many products, and their sums take so much together. */
#define MAX_CHUNKS 16
#define CHUNK_PRODUCTS (1 << 18)
#define SUMS_BYTES (2 << 20)
/* Vectors of a panel of outputs, at most. */
#define WIDEST 4

typedef struct rows_filter {
    const cgm_conv_isa *isa;
    const cgm_row_form *form;
    cgm_conv_shape s;
    int64_t pieces, tiles; /* of the filter; of a sample */
    int64_t outputs;       /* in whole vectors */
    int64_t widest;        /* outputs of a panel, at most */
    int64_t pitch, taps;   /* of a row of x; pieces x inputs x columns */
    int64_t chunks, units;
    int64_t unit; /* tiles of one, at most */
    /* In scratch: */
    int64_t *tap, *place; /* where the points of x have what a tap sees at pixel 0, and what it sees at each pixel */
    cgm_real *zeros;      /* a row of x or dy */
    cgm_real *sums;       /* [chunk][point][tap][output] */
    cgm_real *workers;    /* each: points of x, [point][tile][piece][input][pitch], and of a panel of outputs of dy,
                             [point][tile][pixel][output]; rows of dy, [row][pixel][output] */
    int64_t tile_size, x_step, dy_step, sums_size, worker_size;
    const cgm_real *x, *dy;
    bool accumulate;
    cgm_real *out;
} rows_filter;

/* ---- which shapes ---- */

static int64_t sums_size(const cgm_conv_shape *s, const cgm_row_form *form)
{
    int64_t vector = cgm_conv_isa_get()->vector;
    return CGM_ROW_POINTS * ceil_div(s->r, form->taps) * s->c * s->s * ceil_div(s->k, vector) * vector;
}

/* Of one sample. */
static double cost(const cgm_conv_shape *s, const cgm_row_form *form)
{
    int64_t vector = cgm_conv_isa_get()->vector, pieces = ceil_div(s->r, form->taps);
    double pixel = PRODUCT_COST * CGM_ROW_POINTS * (double)(pieces * s->c * s->s) + OUTPUT_COST;
    double data = DATA_COST * (double)(pieces * s->c * ceil_div(s->w, vector));
    return (double)ceil_div(s->oh, form->side) * (pixel * (double)(s->ow * ceil_div(s->k, vector)) + data);
}

static double direct_cost(const cgm_conv_shape *s)
{
    int64_t vector = cgm_conv_isa_get()->vector, taps = s->c * s->r * s->s, pixels = s->oh * s->ow;
    if (taps >= MIN_TAPS && s->k >= vector)
        return (double)pixels * ((double)(taps * ceil_div(s->k, vector)) + PIXEL_COST * (double)s->c);
    double copied = s->ow % vector && pixels % vector ? COPY_COST * (double)(pixels * s->k) : 0;
    return BY_PIXELS_COST * (double)(s->oh * ceil_div(s->ow, vector) * taps * s->k) + copied;
}

/* Each row of the filter must see the image, else it is exactly zero; and two chunks must have room for their sums. */
const cgm_row_form *cgm_conv2d_rows_filter_grad_form(const cgm_conv_shape *s)
{
    if (!cgm_rows_possible(s) || s->pad_top >= s->oh || s->r - 1 - s->pad_top >= s->h) return NULL;
    const cgm_row_form *best = cgm_rows_forced();
    if (best) return best;
    double least = direct_cost(s);
    for (int i = 0; i < CGM_ROW_FORMS; i++) {
        const cgm_row_form *form = cgm_conv_isa_get()->row_form[i];
        if (2 * sums_size(s, form) * (int64_t)sizeof(cgm_real) > SUMS_BYTES) continue;
        double sum = cost(s, form);
        if (sum < least) least = sum, best = form;
    }
    return best;
}

/* ---- layout ---- */

/* Vectors of the panel that begins with output k. */
static int64_t panel_columns(const rows_filter *t, int64_t k)
{
    return cgm_wide_columns(t->isa, (t->outputs - k) / t->isa->vector);
}

static rows_filter create(const cgm_conv_shape *s, const cgm_row_form *form)
{
    const cgm_conv_isa *isa = cgm_conv_isa_get();
    rows_filter t = {.isa = isa, .form = form, .s = *s, .outputs = ceil_div(s->k, isa->vector) * isa->vector};
    t.pieces = ceil_div(s->r, form->taps), t.tiles = ceil_div(s->oh, form->side), t.taps = t.pieces * s->c * s->s;
    t.pitch = max64(s->ow + s->s - 1, s->pad_left + s->w), t.tile_size = t.pieces * s->c * t.pitch;
    t.sums_size = sums_size(s, form), t.widest = min64(t.outputs, WIDEST * isa->vector);
    int64_t all = s->n * t.tiles;
    int64_t bytes = CGM_ROW_POINTS * (t.tile_size + s->ow * t.widest) * (int64_t)sizeof(cgm_real);
    int64_t most = max64(1, UNIT_BYTES / bytes);
    t.units = min64(all, 2 * ceil_div(all, 2 * most)), t.unit = min64(all, most);
    int64_t chunks = min64(min64(MAX_CHUNKS, t.units), SUMS_BYTES / (t.sums_size * (int64_t)sizeof(cgm_real)));
    chunks = min64(chunks, all * s->ow * t.sums_size / CHUNK_PRODUCTS);
    for (t.chunks = 1; 2 * t.chunks <= chunks;) t.chunks *= 2;
    t.x_step = round_up(t.unit * t.tile_size), t.dy_step = t.unit * s->ow * t.widest + isa->vector;
    int64_t points = CGM_ROW_POINTS * (t.x_step + t.dy_step) + form->side * s->ow * t.widest;
    t.worker_size = round_up(max64(points, (form->taps + 1) * s->s * t.outputs));
    return t;
}

/* When base is not NULL sets the pointers; returns the bytes. */
static size_t lay_out(rows_filter *t, int threads, char *base)
{
    int64_t taps = round_up(t->taps), places = round_up(t->unit * t->s.ow);
    int64_t zeros = round_up(max64(t->s.w, t->s.ow * t->widest)), sums = round_up(t->chunks * t->sums_size);
    if (base) {
        t->tap = (int64_t *)base;
        t->place = t->tap + taps;
        t->zeros = (cgm_real *)(t->place + places);
        t->sums = t->zeros + zeros;
        t->workers = t->sums + sums;
        for (int64_t q = 0; q < t->taps; q++) t->tap[q] = q / t->s.s * t->pitch + q % t->s.s;
        for (int64_t j = 0; j < t->unit * t->s.ow; j++) t->place[j] = j / t->s.ow * t->tile_size + j % t->s.ow;
        memset(t->zeros, 0, (size_t)zeros * sizeof *t->zeros);
    }
    return (size_t)(taps + places) * sizeof(int64_t) +
           (size_t)(zeros + sums + max64(threads, 1) * t->worker_size) * sizeof(cgm_real);
}

/* ---- the sums ---- */

/* Zeros beside the images, where no tile's points are put. */
static void clear_margins(const rows_filter *t, cgm_real *xs)
{
    int64_t lines = t->unit * t->pieces * t->s.c, end = t->s.pad_left + t->s.w;
    for (int64_t i = 0; i < CGM_ROW_POINTS * lines; i++) {
        cgm_real *line = xs + i / lines * t->x_step + i % lines * t->pitch;
        memset(line, 0, (size_t)t->s.pad_left * sizeof *line);
        memset(line + end, 0, (size_t)(t->pitch - end) * sizeof *line);
    }
}

/* The points of x of the tile of rows from y on, of one sample. */
static void x_points(const rows_filter *t, const cgm_real *x, int64_t y, cgm_real *xs)
{
    const cgm_conv_shape *s = &t->s;
    for (int64_t p = 0; p < t->pieces; p++)
        for (int64_t c = 0; c < s->c; c++, xs += t->pitch) {
            const cgm_real *row[CGM_ROW_POINTS];
            cgm_rows_seen(x + c * s->h * s->w, s->h, s->w, y + p * t->form->taps - s->pad_top, t->zeros, row);
            t->isa->row_data(s->w, row, xs + s->pad_left, t->x_step);
        }
}

/* And of dy, of the panel of `width` outputs from k on. */
static void dy_points(const rows_filter *t, const cgm_real *dy, int64_t k, int64_t width, int64_t y, cgm_real *turned,
                      cgm_real *dys)
{
    int64_t ow = t->s.ow, image = t->s.oh * ow, rows = min64(t->form->side, t->s.oh - y);
    int64_t valid = min64(width, t->s.k - k);
    const cgm_real *row[CGM_ROW_POINTS];
    if (valid < width) memset(turned, 0, (size_t)(rows * ow * width) * sizeof *turned);
    for (int64_t i = 0; i < valid; i += CGM_TURN)
        t->isa->turn(min64(CGM_TURN, valid - i), rows * ow, dy + (k + i) * image + y * ow, image, turned + i, width);
    for (int64_t i = 0; i < t->form->side; i++) row[i] = i < rows ? turned + i * ow * width : t->zeros;
    t->form->output_grad(ow * width, row, dys, t->dy_step);
}

/* The sums[tap][output] of one point and panel, or what some pixels add to them. */
static void multiply(const rows_filter *t, int64_t pixels, int64_t columns, const cgm_real *xs, const cgm_real *dys,
                     bool add, cgm_real *sums)
{
    static const cgm_real zeros[WIDEST * 16];
    int64_t block = cgm_block(pixels), width = columns * t->isa->vector;
    for (int64_t j = 0; j < pixels; j += block)
        for (int64_t q = 0, rows; q < t->taps; q += rows) {
            rows = cgm_wide_rows(t->isa, columns, t->taps - q);
            t->isa->broadcast[rows][columns](min64(block, pixels - j), xs, t->tap + q, t->place + j, dys + j * width,
                                             width, add || j > 0 ? NULL : zeros, sums + q * t->outputs, t->outputs);
        }
}

/* Tiles [first, first + tiles) of all samples. */
static void unit(const rows_filter *t, int64_t first, int64_t tiles, cgm_real *xs, bool add, cgm_real *sums)
{
    const cgm_conv_shape *s = &t->s;
    cgm_real *dys = xs + CGM_ROW_POINTS * t->x_step, *turned = dys + CGM_ROW_POINTS * t->dy_step;
    for (int64_t i = first; i < first + tiles; i++)
        x_points(t, t->x + i / t->tiles * s->c * s->h * s->w, i % t->tiles * t->form->side,
                 xs + (i - first) * t->tile_size);
    for (int64_t k = 0, width; k < t->outputs; k += width) {
        int64_t columns = panel_columns(t, k);
        width = columns * t->isa->vector;
        for (int64_t i = first; i < first + tiles; i++)
            dy_points(t, t->dy + i / t->tiles * s->k * s->oh * s->ow, k, width, i % t->tiles * t->form->side, turned,
                      dys + (i - first) * s->ow * width);
        for (int64_t p = 0; p < CGM_ROW_POINTS; p++)
            multiply(t, tiles * s->ow, columns, xs + p * t->x_step, dys + p * t->dy_step, add,
                     sums + p * t->taps * t->outputs + k);
    }
}

static void chunk_task(void *context, size_t index, int worker)
{
    const rows_filter *t = context;
    int64_t all = t->s.n * t->tiles, chunk = (int64_t)index;
    int64_t begin = t->units * chunk / t->chunks, next = t->units * (chunk + 1) / t->chunks;
    cgm_real *points = t->workers + worker * t->worker_size;
    clear_margins(t, points);
    for (int64_t u = begin; u < next; u++) {
        int64_t first = u * all / t->units, end = (u + 1) * all / t->units;
        unit(t, first, end - first, points, u > begin, t->sums + chunk * t->sums_size);
    }
}

/* ---- the sum over chunks ---- */

/* The filters of one input and piece: of [row][column][output] of its rows those that the filter has, from a on. */
static void deliver(const rows_filter *t, const cgm_real *rows, int64_t a, cgm_real *room, cgm_real *out)
{
    const cgm_conv_shape *s = &t->s;
    int64_t line = s->s * t->outputs, taps = s->c * s->r * s->s;
    for (int64_t i = 0; i < t->form->taps && a + i < s->r; i++, rows += line, out += s->s) {
        if (!t->accumulate) {
            t->isa->turn(s->s, s->k, rows, t->outputs, out, taps);
            continue;
        }
        t->isa->turn(s->s, s->k, rows, t->outputs, room, s->s);
        for (int64_t k = 0; k < s->k; k++)
            for (int64_t b = 0; b < s->s; b++) out[k * taps + b] += room[k * s->s + b];
    }
}

/* Of one piece and input. */
static void line_task(void *context, size_t index, int worker)
{
    const rows_filter *t = context;
    const cgm_conv_shape *s = &t->s;
    int64_t line = s->s * t->outputs, c = (int64_t)index % s->c, a = (int64_t)index / s->c * t->form->taps;
    cgm_real *sums = t->sums + (int64_t)index * line, *rows = t->workers + worker * t->worker_size;
    for (int64_t chunk = 1; chunk < t->chunks; chunk++)
        for (int p = 0; p < CGM_ROW_POINTS; p++) {
            cgm_real *sum = sums + p * t->taps * t->outputs;
            const cgm_real *more = sum + chunk * t->sums_size;
            for (int64_t i = 0; i < line; i++) sum[i] += more[i];
        }
    t->form->filter_grad(line, sums, t->taps * t->outputs, rows, line);
    deliver(t, rows, a, rows + t->form->taps * line, t->out + (c * s->r + a) * s->s);
}

size_t cgm_conv2d_rows_filter_grad_scratch(const cgm_conv_shape *s, int threads)
{
    rows_filter t = create(s, cgm_conv2d_rows_filter_grad_form(s));
    return lay_out(&t, threads, NULL);
}

void cgm_conv2d_rows_filter_grad(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *dy, bool accumulate,
                                 cgm_real *dfilter, void *scratch, int threads)
{
    rows_filter t = create(s, cgm_conv2d_rows_filter_grad_form(s));
    lay_out(&t, threads, scratch);
    t.x = x, t.dy = dy, t.accumulate = accumulate, t.out = dfilter;
    cgm_parallel(cgm_conv_threads(threads, s->n * t.tiles * s->ow * t.sums_size), (size_t)t.chunks, chunk_task, &t);
    cgm_parallel(cgm_conv_threads(threads, t.chunks * t.sums_size), (size_t)(t.pieces * s->c), line_task, &t);
}
