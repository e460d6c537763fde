/* The causal engine: sampling, abduction, prediction and likelihood, written once against the mechanism interface.
 *
 * Rows are worked through in chunks, so that a mechanism's memory is bounded. The chunk is a constant: abduction's
 * stream of a row depends on the row's number alone. */
#include "scm/hidden.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 256 };

void cgm_query_defaults(cgm_query_opts *opts)
{
    *opts = (cgm_query_opts){.abduct_temperature = 1, .pixel_temperature = 1, .threads = 1};
}

static cgm_query_opts options_or_defaults(const cgm_query_opts *opts)
{
    cgm_query_opts filled;
    cgm_query_defaults(&filled);
    if (opts) filled = *opts;
    if (filled.threads < 1) filled.threads = 1;
    return filled;
}

static size_t chunk_rows(size_t n, size_t begin)
{
    return n - begin < CHUNK ? n - begin : CHUNK;
}

static cgm_status check_world(const cgm_scm *scm, const cgm_world *world)
{
    bool fits = scm->finished && world->n_nodes == scm->n_nodes;
    for (size_t i = 0; fits && i < scm->n_nodes; i++)
        fits = world->value[i].width == scm->node[i].info->width &&
               world->noise[i].width == scm->node[i].info->noise_width;
    return fits ? CGM_OK : CGM_FAIL(CGM_E_SHAPE, "this world was made for another model");
}

static cgm_status check_capability(const cgm_scm *scm, unsigned any_of, const char *what)
{
    for (size_t v = 0; v < scm->n; v++)
        if (!(scm->variable[v].methods->capabilities & any_of))
            return CGM_FAIL(CGM_E_UNSUPPORTED, "variable '%s': its mechanism, %s, cannot %s",
                            scm->variable[v].variable.name, scm->variable[v].methods->kind, what);
    return CGM_OK;
}

/* Scalars must be values that their variable can take; images any finite numbers. first: the number of the first row.
 */
static cgm_status check_variable(const cgm_variable *x, size_t first, const cgm_values *value)
{
    for (size_t i = 0; i < value->n * value->width; i++) {
        if (x->type == CGM_IMAGE && isfinite(value->data[i])) continue;
        cgm_status status = x->type == CGM_IMAGE ? CGM_FAIL(CGM_E_ARG, "%g is not a finite number", value->data[i])
                                                 : cgm_scm_check_value(x, value->data[i]);
        if (status != CGM_OK)
            return cgm_fail_context(status, "variable '%s', row %zu", x->name, first + i / value->width);
    }
    return CGM_OK;
}

static cgm_status check_values(const cgm_scm *scm, const cgm_world *world)
{
    for (size_t v = 0; v < scm->n; v++)
        CGM_TRY(check_variable(&scm->variable[v].variable, 0, &world->value[cgm_scm_node_of(scm, v)]));
    return CGM_OK;
}

/* What evaluating nodes shares within one query. */
typedef struct evaluation {
    const cgm_scm *scm;
    size_t n_do;
    const cgm_intervention *interventions;
    cgm_query_opts opts;
    cgm_world *world;
    double *edges;  /* [n_do, CHUNK]: values seen along intervened edges */
    double *scaled; /* [CHUNK, widest scaled noise], or NULL */
} evaluation;

static bool scales_noise(const evaluation *e, size_t node)
{
    const scm_node *x = &e->scm->node[node];
    return e->opts.pixel_temperature != 1 && e->scm->variable[x->variable].variable.type == CGM_IMAGE &&
           node == cgm_scm_node_of(e->scm, x->variable);
}

static void evaluation_clear(evaluation *e)
{
    free(e->edges);
    free(e->scaled);
}

static cgm_status evaluation_init(evaluation *e)
{
    size_t widest = 0;
    for (size_t i = 0; i < e->scm->n_nodes; i++)
        if (scales_noise(e, i) && e->scm->node[i].info->noise_width > widest)
            widest = e->scm->node[i].info->noise_width;
    e->edges = calloc(e->n_do + 1, CHUNK * sizeof(double));
    e->scaled = widest ? calloc(widest, CHUNK * sizeof(double)) : NULL;
    if (e->edges && (e->scaled || !widest)) return CGM_OK;
    evaluation_clear(e);
    return CGM_FAIL(CGM_E_MEMORY, "out of memory for a query");
}

