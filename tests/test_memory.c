/* Memory that runs out: whichever allocation of the library's own is the one that fails, the call gives CGM_E_MEMORY
 * with a message, leaks nothing, and the same call afterwards succeeds. Where there are many, as nodes of graphs are,
 * the first and the last one of the same callers are tried. The program is linked with --wrap
 * (tests/local.mk), so that what the library's objects call comes here, and what GSL, HDF5 and the other libraries call
 * among themselves does not. */
#include <execinfo.h>
#include <gsl/gsl_bspline.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_roots.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "data/dataset.h"
#include "data/image_file.h"
#include "dip/baselines/baseline.h"
#include "dip/measure.h"
#include "graph/ops.h"
#include "graph/program.h"
#include "metrics/diversity.h"
#include "metrics/frechet.h"
#include "metrics/kid.h"
#include "nn/layers.h"
#include "nn/optimizer.h"
#include "scm/answers/query.h"
#include "scm/discrete/inference.h"
#include "scm/graphs/identify.h"
#include "scm/mechanism_table.h"
#include "scm/predictors/predictor_priv.h"
#include "scm/queries/effect.h"
#include "scm/queries/unit.h"
#include "scm/runs/run.h"
#include "tests/harness.h"

/* ---- Allocations that fail ---- */

enum { DEPTH = 16, MANY = 1000, MOST_CALLS = 1 << 15 };

static struct {
    bool on, in_child;  /* of the calls that a forked child makes */
    size_t n, fail;     /* calls so far, and the one that fails; 0: none */
    void *where[DEPTH]; /* who made it */
    int depth;
    bool listing;              /* whether callers are written down: */
    uint64_t path[MOST_CALLS]; /* a number of each call's, the same for the same ones */
} injection;

/* The child that probes files has a count of its own. */
static void after_fork(void)
{
    injection.on = injection.in_child;
    injection.n = 0;
}

static void find_callers(void)
{
    injection.on = false; /* backtrace may allocate */
    injection.depth = backtrace(injection.where, DEPTH);
    injection.on = true;
}

static bool fails(void)
{
    if (!injection.on) return false;
    size_t n = injection.n++;
    if (injection.listing && n < MOST_CALLS) {
        find_callers();
        injection.path[n] = 0;
        for (int i = 0; i < injection.depth; i++)
            injection.path[n] = (injection.path[n] ^ (uintptr_t)injection.where[i]) * 0x9E3779B97F4A7C15u;
    }
    if (injection.n != injection.fail) return false;
    find_callers();
    return true;
}

/* Blocks that the library has and has not given back, in a hash table with linear probing. */
enum { SLOTS = 1 << 16 };
static void *slot[SLOTS];
static size_t live;

static size_t find(const void *block)
{
    size_t at = ((uintptr_t)block >> 4) * 0x9E3779B97F4A7C15u >> 48;
    while (slot[at % SLOTS] && slot[at % SLOTS] != block) at++;
    return at % SLOTS;
}

static void *keep(void *block)
{
    if (!injection.on || !block) return block;
    if (live > SLOTS / 2) abort();
    live++;
    return slot[find(block)] = block;
}

static void drop(const void *block)
{
    size_t at = block ? find(block) : 0;
    if (!block || !slot[at]) return;
    live--;
    slot[at] = NULL;
    for (size_t i = (at + 1) % SLOTS; slot[i]; i = (i + 1) % SLOTS) { /* those behind may belong in front */
        void *moved = slot[i];
        slot[i] = NULL;
        slot[find(moved)] = moved;
    }
}

#define WRAP_PLAIN(result, name, parameters, arguments)                                                                \
    result __real_##name parameters;                                                                                   \
    result __wrap_##name parameters;                                                                                   \
    result __wrap_##name parameters                                                                                    \
    {                                                                                                                  \
        return fails() ? NULL : keep(__real_##name arguments);                                                         \
    }
WRAP_PLAIN(void *, malloc, (size_t n), (n))
WRAP_PLAIN(void *, calloc, (size_t n, size_t size), (n, size))
WRAP_PLAIN(char *, strdup, (const char *text), (text))
WRAP_PLAIN(char *, strndup, (const char *text, size_t n), (text, n))

void *__real_realloc(void *old, size_t n);
void *__wrap_realloc(void *old, size_t n);
void *__wrap_realloc(void *old, size_t n)
{
    if (fails()) return NULL;
    drop(old);
    return keep(__real_realloc(old, n));
}

void __real_free(void *block);
void __wrap_free(void *block);
void __wrap_free(void *block)
{
    drop(block);
    __real_free(block);
}

/* An arena takes blocks of many allocations, each of which is a call that may fail. Its blocks are followed, and are no
 * calls of their own. */
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
    return keep(__real_aligned_alloc(alignment, n));
}

