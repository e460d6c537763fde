/* Additive noise: the mean by splines and the noise's density against an independent implementation, the mean by a
 * network on a known function, inverses, densities, states and what is refused. */
#include "tests/mechanism_toys.h"
#include "tests/scm_toys.h"

#include <gsl/gsl_bspline.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>

#include "scm/mechanisms/additive_noise.h"
#include "tests/fixtures/additive.h"

static const cgm_variable var_t = {.name = "t", .type = CGM_CONTINUOUS}, var_c = {.name = "c", .type = CGM_COUNT},
                          var_d = {.name = "d", .type = CGM_CATEGORICAL, .levels = 3},
                          var_y = {.name = "y", .type = CGM_CONTINUOUS},
                          var_w = {.name = "w", .type = CGM_CONTINUOUS, .bounded = true, .low = -3, .high = 5};
static const cgm_variable *const parents_tcd[] = {&var_t, &var_c, &var_d}, *const parents_td[] = {&var_t, &var_d};

static scm_additive_noise *made(const cgm_variable *x, size_t n_parents, const cgm_variable *const *parents,
                                const char *options)
{
    cgm_mechanism *m = NULL;
    REQUIRE_OK(make("additive_noise", x, n_parents, parents, options, &m));
    return (scm_additive_noise *)m;
}

/* Fitted to the fixture's data. */
static scm_additive_noise *fitted(const char *options, double *nll)
{
    scm_additive_noise *m = made(&var_y, 3, parents_tcd, options);
    cgm_values value = column(AD_ROWS, ad_y),
               parents[] = {column(AD_ROWS, ad_t), column(AD_ROWS, ad_c), column(AD_ROWS, ad_d)};
    REQUIRE_OK(cgm_scm_additive_fit(m, &value, parents, nll));
    return m;
}

/* ---- splines ---- */

/* The columns of a row are GSL's B-splines, but the first; their sum with it is 1, beyond the ends too. */
static void basis(void)
{
    double nll;
    scm_additive_noise *m = fitted("knots: 6", &nll);
    const scm_smooth *s = &m->smooth;
    size_t n = s->n_breaks[0];
    gsl_bspline_workspace *space = gsl_bspline_alloc(4, n);
    gsl_vector_const_view breaks = gsl_vector_const_view_array(s->breaks, n);
    gsl_vector *b = gsl_vector_alloc(n + 2);
    gsl_bspline_knots(&breaks.vector, space);
    CU_ASSERT(n == AD_KNOTS + 2 && s->n_breaks[1] < n); /* counts have fewer distinct values */
    for (int k = 0; k <= 100; k++) {
        double x = s->breaks[0] + (s->breaks[n - 1] - s->breaks[0]) * k / 100, none = 0, value[SCM_SMOOTH_MAX_ROW];
        size_t at[SCM_SMOOTH_MAX_ROW];
        if (k == 100) x = s->breaks[n - 1];
        cgm_values parents[] = {column(1, &x), column(1, &none), column(1, &none)};
        size_t found = cgm_scm_smooth_row(s, parents, 0, at, value);
        gsl_bspline_eval(x, b, space);
        for (size_t j = 1; j < n + 2; j++) {
            double got = 0;
            for (size_t a = 1; a < found; a++) got += at[a] == s->first[0] + j - 1 ? value[a] : 0;
            CHECK_NEAR(got, gsl_vector_get(b, j), 1e-14);
        }
    }
    gsl_vector_free(b);
    gsl_bspline_free(space);
    destroy(m);
}

static void spline_fit(void)
{
    static const char *const options[] = {"knots: 6", "{mean: spline, knots: 6, noise: empirical}"};
    for (int k = 0; k < 2; k++) {
        double nll, log_p[AD_ROWS];
        scm_additive_noise *m = fitted(options[k], &nll);
        cgm_values at[] = {column(10, ad_at_t), column(10, ad_at_c), column(10, ad_at_d)};
        for (size_t i = 0; i < 10; i++) CHECK_NEAR(cgm_scm_additive_mean(m, at, i), ad_mean[i], 1e-6);
        CHECK_NEAR(m->sd, ad_sd, 1e-8);
        CHECK_NEAR(m->smooth.freedom, ad_freedom, 1e-5);
        CHECK_NEAR(nll, k ? ad_empirical_nll : ad_normal_nll, 1e-7);
        if (k)
            for (size_t i = 0; i < 10; i++)
                CHECK_NEAR(cgm_scm_residuals_log_density(&m->noise, ad_u[i]), ad_log_density[i],
                           1e-7 * fmax(1, fabs(ad_log_density[i])));
        cgm_values value = column(AD_ROWS, ad_y),
                   parents[] = {column(AD_ROWS, ad_t), column(AD_ROWS, ad_c), column(AD_ROWS, ad_d)};
        REQUIRE_OK(m->base.methods->log_prob(&m->base, parents, &value, NULL, log_p));
        CHECK_NEAR(-toy_mean(AD_ROWS, log_p), nll, 1e-10);
        destroy(m);
    }
}

