/* Vector variables: what configs and files say of them, models of them, and what is refused. */
#include <string.h>

#include "data/export.h"
#include "data/store.h"
#include "data/summary.h"
#include "scm/answers/query.h"
#include "scm/check/check.h"
#include "scm/graphs/set.h"
#include "scm/mediation/mediation_units.h"
#include "scm/queries/effect.h"
#include "scm/queries/unit.h"
#include "tests/png_pixels.h"
#include "tests/vector_toys.h"

/* ---- configs ---- */

static cgm_status model_of(const char *graph, const cgm_dataset *data, cgm_scm **out)
{
    cgm_config *config;
    vector_register();
    REQUIRE_OK(cgm_config_parse(graph, "run.yaml", &config));
    cgm_status status = cgm_scm_from_config(cgm_config_root(config), data, out);
    cgm_config_destroy(config);
    return status;
}

static void configs(void)
{
    static const char *const wrong[][2] = {
        {"p: {type: vector, mechanism: toy_vector}", "run.yaml:1: p: a vector of width 0: expected 1 to 4096 numbers"},
        {"p: {type: vector, width: 4097, mechanism: toy_vector}", "p: a vector of width 4097: expected 1 to 4096"},
        {"p: {type: vector, width: 2, height: 2}", "p: a vector variable has no height"},
        {"p: {type: vector, width: 2, channels: 2}", "p: a vector variable has no channels"},
        {"p: {type: vector, width: 2, levels: 3}", "p: a vector variable has no levels"},
        {"p: {type: vector, width: 2, range: [0, 1]}", "p: a vector variable has no range"},
        {"x: {type: continuous, width: 2}", "x: a continuous variable has no width"},
        {"p: {type: vector, width: 2}", "p: a vector variable has no usual mechanism; expected mechanism: one of"},
        {"p: {type: vector, width: 2, mechanism: affine_flow}", "affine_flow cannot produce a vector variable"},
        {"p: {type: vector, width: 2, mechanism: cvae}", "cvae cannot produce a vector variable"},
        {"p: {type: vector, width: 2, mechanism: toy_vector}\nx: {type: continuous, parents: [p]}",
         "affine_flow takes no vector parent, and 'p' is one"},
    };
    cgm_scm *scm = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_FAILS(model_of(wrong[i][0], NULL, &scm), CGM_E_CONFIG, wrong[i][1]);
    CHECK_FAILS(model_of(wrong[7][0], NULL, &scm), CGM_E_CONFIG, "toy_vector");
    REQUIRE_OK(model_of("p: {type: vector, width: 3, mechanism: toy_vector}", NULL, &scm));
    const cgm_variable *p = cgm_scm_variable(scm, 0);
    CU_ASSERT(p->type == CGM_VECTOR && cgm_variable_width(p) == 3 && !cgm_variable_is_scalar(p));
    CU_ASSERT_STRING_EQUAL(cgm_variable_type_name(p), "vector");
    CU_ASSERT_STRING_EQUAL(cgm_variable_noun(p), "a vector");
    CU_ASSERT(cgm_scm_node(scm, 0)->width == 3);
    cgm_scm_destroy(scm);
}

/* ---- files ---- */

enum { ROWS = 60, HELD_OUT = 12, LEVELS = 3, WIDTH = 2 };
static const double centre[LEVELS][WIDTH] = {{0, 0}, {4, 1}, {-2, 5}};
static const double sd[WIDTH] = {0.5, 2};

/* t, a level g that rises with it, and the point around g's centre. */
static void write_points(const char *path, double *point)
{
    static double t[ROWS], own[ROWS * WIDTH];
    static int64_t g[ROWS];
    cgm_rng rng = cgm_rng_create(5);
    cgm_file *file;
    double *x = point ? point : own;
    for (size_t i = 0; i < ROWS; i++) {
        t[i] = cgm_rng_uniform(&rng);
        g[i] = (int64_t)fmin(3 * cgm_rng_uniform(&rng) * (0.5 + t[i]), 2);
        for (size_t k = 0; k < WIDTH; k++) x[i * WIDTH + k] = centre[g[i]][k] + sd[k] * cgm_rng_normal(&rng);
    }
    REQUIRE_OK(cgm_file_create(path, &file));
    REQUIRE_OK(cgm_file_write(file, "/t", CGM_F64, CGM_SHAPE(ROWS), NULL, t));
    REQUIRE_OK(cgm_file_write(file, "/g", CGM_I64, CGM_SHAPE(ROWS), NULL, g));
    REQUIRE_OK(cgm_file_write(file, "/point", CGM_F64, CGM_SHAPE(ROWS, WIDTH), NULL, x));
    REQUIRE_OK(cgm_file_set_text(file, "/point", "type", "vector"));
    REQUIRE_OK(cgm_file_set_integer(file, "/", "train", ROWS - HELD_OUT));
    REQUIRE_OK(cgm_file_commit(file));
}