#define WRAP_CGM(result, name, parameters, arguments)                                                                  \
    result __real_##name parameters;                                                                                   \
    result __wrap_##name parameters;                                                                                   \
    result __wrap_##name parameters                                                                                    \
    {                                                                                                                  \
        if (!fails()) return __real_##name arguments;                                                                  \
        (void)CGM_FAIL(CGM_E_MEMORY, "out of memory: " #name);                                                         \
        return NULL;                                                                                                   \
    }
WRAP_CGM(void *, cgm_alloc_aligned, (size_t n), (n))
WRAP_CGM(void *, cgm_arena_alloc, (cgm_arena * arena, size_t n), (arena, n))
WRAP_CGM(void *, cgm_arena_array, (cgm_arena * arena, size_t n, size_t size), (arena, n, size))
WRAP_CGM(char *, cgm_arena_strdup, (cgm_arena * arena, const char *text), (arena, text))

/* GSL's constructors give NULL. */
#define WRAP_GSL(result, name, parameters, arguments)                                                                  \
    result __real_##name parameters;                                                                                   \
    result __wrap_##name parameters;                                                                                   \
    result __wrap_##name parameters                                                                                    \
    {                                                                                                                  \
        return fails() ? NULL : __real_##name arguments;                                                               \
    }
WRAP_GSL(gsl_matrix *, gsl_matrix_alloc, (size_t m, size_t n), (m, n))
WRAP_GSL(gsl_vector *, gsl_vector_alloc, (size_t n), (n))
WRAP_GSL(gsl_bspline_workspace *, gsl_bspline_alloc, (size_t k, size_t n), (k, n))
WRAP_GSL(gsl_eigen_gensymmv_workspace *, gsl_eigen_gensymmv_alloc, (size_t n), (n))
WRAP_GSL(gsl_eigen_symmv_workspace *, gsl_eigen_symmv_alloc, (size_t n), (n))
WRAP_GSL(gsl_root_fsolver *, gsl_root_fsolver_alloc, (const gsl_root_fsolver_type *type), (type))

/* ---- The loop ---- */

/* HDF5 opens a new file twice, and is content with the second time. */
static bool is_tried_again(void)
{
    bool found = false;
    char **names = backtrace_symbols(injection.where, injection.depth);
    for (int i = 0; names && i < injection.depth; i++) found = found || strstr(names[i], "(H5FD_open");
    free(names);
    return found;
}

typedef cgm_status try_fn(void);

/* An attempt with allocation `fail` failing, in this process or in the child that it forks; *status is its own. */
static bool attempt_once(try_fn *attempt, const char *name, size_t fail, bool in_child, cgm_status *status)
{
    size_t before = live;
    (void)CGM_FAIL(CGM_E_ARG, "no message");
    injection.n = 0, injection.fail = fail, injection.in_child = in_child, injection.on = !in_child;
    *status = attempt();
    injection.on = false;
    bool injected = !in_child && fail > 0 && injection.n >= fail;
    bool as_expected =
        *status == CGM_OK ? !injected || is_tried_again() : *status == CGM_E_MEMORY && (injected || in_child);
    bool said = *status == CGM_OK || strstr(cgm_error_message(), "memory") != NULL;
    if (as_expected && said && live == before) return true;
    fprintf(stderr, "%s: allocation %zu%s failed: status %d, \"%s\", %zu blocks leaked\n", name, fail,
            in_child ? " of the child" : "", (int)*status, *status == CGM_OK ? "" : cgm_error_message(), live - before);
    if (injected) backtrace_symbols_fd(injection.where, injection.depth, STDERR_FILENO);
    live = before;
    return false;
}

/* Whether call n of those listed, from 0 on, is the first of its callers, or the last. */
static bool is_first_or_last(size_t n, size_t calls)
{
    bool before = false, after = false;
    for (size_t i = 0; i < n && !before; i++) before = injection.path[i] == injection.path[n];
    for (size_t i = calls - 1; i > n && before && !after; i--) after = injection.path[i] == injection.path[n];
    return !before || !after;
}

/* The address sanitizer takes many times as long, and does not try them all; nor need doubles, for which the same is
 * allocated as for floats. */
#if defined __SANITIZE_ADDRESS__
enum { STRIDE = 9 };
#elif defined CGM_DOUBLE
enum { STRIDE = 3 };
#else
enum { STRIDE = 1 };
#endif

/* Fails allocations one after the other, and then, one after the other until there are no more, those of the child. */
static void exhaust(try_fn *attempt, const char *name)
{
    cgm_status status = CGM_OK;
    size_t wrong = 0, found = 0, tried = 0, failed = 0, child = 0;
    memset(slot, 0, sizeof slot), live = 0;
    /* What libraries and the library set up once is set up. */
    CU_ASSERT_FATAL(attempt_once(attempt, name, 0, false, &status) && status == CGM_OK);
    injection.listing = true;
    CU_ASSERT_FATAL(attempt_once(attempt, name, 0, false, &status) && status == CGM_OK);
    injection.listing = false;
    size_t calls = injection.n;
    CU_ASSERT_FATAL(calls > 3 && calls <= MOST_CALLS);
    for (size_t n = 0; n < calls && wrong < 20; n++) {
        if ((calls > MANY && !is_first_or_last(n, calls)) || found++ % STRIDE != 0) continue;
        tried++;
        wrong += !attempt_once(attempt, name, n + 1, false, &status);
        failed += injection.n > n; /* a call more or less may hang on the clock */
    }
    do wrong += !attempt_once(attempt, name, child += STRIDE, true, &status);
    while (wrong < 20 && status != CGM_OK);
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(failed + 2 >= tried);
    if (getenv("CGM_TEST_VERBOSE"))
        fprintf(stderr, "%s: %zu of %zu allocations, %zu in a child\n", name, tried, calls, child - STRIDE);
}
#define EXHAUST(attempt) exhaust(attempt, #attempt)

/* ---- Configs, tables, networks, graphs ---- */

static cgm_status read_config(void)
{
    cgm_config *config = NULL;
    const char *text;
    cgm_dag *dag = NULL;
    cgm_data_opts opts;
    CGM_TRY(cgm_config_parse(
        "data: {path: x.csv, images: file, resize: [2, 3]}\ngraph:\n  a: {type: continuous}\n  b: {parents: [a]}\n"
        "hidden: [[a, b]]\ntrain: {epochs: 3}\n",
        "m.yaml", &config));
    cgm_status status = cgm_config_set(config, "train.rate=0.1");
    if (status == CGM_OK) status = cgm_config_text(config, &text);
    if (status == CGM_OK) status = cgm_data_opts_read(cgm_yaml_get(cgm_config_root(config), "data"), &opts);
    if (status == CGM_OK) status = cgm_dag_from_config(cgm_config_root(config), &dag);
    cgm_dag_destroy(dag);
    cgm_config_destroy(config);
    return status;
}

static cgm_status read_network(void)
{
    static const char text[] =
        "network n { }\nvariable a { type discrete [2] {yes, no}; }\nvariable b { type discrete [2] {u, v}; }\n"
        "probability (a) { table .25, .75; }\nprobability (b | a) { (yes) .1, .9; (no) .5, .5; }\n";
    cgm_network *network = NULL;
    CGM_TRY(cgm_network_parse(text, strlen(text), "n.bif", &network));
    double p[2];
    cgm_network_value seen;
    cgm_dag *dag = NULL;
    cgm_status status = cgm_network_read_value(network, "b=u", &seen);
    cgm_network_query query = {.n_evidence = 1, .evidence = &seen, .n_targets = 1, .targets = &(size_t){0}};
    if (status == CGM_OK) status = cgm_network_posterior(network, &query, 2, p);
    if (status == CGM_OK) status = cgm_dag_from_network(network, &dag);
    cgm_dag_destroy(dag);
    cgm_network_destroy(network);
    return status;
}

static void configs(void)
{
    EXHAUST(read_config);
    EXHAUST(read_network);
}

/* ---- Data ---- */

enum { ROWS = 12, SIDE = 8 };
static char table_path[128], images_path[128], sinogram_path[128], run_path[128], folder_path[2][128];

static cgm_status open_data(const char *path)
{
    cgm_dataset *data = NULL;
    size_t row = 1;
    double value[SIDE * SIDE];
    CGM_TRY(cgm_dataset_open(&(cgm_data_opts){.path = path, .test = 2}, 1, NULL, &data));
    cgm_status status = cgm_dataset_read(data, cgm_dataset_variable(data, 0)->name, 1, &row, value);
    cgm_dataset_destroy(data);
    return status;
}

static cgm_status open_table(void)
{
    return open_data(table_path);
}

static cgm_status open_images(void)
{
    return open_data(images_path);
}

static cgm_status open_folders(void)
{
    cgm_dataset *data = NULL;
    const cgm_data_opts opts = {.n_folders = 2, .folder = {{"a", folder_path[0], NULL}, {"b", folder_path[1], NULL}}};
    CGM_TRY(cgm_dataset_open(&opts, 1, NULL, &data));
    cgm_dataset_destroy(data);
    return CGM_OK;
}

static cgm_status count_identical(void *context, const char *path, bool identical)
{
    (void)path;
    *(size_t *)context += identical;
    return CGM_OK;
}

static cgm_status compare_files(void)
{
    cgm_file *a = NULL, *b = NULL;
    size_t identical = 0;
    cgm_status status = cgm_file_open(images_path, &a);
    if (status == CGM_OK) status = cgm_file_open(images_path, &b);
    if (status == CGM_OK) status = cgm_file_compare(a, b, count_identical, &identical);
    if (status == CGM_OK && identical != 2) status = CGM_FAIL(CGM_E_FORMAT, "%zu data sets are identical", identical);
    cgm_file_close(a);
    cgm_file_close(b);
    return status;
}

static cgm_status generate(void)
{
    cgm_dataset *data = NULL;
    CGM_TRY(cgm_dataset_open(&(cgm_data_opts){.make = "strokes", .n = 2}, 1, NULL, &data));
    cgm_status status = cgm_dataset_save(data, test_path("strokes.h5"));
    cgm_dataset_destroy(data);
    return status;
}

static void write_folders(void)
{
    const cgm_variable image = {.type = CGM_IMAGE, .channels = 1, .height = SIDE, .width = SIDE};
    double pixels[SIDE * SIDE] = {0};
    for (int k = 0; k < 2; k++) {
        char name[32];
        snprintf(folder_path[k], sizeof folder_path[k], "%s", test_path(k ? "second" : "first"));
        CU_ASSERT_EQUAL_FATAL(mkdir(folder_path[k], 0777), 0);
        for (int i = 0; i <= k; i++) {
            snprintf(name, sizeof name, "%s/%d.png", k ? "second" : "first", i);
            REQUIRE_OK(cgm_image_write(test_path(name), &image, 0, pixels));
        }
    }
}

static void write_data(void)
{
    snprintf(table_path, sizeof table_path, "%s", test_path("t.csv"));
    snprintf(images_path, sizeof images_path, "%s", test_path("i.h5"));
    snprintf(run_path, sizeof run_path, "%s", test_path("r.h5"));
    FILE *f = fopen(table_path, "w");
    CU_ASSERT_FATAL(f != NULL);
    fprintf(f, "sex,x,n,y\n");
    for (int i = 0; i < 3 * ROWS; i++)
        fprintf(f, "%s,%g,%d,%g\n", i % 3 ? "male" : "female", 0.1 * (i * 7 % 11), i * 5 % 4, 0.3 * (i * 3 % 7));
    fclose(f);
    cgm_file *file = NULL;
    uint8_t pixels[ROWS * SIDE * SIDE];
    double x[ROWS];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * 37 % 256);
    for (int i = 0; i < ROWS; i++) x[i] = i % 5;
    REQUIRE_OK(cgm_file_create(images_path, &file));
    REQUIRE_OK(cgm_file_write(file, "image", CGM_U8, CGM_SHAPE(ROWS, 1, SIDE, SIDE), NULL, pixels));
    REQUIRE_OK(cgm_file_write(file, "x", CGM_F64, CGM_SHAPE(ROWS), NULL, x));
    REQUIRE_OK(cgm_file_commit(file));
}

