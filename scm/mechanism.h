/* The one interface between the causal engine and what computes a variable: x := f(parents, u).
 *
 * A mechanism is a chain of nodes, evaluated in order: zero or more internal variables that it publishes, then its
 * variable. Each node has its own exogenous noise and sees the mechanism's parents and the nodes before it. So the
 * latent z of an image VAE is, to the engine, a node between the parents and the image, and effects through it are
 * ordinary edge interventions.
 *
 * Values are doubles in the data's own units, row-major [n, width]; categorical values are level indices. */
#ifndef CGM_SCM_MECHANISM_H
#define CGM_SCM_MECHANISM_H

#include "base/log.h"
#include "base/rng.h"
#include "config/config.h"
#include "data/augment.h"
#include "data/dataset.h"
#include "io/state.h"
#include "nn/optimizer.h"

#define CGM_MAX_NODES 64   /* nodes of one mechanism */
#define CGM_MAX_PARENTS 64 /* parents of one variable */

struct image_tunable;       /* scm/networks/tunable.h */
struct cgm_image_generator; /* data/image_generator.h */

/* A window on values: row i is data[i * width .. i * width + width). */
typedef struct cgm_values {
    size_t n, width;
    double *data;
} cgm_values;

/* What a node of a mechanism is. The last node is the variable itself (name NULL). */
typedef struct cgm_mechanism_node {
    const char *name;     /* "z": the engine calls it VARIABLE.z */
    size_t width;         /* numbers in its value */
    size_t noise_width;   /* numbers in its noise; 0: a deterministic function of what it sees */
    cgm_shape shape;      /* of one value, for files: [16] or [1, 32, 32]; rank 0: a scalar */
    bool ignores_parents; /* the parents make no difference to it: interventions on them leave its bits alone */
} cgm_mechanism_node;

/* Types of scalar variables, as bits. */
#define CGM_LEVEL_TYPES (1u << CGM_CATEGORICAL | 1u << CGM_BINARY | 1u << CGM_ORDINAL)
#define CGM_SCALAR_TYPES (1u << CGM_CONTINUOUS | 1u << CGM_COUNT | CGM_LEVEL_TYPES)

typedef enum cgm_capability {
    CGM_CAN_SAMPLE = 1,
    CGM_CAN_ABDUCT = 2,
    CGM_CAN_LOG_PROB = 4,       /* exact */
    CGM_CAN_LOG_PROB_BOUND = 8, /* a lower bound (ELBO) */
    CGM_ABDUCTS_EXACTLY = 16,   /* predict(parents, abduct(x, parents)) == x up to rounding */
    CGM_CONCURRENT = 32         /* several threads may be in log_prob, sample_noise, predict and abduct at once */
} cgm_capability;

typedef struct cgm_mechanism cgm_mechanism;

typedef struct cgm_mechanism_spec {
    const cgm_variable *variable; /* borrowed for the mechanism's life, as are the parents */
    size_t n_parents;
    const cgm_variable *const *parents;
    const cgm_yaml *options; /* the mechanism's map in the config, or NULL; read during create only */
} cgm_mechanism_spec;

