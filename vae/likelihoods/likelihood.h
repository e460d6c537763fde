/* Likelihoods: how a decoder's features become a distribution of pixels, and what the pixels' noise is. Any image model
 * uses any of them; one file and one row of the table each. Internal to vae/.
 *
 * A likelihood wants `planes` numbers a pixel of the decoder's last convolution, whose output is `raw` [N, planes, H,
 * W]. From these come its parameters (bounded, with whatever it learns beside raw), and from the parameters the log
 * probability in the graph, and outside of it the pixels x = f(parameters, u) of noise u, one standard normal number a
 * pixel and channel, and the noise of given pixels. x is nondecreasing in its own u. Pixels are [-1, 1] in the graph,
 * [0, 255] outside. */
#ifndef CGM_VAE_LIKELIHOODS_LIKELIHOOD_H
#define CGM_VAE_LIKELIHOODS_LIKELIHOOD_H

#include <stddef.h>

#include "config/config.h"
#include "graph/ops.h"
#include "nn/params.h"

typedef struct image_likelihood image_likelihood;

/* The parameters as graph: each node is [N, k, H, W], or [1, k, 1, 1] where all pixels share it. */
#define IMAGE_LIKELIHOOD_NODES 4
typedef struct image_likelihood_theta {
    size_t n;
    cgm_node node[IMAGE_LIKELIHOOD_NODES];
} image_likelihood_theta;

/* One image as abduct and predict see it: planes of `pixels` numbers each. */
typedef struct image_likelihood_row {
    size_t pixels;
    const cgm_real *theta; /* [width, pixels], the nodes of theta one after the other */
} image_likelihood_row;

typedef struct image_likelihood_class {
    const char *kind; /* the name in configs */
    const char *doc;  /* one line */
    bool exact;       /* predict(abduct(x)) = x for any pixels in [0, 255], up to rounding */
    bool continuous;  /* a density: its pixels are to be smeared by cgm_image_likelihood_dequantise */
    size_t bytes;     /* of its struct, which starts with image_likelihood */
    size_t n_keys;    /* schema of its options, offsets into that struct */
    const cgm_key *keys;
    /* Fills in the defaults that are not 0; min_log_scale is the model's. Optional. */
    void (*defaults)(image_likelihood *l, double min_log_scale);
    /* Refuses options that contradict one another or the number of channels. Optional. */
    cgm_status (*check)(const image_likelihood *l, const cgm_yaml *options);
    size_t (*planes)(const image_likelihood *l);
    size_t (*width)(const image_likelihood *l); /* planes of theta */
    image_likelihood_theta (*parameters)(const image_likelihood *l, cgm_params *p, cgm_graph *g, cgm_node raw);
    cgm_node (*log_prob)(const image_likelihood *l, cgm_graph *g, const image_likelihood_theta *theta, cgm_node x);
    /* x and u: [channels, pixels]. */
    void (*abduct)(const image_likelihood *l, const image_likelihood_row *row, const double *x, cgm_rng *rng,
                   double *u);
    void (*predict)(const image_likelihood *l, const image_likelihood_row *row, const double *u, double *x);
    /* Optional: abduction under theta and prediction under `other` as graph, x -> what it would be, [N, C, H, W]. */
    cgm_node (*transfer)(const image_likelihood *l, cgm_graph *g, const image_likelihood_theta *theta,
                         const image_likelihood_theta *other, cgm_node x);
    /* The pixels' means as graph, [N, C, H, W]: those before they are held to [-1, 1], where the law is that of pixels
     * that are. */
    cgm_node (*mean)(const image_likelihood *l, cgm_graph *g, const image_likelihood_theta *theta);
} image_likelihood_class;

/* Every likelihood's struct starts with this. */
struct image_likelihood {
    const image_likelihood_class *methods;
    size_t channels;
};

#define IMAGE_LIKELIHOOD_TABLE(ROW)                                                                                    \
    ROW(discretised_gaussian)                                                                                          \
    ROW(gaussian)                                                                                                      \
    ROW(bernoulli)                                                                                                     \
    ROW(logistic_mixture)

