/* The conditional probability table as a mechanism. */
#include "scm/mechanisms/cpt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/mechanisms/categorical.h"
#include "scm/mechanisms/counterfactual.h"
#include "scm/mechanisms/known.h"
#include "scm/object.h"

typedef struct options {
    const cgm_yaml *table;
    double pseudo_count;
} options;

static const cgm_key keys[] = {
    {.name = "table",
     .type = CGM_KEY_NODE,
     .offset = offsetof(options, table),
     .doc = "known probabilities: [...], or with parents [{PARENT: LEVEL, ..., p: [...]}, ...]"},
    {.name = "pseudocount",
     .type = CGM_KEY_REAL,
     .offset = offsetof(options, pseudo_count),
     .low = 0,
     .high = 1e9,
     .doc = "without a table: rows added to each level of each combination of parents (0.001)"},
};
enum { MAX_NUMBERS = 1 << 22 }; /* of a table: 32 MB */

size_t cgm_scm_cpt_row(const scm_cpt *m, const double *levels)
{
    size_t row = 0;
    for (size_t k = 0; k < m->parents.n_parents; k++)
        row = row * (size_t)m->parents.parents[k]->levels + (size_t)levels[k];
    return row;
}

const double *cgm_scm_cpt_at(const scm_cpt *m, const cgm_values *parents, size_t i)
{
    double levels[CGM_MAX_PARENTS];
    for (size_t k = 0; k < m->parents.n_parents; k++) levels[k] = parents[k].data[i];
    return m->p + cgm_scm_cpt_row(m, levels) * m->levels;
}

const char *cgm_scm_cpt_name(const scm_cpt *m, size_t row, size_t size, char *text)
{
    char level[CGM_VALUE_TEXT];
    size_t stride = m->rows;
    scm_text to = {text, size, 0};
    cgm_scm_text_add(&to, "'%s'", m->variable->name);
    for (size_t k = 0; k < m->parents.n_parents; k++) {
        const cgm_variable *parent = m->parents.parents[k];
        stride /= (size_t)parent->levels;
        double value = (double)(row / stride % (size_t)parent->levels);
        cgm_scm_text_add(&to, "%s%s=%s", k ? ", " : " given ", parent->name, cgm_variable_text(parent, value, level));
    }
    return text;
}

/* ---- The object ---- */

static void cpt_destroy(cgm_mechanism *base)
{
    scm_cpt *m = (scm_cpt *)base;
    if (!m) return;
    cgm_arena_clear(&m->arena);
    free(m);
}

static cgm_status allocate(scm_cpt *m, const cgm_mechanism_spec *spec)
{
    m->rows = 1;
    for (size_t k = 0; k < spec->n_parents; k++) {
        m->rows *= (size_t)spec->parents[k]->levels;
        if (m->rows * m->levels <= MAX_NUMBERS) continue;
        cgm_status status =
            CGM_FAIL(CGM_E_ARG, "the table has more than %d numbers: expected fewer or smaller parents", MAX_NUMBERS);
        if (spec->options) status = cgm_fail_context(CGM_E_CONFIG, "%s", cgm_yaml_where(spec->options));
        return status;
    }
    m->p = cgm_arena_array(&m->arena, m->rows, m->levels * sizeof *m->p);
    return m->p ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status init(scm_cpt *m, const cgm_mechanism_spec *spec)
{
    options chosen = {.pseudo_count = -1};
    CGM_TRY(cgm_mechanism_read_options(&cgm_mechanism_cpt, spec, sizeof chosen, &chosen));
    if (chosen.table && chosen.pseudo_count >= 0)
        return cgm_yaml_fail(cgm_yaml_get(spec->options, "pseudocount"),
                             "pseudocount: expected none beside a table, which leaves nothing to count");
    m->pseudo_count = chosen.pseudo_count >= 0 ? chosen.pseudo_count : 1e-3;
    m->given = chosen.table != NULL;
    CGM_TRY(allocate(m, spec));
    return m->given ? cgm_scm_cpt_read(m, chosen.table) : CGM_OK;
}

static cgm_status cpt_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    scm_cpt *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a mechanism");
    m->base.methods = &cgm_mechanism_cpt;
    m->variable = spec->variable;
    m->parents = (scm_features){.n_parents = spec->n_parents, .parents = spec->parents};
    m->levels = (size_t)spec->variable->levels;
    m->node = (cgm_mechanism_node){.width = 1, .noise_width = m->levels};
    cgm_status status = init(m, spec);
    if (status != CGM_OK) {
        cpt_destroy(&m->base);
        return status;
    }
    *out = &m->base;
    return CGM_OK;
}

