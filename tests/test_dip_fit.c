/* The deep image prior: ten iterations against PyTorch, the rules that stop it, roll-back, threads, what is refused. */
#include <string.h>

#include "dip/fit.h"
#include "dip/phantoms/phantom.h"
#include "dip/scores.h"
#include "tests/fixtures/dip.h"
#include "tests/harness.h"

#ifdef CGM_DOUBLE
#define NEAR 1e-9
#else
#define NEAR 2e-3
#endif

/* ---- PyTorch ---- */

enum { CHANNELS = 2, HEIGHT = 15, WIDTH = 10, PIXELS = CHANNELS * HEIGHT * WIDTH, STEPS = 10 };

/* shift + scale sin(a i + b + (i^2 mod 101)), as in make_dip.py. */
static double wave(size_t i, double scale, double a, double b, double shift)
{
    return shift + scale * sin(a * (double)i + b + (double)(i * i % 101));
}

static void set_waves(dip_fit *fit)
{
    int64_t n;
    cgm_params *params = cgm_dip_fit_params(fit);
    cgm_real *z = cgm_dip_fit_input(fit, &n);
    for (int64_t i = 0; i < n; i++) z[i] = (cgm_real)wave((size_t)i, .1, .9, .3, 0);
    for (size_t k = 0; k < cgm_params_count(params); k++) {
        const cgm_param_view *view = cgm_params_view(params, k);
        size_t size = (size_t)cgm_shape_size(view->shape), phase = 0;
        for (size_t c = 0; view->name[c]; c++) phase += (c + 1) * (size_t)view->name[c];
        bool bias = strstr(view->name, ".bias") != NULL, norm = !bias && view->shape.rank != 4;
        double scale = bias || norm ? .2 : 1.2 / sqrt((double)(size / (size_t)view->shape.dim[0]));
        for (size_t i = 0; i < size; i++)
            cgm_params_values(params)[view->offset + i] =
                (cgm_real)wave(i, scale, 1.7, (double)(phase % 997), norm ? 1 : 0);
    }
}

static void steps_are_pytorchs(void)
{
    static double mask[HEIGHT * WIDTH];
    const struct {
        dip_fit_opts opts;
        const double *losses, *image;
    } games[] = {
        {{.network = {0, 2, {4, 5}, {6, 3}, {2, 0}, .input_depth = 3}}, skip_losses, skip_image},
        {{.network = {1, 2, {4, 6}, .pad = DIP_PAD_ZERO, .upsampling = DIP_UPSAMPLING_NEAREST, .input_depth = 3},
          .tv = .05,
          .tikhonov = .2,
          .wavelet = .1},
         unet_losses,
         unet_image},
    };
    for (int i = 0; i < HEIGHT * WIDTH; i++) mask[i] = i % 5 != 3;
    for (size_t k = 0; k < 2; k++) {
        cgm_arena arena = {0};
        dip_problem p;
        dip_fit *fit;
        dip_fit_report report;
        dip_fit_opts opts = games[k].opts;
        dip_operator_opts op = {CHANNELS, HEIGHT, WIDTH, .mask = mask};
        cgm_rng rng = cgm_rng_create(1);
        opts.rate = .01;
        opts.iterations = STEPS;
        REQUIRE_OK(cgm_dip_problem_create(&cgm_dip_operator_mask, &op, &arena, &p));
        for (size_t i = 0; i < PIXELS; i++) p.y[i] = p.weight[i] * wave(i, .4, .7, .2, .5);
        REQUIRE_OK(cgm_dip_fit_create(&p, &opts, &rng, 2, &fit));
        set_waves(fit);
        for (int step = 0; step < STEPS; step++) {
            REQUIRE_OK(cgm_dip_fit_step(fit, &report));
            CHECK_NEAR(report.loss, games[k].losses[step], NEAR * games[k].losses[step]);
            CU_ASSERT(report.finished == (step == STEPS - 1));
        }
        for (int i = 0; i < PIXELS; i++) CHECK_NEAR(cgm_dip_fit_best(fit)[i], games[k].image[i], 3 * NEAR);
        cgm_dip_fit_destroy(fit);
        cgm_dip_problem_clear(&p);
        cgm_arena_clear(&arena);
    }
}

/* ---- A noisy phantom ---- */

enum { SIDE = 24 };

