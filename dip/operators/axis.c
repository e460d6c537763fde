#include "dip/operators/axis.h"

#include <math.h>
#include <string.h>

static double box(double t)
{
    return fabs(t) < .5 ? 1 : fabs(t) > .5 ? 0 : .5;
}

const dip_kernel cgm_dip_box = {box, .5};

static double cubic(double t)
{
    t = fabs(t);
    if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
    return t < 2 ? ((-.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

const dip_kernel cgm_dip_cubic = {cubic, 2};

int64_t cgm_dip_mirrored(int64_t i, int64_t n)
{
    int64_t period = 2 * n, at = ((i % period) + period) % period;
    return at < n ? at : period - 1 - at;
}

cgm_status cgm_dip_axis_create(cgm_arena *arena, int64_t in, int64_t out, double scale, const dip_kernel *kernel,
                               dip_axis *axis)
{
    double step = (double)in / (double)out, reach = kernel->reach * scale;
    int64_t taps = 2 * (int64_t)ceil(reach) + 2, n = 0;
    *axis = (dip_axis){.in = in, .out = out};
    axis->begin = cgm_arena_array(arena, (size_t)out + 1, sizeof *axis->begin);
    axis->from = cgm_arena_array(arena, (size_t)(out * taps), sizeof *axis->from);
    axis->weight = cgm_arena_array(arena, (size_t)(out * taps), sizeof *axis->weight);
    if (!axis->begin || !axis->from || !axis->weight) return CGM_E_MEMORY;
    for (int64_t i = 0; i < out; i++) {
        double middle = ((double)i + .5) * step - .5, sum = 0;
        int64_t first = (int64_t)ceil(middle - reach), begin = n;
        for (int64_t j = first; (double)j <= middle + reach; j++) {
            double weight = kernel->at(((double)j - middle) / scale);
            if (weight == 0) continue;
            axis->from[n] = cgm_dip_mirrored(j, in);
            axis->weight[n++] = weight;
            sum += weight;
        }
        for (int64_t k = begin; k < n; k++) axis->weight[k] /= sum;
        axis->begin[i + 1] = n;
    }
    return CGM_OK;
}

typedef struct axes {
    int64_t channels;
    dip_axis vertical, horizontal;
} axes;

static void rows_of(const dip_axis *a, int64_t rows, const double *in, double *out)
{
    for (int64_t y = 0; y < rows; y++, in += a->in, out += a->out)
        for (int64_t i = 0; i < a->out; i++) {
            double sum = 0;
            for (int64_t k = a->begin[i]; k < a->begin[i + 1]; k++) sum += a->weight[k] * in[a->from[k]];
            out[i] = sum;
        }
}

static void rows_adjoint(const dip_axis *a, int64_t rows, const double *in, double *out)
{
    memset(out, 0, (size_t)(rows * a->in) * sizeof *out);
    for (int64_t y = 0; y < rows; y++, in += a->out, out += a->in)
        for (int64_t i = 0; i < a->out; i++)
            for (int64_t k = a->begin[i]; k < a->begin[i + 1]; k++) out[a->from[k]] += a->weight[k] * in[i];
}

/* y += w x */
static void add_line(int64_t n, double w, const double *x, double *y)
{
    for (int64_t i = 0; i < n; i++) y[i] += w * x[i];
}

/* Of columns: whole rows are added up. */
static void columns_of(const dip_axis *a, int64_t width, const double *in, double *out, bool adjoint)
{
    memset(out, 0, (size_t)((adjoint ? a->in : a->out) * width) * sizeof *out);
    for (int64_t i = 0; i < a->out; i++)
        for (int64_t k = a->begin[i]; k < a->begin[i + 1]; k++)
            if (adjoint)
                add_line(width, a->weight[k], in + i * width, out + a->from[k] * width);
            else
                add_line(width, a->weight[k], in + a->from[k] * width, out + i * width);
}

static void apply(const void *context, const double *in, double *out, void *scratch, int threads)
{
    const axes *m = context;
    const dip_axis *v = &m->vertical, *h = &m->horizontal;
    double *between = scratch; /* [v->in, h->out] */
    (void)threads;
    for (int64_t c = 0; c < m->channels; c++) {
        rows_of(h, v->in, in + c * v->in * h->in, between);
        columns_of(v, h->out, between, out + c * v->out * h->out, false);
    }
}

static void adjoint(const void *context, const double *in, double *out, void *scratch, int threads)
{
    const axes *m = context;
    const dip_axis *v = &m->vertical, *h = &m->horizontal;
    double *between = scratch;
    (void)threads;
    for (int64_t c = 0; c < m->channels; c++) {
        columns_of(v, h->out, in + c * v->out * h->out, between, true);
        rows_adjoint(h, v->in, between, out + c * v->in * h->in);
    }
}

cgm_status cgm_dip_axes_operator(cgm_arena *arena, int64_t channels, const dip_axis *vertical,
                                 const dip_axis *horizontal, dip_operator *out)
{
    axes *m = cgm_arena_alloc(arena, sizeof *m);
    if (!m) return CGM_E_MEMORY;
    *m = (axes){channels, *vertical, *horizontal};
    *out = (dip_operator){.map = {.domain = CGM_SHAPE(1, channels, vertical->in, horizontal->in),
                                  .range = CGM_SHAPE(1, channels, vertical->out, horizontal->out),
                                  .apply = apply,
                                  .adjoint = adjoint,
                                  .scratch_bytes = (size_t)(vertical->in * horizontal->out) * sizeof(double),
                                  .context = m}};
    return CGM_OK;
}
