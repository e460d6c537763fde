/* Exact inference in discrete networks, against published numbers, closed forms and enumeration. */
#include "scm/discrete/inference.h"

#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "scm/discrete/eliminate.h"
#include "tests/harness.h"

static const char *const binary[] = {"0", "1"};

/* Lauritzen and Spiegelhalter 1988, table 1; a child may come before its parents. */
static const char asia_text[] =
    "network asia { }\n"
    "probability (dysp | bronc, either) { (yes, yes) .9, .1; (yes, no) .8, .2; (no, yes) .7, .3; (no, no) .1, .9; }\n"
    "variable dysp { type discrete [2] {yes, no}; } variable xray { type discrete [2] {yes, no}; }\n"
    "variable either { type discrete [2] {yes, no}; } variable bronc { type discrete [2] {yes, no}; }\n"
    "variable lung { type discrete [2] {yes, no}; } variable smoke { type discrete [2] {yes, no}; }\n"
    "variable tub { type discrete [2] {yes, no}; } variable asia { type discrete [2] {yes, no}; }\n"
    "probability (asia) { table .01, .99; }\n"
    "probability (tub | asia) { (yes) .05, .95; (no) .01, .99; }\n"
    "probability (smoke) { table .5, .5; }\n"
    "probability (lung | smoke) { (yes) .1, .9; (no) .01, .99; }\n"
    "probability (bronc | smoke) { (yes) .6, .4; (no) .3, .7; }\n"
    "probability (either | lung, tub) { (no, no) 0, 1; default 1, 0; }\n"
    "probability (xray | either) { (yes) .98, .02; (no) .05, .95; }\n";

/* Words "a=yes b=no" to values. */
static size_t read_values(const cgm_network *network, const char *words, cgm_network_value *out)
{
    char copy[200], *rest = NULL;
    size_t n = 0;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        REQUIRE_OK(cgm_network_read_value(network, word, &out[n++]));
    return n;
}

/* P(target | given; do) into p. */
static cgm_status ask(const cgm_network *network, const char *target, const char *given, const char *dos, size_t n,
                      double *p)
{
    cgm_network_value evidence[8], interventions[8];
    size_t variable;
    cgm_network_query query = {.n_targets = 1, .targets = &variable};
    REQUIRE_OK(cgm_network_lookup(network, target, &variable));
    query.n_evidence = read_values(network, given, evidence);
    query.n_do = read_values(network, dos, interventions);
    query.evidence = evidence;
    query.interventions = interventions;
    return cgm_network_posterior(network, &query, n, p);
}

typedef struct known {
    const char *target, *given, *dos;
    double p[3];
} known;

static void check_known(const cgm_network *network, size_t n_cases, const known *cases, size_t n, double tolerance)
{
    for (size_t i = 0; i < n_cases; i++) {
        double p[3] = {NAN, NAN, NAN};
        CHECK_OK(ask(network, cases[i].target, cases[i].given, cases[i].dos, n, p));
        for (size_t k = 0; k < n; k++) CHECK_NEAR(p[k], cases[i].p[k], tolerance);
    }
}
#define YES(x)                                                                                                         \
    {                                                                                                                  \
        x, 1 - (x)                                                                                                     \
    }

static void asia(void)
{
    static const known cases[] = {
        {"dysp", "", "", YES(0.4359706)},
        {"dysp", "smoke=yes", "", YES(0.552808)},
        {"dysp", "", "smoke=yes", YES(0.552808)},
        {"dysp", "", "smoke=no", YES(0.3191332)},
        {"dysp", "bronc=yes", "", YES(0.8079672)},
        {"dysp", "", "bronc=yes", YES(0.8064828)},
        {"dysp", "", "bronc=no", YES(0.1388968)},
        {"lung", "bronc=yes", "", YES(0.07)},
        {"lung", "", "bronc=yes", YES(0.055)},
        {"dysp", "lung=yes", "", YES(0.8145454545454545)},
        {"dysp", "", "lung=yes", YES(0.79)},
        {"dysp", "", "lung=no", YES(0.4189)},
        {"tub", "xray=yes dysp=yes", "", YES(0.1139333254)},
        {"tub", "xray=yes", "dysp=yes", YES(0.0924108832)},
        {"smoke", "dysp=yes", "bronc=no", YES(0.5961836414)},
        {"xray", "", "", YES(0.11029004)},
        {"lung", "bronc=yes", "smoke=no", YES(0.01)},
    };
    cgm_network *network;
    REQUIRE_OK(cgm_network_parse(asia_text, strlen(asia_text), "asia.bif", &network));
    check_known(network, sizeof cases / sizeof *cases, cases, 2, 1e-8);
    cgm_network_destroy(network);
}

