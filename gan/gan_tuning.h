/* The encoder trained alone, by cyclic costs, once the game is over (Melistas et al. 2024, the encoder of their GAN):
 * the generator that answers queries is held, and E minimises
 *
 *     image |x - G(E(x, pa), pa)| + latent |z - E(G(z, pa), pa)|,  z ~ N(0, I)
 *
 * means over a batch and over numbers, x as the networks see it. Internal to gan/. */
#ifndef CGM_GAN_GAN_TUNING_H
#define CGM_GAN_GAN_TUNING_H

#include "gan/gan.h"

/* A fit that has this stage: makes its room. Nothing where the options ask for none. After cgm_gan_training_begin. */
cgm_status cgm_gan_tuning_begin(gan *m, const cgm_fit *fit) CGM_CHECKED;
/* Whether the stage is under way. */
bool cgm_gan_tuning_has_started(const gan *m);
/* From here on steps are of this stage: the averaged networks are held, or gone on with. */
void cgm_gan_tuning_start(gan *m);
/* A step; the averaged encoder is the mechanism's at once. */
cgm_status cgm_gan_tuning_step(gan *m, const cgm_fit *fit, cgm_fit_report *report) CGM_CHECKED;
/* Adds to what the game reports how far the stage is. */
void cgm_gan_tuning_report(const gan *m, cgm_fit_report *report);
size_t cgm_gan_tuning_bytes(const gan *m);
cgm_status cgm_gan_tuning_state(gan *m, cgm_state *state) CGM_CHECKED;
void cgm_gan_tuning_end(gan *m);

#endif