static double intervened(const cgm_intervention *x, size_t row)
{
    return x->values ? x->values[row] : x->value;
}

static const cgm_intervention *find_intervention(const evaluation *e, size_t node, int to)
{
    for (size_t k = 0; k < e->n_do; k++)
        if (e->interventions[k].node == node && e->interventions[k].to == to) return &e->interventions[k];
    return NULL;
}

/* What `node` sees of `from` in these rows: its value, or that of an intervention on the edge. */
static cgm_values seen(const evaluation *e, size_t from, size_t node, size_t begin, size_t n)
{
    const cgm_intervention *edge = find_intervention(e, from, (int)node);
    if (!edge) return cgm_values_rows(&e->world->value[from], begin, n);
    double *values = e->edges + (size_t)(edge - e->interventions) * CHUNK;
    for (size_t i = 0; i < n; i++) values[i] = intervened(edge, begin + i);
    return (cgm_values){.n = n, .width = 1, .data = values};
}

static cgm_values noise_rows(const evaluation *e, size_t node, size_t begin, size_t n)
{
    cgm_values noise = cgm_values_rows(&e->world->noise[node], begin, n);
    if (!scales_noise(e, node)) return noise;
    for (size_t i = 0; i < n * noise.width; i++) e->scaled[i] = e->opts.pixel_temperature * noise.data[i];
    noise.data = e->scaled;
    return noise;
}

static cgm_status evaluate(const evaluation *e, size_t node)
{
    const scm_node *x = &e->scm->node[node];
    const scm_variable *v = &e->scm->variable[x->variable];
    for (size_t begin = 0; begin < e->world->n; begin += CHUNK) {
        size_t n = chunk_rows(e->world->n, begin);
        cgm_values parents[CGM_MAX_PARENTS], before[CGM_MAX_NODES];
        for (size_t k = 0; k < v->n_parents; k++)
            parents[k] = seen(e, cgm_scm_node_of(e->scm, v->parents[k]), node, begin, n);
        for (size_t j = 0; j < x->index; j++) before[j] = seen(e, v->first_node + j, node, begin, n);
        cgm_values noise = noise_rows(e, node, begin, n), out = cgm_values_rows(&e->world->value[node], begin, n);
        CGM_TRY(v->methods->predict(v->mechanism, x->index, parents, before, &noise, e->opts.threads, &out));
        /* A formula may leave its variable's range. */
        if (node == cgm_scm_node_of(e->scm, x->variable)) CGM_TRY(check_variable(&v->variable, begin, &out));
    }
    return CGM_OK;
}

static void set_value(const evaluation *e, size_t node, const cgm_intervention *x)
{
    for (size_t i = 0; i < e->world->n; i++) e->world->value[node].data[i] = intervened(x, i);
}

cgm_status cgm_scm_sample_own_noise(const cgm_scm *scm, const cgm_rng *rng, size_t node, cgm_values *noise)
{
    const scm_node *x = &scm->node[node];
    const scm_variable *v = &scm->variable[x->variable];
    cgm_rng stream = cgm_rng_split(rng, x->name);
    if (noise->width == 0) return CGM_OK;
    for (size_t i = 0; i < noise->n; i++) {
        cgm_rng row_stream = cgm_rng_split_index(&stream, i);
        cgm_values row = cgm_values_rows(noise, i, 1);
        CGM_TRY(v->methods->sample_noise(v->mechanism, x->index, &row_stream, &row));
    }
    return CGM_OK;
}

/* Noise that is correlated with other variables' is L z; their z are drawn again rather than kept, so that a node's
 * noise needs no other's. */