static bool cpt_is_known(const cgm_mechanism *base)
{
    return ((const scm_cpt *)base)->given;
}

static size_t cpt_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = &((const scm_cpt *)base)->node;
    return 1;
}

static void cpt_describe(const cgm_mechanism *base, size_t size, char *text)
{
    const scm_cpt *m = (const scm_cpt *)base;
    char name[256];
    scm_text to = {text, size, 0};
    for (size_t r = 0; r < m->rows && to.used < size; r++) {
        cgm_scm_text_add(&to, "%s%s ~ (", r ? "; " : "", cgm_scm_cpt_name(m, r, sizeof name, name));
        for (size_t l = 0; l < m->levels; l++) cgm_scm_text_add(&to, "%s%.3g", l ? ", " : "", m->p[r * m->levels + l]);
        cgm_scm_text_add(&to, ")");
    }
}

static cgm_status cpt_state(cgm_mechanism *base, cgm_state *state)
{
    scm_cpt *m = (scm_cpt *)base;
    return cgm_state_add(state, CGM_F64, CGM_SHAPE((int64_t)m->rows, (int64_t)m->levels), m->p, "parameters/table");
}

/* ---- Fitting ---- */

cgm_status cgm_scm_cpt_fit(scm_cpt *m, const cgm_values *value, const cgm_values *parents, size_t *unseen)
{
    if (value->n == 0) return CGM_FAIL(CGM_E_ARG, "variable '%s': there are no training rows", m->variable->name);
    memset(m->p, 0, m->rows * m->levels * sizeof *m->p);
    for (size_t i = 0; i < value->n; i++) {
        size_t row = (size_t)(cgm_scm_cpt_at(m, parents, i) - m->p);
        m->p[row + (size_t)value->data[i]] += 1;
    }
    *unseen = 0;
    for (size_t r = 0; r < m->rows; r++) {
        double *p = m->p + r * m->levels, seen = 0;
        for (size_t l = 0; l < m->levels; l++) seen += p[l];
        double each = seen > 0 ? m->pseudo_count : 1, total = seen + each * (double)m->levels;
        for (size_t l = 0; l < m->levels; l++) p[l] = (p[l] + each) / total;
        *unseen += seen == 0;
    }
    return CGM_OK;
}

static cgm_status cpt_fit_begin(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    size_t begin, n;
    (void)base;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &n);
    *report = (cgm_fit_report){.total = n, .unit = "rows"};
    return CGM_OK;
}

/* Mean of -log p over the rows to which the table gives a probability. Of a given table: how many there are to which it
 * gives none; of a fitted one: how many combinations of parents the data do not have. */
static cgm_status cpt_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    scm_cpt *m = (scm_cpt *)base;
    scm_columns columns;
    double sum = 0, possible = 0;
    size_t unseen = 0;
    CGM_TRY(cgm_scm_columns_get(fit->data, m->variable, &m->parents, &columns));
    if (!m->given) CGM_TRY(cgm_scm_cpt_fit(m, &columns.value, columns.parents, &unseen));
    for (size_t i = 0; i < columns.value.n; i++) {
        double p = cgm_scm_cpt_at(m, columns.parents, i)[(size_t)columns.value.data[i]];
        if (!(p > 0)) continue;
        sum -= log(p);
        possible++;
    }
    cgm_scm_report_step(report, sum / possible);
    if (possible == 0) report->n_metrics = 0;
    report->metrics[report->n_metrics++] =
        m->given ? (cgm_metric){.name = "impossible", .value = (double)columns.value.n - possible}
                 : (cgm_metric){.name = "unseen", .value = (double)unseen};
    return CGM_OK;
}

