/* Whether the images under an intervention have the true images' distribution of a measure. */
#include <math.h>

#include "metrics/kolmogorov.h"
#include "metrics/measure.h"
#include "scm/answers/answer_priv.h"

cgm_status cgm_answer_distance_init(cgm_answer_distance *d, size_t rows, cgm_arena *arena)
{
    for (int k = 0; k < 2; k++) {
        d->value[k] = cgm_arena_array(arena, rows, sizeof *d->value[k]);
        if (!d->value[k]) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

/* Whether any scalar variable is another number in the counterfactual world: else the image is itself. */
static bool is_moved(const cgm_answer *answer, const cgm_world *world, size_t row)
{
    const cgm_scm *scm = cgm_run_scm(answer->run);
    for (size_t v = 0; v < cgm_scm_count(scm); v++) {
        size_t node = cgm_scm_node_of(scm, v);
        if (cgm_variable_is_scalar(cgm_scm_variable(scm, v)) &&
            world->value[node].data[row] != answer->factual->value[node].data[row])
            return true;
    }
    return false;
}

void cgm_answer_distance_take(cgm_answer_distance *d, const cgm_answer *answer, const cgm_world *world,
                              const double *measured, const double *of_truth)
{
    const double *from[] = {measured, of_truth};
    for (size_t i = 0; i < answer->count; i++) {
        if (!is_moved(answer, world, i)) continue;
        for (int k = 0; k < 2; k++)
            if (!isnan(from[k][i])) d->value[k][d->n[k]++] = from[k][i];
    }
}

double cgm_answer_distance_end(cgm_answer_distance *d)
{
    return cgm_kolmogorov_distance(d->n[0], d->value[0], d->n[1], d->value[1]);
}
