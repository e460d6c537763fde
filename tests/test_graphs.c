/* Causal graphs: reading them, separation, adjustment sets, front-door sets, instruments and roles, against oracles
 * that go through all paths and all sets. */
#include "scm/graphs/dag.h"

#include "base/log.h"
#include "scm/graphs/adjustment.h"
#include "scm/graphs/front_door.h"
#include "scm/graphs/roles.h"
#include "scm/graphs/separation.h"
#include "tests/graph_toys.h"

/* ---- Oracles: the definitions, path by path. Graphs of at most 8 nodes; bit i of a word is node i. */

typedef struct oracle {
    size_t n;
    bool edge[8][8];   /* i -> k */
    bool hidden[8][8]; /* i <-> k, both ways */
} oracle;

static oracle oracle_of(const cgm_dag *dag)
{
    oracle o = {.n = cgm_dag_count(dag)};
    for (size_t i = 0; i < o.n; i++) {
        const size_t *list;
        size_t k = cgm_dag_children(dag, i, &list);
        while (k-- > 0) o.edge[i][list[k]] = true;
        k = cgm_dag_siblings(dag, i, &list);
        while (k-- > 0) o.hidden[i][list[k]] = true;
    }
    return o;
}

static uint64_t bit(size_t i)
{
    return UINT64_C(1) << i;
}

static uint64_t descendants(const oracle *o, uint64_t of)
{
    for (size_t round = 0; round < o->n; round++)
        for (size_t i = 0; i < o->n; i++)
            for (size_t k = 0; k < o->n; k++)
                if (of >> i & 1 && o->edge[i][k]) of |= bit(k);
    return of;
}

/* Marks at the two ends of a step. */
enum { TAIL, HEAD };

/* Is there an open path from `at` on to `to` given z, after `visited` (at included), the last step having left the mark
 * `mark` at `at` (-1: none, the beginning)? Every simple path is tried. */
static bool open_path(const oracle *o, size_t at, size_t to, uint64_t z, uint64_t visited, int mark)
{
    if (at == to) return true;
    bool collider_open = (descendants(o, bit(at)) & z) != 0, other_open = !(z >> at & 1);
    for (size_t next = 0; next < o->n; next++) {
        if (visited >> next & 1) continue;
        const bool step[3] = {o->edge[at][next], o->edge[next][at], o->hidden[at][next]};
        const int here[3] = {TAIL, HEAD, HEAD}, there[3] = {HEAD, TAIL, HEAD};
        for (int k = 0; k < 3; k++) {
            if (!step[k]) continue;
            bool collider = mark == HEAD && here[k] == HEAD;
            if (mark >= 0 && !(collider ? collider_open : other_open)) continue;
            if (open_path(o, next, to, z, visited | bit(next), there[k])) return true;
        }
    }
    return false;
}

static bool separated(const oracle *o, uint64_t x, uint64_t y, uint64_t z)
{
    for (size_t i = 0; i < o->n; i++)
        for (size_t k = 0; k < o->n; k++)
            if (x >> i & 1 && y >> k & 1 && open_path(o, i, k, z, bit(i), -1)) return false;
    return true;
}

/* Nodes on directed paths from `at` to y that do not return to x; true when there is one. */
static bool causal_paths(const oracle *o, size_t at, uint64_t x, uint64_t y, uint64_t *nodes)
{
    bool any = y >> at & 1;
    for (size_t next = 0; next < o->n; next++)
        if (o->edge[at][next] && !(x >> next & 1) && causal_paths(o, next, x, y, nodes)) any = true;
    if (any && !(x >> at & 1)) *nodes |= bit(at);
    return any;
}

static uint64_t causal_nodes(const oracle *o, uint64_t x, uint64_t y)
{
    uint64_t nodes = 0;
    for (size_t i = 0; i < o->n; i++)
        if (x >> i & 1) (void)causal_paths(o, i, x, y, &nodes);
    return nodes;
}

