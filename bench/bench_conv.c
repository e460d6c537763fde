/* The three maps of a convolution on the shapes of the models and of the peers in PyTorch: the conditional and the
 * hierarchical VAE, the deep image prior (reflection comes before, so no pads), DCGAN and WGAN-GP (a transposed
 * convolution is an input gradient, and the generator's shapes are the critic's), CycleGAN. GFLOP are those of the
 * direct sum, and of_sgemm is against a product of 1024^3 just before the shape. bench/peers/conv.py has the same list;
 * bench/conv_table.py makes ARCHITECTURE.md's table of the lines. */
#include "bench/bench.h"

#include "kernels/kernels.h"

typedef struct shape {
    const char *model;
    int64_t n, c, size, k, r, stride, pad;
} shape;

static const shape shapes[] = {
    {"cvae encoder", 128, 1, 32, 32, 4, 2, 1},
    {"cvae encoder", 128, 32, 16, 64, 4, 2, 1},
    {"cvae encoder", 128, 64, 8, 64, 4, 2, 1},
    {"cvae decoder", 128, 64, 8, 64, 3, 1, 1},
    {"cvae decoder", 128, 64, 16, 32, 3, 1, 1},
    {"cvae decoder", 128, 32, 32, 32, 3, 1, 1},
    {"cvae decoder", 128, 32, 32, 16, 3, 1, 1},
    {"cvae decoder", 128, 32, 32, 2, 3, 1, 1},
    {"cvae decoder", 128, 32, 32, 2, 1, 1, 0},
    {"hvae", 32, 4, 32, 4, 3, 1, 1},
    {"hvae", 32, 16, 32, 4, 1, 1, 0},
    {"hvae", 32, 4, 32, 48, 1, 1, 0},
    {"hvae", 32, 8, 16, 8, 3, 1, 1},
    {"hvae", 32, 64, 8, 16, 1, 1, 0},
    {"hvae", 32, 16, 8, 16, 3, 1, 1},
    {"hvae", 32, 32, 4, 32, 3, 1, 1},
    {"hvae stem", 32, 1, 32, 16, 7, 1, 3},
    {"dip out", 1, 132, 130, 128, 3, 1, 0},
    {"dip down", 1, 128, 66, 128, 3, 1, 0},
    {"dip out", 1, 132, 34, 128, 3, 1, 0},
    {"dip down", 1, 32, 130, 128, 3, 2, 0},
    {"dip down", 1, 128, 66, 128, 3, 2, 0},
    {"dip out", 1, 128, 128, 128, 1, 1, 0},
    {"dip skip", 1, 128, 64, 4, 1, 1, 0},
    {"gan", 64, 1, 32, 64, 4, 2, 1},
    {"gan", 64, 64, 16, 128, 4, 2, 1},
    {"gan", 64, 128, 8, 256, 4, 2, 1},
    {"gan generator", 64, 256, 4, 100, 4, 1, 0},
    {"gan critic", 64, 256, 4, 1, 4, 1, 0},
    {"cyclegan generator", 2, 3, 70, 32, 7, 1, 0},
    {"cyclegan generator", 2, 32, 64, 64, 3, 2, 1},
    {"cyclegan generator", 2, 64, 32, 128, 3, 2, 1},
    {"cyclegan generator", 2, 128, 18, 128, 3, 1, 0},
    {"cyclegan generator", 2, 32, 70, 3, 7, 1, 0},
    {"cyclegan critic", 2, 3, 64, 32, 4, 2, 1},
    {"cyclegan critic", 2, 32, 32, 64, 4, 2, 1},
    {"cyclegan critic", 2, 64, 16, 128, 4, 2, 1},
    {"cyclegan critic", 2, 128, 8, 256, 4, 1, 1},
};

enum { PEAK = 1024 };

typedef struct job {
    cgm_conv_shape s;
    cgm_real *x, *filter, *y;
    void *scratch;
    int threads;
} job;

