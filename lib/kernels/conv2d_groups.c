/* Fast convolutions of groups. Each pair of a sample and a group is a convolution of its own, whose operands lie
 * together; where groups are narrow, as in depthwise convolutions, rows times taps without any copies. */
#include "kernels/conv2d.h"
#include "kernels/conv2d_planes.h"
#include "kernels/vector_math.h"

#include "base/threads.h"

/* Products of an output pixel and tap from which on a group is worth setting up. */
#define NARROW 8
/* Elements of the planes that one task of narrow groups makes. */
#define TASK_ELEMENTS 16384

/* Tensors as they are named in kernels.h; the one that is computed is not const. */
typedef struct grouped {
    cgm_conv_shape s;   /* of all groups, with its defaults */
    cgm_conv_shape one; /* of one group of one sample */
    const cgm_real *x, *filter, *bias, *dy;
    bool accumulate;
    cgm_real *out;
    char *scratch;
    size_t scratch_size; /* of a worker */
    int64_t planes_per_task;
} grouped;

static grouped create(const cgm_conv_shape *s)
{
    grouped t = {.s = *s, .one = *s};
    t.s.groups = cgm_conv_groups(s), t.s.dilation = cgm_conv_dilation(s);
    t.one.n = 1, t.one.c = s->c / t.s.groups, t.one.k = s->k / t.s.groups, t.one.groups = 1;
    return t;
}

static bool is_narrow(const grouped *t)
{
    return t->one.c * t->one.k < NARROW;
}

static int64_t products(const grouped *t)
{
    return t->s.n * t->s.k * t->one.c * t->s.r * t->s.s * t->s.oh * t->s.ow;
}

/* ---- narrow groups ---- */

/* Output columns whose tap in filter column b lies inside the image: j0 up to j1 (not included); the tap of column j is
 * in column j * stride + *shift of the image. */
static inline void columns_inside(const cgm_conv_shape *s, int64_t b, int64_t *j0, int64_t *j1, int64_t *shift)
{
    *shift = b * s->dilation - s->pad_left;
    *j0 = *shift < 0 ? (-*shift + s->stride - 1) / s->stride : 0;
    *j1 = *shift < s->w ? (s->w - 1 - *shift) / s->stride + 1 : 0;
    if (*j1 > s->ow) *j1 = s->ow;
}

/* One plane of y. */
static CGM_VECTOR_CLONES void forward_plane(const grouped *t, int64_t n, int64_t k)
{
    cgm_conv_shape s = t->s;
    int64_t cs = t->one.c, stride = s.stride;
    const cgm_real *plane = t->x + (n * s.c + k / t->one.k * cs) * s.h * s.w;
    cgm_real *restrict out = t->out + (n * s.k + k) * s.oh * s.ow;
    for (int64_t i = 0; i < s.oh; i++, out += s.ow) {
        cgm_real start = t->bias ? t->bias[k] : 0;
        for (int64_t j = 0; j < s.ow; j++) out[j] = start;
        for (int64_t tap = 0; tap < cs * s.r * s.s; tap++) {
            int64_t y = i * stride - s.pad_top + tap / s.s % s.r * s.dilation, j0, j1, shift;
            if (y < 0 || y >= s.h) continue;
            columns_inside(&s, tap % s.s, &j0, &j1, &shift);
            cgm_real weight = t->filter[k * cs * s.r * s.s + tap];
            const cgm_real *restrict row = plane + (tap / (s.r * s.s) * s.h + y) * s.w + shift;
            if (stride == 1) {
#pragma omp simd
                for (int64_t j = j0; j < j1; j++) out[j] += weight * row[j];
            } else {
                for (int64_t j = j0; j < j1; j++) out[j] += weight * row[j * stride];
            }
        }
    }
}

/* One plane of dx. */
static CGM_VECTOR_CLONES void input_grad_plane(const grouped *t, int64_t n, int64_t c)
{
    cgm_conv_shape s = t->s;
    int64_t cs = t->one.c, ks = t->one.k, stride = s.stride, first = c / cs * ks;
    cgm_real *restrict plane = t->out + (n * s.c + c) * s.h * s.w;
    for (int64_t i = 0; i < s.h * s.w; i++) plane[i] = 0;
    for (int64_t k = first; k < first + ks; k++)
        for (int64_t i = 0; i < s.oh; i++) {
            const cgm_real *restrict dy = t->dy + ((n * s.k + k) * s.oh + i) * s.ow;
            for (int64_t tap = 0; tap < s.r * s.s; tap++) {
                int64_t y = i * stride - s.pad_top + tap / s.s * s.dilation, j0, j1, shift;
                if (y < 0 || y >= s.h) continue;
                columns_inside(&s, tap % s.s, &j0, &j1, &shift);
                cgm_real weight = t->filter[(k * cs + c % cs) * s.r * s.s + tap];
                cgm_real *restrict row = plane + y * s.w + shift;
                if (stride == 1) {
#pragma omp simd
                    for (int64_t j = j0; j < j1; j++) row[j] += weight * dy[j];
                } else {
                    for (int64_t j = j0; j < j1; j++) row[j * stride] += weight * dy[j];
                }
            }
        }
}

