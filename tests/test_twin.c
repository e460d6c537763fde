/* Exact counterfactuals of levels: the closed forms of their noises, and twin networks against enumeration, particles
 * and known answers. */
#include <math.h>
#include <string.h>

#include "scm/mechanisms/categorical.h"
#include "scm/mechanisms/counterfactual.h"
#include "scm/queries/unit.h"
#include "tests/scm_toys.h"

/* ---- The rules ---- */

static void draw_probabilities(cgm_rng *rng, size_t n, double spread, double *p)
{
    double sum = 0;
    for (size_t l = 0; l < n; l++) sum += p[l] = exp(spread * cgm_rng_normal(rng));
    for (size_t l = 0; l < n; l++) p[l] /= sum;
}

/* Oberst and Sontag 2019, with r_j = q_j / p_j. */
static void known_gumbel(void)
{
    const double p[] = {.7, .3}, q[] = {.4, .6};
    double out[2];
    cgm_scm_gumbel_counterfactual(2, p, 0, q, out);
    CHECK_NEAR(out[0], 0.571428571, 1e-9);
    CHECK_NEAR(out[1], 0.428571429, 1e-9);
    cgm_scm_gumbel_counterfactual(2, p, 1, q, out);
    CHECK_NEAR(out[0], 0, 0);
    CHECK_NEAR(out[1], 1, 0);
}

/* Three levels by hand: r = (.2/.5, .3/.3, .5/.2). Given 0, level 1 wins where 1 < a < 2.5 with A = .6 + .5 a of
 * level 2 alone up to a = 1, then A = .3 + .8 a. */
static void three_levels_by_hand(void)
{
    const double p[] = {.5, .3, .2}, q[] = {.2, .3, .5};
    double out[3], first = (1 - .4) / (1 * 1.3), second = (2.5 - 1) / (1.3 * 2.5);
    cgm_scm_gumbel_counterfactual(3, p, 0, q, out);
    CHECK_NEAR(out[0], 1 / (1 + .3 * 1.5 + .2 * 5.25), 1e-15);
    CHECK_NEAR(out[1], .3 * second, 1e-15);
    CHECK_NEAR(out[2], .5 * (first + second), 1e-15);
}

/* What any coupling of two distributions must do. */
static void rule_laws(void)
{
    cgm_counterfactual_rule *const rules[] = {cgm_scm_gumbel_counterfactual, cgm_scm_threshold_counterfactual};
    cgm_rng rng = cgm_rng_create(1);
    for (int k = 0; k < 400; k++) {
        double p[9], q[9], out[9];
        size_t n = 2 + (size_t)k % 8;
        draw_probabilities(&rng, n, k % 3 ? 1 : 8, p);
        draw_probabilities(&rng, n, k % 2 ? 1 : 8, q);
        for (int r = 0; r < 2; r++) {
            double marginal[9] = {0};
            for (size_t a = 0; a < n; a++) {
                double sum = 0;
                rules[r](n, p, a, q, out);
                for (size_t b = 0; b < n; b++) {
                    CU_ASSERT(out[b] >= 0);
                    if (r == 0 && b != a && q[b] / p[b] < q[a] / p[a] * (1 - 1e-12)) CHECK_NEAR(out[b], 0, 0);
                    sum += out[b];
                    marginal[b] += p[a] * out[b];
                }
                CHECK_NEAR(sum, 1, 1e-12);
                rules[r](n, p, a, p, out);
                CHECK_NEAR(out[a], 1, 0); /* nothing changed: it stays */
            }
            for (size_t b = 0; b < n; b++) CHECK_NEAR(marginal[b], q[b], 1e-12);
        }
    }
}

