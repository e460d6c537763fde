/* How like the data images are, of models of which it is known: one that paints what it is asked for, one that paints
 * one thing only, one that paints another thing. */
#include <string.h>

#include "scm/soundness/realism.h"
#include "tests/painter_toys.h"
#include "tests/png_pixels.h"

enum { TRAIN = 480, TEST = 240, SAMPLES = 300 };

static const char *const predictors = "predictors:\n"
                                      "  level: {from: image, epochs: 8, batch: 32, seed: 3}\n"
                                      "  bright: {from: image, given: [level], epochs: 4, batch: 32}\n";

/* The painters; each is trained when it is first asked for, and opened then. */
enum { LAW, ONE_THING, ANOTHER, STRANGER, PAINTERS };

static model make(int which, int threads)
{
    static const char *const options[PAINTERS] = {"", ", factor: 0, shift: 1", ", shift: 1", ""};
    static const char *const files[PAINTERS] = {"law.h5", "one.h5", "another.h5", "stranger.h5"};
    char *data = test_path("bars.h5"), *path = test_path(files[which]);
    model m = {0};
    if (access(data, F_OK) != 0) painter_data(data, TRAIN + TEST, TEST);
    if (access(path, F_OK) != 0) {
        m = painter_run(data, which == STRANGER ? "bright" : "level, bright", options[which], predictors, threads);
        CU_ASSERT_FATAL(rename(test_path("m.h5"), path) == 0);
        destroy(&m);
        m = (model){0};
    }
    REQUIRE_OK(cgm_run_open(path, &(cgm_run_opts){.threads = threads}, &m.run));
    return m;
}

static cgm_realism_opts question(const char *predictor)
{
    cgm_realism_opts opts;
    cgm_realism_init(&opts);
    opts.predictor = predictor;
    opts.n = SAMPLES;
    return opts;
}

static cgm_realism ask(const model *m, const cgm_realism_opts *opts)
{
    cgm_realism r = {0};
    REQUIRE_OK(cgm_run_realism(m->run, opts, &r));
    return r;
}

/* The measure of a level, or of all. */
static cgm_realism_row row(const cgm_realism *r, const char *measure, const char *level)
{
    for (size_t k = 0; k < r->n_rows; k++) {
        bool same = level ? r->row[k].level && strcmp(r->row[k].level, level) == 0 : !r->row[k].level;
        if (same && strcmp(r->row[k].measure, measure) == 0) return r->row[k];
    }
    return (cgm_realism_row){.samples = NAN, .samples_error = NAN, .data = NAN, .data_error = NAN};
}

static void close_run(model *m, cgm_realism *r)
{
    cgm_realism_clear(r);
    destroy(m);
}

/* ---- What is known ---- */

/* Samples are as the data are: each measure is as that of real images, up to chance. */
static void painter_of_the_law(void)
{
    model m = make(LAW, 1);
    const cgm_realism_opts opts = question("level");
    cgm_realism r = ask(&m, &opts);
    cgm_realism_row fid = row(&r, "FID", NULL), kid = row(&r, "KID", NULL), right = row(&r, "as asked", NULL);
    CU_ASSERT_EQUAL(r.samples, SAMPLES);
    CU_ASSERT_EQUAL(r.test, TEST);
    CU_ASSERT_EQUAL(r.train, TEST);
    CU_ASSERT_EQUAL(r.fitted, TRAIN * 9 / 10);
    CU_ASSERT(fid.data > 0 && fid.samples < 2 * fid.data);
    CHECK_NEAR(kid.samples, 0, 4 * kid.samples_error);
    CU_ASSERT(right.data > 0.95);
    CHECK_NEAR(right.samples, right.data, 4 * right.data_error + 0.02);
    CU_ASSERT(row(&r, "entropy", NULL).samples > 0.98);
    CHECK_NEAR(row(&r, "missing", NULL).samples, 0, 0);
    cgm_realism_row pairs = row(&r, "MS-SSIM", NULL), of_level = row(&r, "MS-SSIM", "1");
    CHECK_NEAR(pairs.samples, pairs.data, 5 * (pairs.samples_error + pairs.data_error));
    CU_ASSERT(of_level.samples > pairs.samples && of_level.data > pairs.data);
    CU_ASSERT_EQUAL(r.scales, 1);
    CHECK_NEAR(row(&r, "black", NULL).samples, row(&r, "black", NULL).data, 0.01);
    CHECK_NEAR(row(&r, "white", NULL).samples, row(&r, "white", NULL).data, 0.01);
    double shown = 0;
    for (int k = 0; k < PAINTER_LEVELS; k++) shown += row(&r, "shown", (const char *[]){"0", "1", "2"}[k]).samples;
    CHECK_NEAR(shown, 1, 1e-12);
    close_run(&m, &r);
}

