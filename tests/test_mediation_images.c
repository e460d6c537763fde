/* Direct, indirect and total effects on images through a latent that depends on the treatment: against what the toy
 * says of them, in batches, averaged, as files and as pictures. */
#include <math.h>

#include "io/colour_map.h"
#include "scm/mediation/mediation_units.h"
#include "tests/latent_toys.h"
#include "tests/png_pixels.h"

enum { CHANNELS = 3, WIDTH = CHANNELS * LATENT_HEIGHT * LATENT_WIDTH, PLANE = LATENT_HEIGHT * LATENT_WIDTH };
static const double from = 1.5, to = 4;

static model make_run(const char *kind, size_t n, size_t test, int threads)
{
    char *path = test_path("latent.h5");
    latent_data(path, n, test, CHANNELS);
    return latent_run(path, kind, threads);
}

static cgm_mediation_opts question(void)
{
    cgm_mediation_opts opts;
    cgm_mediation_init(&opts);
    opts.treatment = "t";
    opts.outcome = "image";
    opts.control = from;
    opts.treated = to;
    opts.temperature = 0;
    return opts;
}

static cgm_unit_query some_rows(size_t n)
{
    return (cgm_unit_query){.choice = {.split = CGM_TEST, .n = n}};
}

static cgm_unit_effects *ask(const model *m, const cgm_mediation_opts *opts, const cgm_unit_query *query)
{
    cgm_unit_effects *u = NULL;
    REQUIRE_OK(cgm_run_mediate_units(m->run, opts, query, &u));
    return u;
}

static size_t number_of(const cgm_unit_effects *u, const char *wanted)
{
    for (size_t k = 0; k < cgm_unit_effects_count(u); k++) {
        const char *name;
        size_t width;
        (void)cgm_unit_effects_get(u, k, &name, &width);
        if (strcmp(name, wanted) == 0) return k;
    }
    CU_ASSERT_FATAL(false);
    return 0;
}

static const double *effect(const cgm_unit_effects *u, const char *name)
{
    const char *found;
    size_t width;
    const double *value = cgm_unit_effects_get(u, number_of(u, name), &found, &width);
    CU_ASSERT_EQUAL(width, WIDTH);
    return value;
}

/* A row of the data. */
typedef struct unit {
    double t, s, x[WIDTH];
} unit;

static unit unit_at(const model *m, size_t row)
{
    unit u;
    const cgm_dataset *data = cgm_run_data(m->run);
    u.t = cgm_dataset_column(data, "t")[row];
    u.s = cgm_dataset_column(data, "s")[row];
    REQUIRE_OK(cgm_dataset_read(data, "image", 1, &row, u.x));
    return u;
}

/* The decoder's mean with the treatment at t, and z as under tz; s follows the treatment as under ts. */
static double g(const unit *u, size_t i, double t, double ts, double tz)
{
    size_t j = i % LATENT;
    return latent_mean(i, t, u->s + 2 * (ts - u->t), latent_z(j, tz, latent_noise(u->x, j)));
}

static void check_effects(const model *m, const cgm_unit_effects *u, bool own, bool through_s)
{
    size_t n, kept;
    const size_t *rows = cgm_unit_effects_rows(u, &n, &kept);
    CU_ASSERT(kept == n && rows[0] == 60);
    for (size_t row = 0; row < kept; row++) {
        unit one = unit_at(m, rows[row]);
        double t[2] = {own ? one.t : from, to}, y[2][2];
        for (size_t i = 0; i < WIDTH; i++) {
            for (int a = 0; a < 2; a++)
                for (int b = 0; b < 2; b++)
                    y[a][b] = through_s ? g(&one, i, t[a], t[b], t[a]) : g(&one, i, t[a], t[a], t[b]);
            size_t at = row * WIDTH + i;
            CHECK_NEAR(effect(u, "NDE(0)")[at], y[1][0] - y[0][0], 1e-10);
            CHECK_NEAR(effect(u, "NIE(0)")[at], y[0][1] - y[0][0], 1e-10);
            CHECK_NEAR(effect(u, "NDE(1)")[at], y[1][1] - y[0][1], 1e-10);
            CHECK_NEAR(effect(u, "NIE(1)")[at], y[1][1] - y[1][0], 1e-10);
            CHECK_NEAR(effect(u, "TE")[at], y[1][1] - y[0][0], 1e-10);
            CHECK_NEAR(effect(u, "NDE(0)")[at] + effect(u, "NIE(1)")[at], effect(u, "TE")[at], 1e-11);
            CHECK_NEAR(effect(u, "NDE(1)")[at] + effect(u, "NIE(0)")[at], effect(u, "TE")[at], 1e-11);
        }
    }
}