static void zeros(void)
{
    const double p[] = {.5, .5, 0}, q[] = {0, .25, .75}, certain[] = {0, 0, 1};
    double out[3];
    cgm_scm_gumbel_counterfactual(3, p, 0, q, out); /* 0 can no longer be; r = (0, .5, infinite) */
    CHECK_NEAR(out[0], 0, 0);
    CHECK_NEAR(out[0] + out[1] + out[2], 1, 1e-15);
    CHECK_NEAR(out[1], .25 * (1 / (.25 + .75) / (1 + .75 * 2)), 1e-15); /* from a = 2 on, where A = 2.5 */
    cgm_scm_gumbel_counterfactual(3, certain, 2, p, out);
    CHECK_NEAR(out[2], 0, 0);
    CHECK_NEAR(out[0], .5, 1e-15);
    cgm_scm_threshold_counterfactual(3, p, 0, q, out);
    CHECK_NEAR(out[1], .5, 1e-15);
    CHECK_NEAR(out[2], .5, 1e-15);
    const double rare[] = {1 - 1e-20, 1e-20}, rarer[] = {1 - 2.5e-21, 2.5e-21}; /* thresholds that a sum rounds to 1 */
    cgm_scm_threshold_counterfactual(2, rare, 1, rarer, out);
    CHECK_NEAR(out[1], .25, 1e-12);
}

/* The closed form against the sampler of the mechanism: 400,000 draws. */
static void gumbel_against_draws(void)
{
    enum { DRAWS = 400000, LEVELS = 4 };
    const double p[LEVELS] = {.4, .3, .25, .05}, q[LEVELS] = {.15, .35, .3, .2};
    double log_p[LEVELS], u[LEVELS], exact[LEVELS], count[LEVELS] = {0};
    cgm_rng rng = cgm_rng_create(2);
    for (size_t l = 0; l < LEVELS; l++) log_p[l] = log(p[l]);
    for (int i = 0; i < DRAWS; i++) {
        size_t best = 0;
        cgm_scm_categorical_posterior(LEVELS, log_p, 0, &rng, u);
        for (size_t l = 0; l < LEVELS; l++)
            if (log(q[l]) + u[l] > log(q[best]) + u[best]) best = l;
        count[best]++;
    }
    cgm_scm_gumbel_counterfactual(LEVELS, p, 0, q, exact);
    for (size_t l = 0; l < LEVELS; l++)
        CHECK_NEAR(count[l] / DRAWS, exact[l], 4 * sqrt(exact[l] * (1 - exact[l]) / DRAWS));
}

/* Thresholds couple as 1[u < F] does: the joint cumulative is the lesser of the two. */
static void thresholds_by_cumulatives(void)
{
    cgm_rng rng = cgm_rng_create(3);
    for (int k = 0; k < 100; k++) {
        double p[5], q[5], out[5], f = 0, joint[6][6] = {{0}}, cum[6] = {0};
        draw_probabilities(&rng, 5, 1, p);
        draw_probabilities(&rng, 5, 1, q);
        for (int b = 0; b < 5; b++) cum[b + 1] = cum[b] + q[b];
        for (int a = 0; a < 5; a++) {
            f += p[a];
            for (int b = 0; b < 5; b++) joint[a + 1][b + 1] = fmin(f, cum[b + 1]);
        }
        for (int a = 0; a < 5; a++) {
            cgm_scm_threshold_counterfactual(5, p, (size_t)a, q, out);
            for (int b = 0; b < 5; b++)
                CHECK_NEAR(out[b], (joint[a + 1][b + 1] - joint[a][b + 1] - joint[a + 1][b] + joint[a][b]) / p[a],
                           1e-12);
        }
    }
}

/* ---- Models ---- */

/* Random weights in the state of every categorical variable, other mechanisms as they are. */
static void randomise(const cgm_scm *scm, uint64_t seed)
{
    cgm_rng rng = cgm_rng_create(seed);
    for (size_t v = 0; v < cgm_scm_count(scm); v++) {
        cgm_mechanism *m = cgm_scm_mechanism(scm, v);
        cgm_state state = {0};
        REQUIRE_OK(m->methods->state(m, &state));
        for (size_t e = 0; e < state.n; e++)
            if (m->methods == &cgm_mechanism_categorical && strcmp(state.entry[e].name, "parameters/weight") == 0)
                for (int64_t i = 0; i < cgm_shape_size(state.entry[e].shape); i++)
                    ((double *)state.entry[e].data)[i] = cgm_rng_normal(&rng);
        cgm_state_clear(&state);
    }
}

