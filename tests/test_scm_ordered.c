/* Mechanisms with a latent order: ordinal variables and counts. Fits against an independent implementation, the Poisson
 * law against sums in 60 digits and by brute force, posteriors and their laws, and what configs may give. */
#include "tests/mechanism_toys.h"
#include "tests/scm_toys.h"
#include "tests/statistics.h"

#include "scm/mechanisms/newton.h"
#include "scm/mechanisms/ordinal.h"
#include "scm/mechanisms/poisson.h"
#include "tests/fixtures/ordered.h"

static const cgm_variable var_t = {.name = "t", .type = CGM_CONTINUOUS};
static const cgm_variable var_d = {.name = "d", .type = CGM_CATEGORICAL, .levels = 3};
static const cgm_variable var_y = {.name = "y", .type = CGM_ORDINAL, .levels = OR_LEVELS};
static const cgm_variable var_c = {.name = "c", .type = CGM_COUNT};
static const cgm_variable var_s = {.name = "s", .type = CGM_COUNT, .bounded = true, .high = OR_TOP};
static const cgm_variable *const parents_td[] = {&var_t, &var_d};

/* ---- The Poisson law ---- */

static void law_tails(void)
{
    for (size_t i = 0; i < sizeof or_poisson / sizeof *or_poisson; i++) {
        const double *row = or_poisson[i];
        scm_poisson_law law = cgm_scm_poisson_law(log(row[0]), INFINITY);
        law.mean = row[0]; /* exp(log(mean)) is another one, by 1e-15 */
        CHECK_NEAR(cgm_scm_poisson_log_pmf(&law, row[1]), row[2], 1e-14 * (1 + fabs(row[2])));
        double odds = row[3] - row[4];
        CHECK_NEAR(cgm_scm_poisson_cut(&law, row[1]), odds, 1e-13 * (1 + fabs(odds)));
    }
}

/* Against the definition: probabilities add up, cuts are log-odds of their sums, moments are sums. */
static void law_brute_force(void)
{
    static const double means[] = {1e-4, 0.3, 2, 11, 40}, tops[] = {INFINITY, 60, 12, 1};
    for (size_t i = 0; i < sizeof means / sizeof *means; i++)
        for (size_t j = 0; j < sizeof tops / sizeof *tops; j++) {
            int top = isinf(tops[j]) ? 150 : (int)tops[j];
            double p[151], total = 0, below = 0, mean = 0, square = 0, got_mean, got_variance;
            for (int k = 0; k <= top; k++) total += p[k] = exp(k * log(means[i]) - means[i] - lgamma(k + 1));
            scm_poisson_law law = cgm_scm_poisson_law(log(means[i]), tops[j]);
            for (int k = 0; k <= top; k++) {
                double above = 0;
                for (int l = top; l > k; l--) above += p[l];
                below += p[k];
                mean += k * p[k] / total;
                square += (double)k * k * p[k] / total;
                if (p[k] > 1e-290) /* as exact as doubles are */
                    CHECK_NEAR(cgm_scm_poisson_log_pmf(&law, k), log(p[k] / total), 1e-12 * (1 + fabs(log(p[k]))));
                if (above > 1e-280 && k <= 90) /* what is left out beyond 150 is nothing then */
                    CHECK_NEAR(cgm_scm_poisson_cut(&law, k), log(below / above), 1e-12 * (1 + fabs(log(above))));
                if (k == top && isfinite(tops[j])) CU_ASSERT_EQUAL(cgm_scm_poisson_cut(&law, k), INFINITY);
            }
            cgm_scm_poisson_moments(&law, &got_mean, &got_variance);
            CHECK_NEAR(got_mean, mean, 1e-12 * (1 + mean));
            CHECK_NEAR(got_variance, square - mean * mean, 1e-11 * (1 + square));
        }
    scm_poisson_law law = cgm_scm_poisson_law(1, INFINITY);
    CU_ASSERT_EQUAL(cgm_scm_poisson_cut(&law, -1), -INFINITY);
}