/* One tap of dfilter, of an output channel and an input channel of its group. */
static CGM_VECTOR_CLONES double filter_grad_tap(const grouped *t, int64_t k, int64_t c, int64_t a, int64_t b)
{
    cgm_conv_shape s = t->s;
    int64_t stride = s.stride, j0, j1, shift, channel = k / t->one.k * t->one.c + c;
    double sum = 0;
    columns_inside(&s, b, &j0, &j1, &shift);
    for (int64_t n = 0; n < s.n; n++)
        for (int64_t i = 0; i < s.oh; i++) {
            int64_t y = i * stride - s.pad_top + a * s.dilation;
            if (y < 0 || y >= s.h) continue;
            const cgm_real *row = t->x + ((n * s.c + channel) * s.h + y) * s.w + shift;
            const cgm_real *dy = t->dy + ((n * s.k + k) * s.oh + i) * s.ow;
            cgm_real of_row = 0;
            if (stride == 1) {
#pragma omp simd reduction(+ : of_row)
                for (int64_t j = j0; j < j1; j++) of_row += row[j] * dy[j];
            } else {
#pragma omp simd reduction(+ : of_row)
                for (int64_t j = j0; j < j1; j++) of_row += row[j * stride] * dy[j];
            }
            sum += (double)of_row;
        }
    return sum;
}

static void forward_planes(void *context, size_t index, int worker)
{
    (void)worker;
    const grouped *t = context;
    int64_t plane = (int64_t)index * t->planes_per_task, end = plane + t->planes_per_task;
    for (; plane < end && plane < t->s.n * t->s.k; plane++) forward_plane(t, plane / t->s.k, plane % t->s.k);
}

static void input_grad_planes(void *context, size_t index, int worker)
{
    (void)worker;
    const grouped *t = context;
    int64_t plane = (int64_t)index * t->planes_per_task, end = plane + t->planes_per_task;
    for (; plane < end && plane < t->s.n * t->s.c; plane++) input_grad_plane(t, plane / t->s.c, plane % t->s.c);
}

/* The taps of one output channel. */
static void filter_grad_channel(void *context, size_t index, int worker)
{
    (void)worker;
    const grouped *t = context;
    int64_t k = (int64_t)index, taps = t->s.r * t->s.s;
    cgm_real *out = t->out + k * t->one.c * taps;
    for (int64_t q = 0; q < t->one.c * taps; q++) {
        double sum = filter_grad_tap(t, k, q / taps, q % taps / t->s.s, q % t->s.s);
        out[q] = (cgm_real)(t->accumulate ? (double)out[q] + sum : sum);
    }
}

/* Runs a task over `planes` planes of so many elements. */
static void run_narrow(grouped *t, int64_t planes, int64_t elements, cgm_task_fn *task, int threads)
{
    t->planes_per_task = elements < TASK_ELEMENTS ? TASK_ELEMENTS / elements : 1;
    cgm_parallel(cgm_conv_threads(threads, products(t)),
                 (size_t)((planes + t->planes_per_task - 1) / t->planes_per_task), task, t);
}

/* ---- wide groups ---- */

static void forward_group(void *context, size_t index, int worker)
{
    const grouped *t = context;
    const cgm_conv_shape *one = &t->one;
    int64_t at = (int64_t)index, group = at % t->s.groups; /* groups of samples lie one after the other */
    cgm_conv2d_fast(one, t->x + at * one->c * one->h * one->w, t->filter + group * one->k * one->c * one->r * one->s,
                    t->bias ? t->bias + group * one->k : NULL, t->out + at * one->k * one->oh * one->ow,
                    t->scratch + (size_t)worker * t->scratch_size, 1);
}

