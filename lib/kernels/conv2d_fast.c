/* The convolution and its input gradient as sums over taps of shifted planes; see conv2d_planes.h.
 *
 * The input gradient is the same sum over dy: the pixels of dx whose row and column have one residue modulo the stride
 * (a phase) see every stride-th row and column of the filter, flipped; so it is stride^2 convolutions of stride 1. */
#include "kernels/conv2d.h"
#include "kernels/conv2d_pixel.h"
#include "kernels/conv2d_rows.h"
#include "kernels/conv2d_winograd.h"
#include "kernels/sizes.h"

#include "base/threads.h"

#include <string.h>

#define MIN_TAPS 64
/* Products worth a unit of work of their own. */
#define UNIT_PRODUCTS (1 << 18)
/* By pixels: filters are packed for so many pixels of a result, all samples together. */
#define PACK_PIXELS 256
/* By pixels: of so few taps a tile is little but the writing of its sums, and of 4 rows instead of 8 writes them in
 * longer runs. */
#define FEW_TAPS 4
#define FEW_ROWS 4
/* By channels: pixels whose sums are kept, [pixel][output], until they are turned. */
#define TILE_PIXELS 64
/* By rows: channels that a row of the filter may go through and come back to find its planes near. */
#define ROW_CHANNELS 8
/* By pixels of the operand itself: what all channels of those may take that a tile of outputs after the other reads,
 * half of a small second-level cache. */
#define PART_BYTES (192 << 10)
typedef struct correlation {
    const cgm_conv_isa *isa;
    bool by_channels; /* vectors run along the outputs, not along the pixels */
    bool by_rows;     /* taps come so, and those that see only padding are left out */
    cgm_planes planes;
    int64_t n, outputs;   /* samples; channels of the result */
    int64_t out_h, out_w; /* of the result */
    int64_t phases;       /* of the result's rows, and of its columns */
    int64_t taps;         /* of all phases together */
    int64_t filter_step;  /* from one output's filter to the next one's */
    int64_t run;          /* so many taps of an output follow one another in the filter; one phase */
    int64_t run_step;     /* from one run to the next */
    int64_t pixels;       /* of one phase of one filling, rounded up to vectors */
    int64_t rows;         /* by pixels: of a tile, at most */
    bool in_place;        /* tiles go straight to the result */
    /* In scratch: */
    int64_t *first; /* [phases^2 + 1]: the phases' first taps */
    /* [taps], channel after channel, or row of the filter after row: where an output's filter has them, and where the
     * planes have what they see. */
    int64_t *tap, *at;
    int64_t *sees;     /* [taps], by rows: row y of a phase's result sees row y stride + that of the operand */
    int64_t *place;    /* [vectors] */
    int64_t packed;    /* from this output on, panel after panel: */
    cgm_real *weights; /* [phase][tap][output]; the others are read as they lie */
    cgm_real *start;   /* what the sums of each output begin with, the surplus ones' included */
    cgm_real *workers; /* each: planes, padded copy, results not in place, one tile */
    int64_t planes_size, padded_size, result_size, worker_size;
    const cgm_real *x, *filter, *bias; /* bias: NULL, or of each output */
    cgm_real *out;
} correlation;

static int64_t floor_div(int64_t a, int64_t b)
{
    return a >= 0 ? a / b : -ceil_div(-a, b);
}

/* Chooses by the shape. Vectors along the channels need no shifted copies and suit any image and stride; but they waste
 * the lanes that the channels do not fill, want two vectors a pixel, pack their filters and turn their results, which
 * takes many taps to pay. With stride 1 it pays only where samples are so small that shifted copies would set several
 * side by side, and not for a vector of pixels altogether. */
