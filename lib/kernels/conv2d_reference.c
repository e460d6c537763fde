/* The convolutions by their definitions: each output is one sum, gathered in double. */
#include "kernels/conv2d.h"

#include "base/threads.h"

typedef struct job {
    cgm_conv_shape s;
    const cgm_real *a, *b, *bias;
    bool accumulate;
    cgm_real *out;
} job;

size_t cgm_conv2d_no_scratch(const cgm_conv_shape *s, int threads)
{
    (void)s, (void)threads;
    return 0;
}

/* The shape with its defaults. */
static cgm_conv_shape complete(const cgm_conv_shape *s)
{
    cgm_conv_shape shape = *s;
    shape.dilation = cgm_conv_dilation(s), shape.groups = cgm_conv_groups(s);
    return shape;
}

/* One plane of y. */
static void forward_plane(void *context, size_t index, int worker)
{
    (void)worker;
    const job *t = context;
    cgm_conv_shape s = t->s;
    int64_t n = (int64_t)index / s.k, k = (int64_t)index % s.k;
    int64_t cs = s.c / s.groups, first = k / (s.k / s.groups) * cs;
    for (int64_t i = 0; i < s.oh; i++)
        for (int64_t j = 0; j < s.ow; j++) {
            double sum = t->bias ? (double)t->bias[k] : 0;
            for (int64_t c = 0; c < cs; c++)
                for (int64_t a = 0; a < s.r; a++)
                    for (int64_t b = 0; b < s.s; b++) {
                        int64_t y = i * s.stride - s.pad_top + a * s.dilation;
                        int64_t x = j * s.stride - s.pad_left + b * s.dilation;
                        if (y < 0 || y >= s.h || x < 0 || x >= s.w) continue;
                        sum += (double)t->a[((n * s.c + first + c) * s.h + y) * s.w + x] *
                               (double)t->b[((k * cs + c) * s.r + a) * s.s + b];
                    }
            t->out[((n * s.k + k) * s.oh + i) * s.ow + j] = (cgm_real)sum;
        }
}

/* One plane of dx. */
static void input_grad_plane(void *context, size_t index, int worker)
{
    (void)worker;
    const job *t = context;
    cgm_conv_shape s = t->s;
    int64_t n = (int64_t)index / s.c, c = (int64_t)index % s.c;
    int64_t cs = s.c / s.groups, ks = s.k / s.groups, first = c / cs * ks;
    for (int64_t y = 0; y < s.h; y++)
        for (int64_t x = 0; x < s.w; x++) {
            double sum = 0;
            for (int64_t k = first; k < first + ks; k++)
                for (int64_t a = 0; a < s.r; a++)
                    for (int64_t b = 0; b < s.s; b++) {
                        int64_t i = y + s.pad_top - a * s.dilation, j = x + s.pad_left - b * s.dilation;
                        if (i < 0 || j < 0 || i % s.stride || j % s.stride) continue;
                        if (i / s.stride >= s.oh || j / s.stride >= s.ow) continue;
                        sum += (double)t->a[((n * s.k + k) * s.oh + i / s.stride) * s.ow + j / s.stride] *
                               (double)t->b[((k * cs + c % cs) * s.r + a) * s.s + b];
                    }
            t->out[((n * s.c + c) * s.h + y) * s.w + x] = (cgm_real)sum;
        }
}

/* The taps of one pair of an output channel and an input channel of its group. */
static void filter_grad_taps(void *context, size_t index, int worker)
{
    (void)worker;
    const job *t = context;
    cgm_conv_shape s = t->s;
    int64_t cs = s.c / s.groups, k = (int64_t)index / cs, c = (int64_t)index % cs;
    int64_t first = k / (s.k / s.groups) * cs;
    for (int64_t a = 0; a < s.r; a++)
        for (int64_t b = 0; b < s.s; b++) {
            cgm_real *out = &t->out[((k * cs + c) * s.r + a) * s.s + b];
            double sum = t->accumulate ? (double)*out : 0;
            for (int64_t n = 0; n < s.n; n++)
                for (int64_t i = 0; i < s.oh; i++)
                    for (int64_t j = 0; j < s.ow; j++) {
                        int64_t y = i * s.stride - s.pad_top + a * s.dilation;
                        int64_t x = j * s.stride - s.pad_left + b * s.dilation;
                        if (y < 0 || y >= s.h || x < 0 || x >= s.w) continue;
                        sum += (double)t->a[((n * s.c + first + c) * s.h + y) * s.w + x] *
                               (double)t->b[((n * s.k + k) * s.oh + i) * s.ow + j];
                    }
            *out = (cgm_real)sum;
        }
}

void cgm_conv2d_reference(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                          cgm_real *y, void *scratch, int threads)
{
    (void)scratch;
    cgm_parallel(threads, (size_t)(s->n * s->k), forward_plane,
                 &(job){.s = complete(s), .a = x, .b = filter, .bias = bias, .out = y});
}

void cgm_conv2d_input_grad_reference(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                                     void *scratch, int threads)
{
    (void)scratch;
    cgm_parallel(threads, (size_t)(s->n * s->c), input_grad_plane,
                 &(job){.s = complete(s), .a = dy, .b = filter, .out = dx});
}

void cgm_conv2d_filter_grad_reference(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *dy, bool accumulate,
                                      cgm_real *dfilter, void *scratch, int threads)
{
    (void)scratch;
    cgm_parallel(threads, (size_t)(s->k * (s->c / cgm_conv_groups(s))), filter_grad_taps,
                 &(job){.s = complete(s), .a = x, .b = dy, .accumulate = accumulate, .out = dfilter});
}