static cgm_dataset *open_data(const char *path, int64_t limit)
{
    cgm_dataset *data = NULL;
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = path, .limit = limit}, 1, NULL, &data));
    return data;
}

static void check_points(const cgm_dataset *data, size_t row, const double *expected)
{
    double x[WIDTH];
    REQUIRE_OK(cgm_dataset_read(data, "point", 1, &row, x));
    CU_ASSERT(memcmp(x, expected, sizeof x) == 0);
}

static void files(void)
{
    static double x[ROWS * WIDTH];
    write_points(test_path("points.h5"), x);
    cgm_dataset *data = open_data(test_path("points.h5"), 0), *again;
    const cgm_variable *p = cgm_dataset_find(data, "point");
    CU_ASSERT_FATAL(p && p->type == CGM_VECTOR && p->width == WIDTH && cgm_variable_width(p) == WIDTH);
    CU_ASSERT(!cgm_dataset_column(data, "point") && !cgm_dataset_pixels(data, "point", 0));
    for (size_t i = 0; i < ROWS; i++) check_points(data, i, x + i * WIDTH);
    REQUIRE_OK(cgm_dataset_save(data, test_path("saved.h5")));
    cgm_dataset_destroy(data);

    /* Of what was saved some training rows: the test rows move up. */
    again = open_data(test_path("saved.h5"), 10);
    CU_ASSERT_FATAL(cgm_dataset_rows(again) == 10 + HELD_OUT);
    for (size_t i = 0; i < 10; i++) check_points(again, i, x + i * WIDTH);
    for (size_t i = 0; i < HELD_OUT; i++) check_points(again, 10 + i, x + (ROWS - HELD_OUT + i) * WIDTH);
    cgm_dataset_destroy(again);
    cgm_file *file;
    double one;
    REQUIRE_OK(cgm_file_open(test_path("saved.h5"), &file));
    CHECK_FAILS(cgm_file_read(file, "/component", CGM_F64, CGM_SHAPE(1), &one), CGM_E_FORMAT, "the name of an axis");
    cgm_file_close(file);
}

/* What takes columns of numbers leaves a vector out, or says that it has no room for it. */
static void data_sets(void)
{
    static double x[ROWS * WIDTH];
    const size_t rows[] = {3, 3, 0};
    write_points(test_path("points.h5"), x);
    cgm_dataset *data = open_data(test_path("points.h5"), 0), *sample;
    REQUIRE_OK(cgm_dataset_resample(data, 3, rows, &sample));
    CU_ASSERT(cgm_dataset_variables(sample) == 2 && !cgm_dataset_find(sample, "point"));
    cgm_dataset_destroy(sample);
    CHECK_FAILS(cgm_dataset_export(data, test_path("folder"), 1), CGM_E_ARG, "has no room for the vector \"point\"");
    cgm_data_summary summary;
    double mean = 0, least = INFINITY;
    for (size_t i = (ROWS - HELD_OUT) * WIDTH; i < ROWS * WIDTH; i++) {
        mean += x[i] / (HELD_OUT * WIDTH);
        least = fmin(least, x[i]);
    }
    REQUIRE_OK(cgm_data_summary_fill(data, CGM_TEST, &summary));
    for (size_t v = 0; v < summary.n; v++) {
        if (summary.variable[v].variable->type != CGM_VECTOR) continue;
        CHECK_NEAR(summary.variable[v].mean, mean, 1e-12);
        CHECK_NEAR(summary.variable[v].least, least, 0);
    }
    cgm_data_summary_clear(&summary);
    cgm_dataset_destroy(data);

    FILE *f = new_table(test_path("p.csv"), "t,point");
    fprintf(f, "1,2\n3,4\n");
    fclose(f);
    const cgm_variable expected = {.name = "point", .type = CGM_VECTOR, .width = 2};
    cgm_data_opts table = {.path = test_path("p.csv"), .n_expect = 1, .expect = &expected};
    CHECK_FAILS(cgm_dataset_open(&table, 1, NULL, &data), CGM_E_FORMAT, "p.csv: point: a table has no vectors");
}

