/* CycleGAN (Zhu et al. 2017) as a mechanism: what its files share. Internal to gan/.
 *
 * The image's one parent has two levels: the domain, a or b. The noise is the image itself with its domain, which is
 * published as IMAGE.origin:
 *
 *     origin := u,   u = (x, d)          independent of the parent
 *     f(d', origin) = x                  where d' = d
 *                     G_ab(x)            where d = a and d' = b, G_ba(x) the other way round
 *
 * so that a counterfactual under the other domain is a translation, and abduction is exact. What law u has is not
 * known, so there are no samples. Nothing pairs images of a with images of b: generators and critics are trained on
 * unpaired ones, and what keeps G_ab(x) close to x is that G_ba takes it back. */
#ifndef CGM_GAN_CYCLEGAN_H
#define CGM_GAN_CYCLEGAN_H

#include "gan/networks/translator.h"
#include "gan/training.h"
#include "scm/networks/part.h"

typedef struct cyclegan_options {
    int network; /* gan_translator_kind */
    int64_t width, blocks, critic_width, critic_layers, buffer;
    double cycle, identity; /* weights of these losses */
} cyclegan_options;

typedef struct cyclegan {
    cgm_mechanism base;
    const cgm_variable *variable, *domain;
    network_parents parents;
    cyclegan_options options;
    gan_translators networks;
    cgm_mechanism_node node[2];          /* origin, the variable */
    network_part generator[GAN_DOMAINS]; /* to each domain */
    gan_training *training;              /* while a fit is under way */
} cyclegan;

/* ---- The game (cyclegan_game.c) ---- */

/* What a player minimises, for gan_model.move; context is a cyclegan. */
void cgm_cyclegan_move(const void *context, gan_player player, cgm_graph *g, gan_move *out);

cgm_status cgm_cyclegan_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
cgm_status cgm_cyclegan_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report);
void cgm_cyclegan_fit_end(cgm_mechanism *base);

/* ---- Inference (cyclegan_infer.c) ---- */

cgm_status cgm_cyclegan_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                                const cgm_values *noise, int threads, cgm_values *out);
cgm_status cgm_cyclegan_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                               const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise);

#endif