static cgm_scm *model(const char *graph, uint64_t seed)
{
    cgm_config *config = NULL;
    cgm_scm *scm = NULL;
    REQUIRE_OK(cgm_config_parse(graph, "m.yaml", &config));
    REQUIRE_OK(cgm_scm_from_config(cgm_config_root(config), NULL, &scm));
    cgm_config_destroy(config);
    randomise(scm, seed);
    return scm;
}

typedef struct question {
    size_t n_evidence, n_do;
    cgm_observation evidence[8];
    cgm_intervention todo[8];
} question;

static question ask(const cgm_scm *scm, const char *evidence, const char *const *dos)
{
    question q = {0};
    cgm_arena arena = {0};
    cgm_observation *seen = NULL;
    if (evidence) REQUIRE_OK(cgm_scm_parse_evidence(scm, evidence, &arena, &q.n_evidence, &seen));
    for (size_t k = 0; k < q.n_evidence; k++) q.evidence[k] = seen[k];
    for (; dos[q.n_do]; q.n_do++) REQUIRE_OK(cgm_scm_parse_intervention(scm, dos[q.n_do], &q.todo[q.n_do]));
    cgm_arena_clear(&arena);
    return q;
}

static cgm_status solve(const cgm_scm *scm, const question *q, size_t particles, cgm_unit_answer *out)
{
    cgm_rng rng = cgm_rng_create(11);
    cgm_unit_opts opts = {.particles = particles, .particles_only = particles > 0};
    return cgm_scm_unit(scm, &rng, q->n_evidence, q->evidence, q->n_do, q->todo, &opts, out);
}

/* ---- Enumeration ---- */

/* Sums P(v) P(v' | v) over all values of all variables in both worlds; the Gumbel rule, and nothing of the library's
 * tables or elimination. */
enum { MOST_VARIABLES = 8 };

typedef struct enumeration {
    const cgm_scm *scm;
    const question *q;
    double was[MOST_VARIABLES], would[MOST_VARIABLES];
    double *sum; /* [variables, 8]: of would */
    double total;
} enumeration;

static const cgm_intervention *acts(const enumeration *e, size_t from, int to)
{
    for (size_t k = 0; k < e->q->n_do; k++)
        if (e->q->todo[k].node == from && e->q->todo[k].to == to) return &e->q->todo[k];
    return NULL;
}

static void probabilities(const enumeration *e, size_t v, bool counter, double *p)
{
    const size_t *parents;
    size_t n = cgm_scm_parents(e->scm, v, &parents);
    double column[8], value, log_p;
    cgm_values at[8], x = {.n = 1, .width = 1, .data = &value};
    cgm_mechanism *m = cgm_scm_mechanism(e->scm, v);
    for (size_t k = 0; k < n; k++) {
        const cgm_intervention *edge = acts(e, parents[k], (int)v);
        column[k] = !counter ? e->was[parents[k]] : edge ? edge->value : e->would[parents[k]];
        at[k] = (cgm_values){.n = 1, .width = 1, .data = &column[k]};
    }
    for (int l = 0; l < cgm_scm_variable(e->scm, v)->levels; l++) {
        value = l;
        REQUIRE_OK(m->methods->log_prob(m, at, &x, NULL, &log_p));
        p[l] = exp(log_p);
    }
}

