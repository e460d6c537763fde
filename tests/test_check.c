/* Graphs against data: the implied independences, each test beside an independent implementation, their calibration,
 * and the whole from a config. */
#include <math.h>
#include <string.h>

#include "base/gsl_quiet.h"
#include "scm/check/independence.h"
#include "scm/graphs/separation.h"
#include "tests/fixtures/check.h"
#include "tests/graph_toys.h"

/* ---- implied independences */

static bool has_edge(const cgm_dag *dag, size_t a, size_t b)
{
    const size_t *list;
    for (size_t k = cgm_dag_parents(dag, a, &list); k-- > 0;)
        if (list[k] == b) return true;
    for (size_t k = cgm_dag_children(dag, a, &list); k-- > 0;)
        if (list[k] == b) return true;
    for (size_t k = cgm_dag_siblings(dag, a, &list); k-- > 0;)
        if (list[k] == b) return true;
    return false;
}

static bool separates(const cgm_dag *dag, size_t a, size_t b, uint64_t z)
{
    uint64_t x = UINT64_C(1) << a, y = UINT64_C(1) << b;
    bool answer = false;
    CHECK_OK(cgm_dag_separates(dag, &x, &y, &z, &answer));
    return answer;
}

/* The size of the smallest subset of `observed` that separates a and b, by trying them all; -1: none does. */
static int fewest(const cgm_dag *dag, size_t a, size_t b, uint64_t observed)
{
    int best = -1;
    observed &= ~(UINT64_C(1) << a | UINT64_C(1) << b);
    for (uint64_t z = observed;; z = (z - 1) & observed) {
        int size = __builtin_popcountll(z);
        if ((best < 0 || size < best) && separates(dag, a, b, z)) best = size;
        if (z == 0) return best;
    }
}

static void test_implied(void)
{
    cgm_rng rng = cgm_rng_create(11);
    size_t without = 0;
    for (size_t k = 0; k < 300; k++) {
        size_t n = 2 + cgm_rng_below(&rng, 5), pairs = 0;
        cgm_dag *dag = toy_random_dag(&rng, n, 0.5, k % 2 ? 0.3 : 0);
        uint64_t observed = (UINT64_C(1) << n) - 1;
        if (k % 3 == 0) observed &= ~(UINT64_C(1) << cgm_rng_below(&rng, n));
        cgm_arena arena = {0};
        cgm_implied implied;
        REQUIRE_OK(cgm_dag_implied(dag, &observed, &arena, &implied));
        for (size_t a = 0; a < n; a++)
            for (size_t b = a + 1; b < n; b++)
                pairs += (observed >> a & 1) && (observed >> b & 1) && !has_edge(dag, a, b);
        CU_ASSERT_EQUAL(implied.n, pairs);
        size_t inseparable = 0;
        for (size_t i = 0; i < implied.n; i++) {
            const cgm_independence *one = &implied.independence[i];
            int want = fewest(dag, one->a, one->b, observed);
            CU_ASSERT(!has_edge(dag, one->a, one->b));
            CU_ASSERT_EQUAL(one->given != NULL, want >= 0);
            inseparable += !one->given;
            if (!one->given) continue;
            CU_ASSERT_EQUAL(__builtin_popcountll(*one->given), want);
            CU_ASSERT(separates(dag, one->a, one->b, *one->given));
            CU_ASSERT_EQUAL(*one->given & ~observed, 0);
        }
        CU_ASSERT_EQUAL(implied.n_inseparable, inseparable);
        without += inseparable;
        cgm_arena_clear(&arena);
        cgm_dag_destroy(dag);
    }
    CU_ASSERT(without > 20); /* both answers were met */
}

/* ---- single tests */

static const cgm_column col_a = {check_a, 0}, col_b = {check_b, 0}, col_c = {check_c, 0}, col_d = {check_d, 3},
                        col_e = {check_e, 2}, col_f = {check_f, 4};

typedef cgm_status test_fn(const cgm_question *q, cgm_verdict *out);

static cgm_question question(size_t n, cgm_column x, cgm_column y, size_t n_given, const cgm_column *given)
{
    return (cgm_question){
        .n = n, .x = x, .y = y, .n_given = n_given, .given = given, .rng = cgm_rng_create(1), .permutations = 199};
}