static void write_matrix(const char *path, cgm_shape shape, const double *x, const char *type)
{
    static const double t[3] = {1, 2, 3};
    cgm_file *file;
    REQUIRE_OK(cgm_file_create(path, &file));
    REQUIRE_OK(cgm_file_write(file, "/t", CGM_F64, CGM_SHAPE(3), NULL, t));
    REQUIRE_OK(cgm_file_write(file, "/p", CGM_F64, shape, NULL, x));
    if (type) REQUIRE_OK(cgm_file_set_text(file, "/p", "type", type));
    REQUIRE_OK(cgm_file_commit(file));
}

static void note(void *context, cgm_log_level level, const char *message)
{
    if (level == CGM_LOG_WARNING) snprintf(context, 512, "%s", message);
}

static void damaged_files(void)
{
    static double x[3 * (CGM_MAX_VECTOR + 1)];
    const struct {
        cgm_shape shape;
        const char *type, *message;
    } wrong[] = {
        {CGM_SHAPE(3), "vector", "m.h5:/p: of shape [3]; expected [N, width] of numbers, since its type is vector"},
        {CGM_SHAPE(3, 2, 2), "vector", "m.h5:/p: of shape [3, 2, 2]; expected [N, width]"},
        {CGM_SHAPE(3, 2), "continuous", "m.h5:/p: of shape [3, 2]; expected [N] of numbers"},
        {CGM_SHAPE(3, CGM_MAX_VECTOR + 1), "vector", "m.h5:/p: vectors of 4097 numbers; expected 1 to 4096"},
        {CGM_SHAPE(2, 2), "vector", "3 rows, but \"p\" has 2"},
    };
    char *path = test_path("m.h5"), warning[512] = "";
    cgm_dataset *data = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        write_matrix(path, wrong[i].shape, x, wrong[i].type);
        CHECK_FAILS(cgm_dataset_open(&(cgm_data_opts){.path = path}, 1, NULL, &data), CGM_E_FORMAT, wrong[i].message);
    }
    x[5] = NAN;
    write_matrix(path, CGM_SHAPE(3, 2), x, "vector");
    CHECK_FAILS(cgm_dataset_open(&(cgm_data_opts){.path = path}, 1, NULL, &data), CGM_E_FORMAT,
                "m.h5:/p: row 2: nan is not a finite number");

    /* A matrix that nothing is said of. */
    write_matrix(path, CGM_SHAPE(3, 2), x, NULL);
    cgm_sink sink = {.log = note, .context = warning};
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = path}, 1, &sink, &data));
    CU_ASSERT(cgm_dataset_variables(data) == 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(warning, "/p is left out"));
    CU_ASSERT_PTR_NOT_NULL(strstr(warning, "the attribute type = vector would keep it"));
    cgm_dataset_destroy(data);
}

/* ---- models ---- */

static const char graph[] = "graph:\n"
                            "  t: {type: continuous}\n"
                            "  g: {type: categorical, parents: [t]}\n"
                            "  point: {type: vector, parents: [g], mechanism: toy_vector}\n";

static model train_points(int threads)
{
    vector_register();
    write_points(test_path("points.h5"), NULL);
    return train_on(graph, test_path("points.h5"), threads);
}

typedef struct asked {
    cgm_config *config;
    cgm_arena arena;
    cgm_query query;
} asked;

static asked ask(const char *text)
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

static void answer_to(cgm_run *run, const char *text, const char *path)
{
    asked a = ask(text);
    cgm_answer *answer;
    a.query.out = path;
    REQUIRE_OK(cgm_run_answer(run, &a.query, &answer));
    cgm_answer_destroy(answer);
    clear(&a);
}

static void read_to(cgm_file *file, const char *path, cgm_shape shape, double *out)
{
    cgm_dtype dtype;
    cgm_shape found;
    double one;
    char axis[64];
    REQUIRE_OK(cgm_file_info(file, path, &dtype, &found));
    CU_ASSERT(dtype == CGM_F64 || shape.rank == 1);
    REQUIRE_OK(cgm_file_read(file, path, CGM_F64, shape, out));
    if (shape.rank < 2 || strncmp(path, "/noise", 6) == 0) return;
    snprintf(axis, sizeof axis, "%.*s/component", (int)(strrchr(path, '/') - path), path);
    CHECK_FAILS(cgm_file_read(file, axis, CGM_F64, CGM_SHAPE(1), &one), CGM_E_FORMAT, "the name of an axis");
}