/* A walk along a proper path from x to y that is not causal: is one open? The criterion's second part, path by path. */
static bool open_noncausal(const oracle *o, size_t at, uint64_t x, uint64_t y, uint64_t z, uint64_t visited, int mark,
                           bool causal)
{
    if (y >> at & 1 && !causal) return true;
    bool collider_open = (descendants(o, bit(at)) & z) != 0, other_open = !(z >> at & 1);
    for (size_t next = 0; next < o->n; next++) {
        if ((visited | x) >> next & 1) continue;
        const bool step[3] = {o->edge[at][next], o->edge[next][at], o->hidden[at][next]};
        const int here[3] = {TAIL, HEAD, HEAD}, there[3] = {HEAD, TAIL, HEAD};
        for (int k = 0; k < 3; k++) {
            if (!step[k]) continue;
            bool collider = mark == HEAD && here[k] == HEAD;
            if (mark >= 0 && !(collider ? collider_open : other_open)) continue;
            if (open_noncausal(o, next, x, y, z, visited | bit(next), there[k], causal && k == 0)) return true;
        }
    }
    return false;
}

static bool adjusts(const oracle *o, uint64_t x, uint64_t y, uint64_t z)
{
    if (z & (descendants(o, causal_nodes(o, x, y)) | x | y)) return false;
    for (size_t i = 0; i < o->n; i++)
        if (x >> i & 1 && open_noncausal(o, i, x, y, z, bit(i), -1, true)) return false;
    return true;
}

/* ---- Separation and adjustment. */

static bool find(uint64_t set, const cgm_set_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (*list->set[i] == set) return true;
    return false;
}

static void check_adjustment(const cgm_dag *dag, const oracle *o, uint64_t x, uint64_t y)
{
    cgm_arena arena = {0};
    cgm_set_list list;
    uint64_t *minimal, *minimum, rest = (bit(o->n) - 1) & ~x & ~y;
    bool valid[256] = {false}, got;
    size_t fewest = SIZE_MAX, n_minimal = 0;
    for (uint64_t z = 0; z < bit(o->n); z++) {
        if (z & ~rest) continue;
        valid[z] = adjusts(o, x, y, z);
        CHECK_OK(cgm_adjustment_is_valid(dag, &x, &y, &z, &got));
        CU_ASSERT(got == valid[z]);
        size_t count = (size_t)__builtin_popcountll(z);
        if (valid[z] && count < fewest) fewest = count;
    }
    CHECK_OK(cgm_adjustment_find_minimal(dag, &x, &y, &arena, &minimal));
    CHECK_OK(cgm_adjustment_find_minimum(dag, &x, &y, &arena, &minimum));
    CHECK_OK(cgm_adjustment_list_minimal(dag, &x, &y, 1000, &arena, &list));
    CU_ASSERT((minimal != NULL) == (fewest < SIZE_MAX) && (minimum != NULL) == (fewest < SIZE_MAX));
    if (minimum) CU_ASSERT(valid[*minimum] && (size_t)__builtin_popcountll(*minimum) == fewest);
    if (minimal) CU_ASSERT(find(*minimal, &list));
    for (uint64_t z = 0; z < bit(o->n); z++) {
        bool is_minimal = valid[z];
        for (uint64_t part = (z - 1) & z; is_minimal && part != z; part = (part - 1) & z) {
            if (valid[part]) is_minimal = false;
            if (part == 0) break;
        }
        if (z == 0) is_minimal = valid[0];
        n_minimal += is_minimal;
        CU_ASSERT(is_minimal == find(z, &list));
    }
    CU_ASSERT(list.n == n_minimal && !list.more);
    if (n_minimal > 1) {
        CHECK_OK(cgm_adjustment_list_minimal(dag, &x, &y, n_minimal - 1, &arena, &list));
        CU_ASSERT(list.n == n_minimal - 1 && list.more);
    }
    cgm_arena_clear(&arena);
}

static void check_separation(const cgm_dag *dag, const oracle *o, uint64_t x, uint64_t y, uint64_t z)
{
    bool got;
    CHECK_OK(cgm_dag_separates(dag, &x, &y, &z, &got));
    CU_ASSERT(got == separated(o, x, y, z));
}

static void check_pairs(const cgm_dag *dag)
{
    oracle o = oracle_of(dag);
    for (size_t i = 0; i < o.n; i++) {
        for (size_t k = 0; k < o.n; k++) {
            if (i == k) continue;
            for (uint64_t z = 0; z < bit(o.n); z++)
                if (!(z & (bit(i) | bit(k)))) check_separation(dag, &o, bit(i), bit(k), z);
            check_adjustment(dag, &o, bit(i), bit(k));
        }
    }
}

