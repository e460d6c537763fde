/* Hidden common causes: joint noise against closed forms, what is refused, and the choice of how an effect is computed
 * against the truth of random models. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/hidden.h"
#include "scm/mediation/mediation.h"
#include "scm/queries/effect.h"
#include "scm/queries/likelihood.h"
#include "scm/queries/unit.h"
#include "tests/known.h"
#include "tests/run_toys.h"

static cgm_status parse(const char *text, cgm_scm **out)
{
    cgm_config *config = NULL;
    REQUIRE_OK(cgm_config_parse(text, "m.yaml", &config));
    cgm_status status = cgm_scm_from_known(config, out);
    cgm_config_destroy(config);
    return status;
}

/* The effect of x on y. */
static cgm_effect_opts x_on_y(void)
{
    cgm_effect_opts opts;
    cgm_effect_init(&opts);
    opts.treatment = "x";
    opts.outcome = "y";
    return opts;
}

#define LG(rest) "mechanism: {kind: linear_gaussian, coefficients: {" rest "}}}\n"
#define PAIR                                                                                                           \
    "graph:\n  x: {type: continuous, " LG("intercept: 0, sigma: 1") "  y: {type: continuous, parents: [x], " LG(       \
        "intercept: 0, x: 2, sigma: 1")
#define FORMULAS                                                                                                       \
    "graph:\n  x: {type: continuous, mechanism: {formula: u}}\n"                                                       \
    "  y: {type: continuous, parents: [x], mechanism: {formula: '2*x + 0*x^2 + u'}}\n" /* not affine by its form */
#define HALF "hidden: [{between: [y, x], correlation: 0.5}]\n"

/* ---- Joint noise ---- */

static cgm_evidence probability(const cgm_scm *scm, const char *evidence)
{
    cgm_arena arena = {0};
    cgm_observation *seen = NULL;
    cgm_evidence e = {0};
    cgm_rng rng = cgm_rng_create(3);
    size_t n = 0;
    REQUIRE_OK(cgm_scm_parse_evidence(scm, evidence, &arena, &n, &seen));
    REQUIRE_OK(cgm_scm_evidence(scm, &rng, n, seen, &(cgm_unit_opts){.particles = 40000}, &e));
    cgm_arena_clear(&arena);
    return e;
}

static cgm_unit_answer ask(const cgm_scm *scm, const char *evidence, const char *what)
{
    cgm_arena arena = {0};
    cgm_observation *seen = NULL;
    cgm_intervention todo;
    cgm_unit_answer a = {.n = 0};
    cgm_rng rng = cgm_rng_create(3);
    size_t n = 0;
    REQUIRE_OK(cgm_scm_parse_evidence(scm, evidence, &arena, &n, &seen));
    REQUIRE_OK(cgm_scm_parse_intervention(scm, what, &todo));
    REQUIRE_OK(cgm_scm_unit(scm, &rng, n, seen, 1, &todo, &(cgm_unit_opts){.particles = 40000}, &a));
    cgm_arena_clear(&arena);
    return a;
}

