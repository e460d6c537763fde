/* Mediation: exact answers, Monte Carlo ones, intervals, and what is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scm/mechanisms/affine_flow.h"
#include "scm/mechanisms/bernoulli.h"
#include "tests/mediation_toys.h"

enum { NIE0, NIE1, NIE, NDE0, NDE1, NDE, TE, PROPORTION, CDE };

/* m = 1 + t / 2 +- 1, y = 0.3 + 0.8 t + 1.2 m + 0.4 t m +- 0.5 in equal numbers: least squares finds these to rounding.
 */
static const char *exact_table(void)
{
    char *path = test_path("exact.csv");
    FILE *f = new_table(path, "t,m,y");
    for (int i = 0; i < 64; i++) {
        double t = i & 1, m = 1 + 0.5 * t + (i & 2 ? 1 : -1), e = i & 4 ? 0.5 : -0.5;
        fprintf(f, "%g,%.17g,%.17g\n", t, m, 0.3 + 0.8 * t + 1.2 * m + 0.4 * t * m + e);
    }
    fclose(f);
    return path;
}

#define GRAPH(y)                                                                                                       \
    "graph:\n  t: {type: binary}\n  m: {type: continuous, parents: [t], mechanism: linear_gaussian}\n"                 \
    "  y: {type: continuous, parents: [t, m], mechanism: " y "}\n"
static const char linear[] = GRAPH("{kind: linear_gaussian, interactions: [[t, m]]}");
static const char formula[] = GRAPH("{formula: '0.3 + 0.8*t + 1.2*m + 0.4*t*m + 0.5*u'}");

static const double wanted[] = {0.6, 0.8, 0.7, 1.2, 1.4, 1.3, 2.0, 0.35};

static void linear_with_interaction(void)
{
    model m = train_on(linear, exact_table(), 1);
    cgm_mediation_opts opts = mediation_question();
    cgm_mediation got;
    for (double at = 0; at <= 2; at += 2) {
        opts.fixed = &at;
        REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got));
        CU_ASSERT(got.exact && got.n == CDE + 1 && got.rows == 64);
        for (int k = 0; k < CDE; k++) CHECK_NEAR(got.effect[k].value, wanted[k], 1e-10);
        for (int k = 0; k < CDE; k++) CHECK_NEAR(got.effect[k].mc_error, 0, 0);
        CHECK_NEAR(got.effect[CDE].value, 0.8 + 0.4 * at, 1e-10);
        CU_ASSERT(isnan(got.effect[TE].low) && isnan(got.effect[TE].standard_error));
    }
    destroy(&m);
}

/* The same model with a mechanism that does not say that it is linear: draws, and an honest error of them. */
static void draws_agree(void)
{
    model m = train_on(formula, exact_table(), 1);
    cgm_mediation_opts opts = mediation_question();
    cgm_mediation got, again;
    opts.draws = 400;
    REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got));
    CU_ASSERT(!got.exact);
    for (int k = 0; k < CDE; k++) {
        CU_ASSERT(got.effect[k].mc_error < 0.05);
        CHECK_NEAR(got.effect[k].value, wanted[k], 4 * got.effect[k].mc_error + 1e-12);
    }
    CU_ASSERT(got.effect[NIE1].mc_error + got.effect[NDE0].mc_error > 1e-4);
    REQUIRE_OK(cgm_run_mediate(m.run, &opts, &again));
    for (int k = 0; k < CDE; k++) CHECK_NEAR(again.effect[k].value, got.effect[k].value, 0);
    opts.seed = 2;
    REQUIRE_OK(cgm_run_mediate(m.run, &opts, &again));
    CU_ASSERT(again.effect[NDE0].value != got.effect[NDE0].value);
    destroy(&m);
}