/* Each of the 543 acyclic graphs of 4 nodes: each pair has no edge, or one either way. */
static void all_of_four_nodes(void)
{
    int count = 0;
    for (int code = 0; code < 729; code++) {
        cgm_dag *dag;
        REQUIRE_OK(cgm_dag_create(&dag));
        for (int i = 0; i < 4; i++) REQUIRE_OK(cgm_dag_add(dag, (const char[]){(char)('a' + i), 0}, NULL));
        int rest = code;
        for (size_t i = 0; i < 4; i++)
            for (size_t k = 0; k < i; k++, rest /= 3)
                if (rest % 3) CHECK_OK(cgm_dag_connect(dag, rest % 3 == 1 ? i : k, rest % 3 == 1 ? k : i));
        if (cgm_dag_finish(dag) == CGM_OK) {
            count++;
            check_pairs(dag);
        }
        cgm_dag_destroy(dag);
    }
    CU_ASSERT(count == 543);
}

static void random_sets(cgm_rng *rng, size_t n, uint64_t parts, uint64_t *x, uint64_t *y, uint64_t *z)
{
    do {
        *x = *y = *z = 0;
        for (size_t i = 0; i < n; i++) {
            uint64_t part = cgm_rng_below(rng, parts);
            if (part < 3) *(part == 0 ? x : part == 1 ? y : z) |= bit(i);
        }
    } while (!*x || !*y);
}

static void random_graphs(void)
{
    cgm_rng rng = cgm_rng_create(3);
    uint64_t x, y, z;
    for (int i = 0; i < 400; i++) {
        size_t n = 5 + (size_t)cgm_rng_below(&rng, 4);
        cgm_dag *dag = toy_random_dag(&rng, n, 0.35, i % 2 ? 0.15 : 0);
        oracle o = oracle_of(dag);
        for (int k = 0; k < 5; k++) {
            random_sets(&rng, n, 6, &x, &y, &z);
            check_separation(dag, &o, x, y, z);
        }
        random_sets(&rng, n, 8, &x, &y, &z);
        check_adjustment(dag, &o, x, y);
        check_adjustment(dag, &o, bit(0), bit(1));
        cgm_dag_destroy(dag);
    }
}

/* The games of chapter 4 of "The Book of Why" (Pearl and Mackenzie 2018), with all their minimal sets. */
static void book_of_why(void)
{
    static const struct {
        const char *graph, *sets[5];
    } games[] = {
        {"X->A A->Y A->B", {""}},
        {"X->E E->Y A->B A->X B->C D->B D->E", {""}},
        {"X->Y X->A B->A B->Y B->X", {"B"}},
        {"A->X A->B C->B C->Y X", {""}},
        {"A->X A->B C->B C->Y X->Y B->X", {"C", "A B"}},
        {"X->F C->X A->C A->D B->D B->E D->X D->Y E->Y F->Y", {"C D", "A D", "D E", "B D"}},
    };
    for (size_t i = 0; i < sizeof games / sizeof *games; i++) {
        cgm_arena arena = {0};
        cgm_dag *dag = toy_dag(games[i].graph);
        uint64_t x = toy_set(dag, "X"), y = toy_set(dag, "Y");
        cgm_set_list list;
        oracle o = oracle_of(dag);
        size_t n = 0;
        check_adjustment(dag, &o, x, y);
        CHECK_OK(cgm_adjustment_list_minimal(dag, &x, &y, 100, &arena, &list));
        for (; n < 5 && games[i].sets[n]; n++) CU_ASSERT(find(toy_set(dag, games[i].sets[n]), &list));
        CU_ASSERT(list.n == n);
        cgm_dag_destroy(dag);
        cgm_arena_clear(&arena);
    }
}

/* ---- The optimal set: the one with the least variance in linear models with errors of variance 1. */

/* The asymptotic variance of least squares: the residual variance of y given x and z over that of x given z, in the
 * model with coefficients c. */
