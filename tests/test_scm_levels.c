/* Mechanisms of variables with levels: Bernoulli and conditional probability tables. Fits against an independent
 * implementation, densities, posteriors and their laws, and the errors of what a config gives. */
#include "tests/known.h"
#include "tests/mechanism_toys.h"
#include "tests/scm_toys.h"
#include "tests/statistics.h"

#include "scm/mechanisms/bernoulli.h"
#include "scm/mechanisms/cpt.h"
#include "scm/mechanisms/newton.h"
#include "tests/fixtures/levels.h"

static const cgm_variable var_t = {.name = "t", .type = CGM_CONTINUOUS};
static const cgm_variable var_d = {.name = "d", .type = CGM_CATEGORICAL, .levels = 3};
static const cgm_variable var_y = {.name = "y", .type = CGM_BINARY, .levels = 2};
static const cgm_variable *const parents_td[] = {&var_t, &var_d};

/* ---- the latent noise ---- */

static void latent_tails(void)
{
    for (size_t k = 0; k < sizeof lv_latent / sizeof *lv_latent; k++)
        for (int link = 0; link < 2; link++) {
            double x = lv_latent[k][0], want = lv_latent[k][1 + link];
            CHECK_NEAR(cgm_scm_latent_log_cdf((scm_link)link, x), want, 1e-14 * fabs(want));
            if (x < -40) continue;
            /* The slope and the curvature against differences of the distribution function's logarithm. */
            const double h = 1e-4;
            double up = cgm_scm_latent_log_cdf((scm_link)link, x + h),
                   down = cgm_scm_latent_log_cdf((scm_link)link, x - h);
            CHECK_NEAR(cgm_scm_latent_slope((scm_link)link, x), (up - down) / (2 * h), 1e-7 + 1e-9 * fabs(x));
            up = cgm_scm_latent_slope((scm_link)link, x + h), down = cgm_scm_latent_slope((scm_link)link, x - h);
            CHECK_NEAR(cgm_scm_latent_curvature((scm_link)link, x), (down - up) / (2 * h), 1e-7);
        }
}

/* Draws between two ends: inside, and uniform in the distribution function, whatever its tails. */
static void latent_between(void)
{
    static const double ends[][2] = {
        {-INFINITY, INFINITY}, {-INFINITY, -3}, {-INFINITY, 3}, {2, INFINITY},     {-1, 0.5},
        {40, INFINITY},        {-45, -44},      {6, 6.001},     {-INFINITY, -1000}};
    enum { N = 4000 };
    cgm_rng rng = cgm_rng_create(5);
    for (int link = 0; link < 2; link++)
        for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
            double low = ends[k][0], high = ends[k][1], sum = 0, squares = 0;
            bool mirrored = low > 0;
            double from = mirrored ? -high : low, to = mirrored ? -low : high;
            double top = cgm_scm_latent_log_cdf((scm_link)link, to);
            double bottom = from > -INFINITY ? cgm_scm_latent_log_cdf((scm_link)link, from) : -INFINITY;
            for (int i = 0; i < N; i++) {
                double u = cgm_scm_latent_between((scm_link)link, low, high, &rng);
                CU_ASSERT(u > low && u < high);
                double q = cgm_scm_latent_log_cdf((scm_link)link, mirrored ? -u : u);
                double p = expm1(q - bottom) / expm1(top - bottom);
                if (!(bottom > -INFINITY)) p = exp(q - top);
                sum += p;
                squares += p * p;
            }
            CHECK_NEAR(sum / N, 0.5, 4 * sqrt(1 / 12.0 / N));
            CHECK_NEAR(squares / N, 1 / 3.0, 4 * sqrt(4 / 45.0 / N));
        }
    /* Ends that are neighbours, or next to it: still a number, and between them. */
    double next = nextafter(nextafter(3, 4), 4), u = cgm_scm_latent_between(SCM_PROBIT, 3, next, &rng);
    CU_ASSERT(u > 3 && u < next);
}

/* ---- Bernoulli ---- */