static void enumerate(enumeration *e, size_t v, double weight)
{
    if (v >= MOST_VARIABLES || v == cgm_scm_count(e->scm)) {
        for (size_t k = 0; k < v && k < MOST_VARIABLES; k++) e->sum[8 * k + (size_t)e->would[k]] += weight;
        e->total += weight;
        return;
    }
    size_t levels = (size_t)cgm_scm_variable(e->scm, v)->levels;
    double p[8], q[8], after[8];
    const cgm_intervention *set = acts(e, v, -1);
    probabilities(e, v, false, p);
    probabilities(e, v, true, q);
    for (size_t a = 0; a < levels; a++) {
        bool refused = false;
        for (size_t k = 0; k < e->q->n_evidence; k++)
            refused = refused || (e->q->evidence[k].variable == v && e->q->evidence[k].value != (double)a);
        if (refused) continue;
        cgm_scm_gumbel_counterfactual(levels, p, a, q, after);
        e->was[v] = (double)a;
        for (size_t b = 0; b < levels; b++) {
            if (set && set->value != (double)b) continue;
            e->would[v] = (double)b;
            if (set || after[b] > 0) enumerate(e, v + 1, weight * p[a] * (set ? 1 : after[b]));
        }
    }
}

static void check_enumerated(const cgm_scm *scm, const question *q)
{
    double sum[64] = {0};
    enumeration e = {.scm = scm, .q = q, .sum = sum};
    cgm_unit_answer a;
    enumerate(&e, 0, 1);
    REQUIRE_OK(solve(scm, q, 0, &a));
    CU_ASSERT(a.method == CGM_UNIT_DISCRETE && a.why == NULL);
    for (size_t v = 0; v < a.n; v++) {
        double mean = 0;
        CU_ASSERT(a.value[v].exact && a.value[v].mc_error == 0);
        for (int l = 0; l < cgm_scm_variable(scm, v)->levels; l++) {
            CHECK_NEAR(a.value[v].probability[l], sum[8 * v + (size_t)l] / e.total, 1e-12);
            mean += l * a.value[v].probability[l];
        }
        CHECK_NEAR(a.value[v].mean, mean, 1e-14);
    }
    cgm_unit_answer_clear(&a);
}

static const char five[] = "a: {type: binary}\n"
                           "b: {type: categorical, levels: 3, parents: [a]}\n"
                           "c: {type: binary, parents: [a, b]}\n"
                           "d: {type: categorical, levels: 3, parents: [b, c]}\n"
                           "e: {type: binary, parents: [a, d]}\n";

static void enumerated(void)
{
    const char *const evidence[] = {NULL, "e=1", "c=0, e=1", "a=1, d=2", "b=1, c=1, d=0, e=0", "a=0,b=2,c=1,d=2,e=1"};
    const char *const *const dos[] = {DO("a=1"),    DO("b=2"),           DO("b=0", "c=1"),
                                      DO("b->d=1"), DO("a->e=0", "c=0"), (const char *const[]){NULL}};
    for (size_t i = 0; i < 6; i++) {
        cgm_scm *scm = model(five, i);
        for (size_t k = 0; k < 6; k++) {
            question q = ask(scm, evidence[i], dos[k]);
            check_enumerated(scm, &q);
        }
        cgm_scm_destroy(scm);
    }
}

static void particles_agree(void)
{
    cgm_scm *scm = model(five, 17);
    const char *const evidence[] = {"e=1", "c=0, e=0", "a=1,b=1,c=1,d=1,e=1"};
    for (size_t i = 0; i < 3; i++) {
        question q = ask(scm, evidence[i], DO("b=2"));
        cgm_unit_answer exact, drawn;
        REQUIRE_OK(solve(scm, &q, 0, &exact));
        REQUIRE_OK(solve(scm, &q, 40000, &drawn));
        CU_ASSERT(exact.method == CGM_UNIT_DISCRETE && drawn.method == CGM_UNIT_PARTICLES);
        for (size_t v = 0; v < exact.n; v++)
            for (int l = 0; l < cgm_scm_variable(scm, v)->levels; l++) {
                double p = exact.value[v].probability[l];
                CHECK_NEAR(drawn.value[v].probability[l], p, 4 * sqrt(p * (1 - p) / drawn.effective) + 1e-9);
            }
        cgm_unit_answer_clear(&exact);
        cgm_unit_answer_clear(&drawn);
    }
    cgm_scm_destroy(scm);
}