static void sachs(void)
{
    static const known cases[] = {
        {"Akt", "", "", {.60939333, .31037462, .08023205}},
        {"Erk", "Mek=LOW", "", {.19739553, .62724433, .17536014}},
        {"Erk", "", "Mek=LOW", {.25516143, .58549080, .15934778}},
        {"Erk", "Mek=HIGH", "", {.00833333, .21702900, .77463767}},
        {"Erk", "", "Mek=HIGH", {.00614408, .56130653, .43254938}},
        {"Akt", "Erk=HIGH", "", {.11507746, .57434913, .31057341}},
        {"Akt", "", "Erk=HIGH", {.14200272, .68046840, .17752888}},
        {"Akt", "", "PKA=LOW", {.41865466, .35028390, .23106145}},
        {"Akt", "", "PKA=AVG", {.67216937, .32567902, .00215162}},
        {"Akt", "", "PKA=HIGH", {.73155798, .26825057, .00019146}},
    };
    const char *path = test_data("bif/sachs.bif");
    if (!path) return;
    cgm_network *network;
    REQUIRE_OK(cgm_network_load(path, &network));
    CU_ASSERT_EQUAL(cgm_network_count(network), 11);
    check_known(network, sizeof cases / sizeof *cases, cases, 3, 1e-6);
    cgm_network_destroy(network);
}

/* A variable for cgm_network_add, of two levels. */
typedef struct declared {
    const char *name;
    size_t n_parents;
    const char *parents[2];
    double p0[4]; /* P(name = 0) by the parents' levels, the last fastest */
} declared;

static cgm_status add_binary(cgm_network *network, const char *name, size_t n_parents, const char *const *parents,
                             const double *p0)
{
    double cpt[8];
    size_t rows = (size_t)1 << n_parents;
    for (size_t i = 0; i < rows; i++) cpt[2 * i] = p0[i], cpt[2 * i + 1] = 1 - p0[i];
    return cgm_network_add(network, name, 2, binary, n_parents, parents, 2 * rows, cpt);
}

static cgm_network *build(size_t n, const declared *rows)
{
    cgm_network *network;
    REQUIRE_OK(cgm_network_create(&network));
    for (size_t i = 0; i < n; i++)
        REQUIRE_OK(add_binary(network, rows[i].name, rows[i].n_parents, rows[i].parents, rows[i].p0));
    REQUIRE_OK(cgm_network_finish(network));
    return network;
}

/* The networks of pgmpy's tests/test_inference/test_CausalInference.py. */
static void small_networks(void)
{
    static const declared simpson[] = {
        {"C", 2, {"S", "T"}, {.3, .4, .7, .8}}, {"S", 0, {NULL}, {.5}}, {"T", 1, {"S"}, {.25, .75}}};
    static const known simpson_cases[] = {
        {"C", "T=1", "", {.5, .5}}, {"C", "T=0", "", {.6, .4}}, {"C", "", "T=1", {.6, .4}}, {"C", "", "T=0", {.5, .5}}};
    static const declared paths[] = {{"Z", 0, {NULL}, {.2}},
                                     {"X", 1, {"Z"}, {.1, .3}},
                                     {"W", 1, {"Z"}, {.2, .9}},
                                     {"Y", 2, {"X", "W"}, {.3, .4, .7, .8}}};
    static const known paths_cases[] = {{"Y", "", "X=1", {.724, .276}}};
    static const declared instrument[] = {{"X", 2, {"U", "Z"}, {.1, .3, .2, .9}},
                                          {"Y", 2, {"U", "X"}, {.5, .8, .2, .7}},
                                          {"Z", 0, {NULL}, {.2}},
                                          {"U", 0, {NULL}, {.7}}};
    static const known instrument_cases[] = {{"X", "", "Z=1", {.48, .52}}, {"Y", "", "X=1", {.77, .23}}};
    cgm_network *network = build(3, simpson);
    check_known(network, 4, simpson_cases, 2, 1e-12);
    cgm_network_destroy(network);
    network = build(4, paths);
    check_known(network, 1, paths_cases, 2, 1e-12);
    cgm_network_destroy(network);
    network = build(4, instrument);
    check_known(network, 2, instrument_cases, 2, 1e-12);
    cgm_network_destroy(network);
}

