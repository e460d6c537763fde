/* A known formula as a mechanism: x := f(parents, u), with u of a known distribution. Nothing is fitted. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/formula/distribution_priv.h"
#include "scm/formula/expression_priv.h"
#include "scm/formula/inverse.h"
#include "scm/mechanism_table.h"
#include "scm/mechanisms/features.h"

enum { BLOCK = 256 };

typedef struct options {
    const char *formula, *noise;
} options;

static const cgm_key keys[] = {
    {.name = "formula",
     .type = CGM_KEY_TEXT,
     .offset = offsetof(options, formula),
     .required = true,
     .doc = "the value, of the parents by name and of the noise u"},
    {.name = "noise",
     .type = CGM_KEY_TEXT,
     .offset = offsetof(options, noise),
     .doc = "u's distribution: normal(0, 1)"},
};

typedef struct formula {
    cgm_mechanism base;
    cgm_arena arena;
    const cgm_variable *variable;
    cgm_mechanism_node node;
    cgm_expression *e;
    cgm_distribution *noise; /* NULL: the formula has no u */
    size_t u;                /* its number among the names */
    size_t n_parents;
    const cgm_variable *parents[CGM_MAX_PARENTS];
    size_t name[CGM_MAX_PARENTS]; /* each parent's number among the names */
    scm_inverse inverse;
} formula;

static const cgm_mechanism_class deterministic;

static void formula_destroy(cgm_mechanism *base)
{
    formula *m = (formula *)base;
    if (!m) return;
    cgm_expression_destroy(m->e);
    cgm_distribution_destroy(m->noise);
    cgm_arena_clear(&m->arena);
    free(m);
}

/* ---- Reading ---- */

static cgm_status unknown_name(const formula *m, size_t name, const char *word)
{
    const char *candidates[CGM_MAX_PARENTS + 1];
    char hint[CGM_HINT_TEXT];
    size_t n = 0;
    for (; n < m->n_parents; n++) candidates[n] = m->parents[n]->name;
    candidates[n++] = "u";
    cgm_hint(word, n, candidates, hint);
    return cgm_expression_fail(m->e, name, "there is no parent '%.64s'%s", word, hint[0] ? hint : " (the noise is u)");
}

/* Every name is a parent or u, every parent is a name. */
static cgm_status match_names(formula *m)
{
    const char *const *names;
    size_t n = cgm_expression_names(m->e, &names);
    for (size_t i = 0; i < n; i++) {
        bool known = strcmp(names[i], "u") == 0;
        for (size_t p = 0; p < m->n_parents; p++) known = known || strcmp(names[i], m->parents[p]->name) == 0;
        if (!known) return unknown_name(m, i, names[i]);
    }
    for (size_t p = 0; p < m->n_parents; p++) {
        const char *parent = m->parents[p]->name;
        int found = cgm_expression_find(m->e, parent);
        if (strcmp(parent, "u") == 0)
            return CGM_FAIL(CGM_E_ARG, "a parent is called 'u', which is the noise; give it another name");
        if (found < 0)
            return CGM_FAIL(CGM_E_ARG,
                            "the formula does not use the parent '%s' (a name that is not made of letters, digits and "
                            "_, or that means something else, stands between quotes)",
                            parent);
        m->name[p] = (size_t)found;
    }
    return CGM_OK;
}

/* An error of a key, at its place in the config. */
static cgm_status at_key(cgm_status status, const cgm_mechanism_spec *spec, const char *key)
{
    const cgm_yaml *node = cgm_yaml_get(spec->options, key);
    if (status == CGM_OK || status == CGM_E_MEMORY || !node) return status;
    return cgm_fail_context(CGM_E_CONFIG, "%s", cgm_yaml_where(node));
}

static cgm_status read_formula(formula *m, const cgm_mechanism_spec *spec)
{
    options chosen = {0};
    CGM_TRY(cgm_mechanism_read_options(&cgm_mechanism_formula, spec, sizeof chosen, &chosen));
    CGM_TRY(at_key(cgm_expression_parse(chosen.formula, "formula", &m->e), spec, "formula"));
    CGM_TRY(at_key(match_names(m), spec, "formula"));
    int u = cgm_expression_find(m->e, "u");
    if (u < 0) {
        cgm_status none =
            chosen.noise ? CGM_FAIL(CGM_E_ARG, "there is a noise, but the formula does not use u") : CGM_OK;
        m->base.methods = &deterministic;
        return at_key(none, spec, "noise");
    }
    m->u = (size_t)u;
    m->node.noise_width = 1;
    const char *noise = chosen.noise ? chosen.noise : "normal(0, 1)";
    CGM_TRY(at_key(cgm_distribution_parse(noise, "noise", &m->noise), spec, "noise"));
    return at_key(cgm_formula_inverse_init(m->e, m->u, m->noise, &m->arena, &m->inverse), spec, "formula");
}