static double residual_variance(size_t n, double cov[8][8], size_t of, uint64_t given)
{
    double left[8][8];
    memcpy(left, cov, sizeof left);
    for (size_t g = 0; g < n; g++) {
        if (!(given >> g & 1)) continue;
        double pivot = left[g][g], column[8];
        for (size_t i = 0; i < n; i++) column[i] = left[i][g];
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < n; k++) left[i][k] -= column[i] * column[k] / pivot;
        for (size_t i = 0; i < n; i++) left[i][g] = left[g][i] = 0;
        left[g][g] = 1;
    }
    return left[of][of];
}

static void linear_covariance(const cgm_dag *dag, cgm_rng *rng, double cov[8][8])
{
    size_t n = cgm_dag_count(dag);
    memset(cov, 0, 64 * sizeof(double));
    for (size_t t = 0; t < n; t++) {
        size_t i = cgm_dag_order(dag)[t], n_parents;
        const size_t *parents;
        double weight[8];
        n_parents = cgm_dag_parents(dag, i, &parents);
        for (size_t k = 0; k < n_parents; k++)
            weight[k] = (0.5 + cgm_rng_uniform(rng)) * (cgm_rng_below(rng, 2) ? 1 : -1);
        for (size_t s = 0; s < t; s++) {
            size_t j = cgm_dag_order(dag)[s];
            for (size_t k = 0; k < n_parents; k++) cov[i][j] += weight[k] * cov[parents[k]][j];
            cov[j][i] = cov[i][j];
        }
        cov[i][i] = 0.5 + cgm_rng_uniform(rng);
        for (size_t k = 0; k < n_parents; k++) cov[i][i] += weight[k] * cov[i][parents[k]];
    }
}

static void optimal_sets(void)
{
    cgm_rng rng = cgm_rng_create(4);
    int compared = 0;
    for (int i = 0; i < 1000; i++) {
        cgm_arena arena = {0};
        double cov[8][8];
        size_t n = 4 + (size_t)cgm_rng_below(&rng, 4);
        cgm_dag *dag = toy_random_dag(&rng, n, 0.45, 0);
        oracle o = oracle_of(dag);
        uint64_t x = bit(0), y = bit(1), *best;
        linear_covariance(dag, &rng, cov);
        CHECK_OK(cgm_adjustment_find_optimal(dag, &x, &y, &arena, &best));
        CU_ASSERT((best != NULL) == (causal_nodes(&o, x, y) != 0));
        double least = best ? residual_variance(n, cov, 1, *best | x) / residual_variance(n, cov, 0, *best) : 0;
        if (best) CU_ASSERT(adjusts(&o, x, y, *best));
        for (uint64_t z = 0; best && z < bit(n); z++) {
            if (z & (x | y) || !adjusts(&o, x, y, z)) continue;
            double other = residual_variance(n, cov, 1, z | x) / residual_variance(n, cov, 0, z);
            CU_ASSERT(least <= other * (1 + 1e-9));
            compared++;
        }
        cgm_dag_destroy(dag);
        cgm_arena_clear(&arena);
    }
    CU_ASSERT(compared > 500);
    cgm_arena arena = {0};
    cgm_dag *dag = toy_dag("x->y x<->y");
    uint64_t x = bit(0), y = bit(1), *best;
    CHECK_FAILS(cgm_adjustment_find_optimal(dag, &x, &y, &arena, &best), CGM_E_UNSUPPORTED, "hidden");
    cgm_dag_destroy(dag);
}

/* ---- Front-door sets. */

static uint64_t ancestors_avoiding(const oracle *o, uint64_t of, uint64_t avoid)
{
    uint64_t result = 0;
    for (size_t i = 0; i < o->n; i++) {
        oracle cut = *o;
        for (size_t k = 0; k < o->n; k++)
            for (size_t l = 0; l < o->n; l++)
                if (avoid >> k & 1) cut.edge[k][l] = false;
        if (descendants(&cut, bit(i)) & of) result |= bit(i);
    }
    return result;
}

/* Is there an open path from x to y given z that begins with an arrowhead at x? */
static bool open_back_door(const oracle *o, uint64_t x, uint64_t y, uint64_t z)
{
    oracle under = *o; /* without edges out of x */
    for (size_t i = 0; i < o->n; i++)
        for (size_t k = 0; k < o->n; k++)
            if (x >> i & 1) under.edge[i][k] = false;
    return !separated(&under, x, y, z);
}

