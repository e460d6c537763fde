/* Composition after null interventions, and what is made of images with noise, against the toy's own formula. */
#include "scm/answers/query.h"
#include "tests/latent_toys.h"

enum { CHANNELS = 1, WIDTH = CHANNELS * LATENT_HEIGHT * LATENT_WIDTH, ROWS = 300 };

static model make_run(int threads)
{
    char *path = test_path("latent.h5");
    latent_data(path, 20 + ROWS, ROWS, CHANNELS);
    return latent_run(path, "toy_latent", threads);
}

static cgm_query question(double temperature, double pixel_temperature, size_t cycles)
{
    static const char *const text[] = {"t=3"};
    static const cgm_do what = {1, text};
    cgm_query q;
    cgm_query_init(&q, CGM_COUNTERFACTUAL);
    q.n_dos = 1;
    q.dos = &what;
    q.n = ROWS;
    q.temperature = temperature;
    q.pixel_temperature = pixel_temperature;
    q.cycles = cycles;
    return q;
}

/* The figure "OF NAME", or NaN. */
static double figure(const cgm_answer *answer, const char *of, const char *name)
{
    const cgm_figure *all;
    size_t n = cgm_answer_figures(answer, &all);
    for (size_t k = 0; k < n; k++)
        if (strcmp(all[k].of, of) == 0 && strcmp(all[k].name, name) == 0) return all[k].value;
    return NAN;
}

/* Abduction at temperature 0 and prediction with a share of the pixel noise, `cycles` times. */
static double expected(const model *m, double share, int cycles)
{
    const cgm_dataset *data = cgm_run_data(m->run);
    double sum = 0;
    for (size_t row = 20; row < 20 + ROWS; row++) {
        double t = cgm_dataset_column(data, "t")[row], s = cgm_dataset_column(data, "s")[row], x[WIDTH], last[WIDTH];
        REQUIRE_OK(cgm_dataset_read(data, "image", 1, &row, x));
        memcpy(last, x, sizeof x);
        for (int k = 0; k < cycles; k++) {
            double z[LATENT];
            for (size_t j = 0; j < LATENT; j++) z[j] = latent_z(j, t, latent_noise(last, j));
            for (size_t i = 0; i < WIDTH; i++) {
                double mean = latent_mean(i, t, s, z[i % LATENT]);
                last[i] = mean + share * (last[i] - mean);
            }
        }
        for (size_t i = 0; i < WIDTH; i++) sum += fabs(last[i] - x[i]) / WIDTH;
    }
    return sum / ROWS;
}

static void is_what_the_toy_says(void)
{
    static const double share[] = {0, 0.1, 1};
    model m = make_run(1);
    for (int k = 0; k < 3; k++) {
        cgm_query q = question(0, share[k], 5);
        cgm_answer *answer;
        REQUIRE_OK(cgm_run_answer(m.run, &q, &answer));
        CHECK_NEAR(figure(answer, "composition", "after 1"), expected(&m, share[k], 1), 1e-9);
        CHECK_NEAR(figure(answer, "composition", "after 5"), expected(&m, share[k], 5), 1e-9);
        if (k < 2) CU_ASSERT(figure(answer, "composition", "after 1") > 10);
        cgm_answer_destroy(answer);
    }
    destroy(&m);
}

/* Drawn noise, too: the same bits in batches of any size, on any number of threads. */
static void does_not_depend_on_batches(void)
{
    static const size_t batch[] = {0, 7, 256, 1};
    double wanted[2] = {0};
    for (size_t k = 0; k < sizeof batch / sizeof *batch; k++) {
        model m = make_run(k % 2 ? 2 : 1);
        cgm_query q = question(1, 0.5, 3);
        cgm_answer *answer;
        q.batch = batch[k];
        REQUIRE_OK(cgm_run_answer(m.run, &q, &answer));
        double got[2] = {figure(answer, "composition", "after 1"), figure(answer, "composition", "after 3")};
        if (k == 0) memcpy(wanted, got, sizeof got);
        CHECK_NEAR(got[0], wanted[0], 0);
        CHECK_NEAR(got[1], wanted[1], 0);
        cgm_answer_destroy(answer);
        destroy(&m);
    }
}

/* ---- Noise on the images ---- */

/* What was abducted last of each row. */
static double given[ROWS * WIDTH];

static cgm_status watched_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                 const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    memcpy(given + opts->first_row * WIDTH, value->data, value->n * WIDTH * sizeof *given);
    return latent_abduct(base, parents, value, rng, opts, internals, noise);
}

static cgm_mechanism_class watched_class; /* toy_latent, watched */

static cgm_status watched_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    return latent_create_as(&watched_class, spec, out);
}

static model make_watched(int threads)
{
    char *path = test_path("latent.h5");
    latent_data(path, 20 + ROWS, ROWS, CHANNELS);
    watched_class = latent_class;
    watched_class.kind = "toy_watched";
    watched_class.create = watched_create;
    watched_class.abduct = watched_abduct;
    if (!cgm_mechanism_find("toy_watched")) REQUIRE_OK(cgm_mechanism_register(&watched_class));
    return latent_run(path, "toy_watched", threads);
}

