/* Convolutions whose output is one pixel, made of one tap an input channel (an image of one pixel) or of all of them (a
 * filter as large as the image): products of small matrices, of a few samples by a filter that is read once, as it
 * lies.
 *
 *     y[n, k]  = bias[k] + sum_c x[n, c] f[k, c]
 *     dx[n, c] = sum_k dy[n, k] f[k, c]
 *     df[k, c] = sum_n dy[n, k] x[n, c]
 *
 * Where c is no multiple of a vector, the last vector begins earlier, and overlaps the one before it. */
#include "kernels/conv2d_pixel.h"
#include "kernels/sizes.h"

#include "base/threads.h"

#include <string.h>

/* Output channels of one task. */
#define TASK_CHANNELS 64

typedef struct pixel_conv {
    const cgm_conv_isa *isa;
    int64_t n, k, c; /* samples; output channels; inputs of one output */
    int64_t step;    /* from an input's tap to the next one's: filters of more taps are packed, and spread again */
    int64_t tap;     /* of the first */
    int64_t whole;   /* vectors of c without a remainder */
    int64_t rest;    /* remainder */
    /* In scratch: */
    int64_t *count, *by_k, *by_c, *by_vector; /* 0, 1, 2, ... times 1, k, c, a vector */
    cgm_real *dense;                          /* a packed filter, or its gradient: [k, c] */
    cgm_real *last;                           /* each sample's last vector, zero where it overlaps */
    const cgm_real *a, *b, *bias;
    bool accumulate;
    cgm_real *out;
} pixel_conv;

bool cgm_conv_is_pixel(const cgm_conv_shape *s)
{
    if (s->oh != 1 || s->ow != 1 || s->n < 1 || cgm_conv_dilation(s) > 1) return false;
    bool one = s->h == 1 && s->w == 1 && s->pad_top < s->r && s->pad_left < s->s;
    bool all = s->r == s->h && s->s == s->w && !s->pad_top && !s->pad_left;
    return (one || all) && s->c * s->h * s->w >= cgm_conv_isa_get()->vector;
}

static pixel_conv create(const cgm_conv_shape *s)
{
    pixel_conv t = {.isa = cgm_conv_isa_get(), .n = s->n, .k = s->k, .c = s->c * s->h * s->w, .step = 1};
    if (s->h * s->w == 1) t.step = s->r * s->s, t.tap = s->pad_top * s->s + s->pad_left;
    t.whole = t.c / t.isa->vector, t.rest = t.c % t.isa->vector;
    return t;
}

/* Sets the pointers if base is not NULL; returns the bytes. */
static size_t lay_out(pixel_conv *t, char *base)
{
    int64_t vector = t->isa->vector, most = round_up(max64(max64(t->n, t->k), max64(t->whole + 1, 8)));
    int64_t dense = t->step > 1 ? round_up(t->k * t->c) : 0;
    if (base) {
        t->count = (int64_t *)base;
        t->by_k = t->count + most, t->by_c = t->by_k + most, t->by_vector = t->by_c + most;
        t->dense = (cgm_real *)(t->by_vector + most);
        t->last = t->dense + dense;
        for (int64_t i = 0; i < most; i++)
            t->count[i] = i, t->by_k[i] = i * t->k, t->by_c[i] = i * t->c, t->by_vector[i] = i * vector;
    }
    return (size_t)(4 * most) * sizeof(int64_t) + (size_t)(dense + t->n * vector) * sizeof(cgm_real);
}

size_t cgm_conv2d_pixel_scratch(const cgm_conv_shape *s)
{
    pixel_conv t = create(s);
    return lay_out(&t, NULL);
}

static size_t tasks(const pixel_conv *t)
{
    return (size_t)((t->k + TASK_CHANNELS - 1) / TASK_CHANNELS);
}

static int threads_for(const pixel_conv *t, int threads)
{
    return cgm_conv_threads(threads, t->n * t->k * t->c);
}

/* The taps that count, as [k, c]. */
static const cgm_real *pack(const pixel_conv *t, const cgm_real *filter)
{
    if (t->step == 1) return filter;
    for (int64_t i = 0; i < t->k * t->c; i++) t->dense[i] = filter[i * t->step + t->tap];
    return t->dense;
}

static const cgm_real zeros[64];

/* ---- y ---- */

static void pack_last(const pixel_conv *t)
{
    int64_t vector = t->isa->vector;
    for (int64_t n = 0; n < t->n && t->rest; n++) {
        memset(t->last + n * vector, 0, (size_t)(vector - t->rest) * sizeof *t->last);
        memcpy(t->last + (n + 1) * vector - t->rest, t->a + (n + 1) * t->c - t->rest,
               (size_t)t->rest * sizeof *t->last);
    }
}

/* Sums of `columns` output channels from k on for `rows` samples from n on. */
static void forward_tile(const pixel_conv *t, int64_t n, int64_t rows, int64_t k, int64_t columns)
{
    cgm_real sums[CGM_TILE + 16], more[CGM_TILE + 16];
    const cgm_real *filter = t->b + k * t->c, *bias = t->bias ? t->bias + k : zeros;
    cgm_real *out = t->out + n * t->k + k;
    cgm_dot_fn *dot = t->isa->dot[rows][columns];
    dot(1, t->whole, t->a + n * t->c, t->c, 0, filter, 0, t->by_c, t->by_vector, sums);
    if (t->rest) {
        int64_t vector = t->isa->vector;
        dot(1, 1, t->last + n * vector, vector, 0, filter + t->c - vector, 0, t->by_c, t->by_vector, more);
        for (int64_t i = 0; i < rows * columns; i++) sums[i] += more[i];
    }
    for (int64_t m = 0; m < rows; m++, out += t->k)
        for (int64_t u = 0; u < columns; u++) out[u] = sums[m * columns + u] + bias[u];
}