/* A straight line is left alone by the penalty, and goes on beyond the data. */
static void straight(void)
{
    enum { N = 400 };
    double t[N], y[N], nll;
    cgm_rng rng = cgm_rng_create(8);
    for (size_t i = 0; i < N; i++) t[i] = cgm_rng_normal(&rng), y[i] = 3 - 2 * t[i] + 1e-4 * cgm_rng_normal(&rng);
    scm_additive_noise *m = made(&var_y, 1, parents_td, "{}");
    cgm_values value = column(N, y), parent = column(N, t);
    REQUIRE_OK(cgm_scm_additive_fit(m, &value, &parent, &nll));
    for (double x = -20; x <= 20; x += 2.5) {
        cgm_values at = column(1, &x);
        CHECK_NEAR(cgm_scm_additive_mean(m, &at, 0), 3 - 2 * x, 2e-4 * (1 + fabs(x)));
    }
    CU_ASSERT(m->smooth.freedom >= 2 - 1e-6 && m->smooth.freedom < 8);
    destroy(m);
}

/* Parents that carry nothing, or the same twice; too few rows; no scatter. */
static void degenerate(void)
{
    const cgm_variable flat = {.name = "flat", .type = CGM_CONTINUOUS},
                       again = {.name = "again", .type = CGM_CONTINUOUS};
    const cgm_variable *const parents[] = {&var_t, &flat, &var_d, &again};
    double sevens[AD_ROWS], no_twos[AD_ROWS], nll, plain, u;
    for (size_t i = 0; i < AD_ROWS; i++) sevens[i] = 7, no_twos[i] = fmin(ad_d[i], 1);
    cgm_values value = column(AD_ROWS, ad_y), columns[] = {column(AD_ROWS, ad_t), column(AD_ROWS, sevens),
                                                           column(AD_ROWS, no_twos), column(AD_ROWS, ad_t)};
    cgm_values two[] = {columns[0], columns[2]};
    scm_additive_noise *m = made(&var_y, 4, parents, "{}"), *few = made(&var_y, 2, parents_td, "{}");
    REQUIRE_OK(cgm_scm_additive_fit(m, &value, columns, &nll));
    REQUIRE_OK(cgm_scm_additive_fit(few, &value, two, &plain));
    CHECK_NEAR(nll, plain, 0.02); /* the same columns, with half the penalty on each */
    value.n = two[0].n = two[1].n = 4;
    CHECK_FAILS(cgm_scm_additive_fit(few, &value, two, &u), CGM_E_ARG, "4 training rows for at least 4 coefficients");
    value = column(AD_ROWS, sevens);
    CHECK_FAILS(cgm_scm_additive_fit(m, &value, columns, &u), CGM_E_ARG, "training values are all the same");
    value = column(AD_ROWS, no_twos);
    CHECK_FAILS(cgm_scm_additive_fit(m, &value, columns, &u), CGM_E_ARG, "an exact function of its parents");
    destroy(few);
    destroy(m);
    /* No parents: the mean, by either name. */
    for (int k = 0; k < 2; k++) {
        m = made(&var_y, 0, NULL, k ? "mean: mlp" : "{}");
        value = column(AD_ROWS, ad_y);
        REQUIRE_OK(cgm_scm_additive_fit(m, &value, NULL, &nll));
        CHECK_NEAR(cgm_scm_additive_mean(m, NULL, 0), toy_mean(AD_ROWS, ad_y), 1e-8);
        CU_ASSERT(m->base.methods->passes_means(&m->base, NULL));
        destroy(m);
    }
}

/* ---- the noise ---- */