static void data(void)
{
    write_data();
    write_folders();
    EXHAUST(open_table);
    EXHAUST(open_images);
    EXHAUST(open_folders);
    EXHAUST(compare_files);
    EXHAUST(generate);
}

/* ---- Graphs and programs ---- */

/* A step of a network of two layers. */
static cgm_status run_step(cgm_params *params, const cgm_graph *g, const cgm_program *program, cgm_node x)
{
    cgm_workspace *workspace = NULL;
    cgm_real pixels[64];
    for (int i = 0; i < 64; i++) pixels[i] = (cgm_real)(0.01 * i);
    CGM_TRY(cgm_workspace_create(program, &workspace));
    cgm_workspace_bind(workspace, x, pixels);
    cgm_params_bind(params, g, workspace, cgm_params_values(params));
    cgm_params_bind_gradients(params, workspace, 1);
    cgm_optimizer_opts opts;
    cgm_optimizer_state state = {0};
    cgm_optimizer_defaults(&opts);
    cgm_status status = cgm_program_run(program, workspace);
    if (status == CGM_OK) status = cgm_optimizer_step(&opts, &state, params, 1);
    cgm_workspace_destroy(workspace);
    return status;
}

static cgm_status build_and_step(cgm_params *params, cgm_graph *g)
{
    cgm_program *program = NULL;
    cgm_node out[5];
    cgm_rng rng = cgm_rng_create(1);
    cgm_node x = cgm_batch_input(g, "x", CGM_SHAPE(4, 1, 4, 4));
    cgm_node h = cgm_gelu(
        g, cgm_conv_layer(params, g, "conv", x, 2, 3,
                          (cgm_conv_opts){.stride = 2, .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1},
                          CGM_INIT_HE, 1));
    h = cgm_linear(params, g, "out", cgm_reshape(g, h, CGM_SHAPE(4, 8)), 1, CGM_INIT_XAVIER, 1);
    out[0] = cgm_sum_all(g, cgm_square(g, h));
    CGM_TRY(cgm_graph_status(g));
    CGM_TRY(cgm_params_init(params, &rng));
    CGM_TRY(cgm_params_gradients(params, g, out[0], out + 1));
    CGM_TRY(cgm_program_compile(g, 5, out, NULL, &program));
    cgm_status status = run_step(params, g, program, x);
    cgm_program_destroy(program);
    return status;
}