static void check_fit(const char *kind, const char *options, const double *values, size_t n, const double *want,
                      double nll)
{
    cgm_mechanism *base = NULL;
    double got, w[6], log_p[LV_ROWS];
    REQUIRE_OK(make(kind, &var_y, 2, parents_td, options, &base));
    scm_linear_index *m = (scm_linear_index *)base;
    cgm_values value = column(LV_ROWS, values), parents[] = {column(LV_ROWS, lv_t), column(LV_ROWS, lv_d)};
    REQUIRE_OK(cgm_scm_bernoulli_fit(m, &value, parents, &got));
    CHECK_NEAR(got, nll, 1e-12);
    CU_ASSERT_FATAL(m->features.n == n);
    cgm_scm_features_unscale(&m->features, m->parameter, w);
    for (size_t j = 0; j < n; j++) CHECK_NEAR(w[j], want[j], 1e-6);
    REQUIRE_OK(base->methods->log_prob(base, parents, &value, NULL, log_p));
    CHECK_NEAR(-toy_mean(LV_ROWS, log_p), nll, 1e-12);
    destroy(base);
}

static void bernoulli_fits(void)
{
    check_fit("bernoulli", "{}", lv_logit_y, 4, lv_logit, lv_logit_nll);
    check_fit("logistic", "{}", lv_logit_y, 4, lv_logit, lv_logit_nll);
    check_fit("probit", "{}", lv_probit_y, 4, lv_probit, lv_probit_nll);
    check_fit("bernoulli", "{link: probit, interactions: [[t, d]]}", lv_probit_y, 6, lv_product, lv_product_nll);
    const double offset[] = {lv_offset[0], 0.5, lv_offset[1], lv_offset[2]};
    check_fit("bernoulli", "coefficients: {t: 0.5}", lv_logit_y, 4, offset, lv_offset_nll);
    /* Given in part as fitted in whole: the rest is the same. */
    char options[100];
    snprintf(options, sizeof options, "coefficients: {intercept: %.17g, d: [%.17g, %.17g]}", lv_logit[0], lv_logit[2],
             lv_logit[3]);
    check_fit("bernoulli", options, lv_logit_y, 4, lv_logit, lv_logit_nll);
}

/* The standard error of the linear predictor does not depend on the basis. */
static void bernoulli_covariance(void)
{
    for (int link = 0; link < 2; link++) {
        cgm_mechanism *base = NULL;
        double nll, c[16];
        REQUIRE_OK(make(link ? "probit" : "logistic", &var_y, 2, parents_td, "{}", &base));
        scm_linear_index *m = (scm_linear_index *)base;
        cgm_values value = column(LV_ROWS, link ? lv_probit_y : lv_logit_y),
                   parents[] = {column(LV_ROWS, lv_t), column(LV_ROWS, lv_d)};
        REQUIRE_OK(cgm_scm_bernoulli_fit(m, &value, parents, &nll));
        REQUIRE_OK(cgm_scm_invert(4, m->information, c));
        for (size_t i = 0; i < 10; i++) {
            size_t at[SCM_MAX_ROW], n;
            double x[SCM_MAX_ROW], variance = 0;
            n = cgm_scm_features_row(&m->features, parents, i, at, x);
            for (size_t a = 0; a < n; a++)
                for (size_t b = 0; b < n; b++) variance += x[a] * c[at[a] * 4 + at[b]] * x[b];
            CHECK_NEAR(sqrt(variance), (link ? lv_probit_se : lv_logit_se)[i], 1e-7);
        }
        destroy(base);
    }
}

/* Separable data, a level that never occurs, a column given twice, a single class: all finite. */
static void bernoulli_degenerate(void)
{
    const cgm_variable again = {.name = "again", .type = CGM_CONTINUOUS};
    const cgm_variable *const twice[] = {&var_t, &again}, *const d[] = {&var_d};
    const double t[] = {1, 2, 3, 4}, apart[] = {0, 0, 1, 1}, ones[] = {1, 1, 1, 1}, never[] = {0, 1, 0, 1};
    for (int link = 0; link < 2; link++) {
        const char *kind = link ? "probit" : "logistic";
        cgm_mechanism *base = NULL;
        double nll, log_p[4], c[9];
        cgm_values value = column(4, apart), columns[] = {column(4, t), column(4, t)};
        REQUIRE_OK(make(kind, &var_y, 2, twice, "{}", &base));
        REQUIRE_OK(cgm_scm_bernoulli_fit((scm_linear_index *)base, &value, columns, &nll));
        CU_ASSERT(nll > 0 && nll < 1e-5);
        REQUIRE_OK(base->methods->log_prob(base, columns, &value, NULL, log_p));
        for (size_t i = 0; i < 4; i++) CU_ASSERT(log_p[i] < 0 && log_p[i] > -1e-4);
        REQUIRE_OK(cgm_scm_invert(3, ((scm_linear_index *)base)->information, c));
        for (size_t j = 0; j < 9; j++) CU_ASSERT(isfinite(c[j]));
        destroy(base);
        REQUIRE_OK(make(kind, &var_y, 1, d, "{}", &base));
        value = column(4, ones);
        columns[0] = column(4, never);
        REQUIRE_OK(cgm_scm_bernoulli_fit((scm_linear_index *)base, &value, columns, &nll));
        CU_ASSERT(nll > 0 && nll < 1e-5);
        value.n = columns[0].n = 0;
        CHECK_FAILS(cgm_scm_bernoulli_fit((scm_linear_index *)base, &value, columns, &nll), CGM_E_ARG,
                    "variable 'y': there are no training rows");
        destroy(base);
    }
}

