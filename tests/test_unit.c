/* Counterfactuals of one unit: full and partial evidence, exact and by particles, and evidence that cannot be. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/queries/unit.h"
#include "scm/runs/run.h"
#include "tests/known.h"

/* The status of the question; the answer is the caller's when it is CGM_OK. particles 0: the best method. */
static cgm_status ask(const cgm_scm *scm, const char *evidence, const char *what, size_t particles,
                      cgm_unit_answer *out)
{
    cgm_arena arena = {0};
    cgm_observation *seen = NULL;
    cgm_intervention todo;
    size_t n = 0;
    cgm_rng rng = cgm_rng_create(7);
    cgm_status status = cgm_scm_parse_evidence(scm, evidence, &arena, &n, &seen);
    if (status == CGM_OK && what) status = cgm_scm_parse_intervention(scm, what, &todo);
    if (status == CGM_OK)
        status = cgm_scm_unit(scm, &rng, n, seen, what ? 1 : 0, &todo,
                              &(cgm_unit_opts){.particles = particles, .particles_only = particles > 0}, out);
    cgm_arena_clear(&arena);
    return status;
}

static const cgm_unit_value *of(const cgm_scm *scm, const cgm_unit_answer *a, const char *name)
{
    return &a->value[cgm_scm_find(scm, name)];
}

/* clang-format off */
#define LG(rest) "mechanism: {kind: linear_gaussian, coefficients: {" rest "}}}\n"
static const char joe[] =
    "graph:\n"
    "  y: {type: continuous, parents: [x, h], " LG("intercept: 0, x: 0.7, h: 0.4, sigma: 1")
    "  h: {type: continuous, parents: [x], " LG("intercept: 0, x: 0.5, sigma: 1")
    "  x: {type: continuous, " LG("intercept: 0, sigma: 1");
/* clang-format on */
static const char joe_formula[] =
    "graph:\n"
    "  x: {type: continuous, mechanism: {formula: u}}\n"
    "  h: {type: continuous, parents: [x], mechanism: {formula: '0.5*x + u'}}\n"
    "  y: {type: continuous, parents: [x, h], mechanism: {formula: '0.7*x + 0.4*h + u'}}\n";

static void joe_is_1_9(void)
{
    const char *const models[] = {joe, joe_formula};
    for (int k = 0; k < 2; k++) {
        cgm_scm *scm = known(models[k]);
        cgm_unit_answer a;
        REQUIRE_OK(ask(scm, "x=0.5, h=1, y=1.5", "h=2", 0, &a));
        CU_ASSERT(a.method == CGM_UNIT_ABDUCTION && a.particles == 1);
        CHECK_NEAR(of(scm, &a, "y")->mean, 1.9, 1e-12);
        CHECK_NEAR(of(scm, &a, "y")->sd, 0, 0);
        CHECK_NEAR(of(scm, &a, "y")->evidence, 1.5, 0);
        CHECK_NEAR(of(scm, &a, "h")->mean, 2, 0);
        CHECK_NEAR(of(scm, &a, "x")->mean, 0.5, 0);
        cgm_unit_answer_clear(&a);
        cgm_scm_destroy(scm);
    }
}

/* With y alone seen: y = 0.9 u_x + 0.4 u_h + u_y, so u has mean (0.9, 0.4, 1) y / 1.97 and Y under h = 2 is
 * 0.7 u_x + 0.8 + u_y, of variance 1.49 - 1.63^2 / 1.97. */
static void gaussian_evidence_of(const char *model)
{
    cgm_scm *scm = known(model);
    cgm_unit_answer a;
    REQUIRE_OK(ask(scm, "y=1.5", "h=2", 0, &a));
    CU_ASSERT(a.method == CGM_UNIT_GAUSSIAN);
    CHECK_NEAR(of(scm, &a, "x")->mean, 0.9 * 1.5 / 1.97, 1e-12);
    CHECK_NEAR(of(scm, &a, "x")->sd, sqrt(1 - 0.81 / 1.97), 1e-12);
    CHECK_NEAR(of(scm, &a, "y")->mean, 0.8 + 1.63 * 1.5 / 1.97, 1e-12);
    CHECK_NEAR(of(scm, &a, "y")->sd, sqrt(1.49 - 1.63 * 1.63 / 1.97), 1e-12);
    CHECK_NEAR(of(scm, &a, "h")->sd, 0, 0);
    CHECK_NEAR(of(scm, &a, "y")->mc_error, 0, 0);
    cgm_unit_answer_clear(&a);
    REQUIRE_OK(ask(scm, "x=0.5,h=1", NULL, 0, &a)); /* no intervention: the predictive distribution */
    CHECK_NEAR(of(scm, &a, "y")->mean, 0.75, 1e-12);
    CHECK_NEAR(of(scm, &a, "y")->sd, 1, 1e-12);
    cgm_unit_answer_clear(&a);
    cgm_scm_destroy(scm);
}