#define MOST 7
#define MOST_CELLS 16384 /* 4^MOST */

/* A random network as plain arrays, beside the library's; variables are in the order of declaration. */
typedef struct model {
    size_t n, levels[MOST], n_parents[MOST], parents[MOST][MOST];
    double *cpt[MOST];
} model;

static void random_row(cgm_rng *rng, size_t n, double *row)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        row[k] = cgm_rng_below(rng, 6) == 0 ? 0 : cgm_rng_uniform(rng);
        sum += row[k];
    }
    if (sum == 0) row[cgm_rng_below(rng, n)] = sum = 1;
    for (size_t k = 0; k < n; k++) row[k] /= sum;
}

static cgm_network *random_network(cgm_rng *rng, model *m)
{
    static const char *const names[MOST] = {"v0", "v1", "v2", "v3", "v4", "v5", "v6"};
    static const char *const levels[] = {"a", "b", "c", "d"};
    size_t order[MOST], shuffled[MOST];
    cgm_network *network;
    REQUIRE_OK(cgm_network_create(&network));
    m->n = 1 + cgm_rng_below(rng, MOST);
    cgm_rng_permutation(rng, m->n, order);
    for (size_t i = 0; i < m->n; i++) m->levels[i] = cgm_rng_below(rng, 12) ? 2 + cgm_rng_below(rng, 3) : 1;
    for (size_t i = 0; i < m->n; i++) {
        size_t rows = 1;
        const char *parents[MOST];
        m->n_parents[i] = 0;
        cgm_rng_permutation(rng, m->n, shuffled);
        for (size_t k = 0; k < m->n; k++) {
            size_t parent = shuffled[k];
            if (order[parent] >= order[i] || cgm_rng_below(rng, 5) >= 2) continue;
            parents[m->n_parents[i]] = names[parent];
            m->parents[i][m->n_parents[i]++] = parent;
            rows *= m->levels[parent];
        }
        m->cpt[i] = malloc(rows * m->levels[i] * sizeof(double));
        for (size_t r = 0; r < rows; r++) random_row(rng, m->levels[i], m->cpt[i] + r * m->levels[i]);
        REQUIRE_OK(cgm_network_add(network, names[i], m->levels[i], levels, m->n_parents[i], parents,
                                   rows * m->levels[i], m->cpt[i]));
    }
    REQUIRE_OK(cgm_network_finish(network));
    return network;
}

/* The probability of all variables at these levels where those of `acted` were set. */
static double joint_probability(const model *m, const size_t *level, const bool *acted)
{
    double p = 1;
    for (size_t i = 0; i < m->n; i++) {
        size_t r = 0;
        for (size_t k = 0; k < m->n_parents[i]; k++) r = r * m->levels[m->parents[i][k]] + level[m->parents[i][k]];
        if (!acted[i]) p *= m->cpt[i][r * m->levels[i] + level[i]];
    }
    return p;
}

