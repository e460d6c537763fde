/* The filter gradient by Winograd's transforms; see conv2d_winograd.h. Where there are many tiles a task takes a chunk
 * of the units and a block of the inputs, and has its own sums of products; those of the chunks are added in order at
 * the end. How many there are depends on the shape alone.
 *
 * Where there are few a task takes all tiles and some inputs, a thread's share, and makes the filters of a block of
 * them and some outputs after the other, while their sums are in the second-level cache. */
#include "kernels/conv2d_winograd.h"
#include "kernels/sizes.h"

#include "base/threads.h"

#include <string.h>

/* Tiles of a unit: over so many a tile of sums stays in registers, and their points in a second-level cache. */
#define MOST_TILES 32
/* Few units, whose points stay there all together; of those the outputs of a block's sums. */
#define FEW_UNITS 2
#define BLOCK_OUTPUTS 64
/* Columns of a block's sums, phases x inputs, at least: a tile wants four vectors. */
#define BLOCK_WIDTH 64
/* Of many units, the tasks. Chunks have their sums to write and to add, so these must fit in SUMS_BYTES, and chunks
 * have so many tiles, but for two, which may have less. Where there is one, inputs are divided; where they are one
 * block, so that they would have their points made twice, outputs, for two tasks alone. */
#define TASKS 8
#define CHUNK_TILES 512
#define HALF_TILES 128
#define SUMS_BYTES (3 << 20)
#define LEAST_TASKS 2

typedef struct winograd {
    cgm_tiles tiles;
    cgm_phased x, dy;
    int64_t filter;                /* rows of it, and columns */
    bool few;                      /* units */
    int64_t wide;                  /* vectors of inputs of a block, at least */
    int64_t chunks, blocks, block; /* vectors of inputs of a block */
    int64_t parts, part;           /* vectors of outputs of a task */
    int64_t share;                 /* of few units: blocks of a task */
    int64_t width;                 /* phases x inputs of a block */
    int64_t dy_ld;                 /* from the points of one of dy's tiles to the next one's */
    /* In scratch: */
    int64_t *count, *place; /* 0, 1, 2, ...; where dy's points have each tile */
    cgm_real *sums;         /* [chunk][block][point][output][width], unless there are few units */
    cgm_real *workers; /* each: points of x and of dy, a strip; of few units those of all, and the sums of a block */
    int64_t sums_size, own_size, x_size, dy_size, worker_size;
    const cgm_real *from_x, *from_dy;
    bool accumulate;
    cgm_real *out;
} winograd;

static int64_t points(const winograd *t)
{
    return t->tiles.form->points * t->tiles.form->points;
}

const cgm_winograd *cgm_conv2d_winograd_filter_grad_form(const cgm_conv_shape *s)
{
    static const cgm_winograd_costs costs = {.direct = 0.95, .stored = 6};
    return cgm_winograd_choose(s, s->oh, s->ow, 1, &costs);
}

/* Of few units: each block makes its points once, and threads divide the blocks or, if they are fewer, outputs too. */
static void divide_few(winograd *t, int64_t threads)
{
    t->block = t->wide;
    t->part = ceil_div(t->dy.groups, ceil_div(threads, ceil_div(t->x.groups, t->block)));
    t->share = ceil_div(ceil_div(t->x.groups, t->block), threads);
}

static void divide_many(winograd *t)
{
    int64_t sums = points(t) * t->dy.channels * t->x.f * t->x.f * t->x.groups * t->tiles.isa->vector;
    int64_t bytes = sums * (int64_t)sizeof(cgm_real), tiles = t->tiles.n * t->tiles.rows * t->tiles.columns;
    for (t->chunks = 1; t->chunks < TASKS && 2 * t->chunks * bytes <= SUMS_BYTES; t->chunks *= 2)
        if (tiles < 2 * t->chunks * (t->chunks == 1 ? HALF_TILES : CHUNK_TILES)) break;
    t->block = ceil_div(t->x.groups, min64(ceil_div(t->x.groups, t->wide), TASKS / t->chunks));
    int64_t tasks = t->chunks * ceil_div(t->x.groups, t->block);
    t->part = ceil_div(t->dy.groups, min64(t->dy.groups, ceil_div(LEAST_TASKS, tasks)));
}

