/* Soundness of counterfactuals, of models of which it is known: one that paints the true counterfactual, one that
 * leaves the image as it is, one that paints one image always, and one that paints the next row's. */
#include <math.h>
#include <string.h>

#include "metrics/frechet.h"
#include "metrics/measure.h"
#include "metrics/metrics.h"
#include "scm/predictors/predictor.h"
#include "scm/soundness/evaluation_priv.h"
#include "tests/latent_toys.h"

enum { TRAIN = 160, TEST = 40, SIDE = 28, PIXELS = SIDE * SIDE, MOST_KNOWN = 20000 };

/* ---- The toy: z is the row whose image it is, found by the image, which it or the data have made ---- */

typedef enum painting { TRUTH, SAME, ONE, NEXT } painting;
static painting paints;
static const cgm_dataset *strokes_data;
static struct {
    size_t n;
    size_t row[MOST_KNOWN];
    double *pixels; /* [MOST_KNOWN, PIXELS] */
} known;

typedef struct oracle {
    cgm_mechanism base;
    cgm_mechanism_node nodes[2];
} oracle;

static const cgm_mechanism_class oracle_class;

static cgm_status oracle_create(const cgm_mechanism_spec *spec, cgm_mechanism **out)
{
    oracle *m = calloc(1, sizeof *m);
    if (!m) return CGM_FAIL(CGM_E_MEMORY, "out of memory");
    (void)spec;
    m->base.methods = &oracle_class;
    m->nodes[0] = (cgm_mechanism_node){.name = "z", .width = 1, .noise_width = 1, .shape = CGM_SHAPE(1)};
    m->nodes[1] = (cgm_mechanism_node){.width = PIXELS, .noise_width = 1, .shape = CGM_SHAPE(1, SIDE, SIDE)};
    *out = &m->base;
    return CGM_OK;
}

static size_t oracle_nodes(const cgm_mechanism *m, const cgm_mechanism_node **out)
{
    *out = ((const oracle *)m)->nodes;
    return 2;
}

/* The true image of a row of the data at these values. */
static void true_image(size_t row, double digit, double intensity, double *out)
{
    const cgm_assignment set[] = {{"digit", digit, NULL}, {"intensity", intensity, NULL}};
    REQUIRE_OK(cgm_dataset_truth(strokes_data, 2, set, "image", 1, &row, out));
}

static void factual_image(size_t row, double *out)
{
    REQUIRE_OK(cgm_dataset_read(strokes_data, "image", 1, &row, out));
}

static size_t next_row(size_t row)
{
    return TRAIN + (row - TRAIN + 1) % TEST;
}

static void paint(size_t row, double digit, double intensity, double *out)
{
    if (paints == TRUTH) true_image(row, digit, intensity, out);
    if (paints == SAME) factual_image(row, out);
    if (paints == ONE) factual_image(TRAIN, out);
    if (paints == NEXT) true_image(next_row(row), digit, intensity, out);
}

static void remember(size_t row, const double *pixels)
{
    CU_ASSERT_FATAL(known.n < MOST_KNOWN);
    memcpy(known.pixels + known.n * PIXELS, pixels, PIXELS * sizeof *pixels);
    known.row[known.n++] = row;
}

static int find(const double *pixels)
{
    for (size_t k = known.n; k-- > 0;)
        if (memcmp(known.pixels + k * PIXELS, pixels, PIXELS * sizeof *pixels) == 0) return (int)known.row[k];
    return -1;
}

static cgm_status oracle_predict(cgm_mechanism *base, size_t node, const cgm_values *parents, const cgm_values *before,
                                 const cgm_values *noise, int threads, cgm_values *out)
{
    (void)base, (void)threads;
    for (size_t i = 0; i < out->n; i++) {
        if (node == 0) {
            out->data[i] = noise->data[i];
            continue;
        }
        size_t row = (size_t)before[0].data[i];
        paint(row, parents[0].data[i], parents[1].data[i], out->data + i * PIXELS);
        if (find(out->data + i * PIXELS) < 0) remember(paints == NEXT ? next_row(row) : row, out->data + i * PIXELS);
    }
    return CGM_OK;
}

static cgm_status oracle_abduct(cgm_mechanism *base, const cgm_values *parents, const cgm_values *value, cgm_rng *rng,
                                const cgm_abduct_opts *opts, cgm_values *internals, cgm_values *noise)
{
    (void)base, (void)parents, (void)rng, (void)opts;
    for (size_t i = 0; i < value->n; i++) {
        int row = find(value->data + i * PIXELS);
        if (row < 0) return CGM_FAIL(CGM_E_ARG, "an image that nobody made");
        noise[0].data[i] = internals[0].data[i] = row;
        noise[1].data[i] = 0;
    }
    return CGM_OK;
}

