/* The one training loop of models of images with a loss of each image: mostly the evidence lower bound, which gradient
 * steps on shuffled batches maximise, and of predictors, which read images, what they lose. A model says how its bound
 * is built as graph (image_model); everything else is here: batches and their augmentation, noise, the weight of the KL
 * terms, gradients over several batches, skipped steps and the way back from divergence, validation and early stopping,
 * metrics, and the state that resumes to the same bits. Internal. */
#ifndef CGM_SCM_NETWORKS_TRAINING_H
#define CGM_SCM_NETWORKS_TRAINING_H

#include "scm/networks/parents.h"
#include "scm/train.h"

#define IMAGE_MAX_GROUPS 12 /* groups of latent variables whose KL terms are told apart */

/* What a model adds to a graph for one batch of n images; mode and arena are set before. */
typedef struct image_bound {
    cgm_mode mode;    /* what the graph is for: training, or validation and queries */
    cgm_arena *arena; /* of the noise */
    cgm_node nll;     /* [n, 1]: -log p(x | z, pa) of each image in nats */
    size_t n_groups;  /* 0: nll is any loss that is no likelihood, and is reported as such, a number of the image */
    cgm_node kl[IMAGE_MAX_GROUPS]; /* [n, 1] each: KL(q(z | x, pa) || p(z)) in nats, of each group of latent variables,
                                      e.g. of each resolution */
    cgm_node mask; /* optional, of training: an input [1, features] that is 1, or in a step that drops parents 0 at
                      theirs */
    size_t n_noise, noise_capacity;
    cgm_node *noise; /* inputs that the loop fills with standard normal numbers: see cgm_image_bound_noise */
} image_bound;

/* An input of standard normal numbers, new for each batch. */
cgm_node cgm_image_bound_noise(image_bound *bound, cgm_graph *g, const char *name, cgm_shape shape);

/* A model in training. Everything is borrowed until cgm_image_training_end. */
typedef struct image_model {
    const cgm_variable *variable; /* the image */
    network_parents *parents;     /* their scaling is learnt from the rows that are trained on */
    cgm_params *params;           /* declared; initialised by begin unless they are already */
    /* Adds the bound of a batch: pixels [n, C, H, W] in [0, 255]; pa [n, features], no node where there are none.
     * Training and validation are a graph each, of the same groups; their noise may differ. */
    void (*bound)(const void *context, cgm_graph *g, cgm_node pixels, cgm_node pa, image_bound *out);
    const void *context;
    const char *group_name[IMAGE_MAX_GROUPS]; /* "16": its KL is shown as kl_16. NULL where there is one group */
    /* The loss is in nats a number of the image (C H W), as the literature's clip and skip norms of hierarchical models
     * take it; else in nats an image. */
    bool per_dimension;
    double dropout;                /* probability that a batch drops the marked parents, all together */
    bool dropped[CGM_MAX_PARENTS]; /* the parents that it drops */
    size_t first_row, n_rows;      /* the training rows that it sees: n_rows from the first on; 0 of them: all */
    size_t numbers; /* of what a loss that is no likelihood is reported by; 0: the numbers of the image */
    /* NULL, or called before the averaged parameters are judged at an epoch's end, to bring up to date what goes with
     * them. */
    cgm_status (*settle)(const void *context);
    cgm_train_defaults defaults;
} image_model;

typedef struct image_training image_training;

/* Like the mechanism's methods fit_begin, fit_step, state and fit_end. */
cgm_status cgm_image_training_begin(const image_model *model, const cgm_fit *fit, cgm_fit_report *report,
                                    image_training **out) CGM_CHECKED;
cgm_status cgm_image_training_step(image_training *t, const cgm_fit *fit, cgm_fit_report *report) CGM_CHECKED;
/* What resuming needs of the loop. The parameters are the model's to add: cgm_state_add_params(..., true). */
cgm_status cgm_image_training_state(image_training *t, cgm_state *state) CGM_CHECKED;
/* What the parents taught, and the averaged parameters, which answer queries; of a training under way, if there is one,
 * all that resuming needs. A model that has no values yet, as it is about to be loaded, is given some. */
cgm_status cgm_image_state(network_parents *parents, cgm_params *params, image_training *training,
                           cgm_state *state) CGM_CHECKED;
/* How many rows are trained on, the model's first ones, and how many after them are held out. */
void cgm_image_training_rows(const image_training *t, size_t *trained, size_t *held);
/* Whether a step has been made. */
bool cgm_image_training_has_begun(const image_training *t);
/* Leaves in the parameters' EMA what is to answer queries: the best weights where early stopping chose, else the last.
 */
void cgm_image_training_end(image_training *t);

#endif
