#include "nn/regularization.h"

#include <math.h>

/* ---- Dropout ---- */

/* Whether noise of this shape broadcasts to x's without making it larger. */
static bool spreads_over(cgm_shape noise, cgm_shape x)
{
    if (noise.rank > x.rank) return false;
    for (int i = 1; i <= noise.rank; i++) {
        int64_t extent = noise.dim[noise.rank - i];
        if (extent != 1 && extent != x.dim[x.rank - i]) return false;
    }
    return true;
}

cgm_node cgm_dropout(cgm_graph *g, cgm_node x, cgm_node noise, double rate, cgm_mode mode)
{
    cgm_shape shape = cgm_node_shape(g, x), of_noise = cgm_node_shape(g, noise);
    char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
    if (!x.id) return x;
    if (!(rate >= 0 && rate < 1)) return cgm_graph_fail(g, CGM_E_ARG, "dropout rate %g: expected 0 <= rate < 1", rate);
    if (mode == CGM_MODE_EVAL || rate == 0) return x;
    if (!noise.id) return cgm_graph_fail(g, CGM_E_ARG, "dropout needs noise in training");
    if (!spreads_over(of_noise, shape))
        return cgm_graph_fail(g, CGM_E_SHAPE, "dropout's noise %s does not broadcast to %s",
                              cgm_shape_text(of_noise, a), cgm_shape_text(shape, b));
    cgm_node dropped = cgm_less(g, noise, cgm_constant(g, rate, CGM_SCALAR));
    return cgm_select(g, dropped, cgm_constant(g, 0, CGM_SCALAR), cgm_affine(g, x, 1 / (1 - rate), 0));
}

/* ---- Spectral normalisation ---- */

static cgm_node unit(cgm_graph *g, cgm_node x)
{
    cgm_node squares = cgm_sum(g, cgm_square(g, x), (1u << CGM_MAX_RANK) - 1);
    return cgm_div(g, x, cgm_clamp(g, cgm_sqrt(g, squares), 1e-12, HUGE_VAL));
}

/* u and v have the weight's rank, with extent 1 where they do not vary. */
cgm_node cgm_spectral_norm(cgm_params *p, cgm_graph *g, cgm_node weight, int axis, cgm_mode mode)
{
    cgm_shape shape = cgm_node_shape(g, weight), along = {.rank = shape.rank};
    char text[CGM_SHAPE_TEXT];
    if (!weight.id) return weight;
    if (axis < 0 || axis >= shape.rank)
        return cgm_graph_fail(g, CGM_E_ARG, "spectral norm along axis %d of %s", axis, cgm_shape_text(shape, text));
    for (int i = 0; i < shape.rank; i++) along.dim[i] = i == axis ? shape.dim[i] : 1;
    const unsigned rows = 1u << axis, all = (1u << CGM_MAX_RANK) - 1;
    cgm_node fixed = cgm_stop_gradient(g, weight);
    cgm_node state = cgm_param_state(p, g, "u", CGM_SHAPE(shape.dim[axis]), CGM_INIT_NORMAL, 1);
    cgm_node u = unit(g, cgm_reshape(g, state, along));
    cgm_node v = unit(g, cgm_sum(g, cgm_mul(g, fixed, u), rows));
    if (mode == CGM_MODE_TRAIN) {
        u = unit(g, cgm_sum(g, cgm_mul(g, fixed, v), all & ~rows));
        cgm_param_update(p, g, "u", cgm_reshape(g, u, CGM_SHAPE(shape.dim[axis])));
    }
    cgm_node sigma = cgm_sum(g, cgm_mul(g, weight, cgm_mul(g, u, v)), all);
    return cgm_div(g, weight, cgm_clamp(g, sigma, 1e-12, HUGE_VAL));
}
