/* A toy image mechanism whose published z depends on its parents, so that effects through z and past it are known:
 *
 *     z_j := (j + 1) t + u_j                                                            j = 0, 1, 2
 *     x_i := 100 + (i % 5) t + s / 2 + (i % 3 + 1) z_j + (i % 2) t z_j / 4 + (1 + t) u_i        j = i % 3
 *
 * t is its first parent, s the second, i counts [C, H, W]. The pixel noise has another scale for each t, so that it
 * would be seen in effects. Abduction takes u_j from the image, plus a normal number times the temperature. */
#ifndef CGM_TESTS_LATENT_TOYS_H
#define CGM_TESTS_LATENT_TOYS_H

#include "io/file.h"
#include "scm/mechanism_table.h"
#include "tests/mediation_toys.h"

enum { LATENT = 3 };

typedef struct latent_toy {
    cgm_mechanism base;
    size_t first; /* node: 0 of the variable itself where z is not published */
    cgm_mechanism_node nodes[2];
} latent_toy;

static inline double latent_z(size_t j, double t, double u)
{
    return (double)(j + 1) * t + u;
}

static inline double latent_mean(size_t i, double t, double s, double z)
{
    return 100 + (double)(i % 5) * t + s / 2 + (double)(i % LATENT + 1) * z + (double)(i % 2) * t * z / 4;
}

/* u_j where the temperature is 0. */
static inline double latent_noise(const double *x, size_t j)
{
    return (x[j] - 100) / 50;
}

static inline cgm_status latent_create_as(const cgm_mechanism_class *methods, const cgm_mechanism_spec *spec,
                                          cgm_mechanism **out)
{
    latent_toy *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory");
    size_t width = cgm_variable_width(spec->variable);
    m->base.methods = methods;
    m->nodes[0] = (cgm_mechanism_node){.name = "z", .width = LATENT, .noise_width = LATENT, .shape = CGM_SHAPE(LATENT)};
    m->nodes[1] = (cgm_mechanism_node){
        .width = width,
        .noise_width = width,
        .shape = CGM_SHAPE(spec->variable->channels, spec->variable->height, spec->variable->width)};
    *out = &m->base;
    return CGM_OK;
}

static inline void latent_destroy(cgm_mechanism *m)
{
    free(m);
}

static inline size_t latent_nodes(const cgm_mechanism *base, const cgm_mechanism_node **out)
{
    const latent_toy *m = (const latent_toy *)base;
    *out = m->nodes + m->first;
    return 2 - m->first;
}

static inline void latent_describe(const cgm_mechanism *m, size_t size, char *text)
{
    snprintf(text, size, "%s", m->methods->kind);
}

static inline cgm_status latent_state(cgm_mechanism *m, cgm_state *state)
{
    (void)m, (void)state;
    return CGM_OK;
}

static inline cgm_status latent_fit(cgm_mechanism *m, const cgm_fit *fit, cgm_fit_report *report)
{
    (void)m, (void)fit;
    *report = (cgm_fit_report){.finished = true, .done = 1, .total = 1, .unit = "steps"};
    return CGM_OK;
}

static inline void latent_fit_end(cgm_mechanism *m)
{
    (void)m;
}

static inline cgm_status latent_sample_noise(cgm_mechanism *m, size_t node, cgm_rng *rng, cgm_values *noise)
{
    (void)m, (void)node;
    for (size_t i = 0; i < noise->n * noise->width; i++) noise->data[i] = cgm_rng_normal(rng);
    return CGM_OK;
}

/* Where z is not published it is (j + 1) t. */
static inline cgm_status latent_predict(cgm_mechanism *base, size_t node, const cgm_values *parents,
                                        const cgm_values *before, const cgm_values *noise, int threads, cgm_values *out)
{
    bool hidden = ((const latent_toy *)base)->first > 0;
    (void)threads;
    for (size_t i = 0; i < out->n; i++) {
        double t = parents[0].data[i], s = parents[1].data[i];
        for (size_t k = 0; k < out->width; k++) {
            size_t at = i * out->width + k, j = k % LATENT;
            double z = hidden ? latent_z(j, t, 0) : node == 0 ? 0 : before[0].data[i * LATENT + j];
            if (node == 0 && !hidden)
                out->data[at] = latent_z(k, t, noise->data[at]);
            else
                out->data[at] = latent_mean(k, t, s, z) + (1 + t) * noise->data[at];
        }
    }
    return CGM_OK;
}

