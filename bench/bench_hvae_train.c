/* A training step of the hierarchical VAE on the reference network (20 encoder blocks, 20 stochastic stages, 32x32): a
 * shuffled batch with its parents, forward, backward, clipping, AdamW and EMA; with a conditional and with an exogenous
 * prior. bench/peers/hvae_train.py is the same network in PyTorch. */
#include "bench/image_training.h"

#include "scm/mechanism_table.h"

static const char *const parents[] = {"thickness", "intensity", "digit"};

int main(int argc, char **argv)
{
    int threads = bench_threads(argc, argv);
    bench_training t = {.bench = "hvae_train",
                        .methods = &cgm_mechanism_hvae,
                        .n_parents = 3,
                        .parents = parents,
                        .train = {.epochs = 1000,
                                  .batch = 32,
                                  .rate = 1e-3,
                                  .warmup = 100,
                                  .clip = 350,
                                  .skip_norm = 500,
                                  .weight_decay = 0.01,
                                  .ema = 0.999,
                                  .beta = 1}};
    t.name = "cond_prior=1";
    t.options = "{prior: conditional, prior_drops: digit}";
    bench_training_measure(&t, threads);
    t.name = "cond_prior=0";
    t.options = "{prior: exogenous}";
    bench_training_measure(&t, threads);
    return 0;
}
