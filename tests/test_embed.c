/* Rows as points of a plane: principal components against NumPy's, t-SNE's gradient and perplexity, what it keeps
 * apart, and rows of a small run. */
#include "scm/embedding/embed.h"

#include <string.h>

#include "data/arrays.h"
#include "data/store.h"
#include "io/colour_map.h"
#include "io/scatter.h"
#include "metrics/pca.h"
#include "metrics/tsne.h"
#include "metrics/tsne_priv.h"
#include "scm/predictors/predictor.h"
#include "tests/fixtures/embed.h"
#include "tests/harness.h"
#include "tests/png_pixels.h"

/* ---- Principal components ---- */

enum { K = 3, MOST = 110 * 110 };

/* make_embed.py's rows. */
static void fill_rows(size_t n, size_t width, double *x)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < width; j++)
            x[i * width + j] =
                3 * sin(0.7 * (double)i + 1.1 * (double)j) + sin(2.3 * (double)i * ((double)j + 1)) + 0.1 * (double)j;
}

static void check_pca(size_t n, size_t width, const double *score, const double *share)
{
    static double x[MOST], got[2][MOST], direction[MOST];
    double part[K];
    fill_rows(n, width, x);
    REQUIRE_OK(cgm_pca(n, width, x, K, 1, got[0], direction, part));
    REQUIRE_OK(cgm_pca(n, width, x, K, 2, got[1], NULL, NULL));
    for (size_t i = 0; i < n * K; i++) CHECK_NEAR(got[0][i], score[i], 1e-8);
    for (size_t k = 0; k < K; k++) CHECK_NEAR(part[k], share[k], 1e-12);
    CU_ASSERT_EQUAL(memcmp(got[0], got[1], n * K * sizeof(double)), 0);
    for (size_t a = 0; a < K; a++)
        for (size_t b = 0; b < K; b++) {
            double sum = 0;
            for (size_t j = 0; j < width; j++) sum += direction[a * width + j] * direction[b * width + j];
            CHECK_NEAR(sum, a == b, 1e-9);
        }
}

static void components_are_numpys(void)
{
    check_pca(12, 5, em_tall_score, em_tall_share);
    check_pca(6, 20, em_wide_score, em_wide_share);
    check_pca(90, 110, em_large_score, em_large_share);
}

/* Rows on a line have one component, equal rows none; equal variances are no trouble. */
static void components_of_little(void)
{
    double line[5 * 3], score[4 * 5], share[2], same[4 * 2] = {1, 2, 1, 2, 1, 2, 1, 2};
    double cross[] = {1, 0, -1, 0, 0, 1, 0, -1};
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 3; j++) line[3 * i + j] = (double)i * ((double)j + 1) - 4;
    REQUIRE_OK(cgm_pca(5, 3, line, 2, 1, score, NULL, share));
    CHECK_NEAR(share[0], 1, 1e-12);
    CHECK_NEAR(share[1], 0, 1e-12);
    for (size_t i = 0; i < 5; i++) {
        CHECK_NEAR(score[2 * i], ((double)i - 2) * sqrt(14), 1e-9);
        CHECK_NEAR(score[2 * i + 1], 0, 1e-9);
    }
    REQUIRE_OK(cgm_pca(4, 2, same, 2, 1, score, NULL, share));
    for (size_t i = 0; i < 8; i++) CHECK_NEAR(score[i], 0, 0);
    CHECK_NEAR(share[0] + share[1], 0, 0);
    REQUIRE_OK(cgm_pca(4, 2, cross, 2, 1, score, NULL, share));
    CHECK_NEAR(share[0], 0.5, 1e-12);
    for (size_t i = 0; i < 4; i++) CHECK_NEAR(hypot(score[2 * i], score[2 * i + 1]), 1, 1e-9);
    CHECK_FAILS(cgm_pca(4, 2, same, 3, 1, score, NULL, share), CGM_E_ARG, "expected 1 to 2");
    CHECK_FAILS(cgm_pca(1, 2, same, 1, 1, score, NULL, share), CGM_E_ARG, "expected at least 2");
    same[3] = NAN;
    CHECK_FAILS(cgm_pca(4, 2, same, 1, 1, score, NULL, share), CGM_E_ARG, "feature 1 of row 1 is nan");
}

