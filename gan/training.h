/* The one training loop of adversarial models: a critic and a generator that move in turn, so many moves of the critic
 * to one of the generator, each by a gradient step on a batch. A model says what a player minimises as graph
 * (gan_model.move); everything else is here: batches and noise, what one player makes for the other, weight clipping,
 * skipped steps, metrics, and the state that resumes to the same bits. Internal to gan/. */
#ifndef CGM_GAN_TRAINING_H
#define CGM_GAN_TRAINING_H

#include "gan/growth.h"
#include "gan/image_buffer.h"
#include "nn/params.h"
#include "scm/networks/parents.h"
#include "scm/networks/scale.h"
#include "scm/train.h"

typedef enum gan_player { GAN_CRITIC, GAN_GENERATOR, GAN_PLAYERS } gan_player;

#define GAN_MOVE_INPUTS 8
#define GAN_MOVE_METRICS 6
#define GAN_DOMAINS 2 /* kinds of rows that a model may tell apart */

/* What fills an input [n, ...] of a move. */
typedef enum gan_source {
    GAN_DATA,    /* the variable at a batch's rows: pixels in [0, 255], a vector's numbers scaled */
    GAN_PARENTS, /* the parents' features there */
    GAN_NORMAL,  /* standard normal numbers, new for each move */
    GAN_UNIFORM, /* numbers uniform on (0, 1) */
    GAN_MADE,    /* what the generator's last move made */
    GAN_ALPHA    /* of networks that grow: how far their level has faded in; a scalar, not a row a sample */
} gan_source;

/* What a model adds to a graph for a player's move on a batch. */
typedef struct gan_move {
    int64_t n;     /* samples */
    int level;     /* of networks that grow: 0 the lowest */
    cgm_node loss; /* a scalar: the gradient is by the player's parameters alone */
    size_t n_metrics;
    struct {
        const char *name;
        cgm_node value;         /* a scalar */
    } metric[GAN_MOVE_METRICS]; /* beside the loss */
    size_t n_inputs;
    struct {
        gan_source source;
        int domain;
        cgm_node node;
    } input[GAN_MOVE_INPUTS];
    cgm_node made[GAN_DOMAINS]; /* of the generator's move: samples [n, ...] that the critic's move takes as GAN_MADE */
} gan_move;

/* An input of the move; shape's first extent is move->n, but for GAN_ALPHA. */
cgm_node cgm_gan_input(gan_move *move, cgm_graph *g, gan_source source, const char *name, cgm_shape shape);
/* The same of a domain: its rows' data and parents, or what was made for it. */
cgm_node cgm_gan_input_of(gan_move *move, cgm_graph *g, gan_source source, int domain, const char *name,
                          cgm_shape shape);
void cgm_gan_metric(gan_move *move, const char *name, cgm_node value);

/* Adds what the player minimises. */
typedef void gan_move_build(const void *context, gan_player player, cgm_graph *g, gan_move *out);
/* Builds both moves once at each of so many levels (1 of networks that do not grow), on n samples, which declares the
 * model's parameters. */
cgm_status cgm_gan_declare(gan_move_build *move, const void *context, int64_t n, int levels) CGM_CHECKED;

/* A model in training. Everything is borrowed until cgm_gan_training_end. */
typedef struct gan_model {
    const cgm_variable *variable;
    network_parents *parents;        /* their scaling is learnt from the training rows */
    network_scale *scale;            /* of a vector: likewise; NULL of an image */
    cgm_params *params[GAN_PLAYERS]; /* declared; initialised by begin unless they are already */
    gan_move_build *move;
    const void *context;
    gan_growth *growth; /* NULL: the networks do not grow. Its phase is kept up to date */
    /* A parent whose levels are the domains: each has batches of its own rows, as many as the other. NULL: all rows are
     * one domain. */
    const cgm_variable *domain;
    size_t buffer;         /* images made earlier, of each domain, that the critic may see instead of new ones */
    uint64_t critic_steps; /* moves of the critic to one of the generator */
    double rate_factor[GAN_PLAYERS]; /* on the rate of the `train` map */
    double clip_weights; /* after each of its moves the critic's parameters are held within +-this; 0: not */
    cgm_train_defaults defaults;
} gan_model;

typedef struct gan_training gan_training;

/* Like the mechanism's methods fit_begin, fit_step, state and fit_end. A step is one move of the generator and those of
 * the critic before it, or after it where it makes what they see. An epoch is as many batches as the larger domain
 * has. */
cgm_status cgm_gan_training_begin(const gan_model *model, const cgm_fit *fit, cgm_fit_report *report,
                                  gan_training **out) CGM_CHECKED;
cgm_status cgm_gan_training_step(gan_training *t, const cgm_fit *fit, cgm_fit_report *report) CGM_CHECKED;
/* The averaged parameters of both players, and of a training under way, if there is one, all that resuming needs.
 * Parameters that have no values yet, as they are about to be loaded, are given some. */
cgm_status cgm_gan_state(cgm_params *generator, cgm_params *critic, gan_training *training,
                         cgm_state *state) CGM_CHECKED;
/* How far the game is, in the report. */
void cgm_gan_training_report(const gan_training *t, cgm_fit_report *report);
/* Whether a step has been made. */
bool cgm_gan_training_has_begun(const gan_training *t);
void cgm_gan_training_end(gan_training *t);

#endif
