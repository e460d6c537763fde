/* Hand-built mechanisms for the tests of scm: x := f(parents, u), written as two C functions a variable. */
#ifndef CGM_TESTS_SCM_TOYS_H
#define CGM_TESTS_SCM_TOYS_H

#include "scm/scm.h"
#include "tests/harness.h"

/* A variable computed by f from its parents in the order given, and its one noise; back finds the noise. */
typedef struct toy {
    const char *name;
    size_t n_parents;
    const char *const *parents;
    double (*f)(const double *pa, double u);
    double (*back)(const double *pa, double x);
    const cgm_mechanism_class *methods; /* NULL: toy_class */
} toy;

typedef struct toy_mechanism {
    cgm_mechanism base;
    const toy *toy;
    size_t n_parents;
    cgm_mechanism_node nodes[2];
} toy_mechanism;

static const toy *toy_model; /* what create looks names up in */
static size_t toy_count;

static cgm_status toy_create_as(const cgm_mechanism_class *methods, size_t n_nodes, const cgm_mechanism_spec *spec,
                                cgm_mechanism **out)
{
    toy_mechanism *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory");
    m->base.methods = methods;
    m->n_parents = spec->n_parents;
    for (size_t i = 0; i < toy_count; i++)
        if (strcmp(toy_model[i].name, spec->variable->name) == 0) m->toy = &toy_model[i];
    for (size_t j = 0; j < n_nodes; j++)
        m->nodes[j] = (cgm_mechanism_node){.name = j + 1 < n_nodes ? "z" : NULL, .width = 1, .noise_width = 1};
    *out = &m->base;
    return CGM_OK;
}

static void toy_destroy(cgm_mechanism *base)
{
    free(base);
}

static size_t toy_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = ((const toy_mechanism *)base)->nodes;
    return 1;
}

static cgm_status toy_sample_noise(cgm_mechanism *base, size_t node, cgm_rng *rng, cgm_values *noise)
{
    (void)base, (void)node;
    for (size_t i = 0; i < noise->n; i++) noise->data[i] = cgm_rng_normal(rng);
    return CGM_OK;
}

static void toy_gather(const toy_mechanism *m, const cgm_values *parents, size_t i, double *pa)
{
    for (size_t k = 0; k < m->n_parents; k++) pa[k] = parents[k].data[i];
}

static cgm_status toy_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                              const cgm_values *noise, int threads, cgm_values *out)
{
    const toy_mechanism *m = (const toy_mechanism *)base;
    double pa[CGM_MAX_PARENTS];
    (void)node, (void)before, (void)threads;
    for (size_t i = 0; i < out->n; i++) {
        toy_gather(m, parents, i, pa);
        out->data[i] = m->toy->f(pa, noise->data[i]);
    }
    return CGM_OK;
}

static cgm_status toy_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                             const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    const toy_mechanism *m = (const toy_mechanism *)base;
    double pa[CGM_MAX_PARENTS];
    (void)rng, (void)opts, (void)internals;
    for (size_t i = 0; i < value->n; i++) {
        toy_gather(m, parents, i, pa);
        noise[0].data[i] = m->toy->back(pa, value->data[i]);
    }
    return CGM_OK;
}

static cgm_status toy_create(const cgm_mechanism_spec *spec, cgm_mechanism **out);
static const cgm_mechanism_class toy_class = {
    .kind = "toy",
    .variable_types = ~0u,
    .parent_types = ~0u,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT,
    .create = toy_create,
    .destroy = toy_destroy,
    .nodes = toy_nodes,
    .sample_noise = toy_sample_noise,
    .predict = toy_predict,
    .abduct = toy_abduct,
};
static cgm_status toy_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    return toy_create_as(&toy_class, 1, spec, out);
}

/* Samples only. */
static cgm_status blind_create(const cgm_mechanism_spec *spec, cgm_mechanism **out);
static const cgm_mechanism_class toy_blind_class = {
    .kind = "blind",
    .variable_types = ~0u,
    .parent_types = ~0u,
    .capabilities = CGM_CAN_SAMPLE,
    .create = blind_create,
    .destroy = toy_destroy,
    .nodes = toy_nodes,
    .sample_noise = toy_sample_noise,
    .predict = toy_predict,
};
static cgm_status blind_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    return toy_create_as(&toy_blind_class, 1, spec, out);
}

/* x := 2 t + 3 z + u, where z := 1 + t / 2 + u_z is a mediator that the mechanism publishes. x does not determine z:
 * abduction draws u_z from its prior, scaled by the temperature, and gives the rest to u. */