/* What the image publishes is the mediator if none is named. */
static void effects_are_the_toys(void)
{
    static const char *const s[] = {"s"};
    model m = make_run("toy_latent", 80, 20, 1);
    cgm_mediation_opts opts = question();
    cgm_unit_query query = some_rows(6);
    cgm_unit_effects *u = ask(&m, &opts, &query);
    CU_ASSERT(cgm_unit_effects_opts(u)->n_mediators == 1);
    CU_ASSERT_STRING_EQUAL(cgm_unit_effects_opts(u)->mediators[0], "image.z");
    check_effects(&m, u, false, false);
    cgm_unit_effects_destroy(u);
    opts.control = NAN;
    u = ask(&m, &opts, &query);
    check_effects(&m, u, true, false);
    cgm_unit_effects_destroy(u);
    opts.n_mediators = 1;
    opts.mediators = s;
    u = ask(&m, &opts, &query);
    check_effects(&m, u, true, true);
    cgm_unit_effects_destroy(u);
    destroy(&m);
}

/* Along the arrow into z alone: its indirect effect. */
static void paths_through_the_latent(void)
{
    static const char *const z[] = {"image.z"}, *const path[] = {"t->image.z->image"};
    model m = make_run("toy_latent", 80, 20, 1);
    cgm_mediation_opts opts = question();
    cgm_unit_query query = some_rows(4);
    opts.n_mediators = 1;
    opts.mediators = z;
    opts.n_paths = 1;
    opts.paths = path;
    cgm_unit_effects *u = ask(&m, &opts, &query);
    for (size_t i = 0; i < 4 * WIDTH; i++) {
        CHECK_NEAR(effect(u, "PSE(0)")[i], effect(u, "NIE(0)")[i], 1e-10);
        CHECK_NEAR(effect(u, "PSE(1)")[i], effect(u, "NIE(1)")[i], 1e-10);
    }
    cgm_unit_effects_destroy(u);
    destroy(&m);
}

static cgm_status same(void *context, const char *path, bool identical)
{
    (*(size_t *)context)++;
    if (!identical) fprintf(stderr, "%s differs\n", path);
    CU_ASSERT(identical);
    return CGM_OK;
}

static void compare(const char *a, const char *b)
{
    cgm_file *left, *right;
    size_t compared = 0;
    REQUIRE_OK(cgm_file_open(a, &left));
    REQUIRE_OK(cgm_file_open(b, &right));
    REQUIRE_OK(cgm_file_compare(left, right, same, &compared));
    CU_ASSERT(compared > 20);
    cgm_file_close(left);
    cgm_file_close(right);
}

/* The same bits with noise that is drawn, whatever the batches and the threads. */
static void batches_make_one_answer(void)
{
    static const size_t batch[] = {300, 7, 64, 1, 0};
    char *whole = strdup(test_path("whole.h5")), *parts = strdup(test_path("parts.h5"));
    CU_ASSERT_FATAL(whole && parts);
    for (int own = 0; own < 2; own++)
        for (size_t k = 0; k < (own ? 3 : sizeof batch / sizeof *batch); k++) {
            model m = make_run("toy_latent", 400, 320, k % 2 ? 2 : 1);
            cgm_mediation_opts opts = question();
            cgm_unit_query query = some_rows(300);
            opts.temperature = 1;
            opts.intervals.models = 20;
            if (own) opts.control = NAN;
            query.batch = batch[k];
            query.out = k ? parts : whole;
            cgm_unit_effects *u = ask(&m, &opts, &query);
            if (k) compare(whole, parts);
            cgm_unit_effects_destroy(u);
            destroy(&m);
        }
    free(whole);
    free(parts);
}

