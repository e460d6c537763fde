/* What tells that a game goes wrong: how balanced the players are, and whether the generator's pixels saturate.
 * Internal to gan/. */
#ifndef CGM_GAN_WATCH_H
#define CGM_GAN_WATCH_H

#include "gan/losses.h"
#include "scm/mechanism.h"

/* The share of samples that the critic tells right, real above the loss's middle and fake below it, real and fake with
 * the same weight: a half where it cannot tell them apart. Of a loss that has a middle. */
cgm_node cgm_gan_accuracy(cgm_graph *g, const gan_loss *loss, cgm_node of_real, cgm_node of_fake);
/* The share of pixels in [-1, 1] within 1/255 of the range of its ends. */
cgm_node cgm_gan_saturated(cgm_graph *g, cgm_node pixels);

/* What is said to try; NULL: nothing is said. */
typedef struct gan_advice {
    const char *critic_won, *saturated;
} gan_advice;

/* The means of the metrics "accuracy" and "saturated" over an epoch, of the steps made in this session. */
typedef struct gan_watch {
    gan_advice advice;
    double saturated_data; /* that share of the data; 1 where there is no image */
    size_t steps;
    double accuracy, saturated; /* sums; NaN where the model has no such metric */
    bool told_accuracy, told_saturated;
} gan_watch;

void cgm_gan_watch_begin(const cgm_variable *variable, const cgm_dataset *data, gan_advice advice, gan_watch *watch);
/* After each step. Warns once when an epoch's accuracy is 0.99 or more, and once when less than a tenth as many of the
 * generator's pixels as of the data's are between the ends. */
void cgm_gan_watch_step(gan_watch *watch, const cgm_variable *variable, const cgm_fit_report *report,
                        const cgm_sink *sink);

#endif