/* y = 2 u_x + u_y with correlation 1/2 has variance 7, and u_y covariance 2 with it. */
static void correlated_pair(void)
{
    cgm_scm *exact = known(PAIR HALF), *drawn = known(FORMULAS HALF);
    const double marginal = -(1.5 * 1.5 / 7 + log(2 * M_PI * 7)) / 2;
    /* x = 0.5, y = 1.5: u = (0.5, 0.5), u' R^-1 u = 1/3, |R| = 3/4 */
    const double joint = -(1.0 / 3 + log(0.75)) / 2 - log(2 * M_PI);
    cgm_evidence e = probability(exact, "y=1.5"), d = probability(drawn, "y=1.5");
    CU_ASSERT(e.method == CGM_EVIDENCE_GAUSSIAN && d.method == CGM_EVIDENCE_PARTICLES);
    CHECK_NEAR(e.log_prob, marginal, 1e-12);
    CHECK_NEAR(d.log_prob, marginal, 4 * d.mc_error);
    CU_ASSERT(d.mc_error > 1e-3 && d.mc_error < 0.02);
    CHECK_NEAR(probability(exact, "x=0.5, y=1.5").log_prob, joint, 1e-12);
    CHECK_NEAR(probability(drawn, "x=0.5, y=1.5").log_prob, joint, 1e-10);
    cgm_unit_answer a = ask(exact, "y=1.5", "x=1"), b = ask(drawn, "y=1.5", "x=1");
    int y = cgm_scm_find(exact, "y");
    CU_ASSERT(a.method == CGM_UNIT_GAUSSIAN && b.method == CGM_UNIT_PARTICLES);
    CHECK_NEAR(a.value[y].mean, 2 + 2.0 / 7 * 1.5, 1e-12);
    CHECK_NEAR(a.value[y].sd, sqrt(1 - 4.0 / 7), 1e-12);
    CHECK_NEAR(b.value[y].mean, a.value[y].mean, 4 * b.value[y].mc_error);
    CHECK_NEAR(b.value[y].sd, a.value[y].sd, 0.02);
    cgm_unit_answer_clear(&a);
    cgm_unit_answer_clear(&b);
    b = ask(drawn, "x=0.5, y=1.5", "x=1"); /* determined, whatever the correlation */
    CU_ASSERT(b.method == CGM_UNIT_ABDUCTION);
    CHECK_NEAR(b.value[y].mean, 2.5, 1e-12);
    cgm_unit_answer_clear(&b);
    cgm_scm_destroy(exact);
    cgm_scm_destroy(drawn);
}

/* Three noises with two correlations: samples have them, and 0 where none is given; the same whatever the number of
 * rows. */
static void correlated_samples(void)
{
    enum { N = 20000 };
    static const char *const names[] = {"a", "b", "c"};
    const double wanted[3][3] = {{1, 0, 0.6}, {0, 1, -0.5}, {0.6, -0.5, 1}};
    cgm_scm *scm =
        known("graph:\n  a: {type: continuous, mechanism: {formula: u}}\n"
              "  b: {type: continuous, mechanism: {formula: u}}\n"
              "  c: {type: continuous, mechanism: {formula: u}}\n"
              "hidden:\n  - {between: [c, a], correlation: 0.6}\n  - {between: [b, c], correlation: -0.5}\n");
    cgm_world *world = NULL, *few = NULL;
    cgm_rng rng = cgm_rng_create(5);
    REQUIRE_OK(cgm_world_create(scm, N, &world));
    REQUIRE_OK(cgm_world_create(scm, 10, &few));
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, NULL, world));
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, NULL, few));
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            const double *x = world->value[cgm_scm_find_node(scm, names[i])].data;
            const double *y = world->value[cgm_scm_find_node(scm, names[k])].data;
            double sum = 0;
            for (int r = 0; r < N; r++) sum += x[r] * y[r];
            double r = wanted[i][k], error = sqrt((1 + r * r) / N);
            CHECK_NEAR(sum / N, r, 4 * error);
            CHECK_NEAR(few->value[cgm_scm_find_node(scm, names[i])].data[9], x[9], 0);
        }
    cgm_world_destroy(world);
    cgm_world_destroy(few);
    cgm_scm_destroy(scm);
}

