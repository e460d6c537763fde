/* The splines' likelihood as graph, for training; scm/mechanisms/spline.c says the same in double. */
#include "scm/mechanisms/spline_flow.h"

#include <math.h>

#define HALF_LOG_2PI 0.91893853320467274178

/* Everything per row, [n, 1]: the bin that holds a row's x. */
typedef struct bin {
    cgm_node x, w, y, h, d0, d1, cut;
} bin;

typedef struct spline {
    cgm_graph *g;
    int64_t bins;
    double bound;
    cgm_node widths, heights, slopes, cuts; /* [rows, bins], slopes [rows, bins + 1] */
    cgm_node triangle;
} spline;

/* Sizes of the bins from a slice of the outputs. */
static cgm_node sizes(const spline *s, cgm_node outputs, int64_t begin)
{
    double least = 2 * s->bound * SCM_SPLINE_MIN_BIN, rest = 2 * s->bound - least * (double)s->bins;
    return cgm_affine(s->g, cgm_softmax(s->g, cgm_slice(s->g, outputs, 1, begin, s->bins), 1), rest, least);
}

static cgm_node slopes(const spline *s, cgm_node outputs, int64_t begin)
{
    int64_t rows = cgm_node_shape(s->g, outputs).dim[0];
    cgm_node one = cgm_constant(s->g, 1, CGM_SHAPE(rows, 1));
    if (s->bins == 1) return cgm_concat(s->g, 2, (cgm_node[]){one, one}, 1);
    cgm_node raw = cgm_affine(s->g, cgm_slice(s->g, outputs, 1, begin, s->bins - 1), 1, SCM_SPLINE_SLOPE_SHIFT);
    cgm_node inner = cgm_affine(s->g, cgm_softplus(s->g, raw), 1, SCM_SPLINE_MIN_SLOPE);
    return cgm_concat(s->g, 3, (cgm_node[]){one, inner, one}, 1);
}

/* Knots 0 to bins, [rows, bins + 1]. */
static cgm_node knots(const spline *s, cgm_node size)
{
    return cgm_affine(s->g, cgm_matmul(s->g, size, s->triangle, false, false), 1, -s->bound);
}

static cgm_node pick(const spline *s, cgm_node mask, cgm_node table)
{
    return cgm_sum(s->g, cgm_mul(s->g, mask, table), 1u << 1);
}

/* One-hot, [n, bins]: x is above the bin's left knot and not above its right one; the outer bins reach on. */
static cgm_node locate(const spline *s, cgm_node x, cgm_node knot)
{
    int64_t n = cgm_node_shape(s->g, x).dim[0];
    cgm_node one = cgm_constant(s->g, 1, CGM_SHAPE(n, 1)), zero = cgm_constant(s->g, 0, CGM_SHAPE(n, 1));
    if (s->bins == 1) return one;
    cgm_node above = cgm_less(s->g, cgm_slice(s->g, knot, 1, 1, s->bins - 1), x);
    return cgm_sub(s->g, cgm_concat(s->g, 2, (cgm_node[]){one, above}, 1),
                   cgm_concat(s->g, 2, (cgm_node[]){above, zero}, 1));
}

static bin find_bin(const spline *s, cgm_node x)
{
    cgm_graph *g = s->g;
    cgm_node left = knots(s, s->widths), mask = locate(s, x, left);
    return (bin){
        .x = pick(s, mask, cgm_slice(g, left, 1, 0, s->bins)),
        .w = pick(s, mask, s->widths),
        .y = pick(s, mask, cgm_slice(g, knots(s, s->heights), 1, 0, s->bins)),
        .h = pick(s, mask, s->heights),
        .d0 = pick(s, mask, cgm_slice(g, s->slopes, 1, 0, s->bins)),
        .d1 = pick(s, mask, cgm_slice(g, s->slopes, 1, 1, s->bins)),
        .cut = s->cuts.id ? pick(s, mask, s->cuts) : (cgm_node){0},
    };
}

typedef struct image {
    cgm_node value, log_slope;
} image;

/* Durkan et al. 2019, equations 4 and 5. */
static image quadratic(cgm_graph *g, const bin *b, cgm_node x)
{
    cgm_node m = cgm_div(g, b->h, b->w), t = cgm_div(g, cgm_sub(g, x, b->x), b->w), rest = cgm_affine(g, t, -1, 1);
    cgm_node mixed = cgm_mul(g, t, rest), bend = cgm_sub(g, cgm_add(g, b->d0, b->d1), cgm_affine(g, m, 2, 0));
    cgm_node denominator = cgm_add(g, m, cgm_mul(g, bend, mixed));
    cgm_node up = cgm_add(g, cgm_mul(g, m, cgm_square(g, t)), cgm_mul(g, b->d0, mixed));
    cgm_node steep = cgm_add(g, cgm_mul(g, b->d1, cgm_square(g, t)), cgm_mul(g, b->d0, cgm_square(g, rest)));
    steep = cgm_add(g, steep, cgm_affine(g, cgm_mul(g, m, mixed), 2, 0));
    return (image){.value = cgm_add(g, b->y, cgm_div(g, cgm_mul(g, b->h, up), denominator)),
                   .log_slope = cgm_sub(g, cgm_log(g, cgm_mul(g, cgm_square(g, m), steep)),
                                        cgm_affine(g, cgm_log(g, denominator), 2, 0))};
}

