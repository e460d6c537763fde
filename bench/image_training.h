/* The training of an image model as a user runs it, a step at a time, for the benches of it. */
#ifndef CGM_BENCH_IMAGE_TRAINING_H
#define CGM_BENCH_IMAGE_TRAINING_H

#include "bench/bench.h"

#include "scm/mechanism.h"

typedef struct bench_training {
    const char *bench;
    const cgm_mechanism_class *methods;
    const char *name, *options; /* of the case; options in YAML, or NULL */
    const char *data;           /* a file that has the variable "image" and the parents; NULL: strokes */
    size_t n_parents;
    const char *const *parents;
    cgm_train_opts train;
} bench_training;

static inline void bench_must(cgm_status status, const char *bench)
{
    if (status == CGM_OK) return;
    fprintf(stderr, "bench_%s: %s\n", bench, cgm_error_message());
    exit(1);
}

/* What the `train` map of an adversarial model is where it says nothing but the batch. */
#define BENCH_GAN_TRAINING                                                                                             \
    {                                                                                                                  \
        .epochs = 1000, .batch = 64, .rate = CGM_TRAIN_DEFAULT, .clip = CGM_TRAIN_DEFAULT,                             \
        .skip_norm = CGM_TRAIN_DEFAULT, .weight_decay = CGM_TRAIN_DEFAULT, .ema = 0.999                                \
    }

typedef struct bench_training_job {
    const char *bench;
    cgm_mechanism *m;
    cgm_fit fit;
    cgm_fit_report report;
} bench_training_job;

static inline void bench_training_step(void *context)
{
    bench_training_job *j = context;
    bench_must(j->m->methods->fit_step(j->m, &j->fit, &j->report), j->bench);
}

/* Steps on the data, or on 4,096 images of strokes, 32 x 32; prints the case's line. */
static inline void bench_training_measure(const bench_training *t, int threads)
{
    cgm_data_opts source = {.make = "strokes", .n = 4096, .seed = 1, .pad = 2};
    if (t->data) source = (cgm_data_opts){.path = t->data};
    cgm_dataset *data;
    cgm_config *config = NULL;
    const cgm_variable *parents[CGM_MAX_PARENTS];
    bench_must(cgm_dataset_open(&source, threads, NULL, &data), t->bench);
    if (t->options) bench_must(cgm_config_parse(t->options, t->bench, &config), t->bench);
    for (size_t i = 0; i < t->n_parents; i++) parents[i] = cgm_dataset_find(data, t->parents[i]);
    cgm_mechanism_spec spec = {.variable = cgm_dataset_find(data, "image"),
                               .n_parents = t->n_parents,
                               .parents = parents,
                               .options = config ? cgm_config_root(config) : NULL};
    bench_training_job j = {.bench = t->bench,
                            .fit = {.data = data, .train = &t->train, .rng = cgm_rng_create(1), .threads = threads}};
    bench_must(t->methods->create(&spec, &j.m), t->bench);
    bench_must(t->methods->fit_begin(j.m, &j.fit, &j.report), t->bench);
    bench_time time = bench_measure(bench_training_step, &j, 6);
    bench_begin(t->bench, t->name, threads, t->train.batch, time);
    bench_number("planned_mb", (double)j.report.memory_bytes / 1e6);
    bench_end();
    t->methods->fit_end(j.m);
    t->methods->destroy(j.m);
    cgm_config_destroy(config);
    cgm_dataset_destroy(data);
}

#endif