static const cgm_mechanism_class oracle_class = {.kind = "toy_oracle",
                                                 .variable_types = 1u << CGM_IMAGE,
                                                 .parent_types = CGM_SCALAR_TYPES,
                                                 .capabilities = CGM_CAN_SAMPLE | CGM_CAN_ABDUCT | CGM_ABDUCTS_EXACTLY,
                                                 .create = oracle_create,
                                                 .destroy = latent_destroy,
                                                 .nodes = oracle_nodes,
                                                 .describe = latent_describe,
                                                 .state = latent_state,
                                                 .fit_begin = latent_fit,
                                                 .fit_step = latent_fit,
                                                 .fit_end = latent_fit_end,
                                                 .sample_noise = latent_sample_noise,
                                                 .predict = oracle_predict,
                                                 .abduct = oracle_abduct};

/* ---- The run, trained once, and what is asked of it ---- */

static cgm_run *open_run(painting what, int threads)
{
    static const char *const text =
        "data: {make: strokes, n: 200, seed: 3, test: 40}\n"
        "graph:\n"
        "  digit: {type: categorical, levels: 10}\n"
        "  intensity: {type: continuous, range: [64, 255]}\n"
        "  image: {type: image, parents: [digit, intensity], mechanism: toy_oracle}\n"
        "predictors:\n"
        "  digit: {from: image, width: 2, epochs: 2, batch: 32}\n"
        "  bright: {from: image, of: intensity, given: [digit], width: 2, epochs: 1, batch: 32}\n";
    char *path = test_path("oracle.h5");
    cgm_config *config;
    cgm_run *run;
    if (!cgm_mechanism_find("toy_oracle")) REQUIRE_OK(cgm_mechanism_register(&oracle_class));
    if (access(path, F_OK) != 0) {
        REQUIRE_OK(cgm_config_parse(text, "o.yaml", &config));
        REQUIRE_OK(cgm_run_create(config, &(cgm_run_opts){.threads = 1}, &run));
        REQUIRE_OK(cgm_run_train(run, path));
        cgm_run_destroy(run);
        cgm_config_destroy(config);
    }
    REQUIRE_OK(cgm_run_open(path, &(cgm_run_opts){.threads = threads}, &run));
    REQUIRE_OK(cgm_run_load_data(run));
    paints = what;
    strokes_data = cgm_run_data(run);
    if (!known.pixels) known.pixels = malloc(MOST_KNOWN * PIXELS * sizeof *known.pixels);
    CU_ASSERT_FATAL(known.pixels != NULL);
    known.n = 0;
    for (size_t row = TRAIN; row < TRAIN + TEST; row++) {
        double pixels[PIXELS];
        factual_image(row, pixels);
        remember(row, pixels);
    }
    return run;
}

static cgm_evaluation_opts question(void)
{
    cgm_evaluation_opts opts;
    cgm_evaluation_init(&opts);
    opts.cycles = 3;
    opts.seeds = 1;
    opts.resamples = 50;
    return opts;
}