/* ---- t-SNE ---- */

enum { N = 40, WIDTH = 5 };

/* The entropy of each row's neighbours is that of the perplexity; probabilities of pairs are symmetric and add to one.
 */
static void perplexity_is_reached(void)
{
    static double x[N * WIDTH], p[N * N], q[N * N];
    double all = 0;
    fill_rows(N, WIDTH, x);
    for (size_t i = 0; i < N * WIDTH; i++) x[i] = 1e3 + 50 * x[i];
    REQUIRE_OK(cgm_tsne_neighbours(N, WIDTH, x, 9, 1, p));
    REQUIRE_OK(cgm_tsne_neighbours(N, WIDTH, x, 9, 2, q));
    CU_ASSERT_EQUAL(memcmp(p, q, sizeof p), 0);
    for (size_t i = 0; i < N; i++) {
        double sum = 0, entropy = 0;
        for (size_t j = 0; j < N; j++) {
            sum += p[i * N + j];
            if (p[i * N + j] > 0) entropy -= p[i * N + j] * log(p[i * N + j]);
        }
        CHECK_NEAR(sum, 1, 1e-12);
        CHECK_NEAR(exp(entropy), 9, 1e-6);
        CU_ASSERT_EQUAL(p[i * N + i], 0);
    }
    /* Nearer rows are likelier, as the normal law says: log(p_ij / p_ik) over the difference of squared distances is
     * the row's precision, whichever rows these are. */
    double precision[2];
    for (size_t k = 0; k < 2; k++) {
        double farther = 0;
        for (size_t j = 0; j < WIDTH; j++)
            farther += pow(x[j] - x[(2 + k) * WIDTH + j], 2) - pow(x[j] - x[WIDTH + j], 2);
        precision[k] = log(p[1] / p[2 + k]) / farther;
    }
    CHECK_NEAR(precision[0] / precision[1], 1, 1e-6);
    cgm_tsne_pair(N, p);
    for (size_t i = 0; i < N * N; i++) {
        all += p[i];
        CU_ASSERT_EQUAL(p[i], p[i % N * N + i / N]);
    }
    CHECK_NEAR(all, 1, 1e-12);
}

static double divergence_of(const double *p, const double *y)
{
    static double parts[N * CGM_TSNE_PARTS], gradient[2 * N];
    double d;
    cgm_tsne_gradient(N, p, 1, y, 1, parts, gradient, &d);
    return d;
}

/* Against the definition of the divergence, and its central differences. */
static void the_gradient_is_the_divergences(void)
{
    static double x[N * WIDTH], p[N * N], y[2 * N], parts[N * CGM_TSNE_PARTS], gradient[2 * N], more[2 * N];
    double z = 0, want = 0, got;
    fill_rows(N, WIDTH, x);
    REQUIRE_OK(cgm_tsne_neighbours(N, WIDTH, x, 5, 1, p));
    cgm_tsne_pair(N, p);
    for (size_t i = 0; i < 2 * N; i++) y[i] = sin(1.9 * (double)i + 0.3);
    for (size_t i = 0; i < N * N; i++)
        if (i / N != i % N)
            z += 1 / (1 + pow(y[i / N * 2] - y[i % N * 2], 2) + pow(y[i / N * 2 + 1] - y[i % N * 2 + 1], 2));
    for (size_t i = 0; i < N * N; i++) {
        double k = 1 / (1 + pow(y[i / N * 2] - y[i % N * 2], 2) + pow(y[i / N * 2 + 1] - y[i % N * 2 + 1], 2));
        if (p[i] > 0) want += p[i] * log(p[i] * z / k);
    }
    cgm_tsne_gradient(N, p, 1, y, 1, parts, gradient, &got);
    CHECK_NEAR(got, want, 1e-12);
    for (size_t i = 0; i < 2 * N; i++) {
        double h = 1e-5, here = y[i], up, down;
        y[i] = here + h;
        up = divergence_of(p, y);
        y[i] = here - h;
        down = divergence_of(p, y);
        y[i] = here;
        CHECK_NEAR(gradient[i], (up - down) / (2 * h), 1e-8);
    }
    /* Exaggerated it is what attracts that grows: three of the same difference. */
    cgm_tsne_gradient(N, p, 4, y, 1, parts, more, NULL);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < 2; k++)
            CHECK_NEAR(more[2 * i + k] - gradient[2 * i + k], 4 * 3 * parts[i * CGM_TSNE_PARTS + k], 1e-12);
}

