/* Parameters, layers, losses and the optimiser against PyTorch's values (fixtures/nn.h) and against what they promise.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "nn/layers.h"
#include "nn/losses.h"
#include "nn/optimizer.h"
#include "nn/params.h"
#include "tests/fixtures/nn.h"
#include "tests/harness.h"

#ifdef CGM_DOUBLE
#define TOLERANCE 1e-10
#else
#define TOLERANCE 2e-5
#endif

/* The waves of make_nn.py, rounded to float there and here. */
static void fill_wave(size_t n, double phase, double scale, cgm_real *out)
{
    for (size_t i = 0; i < n; i++) {
        /* Volatile, since GCC 12 loses the rounding when it vectorises double -> float -> double. */
        volatile float value = (float)(scale * sin(12.9898 * (double)(i + 1) + phase));
        out[i] = value;
    }
}

/* Each value within the tolerance, absolute for small values and relative for large ones; says the worst. */
static bool all_near(size_t n, const cgm_real *got, const double *want, double tolerance)
{
    for (size_t i = 0; i < n; i++) {
        if (fabs(got[i] - want[i]) <= tolerance * fmax(1, fabs(want[i]))) continue;
        fprintf(stderr, "element %zu is %.9g, expected %.9g\n", i, (double)got[i], want[i]);
        return false;
    }
    return true;
}
#define CHECK_ALL(got, want, tolerance) CU_ASSERT(all_near(sizeof(want) / sizeof *(want), (got), (want), (tolerance)))

static bool all_finite(size_t n, const cgm_real *x)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i])) return false;
    return true;
}

static cgm_real *named(cgm_params *p, cgm_real *flat, const char *name, size_t *n)
{
    for (size_t i = 0; i < cgm_params_count(p); i++) {
        const cgm_param_view *view = cgm_params_view(p, i);
        if (strcmp(view->name, name) != 0) continue;
        if (n) *n = (size_t)cgm_shape_size(view->shape);
        return flat + view->offset;
    }
    return NULL;
}

static void set_wave(cgm_params *p, const char *name, double phase, double scale)
{
    size_t n = 0;
    cgm_real *value = named(p, cgm_params_values(p), name, &n);
    CU_ASSERT_PTR_NOT_NULL_FATAL(value);
    fill_wave(n, phase, scale, value);
}

static cgm_node inner_product(cgm_graph *g, cgm_node a, cgm_node b)
{
    return cgm_sum_all(g, cgm_mul(g, a, b));
}

static const cgm_rng seed = {.key = 5};

/* ---- Layers ---- */

typedef struct layer_case {
    bool convolution;
    cgm_shape x, y;
    double phase; /* of x; weight, bias and cotangent follow by 0.1 */
} layer_case;

/* Values and gradients of one layer, whose name is "layer": out[0..1] are y and dx, the others are in the flat
 * gradient. */
