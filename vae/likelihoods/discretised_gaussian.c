/* Gaussian pixels on 256 grey levels: the probability of a level is the mass of its bin, the lowest and the highest
 * taking the tails. The formula, with its approximate distribution function and its least probability of 1e-12, is
 * cgm_discretised_gaussian_log_prob's. */
#include "nn/losses.h"
#include "vae/likelihoods/gaussian_pixels.h"
#include "vae/likelihoods/pixels.h"

static const cgm_key keys[] = {GAUSSIAN_PIXELS_KEYS};

static cgm_node log_prob(const image_likelihood *l, cgm_graph *g, const image_likelihood_theta *theta, cgm_node x)
{
    cgm_node mean = cgm_gaussian_pixels_mean(l, g, theta, x);
    return cgm_discretised_gaussian_log_prob(g, x, mean, theta->node[1], CGM_PIXELS_LEVELS);
}

const image_likelihood_class cgm_image_likelihood_discretised_gaussian = {
    .kind = "discretised_gaussian",
    .doc = "a Gaussian's mass on each of 256 grey levels",
    GAUSSIAN_PIXELS_METHODS,
    .keys = keys,
    .log_prob = log_prob,
};
