/* The fast gradient sign method: Goodfellow, Shlens, Szegedy 2015, "Explaining and harnessing adversarial examples". */
#include <string.h>

#include "scm/attacks/method.h"

static cgm_status run(const attack_victim *victim, const attack_question *q, const attack_batch *batch,
                      cgm_arena *arena)
{
    size_t numbers = batch->n * victim->width;
    double *slope = cgm_arena_array(arena, numbers, sizeof *slope);
    double *score = cgm_arena_array(arena, batch->n, sizeof *score);
    if (!slope || !score) return CGM_E_MEMORY;
    memcpy(batch->attacked, batch->image, numbers * sizeof *batch->image);
    return cgm_attack_step(victim, q, batch, q->epsilon, batch->attacked, slope, score);
}

const attack_method cgm_attack_fgsm = {
    .name = "fgsm",
    .doc = "one step of epsilon by the sign of the gradient (Goodfellow et al. 2015)",
    .continuous = true,
    .bounded = true,
    .run = run,
};
