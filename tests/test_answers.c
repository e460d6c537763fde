/* Answers in batches: the same for any batches and threads, in memory that does not grow with the rows, whole or not at
 * all; and particles. */
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "scm/answers/query.h"
#include "tests/latent_toys.h"

/* 20 rows to train on and many to ask about; the image's mechanism is to be filled in. */
static const char *const strokes = "data: {make: strokes, n: 4020, seed: 3, test: 4000, pad: 2}\n"
                                   "graph:\n"
                                   "  digit: {type: categorical, levels: 10}\n"
                                   "  thickness: {type: continuous, range: [0.5, 8]}\n"
                                   "  intensity: {type: continuous, range: [64, 255], parents: [thickness]}\n"
                                   "  image: {type: image, parents: [thickness, intensity, digit], mechanism: {%s}}\n"
                                   "train: {epochs: 1, batch: 10, seed: 5, warmup: 2}\n";

static const char *train_strokes(const char *path, const char *mechanism)
{
    char text[2048];
    cgm_config *config;
    cgm_run *run;
    if (access(path, F_OK) == 0) return path;
    snprintf(text, sizeof text, strokes, mechanism);
    REQUIRE_OK(cgm_config_parse(text, "s.yaml", &config));
    REQUIRE_OK(cgm_run_create(config, &(cgm_run_opts){.threads = 1}, &run));
    REQUIRE_OK(cgm_run_train(run, path));
    cgm_run_destroy(run);
    cgm_config_destroy(config);
    return path;
}

static const char *strokes_run(void)
{
    return train_strokes(test_path("strokes.h5"), "kind: cvae, latent: 4, width: 8, hidden: 16");
}

/* A query as a config writes it, and what it lives in. */
typedef struct asked {
    cgm_config *config;
    cgm_arena arena;
    cgm_query query;
} asked;

static asked read_query(const char *text)
{
    asked a = {0};
    REQUIRE_OK(cgm_config_parse(text, "q.yaml", &a.config));
    REQUIRE_OK(cgm_query_read(cgm_config_root(a.config), &a.arena, &a.query));
    return a;
}

static void clear(asked *a)
{
    cgm_arena_clear(&a->arena);
    cgm_config_destroy(a->config);
}

/* ---- Whole or not at all. First, as these fork before any thread exists. ---- */

typedef struct watcher {
    int reports, end_at;
    bool die;
    uint64_t done, total;
    volatile int stop;
} watcher;

static void watch(void *context, const cgm_progress *p)
{
    watcher *w = context;
    if (strcmp(p->what, "counterfactual") != 0) return; /* the data are generated */
    CU_ASSERT(p->done > w->done && p->done <= p->total);
    w->done = p->done;
    w->total = p->total;
    if (++w->reports != w->end_at) return;
    if (w->die) raise(SIGKILL);
    w->stop = 1;
}

static cgm_status answer_watched(const char *text, watcher *w, size_t batch, const char *out)
{
    cgm_run_opts opts = {.threads = 1, .sink = {.progress = watch, .context = w}, .stop = &w->stop};
    asked a = read_query(text);
    cgm_run *run;
    cgm_answer *answer = NULL;
    REQUIRE_OK(cgm_run_open(strokes_run(), &opts, &run));
    a.query.batch = batch;
    a.query.out = out;
    cgm_status status = cgm_run_answer(run, &a.query, &answer);
    cgm_answer_destroy(answer);
    cgm_run_destroy(run);
    clear(&a);
    return status;
}

static size_t count_files(const char *pattern)
{
    char command[512], text[32] = "";
    snprintf(command, sizeof command, "ls -d %s/%s 2>/dev/null | wc -l", test_directory(), pattern);
    FILE *f = popen(command, "r");
    if (f && !fgets(text, sizeof text, f)) text[0] = 0;
    if (f) pclose(f);
    return (size_t)atoi(text);
}

