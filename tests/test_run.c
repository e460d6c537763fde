/* Runs and queries: training, stopping at any step, resuming to the same bits, run files, answers. */
#include "tests/train_toys.h"

#include <hdf5.h>
#include <sys/wait.h>

#include "metrics/kolmogorov.h"
#include "metrics/measure.h"
#include "scm/answers/query.h"
#include "scm/runs/film.h"

#define SCALARS                                                                                                        \
    "data: {make: strokes, n: 160, seed: 3, test: 60, pad: 2}\n"                                                       \
    "graph:\n"                                                                                                         \
    "  digit: {type: categorical, levels: 10}\n"                                                                       \
    "  thickness: {type: continuous, range: [0.5, 8]}\n"                                                               \
    "  intensity: {type: continuous, range: [64, 255], parents: [thickness]}\n"
#define IMAGE                                                                                                          \
    "  image: {type: image, parents: [thickness, intensity, digit], mechanism: {kind: cvae, latent: 4, width: 8, "     \
    "hidden: 16}}\n"
#define TRAIN "train: {epochs: 2, batch: 32, seed: 5, warmup: 2, checkpoint: 2}\n"
/* With all that an image model's training can do. */
#define FULL_TRAIN                                                                                                     \
    "train: {epochs: 3, batch: 8, accumulate: 2, seed: 5, warmup: 2, checkpoint: 2, crop: 3, flip: true, "             \
    "free_bits: 0.1, beta_start: 2, beta_warmup: 1, validation: 0.2, patience: 1, skip_norm: 2.2e4, max_skips: 1, "    \
    "film: 2}\n"

/* The whole model, image included. */
static const char *whole(void)
{
    return SCALARS IMAGE FULL_TRAIN;
}

/* The whole without a stop, with which later cases compare. */
static const char *reference(int *steps)
{
    static trained_once run;
    train_once(&run, "reference.h5", whole());
    if (steps) *steps = run.steps;
    return run.path;
}

static void trains_and_opens(void)
{
    cgm_run *run;
    cgm_run_facts facts;
    cgm_run_progress progress;
    size_t steps;
    cgm_run_opts opts = {.threads = 1};
    REQUIRE_OK(cgm_run_open(reference(NULL), &opts, &run));
    CU_ASSERT(cgm_run_is_finished(run));
    cgm_run_get_facts(run, &facts);
    CU_ASSERT(strlen(facts.data_sha256) == 64);
    CU_ASSERT(facts.created[0] && facts.finished[0] && facts.versions[0]);
    int image = cgm_scm_find(cgm_run_scm(run), "image");
    CU_ASSERT_FATAL(image >= 0);
    cgm_run_get_progress(run, (size_t)image, &progress);
    CU_ASSERT(progress.finished);
    CU_ASSERT_EQUAL(progress.steps, 3 * (80 / 16));
    CU_ASSERT_FATAL(progress.n_metrics > 0);
    const double *values = cgm_run_metric(run, (size_t)image, progress.metrics[0].name, &steps);
    CU_ASSERT_PTR_NOT_NULL_FATAL(values);
    CU_ASSERT_EQUAL(steps, progress.steps);
    CHECK_NEAR(values[steps - 1], progress.metrics[0].value, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(cgm_run_config_text(run), "clip_value"));
    cgm_run_destroy(run);
}

/* Stopping cleanly during any step and going on makes the same file. */
static void stop_and_resume(void)
{
    int steps;
    const char *whole_path = reference(&steps);
    char path[256];
    CU_ASSERT(steps >= 8);
    for (int at = 1; at < steps; at += at < 3 ? 1 : 2) {
        stopper s = {.at = at};
        snprintf(path, sizeof path, "%s/stop-%d.h5", test_directory(), at);
        cgm_status status = train(whole(), &s, 1, path);
        /* A step that ends a mechanism is followed by the next one's first. */
        CU_ASSERT(status == CGM_E_INTERRUPTED || s.steps == steps);
        CHECK_OK(train(whole(), NULL, 1, path));
        tally t = compare(whole_path, path);
        CU_ASSERT(t.n > 10);
        CU_ASSERT_EQUAL(t.different, 0);
        unlink(path);
    }
}

