/* Average effects: closed forms, confounding, groups, ratios, intervals, models without data, and what is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/queries/effect.h"
#include "tests/known.h"
#include "tests/run_toys.h"

static cgm_effect_opts question(const char *treatment, const char *outcome)
{
    cgm_effect_opts opts;
    cgm_effect_init(&opts);
    opts.treatment = treatment;
    opts.outcome = outcome;
    return opts;
}

/* The estimate of that group and name. */
static cgm_estimate of(const cgm_effect *e, const char *group, const char *name)
{
    for (size_t k = 0; k < e->n; k++)
        if (strcmp(e->row[k].group, group) == 0 && strcmp(e->row[k].estimate.name, name) == 0)
            return e->row[k].estimate;
    CU_FAIL("no such estimate");
    return (cgm_estimate){0};
}

/* z ~ half and half, P(t | z) = 0.2 0.8; y = 1 + 2 t + 5 z + 3 t z +- 1 in equal numbers: 40 rows. The naive contrast
 * is 2 + 5 (0.8 - 0.2) + 3 * 0.8 = 7.4, the effect 2 + 3 / 2. */
static const char *confounded(void)
{
    char *path = test_path("confounded.csv");
    FILE *f = fopen(path, "w");
    CU_ASSERT_FATAL(f != NULL);
    fprintf(f, "z,t,y\n");
    for (int z = 0; z < 2; z++)
        for (int i = 0; i < 20; i++) {
            int t = z ? i < 16 : i < 4;
            fprintf(f, "%s,%d,%d\n", z ? "old" : "young", t, 1 + 2 * t + 5 * z + 3 * t * z + (i & 1 ? 1 : -1));
        }
    fclose(f);
    return path;
}
static const char interacting[] =
    "graph:\n  z: {type: binary, levels: [young, old]}\n  t: {type: binary, parents: [z]}\n"
    "  y: {type: continuous, parents: [z, t], mechanism: {kind: linear_gaussian, interactions: [[z, t]]}}\n";

static void closed_form(void)
{
    model m = train_on(interacting, confounded(), 1);
    cgm_effect_opts opts = question("t", "y");
    cgm_effect e;
    opts.by = "z";
    REQUIRE_OK(cgm_run_effect(m.run, &opts, &e));
    CU_ASSERT(e.method == CGM_EFFECT_CLOSED && e.n == 9 && e.row[0].rows == 40 && e.row[3].rows == 20);
    CHECK_NEAR(of(&e, "", "E[y | do(t=0)]").value, 3.5, 1e-10);
    CHECK_NEAR(of(&e, "", "E[y | do(t=1)]").value, 7, 1e-10);
    CHECK_NEAR(of(&e, "", "effect").value, 3.5, 1e-10); /* the naive contrast would be 7.4 */
    CHECK_NEAR(of(&e, "z=young", "effect").value, 2, 1e-10);
    CHECK_NEAR(of(&e, "z=old", "effect").value, 5, 1e-10);
    CHECK_NEAR(of(&e, "", "effect").mc_error, 0, 0);
    CU_ASSERT(isnan(of(&e, "", "effect").low));
    cgm_effect_clear(&e);
    opts.by = NULL;
    static const char *const conditions[] = {"z=old", "z == old", "z > 0.5 and y > -100", "not z == young", "old == z"};
    for (int k = 0; k < 5; k++) {
        opts.n_given = 1;
        opts.given = &conditions[k];
        if (k == 2) {
            CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG, "given: the treatment moves 'y'");
            continue;
        }
        REQUIRE_OK(cgm_run_effect(m.run, &opts, &e));
        CHECK_NEAR(of(&e, conditions[k], "effect").value, 5, 1e-10);
        cgm_effect_clear(&e);
    }
    /* The effect on the treated: 16 of their 20 rows are old. */
    static const char *const treated[] = {"t=1"};
    opts.given = treated;
    REQUIRE_OK(cgm_run_effect(m.run, &opts, &e));
    CHECK_NEAR(of(&e, "t=1", "effect").value, 2 + 3 * 0.8, 1e-10);
    cgm_effect_clear(&e);
    /* Compared with the rows as they are: E[y] = 1 + 2 / 2 + 5 / 2 + 3 * 0.4. */
    const cgm_do what = {1, (const char *const[]){"t=1"}};
    opts = question(NULL, "y");
    opts.arm[1] = what;
    REQUIRE_OK(cgm_run_effect(m.run, &opts, &e));
    CHECK_NEAR(of(&e, "", "E[y]").value, 5.7, 1e-10);
    CHECK_NEAR(of(&e, "", "effect").value, 1.3, 1e-10);
    cgm_effect_clear(&e);
    destroy(&m);
}

