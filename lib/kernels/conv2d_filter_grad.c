/* The gradient of the filter: dfilter[k, q] = sum_p dy[k, p] planes[tap[q] + place[p]]; see conv2d_planes.h. Either in
 * vectors along the output channels, from dy turned to [pixel][channel], or, where those are few, in sums of products
 * of vectors along the pixels.
 *
 * A task takes a chunk of the units (groups of samples, or strips of one) and a block of the input channels. Each chunk
 * has its own partial sums, which are added in order at the end; their number depends on the shape alone. */
#include "kernels/conv2d.h"
#include "kernels/conv2d_pixel.h"
#include "kernels/conv2d_rows.h"
#include "kernels/conv2d_winograd.h"
#include "kernels/sizes.h"

#include "base/threads.h"

#include <string.h>

#define MAX_CHUNKS 16
#define MIN_TASKS 8
/* Products worth a task of their own, about 20 us: each chunk has its sums to add up, each block turns dy anew. */
#define TASK_PRODUCTS (1 << 20)
/* What the partial sums of all chunks together may take. */
#define PARTIAL_BYTES (2 << 20)
/* By pixels: what the planes and dy of the samples of one pass may take; a pass keeps its sums in registers. */
#define PASS_BYTES (256 << 10)
#define MAX_PASS 16
/* As in conv2d_fast.c: with fewer taps turning dy costs too much, unless there are so few pixels that it costs less
 * than adding up the lanes of a sum for each tap. */
#define MIN_TAPS 64
#define PIXELS_PER_TAP 12
/* By channels: pixels over which a tile of sums stays in registers, at least. */
#define MIN_PIXELS 256
/* And of one tap a channel, where planes need no rows in common: what a unit's pixels may take, which are read, as dy
 * is, from the second-level cache for each panel; and pixels that a tile's sums stay in registers for, at most. */
#define POINTWISE_BYTES (384 << 10)
#define POINTWISE_BLOCK 1024

typedef struct filter_grad {
    const cgm_conv_isa *isa;
    bool by_channels, pointwise;
    cgm_planes planes;
    int64_t n, outputs, taps;
    int64_t width; /* of a row of partial sums: the taps, or the outputs in whole vectors */
    int64_t units, chunks, blocks;
    int64_t pass;     /* units of one pass, at most */
    int64_t vectors;  /* of pixels of a unit */
    bool dy_in_place; /* dy's rows are whole vectors already */
    /* In scratch: */
    int64_t *tap; /* of one block */
    int64_t *place;
    cgm_real *partial; /* [chunks][outputs][taps], or [chunks][taps][outputs] */
    cgm_real *workers; /* each: planes of a pass, dy of a pass, padded copy */
    int64_t planes_size, dy_size, padded_size, worker_size, partial_size;
    const cgm_real *x, *dy;
    bool accumulate;
    cgm_real *out;
} filter_grad;

static bool by_channels(const cgm_conv_isa *isa, const cgm_conv_shape *s)
{
    int64_t taps = s->c * s->r * s->s, pixels = s->n * s->oh * s->ow;
    return (s->k % isa->vector == 0 || s->k > 2 * isa->vector) && (taps >= MIN_TAPS || pixels < PIXELS_PER_TAP * taps);
}

