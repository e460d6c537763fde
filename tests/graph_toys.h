/* Small causal graphs for tests: from a line of text, at random, and with random tables behind them. */
#ifndef CGM_TESTS_GRAPH_TOYS_H
#define CGM_TESTS_GRAPH_TOYS_H

#include "base/rng.h"
#include "scm/graphs/dag.h"
#include "tests/harness.h"

/* "z->x z->y x<->y w": edges and lone nodes; nodes are numbered as they first appear. */
static inline cgm_dag *toy_dag(const char *text)
{
    cgm_dag *dag = NULL;
    char copy[512], *rest = NULL;
    if (cgm_dag_create(&dag) != CGM_OK) CU_FAIL_FATAL("no graph");
    for (int pass = 0; pass < 2; pass++) {
        snprintf(copy, sizeof copy, "%s", text);
        for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
            char *arrow = strstr(word, "->"), *effect = arrow ? arrow + 2 : NULL;
            bool hidden = arrow && arrow > word && arrow[-1] == '<';
            if (arrow) arrow[hidden ? -1 : 0] = '\0';
            if (pass == 0) {
                if (cgm_dag_find(dag, word) < 0) CHECK_OK(cgm_dag_add(dag, word, NULL));
                if (effect && cgm_dag_find(dag, effect) < 0) CHECK_OK(cgm_dag_add(dag, effect, NULL));
            } else if (effect) {
                size_t a = (size_t)cgm_dag_find(dag, word), b = (size_t)cgm_dag_find(dag, effect);
                CHECK_OK(hidden ? cgm_dag_confound(dag, a, b) : cgm_dag_connect(dag, a, b));
            }
        }
    }
    CHECK_OK(cgm_dag_finish(dag));
    return dag;
}

/* n nodes "a", "b", ...; each pair has a directed edge with the first probability, against an order that is itself
 * random, and a hidden cause with the second. */
static inline cgm_dag *toy_random_dag(cgm_rng *rng, size_t n, double directed, double hidden)
{
    cgm_dag *dag = NULL;
    size_t order[64];
    if (cgm_dag_create(&dag) != CGM_OK) CU_FAIL_FATAL("no graph");
    cgm_rng_permutation(rng, n, order);
    for (size_t i = 0; i < n; i++) {
        char name[32];
        if (n > 26)
            snprintf(name, sizeof name, "v%zu", i);
        else
            snprintf(name, sizeof name, "%c", (char)('a' + i));
        CHECK_OK(cgm_dag_add(dag, name, NULL));
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (cgm_rng_uniform(rng) < directed) CHECK_OK(cgm_dag_connect(dag, order[k], order[i]));
            if (cgm_rng_uniform(rng) < hidden) CHECK_OK(cgm_dag_confound(dag, order[k], order[i]));
        }
    }
    CHECK_OK(cgm_dag_finish(dag));
    return dag;
}

/* n nodes with so many edges of each kind, each between a random pair. */
static inline cgm_dag *toy_sized_dag(cgm_rng *rng, size_t n, size_t directed, size_t hidden)
{
    cgm_dag *dag = NULL;
    size_t *pair = malloc(n * n * sizeof *pair);
    if (!pair || cgm_dag_create(&dag) != CGM_OK) CU_FAIL_FATAL("no graph");
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "v%zu", i);
        CHECK_OK(cgm_dag_add(dag, name, NULL));
    }
    for (int kind = 0; kind < 2; kind++) {
        cgm_rng_permutation(rng, n * n, pair);
        size_t left = kind ? hidden : directed;
        for (size_t k = 0; k < n * n && left > 0; k++) {
            size_t a = pair[k] / n, b = pair[k] % n;
            if (a >= b) continue;
            CHECK_OK(kind ? cgm_dag_confound(dag, a, b) : cgm_dag_connect(dag, a, b));
            left--;
        }
    }
    free(pair);
    CHECK_OK(cgm_dag_finish(dag));
    return dag;
}