static void choose_layout(correlation *t, const cgm_conv_shape *s, int64_t taps_of_a_phase)
{
    int64_t vector = t->isa->vector, outputs = t->outputs, pixels = s->oh * s->ow;
    t->planes = cgm_planes_create(s, vector, 3 * vector, UNIT_PRODUCTS, CGM_PLANES_BYTES, t->phases > 1);
    t->by_channels =
        (outputs % vector == 0 ? outputs >= 2 * vector : outputs > 2 * vector) && taps_of_a_phase >= MIN_TAPS;
    if (s->stride == 1 && t->phases == 1 && (t->planes.borrowed || pixels >= 3 * vector || s->n * pixels <= vector))
        t->by_channels = false;
    if (t->by_channels) t->planes = cgm_planes_create(s, 1, TILE_PIXELS, UNIT_PRODUCTS, CGM_PLANES_BYTES, false);
    t->rows = taps_of_a_phase <= FEW_TAPS ? min64(FEW_ROWS, t->isa->rows) : t->isa->rows;
    t->by_rows = !t->by_channels && !t->planes.borrowed && s->c <= ROW_CHANNELS;
}

static correlation forward_create(const cgm_conv_shape *s)
{
    correlation t = {
        .isa = cgm_conv_isa_get(), .n = s->n, .outputs = s->k, .out_h = s->oh, .out_w = s->ow, .phases = 1};
    t.taps = t.filter_step = t.run = s->c * s->r * s->s;
    choose_layout(&t, s, t.taps);
    return t;
}

/* Taps [first, q) are those of the first channel; after them go the others'. Returns their end. */
static int64_t repeat_taps(const correlation *t, int64_t first, int64_t q, int64_t filter_step)
{
    int64_t step = cgm_planes_channel_step(&t->planes), one = q - first, end = first + t->planes.channels * one;
    for (; q < end; q++) {
        t->tap[q] = t->tap[q - one] + filter_step;
        t->at[q] = t->at[q - one] + step;
        t->sees[q] = t->sees[q - one];
    }
    return end;
}

static void forward_taps(const cgm_conv_shape *s, correlation *t)
{
    int64_t q = 0;
    for (int64_t a = 0; a < s->r; a++) {
        int64_t first = q;
        for (int64_t b = 0; b < s->s; b++, q++) {
            t->tap[q] = a * s->s + b;
            t->at[q] = cgm_planes_tap(&t->planes, 0, a, b);
            t->sees[q] = a * t->planes.dilation - s->pad_top;
        }
        if (t->by_rows) q = repeat_taps(t, first, q, s->r * s->s);
    }
    if (!t->by_rows) repeat_taps(t, 0, q, s->r * s->s);
    t->first[0] = 0, t->first[1] = t->taps;
}

/* Filter rows (or columns) 0..r-1 meet the pixels of dx at dy's rows from lowest to highest past the pixel's own. */
static int64_t lowest(const cgm_conv_shape *s, int64_t r, int64_t pad)
{
    return -floor_div((r - 1) * cgm_conv_dilation(s) - pad, s->stride);
}
static int64_t highest(int64_t pad, int64_t stride)
{
    return floor_div(stride - 1 + pad, stride);
}

/* The steps between dy's rows that a pixel sees: with a stride of its own each phase sees others. */
static int64_t input_grad_step(const cgm_conv_shape *s)
{
    return s->stride == 1 ? cgm_conv_dilation(s) : 1;
}

static correlation input_grad_create(const cgm_conv_shape *s)
{
    correlation t = {
        .isa = cgm_conv_isa_get(), .n = s->n, .outputs = s->c, .out_h = s->h, .out_w = s->w, .phases = s->stride};
    int64_t top = lowest(s, s->r, s->pad_top), left = lowest(s, s->s, s->pad_left), step = input_grad_step(s);
    cgm_conv_shape one = {.n = s->n,
                          .c = s->k,
                          .h = s->oh,
                          .w = s->ow,
                          .k = s->c,
                          .stride = 1,
                          .dilation = step,
                          .r = (highest(s->pad_top, s->stride) - top) / step + 1,
                          .s = (highest(s->pad_left, s->stride) - left) / step + 1,
                          .pad_top = -top,
                          .pad_left = -left,
                          .oh = ceil_div(s->h, s->stride),
                          .ow = ceil_div(s->w, s->stride)};
    t.taps = s->k * s->r * s->s;
    t.filter_step = t.run = s->r * s->s;
    t.run_step = s->c * s->r * s->s;
    choose_layout(&t, &one, t.taps / (s->stride * s->stride));
    return t;
}