static double apart(const double *y, size_t i, size_t j)
{
    return hypot(y[2 * i] - y[2 * j], y[2 * i + 1] - y[2 * j + 1]);
}

/* Three groups far apart in ten dimensions: every point's nearest five are of its own group. */
static void groups_stay_apart(void)
{
    enum { EACH = 30, ALL = 3 * EACH, MANY = 10 };
    static double x[ALL * MANY], y[2][2 * ALL];
    double divergence[2], perplexity;
    cgm_rng rng = cgm_rng_create(5), start = cgm_rng_create(9);
    for (size_t i = 0; i < ALL * MANY; i++) x[i] = cgm_rng_normal(&rng) + (i % MANY == i / MANY / EACH ? 12 : 0);
    for (int t = 0; t < 2; t++) {
        const cgm_tsne_opts opts = {.iterations = 400, .threads = 1 + t};
        REQUIRE_OK(cgm_tsne(ALL, MANY, x, &start, &opts, y[t], &divergence[t], &perplexity));
    }
    CU_ASSERT_EQUAL(memcmp(y[0], y[1], sizeof y[0]), 0);
    CHECK_NEAR(perplexity, 89.0 / 3, 1e-12);
    CU_ASSERT(divergence[0] > 0 && divergence[0] < 0.5);
    for (size_t i = 0; i < ALL; i++) {
        double other = INFINITY;
        size_t nearer = 0;
        for (size_t j = 0; j < ALL; j++)
            if (j / EACH != i / EACH) other = fmin(other, apart(y[0], i, j));
        for (size_t j = 0; j < ALL; j++) nearer += j != i && apart(y[0], i, j) < other;
        CU_ASSERT(nearer >= 5);
    }
}

static void tsne_refuses(void)
{
    double x[10 * 2], y[10 * 2], d;
    cgm_rng rng = cgm_rng_create(1);
    volatile int stop = 1;
    cgm_tsne_opts opts = {.perplexity = 9};
    fill_rows(10, 2, x);
    CHECK_FAILS(cgm_tsne(10, 2, x, &rng, &opts, y, &d, NULL), CGM_E_ARG,
                "perplexity: 9; expected a number from 1 to below 9");
    CHECK_FAILS(cgm_tsne(3, 2, x, &rng, &opts, y, &d, NULL), CGM_E_ARG, "expected at least 4");
    opts = (cgm_tsne_opts){.stop = &stop};
    CHECK_FAILS(cgm_tsne(10, 2, x, &rng, &opts, y, &d, NULL), CGM_E_INTERRUPTED, "stopped after 1 of 1000");
    /* Equal rows have no perplexity but that of all: no harm is done. */
    for (size_t i = 0; i < 20; i++) x[i] = 3;
    opts = (cgm_tsne_opts){.perplexity = 2, .iterations = 20};
    REQUIRE_OK(cgm_tsne(10, 2, x, &rng, &opts, y, &d, NULL));
    for (size_t i = 0; i < 20; i++) CU_ASSERT(isfinite(y[i]));
}

/* ---- Rows of a run ---- */

enum { ROWS = 120, TEST = 40, SIDE = 6, PIXELS = SIDE * SIDE };