/* Sums the truncated factorisation over all levels into the targets' cells, not normalised; returns the sum. */
static double enumerate(const model *m, const cgm_network_query *q, double *cells)
{
    size_t level[MOST] = {0};
    bool acted[MOST] = {false};
    double total = 0;
    for (size_t i = 0; i < q->n_do; i++) acted[q->interventions[i].variable] = true;
    memset(cells, 0, MOST_CELLS * sizeof *cells);
    for (bool more = true; more;) {
        bool fits = true;
        size_t cell = 0, i = 0;
        for (size_t k = 0; k < q->n_do; k++) fits &= level[q->interventions[k].variable] == q->interventions[k].level;
        for (size_t k = 0; k < q->n_evidence; k++) fits &= level[q->evidence[k].variable] == q->evidence[k].level;
        for (size_t k = 0; k < q->n_targets; k++) cell = cell * m->levels[q->targets[k]] + level[q->targets[k]];
        double p = fits ? joint_probability(m, level, acted) : 0;
        cells[cell] += p;
        total += p;
        while (i < m->n && ++level[i] == m->levels[i]) level[i++] = 0;
        more = i < m->n;
    }
    return total;
}

/* The same elimination in logarithms, which only underflow would choose. */
static void check_logarithms(const cgm_network *network, const cgm_network_query *q, double total)
{
    cgm_elimination e;
    cgm_factor *joint;
    REQUIRE_OK(cgm_elimination_begin(&e, network, q, false));
    e.room.logarithms = true;
    REQUIRE_OK(cgm_elimination_run(&e, &joint));
    double log_p = cgm_factor_total(&e.room, joint) + e.room.log_scale;
    CU_ASSERT(total == 0 ? log_p == -INFINITY : test_near(__FILE__, __LINE__, "log P(e)", log_p, log(total), 1e-11));
    cgm_factor_free(&e.room, joint);
    CU_ASSERT_EQUAL(e.room.bytes, 0);
    cgm_elimination_clear(&e);
}

static void check_query(const model *m, const cgm_network *network, const cgm_network_query *q, double *want)
{
    static double got[MOST_CELLS];
    size_t n;
    double total = enumerate(m, q, want), p, log_p;
    CHECK_OK(cgm_network_evidence(network, q, &p, &log_p));
    CHECK_NEAR(p, total, 1e-12);
    CU_ASSERT(total == 0 ? log_p == -INFINITY : test_near(__FILE__, __LINE__, "log P(e)", log_p, log(total), 1e-11));
    check_logarithms(network, q, total);
    REQUIRE_OK(cgm_network_answer_cells(network, q, &n));
    if (total == 0) {
        CHECK_FAILS(cgm_network_posterior(network, q, n, got), CGM_E_ARG, "contradictory evidence");
        return;
    }
    REQUIRE_OK(cgm_network_posterior(network, q, n, got));
    double worst = 0;
    for (size_t i = 0; i < n; i++) worst = fmax(worst, fabs(got[i] - want[i] / total));
    CHECK_NEAR(worst, 0, 1e-12);
}

static void enumeration(void)
{
    cgm_rng rng = cgm_rng_create(2014);
    double *want = malloc(MOST_CELLS * sizeof *want);
    size_t contradictions = 0;
    for (int round = 0; round < 400; round++) {
        model m;
        size_t order[MOST], targets[MOST];
        cgm_network_value dos[MOST], evidence[MOST];
        cgm_network_query q = {.interventions = dos, .evidence = evidence, .targets = targets};
        cgm_network *network = random_network(&rng, &m);
        for (int k = 0; k < 4; k++) {
            q.n_do = q.n_evidence = q.n_targets = 0;
            cgm_rng_permutation(&rng, m.n, order);
            for (size_t i = 0; i < m.n; i++) {
                cgm_network_value value = {order[i], cgm_rng_below(&rng, m.levels[order[i]])};
                uint64_t kind = cgm_rng_below(&rng, 5);
                if (kind == 0) dos[q.n_do++] = value;
                if (kind == 1) evidence[q.n_evidence++] = value;
            }
            /* Targets may be fixed too. */
            cgm_rng_permutation(&rng, m.n, order);
            q.n_targets = 1 + cgm_rng_below(&rng, m.n < 3 ? m.n : 3);
            memcpy(targets, order, q.n_targets * sizeof *targets);
            check_query(&m, network, &q, want);
            contradictions += enumerate(&m, &q, want) == 0;
        }
        cgm_network_destroy(network);
        for (size_t i = 0; i < m.n; i++) free(m.cpt[i]);
    }
    CU_ASSERT(contradictions > 5); /* so that those were tried */
    free(want);
}

