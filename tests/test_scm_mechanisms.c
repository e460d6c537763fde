/* The scalar mechanisms: their fits against an independent implementation and known models, their likelihoods, inverses
 * and posteriors. */
#include "tests/mechanism_toys.h"
#include "tests/scm_toys.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>

#include "scm/mechanisms/affine_flow.h"
#include "scm/mechanisms/categorical.h"
#include "scm/runs/run.h"
#include "tests/fixtures/scm_fits.h"

static const cgm_variable var_t = {.name = "t", .type = CGM_CONTINUOUS};
static const cgm_variable var_d = {.name = "d", .type = CGM_CATEGORICAL, .levels = FIT_LEVELS};
static const cgm_variable var_y = {.name = "y", .type = CGM_CONTINUOUS};
static const cgm_variable var_x = {.name = "x", .type = CGM_CONTINUOUS, .bounded = true, .low = -2, .high = 5};
static const cgm_variable var_c = {.name = "c", .type = CGM_CATEGORICAL, .levels = FIT_CLASSES};
static const cgm_variable *const parents_td[] = {&var_t, &var_d};

static scm_affine_flow *affine(const cgm_variable *x, size_t n_parents, const cgm_variable *const *parents,
                               bool constant_scale)
{
    cgm_mechanism *m = NULL;
    REQUIRE_OK(make("affine_flow", x, n_parents, parents, constant_scale ? "scale: constant" : "{}", &m));
    return (scm_affine_flow *)m;
}

static scm_categorical *categorical(const cgm_variable *x, size_t n_parents, const cgm_variable *const *parents)
{
    cgm_mechanism *m = NULL;
    cgm_mechanism_spec spec = {.variable = x, .n_parents = n_parents, .parents = parents};
    REQUIRE_OK(cgm_mechanism_categorical.create(&spec, &m));
    return (scm_categorical *)m;
}

/* ---- fits against make_scm.py ---- */

static double in_units(const double *w, double t, double d)
{
    return w[0] + w[1] * t + (d == 1 ? w[2] : 0) + (d == 2 ? w[3] : 0);
}

static void check_affine_fit(const cgm_variable *x, const double *values, bool constant, const double *expected,
                             double nll)
{
    scm_affine_flow *m = affine(x, 2, parents_td, constant);
    cgm_values value = column(FIT_ROWS, values), parents[] = {column(FIT_ROWS, fit_t), column(FIT_ROWS, fit_d)};
    double got;
    REQUIRE_OK(cgm_scm_affine_fit(m, &value, parents, &got));
    CHECK_NEAR(got, nll, 1e-10);
    for (size_t i = 0; i < 10; i++) {
        double location = cgm_scm_features_dot(&m->features, m->location, parents, i);
        double scale = constant ? m->log_scale[0] : cgm_scm_features_dot(&m->features, m->log_scale, parents, i);
        CHECK_NEAR(location, in_units(expected, fit_t[i], fit_d[i]), 1e-6);
        CHECK_NEAR(scale, constant ? expected[4] : in_units(expected + 4, fit_t[i], fit_d[i]), 1e-6);
    }
    /* The mean of log_prob is the figure that the fit reports. */
    double log_p[FIT_ROWS];
    REQUIRE_OK(m->base.methods->log_prob(&m->base, parents, &value, NULL, log_p));
    CHECK_NEAR(-toy_mean(FIT_ROWS, log_p), nll, 1e-10);
    destroy(m);
}

static void affine_fits(void)
{
    check_affine_fit(&var_y, fit_y, true, fit_constant, fit_constant_nll);
    check_affine_fit(&var_y, fit_y, false, fit_linear, fit_linear_nll);
    check_affine_fit(&var_x, fit_x, false, fit_squashed, fit_squashed_nll);
}

static void categorical_fit(void)
{
    scm_categorical *m = categorical(&var_c, 2, parents_td);
    cgm_values value = column(FIT_ROWS, fit_c), parents[] = {column(FIT_ROWS, fit_t), column(FIT_ROWS, fit_d)};
    double nll, expected_nll = 0;
    REQUIRE_OK(cgm_scm_categorical_fit(m, &value, parents, &nll));
    for (size_t i = 0; i < FIT_ROWS; i++) {
        double t = (fit_t[i] - m->features.mean[0]) / m->features.scale[0], logit[FIT_CLASSES], total = 0,
               got[FIT_CLASSES];
        for (size_t l = 0; l < FIT_CLASSES; l++) total += exp(logit[l] = in_units(fit_logits + 4 * l, t, fit_d[i]));
        cgm_scm_categorical_log_probs(m, parents, i, got);
        for (size_t l = 0; l < FIT_CLASSES; l++) CHECK_NEAR(exp(got[l]), exp(logit[l]) / total, 1e-5);
        expected_nll -= (logit[(size_t)fit_c[i]] - log(total)) / FIT_ROWS;
    }
    CHECK_NEAR(nll, expected_nll, 1e-8);
    destroy(m);
}

