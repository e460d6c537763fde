/* Sampling and prediction: every node in order, under interventions, a chunk of rows at a time. Rows do not see one
 * another, and chunks share nothing but what `evaluation` holds, which does not change. */
#include <stdlib.h>
#include <string.h>

#include "scm/engine.h"
#include "scm/hidden.h"

typedef struct evaluation {
    const cgm_scm *scm;
    size_t n_do;
    const cgm_intervention *interventions;
    cgm_query_opts opts;
    const cgm_world *factual; /* NULL: a sample */
    cgm_rng rng;              /* of a sample's noise */
    cgm_rng draws;            /* of interventions */
    cgm_world *world;
    size_t *order; /* [nodes] */
} evaluation;

/* Room for one chunk. */
typedef struct scratch {
    double *edges;  /* [n_do, SCM_CHUNK]: values seen along intervened edges */
    double *scaled; /* [SCM_CHUNK, widest scaled noise], or NULL */
    bool *acts;     /* [n_do, SCM_CHUNK]: whether the intervention acts in the row */
    bool *changed;  /* [nodes, SCM_CHUNK]: whether the node's value is not the factual one */
} scratch;

/* The chunk under way. */
typedef struct chunk {
    const evaluation *e;
    scratch *s;
    size_t begin, n;
    size_t node; /* the one that is evaluated */
} chunk;

/* ---- Room ---- */

static bool scales_noise(const evaluation *e, size_t node)
{
    const scm_node *x = &e->scm->node[node];
    return e->opts.pixel_temperature != 1 && e->scm->variable[x->variable].variable.type == CGM_IMAGE &&
           node == cgm_scm_node_of(e->scm, x->variable);
}

static void scratch_clear(scratch *s)
{
    free(s->edges);
    free(s->scaled);
    free(s->acts);
    free(s->changed);
    *s = (scratch){0};
}

static cgm_status scratch_init(const evaluation *e, scratch *s)
{
    size_t widest = 0;
    for (size_t i = 0; i < e->scm->n_nodes; i++)
        if (scales_noise(e, i) && e->scm->node[i].info->noise_width > widest)
            widest = e->scm->node[i].info->noise_width;
    *s = (scratch){.edges = calloc(e->n_do + 1, SCM_CHUNK * sizeof *s->edges),
                   .scaled = widest ? calloc(widest, SCM_CHUNK * sizeof *s->scaled) : NULL,
                   .acts = calloc(e->n_do + 1, SCM_CHUNK * sizeof *s->acts),
                   .changed = calloc(e->scm->n_nodes, SCM_CHUNK * sizeof *s->changed)};
    if (s->edges && s->acts && s->changed && (s->scaled || !widest)) return CGM_OK;
    scratch_clear(s);
    return CGM_FAIL(CGM_E_MEMORY, "out of memory for a query");
}

/* ---- What a node sees ---- */

static cgm_values rows_of(const chunk *c, const cgm_values *values)
{
    return cgm_values_rows(values, c->begin, c->n);
}

/* The rows that a wide intervention gives; they are only read. */
static cgm_values given_rows(const chunk *c, const cgm_intervention *x)
{
    const cgm_values all = {
        .n = c->e->world->n, .width = c->e->world->value[x->node].width, .data = (double *)x->values};
    return rows_of(c, &all);
}

/* Its value, or that of an intervention on the edge. */
static cgm_values seen(const chunk *c, size_t from)
{
    const evaluation *e = c->e;
    const cgm_intervention *edge = cgm_scm_do_find(e->n_do, e->interventions, from, (int)c->node);
    if (!edge) return rows_of(c, &e->world->value[from]);
    if (cgm_scm_do_is_wide(e->scm, edge)) return given_rows(c, edge);
    size_t k = (size_t)(edge - e->interventions);
    return (cgm_values){.n = c->n, .width = 1, .data = c->s->edges + k * SCM_CHUNK};
}

static const double *seen_data(const void *context, size_t from)
{
    return seen(context, from).data;
}

/* Applies an intervention to what is there, which may be where its values go. */
static cgm_status apply(const chunk *c, const cgm_intervention *x, const double *natural, double *out)
{
    const evaluation *e = c->e;
    bool *acts = c->s->acts + (size_t)(x - e->interventions) * SCM_CHUNK;
    if (cgm_scm_do_is_wide(e->scm, x)) {
        cgm_values given = given_rows(c, x);
        if (x->to < 0) memcpy(out, given.data, given.n * given.width * sizeof *out);
        memset(acts, true, c->n);
        return CGM_OK;
    }
    scm_do_rows rows = {.first = e->world->first,
                        .begin = c->begin,
                        .n = c->n,
                        .natural = natural,
                        .observed = e->factual ? e->factual : e->world,
                        .seen = seen_data,
                        .context = c,
                        .draws = &e->draws};
    return cgm_scm_do_apply(e->scm, x, &rows, out, acts);
}

