#include "scm/queries/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/hidden.h"
#include "scm/queries/unit_priv.h"

#define DEFAULT_PARTICLES 10000

/* ---- Evidence as text ---- */

static cgm_status parse_one(const cgm_scm *scm, char *text, cgm_observation *out)
{
    char *equals = strchr(text, '=');
    const char *name = text, *end = equals ? equals : text + strlen(text);
    cgm_scm_trim(&name, &end);
    text[end - text] = 0;
    if (!equals) return CGM_FAIL(CGM_E_ARG, "expected NAME=VALUE, got '%s'", name);
    CGM_TRY(cgm_scm_lookup(scm, name, &out->variable));
    const cgm_variable *x = cgm_scm_variable(scm, out->variable);
    CGM_TRY(cgm_scm_check_scalar(x));
    CGM_TRY(cgm_variable_parse(x, equals + 1, &out->value));
    cgm_status status = cgm_scm_check_value(x, out->value);
    return status == CGM_OK ? CGM_OK : cgm_fail_context(status, "'%s'", x->name);
}

cgm_status cgm_scm_parse_evidence(const cgm_scm *scm, const char *text, cgm_arena *arena, size_t *n,
                                  cgm_observation **out)
{
    char *rest = cgm_arena_strdup(arena, text);
    size_t most = 1, count = 0;
    for (const char *c = text; *c; c++) most += *c == ',';
    cgm_observation *list = cgm_arena_array(arena, most, sizeof *list);
    if (!rest || !list) return CGM_E_MEMORY;
    for (char *part; (part = strsep(&rest, ","));) {
        cgm_status status = parse_one(scm, part, &list[count]);
        if (status != CGM_OK) return cgm_fail_context(status, "evidence");
        for (size_t k = 0; k < count; k++)
            if (list[k].variable == list[count].variable)
                return CGM_FAIL(CGM_E_ARG, "evidence: '%s' is there twice",
                                cgm_scm_variable(scm, list[k].variable)->name);
        count++;
    }
    *n = count;
    *out = list;
    return CGM_OK;
}

/* ---- Choosing the method ---- */

bool cgm_unit_all_seen(const unit_question *q)
{
    for (size_t v = 0; v < q->scm->n; v++)
        if (!q->seen[v]) return false;
    return true;
}

static cgm_status check(const unit_question *q)
{
    for (size_t v = 0; v < q->scm->n; v++) {
        const scm_variable *x = &q->scm->variable[v];
        if (!cgm_variable_is_scalar(&x->variable))
            return CGM_FAIL(CGM_E_UNSUPPORTED, "'%s' is %s: its counterfactuals start from rows of data",
                            x->variable.name, cgm_variable_noun(&x->variable));
        unsigned can = x->mechanism->methods->capabilities;
        if (q->seen[v] && !(can & CGM_CAN_ABDUCT))
            return CGM_FAIL(CGM_E_UNSUPPORTED, "variable '%s': its mechanism, %s, cannot abduct its noise",
                            x->variable.name, x->mechanism->methods->kind);
        if (q->seen[v] && !(can & (CGM_CAN_LOG_PROB | CGM_CAN_LOG_PROB_BOUND)) && !cgm_unit_all_seen(q))
            return CGM_FAIL(CGM_E_UNSUPPORTED,
                            "variable '%s' has no density, so it may be seen only where everything is seen",
                            x->variable.name);
        if (!q->seen[v] && !(can & CGM_CAN_SAMPLE))
            return CGM_FAIL(CGM_E_UNSUPPORTED, "variable '%s': its mechanism, %s, cannot sample, and it was not seen",
                            x->variable.name, x->mechanism->methods->kind);
    }
    return CGM_OK;
}

/* Whether every noise is a function of the values, and the counterfactual one of the noises: no levels, whose noises
 * keep their freedom, no internal nodes, no interventions that draw. */
