/* The basic iterative method, and with a target the iterative method of the chosen class: Kurakin, Goodfellow, Bengio
 * 2017, "Adversarial examples in the physical world". Their steps are of one grey level, min(epsilon + 4, 1.25 epsilon)
 * of them; here 1.25 epsilon is cut into as many steps as there are, so that a few large ones reach as far. */
#include <math.h>
#include <string.h>

#include "scm/attacks/method.h"

#define FEWEST 4

static size_t steps(double epsilon)
{
    double usual = ceil(fmin(epsilon + 4, 1.25 * epsilon));
    return usual > FEWEST ? (size_t)usual : FEWEST;
}

static cgm_status run(const attack_victim *victim, const attack_question *q, const attack_batch *batch,
                      cgm_arena *arena)
{
    size_t numbers = batch->n * victim->width;
    double *slope = cgm_arena_array(arena, numbers, sizeof *slope), step = 1.25 * q->epsilon / (double)q->iterations;
    double *score = cgm_arena_array(arena, batch->n, sizeof *score);
    if (!slope || !score) return CGM_E_MEMORY;
    memcpy(batch->attacked, batch->image, numbers * sizeof *batch->image);
    for (size_t k = 0; k < q->iterations; k++)
        CGM_TRY(cgm_attack_step(victim, q, batch, step, batch->attacked, slope, score));
    return CGM_OK;
}

const attack_method cgm_attack_iterative_fgsm = {
    .name = "iterative_fgsm",
    .doc = "many small steps by the sign of the gradient within epsilon (Kurakin et al. 2017)",
    .continuous = true,
    .bounded = true,
    .steps = steps,
    .run = run,
};

/* The same changes, made for another predictor: Papernot, McDaniel, Goodfellow, Jha, Celik, Swami 2017, "Practical
 * black-box attacks against machine learning". */
const attack_method cgm_attack_surrogate = {
    .name = "surrogate",
    .doc = "iterative_fgsm on another predictor, or on one that is fitted to the answers (Papernot et al. 2017)",
    .continuous = true,
    .bounded = true,
    .transfers = true,
    .steps = steps,
    .run = run,
};