/* ---- Known answers ---- */

/* The binary example that goes with Pearl's mediation formula: P(m = 1 | t) and P(y = 1 | t, m). */
static const char mediation[] = "t: {type: binary, mechanism: {kind: cpt, table: [0.5, 0.5]}}\n"
                                "m: {type: binary, parents: [t], mechanism: {kind: cpt, table: [{t: 0, p: [0.6, 0.4]}, "
                                "{t: 1, p: [0.25, 0.75]}]}}\n"
                                "y: {type: binary, parents: [t, m], mechanism: {kind: cpt, table: ["
                                "{t: 0, m: 0, p: [0.8, 0.2]}, {t: 0, m: 1, p: [0.7, 0.3]}, "
                                "{t: 1, m: 0, p: [0.6, 0.4]}, {t: 1, m: 1, p: [0.2, 0.8]}]}}\n";

static double mean_of(const cgm_scm *scm, const char *evidence, const char *const *dos, const char *name)
{
    question q = ask(scm, evidence, dos);
    cgm_unit_answer a;
    REQUIRE_OK(solve(scm, &q, 0, &a));
    CU_ASSERT(a.method == CGM_UNIT_DISCRETE);
    double mean = a.value[cgm_scm_find(scm, name)].mean;
    cgm_unit_answer_clear(&a);
    return mean;
}

static void mediation_numbers(void)
{
    cgm_scm *scm = model(mediation, 0);
    double y0 = mean_of(scm, NULL, DO("t=0"), "y"), y1 = mean_of(scm, NULL, DO("t=1"), "y");
    CHECK_NEAR(y1 - y0, 0.46, 1e-15);                                            /* total */
    CHECK_NEAR(mean_of(scm, NULL, DO("t=0", "t->y=1"), "y") - y0, 0.32, 1e-15);  /* natural direct */
    CHECK_NEAR(mean_of(scm, NULL, DO("t=0", "t->m=1"), "y") - y0, 0.035, 1e-15); /* natural indirect */
    CHECK_NEAR(y1 - mean_of(scm, NULL, DO("t=1", "t->m=0"), "y"), 0.14, 1e-15);  /* its reverse */
    cgm_scm_destroy(scm);
}

/* p = (.7, .3), q = (.4, .6) again, through a model, by its names; and with t unseen, where t = 0 has the posterior
 * 2/3 given m = 0 at P(t) = (.5333, .4667). */
static void known_counterfactuals(void)
{
    cgm_scm *scm = model("t: {type: binary, levels: [no, yes], mechanism: {kind: cpt, table: [0.533333333333333333, "
                         "0.466666666666666667]}}\n"
                         "m: {type: binary, parents: [t], mechanism: {kind: cpt, table: [{t: no, p: [0.7, 0.3]}, "
                         "{t: yes, p: [0.4, 0.6]}]}}\n",
                         0);
    CHECK_NEAR(mean_of(scm, "t=no, m=0", DO("t=yes"), "m"), 0.428571428571428571, 1e-15);
    CHECK_NEAR(mean_of(scm, "t=no, m=1", DO("t=yes"), "m"), 1, 0);
    CHECK_NEAR(mean_of(scm, "m=0", DO("t=yes"), "m"), 2. / 3 * 3 / 7, 1e-14);
    CHECK_NEAR(mean_of(scm, "t=no, m=0", DO("t=no"), "m"), 0, 0);
    cgm_scm_destroy(scm);
}

/* ---- Continuous variables in the model ---- */