static void input_grad_group(void *context, size_t index, int worker)
{
    const grouped *t = context;
    const cgm_conv_shape *one = &t->one;
    int64_t at = (int64_t)index, group = at % t->s.groups;
    cgm_conv2d_input_grad_fast(
        one, t->dy + at * one->k * one->oh * one->ow, t->filter + group * one->k * one->c * one->r * one->s,
        t->out + at * one->c * one->h * one->w, t->scratch + (size_t)worker * t->scratch_size, 1);
}

/* One group, sample after sample. */
static void filter_grad_group(void *context, size_t index, int worker)
{
    const grouped *t = context;
    const cgm_conv_shape *one = &t->one;
    cgm_real *out = t->out + (int64_t)index * one->k * one->c * one->r * one->s;
    for (int64_t n = 0; n < t->s.n; n++) {
        int64_t at = n * t->s.groups + (int64_t)index;
        cgm_conv2d_filter_grad_fast(one, t->x + at * one->c * one->h * one->w, t->dy + at * one->k * one->oh * one->ow,
                                    t->accumulate || n > 0, out, t->scratch + (size_t)worker * t->scratch_size, 1);
    }
}

typedef size_t scratch_fn(const cgm_conv_shape *s, int threads);

/* Bytes of a worker's scratch, in whole cache lines. */
static size_t scratch_of_one(const grouped *t, scratch_fn *fast)
{
    return (fast(&t->one, 1) + 63) / 64 * 64;
}

static size_t scratch(const cgm_conv_shape *s, int threads, scratch_fn *fast)
{
    if (cgm_conv_groups(s) == 1) return fast(s, threads);
    grouped t = create(s);
    return is_narrow(&t) ? 0 : (size_t)(threads > 1 ? threads : 1) * scratch_of_one(&t, fast);
}

static void run_wide(grouped *t, size_t tasks, cgm_task_fn *task, scratch_fn *fast, void *memory, int threads)
{
    t->scratch = memory;
    t->scratch_size = scratch_of_one(t, fast);
    cgm_parallel(cgm_conv_threads(threads, products(t)), tasks, task, t);
}

/* ---- the table's entries ---- */

size_t cgm_conv2d_scratch_grouped(const cgm_conv_shape *s, int threads)
{
    return scratch(s, threads, cgm_conv2d_scratch_fast);
}

void cgm_conv2d_grouped(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                        cgm_real *y, void *memory, int threads)
{
    if (cgm_conv_groups(s) == 1) {
        cgm_conv2d_fast(s, x, filter, bias, y, memory, threads);
        return;
    }
    grouped t = create(s);
    t.x = x, t.filter = filter, t.bias = bias, t.out = y;
    if (is_narrow(&t))
        run_narrow(&t, s->n * s->k, s->oh * s->ow, forward_planes, threads);
    else
        run_wide(&t, (size_t)(s->n * t.s.groups), forward_group, cgm_conv2d_scratch_fast, memory, threads);
}

size_t cgm_conv2d_input_grad_scratch_grouped(const cgm_conv_shape *s, int threads)
{
    return scratch(s, threads, cgm_conv2d_input_grad_scratch_fast);
}

void cgm_conv2d_input_grad_grouped(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                                   void *memory, int threads)
{
    if (cgm_conv_groups(s) == 1) {
        cgm_conv2d_input_grad_fast(s, dy, filter, dx, memory, threads);
        return;
    }
    grouped t = create(s);
    t.dy = dy, t.filter = filter, t.out = dx;
    if (is_narrow(&t))
        run_narrow(&t, s->n * s->c, s->h * s->w, input_grad_planes, threads);
    else
        run_wide(&t, (size_t)(s->n * t.s.groups), input_grad_group, cgm_conv2d_input_grad_scratch_fast, memory,
                 threads);
}

size_t cgm_conv2d_filter_grad_scratch_grouped(const cgm_conv_shape *s, int threads)
{
    return scratch(s, threads, cgm_conv2d_filter_grad_scratch_fast);
}

void cgm_conv2d_filter_grad_grouped(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *dy, bool accumulate,
                                    cgm_real *dfilter, void *memory, int threads)
{
    if (cgm_conv_groups(s) == 1) {
        cgm_conv2d_filter_grad_fast(s, x, dy, accumulate, dfilter, memory, threads);
        return;
    }
    grouped t = create(s);
    t.x = x, t.dy = dy, t.accumulate = accumulate, t.out = dfilter;
    if (is_narrow(&t))
        cgm_parallel(cgm_conv_threads(threads, products(&t)), (size_t)s->k, filter_grad_channel, &t);
    else
        run_wide(&t, (size_t)t.s.groups, filter_grad_group, cgm_conv2d_filter_grad_scratch_fast, memory, threads);
}
