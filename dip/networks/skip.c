/* The hourglass with skip connections of Ulyanov et al. 2018 (supplement, figure 21): scale i halves what comes in by a
 * 3x3 convolution at stride 2, does another, hands it to scale i + 1, and doubles what comes back; beside it goes what
 * a 1x1 convolution to few channels makes of what came in. Both together are normalised, and 3x3 and 1x1 convolutions
 * follow. Without channels in `skip` nothing goes beside. */
#include <stdio.h>

#include "dip/networks/network.h"

static cgm_node scale(const dip_network_opts *o, cgm_params *p, cgm_graph *g, int64_t i, cgm_node x)
{
    char name[32];
    snprintf(name, sizeof name, "scale%lld", (long long)i);
    cgm_node beside = {0};
    cgm_graph_push(g, name);
    if (o->skip[i] > 0) beside = cgm_dip_block(o, p, g, "skip", x, o->skip[i], 1, 1);
    x = cgm_dip_block(o, p, g, "down", x, o->down[i], 3, 2);
    x = cgm_dip_block(o, p, g, "deep", x, o->down[i], 3, 1);
    cgm_graph_pop(g);
    if (i + 1 < o->depth) x = scale(o, p, g, i + 1, x);
    cgm_graph_push(g, name);
    x = cgm_dip_enlarge(o, g, x);
    if (o->skip[i] > 0) x = cgm_concat(g, 2, (cgm_node[]){beside, x}, 1);
    x = cgm_dip_norm(p, g, "join_norm", x);
    x = cgm_dip_block(o, p, g, "out", x, o->up[i], 3, 1);
    x = cgm_dip_block(o, p, g, "mix", x, o->up[i], 1, 1);
    cgm_graph_pop(g);
    return x;
}

static cgm_node build(const dip_network_opts *o, cgm_params *p, cgm_graph *g, cgm_node z, int64_t channels)
{
    return cgm_dip_conv(o, p, g, "last", scale(o, p, g, 0, z), channels, 1, 1, true);
}

const dip_network cgm_dip_network_skip = {
    .name = "skip",
    .doc = "an hourglass with few channels beside each scale",
    .build = build,
};