#define LINEAR(rest) "mechanism: {kind: linear_gaussian, coefficients: {" rest "}}}\n"
#define LOGISTIC(rest) "mechanism: {kind: logistic, coefficients: {" rest "}}}\n"
static const char mixed[] =
    "age: {type: continuous, " LINEAR("intercept: 50, sigma: 10") "t: {type: binary, parents: [age], " LOGISTIC(
        "interc"
        "ept: "
        "-5, "
        "age: "
        "0.1") "w: {type: continuous, parents: [t, age], " LINEAR("intercept: 0, t: 2, age: 0.02, sigma: 1") "y: "
                                                                                                             "{type: "
                                                                                                             "binary, "
                                                                                                             "parents: "
                                                                                                             "[t, "
                                                                                                             "age],"
                                                                                                             " " LOGISTIC(
                                                                                                                 "inter"
                                                                                                                 "cept:"
                                                                                                                 " -3, "
                                                                                                                 "t: "
                                                                                                                 "2, "
                                                                                                                 "age: "
                                                                                                                 "0.03") "z:"
                                                                                                                         " {"
                                                                                                                         "ty"
                                                                                                                         "pe"
                                                                                                                         ": "
                                                                                                                         "co"
                                                                                                                         "nt"
                                                                                                                         "in"
                                                                                                                         "uo"
                                                                                                                         "us"
                                                                                                                         ", "
                                                                                                                         "pa"
                                                                                                                         "re"
                                                                                                                         "nt"
                                                                                                                         "s:"
                                                                                                                         " ["
                                                                                                                         "y]"
                                                                                                                         ","
                                                                                                                         " " LINEAR(
                                                                                                                             "intercept: 1, y: -1, sigma: 0.5");

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

/* age is seen and y = 1: t is weighed by hand, and y' under t = 0 stays 1 where its noise is below the lesser
 * probability. w seen as well makes t likelier where w is near its mean. */
static void seen_continuous(void)
{
    cgm_scm *scm = model(mixed, 0);
    for (int with_w = 0; with_w < 2; with_w++) {
        question q = ask(scm, with_w ? "age=40, y=1, w=2.5" : "age=40, y=1", DO("t=0"));
        double pt = logistic(-5 + 4), y0 = logistic(-3 + 1.2), y1 = logistic(-3 + 2 + 1.2), likelihood[2] = {1, 1};
        for (int t = 0; with_w && t < 2; t++) likelihood[t] = exp(-0.5 * pow(2.5 - 2 * t - 0.8, 2));
        double on = pt * y1 * likelihood[1], off = (1 - pt) * y0 * likelihood[0];
        cgm_unit_answer a, drawn;
        REQUIRE_OK(solve(scm, &q, 0, &a));
        const cgm_unit_value *y = &a.value[cgm_scm_find(scm, "y")], *t = &a.value[cgm_scm_find(scm, "t")];
        const cgm_unit_value *z = &a.value[cgm_scm_find(scm, "z")], *age = &a.value[cgm_scm_find(scm, "age")];
        CU_ASSERT(a.method == CGM_UNIT_PARTICLES && a.why == NULL);
        CU_ASSERT(y->exact && t->exact && age->exact && !z->exact && !a.value[cgm_scm_find(scm, "w")].exact);
        CHECK_NEAR(y->probability[1], (on * y0 / y1 + off) / (on + off), 1e-14);
        CHECK_NEAR(t->mean, 0, 0);
        CHECK_NEAR(age->mean, 40, 0);
        CHECK_NEAR(z->mean, 1 - y->mean, 4 * z->mc_error); /* by particles, in the same answer */
        REQUIRE_OK(solve(scm, &q, 40000, &drawn));
        CHECK_NEAR(drawn.value[cgm_scm_find(scm, "y")].mean, y->mean, 4 * drawn.value[cgm_scm_find(scm, "y")].mc_error);
        CU_ASSERT(y->mc_error == 0 && z->mc_error > 0);
        cgm_unit_answer_clear(&a);
        cgm_unit_answer_clear(&drawn);
    }
    cgm_scm_destroy(scm);
}