/* The config's `train` map, shared by every mechanism that trains by gradient. */
typedef struct cgm_train_opts {
    int64_t epochs;     /* 20 */
    int64_t batch;      /* 0: the mechanism's, CGM_TRAIN_BATCH of most */
    int64_t accumulate; /* batches whose gradients make one step; 1, which 0 means too */
    double rate;        /* CGM_TRAIN_DEFAULT: CGM_TRAIN_RATE, of adversarial mechanisms less */
    int64_t seed;       /* 1 */
    double minutes;     /* stop an epoch early when this much time has passed in all; 0: never */
    int64_t warmup;     /* optimiser steps of linear warm-up; 100 */
    double clip;        /* global gradient norm; 0: never; CGM_TRAIN_DEFAULT */
    double skip_norm;   /* gradient norm from which on a step is skipped; 0: only when it is not finite;
                           CGM_TRAIN_DEFAULT */
    int64_t max_skips;  /* steps skipped in a row before image models go back and others stop; 100, which 0 means too */
    cgm_optimizer_rule optimizer; /* zeros: the mechanism's, mostly adamw; beta2 = CGM_TRAIN_DEFAULT: the mechanism's */
    cgm_schedule schedule;        /* zeros: constant */
    bool usual_schedule;          /* the mechanism's, where it has one and the clock does not end training */
    double weight_decay;          /* CGM_TRAIN_DEFAULT: the optimiser's usual one, 0.01 of adamw */
    double clip_value;            /* largest number of the gradient; 0: any */
    double ema;                   /* 0.999 */
    double beta;                  /* weight of the KL term; 1 */
    double beta_start;   /* its weight at the start; 0. More than beta makes the decoder learn the parents before z */
    int64_t beta_warmup; /* epochs over which the weight goes from beta_start to beta; 0 */
    double free_bits;    /* nats below which the KL of a group of latent variables costs the same; 0 */
    cgm_augmentation augment; /* of images; none */
    double validation;  /* share of the training rows, the last ones, held out by image models; CGM_TRAIN_DEFAULT */
    int64_t patience;   /* epochs without a better bound on these before an image model stops; 0: never */
    int64_t checkpoint; /* steps between checkpoints; 0: at each epoch's end */
    int64_t film;       /* steps between the first frames of a film of samples; 0: none */
} cgm_train_opts;
#define CGM_TRAIN_DEFAULT (-1.0) /* the mechanism's own default */
#define CGM_TRAIN_RATE 1e-3      /* of most */
#define CGM_TRAIN_BATCH 128

/* A kind of optimiser or of schedule as configs name it, for help texts. */
#define CGM_TRAIN_KIND_KEYS 8
typedef struct cgm_train_kind {
    const char *kind, *doc;
    size_t n_keys;
    cgm_key key[CGM_TRAIN_KIND_KEYS];
} cgm_train_kind;
/* False when there are not so many. */
CGM_API bool cgm_train_optimizer_at(size_t i, cgm_train_kind *out);
CGM_API bool cgm_train_schedule_at(size_t i, cgm_train_kind *out);

/* What fitting works from. Everything is borrowed until fit_end. */
typedef struct cgm_fit {
    const cgm_dataset *data;
    const cgm_train_opts *train;
    cgm_rng rng; /* this variable's own stream */
    int threads;
    const cgm_sink *sink; /* what happens on the way, beside the report; NULL: silence */
    bool resampled;       /* the rows are a resample: what these happen to lack is no mistake */
} cgm_fit;

/* How far a fit is. */
typedef struct cgm_fit_report {
    bool finished;
    bool epoch_ended;     /* a good moment for a checkpoint */
    uint64_t done, total; /* in units */
    const char *unit;     /* "images" */
    size_t memory_bytes;  /* set by fit_begin: what this fit will hold at its peak */
    uint64_t last_steps;  /* of a last stage, made even where fitting is cut short before it */
    bool last_stage;      /* it is under way: total is what there will be */
    size_t n_metrics;
    cgm_metric metrics[CGM_PROGRESS_METRICS]; /* of the last step */
} cgm_fit_report;

typedef struct cgm_abduct_opts {
    double temperature; /* scales the posterior's standard deviation; 1 by default, 0: its mean */
    int threads;
    size_t first_row;    /* number of the first row in the query, for messages */
    size_t first_stream; /* row i draws from the rng split by first_stream + i: cgm_abduct_stream */
} cgm_abduct_opts;

/* The stream of row i of those that a mechanism abducts. */
static inline cgm_rng cgm_abduct_stream(const cgm_rng *rng, const cgm_abduct_opts *opts, size_t i)
{
    return cgm_rng_split_index(rng, opts->first_stream + i);
}

/* Coefficients that fitting found, and their Fisher information there, from all training rows. Borrowed. */
typedef struct cgm_coefficients {
    size_t n;
    double *value;             /* [n], the mechanism's own: what is written there is in force */
    const double *information; /* [n, n]; 0 where a coefficient is given. Its inverse is their covariance */
} cgm_coefficients;
#define CGM_MAX_COEFFICIENTS 4 /* independent blocks of one mechanism */

