/* The inside of a predictor: what its files share. Internal to scm/.
 *
 *     h := network(image, given attributes)        features, the activations before the last linear layer
 *     attribute ~ law(W h + b)                     by the attribute's type: law.h
 *
 * A network is a row of network.h and a file. Training maximises the law's probability, by the loop of all models of
 * images (scm/networks/training.h). */
#ifndef CGM_SCM_PREDICTOR_PRIV_H
#define CGM_SCM_PREDICTOR_PRIV_H

#include "scm/networks/standing.h"
#include "scm/networks/training.h"
#include "scm/predictors/predictor.h"

struct predictor_network;
struct predictor_law;

/* How images are attacked in training; share 0: they are not. */
typedef struct predictor_adversarial {
    double epsilon, share; /* grey levels; probability of each image */
} predictor_adversarial;
/* Which of the training rows it may see. */
typedef enum predictor_rows_kind {
    PREDICTOR_ROWS_ALL,
    PREDICTOR_ROWS_FIRST_HALF,
    PREDICTOR_ROWS_SECOND_HALF
} predictor_rows_kind;

/* The map of one predictor in the config, with nothing left unsaid. */
typedef struct predictor_options {
    const char *from, *of;
    cgm_texts given;
    int rows;    /* predictor_rows_kind */
    int network; /* predictor_network_kind */
    int64_t width, epochs, batch, seed, patience;
    double minutes, rate, validation;
    const cgm_yaml *augment, *adversarial;
} predictor_options;

/* What is compiled for queries, of pixels and given attributes: the features; the law's numbers; its scores. */
typedef enum predictor_part { PREDICTOR_FEATURES, PREDICTOR_LAW, PREDICTOR_SCORES, PREDICTOR_PARTS } predictor_part;

#define PREDICTOR_MOST_LAYERS 16 /* of a network */

/* The layers of a network in order, from the image on: what each gives, [n, K, H, W] or [n, K], and how many parameters
 * had been declared once it was built, so that its own are those from the layer before on. */
typedef struct predictor_trace {
    size_t n;
    struct {
        char name[32];
        cgm_node out;
        size_t parameters;
    } layer[PREDICTOR_MOST_LAYERS];
} predictor_trace;

struct cgm_predictor {
    cgm_mechanism base; /* of cgm_predictor_class: it is fitted and filed as mechanisms are, and never asked as one */
    cgm_arena arena;
    const char *name;
    const cgm_variable *attribute, *image;
    /* What a row of training holds beside the image: the given attributes, then the attribute itself, which the loss
     * alone sees. */
    size_t n_given;
    network_parents seen;
    const struct predictor_network *network;
    const struct predictor_law *law;
    int64_t width;    /* of the network's first layer */
    int64_t features; /* numbers */
    cgm_train_opts train;
    predictor_adversarial adversarial;
    cgm_params *params;
    predictor_rows_kind share;
    uint64_t first, rows[2]; /* of the rows that it saw the first; how many were fitted, validated */
    /* What makes its law as sure as the validated rows ask for (metrics/calibration.h): of levels a temperature; of
     * numbers what is added to the mean, as a share of their deviation, and a factor on the scale, the temperature. */
    double offset, temperature;
    network_part part[PREDICTOR_PARTS];
    image_training *training; /* while a fit is under way, as is what follows */
    size_t begin, fitted;     /* rows; those of a file that is gone on with are not asked */
    network_standing standing;
    cgm_rng standing_rng;
    const cgm_dataset *data;
    const cgm_sink *sink;
    int threads;
};

/* ---- Making (predictor.c) ---- */

extern const cgm_mechanism_class cgm_predictor_class;
/* From its map in the section `predictors`; seed: where the map says none. The model is borrowed. CGM_E_CONFIG at the
 * map's line. */
cgm_status cgm_predictor_create(const char *name, const cgm_yaml *map, const cgm_scm *scm, int64_t seed,
                                cgm_predictor **out) CGM_CHECKED;
void cgm_predictor_destroy(cgm_predictor *p);
/* Builds the model once, which declares its parameters, and tells of its layers unless `trace` is NULL: their nodes are
 * gone. */
cgm_status cgm_predictor_declare(cgm_predictor *p, predictor_trace *trace) CGM_CHECKED;