static void frequencies(void)
{
    scm_categorical *m = categorical(&var_c, 0, NULL);
    const double seen[] = {1, 1, 1, 3};
    cgm_values value = column(4, seen);
    double nll, log_p[4], gumbel[4];
    REQUIRE_OK(cgm_scm_categorical_fit(m, &value, NULL, &nll));
    cgm_scm_categorical_log_probs(m, NULL, 0, log_p);
    CHECK_NEAR(exp(log_p[1]), 3.001 / 4.004, 1e-12);
    CHECK_NEAR(exp(log_p[3]), 1.001 / 4.004, 1e-12);
    CHECK_NEAR(exp(log_p[0]), .001 / 4.004, 1e-12); /* never seen: small, not zero */
    char text[128];
    m->base.methods->describe(&m->base, sizeof text, text);
    CU_ASSERT_STRING_EQUAL(text, "c ~ (0.00025, 0.75, 0.00025, 0.25)");
    cgm_rng rng = cgm_rng_create(1);
    cgm_scm_categorical_posterior(4, log_p, 0, &rng, gumbel);
    for (size_t l = 0; l < 4; l++) CU_ASSERT(isfinite(gumbel[l]));
    value.n = 0;
    CHECK_FAILS(cgm_scm_categorical_fit(m, &value, NULL, &nll), CGM_E_ARG, "no training rows");
    destroy(m);
}

/* Separable data stay finite. */
static void separable(void)
{
    const cgm_variable two = {.name = "two", .type = CGM_CATEGORICAL, .levels = 2};
    scm_categorical *m = categorical(&two, 1, parents_td);
    const double t[] = {1, 2, 3, 4}, c[] = {0, 0, 1, 1};
    cgm_values value = column(4, c), parent = column(4, t);
    double nll, log_p[2];
    REQUIRE_OK(cgm_scm_categorical_fit(m, &value, &parent, &nll));
    CU_ASSERT(nll > 0 && nll < 1e-3);
    cgm_scm_categorical_log_probs(m, &parent, 0, log_p);
    CU_ASSERT(isfinite(log_p[1]) && log_p[1] < log_p[0]);
    destroy(m);
}

/* Columns that carry nothing: a constant parent, a level that never occurs, a parent given twice. */
static void degenerate_columns(void)
{
    const cgm_variable again = {.name = "again", .type = CGM_CONTINUOUS},
                       flat = {.name = "flat", .type = CGM_CONTINUOUS};
    const cgm_variable *const parents[] = {&var_t, &flat, &var_d, &again};
    double sevens[FIT_ROWS], no_twos[FIT_ROWS], nll[2];
    for (size_t i = 0; i < FIT_ROWS; i++) sevens[i] = 7, no_twos[i] = fmin(fit_d[i], 1);
    cgm_values value = column(FIT_ROWS, fit_y);
    cgm_values columns[] = {column(FIT_ROWS, fit_t), column(FIT_ROWS, sevens), column(FIT_ROWS, no_twos),
                            column(FIT_ROWS, fit_t)};
    cgm_values plain_columns[] = {columns[0], columns[2]};
    for (int constant = 0; constant < 2; constant++) {
        scm_affine_flow *m = affine(&var_y, 4, parents, constant), *plain = affine(&var_y, 2, parents_td, constant);
        REQUIRE_OK(cgm_scm_affine_fit(m, &value, columns, &nll[0]));
        REQUIRE_OK(cgm_scm_affine_fit(plain, &value, plain_columns, &nll[1]));
        CHECK_NEAR(nll[0], nll[1], 1e-9);
        destroy(plain);
        destroy(m);
    }
    scm_affine_flow *m = affine(&var_y, 2, parents_td, false);
    value = column(FIT_ROWS, sevens);
    CHECK_FAILS(cgm_scm_affine_fit(m, &value, plain_columns, nll), CGM_E_ARG,
                "variable 'y': its 160 training values are all the same");
    value = column(FIT_ROWS, fit_t);
    CHECK_FAILS(cgm_scm_affine_fit(m, &value, plain_columns, nll), CGM_E_ARG,
                "an exact linear function of its parents");
    value.n = plain_columns[0].n = plain_columns[1].n = 3;
    CHECK_FAILS(cgm_scm_affine_fit(m, &value, plain_columns, nll), CGM_E_ARG, "3 training rows for 4 coefficients");
    destroy(m);
}