static void input_grad_taps(const cgm_conv_shape *s, correlation *t)
{
    int64_t top = lowest(s, s->r, s->pad_top), left = lowest(s, s->s, s->pad_left), q = 0;
    int64_t dilation = cgm_conv_dilation(s), step = input_grad_step(s);
    for (int64_t phase = 0; phase < s->stride * s->stride; phase++) {
        int64_t y = phase / s->stride + s->pad_top, x = phase % s->stride + s->pad_left, channel = s->c * s->r * s->s;
        t->first[phase] = q;
        for (int64_t a = 0; a < s->r; a++) {
            int64_t i = y - a * dilation, first = q;
            for (int64_t b = 0; b < s->s && i % s->stride == 0; b++) {
                int64_t j = x - b * dilation;
                if (j % s->stride) continue;
                t->sees[q] = i / s->stride;
                t->tap[q] = a * s->s + b;
                t->at[q++] = cgm_planes_tap(&t->planes, 0, (i / s->stride - top) / step, (j / s->stride - left) / step);
            }
            if (t->by_rows) q = repeat_taps(t, first, q, channel);
        }
        if (!t->by_rows) q = repeat_taps(t, t->first[phase], q, channel);
    }
    t->first[s->stride * s->stride] = q;
}

/* ---- scratch ---- */

/* Outputs of the panel that begins with `left` to go; the surplus is computed, or loaded, but not stored. */
static int64_t panel_width(const correlation *t, int64_t left)
{
    if (t->by_channels) return cgm_panel_columns(t->isa, left) * t->isa->vector;
    return min64(t->rows, cgm_tile_rows(t->isa, left, true));
}

/* How many panels, and the outputs before the last one. */
static size_t panels(const correlation *t, int64_t *last)
{
    size_t n = 0;
    for (int64_t m = 0; m < t->outputs; n++) *last = m, m += panel_width(t, t->outputs - m);
    return n;
}

/* Whether one tap's weights of the outputs of a panel lie side by side, and the next tap's at one step. */
static bool lie_packed(const correlation *t)
{
    return t->filter_step == 1 && t->phases == 1;
}

/* The output from which on panels are packed: those with a surplus are, and where it pays all. */
static int64_t packed_from(const correlation *t)
{
    int64_t last = 0;
    panels(t, &last);
    bool surplus = panel_width(t, t->outputs - last) > t->outputs - last;
    bool few = !t->by_channels && t->n * t->planes.oh * t->planes.ow < PACK_PIXELS;
    return !few && !lie_packed(t) ? 0 : surplus ? last : t->outputs;
}

/* Sets the sizes, and when base is not NULL the pointers; returns the bytes. */
static size_t lay_out(correlation *t, int threads, char *base)
{
    int64_t phases = t->phases * t->phases, vector = t->by_channels ? 1 : t->isa->vector;
    int64_t vectors = cgm_planes_vectors(&t->planes, vector), panel = t->by_channels ? 3 * t->isa->vector : t->rows;
    t->pixels = round_up(vectors * vector + 8);
    t->in_place = phases == 1 && (t->planes.group == 1 || (t->by_channels && t->planes.sample_step % 8 == 0));
    t->planes_size = round_up(cgm_planes_size(&t->planes));
    t->padded_size = round_up(cgm_planes_padded_size(&t->planes));
    t->result_size = t->in_place ? 0 : panel * phases * t->pixels;
    t->worker_size = t->planes_size + t->padded_size + t->result_size + (CGM_TILE + 3 * TILE_PIXELS) * t->isa->vector;
    t->packed = packed_from(t);
    int64_t taps = round_up(t->taps), places = round_up(vectors), starts = round_up(t->outputs + panel);
    int64_t weights = t->packed < t->outputs ? round_up((t->outputs - t->packed + panel) * t->taps) : 0;
    if (base) {
        t->tap = (int64_t *)base;
        t->at = t->tap + taps;
        t->sees = t->at + taps;
        t->first = t->sees + taps;
        t->place = t->first + round_up(phases + 1);
        t->weights = (cgm_real *)(t->place + places);
        t->start = t->weights + weights;
        t->workers = t->start + starts;
        cgm_planes_places(&t->planes, vector, t->place);
    }
    return (size_t)(3 * taps + round_up(phases + 1) + places) * sizeof(int64_t) +
           (size_t)(weights + starts + (threads > 1 ? threads : 1) * t->worker_size) * sizeof(cgm_real);
}

