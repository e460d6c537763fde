/* Matrix products: GFLOP/s at the best of the calls, and the fraction of what the square product reaches. */
#include "bench/bench.h"

#include "kernels/kernels.h"

typedef struct job {
    int64_t m, n, k;
    bool ta, tb;
    cgm_real *a, *b, *c;
    int threads;
} job;

static void run(void *context)
{
    job *j = context;
    cgm_kernels()->matmul(NULL, j->ta, j->tb, j->m, j->n, j->k, j->a, j->b, j->c, j->threads);
}

int main(int argc, char **argv)
{
    /* Square first; then the linear layers of the conditional VAE: forward, input gradient, filter gradient. */
    static const struct {
        int64_t m, n, k;
        bool ta, tb;
    } shapes[] = {{1024, 1024, 1024, false, false}, {128, 4096, 1152, false, false}, {128, 256, 1024, false, true},
                  {128, 1024, 256, false, false},   {256, 1024, 128, true, false},   {64, 1024, 288, false, false}};
    int threads = bench_threads(argc, argv);
    double peak = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        job j = {.m = shapes[i].m,
                 .n = shapes[i].n,
                 .k = shapes[i].k,
                 .ta = shapes[i].ta,
                 .tb = shapes[i].tb,
                 .threads = threads};
        j.a = bench_array((size_t)(j.m * j.k)), j.b = bench_array((size_t)(j.k * j.n)),
        j.c = bench_array((size_t)(j.m * j.n));
        bench_time time = bench_measure(run, &j, 0.3);
        double rate = 2e-6 * (double)j.m * (double)j.n * (double)j.k / time.best;
        if (i == 0) peak = rate;
        char what[64];
        snprintf(what, sizeof what, "%s %lldx%lldx%lld",
                 j.ta   ? "TN"
                 : j.tb ? "NT"
                        : "NN",
                 (long long)j.m, (long long)j.n, (long long)j.k);
        bench_begin("gemm", what, threads, j.m, time);
        bench_number("gflop_per_s", rate);
        bench_number("of_square", rate / peak);
        bench_end();
        free(j.a), free(j.b), free(j.c);
    }
    return 0;
}