static void bernoulli_errors(void)
{
    static const char *const rows[][2] = {
        {"coefficients: {tt: 1}", "test:1: coefficients: there is no parent 'tt'; expected intercept or a parent"},
        {"coefficients: {sigma: 1}", "there is no parent 'sigma'"},
        {"coefficients: {t: much}", "coefficients.t: expected a number"},
        {"coefficients: {d: [1]}", "coefficients.d: expected a list of 2 numbers, for levels 1 to 2"},
        {"coefficients: 3", "coefficients: expected a map such as {intercept: 0}"},
        {"{link: tobit}", "link"},
        {"{coefficients: {t: 1}, interactions: [[t, d]]}", "expected no coefficients beside them"},
    };
    cgm_mechanism *m = NULL;
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        CHECK_FAILS(make("bernoulli", &var_y, 2, parents_td, rows[k][0], &m), CGM_E_CONFIG, rows[k][1]);
    CHECK_FAILS(make("probit", &var_y, 2, parents_td, "link: logit", &m), CGM_E_CONFIG, "link");
}

/* Kolmogorov's distance of noises, which become their distribution function's values. */
static double distance(scm_link link, size_t n, double *u)
{
    for (size_t i = 0; i < n; i++) u[i] = exp(cgm_scm_latent_log_cdf(link, u[i]));
    return kolmogorov(n, u);
}

/* What a known probit model says: P(y = yes) by its closed form, values come back, noises abducted from samples have
 * their prior's distribution, and an effect on the predictor moves the value one way. */
static void bernoulli_laws(void)
{
    enum { N = 20000 };
    static const char *const kinds[] = {"logistic", "probit"};
    for (int link = 0; link < 2; link++) {
        char graph[400], text[200];
        snprintf(graph, sizeof graph,
                 "graph:\n"
                 "  a: {type: binary, mechanism: {kind: %s, coefficients: {intercept: -0.3}}}\n"
                 "  x: {type: continuous, parents: [a], mechanism: {kind: linear_gaussian, coefficients: "
                 "{intercept: 1, a: 0.5, sigma: 2}}}\n"
                 "  y: {type: binary, levels: ['no', 'yes'], parents: [a, x], mechanism: {kind: %s, coefficients: "
                 "{intercept: -1, a: [0.7], x: 0.4}}}\n",
                 kinds[link], kinds[link]);
        cgm_scm *scm = known(graph);
        cgm_world *world = toy_world(scm, N), *back = toy_world(scm, N);
        cgm_rng rng = cgm_rng_create(11), again = cgm_rng_create(12);
        REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, NULL, world));
        double p = exp(cgm_scm_latent_log_cdf((scm_link)link, -0.3));
        CHECK_NEAR(toy_mean(N, toy_values(scm, world, "a")), p, 4 * sqrt(p * (1 - p) / N));
        for (int node = 0; node < 3; node++)
            memcpy(back->value[node].data, world->value[node].data, N * sizeof(double));
        REQUIRE_OK(cgm_scm_abduct(scm, &again, NULL, back));
        toy_predict_under(scm, back, DO("x->y=0"), world); /* y is made anew; a and x are as they were */
        for (size_t i = 0; i < N; i++)
            CU_ASSERT(toy_values(scm, back, "x")[i] > 0
                          ? toy_values(scm, world, "y")[i] <= toy_values(scm, back, "y")[i]
                          : toy_values(scm, world, "y")[i] >= toy_values(scm, back, "y")[i]);
        const cgm_mechanism *m = cgm_scm_mechanism(scm, 2);
        cgm_values parents[] = {back->value[0], back->value[1]}, out = world->value[2], *noise = &back->noise[2];
        REQUIRE_OK(m->methods->predict((cgm_mechanism *)m, 0, parents, NULL, noise, 1, &out));
        for (size_t i = 0; i < N; i++) CU_ASSERT(out.data[i] == back->value[2].data[i]);
        CU_ASSERT(distance((scm_link)link, N, back->noise[2].data) < 1.95); /* 1 in 1,000 exceeds it */
        CU_ASSERT(distance((scm_link)link, N, back->noise[0].data) < 1.95);
        m->methods->describe(m, sizeof text, text);
        CU_ASSERT_STRING_EQUAL(text, link ? "y = yes where -1 + 0.7 [a=1] + 0.4 x + u > 0, u ~ normal(0, 1)"
                                          : "y = yes where -1 + 0.7 [a=1] + 0.4 x + u > 0, u ~ logistic(0, 1)");
        if (link) {
            /* E Phi(b + c X) = Phi((b + c mean) / sqrt(1 + c^2 sd^2)) for a normal X. */
            cgm_intervention x = {.node = 0, .to = -1, .value = 1};
            REQUIRE_OK(cgm_scm_sample(scm, &rng, 1, &x, NULL, world));
            p = exp(cgm_scm_latent_log_cdf(SCM_PROBIT, (-0.3 + 0.4 * 1.5) / sqrt(1 + 0.16 * 4)));
            CHECK_NEAR(toy_mean(N, toy_values(scm, world, "y")), p, 4 * sqrt(p * (1 - p) / N));
        }
        cgm_world_destroy(back);
        cgm_world_destroy(world);
        cgm_scm_destroy(scm);
    }
}