static double density_at(double u, void *noise)
{
    return exp(cgm_scm_residuals_log_density(noise, u));
}

/* Mean 0, variance 1, a density that adds up to one, and draws that follow it. */
static void noise_laws(void)
{
    enum { N = 20000 };
    static double u[N];
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    gsl_integration_workspace *work = gsl_integration_workspace_alloc(2000);
    double nll, integral, error, sum = 0, squares = 0, fourth = 0;
    scm_additive_noise *m = fitted("noise: empirical", &nll);
    gsl_function f = {density_at, &m->noise};
    gsl_integration_qags(&f, -15, 15, 1e-9, 1e-9, 2000, work, &integral, &error);
    CHECK_NEAR(integral, 1, 1e-7);
    cgm_rng rng = cgm_rng_create(6);
    for (size_t i = 0; i < N; i++) {
        u[i] = cgm_scm_residuals_draw(&m->noise, &rng);
        sum += u[i], squares += u[i] * u[i], fourth += pow(u[i], 4);
    }
    CHECK_NEAR(sum / N, 0, 4 / sqrt(N));
    CHECK_NEAR(squares / N, 1, 4 * sqrt((fourth / N - 1) / N));
    for (double x = -2; x <= 2; x += 0.5) {
        double p = 0, seen = 0;
        for (size_t k = 0; k < SCM_RESIDUAL_POINTS; k++)
            p += gsl_cdf_ugaussian_P((x - m->noise.point[k]) / m->noise.bandwidth) / SCM_RESIDUAL_POINTS;
        for (size_t i = 0; i < N; i++) seen += u[i] <= x ? 1.0 / N : 0;
        CHECK_NEAR(seen, p, 4 * sqrt(p * (1 - p) / N));
    }
    destroy(m);
    gsl_integration_workspace_free(work);
    gsl_set_error_handler(handler);
}

/* ---- by a network, from a file of data ---- */

enum { ROWS = 2000 };

/* sin(2 t) + [d = 1] / 2 and a normal of sd 0.3; w is within (-3, 5). */
static cgm_dataset *open_data(void)
{
    static const cgm_variable *const columns[] = {&var_t, &var_d, &var_y, &var_w};
    cgm_variable expect[4];
    cgm_dataset *data = NULL;
    cgm_rng rng = cgm_rng_create(2);
    const char *path = test_path("data.csv");
    FILE *file = fopen(path, "w");
    CU_ASSERT_FATAL(file != NULL);
    fprintf(file, "t,d,y,w\n");
    for (size_t i = 0; i < ROWS; i++) {
        double t = 4 * cgm_rng_uniform(&rng) - 2, d = (double)(i % 3),
               y = sin(2 * t) + (d == 1 ? 0.5 : 0) + 0.3 * cgm_rng_normal(&rng);
        fprintf(file, "%.6f,%g,%.6f,%.6f\n", t, d, y, -3 + 8 / (1 + exp(-y)));
    }
    fclose(file);
    for (size_t k = 0; k < 4; k++) expect[k] = *columns[k];
    cgm_data_opts opts = {.path = path, .n_expect = 4, .expect = expect};
    REQUIRE_OK(cgm_dataset_open(&opts, 1, NULL, &data));
    return data;
}

static const cgm_train_opts train = {.epochs = 30, .batch = 64, .rate = 1e-2, .warmup = 20, .clip = 200, .ema = .99};

