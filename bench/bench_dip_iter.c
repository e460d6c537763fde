/* An iteration of the deep image prior as a user runs it, with the authors' network and numbers for denoising, on grey
 * noise images of 128 x 128 and 256 x 256 pixels: new noise on the input, forward, backward, Adam, the running mean of
 * images. bench/peers/dip_iter.py is the same in PyTorch, without the mean. */
#include "bench/bench.h"

#include "dip/options.h"

static void must(cgm_status status)
{
    if (status == CGM_OK) return;
    fprintf(stderr, "bench_dip_iter: %s\n", cgm_error_message());
    exit(1);
}

static void iterate(void *context)
{
    dip_fit_report report;
    must(cgm_dip_fit_step(context, &report));
}

static void measure(const dip_fit_opts *opts, int64_t side, int threads)
{
    char name[32];
    cgm_arena arena = {0};
    dip_problem p;
    dip_fit *fit;
    dip_operator_opts op = {1, side, side};
    cgm_rng rng = cgm_rng_create(1);
    snprintf(name, sizeof name, "side=%lld", (long long)side);
    must(cgm_dip_problem_create(&cgm_dip_operator_identity, &op, &arena, &p));
    for (int64_t i = 0; i < side * side; i++) p.y[i] = cgm_rng_uniform(&rng);
    must(cgm_dip_fit_create(&p, opts, &rng, threads, &fit));
    bench_time time = bench_measure(iterate, fit, 6);
    bench_begin("dip_iter", name, threads, 1, time);
    bench_number("planned_mb", (double)cgm_dip_fit_bytes(fit) / 1e6);
    bench_end();
    cgm_dip_fit_destroy(fit);
    cgm_dip_problem_clear(&p);
    cgm_arena_clear(&arena);
}

int main(int argc, char **argv)
{
    int threads = bench_threads(argc, argv);
    cgm_config *config;
    dip_options options;
    must(cgm_config_parse("{task: denoise, fit: {iterations: 1000000}}", "dip_iter", &config));
    must(cgm_dip_options_read(config, &options));
    measure(&options.fit, 128, threads);
    measure(&options.fit, 256, threads);
    cgm_config_destroy(config);
    return 0;
}
