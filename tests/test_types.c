/* Types of variables: what configs and files say of them, which values they take, and what is refused. */
#include <gsl/gsl_randist.h>
#include <string.h>

#include "data/dataset.h"
#include "scm/mechanisms/affine_flow.h"
#include "scm/object.h"
#include "tests/harness.h"

static cgm_status model(const char *graph, const cgm_dataset *data, cgm_scm **out)
{
    cgm_config *config;
    REQUIRE_OK(cgm_config_parse(graph, "run.yaml", &config));
    cgm_status status = cgm_scm_from_config(cgm_config_root(config), data, out);
    cgm_config_destroy(config);
    return status;
}

static void types_of_configs(void)
{
    static const struct {
        const char *text, *name;
        cgm_variable_type type;
        bool bounded;
        double low, high;
    } rows[] = {
        {"x: {type: continuous}", "continuous", CGM_CONTINUOUS, false, 0, 0},
        {"x: {type: continuous, range: [1, 2]}", "bounded", CGM_CONTINUOUS, true, 1, 2},
        {"x: {type: bounded, range: [-1, 2]}", "bounded", CGM_CONTINUOUS, true, -1, 2},
        {"x: {type: positive}", "positive", CGM_CONTINUOUS, true, 0, INFINITY},
        {"x: {type: ordinal, levels: 3}", "ordinal", CGM_ORDINAL, false, 0, 0},
        {"x: {type: ordinal, levels: [low, middle, high]}", "ordinal", CGM_ORDINAL, false, 0, 0},
        {"x: {type: count}", "count", CGM_COUNT, false, 0, 0},
        {"x: {type: count, range: [0, 12]}", "count", CGM_COUNT, true, 0, 12},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cgm_scm *scm = NULL;
        REQUIRE_OK(model(rows[i].text, NULL, &scm));
        const cgm_variable *x = cgm_scm_variable(scm, 0);
        CU_ASSERT_EQUAL(x->type, rows[i].type);
        CU_ASSERT_STRING_EQUAL(cgm_variable_type_name(x), rows[i].name);
        CU_ASSERT(x->bounded == rows[i].bounded && x->low == rows[i].low && x->high == rows[i].high);
        CU_ASSERT_EQUAL(cgm_variable_is_positive(x), strcmp(rows[i].name, "positive") == 0);
        CU_ASSERT_EQUAL(x->levels, x->type == CGM_ORDINAL ? 3 : 0);
        cgm_scm_destroy(scm);
    }
}