static cgm_status formula_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    formula *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a mechanism");
    m->base.methods = &cgm_mechanism_formula;
    m->variable = spec->variable;
    m->node = (cgm_mechanism_node){.width = 1};
    m->n_parents = spec->n_parents;
    for (size_t p = 0; p < spec->n_parents; p++) m->parents[p] = spec->parents[p];
    cgm_status status = read_formula(m, spec);
    if (status != CGM_OK) {
        formula_destroy(&m->base);
        return status;
    }
    *out = &m->base;
    return CGM_OK;
}

static size_t formula_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = &((const formula *)base)->node;
    return 1;
}

static void formula_describe(const cgm_mechanism *base, size_t size, char *text)
{
    const formula *m = (const formula *)base;
    scm_text to = {text, size, 0};
    cgm_scm_text_add(&to, "%s = %s", m->variable->name, cgm_expression_text(m->e));
    if (m->noise) cgm_scm_text_add(&to, ", u ~ %s", cgm_distribution_text(m->noise));
}

static cgm_status formula_state(cgm_mechanism *base, cgm_state *state)
{
    (void)base, (void)state;
    return CGM_OK;
}

/* ---- Computing ---- */

/* Inputs for rows from `begin` on; u may be NULL. */
static void bind(const formula *m, const cgm_values *parents, size_t begin, const double *u, cgm_expression_input *out)
{
    for (size_t p = 0; p < m->n_parents; p++) out[m->name[p]] = (cgm_expression_input){parents[p].data + begin, 1};
    if (m->noise) out[m->u] = (cgm_expression_input){u, 1};
}

static cgm_status formula_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                                  const cgm_values *noise, int threads, cgm_values *out)
{
    const formula *m = (const formula *)base;
    cgm_expression_input inputs[CGM_EXPRESSION_MAX_NAMES];
    (void)node, (void)before, (void)threads;
    bind(m, parents, 0, noise->data, inputs);
    cgm_expression_evaluate(m->e, out->n, inputs, out->data);
    return CGM_OK;
}

static cgm_status formula_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    const formula *m = (const formula *)base;
    (void)node;
    for (size_t i = 0; i < noise->n; i++) noise->data[i] = cgm_distribution_sample(m->noise, rng);
    return CGM_OK;
}

/* Noise and verdict of at most BLOCK rows; without noise the verdict alone: whether the formula gives the value, data
 * as they are rounded in files allowed for. */
static cgm_status invert(const formula *m, const cgm_values *parents, size_t begin, size_t n, const double *x,
                         double *u, scm_verdict *verdict)
{
    cgm_expression_input inputs[CGM_EXPRESSION_MAX_NAMES];
    bind(m, parents, begin, NULL, inputs);
    if (m->noise) return cgm_formula_invert(&m->inverse, n, inputs, x, u, verdict);
    cgm_expression_evaluate(m->e, n, inputs, u);
    for (size_t i = 0; i < n; i++) verdict[i] = fabs(u[i] - x[i]) <= 1e-6 * (1 + fabs(x[i])) ? SCM_UNIQUE : SCM_NONE;
    return CGM_OK;
}

static cgm_status refuse(const formula *m, scm_verdict verdict, double x)
{
    if (verdict == SCM_SEVERAL)
        return CGM_FAIL(CGM_E_UNSUPPORTED,
                        "%g does not determine the noise u, as the formula is not strictly monotone in u there", x);
    if (!m->noise) return CGM_FAIL(CGM_E_ARG, "%g is not what its formula, which has no noise, gives", x);
    return CGM_FAIL(CGM_E_ARG, "its formula gives %g for no noise u ~ %s", x, cgm_distribution_text(m->noise));
}

static cgm_status formula_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                 const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    const formula *m = (const formula *)base;
    double u[BLOCK];
    scm_verdict verdict[BLOCK];
    (void)rng, (void)internals;
    for (size_t begin = 0; begin < value->n; begin += BLOCK) {
        size_t n = value->n - begin < BLOCK ? value->n - begin : BLOCK;
        CGM_TRY(invert(m, parents, begin, n, value->data + begin, u, verdict));
        for (size_t i = 0; i < n; i++)
            if (verdict[i] != SCM_UNIQUE)
                return cgm_fail_context(refuse(m, verdict[i], value->data[begin + i]), "variable '%s', row %zu",
                                        m->variable->name, opts->first_row + begin + i);
        if (m->noise) memcpy(noise[0].data + begin, u, n * sizeof *u);
    }
    return CGM_OK;
}

/* Verdicts, and log p(u) - log |dx/du| where the noise is found; of a discrete noise log p(u). Minus infinity where no
 * noise gives the value. */
static cgm_status block_log_prob(const formula *m, const cgm_values *parents, size_t begin, size_t n, const double *x,
                                 scm_verdict *verdict, double *out)
{
    double u[BLOCK], value[BLOCK], slope[BLOCK];
    cgm_expression_input inputs[CGM_EXPRESSION_MAX_NAMES];
    CGM_TRY(invert(m, parents, begin, n, x, u, verdict));
    if (!m->noise) return CGM_OK;
    bool discrete = cgm_distribution_is_discrete(m->noise);
    bind(m, parents, begin, u, inputs);
    if (!discrete) cgm_expression_differentiate(m->e, n, inputs, m->u, value, slope);
    for (size_t i = 0; i < n; i++) {
        out[i] = -INFINITY;
        if (verdict[i] != SCM_NONE)
            out[i] = cgm_distribution_log_prob(m->noise, u[i]) - (discrete ? 0 : log(fabs(slope[i])));
    }
    return CGM_OK;
}