static inline cgm_status latent_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value,
                                       cgm_rng *rng, const cgm_abduct_opts *opts, cgm_values *internals,
                                       cgm_values *noise)
{
    bool hidden = ((const latent_toy *)base)->first > 0;
    for (size_t i = 0; i < value->n; i++) {
        cgm_rng row = cgm_abduct_stream(rng, opts, i);
        double t = parents[0].data[i], s = parents[1].data[i], z[LATENT];
        const double *x = value->data + i * value->width;
        for (size_t j = 0; j < LATENT; j++) {
            double u = hidden ? 0 : latent_noise(x, j) + opts->temperature * cgm_rng_normal(&row);
            z[j] = latent_z(j, t, u);
            if (hidden) continue;
            noise[0].data[i * LATENT + j] = u;
            internals[0].data[i * LATENT + j] = z[j];
        }
        for (size_t k = 0; k < value->width; k++)
            noise[hidden ? 0 : 1].data[i * value->width + k] = (x[k] - latent_mean(k, t, s, z[k % LATENT])) / (1 + t);
    }
    return CGM_OK;
}

static inline cgm_status latent_create(const cgm_mechanism_spec *spec, cgm_mechanism **out);
static inline cgm_status hidden_create(const cgm_mechanism_spec *spec, cgm_mechanism **out);
#define LATENT_METHODS                                                                                                 \
    .variable_types = 1u << CGM_IMAGE, .parent_types = CGM_SCALAR_TYPES,                                               \
    .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_ABDUCTS_EXACTLY, .destroy = latent_destroy,                  \
    .nodes = latent_nodes, .describe = latent_describe, .state = latent_state, .fit_begin = latent_fit,                \
    .fit_step = latent_fit, .fit_end = latent_fit_end, .sample_noise = latent_sample_noise, .predict = latent_predict, \
    .abduct = latent_abduct
static const cgm_mechanism_class latent_class = {.kind = "toy_latent", LATENT_METHODS, .create = latent_create};
static const cgm_mechanism_class hidden_class = {.kind = "toy_hidden", LATENT_METHODS, .create = hidden_create};

static inline cgm_status latent_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    return latent_create_as(&latent_class, spec, out);
}

static inline cgm_status hidden_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    CGM_TRY(latent_create_as(&hidden_class, spec, out));
    ((latent_toy *)*out)->first = 1;
    return CGM_OK;
}

/* Random images, [n, channels, 4, 5], with t, s = 1 + 2 t + u and a stranger w, in a file of cgm's layout; the last
 * `test` rows are held out. */
enum { LATENT_HEIGHT = 4, LATENT_WIDTH = 5 };

static inline void latent_data(const char *path, size_t n, size_t test, int channels)
{
    size_t width = (size_t)channels * LATENT_HEIGHT * LATENT_WIDTH;
    cgm_rng rng = cgm_rng_create(17);
    double *t = malloc(n * sizeof *t), *s = malloc(n * sizeof *s), *w = malloc(n * sizeof *w);
    uint8_t *image = malloc(n * width);
    cgm_file *file;
    CU_ASSERT_FATAL(t && s && w && image);
    for (size_t i = 0; i < n; i++) {
        t[i] = 6 * cgm_rng_uniform(&rng);
        s[i] = 1 + 2 * t[i] + cgm_rng_normal(&rng);
        w[i] = cgm_rng_normal(&rng);
        for (size_t k = 0; k < width; k++) image[i * width + k] = (uint8_t)cgm_rng_below(&rng, 256);
    }
    REQUIRE_OK(cgm_file_create(path, &file));
    REQUIRE_OK(cgm_file_write(file, "/t", CGM_F64, CGM_SHAPE((int64_t)n), NULL, t));
    REQUIRE_OK(cgm_file_write(file, "/s", CGM_F64, CGM_SHAPE((int64_t)n), NULL, s));
    REQUIRE_OK(cgm_file_write(file, "/w", CGM_F64, CGM_SHAPE((int64_t)n), NULL, w));
    REQUIRE_OK(cgm_file_write(file, "/image", CGM_U8, CGM_SHAPE((int64_t)n, channels, LATENT_HEIGHT, LATENT_WIDTH),
                              NULL, image));
    REQUIRE_OK(cgm_file_set_integer(file, "/", "train", n - test));
    REQUIRE_OK(cgm_file_commit(file));
    free(t);
    free(s);
    free(w);
    free(image);
}

/* A run on such data, its image of the kind given. */
static inline model latent_run(const char *path, const char *kind, int threads)
{
    char graph[1024];
    if (!cgm_mechanism_find("toy_latent")) REQUIRE_OK(cgm_mechanism_register(&latent_class));
    if (!cgm_mechanism_find("toy_hidden")) REQUIRE_OK(cgm_mechanism_register(&hidden_class));
    snprintf(graph, sizeof graph,
             "graph:\n"
             "  t: {type: continuous, range: [0, 8], mechanism: affine_flow}\n"
             "  s: {type: continuous, parents: [t], mechanism: {formula: '1 + 2*t + u'}}\n"
             "  w: {type: continuous, parents: [s]}\n"
             "  image: {type: image, parents: [t, s], mechanism: %s}\n",
             kind);
    return train_on(graph, path, threads);
}

#endif
