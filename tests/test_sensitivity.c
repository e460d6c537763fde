/* What a mediation analysis rests on: draws from the posterior of the fits, and sensitivity to correlated errors. */
#include "scm/mediation/sensitivity.h"

#include "scm/mechanisms/affine_flow.h"
#include "scm/queries/posterior.h"
#include "tests/fixtures/mediation.h"
#include "tests/mediation_toys.h"

static model fitted(int threads)
{
    char *path = test_path("fit.csv");
    FILE *f = new_table(path, "t,x,m,y");
    for (int i = 0; i < FIT_ROWS; i++) fprintf(f, "%g,%.17g,%.17g,%.17g\n", fit_t[i], fit_x[i], fit_m[i], fit_y[i]);
    fclose(f);
    return train_on("graph:\n  t: {type: continuous}\n  x: {type: continuous}\n"
                    "  m: {type: continuous, parents: [t, x], mechanism: linear_gaussian}\n"
                    "  y: {type: continuous, parents: [t, m, x], mechanism: linear_gaussian}\n",
                    path, threads);
}

/* ---- Quasi-Bayesian draws ---- */

/* The root of the posterior's covariance, in the parents' own units: unscaling is linear, so it takes the covariance of
 * stored weights to that of coefficients. */
static void check_covariance(const scm_posterior *p, const cgm_scm *scm, const char *name, size_t n,
                             const double *expected)
{
    size_t v = (size_t)cgm_scm_find(scm, name), k = 0;
    while (k < p->n && p->block[k].variable != v) k++;
    CU_ASSERT_FATAL(k < p->n && p->block[k].n == n);
    const scm_features *f = &((const scm_affine_flow *)cgm_scm_mechanism(scm, v))->features;
    double root[4][4], column[4], moved[4];
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n; i++) column[i] = p->block[k].root[i * n + j];
        cgm_scm_features_unscale(f, column, moved);
        for (size_t i = 0; i < n; i++) root[i][j] = moved[i];
    }
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++) sum += root[a][j] * root[b][j];
            CHECK_NEAR(sum, expected[a * n + b], 1e-12);
        }
}

static void covariance_of_least_squares(void)
{
    model m = fitted(1);
    const cgm_scm *scm = cgm_run_scm(m.run);
    bool refit[4] = {false};
    refit[cgm_scm_find(scm, "m")] = refit[cgm_scm_find(scm, "y")] = true;
    scm_posterior p = {0};
    REQUIRE_OK(cgm_scm_posterior_init(scm, refit, &p));
    CU_ASSERT_EQUAL(p.n, 2);
    check_covariance(&p, scm, "m", 3, fit_m_covariance);
    check_covariance(&p, scm, "y", 4, fit_y_covariance);
    cgm_scm_posterior_clear(&p);
    destroy(&m);
}

/* NIE = a b with independent normal a and b: sd^2 = a^2 sb^2 + b^2 sa^2 + sa^2 sb^2 (Goodman 1960). */
static void drawn_intervals(void)
{
    double a = fit_m_weights[1], b = fit_y_weights[2], va = fit_m_covariance[1 * 3 + 1],
           vb = fit_y_covariance[2 * 4 + 2], sd = sqrt(a * a * vb + b * b * va + va * vb);
    cgm_mediation got[2];
    for (int k = 0; k < 2; k++) {
        model m = fitted(k + 1);
        cgm_mediation_opts opts = mediation_question();
        opts.intervals = (cgm_interval_opts){.models = 4000, .kind = CGM_INTERVAL_QUASI_BAYESIAN, .level = 0.9};
        REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got[k]));
        destroy(&m);
    }
    CHECK_NEAR(got[0].effect[0].value, a * b, 1e-12);
    CHECK_NEAR(got[0].effect[0].standard_error, sd, 0.05 * sd);
    CHECK_NEAR(got[0].effect[3].standard_error, sqrt(fit_y_covariance[1 * 4 + 1]), 0.05 * sqrt(fit_y_covariance[5]));
    CHECK_NEAR(got[0].effect[3].high - got[0].effect[3].low, 2 * 1.6449 * sqrt(fit_y_covariance[5]), 0.1 * sd);
    for (size_t k = 0; k < got[0].n; k++) {
        CHECK_NEAR(got[1].effect[k].low, got[0].effect[k].low, 0);
        CHECK_NEAR(got[1].effect[k].standard_error, got[0].effect[k].standard_error, 0);
    }
}