/* ---- linear Gaussian ---- */

static cgm_status read_linear(const cgm_variable *x, const char *options, cgm_mechanism **out)
{
    cgm_config *config = NULL;
    REQUIRE_OK(cgm_config_parse(options, "test", &config));
    cgm_mechanism_spec spec = {
        .variable = x, .n_parents = 2, .parents = parents_td, .options = cgm_config_root(config)};
    cgm_status status = cgm_mechanism_linear_gaussian.create(&spec, out);
    cgm_config_destroy(config);
    return status;
}

/* Coefficients in the parents' own units: intercept, t, d = 1, d = 2. */
static void coefficients(const scm_affine_flow *m, double *out)
{
    for (size_t j = 0; j < 4; j++) out[j] = m->location[j];
    out[1] /= m->features.scale[0];
    out[0] -= out[1] * m->features.mean[0];
}

/* What is not given is fitted: least squares at the given values. Its gradient there vanishes, whatever was given. */
static void linear_fits(void)
{
    static const struct {
        const char *options;
        bool fixed[5];
        double value[5];
    } rows[] = {{"{}", {0}, {0}},
                {"coefficients: {t: 0.5}", {0, 1}, {0, .5}},
                {"coefficients: {intercept: 1}", {1}, {1}},
                {"coefficients: {intercept: -1, d: [0.25, 2]}", {1, 0, 1, 1}, {-1, 0, .25, 2}},
                {"coefficients: {sigma: 3, t: -2}", {0, 1, 0, 0, 1}, {0, -2, 0, 0, 3}},
                {"coefficients: {intercept: 1, t: 2, d: [3, 4]}", {1, 1, 1, 1}, {1, 2, 3, 4}}};
    cgm_values value = column(FIT_ROWS, fit_y), parents[] = {column(FIT_ROWS, fit_t), column(FIT_ROWS, fit_d)};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        cgm_mechanism *base = NULL;
        double nll, log_p[FIT_ROWS], w[4], gradient[4] = {0}, squares = 0;
        REQUIRE_OK(read_linear(&var_y, rows[k].options, &base));
        scm_affine_flow *m = (scm_affine_flow *)base;
        REQUIRE_OK(cgm_scm_affine_fit(m, &value, parents, &nll));
        if (k == 0) CHECK_NEAR(nll, fit_constant_nll, 1e-10);
        REQUIRE_OK(base->methods->log_prob(base, parents, &value, NULL, log_p));
        CHECK_NEAR(-toy_mean(FIT_ROWS, log_p), nll, 1e-10);
        coefficients(m, w);
        for (size_t i = 0; i < FIT_ROWS; i++) {
            const double x[] = {1, fit_t[i], fit_d[i] == 1, fit_d[i] == 2};
            double r = fit_y[i];
            for (size_t j = 0; j < 4; j++) r -= w[j] * x[j];
            for (size_t j = 0; j < 4; j++) gradient[j] += r * x[j] / FIT_ROWS;
            squares += r * r / FIT_ROWS;
        }
        for (size_t j = 0; j < 4; j++) CHECK_NEAR(rows[k].fixed[j] ? w[j] - rows[k].value[j] : gradient[j], 0, 1e-10);
        CHECK_NEAR(exp(m->log_scale[0]), rows[k].fixed[4] ? rows[k].value[4] : sqrt(squares), 1e-10);
        destroy(base);
    }
}

static void linear_errors(void)
{
    static const char *const rows[][2] = {
        {"coefficients: {tt: 1}",
         "test:1: coefficients: there is no parent 'tt'; expected intercept, sigma or a parent"},
        {"coefficients: {sigmas: 1}", "did you mean 'sigma'?"},
        {"coefficients: {t: much}", "coefficients.t: expected a number"},
        {"coefficients: {sigma: 0}", "coefficients.sigma: expected a number above 0"},
        {"coefficients: {d: 1}", "coefficients.d: expected a list of 2 numbers, for levels 1 to 2"},
        {"coefficients: {d: [1, 2, 3]}", "expected a list of 2 numbers"},
        {"coefficients: 3", "coefficients: expected a map"},
        {"coefficient: {t: 1}", "did you mean"},
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        cgm_mechanism *m = NULL;
        CHECK_FAILS(read_linear(&var_y, rows[k][0], &m), CGM_E_CONFIG, rows[k][1]);
    }
}