static void network(void)
{
    static const char *const options[] = {"{mean: mlp, hidden: 24}", "{mean: mlp, noise: empirical, rate: 0.02}", "{}"};
    cgm_dataset *data = open_data();
    cgm_fit fit = {.data = data, .train = &train, .rng = cgm_rng_create(3), .threads = 1};
    for (int k = 0; k < 3; k++) {
        cgm_fit_report report;
        scm_additive_noise *m = made(&var_y, 2, parents_td, options[k]);
        double value = 0, out, noise = 0, square = 0;
        cgm_values x = column(1, &value), to = column(1, &out), u = column(1, &noise), at[] = {x, x};
        if (k < 2)
            CHECK_FAILS(m->base.methods->predict(&m->base, 0, at, NULL, &u, 1, &to), CGM_E_ARG, "not fitted yet");
        REQUIRE_OK(m->base.methods->fit_begin(&m->base, &fit, &report));
        CU_ASSERT(report.memory_bytes > 0);
        while (!report.finished) REQUIRE_OK(m->base.methods->fit_step(&m->base, &fit, &report));
        m->base.methods->fit_end(&m->base);
        /* What the normal's entropy is, and what the mean and the noise are. */
        CU_ASSERT(strcmp(report.metrics[k < 2 ? 3 : 0].name, "nll") == 0);
        CHECK_NEAR(report.metrics[k < 2 ? 3 : 0].value, log(0.3) + 0.5 + 0.5 * log(2 * M_PI), 0.06);
        CHECK_NEAR(m->sd, 0.3, 0.02);
        for (int i = 0; i < 200; i++) {
            double t = -1.99 + 0.02 * i, d = (double)(i % 3);
            cgm_values parents[] = {column(1, &t), column(1, &d)};
            square += pow(cgm_scm_additive_mean(m, parents, 0) - sin(2 * t) - (d == 1 ? 0.5 : 0), 2) / 200;
        }
        /* Of a mean whose sd is 0.75; the data leave 0.03, a short descent with a noise of its own the rest. */
        CHECK_NEAR(sqrt(square), 0, k < 2 ? 0.1 : 0.04);
        destroy(m);
    }
    cgm_dataset_destroy(data);
}

static void pass_state(scm_additive_noise *from, scm_additive_noise *to)
{
    cgm_state out = {0}, in = {0};
    cgm_file *file;
    const char *path = test_path("between.h5");
    REQUIRE_OK(from->base.methods->state(&from->base, &out));
    REQUIRE_OK(cgm_file_create(path, &file));
    REQUIRE_OK(cgm_state_save(&out, file, "/m"));
    REQUIRE_OK(cgm_file_commit(file));
    REQUIRE_OK(to->base.methods->state(&to->base, &in));
    REQUIRE_OK(cgm_file_open(path, &file));
    REQUIRE_OK(cgm_state_load(&in, file, "/m"));
    cgm_file_close(file);
    cgm_state_clear(&out);
    cgm_state_clear(&in);
}

/* What comes back from a file predicts the same. */
static void states(void)
{
    static const char *const options[] = {"{mean: mlp, noise: empirical, epochs: 2}", "{noise: empirical}", "{}"};
    cgm_dataset *data = open_data();
    cgm_fit fit = {.data = data, .train = &train, .rng = cgm_rng_create(3), .threads = 1};
    for (int k = 0; k < 3; k++) {
        cgm_fit_report report;
        scm_additive_noise *a = made(&var_w, 2, parents_td, options[k]), *b = made(&var_w, 2, parents_td, options[k]);
        REQUIRE_OK(a->base.methods->fit_begin(&a->base, &fit, &report));
        while (!report.finished) REQUIRE_OK(a->base.methods->fit_step(&a->base, &fit, &report));
        a->base.methods->fit_end(&a->base);
        pass_state(a, b);
        double w[4] = {-2.99, 0, 3, 4.99}, t[4] = {-3, 0, 1, 5}, d[4] = {0, 1, 2, 0}, p[2][4], u[4], back[4];
        cgm_values value = column(4, w), parents[] = {column(4, t), column(4, d)}, noise = column(4, u),
                   again = column(4, back);
        REQUIRE_OK(a->base.methods->log_prob(&a->base, parents, &value, NULL, p[0]));
        REQUIRE_OK(b->base.methods->log_prob(&b->base, parents, &value, NULL, p[1]));
        for (size_t i = 0; i < 4; i++) CU_ASSERT(p[0][i] == p[1][i] && isfinite(p[0][i]));
        /* predict(abduct(x)) is x, within the range. */
        cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
        REQUIRE_OK(b->base.methods->abduct(&b->base, parents, &value, NULL, &opts, NULL, &noise));
        REQUIRE_OK(b->base.methods->predict(&b->base, 0, parents, NULL, &noise, 1, &again));
        for (size_t i = 0; i < 4; i++) CHECK_NEAR(back[i], w[i], 1e-12);
        destroy(b);
        destroy(a);
    }
    cgm_dataset_destroy(data);
}