static void bad_correlations(void)
{
    static const struct {
        const char *text;
        cgm_status status;
        const char *message;
    } cases[] = {
        {FORMULAS "hidden: [{between: [x, y], correlation: 1}]\n", CGM_E_CONFIG,
         "m.yaml:4: hidden: correlation: expected"},
        {FORMULAS "hidden: [{between: [x, y], correlation: 2}]\n", CGM_E_CONFIG, "correlation"},
        {FORMULAS "hidden: [{between: [x, y]}]\n", CGM_E_CONFIG, "correlation"},
        {FORMULAS "hidden: [{between: [x, yy], correlation: 0}]\n", CGM_E_CONFIG, "is not a variable of the graph"},
        {FORMULAS "hidden: [{between: [x, x], correlation: 0}]\n", CGM_E_CONFIG, "one variable"},
        {FORMULAS "hidden: [[x, y], {between: [y, x], correlation: 0}]\n", CGM_E_CONFIG, "[y, x] is there twice"},
        {"graph:\n  x: {type: continuous, mechanism: {formula: u}}\n"
         "  y: {type: continuous, mechanism: {formula: u, noise: 'normal(0, 2)'}}\nhidden: [{between: [x, y], "
         "correlation: 0.1}]\n",
         CGM_E_CONFIG, "the noise of 'y' (formula) is not one standard normal number"},
        {"graph:\n  a: {type: continuous, mechanism: {formula: u}}\n  b: {type: continuous, mechanism: {formula: u}}\n"
         "  c: {type: continuous, mechanism: {formula: u}}\nhidden:\n  - {between: [a, b], correlation: 0.9}\n"
         "  - {between: [b, c], correlation: 0.9}\n  - {between: [a, c], correlation: -0.9}\n",
         CGM_E_CONFIG, "not positive definite"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cgm_scm *scm = NULL;
        CHECK_FAILS(parse(cases[i].text, &scm), cases[i].status, cases[i].message);
    }
}

static void unknown_joint_is_refused(void)
{
    cgm_scm *scm = known(FORMULAS "hidden: [[x, y]]\n");
    cgm_world *world = NULL;
    cgm_intervention x;
    cgm_rng rng = cgm_rng_create(1);
    cgm_unit_answer a;
    double *none[2] = {NULL, NULL};
    cgm_observation seen = {1, 0.5};
    REQUIRE_OK(cgm_world_create(scm, 1, &world));
    CHECK_FAILS(cgm_scm_sample(scm, &rng, 0, NULL, NULL, world), CGM_E_UNSUPPORTED, "sample: 'x' and 'y' have hidden");
    CHECK_FAILS(cgm_scm_abduct(scm, &rng, NULL, world), CGM_E_UNSUPPORTED, "counterfactual: 'x' and 'y' have hidden");
    CHECK_FAILS(cgm_scm_log_prob(scm, &rng, world, none), CGM_E_UNSUPPORTED, "log-probability: 'x' and 'y'");
    CHECK_FAILS(cgm_scm_unit(scm, &rng, 1, &seen, 0, NULL, NULL, &a), CGM_E_UNSUPPORTED, "correlation: R");
    /* x as such is no problem: y is a known function of it. */
    REQUIRE_OK(cgm_scm_parse_intervention(scm, "x=3", &x));
    CHECK_OK(cgm_scm_sample(scm, &rng, 1, &x, NULL, world));
    REQUIRE_OK(cgm_scm_parse_intervention(scm, "y=3", &x));
    CHECK_OK(cgm_scm_sample(scm, &rng, 1, &x, NULL, world));
    cgm_world_destroy(world);
    cgm_scm_destroy(scm);
}

/* ---- Effects against the truth of random models ---- */

/* Binary variables v0..v4 in topological order, and binary hidden causes of pairs. */
enum { N = 5, MAX_HIDDEN = 3 };
typedef struct truth {
    bool edge[N][N]; /* cause, effect */
    size_t n_hidden, pair[MAX_HIDDEN][2];
    double p_hidden[MAX_HIDDEN];
    double p[N][1 << (N + MAX_HIDDEN)]; /* P(v = 1 | all causes), by their values as bits */
} truth;

static truth random_truth(cgm_rng *rng)
{
    truth t = {.n_hidden = 1 + cgm_rng_below(rng, MAX_HIDDEN)};
    for (int i = 0; i < N; i++)
        for (int k = i + 1; k < N; k++) t.edge[i][k] = cgm_rng_uniform(rng) < 0.5;
    for (size_t h = 0; h < t.n_hidden; h++) {
        bool again;
        do {
            t.pair[h][0] = cgm_rng_below(rng, N - 1);
            t.pair[h][1] = t.pair[h][0] + 1 + cgm_rng_below(rng, N - 1 - t.pair[h][0]);
            again = false;
            for (size_t k = 0; k < h; k++) again |= memcmp(t.pair[k], t.pair[h], sizeof *t.pair) == 0;
        } while (again);
        t.p_hidden[h] = 0.2 + 0.6 * cgm_rng_uniform(rng);
    }
    for (int v = 0; v < N; v++)
        for (int row = 0; row < 1 << (N + MAX_HIDDEN); row++) t.p[v][row] = 0.1 + 0.8 * cgm_rng_uniform(rng);
    return t;
}

/* What v depends on, of a whole state: bits of the variables, then of the hidden causes. */
static unsigned causes_of(const truth *t, int v)
{
    unsigned mask = 0;
    for (int i = 0; i < v; i++) mask |= t->edge[i][v] ? 1u << i : 0;
    for (size_t h = 0; h < t->n_hidden; h++)
        if ((int)t->pair[h][0] == v || (int)t->pair[h][1] == v) mask |= 1u << (N + h);
    return mask;
}

/* The joint distribution of the variables when those of `set` have the values in `to`. */
static void joint_of(const truth *t, unsigned set, unsigned to, double joint[1 << N])
{
    memset(joint, 0, (1 << N) * sizeof *joint);
    for (unsigned state = 0; state < 1u << (N + t->n_hidden); state++) {
        double p = 1;
        if ((state & set) != to) continue;
        for (size_t h = 0; h < t->n_hidden; h++) p *= state >> (N + h) & 1 ? t->p_hidden[h] : 1 - t->p_hidden[h];
        for (int v = 0; v < N; v++) {
            double one = t->p[v][state & causes_of(t, v)];
            if (!(set >> v & 1)) p *= state >> v & 1 ? one : 1 - one;
        }
        joint[state & ((1u << N) - 1)] += p;
    }
}

static double sum_where(const double joint[1 << N], unsigned mask, unsigned values)
{
    double sum = 0;
    for (unsigned state = 0; state < 1u << N; state++)
        if ((state & mask) == values) sum += joint[state];
    return sum;
}

/* P(v | parents) of the observed joint, which is what a fit would find. */
static double fitted(const truth *t, const double joint[1 << N], int v, unsigned state)
{
    unsigned parents = causes_of(t, v) & ((1u << N) - 1), self = 1u << v;
    return sum_where(joint, parents | self, state & (parents | self)) / sum_where(joint, parents, state & parents);
}

/* P(y = 1 | do(x = value)) when rows keep what x does not move and the mechanisms draw the rest. */
static double by_mechanisms(const truth *t, const double joint[1 << N], int x, int y, unsigned value)
{
    bool moved[N] = {false};
    unsigned held = 0;
    double sum = 0;
    for (int v = 0; v < N; v++)
        for (int i = 0; i < v; i++)
            if (t->edge[i][v] && (i == x || moved[i])) moved[v] = true;
    for (int v = 0; v < N; v++) held |= v != x && !moved[v] ? 1u << v : 0;
    for (unsigned state = 0; state < 1u << N; state++) {
        if ((state >> x & 1) != value || !(state >> y & 1)) continue;
        double p = sum_where(joint, held, state & held);
        for (int v = 0; v < N; v++)
            if (moved[v]) p *= fitted(t, joint, v, state);
        sum += p;
    }
    return sum;
}

static cgm_scm *graph_of(const truth *t)
{
    char text[2048] = "graph:\n";
    cgm_scm *scm = NULL;
    cgm_config *config = NULL;
    size_t used = strlen(text);
    for (int v = 0; v < N; v++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "  v%d: {type: binary, parents: [", v);
        bool first = true;
        for (int i = 0; i < v; i++) {
            if (!t->edge[i][v]) continue;
            used += (size_t)snprintf(text + used, sizeof text - used, "%sv%d", first ? "" : ", ", i);
            first = false;
        }
        used += (size_t)snprintf(text + used, sizeof text - used, "]}\n");
    }
    used += (size_t)snprintf(text + used, sizeof text - used, "hidden: [");
    for (size_t h = 0; h < t->n_hidden; h++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s[v%zu, v%zu]", h ? ", " : "", t->pair[h][0],
                                 t->pair[h][1]);
    snprintf(text + used, sizeof text - used, "]\n");
    REQUIRE_OK(cgm_config_parse(text, "m.yaml", &config));
    const cgm_yaml *root = cgm_config_root(config);
    REQUIRE_OK(cgm_scm_from_sections(cgm_yaml_get(root, "graph"), cgm_yaml_get(root, "hidden"), NULL, &scm));
    cgm_config_destroy(config);
    return scm;
}

