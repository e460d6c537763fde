/* What the kinds of translators share, and the critic of patches.
 *
 * CRITIC     convolutions 4x4 stride 2 to w, 2w, 4w ... channels, as many as `critic_layers`; one 4x4 stride 1; each
 * with instance normalisation after the first one, and leaky ReLU; 4x4 stride 1 to the score. The channels double up to
 * 8w. With three that halve, a score is of 70x70 pixels (Isola et al. 2017, section 3.2.2). */
#include <stdio.h>

#include "gan/networks/translator.h"

#define SLOPE 0.2
#define PLACES 3 /* a side that the two convolutions at stride 1 leave one of */

const gan_translator *cgm_gan_translator(gan_translator_kind kind)
{
#define ROW(upper, lower) [GAN_TRANSLATOR_##upper] = &cgm_gan_translator_##lower,
    static const gan_translator *const rows[GAN_TRANSLATOR_KINDS] = {GAN_TRANSLATOR_TABLE(ROW)};
#undef ROW
    return rows[kind];
}

cgm_status cgm_gan_translators_check(const gan_translators *n)
{
    const cgm_variable *v = n->variable;
    int rows = v->height >> n->critic_layers, columns = v->width >> n->critic_layers;
    CGM_TRY(n->kind->check(n));
    if (rows >= PLACES && columns >= PLACES) return CGM_OK;
    return CGM_FAIL(CGM_E_CONFIG,
                    "%s: the image is %d x %d; critic_layers: %lld, each halving it, leave %d x %d, where the critic's "
                    "last layers need %d x %d; expected fewer",
                    v->name, v->height, v->width, (long long)n->critic_layers, rows, columns, PLACES, PLACES);
}

cgm_weight_opts cgm_gan_translator_weight(bool normalised)
{
    return (cgm_weight_opts){.init = CGM_INIT_NORMAL, .gain = GAN_SD, .no_bias = normalised};
}

cgm_node cgm_gan_translator_norm(cgm_params *params, cgm_graph *g, cgm_node h)
{
    cgm_norm_opts opts = {.kind = CGM_NORM_INSTANCE, .plain = true};
    return cgm_normalize(params, g, "norm", h, &opts, CGM_MODE_TRAIN);
}

cgm_node cgm_gan_translate(const gan_translators *n, cgm_graph *g, int to, cgm_node x)
{
    cgm_graph_push(g, to ? "generator_ab" : "generator_ba");
    cgm_node y = n->kind->translate(n, g, x);
    cgm_graph_pop(g);
    return y;
}

/* ---- The critic ---- */

static cgm_node criticise(const gan_translators *n, cgm_graph *g, cgm_node x)
{
    cgm_conv_opts opts = {.stride = 2, .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1};
    for (int64_t i = 0; i <= n->critic_layers; i++) {
        char name[32];
        cgm_weight_opts weight = cgm_gan_translator_weight(i > 0);
        snprintf(name, sizeof name, "conv%lld", (long long)i);
        opts.stride = i < n->critic_layers ? 2 : 1;
        x = cgm_conv_layer_of(n->critics, g, name, x, n->critic_width << (i < 3 ? i : 3), 4, opts, &weight);
        if (i > 0) x = cgm_gan_translator_norm(n->critics, g, x);
        x = cgm_leaky_relu(g, x, SLOPE);
    }
    cgm_weight_opts last = cgm_gan_translator_weight(false);
    return cgm_conv_layer_of(n->critics, g, "score", x, 1, 4, opts, &last);
}

cgm_node cgm_gan_patches(const gan_translators *n, cgm_graph *g, int domain, cgm_node x)
{
    cgm_graph_push(g, domain ? "critic_b" : "critic_a");
    cgm_node score = criticise(n, g, x);
    cgm_graph_pop(g);
    return score;
}