/* One level alone: two are missing, and it is right where that one was asked for. */
static void painter_of_one_thing(void)
{
    model m = make(ONE_THING, 1);
    const cgm_realism_opts opts = question("level");
    cgm_realism r = ask(&m, &opts);
    cgm_realism_row fid = row(&r, "FID", NULL), kid = row(&r, "KID", NULL), right = row(&r, "as asked", NULL);
    CU_ASSERT(fid.samples > 5 * fid.data);
    CU_ASSERT(kid.samples > 5 * kid.samples_error);
    CHECK_NEAR(right.samples, 1.0 / 3, 0.1);
    CU_ASSERT(row(&r, "as asked", "1").samples > 0.95 && row(&r, "as asked", "2").samples < 0.05);
    CU_ASSERT(row(&r, "entropy", NULL).samples < 0.2 && row(&r, "entropy", NULL).data > 0.98);
    CU_ASSERT(row(&r, "shown", "1").samples > 0.95);
    CU_ASSERT(row(&r, "MS-SSIM", NULL).samples > row(&r, "MS-SSIM", NULL).data);
    close_run(&m, &r);
}

/* The law of the images is right, and no image is what it was to be. */
static void painter_of_another_thing(void)
{
    model m = make(ANOTHER, 1);
    const cgm_realism_opts opts = question("level");
    cgm_realism r = ask(&m, &opts);
    cgm_realism_row fid = row(&r, "FID", NULL);
    CU_ASSERT(row(&r, "as asked", NULL).samples < 0.05);
    CU_ASSERT(row(&r, "entropy", NULL).samples > 0.95);
    CU_ASSERT(fid.samples < 5 * fid.data);
    close_run(&m, &r);
}

/* ---- The question ---- */

static bool same_rows(const cgm_realism *a, const cgm_realism *b)
{
    if (a->n_rows != b->n_rows) return false;
    for (size_t k = 0; k < a->n_rows; k++)
        if (memcmp(&a->row[k].samples, &b->row[k].samples, 4 * sizeof(double)) != 0) return false;
    return true;
}

static void any_number_of_threads(void)
{
    model one = make(LAW, 1), two = make(LAW, 2);
    cgm_realism_opts opts = question("level");
    cgm_realism a = ask(&one, &opts), b = ask(&two, &opts);
    CU_ASSERT(same_rows(&a, &b));
    cgm_realism_clear(&b);
    opts.seed = 2;
    b = ask(&two, &opts);
    CU_ASSERT(!same_rows(&a, &b));
    cgm_realism_clear(&a);
    close_run(&two, &b);
    destroy(&one);
}

/* All are asked for one level; of the others nothing is known. */
static void under_an_intervention(void)
{
    static const char *const text[] = {"level=2"};
    model m = make(LAW, 1);
    cgm_realism_opts opts = question("level");
    opts.what = (cgm_do){1, text};
    for (int k = 0; k < 2; k++) {
        opts.parents = k ? CGM_PARENTS_MODEL : CGM_PARENTS_DATA;
        cgm_realism r = ask(&m, &opts);
        CU_ASSERT_STRING_EQUAL(r.heading, "do(level=2)");
        CU_ASSERT(row(&r, "as asked", "2").samples > 0.95);
        CU_ASSERT(isnan(row(&r, "as asked", "0").samples) && row(&r, "as asked", "0").data > 0.9);
        CU_ASSERT(isnan(row(&r, "MS-SSIM", "0").samples) && isfinite(row(&r, "MS-SSIM", "0").data));
        cgm_realism_clear(&r);
    }
    destroy(&m);
}

/* A continuous attribute, read with another given: an error instead of a share. */
static void continuous_attribute(void)
{
    model m = make(LAW, 1);
    cgm_realism_opts opts = question("bright");
    opts.png = test_path("bright.png");
    cgm_realism r = ask(&m, &opts);
    cgm_realism_row error = row(&r, "error", NULL);
    CU_ASSERT(error.samples > 0 && error.samples < 30 && error.samples_error > 0);
    CHECK_NEAR(error.samples, error.data, 5 * (error.samples_error + error.data_error));
    CU_ASSERT(isnan(row(&r, "as asked", NULL).samples) && isnan(row(&r, "entropy", NULL).samples));
    CU_ASSERT(access(opts.png, F_OK) == 0);
    close_run(&m, &r);
}