/* So does dying without a word. */
static void kill_and_resume(void)
{
    int steps;
    const char *whole_path = reference(&steps);
    char path[256];
    for (int at = 4; at < steps; at += 3) {
        snprintf(path, sizeof path, "%s/kill-%d.h5", test_directory(), at);
        pid_t child = fork();
        CU_ASSERT_FATAL(child >= 0);
        if (child == 0) {
            stopper s = {.at = at, .die = true};
            (void)!train(whole(), &s, 1, path);
            _exit(0);
        }
        int how;
        waitpid(child, &how, 0);
        CU_ASSERT(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
        CHECK_OK(train(whole(), NULL, 1, path));
        CU_ASSERT_EQUAL(compare(whole_path, path).different, 0);
    }
}

/* A figure of /proc/self/status in bytes, "VmRSS:". */
static double memory_now(const char *key)
{
    char text[256];
    double kib = NAN;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(text, sizeof text, f))
        if (strncmp(text, key, strlen(key)) == 0) kib = strtod(text + strlen(key), NULL);
    if (f) fclose(f);
    return 1024 * kib;
}

/* The growth from before compiling to the peak of a few steps is within 10 % or 8 MB of what was said beforehand. */
static bool grows_as_planned(void)
{
    model m;
    size_t planned;
    int which;
    stopper s = {.at = 3 + 3};
    if (try_make("data: {make: strokes, n: 400, seed: 3, pad: 2}\n"
                 "graph:\n"
                 "  digit: {type: categorical, levels: 10}\n"
                 "  thickness: {type: continuous, range: [0.5, 8]}\n"
                 "  intensity: {type: continuous, range: [64, 255], parents: [thickness]}\n"
                 "  image: {type: image, parents: [thickness, intensity, digit], mechanism: cvae}\n"
                 "train: {epochs: 2, batch: 128}\n",
                 &s, 1, &m) != CGM_OK)
        return false;
    double before = memory_now("VmRSS:");
    if (cgm_run_plan(m.run, &planned, &which) != CGM_OK) return false;
    if (cgm_run_train(m.run, test_path("memory.h5")) != CGM_E_INTERRUPTED) return false;
    double growth = memory_now("VmHWM:") - before, error = fabs(growth - (double)planned);
    bool right = error <= 8e6 || error <= 0.1 * (double)planned;
    if (!right) fprintf(stderr, "planned %.1f MB, grew by %.1f MB\n", (double)planned / 1e6, growth / 1e6);
    return right;
}

static void memory_is_as_planned(void)
{
#ifdef __SANITIZE_ADDRESS__
    const bool measurable = false; /* the sanitizer keeps what is freed */
#else
    const bool measurable = true;
#endif
    int how;
    if (!measurable) return;
    pid_t child = fork();
    CU_ASSERT_FATAL(child >= 0);
    if (child == 0) _exit(grows_as_planned() ? 0 : 1);
    waitpid(child, &how, 0);
    CU_ASSERT(WIFEXITED(how) && WEXITSTATUS(how) == 0);
}

/* The files can differ: otherwise the cases above would prove nothing. */
static void another_seed_differs(void)
{
    const char *path = test_path("seed.h5");
    REQUIRE_OK(
        train(SCALARS IMAGE "train: {epochs: 2, batch: 32, seed: 6, warmup: 2, checkpoint: 2}\n", NULL, 1, path));
    FILE *keep = stderr;
    stderr = fopen("/dev/null", "w");
    tally t = compare(reference(NULL), path);
    fclose(stderr);
    stderr = keep;
    CU_ASSERT(t.different > 0);
}

/* Where no step can be made, training fails, and what was last written is a run that one can go on with. */
static void diverging_leaves_the_checkpoint(void)
{
    static const char *const text =
        SCALARS IMAGE "train: {epochs: 9, batch: 32, seed: 5, checkpoint: 3, skip_norm: 1e-3, max_skips: 2}\n";
    const char *path = test_path("diverged.h5");
    cgm_run *run;
    cgm_run_progress progress;
    for (int again = 0; again <= 1; again++) {
        CHECK_FAILS(train(text, NULL, 1, path), CGM_E_NUMERIC,
                    "image (cvae): step 8, after the rate was halved 3 times, last from step 0 on: 2 steps in a row");
        REQUIRE_OK(cgm_run_open(path, &(cgm_run_opts){.threads = 1}, &run));
        cgm_run_get_progress(run, (size_t)cgm_scm_find(cgm_run_scm(run), "image"), &progress);
        CU_ASSERT(!cgm_run_is_finished(run) && progress.steps == 6);
        cgm_run_destroy(run);
    }
}

