/* A toy image mechanism that paints what it is asked for, or another thing: a bar of one of three directions, at a
 * place and with a grain that are its noise, as bright as its second parent says. Data of that law, so that it is known
 * how like them its images are. */
#ifndef CGM_TESTS_PAINTER_TOYS_H
#define CGM_TESTS_PAINTER_TOYS_H

#include "base/rng.h"
#include "io/file.h"
#include "scm/mechanism_table.h"
#include "tests/run_toys.h"

enum {
    PAINTER_SIDE = 16,
    PAINTER_PIXELS = PAINTER_SIDE * PAINTER_SIDE,
    PAINTER_LEVELS = 3,
    PAINTER_NOISE = 1 + PAINTER_PIXELS
};

/* It paints level (factor * level + shift) mod 3: 1 and 0 the one that it is asked for. Its parents are the level and
 * the brightness, or that alone: then the level is 0. */
typedef struct painter {
    cgm_mechanism base;
    cgm_mechanism_node node;
    bool alone;
    struct {
        int64_t factor, shift;
    } options;
} painter;

/* Whole grey levels; noise: standard normal numbers. */
static inline void painter_paint(int level, double bright, const double *noise, double *out)
{
    int at = 4 + (int)(8 * (0.5 + 0.5 * erf(noise[0] / sqrt(2))));
    for (int y = 0; y < PAINTER_SIDE; y++)
        for (int x = 0; x < PAINTER_SIDE; x++) {
            int distance = level == 0 ? y - at : level == 1 ? x - at : x + y - 2 * at;
            double grey = (abs(distance) <= 1 ? bright : 20) + 8 * noise[1 + y * PAINTER_SIDE + x];
            out[y * PAINTER_SIDE + x] = round(fmin(fmax(grey, 0), 255));
        }
}

static const cgm_mechanism_class painter_class;

static inline cgm_status painter_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    painter *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory");
    m->base.methods = &painter_class;
    m->node = (cgm_mechanism_node){
        .width = PAINTER_PIXELS, .noise_width = PAINTER_NOISE, .shape = CGM_SHAPE(1, PAINTER_SIDE, PAINTER_SIDE)};
    m->options.factor = 1;
    m->alone = spec->n_parents == 1;
    cgm_status status = cgm_mechanism_read_options(&painter_class, spec, sizeof m->options, &m->options);
    if (status == CGM_OK)
        *out = &m->base;
    else
        free(m);
    return status;
}

static inline void painter_destroy(cgm_mechanism *m)
{
    free(m);
}

static inline size_t painter_nodes(const cgm_mechanism *m, const cgm_mechanism_node **out)
{
    *out = &((const painter *)m)->node;
    return 1;
}

static inline void painter_describe(const cgm_mechanism *m, size_t size, char *text)
{
    snprintf(text, size, "%s", m->methods->kind);
}

static inline cgm_status painter_state(cgm_mechanism *m, cgm_state *state)
{
    (void)m, (void)state;
    return CGM_OK;
}

static inline cgm_status painter_fit(cgm_mechanism *m, const cgm_fit *fit, cgm_fit_report *report)
{
    (void)m, (void)fit;
    *report = (cgm_fit_report){.finished = true, .done = 1, .total = 1, .unit = "steps"};
    return CGM_OK;
}

static inline void painter_fit_end(cgm_mechanism *m)
{
    (void)m;
}

static inline cgm_status painter_sample_noise(cgm_mechanism *m, size_t node, cgm_rng *rng, cgm_values *noise)
{
    (void)m, (void)node;
    for (size_t i = 0; i < noise->n * noise->width; i++) noise->data[i] = cgm_rng_normal(rng);
    return CGM_OK;
}

