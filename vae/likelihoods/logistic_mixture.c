/* A mixture of K logistic distributions, discretised on 256 grey levels (Salimans, Karpathy, Chen and Kingma 2017,
 * "PixelCNN++", section 2.1): with h = 1/255 and sigma the logistic function,
 *
 *     p(x | k) = prod over c of sigma((x_c - m_ck + h) / s_ck) - sigma((x_c - m_ck - h) / s_ck),
 *
 * where the lowest level also takes all below it and the highest all above, and p(x) = sum over k of pi_k p(x | k): one
 * component for all channels of a pixel. Autoregressive channels (section 2.2): m_ck = mean_ck + sum over j < c of
 * tanh(a_cjk) x_j.
 *
 * Noise: x_c = F^-1(Phi(u_c)), F the distribution function of the undiscretised mixture of channel c given the channels
 * before it: their grey levels weigh the components, and move the means, as above. Beyond [-1, 1] it is clamped. So x_c
 * is increasing in u_c, and the levels of all channels have the law p.
 * In a gap between narrow components F is flat, and doubles could not tell one x from another by F(x); so the noise's F
 * is a millionth of the uniform distribution over all levels, which makes it invertible everywhere. */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "vae/likelihoods/pixels.h"

#define HALF_BIN (1.0 / (CGM_PIXELS_LEVELS - 1))
#define MAX_COMPONENTS 64
#define MAX_LOG_SCALE 10 /* far above any that pixels in [-1, 1] have */
#define UNIFORM_SHARE 1e-6

typedef struct logistic_mixture {
    image_likelihood base;
    int64_t components;
    double min_log_scale;
    bool autoregressive;
} logistic_mixture;

#define OPTION(field) offsetof(logistic_mixture, field)
static const cgm_key keys[] = {
    {"components", CGM_KEY_INT, OPTION(components), false, 1, MAX_COMPONENTS, NULL, "logistic distributions (10)"},
    {"min_log_scale", CGM_KEY_REAL, OPTION(min_log_scale), false, -20, 0, NULL,
     "lower bound of the logarithm of the components' scales, pixels in [-1, 1] (-7)"},
    {"autoregressive", CGM_KEY_BOOL, OPTION(autoregressive), false, 0, 0, NULL,
     "whether a channel's means depend linearly on the channels before it (false)"},
};

/* min_log_scale is PixelCNN++'s, whatever the model's Gaussians have. */
static void defaults(image_likelihood *base, double min_log_scale)
{
    logistic_mixture *l = (logistic_mixture *)base;
    (void)min_log_scale;
    l->components = 10;
    l->min_log_scale = -7;
}

static cgm_status check(const image_likelihood *base, const cgm_yaml *options)
{
    return cgm_pixels_check_autoregressive(base, ((const logistic_mixture *)base)->autoregressive, options);
}

/* Raw and theta have the same planes: K log weights; K means of channel 0, K of channel 1, ...; log-scales likewise; K
 * coefficients of each pair of channels. */
static size_t planes(const image_likelihood *base)
{
    const logistic_mixture *l = (const logistic_mixture *)base;
    size_t pairs = l->autoregressive ? cgm_pixels_pairs(base->channels) : 0;
    return (size_t)l->components * (1 + 2 * base->channels + pairs);
}

/* ---- In the graph ---- */

static image_likelihood_theta parameters(const image_likelihood *base, cgm_params *p, cgm_graph *g, cgm_node raw)
{
    const logistic_mixture *l = (const logistic_mixture *)base;
    int64_t k = l->components, each = k * (int64_t)base->channels, rest = (int64_t)planes(base) - k - 2 * each;
    (void)p;
    image_likelihood_theta theta = {
        3,
        {cgm_log_softmax(g, cgm_slice(g, raw, 1, 0, k), 1), cgm_slice(g, raw, 1, k, each),
         cgm_clamp(g, cgm_slice(g, raw, 1, k + each, each), l->min_log_scale, MAX_LOG_SCALE)}};
    if (rest) theta.node[theta.n++] = cgm_tanh(g, cgm_slice(g, raw, 1, k + 2 * each, rest));
    return theta;
}

