/* A training step of a WGAN with gradient penalty as a user runs it: five moves of the critic, with second-order
 * gradients, and one of the generator. bench/peers/wgan_gp_train.py is the same in PyTorch, without the EMA. */
#include "bench/image_training.h"

#include "scm/mechanism_table.h"

int main(int argc, char **argv)
{
    bench_training t = {.bench = "wgan_gp_train",
                        .methods = &cgm_mechanism_gan,
                        .name = "step",
                        .options = "{loss: wasserstein}",
                        .train = BENCH_GAN_TRAINING};
    bench_training_measure(&t, bench_threads(argc, argv));
    return 0;
}