/* ---- the work ---- */

/* Packs the filters of one panel, with zeros for the surplus. */
static void pack_panel(void *context, size_t index, int worker)
{
    (void)worker;
    const correlation *t = context;
    int64_t m = 0, width = panel_width(t, t->outputs);
    for (size_t i = 0; i < index; i++) m += width, width = panel_width(t, t->outputs - m);
    if (m < t->packed) return;
    cgm_real *w = t->weights + (m - t->packed) * t->taps;
    int64_t valid = width < t->outputs - m ? width : t->outputs - m;
    const cgm_real *filter = t->filter + m * t->filter_step;
    if (t->phases == 1 && !t->by_rows) {
        if (valid < width) memset(w, 0, (size_t)(width * t->taps) * sizeof *w);
        for (int64_t q = 0; q < t->taps; q += t->run, filter += t->run_step, w += t->run * width)
            for (int64_t i = 0; i < valid; i += CGM_TURN)
                t->isa->turn(min64(CGM_TURN, valid - i), t->run, filter + i * t->filter_step, t->filter_step, w + i,
                             width);
        return;
    }
    for (int64_t q = 0; q < t->taps; q++, w += width) {
        for (int64_t i = 0; i < valid; i++) w[i] = filter[i * t->filter_step + t->tap[q]];
        for (int64_t i = valid; i < width; i++) w[i] = 0;
    }
}

/* Leaves out, of taps [*from, *to), those at both ends that see only padding from rows y to end - 1 of the result. */
static void leave_out(const correlation *t, int64_t y, int64_t end, int64_t *from, int64_t *to)
{
    int64_t above = -(end - 1) * t->planes.stride, below = t->planes.h - y * t->planes.stride;
    while (*from < *to && (t->sees[*from] < above || t->sees[*from] >= below)) ++*from;
    while (*from < *to && (t->sees[*to - 1] < above || t->sees[*to - 1] >= below)) --*to;
}

/* The panel of `width` outputs from m on, for one phase; it asks for nothing. */
static cgm_panel panel_of(const correlation *t, const cgm_real *planes, int64_t m, int64_t phase, int64_t width)
{
    cgm_panel p = {.planes = planes, .tap = t->at + t->first[phase], .start = t->start + m, .soon_tap = t->at};
    if (m >= t->packed) {
        p.weights = t->weights + (m - t->packed) * t->taps + t->first[phase] * width, p.step = width;
    } else if (lie_packed(t)) {
        p.weights = t->filter + m, p.step = t->run_step;
    } else {
        p.weights = t->filter + m * t->filter_step, p.step = t->filter_step, p.lies = t->tap + t->first[phase];
    }
    return p;
}

/* The sums of one phase, from its row y on, for a panel that is a tile of rows; they go to `out`, whose rows are ld
 * apart, or through a tile when that has less room: `valid` rows and `pixels` pixels. */