static void cpt_fit_end(cgm_mechanism *base)
{
    (void)base;
}

/* ---- Computing ---- */

static void log_probs(const scm_cpt *m, const cgm_values *parents, size_t i, double *out)
{
    const double *p = cgm_scm_cpt_at(m, parents, i);
    for (size_t l = 0; l < m->levels; l++) out[l] = log(p[l]);
}

static cgm_status cpt_log_prob(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                               double *out)
{
    const scm_cpt *m = (const scm_cpt *)base;
    (void)rng;
    for (size_t i = 0; i < value->n; i++) out[i] = log(cgm_scm_cpt_at(m, parents, i)[(size_t)value->data[i]]);
    return CGM_OK;
}

static cgm_status cpt_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                              const cgm_values *noise, int threads, cgm_values *out)
{
    const scm_cpt *m = (const scm_cpt *)base;
    double log_p[SCM_MAX_LEVELS];
    (void)node, (void)before, (void)threads;
    for (size_t i = 0; i < out->n; i++) {
        log_probs(m, parents, i, log_p);
        out->data[i] = (double)cgm_scm_gumbel_argmax(m->levels, log_p, noise->data + i * noise->width);
    }
    return CGM_OK;
}

static cgm_status refuse(const scm_cpt *m, const cgm_values *parents, size_t i, double value, size_t row)
{
    char name[256], level[CGM_VALUE_TEXT];
    size_t r = (size_t)(cgm_scm_cpt_at(m, parents, i) - m->p) / m->levels;
    return CGM_FAIL(CGM_E_ARG, "variable '%s', row %zu: %s has probability 0 in the table of %s", m->variable->name,
                    row, cgm_variable_text(m->variable, value, level), cgm_scm_cpt_name(m, r, sizeof name, name));
}

static cgm_status cpt_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                             const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    const scm_cpt *m = (const scm_cpt *)base;
    double log_p[SCM_MAX_LEVELS];
    (void)internals;
    for (size_t i = 0; i < value->n; i++) {
        cgm_rng stream = cgm_abduct_stream(rng, opts, i);
        size_t seen = (size_t)value->data[i];
        log_probs(m, parents, i, log_p);
        if (!(log_p[seen] > -INFINITY)) return refuse(m, parents, i, value->data[i], opts->first_row + i);
        cgm_scm_categorical_posterior(m->levels, log_p, seen, &stream, noise[0].data + i * m->levels);
    }
    return CGM_OK;
}

static cgm_status cpt_counterfactual(cgm_mechanism *base, const cgm_values *parents, const cgm_values *counter_parents,
                                     size_t n, double *out)
{
    const scm_cpt *m = (const scm_cpt *)base;
    for (size_t i = 0; i < n; i++) {
        const double *p = cgm_scm_cpt_at(m, parents, i), *q = cgm_scm_cpt_at(m, counter_parents, i);
        for (size_t l = 0; l < m->levels; l++)
            cgm_scm_gumbel_counterfactual(m->levels, p, l, q, out + (i * m->levels + l) * m->levels);
    }
    return CGM_OK;
}

const cgm_mechanism_class cgm_mechanism_cpt = {
    .kind = "cpt",
    .doc = "a table: the levels' probabilities for each combination of the parents' levels, fitted or given",
    .variable_types = CGM_LEVEL_TYPES,
    .parent_types = CGM_LEVEL_TYPES,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_CAN_LOG_PROB | CGM_ABDUCTS_EXACTLY | CGM_CONCURRENT,
    .assumption = "Gumbel-max noise",
    .n_keys = sizeof keys / sizeof *keys,
    .keys = keys,
    .create = cpt_create,
    .destroy = cpt_destroy,
    .nodes = cpt_nodes,
    .describe = cpt_describe,
    .state = cpt_state,
    .fit_begin = cpt_fit_begin,
    .fit_step = cpt_fit_step,
    .fit_end = cpt_fit_end,
    .log_prob = cpt_log_prob,
    .sample_noise = cgm_scm_gumbel_sample,
    .predict = cpt_predict,
    .abduct = cpt_abduct,
    .counterfactual = cpt_counterfactual,
    .is_known = cpt_is_known,
};