/* In float32 as in double: TE is the sum of its parts to the last bits that a float has. */
static void files(void)
{
    static float part[4][20 * WIDTH], mean[3][WIDTH];
    static const char *const names[] = {"/effect/direct", "/effect/indirect_treated", "/effect/total",
                                        "/outcome/t0_m0"};
    model m = make_run("toy_latent", 80, 20, 1);
    cgm_mediation_opts opts = question();
    cgm_unit_query query = some_rows(20);
    const char *text;
    cgm_file *file;
    cgm_shape all = CGM_SHAPE(20, CHANNELS, LATENT_HEIGHT, LATENT_WIDTH),
              one = CGM_SHAPE(CHANNELS, LATENT_HEIGHT, LATENT_WIDTH);
    double number;
    query.out = test_path("effects.h5");
    opts.intervals.models = 50;
    cgm_unit_effects *u = ask(&m, &opts, &query);
    size_t n, kept;
    (void)cgm_unit_effects_rows(u, &n, &kept);
    CU_ASSERT(n == 20 && kept == 8);
    REQUIRE_OK(cgm_file_open(query.out, &file));
    for (int k = 0; k < 4; k++) REQUIRE_OK(cgm_file_read(file, names[k], CGM_F32, all, part[k]));
    for (size_t i = 0; i < 20 * WIDTH; i++) CHECK_NEAR(part[0][i] + part[1][i], part[2][i], 1e-5);
    for (size_t i = 0; i < kept * WIDTH; i++) CHECK_NEAR(part[2][i], effect(u, "TE")[i], 1e-5);
    REQUIRE_OK(cgm_file_read(file, "/mean/total", CGM_F32, one, mean[0]));
    REQUIRE_OK(cgm_file_read(file, "/interval/low/total", CGM_F32, one, mean[1]));
    REQUIRE_OK(cgm_file_read(file, "/interval/high/total", CGM_F32, one, mean[2]));
    const cgm_unit_mean *total = cgm_unit_effects_mean(u, number_of(u, "TE"));
    for (size_t i = 0; i < WIDTH; i++) {
        double sum = 0;
        for (size_t row = 0; row < 20; row++) sum += part[2][row * WIDTH + i] / 20;
        CHECK_NEAR(mean[0][i], sum, 1e-4);
        CHECK_NEAR(total->mean[i], sum, 1e-4);
        CU_ASSERT(mean[1][i] <= mean[0][i] + 1e-4 && mean[0][i] <= mean[2][i] + 1e-4);
        if (i % 2) CU_ASSERT(mean[1][i] + 0.1f < mean[2][i]); /* the others' effect is the same in every row */
    }
    REQUIRE_OK(cgm_file_get_text(file, "/", "treatment", &text));
    CU_ASSERT_STRING_EQUAL(text, "t");
    REQUIRE_OK(cgm_file_get_text(file, "/", "mediators", &text));
    CU_ASSERT_STRING_EQUAL(text, "image.z");
    REQUIRE_OK(cgm_file_get_number(file, "/", "to", &number));
    CHECK_NEAR(number, to, 0);
    REQUIRE_OK(cgm_file_get_text(file, "/effect/direct", "units", &text));
    CU_ASSERT_STRING_EQUAL(text, "grey levels");
    cgm_file_close(file);
    cgm_unit_effects_destroy(u);
    destroy(&m);
}

/* Twenty populations of 100 rows out of one of 2,000: pixel by pixel their 90 % intervals cover its mean in about 90 of
 * 100. Pixels share three latents and two parents, so that the share moves by some 5. */
static void intervals_cover_the_population(void)
{
    enum { PARTS = 20, ROWS = 100 };
    size_t rows[ROWS], covered = 0;
    model m = make_run("toy_latent", PARTS * ROWS + 10, PARTS * ROWS, 2);
    cgm_mediation_opts opts = question();
    cgm_unit_query query = some_rows(PARTS * ROWS);
    opts.control = NAN;
    cgm_unit_effects *population = ask(&m, &opts, &query);
    size_t te = number_of(population, "TE"), ie = number_of(population, "NIE(0)");
    opts.intervals.models = 200;
    opts.intervals.level = 0.9;
    for (size_t part = 0; part < PARTS; part++) {
        for (size_t i = 0; i < ROWS; i++) rows[i] = part * ROWS + i;
        query = (cgm_unit_query){.choice = {.split = CGM_TEST, .n_rows = ROWS, .rows = rows}};
        opts.seed = part;
        cgm_unit_effects *u = ask(&m, &opts, &query);
        for (int which = 0; which < 2; which++) {
            size_t k = which ? te : ie;
            const cgm_unit_mean *mean = cgm_unit_effects_mean(u, k), *truth = cgm_unit_effects_mean(population, k);
            CU_ASSERT(mean->whole.low < mean->whole.value && mean->whole.value < mean->whole.high);
            for (size_t i = 0; i < WIDTH; i++)
                covered += mean->low[i] <= truth->mean[i] && truth->mean[i] <= mean->high[i];
        }
        cgm_unit_effects_destroy(u);
    }
    CHECK_NEAR((double)covered / (2.0 * PARTS * WIDTH), 0.9, 0.1);
    cgm_unit_effects_destroy(population);
    destroy(&m);
}