/* A network whose training was cut off and gone on with has the bits of one that was not. */
static void resumed(void)
{
    static const char options[] = "{mean: mlp, epochs: 2, noise: empirical}";
    cgm_dataset *data = open_data();
    cgm_fit fit = {.data = data, .train = &train, .rng = cgm_rng_create(3), .threads = 1};
    cgm_fit_report report;
    scm_additive_noise *whole = made(&var_y, 2, parents_td, options), *half = made(&var_y, 2, parents_td, options),
                       *rest = made(&var_y, 2, parents_td, options);
    REQUIRE_OK(whole->base.methods->fit_begin(&whole->base, &fit, &report));
    while (!report.finished) REQUIRE_OK(whole->base.methods->fit_step(&whole->base, &fit, &report));
    REQUIRE_OK(half->base.methods->fit_begin(&half->base, &fit, &report));
    for (int i = 0; i < 25; i++) REQUIRE_OK(half->base.methods->fit_step(&half->base, &fit, &report));
    CU_ASSERT(!report.finished);
    REQUIRE_OK(rest->base.methods->fit_begin(&rest->base, &fit, &report));
    pass_state(half, rest);
    while (!report.finished) REQUIRE_OK(rest->base.methods->fit_step(&rest->base, &fit, &report));
    CU_ASSERT(whole->sd == rest->sd && whole->standard[0] == rest->standard[0]);
    CU_ASSERT(memcmp(whole->noise.point, rest->noise.point, SCM_RESIDUAL_POINTS * sizeof(double)) == 0);
    destroy(rest);
    destroy(half);
    destroy(whole);
    cgm_dataset_destroy(data);
}

typedef struct density {
    cgm_mechanism *m;
    double t, d;
} density;

static double value_density(double x, void *context)
{
    density *p = context;
    double log_p = NAN;
    cgm_values value = column(1, &x), parents[] = {column(1, &p->t), column(1, &p->d)};
    if (p->m->methods->log_prob(p->m, parents, &value, NULL, &log_p) != CGM_OK) return NAN;
    return exp(log_p);
}

/* The density over the range is one, squashing and all. */
static void squashed_density(void)
{
    static const char *const options[] = {"{}", "noise: empirical"};
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    gsl_integration_workspace *work = gsl_integration_workspace_alloc(2000);
    double w[AD_ROWS], nll, integral, error;
    for (size_t i = 0; i < AD_ROWS; i++) w[i] = -3 + 8 / (1 + exp(-ad_y[i]));
    for (int k = 0; k < 2; k++) {
        scm_additive_noise *m = made(&var_w, 2, parents_td, options[k]);
        cgm_values value = column(AD_ROWS, w), parents[] = {column(AD_ROWS, ad_t), column(AD_ROWS, ad_d)};
        REQUIRE_OK(cgm_scm_additive_fit(m, &value, parents, &nll));
        density p = {&m->base, 2.5, 1};
        gsl_function f = {value_density, &p};
        gsl_integration_qags(&f, -3 + 1e-9, 5 - 1e-9, 1e-9, 1e-9, 2000, work, &integral, &error);
        CHECK_NEAR(integral, 1, 1e-6);
        destroy(m);
    }
    gsl_integration_workspace_free(work);
    gsl_set_error_handler(handler);
}

static void errors(void)
{
    static const char *const rows[][2] = {
        {"hidden: 8", "test:1: hidden: expected with `mean: mlp` only"},
        {"{mean: spline, rate: 1}", "rate: expected with `mean: mlp` only"},
        {"{mean: mlp, knots: 3}", "knots: expected with `mean: spline` only"},
        {"mean: gam", "mean"},
        {"noise: cauchy", "noise"},
        {"knots: 0", "knots"},
    };
    cgm_mechanism *m = NULL;
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        CHECK_FAILS(make("additive_noise", &var_y, 2, parents_td, rows[k][0], &m), CGM_E_CONFIG, rows[k][1]);
    const cgm_variable *many[40];
    for (size_t k = 0; k < 40; k++) many[k] = &var_t;
    CHECK_FAILS(make("additive_noise", &var_y, 40, many, "knots: 50", &m), CGM_E_ARG, "expected at most 1500");
}

static const test_case cases[] = {
    {"basis", basis},           {"spline fit", spline_fit}, {"straight", straight},
    {"degenerate", degenerate}, {"noise", noise_laws},      {"network", network},
    {"states", states},         {"resumed", resumed},       {"squashed density", squashed_density},
    {"errors", errors},
};
TEST_MAIN("additive noise", cases)