static void resume_refuses_another_config(void)
{
    const char *path = test_path("other.h5");
    REQUIRE_OK(train(SCALARS TRAIN, NULL, 1, path));
    CHECK_FAILS(train(SCALARS "train: {epochs: 3, batch: 32, seed: 5, warmup: 2, checkpoint: 2}\n", NULL, 1, path),
                CGM_E_CONFIG, "train.epochs is 2");
    CHECK_FAILS(train(SCALARS IMAGE TRAIN, NULL, 1, path), CGM_E_CONFIG, "graph.image is absent");
    /* Writing a number otherwise or a default out changes nothing. */
    CHECK_OK(train(SCALARS "train: {epochs: 2, batch: 32, seed: 5, warmup: 2, checkpoint: 2, ema: 0.9990}\n", NULL, 1,
                   path));
}

/* Takes a key of a section, and what is below it, out of a config as cgm writes it. */
static bool cut_key(char *config, const char *key)
{
    char begin[40];
    snprintf(begin, sizeof begin, "\n  %s:", key);
    char *from = strstr(config, begin), *to = from ? from + 1 : NULL;
    while (to && (to = strchr(to, '\n')) && strncmp(to, "\n   ", 4) == 0) to++;
    if (to) memmove(from, to, strlen(to) + 1);
    return to != NULL;
}

/* A run of an earlier version, whose config lacks the keys that are newer, goes on under their defaults. */
static void resumes_runs_of_fewer_keys(void)
{
    static const char *const newer[] = {"clip_value"};
    const char *path = test_path("older.h5");
    stopper s = {.at = 2};
    CHECK_FAILS(train(whole(), &s, 1, path), CGM_E_INTERRUPTED, "--resume");
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t attribute = H5Aopen(file, "config", H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute);
    char *text = NULL;
    CU_ASSERT_FATAL(H5Tis_variable_str(type) > 0 && H5Aread(attribute, type, &text) >= 0);
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++) CU_ASSERT(cut_key(text, newer[i]));
    CU_ASSERT(H5Awrite(attribute, type, &text) >= 0);
    H5free_memory(text);
    H5Tclose(type);
    H5Aclose(attribute);
    H5Fclose(file);
    CHECK_OK(train(whole(), NULL, 1, path));
    CU_ASSERT_EQUAL(compare(reference(NULL), path).different, 0);
}

static void again_is_identical(void)
{
    tally t = {0};
    cgm_run_opts opts = {.threads = 2};
    CHECK_OK(cgm_run_again(reference(NULL), test_path("again.h5"), &opts, count_different, &t));
    CU_ASSERT(t.n > 10);
    CU_ASSERT_EQUAL(t.different, 0);
}

/* With a time limit the recorded number of steps is made again. */
static void again_after_time_limit(void)
{
    tally t = {0};
    cgm_run_opts opts = {.threads = 1};
    cgm_run *run;
    cgm_run_progress progress;
    const char *path = test_path("clock.h5");
    REQUIRE_OK(train(SCALARS IMAGE "train: {epochs: 100000, batch: 32, minutes: 0.004}\n", NULL, 1, path));
    REQUIRE_OK(cgm_run_open(path, &opts, &run));
    cgm_run_get_progress(run, (size_t)cgm_scm_find(cgm_run_scm(run), "image"), &progress);
    CU_ASSERT(progress.finished && progress.done < progress.total);
    cgm_run_destroy(run);
    CHECK_OK(cgm_run_again(path, test_path("clock-again.h5"), &opts, count_different, &t));
    CU_ASSERT_EQUAL(t.different, 0);
}

static void refuses_damaged_files(void)
{
    cgm_run *run = NULL;
    cgm_run_opts opts = {.threads = 1};
    const char *path = test_path("damaged.h5");
    CHECK_FAILS(cgm_run_open(test_path("missing.h5"), &opts, &run), CGM_E_ARG, "missing.h5");
    for (long keep = 0; keep < 5000; keep = 3 * keep + 1) {
        copy_file(reference(NULL), path, keep);
        CHECK_FAILS(cgm_run_open(path, &opts, &run), CGM_E_FORMAT, "damaged.h5");
    }
    cgm_file *other;
    REQUIRE_OK(cgm_file_create(path, &other));
    REQUIRE_OK(cgm_file_commit(other));
    CHECK_FAILS(cgm_run_open(path, &opts, &run), CGM_E_FORMAT, "not a run file");
    static const char *const parts[] = {"/mechanism/intensity", "/mechanism/image", "/metrics/image"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        copy_file(reference(NULL), path, -1);
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        CU_ASSERT_FATAL(file >= 0);
        CU_ASSERT(H5Ldelete(file, parts[i], H5P_DEFAULT) >= 0);
        H5Fclose(file);
        cgm_status status = cgm_run_open(path, &opts, &run);
        /* Metrics are a record only: without them the model still answers. */
        if (i == 2) {
            CHECK_OK(status);
            cgm_run_destroy(run);
            run = NULL;
        } else {
            CHECK_FAILS(status, CGM_E_FORMAT, parts[i]);
        }
    }
    CU_ASSERT_PTR_NULL(run);
}