static bool is_front_door(const oracle *o, uint64_t x, uint64_t y, uint64_t z)
{
    oracle cut = *o;
    for (size_t i = 0; i < o->n; i++)
        for (size_t k = 0; k < o->n; k++)
            if (z >> k & 1) cut.edge[i][k] = false;
    if (descendants(&cut, x) & y) return false;
    return !open_back_door(o, x, z, 0) && !open_back_door(o, z, y, x);
}

static void front_doors(void)
{
    cgm_rng rng = cgm_rng_create(5);
    int found = 0;
    for (int i = 0; i < 3000; i++) {
        cgm_arena arena = {0};
        size_t n = 4 + (size_t)cgm_rng_below(&rng, 3), count = 0;
        cgm_dag *dag = toy_random_dag(&rng, n, 0.4, 0.15);
        oracle o = oracle_of(dag);
        uint64_t x = bit(0), y = bit(1), *minimal;
        if (i % 4 == 3) y |= bit(2);
        uint64_t above = ancestors_avoiding(&o, y, 0);
        cgm_set_list list;
        CHECK_OK(cgm_front_door_list(dag, &x, &y, 1000, &arena, &list));
        CHECK_OK(cgm_front_door_find_minimal(dag, &x, &y, &arena, &minimal));
        for (uint64_t z = 0; z < bit(n); z++) {
            if (z & (x | y)) continue;
            bool valid = is_front_door(&o, x, y, z), got;
            CHECK_OK(cgm_front_door_is_valid(dag, &x, &y, &z, &got));
            CU_ASSERT(got == valid);
            CU_ASSERT(find(z, &list) == (valid && !(z & ~above)));
            if (minimal && z == *minimal) CU_ASSERT(valid);
            if (minimal && (z & ~*minimal) == 0 && z != *minimal) CU_ASSERT(!valid);
            count += valid && !(z & ~above);
            if (valid) CU_ASSERT(is_front_door(&o, x, y, z & above));
        }
        CU_ASSERT(list.n == count && !list.more && (minimal != NULL) == (count > 0));
        if (count > 1) {
            CHECK_OK(cgm_front_door_list(dag, &x, &y, 1, &arena, &list));
            CU_ASSERT(list.n == 1 && list.more);
        }
        found += minimal && *minimal;
        cgm_dag_destroy(dag);
        cgm_arena_clear(&arena);
    }
    CU_ASSERT(found > 20);
}

/* ---- Instruments and roles. */

/* Is z an instrument given w, by the definition? */
static bool is_instrument(const oracle *o, uint64_t z, uint64_t w)
{
    uint64_t x = bit(0), y = bit(1), causal = causal_nodes(o, x, y);
    if ((z | w) & (descendants(o, causal) | x)) return false;
    oracle cut = *o;
    for (size_t k = 0; k < o->n; k++)
        if (causal >> k & 1) cut.edge[0][k] = false;
    return separated(&cut, z, y, w) && !separated(o, z, x, w);
}

static void instruments(void)
{
    cgm_rng rng = cgm_rng_create(6);
    int found = 0, conditional = 0;
    for (int i = 0; i < 600; i++) {
        cgm_arena arena = {0};
        size_t n = 4 + (size_t)cgm_rng_below(&rng, 3);
        cgm_dag *dag = toy_random_dag(&rng, n, 0.4, 0.15);
        oracle o = oracle_of(dag);
        uint64_t x = bit(0), y = bit(1);
        cgm_instruments list;
        CHECK_OK(cgm_instruments_find(dag, &x, &y, &arena, &list));
        bool exists = false;
        for (size_t z = 2, k = 0; z < n; z++) {
            bool got = k < list.n && list.instrument[k].node == z, any = false;
            uint64_t ancestors = ancestors_avoiding(&o, y | bit(z), 0);
            for (uint64_t w = 0; w < bit(n) && causal_nodes(&o, x, y); w++) {
                if (w & (bit(z) | x | y) || !is_instrument(&o, bit(z), w)) continue;
                exists = true;
                if (!(w & ~ancestors)) any = true;
            }
            CU_ASSERT(got == any);
            if (!got) continue;
            uint64_t given = *list.instrument[k++].given;
            CU_ASSERT(is_instrument(&o, bit(z), given));
            CU_ASSERT(given == 0 || !is_instrument(&o, bit(z), 0));
            found++;
            conditional += given != 0;
        }
        CU_ASSERT(exists == (list.n > 0)); /* then there is an ancestral one */
        cgm_dag_destroy(dag);
        cgm_arena_clear(&arena);
    }
    CU_ASSERT(found > 50 && conditional > 10);
}