/* The same as a formula, which does not say that it is linear: draws. */
static void draws_agree(void)
{
    model m = train_on(
        "graph:\n  z: {type: binary, levels: [young, old]}\n  t: {type: binary, parents: [z]}\n"
        "  y: {type: continuous, parents: [z, t], mechanism: {formula: '1 + 2*t + 5*z + 3*t*z + u*(1 + t)'}}\n",
        confounded(), 1);
    cgm_effect_opts opts = question("t", "y");
    cgm_effect e, again;
    REQUIRE_OK(cgm_run_effect(m.run, &opts, &e));
    CU_ASSERT(e.method == CGM_EFFECT_DRAWS);
    const cgm_estimate x = of(&e, "", "effect");
    CHECK_NEAR(x.value, 3.5, 4 * x.mc_error);
    CHECK_NEAR(x.mc_error, 1 / sqrt(40 * 100), 0.3 / sqrt(40 * 100)); /* of the mean of u over rows and draws */
    REQUIRE_OK(cgm_run_effect(m.run, &opts, &again));
    CHECK_NEAR(of(&again, "", "effect").value, x.value, 0);
    cgm_effect_clear(&again);
    opts.seed = 2;
    REQUIRE_OK(cgm_run_effect(m.run, &opts, &again));
    CU_ASSERT(of(&again, "", "effect").value != x.value);
    cgm_effect_clear(&again);
    cgm_effect_clear(&e);
    destroy(&m);
}

/* P(job = none, part, full | t) as in `p`, in whole rows; the fit of a full table is exact up to its ridge. */
static void levels(void)
{
    static const double p[2][3] = {{0.5, 0.3, 0.2}, {0.2, 0.2, 0.6}};
    static const char *const names[] = {"none", "part", "full"};
    char *path = test_path("levels.csv");
    FILE *f = fopen(path, "w");
    CU_ASSERT_FATAL(f != NULL);
    fprintf(f, "t,job\n");
    for (int t = 0; t < 2; t++)
        for (int j = 0; j < 3; j++)
            for (long i = lround(1000 * p[t][j]); i > 0; i--) fprintf(f, "%d,%s\n", t, names[j]);
    fclose(f);
    model m = train_on(
        "graph:\n  t: {type: binary}\n  job: {type: categorical, levels: [none, part, full], parents: [t]}\n", path, 1);
    cgm_effect_opts opts = question("t", "job");
    cgm_effect e;
    REQUIRE_OK(cgm_run_effect(m.run, &opts, &e));
    CU_ASSERT(e.n == 9);
    for (int j = 0; j < 3; j++) {
        char name[64];
        for (int t = 0; t < 2; t++) {
            snprintf(name, sizeof name, "P(job=%s | do(t=%d))", names[j], t);
            CHECK_NEAR(of(&e, "", name).value, p[t][j], 4 * of(&e, "", name).mc_error + 1e-3);
        }
        snprintf(name, sizeof name, "effect on P(job=%s)", names[j]);
        CU_ASSERT(of(&e, "", name).mc_error < 3e-3);
        CHECK_NEAR(of(&e, "", name).value, p[1][j] - p[0][j], 4 * of(&e, "", name).mc_error + 1e-3);
    }
    cgm_effect_clear(&e);
    opts.outcome = "job=full";
    REQUIRE_OK(cgm_run_effect(m.run, &opts, &e));
    CU_ASSERT(e.n == 5);
    CHECK_NEAR(of(&e, "", "risk ratio").value, 3, 4 * of(&e, "", "risk ratio").mc_error + 1e-2);
    CHECK_NEAR(of(&e, "", "odds ratio").value, 6, 4 * of(&e, "", "odds ratio").mc_error + 2e-2);
    CU_ASSERT(of(&e, "", "odds ratio").mc_error > 0);
    cgm_effect_clear(&e);
    opts.outcome = "job=fulll";
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG, "did you mean 'full'?");
    destroy(&m);
}