static cgm_status train_step(void)
{
    cgm_graph *g = NULL;
    cgm_params *params = NULL;
    cgm_status status = cgm_graph_create(&g);
    if (status == CGM_OK) status = cgm_params_create(&params);
    if (status == CGM_OK) status = build_and_step(params, g);
    cgm_params_destroy(params);
    cgm_graph_destroy(g);
    return status;
}

static void steps(void)
{
    EXHAUST(train_step);
}

/* ---- Measures of sets ---- */

static cgm_status measure_pairs(const double *images)
{
    cgm_diversity *d = NULL;
    cgm_diversity_value value;
    cgm_rng rng = cgm_rng_create(1);
    CGM_TRY(cgm_diversity_create(1, 11, 11, 1, &d));
    cgm_status status = cgm_diversity_measure(d, 2, NULL, images, 3, &rng, &value);
    cgm_diversity_destroy(d);
    return status;
}

static cgm_status measure_sets(void)
{
    double x[2 * 11 * 11];
    cgm_frechet f;
    cgm_kid k;
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) x[i] = (double)(i * 37 % 101);
    CGM_TRY(cgm_frechet_distance(2, 6, x, 5, x + 12, &f));
    const cgm_feature_set a = {.n = 6, .x = x}, b = {.n = 5, .x = x + 12};
    CGM_TRY(cgm_kid_distance(2, &a, &b, 1, &k));
    CGM_TRY(cgm_kid_subsets(2, &a, &b, &(cgm_kid_opts){2, 3, 1}, 1, &k));
    return measure_pairs(x);
}

