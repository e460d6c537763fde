/* What the likelihoods with Gaussian pixels share: options, parameters, and the noise
 *
 *     x_c = mu_c + sigma_c u_c,  u ~ N(0, 1),
 *
 * clamped to [-1, 1]. Raw is the mean of each channel, then its log-scale where the scale is diagonal, then, where
 * channels are autoregressive, the coefficients: mu_c = mean_c + sum over j < c of tanh(a_cj) x_j, with a_cj in plane
 * c (c - 1) / 2 + j. For three channels these are the coefficients of green on red, of blue on red and of blue on green
 * (Salimans et al. 2017, section 2.2; De Sousa Ribeiro et al. 2023). Internal to vae/likelihoods/. */
#ifndef CGM_VAE_LIKELIHOODS_GAUSSIAN_PIXELS_H
#define CGM_VAE_LIKELIHOODS_GAUSSIAN_PIXELS_H

#include <stddef.h>

#include "vae/likelihoods/likelihood.h"

typedef enum gaussian_scale { GAUSSIAN_DIAGONAL, GAUSSIAN_SHARED, GAUSSIAN_FIXED } gaussian_scale;

typedef struct gaussian_pixels {
    image_likelihood base;
    int scale; /* a gaussian_scale */
    bool autoregressive;
    double log_scale, min_log_scale;
} gaussian_pixels;

extern const char *const cgm_gaussian_scales[];

/* The rows of their schemas. */
#define GAUSSIAN_PIXELS_KEYS                                                                                           \
    {"scale",                                                                                                          \
     CGM_KEY_CHOICE,                                                                                                   \
     offsetof(gaussian_pixels, scale),                                                                                 \
     false,                                                                                                            \
     0,                                                                                                                \
     0,                                                                                                                \
     cgm_gaussian_scales,                                                                                              \
     "diagonal, for each pixel; shared, one learnt for each channel; or fixed, at log_scale (diagonal)"},              \
        {"log_scale",                                                                                                  \
         CGM_KEY_REAL,                                                                                                 \
         offsetof(gaussian_pixels, log_scale),                                                                         \
         false,                                                                                                        \
         -20,                                                                                                          \
         4,                                                                                                            \
         NULL,                                                                                                         \
         "scale: fixed: the log standard deviation, pixels in [-1, 1]"},                                               \
        {"min_log_scale",                                                                                              \
         CGM_KEY_REAL,                                                                                                 \
         offsetof(gaussian_pixels, min_log_scale),                                                                     \
         false,                                                                                                        \
         -20,                                                                                                          \
         0,                                                                                                            \
         NULL,                                                                                                         \
         "lower bound of the log standard deviation, pixels in [-1, 1] (in a cvae -6, in an hvae -9)"},                \
    {                                                                                                                  \
        "autoregressive", CGM_KEY_BOOL, offsetof(gaussian_pixels, autoregressive), false, 0, 0, NULL,                  \
            "whether a channel's mean depends linearly on the channels before it (false)"                              \
    }
#define GAUSSIAN_PIXELS_N_KEYS 4

void cgm_gaussian_pixels_defaults(image_likelihood *base, double min_log_scale);
cgm_status cgm_gaussian_pixels_check(const image_likelihood *base, const cgm_yaml *options);
size_t cgm_gaussian_pixels_planes(const image_likelihood *base);
size_t cgm_gaussian_pixels_width(const image_likelihood *base);
/* mean [N, C, H, W], log-scale, and the coefficients if there are any. */
image_likelihood_theta cgm_gaussian_pixels_parameters(const image_likelihood *base, cgm_params *p, cgm_graph *g,
                                                      cgm_node raw);
/* mu [N, C, H, W] of pixels x. */
cgm_node cgm_gaussian_pixels_mean(const image_likelihood *base, cgm_graph *g, const image_likelihood_theta *theta,
                                  cgm_node x);
void cgm_gaussian_pixels_abduct(const image_likelihood *base, const image_likelihood_row *row, const double *x,
                                cgm_rng *rng, double *u);
void cgm_gaussian_pixels_predict(const image_likelihood *base, const image_likelihood_row *row, const double *u,
                                 double *x);

cgm_node cgm_gaussian_pixels_transfer(const image_likelihood *base, cgm_graph *g, const image_likelihood_theta *theta,
                                      const image_likelihood_theta *other, cgm_node x);
/* mu where every channel before is at its own mu, held to [-1, 1]: what predict makes of no noise, but for that. */
cgm_node cgm_gaussian_pixels_middle(const image_likelihood *base, cgm_graph *g, const image_likelihood_theta *theta);

/* What their classes have in common. */
#define GAUSSIAN_PIXELS_METHODS                                                                                        \
    .exact = true, .bytes = sizeof(gaussian_pixels), .n_keys = GAUSSIAN_PIXELS_N_KEYS,                                 \
    .defaults = cgm_gaussian_pixels_defaults, .check = cgm_gaussian_pixels_check,                                      \
    .planes = cgm_gaussian_pixels_planes, .width = cgm_gaussian_pixels_width,                                          \
    .parameters = cgm_gaussian_pixels_parameters, .abduct = cgm_gaussian_pixels_abduct,                                \
    .predict = cgm_gaussian_pixels_predict, .transfer = cgm_gaussian_pixels_transfer,                                  \
    .mean = cgm_gaussian_pixels_middle

#endif
