/* Expressions, distributions, and known formulas as mechanisms: values and derivatives by hand and by differences,
 * scipy's numbers, abduction of published examples, and texts that are none. */
#include "tests/scm_toys.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>

#include "scm/formula/distribution.h"
#include "scm/formula/expression_priv.h"
#include "tests/fixtures/formula.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static cgm_expression *parsed(const char *text)
{
    cgm_expression *e = NULL;
    REQUIRE_OK(cgm_expression_parse(text, "formula", &e));
    return e;
}

/* ---- expressions ---- */

/* Names a to d have these values. */
static const double name_values[] = {2.5, -1.25, 0.375, 3};

static void bind_names(const cgm_expression *e, cgm_expression_input *inputs)
{
    const char *const *names;
    size_t n = cgm_expression_names(e, &names);
    for (size_t i = 0; i < n; i++) inputs[i] = (cgm_expression_input){&name_values[names[i][0] - 'a'], 0};
}

static double value_of(const char *text)
{
    cgm_expression *e = parsed(text);
    cgm_expression_input inputs[CGM_EXPRESSION_MAX_NAMES];
    double value;
    bind_names(e, inputs);
    cgm_expression_evaluate(e, 1, inputs, &value);
    cgm_expression_destroy(e);
    return value;
}

static void values(void)
{
    const double a = name_values[0], b = name_values[1], c = name_values[2];
    const struct {
        const char *text;
        double value;
    } rows[] = {
        {"1 + 2*3", 7},
        {"(1 + 2)*3", 9},
        {"8/4/2", 1},
        {"8 - 4 - 2", 2},
        {"2^3^2", 512},
        {"-2^2", -4},
        {"(-2)^2", 4},
        {"2^-1", .5},
        {"--3 - -+4", 7},
        {"-a*b", -a * b},
        {" .5e1 +\t1.\n+ 2E-1", 6.2},
        {"2 < 3", 1},
        {"3 <= 2", 0},
        {"2 == 2", 1},
        {"1 + 1 != 2", 0},
        {"a >= b", 1},
        {"if(a > 2, b, c)", b},
        {"if(a < 2, b, if(d == 3, c, 0))", c},
        {"if(1, 5, log(-1))", 5},
        {"exp(a) + log(a) - sqrt(a)", exp(a) + log(a) - sqrt(a)},
        {"abs(b) + min(a, b) + max(a, b)", -b + b + a},
        {"sigmoid(b)", 1 / (1 + exp(-b))},
        {"sigmoid(-800) + sigmoid(800)", 1},
        {"logit(c)", log(c / (1 - c))},
        {"tanh(a)*erf(c)", tanh(a) * erf(c)},
        {"Phi(1.959963984540054)", .975},
        {"probit(.975)", 1.959963984540054},
        {"probit(Phi(c))", c},
        {"pow(a, d) - a^d", 0},
        {"floor(-1.5) + round(2.6)", 1},
        {"sin(pi/6) + cos(pi/3) + log(e)", 2},
        {"64 + 191*sigmoid(2*(a-2.5) + 0.5*c)", 64 + 191 / (1 + exp(-.5 * c))},
        {"a > 2 and b < 0", 1},
        {"a > 2 and b > 0 or c > 0 and d == 3", 1},
        {"a > 2 and (b > 0 or c < 0)", 0},
        {"not a > 2 or not 0", 1},
        {"not not 7", 1},
        {"1 + (2 and 3)*5 + (0 or -2)", 7},
        {"if(not(a < 2)and b, 4, 5)", 4},
        {"'a' + \"b\"", a + b},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (!test_near(__FILE__, __LINE__, rows[i].text, value_of(rows[i].text), rows[i].value,
                       1e-13 * (1 + fabs(rows[i].value))))
            CU_FAIL("a value");
    CU_ASSERT(isnan(value_of("log(-1)")) && isnan(value_of("if(log(-1), 1, 2)")) && isnan(value_of("probit(2)")));
    CU_ASSERT(isnan(value_of("log(-1) or 1")) && isnan(value_of("0 and log(-1)")) && isnan(value_of("not log(-1)")));
    CU_ASSERT(value_of("1/0") == INFINITY && value_of("probit(0)") == -INFINITY && value_of("logit(1)") == INFINITY);
}

/* Rows, in blocks: 200 of them and a column that every row shares. */
static void many_rows(void)
{
    enum { N = 200 };
    double x[N], out[N], slope[N], two = 2;
    cgm_expression *e = parsed("k*x^2 + 1");
    const char *const *names;
    for (size_t i = 0; i < N; i++) x[i] = (double)i / 7 - 5;
    CU_ASSERT_EQUAL(cgm_expression_names(e, &names), 2);
    CU_ASSERT_STRING_EQUAL(names[0], "k");
    CU_ASSERT(cgm_expression_find(e, "x") == 1 && cgm_expression_find(e, "y") == -1);
    CU_ASSERT_EQUAL(cgm_expression_count(e, 1), 1);
    const cgm_expression_input inputs[] = {{&two, 0}, {x, 1}};
    cgm_expression_evaluate(e, N, inputs, out);
    for (size_t i = 0; i < N; i++) CHECK_NEAR(out[i], 2 * x[i] * x[i] + 1, 1e-12);
    cgm_expression_differentiate(e, N, inputs, 1, out, slope);
    for (size_t i = 0; i < N; i++) CHECK_NEAR(slope[i], 4 * x[i], 1e-12);
    cgm_expression_destroy(e);
}

/* Against central differences of the value with respect to c, at several c. */
static void derivatives(void)
{
    static const char *const texts[] = {
        "exp(c) + log(c)*sqrt(c)",
        "abs(c - 0.2) - abs(c - 0.9)",
        "sigmoid(3*c - 1) + logit(c/2)",
        "tanh(c)*erf(2*c) - sin(c)*cos(3*c)",
        "Phi(c) + probit(c/2)",
        "min(c, 0.25) + max(c*c, 0.5)",
        "(a*c + 1)^3 + c^c + 2^(-c) + pow(c, d)",
        "(c - 4)^2",
        "c/(1 + c^2) - (2 - c)/c",
        "if(c > 0.6, c^2, -c) + floor(3*c) + round(c) + (c < 0.5)",
        "-c",
        "64 + 191*sigmoid(2*(a-2.5) + 0.5*c)",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        cgm_expression *e = parsed(texts[i]);
        size_t name = (size_t)cgm_expression_find(e, "c");
        cgm_expression_input inputs[CGM_EXPRESSION_MAX_NAMES];
        bind_names(e, inputs);
        for (double c = .05; c < 1; c += .135) {
            double at[] = {c - 1e-5, c + 1e-5, c}, value[3], slope[3], plain[3];
            inputs[name] = (cgm_expression_input){at, 1};
            cgm_expression_differentiate(e, 3, inputs, name, value, slope);
            cgm_expression_evaluate(e, 3, inputs, plain);
            CU_ASSERT(memcmp(value, plain, sizeof value) == 0);
            if (!test_near(__FILE__, __LINE__, texts[i], slope[2], (value[1] - value[0]) / 2e-5,
                           1e-7 * (1 + fabs(slope[2]))))
                CU_FAIL("a derivative");
        }
        cgm_expression_destroy(e);
    }
}

static void refuse(const char *text, const char *message)
{
    cgm_expression *e = NULL;
    cgm_status status = cgm_expression_parse(text, "formula", &e);
    CHECK_FAILS(status, CGM_E_ARG, message);
    if (status == CGM_OK) cgm_expression_destroy(e);
    CU_ASSERT(!strchr(cgm_error_message(), '\n'));
}

/* By the form alone: x - x is affine, x*x/x is not. */
static void affine(void)
{
    static const struct {
        const char *text;
        bool is;
    } rows[] = {{"3", true},
                {"a", true},
                {"2*a - (b + a)/4", true},
                {"-a*exp(2)*sqrt(3)", true},
                {"a - a", true},
                {"a*b", false},
                {"1/a", false},
                {"a^1", false},
                {"abs(a)", false},
                {"a > 0", false},
                {"if(1, a, b)", false},
                {"(a + 1)*(2 > 1)", true},
                {"a*(b - b)", false},
                {"a/(1 + 1)", true},
                {"max(1, 2)", true},
                {"not a", false}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        cgm_expression *e = parsed(rows[i].text);
        if (cgm_formula_is_affine(e) != rows[i].is) CU_FAIL(rows[i].text);
        cgm_expression_destroy(e);
    }
}

static void parse_errors(void)
{
    refuse("", "formula:1:1: expected a number, a name or '('");
    refuse("64 + 191*(2 + 3", "formula:1:16: expected ')', at the end, after '64 + 191*(2 + 3'");
    refuse("2*(a + 3 u)", "formula:1:10: expected ')', at 'u)'");
    refuse("a b", "formula:1:3: expected an operator or the end, at 'b'");
    refuse("a +\n  * b", "formula:2:3: expected a number, a name or '(', at '* b'");
    refuse("1 + sigmoyd(u)", "formula:1:5: there is no function 'sigmoyd'; did you mean 'sigmoid'?");
    refuse("zzzzzzz(u)", "there is no function 'zzzzzzz', at");
    refuse("and", "formula:1:1: expected a number, a name or '('");
    refuse("1 and", "formula:1:6: expected a number");
    refuse("not(1, 2)", "formula:1:6: expected ')'");
    refuse("'a", "formula:1:1: expected a name of 1 to 127 bytes between quotes");
    refuse("\"\"", "between quotes");
    refuse("max(1)", "formula:1:6: expected ',' as max takes 2 arguments");
    refuse("exp(1, 2)", "formula:1:6: expected ')' as exp takes 1 argument,");
    refuse("if(1, 2)", "expected ',' as if takes 3 arguments");
    refuse("1 + exp", "formula:1:8: expected '(': exp is a function");
    refuse("1 < 2 < 3", "formula:1:7: expected one comparison");
    refuse("2 = 3", "formula:1:3: expected an operator or the end");
    refuse("1e999", "expected a number of at most 63 digits");
    refuse("2..3", "formula:1:3: expected an operator or the end");
    refuse("a $ b", "formula:1:3: expected an operator or the end, at '$ b'");
    refuse("caf\xc3\xa9 + \x01", "formula:1:8: expected a number, a name or '(', at ' '");
    refuse("caf\xc3\xa9 7", "formula:1:6: expected an operator");
    refuse("0x10", "formula:1:2: expected an operator");
    refuse(")", "formula:1:1");
}

/* Depth bombs in every direction that the grammar nests, and long texts. */
static void bombs(void)
{
    static const char *const openings[] = {"(", "-", "2^", "exp(", "1+(", "if(1,2,", "1<2+3*4^("};
    static char text[200000];
    for (size_t k = 0; k < COUNT(openings); k++) {
        for (size_t times = 10; times <= 1000; times *= 10) {
            size_t n = 0, step = strlen(openings[k]);
            for (size_t i = 0; i < times && n + step < 4000; i++, n += step) memcpy(text + n, openings[k], step);
            text[n++] = '1';
            text[n] = 0;
            cgm_expression *e = NULL;
            cgm_status status = cgm_expression_parse(text, "bomb", &e);
            if (status == CGM_OK) cgm_expression_destroy(e);
            CU_ASSERT(status == CGM_OK ? times == 10 : status == CGM_E_ARG);
        }
    }
    memset(text, '1', sizeof text - 1);
    refuse(text, "199999 bytes; expected at most 4096");
    /* As long as it may be, and flat. */
    for (size_t i = 0; i < 4095; i++) text[i] = i % 2 ? '+' : '1';
    text[4095] = 0;
    CHECK_NEAR(value_of(text), 2048, 0);
    for (size_t i = 0; i < 130; i++) sprintf(text + 6 * i, "x%04zu+", i);
    text[6 * 130 - 1] = 0;
    refuse(text, "expected at most 128 different names");
}

/* Random bytes, and random words of the language: a status and one line, whatever they are. */
static void hostile(void)
{
    static const char *const words[] = {"1", "a", "u", "+",  "-",   "*", "/",    "^",      "(",   ")",
                                        ",", "<", "=", "if", "max", "e", "exp(", "normal", "0.5", " "};
    cgm_rng rng = cgm_rng_create(11);
    size_t accepted = 0;
    for (int round = 0; round < 20000; round++) {
        char text[128] = "";
        size_t n = cgm_rng_below(&rng, 14);
        for (size_t i = 0; i < n; i++)
            if (round % 2)
                strcat(text, words[cgm_rng_below(&rng, COUNT(words))]);
            else
                text[i] = (char)(1 + cgm_rng_below(&rng, 255)), text[i + 1] = 0;
        cgm_expression *e = NULL;
        if (cgm_expression_parse(text, "formula", &e) == CGM_OK) {
            const double half = .5;
            cgm_expression_input inputs[CGM_EXPRESSION_MAX_NAMES];
            double value, slope;
            for (size_t i = 0; i < CGM_EXPRESSION_MAX_NAMES; i++) inputs[i] = (cgm_expression_input){&half, 0};
            cgm_expression_differentiate(e, 1, inputs, 0, &value, &slope);
            cgm_expression_destroy(e);
            accepted++;
        } else {
            const char *message = cgm_error_message();
            for (const char *c = message; *c; c++)
                if ((unsigned char)*c < ' ' || *c == 0x7F) CU_FAIL_FATAL("a message that is not one plain line");
        }
        cgm_distribution *d = NULL;
        if (cgm_distribution_parse(text, "noise", &d) == CGM_OK) cgm_distribution_destroy(d);
    }
    CU_ASSERT(accepted > 500);
}

/* ---- distributions ---- */

static cgm_distribution *distribution(const char *text)
{
    cgm_distribution *d = NULL;
    REQUIRE_OK(cgm_distribution_parse(text, "noise", &d));
    return d;
}

static void distributions(void)
{
    for (size_t i = 0; i < COUNT(distribution_values); i++) {
        const struct distribution_value *row = &distribution_values[i];
        cgm_distribution *d = distribution(row->text);
        bool near = test_near(__FILE__, __LINE__, row->text, cgm_distribution_log_prob(d, row->x), row->log_prob,
                              1e-11 * (1 + fabs(row->log_prob)));
        near = test_near(__FILE__, __LINE__, row->text, cgm_distribution_cdf(d, row->x), row->cdf, 1e-11) && near;
        if (!near) CU_FAIL("a density");
        cgm_distribution_destroy(d);
    }
    for (size_t i = 0; i < COUNT(distribution_quantiles); i++) {
        const struct distribution_quantile *row = &distribution_quantiles[i];
        cgm_distribution *d = distribution(row->text);
        double x = cgm_distribution_quantile(d, row->p);
        if (!test_near(__FILE__, __LINE__, row->text, x, row->x, 1e-8 * (1e-6 + fabs(row->x)))) CU_FAIL("a quantile");
        if (!cgm_distribution_is_discrete(d)) CHECK_NEAR(cgm_distribution_cdf(d, x), row->p, 1e-10);
        cgm_distribution_destroy(d);
    }
}

static void supports(void)
{
    const struct {
        const char *text;
        double outside, inside, low, high;
    } rows[] = {
        {"uniform(-1, 3)", 3.5, 3, -1, 3},
        {"gamma(2, 1)", -.1, 1, 0, INFINITY},
        {"beta(2, 2)", 1.1, .5, 0, 1},
        {"lognormal(0, 1)", -1, 1, 0, INFINITY},
        {"bernoulli(.5)", .5, 1, 0, 1},
        {"categorical(.5, .5)", 2, 1, 0, 1},
        {"poisson(1)", 1.5, 3, 0, INFINITY},
        {"point(-2.5)", 0, -2.5, -2.5, -2.5},
        {"normal(0, sqrt(4))", INFINITY, 2, -INFINITY, INFINITY},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        double low, high;
        cgm_distribution *d = distribution(rows[i].text);
        cgm_distribution_support(d, &low, &high);
        CU_ASSERT(low == rows[i].low && high == rows[i].high);
        CU_ASSERT(cgm_distribution_log_prob(d, rows[i].outside) == -INFINITY);
        CU_ASSERT(isfinite(cgm_distribution_log_prob(d, rows[i].inside)));
        CU_ASSERT(isnan(cgm_distribution_quantile(d, 0)) && isnan(cgm_distribution_quantile(d, 1)));
        CU_ASSERT(isnan(cgm_distribution_log_prob(d, NAN)) && isnan(cgm_distribution_cdf(d, NAN)));
        CU_ASSERT(cgm_distribution_cdf(d, INFINITY) == 1 && cgm_distribution_cdf(d, -INFINITY) == 0);
        cgm_distribution_destroy(d);
    }
}

/* Parameters at the ends of what a double holds: numbers or NaN, and GSL's handler, which ends the program, is not
 * called.
 */
static void extremes(void)
{
    static const char *const texts[] = {
        "gamma(1e6, 1)",         "gamma(1e-308, 1e308)",  "beta(1e6, 1e6)",     "beta(1e-300, 1)",
        "beta(1e6, 1e-300)",     "student(1e6)",          "student(1e-300)",    "poisson(1e9)",
        "poisson(1e-300)",       "normal(1e308, 1e-308)", "logistic(0, 1e308)", "lognormal(700, 700)",
        "gumbel(-1e308, 1e308)", "exponential(1e-308)",   "laplace(0, 1e-308)", "uniform(-1e308, 1e308)"};
    static const double points[] = {-1e308, -1, 0, 1e-308, .5, 1, 1e9, 1e308, INFINITY, NAN};
    for (size_t i = 0; i < COUNT(texts); i++) {
        cgm_distribution *d = distribution(texts[i]);
        for (size_t k = 0; k < COUNT(points); k++) {
            double p = cgm_distribution_cdf(d, points[k]), x = cgm_distribution_quantile(d, points[k]);
            cgm_distribution_log_prob(d, points[k]);
            CU_ASSERT(isnan(p) || (p >= 0 && p <= 1));
            CU_ASSERT(isnan(x) || (points[k] > 0 && points[k] < 1));
        }
        for (double p = 1e-300; p < 1; p *= 1e30) cgm_distribution_quantile(d, p);
        cgm_distribution_destroy(d);
    }
    /* Many degrees of freedom: nearly a normal. */
    cgm_distribution *d = distribution("student(1e6)");
    CHECK_NEAR(cgm_distribution_log_prob(d, 1.5), -1.125 - .5 * log(2 * M_PI), 1e-5);
    cgm_distribution_destroy(d);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Continuous samples by Kolmogorov and Smirnov's distance, whose chance of 2.0 / sqrt(n) or more is 7e-4; discrete ones
 * by the chi-square of their cells. */
static void samples(void)
{
    enum { N = 20000, CELLS = 12 };
    static double x[N];
    const char *last = "";
    cgm_rng root = cgm_rng_create(5);
    for (size_t row = 0; row < COUNT(distribution_quantiles); row++) {
        const char *text = distribution_quantiles[row].text;
        if (strcmp(text, last) == 0) continue;
        last = text;
        cgm_distribution *d = distribution(text);
        cgm_rng rng = cgm_rng_split(&root, text);
        for (size_t i = 0; i < N; i++) x[i] = cgm_distribution_sample(d, &rng);
        qsort(x, N, sizeof *x, compare);
        if (!cgm_distribution_is_discrete(d)) {
            double distance = 0;
            for (size_t i = 0; i < N; i++) {
                double p = cgm_distribution_cdf(d, x[i]);
                distance = fmax(distance, fmax(p - (double)i / N, (double)(i + 1) / N - p));
            }
            if (!test_near(__FILE__, __LINE__, text, distance, 0, 2 / sqrt(N))) CU_FAIL("samples");
        } else {
            /* Cells between quantiles at equal steps; those that hold nothing are left out. */
            double chi = 0, below = -INFINITY;
            int degrees = -1;
            for (int c = 1; c <= CELLS; c++) {
                double end = c < CELLS ? cgm_distribution_quantile(d, (double)c / CELLS) : INFINITY, counted = 0;
                double p = cgm_distribution_cdf(d, end) - cgm_distribution_cdf(d, below);
                for (size_t i = 0; i < N; i++) counted += x[i] > below && x[i] <= end;
                if (p > 0) chi += (counted - N * p) * (counted - N * p) / (N * p), degrees++;
                below = end;
            }
            CU_ASSERT(gsl_cdf_chisq_Q(chi, degrees) > 1e-3);
        }
        cgm_distribution_destroy(d);
    }
}

static void distribution_errors(void)
{
    static const char *const rows[][2] = {
        {"", "noise:1:1: expected a distribution"},
        {"norml(0, 1)", "noise:1:1: there is no distribution 'norml'; did you mean 'normal'?"},
        {"normal", "noise:1:7: expected '('"},
        {"normal(0)", "noise:1:9: expected 2 parameters in normal(mean, sd), got 1"},
        {"normal(0, 1, 2)", "got 3"},
        {"normal(0, -1)", "noise:1:11: normal(mean, sd): -1; expected a number above 0"},
        {"normal(0, s)", "noise:1:11: a name; the parameters of normal are numbers"},
        {"normal(0, 1", "noise:1:12: expected ',' or ')'"},
        {"normal(0, 1) + 1", "noise:1:14: expected the end"},
        {"uniform(2, 1)", "uniform(low, high): expected the lower one first"},
        {"bernoulli(1.5)", "bernoulli(p): 1.5; expected a probability"},
        {"categorical(.5, .6)", "the probabilities add up to 1.1; expected 1"},
        {"poisson(1e10)", "poisson(mean): 1e+10; expected a number above 0, at most 1e9"},
        {"point(1/0)", "point(x): inf; expected a finite number"},
        {"beta(1e10, 1)", "beta(a, b): 1e+10; expected a number above 0, at most 1e6"},
        {"gamma(1,, 2)", "noise:1:9: expected a number, a name or '('"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        cgm_distribution *d = NULL;
        CHECK_FAILS(cgm_distribution_parse(rows[i][0], "noise", &d), CGM_E_ARG, rows[i][1]);
    }
}

/* ---- formulas as mechanisms ---- */

static cgm_status read_model(const char *text, cgm_scm **out)
{
    cgm_config *config = NULL;
    REQUIRE_OK(cgm_config_parse(text, "test", &config));
    cgm_status status = cgm_scm_from_config(cgm_config_root(config), NULL, out);
    cgm_config_destroy(config);
    return status;
}

static cgm_scm *model(const char *text)
{
    cgm_scm *scm = NULL;
    REQUIRE_OK(read_model(text, &scm));
    return scm;
}

#define MORPHOMNIST                                                                                                    \
    "thickness: {type: continuous, range: [0.5, 20], mechanism: {formula: 0.5 + u, noise: 'gamma(10, 5)'}}\n"          \
    "intensity: {type: continuous, range: [64, 255], parents: [thickness],\n"                                          \
    "            mechanism: {formula: '64 + 191*sigmoid(2*(thickness-2.5) + 0.5*u)', noise: normal(0,1)}}\n"

/* The notebook's two examples of MorphoMNIST, and the expected intensity under interventions, which is by quadrature.
 */
static void intensity(void)
{
    enum { N = 20000 };
    static const struct {
        double t, i, u, expected[4];
    } rows[] = {{2.5802891, 142.01439, -1.061891, {69.4329, 78.0800, 181.4956, 252.8363}},
                {3.632892, 242.2603, 0.745475, {76.8742, 95.3633, 216.3840, 254.1176}}};
    static const double to[] = {1, 1.5, 3, 5}, means[][2] = {{1.5, 88.640248}, {2.5, 159.5}, {3.5, 230.359752}};
    cgm_scm *scm = model(MORPHOMNIST);
    cgm_rng rng = cgm_rng_create(1);
    cgm_world *factual = toy_world(scm, 2), *other = toy_world(scm, 2), *many = toy_world(scm, N);
    for (size_t k = 0; k < 2; k++) {
        factual->value[0].data[k] = rows[k].t;
        factual->value[1].data[k] = rows[k].i;
    }
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, factual));
    for (size_t k = 0; k < 2; k++) CHECK_NEAR(factual->noise[1].data[k], rows[k].u, 1e-5);
    for (size_t j = 0; j < 4; j++) {
        cgm_intervention x = {.node = 0, .to = -1, .value = to[j]};
        REQUIRE_OK(cgm_scm_predict(scm, factual, 1, &x, NULL, other));
        for (size_t k = 0; k < 2; k++) CHECK_NEAR(other->value[1].data[k], rows[k].expected[j], 1e-3);
    }
    for (size_t j = 0; j < 3; j++) {
        cgm_intervention x = {.node = 0, .to = -1, .value = means[j][0]};
        REQUIRE_OK(cgm_scm_sample(scm, &rng, 1, &x, NULL, many));
        CHECK_NEAR(toy_mean(N, many->value[1].data), means[j][1], 4 * 24 / sqrt(N));
    }
    char text[200];
    cgm_mechanism *m = cgm_scm_mechanism(scm, 1);
    m->methods->describe(m, sizeof text, text);
    CU_ASSERT_STRING_EQUAL(text, "intensity = 64 + 191*sigmoid(2*(thickness-2.5) + 0.5*u), u ~ normal(0, 1)");
    factual->value[1].data[1] = 255; /* a bound, which no finite noise gives */
    CHECK_FAILS(cgm_scm_abduct(scm, &rng, NULL, factual), CGM_E_ARG,
                "variable 'intensity', row 1: its formula gives 255 for no noise u ~ normal(0, 1)");
    cgm_world_destroy(many);
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* One row of a root and of x, its child. */
typedef struct one {
    cgm_scm *scm;
    cgm_mechanism *m;
    double pa;
} one;

static one one_model(const char *formula, const char *noise, double pa)
{
    char text[600];
    snprintf(text, sizeof text,
             "p: {type: continuous}\nx: {type: continuous, parents: [p], mechanism: {formula: '%s', "
             "noise: '%s'}}\n",
             formula, noise);
    one o = {model(text), NULL, pa};
    o.m = cgm_scm_mechanism(o.scm, 1);
    return o;
}

static double predict_one(const one *o, double u)
{
    double x = NAN, pa = o->pa;
    cgm_values parents = {1, 1, &pa}, noise = {1, 1, &u}, out = {1, 1, &x};
    CHECK_OK(o->m->methods->predict(o->m, 0, &parents, NULL, &noise, 1, &out));
    return x;
}

static cgm_status abduct_one(const one *o, double x, double *u)
{
    double pa = o->pa;
    cgm_values parents = {1, 1, &pa}, value = {1, 1, &x}, noise = {1, 1, u};
    cgm_abduct_opts opts = {.temperature = 1, .threads = 1};
    return o->m->methods->abduct(o->m, &parents, &value, NULL, &opts, NULL, &noise);
}

static double log_prob_one(double x, void *context)
{
    const one *o = context;
    double log_p = NAN, pa = o->pa;
    cgm_values parents = {1, 1, &pa}, value = {1, 1, &x};
    CHECK_OK(o->m->methods->log_prob(o->m, &parents, &value, NULL, &log_p));
    return log_p;
}

static double density_one(double x, void *context)
{
    return exp(log_prob_one(x, context));
}

/* Formulas that are solved by undoing operations and by searching: the noise that was put in comes out, and the density
 * integrates to one between the images of the noise's outer quantiles. */
static void inverses(void)
{
    static const struct {
        const char *formula, *noise;
        double pa;
    } rows[] = {
        {"p + 2*u", "normal(0, 1)", 1},
        {"p - u/4", "student(3)", -2},
        {"(3 - u)*p - 1", "uniform(-1, 1)", 2},
        {"p/(1 + u)", "gamma(3, 2)", 2},
        {"exp(0.5*u + p)", "normal(0, 1)", .3},
        {"log(u) - p", "exponential(2)", .3},
        {"sqrt(u)*(1 + p^2)", "gamma(2, 1)", .3},
        {"64 + 191*sigmoid(2*(p-2.5) + 0.5*u)", "normal(0, 1)", 2.6},
        {"logit(u) + p", "uniform(0, 1)", 1},
        {"tanh(u/2 + p)", "normal(0, 1)", .1},
        {"Phi(u)*p", "normal(0, 1)", 3},
        {"probit(u) + 0*p", "beta(2, 2)", 3},
        {"erf(u) + 0*p", "normal(0, 0.5)", 3},
        {"-(u^3)", "laplace(3, 0.1)", 0},
        {"u^0.5", "gamma(3, 1)", 0},
        {"2^u*p", "logistic(0, 0.5)", 3},
        {"(1 + p)^(-u)", "gumbel(0, 1)", 1},
        {"u + u^3 + p", "normal(0, 1)", 1},
        {"u + 0.3*sin(2*u)", "normal(0, 1)", 1},
        {"if(u > 0, u, u/2) + p", "normal(0, 1)", 1},
        {"max(2*u, u)", "logistic(0, 1)", 1},
        {"p - u*exp(abs(u))", "normal(0, 0.3)", 1},
        {"u*u", "uniform(0, 2)", 1},
        {"u^2", "uniform(-2, 0)", 1},
        {"p*u + u*exp(u)", "lognormal(0, 0.5)", 1},
    };
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    gsl_integration_workspace *work = gsl_integration_workspace_alloc(500);
    for (size_t i = 0; i < COUNT(rows); i++) {
        cgm_distribution *d = distribution(rows[i].noise);
        char formula[100];
        snprintf(formula, sizeof formula, strchr(rows[i].formula, 'p') ? "%s" : "%s + 0*p", rows[i].formula);
        one o = one_model(formula, rows[i].noise, rows[i].pa);
        double ends[2], integral = 0, error;
        for (double p = .0005; p < 1; p += .0333) {
            double u = cgm_distribution_quantile(d, p), found = NAN, x = predict_one(&o, u);
            CHECK_OK(abduct_one(&o, x, &found));
            if (!test_near(__FILE__, __LINE__, rows[i].formula, found, u, 1e-9 * (1 + fabs(u))) ||
                !test_near(__FILE__, __LINE__, rows[i].formula, predict_one(&o, found), x, 1e-10 * (1 + fabs(x))))
                CU_FAIL("an inverse");
        }
        for (int k = 0; k < 20; k++) { /* in parts, as some densities are steep */
            for (int j = 0; j < 2; j++) ends[j] = predict_one(&o, cgm_distribution_quantile(d, .01 + .049 * (k + j)));
            double part;
            gsl_function f = {density_one, &o};
            gsl_integration_qags(&f, fmin(ends[0], ends[1]), fmax(ends[0], ends[1]), 1e-9, 1e-9, 500, work, &part,
                                 &error);
            integral += part;
        }
        if (!test_near(__FILE__, __LINE__, rows[i].formula, integral, .98, 1e-6)) CU_FAIL("a density");
        cgm_scm_destroy(o.scm);
        cgm_distribution_destroy(d);
    }
    gsl_integration_workspace_free(work);
    gsl_set_error_handler(handler);
}

/* Values that no noise gives, and formulas that several noises satisfy. */
static void refusals(void)
{
    static const struct {
        const char *formula, *noise;
        double x;
        cgm_status status;
        const char *message;
    } rows[] = {
        {"exp(u + p)", "normal(0, 1)", -1, CGM_E_ARG, "variable 'x', row 0: its formula gives -1 for no noise"},
        {"sqrt(u) + 0*p", "gamma(2, 1)", -.5, CGM_E_ARG, "gives -0.5 for no noise u ~ gamma(2, 1)"},
        {"u + p", "uniform(0, 1)", 2.5, CGM_E_ARG, "gives 2.5 for no noise"},
        {"u + u^3 + p", "uniform(0, 1)", 7, CGM_E_ARG, "gives 7 for no noise"},
        {"u^2 + p", "normal(0, 1)", 2, CGM_E_UNSUPPORTED, "2 does not determine the noise u"},
        {"abs(u) + p", "normal(0, 1)", 2, CGM_E_UNSUPPORTED, "not strictly monotone"},
        {"floor(3*u) + p", "uniform(0, 1)", 2, CGM_E_UNSUPPORTED, "does not determine"},
        {"max(u, 0) + p", "normal(0, 1)", 1, CGM_E_UNSUPPORTED, "does not determine"},
        {"(p - 1)*u", "normal(0, 1)", 0, CGM_E_UNSUPPORTED, "does not determine"},
        {"(p - 1)*u", "normal(0, 1)", 3, CGM_E_ARG, "for no noise"},
        {"u + log(u) + p", "normal(0, 1)", 3, CGM_OK, ""},
        {"if(u > 0, u + 5, u) + p", "normal(0, 1)", 3, CGM_E_ARG, "gives 3 for no noise"},
        {"u*(u - 1) + p", "bernoulli(0.5)", 1, CGM_E_UNSUPPORTED, "does not determine"},
        {"3*u + p", "bernoulli(0.5)", 4, CGM_OK, ""},
        {"3*u + p", "bernoulli(0.5)", 4.1, CGM_E_ARG, "for no noise"},
        {"3*u + p", "bernoulli(1)", 1, CGM_E_ARG, "for no noise"},
        {"u^2 - u/2 + p", "poisson(3)", 8, CGM_E_ARG, "for no noise"},
        {"u^2 - u/2 + p", "poisson(3)", 9 - 1.5 + 1, CGM_OK, ""},
        {"u + p", "point(2.5)", 3.5, CGM_OK, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        one o = one_model(rows[i].formula, rows[i].noise, 1);
        double u;
        cgm_status status = abduct_one(&o, rows[i].x, &u);
        CU_ASSERT_EQUAL(status, rows[i].status);
        if (rows[i].status != CGM_OK) CHECK_FAILS(status, rows[i].status, rows[i].message);
        if (rows[i].status == CGM_E_ARG) CU_ASSERT(log_prob_one(rows[i].x, &o) == -INFINITY);
        cgm_scm_destroy(o.scm);
    }
    one o = one_model("3*u + p", "poisson(3)", 1);
    CHECK_NEAR(log_prob_one(7, &o), log(4.5 * exp(-3)), 1e-12); /* P(u = 2) */
    cgm_scm_destroy(o.scm);
}

static void mechanism_errors(void)
{
    static const char *const rows[][2] = {
        {"a: {type: continuous}\nx: {type: continuous, parents: [a],\n  mechanism: {formula: '2*b + u'}}",
         "test:3: formula:1:3: there is no parent 'b' (the noise is u), at 'b + u'"},
        {"thickness: {type: continuous}\nx: {type: continuous, parents: [thickness], mechanism: {formula: 2*thicknes}}",
         "there is no parent 'thicknes'; did you mean 'thickness'?"},
        {"a: {type: continuous}\nx: {type: continuous, parents: [a], mechanism: {formula: u}}",
         "test:2: the formula does not use the parent 'a'"},
        {"e: {type: continuous}\nx: {type: continuous, parents: [e], mechanism: {formula: e + u}}",
         "the formula does not use the parent 'e'"},
        {"u: {type: continuous}\nx: {type: continuous, parents: [u], mechanism: {formula: 2*u}}",
         "a parent is called 'u', which is the noise"},
        {"x: {type: continuous, mechanism: {formula: 2*(u}}", "test:1: formula:1:5: expected ')'"},
        {"x: {type: continuous, mechanism: {formula: u, noise: 'norml(0, 1)'}}",
         "test:1: noise:1:1: there is no distribution 'norml'; did you mean 'normal'?"},
        {"x: {type: continuous, mechanism: {formula: 3, noise: 'normal(0, 1)'}}", "the formula does not use u"},
        {"x: {type: continuous, mechanism: formula}", "missing"},
        {"x: {type: continuous, mechanism: {formula: u, nois: 3}}", "did you mean"},
        {"x: {type: image, channels: 1, height: 8, width: 8, mechanism: {formula: u}}", "cannot produce an image"},
        {"x: {type: continuous, mechanism: {formula: u^2 + u, noise: poisson(1e8)}}", "more than 65536 values"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        cgm_scm *scm = NULL;
        cgm_status status = read_model(rows[i][0], &scm);
        CU_ASSERT(cgm_status_is_user(status));
        CHECK_FAILS(status, status, rows[i][1]);
        if (status == CGM_OK) cgm_scm_destroy(scm);
    }
}

/* What a formula gives outside its variable's range is an error with the row, not clipped. Categorical variables take
 * levels only. */
static void out_of_range(void)
{
    enum { N = 600 };
    cgm_scm *scm =
        model("a: {type: continuous, mechanism: {formula: 0*u}}\n"
              "x: {type: continuous, range: [0, 10], parents: [a], mechanism: {formula: 'if(a > 1, a, 5) + "
              "0.01*u', noise: 'uniform(-1, 1)'}}\n"
              "d: {type: categorical, levels: 4, parents: [a], mechanism: {formula: floor(4*u) + 0*a, noise: "
              "'uniform(0, 1)'}}");
    double values[N] = {0};
    cgm_rng rng = cgm_rng_create(3);
    cgm_world *world = toy_world(scm, N);
    cgm_intervention x = {.node = 0, .to = -1, .values = values};
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 1, &x, NULL, world));
    double counts[4] = {0};
    for (size_t i = 0; i < N; i++) counts[(size_t)toy_values(scm, world, "d")[i]]++;
    for (size_t k = 0; k < 4; k++) CHECK_NEAR(counts[k], N / 4., 5 * sqrt(N * .25 * .75));
    values[301] = 11;
    CHECK_FAILS(cgm_scm_sample(scm, &rng, 1, &x, NULL, world), CGM_E_ARG, "variable 'x', row 301: ");
    CU_ASSERT(strstr(cgm_error_message(), "is outside its range [0, 10]") != NULL);
    /* a is always 0 and says nothing of its noise; d's level says where u lies, not what it is. */
    values[301] = 0;
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 1, &x, NULL, world));
    CHECK_FAILS(cgm_scm_abduct(scm, &rng, NULL, world), CGM_E_UNSUPPORTED, "variable 'a', row 0: 0 does not determine");
    cgm_world_destroy(world);
    cgm_scm_destroy(scm);
}