/* ---- conditional probability tables ---- */

static const char *const job_names[] = {"none", "part", "full"};
static const cgm_variable var_job = {.name = "job", .type = CGM_CATEGORICAL, .levels = 3, .level_names = job_names},
                          var_sex = {.name = "sex", .type = CGM_BINARY, .levels = 2};
static const cgm_variable *const parents_sj[] = {&var_sex, &var_job};
#define ROWS5                                                                                                          \
    "{sex: 1, job: none, p: [0.75, 0.25]}, {sex: 0, job: none, p: [0.1, 0.9]}, {sex: 0, job: part, p: [0.2, 0.8]}, "   \
    "{job: full, sex: 0, p: [0.3, 0.7]}, {sex: 1, job: full, p: [1, 0]}"

/* Rows come in any order, keys too; what is off one by less than a millionth is divided by its sum. */
static void cpt_reads(void)
{
    static const double want[] = {0.1, 0.2, 0.3, 0.75, 0.333333, 1};
    cgm_mechanism *base = NULL;
    REQUIRE_OK(
        make("cpt", &var_y, 2, parents_sj, "table: [{sex: 1, job: part, p: [0.333333, 0.6666665]}, " ROWS5 "]", &base));
    const scm_cpt *m = (const scm_cpt *)base;
    CU_ASSERT(m->rows == 6 && base->methods->is_known(base));
    for (size_t r = 0; r < 6; r++) {
        const double levels[] = {(double)(r / 3), (double)(r % 3)};
        cgm_values parents[] = {column(1, &levels[0]), column(1, &levels[1])};
        CU_ASSERT(cgm_scm_cpt_row(m, levels) == r);
        const double *p = cgm_scm_cpt_at(m, parents, 0);
        CHECK_NEAR(p[0], want[r] / (r == 4 ? 0.9999995 : 1), 1e-15);
        CHECK_NEAR(p[0] + p[1], 1, 1e-15);
    }
    char text[400];
    base->methods->describe(base, sizeof text, text);
    CU_ASSERT(strncmp(text, "'y' given sex=0, job=none ~ (0.1, 0.9); 'y' given sex=0, job=part ~", 67) == 0);
    destroy(base);
    REQUIRE_OK(make("cpt", &var_job, 0, NULL, "table: [0.5, 0.25, 0.25]", &base));
    base->methods->describe(base, sizeof text, text);
    CU_ASSERT_STRING_EQUAL(text, "'job' ~ (0.5, 0.25, 0.25)");
    destroy(base);
}