/* Dolatabadi et al. 2020, algorithm 1. The ends, weights and position of the part that holds x are chosen first, so
 * that the other part's formula, which may divide by zero, is never asked. */
static image linear(cgm_graph *g, const bin *b, cgm_node x)
{
    cgm_shape shape = cgm_node_shape(g, x);
    cgm_node one = cgm_constant(g, 1, shape), zero = cgm_constant(g, 0, shape), cut = b->cut,
             rest = cgm_affine(g, cut, -1, 1);
    cgm_node wb = cgm_sqrt(g, cgm_div(g, b->d0, b->d1)), p = cgm_mul(g, cut, wb);
    cgm_node share = cgm_div(g, p, cgm_add(g, rest, p)); /* of the height, below the cut */
    cgm_node wm =
        cgm_div(g, cgm_mul(g, cgm_add(g, cgm_mul(g, cut, b->d0), cgm_mul(g, rest, cgm_mul(g, wb, b->d1))), b->w), b->h);
    cgm_node t = cgm_div(g, cgm_sub(g, x, b->x), b->w), first = cgm_less(g, t, cut);
    cgm_node length = cgm_select(g, first, cut, rest);
    cgm_node u = cgm_div(g, cgm_select(g, first, t, cgm_sub(g, t, cut)), length);
    cgm_node from = cgm_select(g, first, one, wm), to = cgm_select(g, first, wm, wb);
    cgm_node height = cgm_mul(g, b->h, cgm_select(g, first, share, cgm_affine(g, share, -1, 1)));
    cgm_node base = cgm_add(g, b->y, cgm_select(g, first, zero, cgm_mul(g, b->h, share)));
    cgm_node denominator = cgm_add(g, cgm_mul(g, from, cgm_affine(g, u, -1, 1)), cgm_mul(g, to, u));
    cgm_node steep = cgm_div(g, cgm_mul(g, cgm_mul(g, from, to), height), cgm_mul(g, length, b->w));
    return (image){.value = cgm_add(g, base, cgm_div(g, cgm_mul(g, height, cgm_mul(g, to, u)), denominator)),
                   .log_slope = cgm_sub(g, cgm_log(g, steep), cgm_affine(g, cgm_log(g, denominator), 2, 0))};
}

cgm_node cgm_scm_spline_loss(const scm_spline_flow *m, cgm_graph *g, cgm_node y, cgm_node outputs, cgm_node triangle)
{
    int64_t k = m->options.bins, n = cgm_node_shape(g, y).dim[0];
    double bound = m->options.bound;
    spline s = {.g = g, .bins = k, .bound = bound, .triangle = triangle};
    s.widths = sizes(&s, outputs, 2);
    s.heights = sizes(&s, outputs, 2 + k);
    s.slopes = slopes(&s, outputs, 2 + 2 * k);
    if (m->kind == SCM_SPLINE_LR)
        s.cuts = cgm_affine(g, cgm_sigmoid(g, cgm_slice(g, outputs, 1, 1 + 3 * k, k)), 1 - 2 * SCM_SPLINE_MIN_CUT,
                            SCM_SPLINE_MIN_CUT);
    cgm_node log_scale = cgm_slice(g, outputs, 1, 1, 1);
    cgm_node v = cgm_mul(g, cgm_sub(g, y, cgm_slice(g, outputs, 1, 0, 1)), cgm_exp(g, cgm_neg(g, log_scale)));
    /* Beyond the box the identity: what sticks out is added to the box's end, where the slope is 1. */
    cgm_node inside = cgm_clamp(g, v, -bound, bound);
    bin b = find_bin(&s, inside);
    image u = m->kind == SCM_SPLINE_RQ ? quadratic(g, &b, inside) : linear(g, &b, inside);
    u.value = cgm_add(g, u.value, cgm_sub(g, v, inside));
    cgm_node nll = cgm_add(g, cgm_affine(g, cgm_square(g, u.value), 0.5, HALF_LOG_2PI), log_scale);
    nll = cgm_sub(g, nll, u.log_slope);
    return cgm_affine(g, cgm_sum_all(g, nll), 1 / (double)n, 0);
}