static void refuses_other_data(void)
{
    cgm_run *run = NULL;
    cgm_run_opts opts = {.threads = 1};
    const char *path = test_path("other-data.h5");
    copy_file(reference(NULL), path, -1);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t attribute = H5Aopen(file, "data_sha256", H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute);
    if (H5Tis_variable_str(type) > 0) {
        const char *text = "0123";
        CU_ASSERT(H5Awrite(attribute, type, &text) >= 0);
    } else {
        char text[128] = "0123";
        CU_ASSERT(H5Awrite(attribute, type, text) >= 0);
    }
    H5Tclose(type);
    H5Aclose(attribute);
    H5Fclose(file);
    REQUIRE_OK(cgm_run_open(path, &opts, &run));
    CHECK_FAILS(cgm_run_load_data(run), CGM_E_FORMAT, "trained on data with SHA-256 0123");
    cgm_run_destroy(run);
}

static void refuses_bad_configs(void)
{
    model m;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {SCALARS "tran: {epochs: 2}\n", "train"},
        {SCALARS "train: {epoch: 2}\n", "epochs"},
        {SCALARS "train: {epochs: 0}\n", "test.yaml:6"},
        {SCALARS "train: {rate: fast}\n", "rate"},
        {SCALARS "train: {validation: 1}\n", "test.yaml:6: train.validation: expected a number from 0 to 0.9, got 1"},
        {SCALARS "train: {patience: -1}\n", "test.yaml:6: train.patience: expected a whole number from 0"},
        {SCALARS "train:\n  validation: 0\n  patience: 3\n", "test.yaml:8: train.patience: nothing to judge by"},
        {SCALARS "train: {skip_norm: -2}\n", "test.yaml:6: train.skip_norm: expected a number from 0"},
        {SCALARS "train: {max_skips: 0}\n", "test.yaml:6: train.max_skips: expected a whole number from 1"},
        {SCALARS "train: {accumulate: 0}\n", "test.yaml:6: train.accumulate: expected a whole number from 1"},
        {SCALARS "train: {flip: 2}\n", "test.yaml:6: train.flip"},
        {SCALARS "train: {free_bits: -1}\n", "test.yaml:6: train.free_bits: expected a number from 0"},
        {SCALARS "queries: {sample: {n: 3}}\n", "expected a list"},
        {"graph: {a: {type: continuous}}\n", "data"},
        {"data: {make: strokes, n: 10, seed: 1}\n", "graph"},
        {"data: {path: /nonexistent/x.h5}\ngraph: {a: {type: continuous}}\n", "/nonexistent/x.h5"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cgm_status status = try_make(bad[i].text, NULL, 1, &m);
        CU_ASSERT(cgm_status_is_user(status));
        CHECK_FAILS(status, status, bad[i].says);
        CU_ASSERT_PTR_NULL(m.run);
        destroy(&m);
    }
}

/* Reads queries from YAML, and the n-th of them into *out. */
static cgm_status read_query(const char *text, cgm_config **config, cgm_arena *arena, cgm_query *out)
{
    CGM_TRY(cgm_config_parse(text, "q.yaml", config));
    return cgm_query_read(cgm_yaml_at(cgm_config_root(*config), 0), arena, out);
}