/* log(1 - e^(-2 t)), t > 0: with T = tanh t it is log(2 T / (1 + T)), where nothing cancels. */
static cgm_node log_one_less(cgm_graph *g, cgm_node t)
{
    cgm_node tanh = cgm_tanh(g, t);
    return cgm_log(g, cgm_div(g, cgm_affine(g, tanh, 2, 0), cgm_affine(g, tanh, 1, 1)));
}

/* log p(x_c | k), [N, K, H, W]: x [N, 1, H, W] and its deviation from the means. By sigma(a) - sigma(b) = sigma(a)
 * sigma(-b) (1 - e^(b - a)), which keeps its digits in both tails and for any scale. */
static cgm_node component(cgm_graph *g, cgm_node x, cgm_node deviation, cgm_node log_scale)
{
    cgm_node s = cgm_exp(g, cgm_neg(g, log_scale));
    cgm_node upper = cgm_mul(g, s, cgm_affine(g, deviation, 1, HALF_BIN));
    cgm_node lower = cgm_mul(g, s, cgm_affine(g, deviation, 1, -HALF_BIN));
    cgm_node below = cgm_neg(g, cgm_softplus(g, cgm_neg(g, upper))), above = cgm_neg(g, cgm_softplus(g, lower));
    cgm_node inner = cgm_add(g, cgm_add(g, below, above), log_one_less(g, cgm_affine(g, s, HALF_BIN, 0)));
    cgm_node lowest = cgm_less(g, x, cgm_constant(g, -0.999, CGM_SCALAR));
    cgm_node highest = cgm_less(g, cgm_constant(g, 0.999, CGM_SCALAR), x);
    return cgm_select(g, lowest, below, cgm_select(g, highest, above, inner));
}

static cgm_node log_prob(const image_likelihood *base, cgm_graph *g, const image_likelihood_theta *theta, cgm_node x)
{
    const logistic_mixture *l = (const logistic_mixture *)base;
    int64_t k = l->components;
    cgm_node log_p = theta->node[0];
    for (int64_t c = 0; c < (int64_t)base->channels; c++) {
        cgm_node mean = cgm_slice(g, theta->node[1], 1, c * k, k), own = cgm_slice(g, x, 1, c, 1);
        for (int64_t j = 0; l->autoregressive && j < c; j++) {
            cgm_node coefficient = cgm_slice(g, theta->node[3], 1, (c * (c - 1) / 2 + j) * k, k);
            mean = cgm_add(g, mean, cgm_mul(g, coefficient, cgm_slice(g, x, 1, j, 1)));
        }
        cgm_node log_scale = cgm_slice(g, theta->node[2], 1, c * k, k);
        log_p = cgm_add(g, log_p, component(g, own, cgm_sub(g, own, mean), log_scale));
    }
    return cgm_logsumexp(g, log_p, 1);
}

/* The mean over components of each one's means; within a component a channel's is linear in those before it. */
static cgm_node mean(const image_likelihood *base, cgm_graph *g, const image_likelihood_theta *theta)
{
    const logistic_mixture *l = (const logistic_mixture *)base;
    int64_t k = l->components;
    cgm_node weight = cgm_exp(g, theta->node[0]), of[CGM_PIXELS_MAX_CHANNELS], out[CGM_PIXELS_MAX_CHANNELS];
    for (int64_t c = 0; c < (int64_t)base->channels; c++) {
        of[c] = cgm_slice(g, theta->node[1], 1, c * k, k);
        for (int64_t j = 0; l->autoregressive && j < c; j++) {
            cgm_node coefficient = cgm_slice(g, theta->node[3], 1, (c * (c - 1) / 2 + j) * k, k);
            of[c] = cgm_add(g, of[c], cgm_mul(g, coefficient, of[j]));
        }
        out[c] = cgm_sum(g, cgm_mul(g, weight, of[c]), 1u << 1);
    }
    return base->channels == 1 ? out[0] : cgm_concat(g, base->channels, out, 1);
}