static cgm_status apply_edges(const chunk *c)
{
    const evaluation *e = c->e;
    for (size_t k = 0; k < e->n_do; k++) {
        const cgm_intervention *x = &e->interventions[k];
        if (x->to != (int)c->node) continue;
        CGM_TRY(apply(c, x, rows_of(c, &e->world->value[x->node]).data, c->s->edges + k * SCM_CHUNK));
    }
    return CGM_OK;
}

/* ---- One node ---- */

static void add_rows(size_t n, const bool *from, bool *to)
{
    for (size_t i = 0; i < n; i++) to[i] |= from[i];
}

/* Marks, in `changed`, the rows in which an intervention reaches what the node sees; whether there are any. */
static bool reach(const chunk *c)
{
    const evaluation *e = c->e;
    const scm_node *x = &e->scm->node[c->node];
    const scm_variable *v = &e->scm->variable[x->variable];
    bool *changed = c->s->changed, *mine = changed + c->node * SCM_CHUNK;
    memset(mine, false, c->n);
    for (size_t j = 0; j < x->index; j++) add_rows(c->n, changed + (v->first_node + j) * SCM_CHUNK, mine);
    if (x->info->ignores_parents) return memchr(mine, 1, c->n) != NULL;
    for (size_t k = 0; k < v->n_parents; k++)
        add_rows(c->n, changed + cgm_scm_node_of(e->scm, v->parents[k]) * SCM_CHUNK, mine);
    for (size_t k = 0; k < e->n_do; k++)
        if (e->interventions[k].to == (int)c->node) add_rows(c->n, c->s->acts + k * SCM_CHUNK, mine);
    return memchr(mine, 1, c->n) != NULL;
}

static cgm_values noise_of(const chunk *c)
{
    cgm_values noise = rows_of(c, &c->e->world->noise[c->node]);
    if (!scales_noise(c->e, c->node)) return noise;
    for (size_t i = 0; i < c->n * noise.width; i++) c->s->scaled[i] = c->e->opts.pixel_temperature * noise.data[i];
    noise.data = c->s->scaled;
    return noise;
}

static cgm_status evaluate(const chunk *c, cgm_values *out)
{
    const scm_node *x = &c->e->scm->node[c->node];
    const scm_variable *v = &c->e->scm->variable[x->variable];
    cgm_values parents[CGM_MAX_PARENTS], before[CGM_MAX_NODES];
    for (size_t k = 0; k < v->n_parents; k++) parents[k] = seen(c, cgm_scm_node_of(c->e->scm, v->parents[k]));
    for (size_t j = 0; j < x->index; j++) before[j] = seen(c, v->first_node + j);
    cgm_values noise = noise_of(c);
    return v->methods->predict(v->mechanism, x->index, parents, before, &noise, c->e->opts.threads, out);
}

static void copy_rows(const cgm_values *from, size_t begin, size_t n, cgm_values *to)
{
    if (n * from->width > 0)
        memcpy(to->data + begin * to->width, from->data + begin * from->width, n * from->width * sizeof(double));
}

/* A mechanism may leave its variable's range: a formula does. */
static cgm_status check_rows(const chunk *c, const bool *rows, const cgm_values *value)
{
    const scm_node *x = &c->e->scm->node[c->node];
    const cgm_variable *v = &c->e->scm->variable[x->variable].variable;
    if (c->node != cgm_scm_node_of(c->e->scm, x->variable)) return CGM_OK;
    return cgm_engine_check_rows(v, c->e->world->first + c->begin, rows, value);
}

/* The node's value before an intervention on it. In a counterfactual, rows that nothing reaches keep the factual one.
 */
static cgm_status make_natural(const chunk *c, bool reached)
{
    cgm_values value = rows_of(c, &c->e->world->value[c->node]), factual = {0};
    const bool *rows = c->e->factual ? c->s->changed + c->node * SCM_CHUNK : NULL;
    if (rows) factual = rows_of(c, &c->e->factual->value[c->node]);
    if (!reached) {
        copy_rows(&factual, 0, c->n, &value);
        return CGM_OK;
    }
    CGM_TRY(evaluate(c, &value));
    for (size_t i = 0; rows && i < c->n; i++)
        if (!rows[i]) copy_rows(&factual, i, 1, &value);
    return check_rows(c, rows, &value);
}

