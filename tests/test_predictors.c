/* Predictors: networks, laws and gradients against PyTorch, training as a part of runs, judging, what is refused. */
#include "scm/predictors/evaluate.h"

#include <hdf5.h>

#include "graph/ops.h"
#include "io/reliability.h"
#include "metrics/calibration.h"
#include "scm/answers/query.h"
#include "scm/predictors/law.h"
#include "scm/predictors/network.h"
#include "scm/predictors/readings.h"
#include "tests/predictor_toys.h"
#include "tests/train_toys.h"

/* ---- Against PyTorch ---- */

enum { MOST_OUTPUTS = 128 };

/* Losses, the gradients of their mean, and the next running means of the first normalisation, as in training. */
static void check_training(cgm_predictor *p, const inputs *in, size_t n, const char *const *names, const double *loss,
                           const double *gradient, const double *running)
{
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    cgm_node outputs[MOST_OUTPUTS];
    cgm_real losses[PR_N];
    double got[PR_N], slopes[MOST_OUTPUTS];
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node pixels = cgm_batch_input(g, "pixels", CGM_SHAPE(PR_N, 1, PR_HEIGHT, PR_WIDTH));
    cgm_node seen = cgm_batch_input(g, "seen", CGM_SHAPE(PR_N, (int64_t)p->seen.features));
    outputs[0] = cgm_predictor_graph_loss(p, g, pixels, seen, CGM_MODE_TRAIN);
    cgm_node mean = cgm_affine(g, cgm_sum_all(g, outputs[0]), 1.0 / PR_N, 0);
    CU_ASSERT_FATAL(n < MOST_OUTPUTS);
    REQUIRE_OK(cgm_params_gradients(p->params, g, mean, outputs + 1));
    REQUIRE_OK(
        cgm_program_compile(g, 1 + n, outputs, &(cgm_compile_opts){.threads = 1, .bound_outputs = true}, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_params_bind(p->params, g, ws, cgm_params_values(p->params));
    cgm_params_bind_gradients(p->params, ws, 1);
    cgm_workspace_bind_output(ws, 0, losses);
    cgm_workspace_bind(ws, pixels, in->pixels);
    cgm_workspace_bind(ws, seen, in->seen);
    REQUIRE_OK(cgm_program_run(program, ws));
    for (size_t i = 0; i < PR_N; i++) got[i] = (double)losses[i];
    CHECK_NEAR(difference(PR_N, got, loss), 0, TOLERANCE);
    for (size_t k = 0; k < n; k++) {
        const cgm_param_view *view = view_of(p, names[k]);
        slopes[k] = 0;
        for (size_t i = 0; !view->state && i < (size_t)cgm_shape_size(view->shape); i++)
            slopes[k] += (double)cgm_params_gradient(p->params)[view->offset + i] * wave(1, 0.5, 1, i);
    }
    /* In float a unit near its kink may be on the other side of it. */
    if (sizeof(cgm_real) == sizeof(double)) CHECK_NEAR(difference(n, slopes, gradient), 0, TOLERANCE);
    const cgm_param_view *first =
        view_of(p, strcmp(p->network->name, "residual") == 0 ? "network.start_norm.running_mean"
                                                             : "network.norm1.running_mean");
    for (size_t i = 0; i < 2; i++) got[i] = (double)cgm_params_gradient(p->params)[first->offset + i];
    CHECK_NEAR(difference(2, got, running), 0, TOLERANCE);
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
}

static void check_queries(cgm_predictor *p, const inputs *in, size_t width, const double *features, const double *law)
{
    double got[PR_N * 16];
    const double *given[] = {in->group, in->size};
    CU_ASSERT_EQUAL_FATAL(cgm_predictor_width(p), width);
    REQUIRE_OK(cgm_predictor_features(p, 1, PR_N, in->images, given, got));
    CHECK_NEAR(difference(PR_N * width, got, features), 0, TOLERANCE);
    REQUIRE_OK(cgm_predictor_predict(p, 2, PR_N, in->images, given, got));
    CHECK_NEAR(difference(PR_N * cgm_predictor_outputs(p), got, law), 0, TOLERANCE);
    /* What is read: the likeliest level, or the mean. */
    double read[PR_N];
    REQUIRE_OK(cgm_predictor_read(p, 1, PR_N, in->images, given, read));
    for (size_t i = 0; i < PR_N; i++) {
        const double *row = got + i * cgm_predictor_outputs(p);
        if (!cgm_variable_has_levels(p->attribute)) CHECK_NEAR(read[i], row[0], TOLERANCE * fabs(row[0]));
        for (size_t k = 0; cgm_variable_has_levels(p->attribute) && k < cgm_predictor_outputs(p); k++)
            CU_ASSERT(row[k] <= row[(size_t)read[i]]);
    }
}

#define CHECK_CASE(map, label)                                                                                         \
    do {                                                                                                               \
        static inputs in;                                                                                              \
        toy t = toy_create(map);                                                                                       \
        size_t n = sizeof label##_names / sizeof *label##_names;                                                       \
        set_parameters(t.p, n, label##_names);                                                                         \
        fill_inputs(t.p, &in);                                                                                         \
        check_training(t.p, &in, n, label##_names, label##_loss, label##_gradient, label##_running);                   \
        check_queries(t.p, &in, sizeof label##_features / sizeof(double) / PR_N, label##_features, label##_law);       \
        toy_destroy(&t);                                                                                               \
    } while (0)

static void agrees_with_pytorch(void)
{
    CHECK_CASE("{from: image, of: continuous, given: [group, size], width: 2}", pr_c_continuous);
    CHECK_CASE("{from: image, of: binary, given: [group, size], width: 2}", pr_c_binary);
    CHECK_CASE("{from: image, of: categorical, given: [group, size], width: 2}", pr_c_categorical);
    CHECK_CASE("{from: image, of: ordinal, given: [group, size], width: 2}", pr_c_ordinal);
    CHECK_CASE("{from: image, of: categorical, given: [group, size], width: 2, network: residual}", pr_r_categorical);
}

enum { LAW_ROWS = 6, LAW_NUMBERS = 4 };

static const char *const law_maps[] = {"{from: image, of: continuous}", "{from: image, of: binary}",
                                       "{from: image, of: categorical}", "{from: image, of: ordinal}"};

/* What a law makes of raw numbers: losses, outputs, scores. */
typedef struct law_values {
    double loss[LAW_ROWS], outputs[LAW_ROWS * LAW_NUMBERS], scores[LAW_ROWS * LAW_NUMBERS];
} law_values;

static void ask_law(cgm_predictor *p, cgm_real *raw, cgm_real *target, law_values *v)
{
    cgm_graph *g = NULL;
    cgm_program *program = NULL;
    cgm_workspace *ws = NULL;
    int64_t numbers = p->law->numbers(p->attribute), features = (int64_t)p->seen.features;
    double *into[] = {v->loss, v->outputs, v->scores};
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node in = cgm_input(g, "raw", CGM_SHAPE(LAW_ROWS, numbers)),
             seen = cgm_input(g, "seen", CGM_SHAPE(LAW_ROWS, features));
    cgm_node out[] = {p->law->loss(p, g, in, seen), p->law->outputs(p, g, in), p->law->scores(p, g, in)};
    REQUIRE_OK(cgm_program_compile(g, 3, out, &(cgm_compile_opts){.threads = 1}, &program));
    REQUIRE_OK(cgm_workspace_create(program, &ws));
    cgm_params_bind(p->params, g, ws, cgm_params_values(p->params));
    cgm_workspace_bind(ws, in, raw);
    cgm_workspace_bind(ws, seen, target);
    REQUIRE_OK(cgm_program_run(program, ws));
    for (size_t k = 0; k < 3; k++)
        for (int64_t i = 0; i < cgm_shape_size(cgm_node_shape(g, out[k])); i++)
            into[k][i] = (double)cgm_workspace_get(ws, out[k])[i];
    cgm_workspace_destroy(ws);
    cgm_program_destroy(program);
    cgm_graph_destroy(g);
}

/* p^(1/T), scaled to add to one, in losses and scores, too; or a normal law moved and widened. */
static void check_calibrated(const cgm_predictor *p, const cgm_real *target, const law_values *plain,
                             const law_values *got)
{
    size_t n = cgm_predictor_outputs(p);
    for (size_t i = 0; i < LAW_ROWS; i++) {
        const double *before = plain->outputs + i * n, *after = got->outputs + i * n;
        if (!cgm_variable_has_levels(p->attribute)) {
            double mean = before[0] + p->offset, sd = before[1] * p->temperature, z = ((double)target[i] - mean) / sd;
            CHECK_NEAR(after[0], mean, TOLERANCE);
            CHECK_NEAR(after[1], sd, TOLERANCE);
            CHECK_NEAR(got->scores[i], mean, TOLERANCE);
            CHECK_NEAR(got->loss[i], z * z / 2 + log(sd) + log(2 * M_PI) / 2, TOLERANCE);
            continue;
        }
        double sum = 0;
        for (size_t k = 0; k < n; k++) sum += pow(before[k], 1 / p->temperature);
        for (size_t k = 0; k < n; k++) {
            CHECK_NEAR(after[k], pow(before[k], 1 / p->temperature) / sum, TOLERANCE);
            CU_ASSERT((got->scores[i * n + k] > got->scores[i * n]) == (after[k] > after[0]));
            if (k == i % n) CHECK_NEAR(got->loss[i], -log(after[k]), TOLERANCE);
        }
    }
}

static void laws_are_calibrated(void)
{
    for (size_t m = 0; m < 4; m++) {
        toy t = toy_create(law_maps[m]);
        cgm_rng any = cgm_rng_create(0);
        law_values plain, got;
        cgm_real raw[LAW_ROWS * LAW_NUMBERS], target[LAW_ROWS * LAW_NUMBERS];
        REQUIRE_OK(cgm_params_init(t.p->params, &any));
        size_t features = t.p->seen.features;
        for (size_t i = 0; i < LAW_ROWS * LAW_NUMBERS; i++) raw[i] = (cgm_real)wave(1, 1.3, 0.2, i);
        for (size_t i = 0; i < LAW_ROWS * features; i++) target[i] = i % features == i / features % features;
        ask_law(t.p, raw, target, &plain);
        t.p->temperature = 1.7;
        if (m == 0) t.p->offset = 0.3;
        ask_law(t.p, raw, target, &got);
        check_calibrated(t.p, target, &plain, &got);
        toy_destroy(&t);
    }
}

/* Of numbers far out nothing overflows, and probabilities add to one. */
static void laws_hold_far_out(void)
{
    for (size_t m = 0; m < 4; m++) {
        toy t = toy_create(law_maps[m]);
        cgm_rng any = cgm_rng_create(0);
        REQUIRE_OK(cgm_params_init(t.p->params, &any));
        const double far[LAW_ROWS] = {-80, -5, 0, 1, 30, 80};
        law_values got;
        cgm_real raw[LAW_ROWS * LAW_NUMBERS], target[LAW_ROWS * LAW_NUMBERS];
        size_t numbers = (size_t)t.p->law->numbers(t.p->attribute), features = t.p->seen.features;
        for (size_t i = 0; i < LAW_ROWS * numbers; i++) raw[i] = (cgm_real)far[(i * 5 + i / numbers) % LAW_ROWS];
        for (size_t i = 0; i < LAW_ROWS * features; i++) target[i] = i % features == i / features % features;
        ask_law(t.p, raw, target, &got);
        for (size_t i = 0; i < LAW_ROWS; i++) {
            const double *law = got.outputs + i * cgm_predictor_outputs(t.p);
            double sum = 0;
            CU_ASSERT(isfinite(got.loss[i]));
            for (size_t k = 0; k < cgm_predictor_outputs(t.p); k++) sum += law[k];
            if (cgm_variable_has_levels(t.p->attribute)) CHECK_NEAR(sum, 1, 1e-5);
            CU_ASSERT(cgm_variable_has_levels(t.p->attribute) || law[1] > 0);
        }
        toy_destroy(&t);
    }
}

/* ---- As a part of runs ---- */

#define DATA "data: {make: strokes, n: 260, seed: 3, test: 60, pad: 2}\n"
#define MODEL                                                                                                          \
    "graph:\n"                                                                                                         \
    "  digit: {type: categorical, levels: 10}\n"                                                                       \
    "  thickness: {type: continuous, range: [0.5, 8]}\n"                                                               \
    "  intensity: {type: continuous, range: [64, 255], parents: [thickness]}\n"                                        \
    "  image: {type: image, parents: [thickness, intensity, digit], mechanism: {kind: autoencoder, network: dense, "   \
    "latent: 2, widths: [8]}}\n"                                                                                       \
    "train: {epochs: 1, batch: 50, seed: 5, checkpoint: 7}\n"
#define DIGIT "  digit: {from: image, width: 2, epochs: 3, batch: 32, patience: 1}\n"
#define BRIGHT(epochs)                                                                                                 \
    "  bright: {from: image, of: intensity, given: [digit, thickness], width: 4, epochs: " epochs                      \
    ", batch: 20, rate: 0.01, augment: {crop: 3}, seed: 9}\n"
#define WHOLE DATA MODEL "predictors:\n" DIGIT BRIGHT("12") /* learns */
#define QUICK DATA MODEL "predictors:\n" DIGIT BRIGHT("2")  /* does what training does */

/* Steps of bright, and of the model and the other predictor. */
typedef struct steps_of {
    int bright, others;
} steps_of;

static void count_parts(void *context, const cgm_progress *progress)
{
    steps_of *n = context;
    bool bright = strncmp(progress->what, "bright ", 7) == 0;
    n->bright += bright;
    n->others += !bright && strchr(progress->what, '(');
}

static void check_same(const char *a_path, const char *b_path)
{
    tally t = compare(a_path, b_path);
    CU_ASSERT(t.n > 40 && t.different == 0);
}

static const char *whole(void)
{
    static trained_once run;
    return train_once(&run, "whole.h5", WHOLE)->path;
}

static const trained_once *quick(void)
{
    static trained_once run;
    return train_once(&run, "quick.h5", QUICK);
}

static void threads_and_stops_make_no_difference(void)
{
    const char *path = quick()->path, *other = test_path("other.h5"), *again = test_path("again.h5");
    REQUIRE_OK(train(QUICK, NULL, 2, other));
    check_same(path, other);
    tally t = {0};
    REQUIRE_OK(cgm_run_again(path, again, &(cgm_run_opts){.threads = 2}, count_different, &t));
    CU_ASSERT(t.n > 40 && t.different == 0);
    /* In the first predictor, early in the second one, and before its last step. */
    const int stops[] = {8, 24, quick()->steps - 1};
    for (size_t k = 0; k < sizeof stops / sizeof *stops; k++) {
        char *stopped = test_path("stopped.h5");
        stopper s = {.at = stops[k]};
        unlink(stopped);
        CHECK_FAILS(train(QUICK, &s, 1, stopped), CGM_E_INTERRUPTED, "--resume goes on");
        REQUIRE_OK(train(QUICK, NULL, 2, stopped));
        check_same(path, stopped);
    }
}

/* A run that is finished is given one more predictor, which is trained alone. */
static void predictors_may_come_later(void)
{
    const char *path = test_path("later.h5");
    steps_of n = {0};
    stopper s = {.watch = count_parts, .context = &n};
    REQUIRE_OK(train(DATA MODEL "predictors:\n" DIGIT, NULL, 1, path));
    REQUIRE_OK(train(QUICK, &s, 1, path));
    CU_ASSERT(n.bright > 0 && n.bright <= 2 * 9 && n.others == 0);
    check_same(quick()->path, path);
    model t;
    REQUIRE_OK(try_make(DATA MODEL "predictors:\n  digit: {from: image, width: 3}\n", NULL, 1, &t));
    CHECK_FAILS(cgm_run_resume(t.run, path), CGM_E_CONFIG, "predictors.digit.width is 2 in");
    destroy(&t);
    REQUIRE_OK(try_make(DATA MODEL "predictors:\n" DIGIT, NULL, 1, &t));
    CHECK_FAILS(cgm_run_resume(t.run, path), CGM_E_CONFIG, "predictors.bright is a map in");
    destroy(&t);
}

static void minutes_of_its_own(void)
{
    const char *path = test_path("minutes.h5"), *again = test_path("minutes-again.h5");
    tally t = {0};
    cgm_run *run = NULL;
    cgm_run_progress progress;
    REQUIRE_OK(train(DATA MODEL
                     "predictors: {digit: {from: image, width: 1, epochs: 1000000, minutes: 0.03, patience: 0}}\n",
                     NULL, 1, path));
    REQUIRE_OK(cgm_run_open(path, NULL, &run));
    CU_ASSERT_EQUAL(cgm_run_parts(run), 5);
    CU_ASSERT_STRING_EQUAL(cgm_run_part_name(run, 4), "digit");
    cgm_run_get_progress(run, 4, &progress);
    CU_ASSERT(progress.finished && progress.steps > 1 && progress.done < progress.total);
    cgm_run_destroy(run);
    REQUIRE_OK(cgm_run_again(path, again, NULL, count_different, &t));
    CU_ASSERT(t.n > 20 && t.different == 0);
}

enum { ALL_ROWS = 41, TEST_ROWS = 4, SMALL = 12 };
#define HALVES                                                                                                         \
    "graph:\n  size: {type: continuous}\n"                                                                             \
    "  image: {type: image, parents: [size], mechanism: {kind: autoencoder, network: dense, latent: 1, widths: "       \
    "[2]}}\n"                                                                                                          \
    "train: {epochs: 1, batch: 8}\n"
#define GRADE "  grade: {type: ordinal, levels: 3}\n"
#define HALF "from: image, width: 2, epochs: 3, batch: 8, seed: 4, augment: {crop: 1}"

/* A data set of training rows [first, first + n) of one that is always the same. */
static void write_rows(const char *path, size_t first, size_t n)
{
    static double size[ALL_ROWS + TEST_ROWS], grade[ALL_ROWS + TEST_ROWS];
    static uint8_t image[(ALL_ROWS + TEST_ROWS) * SMALL * SMALL];
    cgm_file *file;
    int64_t rows = (int64_t)(n + TEST_ROWS);
    for (size_t i = 0; i < n + TEST_ROWS; i++) {
        size_t row = i < n ? first + i : ALL_ROWS + i - n;
        size[i] = sin((double)row);
        grade[i] = floor(1.4 * (1 + size[i]));
        for (size_t k = 0; k < SMALL * SMALL; k++)
            image[i * SMALL * SMALL + k] = (uint8_t)(127 + 127 * sin(0.1 * (double)k * (2 + size[i])));
    }
    REQUIRE_OK(cgm_file_create(path, &file));
    REQUIRE_OK(cgm_file_write(file, "/size", CGM_F64, CGM_SHAPE(rows), NULL, size));
    REQUIRE_OK(cgm_file_write(file, "/grade", CGM_F64, CGM_SHAPE(rows), NULL, grade));
    REQUIRE_OK(cgm_file_set_text(file, "/grade", "type", "ordinal"));
    REQUIRE_OK(cgm_file_write(file, "/image", CGM_U8, CGM_SHAPE(rows, 1, SMALL, SMALL), NULL, image));
    REQUIRE_OK(cgm_file_set_integer(file, "/", "train", n));
    REQUIRE_OK(cgm_file_commit(file));
}

/* Of the predictor alone, but for where its rows are. */
static cgm_status count_predictor(void *context, const char *path, bool identical)
{
    if (strncmp(path, "/predictors/size/", 17) != 0 || strcmp(path, "/predictors/size/first_row") == 0) return CGM_OK;
    return count_different(context, path, identical);
}

static void check_half(const char *data, const char *share, const char *alone, cgm_rows_seen want,
                       const char *described)
{
    char text[2048], says[256], *half = test_path("half.h5"), *whole_of_it = test_path("alone.h5");
    tally t = {0};
    cgm_run *run;
    unlink(half);
    unlink(whole_of_it);
    snprintf(text, sizeof text, "data: {path: '%s'}\n" HALVES "predictors: {size: {" HALF ", rows: %s}}\n", data,
             share);
    REQUIRE_OK(train(text, NULL, 1, half));
    snprintf(text, sizeof text, "data: {path: '%s'}\n" HALVES "predictors: {size: {" HALF "}}\n", alone);
    REQUIRE_OK(train(text, NULL, 1, whole_of_it));
    compare_by(half, whole_of_it, count_predictor, &t);
    CU_ASSERT(t.n > 10 && t.different == 0);
    REQUIRE_OK(cgm_run_open(half, NULL, &run));
    const cgm_rows_seen rows = cgm_predictor_rows(cgm_run_predictor(run, "size"));
    CU_ASSERT(rows.first == want.first && rows.fitted == want.fitted && rows.validated == want.validated);
    cgm_run_describe_part(run, 2, sizeof says, says);
    CU_ASSERT(strstr(says, described) != NULL);
    cgm_run_destroy(run);
}

/* A half is trained on as a data set of its own would be, of which there are no other rows. */
static void half_of_the_rows_is_all_that_it_sees(void)
{
    char *data = test_path("rows.h5"), *first = test_path("first.h5"), *second = test_path("second.h5");
    write_rows(data, 0, ALL_ROWS);
    write_rows(first, 0, 20);
    write_rows(second, 20, 21);
    check_half(data, "first half", first, (cgm_rows_seen){0, 18, 2},
               "fitted to training rows 0 to 17, and 18 to 19 to stop by; seed 4");
    check_half(data, "second half", second, (cgm_rows_seen){20, 19, 2},
               "fitted to training rows 20 to 38, and 39 to 40 to stop by; seed 4");
}

/* Its error is in levels, beside the accuracy. */
static void ordinal_attributes_are_scored(void)
{
    char text[2048], *data = test_path("grades.h5"), *path = test_path("grade.h5");
    static double images[ALL_ROWS * SMALL * SMALL], read[ALL_ROWS];
    size_t rows[ALL_ROWS], apart[3] = {0};
    cgm_run *run;
    cgm_predictor_score s;
    write_rows(data, 0, ALL_ROWS);
    snprintf(text, sizeof text,
             "data: {path: '%s'}\n" HALVES "predictors: {grade: {from: image, width: 2, epochs: 2, batch: 8}}\n", data);
    char *graph = strstr(text, "  image:");
    memmove(graph + strlen(GRADE), graph, strlen(graph) + 1);
    memcpy(graph, GRADE, strlen(GRADE));
    REQUIRE_OK(train(text, NULL, 1, path));
    REQUIRE_OK(cgm_run_open(path, NULL, &run));
    REQUIRE_OK(cgm_run_load_data(run));
    cgm_predictor *p = cgm_run_predictor(run, "grade");
    for (size_t i = 0; i < ALL_ROWS; i++) rows[i] = i;
    REQUIRE_OK(cgm_dataset_read(cgm_run_data(run), "image", ALL_ROWS, rows, images));
    REQUIRE_OK(cgm_predictor_read(p, 1, ALL_ROWS, images, NULL, read));
    const double *grade = cgm_dataset_column(cgm_run_data(run), "grade");
    for (size_t i = 0; i < ALL_ROWS; i++) apart[(size_t)fabs(read[i] - grade[i])]++;
    REQUIRE_OK(cgm_predictor_evaluate(run, p, &(cgm_row_choice){.split = CGM_TRAIN}, &s));
    CU_ASSERT_EQUAL(s.n, ALL_ROWS);
    CHECK_NEAR(s.accuracy, (double)apart[0] / ALL_ROWS, 1e-15);
    CHECK_NEAR(s.mae, (double)(apart[1] + 2 * apart[2]) / ALL_ROWS, 1e-15);
    CU_ASSERT(s.mae > 0 && s.auc > 0 && s.macro_f1 >= 0 && isnan(s.r_squared));
    cgm_predictor_score_clear(&s);
    cgm_run_destroy(run);
}

/* The statistics that go with the averaged parameters are those that the rows have under them. */
static void running_statistics_are_the_rows(void)
{
    cgm_run *run = NULL;
    REQUIRE_OK(cgm_run_open(whole(), NULL, &run));
    cgm_predictor *p = cgm_run_predictor(run, "bright");
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    const cgm_rows_seen seen = cgm_predictor_rows(p);
    size_t fitted = seen.fitted, width = cgm_predictor_width(p);
    CU_ASSERT(seen.first == 0 && fitted == 180 && seen.validated == 20);
    REQUIRE_OK(cgm_run_load_data(run));
    const cgm_dataset *data = cgm_run_data(run);
    size_t pixels = cgm_variable_width(cgm_predictor_image(p)), rows[180];
    double *images = calloc(fitted * pixels, sizeof *images), *features = calloc(fitted * width, sizeof *features);
    const double *given[] = {cgm_dataset_column(data, "digit"), cgm_dataset_column(data, "thickness")};
    for (size_t i = 0; i < fitted; i++) rows[i] = i;
    REQUIRE_OK(cgm_dataset_read(data, "image", fitted, rows, images));
    REQUIRE_OK(cgm_predictor_features(p, 2, fitted, images, given, features));
    /* Each feature is leaky ReLU of a normalised number times a weight plus a bias: undone, it has mean 0 and variance
     * 1 up to the batches that the statistics are of. */
    const cgm_real *weight = cgm_params_ema(p->params) + view_of(p, "network.norm.weight")->offset;
    const cgm_real *bias = cgm_params_ema(p->params) + view_of(p, "network.norm.bias")->offset;
    for (size_t k = 0; k < width; k++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < fitted; i++) {
            double y = features[i * width + k], z = ((y < 0 ? y / 0.01 : y) - (double)bias[k]) / (double)weight[k];
            sum += z / (double)fitted;
            squares += z * z / (double)fitted;
        }
        CHECK_NEAR(sum, 0, 0.15);
        CHECK_NEAR(squares - sum * sum, 1, 0.3);
    }
    free(images);
    free(features);
    cgm_run_destroy(run);
}

/* What a file of before predictors were calibrated has is the law as it was. */
static void check_uncalibrated(const char *path)
{
    cgm_run *run = NULL;
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    CU_ASSERT(file >= 0 && H5Ldelete(file, "/predictors/bright/temperature", H5P_DEFAULT) >= 0 &&
              H5Ldelete(file, "/predictors/bright/offset", H5P_DEFAULT) >= 0);
    H5Fclose(file);
    REQUIRE_OK(cgm_run_open(path, NULL, &run));
    CU_ASSERT(cgm_run_predictor(run, "bright")->temperature == 1 && cgm_run_predictor(run, "bright")->offset == 0);
    CU_ASSERT(cgm_run_predictor(run, "digit")->temperature != 1);
    cgm_run_destroy(run);
}

/* What is asked of a calibrated law, of what training made of it. */
static void calibrate_by_hand(const cgm_predictor *p, predictor_readings *r)
{
    size_t outputs = cgm_predictor_outputs(p);
    double temperature = 1, offset = 0;
    bool levels = cgm_variable_has_levels(p->attribute);
    if (levels) REQUIRE_OK(cgm_temperature_of_levels(r->n, (int)outputs, r->law, r->truth, &temperature));
    if (!levels) cgm_calibrate_normals(r->n, r->law, r->truth, &offset, &temperature);
    CU_ASSERT(fabs(temperature - 1) > 1e-3);
    for (size_t i = 0; i < r->n; i++) {
        double sum = 0, *law = r->law + i * outputs;
        if (levels) {
            for (size_t k = 0; k < outputs; k++) sum += law[k] = pow(law[k], 1 / temperature);
            for (size_t k = 0; k < outputs; k++) law[k] /= sum;
        } else {
            law[0] += offset;
            law[1] *= temperature;
        }
    }
}

/* Its law is as sure as the rows ask for that it was stopped by. */
static void calibrated_by_the_rows_that_stop_it(void)
{
    cgm_run *run = NULL;
    const char *path = test_path("uncalibrated.h5");
    REQUIRE_OK(cgm_run_open(whole(), NULL, &run));
    REQUIRE_OK(cgm_run_load_data(run));
    size_t rows[20];
    for (size_t i = 0; i < 20; i++) rows[i] = 180 + i;
    for (size_t k = 0; k < 2; k++) {
        cgm_predictor *p = cgm_run_predictor_at(run, k);
        predictor_readings got = {.n = 0}, plain = {.n = 0};
        REQUIRE_OK(cgm_predictor_read_rows(p, cgm_run_data(run), 1, 20, rows, &got));
        cgm_predictor_uncalibrate(p);
        REQUIRE_OK(cgm_predictor_read_rows(p, cgm_run_data(run), 2, 20, rows, &plain));
        for (size_t i = 0; k == 0 && i < 20; i++) CU_ASSERT_EQUAL(got.value[i], plain.value[i]);
        calibrate_by_hand(p, &plain);
        for (size_t i = 0; i < 20 * cgm_predictor_outputs(p); i++)
            CHECK_NEAR(got.law[i], plain.law[i], TOLERANCE * fabs(plain.law[i]));
        cgm_arena_clear(&got.arena);
        cgm_arena_clear(&plain.arena);
    }
    cgm_run_destroy(run);
    copy_file(whole(), path, -1);
    check_uncalibrated(path);
}

static void learns_and_is_evaluated(void)
{
    cgm_run *run = NULL;
    cgm_predictor_score score[2] = {0};
    REQUIRE_OK(cgm_run_open(whole(), NULL, &run));
    CU_ASSERT_EQUAL_FATAL(cgm_run_predictors(run), 2);
    cgm_predictor *p[] = {cgm_run_predictor(run, "digit"), cgm_run_predictor_at(run, 1)};
    for (size_t i = 0; i < 2; i++)
        REQUIRE_OK(cgm_predictor_evaluate(run, p[i], &(cgm_row_choice){.split = CGM_TEST}, &score[i]));
    CU_ASSERT(score[0].n == 60 && isnan(score[0].mae) && isnan(score[0].r_squared) && score[0].confusion);
    size_t all = 0, right = 0;
    for (size_t k = 0; k < 100; k++) {
        all += score[0].confusion[k];
        right += k / 10 == k % 10 ? score[0].confusion[k] : 0;
    }
    CU_ASSERT_EQUAL(all, 60);
    CHECK_NEAR(score[0].accuracy, (double)right / 60, 1e-15);
    CU_ASSERT(isnan(score[1].accuracy) && !score[1].confusion && score[1].mae > 0);
    CU_ASSERT(score[1].r_squared > 0.6);
    CU_ASSERT(score[1].calibration_error >= 0 && score[1].calibration_error < 0.3);
    /* The picture, of both. */
    const char *png = test_path("reliability.png");
    REQUIRE_OK(cgm_predictor_draw_reliability(png, 2, p, score));
    FILE *f = fopen(png, "rb");
    char head[4] = "";
    CU_ASSERT(f && fread(head, 1, 4, f) == 4 && memcmp(head, "\x89PNG", 4) == 0);
    if (f) fclose(f);
    CHECK_FAILS(cgm_reliability_write(png, 0, NULL), CGM_E_ARG, "no reliability diagram");
    for (size_t i = 0; i < 2; i++) cgm_predictor_score_clear(&score[i]);
    cgm_run_destroy(run);
}

/* Where a gain spreads the images that it learns from, running statistics of these serve those as they are, too (R^2
 * 0.98); of the latter they do not (0.78). */
static void statistics_are_of_what_training_sees(void)
{
    cgm_run *run = NULL;
    cgm_predictor_score score = {0};
    const char *path = test_path("gain.h5");
    REQUIRE_OK(train(
        DATA "graph:\n  intensity: {type: continuous, range: [64, 255], describes: amplitude}\n"
             "  image: {type: image, parents: [intensity], mechanism: {kind: autoencoder, network: dense, latent: 2, "
             "widths: [8]}}\n"
             "train: {epochs: 1, batch: 50, seed: 5}\n"
             "predictors:\n  i: {from: image, of: intensity, width: 4, epochs: 25, batch: 20, rate: 0.01, "
             "augment: {gain: [0.2, 4]}, seed: 3, validation: 0}\n",
        NULL, 1, path));
    REQUIRE_OK(cgm_run_open(path, NULL, &run));
    REQUIRE_OK(cgm_predictor_evaluate(run, cgm_run_predictor(run, "i"), &(cgm_row_choice){.split = CGM_TEST}, &score));
    CU_ASSERT(score.r_squared > 0.9);
    cgm_predictor_score_clear(&score);
    cgm_run_destroy(run);
}

/* ---- Judging ---- */

static double figure_of(const cgm_answer *answer, const char *of, const char *name)
{
    const cgm_figure *figure;
    size_t n = cgm_answer_figures(answer, &figure);
    for (size_t i = 0; i < n; i++)
        if (strcmp(figure[i].of, of) == 0 && strcmp(figure[i].name, name) == 0) return figure[i].value;
    return NAN;
}

/* What judges said, worked out from the worlds of the answer. */
typedef struct seen {
    cgm_predictor *digit, *bright;
    double right, error;
    size_t n;
} seen;

static cgm_status see(void *context, const cgm_answer *answer)
{
    seen *s = context;
    const cgm_world *world = cgm_answer_world(answer, 0);
    double read[64];
    const double *digit = world->value[0].data, *thickness = world->value[1].data, *intensity = world->value[2].data;
    const double *given[] = {digit, thickness}, *images = world->value[world->n_nodes - 1].data;
    CGM_TRY(cgm_predictor_read(s->digit, 1, world->n, images, NULL, read));
    for (size_t i = 0; i < world->n; i++) s->right += read[i] == digit[i];
    CGM_TRY(cgm_predictor_read(s->bright, 1, world->n, images, given, read));
    for (size_t i = 0; i < world->n; i++) s->error += fabs(read[i] - intensity[i]);
    s->n += world->n;
    return CGM_OK;
}

static void judges_of_counterfactuals(void)
{
    static const char *const judges[] = {"digit", "bright"}, *const texts[] = {"digit=7"};
    const cgm_do what = {1, texts};
    cgm_run *run = NULL;
    cgm_answer *answer = NULL;
    cgm_query query;
    cgm_predictor_score score[2] = {0};
    REQUIRE_OK(cgm_run_open(whole(), NULL, &run));
    seen s = {.digit = cgm_run_predictor(run, "digit"), .bright = cgm_run_predictor(run, "bright")};
    cgm_query_init(&query, CGM_COUNTERFACTUAL);
    query.n_dos = 1;
    query.dos = &what;
    query.n = 60;
    query.batch = 16;
    query.n_judges = 2;
    query.judges = judges;
    query.visit = see;
    query.context = &s;
    query.out = test_path("judged.h5");
    REQUIRE_OK(cgm_run_answer(run, &query, &answer));
    CU_ASSERT_EQUAL(s.n, 60);
    CHECK_NEAR(figure_of(answer, "do(digit = 7)", "digit judged accuracy"), s.right / 60, 1e-12);
    CHECK_NEAR(figure_of(answer, "do(digit = 7)", "bright judged error"), s.error / 60, 1e-9);
    /* The factual rows are the test split, on which they are evaluated. */
    for (size_t i = 0; i < 2; i++)
        REQUIRE_OK(
            cgm_predictor_evaluate(run, i ? s.bright : s.digit, &(cgm_row_choice){.split = CGM_TEST}, &score[i]));
    CHECK_NEAR(figure_of(answer, "factual images", "digit judged accuracy"), score[0].accuracy, 1e-12);
    CHECK_NEAR(figure_of(answer, "factual images", "bright judged error"), score[1].mae, 1e-2);
    cgm_answer_destroy(answer);
    cgm_file *file = NULL;
    double stored = NAN;
    REQUIRE_OK(cgm_file_open(query.out, &file));
    CHECK_OK(cgm_file_get_number(file, "/", "factual images digit judged accuracy", &stored));
    CHECK_NEAR(stored, score[0].accuracy, 1e-12);
    CHECK_OK(cgm_file_get_number(file, "/", "bright judged error", &stored));
    cgm_file_close(file);
    for (size_t i = 0; i < 2; i++) cgm_predictor_score_clear(&score[i]);
    cgm_run_destroy(run);
}

static void refuses_bad_judges(void)
{
    static const char *const wrong[] = {"colour"}, *const texts[] = {"digit=7"};
    const cgm_do what = {1, texts};
    cgm_run *run = NULL;
    cgm_query query;
    REQUIRE_OK(cgm_run_open(whole(), NULL, &run));
    cgm_query_init(&query, CGM_COUNTERFACTUAL);
    query.n_dos = 1;
    query.dos = &what;
    query.n_judges = 1;
    query.judges = wrong;
    CHECK_FAILS(cgm_run_check_query(run, &query), CGM_E_ARG, "there is no predictor \"colour\"");
    cgm_query_init(&query, CGM_SAMPLE);
    query.n_judges = 1;
    query.judges = wrong;
    CHECK_FAILS(cgm_run_check_query(run, &query), CGM_E_ARG, "judge: expected a counterfactual");
    cgm_run_destroy(run);
    model t;
    REQUIRE_OK(try_make(DATA MODEL, NULL, 1, &t));
    query.kind = CGM_COUNTERFACTUAL;
    query.n_dos = 1;
    query.dos = &what;
    CHECK_FAILS(cgm_run_check_query(t.run, &query), CGM_E_ARG, "the run has no predictors");
    destroy(&t);
}

/* ---- What is refused ---- */

static void refuses_bad_configs(void)
{
    static const struct {
        const char *predictors, *message;
    } bad[] = {
        {"[digit]", "predictors: expected a map"},
        {"{digit: {}}", "predictors.digit: missing key \"from\""},
        {"{digit: {from: picture}}", "predictors.digit.from: there is no variable 'picture'"},
        {"{digit: {from: thickness}}", "predictors.digit.from: 'thickness' is a scalar; expected an image"},
        {"{colour: {from: image}}", "predictors.colour: there is no variable 'colour'"},
        {"{judge: {from: image, of: digits}}", "did you mean 'digit'"},
        {"{image: {from: image}}", "predictors.image: 'image' is the image that it reads"},
        {"{digit: {from: image, given: [digit]}}", "predictors.digit.given: 'digit' is what it predicts"},
        {"{digit: {from: image, given: [image]}}", "predictors.digit.given: 'image' is an image"},
        {"{digit: {from: image, given: [intensity, intensity]}}", "'intensity' is there twice"},
        {"{digit: {from: image}, digit: {from: image}}", "digit"},
        {"{digit: {from: image, network: residul}}", "did you mean \"residual\""},
        {"{digit: {from: image, epoch: 3}}", "did you mean \"epochs\""},
        {"{'a b': {from: image, of: digit}}", "'a b' is not a name"},
        {"{digit: {from: image, validation: 0, patience: 2}}", "nothing to judge by where validation is 0"},
        {"{digit: {from: image, augment: {crops: 2}}}", "predictors.digit.augment.crops: unknown key"},
        {"{digit: {from: image, batch: 1}}", "predictors.digit.batch"},
        {"{digit: {from: image, rows: half}}", "predictors.digit.rows"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[2048];
        model t;
        snprintf(text, sizeof text, DATA MODEL "predictors: %s\n", bad[i].predictors);
        CHECK_FAILS(try_make(text, NULL, 1, &t), CGM_E_CONFIG, bad[i].message);
        CU_ASSERT(strncmp(cgm_error_message(), "test.yaml:", 10) == 0);
        destroy(&t);
    }
}

/* Augmentation may not change what is read off an image, nor what is seen beside it. */
static void refuses_augmentation_of_what_it_reads(void)
{
    static const char *const maps[] = {"{from: image, augment: {flip: true}}",
                                       "{from: image, of: other, given: [side], augment: {flip: true}}"};
    for (size_t i = 0; i < 2; i++) {
        char text[1024];
        cgm_config *config = NULL;
        cgm_scm *scm = NULL;
        cgm_predictor *p = NULL;
        snprintf(text, sizeof text,
                 "graph: {side: {type: binary, describes: handedness}, other: {type: continuous}, image: {type: image, "
                 "channels: 1, height: 8, width: 8, parents: [other]}}\npredictor: %s\n",
                 maps[i]);
        REQUIRE_OK(cgm_config_parse(text, "test.yaml", &config));
        REQUIRE_OK(cgm_scm_from_config(cgm_yaml_get(cgm_config_root(config), "graph"), NULL, &scm));
        CHECK_FAILS(cgm_predictor_create("side", cgm_yaml_get(cgm_config_root(config), "predictor"), scm, 1, &p),
                    CGM_E_CONFIG, "test.yaml:2: predictors.side.augment.flip: flip changes the handedness");
        cgm_scm_destroy(scm);
        cgm_config_destroy(config);
    }
}

static const test_case cases[] = {
    {"agrees with PyTorch", agrees_with_pytorch},
    {"laws are calibrated", laws_are_calibrated},
    {"laws hold far out", laws_hold_far_out},
    {"threads and stops make no difference", threads_and_stops_make_no_difference},
    {"predictors may come later", predictors_may_come_later},
    {"minutes of its own", minutes_of_its_own},
    {"half of the rows is all that it sees", half_of_the_rows_is_all_that_it_sees},
    {"ordinal attributes are scored", ordinal_attributes_are_scored},
    {"running statistics are the rows'", running_statistics_are_the_rows},
    {"calibrated by the rows that stop it", calibrated_by_the_rows_that_stop_it},
    {"learns and is evaluated", learns_and_is_evaluated},
    {"statistics are of what training sees", statistics_are_of_what_training_sees},
    {"judges of counterfactuals", judges_of_counterfactuals},
    {"refuses bad judges", refuses_bad_judges},
    {"refuses bad configs", refuses_bad_configs},
    {"refuses augmentation of what it reads", refuses_augmentation_of_what_it_reads},
};
TEST_MAIN("predictors", cases)