/* A counterfactual keeps the noise: the point moves with its level's mean. */
static void counterfactuals(void)
{
    enum { N = 12 };
    double x[N * WIDTH], y[N * WIDTH], u[N * WIDTH], g[N], set[N];
    cgm_file *file;
    model m = train_points(1);
    const vector_toy *fitted = (const vector_toy *)cgm_scm_mechanism(cgm_run_scm(m.run), 2);
    answer_to(m.run, "counterfactual: {do: {g: 2}, n: 12}", test_path("cf.h5"));
    REQUIRE_OK(cgm_file_open(test_path("cf.h5"), &file));
    read_to(file, "/factual/point", CGM_SHAPE(N, WIDTH), x);
    read_to(file, "/counterfactual/point", CGM_SHAPE(N, WIDTH), y);
    read_to(file, "/noise/point", CGM_SHAPE(N, WIDTH), u);
    read_to(file, "/factual/g", CGM_SHAPE(N), g);
    read_to(file, "/intervention/g", CGM_SHAPE(N), set);
    cgm_file_close(file);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < WIDTH; k++) {
            double from = fitted->mean[(size_t)g[i] * WIDTH + k], to = fitted->mean[2 * WIDTH + k];
            CHECK_NEAR(y[i * WIDTH + k] - x[i * WIDTH + k], to - from, 1e-12);
            CHECK_NEAR(u[i * WIDTH + k] * fitted->sd[k], x[i * WIDTH + k] - from, 1e-12);
        }
    destroy(&m);
}

/* Samples from the run file alone have the fitted law. */
static void samples(void)
{
    enum { N = 4000 };
    static double x[N * WIDTH];
    double mean[WIDTH] = {0}, squares[WIDTH] = {0};
    cgm_file *file;
    cgm_run *run;
    model m = train_points(2);
    answer_to(m.run, "sample: {n: 4000, do: {g: 1}}", test_path("a.h5"));
    destroy(&m);
    REQUIRE_OK(cgm_run_open(test_path("m.h5"), NULL, &run));
    const vector_toy *fitted = (const vector_toy *)cgm_scm_mechanism(cgm_run_scm(run), 2);
    CU_ASSERT(fitted->width == WIDTH);
    answer_to(run, "sample: {n: 4000, do: {g: 1}}", test_path("b.h5"));
    for (int k = 0; k < 2; k++) {
        static double again[N * WIDTH];
        REQUIRE_OK(cgm_file_open(test_path(k ? "b.h5" : "a.h5"), &file));
        read_to(file, "/sample/point", CGM_SHAPE(N, WIDTH), k ? again : x);
        cgm_file_close(file);
        CU_ASSERT(k == 0 || memcmp(x, again, sizeof x) == 0);
    }
    for (size_t i = 0; i < N * WIDTH; i++) mean[i % WIDTH] += x[i] / N;
    for (size_t i = 0; i < N * WIDTH; i++) squares[i % WIDTH] += pow(x[i] - mean[i % WIDTH], 2) / N;
    for (size_t k = 0; k < WIDTH; k++) {
        CHECK_NEAR(mean[k], fitted->mean[WIDTH + k], 4.5 * fitted->sd[k] / sqrt(N));
        CHECK_NEAR(squares[k], fitted->sd[k] * fitted->sd[k], 4.5 * sqrt(2.0 / N) * fitted->sd[k] * fitted->sd[k]);
    }
    cgm_run_destroy(run);
}

static model train_ring(void)
{
    static const char text[] = "data: {make: ring, n: 8050, seed: 2, test: 50}\n"
                               "graph:\n"
                               "  mode: {type: categorical}\n"
                               "  point: {type: vector, parents: [mode], mechanism: toy_vector}\n";
    model m = {0};
    vector_register();
    REQUIRE_OK(cgm_config_parse(text, "ring.yaml", &m.config));
    REQUIRE_OK(cgm_run_create(m.config, &(cgm_run_opts){.threads = 1}, &m.run));
    REQUIRE_OK(cgm_run_train(m.run, test_path("ring.h5")));
    return m;
}