static cgm_evaluation ask(cgm_run *run, const cgm_evaluation_opts *opts)
{
    cgm_evaluation e = {.n_rows = 0};
    REQUIRE_OK(cgm_run_evaluate(run, opts, &e));
    return e;
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The first such figure; by: NULL for any. */
static cgm_evaluation_row row(const cgm_evaluation *e, const char *metric, const char *treatment, const char *attribute,
                              const char *by, double noise, size_t after)
{
    for (size_t k = 0; k < e->n_rows; k++) {
        const cgm_evaluation_row *r = &e->row[k];
        if (same(r->metric, metric) && same(r->treatment, treatment) && same(r->attribute, attribute) &&
            (!by || same(r->by, by)) && r->noise == noise && r->after == after)
            return *r;
    }
    return (cgm_evaluation_row){.value = NAN, .error = NAN, .low = NAN, .high = NAN, .real = NAN, .deviation = NAN};
}

static void close_run(cgm_run *run, cgm_evaluation *e)
{
    cgm_evaluation_clear(e);
    cgm_run_destroy(run);
}

/* ---- By hand ---- */

/* What rows are asked to be under do(x = permuted), and their images. */
typedef struct asked {
    double digit[TEST], intensity[TEST], image[TEST * PIXELS];
} asked;

static cgm_status keep(void *context, const cgm_answer *answer)
{
    asked *a = context;
    const cgm_world *w = cgm_answer_world(answer, 0);
    memcpy(a->digit + w->first, cgm_answer_value(answer, w, "digit"), w->n * sizeof(double));
    memcpy(a->intensity + w->first, cgm_answer_value(answer, w, "intensity"), w->n * sizeof(double));
    memcpy(a->image + w->first * PIXELS, cgm_answer_value(answer, w, "image"), w->n * PIXELS * sizeof(double));
    return CGM_OK;
}

static asked *ask_by_hand(cgm_run *run, const char *text)
{
    asked *a = calloc(1, sizeof *a);
    cgm_query q;
    cgm_answer *answer;
    CU_ASSERT_FATAL(a != NULL);
    cgm_query_init(&q, CGM_COUNTERFACTUAL);
    q.n_dos = 1;
    q.dos = &(cgm_do){1, &text};
    q.n = TEST;
    q.visit = keep;
    q.context = a;
    REQUIRE_OK(cgm_run_answer(run, &q, &answer));
    cgm_answer_destroy(answer);
    return a;
}

/* Of digits read right, by the run's predictor. */
static double accuracy_by_hand(cgm_run *run, const asked *a)
{
    double read[TEST], right = 0;
    REQUIRE_OK(cgm_predictor_read(cgm_run_predictor(run, "digit"), 1, TEST, a->image, NULL, read));
    for (size_t i = 0; i < TEST; i++) right += read[i] == a->digit[i];
    return right / TEST;
}

static double measured_by_hand(const asked *a)
{
    double read[TEST], sum = 0;
    REQUIRE_OK(cgm_measure_images(cgm_measure_find("intensity"), TEST, SIDE, SIDE, PIXELS, a->image, 1, read));
    for (size_t i = 0; i < TEST; i++) sum += fabs(read[i] - a->intensity[i]);
    return sum / TEST;
}

/* To the factual images, in the features of the run's predictor. */
static double fid_by_hand(cgm_run *run, const asked *a)
{
    cgm_predictor *p = cgm_run_predictor(run, "digit");
    size_t width = cgm_predictor_width(p);
    double *pixels = malloc(TEST * PIXELS * sizeof *pixels), *x = malloc(2 * TEST * width * sizeof *x);
    cgm_frechet fid;
    CU_ASSERT_FATAL(pixels && x);
    for (size_t i = 0; i < TEST; i++) factual_image(TRAIN + i, pixels + i * PIXELS);
    REQUIRE_OK(cgm_predictor_features(p, 1, TEST, a->image, NULL, x));
    REQUIRE_OK(cgm_predictor_features(p, 1, TEST, pixels, NULL, x + TEST * width));
    REQUIRE_OK(cgm_frechet_distance(width, TEST, x, TEST, x + TEST * width, &fid));
    free(pixels);
    free(x);
    return fid.distance;
}

static const double noises[] = {0, 0.1, 1};
static const char *const treatments[] = {"digit", "intensity"};

/* What the judges say of the images is what they say when asked one by one. */
static void check_judges(cgm_run *run, const cgm_evaluation *e)
{
    for (int t = 0; t < 2; t++) {
        asked *a = ask_by_hand(run, t ? "intensity=permuted" : "digit=permuted");
        for (int k = 0; k < 3; k++) {
            cgm_evaluation_row right = row(e, "effectiveness accuracy", treatments[t], "digit", NULL, noises[k], 0);
            cgm_evaluation_row error =
                row(e, "effectiveness error", treatments[t], "intensity", "measure", noises[k], 0);
            CU_ASSERT_EQUAL(right.n, TEST);
            CU_ASSERT_STRING_EQUAL(right.by, "predictor digit");
            CHECK_NEAR(right.value, accuracy_by_hand(run, a), 1e-12);
            CHECK_NEAR(error.value, measured_by_hand(a), 1e-9);
            CU_ASSERT(error.low <= error.value && error.value <= error.high && error.low < error.high);
            CU_ASSERT(isfinite(
                row(e, "effectiveness error", treatments[t], "intensity", "predictor bright", noises[k], 0).value));
        }
        free(a);
    }
}

/* ---- What is known ---- */

static void of_the_truth(void)
{
    cgm_run *run = open_run(TRUTH, 1);
    const cgm_evaluation_opts opts = question();
    cgm_evaluation e = ask(run, &opts);
    for (int k = 0; k < 3; k++) {
        for (size_t m = 1; m <= 3; m++) {
            CHECK_NEAR(row(&e, "composition L1", NULL, NULL, NULL, noises[k], m).value, 0, 0);
            CHECK_NEAR(row(&e, "composition L2", NULL, NULL, NULL, noises[k], m).value, 0, 0);
            CHECK_NEAR(row(&e, "composition SSIM", NULL, NULL, NULL, noises[k], m).value, 1, 1e-5);
            CU_ASSERT_EQUAL(row(&e, "composition PSNR", NULL, NULL, NULL, noises[k], m).n, 0);
            for (int t = 0; t < 2; t++)
                CHECK_NEAR(row(&e, "reversibility L1", treatments[t], NULL, NULL, noises[k], m).value, 0, 0);
        }
        for (int t = 0; t < 2; t++) {
            CHECK_NEAR(row(&e, "truth L1", treatments[t], NULL, NULL, noises[k], 0).value, 0, 0);
            CHECK_NEAR(row(&e, "truth SSIM", treatments[t], NULL, NULL, noises[k], 0).value, 1, 1e-5);
            CU_ASSERT(row(&e, "truth unedited L1", treatments[t], NULL, NULL, noises[k], 0).value > 0.5);
        }
    }
    /* The judges' own errors are of the factual images. */
    cgm_evaluation_row error = row(&e, "effectiveness error", "digit", "intensity", "measure", 0, 0);
    double measured[TEST], pixels[TEST * PIXELS], own = 0;
    for (size_t i = 0; i < TEST; i++) factual_image(TRAIN + i, pixels + i * PIXELS);
    REQUIRE_OK(cgm_measure_images(cgm_measure_find("intensity"), TEST, SIDE, SIDE, PIXELS, pixels, 1, measured));
    for (size_t i = 0; i < TEST; i++)
        own += fabs(measured[i] - cgm_dataset_column(strokes_data, "intensity")[TRAIN + i]) / TEST;
    CHECK_NEAR(error.real, own, 1e-9);
    check_judges(run, &e);
    CU_ASSERT_STRING_EQUAL(e.predictor, "digit");
    CU_ASSERT_EQUAL(e.fitted, 144);
    close_run(run, &e);
}

/* Nothing is done: it is as far from the truth as the factual image, no further from real images than these are, and
 * as near to itself as can be without leaving its class. */
static void of_the_same_image(void)
{
    cgm_run *run = open_run(SAME, 1);
    cgm_evaluation_opts opts = question();
    opts.protocol = CGM_PROTOCOL_BINS;
    cgm_evaluation e = ask(run, &opts);
    for (int t = 0; t < 2; t++) {
        double error = row(&e, "truth L1", treatments[t], NULL, NULL, 1, 0).value;
        CU_ASSERT(error > 0.5);
        CHECK_NEAR(error, row(&e, "truth unedited L1", treatments[t], NULL, NULL, 1, 0).value, 0);
        CHECK_NEAR(row(&e, "FID", treatments[t], NULL, "predictor digit", 1, 0).value, 0, 1e-6);
        CU_ASSERT(row(&e, "FID", treatments[t], NULL, NULL, 1, 0).real > 1e-3);
        CU_ASSERT(row(&e, "KID", treatments[t], NULL, NULL, 1, 0).error > 0);
        CHECK_NEAR(row(&e, "CLD", treatments[t], NULL, "predictor digit", 1, 0).value, log(0.8 + 0.2 * exp(1)), 1e-12);
        CHECK_NEAR(row(&e, "reversibility L2", treatments[t], NULL, NULL, 0.1, 3).value, 0, 0);
    }
    /* The digit that is asked for is never the one that it is. */
    double own = row(&e, "effectiveness accuracy", "digit", "digit", NULL, 1, 0).real;
    CU_ASSERT(row(&e, "effectiveness accuracy", "digit", "digit", NULL, 1, 0).value <= 1 - own);
    CHECK_NEAR(row(&e, "effectiveness accuracy", "intensity", "digit", NULL, 1, 0).value, own, 0);
    close_run(run, &e);
}

static void of_one_image(void)
{
    cgm_run *run = open_run(ONE, 1);
    const cgm_evaluation_opts opts = question();
    double first[PIXELS], pixels[PIXELS], apart = 0, root = 0;
    cgm_evaluation e = ask(run, &opts);
    factual_image(TRAIN, first);
    for (size_t i = 0; i < TEST; i++) {
        factual_image(TRAIN + i, pixels);
        apart += cgm_mean_absolute_error(PIXELS, first, pixels) / TEST;
        root += sqrt(cgm_mean_squared_error(PIXELS, first, pixels)) / TEST;
    }
    for (size_t m = 1; m <= 3; m++) {
        CHECK_NEAR(row(&e, "composition L1", NULL, NULL, NULL, 0.1, m).value, apart, 1e-9);
        CHECK_NEAR(row(&e, "composition L2", NULL, NULL, NULL, 0.1, m).value, root, 1e-9);
        CHECK_NEAR(row(&e, "reversibility L1", "digit", NULL, NULL, 0.1, m).value, apart, 1e-9);
    }
    CU_ASSERT_EQUAL(row(&e, "composition PSNR", NULL, NULL, NULL, 0.1, 1).n, TEST - 1); /* but for that one image */
    check_judges(run, &e);
    CU_ASSERT(row(&e, "FID", "digit", NULL, NULL, 0, 0).value > 3 * row(&e, "FID", "digit", NULL, NULL, 0, 0).real);
    close_run(run, &e);
}

/* It shows what it was to show, on another row's image. */
static void of_the_next_image(void)
{
    cgm_run *run = open_run(NEXT, 1);
    const cgm_evaluation_opts opts = question();
    cgm_evaluation e = ask(run, &opts);
    double error = 0, after[2] = {0, 0}, a[PIXELS], b[PIXELS];
    const double *digit = cgm_dataset_column(strokes_data, "digit");
    const double *intensity = cgm_dataset_column(strokes_data, "intensity");
    asked *to = ask_by_hand(run, "digit=permuted");
    for (size_t i = 0; i < TEST; i++) {
        size_t own = TRAIN + i, next = next_row(own);
        true_image(own, to->digit[i], intensity[own], a);
        true_image(next, to->digit[i], intensity[own], b);
        error += cgm_mean_absolute_error(PIXELS, a, b) / TEST;
        factual_image(own, a);
        for (int m = 0; m < 2; m++, next = next_row(next)) {
            true_image(next, digit[own], intensity[own], b);
            after[m] += cgm_mean_absolute_error(PIXELS, a, b) / TEST;
        }
    }
    CHECK_NEAR(row(&e, "truth L1", "digit", NULL, NULL, 1, 0).value, error, 1e-9);
    CHECK_NEAR(row(&e, "composition L1", NULL, NULL, NULL, 1, 1).value, after[0], 1e-9);
    CHECK_NEAR(row(&e, "composition L1", NULL, NULL, NULL, 1, 2).value, after[1], 1e-9);
    /* Each cycle moves on by two rows: there and back. */
    CHECK_NEAR(row(&e, "reversibility L1", "digit", NULL, NULL, 1, 1).value, after[1], 1e-9);
    check_judges(run, &e);
    free(to);
    close_run(run, &e);
}

/* ---- Seeds, intervals, threads ---- */

static void seeds_and_intervals(void)
{
    static const double one[] = {0};
    cgm_run *run = open_run(TRUTH, 1);
    cgm_evaluation_opts opts = question();
    double value[2];
    opts.n_noises = 1;
    opts.noises = one;
    opts.cycles = 1;
    for (size_t s = 0; s < 2; s++) {
        opts.seed = 1 + s;
        cgm_evaluation e = ask(run, &opts);
        cgm_evaluation_row r = row(&e, "effectiveness error", "intensity", "intensity", "measure", 0, 0);
        CU_ASSERT(isnan(r.deviation) && r.error > 0);
        value[s] = r.value;
        cgm_evaluation_clear(&e);
    }
    CU_ASSERT(value[0] != value[1]);
    opts.seed = 1;
    opts.seeds = 2;
    opts.resamples = 0;
    cgm_evaluation e = ask(run, &opts);
    cgm_evaluation_row r = row(&e, "effectiveness error", "intensity", "intensity", "measure", 0, 0);
    CHECK_NEAR(r.value, (value[0] + value[1]) / 2, 1e-12);
    CHECK_NEAR(r.deviation, fabs(value[0] - value[1]) / sqrt(2), 1e-12);
    CU_ASSERT(isnan(r.low) && isnan(r.high));
    CHECK_NEAR(row(&e, "composition L1", NULL, NULL, NULL, 0, 1).deviation, 0, 0);
    close_run(run, &e);
}

static bool same_rows(const cgm_evaluation *a, const cgm_evaluation *b)
{
    if (a->n_rows != b->n_rows || a->n_rows == 0) return false;
    for (size_t k = 0; k < a->n_rows; k++) {
        const cgm_evaluation_row *x = &a->row[k], *y = &b->row[k];
        const double one[] = {x->value, x->deviation, x->error, x->low, x->high, x->real};
        const double other[] = {y->value, y->deviation, y->error, y->low, y->high, y->real};
        for (int i = 0; i < 6; i++)
            if (one[i] != other[i] && !(isnan(one[i]) && isnan(other[i]))) return false;
    }
    return true;
}

static void any_number_of_threads(void)
{
    cgm_evaluation_opts opts = question();
    opts.cycles = 1;
    opts.seeds = 2;
    cgm_run *run = open_run(NEXT, 1);
    cgm_evaluation a = ask(run, &opts);
    cgm_run_destroy(run);
    run = open_run(NEXT, 2);
    cgm_evaluation b = ask(run, &opts);
    CU_ASSERT(same_rows(&a, &b));
    cgm_evaluation_clear(&b);
    opts.seed = 7;
    b = ask(run, &opts);
    CU_ASSERT(!same_rows(&a, &b));
    cgm_evaluation_clear(&a);
    close_run(run, &b);
}

/* ---- One of the treatments, drawn for each image ---- */

/* Which one, of two. */
static size_t drawn(uint64_t seed, size_t i)
{
    cgm_rng root = cgm_rng_create(seed), all = cgm_rng_split(&root, "random"), rng = cgm_rng_split_index(&all, i);
    return (size_t)cgm_rng_below(&rng, 2);
}

static void check_random_truth(const cgm_evaluation *e, const asked *const *a)
{
    double error = 0, images[2] = {0}, digits[2] = {0}, pixels[PIXELS];
    const double *digit = cgm_dataset_column(strokes_data, "digit");
    for (size_t i = 0; i < TEST; i++) {
        size_t k = drawn(1, i), own = TRAIN + i;
        true_image(own, a[k]->digit[i], a[k]->intensity[i], pixels);
        error += cgm_mean_absolute_error(PIXELS, a[k]->image + i * PIXELS, pixels) / TEST;
        images[k]++;
        digits[k] += a[k]->digit[i] != digit[own];
    }
    CU_ASSERT(images[0] > TEST / 4 && images[1] > TEST / 4 && digits[0] > 0 && digits[1] == 0);
    CHECK_NEAR(row(e, "truth L1", "random", NULL, NULL, 0, 0).value, error, 1e-9);
}

static void one_treatment_at_random(void)
{
    static const double one[] = {0};
    static const char *const random[] = {"random"}, *const few[] = {"random", "digit"};
    cgm_run *run = open_run(NEXT, 1);
    cgm_evaluation_opts opts = question();
    opts.n_noises = 1;
    opts.noises = one;
    opts.n_treatments = 1;
    opts.treatments = random;
    cgm_evaluation e = ask(run, &opts);
    asked *a[] = {ask_by_hand(run, "digit=permuted"), ask_by_hand(run, "intensity=permuted")};
    check_random_truth(&e, (const asked *const *)a);
    /* What judges read, and the images as a set. */
    asked *mixed = calloc(1, sizeof *mixed);
    CU_ASSERT_FATAL(mixed != NULL);
    for (size_t i = 0; i < TEST; i++) {
        const asked *from = a[drawn(1, i)];
        mixed->digit[i] = from->digit[i];
        mixed->intensity[i] = from->intensity[i];
        memcpy(mixed->image + i * PIXELS, from->image + i * PIXELS, PIXELS * sizeof(double));
    }
    cgm_evaluation_row right = row(&e, "effectiveness accuracy", "random", "digit", NULL, 0, 0);
    CHECK_NEAR(right.value, accuracy_by_hand(run, mixed), 1e-12);
    CHECK_NEAR(right.real, row(&e, "effectiveness accuracy", "digit", "digit", NULL, 0, 0).real, 0);
    CHECK_NEAR(row(&e, "effectiveness error", "random", "intensity", "measure", 0, 0).value, measured_by_hand(mixed),
               1e-9);
    CHECK_NEAR(row(&e, "FID", "random", NULL, NULL, 0, 0).value, fid_by_hand(run, mixed), 1e-6);
    CU_ASSERT(row(&e, "reversibility L1", "random", NULL, NULL, 0, 1).n == TEST);
    CU_ASSERT_STRING_EQUAL(e.row[e.n_rows - 1].treatment, "random");
    free(mixed);
    for (int k = 0; k < 2; k++) free(a[k]);
    opts.treatments = few;
    opts.n_treatments = 2;
    CHECK_FAILS(cgm_run_check_evaluation(run, &opts), CGM_E_ARG,
                "'random' chooses among the others; expected at least");
    close_run(run, &e);
}

/* ---- As the counterfactual query has it; images too small for SSIM; no predictor ---- */

static void beside_the_query(void)
{
    static const char *const text[] = {"t=permuted"};
    static const double half[] = {0.5};
    char *path = test_path("latent.h5");
    cgm_answer *answer;
    const cgm_figure *figure;
    latent_data(path, 320, 300, 1);
    model m = latent_run(path, "toy_latent", 1);
    cgm_evaluation_opts opts = question();
    opts.n_noises = 1;
    opts.noises = half;
    cgm_evaluation e = ask(m.run, &opts);
    CU_ASSERT(!e.similar && e.predictor == NULL && e.embedding == NULL);
    cgm_query q;
    cgm_query_init(&q, CGM_COUNTERFACTUAL);
    q.n_dos = 1;
    q.dos = &(cgm_do){1, text};
    q.n = 300;
    q.pixel_temperature = 0.5;
    q.cycles = 3;
    REQUIRE_OK(cgm_run_answer(m.run, &q, &answer));
    size_t n = cgm_answer_figures(answer, &figure), found = 0;
    for (size_t k = 0; k < n; k++) {
        if (strcmp(figure[k].of, "composition") != 0) continue;
        size_t after = strcmp(figure[k].name, "after 1") == 0 ? 1 : 3;
        CHECK_NEAR(row(&e, "composition L1", NULL, NULL, NULL, 0.5, after).value, figure[k].value, 1e-9);
        CU_ASSERT(figure[k].value > 1);
        found++;
    }
    CU_ASSERT_EQUAL(found, 2);
    cgm_answer_destroy(answer);
    CU_ASSERT(isnan(row(&e, "composition SSIM", NULL, NULL, NULL, 0.5, 1).value));
    CU_ASSERT(row(&e, "reversibility L1", "t", NULL, NULL, 0.5, 1).value > 1);
    CU_ASSERT(isnan(row(&e, "reversibility L1", "w", NULL, NULL, 0.5, 1).value)); /* it does not reach the image */
    cgm_evaluation_clear(&e);
    destroy(&m);
}

/* ---- What is expected ---- */

/* Of figures that are known: the truth is itself after null interventions, and is not the unedited image. */
static void verdicts(void)
{
    static const char *const texts[] = {
        "composition L1 after 1 <= 0",
        "composition SSIM after 3 noise 0.1 >= 1.5",
        "effectiveness error do(intensity) of intensity by measure noise 0 <= real + 0.125 published 0.25",
        "effectiveness accuracy do(digit) of digit by predictor digit noise 1 >= real - 1",
        "truth unedited L1 do(digit) noise 0 <= 0.1",
        "reversibility L1 do(random) after 2 noise 0 published 3",
        "ELBO >= -1000", /* the oracle has none */
    };
    static const char *const treatments_asked[] = {"digit", "intensity", "random"};
    cgm_run *run = open_run(TRUTH, 1);
    cgm_evaluation_opts opts = question();
    opts.n_expectations = sizeof texts / sizeof *texts;
    opts.expectations = texts;
    opts.n_treatments = 3;
    opts.treatments = treatments_asked;
    cgm_evaluation e = ask(run, &opts);
    CU_ASSERT_EQUAL(e.n_expected, 8);
    for (int k = 0; k < 3; k++) {
        cgm_evaluation_row r = row(&e, "composition L1", NULL, NULL, NULL, noises[k], 1);
        CU_ASSERT(same(r.verdict, "met") && same(r.wanted, "at most") && r.target == 0 && isnan(r.tolerance));
        CU_ASSERT(!row(&e, "composition L1", NULL, NULL, NULL, noises[k], 2).verdict);
    }
    cgm_evaluation_row similar = row(&e, "composition SSIM", NULL, NULL, NULL, 0.1, 3);
    CU_ASSERT(same(similar.verdict, "missed") && same(similar.wanted, "at least") && similar.target == 1.5);
    cgm_evaluation_row error = row(&e, "effectiveness error", "intensity", "intensity", "measure", 0, 0);
    CHECK_NEAR(error.target, error.real, 0);
    CU_ASSERT(error.tolerance == 0.125 && error.published == 0.25);
    CU_ASSERT(same(error.verdict, error.value <= error.real + 0.125 ? "met" : "missed"));
    CU_ASSERT(!row(&e, "effectiveness error", "intensity", "intensity", "predictor bright", 0, 0).verdict);
    cgm_evaluation_row right = row(&e, "effectiveness accuracy", "digit", "digit", NULL, 1, 0);
    CU_ASSERT(same(right.verdict, "met") && right.target == right.real && right.tolerance == -1);
    CU_ASSERT(same(row(&e, "truth unedited L1", "digit", NULL, NULL, 0, 0).verdict, "missed"));
    cgm_evaluation_row known_one = row(&e, "reversibility L1", "random", NULL, NULL, 0, 2);
    CU_ASSERT(known_one.published == 3 && !known_one.verdict && isnan(known_one.target));
    CU_ASSERT_EQUAL_FATAL(e.n_absent, 1);
    CU_ASSERT_STRING_EQUAL(e.absent[0], texts[6]);
    size_t met = 0;
    for (size_t k = 0; k < e.n_rows; k++) met += same(e.row[k].verdict, "met");
    CU_ASSERT(met == e.n_met && met >= 4 && met <= 5);
    close_run(run, &e);
}

static void expectations_that_cannot_be(void)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"", "there is no such metric"},
        {"composition L3 <= 1", "there is no such metric, did you mean composition L1"},
        {"composition L1", "neither a bound nor what was published"},
        {"composition L1 <= x", "a number is missing"},
        {"composition L1 <=", "a number is missing"},
        {"composition L1 <= real", "that metric has no such part"},
        {"composition L1 do(digit) <= 1", "that metric has no such part"},
        {"composition L1 <= 1 >= 0", "two bounds"},
        {"composition L1 after 1 after 2 <= 1", "the same is said twice"},
        {"composition L1 after 0 <= 1", "cycles are counted from 1"},
        {"composition L1 <= 1 grey", "there is a word too many"},
        {"composition L1 after 4 <= 1", "there are not so many cycles"},
        {"composition L1 noise 0.5 <= 1", "the noise is none of those that are asked for"},
        {"reversibility L1 do(digit <= 1", "a do has no end"},
        {"reversibility L1 do(random) <= 1", "nothing intervenes on that"},
        {"effectiveness error of digit <= 1", "nothing judges that"},
        {"effectiveness error by image <= 1", "nothing else judges"},
        {"effectiveness error by predictor digit <= 1", "nothing judges that"},
        {"effectiveness error of", "it ends too early"},
        {"CLD as released <= 1", "it needs an embedding"},
    };
    static const char *const same_figure[] = {"effectiveness error do(digit) <= 1",
                                              "effectiveness error of intensity <= real + 1"};
    cgm_run *run = open_run(TRUTH, 1);
    cgm_evaluation_opts opts = question();
    opts.n_expectations = 1;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        opts.expectations = &bad[k].text;
        CHECK_FAILS(cgm_run_check_evaluation(run, &opts), CGM_E_ARG, bad[k].message);
        CU_ASSERT(strncmp(cgm_error_message(), "expect: \"", 9) == 0);
    }
    opts.n_expectations = 2;
    opts.expectations = same_figure;
    CHECK_FAILS(cgm_run_check_evaluation(run, &opts), CGM_E_ARG, "say something of the same figure");
    cgm_run_destroy(run);
}