/* Pearl's binary example: P(y | t, m) = .2 .3 / .4 .8, P(m | t) = .4 .75, in whole numbers of rows. */
static void binary_tables(void)
{
    static const double p_m[2] = {0.4, 0.75}, p_y[2][2] = {{0.2, 0.3}, {0.4, 0.8}};
    static const double truth[] = {0.035, 0.14, 0.0875, 0.32, 0.425, 0.3725, 0.46};
    char *path = test_path("binary.csv");
    FILE *f = new_table(path, "t,m,y");
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < 400; i++) {
            bool m = i < (int)lround(400 * p_m[t]);
            int first = m ? 0 : (int)lround(400 * p_m[t]), rows = m ? (int)lround(400 * p_m[t]) : 400 - first;
            fprintf(f, "%d,%d,%d\n", t, m, i - first < (int)lround(rows * p_y[t][m]));
        }
    fclose(f);
    model m = train_on("graph:\n  t: {type: binary}\n  m: {type: binary, parents: [t]}\n"
                       "  y: {type: binary, parents: [t, m], mechanism: {kind: categorical, interactions: [[t, m]]}}\n",
                       path, 1);
    cgm_mediation_opts opts = mediation_question();
    cgm_mediation got;
    opts.draws = 300;
    REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got));
    CU_ASSERT(!got.exact && got.rows == 800);
    for (int k = 0; k <= TE; k++) {
        CU_ASSERT(got.effect[k].mc_error < 3e-3);
        CHECK_NEAR(got.effect[k].value, truth[k], 4 * got.effect[k].mc_error + 2e-4); /* the fit's ridge */
    }
    opts.outcome = "y=0";
    opts.draws = 300;
    cgm_mediation other;
    REQUIRE_OK(cgm_run_mediate(m.run, &opts, &other));
    for (int k = 0; k <= TE; k++) CHECK_NEAR(other.effect[k].value, -got.effect[k].value, 1e-12);
    destroy(&m);
}

/* The integral of f(e) against the standard normal density, by the trapezoid rule, which is exact to rounding here. */
static double over_normal(double (*f)(const double *context, double e), const double *context)
{
    double sum = 0, step = 1.0 / 64;
    for (int i = -640; i <= 640; i++) sum += f(context, i * step) * exp(-0.5 * i * step * i * step);
    return sum * step * 0.3989422804014327;
}

/* context: mean of the index at e = 0, and what e adds. */
static double probit_of(const double *context, double e)
{
    return 0.5 * erfc(-(context[0] + context[1] * e) / sqrt(2));
}

/* A probit outcome with an interaction and a Gaussian mediator: the closed form against the mediation formula by
 * numerical integration with the fitted coefficients, and draws of a model that does not have the form. */
static void probit_outcome(void)
{
    char *path = test_path("probit.csv");
    FILE *f = new_table(path, "t,x,m,y");
    cgm_rng rng = cgm_rng_create(9);
    enum { N = 400 };
    double x[N];
    for (int i = 0; i < N; i++) {
        double t = i & 1, m;
        x[i] = cgm_rng_normal(&rng);
        m = 0.3 + 0.8 * t - 0.5 * x[i] + 1.5 * cgm_rng_normal(&rng);
        fprintf(f, "%g,%.17g,%.17g,%d\n", t, x[i], m,
                -0.4 + 0.3 * t + 0.6 * m + 0.3 * t * m + 0.2 * x[i] + cgm_rng_normal(&rng) > 0);
    }
    fclose(f);
    model m = train_on("graph:\n  t: {type: binary}\n  x: {type: continuous}\n"
                       "  m: {type: continuous, parents: [t, x], mechanism: linear_gaussian}\n"
                       "  y: {type: binary, parents: [t, m, x], mechanism: {kind: probit, interactions: [[t, m]]}}\n",
                       path, 1);
    const cgm_scm *scm = cgm_run_scm(m.run);
    const scm_affine_flow *mediator = (const scm_affine_flow *)cgm_scm_mechanism(scm, (size_t)cgm_scm_find(scm, "m"));
    const scm_linear_index *outcome = (const scm_linear_index *)cgm_scm_mechanism(scm, (size_t)cgm_scm_find(scm, "y"));
    double a[3], b[5], sigma = exp(mediator->log_scale[0]), y[2][2] = {{0}};
    cgm_scm_features_unscale(&mediator->features, mediator->location, a);
    cgm_scm_features_unscale(&outcome->features, outcome->parameter, b);
    for (int i = 0; i < N; i++)
        for (int t = 0; t < 2; t++)
            for (int s = 0; s < 2; s++) {
                double at = a[0] + a[1] * s + a[2] * x[i], slope = b[2] + b[4] * t;
                y[t][s] +=
                    over_normal(probit_of, (double[]){b[0] + b[1] * t + b[3] * x[i] + slope * at, slope * sigma}) / N;
            }
    cgm_mediation_opts opts = mediation_question();
    cgm_mediation got;
    REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got));
    CU_ASSERT(got.exact);
    CHECK_NEAR(got.effect[NIE0].value, y[0][1] - y[0][0], 1e-12);
    CHECK_NEAR(got.effect[NIE1].value, y[1][1] - y[1][0], 1e-12);
    CHECK_NEAR(got.effect[NDE0].value, y[1][0] - y[0][0], 1e-12);
    CHECK_NEAR(got.effect[NDE1].value, y[1][1] - y[0][1], 1e-12);
    CU_ASSERT(got.effect[NIE1].value > 0.05);
    double fixed = 0.7, p[2] = {0};
    opts.fixed = &fixed;
    opts.outcome = "y=0";
    REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got));
    for (int i = 0; i < 2 * N; i++) {
        double t = i / N, at = b[0] + b[1] * t + b[3] * x[i % N] + (b[2] + b[4] * t) * fixed;
        p[i / N] += probit_of((double[]){at, 0}, 0) / N;
    }
    CHECK_NEAR(got.effect[CDE].value, p[0] - p[1], 1e-12);
    destroy(&m);
}