static void deterministic(void)
{
    cgm_scm *scm = model("a: {type: continuous, mechanism: {formula: u}}\n"
                         "x: {type: continuous, parents: [a], mechanism: {formula: a^2}}\n");
    CU_ASSERT_EQUAL(cgm_scm_node(scm, 1)->noise_width, 0);
    cgm_rng rng = cgm_rng_create(3);
    cgm_world *world = toy_world(scm, 300), *other = toy_world(scm, 300);
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, NULL, world));
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, NULL, world));
    toy_predict_under(scm, world, DO("a=3"), other);
    CHECK_NEAR(toy_values(scm, other, "x")[7], 9, 0);
    double log_p[2][300], *out[] = {log_p[0], log_p[1]};
    CHECK_FAILS(cgm_scm_log_prob(scm, &rng, world, out), CGM_E_UNSUPPORTED, "variable 'x': its mechanism, formula");
    toy_values(scm, world, "x")[299] += .5;
    CHECK_FAILS(cgm_scm_abduct(scm, &rng, NULL, world), CGM_E_ARG, "variable 'x', row 299: ");
    cgm_world_destroy(other);
    cgm_world_destroy(world);
    cgm_scm_destroy(scm);
}

static const test_case cases[] = {
    {"values", values},
    {"many rows", many_rows},
    {"derivatives", derivatives},
    {"affine", affine},
    {"parse errors", parse_errors},
    {"bombs", bombs},
    {"hostile texts", hostile},
    {"distributions", distributions},
    {"supports", supports},
    {"extremes", extremes},
    {"samples", samples},
    {"distribution errors", distribution_errors},
    {"intensity", intensity},
    {"inverses", inverses},
    {"refusals", refusals},
    {"mechanism errors", mechanism_errors},
    {"out of range", out_of_range},
    {"deterministic", deterministic},
};
TEST_MAIN("formula", cases)