/* Follows every simple path from `at` to y and notes the colliders on those that arrive. */
static bool note_colliders(const oracle *o, size_t at, size_t y, uint64_t visited, int mark, uint64_t *colliders)
{
    if (at == y) return true;
    bool arrives = false;
    for (size_t next = 0; next < o->n; next++) {
        if (visited >> next & 1) continue;
        const bool step[3] = {o->edge[at][next], o->edge[next][at], o->hidden[at][next]};
        const int here[3] = {TAIL, HEAD, HEAD}, there[3] = {HEAD, TAIL, HEAD};
        for (int k = 0; k < 3; k++) {
            if (!step[k] || !note_colliders(o, next, y, visited | bit(next), there[k], colliders)) continue;
            arrives = true;
            if (mark == HEAD && here[k] == HEAD) *colliders |= bit(at);
        }
    }
    return arrives;
}

static void roles(void)
{
    cgm_rng rng = cgm_rng_create(7);
    for (int i = 0; i < 400; i++) {
        cgm_arena arena = {0};
        size_t n = 4 + (size_t)cgm_rng_below(&rng, 4);
        cgm_dag *dag = toy_random_dag(&rng, n, 0.35, i % 2 ? 0.15 : 0);
        oracle o = oracle_of(dag);
        uint64_t x = bit(0), y = bit(1), colliders = 0;
        cgm_roles r;
        CHECK_OK(cgm_roles_find(dag, &x, &y, &arena, &r));
        (void)note_colliders(&o, 0, 1, x, -1, &colliders);
        CU_ASSERT(*r.colliders == colliders);
        CU_ASSERT(*r.mediators == (causal_nodes(&o, x, y) & ~y));
        CU_ASSERT(*r.confounders == (ancestors_avoiding(&o, x, y) & ancestors_avoiding(&o, y, x) & ~x & ~y));
        cgm_dag_destroy(dag);
        cgm_arena_clear(&arena);
    }
    cgm_arena arena = {0};
    cgm_dag *dag = toy_dag("x->y x->m m->y c->x c->y x->e y->e z->x u<->y u->x");
    uint64_t x = toy_set(dag, "x"), y = toy_set(dag, "y");
    cgm_roles r;
    REQUIRE_OK(cgm_roles_find(dag, &x, &y, &arena, &r));
    CU_ASSERT(*r.confounders == toy_set(dag, "c") && *r.mediators == toy_set(dag, "m"));
    CU_ASSERT(*r.colliders == toy_set(dag, "e m") - toy_set(dag, "m") && r.hidden);
    cgm_dag_destroy(dag);
    cgm_arena_clear(&arena);
}

/* ---- Reading. */

static cgm_status read_text(const char *text, cgm_dag **dag)
{
    cgm_config *config = NULL;
    *dag = NULL;
    CGM_TRY(cgm_config_parse(text, "g.yaml", &config));
    cgm_status status = cgm_dag_from_config(cgm_config_root(config), dag);
    cgm_config_destroy(config);
    return status;
}