/* Where all of a picture's image is, each of its pixels `scale` wide: how often these colours are found. */
static int find_image(const unsigned char *rgb, unsigned width, unsigned height, int scale, uint8_t wanted[PLANE][3])
{
    int found = 0;
    for (unsigned y = 0; y + (unsigned)(LATENT_HEIGHT * scale) <= height; y++)
        for (unsigned x = 0; x + (unsigned)(LATENT_WIDTH * scale) <= width; x++) {
            bool fits = true;
            for (unsigned i = 0; fits && i < PLANE; i++) {
                /* A pixel's upper left and lower right corners. */
                unsigned left = x + i % LATENT_WIDTH * (unsigned)scale, top = y + i / LATENT_WIDTH * (unsigned)scale;
                const unsigned char *a = rgb + 3 * (top * width + left),
                                    *b = a + 3 * ((unsigned)(scale - 1) * (width + 1));
                fits = memcmp(a, wanted[i], 3) == 0 && memcmp(b, wanted[i], 3) == 0;
            }
            found += fits;
        }
    return found;
}

static double luminance(const double *value, size_t i)
{
    return 0.2126 * value[i] + 0.7152 * value[PLANE + i] + 0.0722 * value[2 * PLANE + i];
}

static void colours_of(const double *value, double limit, uint8_t out[PLANE][3])
{
    for (size_t i = 0; i < PLANE; i++) cgm_colour_map_diverging(luminance(value, i) / limit, out[i]);
}

static void pictures(void)
{
    enum { ROWS = 3, SCALE = 19, MEAN_SCALE = 34 };
    model m = make_run("toy_latent", 80, 20, 1);
    cgm_mediation_opts opts = question();
    cgm_unit_query query = some_rows(ROWS);
    char *rows = test_path("rows.png"), *means = test_path("means.png");
    uint8_t wanted[PLANE][3];
    unsigned width, height;
    double limit = 0;
    opts.intervals.models = 50;
    cgm_unit_effects *u = ask(&m, &opts, &query);
    REQUIRE_OK(cgm_unit_effects_draw(u, rows));
    REQUIRE_OK(cgm_unit_effects_draw_means(u, means));
    unsigned char *rgb = read_png(rows, &width, &height);
    for (size_t k = 0; k < cgm_unit_effects_count(u); k++) {
        const char *name;
        size_t w;
        const double *value = cgm_unit_effects_get(u, k, &name, &w);
        for (size_t row = 0; row < ROWS; row++)
            for (size_t i = 0; i < PLANE; i++) limit = fmax(limit, fabs(luminance(value + row * w, i)));
    }
    for (size_t row = 0; row < ROWS; row++) {
        colours_of(effect(u, "NDE(0)") + row * WIDTH, limit, wanted);
        CU_ASSERT_EQUAL(find_image(rgb, width, height, SCALE, wanted), 1);
        colours_of(effect(u, "NDE(1)") + row * WIDTH, limit, wanted);
        CU_ASSERT_EQUAL(find_image(rgb, width, height, SCALE, wanted), 1);
        colours_of(effect(u, "NIE(1)") + row * WIDTH, limit, wanted); /* the same in every row */
        CU_ASSERT_EQUAL(find_image(rgb, width, height, SCALE, wanted), ROWS);
        size_t number, kept;
        unit one = unit_at(&m, cgm_unit_effects_rows(u, &number, &kept)[row]);
        for (size_t i = 0; i < PLANE; i++)
            for (size_t c = 0; c < 3; c++) wanted[i][c] = (uint8_t)one.x[c * PLANE + i];
        CU_ASSERT_EQUAL(find_image(rgb, width, height, SCALE, wanted), 1);
    }
    free(rgb);
    limit = 0;
    for (size_t k = 0; k < cgm_unit_effects_count(u); k++)
        for (size_t i = 0; i < PLANE; i++) limit = fmax(limit, fabs(luminance(cgm_unit_effects_mean(u, k)->mean, i)));
    rgb = read_png(means, &width, &height);
    colours_of(cgm_unit_effects_mean(u, number_of(u, "TE"))->mean, limit, wanted);
    CU_ASSERT(find_image(rgb, width, height, MEAN_SCALE, wanted) >= 1); /* twice if no interval covers zero */
    free(rgb);
    cgm_unit_effects_destroy(u);
    destroy(&m);
}

