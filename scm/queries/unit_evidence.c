/* The probability of what was seen of one unit. */
#include <math.h>
#include <stdlib.h>

#include "scm/hidden.h"
#include "scm/queries/unit_priv.h"

static bool is_bound(const unit_question *q)
{
    for (size_t v = 0; v < q->scm->n; v++)
        if (q->seen[v] && !(q->scm->variable[v].methods->capabilities & CGM_CAN_LOG_PROB)) return true;
    return false;
}

/* One row of which everything is known. */
static cgm_status by_density(const unit_question *q, cgm_arena *arena, cgm_evidence *out)
{
    cgm_world *world = NULL;
    size_t n = q->scm->n;
    double *log_prob = cgm_arena_array(arena, n, sizeof *log_prob);
    double **each = cgm_arena_array(arena, n, sizeof *each);
    if (!log_prob || !each) return CGM_E_MEMORY;
    CGM_TRY(cgm_world_create(q->scm, 1, &world));
    for (size_t v = 0; v < n; v++) {
        each[v] = &log_prob[v];
        world->value[cgm_scm_node_of(q->scm, v)].data[0] = q->value[v];
    }
    cgm_status status = cgm_scm_log_prob(q->scm, &q->rng, world, each);
    for (size_t v = 0; v < n; v++) out->log_prob += log_prob[v];
    out->method = CGM_EVIDENCE_DENSITY;
    cgm_world_destroy(world);
    return status;
}

/* The mean of n weights w has the standard error sd(w) / sqrt(n), relative to it sqrt((n sum w^2 - 1) / (n - 1)) for
 * weights that add to one: that of its logarithm. */
static cgm_status by_particles(const unit_question *q, size_t n, cgm_arena *arena, cgm_evidence *out)
{
    cgm_world *world = NULL;
    double *weight = cgm_arena_array(arena, n, sizeof *weight), squares = 0;
    if (!weight) return CGM_E_MEMORY;
    CGM_TRY(cgm_world_create(q->scm, n, &world));
    cgm_status status = cgm_unit_particles(q, world, weight, &out->log_prob);
    for (size_t i = 0; i < n; i++) squares += weight[i] * weight[i];
    out->method = CGM_EVIDENCE_PARTICLES;
    out->particles = n;
    out->effective = 1 / squares;
    out->mc_error = n > 1 ? sqrt(fmax((double)n * squares - 1, 0) / (double)(n - 1)) : (double)NAN;
    cgm_world_destroy(world);
    return status;
}

cgm_status cgm_scm_evidence(const cgm_scm *scm, const cgm_rng *rng, size_t n_evidence, const cgm_observation *evidence,
                            const cgm_unit_opts *opts, cgm_evidence *out)
{
    cgm_arena arena = {0};
    cgm_evidence result = {0};
    unit_question q;
    cgm_status status = cgm_unit_ask(scm, rng, n_evidence, evidence, opts, &arena, &q);
    if (status == CGM_OK) status = cgm_hidden_check_joint(scm, "log-probability");
    if (status == CGM_OK && cgm_unit_all_seen(&q)) {
        status = by_density(&q, &arena, &result);
    } else if (status == CGM_OK && cgm_unit_is_gaussian(&q)) {
        result.method = CGM_EVIDENCE_GAUSSIAN;
        status = cgm_unit_gaussian_log_prob(&q, &result.log_prob);
    } else if (status == CGM_OK) {
        bool exact = false;
        result.method = CGM_EVIDENCE_DISCRETE;
        if (!opts || !opts->particles_only) status = cgm_unit_discrete_log_prob(&q, &exact, &result.log_prob);
        if (status == CGM_OK && !exact) status = by_particles(&q, cgm_unit_particle_count(opts), &arena, &result);
    }
    if (status == CGM_OK) {
        result.bound = is_bound(&q);
        *out = result;
    }
    cgm_arena_clear(&arena);
    return status;
}