/* From noise to count and back, over means of every size, far into the tails, and with a range. */
/* A mean far above the range: by the definition, relative to the largest count. */
static void law_far_above(void)
{
    static const double log_means[] = {3, 18, 700, 1e6};
    for (size_t i = 0; i < 4; i++) {
        enum { TOP = 6 };
        double log_p[TOP + 1], total = 0, below = 0, mean, variance;
        for (int k = 0; k <= TOP; k++) log_p[k] = (k - TOP) * log_means[i] + lgamma(TOP + 1) - lgamma(k + 1);
        for (int k = 0; k <= TOP; k++) total += exp(log_p[k]);
        scm_poisson_law law = cgm_scm_poisson_law(log_means[i], TOP);
        for (int k = 0; k <= TOP; k++) {
            CHECK_NEAR(cgm_scm_poisson_log_pmf(&law, k), log_p[k] - log(total), 1e-14 * (1 + 6 * log_means[i]));
            below += exp(log_p[k]);
            if (k < TOP && below > 0)
                CHECK_NEAR(cgm_scm_poisson_cut(&law, k), log(below / (total - below)), 1e-13 * (1 + 6 * log_means[i]));
        }
        CU_ASSERT_EQUAL(cgm_scm_poisson_quantile(&law, -1), i == 0 ? 5 : TOP);
        CU_ASSERT_EQUAL(cgm_scm_poisson_quantile(&law, cgm_scm_poisson_cut(&law, 2)), 2);
        cgm_scm_poisson_moments(&law, &mean, &variance);
        CHECK_NEAR(mean, TOP - TOP * exp(-log_means[i]), 36 * exp(-2 * log_means[i]));
    }
}

static void law_quantiles(void)
{
    static const double log_means[] = {-700, -30, -1, 0, 1.5, 4, 6.8, 6.9, 7, 9.3, 14, 21, 27, 36.04};
    static const double noises[] = {-800, -300, -40, -8, -2, -0.1, 0, 0.1, 2, 8, 35, 300, 5000};
    for (size_t i = 0; i < sizeof log_means / sizeof *log_means; i++)
        for (int ranged = 0; ranged < 2; ranged++) {
            double high = ranged ? floor(exp(log_means[i])) + 1 : INFINITY, last = -1;
            scm_poisson_law law = cgm_scm_poisson_law(log_means[i], high);
            for (size_t j = 0; j < sizeof noises / sizeof *noises; j++) {
                double k = cgm_scm_poisson_quantile(&law, noises[j]);
                CU_ASSERT(k >= last && k == floor(k) && k <= high); /* monotone */
                last = k;
                for (double l = fmax(k - 3, 0); l <= fmin(k + 3, high); l++) {
                    double low = cgm_scm_poisson_cut(&law, l - 1), up = cgm_scm_poisson_cut(&law, l);
                    CU_ASSERT(low < up);
                    CU_ASSERT(l < k ? up < noises[j] : low < noises[j] || l > k); /* k is the one, its neighbours not */
                    if (isfinite(up)) CU_ASSERT_EQUAL(cgm_scm_poisson_quantile(&law, up), l);
                    if (isfinite(low)) CU_ASSERT_EQUAL(cgm_scm_poisson_quantile(&law, nextafter(low, up)), l);
                }
            }
        }
    /* The mean's own size is the caller's to check; a count that a double does not hold is not made up. */
    scm_poisson_law law = cgm_scm_poisson_law(36.04, INFINITY);
    CU_ASSERT_EQUAL(cgm_scm_poisson_quantile(&law, 1e17), INFINITY);
}

/* ---- Fits ---- */