static bool determined(const unit_question *q)
{
    for (size_t k = 0; k < q->n_do; k++)
        if (q->interventions[k].kind == CGM_DO_DRAW) return false;
    for (size_t v = 0; v < q->scm->n; v++)
        if (q->scm->variable[v].variable.type != CGM_CONTINUOUS || q->scm->variable[v].n_nodes != 1) return false;
    return cgm_unit_all_seen(q);
}

/* Whether values are affine in the noises, before the interventions and after them. */
bool cgm_unit_is_gaussian(const unit_question *q)
{
    bool all[CGM_MAX_PARENTS];
    for (size_t k = 0; k < q->n_do; k++)
        if (!cgm_scm_do_is_affine(q->scm, &q->interventions[k])) return false;
    for (size_t k = 0; k < CGM_MAX_PARENTS; k++) all[k] = true;
    for (size_t v = 0; v < q->scm->n; v++) {
        const cgm_mechanism *m = q->scm->variable[v].mechanism;
        if (!cgm_mechanism_passes_means(m, all)) return false;
    }
    return true;
}

/* ---- Answering ---- */

/* What interventions make of the particles in `factual`, weighted; the weights add to one. */
static cgm_status summarise(const unit_question *q, const cgm_world *factual, const double *weight,
                            cgm_unit_answer *out)
{
    cgm_world *after = NULL;
    cgm_query_opts opts;
    cgm_query_defaults(&opts);
    opts.threads = q->threads;
    opts.draws = q->rng;
    CGM_TRY(cgm_world_create(q->scm, factual->n, &after));
    cgm_status status = cgm_scm_predict(q->scm, factual, q->n_do, q->interventions, &opts, after);
    for (size_t v = 0; status == CGM_OK && v < q->scm->n; v++) {
        const double *x = after->value[cgm_scm_node_of(q->scm, v)].data;
        cgm_unit_value *value = &out->value[v];
        if (value->exact) continue;
        double mean = x[0], square = 0; /* from the first, so that what is the same in all has no spread */
        for (size_t i = 1; i < factual->n; i++) mean += weight[i] * (x[i] - x[0]);
        for (size_t i = 0; i < factual->n; i++) square += weight[i] * (x[i] - mean) * (x[i] - mean);
        value->mean = mean;
        value->sd = sqrt(square);
        value->mc_error = sqrt(square / out->effective);
        if (!cgm_variable_has_levels(cgm_scm_variable(q->scm, v))) continue;
        double *p = cgm_arena_array(&out->arena, (size_t)cgm_scm_variable(q->scm, v)->levels, sizeof *p);
        if (!p) status = CGM_E_MEMORY;
        for (size_t i = 0; p && i < factual->n; i++) p[(size_t)x[i]] += weight[i];
        value->probability = p;
    }
    cgm_world_destroy(after);
    return status;
}

static cgm_status by_particles(const unit_question *q, size_t n, cgm_unit_answer *out)
{
    cgm_world *world = NULL;
    double *weight = calloc(n, sizeof *weight), squares = 0, log_mean;
    cgm_status status =
        weight ? cgm_world_create(q->scm, n, &world) : CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu particles", n);
    if (status == CGM_OK) status = cgm_unit_particles(q, world, weight, &log_mean);
    for (size_t i = 0; status == CGM_OK && i < n; i++) squares += weight[i] * weight[i];
    out->particles = n;
    out->effective = 1 / squares;
    if (status == CGM_OK) status = summarise(q, world, weight, out);
    cgm_world_destroy(world);
    free(weight);
    return status;
}

static bool all_exact(const cgm_unit_answer *a)
{
    for (size_t v = 0; v < a->n; v++)
        if (!a->value[v].exact) return false;
    return true;
}

