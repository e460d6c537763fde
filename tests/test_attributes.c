/* The attributes of MorphoMNIST, whose causal model is known (Pawlowski, Castro, Glocker 2020): thickness t = 0.5 +
 * Gamma(10, rate 5), intensity i = 64 + 191 sigmoid(2 (t - 2.5) + u / 2), u standard normal. Counterfactual intensities
 * by the formulas, and by flows fitted to data, against what the law says of two digits of the paper's notebook. */
#include "scm/queries/unit.h"
#include "scm/runs/run.h"
#include "tests/harness.h"

static const double actions[] = {1.0, 1.5, 3.0, 5.0};
static const struct digit {
    const char *evidence;
    double u, intensity[4]; /* under each action, to four decimals */
} digits[] = {
    {"thickness=2.5802891, intensity=142.01439", -1.061891, {69.4329, 78.0800, 181.4956, 252.8363}},
    {"thickness=3.632892, intensity=242.2603", 0.745475, {76.8742, 95.3633, 216.3840, 254.1176}},
};

/* Asks for every counterfactual intensity; each must be within tol of the law's. */
static void check(const cgm_scm *scm, const char *also_seen, double tol, const char *what)
{
    int intensity = cgm_scm_find(scm, "intensity");
    for (size_t d = 0; d < 2; d++)
        for (size_t k = 0; k < 4; k++) {
            char evidence[128];
            cgm_arena arena = {0};
            cgm_observation *seen;
            cgm_intervention x = {.node = cgm_scm_node_of(scm, (size_t)cgm_scm_find(scm, "thickness")), .to = -1};
            cgm_unit_answer a;
            cgm_rng rng = cgm_rng_create(1);
            size_t n;
            x.value = actions[k];
            snprintf(evidence, sizeof evidence, "%s%s", digits[d].evidence, also_seen);
            REQUIRE_OK(cgm_scm_parse_evidence(scm, evidence, &arena, &n, &seen));
            REQUIRE_OK(cgm_scm_unit(scm, &rng, n, seen, 1, &x, NULL, &a));
            if (!(fabs(a.value[intensity].mean - digits[d].intensity[k]) <= tol))
                fprintf(stderr, "%s, %s, do(thickness = %g):\n", what, digits[d].evidence, actions[k]);
            CHECK_NEAR(a.value[intensity].mean, digits[d].intensity[k], tol);
            CHECK_NEAR(a.value[intensity].sd, 0, 1e-9); /* its noise is determined */
            cgm_unit_answer_clear(&a);
            cgm_arena_clear(&arena);
        }
}

static void by_formulas(void)
{
    static const char graph[] = "graph:\n"
                                "  thickness: {type: continuous, mechanism: {formula: 0.5 + u, noise: gamma(10, 5)}}\n"
                                "  intensity: {type: continuous, range: [64, 255], parents: [thickness], "
                                "mechanism: {formula: '64 + 191*sigmoid(2*(thickness - 2.5) + 0.5*u)'}}\n";
    cgm_config *config;
    cgm_scm *scm;
    REQUIRE_OK(cgm_config_parse(graph, "m.yaml", &config));
    REQUIRE_OK(cgm_scm_from_known(config, &scm));
    check(scm, "", 1e-3, "formulas");
    /* The noise behind each. */
    for (size_t d = 0; d < 2; d++) {
        cgm_world *world;
        cgm_rng rng = cgm_rng_create(1);
        REQUIRE_OK(cgm_world_create(scm, 1, &world));
        CU_ASSERT_FATAL(sscanf(digits[d].evidence, "thickness=%lf, intensity=%lf", world->value[0].data,
                               world->value[1].data) == 2);
        REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, world));
        CHECK_NEAR(world->noise[1].data[0], digits[d].u, 1e-6);
        cgm_world_destroy(world);
    }
    cgm_scm_destroy(scm);
    cgm_config_destroy(config);
}

/* Fits both attributes by flows of one kind, the digit by its frequencies. */
static void by_flow(const char *kind, const char *data, const char *also_seen, const char *what)
{
    char text[1024];
    cgm_config *config;
    cgm_run *run;
    snprintf(text, sizeof text,
             "data: {%s}\n"
             "graph:\n"
             "  thickness: {type: continuous, range: [0.5, 12], mechanism: %s}\n"
             "  intensity: {type: continuous, range: [64, 255], parents: [thickness], mechanism: %s}\n"
             "  digit: {type: categorical}\n"
             "train: {epochs: 8, batch: 64, rate: 0.005}\n",
             data, kind, kind);
    REQUIRE_OK(cgm_config_parse(text, "m.yaml", &config));
    REQUIRE_OK(cgm_run_create(config, NULL, &run));
    REQUIRE_OK(cgm_run_train(run, test_path("attributes.h5")));
    check(cgm_run_scm(run), also_seen, 2, what);
    cgm_run_destroy(run);
    cgm_config_destroy(config);
}

static const char *const flows[] = {"affine_flow", "rq_spline", "lr_spline"};

/* 8,000 digits of the public data. */
static void on_real_data(void)
{
    const char *path = test_data("morphomnist");
    char data[1100], what[64];
    if (!path) return;
    snprintf(data, sizeof data, "path: '%s'", path);
    for (size_t k = 0; k < 3; k++) {
        snprintf(what, sizeof what, "%s on MorphoMNIST", flows[k]);
        by_flow(flows[k], data, ", digit=7", what);
    }
}

/* The embedded generator has the same law. The largest error is 1.4 here, and 1.2 to 2.0 with other seeds: at thickness
 * 1, below which lie 3 rows of 10,000. */
static void on_strokes(void)
{
    char what[64];
    for (size_t k = 0; k < 3; k++) {
        snprintf(what, sizeof what, "%s on strokes", flows[k]);
        by_flow(flows[k], "make: strokes, n: 8000, seed: 1, test: 0", "", what);
    }
}

static const test_case cases[] = {
    {"by formulas", by_formulas},
    {"flows on MorphoMNIST", on_real_data},
    {"flows on strokes", on_strokes},
};
TEST_MAIN("attributes", cases)