static size_t mediated_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    *out = ((const toy_mechanism *)base)->nodes;
    return 2;
}

static cgm_status mediated_predict(cgm_mechanism *base, size_t node, const cgm_values *parents,
                                   const cgm_values *before, const cgm_values *noise, int threads, cgm_values *out)
{
    (void)base, (void)threads;
    for (size_t i = 0; i < out->n; i++) {
        double t = parents[0].data[i], u = noise->data[i];
        out->data[i] = node == 0 ? 1 + t / 2 + u : 2 * t + 3 * before[0].data[i] + u;
    }
    return CGM_OK;
}

static cgm_status mediated_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                  const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    (void)base;
    for (size_t i = 0; i < value->n; i++) {
        cgm_rng row = cgm_abduct_stream(rng, opts, i);
        double t = parents[0].data[i];
        noise[0].data[i] = opts->temperature * cgm_rng_normal(&row);
        internals[0].data[i] = 1 + t / 2 + noise[0].data[i];
        noise[1].data[i] = value->data[i] - 2 * t - 3 * internals[0].data[i];
    }
    return CGM_OK;
}

static cgm_status mediated_create(const cgm_mechanism_spec *spec, cgm_mechanism **out);
static const cgm_mechanism_class toy_mediated_class = {
    .kind = "mediated",
    .variable_types = ~0u,
    .parent_types = ~0u,
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT,
    .create = mediated_create,
    .destroy = toy_destroy,
    .nodes = mediated_nodes,
    .sample_noise = toy_sample_noise,
    .predict = mediated_predict,
    .abduct = mediated_abduct,
};
static cgm_status mediated_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    return toy_create_as(&toy_mediated_class, 2, spec, out);
}

/* A root: its value is its noise. */
static inline double toy_root(const double *pa, double u)
{
    (void)pa;
    return u;
}

static inline cgm_status toy_add(cgm_scm *scm, const char *name, size_t n, const char *const *parents)
{
    cgm_variable x = {.name = name, .type = CGM_CONTINUOUS};
    return cgm_scm_add(scm, &x, n, parents, &toy_class, NULL, NULL);
}

/* A finished model of the toys; continuous variables without range. */
static inline cgm_scm *toy_scm(size_t n, const toy *toys)
{
    cgm_scm *scm = NULL;
    toy_model = toys;
    toy_count = n;
    REQUIRE_OK(cgm_scm_create(&scm));
    for (size_t i = 0; i < n; i++) {
        cgm_variable x = {.name = toys[i].name, .type = CGM_CONTINUOUS};
        REQUIRE_OK(cgm_scm_add(scm, &x, toys[i].n_parents, toys[i].parents,
                               toys[i].methods ? toys[i].methods : &toy_class, NULL, NULL));
    }
    REQUIRE_OK(cgm_scm_finish(scm));
    return scm;
}
#define TOY_PARENTS(...)                                                                                               \
    .n_parents = sizeof((const char *[]){NULL, ##__VA_ARGS__}) / sizeof(char *) - 1,                                   \
    .parents = (const char *const[]){NULL, ##__VA_ARGS__} + 1

static inline cgm_world *toy_world(const cgm_scm *scm, size_t n)
{
    cgm_world *world = NULL;
    REQUIRE_OK(cgm_world_create(scm, n, &world));
    return world;
}

/* The column of a node's values. */
static inline double *toy_values(const cgm_scm *scm, const cgm_world *world, const char *node)
{
    int i = cgm_scm_find_node(scm, node);
    CU_ASSERT_FATAL(i >= 0);
    return world->value[i].data;
}
static inline double *toy_noise(const cgm_scm *scm, const cgm_world *world, const char *node)
{
    int i = cgm_scm_find_node(scm, node);
    CU_ASSERT_FATAL(i >= 0);
    return world->noise[i].data;
}

/* The counterfactual world under up to four interventions, NULL-terminated texts. */
static inline void toy_predict_under(const cgm_scm *scm, const cgm_world *factual, const char *const *texts,
                                     cgm_world *out)
{
    cgm_intervention x[4];
    size_t n = 0;
    for (; n < 4 && texts[n]; n++) REQUIRE_OK(cgm_scm_parse_intervention(scm, texts[n], &x[n]));
    REQUIRE_OK(cgm_scm_predict(scm, factual, n, x, NULL, out));
}
#define DO(...) ((const char *const[]){__VA_ARGS__, NULL})

static inline double toy_mean(size_t n, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return sum / (double)n;
}

#endif