static filter_grad create(const cgm_conv_shape *s)
{
    filter_grad t = {.isa = cgm_conv_isa_get(), .n = s->n, .outputs = s->k, .taps = s->c * s->r * s->s};
    t.by_channels = by_channels(t.isa, s);
    int64_t vector = t.by_channels ? 1 : t.isa->vector;
    int64_t least = t.by_channels ? MIN_PIXELS : 3 * vector, least_bytes = least * s->c * (int64_t)sizeof(cgm_real);
    t.pointwise = t.by_channels && s->r * s->s == 1;
    t.planes = cgm_planes_create(s, vector, least, TASK_PRODUCTS,
                                 t.pointwise ? max64(POINTWISE_BYTES, least_bytes) : CGM_PLANES_BYTES, false);
    t.units = cgm_planes_units(&t.planes, s->n);
    t.vectors = cgm_planes_vectors(&t.planes, vector);
    t.width = t.by_channels ? ceil_div(s->k, t.isa->vector) * t.isa->vector : t.taps;
    t.partial_size = t.width * (t.by_channels ? t.taps : t.outputs);
    int64_t bytes = max64(1, t.partial_size) * (int64_t)sizeof(cgm_real);
    int64_t tasks = t.taps * t.outputs * s->n * s->oh * s->ow / TASK_PRODUCTS;
    t.chunks = max64(1, min64(min64(t.units, min64(MAX_CHUNKS, tasks)), PARTIAL_BYTES / bytes));
    t.planes.filled = ceil_div(s->c, max64(1, min64(ceil_div(min64(MIN_TASKS, tasks), t.chunks), s->c)));
    t.blocks = ceil_div(s->c, t.planes.filled);
    bool whole = t.planes.strip == t.planes.oh;
    t.dy_in_place = !t.by_channels && t.planes.group == 1 &&
                    (t.planes.ow % vector == 0 || (whole && t.planes.oh * t.planes.ow % vector == 0));
    t.planes_size = round_up(cgm_planes_size(&t.planes));
    t.dy_size = t.dy_in_place ? 0 : (t.by_channels ? t.width : t.outputs) * t.vectors * vector;
    int64_t unit_bytes = (t.planes_size + t.outputs * t.vectors * vector) * (int64_t)sizeof(cgm_real);
    t.pass = whole && !t.by_channels ? max64(1, min64(MAX_PASS, PASS_BYTES / max64(1, unit_bytes))) : 1;
    t.padded_size = round_up(cgm_planes_padded_size(&t.planes));
    t.worker_size = round_up(max64(t.pass * (t.planes_size + t.dy_size) + t.padded_size, CGM_TURN * t.outputs));
    return t;
}

static size_t lay_out(filter_grad *t, int threads, char *base)
{
    int64_t per_channel = t->taps / t->planes.channels, taps = round_up(t->planes.filled * per_channel);
    int64_t partial = round_up(t->chunks * t->partial_size);
    if (base) {
        t->tap = (int64_t *)base;
        t->place = t->tap + taps;
        t->partial = (cgm_real *)(t->place + round_up(t->vectors));
        t->workers = t->partial + partial;
        cgm_planes_places(&t->planes, t->by_channels ? 1 : t->isa->vector, t->place);
    }
    return (size_t)(taps + round_up(t->vectors)) * sizeof(int64_t) +
           (size_t)(partial + (threads > 1 ? threads : 1) * t->worker_size) * sizeof(cgm_real);
}

/* ---- by channels ---- */

/* Vectors of the panel of outputs that begins with k. */
static int64_t panel_columns(const filter_grad *t, int64_t k)
{
    return cgm_wide_columns(t->isa, ceil_div(t->outputs - k, t->isa->vector));
}

/* dy of a unit, panel after panel of outputs, as [pixel][output of the panel]; zero for the surplus outputs. */
static void turn_dy(const filter_grad *t, const cgm_planes_unit *unit, int64_t pixels, cgm_real *out)
{
    int64_t image = t->planes.oh * t->planes.ow, part = unit->rows * t->planes.ow;
    for (int64_t k = 0, width; k < t->outputs; k += width) {
        width = panel_columns(t, k) * t->isa->vector;
        int64_t valid = min64(width, t->outputs - k);
        if (valid < width) memset(out, 0, (size_t)(width * pixels) * sizeof *out);
        for (int64_t g = 0; g < unit->count; g++)
            for (int64_t i = 0; i < valid; i += CGM_TURN) {
                const cgm_real *dy =
                    t->dy + ((unit->first + g) * t->outputs + k + i) * image + unit->row * t->planes.ow;
                t->isa->turn(min64(CGM_TURN, valid - i), part, dy, image, out + g * part * width + i, width);
            }
        out += width * pixels;
    }
}

