#include "graph/op.h"

static void gradient(cgm_graph *g, const cgm_op_use *use, cgm_node dy, cgm_node *dx)
{
    double exponent = use->attr.f[0];
    dx[0] = cgm_mul(g, dy, cgm_affine(g, cgm_pow(g, use->in[0], exponent - 1), exponent, 0));
}

const cgm_op cgm_op_pow = {.name = "pow", .block = cgm_ew_pow, .shape = cgm_shape_elementwise, .gradient = gradient};

/* x to a constant power, by C's pow: NaN where x < 0 and the exponent is not whole; x^0 is 1 everywhere. At 0 the
 * gradient is 0 for exponents above 1, and infinite for those below it but 0, as the power's slope is. */
cgm_node cgm_pow(cgm_graph *g, cgm_node x, double exponent)
{
    if (exponent == 0) return cgm_constant(g, 1, cgm_node_shape(g, x));
    if (exponent == 1) return x;
    if (exponent == 2) return cgm_square(g, x);
    return cgm_node_unary(g, CGM_OP_pow, x, exponent, 0);
}