/* Pearl's Joe: X = U_X, H = .5 X + U_H, Y = .7 X + .4 H + U_Y; nothing is fitted. Had he done twice the homework. */
static void joe(void)
{
    enum { N = 20000 };
    cgm_config *config = NULL;
    cgm_scm *scm = NULL;
    REQUIRE_OK(cgm_config_parse(
        "x: {type: continuous, mechanism: {kind: linear_gaussian, coefficients: {intercept: 0, sigma: 1}}}\n"
        "h: {type: continuous, parents: [x], mechanism: {kind: linear_gaussian, coefficients: {intercept: 0, x: 0.5, "
        "sigma: 1}}}\n"
        "y: {type: continuous, parents: [x, h], mechanism: {kind: linear_gaussian, coefficients: {intercept: 0, x: "
        "0.7, h: 0.4, sigma: 1}}}\n",
        "test", &config));
    REQUIRE_OK(cgm_scm_from_config(cgm_config_root(config), NULL, &scm));
    cgm_config_destroy(config);
    cgm_rng rng = cgm_rng_create(7);
    cgm_world *factual = toy_world(scm, 1), *other = toy_world(scm, 1), *many = toy_world(scm, N);
    *toy_values(scm, factual, "x") = .5;
    *toy_values(scm, factual, "h") = 1;
    *toy_values(scm, factual, "y") = 1.5;
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, factual));
    CHECK_NEAR(*toy_noise(scm, factual, "h"), .75, 1e-15);
    CHECK_NEAR(*toy_noise(scm, factual, "y"), .75, 1e-15);
    toy_predict_under(scm, factual, DO("h=2"), other);
    CHECK_NEAR(*toy_values(scm, other, "y"), 1.9, 1e-15);
    cgm_intervention x = {.node = (size_t)cgm_scm_find_node(scm, "h"), .to = -1, .value = 2};
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 1, &x, NULL, many));
    CHECK_NEAR(toy_mean(N, toy_values(scm, many, "y")), .8, 4 * sqrt((.49 + 1) / N));
    char text[100];
    cgm_mechanism *m = cgm_scm_mechanism(scm, 1);
    m->methods->describe(m, sizeof text, text);
    CU_ASSERT_STRING_EQUAL(text, "h = 0 + 0.5 x + 1 u, u ~ N(0, 1)");
    cgm_world_destroy(many);
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* ---- a known model: thickness and intensity ---- */

enum { KNOWN = 20000 };

static double gamma10(cgm_rng *rng) /* shape 10, rate 5 */
{
    double sum = 0;
    for (int k = 0; k < 10; k++) sum -= log(cgm_rng_uniform(rng));
    return sum / 5;
}

static double known_intensity(double thickness, double u)
{
    return 64 + 191 / (1 + exp(-(2 * (thickness - 2.5) + .5 * u)));
}