static void multiply_by_channels(const filter_grad *t, int64_t pixels, const cgm_real *dy, const cgm_real *planes,
                                 int64_t taps, bool add, cgm_real *partial)
{
    static const cgm_real zeros[64];
    for (int64_t k = 0, width; k < t->outputs; k += width) {
        int64_t columns = panel_columns(t, k), block = t->pointwise ? POINTWISE_BLOCK : cgm_block(pixels);
        width = columns * t->isa->vector;
        for (int64_t p = 0; p < pixels; p += block)
            for (int64_t q = 0, rows; q < taps; q += rows) {
                rows = cgm_wide_rows(t->isa, columns, taps - q);
                t->isa->broadcast[rows][columns](min64(block, pixels - p), planes, t->tap + q, t->place + p,
                                                 dy + p * width, width, add || p > 0 ? NULL : zeros,
                                                 partial + q * t->width + k, t->width);
            }
        dy += width * pixels;
    }
}

static void chunk_by_channels(void *context, size_t index, int worker)
{
    const filter_grad *t = context;
    int64_t chunk = (int64_t)index / t->blocks, block = (int64_t)index % t->blocks;
    int64_t c0 = block * t->planes.filled, c1 = min64(c0 + t->planes.filled, t->planes.channels);
    int64_t per_channel = t->taps / t->planes.channels, taps = (c1 - c0) * per_channel;
    cgm_real *planes = t->workers + worker * t->worker_size, *dy = planes + t->planes_size;
    cgm_real *partial = t->partial + chunk * t->partial_size + c0 * per_channel * t->width;
    int64_t begin = t->units * chunk / t->chunks, end = t->units * (chunk + 1) / t->chunks;
    for (int64_t u = begin; u < end; u++) {
        cgm_planes_unit unit = cgm_planes_unit_at(&t->planes, t->n, u);
        int64_t pixels = unit.count * unit.rows * t->planes.ow;
        turn_dy(t, &unit, pixels, dy);
        const cgm_real *source = cgm_planes_get(&t->planes, &unit, c0, c1, t->x, NULL, planes);
        multiply_by_channels(t, pixels, dy, source, taps, u > begin, partial);
    }
}

/* ---- by pixels ---- */

/* dy of a unit as [outputs][vectors], zero beyond its pixels. */
static void pack_dy(const filter_grad *t, const cgm_planes_unit *unit, cgm_real *out)
{
    int64_t ow = t->planes.ow, image = t->planes.oh * ow, length = t->vectors * t->isa->vector;
    for (int64_t k = 0; k < t->outputs; k++, out += length) {
        if (unit->count < t->planes.group || unit->rows < t->planes.strip)
            memset(out, 0, (size_t)length * sizeof *out);
        else
            for (int64_t i = t->planes.strip * t->planes.row_step; i < length; i++) out[i] = 0;
        for (int64_t g = 0; g < unit->count; g++) {
            const cgm_real *dy = t->dy + ((unit->first + g) * t->outputs + k) * image + unit->row * ow;
            if (t->planes.group == 1) {
                memcpy(out, dy, (size_t)(unit->rows * ow) * sizeof *out);
                continue;
            }
            for (int64_t i = 0; i < unit->rows; i++)
                for (int64_t j = 0; j < ow; j++) out[i * t->planes.row_step + g * ow + j] = dy[i * ow + j];
        }
    }
}

/* The operands of one pass: units dy_step and planes_step apart. */
typedef struct pass {
    int64_t units, vectors, ld, dy_step, planes_step;
    const cgm_real *dy, *planes;
} pass;

