/* What tests of adversarial mechanisms share: one in training on a few generated strokes, stored and gone on with. */
#ifndef CGM_TESTS_GAN_TOYS_H
#define CGM_TESTS_GAN_TOYS_H

#include <string.h>

#include "data/batches.h"
#include "gan/gan.h"
#include "scm/mechanism_table.h"
#include "tests/fit_toys.h"
#include "tests/harness.h"

static const cgm_variable digit = {.name = "digit", .type = CGM_CATEGORICAL, .levels = 3};
static const cgm_variable thickness = {.name = "thickness", .type = CGM_CONTINUOUS};
static const cgm_variable *const parents[] = {&digit, &thickness};

static inline cgm_variable image_of(int channels, int side)
{
    return (cgm_variable){
        .name = "image", .type = CGM_IMAGE, .high = 255, .channels = channels, .height = side, .width = side};
}

static inline cgm_status try_create(const cgm_variable *image, size_t n_parents, const char *yaml, gan **out)
{
    cgm_config *config = NULL;
    cgm_mechanism *m = NULL;
    REQUIRE_OK(cgm_config_parse(yaml, "test.yaml", &config));
    cgm_mechanism_spec spec = {
        .variable = image, .n_parents = n_parents, .parents = parents, .options = cgm_config_root(config)};
    cgm_status status = cgm_mechanism_gan.create(&spec, &m);
    cgm_config_destroy(config);
    *out = (gan *)m;
    return status;
}

static inline void destroy(gan *m)
{
    if (m) m->base.methods->destroy(&m->base);
}

static inline cgm_dataset *strokes(int64_t n)
{
    cgm_dataset *data = NULL;
    cgm_data_opts source = {.make = "strokes", .n = n, .seed = 3, .pad = 2};
    REQUIRE_OK(cgm_dataset_open(&source, 1, NULL, &data));
    return data;
}

typedef struct trainee {
    gan *m;
    cgm_dataset *data;
    const cgm_variable *image, *parent[2];
    cgm_train_opts opts;
    cgm_fit fit;
    cgm_fit_report report;
} trainee;

static inline void trainee_begin(const char *options, int threads, trainee *t)
{
    cgm_config *config = NULL;
    cgm_mechanism *m = NULL;
    *t = (trainee){.data = strokes(96), .opts = {.epochs = 2, .batch = 16, USUAL_TRAINING, .ema = 0.9}};
    t->image = cgm_dataset_find(t->data, "image");
    t->parent[0] = cgm_dataset_find(t->data, "digit");
    t->parent[1] = cgm_dataset_find(t->data, "thickness");
    REQUIRE_OK(cgm_config_parse(options, "test.yaml", &config));
    cgm_mechanism_spec spec = {
        .variable = t->image, .n_parents = 2, .parents = t->parent, .options = cgm_config_root(config)};
    REQUIRE_OK(cgm_mechanism_gan.create(&spec, &m));
    cgm_config_destroy(config);
    t->m = (gan *)m;
    t->fit = (cgm_fit){.data = t->data, .train = &t->opts, .rng = cgm_rng_create(5), .threads = threads};
}

static inline void trainee_end(trainee *t)
{
    destroy(t->m);
    cgm_dataset_destroy(t->data);
}

static inline void train(trainee *t)
{
    REQUIRE_OK(cgm_gan_fit_begin(&t->m->base, &t->fit, &t->report));
    CU_ASSERT(t->report.memory_bytes > 0);
    while (!t->report.finished) REQUIRE_OK(cgm_gan_fit_step(&t->m->base, &t->fit, &t->report));
    cgm_gan_fit_end(&t->m->base);
}

static inline bool same_generators(const gan *a, const gan *b)
{
    size_t n = cgm_params_flat_size(a->networks.generator) * sizeof(cgm_real);
    return memcmp(cgm_params_ema(a->networks.generator), cgm_params_ema(b->networks.generator), n) == 0 &&
           memcmp(cgm_params_values(a->networks.critic), cgm_params_values(b->networks.critic),
                  cgm_params_flat_size(a->networks.critic) * sizeof(cgm_real)) == 0;
}

#endif
