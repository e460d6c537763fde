/* Predictors whose parameters and inputs are formulas that the fixtures' scripts repeat, without any run. */
#ifndef CGM_TESTS_PREDICTOR_TOYS_H
#define CGM_TESTS_PREDICTOR_TOYS_H

#include <string.h>

#include "scm/predictors/predictor_priv.h"
#include "tests/fixtures/predictors.h"
#include "tests/harness.h"

#define GRAPH                                                                                                          \
    "graph:\n"                                                                                                         \
    "  group: {type: binary}\n"                                                                                        \
    "  size: {type: continuous}\n"                                                                                     \
    "  continuous: {type: continuous}\n"                                                                               \
    "  binary: {type: binary}\n"                                                                                       \
    "  categorical: {type: categorical, levels: 4}\n"                                                                  \
    "  ordinal: {type: ordinal, levels: 4}\n"                                                                          \
    "  image: {type: image, channels: 1, height: 9, width: 10, parents: [size], mechanism: {kind: autoencoder, "       \
    "network: dense, latent: 1, widths: [2]}}\n"

enum { GIVEN = 3, PIXELS = PR_HEIGHT * PR_WIDTH };

typedef struct toy {
    cgm_config *config;
    cgm_scm *scm;
    cgm_predictor *p;
} toy;

static inline toy toy_create(const char *map)
{
    toy t = {0};
    char text[2048];
    snprintf(text, sizeof text, GRAPH "predictor: %s\n", map);
    REQUIRE_OK(cgm_config_parse(text, "test.yaml", &t.config));
    const cgm_yaml *root = cgm_config_root(t.config);
    REQUIRE_OK(cgm_scm_from_config(cgm_yaml_get(root, "graph"), NULL, &t.scm));
    REQUIRE_OK(cgm_predictor_create("p", cgm_yaml_get(root, "predictor"), t.scm, 1, &t.p));
    return t;
}

static inline void toy_destroy(toy *t)
{
    cgm_predictor_destroy(t->p);
    cgm_scm_destroy(t->scm);
    cgm_config_destroy(t->config);
}

/* predictor_nets.py's wave. */
static inline double wave(double scale, double a, double b, size_t i)
{
    return scale * sin(a * (double)i + b);
}

static inline bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static inline const cgm_param_view *view_of(const cgm_predictor *p, const char *name)
{
    for (size_t i = 0; i < cgm_params_count(p->params); i++)
        if (strcmp(cgm_params_view(p->params, i)->name, name) == 0) return cgm_params_view(p->params, i);
    fprintf(stderr, "no parameter %s\n", name);
    CU_FAIL_FATAL("a parameter is not there");
    return NULL;
}

static inline void set_parameters(cgm_predictor *p, size_t n, const char *const *names)
{
    cgm_rng any = cgm_rng_create(0);
    REQUIRE_OK(cgm_params_init(p->params, &any));
    CU_ASSERT_EQUAL(cgm_params_count(p->params), n);
    for (size_t k = 0; k < n; k++) {
        const cgm_param_view *view = view_of(p, names[k]);
        bool one = strstr(names[k], "norm") && (ends_with(names[k], ".weight") || ends_with(names[k], "running_var"));
        for (size_t i = 0; i < (size_t)cgm_shape_size(view->shape); i++)
            cgm_params_values(p->params)[view->offset + i] = cgm_params_ema(p->params)[view->offset + i] =
                (cgm_real)(one + wave(0.4, 1.7, (double)k, i));
    }
}

/* The rows as queries take them, and their features as the training loop has them. */
typedef struct inputs {
    double images[PR_N * PIXELS], group[PR_N], size[PR_N];
    cgm_real pixels[PR_N * PIXELS], seen[PR_N * (GIVEN + PR_LEVELS)];
} inputs;

static inline void fill_inputs(const cgm_predictor *p, inputs *in)
{
    size_t width = p->seen.features;
    for (size_t i = 0; i < PR_N * PIXELS; i++) {
        in->images[i] = fmin(fmax(rint(140 + wave(200, 0.9, 0.3, i)), 0), 255);
        in->pixels[i] = (cgm_real)in->images[i];
    }
    for (size_t i = 0; i < PR_N; i++) {
        cgm_real *seen = in->seen + i * width;
        in->group[i] = (double)(i % 2);
        in->size[i] = wave(1.2, 0.8, 0.1, i);
        for (size_t k = 0; k < width; k++) seen[k] = 0;
        seen[i % 2] = 1;
        seen[2] = (cgm_real)in->size[i];
        if (p->attribute->type == CGM_CONTINUOUS)
            seen[GIVEN] = (cgm_real)wave(1.1, 2.3, 0.5, i);
        else
            seen[GIVEN + (p->attribute->type == CGM_BINARY ? i / 2 % 2 : i * 3 % PR_LEVELS)] = 1;
    }
}

#define TOLERANCE (sizeof(cgm_real) == sizeof(double) ? 1e-9 : 2e-4)

/* Largest difference over the largest number expected. */
static inline double difference(size_t n, const double *got, const double *want)
{
    double most = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(got[i])) return INFINITY;
        most = fmax(most, fabs(got[i] - want[i]));
        size = fmax(size, fabs(want[i]));
    }
    return most / size;
}

#endif