static double seconds_since(clock_t begin)
{
    return (double)(clock() - begin) / CLOCKS_PER_SEC;
}

/* Adds "NAME0", a root, and "NAME1".. with one parent each: the one before (chain), or one at random. */
static void add_tree(cgm_network *network, size_t n, bool chain, double p0_root, const double *p0)
{
    cgm_rng rng = cgm_rng_create(7);
    char name[32], parent[32];
    const char *parents[] = {parent};
    for (size_t i = n; i-- > 0;) {
        snprintf(name, sizeof name, "x%zu", i);
        snprintf(parent, sizeof parent, "x%zu", i == 0 ? 0 : chain ? i - 1 : (size_t)cgm_rng_below(&rng, i));
        REQUIRE_OK(add_binary(network, name, i > 0, parents, i ? p0 : &p0_root));
    }
}

/* A chain's marginal is stationary + (root - stationary) lambda^i, lambda = p00 - p10. */
static void long_chain(void)
{
    const double p0[] = {.9, .4}, root = .1, lambda = .5, stationary = .8;
    clock_t begin = clock();
    cgm_network *network;
    double p[2];
    REQUIRE_OK(cgm_network_create(&network));
    add_tree(network, 1000, true, root, p0);
    REQUIRE_OK(cgm_network_finish(network));
    CHECK_OK(ask(network, "x999", "", "", 2, p));
    CHECK_NEAR(p[0], stationary, 1e-12);
    CHECK_OK(ask(network, "x3", "", "x999=1", 2, p));
    CHECK_NEAR(p[0], stationary + (root - stationary) * pow(lambda, 3), 1e-12);
    CHECK_OK(ask(network, "x999", "", "x996=1", 2, p));
    CHECK_NEAR(p[0], stationary + (0 - stationary) * pow(lambda, 3), 1e-12);
    /* By Bayes: P(x0=0 | x2=1). */
    double p1_0 = 1 - (stationary + (1 - stationary) * pow(lambda, 2));
    double p1_1 = 1 - (stationary - stationary * pow(lambda, 2));
    CHECK_OK(ask(network, "x0", "x2=1", "", 2, p));
    CHECK_NEAR(p[0], root * p1_0 / (root * p1_0 + (1 - root) * p1_1), 1e-12);
    CHECK_OK(ask(network, "x0", "x999=1", "", 2, p));
    CHECK_NEAR(p[0], root, 1e-12);
    cgm_network_destroy(network);

    REQUIRE_OK(cgm_network_create(&network));
    add_tree(network, 1000, false, stationary, p0);
    REQUIRE_OK(cgm_network_finish(network));
    CHECK_OK(ask(network, "x500", "", "", 2, p));
    CHECK_NEAR(p[0], stationary, 1e-12);
    CHECK_OK(ask(network, "x500", "x999=1 x998=0 x997=1 x3=1", "x7=0", 2, p));
    CHECK_NEAR(p[0] + p[1], 1, 1e-12);
    cgm_network_destroy(network);
    CU_ASSERT(seconds_since(begin) < 5); /* 0.05 s without sanitizers */
}

/* Two classes and 2,000 observed leaves: P(e) is far below the least number, and class 1 is unlikely beyond it until
 * one more leaf rules out class 0. That one is in the middle, so that it is not met first whichever way the list goes.
 */
