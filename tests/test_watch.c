/* What tells that an adversarial game goes wrong: the critic's accuracy, saturated pixels, and when there is a warning.
 */
#include <math.h>
#include <string.h>

#include "gan/watch.h"
#include "graph/program.h"
#include "tests/harness.h"

/* ---- As graph ---- */

/* The value of what `build` makes of two inputs of n numbers. */
static double value_of(cgm_node (*build)(cgm_graph *, cgm_node, cgm_node), size_t n, const cgm_real *a,
                       const cgm_real *b)
{
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node x = cgm_batch_input(g, "a", CGM_SHAPE((int64_t)n, 1)),
             y = cgm_batch_input(g, "b", CGM_SHAPE((int64_t)n, 1));
    cgm_node out = build(g, x, y);
    REQUIRE_OK(cgm_program_compile(g, 1, &out, NULL, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_workspace_bind(ws, x, a);
    cgm_workspace_bind(ws, y, b);
    REQUIRE_OK(cgm_program_run(program, ws));
    double value = (double)cgm_workspace_get(ws, out)[0];
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
    return value;
}

static cgm_node accuracy(cgm_graph *g, cgm_node real, cgm_node fake)
{
    return cgm_gan_accuracy(g, cgm_gan_loss(GAN_LOSS_NON_SATURATING), real, fake);
}

static cgm_node accuracy_of_squares(cgm_graph *g, cgm_node real, cgm_node fake)
{
    return cgm_gan_accuracy(g, cgm_gan_loss(GAN_LOSS_LEAST_SQUARES), real, fake);
}

static cgm_node saturated(cgm_graph *g, cgm_node x, cgm_node unused)
{
    (void)unused;
    return cgm_gan_saturated(g, x);
}

/* Three of four real ones right and two of four fake ones; with targets 0 and 1 other scores are. */
static void accuracy_by_hand(void)
{
    const cgm_real real[] = {3, (cgm_real)0.1, (cgm_real)0.6, -1}, fake[] = {-2, (cgm_real)-0.1, (cgm_real)0.2, 2};
    CHECK_NEAR(value_of(accuracy, 4, real, fake), (0.75 + 0.5) / 2, 1e-6);
    CHECK_NEAR(value_of(accuracy_of_squares, 4, real, fake), (0.5 + 0.75) / 2, 1e-6);
    CHECK_NEAR(value_of(accuracy, 4, fake, fake), 0.5, 1e-6);
}

/* A grey level of 255 is 2 / 255 of [-1, 1]. */
static void saturated_by_hand(void)
{
    const cgm_real pixels[] = {-1,           1, (cgm_real)0.993, (cgm_real)-0.993, (cgm_real)0.991, (cgm_real)-0.991, 0,
                               (cgm_real)0.5};
    CHECK_NEAR(value_of(saturated, 8, pixels, pixels), 0.5, 1e-6);
}

/* ---- Warnings ---- */

static int warnings;
static char said[1024];

static void collect(void *context, cgm_log_level level, const char *message)
{
    (void)context;
    CU_ASSERT_EQUAL(level, CGM_LOG_WARNING);
    warnings++;
    snprintf(said, sizeof said, "%s", message);
}

static const cgm_sink sink = {.log = collect};
static const cgm_variable point = {.name = "point", .type = CGM_VECTOR, .width = 2};

/* An epoch of two steps with these values of a metric. */
static void epoch(gan_watch *w, const char *name, double first, double second)
{
    cgm_fit_report report = {.n_metrics = 2};
    snprintf(report.metrics[0].name, sizeof report.metrics[0].name, "critic");
    snprintf(report.metrics[1].name, sizeof report.metrics[1].name, "%s", name);
    report.metrics[1].value = first;
    cgm_gan_watch_step(w, &point, &report, &sink);
    report.metrics[1].value = second;
    report.epoch_ended = true;
    cgm_gan_watch_step(w, &point, &report, &sink);
}

static void won_critic(void)
{
    gan_watch w;
    warnings = 0;
    cgm_gan_watch_begin(&point, NULL, (gan_advice){.critic_won = "patience"}, &w);
    epoch(&w, "accuracy", 1, 0.97);
    epoch(&w, "accuracy", NAN, 1);
    epoch(&w, "other", 1, 1);
    CU_ASSERT_EQUAL(warnings, 0);
    epoch(&w, "accuracy", 0.99, 1);
    CU_ASSERT_EQUAL(warnings, 1);
    CU_ASSERT(strstr(said, "point: the critic told 99.5 % of an epoch's samples right") &&
              strstr(said, "help: patience"));
    epoch(&w, "accuracy", 1, 1);
    CU_ASSERT_EQUAL(warnings, 1);
    epoch(&w, "saturated", 1, 1);
    CU_ASSERT_EQUAL(warnings, 1);
}

static void saturated_generator(void)
{
    gan_watch w;
    warnings = 0;
    cgm_gan_watch_begin(&point, NULL, (gan_advice){.saturated = "patience"}, &w);
    CHECK_NEAR(w.saturated_data, 1, 0);
    epoch(&w, "saturated", 1, 1); /* no more than the data are */
    CU_ASSERT_EQUAL(warnings, 0);
    w.saturated_data = 0.8;
    epoch(&w, "saturated", 0.98, 0.979);
    CU_ASSERT_EQUAL(warnings, 0);
    epoch(&w, "saturated", 0.98, 0.981);
    CU_ASSERT_EQUAL(warnings, 1);
    CU_ASSERT(strstr(said, "98.0 % of the generator's pixels are black or white, of the data's 80.0 %") != NULL);
    epoch(&w, "saturated", 1, 1);
    CU_ASSERT_EQUAL(warnings, 1);
}

/* The data's share is of their images as they are read, padding included. */
static void saturated_images(void)
{
    cgm_dataset *data = NULL;
    const cgm_data_opts opts = {.make = "strokes", .n = 40, .test = 10, .seed = 2, .pad = 2};
    gan_watch w;
    REQUIRE_OK(cgm_dataset_open(&opts, 1, NULL, &data));
    const cgm_variable *image = cgm_dataset_find(data, "image");
    size_t width = cgm_variable_width(image), rows[30], at_ends = 0;
    double *pixels = calloc(30 * width, sizeof *pixels);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pixels);
    for (size_t i = 0; i < 30; i++) rows[i] = i;
    REQUIRE_OK(cgm_dataset_read(data, "image", 30, rows, pixels));
    for (size_t i = 0; i < 30 * width; i++) at_ends += pixels[i] <= 1 || pixels[i] >= 254;
    cgm_gan_watch_begin(image, data, (gan_advice){0}, &w);
    CHECK_NEAR(w.saturated_data, (double)at_ends / (double)(30 * width), 1e-12);
    CU_ASSERT(w.saturated_data > 0.5 && w.saturated_data < 1);
    free(pixels);
    cgm_dataset_destroy(data);
}

static const test_case cases[] = {
    {"accuracy by hand", accuracy_by_hand}, {"saturated pixels by hand", saturated_by_hand},
    {"a critic that has won", won_critic},  {"a generator that saturates", saturated_generator},
    {"saturated images", saturated_images},
};
TEST_MAIN("adversarial games watched", cases)
