#include "tests/oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/op_cases.h"

/* Index of an element of x for the element `at` of `shape`, to which x broadcasts. */
static int64_t broadcast_index(cgm_shape x, cgm_shape shape, int64_t at)
{
    int64_t index = 0, step = 1;
    for (int i = shape.rank - 1; i >= 0; i--) {
        int64_t coordinate = at % shape.dim[i];
        int k = i - (shape.rank - x.rank);
        at /= shape.dim[i];
        if (k < 0) continue;
        if (x.dim[k] > 1) index += coordinate * step;
        step *= x.dim[k];
    }
    return index;
}

static double elementwise(cgm_op_id op, const double *in, const cgm_attr *a)
{
    double x = in[0];
    switch (op) {
    case CGM_OP_add:
        return x + in[1];
    case CGM_OP_sub:
        return x - in[1];
    case CGM_OP_mul:
        return x * in[1];
    case CGM_OP_div:
        return x / in[1];
    case CGM_OP_less:
        return x < in[1];
    case CGM_OP_select:
        return x != 0 ? in[1] : in[2];
    case CGM_OP_neg:
        return -x;
    case CGM_OP_affine:
        return a->f[0] * x + a->f[1];
    case CGM_OP_exp:
        return exp(x);
    case CGM_OP_log:
        return log(x);
    case CGM_OP_sqrt:
        return sqrt(x);
    case CGM_OP_erf:
        return erf(x);
    case CGM_OP_tanh:
        return tanh(x);
    case CGM_OP_sigmoid:
        return 1 / (1 + exp(-x));
    case CGM_OP_softplus:
        return fmax(x, 0) + log1p(exp(-fabs(x)));
    case CGM_OP_gelu:
        return 0.5 * x * erfc(-x * M_SQRT1_2);
    case CGM_OP_gelu_grad:
        return in[1] * (0.5 * erfc(-x * M_SQRT1_2) + x * exp(-x * x / 2) * 0.398942280401432678);
    case CGM_OP_leaky_relu:
        return x > 0 ? x : a->f[0] * x;
    case CGM_OP_minimum:
        return x < in[1] ? x : in[1];
    case CGM_OP_maximum:
        return x > in[1] ? x : in[1];
    case CGM_OP_abs:
        return fabs(x);
    case CGM_OP_sign:
        return (x > 0) - (x < 0);
    case CGM_OP_floor:
        return floor(x);
    case CGM_OP_relu:
        return fmax(x, 0);
    case CGM_OP_pow:
        return pow(x, a->f[0]);
    case CGM_OP_clamp:
        return fmin(fmax(x, a->f[0]), a->f[1]);
    default:
        return NAN;
    }
}

/* Coordinates of element `at`, and the index of coordinates. */
static void coordinates(cgm_shape s, int64_t at, int64_t c[CGM_MAX_RANK])
{
    for (int i = s.rank - 1; i >= 0; i--) {
        c[i] = at % s.dim[i];
        at /= s.dim[i];
    }
}
static int64_t index_of(cgm_shape s, const int64_t c[CGM_MAX_RANK])
{
    int64_t index = 0;
    for (int i = 0; i < s.rank; i++) index = index * s.dim[i] + c[i];
    return index;
}

static double at4(const double *x, cgm_shape s, int64_t n, int64_t c, int64_t i, int64_t j)
{
    if (i < 0 || j < 0 || i >= s.dim[2] || j >= s.dim[3]) return 0;
    return x[((n * s.dim[1] + c) * s.dim[2] + i) * s.dim[3] + j];
}

/* Adds the product of every (x, filter, y) triple of a convolution to the one that is the output. */
static void convolve(const cgm_node_record *node, cgm_shape xs, cgm_shape fs, cgm_shape ys, const double *x,
                     const double *f, const double *y, double *out)
{
    const int64_t *o = node->attr.i;
    int64_t stride = o[0], top = o[1], left = o[3], dilation = o[5], groups = o[6];
    for (int64_t n = 0; n < xs.dim[0]; n++)
        for (int64_t k = 0; k < fs.dim[0]; k++)
            for (int64_t c = 0; c < fs.dim[1]; c++)
                for (int64_t i = 0; i < ys.dim[2]; i++)
                    for (int64_t j = 0; j < ys.dim[3]; j++)
                        for (int64_t r = 0; r < fs.dim[2]; r++)
                            for (int64_t s = 0; s < fs.dim[3]; s++) {
                                int64_t u = i * stride - top + r * dilation, v = j * stride - left + s * dilation;
                                if (u < 0 || v < 0 || u >= xs.dim[2] || v >= xs.dim[3]) continue;
                                int64_t channel = k / (fs.dim[0] / groups) * fs.dim[1] + c;
                                int64_t xi = ((n * xs.dim[1] + channel) * xs.dim[2] + u) * xs.dim[3] + v;
                                int64_t fi = ((k * fs.dim[1] + c) * fs.dim[2] + r) * fs.dim[3] + s;
                                int64_t yi = ((n * ys.dim[1] + k) * ys.dim[2] + i) * ys.dim[3] + j;
                                if (!y) out[yi] += x[xi] * f[fi];
                                if (!x) out[xi] += y[yi] * f[fi];
                                if (!f) out[fi] += x[xi] * y[yi];
                            }
}