static void check_ordinal(const char *options, size_t n_parents, const double *values, size_t n, const double *want,
                          double nll)
{
    cgm_mechanism *base = NULL;
    double got, w[6], log_p[OR_ROWS];
    REQUIRE_OK(make("ordinal", &var_y, n_parents, parents_td, options, &base));
    scm_linear_index *m = (scm_linear_index *)base;
    cgm_values value = column(OR_ROWS, values), parents[] = {column(OR_ROWS, or_t), column(OR_ROWS, or_d)};
    REQUIRE_OK(cgm_scm_ordinal_fit(m, &value, parents, &got));
    CHECK_NEAR(got, nll, 1e-12);
    CU_ASSERT_FATAL(m->n_thresholds + m->features.n - 1 == n);
    double weight[6] = {0};
    memcpy(weight + 1, m->parameter + m->n_thresholds, (m->features.n - 1) * sizeof *weight);
    cgm_scm_features_unscale(&m->features, weight, w);
    for (size_t j = 0; j < m->n_thresholds; j++) CHECK_NEAR(m->parameter[j] - w[0], want[j], 1e-6);
    for (size_t j = 1; j < m->features.n; j++) CHECK_NEAR(w[j], want[m->n_thresholds + j - 1], 1e-6);
    REQUIRE_OK(base->methods->log_prob(base, parents, &value, NULL, log_p));
    CHECK_NEAR(-toy_mean(OR_ROWS, log_p), nll, 1e-12);
    destroy(base);
}

static void ordinal_fits(void)
{
    check_ordinal("{}", 2, or_logit_y, 6, or_logit, or_logit_nll);
    check_ordinal("{link: probit}", 2, or_probit_y, 6, or_probit, or_probit_nll);
    check_ordinal("{interactions: [[t, d]]}", 2, or_logit_y, 8, or_product, or_product_nll);
    check_ordinal("{link: probit}", 0, or_probit_y, 3, or_alone, or_alone_nll);
    /* Given in part as fitted in whole: the rest is the same. */
    char options[200];
    snprintf(options, sizeof options, "{coefficients: {d: [%.17g, %.17g]}}", or_logit[4], or_logit[5]);
    check_ordinal(options, 2, or_logit_y, 6, or_logit, or_logit_nll);
    snprintf(options, sizeof options, "{thresholds: [%.17g, %.17g, %.17g]}", or_logit[0], or_logit[1], or_logit[2]);
    check_ordinal(options, 2, or_logit_y, 6, or_logit, or_logit_nll);
}

static void check_poisson(const cgm_variable *x, const char *options, const double *values, size_t n,
                          const double *want, const double *se, double nll)
{
    cgm_mechanism *base = NULL;
    double got, w[6], log_p[OR_ROWS], covariance[36];
    REQUIRE_OK(make("poisson", x, 2, parents_td, options, &base));
    scm_linear_index *m = (scm_linear_index *)base;
    cgm_values value = column(OR_ROWS, values), parents[] = {column(OR_ROWS, or_t), column(OR_ROWS, or_d)};
    REQUIRE_OK(cgm_scm_poisson_fit(m, &value, parents, &got));
    CHECK_NEAR(got, nll, 1e-12);
    CU_ASSERT_FATAL(m->features.n == n);
    cgm_scm_features_unscale(&m->features, m->parameter, w);
    for (size_t j = 0; j < n; j++) CHECK_NEAR(w[j], want[j], 1e-6);
    REQUIRE_OK(base->methods->log_prob(base, parents, &value, NULL, log_p));
    CHECK_NEAR(-toy_mean(OR_ROWS, log_p), nll, 1e-12);
    REQUIRE_OK(cgm_scm_invert(n, m->information, covariance));
    for (size_t i = 0; se && i < 10; i++) {
        size_t at[SCM_MAX_ROW], k = cgm_scm_features_row(&m->features, parents, i, at, w);
        double variance = 0;
        for (size_t a = 0; a < k; a++)
            for (size_t b = 0; b < k; b++) variance += w[a] * w[b] * covariance[at[a] * n + at[b]];
        CHECK_NEAR(sqrt(variance), se[i], 1e-7);
    }
    destroy(base);
}