/* What hangs on an unseen continuous variable is not exact; nor is anything when the evidence does. */
static void unseen_continuous(void)
{
    cgm_scm *scm = model(mixed, 0);
    question q = ask(scm, "y=1", DO("t=0"));
    cgm_unit_answer a;
    REQUIRE_OK(solve(scm, &q, 100, &a));
    cgm_unit_answer_clear(&a);
    REQUIRE_OK(solve(scm, &q, 0, &a));
    for (size_t v = 0; v < a.n; v++) CU_ASSERT(!a.value[v].exact);
    cgm_unit_answer_clear(&a);
    /* Set by the action, an unseen continuous variable is a constant: t and y do not wait for it where it was seen. */
    q = ask(scm, "age=40, t=1, y=0", DO("age=60"));
    REQUIRE_OK(solve(scm, &q, 0, &a));
    double before = logistic(-3 + 2 + 1.2), after = logistic(-3 + 2 + 1.8); /* t stays 1, as age is older */
    CHECK_NEAR(a.value[cgm_scm_find(scm, "t")].probability[1], 1, 0);
    CHECK_NEAR(a.value[cgm_scm_find(scm, "y")].probability[1], (after - before) / (1 - before), 1e-14);
    cgm_unit_answer_clear(&a);
    cgm_scm_destroy(scm);
}

/* ---- How probable the evidence is ---- */

static void evidence(void)
{
    cgm_scm *scm = model(mixed, 0);
    cgm_rng rng = cgm_rng_create(1);
    cgm_evidence exact, drawn;
    question q = ask(scm, "age=40, y=1, w=2.5", (const char *const[]){NULL});
    double pt = logistic(-5 + 4), y0 = logistic(-3 + 1.2), y1 = logistic(-3 + 2 + 1.2), root = sqrt(2 * M_PI);
    double on = pt * y1 * exp(-0.5 * pow(2.5 - 2.8, 2)) / root,
           off = (1 - pt) * y0 * exp(-0.5 * pow(2.5 - 0.8, 2)) / root;
    REQUIRE_OK(cgm_scm_evidence(scm, &rng, q.n_evidence, q.evidence, NULL, &exact));
    CU_ASSERT(exact.method == CGM_EVIDENCE_DISCRETE && exact.mc_error == 0);
    CHECK_NEAR(exact.log_prob, log((on + off) * exp(-0.5) / (10 * root)), 1e-12);
    cgm_unit_opts opts = {.particles = 20000, .particles_only = true};
    REQUIRE_OK(cgm_scm_evidence(scm, &rng, q.n_evidence, q.evidence, &opts, &drawn));
    CU_ASSERT(drawn.method == CGM_EVIDENCE_PARTICLES);
    CHECK_NEAR(drawn.log_prob, exact.log_prob, 4 * drawn.mc_error);
    q = ask(scm, "y=1", (const char *const[]){NULL}); /* age is not seen */
    REQUIRE_OK(cgm_scm_evidence(scm, &rng, q.n_evidence, q.evidence, NULL, &exact));
    CU_ASSERT(exact.method == CGM_EVIDENCE_PARTICLES);
    cgm_scm_destroy(scm);
}

/* ---- Refusals ---- */

static void refuses(void)
{
    cgm_scm *scm = model("a: {type: binary, mechanism: {kind: cpt, table: [1, 0]}}\n"
                         "b: {type: binary, parents: [a], mechanism: {kind: cpt, table: [{a: 0, p: [0.5, 0.5]}, {a: 1, "
                         "p: [0, 1]}]}}\n"
                         "c: {type: binary, parents: [b], mechanism: {kind: cpt, table: [{b: 0, p: [1, 0]}, {b: 1, p: "
                         "[0.5, 0.5]}]}}\n",
                         0);
    cgm_unit_answer a;
    question q = ask(scm, "a=1", DO("b=0"));
    CHECK_FAILS(solve(scm, &q, 0, &a), CGM_E_ARG, "the evidence contradicts the model: its probability is 0");
    q = ask(scm, "b=0, c=1", DO("a=1"));
    CHECK_FAILS(solve(scm, &q, 0, &a), CGM_E_ARG, "the evidence contradicts the model: its probability is 0");
    q = ask(scm, "a=0, b=0, c=1", DO("b=1"));
    CHECK_FAILS(solve(scm, &q, 0, &a), CGM_E_ARG, "the evidence contradicts the model: its probability is 0");
    CHECK_NEAR(mean_of(scm, "c=1", DO("b=0"), "c"), 0, 0);
    cgm_scm_destroy(scm);
}