static cgm_config *config;
static cgm_run *run;

/* Images with a bright left or right half, and darker ones. */
static void write_data(const char *path)
{
    static double half[ROWS], grey[ROWS], image[ROWS * PIXELS];
    static const char *const names[] = {"left", "right"};
    const cgm_variable variable[] = {{.name = "half", .type = CGM_CATEGORICAL, .levels = 2, .level_names = names},
                                     {.name = "grey", .type = CGM_CONTINUOUS},
                                     {.name = "image",
                                      .type = CGM_IMAGE,
                                      .bounded = true,
                                      .high = 255,
                                      .channels = 1,
                                      .height = SIDE,
                                      .width = SIDE}};
    const cgm_variable *const variables[] = {&variable[0], &variable[1], &variable[2]};
    const double *const values[] = {half, grey, image};
    cgm_rng rng = cgm_rng_create(4);
    cgm_dataset *data = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        half[i] = (double)(i % 2);
        grey[i] = 20 * cgm_rng_uniform(&rng);
        for (size_t j = 0; j < PIXELS; j++)
            image[i * PIXELS + j] =
                rint(40 + grey[i] + ((j % SIDE >= SIDE / 2) == (half[i] > 0) ? 90 : 0) + 3 * cgm_rng_normal(&rng));
    }
    REQUIRE_OK(cgm_dataset_of(3, variables, ROWS, values, &data));
    data->train = ROWS - TEST;
    REQUIRE_OK(cgm_dataset_save(data, path));
    cgm_dataset_destroy(data);
}

#define CONFIG                                                                                                         \
    "data: {path: '%s'}\n"                                                                                             \
    "graph:\n"                                                                                                         \
    "  half: {type: categorical, levels: [left, right]}\n"                                                             \
    "  grey: {type: continuous}\n"                                                                                     \
    "  image: {type: image, parents: [half], mechanism: {kind: autoencoder, network: dense, latent: 3, widths: "       \
    "[4]}}\n"                                                                                                          \
    "train: {epochs: 1, batch: 40}\n"                                                                                  \
    "predictors:\n"                                                                                                    \
    "  half: {from: image, given: [grey], width: 2, epochs: 2, batch: 40}\n"

static void make_run(void)
{
    char text[2048];
    if (run) return;
    write_data(test_path("toy.h5"));
    snprintf(text, sizeof text, CONFIG, test_path("toy.h5"));
    REQUIRE_OK(cgm_config_parse(text, "toy.yaml", &config));
    REQUIRE_OK(cgm_run_create(config, &(cgm_run_opts){.threads = 1}, &run));
    REQUIRE_OK(cgm_run_train(run, test_path("run.h5")));
}

static cgm_embed_opts opts_of(const char *of)
{
    cgm_embed_opts o;
    cgm_embed_init(&o);
    o.of = of;
    return o;
}

/* The first axis of the images tells the halves apart, and has nearly all of the variance; the file has the points. */
static void images_become_points(void)
{
    cgm_embed_report r;
    cgm_file *file;
    double point[2 * TEST];
    make_run();
    cgm_embed_opts o = opts_of("image");
    o.colour = "half";
    o.out = test_path("points.h5");
    o.png = test_path("points.png");
    REQUIRE_OK(cgm_run_embed(run, &o, &r));
    CU_ASSERT_EQUAL(r.n, TEST);
    CU_ASSERT_EQUAL(r.width, PIXELS);
    CU_ASSERT(r.share[0] > 0.9 && r.share[0] + r.share[1] < 1);
    for (size_t i = 0; i < TEST; i++) {
        CU_ASSERT_EQUAL(r.row[i], ROWS - TEST + i);
        CU_ASSERT((r.point[2 * i] > 0) == ((r.value[i] == r.value[0]) == (r.point[0] > 0)));
    }
    REQUIRE_OK(cgm_file_open(o.out, &file));
    REQUIRE_OK(cgm_file_read(file, "/point", CGM_F64, CGM_SHAPE(TEST, 2), point));
    CU_ASSERT_EQUAL(memcmp(point, r.point, sizeof point), 0);
    CU_ASSERT(cgm_file_has(file, "/colour") && cgm_file_has(file, "/index"));
    cgm_file_close(file);
    cgm_embed_clear(&r);
    o.colour = "grey";
    o.method = CGM_EMBED_TSNE;
    o.iterations = 50;
    REQUIRE_OK(cgm_run_embed(run, &o, &r));
    CHECK_NEAR(r.perplexity, 13, 1e-12);
    CU_ASSERT(isnan(r.share[0]) && r.divergence > 0);
    cgm_embed_clear(&r);
}