static void underflow(void)
{
    enum { LEAVES = 2000 };
    const char *parents[] = {"class"};
    cgm_network *network;
    cgm_network_value evidence[LEAVES + 1];
    double p[2], probability, log_p;
    char name[32];
    REQUIRE_OK(cgm_network_create(&network));
    REQUIRE_OK(add_binary(network, "class", 0, NULL, (double[]){.25}));
    for (size_t i = 0; i < LEAVES; i++) {
        snprintf(name, sizeof name, "leaf%zu", i);
        if (i == LEAVES / 2) REQUIRE_OK(add_binary(network, "rules out", 1, parents, (double[]){0, .5}));
        REQUIRE_OK(add_binary(network, name, 1, parents, (double[]){.1, .01}));
        evidence[i] = (cgm_network_value){i < LEAVES / 2 ? i + 1 : i + 2, 0};
    }
    evidence[LEAVES] = (cgm_network_value){LEAVES / 2 + 1, 0};
    REQUIRE_OK(cgm_network_finish(network));
    cgm_network_query q = {.n_targets = 1, .targets = (size_t[]){0}, .n_evidence = 300, .evidence = evidence};
    CHECK_OK(cgm_network_evidence(network, &q, &probability, &log_p));
    CHECK_NEAR(log_p / (log(.25) + 300 * log(.1)), 1, 1e-12);
    CHECK_NEAR(probability / .25e-300, 1, 1e-12);
    q.n_evidence = LEAVES;
    CHECK_OK(cgm_network_evidence(network, &q, &probability, &log_p));
    CHECK_NEAR(log_p / (log(.25) + LEAVES * log(.1)), 1, 1e-12);
    CU_ASSERT_EQUAL(probability, 0);
    CHECK_OK(cgm_network_posterior(network, &q, 2, p));
    CHECK_NEAR(p[0], 1, 1e-12);
    q.n_evidence = LEAVES + 1;
    CHECK_OK(cgm_network_evidence(network, &q, NULL, &log_p));
    CHECK_NEAR(log_p / (log(.75) + LEAVES * log(.01) + log(.5)), 1, 1e-12);
    CHECK_OK(cgm_network_posterior(network, &q, 2, p));
    CU_ASSERT_EQUAL(p[0], 0);
    CHECK_NEAR(p[1], 1, 1e-12);
    cgm_network_destroy(network);
}

/* A grid of side x side, each with the parents above and to the left, and a variable apart. */
static cgm_network *grid(size_t side)
{
    const double p0[] = {.9, .5, .4, .2};
    cgm_network *network;
    REQUIRE_OK(cgm_network_create(&network));
    for (size_t i = 0; i < side * side; i++) {
        char name[32], up[32], left[32];
        const char *parents[2];
        size_t n = 0;
        snprintf(name, sizeof name, "g%zu", i);
        snprintf(up, sizeof up, "g%zu", i - side);
        snprintf(left, sizeof left, "g%zu", i - 1);
        if (i >= side) parents[n++] = up;
        if (i % side) parents[n++] = left;
        REQUIRE_OK(add_binary(network, name, n, parents, p0));
    }
    REQUIRE_OK(add_binary(network, "apart", 0, NULL, (double[]){.3}));
    REQUIRE_OK(cgm_network_finish(network));
    return network;
}