/* Rows of the next tile when `left` remain: half of the most if it then takes all taps, and dy is read once. */
static int64_t tile_rows(const filter_grad *t, int64_t left, int64_t taps)
{
    int64_t rows = cgm_tile_rows(t->isa, left, false);
    bool wide = taps <= CGM_TILE / 2 && !t->isa->dot[rows][taps] && t->isa->dot[rows / 2][taps];
    return wide ? rows / 2 : rows;
}

/* Adds the products of one pass to the partial sums of outputs x the block's taps. */
static void multiply_by_pixels(const filter_grad *t, const pass *p, int64_t taps, cgm_real *partial)
{
    cgm_real sums[CGM_TILE + 16];
    for (int64_t k = 0, rows; k < t->outputs; k += rows) {
        rows = tile_rows(t, t->outputs - k, taps);
        for (int64_t q = 0, columns; q < taps; q += columns) {
            columns = cgm_tile_columns(t->isa, rows, taps - q);
            t->isa->dot[rows][columns](p->units, p->vectors, p->dy + k * p->ld, p->ld, p->dy_step, p->planes,
                                       p->planes_step, t->tap + q, t->place, sums);
            for (int64_t m = 0; m < rows; m++)
                for (int64_t u = 0; u < columns; u++) partial[(k + m) * t->taps + q + u] += sums[m * columns + u];
        }
    }
}

static void chunk_by_pixels(void *context, size_t index, int worker)
{
    const filter_grad *t = context;
    int64_t chunk = (int64_t)index / t->blocks, block = (int64_t)index % t->blocks;
    int64_t c0 = block * t->planes.filled, c1 = min64(c0 + t->planes.filled, t->planes.channels);
    int64_t per_channel = t->taps / t->planes.channels, taps = (c1 - c0) * per_channel;
    int64_t sample = t->planes.channels * t->planes.h * t->planes.w, image = t->planes.oh * t->planes.ow;
    cgm_real *planes = t->workers + worker * t->worker_size, *dy = planes + t->pass * t->planes_size;
    cgm_real *padded = dy + t->pass * t->dy_size;
    cgm_real *partial = t->partial + chunk * t->partial_size + c0 * per_channel;
    for (int64_t k = 0; k < t->outputs; k++) memset(partial + k * t->taps, 0, (size_t)taps * sizeof *partial);
    int64_t u = t->units * chunk / t->chunks, end = t->units * (chunk + 1) / t->chunks;
    while (u < end) {
        cgm_planes_unit first = cgm_planes_unit_at(&t->planes, t->n, u);
        /* Strips come one at a time, and the last may be shorter. */
        pass p = {.units = min64(t->pass, end - u),
                  .vectors = ceil_div(first.rows * t->planes.row_step, t->isa->vector),
                  .ld = t->vectors * t->isa->vector,
                  .dy_step = t->dy_size,
                  .planes_step = t->planes_size,
                  .dy = dy};
        for (int64_t i = 0; i < p.units; i++) {
            cgm_planes_unit unit = cgm_planes_unit_at(&t->planes, t->n, u + i);
            const cgm_real *source =
                cgm_planes_get(&t->planes, &unit, c0, c1, t->x, padded, planes + i * t->planes_size);
            if (i == 0) p.planes = source;
            if (!t->dy_in_place) pack_dy(t, &unit, dy + i * t->dy_size);
        }
        if (t->dy_in_place) {
            p.dy = t->dy + first.first * t->outputs * image + first.row * t->planes.ow;
            p.ld = image, p.dy_step = t->outputs * image;
        }
        if (t->planes.borrowed) p.planes_step = sample;
        multiply_by_pixels(t, &p, taps, partial);
        u += p.units;
    }
}

/* ---- the sum over chunks ---- */

#define SUM_BLOCK 64