/* ---- One channel of one pixel: a mixture in one dimension ---- */

typedef struct mixture {
    size_t n;
    double log_weight[MAX_COMPONENTS];                                         /* given the channels before */
    double weight[MAX_COMPONENTS], mean[MAX_COMPONENTS], rate[MAX_COMPONENTS]; /* rate: 1 / scale */
} mixture;

/* The noise's distribution: P(below x), P(above x), the density. Within [-1, 1] none is 0. */
typedef struct mixture_at {
    double below, above, density;
} mixture_at;

static mixture_at evaluate(const mixture *m, double x)
{
    double low = -1 - HALF_BIN, width = 2 + 2 * HALF_BIN;
    mixture_at at = {UNIFORM_SHARE * (x - low) / width, UNIFORM_SHARE * (low + width - x) / width,
                     UNIFORM_SHARE / width};
    for (size_t k = 0; k < m->n; k++) {
        double z = (x - m->mean[k]) * m->rate[k], e = exp(-fabs(z)), far = e / (1 + e), near = 1 / (1 + e);
        double weight = (1 - UNIFORM_SHARE) * m->weight[k];
        at.below += weight * (z < 0 ? far : near);
        at.above += weight * (z < 0 ? near : far);
        at.density += weight * m->rate[k] * far * near;
    }
    return at;
}

/* Phi^-1(F(x)); of a pixel at an end of the range, the nearest to zero of the noises that give it. */
static double noise_of(const mixture *m, double x)
{
    mixture_at at = evaluate(m, x);
    double u = at.below < at.above ? gsl_cdf_ugaussian_Pinv(at.below) : gsl_cdf_ugaussian_Qinv(at.above);
    if (x <= -1) return fmin(u, 0);
    return x >= 1 ? fmax(u, 0) : u;
}

/* log of F(x) over Phi(u), or of 1 - F over 1 - Phi, whichever is of the smaller tail, with the sign that makes it
 * rise; and its slope. */
static double excess(const mixture *m, double x, double u, double tail, double *slope)
{
    mixture_at at = evaluate(m, x);
    double mine = u <= 0 ? at.below : at.above;
    *slope = at.density / mine;
    return u <= 0 ? log(mine / tail) : log(tail / mine);
}

/* F^-1(Phi(u)) within [-1, 1], by Newton's method between bounds, which halves the interval where it would leave them
 * or has not halved its steps. */
static double value_of(const mixture *m, double u)
{
    double tail = 0.5 * erfc(fabs(u) * M_SQRT1_2), low = -1, high = 1, slope, step = 2, last;
    if (excess(m, low, u, tail, &slope) >= 0) return low;
    if (excess(m, high, u, tail, &slope) <= 0) return high;
    double x = 0, f = excess(m, x, u, tail, &slope);
    for (int i = 0; i < 200 && fabs(step) > 1e-15; i++) {
        *(f < 0 ? &low : &high) = x;
        last = step;
        step = -f / slope;
        if (!(x + step > low && x + step < high) || 2 * fabs(step) > fabs(last)) step = 0.5 * (low + high) - x;
        x += step;
        f = excess(m, x, u, tail, &slope);
    }
    return x;
}

/* ---- Images ---- */

/* The mixture of the first channel at a pixel, without means and scales. */
static void begin_pixel(const logistic_mixture *l, const image_likelihood_row *row, size_t pixel, mixture *m)
{
    m->n = (size_t)l->components;
    for (size_t k = 0; k < m->n; k++) m->log_weight[k] = (double)row->theta[k * row->pixels + pixel];
}