/* What is too wide is refused at once; what is apart from the target, or barren, does not count. */
static void width(void)
{
    cgm_network *network = grid(60);
    double p[2], first[2];
    clock_t begin = clock();
    CHECK_FAILS(ask(network, "g3599", "", "", 2, p), CGM_E_UNSUPPORTED, "1024 MiB");
    CHECK_OK(ask(network, "apart", "g3599=1 g1800=0", "", 2, p));
    CHECK_NEAR(p[0], .3, 1e-15);
    CHECK_OK(ask(network, "g0", "", "", 2, first));
    CHECK_NEAR(first[0], .9, 1e-15);
    CHECK_OK(ask(network, "g0", "", "g3599=1", 2, p));
    CHECK_NEAR(p[0], .9, 1e-15);
    CU_ASSERT(seconds_since(begin) < 5);
    cgm_network_destroy(network);
    network = grid(6);
    cgm_network_query q = {.n_targets = 1, .targets = (size_t[]){35}, .max_bytes = 256};
    CHECK_FAILS(cgm_network_posterior(network, &q, 2, p), CGM_E_UNSUPPORTED, "more than 0 MiB");
    q.max_bytes = (size_t)1 << 20;
    CHECK_OK(cgm_network_posterior(network, &q, 2, p));
    CHECK_NEAR(p[0] + p[1], 1, 1e-12);
    q.targets = (size_t[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
    q.n_targets = 18;
    CHECK_FAILS(cgm_network_posterior(network, &q, 1 << 18, p), CGM_E_UNSUPPORTED, "joint distribution of 18 targets");
    cgm_network_destroy(network);
}

/* What enumeration cannot reach: P(e1, ..., e12; do) is the product of P(ei | those before; do), each found in another
 * order of elimination, on a grid of width 10. */
static void chain_rule(void)
{
    cgm_network *network = grid(10);
    cgm_rng rng = cgm_rng_create(3);
    size_t order[100];
    cgm_network_value evidence[13], *set = &evidence[12];
    for (int round = 0; round < 5; round++) {
        double log_product = 0, log_p, p[2];
        cgm_rng_permutation(&rng, 100, order);
        for (size_t i = 0; i < 13; i++) evidence[i] = (cgm_network_value){order[i], cgm_rng_below(&rng, 2)};
        cgm_network_query q = {.n_do = 1, .interventions = set, .n_targets = 1, .evidence = evidence};
        for (; q.n_evidence < 12; q.n_evidence++) {
            q.targets = &evidence[q.n_evidence].variable;
            REQUIRE_OK(cgm_network_posterior(network, &q, 2, p));
            log_product += log(p[evidence[q.n_evidence].level]);
        }
        REQUIRE_OK(cgm_network_evidence(network, &q, NULL, &log_p));
        CHECK_NEAR(log_p, log_product, 1e-11);
    }
    cgm_network_destroy(network);
}

static void refused_queries(void)
{
    cgm_network *network;
    double p[2];
    REQUIRE_OK(cgm_network_parse(asia_text, strlen(asia_text), "asia.bif", &network));
    CHECK_FAILS(ask(network, "lung", "bronc=yes", "bronc=yes", 2, p), CGM_E_ARG, "bronc is both intervened on and");
    CHECK_FAILS(ask(network, "lung", "bronc=yes bronc=no", "", 2, p), CGM_E_ARG, "bronc is observed twice");
    CHECK_FAILS(ask(network, "lung", "", "bronc=yes bronc=yes", 2, p), CGM_E_ARG, "bronc is intervened on twice");
    CHECK_FAILS(ask(network, "lung", "", "", 3, p), CGM_E_ARG, "room for 3 numbers; the answer has 2");
    CHECK_FAILS(ask(network, "smoke", "lung=yes either=no", "asia=no", 2, p), CGM_E_ARG,
                "contradictory evidence: P(lung=yes, either=no; do(asia=no)) is 0");
    /* Apart from the target, and impossible all the same. */
    CHECK_FAILS(ask(network, "asia", "lung=yes either=no", "tub=no", 2, p), CGM_E_ARG, "contradictory evidence");
    CHECK_FAILS(ask(network, "lung", "lung=yes either=no", "", 2, p), CGM_E_ARG, "contradictory evidence");
    CHECK_OK(ask(network, "lung", "", "lung=no either=yes", 2, p));
    CU_ASSERT(p[0] == 0 && p[1] == 1);
    cgm_network_query q = {.n_targets = 2, .targets = (size_t[]){1, 1}};
    CHECK_FAILS(cgm_network_posterior(network, &q, 4, p), CGM_E_ARG, "xray is a target twice");
    q = (cgm_network_query){.n_targets = 1, .targets = (size_t[]){8}};
    CHECK_FAILS(cgm_network_posterior(network, &q, 2, p), CGM_E_ARG, "variable 8; the network has 8");
    q = (cgm_network_query){.n_evidence = 1, .evidence = (cgm_network_value[]){{1, 2}}};
    CHECK_FAILS(cgm_network_posterior(network, &q, 2, p), CGM_E_ARG, "no target");
    CHECK_FAILS(cgm_network_evidence(network, &q, p, NULL), CGM_E_ARG, "xray: level 2; it has 2");
    cgm_network_destroy(network);
}

static const test_case cases[] = {
    {"Asia", asia},
    {"Sachs", sachs},
    {"small networks of pgmpy", small_networks},
    {"enumeration", enumeration},
    {"chains and trees of 1,000", long_chain},
    {"underflow", underflow},
    {"width", width},
    {"chain rule", chain_rule},
    {"refused queries", refused_queries},
};
TEST_MAIN("discrete", cases)
