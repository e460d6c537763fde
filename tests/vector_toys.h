/* A mechanism of vectors whose law is known: independent normal components, their means by the level of the one parent
 * (or one mean, without a parent), their standard deviations the same for all levels; both fitted. */
#ifndef CGM_TESTS_VECTOR_TOYS_H
#define CGM_TESTS_VECTOR_TOYS_H

#include "scm/mechanism_table.h"
#include "tests/run_toys.h"

typedef struct vector_toy {
    cgm_mechanism base;
    cgm_mechanism_node node;
    const cgm_variable *variable, *parent;
    size_t width, levels;
    double *mean, *sd; /* [levels, width], [width] */
} vector_toy;

static inline const double *vector_mean(const vector_toy *m, const cgm_values *parents, size_t row)
{
    return m->mean + (m->parent ? (size_t)parents[0].data[row] * m->width : 0);
}

static inline void vector_destroy(cgm_mechanism *base)
{
    vector_toy *m = (vector_toy *)base;
    free(m->mean);
    free(m->sd);
    free(m);
}

static inline size_t vector_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = &((const vector_toy *)base)->node;
    return 1;
}

static inline void vector_describe(const cgm_mechanism *base, size_t size, char *text)
{
    snprintf(text, size, "%zu normal components", ((const vector_toy *)base)->width);
}

static inline cgm_status vector_state(cgm_mechanism *base, cgm_state *state)
{
    vector_toy *m = (vector_toy *)base;
    CGM_TRY(
        cgm_state_add(state, CGM_F64, CGM_SHAPE((int64_t)m->levels, (int64_t)m->width), m->mean, "parameters/mean"));
    return cgm_state_add(state, CGM_F64, CGM_SHAPE((int64_t)m->width), m->sd, "parameters/sd");
}

static inline cgm_status vector_fit_begin(cgm_mechanism *m, const cgm_fit *fit, cgm_fit_report *report)
{
    (void)m, (void)fit;
    *report = (cgm_fit_report){.total = 1, .unit = "steps"};
    return CGM_OK;
}

static inline cgm_status vector_fit_step(cgm_mechanism *base, const cgm_fit *fit, cgm_fit_report *report)
{
    vector_toy *m = (vector_toy *)base;
    size_t begin, n;
    cgm_dataset_split(fit->data, CGM_TRAIN, &begin, &n);
    const double *level = m->parent ? cgm_dataset_column(fit->data, m->parent->name) : NULL;
    double *x = calloc(n * m->width, sizeof *x);
    size_t *rows = calloc(n, sizeof *rows), *count = calloc(m->levels, sizeof *count);
    if (!x || !rows || !count) return CGM_FAIL(CGM_E_MEMORY, "out of memory");
    for (size_t i = 0; i < n; i++) rows[i] = begin + i;
    CGM_TRY(cgm_dataset_read(fit->data, m->variable->name, n, rows, x));
    for (size_t i = 0; i < n; i++) count[level ? (size_t)level[begin + i] : 0]++;
    for (size_t i = 0; i < n * m->width; i++) {
        size_t of = level ? (size_t)level[begin + i / m->width] : 0;
        m->mean[of * m->width + i % m->width] += x[i] / (double)count[of];
    }
    for (size_t i = 0; i < n * m->width; i++) {
        size_t of = level ? (size_t)level[begin + i / m->width] : 0;
        m->sd[i % m->width] += pow(x[i] - m->mean[of * m->width + i % m->width], 2) / (double)n;
    }
    for (size_t k = 0; k < m->width; k++) m->sd[k] = sqrt(m->sd[k]);
    free(x);
    free(rows);
    free(count);
    *report = (cgm_fit_report){.finished = true, .done = 1, .total = 1, .unit = "steps"};
    return CGM_OK;
}

static inline void vector_fit_end(cgm_mechanism *m)
{
    (void)m;
}

static inline cgm_status vector_sample_noise(cgm_mechanism *m, size_t node, cgm_rng *rng, cgm_values *noise)
{
    (void)m, (void)node;
    for (size_t i = 0; i < noise->n * noise->width; i++) noise->data[i] = cgm_rng_normal(rng);
    return CGM_OK;
}

static inline cgm_status vector_predict(cgm_mechanism *base, size_t node, const cgm_values *parents,
                                        const cgm_values *before, const cgm_values *noise, int threads, cgm_values *out)
{
    const vector_toy *m = (const vector_toy *)base;
    (void)node, (void)before, (void)threads;
    for (size_t i = 0; i < out->n * m->width; i++) {
        size_t k = i % m->width;
        out->data[i] = vector_mean(m, parents, i / m->width)[k] + m->sd[k] * noise->data[i];
    }
    return CGM_OK;
}

static inline cgm_status vector_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                       cgm_rng *rng, const cgm_abduct_opts *opts, cgm_values *internals,
                                       cgm_values *noise)
{
    const vector_toy *m = (const vector_toy *)base;
    (void)rng, (void)opts, (void)internals;
    for (size_t i = 0; i < value->n * m->width; i++) {
        size_t k = i % m->width;
        noise[0].data[i] = (value->data[i] - vector_mean(m, parents, i / m->width)[k]) / m->sd[k];
    }
    return CGM_OK;
}

static inline cgm_status vector_create(const cgm_mechanism_spec *spec, cgm_mechanism **out);
static const cgm_mechanism_class vector_class = {
    .kind = "toy_vector",
    .doc = "normal components",
    .variable_types = 1u << CGM_VECTOR,
    .parent_types = CGM_LEVEL_TYPES,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_ABDUCTS_EXACTLY,
    .create = vector_create,
    .destroy = vector_destroy,
    .nodes = vector_nodes,
    .describe = vector_describe,
    .state = vector_state,
    .fit_begin = vector_fit_begin,
    .fit_step = vector_fit_step,
    .fit_end = vector_fit_end,
    .sample_noise = vector_sample_noise,
    .predict = vector_predict,
    .abduct = vector_abduct,
};

static inline cgm_status vector_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    if (spec->n_parents > 1) return CGM_FAIL(CGM_E_ARG, "expected one parent at most");
    vector_toy *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory");
    m->base.methods = &vector_class;
    m->variable = spec->variable;
    m->parent = spec->n_parents ? spec->parents[0] : NULL;
    m->width = cgm_variable_width(spec->variable);
    m->levels = m->parent ? (size_t)m->parent->levels : 1;
    m->node = (cgm_mechanism_node){.width = m->width, .noise_width = m->width, .shape = CGM_SHAPE((int64_t)m->width)};
    m->mean = calloc(m->levels * m->width, sizeof *m->mean);
    m->sd = calloc(m->width, sizeof *m->sd);
    *out = &m->base;
    if (m->mean && m->sd) return CGM_OK;
    vector_destroy(&m->base);
    return CGM_FAIL(CGM_E_MEMORY, "out of memory");
}

static inline void vector_register(void)
{
    if (!cgm_mechanism_find("toy_vector")) REQUIRE_OK(cgm_mechanism_register(&vector_class));
}

#endif
