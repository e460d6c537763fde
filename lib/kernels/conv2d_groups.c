/* Fast convolutions of groups. Each pair of a sample and a group is a convolution of its own, whose operands lie
 * together. With one channel a group, 3x3 taps on 32x32 pixels, that is 30 GFLOP/s of the 105 that 64 channels in one
 * group reach; rows times taps without copies, tried for narrow groups, made 5. */
#include "kernels/conv2d.h"
#include "kernels/conv2d_planes.h"

#include "base/threads.h"

/* Tensors as they are named in kernels.h; the one that is computed is not const. */
typedef struct grouped {
    cgm_conv_shape s;   /* of all groups */
    cgm_conv_shape one; /* of one group of one sample */
    const cgm_real *x, *filter, *bias, *dy;
    bool accumulate;
    cgm_real *out;
    char *scratch;
    size_t scratch_size; /* of a worker */
} grouped;

static grouped create(const cgm_conv_shape *s)
{
    grouped t = {.s = *s, .one = *s};
    t.s.groups = cgm_conv_groups(s);
    t.one.n = 1, t.one.c = s->c / t.s.groups, t.one.k = s->k / t.s.groups, t.one.groups = 1;
    return t;
}

static int64_t products(const grouped *t)
{
    return t->s.n * t->s.k * t->one.c * t->s.r * t->s.s * t->s.oh * t->s.ow;
}

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
    return (size_t)(threads > 1 ? threads : 1) * scratch_of_one(&t, fast);
}

static void run(grouped *t, size_t tasks, cgm_task_fn *task, scratch_fn *fast, void *memory, int threads)
{
    t->scratch = memory;
    t->scratch_size = scratch_of_one(t, fast);
    cgm_parallel(cgm_conv_threads(threads, products(t)), tasks, task, t);
}

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
    run(&t, (size_t)(s->n * t.s.groups), forward_group, cgm_conv2d_scratch_fast, memory, threads);
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
    run(&t, (size_t)(s->n * t.s.groups), input_grad_group, cgm_conv2d_input_grad_scratch_fast, memory, threads);
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
    run(&t, (size_t)t.s.groups, filter_grad_group, cgm_conv2d_filter_grad_scratch_fast, memory, threads);
}