static winograd create(const cgm_conv_shape *s, int threads)
{
    const cgm_conv_isa *isa = cgm_conv_isa_get();
    const cgm_winograd *form = cgm_conv2d_winograd_filter_grad_form(s);
    int64_t side = form->side, phases = s->stride * s->stride;
    winograd t = {.x = cgm_phased_create(s->c, s->h, s->w, s->stride, s->pad_top, s->pad_left),
                  .dy = cgm_phased_create(s->k, s->oh, s->ow, 1, 0, 0),
                  .filter = s->r};
    t.tiles = cgm_tiles_create(isa, form, s->n, ceil_div(s->oh, side), ceil_div(s->ow, side), MOST_TILES, 1);
    t.few = cgm_tiles_units(&t.tiles) <= FEW_UNITS;
    t.wide = min64(t.x.groups, max64(1, BLOCK_WIDTH / (phases * isa->vector)));
    if (t.few)
        divide_few(&t, max64(threads, 1));
    else
        divide_many(&t);
    t.blocks = ceil_div(t.x.groups, t.block), t.parts = ceil_div(t.dy.groups, t.part);
    t.dy_ld = cgm_phased_block(&t.dy, 0, t.part).ld;
    t.width = phases * t.block * isa->vector;
    return t;
}

static size_t lay_out(winograd *t, int threads, char *base)
{
    int64_t outputs = round_up(t->dy.channels), places = round_up(t->tiles.most);
    t->sums_size = t->few ? 0 : points(t) * t->dy.channels * t->width;
    t->own_size = t->few ? points(t) * BLOCK_OUTPUTS * t->width : 0;
    cgm_phased x = cgm_phased_block(&t->x, 0, t->block), dy = cgm_phased_block(&t->dy, 0, t->part);
    t->x_size = round_up(cgm_points_size(&t->tiles, &x)), t->dy_size = round_up(cgm_points_size(&t->tiles, &dy));
    int64_t strip = max64(cgm_strip_size(&t->tiles, &t->x, t->tiles.form->points),
                          cgm_strip_size(&t->tiles, &t->dy, t->tiles.form->side));
    int64_t units = t->few ? cgm_tiles_units(&t->tiles) : 1;
    t->worker_size = t->own_size + units * (t->x_size + t->dy_size) + round_up(strip);
    int64_t sums = round_up(t->chunks * t->blocks * t->sums_size);
    if (base) {
        t->count = (int64_t *)base;
        t->place = t->count + outputs;
        t->sums = (cgm_real *)(t->place + places);
        t->workers = t->sums + sums;
        for (int64_t i = 0; i < outputs; i++) t->count[i] = i;
        for (int64_t i = 0; i < places; i++) t->place[i] = i * t->dy_ld;
    }
    return (size_t)(outputs + places) * sizeof(int64_t) +
           (size_t)(sums + max64(threads, 1) * t->worker_size) * sizeof(cgm_real);
}

static const cgm_real zeros[64];

/* Whether a phase has nothing to do with a point: only the last tap does with infinity, and some phases lack it. */
static bool empty(const winograd *t, int64_t phase, int64_t point)
{
    int64_t f = t->x.f, last = f * (t->tiles.form->taps - 1), n = t->tiles.form->points;
    return (point / n == n - 1 && phase / f + last >= t->filter) ||
           (point % n == n - 1 && phase % f + last >= t->filter);
}

/* sums[output][width], columns [from, end), of one point and unit, or what it adds to them. */
static void multiply_some(const winograd *t, int64_t tiles, int64_t outputs, int64_t from, int64_t end,
                          const cgm_real *xs, int64_t ld, const cgm_real *dys, bool add, cgm_real *sums)
{
    const cgm_conv_isa *isa = t->tiles.isa;
    for (int64_t c = from, columns; c < end; c += columns * isa->vector) {
        columns = cgm_wide_columns(isa, (end - c) / isa->vector);
        for (int64_t k = 0, rows; k < outputs; k += rows) {
            rows = cgm_wide_rows(isa, columns, outputs - k);
            isa->broadcast[rows][columns](tiles, dys, t->count + k, t->place, xs + c, ld, add ? NULL : zeros,
                                          sums + k * t->width + c, t->width);
        }
    }
}