/* An ordinal probit outcome: each level's effects by the closed form, against draws of the same coefficients behind a
 * mediator that does not say that it is linear; over the levels they add up to nothing. */
static void ordinal_outcome(void)
{
    static const char *const outcome[] = {"y=0", "y=1", "y=2"};
    char *path = test_path("ordinal.csv");
    FILE *f = new_table(path, "t,m,y");
    for (int i = 0; i < 300; i++) fprintf(f, "%d,%d,%d\n", i & 1, i % 7 - 3, i % 3);
    fclose(f);
    double sum[TE + 1] = {0};
    for (int level = 0; level < 3; level++) {
        cgm_mediation got[2];
        for (int k = 0; k < 2; k++) {
            char graph[512];
            snprintf(graph, sizeof graph,
                     "graph:\n  t: {type: binary}\n  m: {type: continuous, parents: [t], mechanism: %s}\n"
                     "  y: {type: ordinal, levels: 3, parents: [t, m], mechanism: {kind: ordinal, link: probit,\n"
                     "      thresholds: [-0.5, 0.8], coefficients: {t: 0.4, m: 0.7}}}\n",
                     k ? "{formula: '0.2 + 1.1*t + 0*t^2 + 0.9*u'}"
                       : "{kind: linear_gaussian, coefficients: {intercept: 0.2, t: 1.1, sigma: 0.9}}");
            model m = train_on(graph, path, 1);
            cgm_mediation_opts opts = mediation_question();
            opts.outcome = outcome[level];
            opts.draws = 200;
            REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got[k]));
            destroy(&m);
        }
        CU_ASSERT(got[0].exact && !got[1].exact);
        for (int e = 0; e <= TE; e++) {
            CHECK_NEAR(got[1].effect[e].value, got[0].effect[e].value, 4 * got[1].effect[e].mc_error);
            sum[e] += got[0].effect[e].value;
        }
        CU_ASSERT(got[1].effect[NIE0].mc_error < 0.01 && fabs(got[0].effect[TE].value) > 0.05);
    }
    for (int e = 0; e <= TE; e++) CHECK_NEAR(sum[e], 0, 1e-14);
}

/* Noise of several sizes, no closed form needed: the bootstrap's error of NIE is near Sobel's, sqrt(a^2 sb^2 + b^2
 * sa^2). */
static void intervals(void)
{
    char *path = test_path("noisy.csv");
    FILE *f = new_table(path, "t,m,y");
    cgm_rng rng = cgm_rng_create(3);
    enum { N = 500 };
    for (int i = 0; i < N; i++) {
        double t = i & 1, m = t + cgm_rng_normal(&rng), y = 0.5 * t + 0.7 * m + 2 * cgm_rng_normal(&rng);
        fprintf(f, "%g,%.17g,%.17g\n", t, m, y);
    }
    fclose(f);
    cgm_mediation got[3];
    for (int k = 0; k < 3; k++) {
        model m = train_on(GRAPH("linear_gaussian"), path, k == 1 ? 2 : 1);
        cgm_mediation_opts opts = mediation_question();
        opts.intervals.models = 1500;
        opts.intervals.kind = k == 2 ? CGM_INTERVAL_BCA : CGM_INTERVAL_PERCENTILE;
        REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got[k]));
        destroy(&m);
    }
    double sa = 2 / sqrt(N), sb = 2 / sqrt(N), sobel = sqrt(sb * sb + 0.49 * sa * sa);
    const cgm_estimate *e = &got[0].effect[NIE0];
    CHECK_NEAR(e->standard_error, sobel, 0.12 * sobel);
    CHECK_NEAR(e->low, e->value - 1.96 * sobel, 0.35 * sobel);
    CHECK_NEAR(e->high, e->value + 1.96 * sobel, 0.35 * sobel);
    for (size_t k = 0; k < got[0].n; k++) {
        const cgm_estimate *one = &got[0].effect[k], *two = &got[1].effect[k], *bca = &got[2].effect[k];
        CHECK_NEAR(two->low, one->low, 0);
        CHECK_NEAR(two->high, one->high, 0);
        CHECK_NEAR(bca->standard_error, one->standard_error, 0);
        CU_ASSERT(one->low < one->value && one->value < one->high && bca->low < bca->high);
    }
    CHECK_NEAR(got[2].effect[NIE0].low, e->low, 0.3 * sobel);
    CU_ASSERT(got[2].effect[NIE0].low != e->low);
}