static bool holds(const char *path, const char *text)
{
    char got[32] = "";
    FILE *f = fopen(path, "r");
    if (!f) return false;
    bool read = fgets(got, sizeof got, f) != NULL;
    fclose(f);
    return read && strcmp(got, text) == 0;
}

static const char *const plain = "counterfactual: {do: {thickness: 3}, n: 40}";

/* Runs the answer in a child that may die of it; the wait status. */
static int in_child(int (*run)(const char *path), const char *path)
{
    int result = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) _exit(run(path));
    CU_ASSERT_FATAL(child > 0 && waitpid(child, &result, 0) == child);
    return result;
}

static int be_killed(const char *path)
{
    watcher w = {.end_at = 3, .die = true};
    return answer_watched(plain, &w, 8, path) == CGM_OK ? 1 : 2;
}

/* Of room for a tenth of the answer. */
static int fill_the_disk(const char *path)
{
    watcher w = {0};
    struct rlimit limit = {200000, 200000};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    if (answer_watched("counterfactual: {do: {thickness: 3}, n: 300}", &w, 50, path) != CGM_E_IO) return 2;
    return strstr(cgm_error_message(), "File too large") ? 0 : 3;
}

static void whole_or_not_at_all(void)
{
    const char *path = test_path("whole.h5");
    strokes_run();
    FILE *f = fopen(path, "w");
    CU_ASSERT_FATAL(f != NULL);
    fputs("old", f);
    fclose(f);
    int result = in_child(be_killed, path);
    CU_ASSERT(WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL);
    CU_ASSERT(holds(path, "old"));
    CU_ASSERT_EQUAL(count_files("whole.h5.tmp.*"), 1); /* which nobody could remove any more */
    result = in_child(fill_the_disk, path);
    CU_ASSERT(WIFEXITED(result) && WEXITSTATUS(result) == 0);
    CU_ASSERT(holds(path, "old"));
    CU_ASSERT_EQUAL(count_files("whole.h5*"), 2);
}

static void stops(void)
{
    watcher w = {.end_at = 3};
    CHECK_FAILS(answer_watched(plain, &w, 8, test_path("stopped.h5")), CGM_E_INTERRUPTED, "24 of 40 rows");
    CU_ASSERT(w.reports == 3 && w.total == 40);
    CU_ASSERT_EQUAL(count_files("stopped.h5*"), 0);
    w = (watcher){0};
    CHECK_OK(answer_watched(plain, &w, 8, test_path("ended.h5")));
    CU_ASSERT(w.reports == 5 && w.done == 40);
    CU_ASSERT_EQUAL(count_files("ended.h5*"), 1);
    w = (watcher){0};
    CHECK_OK(answer_watched(plain, &w, 0, NULL));
    CU_ASSERT(w.reports == 0); /* one batch, of which there is nothing to say */
}

/* ---- Memory ---- */

static int answer_few(const char *path)
{
    watcher w = {0};
    return answer_watched("counterfactual: {do: {thickness: 3}, n: 300, measure: [intensity]}", &w, 100, path);
}

static int answer_many(const char *path)
{
    watcher w = {0};
    return answer_watched("counterfactual: {do: {thickness: 3}, n: 3900, measure: [intensity]}", &w, 100, path);
}

/* Peak memory in MB of an answer, its run and its data. */
static double peak(int (*run)(const char *path))
{
    int result = 0;
    struct rusage usage;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) _exit(run(test_path("memory.h5")) == CGM_OK ? 0 : 1);
    CU_ASSERT_FATAL(child > 0 && wait4(child, &result, 0, &usage) == child);
    CU_ASSERT(WIFEXITED(result) && WEXITSTATUS(result) == 0);
    return (double)usage.ru_maxrss / 1024;
}

#ifdef __SANITIZE_ADDRESS__
enum { KEEPS_FREED = true };
#else
enum { KEEPS_FREED = false };
#endif