static void known_model(void)
{
    static double t[KNOWN], intensity[KNOWN];
    cgm_rng rng = cgm_rng_create(4);
    for (size_t i = 0; i < KNOWN; i++) {
        t[i] = .5 + gamma10(&rng);
        intensity[i] = known_intensity(t[i], cgm_rng_normal(&rng));
    }
    cgm_scm *scm = NULL;
    cgm_config *config = NULL;
    REQUIRE_OK(cgm_config_parse("thickness: {type: continuous, range: [0.5, 20]}\n"
                                "intensity: {type: continuous, range: [64, 255], parents: [thickness]}\n",
                                "test", &config));
    REQUIRE_OK(cgm_scm_from_config(cgm_config_root(config), NULL, &scm));
    cgm_config_destroy(config);
    cgm_values value = column(KNOWN, intensity), parent = column(KNOWN, t);
    scm_affine_flow *m = (scm_affine_flow *)cgm_scm_mechanism(scm, 1);
    double nll;
    REQUIRE_OK(cgm_scm_affine_fit((scm_affine_flow *)cgm_scm_mechanism(scm, 0), &parent, NULL, &nll));
    REQUIRE_OK(cgm_scm_affine_fit(m, &value, &parent, &nll));
    double slope = m->location[1] / m->features.scale[0], intercept = m->location[0] - slope * m->features.mean[0];
    double sd_t = m->features.scale[0], four_sigma = 4 * .5 / sqrt(KNOWN);
    CHECK_NEAR(slope, 2, four_sigma / sd_t);
    CHECK_NEAR(intercept, -5, four_sigma * sqrt(1 + 2.5 * 2.5 / (sd_t * sd_t)));
    CHECK_NEAR(exp(m->log_scale[0]), .5, four_sigma / sqrt(2));
    CHECK_NEAR(m->log_scale[1], 0, 4 / sqrt(2 * KNOWN));
    char text[160];
    m->base.methods->describe(&m->base, sizeof text, text);
    CU_ASSERT(strncmp(text, "intensity = 64 + 191 sigmoid(-", 30) == 0 && strstr(text, " thickness + exp("));

    /* E[intensity | do(thickness)], the integrals over u by quadrature: 88.640248, 159.5, 230.359752. */
    static const double expected[][2] = {{1.5, 88.640248}, {2.5, 159.5}, {3.5, 230.359752}};
    cgm_world *world = toy_world(scm, KNOWN);
    for (size_t k = 0; k < 3; k++) {
        cgm_intervention x = {.node = 0, .to = -1, .value = expected[k][0]};
        REQUIRE_OK(cgm_scm_sample(scm, &rng, 1, &x, NULL, world));
        CHECK_NEAR(toy_mean(KNOWN, toy_values(scm, world, "intensity")), expected[k][1], 4 * 24 / sqrt(KNOWN) + 4 * .2);
    }
    cgm_world_destroy(world);

    /* Counterfactuals of a published example: the truth is exact, the model's error that of its coefficients. */
    static const double truth[][2] = {{1.0, 69.4329}, {1.5, 78.0800}, {3.0, 181.4956}, {5.0, 252.8363}};
    cgm_world *factual = toy_world(scm, 1), *other = toy_world(scm, 1);
    *factual->value[0].data = 2.5802891;
    *factual->value[1].data = 142.01439;
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, factual));
    for (size_t k = 0; k < 4; k++) {
        cgm_intervention x = {.node = 0, .to = -1, .value = truth[k][0]};
        REQUIRE_OK(cgm_scm_predict(scm, factual, 1, &x, NULL, other));
        CHECK_NEAR(*other->value[1].data, truth[k][1], 2);
    }
    *factual->value[1].data = 260;
    CHECK_FAILS(cgm_scm_abduct(scm, &rng, NULL, factual), CGM_E_ARG,
                "variable 'intensity', row 0: 260 is outside its range [64, 255]");
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* ---- inverses, likelihoods ---- */

static scm_affine_flow *fitted_affine(const cgm_variable *x, const double *values)
{
    scm_affine_flow *m = affine(x, 2, parents_td, false);
    cgm_values value = column(FIT_ROWS, values), parents[] = {column(FIT_ROWS, fit_t), column(FIT_ROWS, fit_d)};
    double nll;
    REQUIRE_OK(cgm_scm_affine_fit(m, &value, parents, &nll));
    return m;
}

/* predict(abduct(x)) is x, near the bounds too; at a bound it is within a millionth of the range. */
static void affine_inverse(void)
{
    double x[64], t[64], d[64], u[64], back[64];
    for (size_t i = 0; i < 64; i++) {
        x[i] = i < 60 ? -2 + 7 * ((double)i + .5) / 60 : (const double[]){-2 + 1e-4, 5 - 1e-4, -2, 5}[i - 60];
        t[i] = fit_t[i];
        d[i] = fit_d[i];
    }
    scm_affine_flow *m = fitted_affine(&var_x, fit_x);
    cgm_values value = column(64, x), parents[] = {column(64, t), column(64, d)}, noise = column(64, u),
               out = column(64, back);
    cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
    REQUIRE_OK(m->base.methods->abduct(&m->base, parents, &value, NULL, &opts, NULL, &noise));
    REQUIRE_OK(m->base.methods->predict(&m->base, 0, parents, NULL, &noise, 1, &out));
    for (size_t i = 0; i < 64; i++) CHECK_NEAR(back[i], x[i], i < 62 ? 1e-12 * fabs(x[i]) : 7.1e-6);
    destroy(m);
}

typedef struct density {
    cgm_mechanism *m;
    double t, d;
} density;

static double density_at(double x, void *context)
{
    density *p = context;
    cgm_values value = column(1, &x), parents[] = {column(1, &p->t), column(1, &p->d)};
    double log_p = NAN;
    if (p->m->methods->log_prob(p->m, parents, &value, NULL, &log_p) != CGM_OK) return NAN;
    return exp(log_p);
}