static void reads(void)
{
    cgm_dag *dag;
    cgm_arena arena = {0};
    const size_t *list;
    REQUIRE_OK(read_text("graph:\n  y: {parents: [x, z], type: image, mechanism: cvae}\n  x: {parents: z}\n  z:\n"
                         "hidden: [[x, y]]\n",
                         &dag));
    CU_ASSERT(cgm_dag_count(dag) == 3 && cgm_dag_find(dag, "z") == 2 && cgm_dag_find(dag, "q") == -1);
    CU_ASSERT(cgm_dag_parents(dag, 0, &list) == 2 && cgm_dag_parents(dag, 2, &list) == 0);
    CU_ASSERT(cgm_dag_children(dag, 2, &list) == 2 && cgm_dag_hidden_count(dag) == 1);
    CU_ASSERT(cgm_dag_siblings(dag, 0, &list) == 1 && list[0] == 1);
    CU_ASSERT(cgm_dag_order(dag)[0] == 2 && cgm_dag_order(dag)[2] == 0);
    uint64_t *set;
    const char *text;
    REQUIRE_OK(cgm_dag_read_set(dag, "--given", 2, (const char *const[]){"z", "x"}, &arena, &set));
    REQUIRE_OK(cgm_dag_write_set(dag, set, &arena, &text));
    CU_ASSERT_STRING_EQUAL(text, "x, z");
    CHECK_FAILS(cgm_dag_read_set(dag, "--given", 1, (const char *const[]){"tickness"}, &arena, &set), CGM_E_ARG,
                "--given: the graph has no variable 'tickness'");
    bool out;
    uint64_t x = 2, both = 3, none = 0;
    CHECK_FAILS(cgm_dag_separates(dag, &x, &both, NULL, &out), CGM_E_ARG, "x is both treatment and outcome");
    CHECK_FAILS(cgm_dag_separates(dag, &x, &none, NULL, &out), CGM_E_ARG, "outcome");
    cgm_dag_destroy(dag);
    cgm_arena_clear(&arena);
}

static void refuses(void)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"", "graph"},
        {"graph: 3", "g.yaml:1: graph: expected a map"},
        {"graph: {}", "g.yaml:1: graph: expected a map"},
        {"graph:\n  x: {parents: [y]}\n  y: {parents: [z]}\n  z: {parents: [x]}\n",
         "g.yaml:2: the graph has a cycle: x -> z -> y -> x"},
        {"graph:\n  thickness:\n  y: {parents: [thicknes]}\n",
         "g.yaml:3: y: parent 'thicknes' is not a variable of the graph; did you mean 'thickness'?"},
        {"graph:\n  x:\n  y: {parents: [x, x]}\n", "g.yaml:3: y: parent 'x' is listed twice"},
        {"graph:\n  x: {parents: [x]}\n", "g.yaml:2: x: a variable cannot be its own parent"},
        {"graph:\n  x: [y]\n", "g.yaml:2: x: expected a map"},
        {"graph:\n  x: {parents: {y: 1}}\n", "g.yaml:2: x: parents: expected a list"},
        {"graph:\n  x: {parents: [[x]]}\n", "g.yaml:2: x: parents: expected a list"},
        {"graph:\n  ? ''\n  : {}\n", "needs a name"},
        {"graph: {x: , y: }\nhidden: [[x, yy]]\n", "g.yaml:2: hidden: 'yy' is not a variable of the graph"},
        {"graph: {x: , y: }\nhidden:\n  - [x, y]\n  - [y, x]\n", "g.yaml:4: hidden: [y, x] is there twice"},
        {"graph: {x: , y: }\nhidden: [[x, x]]\n", "one variable"},
        {"graph: {x: , y: }\nhidden: [[x, y, x]]\n", "expected a pair"},
        {"graph: {x: , y: }\nhidden: [x, y]\n", "expected a pair"},
        {"graph: {x: , y: }\nhidden: {x: y}\n", "expected a list of pairs"},
        {"graph: {x: , y: }\nhidden: [[x, {a: 1}]]\n", "expected a list"},
    };
    cgm_dag *dag;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_FAILS(read_text(bad[i].text, &dag), CGM_E_CONFIG, bad[i].message);
    CHECK_FAILS(cgm_dag_load(test_path("missing.yaml"), &dag), CGM_E_ARG, "missing.yaml");
    REQUIRE_OK(cgm_dag_create(&dag));
    CHECK_OK(cgm_dag_add(dag, "a", NULL));
    CHECK_OK(cgm_dag_add(dag, "b", NULL));
    CHECK_FAILS(cgm_dag_add(dag, "a", NULL), CGM_E_ARG, "a: the graph already has this variable");
    CHECK_FAILS(cgm_dag_add(dag, "", NULL), CGM_E_ARG, "name");
    CHECK_FAILS(cgm_dag_connect(dag, 0, 7), CGM_E_ARG, "node 7");
    CHECK_FAILS(cgm_dag_confound(dag, 1, 1), CGM_E_ARG, "b: an edge to itself");
    CHECK_OK(cgm_dag_connect(dag, 0, 1));
    CHECK_OK(cgm_dag_connect(dag, 0, 1));
    CHECK_FAILS(cgm_dag_finish(dag), CGM_E_ARG, "a -> b is there twice");
    cgm_dag_destroy(dag);
    REQUIRE_OK(cgm_dag_create(&dag));
    for (int i = 0; i < CGM_DAG_MAX_NODES; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%d", i);
        CHECK_OK(cgm_dag_add(dag, name, NULL));
    }
    CHECK_FAILS(cgm_dag_add(dag, "last", NULL), CGM_E_UNSUPPORTED, "at most 2048");
    for (size_t i = 0; i < CGM_DAG_MAX_NODES; i++) CHECK_OK(cgm_dag_connect(dag, i, (i + 1) % CGM_DAG_MAX_NODES));
    CHECK_FAILS(cgm_dag_finish(dag), CGM_E_ARG, "cycle: v0 -> v1");
    cgm_dag_destroy(dag);
}

