/* What the players of an adversarial game minimise: one row a loss. s is a critic's score of a sample, in the language
 * of Goodfellow et al. the logit of D; each term is a mean over the scores. Internal to gan/. */
#ifndef CGM_GAN_LOSSES_H
#define CGM_GAN_LOSSES_H

#include "graph/ops.h"

typedef struct gan_loss {
    const char *name; /* in configs */
    const char *doc;
    bool smooths;   /* takes label smoothing */
    bool estimates; /* the critic's gain is an estimate of the Wasserstein distance, if the critic is Lipschitz */
    double middle;  /* above this score the critic takes a sample for real; of a loss that estimates it says nothing */
    /* What each score adds, element by element. smoothing: how far the target of real samples is below 1 (Salimans et
     * al. 2016, section 3.4: one-sided). */
    cgm_node (*real)(cgm_graph *g, cgm_node score, double smoothing);
    cgm_node (*fake)(cgm_graph *g, cgm_node score);
    cgm_node (*generator)(cgm_graph *g, cgm_node score);
} gan_loss;

/* The first is the default. */
#define GAN_LOSS_TABLE(ROW)                                                                                            \
    ROW(NON_SATURATING, non_saturating)                                                                                \
    ROW(MINIMAX, minimax)                                                                                              \
    ROW(LEAST_SQUARES, least_squares)                                                                                  \
    ROW(HINGE, hinge)                                                                                                  \
    ROW(WASSERSTEIN, wasserstein)

#define GAN_LOSS_ENUMERATOR(upper, lower) GAN_LOSS_##upper,
typedef enum gan_loss_kind { GAN_LOSS_TABLE(GAN_LOSS_ENUMERATOR) GAN_LOSS_KINDS } gan_loss_kind;
#undef GAN_LOSS_ENUMERATOR

const gan_loss *cgm_gan_loss(gan_loss_kind kind);
/* The mean of all elements, a scalar. */
cgm_node cgm_gan_mean(cgm_graph *g, cgm_node x);

#endif
