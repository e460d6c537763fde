/* A training step of a DCGAN as a user runs it: shuffled batches of strokes, a move of the critic and one of the
 * generator, Adam and EMA. bench/peers/gan_train.py is the same in PyTorch, without the EMA, and with one run of the
 * generator for both moves. */
#include "bench/image_training.h"

#include "scm/mechanism_table.h"

int main(int argc, char **argv)
{
    bench_training t = {
        .bench = "gan_train", .methods = &cgm_mechanism_gan, .name = "step", .train = BENCH_GAN_TRAINING};
    bench_training_measure(&t, bench_threads(argc, argv));
    return 0;
}