/* The set of the nodes named in "x y". Of one word, as toys are small. */
static inline uint64_t toy_set(const cgm_dag *dag, const char *names)
{
    char copy[256], *rest = NULL;
    uint64_t set = 0;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        int node = cgm_dag_find(dag, word);
        if (node < 0) CU_FAIL_FATAL("no such node");
        set |= UINT64_C(1) << node;
    }
    return set;
}

/* Random binary tables: the hidden causes are variables of their own, n..n + hidden. */
typedef struct toy_model {
    const cgm_dag *dag;
    size_t n, n_hidden;
    size_t hidden[32][2]; /* the effects of each hidden cause */
    double root[32];      /* P(hidden cause = 1) */
    double *table[16];    /* P(v = 1 | all other variables that it depends on), by the bits of all variables */
} toy_model;

static inline void toy_model_create(const cgm_dag *dag, cgm_rng *rng, toy_model *m)
{
    *m = (toy_model){.dag = dag, .n = cgm_dag_count(dag)};
    for (size_t i = 0; i < m->n; i++) {
        const size_t *siblings;
        size_t k = cgm_dag_siblings(dag, i, &siblings);
        while (k-- > 0) {
            if (siblings[k] < i) continue;
            m->hidden[m->n_hidden][0] = i;
            m->hidden[m->n_hidden][1] = siblings[k];
            m->root[m->n_hidden++] = 0.15 + 0.7 * cgm_rng_uniform(rng);
        }
    }
    size_t worlds = (size_t)1 << (m->n + m->n_hidden);
    for (size_t i = 0; i < m->n; i++) {
        uint64_t causes = 0;
        const size_t *parents;
        size_t k = cgm_dag_parents(dag, i, &parents);
        while (k-- > 0) causes |= UINT64_C(1) << parents[k];
        for (size_t h = 0; h < m->n_hidden; h++)
            if (m->hidden[h][0] == i || m->hidden[h][1] == i) causes |= UINT64_C(1) << (m->n + h);
        m->table[i] = malloc(worlds * sizeof *m->table[i]);
        if (!m->table[i]) CU_FAIL_FATAL("out of memory");
        for (size_t w = 0; w < worlds; w++) /* the first world with these causes comes first: all else zero */
            m->table[i][w] = (w & causes) == w ? 0.1 + 0.8 * cgm_rng_uniform(rng) : m->table[i][w & causes];
    }
}

static inline void toy_model_clear(toy_model *m)
{
    for (size_t i = 0; i < m->n; i++) free(m->table[i]);
}

/* P(world) with the nodes of `x` set to what the world has: the truncated factorisation. A world is the bits of all
 * variables. */
static inline double toy_truncated(const toy_model *m, uint64_t world, uint64_t x)
{
    double p = 1;
    for (size_t h = 0; h < m->n_hidden; h++) p *= world >> (m->n + h) & 1 ? m->root[h] : 1 - m->root[h];
    for (size_t i = 0; i < m->n; i++)
        if (!(x >> i & 1)) p *= world >> i & 1 ? m->table[i][world] : 1 - m->table[i][world];
    return p;
}

/* The joint of the observed as cgm_formula_evaluate wants it: node 0 outermost. */
static inline void toy_joint(const toy_model *m, double *joint)
{
    size_t rows = (size_t)1 << m->n, hidden = (size_t)1 << m->n_hidden;
    for (size_t row = 0; row < rows; row++) {
        uint64_t world = 0;
        for (size_t i = 0; i < m->n; i++) world |= (uint64_t)(row >> (m->n - 1 - i) & 1) << i;
        joint[row] = 0;
        for (uint64_t h = 0; h < hidden; h++) joint[row] += toy_truncated(m, world | h << m->n, 0);
    }
}

/* P(y | do(x), z) at the values that `world` has. */
static inline double toy_effect(const toy_model *m, uint64_t world, uint64_t x, uint64_t y, uint64_t z)
{
    double above = 0, below = 0;
    for (uint64_t w = 0; w >> (m->n + m->n_hidden) == 0; w++) {
        if ((w ^ world) & (x | z)) continue;
        double p = toy_truncated(m, w, x);
        below += p;
        if (!((w ^ world) & y)) above += p;
    }
    return above / below;
}

#endif