/* Of a model in which the image does not see the attribute, samples are sorted by what they show. */
static void nothing_asked(void)
{
    model m = make(STRANGER, 1);
    cgm_realism_opts opts = question("level");
    opts.png = test_path("stranger.png");
    for (int k = 0; k < 2; k++) {
        opts.parents = k ? CGM_PARENTS_MODEL : CGM_PARENTS_DATA;
        cgm_realism r = ask(&m, &opts);
        CU_ASSERT(!r.asks && isnan(row(&r, "as asked", NULL).data));
        CU_ASSERT(row(&r, "shown", "0").samples > 0.95);
        CU_ASSERT(isfinite(row(&r, "MS-SSIM", "0").samples));
        cgm_realism_clear(&r);
    }
    destroy(&m);
}

static void refused(void)
{
    static const char *const texts[] = {"bright+=10", "level=7", "nothing=1", "level->image=1"};
    model m = make(LAW, 1);
    cgm_realism_opts opts = question("levels");
    CHECK_FAILS(cgm_run_check_realism(m.run, &opts), CGM_E_ARG, "none called \"levels\"; did you mean \"level\"");
    opts.predictor = NULL;
    CHECK_FAILS(cgm_run_check_realism(m.run, &opts), CGM_E_ARG, "the run has 2 of them; expected one's name");
    opts = question("level");
    opts.image = "bright";
    CHECK_FAILS(cgm_run_check_realism(m.run, &opts), CGM_E_ARG, "reads image, not bright");
    opts.image = "image";
    CHECK_OK(cgm_run_check_realism(m.run, &opts));
    opts.what = (cgm_do){1, &texts[0]};
    CHECK_FAILS(cgm_run_check_realism(m.run, &opts), CGM_E_ARG, "acts on what the model makes of it");
    opts.parents = CGM_PARENTS_MODEL;
    CHECK_OK(cgm_run_check_realism(m.run, &opts));
    opts.what = (cgm_do){1, &texts[1]};
    CHECK_FAILS(cgm_run_check_realism(m.run, &opts), CGM_E_ARG, "7 is not a level");
    opts.what = (cgm_do){1, &texts[2]};
    CHECK_FAILS(cgm_run_check_realism(m.run, &opts), CGM_E_ARG, "nothing");
    opts.what = (cgm_do){1, &texts[3]};
    CHECK_FAILS(cgm_run_check_realism(m.run, &opts), CGM_E_ARG, "asked for the value of level itself");
    opts = question("level");
    opts.n = 2;
    CHECK_FAILS(cgm_run_check_realism(m.run, &opts), CGM_E_ARG, "2 samples, 2 test images");
    destroy(&m);
}

/* ---- The sheet ---- */

/* How many pixels of a picture are of the red of its frames. */
static size_t count_red(const char *path)
{
    size_t red = 0;
    unsigned width, height;
    unsigned char *rgb = read_png(path, &width, &height);
    for (size_t i = 0; i < (size_t)width * height; i++)
        red += rgb[3 * i] > 190 && rgb[3 * i + 1] < 60 && rgb[3 * i + 2] < 60;
    free(rgb);
    return red;
}

static void sheet(void)
{
    model good = make(LAW, 1), bad = make(ANOTHER, 1);
    cgm_realism_opts opts = question("level");
    opts.png = test_path("sheet.png");
    cgm_realism r = ask(&good, &opts);
    size_t few = count_red(opts.png);
    cgm_realism_clear(&r);
    r = ask(&bad, &opts);
    size_t many = count_red(opts.png);
    CU_ASSERT(many > 10000 && few < many / 4);
    cgm_realism_clear(&r);
    destroy(&good);
    destroy(&bad);
}

static const test_case cases[] = {
    {"a painter of the data's law", painter_of_the_law},
    {"a painter of one thing", painter_of_one_thing},
    {"a painter of another thing", painter_of_another_thing},
    {"any number of threads", any_number_of_threads},
    {"under an intervention", under_an_intervention},
    {"a continuous attribute", continuous_attribute},
    {"nothing asked", nothing_asked},
    {"refused", refused},
    {"sheet", sheet},
};
TEST_MAIN("realism", cases)
