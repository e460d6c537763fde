#include "dip/learned/denoiser.h"

#include <stdio.h>

#define SIZE 3
#define LAST_GAIN 0.1 /* D is nearly the identity at first */

static cgm_node beside_level(cgm_graph *g, cgm_node x, cgm_node level)
{
    cgm_shape s = cgm_node_shape(g, x);
    level = cgm_broadcast(g, level, CGM_SHAPE(s.dim[0], 1, s.dim[2], s.dim[3]));
    return cgm_concat(g, 2, (cgm_node[]){x, level}, 1);
}

cgm_node cgm_dip_denoise(const dip_denoiser_opts *o, cgm_params *p, cgm_graph *g, cgm_node x, cgm_node level)
{
    const cgm_conv_opts same = {1, SIZE / 2, SIZE / 2, SIZE / 2, SIZE / 2};
    char name[32];
    if (o->sees_level) level = cgm_reshape(g, level, CGM_SHAPE(cgm_node_shape(g, x).dim[0], 1, 1, 1));
    cgm_node h = o->sees_level ? beside_level(g, x, level) : x;
    cgm_graph_push(g, "denoiser");
    for (int64_t i = 0; i + 1 < o->layers; i++) {
        snprintf(name, sizeof name, "conv%lld", (long long)i);
        h = cgm_relu(g, cgm_conv_layer(p, g, name, h, o->width, SIZE, same, CGM_INIT_HE, 1));
    }
    h = cgm_conv_layer(p, g, "residual", h, o->channels, SIZE, same, CGM_INIT_XAVIER, LAST_GAIN);
    cgm_graph_pop(g);
    return cgm_sub(g, x, o->sees_level ? cgm_mul(g, h, level) : h);
}