/* The outputs of a part. */
static cgm_phased part_of(const winograd *t, int64_t index)
{
    cgm_phased dy = cgm_phased_block(&t->dy, index * t->part, t->part);
    dy.ld = t->dy_ld;
    return dy;
}

/* sums[point][output][width] of the first so many outputs of dys, from a point to the next one `step`; what is empty is
 * left as it is, and no tap sees it. */
static void multiply(const winograd *t, int64_t tiles, int64_t outputs, const cgm_phased *x, const cgm_real *xs,
                     const cgm_real *dys, bool add, cgm_real *sums, int64_t step)
{
    cgm_phased dy = part_of(t, 0);
    int64_t phases = x->f * x->f, width = x->groups * t->tiles.isa->vector;
    for (int64_t i = 0; i < points(t); i++) {
        for (int64_t p = 0, end; p < phases; p = end) {
            for (end = p; end < phases && !empty(t, end, i);) end++;
            multiply_some(t, tiles, outputs, p * width, end * width, xs, x->ld, dys, add, sums);
            while (end < phases && empty(t, end, i)) end++;
        }
        xs += cgm_points_step(&t->tiles, x), dys += cgm_points_step(&t->tiles, &dy);
        sums += step;
    }
}

/* One output's filters, of one block of the inputs, from its sums, whose points are `step` apart. */
static void deliver(const winograd *t, const cgm_phased *x, int64_t k, const cgm_real *sums, int64_t step)
{
    const cgm_conv_isa *isa = t->tiles.isa;
    int64_t f = x->f, vector = isa->vector, side = f * t->tiles.form->taps, r = t->filter, taps = r * r;
    cgm_real tap[16 * 16], filter[16 * 16];
    for (int64_t group = 0; group < x->groups; group++) {
        for (int64_t p = 0; p < f * f; p++)
            t->tiles.form->filter_grad(sums + (p * x->groups + group) * vector, step, zeros,
                                       tap + (p / f * side + p % f) * vector, f * side * vector, f * vector);
        for (int64_t i = r; i < taps && side > r; i++)
            memcpy(tap + i * vector, tap + (i / r * side + i % r) * vector, (size_t)vector * sizeof *tap);
        for (int64_t i = 0; i < taps; i += CGM_TURN)
            isa->turn(min64(CGM_TURN, taps - i), vector, tap + i * vector, vector, filter + i, taps);
        int64_t valid = min64(vector, x->channels - group * vector) * taps;
        cgm_real *out = t->out + (k * t->x.channels + x->first + group * vector) * taps;
        for (int64_t i = 0; i < valid; i++) out[i] = filter[i] + (t->accumulate ? out[i] : 0);
    }
}

/* ---- few units ---- */

static void share_task(void *context, size_t index, int worker)
{
    const winograd *t = context;
    const cgm_winograd *form = t->tiles.form;
    int64_t units = cgm_tiles_units(&t->tiles);
    cgm_tiles_unit u[FEW_UNITS];
    cgm_real *sums = t->workers + worker * t->worker_size, *xs = sums + t->own_size, *dys = xs + units * t->x_size;
    cgm_real *strip = dys + units * t->dy_size;
    int64_t shares = ceil_div(t->blocks, t->share), begin = (int64_t)index % shares * t->share;
    int64_t end = min64(begin + t->share, t->blocks);
    cgm_phased dy = part_of(t, (int64_t)index / shares);
    for (int64_t i = 0; i < units; i++) {
        u[i] = cgm_tiles_unit_at(&t->tiles, i);
        cgm_points_get(&t->tiles, &u[i], &dy, form->side, form->output_grad, t->from_dy, strip, dys + i * t->dy_size);
    }
    for (int64_t block = begin; block < end; block++) {
        cgm_phased x = cgm_phased_block(&t->x, block * t->block, t->block);
        for (int64_t i = 0; i < units; i++)
            cgm_points_get(&t->tiles, &u[i], &x, form->points, form->data, t->from_x, strip, xs + i * t->x_size);
        for (int64_t k = 0; k < dy.channels; k += BLOCK_OUTPUTS) {
            int64_t outputs = min64(BLOCK_OUTPUTS, dy.channels - k);
            for (int64_t i = 0; i < units; i++)
                multiply(t, u[i].tiles, outputs, &x, xs + i * t->x_size, dys + i * t->dy_size + k, i > 0, sums,
                         outputs * t->width);
            for (int64_t i = 0; i < outputs; i++)
                deliver(t, &x, dy.first + k + i, sums + i * t->width, outputs * t->width);
        }
    }
}