static void compute_by_pixels(const correlation *t, const cgm_panel *panel, int64_t y, int64_t phase, int64_t rows,
                              int64_t valid, int64_t pixels, cgm_real *out, int64_t ld, cgm_real *tile)
{
    int64_t vector = t->isa->vector, vectors = ceil_div(pixels, vector), pitch = t->planes.row_step;
    int64_t first = t->first[phase];
    for (int64_t v = 0, columns; v < vectors; v += columns) {
        columns = cgm_tile_columns(t->isa, rows, vectors - v);
        int64_t room = pixels - v * vector, from = first, to = t->first[phase + 1];
        if (t->by_rows) leave_out(t, y + v * vector / pitch, y + ceil_div((v + columns) * vector, pitch), &from, &to);
        bool direct = valid == rows && columns * vector <= room;
        t->isa->outer[rows][columns](panel, from - first, to - first, t->place + v, direct ? out + v * vector : tile,
                                     direct ? ld : columns * vector);
        for (int64_t i = 0; i < valid && !direct; i++)
            memcpy(out + i * ld + v * vector, tile + i * columns * vector,
                   (size_t)min64(room, columns * vector) * sizeof *out);
    }
}

/* Where scatter will write next. The lines are asked for while the sums run, a few with each tile, so that the stores
 * need not wait for memory: a fifth of the time of a 4x4 stride-2 input gradient of 32 channels at 32x32. */
typedef struct expected {
    const char *at, *end;
} expected;

static void expect_some(expected *e)
{
    for (int i = 0; i < 16 && e->at < e->end; i++, e->at += 64) __builtin_prefetch(e->at, 1, 2);
}

/* Likewise for the panel of `width` outputs from m on in vectors. A block of weights stays in the first-level cache for
 * many pixels. */
static void compute_by_channels(const correlation *t, const cgm_real *planes, int64_t m, int64_t phase, int64_t width,
                                int64_t valid, int64_t pixels, cgm_real *out, int64_t ld, cgm_real *tile,
                                expected *soon)
{
    int64_t taps = t->first[phase + 1] - t->first[phase];
    cgm_panel panel = panel_of(t, planes, m, phase, width);
    /* From a sample to the next one. */
    int64_t step = t->planes.sample_step, sample = t->in_place ? t->outputs * t->planes.oh * t->planes.ow : step;
    int64_t run = sample == step || step % CGM_TURN == 0 ? CGM_TURN : 8; /* of one sample */
    int64_t block = cgm_block(taps), columns = width / t->isa->vector;
    for (int64_t begin = 0; begin < pixels; begin += TILE_PIXELS) {
        int64_t end = begin + TILE_PIXELS < pixels ? begin + TILE_PIXELS : pixels;
        /* q = 0 also when there are no taps: then the sums are what they start with. */
        for (int64_t q = 0; q == 0 || q < taps; q += block)
            for (int64_t p = begin, rows; p < end; p += rows) {
                rows = cgm_tile_rows(t->isa, end - p, false);
                t->isa->broadcast[rows][columns](q + block < taps ? block : taps - q, planes, t->place + p,
                                                 panel.tap + q, panel.weights + q * panel.step, panel.step,
                                                 q > 0 ? NULL : panel.start, tile + (p - begin) * width, width);
                expect_some(soon);
            }
        for (int64_t p = begin; p < end; p += run)
            t->isa->turn(min64(run, end - p), valid, tile + (p - begin) * width, width,
                         out + p / step * sample + p % step, ld);
    }
}