/* A few filters stay in the first-level cache for all samples. */
static void forward_task(void *context, size_t index, int worker)
{
    (void)worker;
    const pixel_conv *t = context;
    int64_t end = min64(((int64_t)index + 1) * TASK_CHANNELS, t->k);
    for (int64_t n = 0, rows; n < t->n; n += rows) {
        rows = cgm_tile_rows(t->isa, t->n - n, false);
        for (int64_t k = (int64_t)index * TASK_CHANNELS, columns; k < end; k += columns) {
            columns = cgm_tile_columns(t->isa, rows, end - k);
            forward_tile(t, n, rows, k, columns);
        }
    }
}

void cgm_conv2d_pixel(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                      cgm_real *y, void *scratch, int threads)
{
    pixel_conv t = create(s);
    lay_out(&t, scratch);
    t.a = x, t.b = pack(&t, filter), t.bias = bias, t.out = y;
    pack_last(&t);
    cgm_parallel(threads_for(&t, threads), tasks(&t), forward_task, &t);
}

/* ---- dx and df: panels of c ---- */

/* Vectors of the panel of c at `at`; the last one may overlap it from the left, and then begins at *from. */
static int64_t panel(const pixel_conv *t, int64_t rows, int64_t at, int64_t *from)
{
    int64_t vectors = (t->c - at) / t->isa->vector;
    *from = at;
    if (vectors) return min64(cgm_tile_columns(t->isa, rows, vectors), 3);
    *from = t->c - t->isa->vector;
    return 1;
}

/* Eight samples. */
static void input_grad_task(void *context, size_t index, int worker)
{
    (void)worker;
    const pixel_conv *t = context;
    int64_t n = 8 * (int64_t)index, end = min64(n + 8, t->n);
    for (int64_t rows; n < end; n += rows) {
        rows = cgm_tile_rows(t->isa, end - n, false);
        for (int64_t c = 0, from, columns; c < t->c; c = from + columns * t->isa->vector) {
            columns = panel(t, rows, c, &from);
            t->isa->broadcast[rows][columns](t->k, t->a + n * t->k, t->by_k, t->count, t->b + from, t->c, zeros,
                                             t->out + n * t->c + from, t->c);
        }
    }
}

void cgm_conv2d_pixel_input_grad(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                                 void *scratch, int threads)
{
    pixel_conv t = create(s);
    lay_out(&t, scratch);
    t.a = dy, t.b = pack(&t, filter), t.out = dx;
    cgm_parallel(threads_for(&t, threads), (size_t)(t.n + 7) / 8, input_grad_task, &t);
}

/* The last columns of a tile's rows, fewer than a vector, so that none is added twice. */
static void deliver_rest(const pixel_conv *t, int64_t rows, const cgm_real *tile, cgm_real *out)
{
    for (int64_t m = 0; m < rows; m++)
        for (int64_t i = t->isa->vector - t->rest; i < t->isa->vector; i++)
            out[m * t->c + i] = tile[m * t->isa->vector + i] + (t->accumulate ? out[m * t->c + i] : 0);
}

static void filter_grad_task(void *context, size_t index, int worker)
{
    (void)worker;
    const pixel_conv *t = context;
    int64_t k = (int64_t)index * TASK_CHANNELS, end = min64(k + TASK_CHANNELS, t->k);
    for (int64_t rows; k < end; k += rows) {
        rows = cgm_tile_rows(t->isa, end - k, false);
        for (int64_t c = 0, from, columns; c < t->c; c = from + columns * t->isa->vector) {
            columns = panel(t, rows, c, &from);
            cgm_real tile[8 * 16], *out = t->out + k * t->c + from;
            bool rest = from < c;
            t->isa->broadcast[rows][columns](t->n, t->b + k, t->count, t->by_k, t->a + from, t->c,
                                             t->accumulate && !rest ? NULL : zeros, rest ? tile : out,
                                             rest ? t->isa->vector : t->c);
            if (rest) deliver_rest(t, rows, tile, out);
        }
    }
}

void cgm_conv2d_pixel_filter_grad(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *dy, bool accumulate,
                                  cgm_real *dfilter, void *scratch, int threads)
{
    pixel_conv t = create(s);
    lay_out(&t, scratch);
    t.a = x, t.b = dy, t.accumulate = accumulate && t.step == 1, t.out = t.step == 1 ? dfilter : t.dense;
    cgm_parallel(threads_for(&t, threads), tasks(&t), filter_grad_task, &t);
    if (t.step == 1) return;
    int64_t n = t.k * t.c;
    if (!accumulate) memset(dfilter, 0, (size_t)(n * t.step) * sizeof *dfilter);
    for (int64_t i = 0; i < n; i++) dfilter[i * t.step + t.tap] += t.dense[i];
}
