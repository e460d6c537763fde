/* Composition: how far an image is from itself after null interventions in a row, each of which sets the image's
 * parents to what they are, abducts the image that the last one gave, and predicts (Monteiro et al. 2023, "Measuring
 * axiomatic soundness of counterfactual image models", section 3.1, with the L1 distance). What is seen is what the
 * mechanism does to an image that it should leave alone, under the query's temperatures. */
#include <stdlib.h>
#include <string.h>

#include "metrics/metrics.h"
#include "scm/object.h"
#include "scm/runs/answer_priv.h"
#include "scm/runs/run_priv.h"

/* do(pa = pa) for each parent that can be set, with the batch's values. */
static size_t null_intervention(const cgm_answer *answer, size_t image, cgm_intervention *out)
{
    const cgm_scm *scm = answer->run->scm;
    const size_t *parent;
    size_t n_parents = cgm_scm_parents(scm, image, &parent), n = 0;
    for (size_t k = 0; k < n_parents; k++) {
        size_t node = cgm_scm_node_of(scm, parent[k]);
        if (scm->variable[parent[k]].refuses_do) continue;
        out[n++] = (cgm_intervention){.node = node, .to = -1, .values = answer->factual->value[node].data};
    }
    return n;
}

cgm_status cgm_answer_check_cycles(const cgm_answer *answer)
{
    const cgm_scm *scm = answer->run->scm;
    int image = cgm_answer_image(answer);
    const size_t *parent;
    if (answer->query.cycles == 0) return CGM_OK;
    if (answer->query.kind == CGM_SAMPLE)
        return CGM_FAIL(CGM_E_ARG, "cycles: a sample has no null intervention; expected a counterfactual");
    if (image < 0) return CGM_FAIL(CGM_E_ARG, "cycles: the graph has no image to compare with itself");
    size_t n = cgm_scm_parents(scm, (size_t)image, &parent);
    for (size_t k = 0; k < n; k++)
        if (!scm->variable[parent[k]].refuses_do) return CGM_OK;
    return CGM_FAIL(CGM_E_UNSUPPORTED, "cycles: '%s' has no parent that can be set",
                    scm->variable[image].variable.name);
}

/* One null intervention: from's image is abducted, to's is what it gives. */
static cgm_status compose_once(const cgm_answer *answer, const cgm_rng *rng, size_t n_do,
                               const cgm_intervention *null_do, cgm_world *from, cgm_world *to)
{
    CGM_TRY(cgm_scm_abduct(answer->run->scm, rng, &answer->opts, from));
    return cgm_scm_predict(answer->run->scm, from, n_do, null_do, &answer->opts, to);
}

/* Image by image, so that sums do not depend on batches. */
static void add_distances(const cgm_answer *answer, size_t node, const cgm_world *world, double *sum)
{
    const cgm_values *a = &answer->factual->value[node], *b = &world->value[node];
    for (size_t i = 0; i < a->n; i++)
        *sum += cgm_mean_absolute_error(a->width, a->data + i * a->width, b->data + i * a->width);
}

static cgm_status compose(const cgm_answer *answer, size_t image, cgm_world *from, cgm_world *to, double sums[2])
{
    const cgm_scm *scm = answer->run->scm;
    cgm_rng root = cgm_rng_create(answer->query.seed), rng = cgm_rng_split(&root, "composition");
    cgm_intervention null_do[CGM_MAX_PARENTS];
    size_t n_do = null_intervention(answer, image, null_do), node = cgm_scm_node_of(scm, image);
    for (size_t cycle = 1; cycle <= answer->query.cycles; cycle++) {
        cgm_rng stream = cgm_rng_split_index(&rng, cycle);
        CGM_TRY(compose_once(answer, &stream, n_do, null_do, from, to));
        if (cycle == 1) add_distances(answer, node, to, &sums[0]);
        memcpy(from->value[node].data, to->value[node].data,
               to->value[node].n * to->value[node].width * sizeof(double));
    }
    add_distances(answer, node, to, &sums[1]);
    return CGM_OK;
}

cgm_status cgm_answer_compose(const cgm_answer *answer, size_t image, double sums[2])
{
    cgm_world *from = NULL, *to = NULL;
    cgm_status status = cgm_answer_copy_factual(answer, &from);
    if (status == CGM_OK) status = cgm_world_create(answer->run->scm, answer->count, &to);
    if (status == CGM_OK) status = compose(answer, image, from, to, sums);
    cgm_world_destroy(from);
    cgm_world_destroy(to);
    return status;
}