/* Of a fitted model with the generator's law counterfactuals are the true ones, but for what fitting has left. */
static void true_counterfactuals(void)
{
    enum { N = 50 };
    double x[N * WIDTH], y[N * WIDTH], mean[2] = {0};
    cgm_file *file;
    model m = train_ring();
    CU_ASSERT_PTR_NOT_NULL(strstr(cgm_run_config_text(m.run), "width: 2"));
    answer_to(m.run, "counterfactual: {do: {mode: 3}}", test_path("ringcf.h5"));
    REQUIRE_OK(cgm_file_open(test_path("ringcf.h5"), &file));
    read_to(file, "/counterfactual/point", CGM_SHAPE(N, WIDTH), x);
    read_to(file, "/truth/point", CGM_SHAPE(N, WIDTH), y);
    cgm_file_close(file);
    for (size_t i = 0; i < N * WIDTH; i++) {
        CHECK_NEAR(x[i], y[i], 0.03);
        mean[i % WIDTH] += y[i] / N;
    }
    CHECK_NEAR(mean[0], -sqrt(2), 0.08);
    CHECK_NEAR(mean[1], sqrt(2), 0.08);
    destroy(&m);
}

/* Effects in single rows are vectors; so is their mean. */
static void unit_effects(void)
{
    enum { N = 6 };
    static const char *const mediator[] = {"g"};
    double total[N * WIDTH], mean[WIDTH];
    cgm_file *file;
    cgm_unit_effects *u;
    cgm_mediation_opts opts;
    model m = train_points(1);
    cgm_mediation_init(&opts);
    opts.treatment = "t";
    opts.outcome = "point";
    opts.control = 0.1;
    opts.treated = 0.9;
    opts.mediators = mediator;
    opts.n_mediators = 1;
    cgm_unit_query query = {.choice = {.split = CGM_TEST, .n = N}, .out = test_path("units.h5")};
    REQUIRE_OK(cgm_run_mediate_units(m.run, &opts, &query, &u));
    cgm_unit_effects_destroy(u);
    REQUIRE_OK(cgm_file_open(test_path("units.h5"), &file));
    read_to(file, "/effect/total", CGM_SHAPE(N, WIDTH), total);
    REQUIRE_OK(cgm_file_read(file, "/mean/total", CGM_F64, CGM_SHAPE(WIDTH), mean));
    cgm_file_close(file);
    for (size_t k = 0; k < WIDTH; k++) {
        double sum = 0;
        for (size_t i = 0; i < N; i++) sum += total[i * WIDTH + k] / N;
        CHECK_NEAR(mean[k], sum, 1e-12);
    }
    destroy(&m);
}

/* ---- pictures ---- */

static void draw(cgm_run *run, const char *text, size_t batch, const char *path)
{
    asked a = ask(text);
    cgm_answer *answer;
    a.query.png = path;
    a.query.batch = batch;
    REQUIRE_OK(cgm_run_answer(run, &a.query, &answer));
    cgm_answer_destroy(answer);
    clear(&a);
}

/* Samples beside the data; factual, counterfactual and true points: as many panels, whatever the batches. */
static void pictures(void)
{
    static const struct {
        const char *query;
        unsigned panels;
    } rows[] = {
        {"sample: {n: 300}", 2},
        {"sample: {n: 300, do: {mode: 3}}", 2},
        {"counterfactual: {do: {mode: 3}}", 3},
        {"counterfactual: {do: {mode: 3}, truth: false}", 2},
        {"counterfactual: {do: [{mode: 3}, {mode: 1}]}", 5},
    };
    unsigned width, height, one = 0;
    model m = train_ring();
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        char hex[2][65];
        for (size_t batch = 0; batch < 2; batch++) {
            draw(m.run, rows[k].query, 7 * batch, test_path("p.png"));
            REQUIRE_OK(cgm_sha256_file(test_path("p.png"), hex[batch]));
        }
        CU_ASSERT_STRING_EQUAL(hex[0], hex[1]);
        free(read_png(test_path("p.png"), &width, &height));
        if (k == 0) one = width - 324;
        CU_ASSERT_EQUAL(width, one + 324 * (rows[k].panels - 1));
    }
    destroy(&m);
}