/* A method may be NULL where nothing asks for it: those of fitting, state and describe in a model that is built with
 * cgm_scm_add and never trained or filed; sample_noise, abduct and log_prob where the capabilities do not promise it.
 */
typedef struct cgm_mechanism_class {
    const char *kind;        /* "affine_flow", the name in configs */
    const char *doc;         /* one line */
    unsigned variable_types; /* bits 1 << cgm_variable_type that it can produce */
    unsigned parent_types;   /* bits of the parents that it takes */
    unsigned capabilities;   /* cgm_capability */
    /* Optional: what counterfactuals of a variable with levels rest on beyond its conditional distribution, which many
     * noises give alike: "Gumbel-max noise". */
    const char *assumption;
    size_t n_keys; /* schema of its options, `kind` apart; see cgm_mechanism_read_options */
    const cgm_key *keys;

    /* create checks the spec and reads its options; its errors start with the config position. The mechanism's methods
     * may be those of another class of the same kind, with other capabilities. */
    cgm_status (*create)(const cgm_mechanism_spec *spec, cgm_mechanism **out);
    void (*destroy)(cgm_mechanism *m);
    /* The nodes, the variable's own last; borrowed. */
    size_t (*nodes)(const cgm_mechanism *m, const cgm_mechanism_node **out);
    /* One line on what was fitted, for `cgm info`: "x = squash(1.2 + 0.4 thickness + 0.5 u)". */
    void (*describe)(const cgm_mechanism *m, size_t size, char *text);
    /* Its state: what it has learnt, under the names parameters/..., and what else it needs; while a fit is under way
     * also what resuming needs. */
    cgm_status (*state)(cgm_mechanism *m, cgm_state *state);

    /* Fitting: begin, step until finished, end (which keeps the parameters and frees the rest). To resume: begin, load
     * the state, step. A step is the unit between checkpoints: the same state gives the same next step to the bit. */
    cgm_status (*fit_begin)(cgm_mechanism *m, const cgm_fit *fit, cgm_fit_report *report);
    cgm_status (*fit_step)(cgm_mechanism *m, const cgm_fit *fit, cgm_fit_report *report);
    void (*fit_end)(cgm_mechanism *m);
    /* Optional. Cuts a fit short, as the clock asks: what is left is its last stage, or nothing, and then the report
     * says that it is finished. In that stage it changes nothing. */
    cgm_status (*fit_cut)(cgm_mechanism *m, const cgm_fit *fit, cgm_fit_report *report);

    /* parents[i] is [n, width of parent i]. log p(value | parents) in nats, [n]; rng only for bounds. */
    cgm_status (*log_prob)(cgm_mechanism *m, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                           double *out);
    /* Fills noise [n, noise_width] of a node from its prior. */
    cgm_status (*sample_noise)(cgm_mechanism *m, size_t node, cgm_rng *rng, cgm_values *noise);
    /* Node `node` from the parents, the nodes before it, and its noise. */
    cgm_status (*predict)(cgm_mechanism *m, size_t node, const cgm_values *parents, const cgm_values *before,
                          const cgm_values *noise, int threads, cgm_values *out);
    /* Optional. Whether its config gives all that fitting would find. */
    bool (*is_known)(const cgm_mechanism *m);
    /* Optional. Whether the value is mean(parents) + c u with a constant c and u standard normal, and the mean, with
     * the parents not marked in `moving` [parents] held, is affine in the marked ones: so that a noise of 0 and the
     * marked parents' means give the value's mean. */
    bool (*passes_means)(const cgm_mechanism *m, const bool *moving);
    /* Optional, for a variable whose level is the number of cuts below an index mean(parents) + u, u standard normal
     * (probit models): the cuts, rising, [levels - 1], borrowed; NULL unless the mean, with the parents not marked in
     * `moving` held, is affine in the marked ones. */
    const double *(*normal_cuts)(const cgm_mechanism *m, const bool *moving);
    /* The mean of that index, [n]; there where normal_cuts is. */
    void (*index_mean)(const cgm_mechanism *m, const cgm_values *parents, size_t n, double *out);
    /* Optional. The fitted coefficients, in blocks that are independent of one another; returns how many there are, 0
     * where none was fitted. */
    size_t (*coefficients)(cgm_mechanism *m, cgm_coefficients out[CGM_MAX_COEFFICIENTS]);
    /* Optional. Whether there is one node, whose noise is one standard normal number that the value and the parents
     * determine: such noises may be correlated with one another. The engine then draws it itself, as
     * cgm_rng_normal does. */
    bool (*has_normal_noise)(const cgm_mechanism *m);
    /* The noise of every node given the variable's value: noise[i] is [n, noise_width of node i]. internals[i], [n,
     * width], receives the values of the internal nodes that go with it. Row i of the answer depends on row i and its
     * own stream (cgm_abduct_stream) alone, so any batching gives the same bits. */
    cgm_status (*abduct)(cgm_mechanism *m, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                         const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise);
    /* Optional, of a variable with levels: P(x' = b | x = a, parents, counter_parents), [n, levels of a, levels of b],
     * where x' is what `predict` makes of the counter_parents and of the noise that gave x = a: the law of what abduct
     * and predict draw. Where x = a cannot be, any distribution. */
    cgm_status (*counterfactual)(cgm_mechanism *m, const cgm_values *parents, const cgm_values *counter_parents,
                                 size_t n, double *out);
    /* Optional. What a critic that the mechanism was trained against says of the values given the parents, [n]: a
     * number that rises with how real it takes them to be. */
    cgm_status (*score)(cgm_mechanism *m, const cgm_values *parents, const cgm_values *value, int threads, double *out);
    /* Optional. The posterior of its first node given the value and the parents, where it is normal with independent
     * numbers: means and logarithms of standard deviations, [n, width of that node]. */
    cgm_status (*posterior)(cgm_mechanism *m, const cgm_values *parents, const cgm_values *value, int threads,
                            double *mean, double *log_scale);
    /* Optional, of images, and not for mechanisms of your own: what counterfactual fine-tuning works on. CGM_E_CONFIG
     * with the reason where its options rule that out. */
    cgm_status (*tunable)(cgm_mechanism *m, struct image_tunable *out);
    /* Optional, of images that are trained: the network that makes them, as graph, for as long as the mechanism lives
     * and is not fitted. */
    cgm_status (*generator)(cgm_mechanism *m, struct cgm_image_generator *out);
} cgm_mechanism_class;