/* The causal-effect case of DoWhy's tests/gcm: the effect of t through x0 (1) and x1 (0.5) is 1.5. */
static void known_linear(void)
{
#define LG(rest) "mechanism: {kind: linear_gaussian, coefficients: {" rest "}}}\n"
    cgm_scm *scm = known(
        "graph:\n  t: {type: continuous, " LG("intercept: 0, sigma: 1") "  x0: {type: continuous, parents: [t], " LG(
            "intercept: 0, t: 1, sigma: 0.1") "  x1: {type: continuous, parents: [t], " LG("intercept: 2, t: 1, sigma: "
                                                                                           "0.1") "  y: {type: "
                                                                                                  "continuous, "
                                                                                                  "parents: [x0, "
                                                                                                  "x1], " LG("intercep"
                                                                                                             "t: 0, "
                                                                                                             "x0: 1, "
                                                                                                             "x1: "
                                                                                                             "0.5, "
                                                                                                             "sigma: "
                                                                                                             "0.1"));
    cgm_effect_opts opts = question("t", "y");
    cgm_effect e;
    REQUIRE_OK(cgm_scm_effect(scm, &opts, &e));
    CU_ASSERT(e.method == CGM_EFFECT_MODEL && e.row[0].rows == 0);
    CHECK_NEAR(of(&e, "", "effect").value, 1.5, 1e-12);
    CHECK_NEAR(of(&e, "", "E[y | do(t=0)]").value, 1, 1e-12);
    cgm_effect_clear(&e);
    /* Both means given t, which is not what is set: y depends on it through x1 alone, 2.5 + 0.5 * 1. */
    static const char *const given[] = {"t=1"};
    opts = question("x0", "y");
    opts.n_given = 1;
    opts.given = given;
    opts.to = 2;
    REQUIRE_OK(cgm_scm_effect(scm, &opts, &e));
    CHECK_NEAR(of(&e, "t=1", "E[y | do(x0=2)]").value, 2 + 0.5 * 3, 1e-12);
    cgm_effect_clear(&e);
    /* By draws: the same. */
    static const char *const rough[] = {"t > 0"};
    opts.given = rough;
    REQUIRE_OK(cgm_scm_effect(scm, &opts, &e));
    CU_ASSERT(e.method == CGM_EFFECT_MODEL_DRAWS);
    const cgm_estimate two = of(&e, "t > 0", "E[y | do(x0=2)]");
    CHECK_NEAR(two.value, 2 + 0.5 * (2 + sqrt(2 / M_PI)), 4 * two.mc_error); /* E[t | t > 0] */
    CHECK_NEAR(of(&e, "t > 0", "effect").value, 2, 1e-9);                    /* the noise is shared */
    cgm_effect_clear(&e);
    cgm_scm_destroy(scm);
}

