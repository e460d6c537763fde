/* Operators of inverse problems: adjoints, definitions, what is refused; phantoms; methods without a network where the
 * answer is known. */
#include <string.h>

#include "dip/baselines/baseline.h"
#include "dip/operators/radon.h"
#include "dip/phantoms/phantom.h"
#include "dip/scores.h"
#include "graph/program.h"
#include "tests/harness.h"

static void draw(uint64_t seed, int64_t n, double *out)
{
    cgm_rng rng = cgm_rng_create(seed);
    for (int64_t i = 0; i < n; i++) out[i] = cgm_rng_uniform(&rng) - .5;
}

static double *some(uint64_t seed, int64_t n)
{
    double *out = calloc((size_t)n, sizeof *out);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    draw(seed, n, out);
    return out;
}

/* ---- Operators ---- */

static double mask_of_48[48];

/* Images of 2 channels of 6 x 8 pixels, by each operator in each of its ways. */
static const struct {
    const dip_operator_class *kind;
    dip_operator_opts opts;
} ways[] = {
    {&cgm_dip_operator_identity, {2, 6, 8}},
    {&cgm_dip_operator_mask, {2, 6, 8, .mask = mask_of_48}},
    {&cgm_dip_operator_downsample, {2, 6, 8, .factor = 2, .filter = DIP_FILTER_LANCZOS}},
    {&cgm_dip_operator_downsample, {2, 6, 8, .factor = 2, .filter = DIP_FILTER_BICUBIC}},
    {&cgm_dip_operator_downsample, {2, 6, 8, .factor = 2, .filter = DIP_FILTER_BOX}},
    {&cgm_dip_operator_blur, {2, 6, 8, .blur = DIP_BLUR_GAUSSIAN, .blur_width = 1.3}},
    {&cgm_dip_operator_blur, {2, 6, 8, .blur = DIP_BLUR_BOX, .blur_width = 4}},
    {&cgm_dip_operator_radon, {2, 6, 8, .beam = DIP_BEAM_PARALLEL, .views = 11}},
    {&cgm_dip_operator_radon, {2, 6, 8, .beam = DIP_BEAM_FAN, .views = 10, .distance = 1.5}},
    {&cgm_dip_operator_fourier, {2, 6, 8, .mask = mask_of_48}},
};
enum { WAYS = sizeof ways / sizeof *ways };

static void make(size_t way, cgm_arena *arena, dip_operator *out)
{
    for (int i = 0; i < 48; i++) mask_of_48[i] = i % 3 != 1;
    REQUIRE_OK(ways[way].kind->create(&ways[way].opts, arena, out));
}

static double dot(int64_t n, const double *a, const double *b)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static void adjoints_are_exact(void)
{
    for (size_t way = 0; way < WAYS; way++) {
        cgm_arena arena = {0};
        dip_operator op;
        make(way, &arena, &op);
        int64_t n = cgm_shape_size(op.map.domain), m = cgm_shape_size(op.map.range);
        double *x = some(1, n), *y = some(2, m), *ax = some(3, m), *aty = some(4, n), *one = some(5, m);
        void *scratch = cgm_arena_alloc(&arena, op.map.scratch_bytes + 1);
        cgm_dip_apply(&op, x, ax, scratch, 2);
        cgm_dip_adjoint(&op, y, aty, scratch, 2);
        CHECK_NEAR(dot(m, ax, y), dot(n, x, aty), 1e-13 * (double)n);
        CU_ASSERT(dot(m, ax, ax) > 0.01);
        cgm_dip_apply(&op, x, one, scratch, 1);
        CU_ASSERT(memcmp(one, ax, (size_t)m * sizeof *ax) == 0);
        for (int64_t i = 0; op.measured && i < m; i++) CU_ASSERT(op.measured[i] != 0 || ax[i] == 0);
        free(x), free(y), free(ax), free(aty), free(one);
        cgm_dip_operator_clear(&op);
        cgm_arena_clear(&arena);
    }
}

