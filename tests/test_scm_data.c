/* Models on a data set: what the config takes from it, fitting, states in files, and counterfactuals against the truth.
 */
#include "tests/scm_toys.h"

#include "scm/mechanism_table.h"

enum { ROWS = 600, HELD_OUT = 100 };
static cgm_dataset *data;

static void close_data(void)
{
    cgm_dataset_destroy(data);
}

/* One data set for all cases. */
static void open_data(void)
{
    if (data) return;
    cgm_data_opts opts = {.make = "strokes", .n = ROWS, .seed = 1, .test = HELD_OUT};
    REQUIRE_OK(cgm_dataset_open(&opts, 2, NULL, &data));
    atexit(close_data);
}

static cgm_status from_text(const char *text, cgm_scm **out)
{
    cgm_config *config;
    open_data();
    REQUIRE_OK(cgm_config_parse(text, "run.yaml", &config));
    cgm_status status = cgm_scm_from_config(cgm_config_root(config), data, out);
    cgm_config_destroy(config);
    return status;
}

static cgm_status fit(cgm_scm *scm, size_t v)
{
    cgm_mechanism *m = cgm_scm_mechanism(scm, v);
    cgm_train_opts train = {.epochs = 1};
    cgm_fit f = {.data = data, .train = &train, .rng = cgm_rng_create(1), .threads = 1};
    cgm_fit_report report;
    CGM_TRY(m->methods->fit_begin(m, &f, &report));
    CU_ASSERT(report.memory_bytes > 0 || report.total > 0);
    cgm_status status = m->methods->fit_step(m, &f, &report);
    CU_ASSERT(status != CGM_OK || (report.finished && report.done == report.total && report.total == ROWS - HELD_OUT));
    m->methods->fit_end(m);
    return status;
}

static const char model[] = "digit: {type: categorical}\n"
                            "slant: {type: continuous}\n"
                            "thickness: {type: continuous, range: [0.5, 12]}\n"
                            "intensity: {type: continuous, range: [64, 255], parents: [thickness, digit]}\n";

static cgm_scm *fitted(void)
{
    cgm_scm *scm = NULL;
    REQUIRE_OK(from_text(model, &scm));
    for (size_t v = 0; v < cgm_scm_count(scm); v++) REQUIRE_OK(fit(scm, v));
    return scm;
}