static void poisson_fits(void)
{
    check_poisson(&var_c, "{}", or_count, 4, or_count_weight, or_count_se, or_count_nll);
    check_poisson(&var_s, "{}", or_short, 4, or_short_weight, or_short_se, or_short_nll);
    check_poisson(&var_c, "{interactions: [[t, d]]}", or_count, 6, or_count_product, NULL, or_count_product_nll);
    const double offset[] = {or_count_offset[0], 0.3, or_count_offset[1], or_count_offset[2]};
    check_poisson(&var_c, "{coefficients: {t: 0.3}}", or_count, 4, offset, NULL, or_count_offset_nll);
}

/* The information is minus the second derivative of the log-likelihood: by differences, along every pair of parameters.
 */
static void ordinal_information(void)
{
    enum { N = 6 };
    for (int link = 0; link < 2; link++) {
        cgm_mechanism *base = NULL;
        double nll, log_p[OR_ROWS];
        REQUIRE_OK(make("ordinal", &var_y, 2, parents_td, link ? "{link: probit}" : "{}", &base));
        scm_linear_index *m = (scm_linear_index *)base;
        cgm_values value = column(OR_ROWS, or_logit_y), parents[] = {column(OR_ROWS, or_t), column(OR_ROWS, or_d)};
        REQUIRE_OK(cgm_scm_ordinal_fit(m, &value, parents, &nll));
        for (size_t a = 0; a < N; a++)
            for (size_t b = 0; b < N; b++) {
                double *x = &m->parameter[a], *y = &m->parameter[b];
                const double h = 1e-3;
                double sum = 0;
                for (int corner = 0; corner < 4; corner++) {
                    double dx = corner & 1 ? h : -h, dy = corner & 2 ? h : -h, x0 = *x, y0 = *y;
                    *x += dx;
                    *y += dy;
                    REQUIRE_OK(base->methods->log_prob(base, parents, &value, NULL, log_p));
                    *x = x0, *y = y0;
                    sum += (dx > 0) == (dy > 0) ? toy_mean(OR_ROWS, log_p) : -toy_mean(OR_ROWS, log_p);
                }
                CHECK_NEAR(-sum * OR_ROWS / (4 * h * h), m->information[a * N + b], 1e-3);
            }
        destroy(base);
    }
}

/* Data without a maximum, or on its border: separable, a level or all but zeros never seen, a constant parent. */
static void border_fits(void)
{
    static const double parent[] = {0, 1, 2, 3, 4, 5, 6, 7}, apart[] = {0, 0, 0, 1, 1, 3, 3, 3}, zero[8] = {0},
                        top[] = {6, 6, 6, 6, 6, 6, 6, 6}, rise[] = {0, 0, 0, 0, 0, 0, 9, 900};
    cgm_values t = column(8, parent), constant = column(8, top), value = column(8, apart);
    const cgm_values *parents[] = {&t, &constant};
    const cgm_variable *const of_t[] = {&var_t};
    for (int p = 0; p < 2; p++) {
        cgm_mechanism *base = NULL;
        double nll;
        for (int link = 0; link < 2; link++) {
            REQUIRE_OK(make("ordinal", &var_y, 1, of_t, link ? "{link: probit}" : "{}", &base));
            scm_linear_index *m = (scm_linear_index *)base;
            value.data = (double *)apart;
            REQUIRE_OK(cgm_scm_ordinal_fit(m, &value, parents[p], &nll));
            CU_ASSERT(m->parameter[0] < m->parameter[1] && m->parameter[1] < m->parameter[2]);
            CU_ASSERT(isfinite(m->parameter[0]) && isfinite(m->parameter[2]) && isfinite(m->parameter[3]));
            CHECK_NEAR(nll, p ? 0.75 * log(8 / 3.0) + 0.25 * log(4) : 0,
                       1e-3); /* the frequencies' entropy; certainty */
            value.data = (double *)zero;
            REQUIRE_OK(cgm_scm_ordinal_fit(m, &value, parents[p], &nll));
            CHECK_NEAR(nll, 0, 1e-3);
            destroy(base);
        }
        static const double *const counts[] = {zero, top, rise};
        for (int k = 0; k < 3; k++)
            for (int ranged = 0; ranged < 2; ranged++) {
                if (k == 2 && ranged) continue; /* outside the range */
                REQUIRE_OK(make("poisson", ranged ? &var_s : &var_c, 1, of_t, "{}", &base));
                value.data = (double *)counts[k];
                CHECK_OK(cgm_scm_poisson_fit((scm_linear_index *)base, &value, parents[p], &nll));
                CU_ASSERT(isfinite(nll) && nll >= 0);
                if (k == 0 || (k == 1 && ranged)) CHECK_NEAR(nll, 0, 1e-3);
                destroy(base);
            }
    }
}

