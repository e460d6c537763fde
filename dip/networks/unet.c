/* A U-Net (Ronneberger et al. 2015), as the deep image prior's authors have it: two 3x3 convolutions at each scale, the
 * largest of each 2 x 2 pixels to the next one, and on the way back twice the size, a 3x3 convolution, beside it all
 * that the scale had on the way in, and two 3x3 convolutions. down[i] channels at scale i, on both ways; at the
 * coarsest as many as at the last. */
#include <stdio.h>

#include "dip/networks/network.h"

static cgm_node twice(const dip_network_opts *o, cgm_params *p, cgm_graph *g, const char *way, cgm_node x, int64_t out)
{
    char name[32];
    for (int k = 1; k <= 2; k++) {
        snprintf(name, sizeof name, "%s%d", way, k);
        x = cgm_dip_block(o, p, g, name, x, out, 3, 1);
    }
    return x;
}

static cgm_node scale(const dip_network_opts *o, cgm_params *p, cgm_graph *g, int64_t i, cgm_node x)
{
    char name[32];
    int64_t width = o->down[i < o->depth ? i : o->depth - 1];
    snprintf(name, sizeof name, "scale%lld", (long long)i);
    cgm_graph_push(g, name);
    cgm_node had = twice(o, p, g, "in", x, width);
    cgm_graph_pop(g);
    if (i == o->depth) return had;
    x = scale(o, p, g, i + 1, cgm_max_pool(g, had, (cgm_pool_opts){2, 2}));
    cgm_graph_push(g, name);
    x = cgm_dip_block(o, p, g, "up", cgm_dip_enlarge(o, g, x), width, 3, 1);
    x = twice(o, p, g, "out", cgm_concat(g, 2, (cgm_node[]){x, had}, 1), width);
    cgm_graph_pop(g);
    return x;
}

static cgm_node build(const dip_network_opts *o, cgm_params *p, cgm_graph *g, cgm_node z, int64_t channels)
{
    return cgm_dip_conv(o, p, g, "last", scale(o, p, g, 0, z), channels, 1, 1, true);
}

const dip_network cgm_dip_network_unet = {
    .name = "unet",
    .doc = "a U-Net, with all channels beside each scale",
    .build = build,
};
