/* A training step of the conditional VAE as a user runs it: a shuffled batch of strokes with its parents, forward,
 * backward, clipping, AdamW and EMA. bench/peers/cvae_train.py is the same network in PyTorch. */
#include "bench/bench.h"

#include "scm/mechanism_table.h"

#define BATCH 128

static const char *const parent_names[] = {"digit", "thickness", "intensity", "slant"};

typedef struct job {
    cgm_mechanism *m;
    cgm_fit fit;
    cgm_fit_report report;
} job;

static void must(cgm_status status)
{
    if (status == CGM_OK) return;
    fprintf(stderr, "bench_cvae_train: %s\n", cgm_error_message());
    exit(1);
}

static void step(void *context)
{
    job *j = context;
    must(j->m->methods->fit_step(j->m, &j->fit, &j->report));
}

int main(int argc, char **argv)
{
    int threads = bench_threads(argc, argv);
    cgm_data_opts source = {.make = "strokes", .n = 4096, .seed = 1, .pad = 2};
    cgm_train_opts train = {.epochs = 1000,
                            .batch = BATCH,
                            .rate = 1e-3,
                            .warmup = 100,
                            .clip = 200,
                            .weight_decay = 0.01,
                            .ema = 0.999,
                            .beta = 1};
    cgm_dataset *data;
    const cgm_variable *parents[4];
    must(cgm_dataset_open(&source, threads, NULL, &data));
    for (int i = 0; i < 4; i++) parents[i] = cgm_dataset_find(data, parent_names[i]);
    job j = {.fit = {.data = data, .train = &train, .rng = cgm_rng_create(1), .threads = threads}};
    cgm_mechanism_spec spec = {.variable = cgm_dataset_find(data, "image"), .n_parents = 4, .parents = parents};
    must(cgm_mechanism_cvae.create(&spec, &j.m));
    must(j.m->methods->fit_begin(j.m, &j.fit, &j.report));
    bench_time time = bench_measure(step, &j, 6);
    bench_begin("cvae_train", "step", threads, BATCH, time);
    bench_number("planned_mb", (double)j.report.memory_bytes / 1e6);
    bench_end();
    j.m->methods->fit_end(j.m);
    j.m->methods->destroy(j.m);
    cgm_dataset_destroy(data);
    return 0;
}