static void forward(void *context)
{
    job *j = context;
    cgm_kernels()->conv2d(&j->s, j->x, j->filter, NULL, j->y, j->scratch, j->threads);
}

static void input_grad(void *context)
{
    job *j = context;
    cgm_kernels()->conv2d_input_grad(&j->s, j->y, j->filter, j->x, j->scratch, j->threads);
}

static void filter_grad(void *context)
{
    job *j = context;
    cgm_kernels()->conv2d_filter_grad(&j->s, j->x, j->y, false, j->filter, j->scratch, j->threads);
}

static void product(void *context)
{
    job *j = context;
    cgm_kernels()->matmul(NULL, false, false, PEAK, PEAK, PEAK, j->x, j->filter, j->y, j->threads);
}

/* GFLOP/s */
static double sgemm_peak(int threads)
{
    job j = {.x = bench_array(PEAK * PEAK), .filter = bench_array(PEAK * PEAK), .y = bench_array(PEAK * PEAK)};
    j.threads = threads;
    bench_time time = bench_measure(product, &j, 0.1);
    free(j.x), free(j.filter), free(j.y);
    return 2e-6 * PEAK * PEAK * PEAK / time.best;
}

/* As in the table. */
static void name_shape(const shape *p, size_t n, char *name)
{
    snprintf(name, n, "%s %lldx%lld/%lld %lld->%lld @%lld", p->model, (long long)p->r, (long long)p->r,
             (long long)p->stride, (long long)p->c, (long long)p->k, (long long)p->size);
}

static void bench_shape(const shape *p, const char *name, int threads)
{
    double peak = sgemm_peak(threads);
    static const struct {
        const char *name;
        bench_fn *run;
    } maps[] = {{"forward", forward}, {"input_grad", input_grad}, {"filter_grad", filter_grad}};
    int64_t out = (p->size + 2 * p->pad - p->r) / p->stride + 1;
    cgm_conv_shape s = {.n = p->n,
                        .c = p->c,
                        .h = p->size,
                        .w = p->size,
                        .k = p->k,
                        .r = p->r,
                        .s = p->r,
                        .stride = p->stride,
                        .pad_top = p->pad,
                        .pad_left = p->pad,
                        .oh = out,
                        .ow = out};
    const cgm_kernel_table *t = cgm_kernels();
    size_t scratch = t->conv2d_scratch(&s, threads), more = t->conv2d_input_grad_scratch(&s, threads);
    if (more > scratch) scratch = more;
    more = t->conv2d_filter_grad_scratch(&s, threads);
    if (more > scratch) scratch = more;
    size_t nx = (size_t)(s.n * s.c * s.h * s.w), ny = (size_t)(s.n * s.k * out * out),
           nf = (size_t)(s.k * s.c * s.r * s.s);
    job j = {.s = s, .x = bench_array(nx), .filter = bench_array(nf), .y = bench_array(ny), .threads = threads};
    j.scratch = bench_array(scratch / sizeof(cgm_real));
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        bench_fill(nx, j.x), bench_fill(nf, j.filter), bench_fill(ny, j.y);
        bench_time time = bench_measure(maps[i].run, &j, 0.2); /* as long as its peer has for its two layouts */
        char what[112];
        snprintf(what, sizeof what, "%s %s", name, maps[i].name);
        bench_begin("conv", what, threads, s.n, time);
        double rate = 2e-6 * (double)ny * (double)(s.c * s.r * s.s) / time.best;
        bench_number("gflop_per_s", rate);
        bench_number("of_sgemm", rate / peak);
        bench_number("scratch_mb", (double)scratch / (1 << 20));
        bench_end();
    }
    free(j.x), free(j.filter), free(j.y), free(j.scratch);
}

int main(int argc, char **argv)
{
    int threads = bench_threads(argc, argv);
    /* A second argument picks the shapes whose name has it. */
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        char name[96];
        name_shape(&shapes[i], sizeof name, name);
        if (argc < 3 || strstr(name, argv[2])) bench_shape(&shapes[i], name, threads);
    }
    return 0;
}
