#include "nn/regression_losses.h"

#include <math.h>

#include "nn/losses_priv.h"

cgm_node cgm_squared_error(cgm_graph *g, cgm_node x, cgm_node target)
{
    if (!cgm_loss_shapes_agree(g, "squared error", x, target)) return (cgm_node){0};
    return cgm_square(g, cgm_sub(g, x, target));
}

cgm_node cgm_absolute_error(cgm_graph *g, cgm_node x, cgm_node target)
{
    if (!cgm_loss_shapes_agree(g, "absolute error", x, target)) return (cgm_node){0};
    return cgm_abs(g, cgm_sub(g, x, target));
}

/* With c = d clamped to [-delta, delta] both cases are c (d - c/2). */
cgm_node cgm_huber_loss(cgm_graph *g, cgm_node x, cgm_node target, double delta)
{
    if (!(delta > 0)) return cgm_graph_fail(g, CGM_E_ARG, "Huber loss: delta is %g, not above 0", delta);
    if (!cgm_loss_shapes_agree(g, "Huber loss", x, target)) return (cgm_node){0};
    cgm_node d = cgm_sub(g, x, target), c = cgm_clamp(g, d, -delta, delta);
    return cgm_mul(g, c, cgm_sub(g, d, cgm_affine(g, c, 0.5, 0)));
}

cgm_node cgm_quantile_loss(cgm_graph *g, cgm_node x, cgm_node target, double level)
{
    if (!(level > 0 && level < 1))
        return cgm_graph_fail(g, CGM_E_ARG, "quantile loss: level %g is not between 0 and 1", level);
    if (!cgm_loss_shapes_agree(g, "quantile loss", x, target)) return (cgm_node){0};
    cgm_node e = cgm_sub(g, target, x), below = cgm_less(g, e, cgm_constant(g, 0, CGM_SCALAR));
    return cgm_select(g, below, cgm_affine(g, e, level - 1, 0), cgm_affine(g, e, level, 0));
}

cgm_node cgm_poisson_nll(cgm_graph *g, cgm_node log_rate, cgm_node count)
{
    if (!cgm_loss_shapes_agree(g, "Poisson loss", log_rate, count)) return (cgm_node){0};
    return cgm_sub(g, cgm_exp(g, log_rate), cgm_mul(g, count, log_rate));
}

cgm_node cgm_normalised_squared_error(cgm_graph *g, cgm_node x, cgm_node target)
{
    cgm_node error = cgm_sample_sum(g, cgm_squared_error(g, x, target));
    return cgm_div(g, error, cgm_clamp(g, cgm_sample_sum(g, cgm_square(g, target)), 1e-12, INFINITY));
}