/* ---- Values in other bins ---- */

static void other_bins(void)
{
    cgm_run *run = open_run(SAME, 1);
    cgm_evaluation_opts opts = question();
    cgm_evaluation out = {.n_rows = 0};
    cgm_arena arena = {0};
    cgm_query q;
    opts.protocol = CGM_PROTOCOL_BINS;
    opts.bins = 4;
    evaluation e = {.run = run, .opts = &opts, .out = &out};
    REQUIRE_OK(cgm_evaluation_plan(&e));
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (int t = 0; t < 2; t++)
        for (size_t i = 0; i < TEST; i++) {
            double x = cgm_dataset_column(strokes_data, treatments[t])[TRAIN + i];
            low[t] = fmin(low[t], x);
            high[t] = fmax(high[t], x);
        }
    for (e.seed = 0; e.seed < 20; e.seed++) {
        REQUIRE_OK(cgm_evaluation_query(&e, &arena, &q));
        CU_ASSERT_EQUAL_FATAL(q.n_settings, 2);
        for (size_t t = 0; t < 2; t++) {
            const double *column = cgm_dataset_column(strokes_data, treatments[t]);
            CU_ASSERT_STRING_EQUAL(q.settings[t].variable, treatments[t]);
            for (size_t i = 0; i < TEST; i++) {
                double own = column[TRAIN + i], to = q.settings[t].values[i], width = (high[t] - low[t]) / 4;
                bool is_there = false;
                for (size_t j = 0; j < TEST; j++) is_there = is_there || column[TRAIN + j] == to;
                CU_ASSERT(is_there && own != to);
                if (t == 1) CU_ASSERT(fmin(floor((own - low[t]) / width), 3) != fmin(floor((to - low[t]) / width), 3));
            }
        }
    }
    cgm_arena_clear(&arena);
    cgm_arena_clear(&e.arena);
    cgm_evaluation_clear(&out);
    cgm_run_destroy(run);
}