static inline cgm_status painter_predict(cgm_mechanism *base, size_t node, const cgm_values *parents,
                                         const cgm_values *before, const cgm_values *noise, int threads,
                                         cgm_values *out)
{
    const painter *m = (const painter *)base;
    (void)node, (void)before, (void)threads;
    for (size_t i = 0; i < out->n; i++) {
        int64_t asked = m->alone ? 0 : (int64_t)parents[0].data[i];
        int64_t level = m->options.factor * asked + m->options.shift;
        painter_paint((int)(level % PAINTER_LEVELS), parents[m->alone ? 0 : 1].data[i], noise->data + i * PAINTER_NOISE,
                      out->data + i * PAINTER_PIXELS);
    }
    return CGM_OK;
}

static const cgm_key painter_keys[] = {{"factor", CGM_KEY_INT, 0, false, 0, 2, NULL, "of the level"},
                                       {"shift", CGM_KEY_INT, sizeof(int64_t), false, 0, 2, NULL, "of the level"}};
static const cgm_mechanism_class painter_class = {.kind = "painter",
                                                  .doc = "paints bars",
                                                  .variable_types = 1u << CGM_IMAGE,
                                                  .parent_types = CGM_SCALAR_TYPES,
                                                  .capabilities = CGM_CAN_SAMPLE,
                                                  .n_keys = 2,
                                                  .keys = painter_keys,
                                                  .create = painter_create,
                                                  .destroy = painter_destroy,
                                                  .nodes = painter_nodes,
                                                  .describe = painter_describe,
                                                  .state = painter_state,
                                                  .fit_begin = painter_fit,
                                                  .fit_step = painter_fit,
                                                  .fit_end = painter_fit_end,
                                                  .sample_noise = painter_sample_noise,
                                                  .predict = painter_predict};

/* Rows of that law: level, bright, and the image. The last `test` are held out. */
static inline void painter_data(const char *path, size_t n, size_t test)
{
    cgm_rng rng = cgm_rng_create(23);
    int64_t *level = malloc(n * sizeof *level);
    double *bright = malloc(n * sizeof *bright), noise[PAINTER_NOISE], pixels[PAINTER_PIXELS];
    uint8_t *image = malloc(n * PAINTER_PIXELS);
    cgm_file *file;
    CU_ASSERT_FATAL(level && bright && image);
    for (size_t i = 0; i < n; i++) {
        level[i] = (int64_t)cgm_rng_below(&rng, PAINTER_LEVELS);
        bright[i] = 120 + 100 * cgm_rng_uniform(&rng);
        for (size_t k = 0; k < PAINTER_NOISE; k++) noise[k] = cgm_rng_normal(&rng);
        painter_paint((int)level[i], bright[i], noise, pixels);
        for (size_t k = 0; k < PAINTER_PIXELS; k++) image[i * PAINTER_PIXELS + k] = (uint8_t)pixels[k];
    }
    REQUIRE_OK(cgm_file_create(path, &file));
    REQUIRE_OK(cgm_file_write(file, "/level", CGM_I64, CGM_SHAPE((int64_t)n), NULL, level));
    REQUIRE_OK(cgm_file_write(file, "/bright", CGM_F64, CGM_SHAPE((int64_t)n), NULL, bright));
    REQUIRE_OK(
        cgm_file_write(file, "/image", CGM_U8, CGM_SHAPE((int64_t)n, 1, PAINTER_SIDE, PAINTER_SIDE), NULL, image));
    REQUIRE_OK(cgm_file_set_integer(file, "/", "train", n - test));
    REQUIRE_OK(cgm_file_commit(file));
    free(level);
    free(bright);
    free(image);
}

/* A run on such data: parents and options of the painter, and the rest of the config. */
static inline model painter_run(const char *path, const char *parents, const char *options, const char *rest,
                                int threads)
{
    char text[2048];
    if (!cgm_mechanism_find("painter")) REQUIRE_OK(cgm_mechanism_register(&painter_class));
    snprintf(text, sizeof text,
             "graph:\n"
             "  level: {type: categorical, levels: 3}\n"
             "  bright: {type: continuous, range: [0, 255]}\n"
             "  image: {type: image, parents: [%s], mechanism: {kind: painter%s}}\n"
             "%s",
             parents, options, rest);
    return train_on(text, path, threads);
}

#endif
