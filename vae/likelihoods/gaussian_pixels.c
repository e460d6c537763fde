#include "vae/likelihoods/gaussian_pixels.h"

#include <math.h>

#include "vae/likelihoods/pixels.h"

/* Far above any scale that pixels in [-1, 1] have; it keeps sigma u finite. */
#define MAX_LOG_SCALE 10

const char *const cgm_gaussian_scales[] = {
    [GAUSSIAN_DIAGONAL] = "diagonal", [GAUSSIAN_SHARED] = "shared", [GAUSSIAN_FIXED] = "fixed", NULL};

void cgm_gaussian_pixels_defaults(image_likelihood *base, double min_log_scale)
{
    ((gaussian_pixels *)base)->min_log_scale = min_log_scale;
}

/* An option that would do nothing is a mistake. */
cgm_status cgm_gaussian_pixels_check(const image_likelihood *base, const cgm_yaml *options)
{
    const gaussian_pixels *l = (const gaussian_pixels *)base;
    const cgm_yaml *log_scale = cgm_yaml_get(options, "log_scale"), *least = cgm_yaml_get(options, "min_log_scale");
    if (l->scale == GAUSSIAN_FIXED && !log_scale)
        return cgm_yaml_fail(options, "likelihood: `scale: fixed` needs log_scale, pixels in [-1, 1]");
    if (l->scale == GAUSSIAN_FIXED && least)
        return cgm_yaml_fail(least, "likelihood.min_log_scale: the scale is fixed, so there is nothing to bound");
    if (l->scale != GAUSSIAN_FIXED && log_scale)
        return cgm_yaml_fail(log_scale, "likelihood.log_scale: expected with `scale: fixed` only");
    return cgm_pixels_check_autoregressive(base, l->autoregressive, options);
}

static size_t coefficients(const gaussian_pixels *l)
{
    return l->autoregressive ? cgm_pixels_pairs(l->base.channels) : 0;
}

size_t cgm_gaussian_pixels_planes(const image_likelihood *base)
{
    const gaussian_pixels *l = (const gaussian_pixels *)base;
    return base->channels * (l->scale == GAUSSIAN_DIAGONAL ? 2 : 1) + coefficients(l);
}

size_t cgm_gaussian_pixels_width(const image_likelihood *base)
{
    return 2 * base->channels + coefficients((const gaussian_pixels *)base);
}

/* ---- In the graph ---- */

image_likelihood_theta cgm_gaussian_pixels_parameters(const image_likelihood *base, cgm_params *p, cgm_graph *g,
                                                      cgm_node raw)
{
    const gaussian_pixels *l = (const gaussian_pixels *)base;
    int64_t c = (int64_t)base->channels, at = c;
    image_likelihood_theta theta = {2, {cgm_slice(g, raw, 1, 0, c)}};
    if (l->scale == GAUSSIAN_FIXED) {
        theta.node[1] = cgm_constant(g, l->log_scale, CGM_SHAPE(1, c, 1, 1));
    } else if (l->scale == GAUSSIAN_SHARED) {
        theta.node[1] = cgm_param(p, g, "log_scale", CGM_SHAPE(1, c, 1, 1), CGM_INIT_ZERO, 1);
    } else {
        theta.node[1] = cgm_slice(g, raw, 1, at, c);
        at += c;
    }
    if (l->scale != GAUSSIAN_FIXED) theta.node[1] = cgm_clamp(g, theta.node[1], l->min_log_scale, MAX_LOG_SCALE);
    if (coefficients(l)) theta.node[theta.n++] = cgm_tanh(g, cgm_slice(g, raw, 1, at, (int64_t)coefficients(l)));
    return theta;
}

/* Channel c of a mean, of pixels in the channels before it: x[j], [N, 1, H, W]. */
static cgm_node channel_mean(const gaussian_pixels *l, cgm_graph *g, const image_likelihood_theta *theta, int64_t c,
                             const cgm_node *x)
{
    cgm_node mean = cgm_slice(g, theta->node[0], 1, c, 1);
    for (int64_t j = 0; l->autoregressive && j < c; j++) {
        cgm_node coefficient = cgm_slice(g, theta->node[2], 1, c * (c - 1) / 2 + j, 1);
        mean = cgm_add(g, mean, cgm_mul(g, coefficient, x[j]));
    }
    return mean;
}

cgm_node cgm_gaussian_pixels_mean(const image_likelihood *base, cgm_graph *g, const image_likelihood_theta *theta,
                                  cgm_node x)
{
    const gaussian_pixels *l = (const gaussian_pixels *)base;
    cgm_node mean[CGM_PIXELS_MAX_CHANNELS], before[CGM_PIXELS_MAX_CHANNELS];
    if (!l->autoregressive) return theta->node[0];
    for (int64_t c = 0; c < (int64_t)base->channels; c++) {
        before[c] = cgm_slice(g, x, 1, c, 1);
        mean[c] = channel_mean(l, g, theta, c, before);
    }
    return cgm_concat(g, base->channels, mean, 1);
}