static void refuses_bad_queries(void)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"[{counterfactul: {do: {thickness: 3}}}]", "did you mean \"counterfactual\""},
        {"[{counterfactual: {n: 3}}]", "missing key \"do\""},
        {"[{counterfactual: {do: {thickness: 3}, m: 3}}]", "m"},
        {"[{counterfactual: {do: []}}]", "do"},
        {"[{counterfactual: {do: {thickness: [1]}}}]", "thickness"},
        {"[{counterfactual: {do: {thickness: 3}, rows: [a]}}]", "row numbers"},
        {"[{counterfactual: {do: {thickness: 99}}}]", "thickness"},
        {"[{counterfactual: {do: {thicknes: 3}}}]", "thickness"},
        {"[{counterfactual: {do: {image: 3}}}]", "image"},
        {"[{counterfactual: {do: {digit: 3.5}}}]", "digit"},
        {"[{counterfactual: {do: {thickness: +*2}}}]", "do(thickness=+*2): column 12: expected a number"},
        {"[{counterfactual: {do: {thickness: +=x}}}]", "column 13: there is no variable 'x'"},
        {"[{counterfactual: {do: thickness+2}}]", "do(thickness+2): column 11: expected '='"},
        {"[{counterfactual: {do: [thickness=3, [1]]}}]",
         "expected a map of interventions, {thickness: 3.5}, or a text"},
        {"[{counterfactual: {do: 'thickness=3, thickness+=1'}}]", "two interventions on 'thickness'"},
        {"[{counterfactual: {do: {image: permuted}}}]", "image"},
        {"[{counterfactual: {do: {thickness: 3}, n: 61}}]", "60 test rows"},
        {"[{counterfactual: {do: {thickness: 3}, rows: [60]}}]", "60 test rows"},
        {"[{counterfactual: {do: {thickness: 3}, measure: colour}}]", "colour"},
        {"[{sample: {do: [{thickness: 3}, {thickness: 4}]}}]", "one map"},
    };
    cgm_run *run;
    cgm_run_opts opts = {.threads = 1};
    REQUIRE_OK(cgm_run_open(reference(NULL), &opts, &run));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cgm_query query;
        cgm_config *config = NULL;
        cgm_arena arena = {0};
        cgm_status status = read_query(bad[i].text, &config, &arena, &query);
        if (status == CGM_OK) status = cgm_run_check_query(run, &query);
        CU_ASSERT(cgm_status_is_user(status));
        CHECK_FAILS(status, status, bad[i].says);
        cgm_config_destroy(config);
        cgm_arena_clear(&arena);
    }
    cgm_run_destroy(run);
}

static void read_column(cgm_file *file, const char *path, int64_t n, double *out)
{
    CHECK_OK(cgm_file_read(file, path, CGM_F64, CGM_SHAPE(n), out));
}

/* The distance that the file says, beside what its images have. */
static void check_distance(cgm_file *file)
{
    enum { N = 12, WIDTH = 32 * 32 };
    static float pixels[N * WIDTH];
    static double image[N * WIDTH], measured[2][N];
    static const char *const path[] = {"/1/counterfactual/image", "/1/truth/image"};
    double said;
    for (int k = 0; k < 2; k++) {
        REQUIRE_OK(cgm_file_read(file, path[k], CGM_F32, CGM_SHAPE(N, 1, 32, 32), pixels));
        for (size_t i = 0; i < (size_t)N * WIDTH; i++) image[i] = (double)pixels[i];
        REQUIRE_OK(cgm_measure_images(cgm_measure_find("intensity"), N, 32, 32, WIDTH, image, 1, measured[k]));
    }
    REQUIRE_OK(cgm_file_get_number(file, "/1", "intensity distance", &said));
    CHECK_NEAR(said, cgm_kolmogorov_distance(N, measured[0], N, measured[1]), 1e-12);
    CU_ASSERT(said > 0);
}