/* Writes one channel's phases [phase][pixel] of a unit to where they belong. */
static void scatter(const correlation *t, const cgm_planes_unit *unit, int64_t m, const cgm_real *result)
{
    int64_t f = t->phases, ow = t->planes.ow, step = t->planes.row_step;
    for (int64_t g = 0; g < unit->count; g++, result += t->planes.sample_step)
        for (int64_t a = 0; a < f; a++) {
            int64_t y = unit->row * f + a, rows = unit->rows;
            if (y + (rows - 1) * f >= t->out_h) rows = ceil_div(t->out_h - y, f); /* the last phases may be shorter */
            cgm_real *out = t->out + (((unit->first + g) * t->outputs + m) * t->out_h + y) * t->out_w;
            const cgm_real *phase = result + a * f * t->pixels;
            if (f == 1)
                for (int64_t i = 0; i < rows; i++) memcpy(out + i * ow, phase + i * step, (size_t)ow * sizeof *out);
            else if (f == 2)
                t->isa->weave(rows, t->out_w, phase, phase + t->pixels, step, out, f * t->out_w);
            else
                for (int64_t i = 0; i < rows; i++)
                    for (int64_t j = 0; j < t->out_w; j++)
                        out[i * f * t->out_w + j] = phase[i * step + j % f * t->pixels + j / f];
        }
}

/* Of taps that are pixels of the operand as it lies: all outputs of a part of the unit's pixels after the other. The
 * next part's pixels are channels, and so far apart that no processor guesses them: the tiles ask for them, each for a
 * quarter of the channels of one of a tile's vectors. */
static void pointwise_unit(const correlation *t, const cgm_planes_unit *unit, const cgm_real *source, cgm_real *tile)
{
    int64_t image = t->planes.oh * t->planes.ow, pixels = unit->rows * t->planes.row_step, vector = t->isa->vector;
    int64_t block = CGM_TILE / t->rows * vector, bytes = t->planes.channels * (int64_t)sizeof(cgm_real);
    int64_t part = max64(1, PART_BYTES / (bytes * block)) * block, begin = unit->row * t->planes.row_step;
    cgm_real *out = t->out + unit->first * t->outputs * image + begin;
    for (int64_t p = 0; p < pixels; p += part) {
        int64_t now = min64(part, pixels - p);
        for (int64_t m = 0, width; m < t->outputs; m += width) {
            width = panel_width(t, t->outputs - m);
            cgm_panel panel = panel_of(t, source + p, m, 0, width);
            int64_t index = m / t->rows, column = index / 4 * vector;
            if (column < block && begin + p + now < image)
                panel.soon = now + column, panel.soon_tap += index % 4 * (t->taps / 4);
            compute_by_pixels(t, &panel, unit->row, 0, width, min64(width, t->outputs - m), now, out + m * image + p,
                              image, tile);
        }
    }
}

static void unit_task(void *context, size_t index, int worker)
{
    const correlation *t = context;
    cgm_planes_unit unit = cgm_planes_unit_at(&t->planes, t->n, (int64_t)index);
    cgm_real *planes = t->workers + worker * t->worker_size, *padded = planes + t->planes_size;
    cgm_real *result = padded + t->padded_size, *tile = result + t->result_size;
    const cgm_real *source = cgm_planes_get(&t->planes, &unit, 0, t->planes.channels, t->x, padded, planes);
    int64_t image = t->planes.oh * t->planes.ow, phases = t->phases * t->phases;
    if (t->planes.borrowed && !t->by_channels) {
        pointwise_unit(t, &unit, source, tile);
        return;
    }
    /* By pixels the samples lie row by row, so all are computed, and the surplus is not stored. */
    int64_t pixels = unit.rows * (t->by_channels ? unit.count * t->planes.ow : t->planes.row_step);
    for (int64_t m = 0, width; m < t->outputs; m += width) {
        width = panel_width(t, t->outputs - m);
        int64_t valid = width < t->outputs - m ? width : t->outputs - m;
        cgm_real *out = result;
        int64_t ld = phases * t->pixels;
        if (t->in_place) out = t->out + (unit.first * t->outputs + m) * image + unit.row * t->planes.ow, ld = image;
        expected soon = {0};
        if (!t->in_place && t->planes.strip == t->planes.oh) {
            soon.at = (const char *)(t->out + (unit.first * t->outputs + m) * t->out_h * t->out_w);
            soon.end = soon.at + (size_t)(valid * t->out_h * t->out_w) * sizeof *t->out;
        }
        for (int64_t phase = 0; phase < phases; phase++) {
            cgm_real *to = out + phase * t->pixels;
            if (t->by_channels) {
                compute_by_channels(t, source, m, phase, width, valid, pixels, to, ld, tile, &soon);
            } else {
                cgm_panel panel = panel_of(t, source, m, phase, width);
                compute_by_pixels(t, &panel, unit.row, phase, width, valid, pixels, to, ld, tile);
            }
        }
        for (int64_t i = 0; i < valid && !t->in_place; i++) scatter(t, &unit, m + i, result + i * phases * t->pixels);
    }
}