/* ---- Noise ---- */

/* Data from the model: the value comes back from its abducted noise, whose law is the prior's; and another mean gives a
 * value on the same side for every noise. */
static void check_noise(const char *kind, const cgm_variable *x, const char *options, scm_link link)
{
    enum { N = 4000 };
    static double t[N], d[N], u[N], v[N], value[N], again[N], shifted[N], p[N];
    cgm_mechanism *base = NULL;
    cgm_rng rng = cgm_rng_create(11);
    const cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
    REQUIRE_OK(make(kind, x, 2, parents_td, options, &base));
    CU_ASSERT_FATAL(base->methods->is_known(base));
    for (size_t i = 0; i < N; i++) {
        t[i] = 6 * cgm_rng_normal(&rng);
        d[i] = (double)cgm_rng_below(&rng, 3);
    }
    cgm_values parents[] = {column(N, t), column(N, d)}, noise = column(N, u), other = column(N, v),
               out = column(N, value);
    REQUIRE_OK(base->methods->sample_noise(base, 0, &rng, &noise));
    REQUIRE_OK(base->methods->predict(base, 0, parents, NULL, &noise, 1, &out));
    REQUIRE_OK(base->methods->abduct(base, parents, &out, &rng, &opts, NULL, &other));
    out = column(N, again);
    REQUIRE_OK(base->methods->predict(base, 0, parents, NULL, &other, 1, &out));
    for (size_t i = 0; i < N; i++) t[i] += 1;
    out = column(N, shifted);
    REQUIRE_OK(base->methods->predict(base, 0, parents, NULL, &other, 1, &out));
    size_t wrong = 0, moved = 0;
    for (size_t i = 0; i < N; i++) {
        p[i] = exp(cgm_scm_latent_log_cdf(link, v[i]));
        wrong += again[i] != value[i] || shifted[i] < value[i] || cgm_variable_check(x, value[i]) != CGM_OK;
        moved += u[i] != v[i];
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(moved, N);
    CU_ASSERT(kolmogorov(N, p) < 1.95); /* exceeded once in 1,000 */
    destroy(base);
}

static void noises(void)
{
    check_noise("ordinal", &var_y, "{thresholds: [-2, 0.1, 0.2], coefficients: {t: 0.5, d: [-1, 3]}}", SCM_LOGIT);
    check_noise("ordinal", &var_y, "{link: probit, thresholds: [-2, 0, 3], coefficients: {t: 0.5, d: [-1, 30]}}",
                SCM_PROBIT);
    check_noise("poisson", &var_c, "{coefficients: {intercept: 1, t: 0.7, d: [-1, 3]}}", SCM_LOGIT);
    check_noise("poisson", &var_c, "{coefficients: {intercept: 15, t: 0.5, d: [-1, 3]}}", SCM_LOGIT);
    check_noise("poisson", &var_s, "{coefficients: {intercept: 1, t: 0.5, d: [-1, 3]}}", SCM_LOGIT);
}

/* Where levels go when the parents change: the closed form against draws. */
static void ordinal_counterfactuals(void)
{
    enum { N = 20000 };
    static double t[N], d[N], x[N], u[N], y[N];
    cgm_mechanism *base = NULL;
    cgm_rng rng = cgm_rng_create(17);
    const cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
    double p[OR_LEVELS * OR_LEVELS], before[] = {1, 2}, after[] = {2.5, 0};
    REQUIRE_OK(make("ordinal", &var_y, 2, parents_td, "{thresholds: [-1, 0.5, 2], coefficients: {t: 0.5, d: [-1, 1]}}",
                    &base));
    cgm_values was[] = {column(1, before), column(1, before + 1)}, now[] = {column(1, after), column(1, after + 1)};
    REQUIRE_OK(base->methods->counterfactual(base, was, now, 1, p));
    cgm_values parents[] = {column(N, t), column(N, d)}, value = column(N, x), noise = column(N, u), out = column(N, y);
    for (int a = 0; a < OR_LEVELS; a++) {
        double count[OR_LEVELS] = {0};
        for (size_t i = 0; i < N; i++) t[i] = before[0], d[i] = before[1], x[i] = a;
        REQUIRE_OK(base->methods->abduct(base, parents, &value, &rng, &opts, NULL, &noise));
        for (size_t i = 0; i < N; i++) t[i] = after[0], d[i] = after[1];
        REQUIRE_OK(base->methods->predict(base, 0, parents, NULL, &noise, 1, &out));
        for (size_t i = 0; i < N; i++) count[(size_t)y[i]] += 1.0 / N;
        for (int b = 0; b < OR_LEVELS; b++) {
            double want = p[a * OR_LEVELS + b];
            CHECK_NEAR(count[b], want, 4 * sqrt(want * (1 - want) / N) + 1e-12);
        }
    }
    destroy(base);
}

/* Values that the model hardly gives: the noise is far out, and still gives the value. */
static void rare_values(void)
{
    static const double t[] = {-60, 60, 0, 0, -60}, d[] = {0, 0, 0, 0, 1}, level[] = {3, 0, 0, 3, 2},
                        count[] = {5, 0, 4000, 0, 1e6};
    cgm_mechanism *base = NULL;
    double u[5], back[5], log_p[5];
    cgm_rng rng = cgm_rng_create(3);
    const cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
    cgm_values parents[] = {column(5, t), column(5, d)}, noise = column(5, u), out = column(5, back);
    static const struct {
        const char *kind, *options;
        const cgm_variable *x;
        const double *value;
    } rows[] = {
        {"ordinal", "{thresholds: [-2, 0, 3], coefficients: {t: 20, d: [-1, 3]}}", &var_y, level},
        {"ordinal", "{link: probit, thresholds: [-2, 0, 3], coefficients: {t: 1, d: [-1, 3]}}", &var_y, level},
        {"poisson", "{coefficients: {intercept: 2, t: 0.4, d: [-1, 3]}}", &var_c, count},
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        cgm_values value = column(5, rows[k].value);
        REQUIRE_OK(make(rows[k].kind, rows[k].x, 2, parents_td, rows[k].options, &base));
        REQUIRE_OK(base->methods->abduct(base, parents, &value, &rng, &opts, NULL, &noise));
        REQUIRE_OK(base->methods->predict(base, 0, parents, NULL, &noise, 1, &out));
        REQUIRE_OK(base->methods->log_prob(base, parents, &value, NULL, log_p));
        for (size_t i = 0; i < 5; i++) CU_ASSERT(back[i] == value.data[i] && isfinite(log_p[i]) && log_p[i] < 0);
        destroy(base);
    }
}

static void mean_too_large(void)
{
    cgm_mechanism *base = NULL;
    double t = 100, d = 0, x = 3, u = 0;
    cgm_rng rng = cgm_rng_create(3);
    const cgm_abduct_opts opts = {.temperature = 1, .threads = 1, .first_row = 7};
    cgm_values parents[] = {column(1, &t), column(1, &d)}, value = column(1, &x), noise = column(1, &u);
    REQUIRE_OK(make("poisson", &var_c, 2, parents_td, "{coefficients: {intercept: 2, t: 1, d: [0, 0]}}", &base));
    CHECK_FAILS(base->methods->abduct(base, parents, &value, &rng, &opts, NULL, &noise), CGM_E_ARG,
                "variable 'c', row 7: a mean of 1.9");
    REQUIRE_OK(base->methods->predict(base, 0, parents, NULL, &noise, 1, &value));
    CU_ASSERT_EQUAL(x, INFINITY);
    destroy(base);
}

/* ---- Configs ---- */

static void described(void)
{
    static const char *const rows[][3] = {
        {"ordinal", "{thresholds: [-1, 0, 2.5], coefficients: {t: 0.5, d: [1, -1]}}",
         "y = how many of (-1, 0, 2.5) are below 0 + 0.5 t + 1 [d=1] - 1 [d=2] + u, u ~ logistic(0, 1)"},
        {"poisson", "{coefficients: {intercept: 1, t: 0.5, d: [1, -1]}}",
         "c ~ Poisson(exp(1 + 0.5 t + 1 [d=1] - 1 [d=2])), by its quantile at the rank of u ~ logistic(0, 1)"},
    };
    for (size_t i = 0; i < 2; i++) {
        cgm_mechanism *base = NULL;
        char text[200];
        REQUIRE_OK(make(rows[i][0], i ? &var_c : &var_y, 2, parents_td, rows[i][1], &base));
        base->methods->describe(base, sizeof text, text);
        CU_ASSERT_STRING_EQUAL(text, rows[i][2]);
        destroy(base);
    }
}

static void mistakes(void)
{
    static const char *const rows[][3] = {
        {"ordinal", "{link: cloglog}", "expected"},
        {"ordinal", "{thresholds: [1, 2]}", "test:1: thresholds: expected a list of 3 numbers, for 4 levels"},
        {"ordinal", "{thresholds: 1}", "thresholds: expected a list of 3 numbers"},
        {"ordinal", "{thresholds: [1, x, 2]}", "thresholds: number 2: expected a number"},
        {"ordinal", "{thresholds: [1, 3, 3]}", "thresholds: number 3: expected one above 3, the one before it"},
        {"ordinal", "{coefficients: {intercept: 1}}", "coefficients: an intercept; expected none"},
        {"ordinal", "{coefficients: {tt: 1}}", "there is no parent 'tt'; expected a parent"},
        {"ordinal", "{coefficients: {intercepts: 1}}", "there is no parent 'intercepts'; expected a parent"},
        {"ordinal", "{coefficients: 1}", "coefficients: expected a map such as {PARENT: 0.5}"},
        {"poisson", "{coefficients: {q: 1}}", "there is no parent 'q'; expected intercept or a parent"},
        {"ordinal", "{coefficients: {t: 1}, interactions: [[t, d]]}", "interactions: expected no thresholds or"},
        {"ordinal", "{treshold: 3}", "did you mean \"thresholds\"?"},
        {"poisson", "{coefficients: {d: [1, 2, 3]}}", "coefficients.d: expected a list of 2 numbers"},
        {"poisson", "{coefficients: {t: 1}, interactions: [[t, d]]}", "interactions: expected no coefficients"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cgm_mechanism *base = NULL;
        CHECK_FAILS(make(rows[i][0], rows[i][0][0] == 'o' ? &var_y : &var_c, 2, parents_td, rows[i][1], &base),
                    CGM_E_CONFIG, rows[i][2]);
    }
}

static const test_case cases[] = {
    {"Poisson tails", law_tails},
    {"Poisson by brute force", law_brute_force},
    {"Poisson quantiles", law_quantiles},
    {"Poisson with a mean far above the range", law_far_above},
    {"ordinal fits", ordinal_fits},
    {"ordinal information", ordinal_information},
    {"Poisson fits", poisson_fits},
    {"fits on the border", border_fits},
    {"noises", noises},
    {"where levels go", ordinal_counterfactuals},
    {"rare values", rare_values},
    {"a mean too large", mean_too_large},
    {"descriptions", described},
    {"mistakes in configs", mistakes},
};
TEST_MAIN("ordered", cases)