/* Of sum (A x)^2 by x: 2 A'A x, through the graph. */
static void gradients_go_through_graphs(void)
{
    for (size_t way = 0; way < WAYS; way++) {
        cgm_arena arena = {0};
        dip_operator op;
        cgm_graph *g;
        cgm_program *program;
        cgm_workspace *ws;
        make(way, &arena, &op);
        int64_t n = cgm_shape_size(op.map.domain), m = cgm_shape_size(op.map.range);
        double *x = some(1, n), *ax = some(3, m), *want = some(4, n);
        void *scratch = cgm_arena_alloc(&arena, op.map.scratch_bytes + 1);
        cgm_real *given = cgm_arena_array(&arena, (size_t)n, sizeof *given);
        for (int64_t i = 0; i < n; i++) given[i] = (cgm_real)x[i];
        REQUIRE_OK(cgm_graph_create(&g));
        cgm_node input = cgm_input(g, "x", op.map.domain), dx;
        cgm_node sum = cgm_sum_all(g, cgm_square(g, cgm_apply_linear(g, input, &op.map, false)));
        REQUIRE_OK(cgm_graph_gradients(g, sum, 1, &input, &dx));
        REQUIRE_OK(cgm_program_compile(g, 1, &dx, NULL, &program));
        REQUIRE_OK(cgm_workspace_create(program, &ws));
        cgm_workspace_bind(ws, input, given);
        REQUIRE_OK(cgm_program_run(program, ws));
        cgm_dip_apply(&op, x, ax, scratch, 1);
        cgm_dip_adjoint(&op, ax, want, scratch, 1);
        const cgm_real *got = cgm_workspace_get(ws, dx);
        for (int64_t i = 0; i < n; i++) CHECK_NEAR((double)got[i], 2 * want[i], 1e-5);
        cgm_workspace_destroy(ws);
        cgm_program_destroy(program);
        cgm_graph_destroy(g);
        free(x), free(ax), free(want);
        cgm_dip_operator_clear(&op);
        cgm_arena_clear(&arena);
    }
}

/* Down-sampling and blurring leave a constant as it is; away from the border fewer pixels lie in the middle of those
 * that they are made of, on a slope. */
static void windows_are_means(void)
{
    for (size_t way = 2; way < 7; way++) {
        cgm_arena arena = {0};
        dip_operator op;
        make(way, &arena, &op);
        int64_t n = cgm_shape_size(op.map.domain), m = cgm_shape_size(op.map.range);
        double *x = some(1, n), *y = some(2, m);
        void *scratch = cgm_arena_alloc(&arena, op.map.scratch_bytes + 1);
        for (int64_t i = 0; i < n; i++) x[i] = 3;
        cgm_dip_apply(&op, x, y, scratch, 1);
        for (int64_t i = 0; i < m; i++) CHECK_NEAR(y[i], 3, 1e-14);
        free(x), free(y);
        cgm_arena_clear(&arena);
    }
    for (int filter = 0; filter < 3; filter++) {
        cgm_arena arena = {0};
        dip_operator op;
        dip_operator_opts opts = {1, 4, 40, .factor = 4, .filter = filter};
        double slope[160], fewer[10];
        REQUIRE_OK(cgm_dip_operator_downsample.create(&opts, &arena, &op));
        for (int i = 0; i < 160; i++) slope[i] = i % 40;
        cgm_dip_apply(&op, slope, fewer, cgm_arena_alloc(&arena, op.map.scratch_bytes), 1);
        for (int i = 2; i < 8; i++) CHECK_NEAR(fewer[i], 4 * i + 1.5, 1e-12);
        cgm_arena_clear(&arena);
    }
}

static void a_box_is_as_wide_as_said(void)
{
    cgm_arena arena = {0};
    dip_operator op;
    dip_operator_opts opts = {1, 1, 9, .blur = DIP_BLUR_BOX, .blur_width = 3};
    double point[9] = {[4] = 6}, spread[9];
    static const double want[2][9] = {{0, 0, 0, 2, 2, 2, 0, 0, 0}, {0, 0, 0, 1.5, 3, 1.5, 0, 0, 0}};
    for (int k = 0; k < 2; k++, opts.blur_width = 2) {
        REQUIRE_OK(cgm_dip_operator_blur.create(&opts, &arena, &op));
        cgm_dip_apply(&op, point, spread, cgm_arena_alloc(&arena, op.map.scratch_bytes), 1);
        for (int i = 0; i < 9; i++) CHECK_NEAR(spread[i], want[k][i], 1e-15);
    }
    cgm_arena_clear(&arena);
}

