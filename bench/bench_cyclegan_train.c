/* A training step of a CycleGAN as a user runs it: shuffled pairs of noise images of 3x64x64, a move of both generators
 * and one of both critics, Adam and EMA. bench/peers/cyclegan_train.py is the same in PyTorch, without the EMA and the
 * buffer of earlier images. */
#include <stdio.h>
#include <unistd.h>

#include "bench/image_training.h"
#include "io/file.h"
#include "scm/mechanism_table.h"

enum { IMAGES = 64, NUMBERS = 3 * 64 * 64 };

/* As many of one domain as of the other. */
static void write_images(const char *path)
{
    static uint8_t pixels[IMAGES * NUMBERS];
    int64_t domain[IMAGES];
    cgm_rng rng = cgm_rng_create(1);
    cgm_file *file;
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)cgm_rng_u32(&rng);
    for (int i = 0; i < IMAGES; i++) domain[i] = i % 2;
    bench_must(cgm_file_create(path, &file), "cyclegan_train");
    bench_must(cgm_file_write(file, "/domain", CGM_I64, CGM_SHAPE(IMAGES), NULL, domain), "cyclegan_train");
    bench_must(cgm_file_write(file, "/image", CGM_U8, CGM_SHAPE(IMAGES, 3, 64, 64), NULL, pixels), "cyclegan_train");
    bench_must(cgm_file_commit(file), "cyclegan_train");
}

int main(int argc, char **argv)
{
    char path[] = "/tmp/cgm-bench-XXXXXX";
    int descriptor = mkstemp(path);
    if (descriptor < 0) return perror(path), 1;
    close(descriptor);
    write_images(path);
    bench_training t = {.bench = "cyclegan_train",
                        .methods = &cgm_mechanism_cyclegan,
                        .name = "step",
                        .data = path,
                        .n_parents = 1,
                        .parents = (const char *const[]){"domain"},
                        .train = BENCH_GAN_TRAINING};
    t.train.batch = 1;
    bench_training_measure(&t, bench_threads(argc, argv));
    unlink(path);
    return 0;
}