static dip_fit_opts small(int64_t iterations)
{
    return (dip_fit_opts){.network = {0, 3, {8, 8, 8}, {8, 8, 8}, {2, 2, 2}, .input_depth = 4},
                          .iterations = iterations,
                          .rate = .01,
                          .input_noise = .03,
                          .ema = .9,
                          .stop = {DIP_STOP_FIXED, 20, 60}};
}

typedef struct noisy {
    cgm_arena arena;
    dip_image truth;
    dip_problem p;
} noisy;

static void prepare(noisy *n)
{
    cgm_rng rng = cgm_rng_create(3);
    dip_operator_opts op = {1, SIDE, SIDE};
    *n = (noisy){0};
    REQUIRE_OK(cgm_dip_phantom_draw("brain", SIDE, &n->arena, &n->truth));
    REQUIRE_OK(cgm_dip_problem_create(&cgm_dip_operator_identity, &op, &n->arena, &n->p));
    REQUIRE_OK(cgm_dip_problem_simulate(&n->p, n->truth.pixels, .1, &rng, 1));
}

static void clear(noisy *n)
{
    cgm_dip_problem_clear(&n->p);
    cgm_arena_clear(&n->arena);
}

static dip_fit *begin(const noisy *n, const dip_fit_opts *opts, int threads)
{
    dip_fit *fit = NULL;
    cgm_rng rng = cgm_rng_create(5);
    REQUIRE_OK(cgm_dip_fit_create(&n->p, opts, &rng, threads, &fit));
    return fit;
}

static void finish(dip_fit *fit, dip_fit_report *report)
{
    do {
        REQUIRE_OK(cgm_dip_fit_step(fit, report));
    } while (!report->finished);
}

static void it_removes_noise(void)
{
    noisy n;
    dip_fit_report report;
    dip_fit_opts opts = small(250);
    prepare(&n);
    dip_fit *fit = begin(&n, &opts, 2);
    finish(fit, &report);
    double before = cgm_dip_psnr(SIDE * SIDE, n.p.y, n.truth.pixels);
    double after = cgm_dip_psnr(SIDE * SIDE, cgm_dip_fit_best(fit), n.truth.pixels);
    if (!(after > before + 2)) fprintf(stderr, "%.2f dB, was %.2f\n", after, before);
    CU_ASSERT(after > before + 2);
    CU_ASSERT(cgm_dip_fit_bytes(fit) > cgm_dip_fit_parameters(fit) * sizeof(cgm_real));
    cgm_dip_fit_destroy(fit);
    clear(&n);
}

static void threads_give_the_same_bits(void)
{
    noisy n;
    dip_fit_report report;
    double image[2][SIDE * SIDE];
    dip_fit_opts opts = small(12);
    opts.weight_noise = .02;
    opts.held_out = .1;
    prepare(&n);
    for (int k = 0; k < 2; k++) {
        dip_fit *fit = begin(&n, &opts, k + 1);
        finish(fit, &report);
        memcpy(image[k], cgm_dip_fit_image(fit), sizeof image[k]);
        cgm_dip_fit_destroy(fit);
    }
    CU_ASSERT(memcmp(image[0], image[1], sizeof image[0]) == 0);
    clear(&n);
}

/* The running mean is of the images; noise on weights is gone after each iteration but for what was learnt. */
static void means_and_noise_are_as_said(void)
{
    noisy n;
    dip_fit_report report;
    double mean = 0;
    dip_fit_opts opts = small(5);
    prepare(&n);
    dip_fit *fit = begin(&n, &opts, 1);
    for (int i = 0; i < 5; i++) {
        REQUIRE_OK(cgm_dip_fit_step(fit, &report));
        mean = i ? .9 * mean + .1 * cgm_dip_fit_raw(fit)[100] : cgm_dip_fit_raw(fit)[100];
        CHECK_NEAR(cgm_dip_fit_image(fit)[100], mean, 1e-12);
    }
    cgm_dip_fit_destroy(fit);
    opts.weight_noise = .5;
    opts.rate = 1e-8; /* weights hardly move */
    fit = begin(&n, &opts, 1);
    size_t flat = cgm_params_flat_size(cgm_dip_fit_params(fit));
    cgm_real *first = malloc(flat * sizeof *first), *values = cgm_params_values(cgm_dip_fit_params(fit));
    memcpy(first, values, flat * sizeof *first);
    REQUIRE_OK(cgm_dip_fit_step(fit, &report));
    double loss = report.loss;
    REQUIRE_OK(cgm_dip_fit_step(fit, &report));
    CU_ASSERT(fabs(report.loss - loss) > 1e-6); /* other noise */
    for (size_t i = 0; i < flat; i++) CHECK_NEAR((double)values[i], (double)first[i], 1e-6);
    free(first);
    cgm_dip_fit_destroy(fit);
    clear(&n);
}