static void sets(void)
{
    EXHAUST(measure_sets);
}

/* ---- Runs ---- */

static cgm_status train_and_ask(const char *graph, const char *path, const char *out)
{
    char text[2048];
    cgm_config *config = NULL;
    cgm_run *run = NULL, *opened = NULL;
    cgm_answer *answer = NULL;
    snprintf(text, sizeof text, "data: {path: '%s', test: 2}\n%s", path, graph);
    cgm_status status = cgm_config_parse(text, "m.yaml", &config);
    if (status == CGM_OK) status = cgm_run_create(config, &(cgm_run_opts){.threads = 1}, &run);
    if (status == CGM_OK) status = cgm_run_train(run, run_path);
    if (status == CGM_OK) status = cgm_run_open(run_path, &(cgm_run_opts){.threads = 1}, &opened);
    if (status == CGM_OK) {
        cgm_query query;
        cgm_query_init(&query, CGM_COUNTERFACTUAL);
        const char *const texts[] = {"x += 1"};
        query.n_dos = 1, query.dos = &(cgm_do){1, texts}, query.n = 2, query.out = out;
        status = cgm_run_answer(opened, &query, &answer);
    }
    cgm_answer_destroy(answer);
    cgm_run_destroy(opened);
    cgm_run_destroy(run);
    cgm_config_destroy(config);
    return status;
}

