/* Gaussian pixels of a density, log N(x; mu, sigma^2), on grey levels that uniform noise has smeared to the full range
 * (dequantisation: Uria, Murray and Larochelle 2013, section 4; Theis, van den Oord and Bethge 2016, section 3.1). The
 * density is that of grey levels: a level is 1/127.5 wide in [-1, 1], hence the last term. */
#include "vae/likelihoods/gaussian_pixels.h"
#include "vae/likelihoods/pixels.h"

static const cgm_key keys[] = {GAUSSIAN_PIXELS_KEYS};

static cgm_node log_prob(const image_likelihood *l, cgm_graph *g, const image_likelihood_theta *theta, cgm_node x)
{
    const double half_log_2pi = 0.91893853320467274178;
    cgm_node mean = cgm_gaussian_pixels_mean(l, g, theta, x), log_scale = theta->node[1];
    cgm_node z = cgm_mul(g, cgm_sub(g, x, mean), cgm_exp(g, cgm_neg(g, log_scale)));
    return cgm_sub(g, cgm_affine(g, cgm_square(g, z), -0.5, -half_log_2pi - log(127.5)), log_scale);
}

const image_likelihood_class cgm_image_likelihood_gaussian = {
    .kind = "gaussian",
    .doc = "a Gaussian density of grey levels smeared by uniform noise (dequantisation)",
    GAUSSIAN_PIXELS_METHODS,
    .continuous = true,
    .keys = keys,
    .log_prob = log_prob,
};