/* A fit that falls, as weights ten times as large make it: those of the checkpoint are back. */
static void falls_are_rolled_back(void)
{
    noisy n;
    dip_fit_report report;
    dip_fit_opts opts = small(400);
    int back = 0;
    opts.rate = .01;
    opts.rollback = 1;
    prepare(&n);
    dip_fit *fit = begin(&n, &opts, 2);
    size_t flat = cgm_params_flat_size(cgm_dip_fit_params(fit)), bytes = flat * sizeof(cgm_real);
    cgm_real *values = cgm_params_values(cgm_dip_fit_params(fit)), *before = malloc(bytes), *kept = malloc(bytes);
    for (int i = 1; i <= 400; i++) {
        for (size_t k = 0; i == 300 && k < flat; k++) values[k] *= 10;
        memcpy(before, values, bytes);
        REQUIRE_OK(cgm_dip_fit_step(fit, &report));
        CU_ASSERT(report.rolled_back || i != 300);
        if (report.rolled_back) {
            back++;
            CU_ASSERT(i > 100 && i % 100 == 0);
            CU_ASSERT(memcmp(values, kept, bytes) == 0);
        } else if (i % 100 == 0) {
            memcpy(kept, before, bytes);
        }
    }
    CU_ASSERT_EQUAL(back, 1);
    free(before), free(kept);
    cgm_dip_fit_destroy(fit);
    clear(&n);
}

/* ---- When it stops ---- */

/* Images that come nearer to one another up to iteration 60 and go apart after it. */
static void the_least_variance_is_found(void)
{
    cgm_arena arena = {0};
    dip_stopping s;
    dip_stop_opts opts = {DIP_STOP_VARIANCE, 10, 40};
    cgm_rng rng = cgm_rng_create(2);
    int64_t i = 0;
    REQUIRE_OK(cgm_dip_stopping_create(&opts, 50, &arena, &s));
    for (; i < 300 && !cgm_dip_stopping_says_so(&s); i++) {
        double image[50], spread = fabs((double)i - 60) / 60 + .01;
        for (int k = 0; k < 50; k++) image[k] = .5 + spread * cgm_rng_normal(&rng);
        bool best = cgm_dip_stopping_look(&s, image, NAN, NAN);
        if (i < 9) CU_ASSERT(!best && isnan(s.value));
    }
    CU_ASSERT(s.best >= 62 && s.best <= 70);
    CU_ASSERT_EQUAL(i, s.best + 40);
    /* The value itself: of one window, by the definition. */
    opts.window = 2;
    REQUIRE_OK(cgm_dip_stopping_create(&opts, 2, &arena, &s));
    cgm_dip_stopping_look(&s, (double[]){9, 9}, NAN, NAN);
    cgm_dip_stopping_look(&s, (double[]){1, 2}, NAN, NAN);
    cgm_dip_stopping_look(&s, (double[]){3, 8}, NAN, NAN);
    CHECK_NEAR(s.value, (1 + 1 + 9 + 9) / 4., 1e-14);
    cgm_arena_clear(&arena);
}

static void the_least_error_held_out_is_found(void)
{
    cgm_arena arena = {0};
    dip_stopping s;
    dip_stop_opts opts = {DIP_STOP_HELD_OUT, 5, 30};
    double pixel = 0;
    int64_t i = 0;
    REQUIRE_OK(cgm_dip_stopping_create(&opts, 1, &arena, &s));
    for (; i < 300 && !cgm_dip_stopping_says_so(&s); i++)
        cgm_dip_stopping_look(&s, &pixel, NAN, 1 + pow((double)i - 50, 2) / 100);
    CU_ASSERT(s.best >= 51 && s.best <= 58); /* a running mean comes late */
    CU_ASSERT_EQUAL(i, s.best + 30);
    cgm_arena_clear(&arena);
}

/* The misfit falls through the variance, 1, in iteration 51; its running mean, of about 5 iterations, a little later. A
 * fit whose running mean is of 10 images goes on for as many. */
