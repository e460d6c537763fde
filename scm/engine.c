/* The causal engine: noise, abduction and likelihood, written once against the mechanism interface. evaluate.c samples
 * and predicts. Rows are worked through in chunks, so that a mechanism's memory is bounded. */
#include "scm/engine.h"

#include <math.h>
#include <stdlib.h>

#include "scm/hidden.h"

void cgm_query_defaults(cgm_query_opts *opts)
{
    *opts = (cgm_query_opts){.abduct_temperature = 1, .pixel_temperature = 1, .threads = 1, .draws = cgm_rng_create(1)};
}

cgm_query_opts cgm_engine_options(const cgm_query_opts *opts)
{
    cgm_query_opts filled;
    cgm_query_defaults(&filled);
    if (opts) filled = *opts;
    if (filled.threads < 1) filled.threads = 1;
    return filled;
}

cgm_status cgm_engine_check_world(const cgm_scm *scm, const cgm_world *world)
{
    bool fits = scm->finished && world->n_nodes == scm->n_nodes;
    for (size_t i = 0; fits && i < scm->n_nodes; i++)
        fits = world->value[i].width == scm->node[i].info->width &&
               world->noise[i].width == scm->node[i].info->noise_width;
    return fits ? CGM_OK : CGM_FAIL(CGM_E_SHAPE, "this world was made for another model");
}

cgm_status cgm_engine_check_capability(const cgm_scm *scm, unsigned any_of, const char *what)
{
    for (size_t v = 0; v < scm->n; v++)
        if (!(scm->variable[v].methods->capabilities & any_of))
            return CGM_FAIL(CGM_E_UNSUPPORTED, "variable '%s': its mechanism, %s, cannot %s",
                            scm->variable[v].variable.name, scm->variable[v].methods->kind, what);
    return CGM_OK;
}

cgm_status cgm_engine_check_value(const cgm_variable *x, double value)
{
    if (x->type != CGM_IMAGE) return cgm_scm_check_value(x, value);
    return isfinite(value) ? CGM_OK : CGM_FAIL(CGM_E_ARG, "%g is not a finite number", value);
}

static cgm_status check_variable(const cgm_variable *x, const cgm_values *value)
{
    for (size_t i = 0; i < value->n * value->width; i++) {
        cgm_status status = cgm_engine_check_value(x, value->data[i]);
        if (status != CGM_OK) return cgm_fail_context(status, "variable '%s', row %zu", x->name, i / value->width);
    }
    return CGM_OK;
}

static cgm_status check_values(const cgm_scm *scm, const cgm_world *world)
{
    for (size_t v = 0; v < scm->n; v++)
        CGM_TRY(check_variable(&scm->variable[v].variable, &world->value[cgm_scm_node_of(scm, v)]));
    return CGM_OK;
}

static cgm_status sample_own_noise(const cgm_scm *scm, const cgm_rng *rng, size_t node, size_t begin, cgm_values *noise)
{
    const scm_node *x = &scm->node[node];
    const scm_variable *v = &scm->variable[x->variable];
    cgm_rng stream = cgm_rng_split(rng, x->name);
    if (noise->width == 0) return CGM_OK;
    for (size_t i = 0; i < noise->n; i++) {
        cgm_rng row_stream = cgm_rng_split_index(&stream, begin + i);
        cgm_values row = cgm_values_rows(noise, i, 1);
        CGM_TRY(v->methods->sample_noise(v->mechanism, x->index, &row_stream, &row));
    }
    return CGM_OK;
}

cgm_status cgm_scm_sample_own_noise(const cgm_scm *scm, const cgm_rng *rng, size_t node, cgm_values *noise)
{
    return sample_own_noise(scm, rng, node, 0, noise);
}

/* Noise that is correlated with other variables' is L z; their z are drawn again rather than kept, so that a node's
 * noise needs no other's. */
cgm_status cgm_engine_sample_noise(const cgm_scm *scm, const cgm_rng *rng, size_t node, size_t begin, cgm_values *noise)
{
    size_t v = scm->node[node].variable;
    CGM_TRY(sample_own_noise(scm, rng, node, begin, noise));
    if (!scm->hidden || cgm_hidden_factor(scm, v, v) == 1) return CGM_OK;
    double *z = calloc(noise->n + 1, sizeof *z);
    cgm_status status = z ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for the noise of %zu rows", noise->n);
    for (size_t i = 0; status == CGM_OK && i < noise->n; i++) noise->data[i] *= cgm_hidden_factor(scm, v, v);
    for (size_t other = 0; status == CGM_OK && other < v; other++) {
        double factor = cgm_hidden_factor(scm, v, other);
        cgm_values theirs = {noise->n, 1, z};
        if (factor == 0) continue;
        status = sample_own_noise(scm, rng, cgm_scm_node_of(scm, other), begin, &theirs);
        for (size_t i = 0; status == CGM_OK && i < noise->n; i++) noise->data[i] += factor * z[i];
    }
    free(z);
    return status;
}