/* The errors of what was given, and of its reconstruction; the moments of its noise. */
static void check_noisy(const model *m, double sd, const cgm_answer *answer)
{
    const cgm_dataset *data = cgm_run_data(m->run);
    double noisy = 0, error = 0, mean = 0, square = 0, n = ROWS * WIDTH;
    for (size_t k = 0; k < ROWS; k++) {
        size_t row = 20 + k;
        double t = cgm_dataset_column(data, "t")[row], s = cgm_dataset_column(data, "s")[row], x[WIDTH];
        const double *seen = given + k * WIDTH;
        REQUIRE_OK(cgm_dataset_read(data, "image", 1, &row, x));
        for (size_t i = 0; i < WIDTH; i++) {
            double z = latent_z(i % LATENT, t, latent_noise(seen, i % LATENT)), u = (seen[i] - x[i]) / (255 * sd);
            noisy += fabs(seen[i] - x[i]) / n;
            error += fabs(latent_mean(i, t, s, z) - x[i]) / n;
            mean += u / n;
            square += u * u / n;
        }
    }
    CHECK_NEAR(figure(answer, "denoising", "noisy"), noisy, 1e-9);
    CHECK_NEAR(figure(answer, "denoising", "error"), error, 1e-9);
    CHECK_NEAR(mean, 0, 5 / sqrt(n));
    CHECK_NEAR(square, 1, 5 * sqrt(2 / n));
}

/* The pixels' own noise has no part in it. In batches of any size, on any number of threads. */
static void noise_is_abducted(void)
{
    static const size_t batch[] = {0, 7, 256, 1};
    double clean = NAN, wanted = NAN;
    for (size_t k = 0; k < sizeof batch / sizeof *batch; k++) {
        model m = make_watched(k % 2 ? 2 : 1);
        cgm_query q = question(0, k ? 1 : 0, 0);
        cgm_answer *answer;
        q.batch = batch[k];
        if (k == 0) {
            REQUIRE_OK(cgm_run_answer(m.run, &q, &answer));
            clean = figure(answer, "reconstruction", "error");
            CU_ASSERT(isnan(figure(answer, "denoising", "error")));
            cgm_answer_destroy(answer);
        }
        q.denoise = 0.3;
        REQUIRE_OK(cgm_run_answer(m.run, &q, &answer));
        check_noisy(&m, 0.3, answer);
        if (k == 0) wanted = figure(answer, "denoising", "error");
        CHECK_NEAR(figure(answer, "denoising", "error"), wanted, 0);
        CHECK_NEAR(figure(answer, "reconstruction", "error"), clean, 0);
        cgm_answer_destroy(answer);
        destroy(&m);
    }
}

/* ---- Files and mistakes ---- */

static void files_and_mistakes(void)
{
    static const char *const s[] = {"s=3"};
    static const cgm_do what = {1, s};
    char path[512];
    double number;
    model m = make_run(1);
    cgm_query q = question(0, 0, 1);
    cgm_answer *answer;
    cgm_file *file;
    snprintf(path, sizeof path, "%s", test_path("composition.h5"));
    q.out = path;
    q.denoise = 0.2;
    REQUIRE_OK(cgm_run_answer(m.run, &q, &answer));
    REQUIRE_OK(cgm_file_open(path, &file));
    REQUIRE_OK(cgm_file_get_number(file, "/", "composition after 1", &number));
    CHECK_NEAR(number, figure(answer, "composition", "after 1"), 0);
    REQUIRE_OK(cgm_file_get_number(file, "/", "denoising error", &number));
    CHECK_NEAR(number, figure(answer, "denoising", "error"), 0);
    cgm_file_close(file);
    CU_ASSERT(isnan(figure(answer, "composition", "after 0"))); /* one figure for one cycle */
    cgm_answer_destroy(answer);
    q = question(0, 0, 0);
    REQUIRE_OK(cgm_run_answer(m.run, &q, &answer));
    CU_ASSERT(isnan(figure(answer, "composition", "after 1")));
    cgm_answer_destroy(answer);
    cgm_query_init(&q, CGM_SAMPLE);
    q.cycles = 2;
    CHECK_FAILS(cgm_run_answer(m.run, &q, &answer), CGM_E_ARG, "cycles: a sample has no null intervention");
    q.cycles = 0;
    q.denoise = 0.1;
    CHECK_FAILS(cgm_run_answer(m.run, &q, &answer), CGM_E_ARG, "denoise: a sample abducts nothing");
    q = question(0, 0, 0);
    q.denoise = NAN;
    CHECK_FAILS(cgm_run_answer(m.run, &q, &answer), CGM_E_ARG, "denoise: nan; expected a standard deviation");
    destroy(&m);

    char *table = test_path("latent.h5");
    latent_data(table, 40, 20, CHANNELS);
    model plain = train_on("graph:\n  t: {type: continuous}\n  s: {type: continuous, parents: [t]}\n", table, 1);
    q = question(0, 0, 2);
    q.n = 5;
    q.dos = &what;
    CHECK_FAILS(cgm_run_answer(plain.run, &q, &answer), CGM_E_ARG, "cycles: the graph has no image");
    q.cycles = 0;
    q.denoise = 0.1;
    CHECK_FAILS(cgm_run_answer(plain.run, &q, &answer), CGM_E_ARG, "denoise: the graph has no image to add noise to");
    destroy(&plain);
    table = test_path("latent.h5");
    model fixed = train_on("graph:\n  t: {type: continuous, manipulable: false}\n"
                           "  s: {type: continuous, parents: [t], manipulable: false}\n"
                           "  w: {type: continuous}\n"
                           "  image: {type: image, parents: [t, s], mechanism: toy_latent}\n",
                           table, 1);
    static const char *const w[] = {"w=1"};
    q.denoise = 0;
    q.cycles = 2;
    q.dos = &(cgm_do){1, w};
    CHECK_FAILS(cgm_run_answer(fixed.run, &q, &answer), CGM_E_UNSUPPORTED, "'image' has no parent that can be set");
    destroy(&fixed);
}

static const test_case cases[] = {
    {"is what the toy says", is_what_the_toy_says},
    {"does not depend on batches", does_not_depend_on_batches},
    {"noise is abducted", noise_is_abducted},
    {"files and mistakes", files_and_mistakes},
};
TEST_MAIN("composition", cases)