static void draws_refused(void)
{
    model m = fitted(1);
    destroy(&m);
    m = train_on("graph:\n  t: {type: continuous}\n"
                 "  m: {type: continuous, parents: [t], mechanism: {kind: rq_spline}}\n"
                 "  y: {type: continuous, parents: [t, m], mechanism: linear_gaussian}\ntrain: {epochs: 1}\n",
                 test_path("fit.csv"), 1);
    cgm_mediation_opts opts = mediation_question();
    cgm_mediation got;
    opts.intervals = (cgm_interval_opts){.models = 10, .kind = CGM_INTERVAL_QUASI_BAYESIAN, .level = 0.9};
    CHECK_FAILS(cgm_run_mediate(m.run, &opts, &got), CGM_E_UNSUPPORTED, "variable 'm': its mechanism, rq_spline");
    destroy(&m);
}

/* ---- Correlated errors ---- */

static void check_theorem(cgm_run *run, const cgm_mediation_opts *opts, const double *acme, const double *ade,
                          const double *zero)
{
    cgm_sensitivity_point point[FIT_RHO];
    cgm_sensitivity got;
    REQUIRE_OK(cgm_run_sensitivity(run, opts, FIT_RHO, fit_rho, point, &got));
    for (int r = 0; r < FIT_RHO; r++)
        for (int s = 0; s < 2; s++) {
            CHECK_NEAR(point[r].nie[s].value, acme[r], 1e-9);
            CHECK_NEAR(point[r].nde[s].value, ade[r], 1e-9);
            CU_ASSERT(isnan(point[r].nie[s].low));
        }
    for (int s = 0; s < 2; s++) {
        CHECK_NEAR(got.rho[s], zero[0], 1e-9);
        CHECK_NEAR(got.residual_product[s], zero[1], 1e-9);
        CHECK_NEAR(got.variance_product[s], zero[2], 1e-9);
    }
}

static void theorem_4(void)
{
    model m = fitted(1);
    cgm_mediation_opts opts = mediation_question();
    check_theorem(m.run, &opts, fit_acme, fit_ade, fit_zero);
    /* At rho 0 the intervals are those of the effects. */
    cgm_sensitivity_point point[FIT_RHO];
    cgm_sensitivity zero;
    cgm_mediation got;
    opts.intervals = (cgm_interval_opts){.models = 100, .kind = CGM_INTERVAL_PERCENTILE, .level = 0.95};
    REQUIRE_OK(cgm_run_sensitivity(m.run, &opts, FIT_RHO, fit_rho, point, &zero));
    REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got));
    for (int s = 0; s < 2; s++) {
        CHECK_NEAR(fit_rho[3], 0, 0);
        CHECK_NEAR(point[3].nie[s].low, got.effect[s].low, 1e-12);
        CHECK_NEAR(point[3].nde[s].high, got.effect[3 + s].high, 1e-12);
        for (int r = 1; r < FIT_RHO; r++) CU_ASSERT(point[r].nie[s].high < point[r - 1].nie[s].high);
    }
    destroy(&m);
}

/* At the rho with which the data were made, the effects with an interaction are the true ones; at 0 they are not. */
static void interaction(void)
{
    enum { N = 20000 };
    char *path = test_path("confounded.csv");
    FILE *f = new_table(path, "t,m,y");
    cgm_rng rng = cgm_rng_create(11);
    double rho[2] = {0, 0.6};
    for (int i = 0; i < N; i++) {
        double t = i & 1, e = cgm_rng_normal(&rng), u = 0.6 * e + 0.8 * cgm_rng_normal(&rng), m = 1 + 0.5 * t + 2 * e;
        fprintf(f, "%g,%.17g,%.17g\n", t, m, 0.3 + 0.8 * t + 1.2 * m + 0.4 * t * m + 3 * u);
    }
    fclose(f);
    model m =
        train_on("graph:\n  t: {type: binary}\n  m: {type: continuous, parents: [t], mechanism: linear_gaussian}\n"
                 "  y: {type: continuous, parents: [t, m], mechanism: {kind: linear_gaussian, interactions: [[t, "
                 "m]]}}\n",
                 path, 1);
    cgm_mediation_opts opts = mediation_question();
    cgm_sensitivity_point point[2];
    cgm_sensitivity got;
    REQUIRE_OK(cgm_run_sensitivity(m.run, &opts, 2, rho, point, &got));
    CHECK_NEAR(point[1].nie[0].value, 0.6, 0.06);
    CHECK_NEAR(point[1].nie[1].value, 0.8, 0.08);
    CHECK_NEAR(point[1].nde[0].value, 1.2, 0.12);
    CHECK_NEAR(point[1].nde[1].value, 1.4, 0.12);
    CU_ASSERT(point[0].nie[0].value > 0.95 && point[0].nde[0].value < 0.9);
    for (int s = 0; s < 2; s++) {
        CHECK_NEAR(point[1].nie[s].value + point[1].nde[1 - s].value, 2, 0.1);
        cgm_sensitivity_point at;
        REQUIRE_OK(cgm_run_sensitivity(m.run, &opts, 1, &got.rho[s], &at, &(cgm_sensitivity){0}));
        CHECK_NEAR(at.nie[s].value, 0, 1e-12);
    }
    destroy(&m);
}