/* The model of Pawlowski, Castro and Glocker 2020: E[intensity | do(thickness)], by quadrature over the noise. */
static void known_formulas(void)
{
    static const double thickness[] = {1.5, 2.5, 3.5}, wanted[] = {88.640248, 159.5, 230.359752};
    cgm_scm *scm =
        known("graph:\n  thickness: {type: continuous, mechanism: {formula: 0.5 + u, noise: 'gamma(10, 5)'}}\n"
              "  intensity: {type: continuous, range: [64, 255], parents: [thickness],\n"
              "    mechanism: {formula: '64 + 191*sigmoid(2*(thickness-2.5) + 0.5*u)'}}\n");
    for (int k = 0; k < 2; k++) {
        cgm_effect_opts opts = question("thickness", "intensity");
        cgm_effect e;
        opts.from = thickness[k];
        opts.to = thickness[k + 1];
        REQUIRE_OK(cgm_scm_effect(scm, &opts, &e));
        for (int arm = 0; arm < 2; arm++) {
            CU_ASSERT(e.row[arm].estimate.mc_error < 0.15);
            CHECK_NEAR(e.row[arm].estimate.value, wanted[k + arm], 4 * e.row[arm].estimate.mc_error);
        }
        CHECK_NEAR(e.row[2].estimate.value, wanted[k + 1] - wanted[k], 4 * e.row[2].estimate.mc_error);
        cgm_effect_clear(&e);
    }
    cgm_scm_destroy(scm);
}

/* Interventions other than setting, on rows: x += 2 moves y by 6; a draw has mean 1. */
static void any_intervention(void)
{
    char *path = test_path("line.csv");
    FILE *f = fopen(path, "w");
    CU_ASSERT_FATAL(f != NULL);
    fprintf(f, "x,y\n");
    for (int i = 0; i < 32; i++) fprintf(f, "%d,%d\n", i % 8, 3 * (i % 8) + 1 + (i & 8 ? 1 : -1));
    fclose(f);
    model m = train_on("graph:\n  x: {type: continuous, mechanism: linear_gaussian}\n"
                       "  y: {type: continuous, parents: [x], mechanism: linear_gaussian}\n",
                       path, 1);
    static const struct {
        const char *text;
        double effect;
        bool exact;
    } cases[] = {{"x += 2", 6, true},
                 {"x *= 3", 21, true},
                 {"x = 9 if x > 5", 15.0 / 8, true},
                 {"x ~ normal(1, 2)", -7.5, false}};
    for (int k = 0; k < 4; k++) {
        cgm_effect_opts opts = question(NULL, "y");
        const char *const texts[] = {cases[k].text};
        cgm_effect e;
        opts.arm[1] = (cgm_do){1, texts};
        REQUIRE_OK(cgm_run_effect(m.run, &opts, &e));
        const cgm_estimate x = of(&e, "", "effect");
        CU_ASSERT((e.method == CGM_EFFECT_CLOSED) == cases[k].exact && (x.mc_error == 0) == cases[k].exact);
        CHECK_NEAR(x.value, cases[k].effect, 4 * x.mc_error + 1e-9);
        cgm_effect_clear(&e);
    }
    destroy(&m);
}

static const char *noisy(uint64_t seed, int rows)
{
    char *path = test_path("noisy.csv");
    FILE *f = fopen(path, "w");
    CU_ASSERT_FATAL(f != NULL);
    cgm_rng rng = cgm_rng_create(seed);
    fprintf(f, "t,y\n");
    for (int i = 0; i < rows; i++) {
        int t = i & 1;
        fprintf(f, "%d,%.17g\n", t, 0.5 * t + 2 * cgm_rng_normal(&rng));
    }
    fclose(f);
    return path;
}
static const char simple[] =
    "graph:\n  t: {type: binary}\n  y: {type: continuous, parents: [t], mechanism: linear_gaussian}\n";

