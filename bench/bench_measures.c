/* Thickness and intensity of 1,000 drawn images of 28x28: a ring and a bar each, with widths, places and grey levels of
 * their own. bench/peers/measures.py measures the same images with the published implementation (Morpho-MNIST on
 * scikit-image), and `check`, the means of the measures and of their squares, must agree. */
#include "bench/bench.h"

#include "base/threads.h"
#include "metrics/measure.h"

enum { N = 1000, SIDE = 28 };

typedef struct job {
    const cgm_measure *measure;
    int threads;
    double *pixels, *out;
} job;

/* splitmix64 (Steele, Lea, Flood 2014), as a uniform number in (0, 1) that depends on i alone. */
static double uniform(uint64_t i)
{
    uint64_t z = (i + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return ((double)(z >> 12) + 0.5) * 0x1p-52;
}

static void draw(uint64_t i, double *pixels)
{
    double u[8];
    for (uint64_t k = 0; k < 8; k++) u[k] = uniform(8 * i + k);
    double x = 11 + 6 * u[0], y = 11 + 6 * u[1], radius = 4 + 4 * u[2], half = 0.6 + 1.6 * u[3];
    double grey = 100 + 155 * u[4], cosine = 2 * u[5] - 1, sine = sqrt(1 - cosine * cosine), length = 4 + 7 * u[6];
    for (int p = 0; p < SIDE * SIDE; p++) {
        double dx = p % SIDE - x, dy = p / SIDE - y;
        double ring = fabs(sqrt(dx * dx + dy * dy) - radius);
        double bar = fmax(fabs(dx * cosine + dy * sine), fabs(dy * cosine - dx * sine) - length);
        double cover = half + 0.5 - fmin(ring, bar);
        pixels[p] = floor(grey * (cover < 0 ? 0 : cover > 1 ? 1 : cover) + 0.5);
    }
}

static void measure(void *context)
{
    const job *j = context;
    if (cgm_measure_images(j->measure, N, SIDE, SIDE, SIDE * SIDE, j->pixels, j->threads, j->out) == CGM_OK) return;
    fprintf(stderr, "bench_measures: %s\n", cgm_error_message());
    exit(1);
}

int main(int argc, char **argv)
{
    static double pixels[N * SIDE * SIDE], out[N];
    job j = {.threads = bench_threads(argc, argv), .pixels = pixels, .out = out};
    size_t n;
    const cgm_measure *all = cgm_measures(&n);
    for (uint64_t i = 0; i < N; i++) draw(i, pixels + i * SIDE * SIDE);
    for (size_t m = 0; m < n; m++) {
        j.measure = &all[m];
        bench_time time = bench_measure(measure, &j, 0.5);
        double sum = 0, squares = 0;
        for (int i = 0; i < N; i++) {
            sum += out[i];
            squares += out[i] * out[i];
        }
        bench_begin("measures", all[m].name, j.threads, N, time);
        printf(", \"check\": [%.17g, %.17g]", sum / N, squares / N);
        bench_end();
    }
    return 0;
}