static void gaussian_evidence(void)
{
    gaussian_evidence_of(joe);
    gaussian_evidence_of(joe_formula); /* affine by its form */
}

static void particles_agree(void)
{
    cgm_scm *exact = known(joe), *drawn = known(joe_formula);
    const char *const evidence[] = {"y=1.5", "h=-1", "x=0.3, y=2", "h=1, y=0"};
    for (int k = 0; k < 4; k++) {
        cgm_unit_answer a, b;
        REQUIRE_OK(ask(exact, evidence[k], "h=2", 0, &a));
        REQUIRE_OK(ask(drawn, evidence[k], "h=2", 40000, &b));
        CU_ASSERT(b.method == CGM_UNIT_PARTICLES && b.particles == 40000 && b.effective > 2000 && b.effective <= 40000);
        for (int v = 0; v < 3; v++) {
            const char *name = (const char *const[]){"x", "h", "y"}[v];
            CHECK_NEAR(of(drawn, &b, name)->mean, of(exact, &a, name)->mean, 4 * of(drawn, &b, name)->mc_error + 1e-12);
            CHECK_NEAR(of(drawn, &b, name)->sd, of(exact, &a, name)->sd, 0.03);
        }
        CU_ASSERT(of(drawn, &b, "y")->mc_error < 0.02);
        cgm_unit_answer_clear(&a);
        cgm_unit_answer_clear(&b);
    }
    cgm_scm_destroy(exact);
    cgm_scm_destroy(drawn);
}

/* x uniform, y = x + u uniform: y = 1.5 leaves x uniform on (0.5, 1), though half of the draws cannot give it. */
static void impossible_particles(void)
{
    cgm_scm *scm = known("graph:\n  x: {type: continuous, mechanism: {formula: u, noise: uniform(0, 1)}}\n"
                         "  y: {type: continuous, parents: [x], mechanism: {formula: x + u, noise: uniform(0, 1)}}\n");
    cgm_unit_answer a;
    REQUIRE_OK(ask(scm, "y=1.5", "x=0", 20000, &a));
    CU_ASSERT(a.effective > 9000 && a.effective < 11000);
    CHECK_NEAR(of(scm, &a, "y")->mean, 0.75, 4 * of(scm, &a, "y")->mc_error); /* u = 1.5 - x */
    cgm_unit_answer_clear(&a);
    REQUIRE_OK(ask(scm, "y=1.5", NULL, 20000, &a));
    CHECK_NEAR(of(scm, &a, "x")->mean, 0.75, 4 * of(scm, &a, "x")->mc_error);
    CHECK_NEAR(of(scm, &a, "x")->sd, 0.5 / sqrt(12), 0.005);
    CHECK_NEAR(of(scm, &a, "y")->sd, 0, 0);
    cgm_unit_answer_clear(&a);
    CHECK_FAILS(ask(scm, "y=5", "x=0", 2000, &a), CGM_E_ARG, "none of 2000 draws can give that of 'y'");
    cgm_scm_destroy(scm);
}