/* The way that is chosen gives the true effect: by the mechanisms, or by the formula; what is refused has no formula.
 */
static void ways_are_right(void)
{
    size_t count[4] = {0};
    cgm_rng root = cgm_rng_create(17);
    for (size_t round = 0; round < 400; round++) {
        cgm_rng rng = cgm_rng_split_index(&root, round);
        truth t = random_truth(&rng);
        cgm_scm *scm = graph_of(&t);
        cgm_arena arena = {0};
        scm_effect_plan plan;
        double joint[1 << N], under[1 << N];
        int x = (int)cgm_rng_below(&rng, N - 1), y = x + 1 + (int)cgm_rng_below(&rng, (uint64_t)(N - 1 - x));
        int order[N]; /* the model may order them otherwise */
        for (int v = 0; v < N; v++)
            order[v] = cgm_scm_find(scm, (const char *const[]){"v0", "v1", "v2", "v3", "v4"}[v]);
        bool treated[N] = {false}, outcome[N] = {false}, none[N] = {false};
        treated[order[x]] = outcome[order[y]] = true;
        joint_of(&t, 0, 0, joint);
        cgm_status status = cgm_hidden_plan_effect(scm, treated, outcome, none, true, &arena, &plan);
        if (status != CGM_OK) {
            CU_ASSERT(status == CGM_E_UNSUPPORTED && strstr(cgm_error_message(), "a hedge forbids"));
            count[3]++;
        } else {
            count[plan.way]++;
            CU_ASSERT(plan.way != SCM_EFFECT_DRAWS);
        }
        for (unsigned value = 0; status == CGM_OK && plan.way == SCM_EFFECT_MECHANISMS && value < 2; value++) {
            joint_of(&t, 1u << x, value << x, under);
            CHECK_NEAR(by_mechanisms(&t, joint, x, y, value), sum_where(under, 1u << y, 1u << y), 1e-12);
        }
        cgm_arena_clear(&arena);
        cgm_scm_destroy(scm);
    }
    CU_ASSERT(count[SCM_EFFECT_MECHANISMS] > 100 && count[SCM_EFFECT_FORMULA] > 10 &&
              count[3] > 30); /* all are tried */
}