static cgm_status scalar_run(void)
{
    return train_and_ask(
        "graph:\n  sex: {type: binary, levels: [female, male]}\n  x: {type: continuous, parents: [sex]}\n"
        "  n: {type: count, parents: [x]}\n"
        "  y: {type: continuous, parents: [x, sex], mechanism: linear_gaussian}\n",
        table_path, test_path("a.h5"));
}

static cgm_status network_run(void)
{
    return train_and_ask("graph:\n  x: {type: continuous}\n"
                         "  y: {type: continuous, parents: [x], mechanism: {kind: rq_spline, bins: 3, hidden: 2}}\n"
                         "train: {epochs: 1, batch: 16}\n",
                         table_path, test_path("a.csv"));
}

static cgm_status image_run(void)
{
    return train_and_ask(
        "graph:\n  x: {type: continuous}\n"
        "  image: {type: image, parents: [x], mechanism: {kind: cvae, latent: 1, width: 1, hidden: 2}}\n"
        "train: {epochs: 1, batch: 5}\n",
        images_path, test_path("b.h5"));
}

typedef struct game {
    const char *kind, *variable, *parent, *options; /* parent: NULL, or the one that there is */
    cgm_data_opts source;
    int64_t batch, steps;
} game;

static cgm_status game_steps(const game *of)
{
    cgm_dataset *data = NULL;
    cgm_config *config = NULL;
    cgm_mechanism *m = NULL;
    cgm_fit_report report;
    const cgm_mechanism_class *methods = cgm_mechanism_find(of->kind);
    cgm_train_opts train = {.epochs = 1, .rate = 1e-3, .batch = of->batch};
    cgm_status status = cgm_dataset_open(&of->source, 1, NULL, &data);
    if (status == CGM_OK) status = cgm_config_parse(of->options, "m", &config);
    if (status == CGM_OK) {
        const cgm_variable *parent = of->parent ? cgm_dataset_find(data, of->parent) : NULL;
        cgm_mechanism_spec spec = {cgm_dataset_find(data, of->variable), parent ? 1 : 0, &parent,
                                   cgm_config_root(config)};
        status = methods->create(&spec, &m);
    }
    cgm_fit fit = {.data = data, .train = &train, .rng = cgm_rng_create(1), .threads = 1};
    if (status == CGM_OK) status = methods->fit_begin(m, &fit, &report);
    for (int64_t k = 0; status == CGM_OK && k < of->steps; k++) status = methods->fit_step(m, &fit, &report);
    if (m) methods->destroy(m);
    cgm_config_destroy(config);
    cgm_dataset_destroy(data);
    return status;
}