/* 3,600 rows more would be 150 MB in worlds of double. */
static void memory(void)
{
    if (KEEPS_FREED) {
        fprintf(stderr, "skipped: the address sanitizer keeps memory that was freed\n");
        return;
    }
    strokes_run();
    double few = peak(answer_few), many = peak(answer_many);
    CHECK_NEAR(many, few, 8);
}

/* ---- The same for any batches ---- */

static cgm_status same(void *context, const char *path, bool identical)
{
    size_t *n = context;
    if (!identical) fprintf(stderr, "%s differs\n", path);
    CU_ASSERT(identical);
    ++*n;
    return CGM_OK;
}

static size_t compare(const char *a_path, const char *b_path)
{
    cgm_file *a, *b;
    size_t n = 0;
    REQUIRE_OK(cgm_file_open(a_path, &a));
    REQUIRE_OK(cgm_file_open(b_path, &b));
    CHECK_OK(cgm_file_compare(a, b, same, &n));
    cgm_file_close(a);
    cgm_file_close(b);
    return n;
}

static bool same_bytes(const char *a_path, const char *b_path)
{
    char a[65], b[65];
    REQUIRE_OK(cgm_sha256_file(a_path, a));
    REQUIRE_OK(cgm_sha256_file(b_path, b));
    return strcmp(a, b) == 0;
}

static void check_figures(const cgm_answer *a, const cgm_answer *b)
{
    const cgm_figure *x, *y;
    size_t n = cgm_answer_figures(a, &x);
    CU_ASSERT_FATAL(cgm_answer_figures(b, &y) == n);
    for (size_t i = 0; i < n; i++) {
        CU_ASSERT_STRING_EQUAL(x[i].of, y[i].of);
        CU_ASSERT_STRING_EQUAL(x[i].name, y[i].name);
        CU_ASSERT(isfinite(x[i].value) && x[i].value == y[i].value);
    }
}

/* In one batch on one thread, and otherwise; the data sets, the picture and the figures. Returns how many data sets. */
static size_t check_batches(const char *run_path, const char *text, bool picture)
{
    static const size_t batches[] = {0, 7, 64, 300, 1};
    cgm_answer *first = NULL;
    char *path[2] = {strdup(test_path("one.h5")), strdup(test_path("other.h5"))};
    char *png[2] = {strdup(test_path("one.png")), strdup(test_path("other.png"))};
    size_t n = 0;
    asked a = read_query(text);
    cgm_run *run[2];
    for (int k = 0; k < 2; k++) REQUIRE_OK(cgm_run_open(run_path, &(cgm_run_opts){.threads = 1 + k}, &run[k]));
    for (size_t k = 0; k < sizeof batches / sizeof *batches; k++) {
        cgm_answer *answer;
        if (batches[k] == 1 && a.query.n > 100) continue; /* slow */
        a.query.batch = batches[k];
        a.query.out = path[k > 0];
        a.query.png = picture ? png[k > 0] : NULL;
        REQUIRE_OK(cgm_run_answer(run[k % 2], &a.query, k > 0 ? &answer : &first));
        if (k == 0) continue;
        n = compare(path[0], path[1]);
        CU_ASSERT(!picture || same_bytes(png[0], png[1]));
        check_figures(first, answer);
        cgm_answer_destroy(answer);
    }
    cgm_answer_destroy(first);
    for (int k = 0; k < 2; k++) {
        cgm_run_destroy(run[k]);
        free(path[k]);
        free(png[k]);
    }
    clear(&a);
    return n;
}

static void batches(void)
{
    /* 260 rows lie in two chunks of the engine; what is random in each kind of intervention. */
    size_t n = check_batches(strokes_run(),
                             "counterfactual: {n: 260, seed: 9, measure: [thickness, intensity], do: [{thickness: "
                             "permuted}, {digit: 7, thickness->image: '~ uniform(1, 2)'}]}",
                             true);
    /* index; 4 factual, 4 noises less the digit's and the latent's, as the digit's is there; 2 x 4; 3 set; 4 true */
    CU_ASSERT_EQUAL(n, 1 + 4 + 4 + 8 + 3 + 4);
    n = check_batches(strokes_run(),
                      "counterfactual: {rows: [5, 1, 5, 300, 17], latents: true, particles: 3, do: {thickness: 4}}",
                      true);
    /* the latent in factual, counterfactual and noise; mean and deviation of all but the digit */
    CU_ASSERT_EQUAL(n, 1 + 5 + 5 + 5 + 1 + 4 + 2 * 3);
    n = check_batches(strokes_run(), "sample: {n: 270, latents: true, do: {thickness: '*= 1.1'}}", true);
    CU_ASSERT_EQUAL(n, 5 + 5 + 1);
}