static void config_errors(void)
{
    static const char *const rows[][2] = {
        {"x: {type: bounded}", "run.yaml:1: x: a bounded variable: expected its range: [low, high]"},
        {"x: {type: positive, range: [0, 3]}", "run.yaml:1: x: a positive variable has no range"},
        {"x: {type: ordinal, range: [0, 3]}", "run.yaml:1: x: an ordinal variable has no range"},
        {"x: {type: ordinal}", "x: 0 levels: an ordinal variable has 2 to 1000"},
        {"x: {type: ordinal, levels: 1}", "levels: expected a whole number from 2 to 1000"},
        {"x: {type: count, levels: 3}", "x: a count variable has no levels"},
        {"x: {type: count, range: [1, 3]}", "x: range: a count's goes from 0 to a whole number"},
        {"x: {type: count, range: [0, 2.5]}", "x: range: a count's goes from 0 to a whole number"},
        {"x: {type: count, width: 3}", "x: a count variable has no width"},
        {"x: {type: conut}", "did you mean \"count\"?"},
        {"x: {type: count, mechanism: categorical}", "x: mechanism categorical cannot produce a count variable"},
        {"x: {type: ordinal, levels: 3, mechanism: affine_flow}", "mechanism affine_flow cannot produce an ordinal"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cgm_scm *scm = NULL;
        CHECK_FAILS(model(rows[i][0], NULL, &scm), CGM_E_CONFIG, rows[i][1]);
    }
}

static void values(void)
{
    const cgm_variable count = {.name = "c", .type = CGM_COUNT},
                       few = {.name = "c", .type = CGM_COUNT, .bounded = true, .high = 5},
                       positive = {.name = "p", .bounded = true, .high = INFINITY},
                       negative = {.name = "p", .bounded = true, .low = -INFINITY, .high = -1},
                       closed = {.name = "b", .bounded = true, .low = -1, .high = 2},
                       grade = {.name = "g", .type = CGM_ORDINAL, .levels = 3};
    const struct {
        const cgm_variable *x;
        double value;
        const char *error; /* NULL: it may have the value */
    } rows[] = {
        {&count, 0, NULL},
        {&count, 7, NULL},
        {&count, CGM_MAX_COUNT, NULL},
        {&count, -1, "-1 is not a count: expected a whole number from 0"},
        {&count, 2.5, "2.5 is not a count: expected a whole number from 0"},
        {&count, 2 * CGM_MAX_COUNT, "expected a whole number from 0 to 2^53"},
        {&count, INFINITY, "not a finite number"},
        {&few, 5, NULL},
        {&few, 6, "6 is outside its range [0, 5]"},
        {&positive, 1e-300, NULL},
        {&positive, 1e300, NULL},
        {&positive, 0, "0 is out of range: expected a number above 0"},
        {&positive, NAN, "not a finite number"},
        {&negative, -2, NULL},
        {&negative, -1, "-1 is out of range: expected a number below -1"},
        {&closed, 2, NULL},
        {&closed, -1, NULL},
        {&closed, 2.1, "2.1 is outside its range [-1, 2]"},
        {&grade, 2, NULL},
        {&grade, 3, "3 is not a level: expected a whole number from 0 to 2"},
        {&grade, 0.5, "0.5 is not a level"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cgm_status status = cgm_variable_check(rows[i].x, rows[i].value);
        if (!rows[i].error) {
            CHECK_OK(status);
            continue;
        }
        CHECK_FAILS(status, CGM_E_ARG, rows[i].error);
    }
}

/* ---- Files ---- */

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    CU_ASSERT_FATAL(file != NULL);
    fputs(text, file);
    fclose(file);
}

/* Opens a CSV file as a run does: for the variables of a graph. */
static cgm_status open_for(const char *csv, const char *graph, cgm_dataset **out)
{
    cgm_config *config;
    cgm_arena arena = {0};
    cgm_variable *expect;
    cgm_data_opts opts = {.path = test_path("t.csv")};
    write_text(opts.path, csv);
    REQUIRE_OK(cgm_config_parse(graph, "run.yaml", &config));
    REQUIRE_OK(cgm_scm_read_variables(cgm_config_root(config), &arena, &opts.n_expect, &expect));
    opts.expect = expect;
    cgm_status status = cgm_dataset_open(&opts, 1, NULL, out);
    cgm_arena_clear(&arena);
    cgm_config_destroy(config);
    return status;
}

static const char graph[] = "visits: {type: count}\n"
                            "grade: {type: ordinal, levels: [low, middle, high]}\n"
                            "weight: {type: positive}\n"
                            "share: {type: bounded, range: [0, 1]}\n";
static const char table[] = "visits,grade,weight,share\n0,high,2.5,0.5\n3,low,0.5,0\n12,middle,1e3,1\n";

static void check_table(const cgm_dataset *data)
{
    static const double grade[] = {2, 0, 1}, visits[] = {0, 3, 12};
    const cgm_variable *g = cgm_dataset_find(data, "grade"), *v = cgm_dataset_find(data, "visits");
    CU_ASSERT_FATAL(g != NULL && v != NULL);
    CU_ASSERT(g->type == CGM_ORDINAL && g->levels == 3 && v->type == CGM_COUNT);
    CU_ASSERT_STRING_EQUAL(g->level_names[0], "low");
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(cgm_dataset_column(data, "grade")[i], grade[i]);
        CU_ASSERT_EQUAL(cgm_dataset_column(data, "visits")[i], visits[i]);
    }
}