cgm_status cgm_scm_sample_noise(const cgm_scm *scm, const cgm_rng *rng, size_t node, cgm_values *noise)
{
    size_t v = scm->node[node].variable;
    CGM_TRY(cgm_scm_sample_own_noise(scm, rng, node, noise));
    if (!scm->hidden || cgm_hidden_factor(scm, v, v) == 1) return CGM_OK;
    double *z = calloc(noise->n + 1, sizeof *z);
    cgm_status status = z ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for the noise of %zu rows", noise->n);
    for (size_t i = 0; status == CGM_OK && i < noise->n; i++) noise->data[i] *= cgm_hidden_factor(scm, v, v);
    for (size_t other = 0; status == CGM_OK && other < v; other++) {
        double factor = cgm_hidden_factor(scm, v, other);
        cgm_values theirs = {noise->n, 1, z};
        if (factor == 0) continue;
        status = cgm_scm_sample_own_noise(scm, rng, cgm_scm_node_of(scm, other), &theirs);
        for (size_t i = 0; status == CGM_OK && i < noise->n; i++) noise->data[i] += factor * z[i];
    }
    free(z);
    return status;
}

cgm_status cgm_scm_sample(const cgm_scm *scm, const cgm_rng *rng, size_t n_do, const cgm_intervention *interventions,
                          const cgm_query_opts *opts, cgm_world *out)
{
    CGM_TRY(check_world(scm, out));
    CGM_TRY(check_capability(scm, CGM_CAN_SAMPLE, "sample"));
    CGM_TRY(cgm_scm_check_interventions(scm, n_do, interventions, out->n));
    CGM_TRY(cgm_hidden_check_sample(scm, n_do, interventions));
    evaluation e = {
        .scm = scm, .n_do = n_do, .interventions = interventions, .opts = options_or_defaults(opts), .world = out};
    cgm_status status = CGM_OK;
    CGM_TRY(evaluation_init(&e));
    for (size_t node = 0; node < scm->n_nodes; node++) {
        CGM_TRY_GOTO(cgm_scm_sample_noise(scm, rng, node, &out->noise[node]), done);
        const cgm_intervention *x = find_intervention(&e, node, -1);
        if (x)
            set_value(&e, node, x);
        else
            CGM_TRY_GOTO(evaluate(&e, node), done);
    }
    out->has_noise = true;
done:
    evaluation_clear(&e);
    return status;
}

static cgm_status abduct_rows(const cgm_scm *scm, const scm_variable *v, const cgm_rng *rng,
                              const cgm_abduct_opts *opts, cgm_world *world, size_t begin)
{
    size_t n = chunk_rows(world->n, begin), last = v->first_node + v->n_nodes - 1;
    cgm_values parents[CGM_MAX_PARENTS], internals[CGM_MAX_NODES], noise[CGM_MAX_NODES];
    for (size_t k = 0; k < v->n_parents; k++)
        parents[k] = cgm_values_rows(&world->value[cgm_scm_node_of(scm, v->parents[k])], begin, n);
    for (size_t j = 0; j < v->n_nodes; j++) {
        internals[j] = cgm_values_rows(&world->value[v->first_node + j], begin, n);
        noise[j] = cgm_values_rows(&world->noise[v->first_node + j], begin, n);
    }
    cgm_values value = cgm_values_rows(&world->value[last], begin, n);
    cgm_rng stream = cgm_rng_split_index(rng, begin / CHUNK);
    cgm_abduct_opts here = *opts;
    here.first_row = begin;
    return v->methods->abduct(v->mechanism, parents, &value, &stream, &here, internals, noise);
}

cgm_status cgm_scm_abduct(const cgm_scm *scm, const cgm_rng *rng, const cgm_query_opts *opts, cgm_world *world)
{
    CGM_TRY(check_world(scm, world));
    CGM_TRY(check_capability(scm, CGM_CAN_ABDUCT, "abduct its noise, which a counterfactual needs"));
    CGM_TRY(cgm_hidden_check(scm, "counterfactual", NULL));
    CGM_TRY(check_values(scm, world));
    cgm_query_opts filled = options_or_defaults(opts);
    cgm_abduct_opts abduct = {.temperature = filled.abduct_temperature, .threads = filled.threads};
    cgm_rng root = cgm_rng_split(rng, "abduct");
    for (size_t i = 0; i < scm->n; i++) {
        const scm_variable *v = &scm->variable[i];
        cgm_rng stream = cgm_rng_split(&root, v->variable.name);
        for (size_t begin = 0; begin < world->n; begin += CHUNK)
            CGM_TRY(abduct_rows(scm, v, &stream, &abduct, world, begin));
    }
    world->has_noise = true;
    return CGM_OK;
}