/* A fit begun, whose steps allocate nothing, and an image read. */
static cgm_status fit_and_read(cgm_predictor *p, const cgm_dataset *data)
{
    cgm_fit_report report;
    double value, *image = calloc(cgm_variable_width(p->image), sizeof *image);
    size_t row = 0;
    const cgm_fit fit = {.data = data, .train = &p->train, .rng = cgm_rng_create(1), .threads = 1};
    cgm_status status = image ? CGM_OK : CGM_FAIL(CGM_E_MEMORY, "out of memory for an image");
    if (status == CGM_OK) status = p->base.methods->fit_begin(&p->base, &fit, &report);
    if (status == CGM_OK) p->base.methods->fit_end(&p->base);
    if (status == CGM_OK) status = cgm_dataset_read(data, "image", 1, &row, image);
    if (status == CGM_OK) status = cgm_predictor_read(p, 1, 1, image, NULL, &value);
    free(image);
    return status;
}

static cgm_status predictor_steps(void)
{
    cgm_dataset *data = NULL;
    cgm_config *config = NULL;
    cgm_scm *scm = NULL;
    cgm_predictor *p = NULL;
    cgm_status status = cgm_dataset_open(&(cgm_data_opts){.path = images_path, .test = 2}, 1, NULL, &data);
    if (status == CGM_OK)
        status = cgm_config_parse("graph: {x: {type: continuous}, image: {type: image, parents: [x], mechanism: {kind: "
                                  "autoencoder, network: dense, latent: 1, widths: [1]}}}\n"
                                  "x: {from: image, width: 1, batch: 2, validation: 0.3}",
                                  "m", &config);
    if (status == CGM_OK) status = cgm_scm_from_config(cgm_yaml_get(cgm_config_root(config), "graph"), data, &scm);
    if (status == CGM_OK) status = cgm_predictor_create("x", cgm_yaml_get(cgm_config_root(config), "x"), scm, 1, &p);
    if (status == CGM_OK) status = fit_and_read(p, data);
    cgm_predictor_destroy(p);
    cgm_scm_destroy(scm);
    cgm_config_destroy(config);
    cgm_dataset_destroy(data);
    return status;
}

/* What a game of two domains adds to the training of an image: lists of rows, a buffer of earlier images. */
static cgm_status translation_steps(void)
{
    const game of = {"cyclegan",
                     "image",
                     "domain",
                     "{width: 1, blocks: 1, critic_width: 1, critic_layers: 1, buffer: 2}",
                     {.make = "stroke_pair", .n = 6, .seed = 1},
                     0,
                     2};
    return game_steps(&of);
}

/* What a game with an encoder, trained alone at the end, adds. */
static cgm_status encoder_steps(void)
{
    const game of = {"gan",
                     "point",
                     NULL,
                     "{latent: 1, widths: [2], encoder: adversarial, finetune: {epochs: 1}}",
                     {.make = "ring", .n = 8, .seed = 1},
                     4,
                     4};
    return game_steps(&of);
}

/* What networks that grow add: programs that are made on the way, here in the second step. */
static cgm_status growing_steps(void)
{
    const game of = {"gan",
                     "image",
                     "x",
                     "{network: progressive, latent: 1, width: 1, max_width: 1, fade: 2, stable: 2}",
                     {.path = images_path, .test = 2},
                     0,
                     2};
    return game_steps(&of);
}

static void translations(void)
{
    EXHAUST(translation_steps);
    EXHAUST(encoder_steps);
}

static void predictors(void)
{
    EXHAUST(predictor_steps);
}

static void growing(void)
{
    EXHAUST(growing_steps);
}

static void scalar_runs(void)
{
    EXHAUST(scalar_run);
}

static void network_runs(void)
{
    EXHAUST(network_run);
}

static void image_runs(void)
{
    EXHAUST(image_run);
}

/* ---- Restoring ---- */

static cgm_status restore_phantom(void)
{
    char out[128], strip[128], history[128];
    cgm_config *config = NULL;
    cgm_restore_report report;
    CGM_TRY(cgm_config_parse("{task: inpaint, side: 11, preview: 1, baselines: false, network: {depth: 1, down: 1, "
                             "skip: 0, input_depth: 1}, "
                             "fit: {iterations: 2, stop: variance, window: 2, weight_noise: 0.1, rollback: 1}}",
                             "restore", &config));
    snprintf(out, sizeof out, "%s", test_path("o.png"));
    snprintf(strip, sizeof strip, "%s", test_path("s.png"));
    snprintf(history, sizeof history, "%s", test_path("h.h5"));
    const cgm_restore_opts opts = {.image = "phantom:brain",
                                   .out = out,
                                   .strip = strip,
                                   .history = history,
                                   .config = config,
                                   .seed = 1,
                                   .threads = 1};
    cgm_status status = cgm_restore(&opts, NULL, &report);
    cgm_config_destroy(config);
    return status;
}