static void compare(test_fn *run, cgm_column x, cgm_column y, size_t n_given, const cgm_column *given,
                    const double want[2], double tolerance)
{
    cgm_verdict v;
    const cgm_question q = question(CHECK_ROWS, x, y, n_given, given);
    REQUIRE_OK(run(&q, &v));
    CU_ASSERT_PTR_NULL(v.why_not);
    CHECK_NEAR(v.statistic, want[0], tolerance * (1 + fabs(want[0])));
    CHECK_NEAR(v.p / want[1], 1, 100 * tolerance);
}

static void test_fixtures(void)
{
    const cgm_column cd[] = {col_c, col_d}, ce[] = {col_c, col_e}, cf[] = {col_c, col_f};
    compare(cgm_test_partial, col_a, col_b, 2, cd, check_partial, 1e-10);
    compare(cgm_test_partial, col_b, col_a, 2, cd, check_partial, 1e-10);
    compare(cgm_test_nested, col_b, col_d, 2, ce, check_nested, 1e-10);
    compare(cgm_test_nested, col_d, col_b, 2, ce, check_nested, 1e-10);
    compare(cgm_test_logistic, col_d, col_e, 1, &col_c, check_logistic, 1e-8);
    compare(cgm_test_logistic, col_e, col_d, 2, cf, check_logistic_three, 1e-6); /* with an impossible pair of levels */
    compare(cgm_test_g, col_f, col_e, 1, &col_d, check_g, 1e-10);
    compare(cgm_test_gcm, col_a, col_b, 2, cd, check_gcm_numbers, 1e-8);
    compare(cgm_test_gcm, col_a, col_d, 1, &col_c, check_gcm_levels, 1e-8);
    compare(cgm_test_gcm, col_a, col_b, 0, NULL, check_gcm_marginal, 1e-8);
}

/* Fisher's exact test is what permutations of a 2x2 table come to, one-sided on G. Table 3 1 / 1 3: the tables at least
 * as extreme are 3-1, 1-3, 4-0, 0-4, of probabilities 16, 16, 1, 1 of 70. */
static void test_permutations(void)
{
    const double x[] = {0, 0, 0, 0, 1, 1, 1, 1}, y[] = {0, 0, 0, 1, 0, 1, 1, 1};
    cgm_verdict v;
    cgm_question q = question(8, (cgm_column){x, 2}, (cgm_column){y, 2}, 0, NULL);
    double sum = 0;
    enum { TIMES = 400 };
    for (size_t k = 0; k < TIMES; k++) {
        q.rng = cgm_rng_create(k);
        REQUIRE_OK(cgm_test_g(&q, &v));
        CU_ASSERT_EQUAL(v.test, CGM_TEST_G_PERMUTED);
        sum += v.p;
    }
    CHECK_NEAR(v.statistic, 2 * (6 * log(1.5) + 2 * log(0.5)), 1e-12);
    /* Each p has a standard deviation of 0.05 or less (50 of about 103 draws), and a bias of less than 0.01. */
    CHECK_NEAR(sum / TIMES, 34 / 70.0, 0.02);
}