/* ---- What is refused ---- */

static void refused(void)
{
    static const char *const unknown[] = {"digits"}, *const image[] = {"image"}, *const twice[] = {"digit", "digit"};
    static const double bad[] = {-1};
    cgm_run *run = open_run(TRUTH, 1);
    cgm_evaluation_opts opts = question();
    CHECK_OK(cgm_run_check_evaluation(run, &opts));
    opts.split = CGM_TRAIN;
    CHECK_FAILS(cgm_run_check_evaluation(run, &opts), CGM_E_ARG,
                "judge: \"digit\" sees training rows 0 to 159, and row 0 is asked for");
    opts = question();
    opts.n_judges = 1;
    opts.judges = unknown;
    CHECK_FAILS(cgm_run_check_evaluation(run, &opts), CGM_E_ARG, "judge: the run has none called \"digits\"; did you");
    opts.n_judges = 0;
    opts.n_treatments = 1;
    opts.treatments = unknown;
    CHECK_FAILS(cgm_run_check_evaluation(run, &opts), CGM_E_ARG, "digits");
    opts.treatments = image;
    CHECK_FAILS(cgm_run_check_evaluation(run, &opts), CGM_E_UNSUPPORTED, "'image' is an image");
    opts.n_treatments = 2;
    opts.treatments = twice;
    CHECK_FAILS(cgm_run_check_evaluation(run, &opts), CGM_E_ARG, "'digit' is there twice");
    opts = question();
    opts.n_measures = 1;
    opts.measures = unknown;
    CHECK_FAILS(cgm_run_check_evaluation(run, &opts), CGM_E_ARG, "no measure of images named \"digits\"");
    opts = question();
    opts.n_noises = 1;
    opts.noises = bad;
    CHECK_FAILS(cgm_run_check_evaluation(run, &opts), CGM_E_ARG, "noise: -1; expected a number from 0 to 1000");
    opts = question();
    opts.embedding = run;
    CHECK_FAILS(cgm_run_check_evaluation(run, &opts), CGM_E_UNSUPPORTED, "toy_oracle, gives no normal posterior");
    opts = question();
    opts.n = 2;
    CHECK_FAILS(cgm_run_check_evaluation(run, &opts), CGM_E_ARG, "2 images; expected at least 3");
    opts.n = TEST + 1;
    CHECK_FAILS(cgm_run_check_evaluation(run, &opts), CGM_E_ARG, "41");
    cgm_run_destroy(run);
    free(known.pixels);
    known.pixels = NULL;
}

static const test_case cases[] = {
    {"of the truth", of_the_truth},
    {"of the same image", of_the_same_image},
    {"of one image", of_one_image},
    {"of the next image", of_the_next_image},
    {"seeds and intervals", seeds_and_intervals},
    {"any number of threads", any_number_of_threads},
    {"one treatment at random", one_treatment_at_random},
    {"beside the query", beside_the_query},
    {"verdicts", verdicts},
    {"expectations that cannot be", expectations_that_cannot_be},
    {"other bins", other_bins},
    {"refused", refused},
};
TEST_MAIN("evaluation", cases)