/* A latent is what the model abducts, features are what the predictor says they are. */
static void latents_and_features(void)
{
    cgm_embed_report r;
    static double image[TEST * PIXELS], grey[TEST], want[2 * TEST], features[TEST * 64];
    const double *given[] = {grey};
    size_t row[TEST];
    make_run();
    cgm_embed_opts o = opts_of("z");
    REQUIRE_OK(cgm_run_embed(run, &o, &r));
    CU_ASSERT_STRING_EQUAL(r.of, "image.z");
    CU_ASSERT_EQUAL(r.width, 3);
    cgm_world *world = NULL;
    cgm_query_opts query;
    cgm_rng rng = cgm_rng_create(1);
    cgm_query_defaults(&query);
    query.abduct_temperature = 0;
    for (size_t i = 0; i < TEST; i++) row[i] = ROWS - TEST + i;
    REQUIRE_OK(cgm_world_create(cgm_run_scm(run), TEST, &world));
    REQUIRE_OK(cgm_world_read(cgm_run_scm(run), cgm_run_data(run), row, world));
    REQUIRE_OK(cgm_scm_abduct(cgm_run_scm(run), &rng, &query, world));
    size_t z = (size_t)cgm_scm_find_node(cgm_run_scm(run), "image.z");
    REQUIRE_OK(cgm_pca(TEST, 3, world->value[z].data, 2, 1, want, NULL, NULL));
    for (size_t i = 0; i < 2 * TEST; i++) CHECK_NEAR(r.point[i], want[i], 1e-9);
    cgm_world_destroy(world);
    cgm_embed_clear(&r);
    cgm_predictor *p = cgm_run_predictor(run, "half");
    size_t width = cgm_predictor_width(p);
    CU_ASSERT_FATAL(width <= 64);
    REQUIRE_OK(cgm_dataset_read(cgm_run_data(run), "image", TEST, row, image));
    REQUIRE_OK(cgm_dataset_read(cgm_run_data(run), "grey", TEST, row, grey));
    REQUIRE_OK(cgm_predictor_features(p, 1, TEST, image, given, features));
    REQUIRE_OK(cgm_pca(TEST, width, features, 2, 1, want, NULL, NULL));
    o = opts_of("features:half");
    REQUIRE_OK(cgm_run_embed(run, &o, &r));
    CU_ASSERT_EQUAL(r.width, width);
    CU_ASSERT_EQUAL(memcmp(r.point, want, sizeof want), 0);
    cgm_embed_clear(&r);
}

static void check_refused(cgm_embed_opts o, const char *message)
{
    cgm_embed_report r;
    CHECK_FAILS(cgm_run_check_embed(run, &o), CGM_E_ARG, message);
    CHECK_FAILS(cgm_run_embed(run, &o, &r), CGM_E_ARG, message);
}

