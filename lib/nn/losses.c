#include "nn/losses.h"

#include <math.h>

#include "nn/losses_priv.h"

/* The cumulative distribution is c(v) = sigmoid(l(v)) with l(v) = 2 sqrt(2/pi) (v + 0.044715 v^3). Beyond |v| = 16, c
 * is 0 or 1 in double as well, and the bound keeps l and its gradient finite. */
static const double slope = 2 * 0.79788456080286535588, cubic = 0.044715;

static cgm_node logit(cgm_graph *g, cgm_node v)
{
    cgm_node bracket = cgm_affine(g, cgm_square(g, v), cubic, 1);
    return cgm_affine(g, cgm_mul(g, v, bracket), slope, 0);
}

/* log sigmoid(x). */
static cgm_node log_sigmoid(cgm_graph *g, cgm_node x)
{
    return cgm_neg(g, cgm_softplus(g, cgm_neg(g, x)));
}

/* log(1 - e^-delta), delta = l(a) - l(b) for a - b = 2 s h: with t = tanh(delta/2) it is log(2 t / (1 + t)), where
 * nothing cancels, and delta is (a - b) times slope (1 + cubic (a^2 + a b + b^2)). */
static cgm_node log_width(cgm_graph *g, cgm_node a, cgm_node b, cgm_node s, double h)
{
    cgm_node squares = cgm_add(g, cgm_mul(g, a, cgm_add(g, a, b)), cgm_square(g, b));
    cgm_node half_delta = cgm_mul(g, cgm_affine(g, s, h * slope, 0), cgm_affine(g, squares, cubic, 1));
    cgm_node t = cgm_clamp(g, cgm_tanh(g, half_delta), 1e-20, 1);
    return cgm_log(g, cgm_div(g, cgm_affine(g, t, 2, 0), cgm_affine(g, t, 1, 1)));
}

/* By the symmetry 1 - c(v) = c(-v) everything is made of a = s (h - |d|) and b = -s (h + |d|): an inner level has
 * probability c(a) - c(b) = c(a) c(-b) (1 - e^(l(b) - l(a))), and an end c(a), or c(-b) when the mean lies beyond that
 * end. In logarithms these keep their digits in both tails and for wide scales, and so do their gradients. */
cgm_node cgm_discretised_gaussian_log_prob(cgm_graph *g, cgm_node x, cgm_node mean, cgm_node log_scale, int levels)
{
    if (levels < 2) return cgm_graph_fail(g, CGM_E_ARG, "%d grey levels: at least 2 are needed", levels);
    const double h = 1.0 / (levels - 1);
    cgm_node s = cgm_exp(g, cgm_neg(g, log_scale)), d = cgm_sub(g, x, mean);
    cgm_node below = cgm_less(g, d, cgm_constant(g, 0, CGM_SCALAR));
    cgm_node distance = cgm_select(g, below, cgm_neg(g, d), d);
    cgm_node a = cgm_clamp(g, cgm_mul(g, s, cgm_affine(g, distance, -1, h)), -16, 16);
    cgm_node b = cgm_clamp(g, cgm_mul(g, s, cgm_affine(g, distance, -1, -h)), -16, 16);
    cgm_node near = log_sigmoid(g, logit(g, a)), beyond = log_sigmoid(g, cgm_neg(g, logit(g, b)));
    cgm_node inner = cgm_add(g, cgm_add(g, near, beyond), log_width(g, a, b, s, h));

    cgm_node low = cgm_less(g, x, cgm_constant(g, -0.999, CGM_SCALAR));
    cgm_node high = cgm_less(g, cgm_constant(g, 0.999, CGM_SCALAR), x);
    cgm_node at_low = cgm_select(g, below, near, beyond), at_high = cgm_select(g, below, beyond, near);
    cgm_node log_p = cgm_select(g, low, at_low, cgm_select(g, high, at_high, inner));
    return cgm_clamp(g, log_p, log(1e-12), 0);
}

cgm_node cgm_kl_standard_normal(cgm_graph *g, cgm_node q_mean, cgm_node q_log_scale)
{
    cgm_node variance = cgm_exp(g, cgm_affine(g, q_log_scale, 2, 0));
    cgm_node half = cgm_affine(g, cgm_add(g, variance, cgm_square(g, q_mean)), 0.5, -0.5);
    return cgm_sub(g, half, q_log_scale);
}

cgm_node cgm_kl_normal(cgm_graph *g, cgm_node q_mean, cgm_node q_log_scale, cgm_node p_mean, cgm_node p_log_scale)
{
    cgm_node ratio = cgm_sub(g, q_log_scale, p_log_scale);
    cgm_node distance = cgm_mul(g, cgm_sub(g, q_mean, p_mean), cgm_exp(g, cgm_neg(g, p_log_scale)));
    return cgm_kl_standard_normal(g, distance, ratio);
}

/* sum_l exp(log_weight_l) x_l. */
static cgm_node expectation(cgm_graph *g, cgm_node log_weight, cgm_node x, int axis)
{
    cgm_node product = cgm_mul(g, cgm_exp(g, log_weight), x);
    return product.id ? cgm_sum(g, product, 1u << axis) : product;
}

cgm_node cgm_kl_categorical(cgm_graph *g, cgm_node q_logits, cgm_node p_logits, int axis)
{
    if (!cgm_loss_shapes_agree(g, "categorical KL", q_logits, p_logits)) return (cgm_node){0};
    cgm_node log_q = cgm_log_probabilities(g, q_logits, axis), log_p = cgm_log_probabilities(g, p_logits, axis);
    return expectation(g, log_q, cgm_sub(g, log_q, log_p), axis);
}

/* log q - log m = log 2 - log(1 + p/q). */
cgm_node cgm_js_categorical(cgm_graph *g, cgm_node q_logits, cgm_node p_logits, int axis)
{
    if (!cgm_loss_shapes_agree(g, "Jensen-Shannon divergence", q_logits, p_logits)) return (cgm_node){0};
    cgm_node log_q = cgm_log_probabilities(g, q_logits, axis), log_p = cgm_log_probabilities(g, p_logits, axis);
    cgm_node log_ratio = cgm_sub(g, log_p, log_q);
    cgm_node q_part = cgm_affine(g, cgm_softplus(g, log_ratio), -1, M_LN2);
    cgm_node p_part = cgm_affine(g, cgm_softplus(g, cgm_neg(g, log_ratio)), -1, M_LN2);
    return cgm_affine(g, cgm_add(g, expectation(g, log_q, q_part, axis), expectation(g, log_p, p_part, axis)), 0.5, 0);
}