static cgm_status formula_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                   cgm_rng *rng, double *out)
{
    const formula *m = (const formula *)base;
    scm_verdict verdict[BLOCK];
    (void)rng;
    for (size_t begin = 0; begin < value->n; begin += BLOCK) {
        size_t n = value->n - begin < BLOCK ? value->n - begin : BLOCK;
        CGM_TRY(block_log_prob(m, parents, begin, n, value->data + begin, verdict, out + begin));
        for (size_t i = 0; i < n; i++)
            if (verdict[i] == SCM_SEVERAL)
                return cgm_fail_context(refuse(m, SCM_SEVERAL, value->data[begin + i]), "variable '%s'",
                                        m->variable->name);
    }
    return CGM_OK;
}

/* ---- Fitting, which finds how well the data agree ---- */

static cgm_status formula_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    size_t begin, n;
    (void)base;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &n);
    *report = (cgm_fit_report){.total = n, .unit = "rows"};
    return CGM_OK;
}

/* Mean of -log p over the rows that the formula can give, and how many it cannot. A formula that does not determine u
 * has no likelihood to report, and can still be sampled. */
static cgm_status formula_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    const formula *m = (const formula *)base;
    scm_features parents = {.n_parents = m->n_parents, .parents = m->parents};
    scm_columns columns;
    scm_verdict verdict[BLOCK];
    double log_p[BLOCK], sum = 0, possible = 0, impossible = 0;
    CGM_TRY(cgm_scm_columns_get(fit->data, m->variable, &parents, &columns));
    for (size_t begin = 0; begin < columns.value.n; begin += BLOCK) {
        size_t n = columns.value.n - begin < BLOCK ? columns.value.n - begin : BLOCK;
        CGM_TRY(block_log_prob(m, columns.parents, begin, n, columns.value.data + begin, verdict, log_p));
        for (size_t i = 0; i < n; i++) {
            possible += verdict[i] == SCM_UNIQUE;
            impossible += verdict[i] == SCM_NONE;
            if (m->noise && verdict[i] == SCM_UNIQUE) sum -= log_p[i];
        }
    }
    report->finished = report->epoch_ended = true;
    report->done = report->total;
    report->n_metrics = 0;
    if (m->noise && possible > 0)
        report->metrics[report->n_metrics++] = (cgm_metric){.name = "nll", .value = sum / possible};
    report->metrics[report->n_metrics++] = (cgm_metric){.name = "impossible", .value = impossible};
    return CGM_OK;
}

static void formula_fit_end(cgm_mechanism *base)
{
    (void)base;
}

static bool formula_is_known(const cgm_mechanism *m)
{
    (void)m;
    return true;
}

static bool formula_has_normal_noise(const cgm_mechanism *base)
{
    const formula *m = (const formula *)base;
    return m->noise && m->variable->type == CGM_CONTINUOUS && cgm_distribution_is_standard_normal(m->noise);
}

/* By the formula's form: it is affine in u and all parents together. */
static bool formula_passes_means(const cgm_mechanism *base, const bool *moving)
{
    const formula *m = (const formula *)base;
    if (!formula_has_normal_noise(base) || m->variable->bounded || !cgm_formula_is_affine(m->e)) return false;
    for (size_t p = 0; p < m->n_parents; p++)
        if (moving[p] && m->parents[p]->type != CGM_CONTINUOUS) return false;
    return true;
}

#define COMMON                                                                                                         \
    .kind = "formula", .doc = "a known formula of the parents and of a noise u", .n_keys = sizeof keys / sizeof *keys, \
    .variable_types = CGM_SCALAR_TYPES, .parent_types = CGM_SCALAR_TYPES, .keys = keys, .create = formula_create,      \
    .destroy = formula_destroy, .nodes = formula_nodes, .describe = formula_describe, .state = formula_state,          \
    .fit_begin = formula_fit_begin, .fit_step = formula_fit_step, .fit_end = formula_fit_end,                          \
    .predict = formula_predict, .abduct = formula_abduct, .is_known = formula_is_known

const cgm_mechanism_class cgm_mechanism_formula = {
    COMMON,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB | CGM_ABDUCTS_EXACTLY | CGM_CONCURRENT,
    .log_prob = formula_log_prob,
    .sample_noise = formula_sample_noise,
    .has_normal_noise = formula_has_normal_noise,
    .passes_means = formula_passes_means,
};
/* A formula without u has no density. */
static const cgm_mechanism_class deterministic = {
    COMMON,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_ABDUCTS_EXACTLY | CGM_CONCURRENT,
};