/* Whether the product of the mechanisms is the joint distribution, for sampling and for densities. */
static void products_are_joints(void)
{
    size_t count[2] = {0};
    cgm_rng root = cgm_rng_create(18);
    for (size_t round = 0; round < 400; round++) {
        cgm_rng rng = cgm_rng_split_index(&root, round);
        truth t = random_truth(&rng);
        cgm_scm *scm = graph_of(&t);
        double joint[1 << N], most = 0;
        joint_of(&t, 0, 0, joint);
        for (unsigned state = 0; state < 1u << N; state++) {
            double p = 1;
            for (int v = 0; v < N; v++) p *= fitted(&t, joint, v, state);
            most = fmax(most, fabs(p - joint[state]));
        }
        bool said = cgm_hidden_check_joint(scm, "sample") == CGM_OK;
        count[said]++;
        /* Complete too: where it is refused these random tables differ. */
        CU_ASSERT(said ? most < 1e-13 : most > 1e-9);
        cgm_scm_destroy(scm);
    }
    CU_ASSERT(count[0] > 50 && count[1] > 20);
}

/* y = m r + u with m = x + u_m: E[y | do(x)] = E[u_m r] = 0.7, which rows with fresh noise for m would not give. */
static void correlated_effect(void)
{
    cgm_scm *scm = known("graph:\n  r: {type: continuous, mechanism: {formula: u}}\n"
                         "  x: {type: continuous, mechanism: {formula: u}}\n"
                         "  m: {type: continuous, parents: [x], mechanism: {formula: x + u}}\n"
                         "  y: {type: continuous, parents: [m, r], mechanism: {formula: 'm*r + u'}}\n"
                         "hidden: [{between: [r, m], correlation: 0.7}]\n");
    cgm_effect_opts opts = x_on_y();
    cgm_effect e;
    REQUIRE_OK(cgm_scm_effect(scm, &opts, &e));
    CU_ASSERT(e.method == CGM_EFFECT_MODEL_DRAWS && e.row[0].estimate.mc_error < 0.01);
    CHECK_NEAR(e.row[0].estimate.value, 0.7, 4 * e.row[0].estimate.mc_error);
    CHECK_NEAR(e.row[1].estimate.value, 0.7, 4 * e.row[1].estimate.mc_error);
    cgm_effect_clear(&e);
    cgm_scm_destroy(scm);
}

/* ---- From data ---- */