static cgm_status draw_noise(const chunk *c)
{
    const evaluation *e = c->e;
    cgm_values noise = rows_of(c, &e->world->noise[c->node]);
    CGM_TRY(cgm_engine_sample_noise(e->scm, &e->rng, c->node, e->world->first + c->begin, &noise));
    bool published = c->node != cgm_scm_node_of(e->scm, e->scm->node[c->node].variable);
    for (size_t i = 0; published && i < noise.n * noise.width; i++) noise.data[i] *= e->opts.sample_temperature;
    return CGM_OK;
}

static cgm_status step(const chunk *c)
{
    const evaluation *e = c->e;
    const cgm_intervention *x = cgm_scm_do_find(e->n_do, e->interventions, c->node, -1);
    if (e->factual)
        copy_rows(&e->factual->noise[c->node], c->begin, c->n, &e->world->noise[c->node]);
    else
        CGM_TRY(draw_noise(c));
    CGM_TRY(apply_edges(c));
    bool reached = e->factual ? reach(c) : true;
    if (!x || !cgm_scm_do_is_hard(x)) CGM_TRY(make_natural(c, reached));
    if (!x) return CGM_OK;
    double *value = rows_of(c, &e->world->value[c->node]).data;
    CGM_TRY(apply(c, x, value, value));
    add_rows(c->n, c->s->acts + (size_t)(x - e->interventions) * SCM_CHUNK, c->s->changed + c->node * SCM_CHUNK);
    return CGM_OK;
}

/* ---- Queries ---- */

typedef struct shared {
    const evaluation *e;
    scratch *scratch; /* one a worker */
} shared;

static cgm_status evaluate_chunk(void *context, size_t begin, size_t n, int worker)
{
    const shared *all = context;
    for (size_t k = 0; k < all->e->scm->n_nodes; k++) {
        chunk c = {.e = all->e, .s = &all->scratch[worker], .begin = begin, .n = n, .node = all->e->order[k]};
        CGM_TRY(step(&c));
    }
    return CGM_OK;
}

static cgm_status evaluate_chunks(const evaluation *e)
{
    int workers = 0, threads = e->opts.threads;
    shared all = {.e = e, .scratch = calloc((size_t)threads, sizeof *all.scratch)};
    cgm_status status = all.scratch ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for a query");
    for (; status == CGM_OK && workers < threads; workers += status == CGM_OK)
        status = scratch_init(e, &all.scratch[workers]);
    if (status == CGM_OK) status = cgm_engine_run(e->scm, e->world, threads, evaluate_chunk, &all);
    while (workers > 0) scratch_clear(&all.scratch[--workers]);
    free(all.scratch);
    return status;
}

/* In a counterfactual the factual world is there, whatever conditions see; in a sample they wait for what they see. */
static cgm_status run(evaluation *e)
{
    CGM_TRY(cgm_scm_check_interventions(e->scm, e->n_do, e->interventions, e->world->n));
    if (!e->factual) CGM_TRY(cgm_hidden_check_sample(e->scm, e->n_do, e->interventions));
    e->order = calloc(e->scm->n_nodes, sizeof *e->order);
    cgm_status status = e->order ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for a query");
    if (status == CGM_OK) status = cgm_scm_do_order(e->scm, e->factual ? 0 : e->n_do, e->interventions, e->order);
    if (status == CGM_OK) status = evaluate_chunks(e);
    e->world->has_noise = status == CGM_OK;
    free(e->order);
    return status;
}

cgm_status cgm_scm_sample(const cgm_scm *scm, const cgm_rng *rng, size_t n_do, const cgm_intervention *interventions,
                          const cgm_query_opts *opts, cgm_world *out)
{
    CGM_TRY(cgm_engine_check_world(scm, out));
    CGM_TRY(cgm_engine_check_capability(scm, CGM_CAN_SAMPLE, "sample"));
    evaluation e = {.scm = scm,
                    .n_do = n_do,
                    .interventions = interventions,
                    .opts = cgm_engine_options(opts),
                    .rng = *rng,
                    .draws = *rng,
                    .world = out};
    return run(&e);
}

cgm_status cgm_scm_predict(const cgm_scm *scm, const cgm_world *factual, size_t n_do,
                           const cgm_intervention *interventions, const cgm_query_opts *opts, cgm_world *out)
{
    CGM_TRY(cgm_engine_check_world(scm, factual));
    CGM_TRY(cgm_engine_check_world(scm, out));
    if (factual == out || factual->n != out->n)
        return CGM_FAIL(CGM_E_ARG, "the counterfactual world must be another world of %zu rows", factual->n);
    if (!factual->has_noise) return CGM_FAIL(CGM_E_ARG, "the factual world has no noise yet: abduct it first");
    evaluation e = {.scm = scm,
                    .n_do = n_do,
                    .interventions = interventions,
                    .opts = cgm_engine_options(opts),
                    .factual = factual,
                    .world = out};
    e.draws = e.opts.draws;
    out->first = factual->first;
    return run(&e);
}
