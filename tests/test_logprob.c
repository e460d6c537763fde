/* Log-probabilities of rows and of one unit's evidence, against closed forms. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/queries/likelihood.h"
#include "scm/queries/unit.h"
#include "scm/runs/run.h"
#include "tests/known.h"

static double log_normal(double x, double mean, double variance)
{
    return -((x - mean) * (x - mean) / variance + log(2 * M_PI * variance)) / 2;
}

#define LG(rest) "mechanism: {kind: linear_gaussian, coefficients: {" rest "}}}\n"
static const char chain[] = "graph:\n  x: {type: continuous, " LG(
    "intercept: 1, sigma: 2") "  y: {type: continuous, parents: [x], " LG("intercept: 0, x: 3, sigma: 0.5");
static const char chain_formulas[] = "graph:\n  x: {type: continuous, mechanism: {formula: '1 + 2*u'}}\n"
                                     "  y: {type: continuous, parents: [x], mechanism: {formula: '3*x + 0*x^2 + 0.5*u'}}\n"; /* not affine by its form */

static void rows(void)
{
    char *path = test_path("rows.csv"), text[1024];
    const double x[] = {0, 1.5, -2, 4, 1}, y[] = {0.2, 4, -6.5, 12, 2.5};
    FILE *f = fopen(path, "w");
    CU_ASSERT_FATAL(f != NULL);
    fprintf(f, "y,x\n");
    for (int i = 0; i < 5; i++) fprintf(f, "%.17g,%.17g\n", y[i], x[i]);
    fclose(f);
    cgm_config *config = NULL;
    cgm_run *run = NULL;
    snprintf(text, sizeof text, "data: {path: '%s', test: 2}\n%s", path, chain);
    REQUIRE_OK(cgm_config_parse(text, "m.yaml", &config));
    REQUIRE_OK(cgm_run_create(config, &(cgm_run_opts){.threads = 1}, &run));
    const cgm_scm *scm = cgm_run_scm(run);
    int a = cgm_scm_find(scm, "x"), b = cgm_scm_find(scm, "y");
    const size_t some[] = {1, 0};
    cgm_likelihood l;
    const cgm_likelihood_opts opts[] = {
        {.split = CGM_TRAIN}, {.split = CGM_TEST}, {.n = 2}, {.n_rows = 2, .rows = some}};
    const size_t first[] = {0, 3, 0, 1}, count[] = {3, 2, 2, 2};
    for (int k = 0; k < 4; k++) {
        REQUIRE_OK(cgm_scm_likelihood(scm, cgm_run_data(run), &opts[k], &l));
        CU_ASSERT_FATAL(l.n == count[k] && l.rows[0] == first[k] && l.n_variables == 2);
        double sum = 0, square = 0;
        for (size_t i = 0; i < l.n; i++) {
            size_t r = l.rows[i];
            CHECK_NEAR(l.log_prob[a][i], log_normal(x[r], 1, 4), 1e-13);
            CHECK_NEAR(l.log_prob[b][i], log_normal(y[r], 3 * x[r], 0.25), 1e-13);
            CHECK_NEAR(l.total[i], log_normal(x[r], 1, 4) + log_normal(y[r], 3 * x[r], 0.25), 1e-13);
            sum += l.total[i];
        }
        for (size_t i = 0; i < l.n; i++) square += pow(l.total[i] - sum / (double)l.n, 2);
        CHECK_NEAR(l.all.mean, sum / (double)l.n, 1e-13);
        CHECK_NEAR(l.all.standard_error, sqrt(square / (double)(l.n - 1) / (double)l.n), 1e-13);
        CHECK_NEAR(l.variable[a].mean + l.variable[b].mean, l.all.mean, 1e-13);
        CU_ASSERT(!l.all.bound && !l.variable[a].bound);
        cgm_likelihood_clear(&l);
    }
    const size_t beyond[] = {2};
    CHECK_FAILS(cgm_scm_likelihood(scm, cgm_run_data(run), &(cgm_likelihood_opts){.n = 4}, &l), CGM_E_ARG,
                "4 rows wanted, but the data have 3 training rows");
    CHECK_FAILS(cgm_scm_likelihood(scm, cgm_run_data(run),
                                   &(cgm_likelihood_opts){.split = CGM_TEST, .n_rows = 1, .rows = beyond}, &l),
                CGM_E_ARG, "row 2: the data have 2 test rows");
    cgm_run_destroy(run);
    cgm_config_destroy(config);
}