/* P(u) = 1/2, P(x | u) = .2 .8, P(m | x) = .1 .7, P(y | m, u) = .2 + .4 m + .3 u, in whole numbers of 1,000 rows. */
static const char *front_door_table(void)
{
    char *path = test_path("front.csv");
    FILE *f = fopen(path, "w");
    CU_ASSERT_FATAL(f != NULL);
    fprintf(f, "x,m,y\n");
    for (int state = 0; state < 16; state++) {
        int u = state & 1, x = state >> 1 & 1, m = state >> 2 & 1, y = state >> 3;
        double px = u ? 0.8 : 0.2, pm = x ? 0.7 : 0.1, py = 0.2 + 0.4 * m + 0.3 * u;
        double p = 0.5 * (x ? px : 1 - px) * (m ? pm : 1 - pm) * (y ? py : 1 - py);
        for (long i = lround(1000 * p); i > 0; i--) fprintf(f, "%d,%d,%d\n", x, m, y);
    }
    fclose(f);
    return path;
}

static void front_door(void)
{
    model m = train_on("graph:\n  x: {type: binary}\n  m: {type: binary, parents: [x]}\n"
                       "  y: {type: binary, parents: [m]}\nhidden: [[x, y]]\n",
                       front_door_table(), 1);
    cgm_effect_opts opts = x_on_y();
    cgm_effect e;
    opts.intervals.models = 20;
    REQUIRE_OK(cgm_run_effect(m.run, &opts, &e));
    CU_ASSERT(e.method == CGM_EFFECT_FORMULA && e.n == 5);
    CU_ASSERT_STRING_EQUAL(e.formula, "P(y | do(x)) = sum_m P(m | x) sum_x' P(y | m, x') P(x')");
    CHECK_NEAR(e.row[0].estimate.value, 0.39, 1e-12);
    CHECK_NEAR(e.row[1].estimate.value, 0.63, 1e-12);
    CHECK_NEAR(e.row[2].estimate.value, 0.24, 1e-12);
    CHECK_NEAR(e.row[3].estimate.value, 0.63 / 0.39, 1e-12);
    CHECK_NEAR(e.row[4].estimate.value, 0.63 / 0.37 * 0.61 / 0.39, 1e-12);
    CU_ASSERT(e.row[2].estimate.low < 0.24 && e.row[2].estimate.high > 0.24 && e.row[2].estimate.standard_error > 0);
    cgm_effect_clear(&e);
    opts.intervals.models = 0;
    opts.treatment = "m"; /* adjusting for x */
    REQUIRE_OK(cgm_run_effect(m.run, &opts, &e));
    CHECK_NEAR(e.row[0].estimate.value, 0.35, 1e-12);
    CHECK_NEAR(e.row[1].estimate.value, 0.75, 1e-12);
    cgm_effect_clear(&e);
    destroy(&m);
}

static void refused_from_data(void)
{
    static const char *const mediator[] = {"m"};
    model m = train_on("graph:\n  x: {type: binary}\n  m: {type: binary, parents: [x]}\n"
                       "  y: {type: binary, parents: [m, x]}\nhidden: [[x, y]]\n",
                       front_door_table(), 1);
    cgm_effect_opts opts = x_on_y();
    cgm_effect e;
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_UNSUPPORTED,
                "P(y | do(x)) is not identifiable: a hedge forbids P(y | do(x)): F = {x, y}, F' = {y}, roots {y}");
    opts.outcome = "m";
    REQUIRE_OK(cgm_run_effect(m.run, &opts, &e));
    CU_ASSERT(e.method == CGM_EFFECT_DRAWS);
    cgm_effect_clear(&e);
    cgm_mediation_opts how;
    cgm_mediation result;
    cgm_mediation_init(&how);
    how.treatment = "x";
    how.outcome = "y";
    how.n_mediators = 1;
    how.mediators = mediator;
    CHECK_FAILS(cgm_run_mediate(m.run, &how, &result), CGM_E_UNSUPPORTED, "mediation: 'x' and 'y' have hidden");
    cgm_query query;
    cgm_do what = {1, (const char *const[]){"m=1"}};
    cgm_query_init(&query, CGM_COUNTERFACTUAL);
    query.split = CGM_TRAIN;
    query.n_dos = 1;
    query.dos = &what;
    CHECK_FAILS(cgm_run_check_query(m.run, &query), CGM_E_UNSUPPORTED, "counterfactual: 'x' and 'y' have hidden");
    cgm_likelihood l;
    CHECK_OK(cgm_scm_likelihood(cgm_run_scm(m.run), cgm_run_data(m.run), &(cgm_likelihood_opts){0}, &l));
    cgm_likelihood_clear(&l);
    destroy(&m);
}