static void run_layer(const layer_case *c, cgm_params *p, cgm_real *y, cgm_real *dx)
{
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node x = cgm_input(g, "x", c->x), cotangent = cgm_input(g, "cotangent", c->y), out[4];
    cgm_conv_opts opts = {.stride = 2, .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1};
    out[0] = c->convolution ? cgm_conv_layer(p, g, "layer", x, c->y.dim[1], 3, opts, CGM_INIT_HE, 1)
                            : cgm_linear(p, g, "layer", x, c->y.dim[1], CGM_INIT_HE, 1);
    cgm_node loss = inner_product(g, out[0], cotangent);
    REQUIRE_OK(cgm_graph_gradients(g, loss, 1, &x, &out[1]));
    REQUIRE_OK(cgm_params_init(p, &seed));
    CU_ASSERT_FATAL(cgm_params_count(p) == 2);
    REQUIRE_OK(cgm_params_gradients(p, g, loss, out + 2));
    REQUIRE_OK(cgm_program_compile(g, 4, out, NULL, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_real a[300], b[300];
    fill_wave((size_t)cgm_shape_size(c->x), c->phase, 1, a);
    set_wave(p, "layer.weight", c->phase + 0.1, 1);
    set_wave(p, "layer.bias", c->phase + 0.2, 1);
    fill_wave((size_t)cgm_shape_size(c->y), c->phase + 0.3, 1, b);
    cgm_workspace_bind(ws, x, a);
    cgm_workspace_bind(ws, cotangent, b);
    cgm_params_bind(p, g, ws, cgm_params_values(p));
    cgm_params_bind_gradients(p, ws, 2);
    REQUIRE_OK(cgm_program_run(program, ws));
    memcpy(y, cgm_workspace_get(ws, out[0]), (size_t)cgm_shape_size(c->y) * sizeof *y);
    memcpy(dx, cgm_workspace_get(ws, out[1]), (size_t)cgm_shape_size(c->x) * sizeof *dx);
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
}

static void linear_matches_pytorch(void)
{
    const layer_case c = {.x = CGM_SHAPE(3, 4), .y = CGM_SHAPE(3, 5), .phase = 0.1};
    cgm_params *p = NULL;
    cgm_real y[15], dx[12];
    REQUIRE_OK(cgm_params_create(&p));
    run_layer(&c, p, y, dx);
    CHECK_ALL(y, linear_y, TOLERANCE);
    CHECK_ALL(dx, linear_dx, TOLERANCE);
    CHECK_ALL(named(p, cgm_params_gradient(p), "layer.weight", NULL), linear_dw, TOLERANCE);
    CHECK_ALL(named(p, cgm_params_gradient(p), "layer.bias", NULL), linear_db, TOLERANCE);
    cgm_params_destroy(p);
}

static void convolution_matches_pytorch(void)
{
    const layer_case c = {.convolution = true, .x = CGM_SHAPE(2, 3, 7, 6), .y = CGM_SHAPE(2, 4, 4, 3), .phase = 1.1};
    cgm_params *p = NULL;
    cgm_real y[96], dx[252];
    REQUIRE_OK(cgm_params_create(&p));
    run_layer(&c, p, y, dx);
    CHECK_ALL(y, conv_y, TOLERANCE);
    CHECK_ALL(dx, conv_dx, TOLERANCE);
    CHECK_ALL(named(p, cgm_params_gradient(p), "layer.weight", NULL), conv_dw, TOLERANCE);
    CHECK_ALL(named(p, cgm_params_gradient(p), "layer.bias", NULL), conv_db, TOLERANCE);
    cgm_params_destroy(p);
}

static void layers_refuse_wrong_ranks(void)
{
    cgm_params *p = NULL;
    REQUIRE_OK(cgm_params_create(&p));
    for (int conv = 0; conv < 2; conv++) {
        cgm_graph *g = NULL;
        REQUIRE_OK(cgm_graph_create(&g));
        cgm_node x = cgm_input(g, "x", CGM_SHAPE(3, 4, 5));
        cgm_node y = conv ? cgm_conv_layer(p, g, "first", x, 2, 3, (cgm_conv_opts){0}, CGM_INIT_HE, 1)
                          : cgm_linear(p, g, "first", x, 2, CGM_INIT_HE, 1);
        CU_ASSERT(y.id == 0);
        CU_ASSERT(cgm_linear(p, g, "second", y, 2, CGM_INIT_HE, 1).id == 0);
        CHECK_FAILS(cgm_graph_status(g), CGM_E_SHAPE, "first");
        CHECK_FAILS(cgm_graph_status(g), CGM_E_SHAPE, "[3, 4, 5]");
        cgm_graph_destroy(g);
    }
    CU_ASSERT(cgm_params_count(p) == 0);
    cgm_params_destroy(p);
}

/* ---- Losses ---- */

/* Runs `n` inputs of one size through a graph and copies out the outputs, each of that size. */
static void run_elementwise(cgm_graph *g, size_t size, size_t n_in, const cgm_node *in, cgm_real *const *data,
                            size_t n_out, const cgm_node *out, cgm_real *const *result)
{
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    REQUIRE_OK(cgm_program_compile(g, n_out, out, NULL, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    for (size_t i = 0; i < n_in; i++) cgm_workspace_bind(ws, in[i], data[i]);
    REQUIRE_OK(cgm_program_run(program, ws));
    for (size_t i = 0; i < n_out; i++) memcpy(result[i], cgm_workspace_get(ws, out[i]), size * sizeof(cgm_real));
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
}

#define MOST 20000

/* log p and its gradients in all three arguments. */
static void gaussian(size_t n, cgm_real *const in[3], int levels, cgm_real *const result[4])
{
    cgm_graph *g = NULL;
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_shape shape = CGM_SHAPE((int64_t)n);
    cgm_node x[3] = {cgm_input(g, "x", shape), cgm_input(g, "mean", shape), cgm_input(g, "log_scale", shape)}, out[4];
    out[0] = cgm_discretised_gaussian_log_prob(g, x[0], x[1], x[2], levels);
    REQUIRE_OK(cgm_graph_gradients(g, cgm_sum_all(g, out[0]), 3, x, out + 1));
    run_elementwise(g, n, 3, x, in, 4, out, result);
    cgm_graph_destroy(g);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void discretised_gaussian_matches_pytorch(void)
{
    enum { N = COUNT(gaussian_log_p) };
    static cgm_real in[3][N], out[4][N];
    size_t n = 0;
    for (size_t i = 0; i < COUNT(gaussian_pixels); i++)
        for (size_t j = 0; j < COUNT(gaussian_means); j++)
            for (size_t k = 0; k < COUNT(gaussian_scales); k++, n++) {
                in[0][n] = (cgm_real)gaussian_pixels[i];
                in[1][n] = (cgm_real)gaussian_means[j];
                in[2][n] = (cgm_real)gaussian_scales[k];
            }
    CU_ASSERT_FATAL(n == N);
    gaussian(n, (cgm_real *[]){in[0], in[1], in[2]}, 256, (cgm_real *[]){out[0], out[1], out[2], out[3]});
    /* PyTorch's formula takes differences near 1, which costs it digits in double already. */
    const double tolerance = sizeof(cgm_real) == sizeof(double) ? 1e-6 : 2e-5;
    CHECK_ALL(out[0], gaussian_log_p, tolerance);
    CHECK_ALL(out[2], gaussian_dmean, tolerance);
    CHECK_ALL(out[3], gaussian_dscale, tolerance);
}

static void discretised_gaussian_stays_finite(void)
{
    static cgm_real in[3][MOST], out[4][MOST];
    size_t n = 0;
    for (double x = -1; x <= 1; x += 0.125)
        for (double mean = -3; mean <= 3; mean += 0.2)
            for (double scale = -9; scale <= 5; scale += 0.5) {
                in[0][n] = (cgm_real)x;
                in[1][n] = (cgm_real)mean;
                in[2][n++] = (cgm_real)scale;
            }
    CU_ASSERT_FATAL(n <= MOST);
    gaussian(n, (cgm_real *[]){in[0], in[1], in[2]}, 256, (cgm_real *[]){out[0], out[1], out[2], out[3]});
    for (int i = 0; i < 4; i++) CU_ASSERT(all_finite(n, out[i]));
    for (size_t i = 0; i < n; i++) CU_ASSERT(out[0][i] <= 0 && out[0][i] >= (cgm_real)-27.7);
}

/* The probabilities of all grey levels add to one, whatever the mean and the scale. */
static void discretised_gaussian_is_a_distribution(void)
{
    enum { LEVELS = 32, CASES = 12 };
    static cgm_real in[3][LEVELS * CASES], out[4][LEVELS * CASES];
    for (int c = 0; c < CASES; c++)
        for (int i = 0; i < LEVELS; i++) {
            in[0][c * LEVELS + i] = (cgm_real)(2.0 * i / (LEVELS - 1) - 1);
            in[1][c * LEVELS + i] = (cgm_real)(0.37 * (c % 4) - 0.6);
            in[2][c * LEVELS + i] = (cgm_real)(c / 4 * 2 - 3);
        }
    gaussian(LEVELS * CASES, (cgm_real *[]){in[0], in[1], in[2]}, LEVELS,
             (cgm_real *[]){out[0], out[1], out[2], out[3]});
    for (int c = 0; c < CASES; c++) {
        double sum = 0;
        for (int i = 0; i < LEVELS; i++) sum += exp(out[0][c * LEVELS + i]);
        CHECK_NEAR(sum, 1, 1e-5);
    }
}

static void divergences_match_pytorch(void)
{
    cgm_graph *g = NULL;
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node x[4], out[6];
    cgm_real in[4][6], result[6][6];
    for (int i = 0; i < 4; i++) {
        x[i] = cgm_input(g, (const char *[]){"q_mean", "q_scale", "p_mean", "p_scale"}[i], CGM_SHAPE(6));
        fill_wave(6, 2.1 + 0.1 * i, 2, in[i]);
    }
    out[0] = cgm_kl_normal(g, x[0], x[1], x[2], x[3]);
    out[5] = cgm_kl_standard_normal(g, x[0], x[1]);
    REQUIRE_OK(cgm_graph_gradients(g, cgm_sum_all(g, out[0]), 4, x, out + 1));
    run_elementwise(g, 6, 4, x, (cgm_real *[]){in[0], in[1], in[2], in[3]}, 6, out,
                    (cgm_real *[]){result[0], result[1], result[2], result[3], result[4], result[5]});
    CHECK_ALL(result[0], kl, TOLERANCE);
    CHECK_ALL(result[1], kl_d0, TOLERANCE);
    CHECK_ALL(result[2], kl_d1, TOLERANCE);
    CHECK_ALL(result[3], kl_d2, TOLERANCE);
    CHECK_ALL(result[4], kl_d3, TOLERANCE);
    CHECK_ALL(result[5], kl_standard, TOLERANCE);
    cgm_graph_destroy(g);
}

/* ---- Optimiser ---- */

/* Two parameters of 7 and 2 x 3 elements, laid out. */
static cgm_params *two_parameters(void)
{
    cgm_params *p = NULL;
    cgm_graph *g = NULL;
    REQUIRE_OK(cgm_params_create(&p));
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_param(p, g, "a", CGM_SHAPE(7), CGM_INIT_ZERO, 1);
    cgm_param(p, g, "b", CGM_SHAPE(2, 3), CGM_INIT_ZERO, 1);
    REQUIRE_OK(cgm_graph_status(g));
    REQUIRE_OK(cgm_params_init(p, &seed));
    cgm_graph_destroy(g);
    return p;
}

static void adamw_matches_pytorch(void)
{
    cgm_params *p = two_parameters();
    cgm_optimizer_opts opts;
    cgm_optimizer_defaults(&opts);
    opts.rate = 0.05;
    opts.rule.beta2 = 0.99;
    opts.weight_decay = 0.1;
    opts.warmup = 5;
    opts.clip = 1;
    opts.ema = 0.9;
    cgm_optimizer_state state = {0};
    cgm_real *gradient = cgm_params_gradient(p);
    size_t b = cgm_params_view(p, 1)->offset;
    set_wave(p, "a", 3.1, 1);
    set_wave(p, "b", 3.2, 1);
    memcpy(cgm_params_ema(p), cgm_params_values(p), cgm_params_flat_size(p) * sizeof *gradient);
    for (int t = 1; t <= 20; t++) {
        fill_wave(7, 3.3 + t, 0.2 * t, gradient);
        fill_wave(6, 3.4 + t, 0.2, gradient + b);
        REQUIRE_OK(cgm_optimizer_step(&opts, &state, p, 1 + t % 2));
        const double *want = adamw_values + (t - 1) * 13, *average = adamw_ema + (t - 1) * 13;
        CU_ASSERT(all_near(7, cgm_params_values(p), want, TOLERANCE));
        CU_ASSERT(all_near(6, cgm_params_values(p) + b, want + 7, TOLERANCE));
        CU_ASSERT(all_near(7, cgm_params_ema(p), average, TOLERANCE));
        CU_ASSERT(all_near(6, cgm_params_ema(p) + b, average + 7, TOLERANCE));
        CHECK_NEAR(state.last_norm, adamw_norms[t - 1], TOLERANCE * 10);
    }
    CU_ASSERT(state.step == 20 && state.skipped == 0);
    cgm_params_destroy(p);
}

static void bad_steps_are_skipped(void)
{
    cgm_params *p = two_parameters();
    cgm_optimizer_opts opts;
    cgm_optimizer_defaults(&opts);
    opts.skip = 100;
    opts.max_skips = 3;
    cgm_optimizer_state state = {0};
    cgm_real *gradient = cgm_params_gradient(p), *value = cgm_params_values(p), before[13];
    size_t b = cgm_params_view(p, 1)->offset;
    gradient[0] = 1;
    REQUIRE_OK(cgm_optimizer_step(&opts, &state, p, 1));
    CU_ASSERT(state.step == 1 && value[0] != 0);
    memcpy(before, value, 7 * sizeof *value);
    gradient[b + 4] = (cgm_real)NAN;
    CHECK_OK(cgm_optimizer_step(&opts, &state, p, 1));
    CHECK_OK(cgm_optimizer_step(&opts, &state, p, 1));
    CU_ASSERT(state.step == 1 && state.skipped == 2 && state.consecutive_skips == 2);
    /* A good step between: the count starts again. */
    gradient[b + 4] = 0;
    gradient[0] = 0;
    CHECK_OK(cgm_optimizer_step(&opts, &state, p, 1));
    CU_ASSERT(state.step == 2 && state.skipped == 2 && state.consecutive_skips == 0);
    memcpy(before, value, 7 * sizeof *value);
    gradient[b + 4] = (cgm_real)INFINITY;
    CHECK_OK(cgm_optimizer_step(&opts, &state, p, 1));
    CHECK_OK(cgm_optimizer_step(&opts, &state, p, 1));
    CHECK_FAILS(cgm_optimizer_step(&opts, &state, p, 1), CGM_E_NUMERIC, "\"b\"");
    CU_ASSERT(memcmp(before, value, 7 * sizeof *value) == 0 && state.step == 2);
    /* A finite gradient at the bound. */
    state.consecutive_skips = 2;
    gradient[b + 4] = 100;
    CHECK_FAILS(cgm_optimizer_step(&opts, &state, p, 1), CGM_E_NUMERIC, "100");
    gradient[b + 4] = 99;
    CHECK_OK(cgm_optimizer_step(&opts, &state, p, 1));
    CU_ASSERT(state.step == 3);
    /* A value that is not finite is where it went wrong, before any gradient. */
    state.consecutive_skips = 2;
    value[0] = (cgm_real)NAN;
    gradient[b + 4] = (cgm_real)NAN;
    CHECK_FAILS(cgm_optimizer_step(&opts, &state, p, 1), CGM_E_NUMERIC, "the value of \"a\"");
    opts.rule.beta1 = 1;
    CHECK_FAILS(cgm_optimizer_step(&opts, &state, p, 1), CGM_E_ARG, "beta1");
    cgm_params_destroy(p);
}

/* ---- A training run ---- */

static cgm_node small_network(cgm_params *p, cgm_graph *g, cgm_node x)
{
    const cgm_conv_opts opts = {.stride = 2, .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1};
    int64_t batch = cgm_node_shape(g, x).dim[0];
    cgm_node h = cgm_conv_layer(p, g, "conv1", x, 4, 3, opts, CGM_INIT_HE, 1);
    h = cgm_conv_layer(p, g, "conv2", cgm_leaky_relu(g, h, 0.1), 4, 3, opts, CGM_INIT_HE, 1);
    h = cgm_reshape(g, cgm_gelu(g, h), CGM_SHAPE(batch, 16));
    return cgm_linear(p, g, "out", h, 3, CGM_INIT_XAVIER, 1);
}

static void train(cgm_params *p, int threads, cgm_real *losses)
{
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node x = cgm_input(g, "x", CGM_SHAPE(6, 1, 8, 8)), target = cgm_input(g, "target", CGM_SHAPE(6, 3)), out[7];
    out[0] = cgm_mean(g, cgm_square(g, cgm_sub(g, small_network(p, g, x), target)), 3);
    REQUIRE_OK(cgm_params_init(p, &seed));
    CU_ASSERT_FATAL(cgm_params_count(p) == 6);
    REQUIRE_OK(cgm_params_gradients(p, g, out[0], out + 1));
    REQUIRE_OK(cgm_program_compile(g, 7, out, &(cgm_compile_opts){.threads = threads}, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    static const char *const names[] = {"conv1.weight", "conv1.bias", "conv2.weight",
                                        "conv2.bias",   "out.weight", "out.bias"};
    for (int i = 0; i < 6; i++) set_wave(p, names[i], 4.3 + i, i % 2 ? 0 : 0.4);
    cgm_real pixels[384], labels[18];
    fill_wave(384, 4.1, 1, pixels);
    fill_wave(18, 4.2, 1, labels);
    cgm_workspace_bind(ws, x, pixels);
    cgm_workspace_bind(ws, target, labels);
    cgm_params_bind(p, g, ws, cgm_params_values(p));
    cgm_params_bind_gradients(p, ws, 1);
    cgm_optimizer_opts opts;
    cgm_optimizer_defaults(&opts);
    opts.rate = 0.02;
    cgm_optimizer_state state = {0};
    for (int step = 0; step < 10; step++) {
        REQUIRE_OK(cgm_program_run(program, ws));
        losses[step] = *cgm_workspace_get(ws, out[0]);
        REQUIRE_OK(cgm_optimizer_step(&opts, &state, p, threads));
    }
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
}

static void training_matches_pytorch(void)
{
    cgm_real losses[2][10];
    cgm_params *p[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        REQUIRE_OK(cgm_params_create(&p[i]));
        train(p[i], 1 + i, losses[i]);
        CHECK_ALL(losses[i], training_losses, TOLERANCE);
    }
    size_t bytes = cgm_params_flat_size(p[0]) * sizeof(cgm_real);
    CU_ASSERT(memcmp(losses[0], losses[1], sizeof losses[0]) == 0);
    CU_ASSERT(memcmp(cgm_params_values(p[0]), cgm_params_values(p[1]), bytes) == 0);
    for (int i = 0; i < 2; i++) cgm_params_destroy(p[i]);
}

/* ---- Parameters ---- */

static void parameters_are_named_and_aligned(void)
{
    cgm_params *p = NULL;
    cgm_graph *g = NULL;
    REQUIRE_OK(cgm_params_create(&p));
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_graph_push(g, "decoder");
    cgm_node w = cgm_param(p, g, "weight", CGM_SHAPE(3, 5), CGM_INIT_ONE, 1);
    cgm_node b = cgm_param(p, g, "bias", CGM_SHAPE(3), CGM_INIT_ONE, 1);
    CU_ASSERT(cgm_param(p, g, "weight", CGM_SHAPE(3, 5), CGM_INIT_ONE, 1).id == w.id);
    cgm_graph_pop(g);
    CU_ASSERT(cgm_param(p, g, "bias", CGM_SHAPE(2), CGM_INIT_ONE, 1).id != b.id);
    CU_ASSERT(cgm_params_values(p) == NULL);
    REQUIRE_OK(cgm_params_init(p, &seed));
    CHECK_FAILS(cgm_params_init(p, &seed), CGM_E_ARG, "already");
    CU_ASSERT(cgm_params_count(p) == 3 && cgm_params_elements(p) == 20);
    CU_ASSERT_STRING_EQUAL(cgm_params_view(p, 0)->name, "decoder.weight");
    CU_ASSERT_STRING_EQUAL(cgm_params_view(p, 2)->name, "bias");
    CU_ASSERT_PTR_NULL(cgm_params_view(p, 3));
    CU_ASSERT(cgm_params_bytes(p) == 5 * cgm_params_flat_size(p) * sizeof(cgm_real));
    size_t ones = 0;
    for (size_t i = 0; i < cgm_params_flat_size(p); i++) ones += cgm_params_ema(p)[i] == 1;
    CU_ASSERT(ones == 20); /* gaps are zero */
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT(((uintptr_t)(cgm_params_values(p) + cgm_params_view(p, i)->offset) & 63) == 0);
    cgm_graph_destroy(g);
    cgm_params_destroy(p);
}

static void redeclaring_is_checked(void)
{
    cgm_params *p = two_parameters();
    for (int c = 0; c < 3; c++) {
        cgm_graph *g = NULL;
        REQUIRE_OK(cgm_graph_create(&g));
        if (c == 0) {
            CU_ASSERT(cgm_param(p, g, "b", CGM_SHAPE(2, 3), CGM_INIT_ZERO, 1).id != 0);
            CHECK_OK(cgm_graph_status(g));
        } else if (c == 1) {
            CU_ASSERT(cgm_param(p, g, "b", CGM_SHAPE(3, 2), CGM_INIT_ZERO, 1).id == 0);
            CHECK_FAILS(cgm_graph_status(g), CGM_E_SHAPE, "[2, 3]");
        } else {
            CU_ASSERT(cgm_param(p, g, "c", CGM_SHAPE(3, 2), CGM_INIT_ZERO, 1).id == 0);
            CHECK_FAILS(cgm_graph_status(g), CGM_E_ARG, "\"c\"");
        }
        cgm_graph_destroy(g);
    }
    CU_ASSERT(cgm_params_count(p) == 2);
    cgm_params_destroy(p);
}

/* Parameters with one and the same gradient node get it each; a parameter that the graph lacks gets zeros; and graphs
 * that lie one after the other at the same address are told apart. */
static void gradients_reach_every_parameter(void)
{
    cgm_params *p = two_parameters();
    for (int round = 0; round < 3; round++) {
        cgm_graph *g = NULL;
        cgm_program *program = NULL;
        cgm_workspace *ws = NULL;
        REQUIRE_OK(cgm_graph_create(&g));
        for (int i = 0; i < round; i++) cgm_input(g, "unused", CGM_SCALAR);
        cgm_node a = cgm_param(p, g, "a", CGM_SHAPE(7), CGM_INIT_ZERO, 1), loss = cgm_sum_all(g, a), gradients[2],
                 seven;
        if (round == 2) {
            cgm_node b = cgm_param(p, g, "b", CGM_SHAPE(2, 3), CGM_INIT_ZERO, 1);
            seven =
                cgm_concat(g, 2, (cgm_node[]){cgm_reshape(g, b, CGM_SHAPE(6)), cgm_constant(g, 0, CGM_SHAPE(1))}, 0);
            loss = cgm_sum_all(g, cgm_add(g, a, seven));
        }
        REQUIRE_OK(cgm_params_gradients(p, g, loss, gradients));
        REQUIRE_OK(cgm_program_compile(g, 2, gradients, NULL, &program));
        REQUIRE_OK(cgm_workspace_create(program, &ws));
        cgm_real *flat = cgm_params_gradient(p);
        size_t n = cgm_params_flat_size(p), sum = 0, b_at = cgm_params_view(p, 1)->offset;
        for (size_t i = 0; i < n; i++) flat[i] = -1;
        cgm_params_bind(p, g, ws, cgm_params_values(p));
        cgm_params_bind_gradients(p, ws, 0);
        REQUIRE_OK(cgm_program_run(program, ws));
        for (size_t i = 0; i < 7; i++) sum += flat[i] == 1;
        for (size_t i = 0; i < 6; i++) sum += flat[b_at + i] == (round == 2);
        CU_ASSERT(sum == 13);
        cgm_workspace_destroy(ws);
        cgm_program_destroy(program);
        cgm_graph_destroy(g);
    }
    cgm_params_destroy(p);
}

static void twins_get_their_gradients(void)
{
    cgm_params *p = NULL;
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    REQUIRE_OK(cgm_params_create(&p));
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node sum = cgm_constant(g, 0, CGM_SHAPE(3)), gradients[3];
    for (int i = 0; i < 3; i++)
        sum = cgm_add(g, sum, cgm_param(p, g, (const char *[]){"a", "b", "c"}[i], CGM_SHAPE(3), CGM_INIT_ONE, 1));
    REQUIRE_OK(cgm_params_init(p, &seed));
    REQUIRE_OK(cgm_params_gradients(p, g, cgm_sum_all(g, cgm_square(g, sum)), gradients));
    REQUIRE_OK(cgm_program_compile(g, 3, gradients, NULL, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_params_bind(p, g, ws, cgm_params_values(p));
    cgm_params_bind_gradients(p, ws, 0);
    REQUIRE_OK(cgm_program_run(program, ws));
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) CHECK_NEAR(cgm_params_gradient(p)[cgm_params_view(p, i)->offset + k], 6, 0);
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
    cgm_params_destroy(p);
}

static void moments_of(const cgm_real *x, size_t n, double *mean, double *variance)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    *mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += (x[i] - *mean) * (x[i] - *mean);
    *variance = squares / (double)n;
}

static void initial_values_have_their_laws(void)
{
    cgm_params *p = NULL;
    cgm_graph *g = NULL;
    REQUIRE_OK(cgm_params_create(&p));
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_param(p, g, "he", CGM_SHAPE(40, 50, 3, 3), CGM_INIT_HE, 0.5);
    cgm_param(p, g, "xavier", CGM_SHAPE(120, 180), CGM_INIT_XAVIER, 2);
    cgm_param(p, g, "zero", CGM_SHAPE(9), CGM_INIT_ZERO, 1);
    REQUIRE_OK(cgm_params_init(p, &seed));
    double mean, variance, want = 0.25 * 2 / 450;
    size_t n = 0;
    const cgm_real *he = named(p, cgm_params_values(p), "he", &n);
    moments_of(he, n, &mean, &variance);
    CHECK_NEAR(mean, 0, 4 * sqrt(want / (double)n));
    CHECK_NEAR(variance / want, 1, 4 * sqrt(2 / (double)n));
    const cgm_real *xavier = named(p, cgm_params_values(p), "xavier", &n);
    double bound = 2 * sqrt(6.0 / 300), largest = 0;
    moments_of(xavier, n, &mean, &variance);
    for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs((double)xavier[i]));
    CHECK_NEAR(mean, 0, 4 * bound / sqrt(3 * (double)n));
    CHECK_NEAR(variance / (bound * bound / 3), 1, 0.03);
    CU_ASSERT(largest <= bound * (1 + FLT_EPSILON) && largest > 0.99 * bound);
    const cgm_real *zero = named(p, cgm_params_values(p), "zero", &n);
    for (size_t i = 0; i < n; i++) CU_ASSERT(zero[i] == 0);
    cgm_graph_destroy(g);
    cgm_params_destroy(p);
}

/* A parameter declared before the others shifts no other's initial values; another seed changes them. */
static void streams_are_split_by_name(void)
{
    cgm_real value[3][6];
    for (int c = 0; c < 3; c++) {
        cgm_params *p = NULL;
        cgm_graph *g = NULL;
        REQUIRE_OK(cgm_params_create(&p));
        REQUIRE_OK(cgm_graph_create(&g));
        if (c == 1) cgm_param(p, g, "first", CGM_SHAPE(5, 5), CGM_INIT_HE, 1);
        cgm_param(p, g, "w", CGM_SHAPE(2, 3), CGM_INIT_HE, 1);
        cgm_rng rng = cgm_rng_create(c == 2 ? 6 : 5);
        REQUIRE_OK(cgm_params_init(p, &rng));
        memcpy(value[c], named(p, cgm_params_values(p), "w", NULL), sizeof value[c]);
        cgm_graph_destroy(g);
        cgm_params_destroy(p);
    }
    CU_ASSERT(memcmp(value[0], value[1], sizeof value[0]) == 0);
    CU_ASSERT(memcmp(value[0], value[2], sizeof value[0]) != 0);
}

static const test_case cases[] = {
    {"linear layer: values and gradients of PyTorch", linear_matches_pytorch},
    {"convolution: values and gradients of PyTorch", convolution_matches_pytorch},
    {"layers refuse wrong ranks", layers_refuse_wrong_ranks},
    {"discretised Gaussian: values and gradients of PyTorch", discretised_gaussian_matches_pytorch},
    {"discretised Gaussian: finite at the extremes", discretised_gaussian_stays_finite},
    {"discretised Gaussian: adds to one", discretised_gaussian_is_a_distribution},
    {"divergences: values and gradients of PyTorch", divergences_match_pytorch},
    {"AdamW: trajectory of PyTorch", adamw_matches_pytorch},
    {"AdamW: bad steps are skipped", bad_steps_are_skipped},
    {"training: losses of PyTorch, on one and two threads", training_matches_pytorch},
    {"parameters are named and aligned", parameters_are_named_and_aligned},
    {"parameters: redeclaring is checked", redeclaring_is_checked},
    {"parameters: gradients reach each one", gradients_reach_every_parameter},
    {"parameters: one gradient node for three", twins_get_their_gradients},
    {"initial values have their laws", initial_values_have_their_laws},
    {"initial values: streams are split by name", streams_are_split_by_name},
};
TEST_MAIN("nn", cases)