/* As cgm_gaussian_pixels_abduct has it: 0 at an end of the range that the mean lies beyond. */
static cgm_node noise_of(cgm_graph *g, cgm_node x, cgm_node mean, cgm_node log_scale)
{
    const double end = 1 - 1e-3; /* the next grey level is 8e-3 away */
    cgm_node one = cgm_constant(g, 1, CGM_SHAPE(1, 1, 1, 1)), last = cgm_constant(g, end, CGM_SHAPE(1, 1, 1, 1));
    cgm_node black = cgm_mul(g, cgm_less(g, x, cgm_neg(g, last)), cgm_less(g, mean, cgm_neg(g, one)));
    cgm_node white = cgm_mul(g, cgm_less(g, last, x), cgm_less(g, one, mean));
    cgm_node u = cgm_mul(g, cgm_sub(g, x, mean), cgm_exp(g, cgm_neg(g, log_scale)));
    return cgm_mul(g, u, cgm_affine(g, cgm_add(g, black, white), -1, 1));
}

cgm_node cgm_gaussian_pixels_transfer(const image_likelihood *base, cgm_graph *g, const image_likelihood_theta *theta,
                                      const image_likelihood_theta *other, cgm_node x)
{
    const gaussian_pixels *l = (const gaussian_pixels *)base;
    cgm_node u = noise_of(g, x, cgm_gaussian_pixels_mean(base, g, theta, x), theta->node[1]);
    cgm_node shift = cgm_mul(g, cgm_exp(g, other->node[1]), u), out[CGM_PIXELS_MAX_CHANNELS];
    for (int64_t c = 0; c < (int64_t)base->channels; c++) {
        cgm_node mean = channel_mean(l, g, other, c, out);
        out[c] = cgm_clamp(g, cgm_add(g, mean, cgm_slice(g, shift, 1, c, 1)), -1, 1);
    }
    return base->channels == 1 ? out[0] : cgm_concat(g, base->channels, out, 1);
}

cgm_node cgm_gaussian_pixels_middle(const image_likelihood *base, cgm_graph *g, const image_likelihood_theta *theta)
{
    const gaussian_pixels *l = (const gaussian_pixels *)base;
    cgm_node mean[CGM_PIXELS_MAX_CHANNELS], before[CGM_PIXELS_MAX_CHANNELS];
    if (!l->autoregressive) return theta->node[0];
    for (int64_t c = 0; c < (int64_t)base->channels; c++) {
        mean[c] = channel_mean(l, g, theta, c, before);
        before[c] = cgm_clamp(g, mean[c], -1, 1);
    }
    return cgm_concat(g, base->channels, mean, 1);
}

/* ---- Images ---- */

/* mu and sigma of channel c at pixel i, given the channels before it, x in [0, 255]. */
static double moments(const gaussian_pixels *l, const image_likelihood_row *row, size_t c, size_t i, const double *x,
                      double *sigma)
{
    size_t channels = l->base.channels, n = row->pixels;
    double mean = (double)row->theta[c * n + i];
    *sigma = exp((double)row->theta[(channels + c) * n + i]);
    for (size_t j = 0; l->autoregressive && j < c; j++)
        mean += (double)row->theta[(2 * channels + cgm_pixels_pairs(c) + j) * n + i] * cgm_pixels_inside(x[j * n + i]);
    return mean;
}

/* u = (x - mu) / sigma. But a pixel at an end of the range whose mean lies beyond that end is what every u on one side
 * gives; of those the nearest to zero is taken, which is the likeliest. Otherwise a black background, whose mean the
 * likelihood pushes below black, would carry large noise to wherever the counterfactual has a larger sigma. */
void cgm_gaussian_pixels_abduct(const image_likelihood *base, const image_likelihood_row *row, const double *x,
                                cgm_rng *rng, double *u)
{
    (void)rng;
    for (size_t c = 0; c < base->channels; c++)
        for (size_t i = 0; i < row->pixels; i++) {
            double sigma, mean = moments((const gaussian_pixels *)base, row, c, i, x, &sigma);
            double inside = cgm_pixels_inside(x[c * row->pixels + i]);
            bool beyond = (inside <= -1 && mean < -1) || (inside >= 1 && mean > 1);
            u[c * row->pixels + i] = beyond ? 0 : (inside - mean) / sigma;
        }
}

void cgm_gaussian_pixels_predict(const image_likelihood *base, const image_likelihood_row *row, const double *u,
                                 double *x)
{
    for (size_t c = 0; c < base->channels; c++)
        for (size_t i = 0; i < row->pixels; i++) {
            double sigma, mean = moments((const gaussian_pixels *)base, row, c, i, x, &sigma);
            x[c * row->pixels + i] = cgm_pixels_outside(mean + sigma * u[c * row->pixels + i]);
        }
}