/* ---- many units ---- */

static void chunk_task(void *context, size_t index, int worker)
{
    const winograd *t = context;
    int64_t chunk = (int64_t)index / (t->blocks * t->parts), block = (int64_t)index / t->parts % t->blocks;
    int64_t side = t->tiles.form->side;
    cgm_phased x = cgm_phased_block(&t->x, block * t->block, t->block), dy = part_of(t, (int64_t)index % t->parts);
    cgm_real *xs = t->workers + worker * t->worker_size, *dys = xs + t->x_size, *strip = dys + t->dy_size;
    cgm_real *sums = t->sums + (chunk * t->blocks + block) * t->sums_size + dy.first * t->width;
    int64_t units = cgm_tiles_units(&t->tiles), begin = units * chunk / t->chunks,
            end = units * (chunk + 1) / t->chunks;
    for (int64_t i = begin; i < end; i++) {
        cgm_tiles_unit u = cgm_tiles_unit_at(&t->tiles, i);
        cgm_points_get(&t->tiles, &u, &x, t->tiles.form->points, t->tiles.form->data, t->from_x, strip, xs);
        cgm_points_get(&t->tiles, &u, &dy, side, t->tiles.form->output_grad, t->from_dy, strip, dys);
        multiply(t, u.tiles, dy.channels, &x, xs, dys, i > begin, sums, t->dy.channels * t->width);
    }
}

/* Adds the chunks' sums of one output into the first chunk's. */
static void add_chunks(const winograd *t, int64_t block, int64_t k)
{
    for (int64_t chunk = 1; chunk < t->chunks; chunk++)
        for (int64_t i = 0; i < points(t); i++) {
            cgm_real *sum = t->sums + block * t->sums_size + (i * t->dy.channels + k) * t->width;
            const cgm_real *more = sum + chunk * t->blocks * t->sums_size;
            for (int64_t j = 0; j < t->width; j++) sum[j] += more[j];
        }
}

static void output_task(void *context, size_t index, int worker)
{
    const winograd *t = context;
    (void)worker;
    int64_t block = (int64_t)index % t->blocks, k = (int64_t)index / t->blocks;
    cgm_phased x = cgm_phased_block(&t->x, block * t->block, t->block);
    add_chunks(t, block, k);
    deliver(t, &x, k, t->sums + block * t->sums_size + k * t->width, t->dy.channels * t->width);
}

size_t cgm_conv2d_winograd_filter_grad_scratch(const cgm_conv_shape *s, int threads)
{
    winograd t = create(s, threads);
    return lay_out(&t, threads, NULL);
}

void cgm_conv2d_winograd_filter_grad(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *dy, bool accumulate,
                                     cgm_real *dfilter, void *scratch, int threads)
{
    winograd t = create(s, threads);
    lay_out(&t, threads, scratch);
    t.from_x = x, t.from_dy = dy, t.accumulate = accumulate, t.out = dfilter;
    if (t.few) {
        cgm_parallel(threads, (size_t)(ceil_div(t.blocks, t.share) * t.parts), share_task, &t);
        return;
    }
    cgm_parallel(threads, (size_t)(t.chunks * t.blocks * t.parts), chunk_task, &t);
    cgm_parallel(threads, (size_t)(t.dy.channels * t.blocks), output_task, &t);
}
