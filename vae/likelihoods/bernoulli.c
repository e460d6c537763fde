/* Black and white pixels: white with probability p = sigmoid(eta),
 *
 *     log p(x) = y eta - log(1 + e^eta),  y = (x + 1) / 2.
 *
 * A grey pixel, 0 < y < 1, trains as the cross-entropy to y, as is usual with images that are nearly black and white;
 * it is then no log probability, as nothing makes it add to one over grey levels (Loaiza-Ganem and Cunningham 2019).
 * Noise: x is white where u > t, t the quantile of the standard normal at 1 - p; the noise of a pixel is drawn from the
 * standard normal on its side of t, in full at every temperature, and that of a grey pixel on the side of the nearer of
 * black and white. */
#include "scm/mechanisms/latent.h"
#include "vae/likelihoods/pixels.h"

static size_t planes(const image_likelihood *l)
{
    return l->channels;
}

static image_likelihood_theta parameters(const image_likelihood *l, cgm_params *p, cgm_graph *g, cgm_node raw)
{
    (void)l, (void)p, (void)g;
    return (image_likelihood_theta){1, {raw}};
}

static cgm_node log_prob(const image_likelihood *l, cgm_graph *g, const image_likelihood_theta *theta, cgm_node x)
{
    cgm_node eta = theta->node[0];
    (void)l;
    return cgm_sub(g, cgm_mul(g, cgm_affine(g, x, 0.5, 0.5), eta), cgm_softplus(g, eta));
}

static cgm_node mean(const image_likelihood *l, cgm_graph *g, const image_likelihood_theta *theta)
{
    (void)l;
    return cgm_affine(g, cgm_sigmoid(g, theta->node[0]), 2, -1);
}

/* By symmetry, in the tail that is small. */
static double threshold(double eta)
{
    double in_tail = cgm_scm_latent_quantile(SCM_PROBIT, cgm_scm_latent_log_cdf(SCM_LOGIT, -fabs(eta)));
    return eta > 0 ? in_tail : -in_tail;
}

static void abduct(const image_likelihood *l, const image_likelihood_row *row, const double *x, cgm_rng *rng, double *u)
{
    for (size_t i = 0; i < l->channels * row->pixels; i++) {
        double t = threshold((double)row->theta[i]);
        bool white = x[i] >= 127.5;
        u[i] = cgm_scm_latent_between(SCM_PROBIT, white ? t : -INFINITY, white ? INFINITY : t, rng);
    }
}

static void predict(const image_likelihood *l, const image_likelihood_row *row, const double *u, double *x)
{
    for (size_t i = 0; i < l->channels * row->pixels; i++) x[i] = u[i] > threshold((double)row->theta[i]) ? 255 : 0;
}

const image_likelihood_class cgm_image_likelihood_bernoulli = {
    .kind = "bernoulli",
    .doc = "black or white; grey pixels train as a cross-entropy",
    .bytes = sizeof(image_likelihood),
    .planes = planes,
    .width = planes,
    .parameters = parameters,
    .log_prob = log_prob,
    .abduct = abduct,
    .predict = predict,
    .mean = mean,
};
