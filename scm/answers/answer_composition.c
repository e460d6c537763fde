/* What becomes of an image in cycles that should leave it as it is (Monteiro et al. 2023, "Measuring axiomatic
 * soundness of counterfactual image models", section 3.1): composition, null interventions in a row, each of which sets
 * the image's parents to what they are, abducts the image that the last one gave, and predicts; reversibility, an
 * intervention and then one that undoes it, both of which abduct. What is seen is what the mechanism does to the image
 * under the query's temperatures. */
#include <stdlib.h>
#include <string.h>

#include "metrics/metrics.h"
#include "scm/answers/answer_priv.h"
#include "scm/object.h"
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

cgm_status cgm_answer_check_parents(const cgm_scm *scm, size_t image)
{
    const size_t *parent;
    size_t n = cgm_scm_parents(scm, image, &parent);
    for (size_t k = 0; k < n; k++)
        if (!scm->variable[parent[k]].refuses_do) return CGM_OK;
    return CGM_FAIL(CGM_E_UNSUPPORTED, "cycles: '%s' has no parent that can be set",
                    scm->variable[image].variable.name);
}

cgm_status cgm_answer_check_cycles(const cgm_answer *answer)
{
    int image = cgm_answer_image(answer);
    if (answer->query.cycles == 0) return CGM_OK;
    if (answer->query.kind == CGM_SAMPLE)
        return CGM_FAIL(CGM_E_ARG, "cycles: a sample has no null intervention; expected a counterfactual");
    if (image < 0) return CGM_FAIL(CGM_E_ARG, "cycles: the graph has no image to compare with itself");
    return cgm_answer_check_parents(answer->run->scm, (size_t)image);
}

/* Abducts from's image and predicts under the interventions. */
static cgm_status step(const cgm_answer *answer, const cgm_rng *rng, size_t n_do, const cgm_intervention *interventions,
                       cgm_world *from, cgm_world *to)
{
    CGM_TRY(cgm_scm_abduct(answer->run->scm, rng, &answer->opts, from));
    return cgm_scm_predict(answer->run->scm, from, n_do, interventions, &answer->opts, to);
}

static void copy_values(const cgm_values *from, cgm_values *to)
{
    memcpy(to->data, from->data, from->n * from->width * sizeof *from->data);
}

/* The worlds of a cycle: what it begins with, what the interventions make of it, and what it ends with. */
typedef struct cycle_worlds {
    cgm_world *from, *between, *to;
} cycle_worlds;

static cgm_status run_cycle(const cgm_answer *answer, size_t image, const cgm_answer_column *column, const cgm_rng *rng,
                            const cycle_worlds *w)
{
    cgm_intervention null_do[CGM_MAX_PARENTS];
    size_t n_null = null_intervention(answer, image, null_do);
    cgm_rng undo = cgm_rng_split(rng, "undo");
    if (!column) return step(answer, rng, n_null, null_do, w->from, w->to);
    CGM_TRY(step(answer, rng, column->n_do, column->here, w->from, w->between));
    return step(answer, &undo, n_null, null_do, w->between, w->to);
}

static cgm_status run_cycles(const cgm_answer *answer, size_t image, const cgm_answer_column *column, size_t cycles,
                             cgm_answer_cycle_fn *visit, void *context, const cycle_worlds *w)
{
    size_t node = cgm_scm_node_of(answer->run->scm, image);
    cgm_rng root = cgm_rng_create(answer->query.seed),
            rng = cgm_rng_split(&root, column ? column->heading : "composition");
    for (size_t cycle = 1; cycle <= cycles; cycle++) {
        cgm_rng stream = cgm_rng_split_index(&rng, cycle);
        CGM_TRY(run_cycle(answer, image, column, &stream, w));
        CGM_TRY(visit(context, answer, cycle, w->to));
        copy_values(&w->to->value[node], &w->from->value[node]);
    }
    return CGM_OK;
}

cgm_status cgm_answer_cycle(const cgm_answer *answer, size_t image, const cgm_answer_column *column, size_t cycles,
                            cgm_answer_cycle_fn *visit, void *context)
{
    cycle_worlds w = {NULL, NULL, NULL};
    cgm_status status = cgm_answer_copy_factual(answer, &w.from);
    if (status == CGM_OK && column) status = cgm_answer_copy_factual(answer, &w.between);
    if (status == CGM_OK) status = cgm_world_create(answer->run->scm, answer->count, &w.to);
    if (status == CGM_OK) {
        w.to->first = answer->begin;
        status = run_cycles(answer, image, column, cycles, visit, context, &w);
    }
    cgm_world_destroy(w.from);
    cgm_world_destroy(w.between);
    cgm_world_destroy(w.to);
    return status;
}

/* ---- The figure ---- */

typedef struct composing {
    size_t node;
    double *sums; /* after one, and after all */
} composing;

/* Image by image, so that sums do not depend on batches. */
static void add_distances(const cgm_answer *answer, size_t node, const cgm_world *world, double *sum)
{
    const cgm_values *a = &answer->factual->value[node], *b = &world->value[node];
    for (size_t i = 0; i < a->n; i++)
        *sum += cgm_mean_absolute_error(a->width, a->data + i * a->width, b->data + i * a->width);
}

static cgm_status take_cycle(void *context, const cgm_answer *answer, size_t cycle, const cgm_world *world)
{
    const composing *c = context;
    if (cycle == 1) add_distances(answer, c->node, world, &c->sums[0]);
    if (cycle == answer->query.cycles) add_distances(answer, c->node, world, &c->sums[1]);
    return CGM_OK;
}

cgm_status cgm_answer_compose(const cgm_answer *answer, size_t image, double sums[2])
{
    composing c = {cgm_scm_node_of(answer->run->scm, image), sums};
    return cgm_answer_cycle(answer, image, NULL, answer->query.cycles, take_cycle, &c);
}