static void check_answer_file(const char *path, const cgm_run *run)
{
    enum { N = 12 };
    cgm_file *file;
    double index[N], thickness[N], intensity[N], permuted[N], noise[N], truth[N];
    cgm_dtype dtype;
    cgm_shape shape;
    const char *text;
    REQUIRE_OK(cgm_file_open(path, &file));
    read_column(file, "/index", N, index);
    CHECK_NEAR(index[0], 100, 0);
    read_column(file, "/factual/intensity", N, intensity);
    read_column(file, "/1/counterfactual/thickness", N, thickness);
    read_column(file, "/1/intervention/thickness", N, permuted);
    read_column(file, "/1/truth/intensity", N, truth);
    for (int i = 0; i < N; i++) {
        CHECK_NEAR(thickness[i], 3.5, 0);
        CHECK_NEAR(permuted[i], 3.5, 0);
        /* 64 + 191 sigmoid(2 (3.5 - 2.5) + 0.5 u), the data's own mechanism */
        CU_ASSERT(truth[i] > 150 && truth[i] < 255);
    }
    read_column(file, "/2/intervention/thickness", N, permuted);
    read_column(file, "/2/counterfactual/thickness", N, thickness);
    CU_ASSERT_PTR_NOT_NULL_FATAL(cgm_run_data(run));
    const double *column = cgm_dataset_column(cgm_run_data(run), "thickness");
    for (int i = 0; i < N; i++) {
        bool found = false;
        for (size_t k = 0; k < 100; k++) found = found || column[k] == permuted[i];
        CU_ASSERT(found);
        CHECK_NEAR(thickness[i], permuted[i], 0);
    }
    CU_ASSERT(permuted[0] != permuted[1]);
    read_column(file, "/noise/intensity", N, noise);
    CHECK_OK(cgm_file_info(file, "/2/counterfactual/image", &dtype, &shape));
    CU_ASSERT(dtype == CGM_F32 && cgm_shape_equal(shape, CGM_SHAPE(N, 1, 32, 32)));
    CHECK_OK(cgm_file_info(file, "/noise/image.z", &dtype, &shape));
    CU_ASSERT(cgm_shape_equal(shape, CGM_SHAPE(N, 4)));
    CHECK_OK(cgm_file_get_text(file, "/", "query", &text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "do(thickness = 3.5)"));
    CU_ASSERT(cgm_file_has_attribute(file, "/1", "ratio"));
    CU_ASSERT(cgm_file_has_attribute(file, "/", "reconstruction error"));
    CU_ASSERT(cgm_file_has_attribute(file, "/1", "intensity measured"));
    check_distance(file);
    cgm_file_close(file);
}

static void counterfactuals(void)
{
    cgm_run *run;
    cgm_run_opts opts = {.threads = 1};
    cgm_query query;
    cgm_config *config = NULL;
    cgm_arena arena = {0};
    cgm_answer *answer;
    const cgm_figure *figure;
    const char *path = test_path("cf.h5");
    REQUIRE_OK(cgm_run_open(reference(NULL), &opts, &run));
    REQUIRE_OK(read_query(
        "[{counterfactual: {do: [{thickness: 3.5}, {thickness: permuted, digit: 7}], n: 12, measure: intensity}}]",
        &config, &arena, &query));
    query.out = path;
    query.png = test_path("cf.png");
    query.latents = true;
    REQUIRE_OK(cgm_run_answer(run, &query, &answer));
    size_t n = cgm_answer_figures(answer, &figure);
    CU_ASSERT_EQUAL(n, 2 * 5 + 1);
    for (size_t i = 0; i < n; i++) CU_ASSERT(isfinite(figure[i].value) && figure[i].value >= 0);
    check_answer_file(path, run);
    cgm_answer_destroy(answer);
    cgm_arena_clear(&arena);
    cgm_config_destroy(config);
    cgm_run_destroy(run);
}