static void run(correlation *t, int threads)
{
    int64_t weights = t->outputs * t->taps, last = 0;
    size_t n = panels(t, &last);
    int64_t width = panel_width(t, t->outputs - last);
    for (int64_t m = 0; m < last + width; m++) t->start[m] = t->bias && m < t->outputs ? t->bias[m] : 0;
    if (t->packed < t->outputs) cgm_parallel(cgm_conv_threads(threads, weights), n, pack_panel, t);
    cgm_parallel(cgm_conv_threads(threads, weights * t->n * t->planes.oh * t->planes.ow),
                 (size_t)cgm_planes_units(&t->planes, t->n), unit_task, t);
}

size_t cgm_conv2d_scratch_fast(const cgm_conv_shape *s, int threads)
{
    if (cgm_conv_is_pixel(s)) return cgm_conv2d_pixel_scratch(s);
    if (cgm_conv2d_winograd_form(s)) return cgm_conv2d_winograd_scratch(s, threads);
    if (cgm_conv2d_rows_form(s)) return cgm_conv2d_rows_scratch(s, threads);
    correlation t = forward_create(s);
    return lay_out(&t, threads, NULL);
}

void cgm_conv2d_fast(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                     cgm_real *y, void *scratch, int threads)
{
    if (cgm_conv_is_pixel(s)) {
        cgm_conv2d_pixel(s, x, filter, bias, y, scratch, threads);
        return;
    }
    if (cgm_conv2d_winograd_form(s)) {
        cgm_conv2d_winograd(s, x, filter, bias, y, scratch, threads);
        return;
    }
    if (cgm_conv2d_rows_form(s)) {
        cgm_conv2d_rows(s, x, filter, bias, y, scratch, threads);
        return;
    }
    correlation t = forward_create(s);
    lay_out(&t, threads, scratch);
    forward_taps(s, &t);
    t.x = x, t.filter = filter, t.bias = bias, t.out = y;
    run(&t, threads);
}

size_t cgm_conv2d_input_grad_scratch_fast(const cgm_conv_shape *s, int threads)
{
    if (cgm_conv_is_pixel(s)) return cgm_conv2d_pixel_scratch(s);
    if (cgm_conv2d_winograd_input_grad_form(s)) return cgm_conv2d_winograd_input_grad_scratch(s, threads);
    if (cgm_conv2d_rows_input_grad_form(s)) return cgm_conv2d_rows_input_grad_scratch(s, threads);
    correlation t = input_grad_create(s);
    return lay_out(&t, threads, NULL);
}

void cgm_conv2d_input_grad_fast(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                                void *scratch, int threads)
{
    if (cgm_conv_is_pixel(s)) {
        cgm_conv2d_pixel_input_grad(s, dy, filter, dx, scratch, threads);
        return;
    }
    if (cgm_conv2d_winograd_input_grad_form(s)) {
        cgm_conv2d_winograd_input_grad(s, dy, filter, dx, scratch, threads);
        return;
    }
    if (cgm_conv2d_rows_input_grad_form(s)) {
        cgm_conv2d_rows_input_grad(s, dy, filter, dx, scratch, threads);
        return;
    }
    correlation t = input_grad_create(s);
    lay_out(&t, threads, scratch);
    input_grad_taps(s, &t);
    t.x = dy, t.filter = filter, t.out = dx;
    run(&t, threads);
}