/* P(t | m) by Bayes, from a fitted table: 3 of 4 with t = 1 have m = 1, 1 of 4 with t = 0. */
static void discrete_evidence(void)
{
    char *path = test_path("u.csv"), text[512];
    FILE *f = fopen(path, "w");
    CU_ASSERT_FATAL(f != NULL);
    fprintf(f, "t,m\n");
    for (int i = 0; i < 4000; i++) fprintf(f, "%s,%d\n", i % 2 ? "on" : "off", i / 2 % 4 < (i % 2 ? 3 : 1));
    fclose(f);
    snprintf(
        text, sizeof text,
        "data: {path: '%s'}\ngraph:\n  t: {type: binary, levels: ['off', 'on']}\n  m: {type: binary, parents: [t]}\n",
        path);
    cgm_config *config = NULL;
    cgm_run *run = NULL;
    cgm_unit_answer a;
    REQUIRE_OK(cgm_config_parse(text, "u.yaml", &config));
    REQUIRE_OK(cgm_run_create(config, NULL, &run));
    REQUIRE_OK(cgm_run_train(run, test_path("u.h5")));
    const cgm_scm *scm = cgm_run_scm(run);
    REQUIRE_OK(ask(scm, "m=1", NULL, 0, &a));
    CU_ASSERT(a.method == CGM_UNIT_DISCRETE);
    CHECK_NEAR(of(scm, &a, "t")->probability[1], 0.75, 1e-4); /* the fit's ridge */
    CHECK_NEAR(of(scm, &a, "m")->probability[1], 1, 0);
    cgm_unit_answer_clear(&a);
    /* Everything seen, yet a level's noises keep their freedom: m stays 1 when its chance only grows (Gumbel-max). */
    REQUIRE_OK(ask(scm, "t=off, m=1", "t=on", 0, &a));
    CU_ASSERT(a.method == CGM_UNIT_DISCRETE && a.particles == 0);
    CHECK_NEAR(of(scm, &a, "m")->probability[1], 1, 0);
    cgm_unit_answer_clear(&a);
    CHECK_FAILS(ask(scm, "t=onn", NULL, 10, &a), CGM_E_ARG, "'onn' is not a level of 't'; did you mean 'on'?");
    cgm_run_destroy(run);
    cgm_config_destroy(config);
}

static void refuses(void)
{
    cgm_scm *scm = known(joe), *none = NULL;
    cgm_config *config = NULL;
    cgm_unit_answer a;
    CHECK_FAILS(ask(scm, "hh=1", NULL, 0, &a), CGM_E_ARG, "evidence: there is no variable 'hh'");
    CHECK_FAILS(ask(scm, "h=1, h=2", NULL, 0, &a), CGM_E_ARG, "evidence: 'h' is there twice");
    CHECK_FAILS(ask(scm, "h", NULL, 0, &a), CGM_E_ARG, "evidence: expected NAME=VALUE, got 'h'");
    CHECK_FAILS(ask(scm, "h=1,", NULL, 0, &a), CGM_E_ARG, "evidence: expected NAME=VALUE, got ''");
    CHECK_FAILS(ask(scm, "h=nan", NULL, 0, &a), CGM_E_ARG, "'h': nan is not a finite number");
    cgm_scm_destroy(scm);
    REQUIRE_OK(cgm_config_parse("graph:\n  x: {type: continuous}\n", "m.yaml", &config));
    CHECK_FAILS(cgm_scm_from_known(config, &none), CGM_E_CONFIG,
                "m.yaml:2: x: its mechanism, affine_flow, has to be fitted");
    cgm_config_destroy(config);
    REQUIRE_OK(cgm_config_parse("graph:\n  x: {type: continuous, mechanism: {formula: u}}\n"
                                "  y: {type: continuous, mechanism: {formula: u}}\nhidden: [[x, y]]\n",
                                "m.yaml", &config));
    REQUIRE_OK(cgm_scm_from_known(config, &scm));
    cgm_config_destroy(config);
    CHECK_FAILS(ask(scm, "x=1", "x=2", 0, &a), CGM_E_UNSUPPORTED, "'x' and 'y' have hidden common causes");
    cgm_scm_destroy(scm);
    scm = known("graph:\n  x: {type: continuous, mechanism: {formula: u}}\n"
                "  y: {type: continuous, parents: [x], mechanism: {formula: 2*x}}\n");
    CHECK_FAILS(ask(scm, "y=2", NULL, 0, &a), CGM_E_UNSUPPORTED, "variable 'y' has no density");
    REQUIRE_OK(ask(scm, "x=1, y=2", "x=3", 0, &a));
    CHECK_NEAR(of(scm, &a, "y")->mean, 6, 1e-12);
    cgm_unit_answer_clear(&a);
    cgm_scm_destroy(scm);
}

static const test_case cases[] = {
    {"Joe is 1.9", joe_is_1_9},
    {"Gaussian evidence", gaussian_evidence},
    {"particles agree", particles_agree},
    {"impossible particles", impossible_particles},
    {"discrete evidence", discrete_evidence},
    {"refuses", refuses},
};
TEST_MAIN("unit", cases)