/* Texts, operators as values of a map, and lists of both; what is written of them. */
static void every_kind_of_do(void)
{
    enum { N = 12 };
    cgm_run *run;
    cgm_run_opts opts = {.threads = 1};
    cgm_query query;
    cgm_config *config = NULL;
    cgm_arena arena = {0};
    cgm_answer *answer;
    cgm_file *file;
    const char *text, *path = test_path("kinds.h5");
    double factual[N], set[N], after[N], digit[N];
    REQUIRE_OK(cgm_run_open(reference(NULL), &opts, &run));
    REQUIRE_OK(read_query(
        "[{counterfactual: {n: 12, do: [{thickness: +=0.25}, 'thickness = 3 if digit > 4, digit := 9 - "
        "digit', {thickness->image: 'thickness ~ uniform(1, 2)'}, {thickness: +=0.1, intensity: '*= 0.99'}]}}]",
        &config, &arena, &query));
    CU_ASSERT_EQUAL_FATAL(query.n_dos, 4);
    query.out = path;
    query.png = test_path("kinds.png");
    REQUIRE_OK(cgm_run_answer(run, &query, &answer));
    REQUIRE_OK(cgm_file_open(path, &file));
    read_column(file, "/factual/thickness", N, factual);
    read_column(file, "/factual/digit", N, digit);
    read_column(file, "/1/intervention/thickness", N, set);
    read_column(file, "/1/counterfactual/thickness", N, after);
    for (int i = 0; i < N; i++) CU_ASSERT(set[i] == factual[i] + .25 && after[i] == set[i]);
    read_column(file, "/1/truth/thickness", N, after); /* what was set is the truth's too */
    for (int i = 0; i < N; i++) CHECK_NEAR(after[i], set[i], 0);
    read_column(file, "/2/intervention/thickness", N, set);
    for (int i = 0; i < N; i++) CHECK_NEAR(set[i], digit[i] > 4 ? 3 : factual[i], 0);
    read_column(file, "/2/truth/digit", N, set);
    for (int i = 0; i < N; i++) CHECK_NEAR(set[i], 9 - digit[i], 0);
    read_column(file, "/3/intervention/thickness->image", N, set);
    read_column(file, "/3/counterfactual/thickness", N, after);
    for (int i = 0; i < N; i++) CU_ASSERT(set[i] > 1 && set[i] < 2 && after[i] == factual[i]);
    CU_ASSERT(!cgm_file_has(file, "/3/truth"));
    CU_ASSERT(!cgm_file_has(file, "/4/truth")); /* the model says what intensity is after thickness moves */
    CHECK_OK(cgm_file_get_text(file, "/1/intervention/thickness", "do", &text));
    CU_ASSERT_STRING_EQUAL(text, "thickness += 0.25");
    CHECK_OK(cgm_file_get_text(file, "/2", "do", &text));
    CU_ASSERT_STRING_EQUAL(text, "do(thickness = 3 if digit > 4, digit := 9 - digit)");
    CHECK_OK(cgm_file_get_text(file, "/3", "do", &text));
    CU_ASSERT_STRING_EQUAL(text, "do(thickness->image ~ uniform(1, 2))");
    cgm_file_close(file);
    cgm_answer_destroy(answer);
    cgm_arena_clear(&arena);
    cgm_config_destroy(config);
    cgm_run_destroy(run);
}

/* Mean absolute errors of the image in a world of one batch. */
typedef struct errors {
    double error, unedited;
    int visits;
} errors;