/* What data do not allow is said. */
static void test_refusals(void)
{
    double same[CHECK_ROWS], constant[CHECK_ROWS] = {0};
    for (size_t i = 0; i < CHECK_ROWS; i++) same[i] = 3 - 2 * check_c[i];
    const cgm_column twice = {same, 0}, one = {constant, 2};
    const struct {
        test_fn *run;
        size_t n;
        cgm_column x, y, given;
        const char *why;
    } cases[] = {
        {cgm_test_partial, CHECK_ROWS, twice, col_a, col_c, "a variable is a function of the others"},
        {cgm_test_partial, 4, col_a, col_b, col_c, "too few rows"},
        {cgm_test_nested, CHECK_ROWS, twice, col_d, col_c, "a variable is a function of the others"},
        {cgm_test_nested, CHECK_ROWS, col_a, one, col_c, "a variable is a function of the others"},
        {cgm_test_nested, 5, col_a, col_d, col_c, "too few rows"},
        {cgm_test_logistic, 20, col_e, col_d, col_c, "too few rows"},
        {cgm_test_g, CHECK_ROWS, col_d, col_e, col_d, "no stratum in which both vary"},
        {cgm_test_gcm, 50, col_a, col_b, col_c, "too few rows"},
        {cgm_test_gcm, CHECK_ROWS, col_a, one, col_c, "a variable is a function of the others"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        cgm_verdict v;
        const cgm_question q = question(cases[k].n, cases[k].x, cases[k].y, 1, &cases[k].given);
        REQUIRE_OK(cases[k].run(&q, &v));
        CU_ASSERT_PTR_NOT_NULL_FATAL(v.why_not);
        CU_ASSERT_STRING_EQUAL(v.why_not, cases[k].why);
        CU_ASSERT(isnan(v.p));
    }
    /* A redundant column in the set changes nothing. */
    const cgm_column doubled[] = {col_c, col_d, twice};
    compare(cgm_test_partial, col_a, col_b, 3, doubled, check_partial, 1e-10);
}

/* ---- calibration */

enum { SETS = 500, SET_ROWS = 200 };

/* A data set in which x and y depend on z alone, not linearly, each in its own way; `levels` says which are levels; a
 * `bond` above 0 joins x and y by y += bond x^2, or in levels by copying. */
typedef struct sample {
    double x[SET_ROWS], y[SET_ROWS], z[SET_ROWS];
} sample;

static void draw(cgm_rng *rng, bool linear, bool x_levels, bool y_levels, bool z_levels, double bond, sample *s)
{
    for (size_t i = 0; i < SET_ROWS; i++) {
        size_t level = cgm_rng_below(rng, 3);
        double z = z_levels ? 0.4 * (double)level - 0.4 : cgm_rng_normal(rng), u = cgm_rng_normal(rng);
        s->z[i] = z_levels ? (double)level : z;
        s->x[i] = (linear ? z : sin(z) + 0.3 * z * z) + u;
        if (x_levels) s->x[i] = (z + u > -0.4) + (z + u > 0.4);
        s->y[i] = (linear ? -0.5 * z : cos(z)) + 0.7 * cgm_rng_normal(rng);
        s->y[i] += bond * (x_levels || y_levels ? 1.5 * (s->x[i] - 1) : u * u - 1);
        if (y_levels) s->y[i] = s->y[i] > 0;
    }
}

/* The largest distance of the p values' distribution function to that of the uniform one, and on its upper side alone.
 */
static double distance(double *p, bool upper_only)
{
    double largest = 0;
    for (size_t a = 0; a < SETS; a++) {
        size_t at_most = 0, below = 0;
        for (size_t b = 0; b < SETS; b++) {
            at_most += p[b] <= p[a];
            below += p[b] < p[a];
        }
        if (!(p[a] >= 0 && p[a] <= 1)) return INFINITY;
        largest = fmax(largest, (double)at_most / SETS - p[a]);
        if (!upper_only) largest = fmax(largest, p[a] - (double)below / SETS);
    }
    return largest;
}

typedef struct null_case {
    const char *name;
    test_fn *run;
    bool linear, x_levels, y_levels, z_levels;
} null_case;

static const null_case null_cases[] = {{"partial", cgm_test_partial, true, false, false, false},
                                       {"partial, levels", cgm_test_partial, true, false, false, true},
                                       {"nested", cgm_test_nested, true, true, false, false},
                                       {"logistic", cgm_test_logistic, true, true, true, false},
                                       {"G", cgm_test_g, true, true, true, true},
                                       {"GCM", cgm_test_gcm, false, false, false, false},
                                       {"GCM, levels", cgm_test_gcm, false, true, false, false},
                                       {"GCM, given levels", cgm_test_gcm, false, false, true, true}};

static cgm_question ask(const null_case *c, const sample *s, const cgm_column *z)
{
    return question(SET_ROWS, (cgm_column){s->x, c->x_levels ? 3 : 0}, (cgm_column){s->y, c->y_levels ? 2 : 0}, 1, z);
}

/* Kolmogorov and Smirnov's distance has the critical value 1.95 / sqrt(500) at a level of 1e-3. */
static void test_calibration(void)
{
    cgm_gsl_quiet_begin();
    for (size_t k = 0; k < sizeof null_cases / sizeof *null_cases; k++) {
        const null_case *c = &null_cases[k];
        cgm_rng rng = cgm_rng_create(100 + k);
        double p[SETS];
        for (size_t i = 0; i < SETS; i++) {
            static sample s;
            draw(&rng, c->linear, c->x_levels, c->y_levels, c->z_levels, 0, &s);
            const cgm_column z = {s.z, c->z_levels ? 3 : 0};
            cgm_question q = ask(c, &s, &z);
            cgm_verdict v;
            REQUIRE_OK(c->run(&q, &v));
            p[i] = v.p;
        }
        double d = distance(p, false);
        if (!(d <= 1.95 / sqrt(SETS))) fprintf(stderr, "%s: distance %g\n", c->name, d);
        CU_ASSERT(d <= 1.95 / sqrt(SETS));
    }
    cgm_gsl_quiet_end();
}

/* Permutations of sparse tables: p is discrete, and never too small. */
static void test_sparse_calibration(void)
{
    double p[SETS];
    cgm_rng rng = cgm_rng_create(7);
    for (size_t i = 0; i < SETS; i++) {
        double x[20], y[20];
        for (size_t k = 0; k < 20; k++) {
            x[k] = (double)cgm_rng_below(&rng, 3);
            y[k] = (double)cgm_rng_below(&rng, 4);
        }
        cgm_verdict v;
        cgm_question q = question(20, (cgm_column){x, 3}, (cgm_column){y, 4}, 0, NULL);
        q.rng = cgm_rng_split_index(&rng, i);
        REQUIRE_OK(cgm_test_g(&q, &v));
        CU_ASSERT_EQUAL(v.test, CGM_TEST_G_PERMUTED);
        p[i] = v.p;
    }
    CU_ASSERT(distance(p, true) <= 1.95 / sqrt(SETS));
}

/* A bond between x and y is seen in nearly all of 60 data sets; that of x squared, which has no linear part, by the
 * generalised covariance measure and not by partial correlation. */
static void test_power(void)
{
    cgm_gsl_quiet_begin();
    for (size_t k = 0; k < sizeof null_cases / sizeof *null_cases; k++) {
        const null_case *c = &null_cases[k];
        bool blind = c->run == cgm_test_partial;
        cgm_rng rng = cgm_rng_create(200 + k);
        size_t seen = 0;
        for (size_t i = 0; i < 60; i++) {
            static sample s;
            draw(&rng, c->linear, c->x_levels, c->y_levels, c->z_levels, 1, &s);
            const cgm_column z = {s.z, c->z_levels ? 3 : 0};
            cgm_question q = ask(c, &s, &z);
            cgm_verdict v;
            REQUIRE_OK(c->run(&q, &v));
            seen += v.p < 0.0051; /* the least that 199 permutations give is 0.005 */
        }
        if (blind ? seen > 30 : seen < 50) fprintf(stderr, "%s: seen in %zu of 60\n", c->name, seen);
        CU_ASSERT(blind ? seen <= 30 : seen >= 50);
    }
    cgm_gsl_quiet_end();
}

/* R's p.adjust on these. */
static void test_adjust(void)
{
    const double p[] = {0.001, 0.012, 0.02, 0.04, 0.9};
    const double holm[] = {0.005, 0.048, 0.06, 0.08, 0.9}, bh[] = {0.005, 0.03, 0.1 / 3, 0.05, 0.9};
    double out[5];
    cgm_adjust_p(CGM_HOLM, 5, p, out);
    for (size_t k = 0; k < 5; k++) CHECK_NEAR(out[k], holm[k], 1e-12);
    cgm_adjust_p(CGM_BENJAMINI_HOCHBERG, 5, p, out);
    for (size_t k = 0; k < 5; k++) CHECK_NEAR(out[k], bh[k], 1e-12);
    const double large[] = {0.5, 0.6};
    cgm_adjust_p(CGM_HOLM, 2, large, out);
    CHECK_NEAR(out[0], 1, 0);
    cgm_adjust_p(CGM_BENJAMINI_HOCHBERG, 2, large, out);
    CHECK_NEAR(out[0], 0.6, 1e-15);
}

/* ---- the whole */

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fputs(text, f);
    CU_ASSERT_EQUAL_FATAL(fclose(f), 0);
}

