/* Images with noise, and what a mechanism abducts from them: a denoising autoencoder is trained to give the images
 * without noise back (Vincent et al. 2008). */
#include <math.h>

#include "scm/answers/answer_priv.h"
#include "scm/runs/run_priv.h"

cgm_status cgm_answer_check_denoise(const cgm_answer *answer)
{
    const cgm_query *q = &answer->query;
    if (q->denoise == 0) return CGM_OK;
    if (!(q->denoise > 0 && isfinite(q->denoise)))
        return CGM_FAIL(CGM_E_ARG, "denoise: %g; expected a standard deviation", q->denoise);
    if (q->kind == CGM_SAMPLE)
        return CGM_FAIL(CGM_E_ARG, "denoise: a sample abducts nothing; expected a counterfactual");
    if (cgm_answer_image(answer) < 0) return CGM_FAIL(CGM_E_ARG, "denoise: the graph has no image to add noise to");
    return CGM_OK;
}

/* A row's noise does not depend on the batch that it is in. */
static void add_noise(const cgm_answer *answer, const cgm_rng *rng, cgm_values *pixels)
{
    for (size_t i = 0; i < pixels->n; i++) {
        cgm_rng row = cgm_rng_split_index(rng, answer->begin + i);
        double *x = pixels->data + i * pixels->width;
        for (size_t j = 0; j < pixels->width; j++) x[j] += 255 * answer->query.denoise * cgm_rng_normal(&row);
    }
}

cgm_status cgm_answer_abduct_noisy(const cgm_answer *answer, size_t image, cgm_world **out)
{
    const cgm_scm *scm = answer->run->scm;
    cgm_rng root = cgm_rng_create(answer->query.seed), rng = cgm_rng_split(&root, "denoising");
    cgm_rng noise = cgm_rng_split(&rng, "noise");
    cgm_world *world = NULL;
    CGM_TRY(cgm_answer_copy_factual(answer, &world));
    add_noise(answer, &noise, &world->value[cgm_scm_node_of(scm, image)]);
    cgm_status status = cgm_scm_abduct(scm, &rng, &answer->opts, world);
    if (status == CGM_OK)
        *out = world;
    else
        cgm_world_destroy(world);
    return status;
}