/* y = 1 + 2 x + 5 z +- 1 in equal numbers, z beside x in 4 of 5 rows. */
static const char *confounded_table(void)
{
    char *path = test_path("levels.csv");
    FILE *f = fopen(path, "w");
    CU_ASSERT_FATAL(f != NULL);
    fprintf(f, "z,x,m,y\n");
    for (int z = 0; z < 2; z++)
        for (int i = 0; i < 20; i++) {
            int x = z ? i < 16 : i < 4;
            fprintf(f, "%d,%d,%d,%d\n", z, x, i % 5 < 2 + x, 1 + 2 * x + 5 * z + (i & 1 ? 1 : -1));
        }
    fclose(f);
    return path;
}

/* The mechanism of y knows x alone, and z has hidden causes in common with y: least squares on x and z gives the
 * effect, 2. */
static void adjustment(void)
{
    model m = train_on("graph:\n  z: {type: binary}\n  x: {type: binary, parents: [z]}\n"
                       "  y: {type: continuous, parents: [x], mechanism: linear_gaussian}\nhidden: [[z, y]]\n",
                       confounded_table(), 1);
    cgm_effect_opts opts = x_on_y();
    cgm_effect e;
    opts.by = "z";
    opts.intervals.models = 10;
    REQUIRE_OK(cgm_run_effect(m.run, &opts, &e));
    CU_ASSERT(e.method == CGM_EFFECT_ADJUSTED && e.n == 9);
    CU_ASSERT_STRING_EQUAL(e.formula, "P(y | do(x), z) = P(y | x, z)");
    CHECK_NEAR(e.row[0].estimate.value, 3.5, 1e-10);
    CHECK_NEAR(e.row[2].estimate.value, 2, 1e-10);
    CHECK_NEAR(e.row[8].estimate.value, 2, 1e-10);
    CU_ASSERT(e.row[2].estimate.low < 2 && e.row[2].estimate.high > 2);
    cgm_effect_clear(&e);
    opts.by = NULL;
    opts.intervals.models = 0;
    REQUIRE_OK(cgm_run_effect(m.run, &opts, &e));
    CU_ASSERT_STRING_EQUAL(e.formula, "P(y | do(x)) = sum_z P(y | x, z) P(z)");
    CHECK_NEAR(e.row[2].estimate.value, 2, 1e-10);
    cgm_effect_clear(&e);
    opts.intervals = (cgm_interval_opts){.models = 10, .kind = CGM_INTERVAL_QUASI_BAYESIAN, .level = 0.9};
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_UNSUPPORTED,
                "quasi-Bayesian intervals are of fitted mechanisms");
    destroy(&m);
}

/* By the front door there is nothing to adjust for, and y has no levels. */
static void formulas_need_levels(void)
{
    model m = train_on("graph:\n  x: {type: binary}\n  m: {type: binary, parents: [x]}\n"
                       "  y: {type: continuous, parents: [m]}\nhidden: [[x, y]]\n",
                       confounded_table(), 1);
    cgm_effect_opts opts = x_on_y();
    cgm_effect e;
    CHECK_FAILS(cgm_run_effect(m.run, &opts, &e), CGM_E_UNSUPPORTED,
                "is identifiable, but neither the mechanisms nor adjustment give it");
    destroy(&m);
}

static const test_case cases[] = {
    {"a correlated pair, exactly and by particles", correlated_pair},
    {"correlated samples", correlated_samples},
    {"bad correlations", bad_correlations},
    {"an unknown joint distribution is refused", unknown_joint_is_refused},
    {"the way that is chosen is right", ways_are_right},
    {"products that are joint distributions", products_are_joints},
    {"an effect with correlated noise", correlated_effect},
    {"front door", front_door},
    {"refused from data", refused_from_data},
    {"adjustment", adjustment},
    {"formulas need levels", formulas_need_levels},
};
TEST_MAIN("hidden common causes", cases)
