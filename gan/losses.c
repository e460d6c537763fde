#include "gan/losses.h"

/* ---- Goodfellow et al. 2014: D = sigmoid(s), and the critic minimises -log D(x) - log(1 - D(G(z))) (eq. 1) ---- */

/* -log sigmoid(s), with the target 1 - smoothing for D. */
static cgm_node log_real(cgm_graph *g, cgm_node s, double smoothing)
{
    cgm_node sure = cgm_softplus(g, cgm_neg(g, s));
    return smoothing > 0 ? cgm_add(g, sure, cgm_affine(g, s, smoothing, 0)) : sure;
}

static cgm_node log_fake(cgm_graph *g, cgm_node s)
{
    return cgm_softplus(g, s);
}

/* log(1 - D(G(z))), which is flat where the critic is sure. */
static cgm_node minimax_generator(cgm_graph *g, cgm_node s)
{
    return cgm_neg(g, cgm_softplus(g, s));
}

/* -log D(G(z)): section 3, "Rather than training G to minimise log(1 - D(G(z)))". */
static cgm_node non_saturating_generator(cgm_graph *g, cgm_node s)
{
    return cgm_softplus(g, cgm_neg(g, s));
}

/* ---- Mao et al. 2017, eq. 9: targets 1 and 0, the generator's 1; its half is left out, as Zhu et al. 2017 do ---- */

static cgm_node square_real(cgm_graph *g, cgm_node s, double smoothing)
{
    return cgm_affine(g, cgm_square(g, cgm_affine(g, s, 1, smoothing - 1)), 0.5, 0);
}

static cgm_node square_fake(cgm_graph *g, cgm_node s)
{
    return cgm_affine(g, cgm_square(g, s), 0.5, 0);
}

static cgm_node square_generator(cgm_graph *g, cgm_node s)
{
    return cgm_square(g, cgm_affine(g, s, 1, -1));
}

/* ---- Lim and Ye 2017; Miyato et al. 2018, eq. 17: max(0, 1 - s) + max(0, 1 + s) ---- */

static cgm_node hinge_real(cgm_graph *g, cgm_node s, double smoothing)
{
    (void)smoothing;
    return cgm_relu(g, cgm_affine(g, s, -1, 1));
}

static cgm_node hinge_fake(cgm_graph *g, cgm_node s)
{
    return cgm_relu(g, cgm_affine(g, s, 1, 1));
}

/* ---- Arjovsky, Chintala and Bottou 2017, eq. 2: the critic's gain is E s(x) - E s(G(z)) ---- */

static cgm_node minus(cgm_graph *g, cgm_node s, double smoothing)
{
    (void)smoothing;
    return cgm_neg(g, s);
}

static cgm_node plain(cgm_graph *g, cgm_node s)
{
    (void)g;
    return s;
}

static cgm_node minus_generator(cgm_graph *g, cgm_node s)
{
    return cgm_neg(g, s);
}

/* ---- The table ---- */

static const gan_loss non_saturating = {"non_saturating",
                                        "-log D(x) - log(1 - D(G(z))); the generator -log D(G(z))",
                                        true,
                                        false,
                                        0,
                                        log_real,
                                        log_fake,
                                        non_saturating_generator};
static const gan_loss minimax = {
    "minimax", "the same; the generator log(1 - D(G(z)))", true, false, 0, log_real, log_fake, minimax_generator};
static const gan_loss least_squares = {
    "least_squares", "squared distance from 1 and 0", true, false, 0.5, square_real, square_fake, square_generator};
static const gan_loss hinge = {"hinge",    "max(0, 1 - s(x)) + max(0, 1 + s(G(z))); the generator -s(G(z))",
                               false,      false,
                               0,          hinge_real,
                               hinge_fake, minus_generator};
static const gan_loss wasserstein = {
    "wasserstein", "s(G(z)) - s(x); the generator -s(G(z))", false, true, 0, minus, plain, minus_generator};

const gan_loss *cgm_gan_loss(gan_loss_kind kind)
{
#define ROW(upper, lower) [GAN_LOSS_##upper] = &lower,
    static const gan_loss *const rows[GAN_LOSS_KINDS] = {GAN_LOSS_TABLE(ROW)};
#undef ROW
    return rows[kind];
}

cgm_node cgm_gan_mean(cgm_graph *g, cgm_node x)
{
    double n = (double)cgm_shape_size(cgm_node_shape(g, x));
    return cgm_affine(g, cgm_sum_all(g, x), 1 / n, 0);
}