static void noise_is_met_and_not_fitted(void)
{
    cgm_arena arena = {0};
    dip_stopping s;
    dip_stop_opts opts = {DIP_STOP_NOISE, 5, .variance = 1};
    double pixel = 0;
    int64_t i = 0;
    REQUIRE_OK(cgm_dip_stopping_create(&opts, 1, &arena, &s));
    for (; i < 300 && !cgm_dip_stopping_says_so(&s); i++)
        CU_ASSERT(cgm_dip_stopping_look(&s, &pixel, 1 + .02 * (50 - (double)i), NAN));
    CU_ASSERT(i >= 52 && i <= 56);
    CHECK_NEAR(s.value, 1, .02);
    CU_ASSERT_EQUAL(s.met, i);
    cgm_arena_clear(&arena);
    noisy n;
    dip_fit_report report;
    dip_fit_opts fit_opts = small(400);
    fit_opts.stop = (dip_stop_opts){DIP_STOP_NOISE, 10};
    prepare(&n);
    dip_fit *fit = begin(&n, &fit_opts, 2);
    int64_t met = 0;
    do {
        REQUIRE_OK(cgm_dip_fit_step(fit, &report));
        if (!met && report.stop_value <= .01) met = report.iteration;
        CU_ASSERT(report.best);
    } while (!report.finished);
    CU_ASSERT(met > 10 && met < 390);
    CU_ASSERT_EQUAL(report.iteration, met + 10);
    cgm_dip_fit_destroy(fit);
    clear(&n);
}

/* What is held out is a share of the measurements, which the fit does not see: its error stays when the fit's falls. */
static void what_is_held_out_stays_unseen(void)
{
    noisy n;
    dip_fit_report report;
    dip_fit_opts opts = small(400);
    opts.stop = (dip_stop_opts){DIP_STOP_HELD_OUT, 20, 400};
    opts.held_out = .2;
    opts.input_noise = 0;
    prepare(&n);
    dip_fit *fit = begin(&n, &opts, 2);
    finish(fit, &report);
    CU_ASSERT(report.held_out > 1.5 * report.loss);
    CU_ASSERT(report.held_out > .009); /* noise cannot be foreseen */
    cgm_dip_fit_destroy(fit);
    clear(&n);
}

static void depths_that_do_not_fit_are_refused(void)
{
    dip_network_opts o = {0, 5, .input_depth = 4};
    REQUIRE_OK(cgm_dip_network_check(&o, 64, 64));
    REQUIRE_OK(cgm_dip_network_check(&o, 33, 47));
    CHECK_FAILS(cgm_dip_network_check(&o, 32, 64), CGM_E_ARG, "network.depth=4 fits");
    CHECK_FAILS(cgm_dip_network_check(&o, 2, 64), CGM_E_ARG, "at least 3 x 3");
    o.input = DIP_INPUT_MESH;
    o.input_depth = 3;
    CHECK_FAILS(cgm_dip_network_check(&o, 64, 64), CGM_E_ARG, "an even number");
}

static void a_mesh_has_places_and_waves(void)
{
    cgm_real z[6 * 3 * 5];
    dip_network_opts o = {.input = DIP_INPUT_MESH, .input_depth = 6};
    cgm_rng rng = cgm_rng_create(1);
    cgm_dip_network_input(&o, &rng, 3, 5, z);
    CHECK_NEAR((double)z[6], .25, 1e-7);                  /* x of row 1, column 1 */
    CHECK_NEAR((double)z[15 + 6], .5, 1e-7);              /* y */
    CHECK_NEAR((double)z[30 + 6], cos(M_PI * .25), 1e-6); /* cos pi x */
    CHECK_NEAR((double)z[75 + 6], cos(2 * M_PI * .5), 1e-6);
}

static const test_case cases[] = {
    {"steps are PyTorch's", steps_are_pytorchs},
    {"it removes noise", it_removes_noise},
    {"threads give the same bits", threads_give_the_same_bits},
    {"means and noise are as said", means_and_noise_are_as_said},
    {"falls are rolled back", falls_are_rolled_back},
    {"the least variance is found", the_least_variance_is_found},
    {"the least error held out is found", the_least_error_held_out_is_found},
    {"noise is met and not fitted", noise_is_met_and_not_fitted},
    {"what is held out stays unseen", what_is_held_out_stays_unseen},
    {"depths that do not fit are refused", depths_that_do_not_fit_are_refused},
    {"a mesh has places and waves", a_mesh_has_places_and_waves},
};
TEST_MAIN("dip_fit", cases)