static void from_data(void)
{
    cgm_scm *scm = NULL;
    REQUIRE_OK(from_text(model, &scm));
    CU_ASSERT_EQUAL(cgm_scm_variable(scm, 0)->levels, 10); /* the config leaves it out */
    cgm_scm_destroy(scm);
    static const char *const wrong[][2] = {
        {"\nthicknes: {type: continuous}", "run.yaml:2: thicknes: the data (strokes"},
        {"thicknes: {type: continuous}", "did you mean 'thickness'?"},
        {"thickness: {type: categorical, levels: 3}",
         "run.yaml:1: thickness: categorical here, but continuous in the data"},
        {"digit: {type: categorical, levels: 9}", "run.yaml:1: digit: levels: 9 here, but 10 in the data"},
        {"digit: {type: continuous}", "run.yaml:1: digit: continuous here, but categorical in the data"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_FAILS(from_text(wrong[i][0], &scm), CGM_E_CONFIG, wrong[i][1]);
}

static void out_of_range(void)
{
    cgm_scm *scm = NULL;
    REQUIRE_OK(from_text(
        "thickness: {type: continuous, range: [0.5, 2]}\nslant: {type: continuous, parents: [thickness]}", &scm));
    const double *column = cgm_dataset_column(data, "thickness");
    size_t row = 0;
    while (column[row] <= 2) row++;
    char expected[128];
    snprintf(expected, sizeof expected, "variable 'thickness', row %zu of the data: %g is outside its range [0.5, 2]",
             row, column[row]);
    CHECK_FAILS(fit(scm, 0), CGM_E_ARG, expected);
    CHECK_FAILS(fit(scm, 1), CGM_E_ARG, expected); /* as a parent, too */
    cgm_scm_destroy(scm);
}

static void collect(cgm_scm *scm, cgm_state *state)
{
    for (size_t v = 0; v < cgm_scm_count(scm); v++) {
        cgm_state one = {0};
        cgm_mechanism *m = cgm_scm_mechanism(scm, v);
        REQUIRE_OK(m->methods->state(m, &one));
        for (size_t i = 0; i < one.n; i++)
            REQUIRE_OK(cgm_state_add(state, one.entry[i].dtype, one.entry[i].shape, one.entry[i].data, "%s/%s",
                                     cgm_scm_variable(scm, v)->name, one.entry[i].name));
        cgm_state_clear(&one);
    }
}

/* Saved and loaded into a fresh model, the parameters give the same answers to the bit. */
static void states(void)
{
    cgm_scm *scm = fitted(), *loaded = NULL;
    REQUIRE_OK(from_text(model, &loaded));
    cgm_state state = {0};
    cgm_file *file;
    const char *path = test_path("model.h5");
    collect(scm, &state);
    REQUIRE_OK(cgm_file_create(path, &file));
    REQUIRE_OK(cgm_state_save(&state, file, "/model"));
    REQUIRE_OK(cgm_file_commit(file));
    cgm_state_clear(&state);
    collect(loaded, &state);
    REQUIRE_OK(cgm_file_open(path, &file));
    REQUIRE_OK(cgm_state_load(&state, file, "/model"));
    cgm_file_close(file);
    cgm_state_clear(&state);
    cgm_world *a = toy_world(scm, 50), *b = toy_world(loaded, 50);
    cgm_rng rng = cgm_rng_create(3);
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, NULL, a));
    REQUIRE_OK(cgm_scm_sample(loaded, &rng, 0, NULL, NULL, b));
    for (size_t i = 0; i < cgm_scm_nodes(scm); i++)
        CU_ASSERT(memcmp(a->value[i].data, b->value[i].data, 50 * sizeof(double)) == 0);
    cgm_world_destroy(b);
    cgm_world_destroy(a);
    cgm_scm_destroy(loaded);
    cgm_scm_destroy(scm);
}

/* On rows that no fit saw, the counterfactual intensity under do(thickness) is near the true one. */
static void against_the_truth(void)
{
    cgm_scm *scm = fitted();
    size_t begin, n, rows[HELD_OUT];
    cgm_dataset_split(data, CGM_TEST, &begin, &n);
    CU_ASSERT_EQUAL_FATAL(n, HELD_OUT);
    for (size_t i = 0; i < n; i++) rows[i] = begin + i;
    cgm_world *factual = toy_world(scm, n), *other = toy_world(scm, n);
    cgm_rng rng = cgm_rng_create(1);
    double truth[HELD_OUT], error = 0, unedited = 0;
    REQUIRE_OK(cgm_world_read(scm, data, rows, factual));
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, factual));
    toy_predict_under(scm, factual, DO("thickness=3.5"), other);
    cgm_assignment set = {.variable = "thickness", .value = 3.5};
    REQUIRE_OK(cgm_dataset_truth(data, 1, &set, "intensity", n, rows, truth));
    for (size_t i = 0; i < n; i++) {
        error += fabs(toy_values(scm, other, "intensity")[i] - truth[i]) / (double)n;
        unedited += fabs(toy_values(scm, factual, "intensity")[i] - truth[i]) / (double)n;
    }
    CU_ASSERT(unedited > 50);
    CHECK_NEAR(error, 0, 3); /* the sampling error of the coefficients from 500 rows */
    CU_ASSERT(memcmp(toy_values(scm, factual, "slant"), toy_values(scm, other, "slant"), n * sizeof(double)) == 0);
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

static const test_case cases[] = {
    {"config and data", from_data},
    {"out of range", out_of_range},
    {"states", states},
    {"against the truth", against_the_truth},
};
TEST_MAIN("scm on data", cases)