/* A latent of all stages, whose counterfactual rests on two draws of noise. */
static void batches_of_stages(void)
{
    char path[256];
    snprintf(path, sizeof path, "%s", test_path("stages.h5"));
    train_strokes(path, "kind: hvae, encoder: \"32b1d4,8b1d4,2b1d2,1b1\", decoder: \"1b1,2b1,8b1,32b1\", widths: "
                        "\"4,8,8,8\", latent: 2, prior: conditional, counterfactual: reference");
    size_t n = check_batches(
        path, "counterfactual: {n: 70, latents: true, particles: 2, do: {thickness: 4}, measure: [intensity]}", true);
    CU_ASSERT_EQUAL(n, 1 + 5 + 5 + 5 + 1 + 4 + 2 * 3);
    (void)check_batches(path, "sample: {n: 70, latents: true}", true);
}

/* ---- Particles ---- */

enum { CHANNELS = 1, WIDTH = CHANNELS * LATENT_HEIGHT * LATENT_WIDTH, ROWS = 12, PARTICLES = 400 };
static const double to = 4, temperature = 0.5;

/* What z_j is multiplied with in the mean of pixel i under t. */
static double slope(size_t i, double t)
{
    return (double)(i % LATENT + 1) + (double)(i % 2) * t / 4;
}

/* Under do(t = to) pixel i of a row is mean + sd eps_j, eps_j one standard normal for each j and draw. */
static void law_of_pixel(size_t i, double t, double s, const double *x, double *mean, double *sd)
{
    double u = latent_noise(x, i % LATENT), scale = (1 + to) / (1 + t);
    double before = latent_mean(i, t, s, latent_z(i % LATENT, t, u));
    *mean = latent_mean(i, to, s + 2 * (to - t), latent_z(i % LATENT, to, u)) + scale * (x[i] - before);
    *sd = temperature * fabs(slope(i, to) - scale * slope(i, t));
}

static void read_all(cgm_file *file, const char *path, bool image, double *out)
{
    cgm_shape shape = image ? CGM_SHAPE(ROWS, CHANNELS, LATENT_HEIGHT, LATENT_WIDTH) : CGM_SHAPE(ROWS);
    REQUIRE_OK(cgm_file_read(file, path, CGM_F64, shape, out));
}

static void check_particles(const char *path)
{
    static double x[ROWS * WIDTH], mean[ROWS * WIDTH], sd[ROWS * WIDTH], first[ROWS * WIDTH];
    double t[ROWS], s[ROWS], squares = 0, moved = 0, number[ROWS];
    cgm_file *file;
    const char *text;
    REQUIRE_OK(cgm_file_open(path, &file));
    read_all(file, "/factual/t", false, t);
    read_all(file, "/factual/s", false, s);
    read_all(file, "/factual/image", true, x);
    read_all(file, "/counterfactual/image", true, first);
    read_all(file, "/counterfactual_mean/image", true, mean);
    read_all(file, "/counterfactual_sd/image", true, sd);
    for (size_t k = 0; k < ROWS * WIDTH; k++) {
        double expected, deviation;
        law_of_pixel(k % WIDTH, t[k / WIDTH], s[k / WIDTH], x + k / WIDTH * WIDTH, &expected, &deviation);
        CHECK_NEAR(mean[k], expected, 4.5 * deviation / sqrt(PARTICLES) + 1e-4);
        CHECK_NEAR(sd[k], deviation, 4.5 * deviation / sqrt(2 * PARTICLES) + 1e-4);
        CHECK_NEAR(first[k], expected, 4.5 * deviation + 1e-4);
        moved += fabs(first[k] - mean[k]);
        if (k % WIDTH < LATENT) squares += sd[k] * sd[k] / (deviation * deviation) / (ROWS * LATENT);
    }
    CHECK_NEAR(squares, 1, 4.5 * sqrt(2.0 / (PARTICLES * ROWS * LATENT)));
    CU_ASSERT(moved > 1);
    read_all(file, "/counterfactual_sd/s", false, number);
    for (size_t i = 0; i < ROWS; i++) CHECK_NEAR(number[i], 0, 1e-12);
    CHECK_OK(cgm_file_get_text(file, "/", "query", &text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "particles 400"));
    CU_ASSERT(!cgm_file_has(file, "/noise/image.z") && cgm_file_has(file, "/noise/image"));
    cgm_file_close(file);
}