/* The standard error of a difference of means is 2 sigma / sqrt(n); the threads do not matter. */
static void intervals(void)
{
    cgm_effect e[2];
    for (int k = 0; k < 2; k++) {
        model m = train_on(simple, noisy(7, 400), k + 1);
        cgm_effect_opts opts = question("t", "y");
        opts.intervals.models = 600;
        REQUIRE_OK(cgm_run_effect(m.run, &opts, &e[k]));
        destroy(&m);
    }
    const cgm_estimate x = of(&e[0], "", "effect"), y = of(&e[1], "", "effect");
    double se = 2 * 2 / sqrt(400);
    CHECK_NEAR(x.standard_error, se, 0.12 * se);
    CHECK_NEAR(x.low, x.value - 1.96 * se, 0.35 * se);
    CHECK_NEAR(x.high, x.value + 1.96 * se, 0.35 * se);
    CHECK_NEAR(y.low, x.low, 0);
    CHECK_NEAR(y.high, x.high, 0);
    cgm_effect_clear(&e[0]);
    cgm_effect_clear(&e[1]);
}

/* Of 60 intervals at 90 %, between 47 and 60 hold the truth: 4 standard deviations below the binomial's mean is 44.7,
 * and percentile intervals of 40 rows are a little short. */
static void coverage(void)
{
    int held = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        model m = train_on(simple, noisy(100 + seed, 40), 1);
        cgm_effect_opts opts = question("t", "y");
        cgm_effect e;
        opts.intervals.models = 199;
        opts.intervals.level = 0.9;
        REQUIRE_OK(cgm_run_effect(m.run, &opts, &e));
        const cgm_estimate x = of(&e, "", "effect");
        held += x.low <= 0.5 && 0.5 <= x.high;
        cgm_effect_clear(&e);
        destroy(&m);
    }
    CU_ASSERT(held >= 47 && held < 60);
}

static void refuses(void)
{
    static const char *const nobody[] = {"z=old", "z == young"}, *const nothing[] = {"z > zz"},
                             *const wrong[] = {"z >"}, *const unsaid[] = {"z * old > 0"};
    model m = train_on(interacting, confounded(), 1);
    cgm_effect_opts opts = question("tt", "y");
    cgm_effect e;
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG, "treatment: there is no variable 'tt'");
    opts = question("t", "yy");
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG, "outcome: there is no variable 'yy'");
    opts = question("t", NULL);
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG, "expected an outcome");
    opts = question(NULL, "y");
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG, "expected a treatment");
    opts = question("t", "y");
    opts.to = 2;
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG, "treatment 't': 2 is not a level");
    opts = question("t", "y=1");
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG, "'y' has no levels");
    opts = question("t", "y");
    opts.n_given = 2;
    opts.given = nobody;
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG, "given z=old, z == young: no row is left of 40");
    opts.n_given = 1;
    opts.given = nothing;
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG,
                "given: condition:1:5: 'zz' is neither a variable nor a level of 'z'");
    opts.given = unsaid;
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG, "given: condition:1:5: there is no variable 'old'");
    opts.given = wrong;
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG, "given: condition:1:");
    opts = question("t", "y");
    opts.by = "y";
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG, "by: 'y' has no levels");
    opts = question("t", "y");
    opts.intervals.models = 1;
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG, "at least 2");
    CHECK_FAILS(cgm_scm_effect(cgm_run_scm(m.run), &opts, &e), CGM_E_ARG, "a model alone has none");
    const cgm_do what = {1, (const char *const[]){"t=permuted"}};
    opts = question(NULL, "y");
    opts.arm[1] = what;
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_ARG, "same function of every row");
    destroy(&m);
}

static const test_case cases[] = {
    {"closed form, confounded, by groups", closed_form},
    {"draws agree", draws_agree},
    {"levels and ratios", levels},
    {"a known linear model", known_linear},
    {"known formulas", known_formulas},
    {"interventions of any kind", any_intervention},
    {"intervals", intervals},
    {"coverage", coverage},
    {"what is refused", refuses},
};
TEST_MAIN("effects", cases)