/* A problem from a file. */
static cgm_status measure_sinogram(void)
{
    cgm_config *config = NULL;
    dip_options options;
    dip_measurement m = {0};
    CGM_TRY(cgm_config_parse("{task: ct, network: {kind: unet, depth: 1}}", "restore", &config));
    const cgm_restore_opts opts = {.image = sinogram_path, .config = config, .seed = 1, .threads = 1};
    cgm_status status = cgm_dip_options_read(config, &options);
    if (status == CGM_OK) status = cgm_dip_measure(&opts, &options, &m);
    if (status == CGM_OK) cgm_dip_measurement_clear(&m);
    cgm_config_destroy(config);
    return status;
}

/* Every method without a network, on a problem that it applies to. */
static cgm_status restore_without_network(void)
{
    enum { SIDE_OF_ALL = 8, PIXELS = SIDE_OF_ALL * SIDE_OF_ALL };
    static const dip_operator_class *const kinds[] = {&cgm_dip_operator_identity, &cgm_dip_operator_mask,
                                                      &cgm_dip_operator_downsample, &cgm_dip_operator_radon,
                                                      &cgm_dip_operator_fourier};
    double mask[PIXELS], x[PIXELS];
    cgm_rng rng = cgm_rng_create(1);
    cgm_status status = CGM_OK;
    for (int i = 0; i < PIXELS; i++) mask[i] = i % 3 != 0, x[i] = i % 7 / 7.;
    const dip_operator_opts opts = {1, SIDE_OF_ALL, SIDE_OF_ALL, .mask = mask, .factor = 2, .views = 3};
    for (size_t k = 0; status == CGM_OK && k < sizeof kinds / sizeof *kinds; k++) {
        cgm_arena arena = {0};
        dip_problem p = {0};
        status = cgm_dip_problem_create(kinds[k], &opts, &arena, &p);
        if (status == CGM_OK) status = cgm_dip_problem_simulate(&p, x, k ? 0 : .1, &rng, 1);
        for (int i = 0; i < DIP_BASELINES && status == CGM_OK; i++)
            if (cgm_dip_baselines[i]->applies(&p)) status = cgm_dip_baselines[i]->restore(&p, 1, x);
        if (p.kind) cgm_dip_problem_clear(&p);
        cgm_arena_clear(&arena);
    }
    return status;
}

static void write_sinogram(void)
{
    double y[5 * 17], angles[5] = {0, .6, 1.2, 1.8, 2.4};
    cgm_file *file = NULL;
    for (int i = 0; i < 5 * 17; i++) y[i] = .01 * (i * 7 % 31);
    snprintf(sinogram_path, sizeof sinogram_path, "%s", test_path("sinogram.h5"));
    REQUIRE_OK(cgm_file_create(sinogram_path, &file));
    REQUIRE_OK(cgm_file_write(file, "sinogram", CGM_F64, CGM_SHAPE(5, 17), NULL, y));
    REQUIRE_OK(cgm_file_write(file, "angles", CGM_F64, CGM_SHAPE(5), NULL, angles));
    REQUIRE_OK(cgm_file_commit(file));
}

static void restorations(void)
{
    write_sinogram();
    EXHAUST(restore_phantom);
    EXHAUST(measure_sinogram);
    EXHAUST(restore_without_network);
}

static const test_case cases[] = {
    {"configs and networks", configs},
    {"data", data},
    {"a graph, compiled, and a training step", steps},
    {"measures of sets of images", sets},
    {"scalar mechanisms, trained, stored, opened and asked", scalar_runs},
    {"the same of a mechanism with a network", network_runs},
    {"the same of the smallest image mechanism", image_runs},
    {"games of two domains and with an encoder, trained", translations},
    {"a predictor, whose fit is begun, and an image read", predictors},
    {"networks that grow", growing},
    {"images restored", restorations},
};

int main(void)
{
    (void)pthread_atfork(NULL, NULL, after_fork);
    return test_main("memory that runs out", sizeof cases / sizeof *cases, cases);
}