/* Adds `rows` rows of n elements to out's, or puts them there. */
static void deliver(const filter_grad *t, int64_t rows, int64_t n, const cgm_real *x, int64_t ld, cgm_real *out)
{
    for (int64_t i = 0; i < rows; i++, x += ld, out += t->taps)
        if (t->accumulate)
            for (int64_t j = 0; j < n; j++) out[j] += x[j];
        else
            memcpy(out, x, (size_t)n * sizeof *out);
}

/* Adds the chunks' partial sums of some rows into the first chunk's, and takes them to where they belong. */
static void sum_task(void *context, size_t index, int worker)
{
    const filter_grad *t = context;
    int64_t rows = t->by_channels ? t->taps : t->outputs, first = (int64_t)index * SUM_BLOCK;
    int64_t end = min64(first + SUM_BLOCK, rows);
    cgm_real *sum = t->partial + first * t->width, *turned = t->workers + worker * t->worker_size;
    for (int64_t chunk = 1; chunk < t->chunks; chunk++) {
        const cgm_real *partial = sum + chunk * t->partial_size;
        for (int64_t i = 0; i < (end - first) * t->width; i++) sum[i] += partial[i];
    }
    if (!t->by_channels) {
        deliver(t, end - first, t->taps, sum, t->width, t->out + first * t->taps);
        return;
    }
    for (int64_t q = first; q < end; q += CGM_TURN, sum += CGM_TURN * t->width) {
        int64_t n = min64(CGM_TURN, end - q);
        if (!t->accumulate) {
            t->isa->turn(n, t->outputs, sum, t->width, t->out + q, t->taps);
            continue;
        }
        t->isa->turn(n, t->outputs, sum, t->width, turned, CGM_TURN);
        deliver(t, t->outputs, n, turned, CGM_TURN, t->out + q);
    }
}

size_t cgm_conv2d_filter_grad_scratch_fast(const cgm_conv_shape *s, int threads)
{
    if (cgm_conv_is_pixel(s)) return cgm_conv2d_pixel_scratch(s);
    if (cgm_conv2d_winograd_filter_grad_form(s)) return cgm_conv2d_winograd_filter_grad_scratch(s, threads);
    if (cgm_conv2d_rows_filter_grad_form(s)) return cgm_conv2d_rows_filter_grad_scratch(s, threads);
    filter_grad t = create(s);
    return lay_out(&t, threads, NULL);
}

void cgm_conv2d_filter_grad_fast(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *dy, bool accumulate,
                                 cgm_real *dfilter, void *scratch, int threads)
{
    if (cgm_conv_is_pixel(s)) {
        cgm_conv2d_pixel_filter_grad(s, x, dy, accumulate, dfilter, scratch, threads);
        return;
    }
    if (cgm_conv2d_winograd_filter_grad_form(s)) {
        cgm_conv2d_winograd_filter_grad(s, x, dy, accumulate, dfilter, scratch, threads);
        return;
    }
    if (cgm_conv2d_rows_filter_grad_form(s)) {
        cgm_conv2d_rows_filter_grad(s, x, dy, accumulate, dfilter, scratch, threads);
        return;
    }
    filter_grad t = create(s);
    lay_out(&t, threads, scratch);
    for (int64_t c = 0, q = 0; c < t.planes.filled; c++)
        for (int64_t a = 0; a < s->r; a++)
            for (int64_t b = 0; b < s->s; b++) t.tap[q++] = cgm_planes_tap(&t.planes, c, a, b);
    t.x = x, t.dy = dy, t.accumulate = accumulate, t.out = dfilter;
    int64_t products = t.taps * t.outputs * t.n * t.planes.oh * t.planes.ow;
    cgm_parallel(cgm_conv_threads(threads, products), (size_t)(t.chunks * t.blocks),
                 t.by_channels ? chunk_by_channels : chunk_by_pixels, &t);
    cgm_parallel(cgm_conv_threads(threads, t.chunks * t.partial_size),
                 (size_t)ceil_div(t.by_channels ? t.taps : t.outputs, SUM_BLOCK), sum_task, &t);
}