static void densities(void)
{
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    gsl_integration_workspace *work = gsl_integration_workspace_alloc(500);
    scm_affine_flow *open = fitted_affine(&var_y, fit_y), *squashed = fitted_affine(&var_x, fit_x);
    scm_categorical *c = categorical(&var_c, 2, parents_td);
    cgm_values value = column(FIT_ROWS, fit_c), parents[] = {column(FIT_ROWS, fit_t), column(FIT_ROWS, fit_d)};
    double integral, error, nll;
    REQUIRE_OK(cgm_scm_categorical_fit(c, &value, parents, &nll));
    for (int i = 0; i < 3; i++) {
        density p = {&open->base, fit_t[i], fit_d[i]};
        gsl_function f = {density_at, &p};
        gsl_integration_qagi(&f, 1e-10, 1e-10, 500, work, &integral, &error);
        CHECK_NEAR(integral, 1, 1e-8);
        p.m = &squashed->base;
        gsl_integration_qags(&f, -2, 5, 1e-10, 1e-10, 500, work, &integral, &error);
        CHECK_NEAR(integral, 1, 1e-5); /* what lies within a millionth of a bound counts as lying there */
        p.m = &c->base;
        integral = 0;
        for (int l = 0; l < FIT_CLASSES; l++) integral += density_at(l, &p);
        CHECK_NEAR(integral, 1, 1e-12);
    }
    destroy(c);
    destroy(squashed);
    destroy(open);
    gsl_integration_workspace_free(work);
    gsl_set_error_handler(handler);
}

/* ---- Gumbels ---- */

static size_t argmax(size_t n, const double *log_p, const double *u)
{
    size_t best = 0;
    for (size_t l = 1; l < n; l++)
        if (log_p[l] + u[l] > log_p[best] + u[best]) best = l;
    return best;
}

/* The chance that the observed level i stays under other probabilities q: with r = q / p, 1 / (1 + sum of p_j (r_j /
 * r_i - 1) over the levels with r_j > r_i). */
static double stay(size_t n, const double *p, const double *q, size_t i)
{
    double sum = 1;
    for (size_t j = 0; j < n; j++)
        if (q[j] / p[j] > q[i] / p[i]) sum += p[j] * (q[j] * p[i] / (p[j] * q[i]) - 1);
    return 1 / sum;
}

static void gumbel_posterior(void)
{
    enum { DRAWS = 100000 };
    const double p2[] = {.7, .3}, q2[] = {.4, .6}, p4[] = {.1, .2, .3, .4}, q4[] = {.4, .1, .3, .2};
    const struct {
        size_t n;
        const double *p, *q;
    } models[] = {{2, p2, q2}, {4, p4, q4}};
    cgm_rng rng = cgm_rng_create(6);
    CHECK_NEAR(stay(2, p2, q2, 0), .571428571, 1e-9);
    for (size_t k = 0; k < 2; k++) {
        size_t n = models[k].n;
        double log_p[4], log_q[4], u[4];
        for (size_t l = 0; l < n; l++) log_p[l] = log(models[k].p[l]), log_q[l] = log(models[k].q[l]);
        for (size_t i = 0; i < n; i++) {
            double stays = 0, expected = stay(n, models[k].p, models[k].q, i);
            for (int draw = 0; draw < DRAWS; draw++) {
                cgm_scm_categorical_posterior(n, log_p, i, &rng, u);
                if (argmax(n, log_p, u) != i) CU_FAIL_FATAL("the posterior does not give the observed level back");
                stays += argmax(n, log_q, u) == i;
            }
            CHECK_NEAR(stays / DRAWS, expected, 4.5 * sqrt(expected * (1 - expected) / DRAWS));
        }
    }
}

/* Over observations drawn from p, the posterior is the prior: each Gumbel has the mean and variance of a standard one.
 */
static void gumbel_marginals(void)
{
    enum { DRAWS = 60000 };
    const double p[] = {.05, .25, .7};
    double log_p[3], u[3], sum[3] = {0}, squares[3] = {0};
    cgm_rng rng = cgm_rng_create(8);
    for (size_t l = 0; l < 3; l++) log_p[l] = log(p[l]);
    for (int draw = 0; draw < DRAWS; draw++) {
        double v = cgm_rng_uniform(&rng);
        cgm_scm_categorical_posterior(3, log_p, v < .05 ? 0 : v < .3 ? 1 : 2, &rng, u);
        for (size_t l = 0; l < 3; l++) sum[l] += u[l], squares[l] += u[l] * u[l];
    }
    for (size_t l = 0; l < 3; l++) {
        double mean = sum[l] / DRAWS, variance = squares[l] / DRAWS - mean * mean;
        CHECK_NEAR(mean, .57721566490153286, 4 * sqrt(1.644934 / DRAWS));
        CHECK_NEAR(variance, 1.6449340668482264, 4 * 1.644934 * sqrt(4.4 / DRAWS));
    }
}