/* The weight of element a of `in` in element i of `out` along one axis of a re-sampling (0: rows, 1: columns). */
static double resampling_weight(const int64_t *o, int axis, int64_t in, int64_t out, int64_t i, int64_t a)
{
    int64_t size = o[1 + axis], stride = o[3 + axis], before = o[5 + 2 * axis], at = i - before, inside = 0;
    double centre;
    switch ((cgm_resampling)o[0]) {
    case CGM_PAD_REFLECT:
        while (at < 0 || at >= in) at = at < 0 ? -at : 2 * (in - 1) - at;
        return at == a;
    case CGM_PAD_REPLICATE:
        while (at < 0) at++;
        while (at >= in) at--;
        return at == a;
    case CGM_PAD_CIRCULAR:
        return (at + in) % in == a;
    case CGM_RESIZE_NEAREST:
        return a * out <= i * in && i * in < (a + 1) * out;
    case CGM_RESIZE_BILINEAR:
    case CGM_RESIZE_BILINEAR_ALIGNED:
        centre = o[0] == CGM_RESIZE_BILINEAR ? (2.0 * (double)i + 1) * (double)in / (2.0 * (double)out) - 0.5
                 : out == 1                  ? 0
                                             : (double)(i * (in - 1)) / (double)(out - 1);
        return fmax(0, 1 - fabs(fmin(fmax(centre, 0), (double)in - 1) - (double)a));
    case CGM_POOL_AVERAGE:
    case CGM_POOL_AVERAGE_INSIDE:
    case CGM_POOL_MAX:
        at = i * stride - before;
        for (int64_t b = 0; b < in; b++) inside += b >= at && b < at + size;
        return a < at || a >= at + size ? 0 : 1.0 / (double)(o[0] == CGM_POOL_AVERAGE ? size : inside);
    default: /* adaptive: what overlaps the result's share of the plane */
        for (int64_t b = 0; b < in; b++) inside += b * out < (i + 1) * in && (b + 1) * out > i * in;
        return a * out < (i + 1) * in && (a + 1) * out > i * in ? 1.0 / (double)inside : 0;
    }
}

/* Every pair of an element of x's planes and one of y's: adds to y what x weighs there, or to x what y does; or finds
 * the largest element. */
static void resample(const cgm_node_record *node, cgm_shape xs, cgm_shape ys, const double *x, const double *y,
                     double *out)
{
    int64_t h = xs.dim[xs.rank - 2], w = xs.dim[xs.rank - 1], oh = ys.dim[ys.rank - 2], ow = ys.dim[ys.rank - 1];
    for (int64_t e = 0; e < cgm_shape_size(ys); e++) {
        int64_t plane = e / (oh * ow), i = e / ow % oh, j = e % ow, best = -1;
        for (int64_t q = 0; q < h * w; q++) {
            double weight = resampling_weight(node->attr.i, 0, h, oh, i, q / w) *
                            resampling_weight(node->attr.i, 1, w, ow, j, q % w);
            if (node->op == CGM_OP_resample2d) out[e] += weight * x[plane * h * w + q];
            if (node->op == CGM_OP_resample2d_adjoint) out[plane * h * w + q] += weight * y[e];
            if (node->op == CGM_OP_max_index && weight > 0 &&
                (best < 0 || x[plane * h * w + q] > x[plane * h * w + best]))
                best = q;
        }
        if (node->op == CGM_OP_max_index) out[e] = (double)best;
    }
}