static void conditions_choose_rows(void)
{
    static const char *const given[] = {"t > 3 and s < 9"}, *const none[] = {"t > 7"};
    static const size_t listed[] = {0, 3, 4, 9, 12};
    model m = make_run("toy_latent", 80, 20, 1);
    cgm_mediation_opts opts = question();
    cgm_unit_query query = {.choice.split = CGM_TEST, .n_given = 1, .given = given};
    const double *t = cgm_dataset_column(cgm_run_data(m.run), "t"), *s = cgm_dataset_column(cgm_run_data(m.run), "s");
    for (int list = 0; list < 2; list++) {
        size_t wanted[20], n_wanted = 0, n, kept;
        query.choice.n_rows = list ? 5 : 0;
        query.choice.rows = listed;
        for (size_t i = 0; i < (list ? 5 : 20); i++) {
            size_t row = 60 + (list ? listed[i] : i);
            if (t[row] > 3 && s[row] < 9 && n_wanted < 8) wanted[n_wanted++] = row;
        }
        CU_ASSERT_FATAL(n_wanted > 0);
        cgm_unit_effects *u = ask(&m, &opts, &query);
        const size_t *rows = cgm_unit_effects_rows(u, &n, &kept);
        CU_ASSERT_FATAL(n == n_wanted);
        for (size_t i = 0; i < n; i++) CU_ASSERT_EQUAL(rows[i], wanted[i]);
        cgm_unit_effects_destroy(u);
    }
    cgm_unit_effects *u;
    query = (cgm_unit_query){.choice.split = CGM_TEST, .n_given = 1, .given = none};
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &query, &u), CGM_E_ARG, "given \"t > 7\": no row is left");
    query.given = given;
    query.choice.n = 20;
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &query, &u), CGM_E_ARG, "20 rows wanted, but given");
    destroy(&m);
}

static void refused(void)
{
    static const char *const z[] = {"image.z"}, *const w[] = {"w"};
    static const double fixed[] = {1};
    model m = make_run("toy_latent", 80, 20, 1);
    cgm_mediation_opts opts = question();
    cgm_unit_query query = some_rows(2);
    cgm_unit_effects *u;
    opts.mediators = z;
    opts.n_mediators = 1;
    opts.fixed = fixed;
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &query, &u), CGM_E_UNSUPPORTED,
                "mediator 'image.z': it holds 3 numbers");
    opts = question();
    opts.treatment = "w";
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &query, &u), CGM_E_ARG,
                "treatment: 'w' is no ancestor of the outcome, 'image'");
    opts = question();
    opts.mediators = w;
    opts.n_mediators = 1;
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &query, &u), CGM_E_ARG, "'w' lies on no directed path");
    opts = question();
    opts.treated = 8.5;
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &query, &u), CGM_E_ARG, "treatment 't': 8.5");
    opts = question();
    opts.intervals = (cgm_interval_opts){.models = 10, .kind = CGM_INTERVAL_BCA, .level = 0.9};
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &query, &u), CGM_E_UNSUPPORTED, "percentile bootstrap alone");
    opts.intervals = (cgm_interval_opts){.models = 1, .level = 0.9};
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &query, &u), CGM_E_ARG, "1 resamples; expected at least 2");
    opts = question();
    query.out = "/nowhere/at/all.h5";
    CHECK_FAILS(cgm_run_mediate_units(m.run, &opts, &query, &u), CGM_E_ARG, "/nowhere/at/all.h5");
    destroy(&m);
    model hidden = make_run("toy_hidden", 80, 20, 1);
    query.out = NULL;
    CHECK_FAILS(cgm_run_mediate_units(hidden.run, &opts, &query, &u), CGM_E_UNSUPPORTED,
                "the mechanism of 'image', toy_hidden, publishes no internal variable");
    destroy(&hidden);
}

static const test_case cases[] = {
    {"effects are the toy's", effects_are_the_toys},
    {"paths through the latent", paths_through_the_latent},
    {"batches make one answer", batches_make_one_answer},
    {"files", files},
    {"intervals cover the population", intervals_cover_the_population},
    {"pictures", pictures},
    {"conditions choose rows", conditions_choose_rows},
    {"refused", refused},
};
TEST_MAIN("mediation of images", cases)