/* What an intervention acts on that sets nothing, and what hangs on it, is drawn; the rest stays exact. */
static void soft_interventions(void)
{
    cgm_scm *scm = model(five, 3);
    cgm_arena arena = {0};
    cgm_observation *seen;
    cgm_intervention *todo;
    cgm_unit_answer a, hard;
    cgm_rng rng = cgm_rng_create(4);
    size_t n, n_do;
    REQUIRE_OK(cgm_scm_parse_evidence(scm, "e=1", &arena, &n, &seen));
    REQUIRE_OK(cgm_scm_parse_do(scm, "d := 2 - d", &arena, &n_do, &todo));
    REQUIRE_OK(cgm_scm_unit(scm, &rng, n, seen, n_do, todo, NULL, &a));
    CU_ASSERT(a.method == CGM_UNIT_PARTICLES && a.why && strstr(a.why, "does not set a value"));
    question q = ask(scm, "e=1", (const char *const[]){NULL});
    REQUIRE_OK(solve(scm, &q, 0, &hard));
    for (size_t v = 0; v < 5; v++) {
        CU_ASSERT(a.value[v].exact == (v < 3));
        if (v < 3) CHECK_NEAR(a.value[v].mean, hard.value[v].mean, 1e-14);
    }
    for (int l = 0; l < 3; l++) /* turned round */
        CHECK_NEAR(a.value[3].probability[l], hard.value[3].probability[2 - l], 4 * a.value[3].mc_error);
    cgm_unit_answer_clear(&a);
    cgm_unit_answer_clear(&hard);
    cgm_arena_clear(&arena);
    cgm_scm_destroy(scm);
}

/* Four parents of 60 levels: x' would have 60^6 numbers. The answer comes from particles and says why. */
static void too_large(void)
{
    cgm_scm *scm = model("a: {type: categorical, levels: 60}\nb: {type: categorical, levels: 60, parents: [a]}\n"
                         "c: {type: categorical, levels: 60, parents: [a, b]}\n"
                         "d: {type: binary, parents: [a, b, c]}\n",
                         5);
    question q = ask(scm, "d=1", DO("a=3"));
    cgm_unit_answer a;
    cgm_rng rng = cgm_rng_create(1);
    cgm_unit_opts opts = {.particles = 50};
    REQUIRE_OK(cgm_scm_unit(scm, &rng, q.n_evidence, q.evidence, q.n_do, q.todo, &opts, &a));
    CU_ASSERT_FATAL(a.method == CGM_UNIT_PARTICLES && a.why != NULL);
    CU_ASSERT(strstr(a.why, "numbers") != NULL);
    CU_ASSERT(a.value[0].exact && !a.value[3].exact && a.particles == 50);
    cgm_unit_answer_clear(&a);
    cgm_scm_destroy(scm);
}

static const test_case cases[] = {
    {"Gumbel-max, known answers", known_gumbel},
    {"three levels by hand", three_levels_by_hand},
    {"laws of the rules", rule_laws},
    {"zeros", zeros},
    {"Gumbel-max against draws", gumbel_against_draws},
    {"thresholds by cumulatives", thresholds_by_cumulatives},
    {"enumerated", enumerated},
    {"particles agree", particles_agree},
    {"mediation", mediation_numbers},
    {"known counterfactuals", known_counterfactuals},
    {"seen continuous variables", seen_continuous},
    {"unseen continuous variables", unseen_continuous},
    {"evidence", evidence},
    {"refuses", refuses},
    {"soft interventions", soft_interventions},
    {"too large", too_large},
};
TEST_MAIN("twin", cases)