/* The operations that are told an axis. */
static double along_axis(const cgm_graph *g, const cgm_node_record *node, double *const *v, int64_t c[CGM_MAX_RANK])
{
    const cgm_node_record *x = &g->node[node->in[0].id];
    int axis = (int)node->attr.i[0];
    int64_t begin = 0;
    switch (node->op) {
    case CGM_OP_slice:
        c[axis] += node->attr.i[1];
        return v[node->in[0].id][index_of(x->shape, c)];
    case CGM_OP_slice_step:
        c[axis] = node->attr.i[1] + c[axis] * node->attr.i[3];
        return v[node->in[0].id][index_of(x->shape, c)];
    case CGM_OP_spread:
        for (begin = 0; begin < x->shape.dim[axis]; begin++)
            if (c[axis] == node->attr.i[1] + begin * node->attr.i[2]) {
                c[axis] = begin;
                return v[node->in[0].id][index_of(x->shape, c)];
            }
        return 0;
    case CGM_OP_pad:
        c[axis] -= node->attr.i[1];
        return c[axis] < 0 || c[axis] >= x->shape.dim[axis] ? 0 : v[node->in[0].id][index_of(x->shape, c)];
    case CGM_OP_cumsum: {
        int64_t to = c[axis], end = node->attr.i[1] ? x->shape.dim[axis] : to + 1;
        double sum = 0;
        for (c[axis] = node->attr.i[1] ? to : 0; c[axis] < end; c[axis]++)
            sum += v[node->in[0].id][index_of(x->shape, c)];
        return sum;
    }
    case CGM_OP_concat:
        for (size_t k = 0;; k++) {
            cgm_shape s = g->node[node->in[k].id].shape;
            if (c[axis] - begin < s.dim[axis]) {
                c[axis] -= begin;
                return v[node->in[k].id][index_of(s, c)];
            }
            begin += s.dim[axis];
        }
    default: { /* logsumexp */
        double sum = 0;
        for (c[axis] = 0; c[axis] < x->shape.dim[axis]; c[axis]++) sum += exp(v[node->in[0].id][index_of(x->shape, c)]);
        return log(sum);
    }
    }
}

static void reduce(const cgm_node_record *node, cgm_shape xs, const double *x, double *out)
{
    for (int64_t e = 0; e < cgm_shape_size(xs); e++) {
        int64_t c[CGM_MAX_RANK];
        coordinates(xs, e, c);
        for (int i = 0; i < xs.rank; i++)
            if (node->attr.i[0] >> i & 1) c[i] = 0;
        out[index_of(node->shape, c)] += x[e];
    }
}

/* Adds every number of x where its index says. */
static void add_by_index(const cgm_node_record *node, cgm_shape xs, const double *x, const double *index, double *out)
{
    int64_t m = xs.dim[xs.rank - 1], last = node->shape.dim[node->shape.rank - 1];
    for (int64_t e = 0; e < cgm_shape_size(xs); e++)
        if (node->op == CGM_OP_scatter_add)
            out[e / m * last + (int64_t)index[e]] += x[e];
        else
            out[(int64_t)index[e / m] * last + e % m] += x[e];
}

static double matrix_product(const cgm_node_record *node, cgm_shape as, cgm_shape bs, const double *a, const double *b,
                             int64_t e)
{
    bool ta = node->attr.i[0], tb = node->attr.i[1];
    cgm_shape lead = node->shape;
    int64_t a_rows = as.dim[as.rank - 2], a_columns = as.dim[as.rank - 1], b_rows = bs.dim[bs.rank - 2],
            b_columns = bs.dim[bs.rank - 1], rows = lead.dim[lead.rank - 2], columns = lead.dim[lead.rank - 1];
    int64_t i = e / columns % rows, j = e % columns, which = e / columns / rows, n = ta ? a_rows : a_columns;
    lead.rank -= 2, as.rank -= 2, bs.rank -= 2;
    a += broadcast_index(as, lead, which) * a_rows * a_columns;
    b += broadcast_index(bs, lead, which) * b_rows * b_columns;
    double sum = 0;
    for (int64_t k = 0; k < n; k++)
        sum += a[ta ? k * a_columns + i : i * a_columns + k] * b[tb ? j * b_columns + k : k * b_columns + j];
    return sum;
}

/* The element of x before which, in order, there are `place` others. */
static double in_place(const cgm_node_record *node, int64_t n, const double *x, int64_t place)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t others = 0;
        for (int64_t j = 0; j < n; j++) {
            bool less = node->attr.i[1] ? x[j] > x[i] : x[j] < x[i];
            others +=
                less || (isnan(x[i]) && !isnan(x[j])) || (j < i && (x[j] == x[i] || (isnan(x[i]) && isnan(x[j]))));
        }
        if (others == place) return (double)i;
    }
    return NAN;
}