/* Lines through a Gaussian have the integral sqrt(2 pi) s exp(-distance^2 / 2 s^2). */
static void lines_are_integrals(void)
{
    enum { SIDE = 60 };
    const double s = 6, x0 = 5, y0 = -3;
    double *x = some(1, SIDE * SIDE);
    for (int i = 0; i < SIDE * SIDE; i++)
        x[i] = exp(-.5 * (pow((i % SIDE - 29.5 - x0) / s, 2) + pow((i / SIDE - 29.5 - y0) / s, 2)));
    for (int beam = 0; beam < 2; beam++) {
        cgm_arena arena = {0};
        dip_operator op;
        dip_radon r;
        dip_operator_opts opts = {1, SIDE, SIDE, .beam = beam, .views = 7, .distance = 1.4};
        REQUIRE_OK(cgm_dip_operator_radon.create(&opts, &arena, &op));
        REQUIRE_OK(cgm_dip_radon_geometry(&opts, &r));
        double *y = some(2, cgm_shape_size(op.map.range));
        cgm_dip_apply(&op, x, y, NULL, 1);
        for (int64_t i = 0; i < 7 * r.detectors; i++) {
            double a = cgm_dip_radon_angle(&r, i / r.detectors), c = cos(a), q = sin(a);
            double at = (double)(i % r.detectors) - .5 * (double)(r.detectors - 1), dx = -q, dy = c;
            if (beam == DIP_BEAM_FAN) {
                dx = at * c - 1.4 * SIDE * q;
                dy = at * q + 1.4 * SIDE * c;
            }
            double away = ((at * c - x0) * dy - (at * q - y0) * dx) / hypot(dx, dy);
            CHECK_NEAR(y[i], sqrt(2 * M_PI) * s / SIDE * exp(-.5 * away * away / (s * s)), 2e-3);
        }
        free(y);
        cgm_arena_clear(&arena);
    }
    free(x);
}

static void frequencies_are_of_the_definition(void)
{
    cgm_arena arena = {0};
    dip_operator op;
    make(9, &arena, &op);
    double *x = some(1, 96), *y = some(2, 192);
    cgm_dip_apply(&op, x, y, cgm_arena_alloc(&arena, op.map.scratch_bytes), 1);
    for (int c = 0; c < 2; c++)
        for (int k = 0; k < 48; k++) {
            double re = 0, im = 0;
            for (int i = 0; i < 48; i++) {
                double angle = -2 * M_PI * ((k / 8) * (i / 8) / 6. + (k % 8) * (i % 8) / 8.);
                re += x[48 * c + i] * cos(angle) / sqrt(48);
                im += x[48 * c + i] * sin(angle) / sqrt(48);
            }
            CHECK_NEAR(y[96 * c + k], k % 3 != 1 ? re : 0, 1e-13);
            CHECK_NEAR(y[96 * c + 48 + k], k % 3 != 1 ? im : 0, 1e-13);
        }
    free(x), free(y);
    cgm_dip_operator_clear(&op);
    cgm_arena_clear(&arena);
}

