#include "graph/op.h"

cgm_node cgm_rectifier_back(cgm_graph *g, const cgm_op_use *use, cgm_node positive, double slope, cgm_node dy)
{
    if (use->rule == CGM_BACKWARD_DECONVOLUTION) return slope != 0 ? cgm_leaky_relu(g, dy, slope) : cgm_relu(g, dy);
    if (use->rule == CGM_BACKWARD_GUIDED) dy = cgm_relu(g, dy);
    return cgm_select(g, positive, dy, slope != 0 ? cgm_affine(g, dy, slope, 0) : cgm_scalar(g, 0));
}