static double one_element(const cgm_graph *g, const cgm_node_record *node, double *const *v, int64_t e)
{
    cgm_shape xs = node->n_in ? g->node[node->in[0].id].shape : CGM_SCALAR;
    const double *x = node->n_in ? v[node->in[0].id] : NULL;
    int64_t c[CGM_MAX_RANK], f = node->attr.i[0], last = node->shape.rank ? node->shape.dim[node->shape.rank - 1] : 1;
    double sum = 0, in[3] = {0};
    coordinates(node->shape, e, c);
    switch (node->op) {
    case CGM_OP_constant:
        return node->attr.f[0];
    case CGM_OP_reshape:
    case CGM_OP_stop_gradient:
        return x[e];
    case CGM_OP_broadcast:
        return x[broadcast_index(xs, node->shape, e)];
    case CGM_OP_concat:
    case CGM_OP_slice:
    case CGM_OP_slice_step:
    case CGM_OP_spread:
    case CGM_OP_pad:
    case CGM_OP_cumsum:
    case CGM_OP_logsumexp:
        return along_axis(g, node, v, c);
    case CGM_OP_matmul:
        return matrix_product(node, xs, g->node[node->in[1].id].shape, x, v[node->in[1].id], e);
    case CGM_OP_upsample_nearest:
        return at4(x, xs, c[0], c[1], c[2] / f, c[3] / f);
    case CGM_OP_sum_pool:
        for (int64_t i = 0; i < f * f; i++) sum += at4(x, xs, c[0], c[1], c[2] * f + i / f, c[3] * f + i % f);
        return sum;
    case CGM_OP_gather:
        return x[e / last * xs.dim[xs.rank - 1] + (int64_t)v[node->in[1].id][e]];
    case CGM_OP_argsort:
        f = xs.dim[xs.rank - 1];
        return in_place(node, f, x + e / last * f, e % last);
    case CGM_OP_transpose: {
        int64_t from[CGM_MAX_RANK];
        for (int i = 0; i < xs.rank; i++) from[node->attr.i[i]] = c[i];
        return x[index_of(xs, from)];
    }
    case CGM_OP_take_rows:
        return x[(int64_t)v[node->in[1].id][e / last] * last + e % last];
    case CGM_OP_one_hot:
        return (int64_t)x[e / last] == e % last;
    default:
        for (size_t k = 0; k < node->n_in; k++)
            in[k] = v[node->in[k].id][broadcast_index(g->node[node->in[k].id].shape, node->shape, e)];
        return elementwise(node->op, in, &node->attr);
    }
}

static void evaluate(const cgm_graph *g, const cgm_node_record *node, double *const *v, double *out)
{
    cgm_shape a = node->n_in ? g->node[node->in[0].id].shape : CGM_SCALAR;
    cgm_shape b = node->n_in > 1 ? g->node[node->in[1].id].shape : CGM_SCALAR;
    const double *x = node->n_in ? v[node->in[0].id] : NULL, *y = node->n_in > 1 ? v[node->in[1].id] : NULL;
    switch (node->op) {
    case CGM_OP_sum:
        reduce(node, a, x, out);
        return;
    case CGM_OP_scatter_add:
    case CGM_OP_add_rows:
        add_by_index(node, a, x, y, out);
        return;
    case CGM_OP_conv2d:
        convolve(node, a, b, node->shape, x, y, NULL, out);
        for (int64_t e = 0; node->n_in > 2 && e < cgm_shape_size(node->shape); e++)
            out[e] += v[node->in[2].id][e / (node->shape.dim[2] * node->shape.dim[3]) % node->shape.dim[1]];
        return;
    case CGM_OP_resample2d:
    case CGM_OP_max_index:
        resample(node, a, node->shape, x, NULL, out);
        return;
    case CGM_OP_resample2d_adjoint:
        resample(node, node->shape, a, NULL, x, out);
        return;
    case CGM_OP_apply_linear: /* op_cases.c has one map */
        for (int64_t e = 0; e < cgm_shape_size(node->shape); e++)
            for (int64_t k = 0; k < cgm_shape_size(a); k++)
                out[e] += x[k] * (node->attr.i[1] ? op_case_matrix(k, e) : op_case_matrix(e, k));
        return;
    case CGM_OP_conv2d_input_grad:
        convolve(node, node->shape, b, a, NULL, y, x, out);
        return;
    case CGM_OP_conv2d_filter_grad:
        convolve(node, a, node->shape, b, x, NULL, y, out);
        return;
    default:
        for (int64_t e = 0; e < cgm_shape_size(node->shape); e++) out[e] = one_element(g, node, v, e);
    }
}

double **oracle_run(const cgm_graph *g, const cgm_real *const *given)
{
    double **v = calloc(g->n, sizeof *v);
    for (uint32_t id = 1; id < g->n; id++) {
        int64_t size = cgm_shape_size(g->node[id].shape);
        v[id] = calloc((size_t)size, sizeof **v);
        if (g->node[id].op == CGM_OP_input)
            for (int64_t e = 0; e < size; e++) v[id][e] = (double)given[id][e];
        else
            evaluate(g, &g->node[id], v, v[id]);
    }
    return v;
}

void oracle_free(const cgm_graph *g, double **values)
{
    for (uint32_t id = 1; id < g->n; id++) free(values[id]);
    free(values);
}