/* Log-probabilities that round coarsely when a Gumbel is added: nothing overflows, and the observed level comes back.
 */
static void gumbel_extremes(void)
{
    const double log_p[] = {0, -700, -1e4, -1e14};
    double u[4];
    cgm_rng rng = cgm_rng_create(9);
    for (size_t i = 0; i < 4; i++)
        for (int draw = 0; draw < 2000; draw++) {
            cgm_scm_categorical_posterior(4, log_p, i, &rng, u);
            for (size_t l = 0; l < 4; l++)
                if (!isfinite(u[l])) CU_FAIL_FATAL("a Gumbel is not finite");
            if (argmax(4, log_p, u) != i) CU_FAIL_FATAL("the posterior does not give the observed level back");
        }
}

/* Both mechanisms in one model: a null intervention returns the observation, levels to the bit. */
static void null_intervention(void)
{
    cgm_scm *scm = NULL;
    cgm_config *config = NULL;
    REQUIRE_OK(cgm_config_parse("t: {type: continuous}\nd: {type: categorical, levels: 3}\n"
                                "x: {type: continuous, range: [-2, 5], parents: [t, d]}\n"
                                "c: {type: categorical, levels: 4, parents: [t, d]}\n",
                                "test", &config));
    REQUIRE_OK(cgm_scm_from_config(cgm_config_root(config), NULL, &scm));
    cgm_config_destroy(config);
    const double *const data[] = {fit_t, fit_d, fit_x, fit_c};
    cgm_values values[4], parents[2];
    double nll;
    cgm_world *factual = toy_world(scm, FIT_ROWS), *other = toy_world(scm, FIT_ROWS);
    for (size_t i = 0; i < 4; i++) {
        values[i] = column(FIT_ROWS, data[i]);
        memcpy(factual->value[i].data, data[i], FIT_ROWS * sizeof(double));
    }
    parents[0] = values[0], parents[1] = values[1];
    REQUIRE_OK(cgm_scm_affine_fit((scm_affine_flow *)cgm_scm_mechanism(scm, 0), &values[0], NULL, &nll));
    REQUIRE_OK(cgm_scm_categorical_fit((scm_categorical *)cgm_scm_mechanism(scm, 1), &values[1], NULL, &nll));
    REQUIRE_OK(cgm_scm_affine_fit((scm_affine_flow *)cgm_scm_mechanism(scm, 2), &values[2], parents, &nll));
    REQUIRE_OK(cgm_scm_categorical_fit((scm_categorical *)cgm_scm_mechanism(scm, 3), &values[3], parents, &nll));
    cgm_rng rng = cgm_rng_create(2);
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, factual));
    cgm_intervention null[] = {{.node = 0, .to = -1, .values = fit_t}, {.node = 1, .to = -1, .values = fit_d}};
    REQUIRE_OK(cgm_scm_predict(scm, factual, 2, null, NULL, other));
    for (size_t i = 0; i < FIT_ROWS; i++) {
        CHECK_NEAR(other->value[2].data[i], fit_x[i], 1e-12);
        CU_ASSERT(other->value[3].data[i] == fit_c[i]);
    }
    double log_p[4][FIT_ROWS], *out[] = {log_p[0], log_p[1], log_p[2], log_p[3]};
    REQUIRE_OK(cgm_scm_log_prob(scm, &rng, factual, out));
    CHECK_NEAR(-toy_mean(FIT_ROWS, log_p[3]), nll, 1e-12);
    CHECK_NEAR(-toy_mean(FIT_ROWS, log_p[2]), fit_squashed_nll, 1e-10);
    toy_predict_under(scm, factual, DO("t=9"), other);
    CU_ASSERT(memcmp(factual->value[1].data, other->value[1].data, FIT_ROWS * sizeof(double)) == 0);
    factual->value[3].data[7] = 4;
    CHECK_FAILS(cgm_scm_abduct(scm, &rng, NULL, factual), CGM_E_ARG, "variable 'c', row 7: 4 is not a level");
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* A class of a program's own, by its kind in a config. */
static void registered(void)
{
    static cgm_mechanism_class mine, lame;
    cgm_config *config = NULL;
    cgm_scm *scm = NULL;
    size_t n = 0;
    mine = lame = cgm_mechanism_linear_gaussian;
    CHECK_FAILS(cgm_mechanism_register(&mine), CGM_E_ARG, "there is a mechanism 'linear_gaussian' already");
    lame.kind = "lame";
    lame.fit_step = NULL;
    CHECK_FAILS(cgm_mechanism_register(&lame), CGM_E_ARG, "'lame' lacks fit_begin, fit_step or fit_end");
    lame.kind = "";
    CHECK_FAILS(cgm_mechanism_register(&lame), CGM_E_ARG, "without a kind");
    CU_ASSERT(!cgm_mechanism_find("mine"));
    mine.kind = "mine";
    REQUIRE_OK(cgm_mechanism_register(&mine));
    CU_ASSERT(cgm_mechanism_find("mine") == &mine);
    while (cgm_mechanism_kinds()[n]) n++;
    CU_ASSERT_STRING_EQUAL(cgm_mechanism_kinds()[n - 1], "mine");
    REQUIRE_OK(cgm_config_parse("x: {type: continuous, mechanism: mine}", "test", &config));
    REQUIRE_OK(cgm_scm_from_config(cgm_config_root(config), NULL, &scm));
    cgm_scm_destroy(scm);
    cgm_config_destroy(config);
    REQUIRE_OK(cgm_config_parse("x: {type: continuous, mechanism: mune}", "test", &config));
    CHECK_FAILS(cgm_scm_from_config(cgm_config_root(config), NULL, &scm), CGM_E_CONFIG, "did you mean 'mine'?");
    cgm_config_destroy(config);
    /* Trained, filed, and opened again. */
    cgm_run *run = NULL, *again = NULL;
    const cgm_run_opts opts = {.threads = 1};
    REQUIRE_OK(cgm_config_parse("data: {make: strokes, n: 100, seed: 1}\n"
                                "graph: {thickness: {type: continuous, mechanism: mine}}\n",
                                "test", &config));
    REQUIRE_OK(cgm_run_create(config, &opts, &run));
    REQUIRE_OK(cgm_run_train(run, test_path("mine.h5")));
    REQUIRE_OK(cgm_run_open(test_path("mine.h5"), &opts, &again));
    CU_ASSERT(cgm_run_is_finished(again));
    const scm_affine_flow *a = (const scm_affine_flow *)cgm_scm_mechanism(cgm_run_scm(run), 0),
                          *b = (const scm_affine_flow *)cgm_scm_mechanism(cgm_run_scm(again), 0);
    CU_ASSERT(a->location[0] == b->location[0] && a->location[0] > 0);
    cgm_run_destroy(again);
    cgm_run_destroy(run);
    cgm_config_destroy(config);
}