/* Every mechanism struct starts with this. */
struct cgm_mechanism {
    const cgm_mechanism_class *methods;
};

/* For create: reads spec->options with methods->keys into the struct `into` of `size` bytes, which the caller has
 * filled with the defaults. The key `kind`, which chose the class, is accepted too. Errors: those of cgm_yaml_read. */
CGM_API cgm_status cgm_mechanism_read_options(const cgm_mechanism_class *methods, const cgm_mechanism_spec *spec,
                                              size_t size, void *into) CGM_CHECKED;

/* The optional methods that answer yes or no: no where there is none. */
static inline bool cgm_mechanism_is_known(const cgm_mechanism *m)
{
    return m->methods->is_known && m->methods->is_known(m);
}
static inline bool cgm_mechanism_has_normal_noise(const cgm_mechanism *m)
{
    return m->methods->has_normal_noise && m->methods->has_normal_noise(m);
}
static inline bool cgm_mechanism_passes_means(const cgm_mechanism *m, const bool *moving)
{
    return m->methods->passes_means && m->methods->passes_means(m, moving);
}

/* Rows [begin, begin + n) of values. */
static inline cgm_values cgm_values_rows(const cgm_values *values, size_t begin, size_t n)
{
    return (cgm_values){.n = n, .width = values->width, .data = values->data + begin * values->width};
}

#endif