static void check_refused(const char *graph, const char *reason)
{
    model m = train_on(graph, test_path("fit.csv"), 1);
    cgm_mediation_opts opts = mediation_question();
    cgm_sensitivity_point point;
    cgm_sensitivity got;
    double rho = 0;
    CHECK_FAILS(cgm_run_sensitivity(m.run, &opts, 1, &rho, &point, &got), CGM_E_UNSUPPORTED, reason);
    destroy(&m);
}

#define START "graph:\n  t: {type: continuous}\n  x: {type: continuous}\n"
static void refused(void)
{
    model m = fitted(1);
    cgm_mediation_opts opts = mediation_question();
    cgm_sensitivity_point point;
    cgm_sensitivity got;
    double rho = -1;
    CHECK_FAILS(cgm_run_sensitivity(m.run, &opts, 1, &rho, &point, &got), CGM_E_ARG, "rho -1; expected");
    destroy(&m);
    check_refused(START "  m: {type: continuous, parents: [t, x], mechanism: linear_gaussian}\n"
                        "  y: {type: continuous, parents: [t, m], mechanism: linear_gaussian}\n",
                  "'x' is a parent of 'm' but not of 'y'");
    check_refused(START
                  "  m: {type: continuous, parents: [t, x], mechanism: {kind: linear_gaussian, interactions: [[t, "
                  "x]]}}\n  y: {type: continuous, parents: [t, m, x], mechanism: linear_gaussian}\n",
                  "'t' and 'x' interact in 'm' but not in 'y'");
    check_refused(START "  m: {type: continuous, parents: [t], mechanism: affine_flow}\n"
                        "  y: {type: continuous, parents: [t, m], mechanism: linear_gaussian}\n",
                  "expected 'm' to be a fitted linear_gaussian variable");
    check_refused("graph:\n  t: {type: continuous}\n  x: {type: continuous, parents: [t], mechanism: linear_gaussian}\n"
                  "  m: {type: continuous, parents: [t, x], mechanism: linear_gaussian}\n"
                  "  y: {type: continuous, parents: [t, m, x], mechanism: linear_gaussian}\n",
                  "nothing but 'm' between 't' and 'y'; 'x' is");
    check_refused(START "  m: {type: continuous, parents: [t], mechanism: linear_gaussian}\n"
                        "  y: {type: continuous, parents: [m], mechanism: linear_gaussian}\n",
                  "expected 't' to be a parent of 'm', and both to be parents of 'y'");
}

/* R's data set jobs, where that file is. */
static void jobs(void)
{
    static const char *const mediator[] = {"job_seek"};
    const char *path = test_data("mediation/jobs.csv");
    if (!path) return;
    model m =
        train_on("graph:\n  treat: {type: binary}\n  sex: {type: continuous}\n  age: {type: continuous}\n"
                 "  econ_hard: {type: continuous}\n"
                 "  job_seek: {type: continuous, parents: [treat, econ_hard, sex, age], mechanism: linear_gaussian}\n"
                 "  depress2: {type: continuous, parents: [treat, job_seek, econ_hard, sex, age], mechanism: "
                 "linear_gaussian}\n",
                 path, 2);
    cgm_mediation_opts opts = mediation_question();
    cgm_mediation got;
    opts.treatment = "treat";
    opts.mediators = mediator;
    opts.outcome = "depress2";
    check_theorem(m.run, &opts, jobs_acme, jobs_ade, jobs_zero);
    /* 5,000 quasi-Bayesian draws of R's mediate, package mediation 4.5.1. */
    opts.intervals = (cgm_interval_opts){.models = 2000, .kind = CGM_INTERVAL_QUASI_BAYESIAN, .level = 0.95};
    REQUIRE_OK(cgm_run_mediate(m.run, &opts, &got));
    CHECK_NEAR(got.effect[0].low, -0.0415, 0.01);
    CHECK_NEAR(got.effect[0].high, 0.0084, 0.01);
    CHECK_NEAR(got.effect[3].low, -0.1268, 0.01);
    CHECK_NEAR(got.effect[3].high, 0.0440, 0.01);
    CHECK_NEAR(got.effect[6].low, -0.1469, 0.01);
    CHECK_NEAR(got.effect[6].high, 0.0323, 0.01);
    destroy(&m);
}

static const test_case cases[] = {
    {"covariance of least squares", covariance_of_least_squares},
    {"drawn intervals", drawn_intervals},
    {"draws refused", draws_refused},
    {"theorem 4", theorem_4},
    {"interaction", interaction},
    {"refused", refused},
    {"jobs", jobs},
};
TEST_MAIN("sensitivity", cases)