/* ---- Other parameters (redraw.c) ---- */

/* A copy that answers queries as p does, and has parameters as training began with beside that; with its layers. p must
 * outlive it. For cgm_predictor_destroy. */
cgm_status cgm_predictor_copy_redrawn(const cgm_predictor *p, const cgm_rng *rng, predictor_trace *trace,
                                      cgm_predictor **out) CGM_CHECKED;
/* From now on the copy answers with the drawn ones of parameters first to end - 1. */
void cgm_predictor_use_drawn(cgm_predictor *copy, size_t first, size_t end);
/* The training rows that it may see, n from the first on, trained or not. */
void cgm_predictor_share(const cgm_predictor *p, const cgm_dataset *data, size_t *first, size_t *n);

/* ---- Options (predictor_options.c) ---- */

cgm_status cgm_predictor_read_options(const char *name, const cgm_yaml *map, int64_t seed,
                                      predictor_options *out) CGM_CHECKED;
/* The same as training takes them. */
cgm_status cgm_predictor_read_training(const char *name, const predictor_options *options,
                                       cgm_train_opts *out) CGM_CHECKED;

/* ---- As graph (predictor_graph.c) ---- */

/* Pixels [n, C, H, W] in grey levels and the features of the given attributes, no node where there are none -> [n,
 * features]. */
cgm_node cgm_predictor_graph_features(const cgm_predictor *p, cgm_graph *g, cgm_node pixels, cgm_node given,
                                      cgm_mode mode);
/* The same, and the layers on the way. */
cgm_node cgm_predictor_graph_layers(const cgm_predictor *p, cgm_graph *g, cgm_node pixels, cgm_node given,
                                    cgm_mode mode, predictor_trace *trace);
/* -> what the law is made of, [n, numbers]. */
cgm_node cgm_predictor_graph_head(const cgm_predictor *p, cgm_graph *g, cgm_node features);
/* -> what levels are read by, [n, scores], or the mean in the data's units, [n, 1]: law.h. */
cgm_node cgm_predictor_graph_scores(const cgm_predictor *p, cgm_graph *g, cgm_node features);
/* Adds the loss of each image, [n, 1] in nats: seen holds the given attributes' features, then the attribute's. */
cgm_node cgm_predictor_graph_loss(const cgm_predictor *p, cgm_graph *g, cgm_node pixels, cgm_node seen, cgm_mode mode);
/* The same, and the layers on the way. */
cgm_node cgm_predictor_graph_loss_layers(const cgm_predictor *p, cgm_graph *g, cgm_node pixels, cgm_node seen,
                                         cgm_mode mode, predictor_trace *trace);
/* Of the given attributes together. */
int64_t cgm_predictor_given_features(const cgm_predictor *p);

/* ---- Queries (predictor_infer.c) ---- */

/* How the given attributes are scaled, without the attribute, which the network does not see. */
network_parents cgm_predictor_given_scaling(const cgm_predictor *p);
/* What one row's law is read as. */
double cgm_predictor_value(const cgm_predictor *p, const double *law);

/* ---- Calibration (calibrate.c) ---- */

/* Its law as training has it; what was compiled of another is dropped. */
void cgm_predictor_uncalibrate(cgm_predictor *p);
/* Fits its offset and temperature to the validated rows of the data set; without them they are 0 and 1. */
cgm_status cgm_predictor_calibrate(cgm_predictor *p, const cgm_dataset *data, int threads) CGM_CHECKED;

/* ---- Adversarial training (adversarial.c) ---- */

/* Reads the map, which may be NULL: no attacks. what: its place, for messages. */
cgm_status cgm_predictor_read_adversarial(const cgm_yaml *map, const char *what,
                                          predictor_adversarial *out) CGM_CHECKED;
/* The pixels that a step trains on, which are no function of the parameters: some of them attacked, as the bound's
 * noise chooses, where the bound is of training and the config says so. Before the training's own loss is built. */
cgm_node cgm_predictor_graph_attacked(const cgm_predictor *p, cgm_graph *g, cgm_node pixels, cgm_node seen,
                                      image_bound *bound);

/* ---- Training (predictor_train.c) ---- */

cgm_status cgm_predictor_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
cgm_status cgm_predictor_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
void cgm_predictor_fit_end(cgm_mechanism *base);

#endif