static cgm_status evidence(const cgm_scm *scm, const char *text, size_t particles, cgm_evidence *out)
{
    cgm_arena arena = {0};
    cgm_observation *seen = NULL;
    cgm_rng rng = cgm_rng_create(11);
    size_t n = 0;
    cgm_status status = cgm_scm_parse_evidence(scm, text, &arena, &n, &seen);
    if (status == CGM_OK) status = cgm_scm_evidence(scm, &rng, n, seen, &(cgm_unit_opts){.particles = particles}, out);
    cgm_arena_clear(&arena);
    return status;
}

/* y is normal with mean 3 and variance 36.25. */
static void partial_evidence(void)
{
    cgm_scm *exact = known(chain), *drawn = known(chain_formulas);
    cgm_evidence e;
    REQUIRE_OK(evidence(exact, "y=5", 0, &e));
    CU_ASSERT(e.method == CGM_EVIDENCE_GAUSSIAN && !e.bound);
    CHECK_NEAR(e.log_prob, log_normal(5, 3, 36.25), 1e-12);
    CHECK_NEAR(e.mc_error, 0, 0);
    REQUIRE_OK(evidence(exact, "x=2", 0, &e));
    CHECK_NEAR(e.log_prob, log_normal(2, 1, 4), 1e-12);
    REQUIRE_OK(evidence(drawn, "x=2, y=5", 0, &e));
    CU_ASSERT(e.method == CGM_EVIDENCE_DENSITY);
    CHECK_NEAR(e.log_prob, log_normal(2, 1, 4) + log_normal(5, 6, 0.25), 1e-12);
    double last = 1;
    for (size_t n = 4000; n <= 64000; n *= 16) {
        REQUIRE_OK(evidence(drawn, "y=5", n, &e));
        CU_ASSERT(e.method == CGM_EVIDENCE_PARTICLES && e.particles == n && e.effective < (double)n);
        CHECK_NEAR(e.log_prob, log_normal(5, 3, 36.25), 4 * e.mc_error);
        CU_ASSERT(e.mc_error > 0 && e.mc_error < 0.4 * last); /* it falls with the root of n */
        last = e.mc_error;
    }
    CHECK_FAILS(evidence(drawn, "z=1", 0, &e), CGM_E_ARG, "no variable 'z'");
    cgm_scm_destroy(exact);
    cgm_scm_destroy(drawn);
}

/* The Monte Carlo error is what the estimate's spread over seeds is. */
static void error_is_honest(void)
{
    enum { SEEDS = 200 };
    cgm_scm *scm = known(chain_formulas);
    cgm_observation seen = {(size_t)cgm_scm_find(scm, "y"), 5};
    double sum = 0, squares = 0, errors = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        cgm_rng rng = cgm_rng_create(seed);
        cgm_evidence e;
        REQUIRE_OK(cgm_scm_evidence(scm, &rng, 1, &seen, &(cgm_unit_opts){.particles = 1000}, &e));
        sum += e.log_prob;
        squares += e.log_prob * e.log_prob;
        errors += e.mc_error;
    }
    double sd = sqrt(squares / SEEDS - sum / SEEDS * sum / SEEDS);
    CHECK_NEAR(errors / SEEDS, sd, 0.2 * sd); /* sd has a relative error of 1/20 */
    cgm_scm_destroy(scm);
}

static const test_case cases[] = {
    {"rows", rows},
    {"partial evidence", partial_evidence},
    {"the error is honest", error_is_honest},
};
TEST_MAIN("log-probabilities", cases)