/* What an intervention makes anew rests on its mechanism's assumption; what is set, or out of reach, rests on none. */
static void assumptions(void)
{
    static const char *const paths[][4] = {
        {"a=1", NULL, "Gumbel-max noise", NULL}, {"b=0", NULL, NULL, NULL}, {"a->b=1", NULL, "Gumbel-max noise", NULL}};
    cgm_config *config = NULL;
    cgm_scm *scm = NULL;
    REQUIRE_OK(cgm_config_parse("a: {type: binary}\n"
                                "b: {type: binary, parents: [a]}\n"
                                "x: {type: continuous, parents: [b], mechanism: linear_gaussian}\n",
                                "test", &config));
    REQUIRE_OK(cgm_scm_from_config(cgm_config_root(config), NULL, &scm));
    cgm_config_destroy(config);
    for (size_t k = 0; k < 3; k++) {
        cgm_intervention what;
        const char *found[3];
        REQUIRE_OK(cgm_scm_parse_intervention(scm, paths[k][0], &what));
        REQUIRE_OK(cgm_scm_assumptions(scm, 1, &what, found));
        for (size_t v = 0; v < 3; v++) {
            const char *want = paths[k][v + 1];
            CU_ASSERT(want ? found[v] && strcmp(found[v], want) == 0 : !found[v]);
        }
    }
    cgm_scm_destroy(scm);
}

static const test_case cases[] = {
    {"affine fits", affine_fits},
    {"categorical fit", categorical_fit},
    {"frequencies", frequencies},
    {"separable", separable},
    {"degenerate columns", degenerate_columns},
    {"linear fits", linear_fits},
    {"linear errors", linear_errors},
    {"Joe", joe},
    {"known model", known_model},
    {"affine inverse", affine_inverse},
    {"densities", densities},
    {"Gumbel posterior", gumbel_posterior},
    {"Gumbel marginals", gumbel_marginals},
    {"Gumbel extremes", gumbel_extremes},
    {"null intervention", null_intervention},
    {"assumptions", assumptions},
    {"registered", registered},
};
TEST_MAIN("scm mechanisms", cases)