static double level_of(double x)
{
    return cgm_pixels_inside(rint(x));
}

/* Channel c's, given those before it: x [channels, pixels] in [0, 255]. */
static void enter_channel(const logistic_mixture *l, const image_likelihood_row *row, size_t pixel, size_t c,
                          const double *x, mixture *m)
{
    size_t n = m->n, channels = l->base.channels, at = row->pixels;
    const cgm_real *mean = row->theta + n * at + pixel, *log_scale = mean + n * channels * at;
    const cgm_real *coefficient = log_scale + n * channels * at;
    double top = -INFINITY, sum = 0;
    for (size_t k = 0; k < n; k++) top = fmax(top, m->log_weight[k]);
    for (size_t k = 0; k < n; k++) {
        m->weight[k] = exp(m->log_weight[k] - top);
        sum += m->weight[k];
        m->mean[k] = (double)mean[(c * n + k) * at];
        m->rate[k] = exp(-(double)log_scale[(c * n + k) * at]);
        for (size_t j = 0; l->autoregressive && j < c; j++)
            m->mean[k] += (double)coefficient[((cgm_pixels_pairs(c) + j) * n + k) * at] * level_of(x[j * at + pixel]);
    }
    for (size_t k = 0; k < n; k++) m->weight[k] /= sum;
}

static double softplus(double x)
{
    return fmax(x, 0) + log1p(exp(-fabs(x)));
}

/* Weighs the components by what they give the level x: as log_prob. */
static void leave_channel(double x, mixture *m)
{
    for (size_t k = 0; k < m->n; k++) {
        double upper = (x - m->mean[k] + HALF_BIN) * m->rate[k], lower = (x - m->mean[k] - HALF_BIN) * m->rate[k];
        if (x <= 0.999) m->log_weight[k] -= softplus(-upper);
        if (x >= -0.999) m->log_weight[k] -= softplus(lower);
        if (fabs(x) <= 0.999) m->log_weight[k] += log(-expm1(-2 * HALF_BIN * m->rate[k]));
    }
}

static void abduct(const image_likelihood *base, const image_likelihood_row *row, const double *x, cgm_rng *rng,
                   double *u)
{
    const logistic_mixture *l = (const logistic_mixture *)base;
    mixture m;
    (void)rng;
    for (size_t i = 0; i < row->pixels; i++) {
        begin_pixel(l, row, i, &m);
        for (size_t c = 0; c < base->channels; c++) {
            enter_channel(l, row, i, c, x, &m);
            u[c * row->pixels + i] = noise_of(&m, cgm_pixels_inside(x[c * row->pixels + i]));
            leave_channel(level_of(x[c * row->pixels + i]), &m);
        }
    }
}

static void predict(const image_likelihood *base, const image_likelihood_row *row, const double *u, double *x)
{
    const logistic_mixture *l = (const logistic_mixture *)base;
    mixture m;
    for (size_t i = 0; i < row->pixels; i++) {
        begin_pixel(l, row, i, &m);
        for (size_t c = 0; c < base->channels; c++) {
            enter_channel(l, row, i, c, x, &m);
            x[c * row->pixels + i] = cgm_pixels_outside(value_of(&m, u[c * row->pixels + i]));
            leave_channel(level_of(x[c * row->pixels + i]), &m);
        }
    }
}

const image_likelihood_class cgm_image_likelihood_logistic_mixture = {
    .kind = "logistic_mixture",
    .doc = "a mixture of logistic distributions' mass on each of 256 grey levels",
    .exact = true,
    .bytes = sizeof(logistic_mixture),
    .n_keys = sizeof keys / sizeof *keys,
    .keys = keys,
    .defaults = defaults,
    .check = check,
    .planes = planes,
    .width = planes,
    .parameters = parameters,
    .log_prob = log_prob,
    .abduct = abduct,
    .predict = predict,
    .mean = mean,
};