static void what_cannot_be_is_refused(void)
{
    make_run();
    check_refused(opts_of(NULL), "of: expected image, z or features:PREDICTOR");
    check_refused(opts_of("imge"), "did you mean \"image\"?");
    check_refused(opts_of("grey"), "of: grey is one number");
    check_refused(opts_of("features:hal"), "did you mean \"half\"");
    check_refused((cgm_embed_opts){.of = "z", .rows = {.split = CGM_TEST}, .colour = "gray"}, "did you mean \"grey\"");
    check_refused((cgm_embed_opts){.of = "z", .rows = {.split = CGM_TEST}, .colour = "image"}, "'image' is an image");
    check_refused((cgm_embed_opts){.of = "z", .perplexity = 3}, "perplexity: pca has none");
    check_refused((cgm_embed_opts){.of = "z", .iterations = 3}, "iterations: pca has none");
    check_refused((cgm_embed_opts){.of = "z", .out = "points.csv"}, "expected a name that ends in .h5");
    check_refused((cgm_embed_opts){.of = "z", .rows = {.split = CGM_TEST, .n = 1000}}, "1000 rows wanted");
}

/* ---- Pictures ---- */

static size_t count_pixels(const char *path, const uint8_t rgb[3])
{
    unsigned width, height;
    size_t n = 0;
    unsigned char *picture = read_png(path, &width, &height);
    for (size_t i = 0; i < (size_t)width * height; i++) n += memcmp(picture + 3 * i, rgb, 3) == 0;
    free(picture);
    return n;
}

/* A legend shows each level's colour, and a bar the colours of the least and of the largest number. */
static void colours_are_explained(void)
{
    static const char *const names[] = {"one", "two", "three"};
    const double point[] = {0, 0, 1, 1, 2, 0, 3, 3}, level[] = {0, 1, 2, 1}, number[] = {5, 7.5, 15, NAN};
    cgm_scatter_panel panel = {.n = 4, .points = point, .value = level};
    cgm_scatter_colours colours = {"level", 3, names};
    cgm_scatter scatter = {.n_panels = 1, .panels = &panel, .colours = &colours};
    uint8_t rgb[3], other[3];
    const char *path = test_path("colours.png");
    REQUIRE_OK(cgm_scatter_write(path, &scatter));
    for (size_t k = 0; k < 3; k++) {
        cgm_colour_map_level(k, 3, rgb);
        CU_ASSERT(count_pixels(path, rgb) > 30);
        cgm_colour_map_level((k + 1) % 3, 3, other);
        CU_ASSERT(abs(rgb[0] - other[0]) + abs(rgb[1] - other[1]) + abs(rgb[2] - other[2]) > 60);
    }
    panel.value = number;
    colours = (cgm_scatter_colours){.name = "number"};
    REQUIRE_OK(cgm_scatter_write(path, &scatter));
    for (int end = 0; end < 2; end++) {
        cgm_colour_map_sequential(end, rgb);
        CU_ASSERT(count_pixels(path, rgb) >= 16); /* a line of the bar */
    }
    /* Lightness grows along it, in steps of the same size: what CIELAB's L* makes of the green and the others. */
    double before = 0;
    for (int k = 0; k <= 4; k++) {
        static const double weight[] = {0.2126729, 0.7151522, 0.0721750};
        double y = 0;
        cgm_colour_map_sequential(k / 4.0, rgb);
        for (int c = 0; c < 3; c++) {
            double share = rgb[c] / 255.0;
            y += weight[c] * (share > 0.04045 ? pow((share + 0.055) / 1.055, 2.4) : share / 12.92);
        }
        double lightness = 116 * cbrt(y) - 16;
        if (k > 0) CHECK_NEAR(lightness - before, 16, 1);
        before = lightness;
    }
}

static void the_end(void)
{
    cgm_run_destroy(run);
    cgm_config_destroy(config);
}

static const test_case cases[] = {
    {"components are NumPy's", components_are_numpys},
    {"components of little", components_of_little},
    {"perplexity is reached", perplexity_is_reached},
    {"the gradient is the divergence's", the_gradient_is_the_divergences},
    {"groups stay apart", groups_stay_apart},
    {"t-SNE refuses", tsne_refuses},
    {"images become points", images_become_points},
    {"latents and features", latents_and_features},
    {"what cannot be is refused", what_cannot_be_is_refused},
    {"colours are explained", colours_are_explained},
    {"the end", the_end},
};

TEST_MAIN("embed", cases)