static void particles(void)
{
    const char *data = test_path("latent.h5");
    latent_data(data, 80, 20, CHANNELS);
    model m = latent_run(data, "toy_latent", 1);
    asked a = read_query("counterfactual: {do: {t: 4}, n: 12, temperature: 0.5, particles: 400}");
    cgm_answer *answer;
    a.query.out = test_path("particles.h5");
    a.query.png = test_path("particles.png");
    a.query.batch = 5;
    REQUIRE_OK(cgm_run_answer(m.run, &a.query, &answer));
    cgm_answer_destroy(answer);
    check_particles(a.query.out);
    CU_ASSERT_EQUAL(count_files("particles.png"), 1);
    clear(&a);
    destroy(&m);
}

/* ---- Mistakes ---- */

static cgm_status refuse_visit(void *context, const cgm_answer *answer)
{
    (void)context;
    const cgm_world *world = cgm_answer_world(answer, 0);
    return world->first == 0 ? CGM_OK : CGM_FAIL(CGM_E_ARG, "no more from row %zu on", world->first);
}

static void mistakes(void)
{
    static const struct {
        const char *query, *message;
    } wrong[] = {
        {"sample: {particles: 2}", "expected a counterfactual"},
        {"counterfactual: {do: {a: 1}, particles: 2}", "expected a graph with an image"},
        {"counterfactual: {do: {a: 1}, latents: true}", "no mechanism of the graph publishes any"},
    };
    FILE *f = new_table(test_path("t.csv"), "a");
    for (int i = 0; i < 20; i++) fprintf(f, "%d.5\n", i % 7);
    fclose(f);
    model m = train_on("graph:\n  a: {type: continuous, mechanism: affine_flow}\n", test_path("t.csv"), 1);
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        asked a = read_query(wrong[k].query);
        a.query.split = CGM_TRAIN;
        CHECK_FAILS(cgm_run_check_query(m.run, &a.query), CGM_E_ARG, wrong[k].message);
        clear(&a);
    }
    asked a = read_query("counterfactual: {do: {a: 1}, split: train}");
    cgm_answer *answer = NULL;
    a.query.out = test_path("visited.csv");
    a.query.batch = 6;
    a.query.visit = refuse_visit;
    CHECK_FAILS(cgm_run_answer(m.run, &a.query, &answer), CGM_E_ARG, "no more from row 6 on");
    CU_ASSERT_PTR_NULL(answer);
    CU_ASSERT_EQUAL(count_files("visited.csv*"), 0);
    clear(&a);
    destroy(&m);
}