static cgm_status choose(const unit_question *q, const cgm_unit_opts *opts, cgm_unit_answer *out)
{
    size_t particles = cgm_unit_particle_count(opts);
    out->method = CGM_UNIT_PARTICLES;
    if (opts->particles_only) return by_particles(q, particles, out);
    if (determined(q)) {
        out->method = CGM_UNIT_ABDUCTION;
        return by_particles(q, 1, out);
    }
    if (cgm_unit_is_gaussian(q)) {
        out->method = CGM_UNIT_GAUSSIAN;
        return cgm_unit_gaussian(q, out);
    }
    CGM_TRY(cgm_unit_discrete(q, out));
    if (!all_exact(out)) return by_particles(q, particles, out);
    out->method = CGM_UNIT_DISCRETE;
    return CGM_OK;
}

static cgm_status answer(const unit_question *q, const cgm_unit_opts *opts, cgm_unit_answer *out)
{
    out->n = q->scm->n;
    out->value = cgm_arena_array(&out->arena, q->scm->n, sizeof *out->value);
    if (!out->value) return CGM_E_MEMORY;
    CGM_TRY(choose(q, opts, out));
    for (size_t v = 0; v < q->scm->n; v++) {
        cgm_unit_value *value = &out->value[v];
        value->seen = q->seen[v];
        value->evidence = q->value[v];
        value->exact = value->exact || out->method != CGM_UNIT_PARTICLES;
        if (value->exact) value->mc_error = 0;
    }
    return CGM_OK;
}

size_t cgm_unit_particle_count(const cgm_unit_opts *opts)
{
    return opts && opts->particles ? opts->particles : DEFAULT_PARTICLES;
}

cgm_status cgm_unit_ask(const cgm_scm *scm, const cgm_rng *rng, size_t n_evidence, const cgm_observation *evidence,
                        const cgm_unit_opts *opts, cgm_arena *arena, unit_question *out)
{
    unit_question q = {
        .scm = scm, .threads = opts && opts->threads > 0 ? opts->threads : 1, .rng = cgm_rng_split(rng, "unit")};
    if (!scm->finished) return CGM_FAIL(CGM_E_ARG, "the model is not finished");
    q.seen = cgm_arena_array(arena, scm->n, sizeof *q.seen);
    q.value = cgm_arena_array(arena, scm->n, sizeof *q.value);
    if (!q.seen || !q.value) return CGM_E_MEMORY;
    for (size_t k = 0; k < n_evidence; k++) {
        q.seen[evidence[k].variable] = true;
        q.value[evidence[k].variable] = evidence[k].value;
    }
    CGM_TRY(check(&q));
    *out = q;
    return CGM_OK;
}

cgm_status cgm_scm_unit(const cgm_scm *scm, const cgm_rng *rng, size_t n_evidence, const cgm_observation *evidence,
                        size_t n_do, const cgm_intervention *interventions, const cgm_unit_opts *opts,
                        cgm_unit_answer *out)
{
    cgm_unit_answer result = {0};
    const cgm_unit_opts defaults = {0};
    unit_question q;
    cgm_status status = cgm_unit_ask(scm, rng, n_evidence, evidence, opts, &result.arena, &q);
    if (status == CGM_OK) status = cgm_hidden_check(scm, "counterfactual");
    for (size_t k = 0; status == CGM_OK && k < n_do; k++)
        if (interventions[k].values || interventions[k].kind == CGM_DO_PERMUTED)
            status = CGM_FAIL(CGM_E_ARG, "do(%s): one unit has no rows to take values for",
                              interventions[k].text ? interventions[k].text : "values");
    if (status == CGM_OK) status = cgm_scm_check_interventions(scm, n_do, interventions, 1);
    q.n_do = n_do;
    q.interventions = interventions;
    if (status == CGM_OK) status = answer(&q, opts ? opts : &defaults, &result);
    if (status == CGM_OK)
        *out = result;
    else
        cgm_unit_answer_clear(&result);
    return status;
}

void cgm_unit_answer_clear(cgm_unit_answer *answer)
{
    cgm_arena_clear(&answer->arena);
    *answer = (cgm_unit_answer){0};
}