static void what_does_not_fit_is_refused(void)
{
    cgm_arena arena = {0};
    dip_operator op;
    dip_operator_opts odd = {1, 6, 9, .factor = 2}, near = {1, 8, 8, .beam = DIP_BEAM_FAN, .views = 3, .distance = .6};
    dip_operator_opts many = {1, 8, 8, .views = 65536, .detectors = 65536};
    dip_operator_opts grazing = {1, 8, 8, .beam = DIP_BEAM_FAN, .views = 3, .distance = nextafter(M_SQRT1_2, 1)};
    double none[4] = {0};
    dip_operator_opts blind = {1, 2, 2, .mask = none};
    CHECK_FAILS(cgm_dip_operator_downsample.create(&odd, &arena, &op), CGM_E_SHAPE, "multiples of the factor, 2");
    CHECK_FAILS(cgm_dip_operator_radon.create(&near, &arena, &op), CGM_E_ARG, "more than 0.707");
    CHECK_FAILS(cgm_dip_operator_radon.create(&many, &arena, &op), CGM_E_ARG, "at most 67108864 numbers");
    CHECK_FAILS(cgm_dip_operator_radon.create(&grazing, &arena, &op), CGM_E_ARG, "at most 67108864 numbers");
    CHECK_FAILS(cgm_dip_operator_mask.create(&blind, &arena, &op), CGM_E_ARG, "pixels that are known");
    CHECK_FAILS(cgm_dip_operator_fourier.create(&blind, &arena, &op), CGM_E_ARG, "frequencies that are measured");
    cgm_arena_clear(&arena);
}

/* ---- Phantoms ---- */

static void phantoms_are_drawn(void)
{
    cgm_arena arena = {0};
    dip_image image;
    static const char *const names[] = {"shepp_logan", "brain", "thorax", "texture", "text"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        double least = 2, most = -1;
        REQUIRE_OK(cgm_dip_phantom_draw(names[k], 65, &arena, &image));
        for (int64_t i = 0; i < 65 * 65; i++) {
            least = fmin(least, image.pixels[i]);
            most = fmax(most, image.pixels[i]);
        }
        CU_ASSERT(least >= 0 && most <= 1 && most - least > .5);
        if (k == 0) {
            CHECK_NEAR(image.pixels[32 * 65 + 32], .2, 1e-12); /* the brain, 1 - 0.8 */
            CHECK_NEAR(image.pixels[32 * 65 + 39], 0, 1e-12);  /* a ventricle, - 0.2 */
            CHECK_NEAR(image.pixels[21 * 65 + 32], .3, 1e-12); /* the upper ellipse, + 0.1 */
        }
    }
    CHECK_FAILS(cgm_dip_phantom_draw("shepplogan", 65, &arena, &image), CGM_E_ARG, "did you mean 'shepp_logan'");
    cgm_arena_clear(&arena);
}

/* ---- Methods without a network ---- */

static void prepare(const dip_operator_class *kind, const dip_operator_opts *opts, const double *x, double sigma,
                    cgm_arena *arena, dip_problem *p)
{
    cgm_rng rng = cgm_rng_create(1);
    REQUIRE_OK(cgm_dip_problem_create(kind, opts, arena, p));
    REQUIRE_OK(cgm_dip_problem_simulate(p, x, sigma, &rng, 1));
}

/* Of a step of 8 and 8 pixels total variation moves both sides by weight / 8. */
static void total_variation_of_a_step(void)
{
    cgm_arena arena = {0};
    dip_problem p;
    dip_operator_opts opts = {1, 1, 16};
    double step[16], x[16];
    for (int i = 0; i < 16; i++) step[i] = i < 8 ? .2 : .9;
    prepare(&cgm_dip_operator_identity, &opts, step, 0, &arena, &p);
    REQUIRE_OK(cgm_dip_total_variation(&p, 1, .8, x));
    for (int i = 0; i < 16; i++) CHECK_NEAR(x[i], i < 8 ? .3 : .8, 1e-4);
    cgm_dip_problem_clear(&p);
    cgm_arena_clear(&arena);
}