bool cgm_scm_is_reached(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions, const bool *changed,
                        size_t node)
{
    for (size_t k = 0; k < n_do; k++)
        if (interventions[k].to == (int)node) return true;
    for (size_t from = 0; from < node; from++)
        if (changed[from] && cgm_scm_sees(scm, node, from)) return true;
    return false;
}

static void copy_values(const cgm_values *from, cgm_values *to)
{
    if (from->n > 0 && from->width > 0) memcpy(to->data, from->data, from->n * from->width * sizeof(double));
}

static cgm_status predict_nodes(const evaluation *e, const cgm_world *factual, bool *changed)
{
    for (size_t node = 0; node < e->scm->n_nodes; node++) {
        const cgm_intervention *x = find_intervention(e, node, -1);
        changed[node] = x || cgm_scm_is_reached(e->scm, e->n_do, e->interventions, changed, node);
        copy_values(&factual->noise[node], &e->world->noise[node]);
        if (x)
            set_value(e, node, x);
        else if (changed[node])
            CGM_TRY(evaluate(e, node));
        else
            copy_values(&factual->value[node], &e->world->value[node]);
    }
    return CGM_OK;
}

cgm_status cgm_scm_predict(const cgm_scm *scm, const cgm_world *factual, size_t n_do,
                           const cgm_intervention *interventions, const cgm_query_opts *opts, cgm_world *out)
{
    CGM_TRY(check_world(scm, factual));
    CGM_TRY(check_world(scm, out));
    if (factual == out || factual->n != out->n)
        return CGM_FAIL(CGM_E_ARG, "the counterfactual world must be another world of %zu rows", factual->n);
    if (!factual->has_noise) return CGM_FAIL(CGM_E_ARG, "the factual world has no noise yet: abduct it first");
    CGM_TRY(cgm_scm_check_interventions(scm, n_do, interventions, out->n));
    evaluation e = {
        .scm = scm, .n_do = n_do, .interventions = interventions, .opts = options_or_defaults(opts), .world = out};
    CGM_TRY(evaluation_init(&e));
    bool *changed = calloc(scm->n_nodes, sizeof *changed);
    cgm_status status =
        changed ? predict_nodes(&e, factual, changed) : CGM_FAIL(CGM_E_MEMORY, "out of memory for a query");
    out->has_noise = status == CGM_OK;
    free(changed);
    evaluation_clear(&e);
    return status;
}

cgm_status cgm_scm_log_prob(const cgm_scm *scm, const cgm_rng *rng, const cgm_world *world, double *const *out)
{
    CGM_TRY(check_world(scm, world));
    CGM_TRY(check_capability(scm, CGM_CAN_LOG_PROB | CGM_CAN_LOG_PROB_BOUND, "give a likelihood or a bound of it"));
    CGM_TRY(cgm_hidden_check(scm, "log-probability", NULL));
    CGM_TRY(check_values(scm, world));
    cgm_rng root = cgm_rng_split(rng, "log_prob");
    for (size_t i = 0; i < scm->n; i++) {
        const scm_variable *v = &scm->variable[i];
        cgm_rng stream = cgm_rng_split(&root, v->variable.name);
        for (size_t begin = 0; begin < world->n; begin += CHUNK) {
            size_t n = chunk_rows(world->n, begin);
            cgm_values parents[CGM_MAX_PARENTS],
                value = cgm_values_rows(&world->value[cgm_scm_node_of(scm, i)], begin, n);
            cgm_rng chunk_stream = cgm_rng_split_index(&stream, begin / CHUNK);
            for (size_t k = 0; k < v->n_parents; k++)
                parents[k] = cgm_values_rows(&world->value[cgm_scm_node_of(scm, v->parents[k])], begin, n);
            CGM_TRY(v->methods->log_prob(v->mechanism, parents, &value, &chunk_stream, out[i] + begin));
        }
    }
    return cgm_hidden_adjust_log_prob(scm, world, out);
}