static void no_pictures(void)
{
    static const char *const graphs[][2] = {
        {"graph:\n  point: {type: vector, mechanism: toy_vector}\n", NULL},
        {"graph:\n  wide: {type: vector, mechanism: toy_vector}\n", "png: p.png: 'wide' has 3 numbers; points with 2"},
        {"graph:\n  wide: {type: vector, mechanism: toy_vector}\n  point: {type: vector, mechanism: toy_vector}\n",
         NULL},
        {"graph:\n  t: {type: continuous}\n", "png: p.png: the graph has no image to draw, nor a vector"},
    };
    double x[3 * 20];
    cgm_file *file;
    for (size_t i = 0; i < 60; i++) x[i] = (double)(i * i % 17);
    REQUIRE_OK(cgm_file_create(test_path("w.h5"), &file));
    REQUIRE_OK(cgm_file_write(file, "/t", CGM_F64, CGM_SHAPE(20), NULL, x));
    REQUIRE_OK(cgm_file_write(file, "/point", CGM_F64, CGM_SHAPE(20, 2), NULL, x));
    REQUIRE_OK(cgm_file_write(file, "/wide", CGM_F64, CGM_SHAPE(20, 3), NULL, x));
    REQUIRE_OK(cgm_file_set_text(file, "/point", "type", "vector"));
    REQUIRE_OK(cgm_file_set_text(file, "/wide", "type", "vector"));
    REQUIRE_OK(cgm_file_commit(file));
    vector_register();
    for (size_t k = 0; k < sizeof graphs / sizeof *graphs; k++) {
        model m = train_on(graphs[k][0], test_path("w.h5"), 1);
        asked a = ask("sample: {png: p.png}");
        if (graphs[k][1]) {
            CHECK_FAILS(cgm_run_check_query(m.run, &a.query), CGM_E_ARG, graphs[k][1]);
        } else {
            CHECK_OK(cgm_run_check_query(m.run, &a.query));
        }
        clear(&a);
        destroy(&m);
    }
}

/* ---- what there is not ---- */

/* Independences are tested of scalars: that of t and point given g is not. */
static void checks(void)
{
    cgm_config *config;
    cgm_dag *dag;
    cgm_arena arena = {0};
    cgm_check_opts opts;
    cgm_check result;
    write_points(test_path("points.h5"), NULL);
    cgm_dataset *data = open_data(test_path("points.h5"), 0);
    REQUIRE_OK(cgm_config_parse(graph, "g.yaml", &config));
    REQUIRE_OK(cgm_dag_from_config(cgm_config_root(config), &dag));
    cgm_check_init(&opts);
    REQUIRE_OK(cgm_check_graph(dag, data, &opts, &arena, &result));
    CU_ASSERT_EQUAL(result.n, 0);
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(cgm_set_has(result.not_scalar, i), strcmp(cgm_dag_name(dag, i), "point") == 0);
    cgm_arena_clear(&arena);
    cgm_dataset_destroy(data);
    cgm_dag_destroy(dag);
    cgm_config_destroy(config);
}

static void refused(void)
{
    static const struct {
        const char *query, *message;
        cgm_status status;
    } wrong[] = {
        {"sample: {do: {point: 3}}", "a vector cannot be set to a number", CGM_E_UNSUPPORTED},
        {"sample: {do: {point: +=3}}", "a vector cannot be set to a number", CGM_E_UNSUPPORTED},
        {"sample: {do: {point: permuted}}", "a vector", CGM_E_UNSUPPORTED},
        {"counterfactual: {do: 't = 1 if point > 0'}", "'point' is a vector; expected a scalar variable", CGM_E_ARG},
        {"sample: {out: a.csv}", "a.csv: a table has no room for 'point', a vector", CGM_E_ARG},
        {"counterfactual: {do: {t: 1}, measure: [t]}", "the graph has no image to measure", CGM_E_ARG},
    };
    model m = train_points(1);
    const cgm_scm *scm = cgm_run_scm(m.run);
    cgm_arena arena = {0};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        asked a = ask(wrong[k].query);
        CHECK_FAILS(cgm_run_check_query(m.run, &a.query), wrong[k].status, wrong[k].message);
        clear(&a);
    }
    cgm_observation *seen;
    size_t n;
    CHECK_FAILS(cgm_scm_parse_evidence(scm, "point=1", &arena, &n, &seen), CGM_E_UNSUPPORTED, "'point' is a vector");
    cgm_effect_opts effect;
    cgm_effect result;
    cgm_effect_init(&effect);
    effect.treatment = "t";
    effect.from = 0, effect.to = 1;
    effect.outcome = "point";
    CHECK_FAILS(cgm_run_effect(m.run, &effect, &result), CGM_E_UNSUPPORTED, "outcome: 'point' is a vector");
    cgm_arena_clear(&arena);
    destroy(&m);
}

static const test_case cases[] = {
    {"configs", configs},
    {"files", files},
    {"data sets", data_sets},
    {"damaged files", damaged_files},
    {"counterfactuals", counterfactuals},
    {"samples", samples},
    {"true counterfactuals", true_counterfactuals},
    {"unit effects", unit_effects},
    {"pictures", pictures},
    {"no pictures", no_pictures},
    {"checks", checks},
    {"refused", refused},
};
TEST_MAIN("vector", cases)
