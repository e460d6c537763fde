/* A training step of the hierarchical VAE on the reference network (20 encoder blocks, 20 stochastic stages, 32x32): a
 * shuffled batch with its parents, forward, backward, clipping, AdamW and EMA; with a conditional and with an exogenous
 * prior. bench/peers/hvae_train.py is the same network in PyTorch. */
#include "bench/bench.h"

#include "scm/mechanism_table.h"

#define BATCH 32

static const char *const parent_names[] = {"thickness", "intensity", "digit"};

typedef struct job {
    cgm_mechanism *m;
    cgm_fit fit;
    cgm_fit_report report;
} job;

static void must(cgm_status status)
{
    if (status == CGM_OK) return;
    fprintf(stderr, "bench_hvae_train: %s\n", cgm_error_message());
    exit(1);
}

static void step(void *context)
{
    job *j = context;
    must(j->m->methods->fit_step(j->m, &j->fit, &j->report));
}

static void measure(const char *name, const char *options, const cgm_dataset *data, const cgm_train_opts *train,
                    int threads)
{
    cgm_config *config;
    const cgm_variable *parents[3];
    for (int i = 0; i < 3; i++) parents[i] = cgm_dataset_find(data, parent_names[i]);
    job j = {.fit = {.data = data, .train = train, .rng = cgm_rng_create(1), .threads = threads}};
    must(cgm_config_parse(options, "bench_hvae_train", &config));
    cgm_mechanism_spec spec = {.variable = cgm_dataset_find(data, "image"),
                               .n_parents = 3,
                               .parents = parents,
                               .options = cgm_config_root(config)};
    must(cgm_mechanism_hvae.create(&spec, &j.m));
    must(j.m->methods->fit_begin(j.m, &j.fit, &j.report));
    bench_time time = bench_measure(step, &j, 6);
    bench_begin("hvae_train", name, threads, BATCH, time);
    bench_number("planned_mb", (double)j.report.memory_bytes / 1e6);
    bench_end();
    j.m->methods->fit_end(j.m);
    j.m->methods->destroy(j.m);
    cgm_config_destroy(config);
}

int main(int argc, char **argv)
{
    int threads = bench_threads(argc, argv);
    cgm_data_opts source = {.make = "strokes", .n = 4096, .seed = 1, .pad = 2};
    cgm_train_opts train = {.epochs = 1000,
                            .batch = BATCH,
                            .rate = 1e-3,
                            .warmup = 100,
                            .clip = 350,
                            .skip_norm = 500,
                            .weight_decay = 0.01,
                            .ema = 0.999,
                            .beta = 1};
    cgm_dataset *data;
    must(cgm_dataset_open(&source, threads, NULL, &data));
    measure("cond_prior=1", "{prior: conditional, prior_drops: digit}", data, &train, threads);
    measure("cond_prior=0", "{prior: exogenous}", data, &train, threads);
    cgm_dataset_destroy(data);
    return 0;
}
