/* Causal graphs: everything that `cgm identify` asks, one case each, on a sparse graph of 1,000 nodes, and
 * identification on graphs of 50 nodes and 160 edges. Memory is the process's peak. */
#include "bench/bench.h"

#include "base/rng.h"
#include "cgm.h"

enum { SPARSE = 1000, SMALL = 50, GRAPHS = 100 };

typedef struct job {
    const cgm_dag *dag[GRAPHS];
    size_t n_graphs;
    uint64_t x[GRAPHS][CGM_SET_WORDS], y[GRAPHS][CGM_SET_WORDS];
    cgm_status (*ask)(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena);
} job;

static void check(cgm_status status)
{
    if (status == CGM_OK) return;
    fprintf(stderr, "bench_graphs: %s\n", cgm_error_message());
    exit(1);
}

static void run(void *context)
{
    const job *j = context;
    for (size_t i = 0; i < j->n_graphs; i++) {
        cgm_arena arena = {0};
        check(j->ask(j->dag[i], j->x[i], j->y[i], &arena));
        cgm_arena_clear(&arena);
    }
}

static cgm_dag *begin_graph(size_t n)
{
    cgm_dag *dag;
    check(cgm_dag_create(&dag));
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "v%zu", i);
        check(cgm_dag_add(dag, name, NULL));
    }
    return dag;
}

/* Each node has two or so of the twenty before it for parents. */
static cgm_dag *sparse_graph(cgm_rng *rng)
{
    cgm_dag *dag = begin_graph(SPARSE);
    for (size_t i = 0; i < SPARSE; i++)
        for (size_t k = i > 20 ? i - 20 : 0; k < i; k++)
            if (cgm_rng_below(rng, 10) == 0) check(cgm_dag_connect(dag, k, i));
    check(cgm_dag_finish(dag));
    return dag;
}

/* So many directed and bidirected edges, between random pairs. */
static cgm_dag *small_graph(cgm_rng *rng, size_t directed, size_t hidden)
{
    static size_t pair[SMALL * SMALL];
    cgm_dag *dag = begin_graph(SMALL);
    for (int kind = 0; kind < 2; kind++) {
        size_t left = kind ? hidden : directed;
        cgm_rng_permutation(rng, SMALL * SMALL, pair);
        for (size_t k = 0; left > 0; k++) {
            size_t a = pair[k] / SMALL, b = pair[k] % SMALL;
            if (a >= b) continue;
            check(kind ? cgm_dag_confound(dag, a, b) : cgm_dag_connect(dag, a, b));
            left--;
        }
    }
    check(cgm_dag_finish(dag));
    return dag;
}

static cgm_status ask_separation(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena)
{
    bool out;
    (void)arena;
    return cgm_dag_separates(dag, x, y, NULL, &out);
}

static cgm_status ask_minimum(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena)
{
    uint64_t *set;
    return cgm_adjustment_find_minimum(dag, x, y, arena, &set);
}

static cgm_status ask_hundred_sets(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena)
{
    cgm_set_list list;
    return cgm_adjustment_list_minimal(dag, x, y, 100, arena, &list);
}

static cgm_status ask_optimal(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena)
{
    uint64_t *set;
    return cgm_adjustment_find_optimal(dag, x, y, arena, &set);
}

static cgm_status ask_front_door(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena)
{
    cgm_set_list list;
    return cgm_front_door_list(dag, x, y, 100, arena, &list);
}

static cgm_status ask_roles(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena)
{
    cgm_roles roles;
    return cgm_roles_find(dag, x, y, arena, &roles);
}

static cgm_status ask_instruments(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena)
{
    cgm_instruments instruments;
    return cgm_instruments_find(dag, x, y, arena, &instruments);
}

static cgm_status ask_effect(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena)
{
    cgm_identification found;
    const char *text;
    CGM_TRY(cgm_identify(dag, x, y, NULL, arena, &found));
    return found.identifiable ? cgm_formula_write(&found.formula, CGM_FORMULA_TEXT, arena, &text) : CGM_OK;
}

static void measure(job *j, const char *what, int threads)
{
    bench_time time = bench_measure(run, j, 0.3);
    bench_begin("graphs", what, threads, (int64_t)j->n_graphs, time);
    bench_end();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *what;
        cgm_status (*ask)(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, cgm_arena *arena);
    } sparse[] = {{"1000 nodes: d-separation", ask_separation},
                  {"1000 nodes: adjustment set, fewest", ask_minimum},
                  {"1000 nodes: adjustment sets, 100 minimal", ask_hundred_sets},
                  {"1000 nodes: adjustment set, optimal", ask_optimal},
                  {"1000 nodes: front-door sets, 100", ask_front_door},
                  {"1000 nodes: roles", ask_roles},
                  {"1000 nodes: instruments", ask_instruments},
                  {"1000 nodes: ID", ask_effect}};
    static job j; /* large */
    int threads = bench_threads(argc, argv);
    cgm_rng rng = cgm_rng_create(1);
    cgm_dag *graph[GRAPHS];
    j.dag[0] = graph[0] = sparse_graph(&rng);
    j.n_graphs = 1;
    cgm_set_add(j.x[0], 500);
    cgm_set_add(j.y[0], 600);
    for (size_t i = 0; i < sizeof sparse / sizeof *sparse; i++) {
        j.ask = sparse[i].ask;
        measure(&j, sparse[i].what, threads);
    }
    cgm_dag_destroy(graph[0]);
    memset(&j, 0, sizeof j);
    j.ask = ask_effect;
    j.n_graphs = GRAPHS;
    for (size_t i = 0; i < GRAPHS; i++) {
        size_t hidden = 10 + i; /* few hidden causes to most edges */
        j.dag[i] = graph[i] = small_graph(&rng, 160 - hidden, hidden);
        cgm_set_add(j.x[i], (size_t)cgm_rng_below(&rng, 40));
        cgm_set_add(j.y[i], SMALL - 1);
    }
    measure(&j, "50 nodes, 160 edges: ID, 100 graphs", threads);
    for (size_t i = 0; i < GRAPHS; i++) cgm_dag_destroy(graph[i]);
    return 0;
}