static void tables(void)
{
    cgm_dataset *data = NULL, *back = NULL;
    cgm_scm *scm = NULL;
    char *path = test_path("t.h5");
    REQUIRE_OK(open_for(table, graph, &data));
    check_table(data);
    CHECK_OK(model(graph, data, &scm));
    cgm_scm_destroy(scm);
    REQUIRE_OK(cgm_dataset_save(data, path));
    REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = path}, 1, NULL, &back));
    check_table(back);
    CHECK_OK(model(graph, back, &scm)); /* a CSV file's numbers may be positive, and bounded */
    cgm_scm_destroy(scm);
    CHECK_FAILS(model("grade: {type: ordinal, levels: [low, high, middle]}", back, &scm), CGM_E_CONFIG,
                "run.yaml:1: grade: level 1 is 'high' here, but 'middle' in the data");
    CHECK_FAILS(model("grade: {type: count}", back, &scm), CGM_E_CONFIG, "count here, but ordinal in the data");
    cgm_dataset_destroy(back);
    cgm_dataset_destroy(data);
}

static void table_errors(void)
{
    static const char *const rows[][3] = {
        {"visits\n3\n-1\n", "visits: {type: count}", "t.csv: visits: row 1: -1 is not a count"},
        {"visits\n3\n1.5\n", "visits: {type: count}", "t.csv: visits: row 1: 1.5 is not a count"},
        {"visits\n3\n9\n", "visits: {type: count, range: [0, 8]}", "t.csv: visits: row 1: 9 is outside its range"},
        {"visits\n3\nmany\n", "visits: {type: count}", "t.csv:3: visits: expected a number, got \"many\""},
        {"grade\nlow\nmid\n", "grade: {type: ordinal, levels: [low, high]}", "t.csv:3: grade: \"mid\" is none of"},
        {"grade\nlow\nhigh\n", "grade: {type: ordinal}", "expected levels: [high, ...] in order"},
        {"grade\n0\n3\n", "grade: {type: ordinal, levels: 3}", "t.csv: grade: row 1: 3 is not a level"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cgm_dataset *data = NULL;
        CHECK_FAILS(open_for(rows[i][0], rows[i][1], &data), CGM_E_FORMAT, rows[i][2]);
    }
}

/* A data set's own word on its types, in HDF5. */
static void files(void)
{
    static const double x[] = {1, 2, 5000}, bad[] = {1, 0, -2};
    static const struct {
        const char *type, *error;
        double low, high; /* low < high: written */
        bool bad;
    } rows[] = {
        {"positive", NULL, 0, 0, false},
        {"positive", "/x: row 1: 0 is out of range: expected a number above 0", 0, 0, true},
        {"bounded", "/x: the type is bounded; expected the attributes low and high", 0, 0, false},
        {"bounded", NULL, 0, 5000, false},
        {"bounded", "/x: row 2: -2 is outside its range [0, 3]", 0, 3, true},
        {"count", NULL, 0, 0, false},
        {"count", "/x: row 2: -2 is not a count", 0, 0, true},
        {"count", "/x: row 2: 5000 is outside its range [0, 9]", 0, 9, false},
        {"count", "/x: a range from 1 to 9; expected one of counts, from 0", 1, 9, false},
        {"counts", "expected continuous, positive, bounded, binary, categorical, ordinal, count, image or vector", 0, 0,
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *path = test_path("typed.h5");
        cgm_file *file;
        cgm_dataset *data = NULL;
        REQUIRE_OK(cgm_file_create(path, &file));
        REQUIRE_OK(cgm_file_write(file, "/x", CGM_F64, CGM_SHAPE(3), NULL, rows[i].bad ? bad : x));
        REQUIRE_OK(cgm_file_set_text(file, "/x", "type", rows[i].type));
        if (rows[i].low < rows[i].high) {
            REQUIRE_OK(cgm_file_set_number(file, "/x", "low", rows[i].low));
            REQUIRE_OK(cgm_file_set_number(file, "/x", "high", rows[i].high));
        }
        REQUIRE_OK(cgm_file_commit(file));
        cgm_status status = cgm_dataset_open(&(cgm_data_opts){.path = path}, 1, NULL, &data);
        if (rows[i].error) {
            CHECK_FAILS(status, CGM_E_FORMAT, rows[i].error);
            continue;
        }
        REQUIRE_OK(status);
        CU_ASSERT_STRING_EQUAL(cgm_variable_type_name(cgm_dataset_variable(data, 0)), rows[i].type);
        REQUIRE_OK(cgm_dataset_save(data, path));
        cgm_dataset_destroy(data);
        REQUIRE_OK(cgm_dataset_open(&(cgm_data_opts){.path = path}, 1, NULL, &data));
        CU_ASSERT_STRING_EQUAL(cgm_variable_type_name(cgm_dataset_variable(data, 0)), rows[i].type);
        cgm_dataset_destroy(data);
    }
}

/* ---- Flows within bounds ---- */

static scm_affine_flow *make_flow(const cgm_variable *x)
{
    cgm_mechanism *base = NULL;
    cgm_mechanism_spec spec = {.variable = x};
    REQUIRE_OK(cgm_mechanism_find("affine_flow")->create(&spec, &base));
    return (scm_affine_flow *)base;
}

static void set_flow(scm_affine_flow *m, double location, double scale)
{
    m->location[0] = location;
    m->log_scale[0] = log(scale);
}

/* The value that comes back from its abducted noise. */
static double again(scm_affine_flow *m, double x, double *noise)
{
    double back;
    const cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
    cgm_values value = {1, 1, &x}, u = {1, 1, noise}, out = {1, 1, &back};
    REQUIRE_OK(m->base.methods->abduct(&m->base, NULL, &value, NULL, &opts, NULL, &u));
    REQUIRE_OK(m->base.methods->predict(&m->base, 0, NULL, NULL, &u, 1, &out));
    return back;
}

/* Composition to 1e-9 of the range within the central 99.9 %, however near a bound that is; and data exactly at a bound
 * are finite, and stay there to as much. */
static void composition(void)
{
    const cgm_variable closed = {.name = "x", .bounded = true, .low = 64, .high = 255},
                       positive = {.name = "x", .bounded = true, .high = INFINITY},
                       negative = {.name = "x", .bounded = true, .low = -INFINITY, .high = 3};
    const cgm_variable *const all[] = {&closed, &positive, &negative};
    for (size_t k = 0; k < 3; k++) {
        scm_affine_flow *m = make_flow(all[k]);
        for (double location = -40; location <= 40; location += 4)
            for (double u = -3.29; u <= 3.3; u += 0.47) {
                double x, noise;
                cgm_values in = {1, 1, &u}, out = {1, 1, &x};
                set_flow(m, location, 1.5);
                REQUIRE_OK(m->base.methods->predict(&m->base, 0, NULL, NULL, &in, 1, &out));
                /* Near 3, doubles are too few for exp(-40). */
                if (k == 2 && x == 3) continue;
                double scale = k == 0 ? 191 : fabs(x);
                CHECK_NEAR(again(m, x, &noise), x, 1e-9 * scale);
                if (k == 1 || (k == 0 && fabs(location) < 8)) CHECK_NEAR(noise, u, 1e-9);
            }
        m->base.methods->destroy(&m->base);
    }
    scm_affine_flow *m = make_flow(&closed);
    set_flow(m, 0, 1);
    for (double x = 64; x < 256; x += 191) {
        double noise;
        CHECK_NEAR(again(m, x, &noise), x, 6e-10 * 191);
        CHECK_NEAR(fabs(noise), log(2e9), 1e-6);
    }
    /* The neighbours of a bound are not moved. */
    double noise, next = nextafter(255, 0);
    CU_ASSERT_EQUAL(again(m, next, &noise), next);
    m->base.methods->destroy(&m->base);
}

/* A positive variable's flow is log-normal: fitted by the moments of the logarithms, with its density; a spline's too
 * is a flow of the logarithm. */
static void log_normal(void)
{
    enum { N = 50 };
    static double x[N], log_p[N];
    const cgm_variable positive = {.name = "x", .bounded = true, .high = INFINITY};
    cgm_rng rng = cgm_rng_create(9);
    double mean = 0, square = 0, nll;
    for (size_t i = 0; i < N; i++) {
        double y = 2 + 0.5 * cgm_rng_normal(&rng);
        x[i] = exp(y);
        mean += y / N;
        square += y * y / N;
    }
    double variance = square - mean * mean;
    scm_affine_flow *m = make_flow(&positive);
    cgm_values value = {N, 1, x};
    REQUIRE_OK(cgm_scm_affine_fit(m, &value, NULL, &nll));
    CHECK_NEAR(m->location[0], mean, 1e-12);
    CHECK_NEAR(exp(m->log_scale[0]), sqrt(variance), 1e-12);
    CHECK_NEAR(nll, mean + 0.5 * log(2 * M_PI * M_E * variance), 1e-12);
    REQUIRE_OK(m->base.methods->log_prob(&m->base, NULL, &value, NULL, log_p));
    for (size_t i = 0; i < N; i++)
        CHECK_NEAR(log_p[i], log(gsl_ran_lognormal_pdf(x[i], m->location[0], exp(m->log_scale[0]))), 1e-12);
    char text[100];
    set_flow(m, 2, 0.5);
    m->base.methods->describe(&m->base, sizeof text, text);
    CU_ASSERT_STRING_EQUAL(text, "x = exp(2 + 0.5 u), u ~ N(0, 1)");
    m->base.methods->destroy(&m->base);
}

/* Values at a bound are far out in y, where the fit's expected curvature is not the true one: it still converges. */
static void fits_at_bounds(void)
{
    enum { N = 240, FITS = 200 };
    double share[N], age[N];
    const cgm_variable x = {.name = "share", .bounded = true, .low = 0, .high = 1}, parent = {.name = "age"};
    const cgm_variable *const parents[] = {&parent};
    cgm_mechanism_spec spec = {.variable = &x, .n_parents = 1, .parents = parents};
    cgm_mechanism *base = NULL;
    cgm_rng rng = cgm_rng_create(2);
    REQUIRE_OK(cgm_mechanism_find("affine_flow")->create(&spec, &base));
    for (int fit = 0; fit < FITS; fit++) {
        double nll;
        for (size_t i = 0; i < N; i++) {
            size_t row = cgm_rng_below(&rng, N);
            share[i] = (double)(row * 17 % 101) / 100; /* 0 in three rows, 1 in two */
            age[i] = ((double)(row * 7 % 60) + (double)(row % 7) / 7 + 1) / 40;
        }
        cgm_values value = {N, 1, share}, of = {N, 1, age};
        CHECK_OK(cgm_scm_affine_fit((scm_affine_flow *)base, &value, &of, &nll));
    }
    base->methods->destroy(base);
}

static void described_bounds(void)
{
    const cgm_variable rows[] = {{.name = "x"},
                                 {.name = "x", .bounded = true, .low = 64, .high = 255},
                                 {.name = "x", .bounded = true, .low = 0, .high = 2},
                                 {.name = "x", .bounded = true, .low = 5, .high = INFINITY},
                                 {.name = "x", .bounded = true, .low = -INFINITY, .high = 3}};
    static const char *const want[] = {"x = 2 + 0.5 u, u ~ N(0, 1)", "x = 64 + 191 sigmoid(2 + 0.5 u), u ~ N(0, 1)",
                                       "x = 2 sigmoid(2 + 0.5 u), u ~ N(0, 1)", "x = 5 + exp(2 + 0.5 u), u ~ N(0, 1)",
                                       "x = 3 - exp(-(2 + 0.5 u)), u ~ N(0, 1)"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[100];
        scm_affine_flow *m = make_flow(&rows[i]);
        set_flow(m, 2, 0.5);
        m->base.methods->describe(&m->base, sizeof text, text);
        CU_ASSERT_STRING_EQUAL(text, want[i]);
        m->base.methods->destroy(&m->base);
    }
}

static const test_case cases[] = {
    {"types in configs", types_of_configs},
    {"mistakes in configs", config_errors},
    {"values", values},
    {"types in tables", tables},
    {"mistakes in tables", table_errors},
    {"types in files", files},
    {"composition within bounds", composition},
    {"log-normal", log_normal},
    {"fits at bounds", fits_at_bounds},
    {"descriptions of bounds", described_bounds},
};
TEST_MAIN("types", cases)