cgm_status cgm_scm_sample_noise(const cgm_scm *scm, const cgm_rng *rng, size_t node, cgm_values *noise)
{
    return cgm_engine_sample_noise(scm, rng, node, 0, noise);
}

static cgm_status abduct_rows(const cgm_scm *scm, const scm_variable *v, const cgm_rng *rng,
                              const cgm_abduct_opts *opts, cgm_world *world, size_t begin)
{
    size_t n = cgm_engine_rows(world->n, begin), last = v->first_node + v->n_nodes - 1;
    cgm_values parents[CGM_MAX_PARENTS], internals[CGM_MAX_NODES], noise[CGM_MAX_NODES];
    for (size_t k = 0; k < v->n_parents; k++)
        parents[k] = cgm_values_rows(&world->value[cgm_scm_node_of(scm, v->parents[k])], begin, n);
    for (size_t j = 0; j < v->n_nodes; j++) {
        internals[j] = cgm_values_rows(&world->value[v->first_node + j], begin, n);
        noise[j] = cgm_values_rows(&world->noise[v->first_node + j], begin, n);
    }
    cgm_values value = cgm_values_rows(&world->value[last], begin, n);
    cgm_rng stream = cgm_rng_split_index(rng, begin / SCM_CHUNK);
    cgm_abduct_opts here = *opts;
    here.first_row = begin;
    return v->methods->abduct(v->mechanism, parents, &value, &stream, &here, internals, noise);
}

cgm_status cgm_scm_abduct(const cgm_scm *scm, const cgm_rng *rng, const cgm_query_opts *opts, cgm_world *world)
{
    CGM_TRY(cgm_engine_check_world(scm, world));
    CGM_TRY(cgm_engine_check_capability(scm, CGM_CAN_ABDUCT, "abduct its noise, which a counterfactual needs"));
    CGM_TRY(cgm_hidden_check(scm, "counterfactual", NULL));
    CGM_TRY(check_values(scm, world));
    cgm_query_opts filled = cgm_engine_options(opts);
    cgm_abduct_opts abduct = {.temperature = filled.abduct_temperature, .threads = filled.threads};
    cgm_rng root = cgm_rng_split(rng, "abduct");
    for (size_t i = 0; i < scm->n; i++) {
        const scm_variable *v = &scm->variable[i];
        cgm_rng stream = cgm_rng_split(&root, v->variable.name);
        for (size_t begin = 0; begin < world->n; begin += SCM_CHUNK)
            CGM_TRY(abduct_rows(scm, v, &stream, &abduct, world, begin));
    }
    world->has_noise = true;
    return CGM_OK;
}

cgm_status cgm_scm_log_prob(const cgm_scm *scm, const cgm_rng *rng, const cgm_world *world, double *const *out)
{
    CGM_TRY(cgm_engine_check_world(scm, world));
    CGM_TRY(cgm_engine_check_capability(scm, CGM_CAN_LOG_PROB | CGM_CAN_LOG_PROB_BOUND,
                                        "give a likelihood or a bound of it"));
    CGM_TRY(cgm_hidden_check(scm, "log-probability", NULL));
    CGM_TRY(check_values(scm, world));
    cgm_rng root = cgm_rng_split(rng, "log_prob");
    for (size_t i = 0; i < scm->n; i++) {
        const scm_variable *v = &scm->variable[i];
        cgm_rng stream = cgm_rng_split(&root, v->variable.name);
        for (size_t begin = 0; begin < world->n; begin += SCM_CHUNK) {
            size_t n = cgm_engine_rows(world->n, begin);
            cgm_values parents[CGM_MAX_PARENTS],
                value = cgm_values_rows(&world->value[cgm_scm_node_of(scm, i)], begin, n);
            cgm_rng chunk_stream = cgm_rng_split_index(&stream, begin / SCM_CHUNK);
            for (size_t k = 0; k < v->n_parents; k++)
                parents[k] = cgm_values_rows(&world->value[cgm_scm_node_of(scm, v->parents[k])], begin, n);
            CGM_TRY(v->methods->log_prob(v->mechanism, parents, &value, &chunk_stream, out[i] + begin));
        }
    }
    return cgm_hidden_adjust_log_prob(scm, world, out);
}