/* A'(A x - y) + weight ||A||^2 D'D x = 0 */
static void tikhonov_is_stationary(void)
{
    enum { N = 144 };
    cgm_arena arena = {0};
    dip_problem p;
    dip_operator_opts opts = {1, 12, 12, .blur = DIP_BLUR_GAUSSIAN, .blur_width = 1};
    double *truth = some(1, N), x[N], ax[N], misfit[N], d[2 * N], rough[N], largest = 0;
    prepare(&cgm_dip_operator_blur, &opts, truth, .05, &arena, &p);
    void *scratch = cgm_arena_alloc(&arena, cgm_dip_operator_norm_bytes(&p.op));
    double norm = cgm_dip_operator_norm(&p.op, scratch, 1);
    CHECK_NEAR(norm, 1, 1e-3); /* of a mean */
    REQUIRE_OK(cgm_dip_tikhonov(&p, 1, .01, x));
    cgm_dip_apply(&p.op, x, ax, scratch, 1);
    for (int i = 0; i < N; i++) ax[i] -= p.y[i];
    cgm_dip_adjoint(&p.op, ax, misfit, scratch, 1);
    cgm_dip_differences(&p, x, d);
    cgm_dip_differences_adjoint(&p, d, rough);
    for (int i = 0; i < N; i++) {
        CHECK_NEAR(misfit[i] + .01 * norm * norm * rough[i], 0, 1e-5);
        largest = fmax(largest, fabs(misfit[i]));
    }
    CU_ASSERT(largest > 1e-3);
    free(truth);
    cgm_dip_problem_clear(&p);
    cgm_arena_clear(&arena);
}

/* Though the truth is unknown, the weight that is chosen is nearly the best of a series. */
static void risk_chooses_the_weight(void)
{
    enum { SIDE = 48, N = SIDE * SIDE };
    cgm_status (*const method[])(const dip_problem *, int, double, double *) = {cgm_dip_tikhonov,
                                                                                cgm_dip_total_variation};
    for (int k = 0; k < 2; k++) {
        cgm_arena arena = {0};
        dip_problem p;
        dip_image truth;
        dip_operator_opts opts = {1, SIDE, SIDE};
        double *x = some(1, N), best = -100;
        REQUIRE_OK(cgm_dip_phantom_draw("brain", SIDE, &arena, &truth));
        prepare(&cgm_dip_operator_identity, &opts, truth.pixels, .1, &arena, &p);
        for (double weight = 1e-3; weight < 20; weight *= 1.6) {
            REQUIRE_OK(method[k](&p, 1, weight, x));
            best = fmax(best, cgm_dip_psnr(N, x, truth.pixels));
        }
        REQUIRE_OK(method[k](&p, 1, 0, x));
        double chosen = cgm_dip_psnr(N, x, truth.pixels);
        if (!(chosen > best - .3)) fprintf(stderr, "method %d: %.2f dB, best %.2f\n", k, chosen, best);
        CU_ASSERT(chosen > best - .3);
        free(x);
        cgm_dip_problem_clear(&p);
        cgm_arena_clear(&arena);
    }
}

/* Of an image that is smooth: at edges interpolation between places costs sharpness. */
static void back_projection_gives_the_image(void)
{
    enum { SIDE = 48, N = SIDE * SIDE };
    double *truth = some(1, N), *x = some(2, N);
    for (int i = 0; i < N; i++) {
        double u = i % SIDE - 23.5, v = i / SIDE - 23.5;
        truth[i] = exp(-(pow(u - 6, 2) + pow(v + 4, 2)) / 50) + .6 * exp(-(pow(u + 8, 2) + pow(v - 7, 2)) / 30);
    }
    for (int beam = 0; beam < 2; beam++) {
        cgm_arena arena = {0};
        dip_problem p;
        dip_operator_opts opts = {1, SIDE, SIDE, .beam = beam, .views = beam ? 120 : 60, .distance = 2};
        prepare(&cgm_dip_operator_radon, &opts, truth, 0, &arena, &p);
        REQUIRE_OK(cgm_dip_baseline_back_projection.restore(&p, 2, x));
        for (int i = 0; i < N; i++) CHECK_NEAR(x[i], truth[i], .02);
        cgm_dip_problem_clear(&p);
        cgm_arena_clear(&arena);
    }
    free(truth), free(x);
}

