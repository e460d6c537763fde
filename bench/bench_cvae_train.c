/* A training step of the conditional VAE as a user runs it: a shuffled batch of strokes with its parents, forward,
 * backward, clipping, AdamW and EMA. bench/peers/cvae_train.py is the same network in PyTorch. */
#include "bench/image_training.h"

#include "scm/mechanism_table.h"

static const char *const parents[] = {"digit", "thickness", "intensity", "slant"};

int main(int argc, char **argv)
{
    bench_training t = {.bench = "cvae_train",
                        .methods = &cgm_mechanism_cvae,
                        .name = "step",
                        .n_parents = 4,
                        .parents = parents,
                        .train = {.epochs = 1000,
                                  .batch = 128,
                                  .rate = 1e-3,
                                  .warmup = 100,
                                  .clip = 200,
                                  .weight_decay = 0.01,
                                  .ema = 0.999,
                                  .beta = 1}};
    bench_training_measure(&t, bench_threads(argc, argv));
    return 0;
}