#define IMAGE_LIKELIHOOD_DECLARE(name) extern const image_likelihood_class cgm_image_likelihood_##name;
IMAGE_LIKELIHOOD_TABLE(IMAGE_LIKELIHOOD_DECLARE)
#undef IMAGE_LIKELIHOOD_DECLARE

/* The row of a mechanism's schema, into the field `likelihood` (const cgm_yaml *) of its options. */
#define IMAGE_LIKELIHOOD_KEY(type)                                                                                     \
    {                                                                                                                  \
        "likelihood", CGM_KEY_NODE, offsetof(type, likelihood), false, 0, 0, NULL,                                     \
            "how pixels are distributed: KIND or {kind: KIND, ...}, see below (discretised_gaussian)"                  \
    }

/* The likelihood that a mechanism's key `likelihood` asks for: NULL (a discretised Gaussian), KIND, or a map with
 * `kind` and options. `min_log_scale` is the bound of Gaussian log-scales where the map has none. CGM_E_CONFIG, with
 * the position, for unknown kinds and bad options. */
cgm_status cgm_image_likelihood_create(const cgm_yaml *options, size_t channels, double min_log_scale,
                                       image_likelihood **out);
void cgm_image_likelihood_destroy(image_likelihood *l);
/* Channels of the convolution that makes raw. */
size_t cgm_image_likelihood_planes(const image_likelihood *l);
/* Parameters that are no function of the features are declared in p, under the graph's path. */
image_likelihood_theta cgm_image_likelihood_parameters(const image_likelihood *l, cgm_params *p, cgm_graph *g,
                                                       cgm_node raw);
/* Theta as one tensor [N, width, H, W], which a program gives out for abduct and predict; shape is that of raw. */
cgm_node cgm_image_likelihood_join(cgm_graph *g, const image_likelihood_theta *theta, cgm_shape shape);
/* log p(x) in nats, x [N, C, H, W] in [-1, 1]: [N, C, H, W], or [N, 1, H, W] where channels are not told apart; what a
 * pixel or an image has is the sum. Densities are per grey level, so that their averages over smeared pixels are lower
 * bounds of the log probability of the grey levels (Theis, van den Oord and Bethge 2016, section 3.1), and comparable
 * with those of discrete likelihoods. */
cgm_node cgm_image_likelihood_log_prob(const image_likelihood *l, cgm_graph *g, const image_likelihood_theta *theta,
                                       cgm_node x);
/* Grey levels x in [0, 255] with uniform noise within half a level, made of standard normal noise of the same shape:
 * for continuous likelihoods. x itself where noise is no node. */
cgm_node cgm_image_likelihood_dequantise(cgm_graph *g, cgm_node x, cgm_node noise);

/* The pixels' means [N, C, H, W] in grey levels, without being held to 0 and 255. */
cgm_node cgm_image_likelihood_mean(const image_likelihood *l, cgm_graph *g, const image_likelihood_theta *theta);
/* Pixels x in [-1, 1] under theta as they would be under `other`, with the same noise. */
cgm_node cgm_image_likelihood_transfer(const image_likelihood *l, cgm_graph *g, const image_likelihood_theta *theta,
                                       const image_likelihood_theta *other, cgm_node x);
/* That there is such a graph; CGM_E_CONFIG, naming the image and the likelihood. */
cgm_status cgm_image_likelihood_check_transfer(const image_likelihood *l, const char *image) CGM_CHECKED;

/* Some images: theta [n, width, pixels] as joined; x and u are [n, C, pixels], x in [0, 255]. Image k draws from the
 * rng's stream split by first + k, where there is anything to draw. */
typedef struct image_likelihood_images {
    size_t n, pixels;
    const cgm_real *theta;
    uint64_t first;
    int threads;
} image_likelihood_images;
void cgm_image_likelihood_abduct(const image_likelihood *l, const image_likelihood_images *images, const double *x,
                                 const cgm_rng *rng, double *u);
void cgm_image_likelihood_predict(const image_likelihood *l, const image_likelihood_images *images, const double *u,
                                  double *x);

#endif