/* Each beats what was measured, as far as that is an image. */
static void methods_restore(void)
{
    enum { SIDE = 64, N = SIDE * SIDE };
    static double mask[N];
    for (int i = 0; i < N; i++) mask[i] = i * i % 7 < 4;
    const struct {
        const dip_operator_class *kind;
        dip_operator_opts opts;
        double sigma;
        const dip_baseline *method;
        double least; /* dB */
    } tried[] = {
        {&cgm_dip_operator_identity, {1, SIDE, SIDE}, .1, &cgm_dip_baseline_median, 20.5},
        {&cgm_dip_operator_identity, {1, SIDE, SIDE}, .1, &cgm_dip_baseline_tikhonov, 22},
        {&cgm_dip_operator_identity, {1, SIDE, SIDE}, .1, &cgm_dip_baseline_total_variation, 26},
        {&cgm_dip_operator_identity, {1, SIDE, SIDE}, .1, &cgm_dip_baseline_wavelet_shrinkage, 23},
        {&cgm_dip_operator_identity, {1, SIDE, SIDE}, .1, &cgm_dip_baseline_non_local_means, 27.5},
        {&cgm_dip_operator_mask, {1, SIDE, SIDE, .mask = mask}, 0, &cgm_dip_baseline_total_variation, 27},
        {&cgm_dip_operator_downsample, {1, SIDE, SIDE, .factor = 2}, 0, &cgm_dip_baseline_bicubic, 20.5},
        {&cgm_dip_operator_fourier, {1, SIDE, SIDE, .mask = mask}, 0, &cgm_dip_baseline_zero_filled, 23.5},
        {&cgm_dip_operator_fourier, {1, SIDE, SIDE, .mask = mask}, 0, &cgm_dip_baseline_total_variation, 60},
    };
    for (size_t k = 0; k < sizeof tried / sizeof *tried; k++) {
        cgm_arena arena = {0};
        dip_problem p;
        dip_image truth;
        double *x = some(1, N);
        REQUIRE_OK(cgm_dip_phantom_draw("shepp_logan", SIDE, &arena, &truth));
        prepare(tried[k].kind, &tried[k].opts, truth.pixels, tried[k].sigma, &arena, &p);
        CU_ASSERT_TRUE(tried[k].method->applies(&p));
        REQUIRE_OK(tried[k].method->restore(&p, 1, x));
        double psnr = cgm_dip_psnr(N, x, truth.pixels);
        if (!(psnr > tried[k].least)) fprintf(stderr, "%s: %.2f dB, case %zu\n", tried[k].method->name, psnr, k);
        CU_ASSERT(psnr > tried[k].least);
        free(x);
        cgm_dip_problem_clear(&p);
        cgm_arena_clear(&arena);
    }
}

static void noise_is_estimated(void)
{
    enum { SIDE = 64 };
    cgm_arena arena = {0};
    dip_problem p;
    dip_image truth;
    double sigma;
    dip_operator_opts opts = {1, SIDE, SIDE};
    REQUIRE_OK(cgm_dip_phantom_draw("shepp_logan", SIDE, &arena, &truth));
    prepare(&cgm_dip_operator_identity, &opts, truth.pixels, .08, &arena, &p);
    REQUIRE_OK(cgm_dip_noise_estimate(&p, &sigma));
    CHECK_NEAR(sigma, .08, .015); /* edges add to it */
    cgm_dip_problem_clear(&p);
    cgm_arena_clear(&arena);
}

static const test_case cases[] = {
    {"adjoints are exact", adjoints_are_exact},
    {"gradients go through graphs", gradients_go_through_graphs},
    {"windows are means", windows_are_means},
    {"a box is as wide as said", a_box_is_as_wide_as_said},
    {"lines are integrals", lines_are_integrals},
    {"frequencies are of the definition", frequencies_are_of_the_definition},
    {"what does not fit is refused", what_does_not_fit_is_refused},
    {"phantoms are drawn", phantoms_are_drawn},
    {"total variation of a step", total_variation_of_a_step},
    {"Tikhonov is stationary", tikhonov_is_stationary},
    {"risk chooses the weight", risk_chooses_the_weight},
    {"back-projection gives the image", back_projection_gives_the_image},
    {"methods restore", methods_restore},
    {"noise is estimated", noise_is_estimated},
};
TEST_MAIN("dip", cases)