static void cpt_errors(void)
{
    static const char *const rows[][2] = {
        {"table:\n - {sex: 1, job: part, p: [0.3, 0.8]}",
         "test:2: table: the probabilities of 'y' given sex=1, job=part sum to 1.1: expected 1"},
        {"table:\n - {sex: 1, job: part, p: [0.333333, 0.666665]}", "sum to 0.999998: expected 1"},
        {"table:\n - {sex: 1, job: part, p: [-0.1, 1.1]}",
         "test:2: table: a probability of 'y' given sex=1, job=part is -0.1: expected a number from 0 to 1"},
        {"table: [" ROWS5 "]", "test:1: table: no row for 'y' given sex=1, job=part: 5 rows are there, expected 6"},
        {"table: [" ROWS5 ",\n {job: none, sex: 0, p: [0, 1]}]",
         "test:2: table: a second row for 'y' given sex=0, job=none; the first is at test:1"},
        {"table:\n - {sex: 1, p: [0.3, 0.7]}", "test:2: table: a row that does not say the level of 'job'"},
        {"table:\n - {sex: 1, job: part}", "test:2: table: a row without p"},
        {"table: [{sex: 1, job: prt, p: [0.3, 0.7]}]", "test:1: table: job: 'prt' is not a level"},
        {"table: [{sex: 2, job: part, p: [0.3, 0.7]}]", "test:1: table: sex: 2 is not a level"},
        {"table: [{sex: 1, jobs: part, p: [0.3, 0.7]}]", "there is no parent 'jobs'; did you mean 'job'?"},
        {"table: [{sex: 1, job: part, p: [0.3, 0.3, 0.4]}]",
         "test:1: table: expected a list of 2 probabilities, one for each level of 'y'"},
        {"table: [{sex: 1, job: part, p: [0.3, most]}]", "test:1: table: expected a number from 0 to 1"},
        {"table: [{sex: 1, job: [part], p: [0.3, 0.7]}]", "test:1: table: job: expected one level"},
        {"table: [0.3, 0.7]", "test:1: table: expected rows such as {sex: 0, p: [...]}"},
        {"table: 1", "test:1: table: expected a list of rows such as {sex: 0, p: [...]}"},
        {"{table: [], pseudocount: 1}", "pseudocount: expected none beside a table"},
        {"pseudocount: -1", "pseudocount"},
    };
    static const cgm_variable p = {.name = "p", .type = CGM_BINARY, .levels = 2},
                              wide = {.name = "wide", .type = CGM_CATEGORICAL, .levels = 1000};
    static const cgm_variable *const called_p[] = {&p}, *const wides[] = {&wide, &wide, &wide};
    cgm_mechanism *m = NULL;
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        CHECK_FAILS(make("cpt", &var_y, 2, parents_sj, rows[k][0], &m), CGM_E_CONFIG, rows[k][1]);
    CHECK_FAILS(make("cpt", &var_y, 1, called_p, "table: []", &m), CGM_E_CONFIG, "a parent is called 'p'");
    CHECK_FAILS(make("cpt", &var_y, 3, wides, "{}", &m), CGM_E_CONFIG, "more than 4194304 numbers");
}

static void cpt_fits(void)
{
    const double sex[] = {0, 0, 0, 1, 1, 0, 1, 0}, job[] = {0, 0, 0, 1, 1, 2, 2, 2}, y[] = {0, 1, 1, 0, 1, 1, 0, 1};
    static const double ones[] = {2, 0, 2, 0, 1, 0}, rows[] = {3, 0, 2, 0, 2, 1};
    cgm_values value = column(8, y), parents[] = {column(8, sex), column(8, job)};
    for (int k = 0; k < 3; k++) {
        static const char *const options[] = {"{}", "pseudocount: 0", "pseudocount: 1"};
        static const double each[] = {1e-3, 0, 1};
        cgm_mechanism *base = NULL;
        size_t unseen;
        REQUIRE_OK(make("cpt", &var_y, 2, parents_sj, options[k], &base));
        scm_cpt *m = (scm_cpt *)base;
        CU_ASSERT(!base->methods->is_known(base));
        REQUIRE_OK(cgm_scm_cpt_fit(m, &value, parents, &unseen));
        CU_ASSERT(unseen == 2);
        for (size_t r = 0; r < 6; r++) /* a combination that was never seen: uniform */
            CHECK_NEAR(m->p[2 * r + 1], rows[r] > 0 ? (ones[r] + each[k]) / (rows[r] + 2 * each[k]) : 0.5, 1e-15);
        value.n = 0;
        CHECK_FAILS(cgm_scm_cpt_fit(m, &value, parents, &unseen), CGM_E_ARG, "no training rows");
        value.n = 8;
        destroy(base);
    }
}