/* ---- Size: everything about one pair of a sparse graph of 1,000 nodes. */

static void thousand_nodes(void)
{
    cgm_arena arena = {0};
    cgm_rng rng = cgm_rng_create(8);
    cgm_dag *dag;
    const size_t n = 1000;
    REQUIRE_OK(cgm_dag_create(&dag));
    for (size_t i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%zu", i);
        CHECK_OK(cgm_dag_add(dag, name, NULL));
        /* two or so of the twenty before it */
        for (size_t k = i > 20 ? i - 20 : 0; k < i; k++)
            if (cgm_rng_below(&rng, 10) == 0) CHECK_OK(cgm_dag_connect(dag, k, i));
    }
    CHECK_OK(cgm_dag_finish(dag));
    uint64_t x[CGM_SET_WORDS] = {0}, y[CGM_SET_WORDS] = {0}, *set;
    cgm_set_list list;
    cgm_roles r;
    cgm_instruments found;
    bool separated_at_all, valid;
    cgm_set_add(x, 500);
    cgm_set_add(y, 600);
    double begin = cgm_seconds();
    CHECK_OK(cgm_dag_separates(dag, x, y, NULL, &separated_at_all));
    CHECK_OK(cgm_adjustment_find_minimum(dag, x, y, &arena, &set));
    CU_ASSERT_FATAL(set != NULL);
    CHECK_OK(cgm_adjustment_is_valid(dag, x, y, set, &valid));
    CU_ASSERT(valid);
    CHECK_OK(cgm_adjustment_find_optimal(dag, x, y, &arena, &set));
    CHECK_OK(cgm_adjustment_list_minimal(dag, x, y, 100, &arena, &list));
    CU_ASSERT(list.n == 100 && list.more);
    for (size_t i = 0; i < list.n; i++) {
        CHECK_OK(cgm_adjustment_is_valid(dag, x, y, list.set[i], &valid));
        CU_ASSERT(valid);
    }
    CHECK_OK(cgm_roles_find(dag, x, y, &arena, &r));
    CHECK_OK(cgm_instruments_find(dag, x, y, &arena, &found));
    CHECK_OK(cgm_front_door_find_minimal(dag, x, y, &arena, &set));
    CHECK_OK(cgm_front_door_list(dag, x, y, 100, &arena, &list));
    CU_ASSERT(cgm_seconds() - begin < 20); /* a bound for any machine and any sanitizer; the bench has the figure */
    cgm_dag_destroy(dag);
    cgm_arena_clear(&arena);
}

static const test_case cases[] = {
    {"reads", reads},
    {"refuses", refuses},
    {"all graphs of four nodes", all_of_four_nodes},
    {"random graphs", random_graphs},
    {"the Book of Why", book_of_why},
    {"optimal sets", optimal_sets},
    {"front doors", front_doors},
    {"instruments", instruments},
    {"roles", roles},
    {"a thousand nodes", thousand_nodes},
};
TEST_MAIN("graphs", cases)