/* z -> x, z -> y, x -> w <- y, all numbers but w, and a constant. */
static void write_data(size_t n)
{
    FILE *f = fopen(test_path("check.csv"), "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    cgm_rng rng = cgm_rng_create(5);
    fprintf(f, "z,x,y,w,flat\n");
    for (size_t i = 0; i < n; i++) {
        double z = cgm_rng_normal(&rng), x = sin(2 * z) + 0.5 * cgm_rng_normal(&rng);
        double y = z * z + 0.5 * cgm_rng_normal(&rng), w = x + y + cgm_rng_normal(&rng);
        fprintf(f, "%.6f,%.6f,%.6f,%s,1\n", z, x, y, w > 1 ? "high" : "low");
    }
    CU_ASSERT_EQUAL_FATAL(fclose(f), 0);
}

/* Opens graph and data of a config. */
static void open_config(const char *text, cgm_config **config, cgm_dag **dag, cgm_dataset **data)
{
    REQUIRE_OK(cgm_config_parse(text, "c.yaml", config));
    REQUIRE_OK(cgm_dag_from_config(cgm_config_root(*config), dag));
    REQUIRE_OK(cgm_check_open_data(*config, test_directory(), 1, NULL, data));
}

/* How often the config's graph is contradicted, of how many tests. */
static void count(const char *text, int threads, size_t *contradicted, size_t *tested, char names[256])
{
    cgm_config *config = NULL;
    cgm_dag *dag = NULL;
    cgm_dataset *data = NULL;
    cgm_arena arena = {0};
    cgm_check check;
    cgm_check_opts opts;
    cgm_check_init(&opts);
    opts.threads = threads;
    open_config(text, &config, &dag, &data);
    REQUIRE_OK(cgm_check_graph(dag, data, &opts, &arena, &check));
    *contradicted = check.n_contradicted;
    *tested = check.n_tested;
    size_t used = 0;
    names[0] = '\0';
    for (size_t k = 0; k < check.n; k++) {
        const cgm_check_row *row = &check.row[k];
        CU_ASSERT_EQUAL(row->why_not == NULL, k < check.n_tested);
        if (k > 0 && k < check.n_tested) CU_ASSERT(check.row[k - 1].p <= row->p);
        if (row->contradicted)
            used += (size_t)snprintf(names + used, 256 - used, "%s-%s ", cgm_dag_name(dag, row->a),
                                     cgm_dag_name(dag, row->b));
    }
    cgm_arena_clear(&arena);
    cgm_dataset_destroy(data);
    cgm_dag_destroy(dag);
    cgm_config_destroy(config);
}

static void test_whole(void)
{
    char names[256];
    size_t contradicted, tested;
    write_data(600);
#define HEAD "data: {path: check.csv}\ngraph:\n  z: {type: continuous}\n"
    /* The true graph; types given, and then left to the data. */
    count(HEAD "  x: {type: continuous, parents: [z]}\n  y: {type: continuous, parents: [z]}\n"
               "  w: {type: binary, levels: [low, high], parents: [x, y]}\n",
          1, &contradicted, &tested, names);
    CU_ASSERT_EQUAL(tested, 2);
    CU_ASSERT_EQUAL(contradicted, 0);
    count(
        "data: {path: check.csv}\ngraph:\n  z: {}\n  x: {parents: [z]}\n  y: {parents: [z]}\n  w: {parents: [x, y]}\n",
        1, &contradicted, &tested, names);
    CU_ASSERT_EQUAL(tested, 2);
    CU_ASSERT_EQUAL(contradicted, 0);
    /* Without z -> y: y depends on z, and x and y on one another, which no linear test could see. */
    count("data: {path: check.csv}\ngraph:\n  z: {}\n  x: {parents: [z]}\n  y: {}\n  w: {parents: [x, y]}\n", 2,
          &contradicted, &tested, names);
    CU_ASSERT_EQUAL(tested, 3);
    CU_ASSERT(strstr(names, "z-y") != NULL);
    /* A hidden cause makes up for the arrow; the collider w is not conditioned on. */
    count("data: {path: check.csv}\ngraph:\n  z: {}\n  x: {parents: [z]}\n  y: {}\n  w: {parents: [x, y]}\n"
          "hidden: [[z, y], [x, y]]\n",
          1, &contradicted, &tested, names);
    CU_ASSERT_EQUAL(contradicted, 0);
    /* A pair without a separating set is not tested: z <-> x <-> y with z -> w <- x. */
    count("data: {path: check.csv}\ngraph:\n  z: {}\n  x: {parents: [z]}\n  y: {parents: [x]}\n"
          "hidden: [[x, y]]\n",
          1, &contradicted, &tested, names);
    CU_ASSERT_EQUAL(tested, 0);
}

static void test_bad_input(void)
{
    cgm_config *config = NULL;
    cgm_dag *dag = NULL;
    cgm_dataset *data = NULL;
    cgm_arena arena = {0};
    cgm_check check;
    cgm_check_opts opts;
    write_data(30);
    cgm_check_init(&opts);
    open_config("data: {path: check.csv}\ngraph:\n  z: {}\n  x: {}\n  flat: {}\n", &config, &dag, &data);
    REQUIRE_OK(cgm_check_graph(dag, data, NULL, &arena, &check));
    CU_ASSERT_EQUAL(check.n, 3);
    CU_ASSERT_EQUAL(check.n_tested, 1);
    CU_ASSERT_EQUAL(check.row[0].test, CGM_TEST_PARTIAL); /* too few rows for the other */
    CU_ASSERT_EQUAL(*check.constant, UINT64_C(4));
    CU_ASSERT_STRING_EQUAL(check.row[1].why_not, "constant in the data");
    opts.alpha = 1;
    CHECK_FAILS(cgm_check_graph(dag, data, &opts, &arena, &check), CGM_E_ARG, "alpha is 1");
    cgm_dag_destroy(dag);
    dag = toy_dag("z->flatt");
    CHECK_FAILS(cgm_check_graph(dag, data, NULL, &arena, &check), CGM_E_ARG, "did you mean 'flat'?");
    cgm_dag_destroy(dag);
    cgm_dataset_destroy(data);
    cgm_config_destroy(config);

    write_data(9);
    open_config("data: {path: check.csv}\ngraph:\n  z: {}\n  x: {}\n", &config, &dag, &data);
    CHECK_FAILS(cgm_check_graph(dag, data, NULL, &arena, &check), CGM_E_ARG, "9 rows; expected at least 10");
    cgm_dag_destroy(dag);
    cgm_dataset_destroy(data);
    cgm_config_destroy(config);
    cgm_arena_clear(&arena);

    REQUIRE_OK(cgm_config_parse("graph:\n  z: {}\n", "c.yaml", &config));
    CHECK_FAILS(cgm_check_open_data(config, NULL, 1, NULL, &data), CGM_E_CONFIG, "expected `data`");
    cgm_config_destroy(config);
    write_file(test_path("nan.csv"), "z,x\n1,2\n1,nan\n");
    REQUIRE_OK(cgm_config_parse("data: {path: nan.csv}\ngraph:\n  z: {}\n  x: {}\n", "c.yaml", &config));
    CHECK_FAILS(cgm_check_open_data(config, test_directory(), 1, NULL, &data), CGM_E_FORMAT, "nan.csv:3");
    cgm_config_destroy(config);
}

static const test_case cases[] = {
    {"implied independences", test_implied},
    {"tests beside another implementation", test_fixtures},
    {"permutations", test_permutations},
    {"what data do not allow", test_refusals},
    {"calibration", test_calibration},
    {"calibration of permutations", test_sparse_calibration},
    {"power", test_power},
    {"adjusted p values", test_adjust},
    {"graphs against data", test_whole},
    {"bad input", test_bad_input},
};

TEST_MAIN("check", cases)