/* Confounding: z -> x, z -> y, x -> y. Seeing, doing, abducting, and a value of probability 0. */
static void cpt_laws(void)
{
    enum { N = 20000 };
    cgm_scm *scm =
        known("graph:\n"
              "  z: {type: binary, mechanism: {kind: cpt, table: [0.4, 0.6]}}\n"
              "  x: {type: binary, parents: [z], mechanism: {kind: cpt, table: [{z: 0, p: [0.9, 0.1]}, {z: 1, p: [0.2, "
              "0.8]}]}}\n"
              "  y: {type: categorical, levels: [a, b, c], parents: [x, z], mechanism: {kind: cpt, table: [\n"
              "    {x: 0, z: 0, p: [0.5, 0.3, 0.2]}, {x: 0, z: 1, p: [0.1, 0.2, 0.7]},\n"
              "    {x: 1, z: 0, p: [0, 0.5, 0.5]}, {x: 1, z: 1, p: [0.6, 0.4, 0]}]}}\n");
    cgm_world *world = toy_world(scm, N), *back = toy_world(scm, N);
    cgm_rng rng = cgm_rng_create(3), again = cgm_rng_create(4);
    cgm_intervention x = {.node = (size_t)cgm_scm_find_node(scm, "x"), .to = -1, .value = 1};
    double count[3] = {0}, sum = 0, squares = 0, u_mean = 0.57721566490153286, u_variance = M_PI * M_PI / 6;
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 1, &x, NULL, world));
    for (size_t i = 0; i < N; i++) count[(size_t)toy_values(scm, world, "y")[i]] += 1.0 / N;
    static const double want[] = {0.6 * 0.6, 0.4 * 0.5 + 0.6 * 0.4, 0.4 * 0.5}; /* sum_z P(z) P(y | x = 1, z) */
    for (size_t l = 0; l < 3; l++) CHECK_NEAR(count[l], want[l], 4 * sqrt(want[l] * (1 - want[l]) / N));
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, NULL, world));
    for (size_t node = 0; node < 3; node++) memcpy(back->value[node].data, world->value[node].data, N * sizeof(double));
    REQUIRE_OK(cgm_scm_abduct(scm, &again, NULL, back));
    const cgm_mechanism *m = cgm_scm_mechanism(scm, 2);
    cgm_values parents[] = {back->value[1], back->value[0]}, out = world->value[2], *noise = &back->noise[2];
    REQUIRE_OK(m->methods->predict((cgm_mechanism *)m, 0, parents, NULL, noise, 1, &out));
    for (size_t i = 0; i < N; i++) CU_ASSERT(out.data[i] == back->value[2].data[i]);
    for (size_t i = 0; i < 3 * N; i++) sum += noise->data[i], squares += noise->data[i] * noise->data[i];
    sum /= 3 * N;
    CHECK_NEAR(sum, u_mean, 4 * sqrt(u_variance / (3 * N)));
    CHECK_NEAR(squares / (3 * N) - sum * sum, u_variance, 4 * sqrt(4.4 * u_variance * u_variance / (3 * N)));
    *toy_values(scm, back, "x") = *toy_values(scm, back, "z") = 1;
    *toy_values(scm, back, "y") = 2;
    CHECK_FAILS(cgm_scm_abduct(scm, &rng, NULL, back), CGM_E_ARG,
                "variable 'y', row 0: c has probability 0 in the table of 'y' given x=1, z=1");
    double *log_p[3];
    for (size_t v = 0; v < 3; v++) log_p[v] = calloc(N, sizeof(double));
    REQUIRE_OK(cgm_scm_log_prob(scm, &rng, back, log_p));
    CU_ASSERT(log_p[2][0] == -INFINITY);
    CHECK_NEAR(log_p[1][0], log(0.8), 1e-15);
    for (size_t v = 0; v < 3; v++) free(log_p[v]);
    cgm_world_destroy(back);
    cgm_world_destroy(world);
    cgm_scm_destroy(scm);
}

static const test_case cases[] = {
    {"latent tails", latent_tails},
    {"latent between", latent_between},
    {"Bernoulli fits", bernoulli_fits},
    {"Bernoulli covariance", bernoulli_covariance},
    {"Bernoulli degenerate", bernoulli_degenerate},
    {"Bernoulli errors", bernoulli_errors},
    {"Bernoulli laws", bernoulli_laws},
    {"tables read", cpt_reads},
    {"table errors", cpt_errors},
    {"tables fitted", cpt_fits},
    {"table laws", cpt_laws},
};
TEST_MAIN("scm levels", cases)
