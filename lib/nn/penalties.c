#include "nn/penalties.h"

#include <string.h>

#include "nn/losses_priv.h"

static bool ends_in(const char *name, const char *suffix)
{
    size_t n = strlen(name), k = strlen(suffix);
    return k <= n && strcmp(name + n - k, suffix) == 0;
}

static cgm_node penalty(const cgm_params *p, cgm_graph *g, const char *suffix,
                        cgm_node (*size)(cgm_graph *g, cgm_node x))
{
    cgm_node sum = {0};
    for (size_t i = 0; i < cgm_params_count(p); i++) {
        const cgm_param_view *view = cgm_params_view(p, i);
        cgm_node node = cgm_params_node(p, g, i);
        if (!node.id || view->state || !ends_in(view->name, suffix)) continue;
        cgm_node part = cgm_sum_all(g, size(g, node));
        sum = sum.id ? cgm_add(g, sum, part) : part;
    }
    if (!sum.id)
        return cgm_graph_fail(g, CGM_E_ARG, "a penalty: the graph has no parameter whose name ends in \"%s\"", suffix);
    return sum;
}

cgm_node cgm_l1_penalty(const cgm_params *p, cgm_graph *g, const char *suffix)
{
    return penalty(p, g, suffix, cgm_abs);
}

cgm_node cgm_l2_penalty(const cgm_params *p, cgm_graph *g, const char *suffix)
{
    return penalty(p, g, suffix, cgm_square);
}
