/* The causal engine: noise, abduction and likelihood, written once against the mechanism interface. evaluate.c samples
 * and predicts. Rows are worked through in chunks, so that a mechanism's memory is bounded. */
#include "scm/engine.h"

#include <math.h>
#include <stdlib.h>

#include "scm/hidden.h"

void cgm_query_defaults(cgm_query_opts *opts)
{
    *opts = (cgm_query_opts){.abduct_temperature = 1,
                             .pixel_temperature = 1,
                             .sample_temperature = 1,
                             .threads = 1,
                             .draws = cgm_rng_create(1)};
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

static cgm_status check_one(const cgm_variable *x, double value)
{
    if (cgm_variable_is_scalar(x)) return cgm_scm_check_value(x, value);
    return isfinite(value) ? CGM_OK : CGM_FAIL(CGM_E_ARG, "%g is not a finite number", value);
}

/* Whether all are numbers inside the range, without branches: then all is well. Values of levels, and those at the
 * range's ends, are looked at one by one. */
static bool all_inside(const cgm_variable *x, const cgm_values *value)
{
    bool bounded = x->bounded && x->type == CGM_CONTINUOUS, inside = true;
    double low = bounded ? x->low : -INFINITY, high = bounded ? x->high : INFINITY;
    if (cgm_variable_is_scalar(x) && x->type != CGM_CONTINUOUS) return false;
    for (size_t i = 0; i < value->n * value->width; i++) inside &= (value->data[i] > low) & (value->data[i] < high);
    return inside;
}

cgm_status cgm_engine_check_rows(const cgm_variable *x, size_t begin, const bool *rows, const cgm_values *value)
{
    if (all_inside(x, value)) return CGM_OK;
    for (size_t i = 0; i < value->n * value->width; i++) {
        size_t row = i / value->width;
        cgm_status status = !rows || rows[row] ? check_one(x, value->data[i]) : CGM_OK;
        if (status != CGM_OK) return cgm_fail_context(status, "variable '%s', row %zu", x->name, begin + row);
    }
    return CGM_OK;
}

typedef struct values_check {
    const cgm_scm *scm;
    const cgm_world *world;
} values_check;

static cgm_status check_chunk(void *context, size_t begin, size_t n, int worker)
{
    const values_check *check = context;
    (void)worker;
    for (size_t v = 0; v < check->scm->n; v++) {
        cgm_values rows = cgm_values_rows(&check->world->value[cgm_scm_node_of(check->scm, v)], begin, n);
        CGM_TRY(cgm_engine_check_rows(&check->scm->variable[v].variable, check->world->first + begin, NULL, &rows));
    }
    return CGM_OK;
}

static cgm_status check_values(const cgm_scm *scm, const cgm_world *world, int threads)
{
    values_check check = {scm, world};
    return cgm_engine_run(scm, world, threads, check_chunk, &check);
}

static cgm_status sample_own_noise(const cgm_scm *scm, const cgm_rng *rng, size_t node, size_t begin, cgm_values *noise)
{
    const scm_node *x = &scm->node[node];
    const scm_variable *v = &scm->variable[x->variable];
    cgm_rng stream = cgm_rng_split(rng, x->name);
    if (noise->width == 0) return CGM_OK;
    if (cgm_mechanism_has_normal_noise(v->mechanism)) {
        cgm_rng_normal_rows(&stream, begin, noise->n, noise->data);
        return CGM_OK;
    }
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

/* One variable's stream for each, split from the query's. */
static cgm_status make_streams(const cgm_scm *scm, const cgm_rng *rng, const char *query, cgm_rng **out)
{
    cgm_rng root = cgm_rng_split(rng, query), *stream = calloc(scm->n + 1, sizeof *stream);
    if (!stream) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a query");
    for (size_t v = 0; v < scm->n; v++) stream[v] = cgm_rng_split(&root, scm->variable[v].variable.name);
    *out = stream;
    return CGM_OK;
}

static void get_parents(const cgm_scm *scm, const scm_variable *v, const cgm_world *world, size_t begin, size_t n,
                        cgm_values *parents)
{
    for (size_t k = 0; k < v->n_parents; k++)
        parents[k] = cgm_values_rows(&world->value[cgm_scm_node_of(scm, v->parents[k])], begin, n);
}

typedef struct abduction {
    const cgm_scm *scm;
    const cgm_rng *stream; /* [variables] */
    cgm_abduct_opts opts;
    cgm_world *world;
} abduction;

static cgm_status abduct_variable(const abduction *a, size_t variable, size_t begin, size_t n)
{
    const scm_variable *v = &a->scm->variable[variable];
    size_t last = v->first_node + v->n_nodes - 1;
    cgm_values parents[CGM_MAX_PARENTS], internals[CGM_MAX_NODES], noise[CGM_MAX_NODES];
    get_parents(a->scm, v, a->world, begin, n, parents);
    for (size_t j = 0; j < v->n_nodes; j++) {
        internals[j] = cgm_values_rows(&a->world->value[v->first_node + j], begin, n);
        noise[j] = cgm_values_rows(&a->world->noise[v->first_node + j], begin, n);
    }
    cgm_values value = cgm_values_rows(&a->world->value[last], begin, n);
    cgm_abduct_opts here = a->opts;
    here.first_row = a->world->first + begin;
    here.first_stream = here.first_row % SCM_CHUNK;
    cgm_rng stream = cgm_rng_split_index(&a->stream[variable], here.first_row / SCM_CHUNK);
    return v->methods->abduct(v->mechanism, parents, &value, &stream, &here, internals, noise);
}

static cgm_status abduct_chunk(void *context, size_t begin, size_t n, int worker)
{
    const abduction *a = context;
    (void)worker;
    for (size_t v = 0; v < a->scm->n; v++) CGM_TRY(abduct_variable(a, v, begin, n));
    return CGM_OK;
}

cgm_status cgm_scm_abduct(const cgm_scm *scm, const cgm_rng *rng, const cgm_query_opts *opts, cgm_world *world)
{
    cgm_query_opts filled = cgm_engine_options(opts);
    cgm_rng *stream = NULL;
    CGM_TRY(cgm_engine_check_world(scm, world));
    CGM_TRY(cgm_engine_check_capability(scm, CGM_CAN_ABDUCT, "abduct its noise, which a counterfactual needs"));
    CGM_TRY(cgm_hidden_check(scm, "counterfactual"));
    CGM_TRY(check_values(scm, world, filled.threads));
    CGM_TRY(make_streams(scm, rng, "abduct", &stream));
    abduction a = {scm, stream, {.temperature = filled.abduct_temperature, .threads = filled.threads}, world};
    cgm_status status = cgm_engine_run(scm, world, filled.threads, abduct_chunk, &a);
    free(stream);
    if (status == CGM_OK) world->has_noise = true;
    return status;
}

typedef struct likelihood {
    const cgm_scm *scm;
    const cgm_rng *stream; /* [variables] */
    const cgm_world *world;
    double *const *out;
} likelihood;

static cgm_status log_prob_chunk(void *context, size_t begin, size_t n, int worker)
{
    const likelihood *l = context;
    (void)worker;
    for (size_t i = 0; i < l->scm->n; i++) {
        const scm_variable *v = &l->scm->variable[i];
        cgm_values parents[CGM_MAX_PARENTS],
            value = cgm_values_rows(&l->world->value[cgm_scm_node_of(l->scm, i)], begin, n);
        cgm_rng stream = cgm_rng_split_index(&l->stream[i], begin / SCM_CHUNK);
        get_parents(l->scm, v, l->world, begin, n, parents);
        CGM_TRY(v->methods->log_prob(v->mechanism, parents, &value, &stream, l->out[i] + begin));
    }
    return CGM_OK;
}

cgm_status cgm_scm_log_prob(const cgm_scm *scm, const cgm_rng *rng, const cgm_world *world, double *const *out)
{
    cgm_rng *stream = NULL;
    CGM_TRY(cgm_engine_check_world(scm, world));
    if (world->first > 0)
        return CGM_FAIL(CGM_E_ARG, "log-probabilities of a part that begins at row %zu", world->first);
    CGM_TRY(cgm_engine_check_capability(scm, CGM_CAN_LOG_PROB | CGM_CAN_LOG_PROB_BOUND,
                                        "give a likelihood or a bound of it"));
    CGM_TRY(cgm_hidden_check_joint(scm, "log-probability"));
    CGM_TRY(check_values(scm, world, 1));
    CGM_TRY(make_streams(scm, rng, "log_prob", &stream));
    likelihood l = {scm, stream, world, out};
    cgm_status status = cgm_engine_run(scm, world, 1, log_prob_chunk, &l);
    free(stream);
    return status == CGM_OK ? cgm_hidden_adjust_log_prob(scm, world, out) : status;
}