static void refuses(void)
{
    static const char *const wrong[] = {"mm"}, *const off[] = {"t"}, *const twice[] = {"y"};
    model m = train_on(linear, exact_table(), 1);
    cgm_mediation_opts opts = mediation_question();
    cgm_mediation got;
    opts.mediators = wrong;
    CHECK_FAILS(cgm_run_mediate(m.run, &opts, &got), CGM_E_ARG, "mediator: there is no variable 'mm'");
    opts.mediators = off;
    CHECK_FAILS(cgm_run_mediate(m.run, &opts, &got), CGM_E_ARG, "'t' lies on no directed path from 't' to 'y'");
    opts.mediators = twice;
    CHECK_FAILS(cgm_run_mediate(m.run, &opts, &got), CGM_E_ARG, "'y' lies on no directed path");
    opts = mediation_question();
    opts.treated = 2;
    CHECK_FAILS(cgm_run_mediate(m.run, &opts, &got), CGM_E_ARG, "treatment 't': 2 is not a level");
    opts = mediation_question();
    opts.outcome = "t";
    CHECK_FAILS(cgm_run_mediate(m.run, &opts, &got), CGM_E_ARG, "'m' lies on no directed path from 't' to 't'");
    opts = mediation_question();
    opts.n_mediators = 0;
    CHECK_FAILS(cgm_run_mediate(m.run, &opts, &got), CGM_E_ARG, "at least one mediator");
    opts = mediation_question();
    opts.treatment = NULL;
    CHECK_FAILS(cgm_run_mediate(m.run, &opts, &got), CGM_E_ARG, "expected a treatment");
    opts = mediation_question();
    opts.intervals = (cgm_interval_opts){.models = 5, .level = 1};
    CHECK_FAILS(cgm_run_mediate(m.run, &opts, &got), CGM_E_ARG, "level 1; expected one between 0 and 1");
    destroy(&m);
}

/* R's package mediation 4.5.1, data set jobs: where that file is. */
static void jobs(void)
{
    static const char *const mediator[] = {"job_seek"};
    static const char *const mechanism[] = {"linear_gaussian",
                                            "{kind: linear_gaussian, interactions: [[treat, job_seek]]}"};
    static const double want[2][7] = {{-0.01574464503, -0.01574464503, -0.01574464503, -0.04026470000, -0.04026470000,
                                       -0.04026470000, -0.05600934503},
                                      {-0.01977768262, -0.01403395686, -0.01690581974, -0.04197924971, -0.03623552394,
                                       -0.039107386825, -0.05601320656}};
    const char *path = test_data("mediation/jobs.csv");
    if (!path) return;
    for (int k = 0; k < 2; k++) {
        char graph[1024];
        snprintf(graph, sizeof graph,
                 "graph:\n  treat: {type: binary}\n  sex: {type: continuous}\n  age: {type: continuous}\n"
                 "  econ_hard: {type: continuous}\n"
                 "  job_seek: {type: continuous, parents: [treat, econ_hard, sex, age], mechanism: linear_gaussian}\n"
                 "  depress2: {type: continuous, parents: [treat, job_seek, econ_hard, sex, age], mechanism: %s}\n",
                 mechanism[k]);
        model m = train_on(graph, path, 1);
        cgm_mediation_opts opts = mediation_question();
        cgm_mediation got;
        opts.treatment = "treat";
        opts.mediators = mediator;
        opts.outcome = "depress2";
        REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got));
        for (int e = 0; e <= TE; e++) CHECK_NEAR(got.effect[e].value, want[k][e], 1e-8);
        if (k == 0) CHECK_NEAR(got.effect[PROPORTION].value, 0.2811074656, 1e-8);
        destroy(&m);
    }
}

static const test_case cases[] = {
    {"linear with interaction", linear_with_interaction},
    {"draws agree", draws_agree},
    {"binary tables", binary_tables},
    {"probit outcome", probit_outcome},
    {"ordinal outcome", ordinal_outcome},
    {"intervals", intervals},
    {"refuses", refuses},
    {"jobs", jobs},
};
TEST_MAIN("mediation", cases)