/* A table is the same for any batches, too. */
static void tables(void)
{
    FILE *f = new_table(test_path("u.csv"), "a,b");
    for (int i = 0; i < 40; i++) fprintf(f, "%d.5,%d\n", i % 7, i * i % 11);
    fclose(f);
    model m =
        train_on("graph:\n  a: {type: continuous}\n  b: {type: continuous, parents: [a]}\n", test_path("u.csv"), 1);
    asked a = read_query("counterfactual: {do: [{a: 1}, {a: permuted}], split: train}");
    const char *path[2] = {test_path("whole.csv"), test_path("parts.csv")};
    for (int k = 0; k < 2; k++) {
        cgm_answer *answer;
        a.query.out = path[k];
        a.query.batch = k ? 7 : 0;
        REQUIRE_OK(cgm_run_answer(m.run, &a.query, &answer));
        cgm_answer_destroy(answer);
    }
    CU_ASSERT(same_bytes(path[0], path[1]));
    clear(&a);
    destroy(&m);
}

/* ---- Variables that are set row by row ---- */

enum { SET = 300 };

/* a is as it was set, and b what it makes of it. */
static cgm_status check_settings(void *context, const cgm_answer *answer)
{
    const double *set = context;
    const cgm_world *world = cgm_answer_world(answer, 0);
    for (size_t i = 0; i < world->n; i++) {
        CHECK_NEAR(world->value[0].data[i], set[world->first + i], 0);
        CHECK_NEAR(world->value[1].data[i], 2 * set[world->first + i], 1e-12);
    }
    return CGM_OK;
}

static void settings(void)
{
    FILE *f = new_table(test_path("set.csv"), "a,b");
    for (int i = 0; i < 20; i++) fprintf(f, "%d.5,%d\n", i % 7, i);
    fclose(f);
    model m =
        train_on("graph:\n  a: {type: continuous}\n  b: {type: continuous, parents: [a], mechanism: {formula: 2*a}}\n",
                 test_path("set.csv"), 1);
    double values[SET];
    for (int i = 0; i < SET; i++) values[i] = i * i % 37;
    cgm_setting a = {0, "a", values}, none = {0, "c", values};
    asked sample = read_query("sample: {n: 300, out: set.h5}"), both = read_query("sample: {n: 300, do: {a: 1}}"),
          other = read_query("counterfactual: {do: {a: 1}, split: train}");
    cgm_answer *answer;
    sample.query.n_settings = both.query.n_settings = other.query.n_settings = 1;
    sample.query.settings = both.query.settings = other.query.settings = &a;
    sample.query.out = test_path("set.h5");
    sample.query.visit = check_settings;
    sample.query.context = values;
    for (sample.query.batch = 0; sample.query.batch <= 64; sample.query.batch += 64) {
        REQUIRE_OK(cgm_run_answer(m.run, &sample.query, &answer));
        cgm_answer_destroy(answer);
    }
    double stored[SET];
    cgm_file *file;
    REQUIRE_OK(cgm_file_open(sample.query.out, &file));
    REQUIRE_OK(cgm_file_read(file, "/intervention/a", CGM_F64, CGM_SHAPE(SET), stored));
    CU_ASSERT(memcmp(stored, values, sizeof stored) == 0);
    cgm_file_close(file);
    CHECK_FAILS(cgm_run_answer(m.run, &both.query, &answer), CGM_E_ARG, "two interventions on 'a'");
    CHECK_FAILS(cgm_run_answer(m.run, &other.query, &answer), CGM_E_ARG, "two interventions on 'a'");
    sample.query.settings = &none;
    CHECK_FAILS(cgm_run_answer(m.run, &sample.query, &answer), CGM_E_ARG, "c");
    values[7] = NAN;
    sample.query.settings = &a;
    CHECK_FAILS(cgm_run_answer(m.run, &sample.query, &answer), CGM_E_ARG, "row 7");
    clear(&sample);
    clear(&both);
    clear(&other);
    destroy(&m);
}

static const test_case cases[] = {
    {"whole or not at all", whole_or_not_at_all},
    {"memory", memory},
    {"stops", stops},
    {"the same for any batches", batches},
    {"the same of stages", batches_of_stages},
    {"particles", particles},
    {"mistakes", mistakes},
    {"tables", tables},
    {"variables set row by row", settings},
};
TEST_MAIN("answers", cases)