static cgm_status sum_errors(void *context, const cgm_answer *answer)
{
    errors *e = context;
    const cgm_world *predicted = cgm_answer_world(answer, 0), *factual = cgm_answer_factual(answer);
    size_t node = predicted->n_nodes - 1, n = predicted->n * predicted->value[node].width;
    const double *truth = cgm_answer_truth(answer, 0, 3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(truth);
    CU_ASSERT_FATAL(predicted->value[node].width == 1024);
    e->visits++;
    for (size_t i = 0; i < n; i++) {
        e->error += fabs(predicted->value[node].data[i] - truth[i]) / (3 * 1024);
        e->unedited += fabs(factual->value[node].data[i] - truth[i]) / (3 * 1024);
    }
    return CGM_OK;
}

/* The figures against their definitions, from the worlds. */
static void figures_are_what_they_say(void)
{
    cgm_run *run;
    cgm_run_opts opts = {.threads = 1};
    cgm_query query;
    cgm_answer *answer;
    const cgm_figure *figure;
    const char *atom = "intensity=100";
    const cgm_do what = {1, &atom};
    const size_t rows[] = {4, 0, 4};
    errors e = {0};
    REQUIRE_OK(cgm_run_open(reference(NULL), &opts, &run));
    cgm_query_init(&query, CGM_COUNTERFACTUAL);
    query.dos = &what;
    query.n_dos = 1;
    query.n_rows = 3;
    query.rows = rows;
    query.batch = 2;
    query.visit = sum_errors;
    query.context = &e;
    REQUIRE_OK(cgm_run_answer(run, &query, &answer));
    CU_ASSERT(e.visits == 2);
    CU_ASSERT_EQUAL(cgm_answer_figures(answer, &figure), 4);
    CHECK_NEAR(figure[0].value, e.error, 1e-9);
    CHECK_NEAR(figure[1].value, e.unedited, 1e-9);
    CHECK_NEAR(figure[2].value, e.error / e.unedited, 1e-9);
    size_t n;
    const size_t *got = cgm_answer_rows(answer, &n);
    CU_ASSERT(n == 3 && got[0] == 104 && got[1] == 100 && got[2] == 104);
    cgm_answer_destroy(answer);
    cgm_run_destroy(run);
}

static void samples(void)
{
    cgm_run *run;
    cgm_run_opts opts = {.threads = 1};
    cgm_query query;
    cgm_config *config = NULL;
    cgm_arena arena = {0};
    cgm_answer *answer;
    cgm_file *file;
    double digit[10];
    const char *path = test_path("s.h5");
    REQUIRE_OK(cgm_run_open(reference(NULL), &opts, &run));
    REQUIRE_OK(read_query("[{sample: {n: 10, do: {digit: 7}}}]", &config, &arena, &query));
    query.out = path;
    query.png = test_path("s.png");
    REQUIRE_OK(cgm_run_answer(run, &query, &answer));
    REQUIRE_OK(cgm_file_open(path, &file));
    read_column(file, "/sample/digit", 10, digit);
    for (int i = 0; i < 10; i++) CHECK_NEAR(digit[i], 7, 0);
    CU_ASSERT(!cgm_file_has(file, "/index"));
    cgm_file_close(file);
    cgm_answer_destroy(answer);
    cgm_arena_clear(&arena);
    cgm_config_destroy(config);
    cgm_run_destroy(run);
}

/* ---- Films ---- */

/* Frames of a trained model: all alike, as is the noise; of a long training few, and as far apart as one another. */
static void films(void)
{
    cgm_run *run;
    cgm_film film = {.every = 3}, again = {0};
    cgm_run_opts opts = {.threads = 1};
    REQUIRE_OK(cgm_run_open(reference(NULL), &opts, &run));
    REQUIRE_OK(cgm_run_load_data(run));
    const cgm_scm *scm = cgm_run_scm(run);
    const size_t image = 3;
    const cgm_variable *x = cgm_scm_variable(scm, image);
    CU_ASSERT(cgm_film_suits(scm, image));
    CU_ASSERT_FALSE(cgm_film_suits(scm, 1));
    for (uint64_t step = 1; step <= 200; step++) {
        REQUIRE_OK(cgm_film_take(&film, scm, image, cgm_run_data(run), 5, 1, step));
        CU_ASSERT(film.frames < CGM_FILM_FRAMES && (step < 48 || film.frames >= CGM_FILM_FRAMES / 2));
    }
    for (size_t k = 0; k < film.frames; k++) CU_ASSERT_EQUAL(film.step[k], 1 + k * film.every);
    size_t size = cgm_film_samples(x) * cgm_variable_width(x);
    for (size_t k = 1; k < film.frames; k++)
        CU_ASSERT(memcmp(film.values, film.values + k * size, size * sizeof *film.values) == 0);
    /* Stored and read back, it goes on in the same way. */
    cgm_file *file;
    REQUIRE_OK(cgm_file_create(test_path("film.h5"), &file));
    REQUIRE_OK(cgm_film_save(&film, x, file));
    REQUIRE_OK(cgm_file_commit(file));
    REQUIRE_OK(cgm_file_open(test_path("film.h5"), &file));
    REQUIRE_OK(cgm_film_load(&again, x, file));
    cgm_file_close(file);
    CU_ASSERT_EQUAL(again.every, film.every);
    CU_ASSERT_EQUAL(again.frames, film.frames);
    CU_ASSERT(memcmp(again.step, film.step, film.frames * sizeof *film.step) == 0);
    CU_ASSERT(memcmp(again.values, film.values, film.frames * size * sizeof *film.values) == 0);
    cgm_film_clear(&again);
    cgm_film_clear(&film);
    cgm_run_destroy(run);
}

static const test_case cases[] = {
    {"kill -9 and resume", kill_and_resume}, /* first: it forks before any thread exists */
    {"memory is as planned", memory_is_as_planned},
    {"trains and opens", trains_and_opens},
    {"stop and resume", stop_and_resume},
    {"another seed differs", another_seed_differs},
    {"diverging leaves the checkpoint", diverging_leaves_the_checkpoint},
    {"resume refuses another config", resume_refuses_another_config},
    {"resumes runs of fewer keys", resumes_runs_of_fewer_keys},
    {"again is identical", again_is_identical},
    {"again after a time limit", again_after_time_limit},
    {"refuses damaged files", refuses_damaged_files},
    {"refuses other data", refuses_other_data},
    {"refuses bad configs", refuses_bad_configs},
    {"refuses bad queries", refuses_bad_queries},
    {"counterfactuals", counterfactuals},
    {"every kind of do", every_kind_of_do},
    {"figures are what they say", figures_are_what_they_say},
    {"samples", samples},
    {"films", films},
};
TEST_MAIN("run", cases)
