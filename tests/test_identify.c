/* Identification: textbook formulas, every formula against the truncated factorisation of random models with hidden
 * causes, every refusal's hedge against the definition. */
#include "scm/graphs/identify.h"

#include "base/log.h"
#include "scm/graphs/separation.h"
#include "tests/graph_toys.h"

typedef struct textbook {
    const char *name, *graph, *x, *y, *z;
    const char *text; /* NULL: not identifiable */
    const char *large, *small;
} textbook;

static const textbook books[] = {
    {"no cause", "x->y", "y", "x", "", "P(x)", 0, 0},
    {"a root", "x->y", "x", "y", "", "P(y | x)", 0, 0},
    {"back-door", "z->x z->y x->y", "x", "y", "", "sum_z P(y | x, z) P(z)", 0, 0},
    {"back-door below a root", "w->z z->x z->y x->y", "x", "y", "", "sum_z P(y | x, z) P(z)", 0, 0},
    {"two paths", "x->a x->b a->y b->y", "x", "y", "", "P(y | x)", 0, 0},
    {"front-door", "x->z z->y x<->y", "x", "y", "", "sum_z P(z | x) sum_x' P(y | x', z) P(x')", 0, 0},
    {"M-bias", "x->y a->m b->m a->x b->y", "x", "y", "", "P(y | x)", 0, 0},
    {"hidden M-bias", "x->y x<->m m<->y", "x", "y", "", "P(y | x)", 0, 0},
    {"napkin", "w->z z->x x->y w<->x w<->y", "x", "y", "", "(sum_w P(x, y | w, z) P(w)) / (sum_w P(x | w, z) P(w))", 0,
     0},
    {"Verma", "a->b b->c c->d b<->d", "c", "d", "", "sum_b P(d | a, b, c) P(b | a)", 0, 0},
    {"joint outcome", "x->a x->b a->b", "x", "a b", "", "P(a, b | x)", 0, 0},
    {"front-door, given the door", "x->z z->y x<->y", "x", "y", "z", "sum_x' P(y | x', z) P(x')", 0, 0},
    {"rule 2", "z->x z->y x->y", "x", "y", "z", "P(y | x, z)", 0, 0},
    {"condition below", "x->y y->w", "x", "y", "w", "P(y | w, x)", 0, 0},
    {"bow arc", "x->y x<->y", "x", "y", "", NULL, "x y", "y"},
    {"instrument", "z->x x->y x<->y", "x", "y", "", NULL, "x y", "y"},
    {"M with arrow", "x->y x<->z z<->y z->x", "x", "y", "", NULL, "x y z", "y"},
    {"condition on a collider", "x->z x->y y<->z y->z x<->z", "x", "y", "z", NULL, "x y z", "y z"},
};

static cgm_identification answer(const cgm_dag *dag, uint64_t x, uint64_t y, uint64_t z, cgm_arena *arena)
{
    cgm_identification result = {0};
    REQUIRE_OK(cgm_identify(dag, &x, &y, &z, arena, &result));
    return result;
}

static const char *text_of(const cgm_formula *formula, cgm_formula_style style, cgm_arena *arena)
{
    const char *text = "";
    REQUIRE_OK(cgm_formula_write(formula, style, arena, &text));
    return text;
}

static void textbooks(void)
{
    for (size_t i = 0; i < sizeof books / sizeof *books; i++) {
        const textbook *b = &books[i];
        cgm_arena arena = {0};
        cgm_dag *dag = toy_dag(b->graph);
        cgm_identification a = answer(dag, toy_set(dag, b->x), toy_set(dag, b->y), toy_set(dag, b->z), &arena);
        const char *text = a.identifiable ? text_of(&a.formula, CGM_FORMULA_TEXT, &arena) : "a hedge";
        bool right = b->text ? strcmp(text, b->text) == 0
                             : !a.identifiable && *a.hedge.large == toy_set(dag, b->large) &&
                                   *a.hedge.small == toy_set(dag, b->small);
        if (!right)
            fprintf(stderr, "%s: got %s, %llx, %llx\n", b->name, text,
                    (unsigned long long)(a.identifiable ? 0 : *a.hedge.large),
                    (unsigned long long)(a.identifiable ? 0 : *a.hedge.small));
        CU_ASSERT(right);
        cgm_arena_clear(&arena);
        cgm_dag_destroy(dag);
    }
}

static void latex(void)
{
    cgm_arena arena = {0};
    cgm_dag *dag = toy_dag("x->job_seek job_seek->y x<->y");
    cgm_identification a = answer(dag, toy_set(dag, "x"), toy_set(dag, "y"), 0, &arena);
    CU_ASSERT_STRING_EQUAL(text_of(&a.formula, CGM_FORMULA_LATEX, &arena),
                           "\\sum_{\\mathit{job\\_seek}} P(\\mathit{job\\_seek} \\mid x) \\, \\sum_{x'} "
                           "P(y \\mid \\mathit{job\\_seek}, x') \\, P(x')");
    cgm_dag_destroy(dag);
    cgm_arena_clear(&arena);
}

/* ---- The checker of hedges, from the definition alone. */

static bool has_edge(const cgm_dag *dag, size_t a, size_t b)
{
    const size_t *children;
    size_t n = cgm_dag_children(dag, a, &children);
    for (size_t k = 0; k < n; k++)
        if (children[k] == b) return true;
    return false;
}

static bool has_hidden(const cgm_dag *dag, size_t a, size_t b)
{
    const size_t *siblings;
    size_t n = cgm_dag_siblings(dag, a, &siblings);
    for (size_t k = 0; k < n; k++)
        if (siblings[k] == b) return true;
    return false;
}

static bool within(uint64_t set, const size_t edge[2])
{
    return set >> edge[0] & 1 && set >> edge[1] & 1;
}

/* Is the forest over `nodes` (edges of the hedge with both ends there) one C-component, with at most one child a node,
 * whose childless nodes are the roots? Graphs of at most 64 nodes. */
static bool is_forest(const cgm_hedge *h, uint64_t nodes)
{
    uint64_t parents = 0, joined = nodes & -nodes;
    for (size_t e = 0; e < h->n_directed; e++) {
        if (!within(nodes, h->directed[e])) continue;
        if (parents >> h->directed[e][0] & 1) return false;
        parents |= UINT64_C(1) << h->directed[e][0];
    }
    for (size_t round = 0; round < 64; round++)
        for (size_t e = 0; e < h->n_hidden; e++) {
            uint64_t ends = UINT64_C(1) << h->hidden[e][0] | UINT64_C(1) << h->hidden[e][1];
            if ((ends & ~nodes) == 0 && ends & joined) joined |= ends;
        }
    return joined == nodes && (nodes & ~parents) == *h->roots;
}

/* Ancestors of y without passing through edges into x, by closure. */
static uint64_t ancestors_without(const cgm_dag *dag, uint64_t y, uint64_t x)
{
    uint64_t above = y;
    for (size_t round = 0; round < cgm_dag_count(dag); round++)
        for (size_t a = 0; a < cgm_dag_count(dag); a++)
            for (size_t b = 0; b < cgm_dag_count(dag); b++)
                if (has_edge(dag, a, b) && above >> b & 1 && !(x >> b & 1)) above |= UINT64_C(1) << a;
    return above;
}

static bool is_hedge(const cgm_dag *dag, const cgm_hedge *h)
{
    uint64_t x = *h->treatments, y = *h->outcomes, large = *h->large, small = *h->small;
    for (size_t e = 0; e < h->n_directed; e++)
        if (!within(large, h->directed[e]) || !has_edge(dag, h->directed[e][0], h->directed[e][1])) return false;
    for (size_t e = 0; e < h->n_hidden; e++)
        if (!within(large, h->hidden[e]) || !has_hidden(dag, h->hidden[e][0], h->hidden[e][1])) return false;
    if (!small || small & ~large || *h->roots & ~small) return false;
    if (!(large & x) || small & x) return false;
    if (*h->roots & ~ancestors_without(dag, y, x)) return false;
    return is_forest(h, large) && is_forest(h, small);
}

static void checker_can_refuse(void)
{
    cgm_arena arena = {0};
    cgm_dag *dag = toy_dag("x->y x<->y");
    cgm_identification a = answer(dag, 1, 2, 0, &arena);
    CU_ASSERT_FATAL(!a.identifiable);
    CU_ASSERT(is_hedge(dag, &a.hedge));
    const uint64_t x = 1, both = 3;
    cgm_hedge h = a.hedge;
    h.small = &both;
    CU_ASSERT(!is_hedge(dag, &h)); /* F' has a treatment */
    h = a.hedge, h.roots = &x;
    CU_ASSERT(!is_hedge(dag, &h));
    h = a.hedge, h.n_hidden = 0;
    CU_ASSERT(!is_hedge(dag, &h)); /* not one component */
    h = a.hedge, h.n_directed = 0;
    CU_ASSERT(!is_hedge(dag, &h)); /* x is no root */
    h = a.hedge, h.treatments = a.hedge.outcomes, h.outcomes = a.hedge.treatments;
    CU_ASSERT(!is_hedge(dag, &h));
    cgm_dag_destroy(dag);
    cgm_arena_clear(&arena);
}

/* ---- Random models. */

/* The formula at every value of every variable, those that do not matter included. */
static double worst_error(const toy_model *m, const cgm_formula *f, uint64_t x, uint64_t y, uint64_t z)
{
    size_t levels[16], n = m->n;
    double *joint = malloc(sizeof *joint << n), worst = 0;
    for (size_t i = 0; i < n; i++) levels[i] = 2;
    size_t size = cgm_formula_size(f, levels);
    double *out = malloc(size * sizeof *out);
    if (!joint || !out) CU_FAIL_FATAL("out of memory");
    toy_joint(m, joint);
    REQUIRE_OK(cgm_formula_evaluate(f, levels, joint, out));
    for (uint64_t world = 0; world >> n == 0; world++) {
        size_t index = 0;
        for (size_t i = 0; i < n; i++)
            if (cgm_set_has(f->root->free, i)) index = 2 * index + (world >> i & 1);
        double error = fabs(out[index] - toy_effect(m, world, x, y, z));
        if (!(error <= worst)) worst = error;
    }
    free(out);
    free(joint);
    return worst;
}

typedef struct tally {
    int identified, refused;
} tally;

static void check_random(cgm_rng *rng, bool conditional, tally *count)
{
    cgm_arena arena = {0};
    toy_model m;
    size_t n = 3 + (size_t)cgm_rng_below(rng, 5);
    cgm_dag *dag = toy_random_dag(rng, n, 0.25 + 0.4 * cgm_rng_uniform(rng), 0.05 + 0.35 * cgm_rng_uniform(rng));
    uint64_t x = 0, y = 0, z = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t part = cgm_rng_below(rng, conditional ? 5 : 4);
        *(part == 0 ? &x : part == 1 ? &y : conditional && part == 2 ? &z : &(uint64_t){0}) |= UINT64_C(1) << i;
    }
    if (!x || !y || cgm_dag_hidden_count(dag) > 7) {
        cgm_dag_destroy(dag);
        return;
    }
    cgm_identification a = answer(dag, x, y, z, &arena);
    if (a.identifiable) {
        count->identified++;
        toy_model_create(dag, rng, &m);
        double error = worst_error(&m, &a.formula, x, y, z);
        if (!(error <= 1e-9)) fprintf(stderr, "%s\n", text_of(&a.formula, CGM_FORMULA_TEXT, &arena));
        CHECK_NEAR(error, 0, 1e-9);
        toy_model_clear(&m);
    } else {
        count->refused++;
        CU_ASSERT(is_hedge(dag, &a.hedge));
    }
    cgm_dag_destroy(dag);
    cgm_arena_clear(&arena);
}

static void random_effects(void)
{
    cgm_rng rng = cgm_rng_create(1);
    tally count = {0};
    for (int i = 0; i < 2500; i++) check_random(&rng, false, &count);
    CU_ASSERT(count.identified > 600);
    CU_ASSERT(count.refused > 120);
}

static void random_conditional_effects(void)
{
    cgm_rng rng = cgm_rng_create(2);
    tally count = {0};
    for (int i = 0; i < 2500; i++) check_random(&rng, true, &count);
    CU_ASSERT(count.identified > 600);
    CU_ASSERT(count.refused > 120);
}

/* ---- Formulas within formulas: with b_1 gone, x_1 leaves the outcome's district, and then b_2 has no way to it, and
 * so on; each step divides what the step before found. */

static cgm_dag *nested_dag(size_t k, uint64_t *x, uint64_t *y)
{
    cgm_dag *dag = NULL;
    size_t c, q, before = 0;
    if (cgm_dag_create(&dag) != CGM_OK) CU_FAIL_FATAL("no graph");
    CHECK_OK(cgm_dag_add(dag, "c", &c));
    CHECK_OK(cgm_dag_add(dag, "q", &q));
    for (size_t i = 0; i < k; i++) {
        char name[32];
        size_t b, xi;
        snprintf(name, sizeof name, "b%zu", i);
        CHECK_OK(cgm_dag_add(dag, name, &b));
        snprintf(name, sizeof name, "x%zu", i);
        CHECK_OK(cgm_dag_add(dag, name, &xi));
        CHECK_OK(cgm_dag_connect(dag, xi, c));
        CHECK_OK(cgm_dag_confound(dag, b, xi));
        CHECK_OK(cgm_dag_confound(dag, b, c));
        CHECK_OK(cgm_dag_connect(dag, b, i ? before : q));
        if (i == 0) CHECK_OK(cgm_dag_connect(dag, q, xi));
        before = xi;
        cgm_set_add(x, xi);
    }
    cgm_set_add(y, c);
    CHECK_OK(cgm_dag_finish(dag));
    return dag;
}

/* Brackets match, and each named part is used before the one line that says what it is. */
static void check_definitions(const char *text)
{
    int depth = 0, least = 0, parts = 0;
    for (const char *c = text; *c; c++) {
        depth += (*c == '(' || *c == '[' || *c == '{') - (*c == ')' || *c == ']' || *c == '}');
        if (depth < least) least = depth;
    }
    CU_ASSERT(depth == 0 && least == 0);
    for (const char *line = text; (line = strstr(line, "where ")); parts++) {
        char name[32];
        line += strcspn(line, "Q");
        snprintf(name, sizeof name, "%.*s(", (int)strcspn(line, "("), line);
        CU_ASSERT(strstr(text, name) < line);
        const char *again = strstr(line + 1, name);
        CU_ASSERT(!again); /* neither within itself nor after it */
    }
    CU_ASSERT(parts > 10);
}

static void nested(void)
{
    cgm_rng rng = cgm_rng_create(10);
    for (size_t k = 1; k <= 3; k++) {
        cgm_arena arena = {0};
        toy_model m;
        uint64_t x = 0, y = 0;
        cgm_dag *dag = nested_dag(k, &x, &y);
        cgm_identification a = answer(dag, x, y, 0, &arena);
        CU_ASSERT_FATAL(a.identifiable);
        toy_model_create(dag, &rng, &m);
        CHECK_NEAR(worst_error(&m, &a.formula, x, y, 0), 0, 1e-9);
        toy_model_clear(&m);
        cgm_dag_destroy(dag);
        cgm_arena_clear(&arena);
    }
    for (size_t k = 90; k <= 130; k += 40) {
        cgm_arena arena = {0};
        uint64_t x[CGM_SET_WORDS] = {0}, y[CGM_SET_WORDS] = {0};
        cgm_identification a = {0};
        cgm_dag *dag = nested_dag(k, x, y);
        if (k > 100) CHECK_FAILS(cgm_identify(dag, x, y, NULL, &arena, &a), CGM_E_UNSUPPORTED, "nested");
        if (k <= 100) {
            REQUIRE_OK(cgm_identify(dag, x, y, NULL, &arena, &a));
            const char *text = text_of(&a.formula, CGM_FORMULA_TEXT, &arena);
            CU_ASSERT(a.identifiable && strlen(text) < 1000000);
            check_definitions(text);
            check_definitions(text_of(&a.formula, CGM_FORMULA_LATEX, &arena));
        }
        cgm_dag_destroy(dag);
        cgm_arena_clear(&arena);
    }
}

/* ---- Evaluation where there are more than two levels, and where the joint is zero. */

static void evaluates(void)
{
    cgm_arena arena = {0};
    cgm_rng rng = cgm_rng_create(11);
    cgm_dag *dag = toy_dag("x->z z->y x<->y");
    cgm_identification a = answer(dag, toy_set(dag, "x"), toy_set(dag, "y"), 0, &arena);
    const size_t levels[3] = {2, 3, 4}; /* x, z, y */
    double joint[2][3][4], total = 0, out[2][4], pxz[2][3] = {{0}}, px[2] = {0};
    for (size_t i = 0; i < 24; i++) total += (&joint[0][0][0])[i] = cgm_rng_uniform(&rng);
    for (size_t i = 0; i < 24; i++) {
        double p = (&joint[0][0][0])[i] /= total;
        pxz[i / 12][i / 4 % 3] += p;
        px[i / 12] += p;
    }
    CU_ASSERT(cgm_formula_size(&a.formula, levels) == 8);
    REQUIRE_OK(cgm_formula_evaluate(&a.formula, levels, &joint[0][0][0], &out[0][0]));
    for (size_t x = 0; x < 2; x++) {
        for (size_t y = 0; y < 4; y++) {
            double want = 0;
            for (size_t z = 0; z < 3; z++)
                for (size_t other = 0; other < 2; other++)
                    want += pxz[x][z] / px[x] * joint[other][z][y] / pxz[other][z] * px[other];
            CHECK_NEAR(out[x][y], want, 1e-14);
        }
    }
    /* A level that never comes needs no condition; one that may come does. */
    for (size_t x = 0; x < 2; x++)
        for (size_t y = 0; y < 4; y++) joint[x][2][y] = 0;
    CHECK_OK(cgm_formula_evaluate(&a.formula, levels, &joint[0][0][0], &out[0][0]));
    for (size_t y = 0; y < 4; y++) joint[0][1][y] = 0;
    out[0][0] = 7;
    CHECK_FAILS(cgm_formula_evaluate(&a.formula, levels, &joint[0][0][0], &out[0][0]), CGM_E_NUMERIC, "zero");
    CHECK_NEAR(out[0][0], 7, 0);
    CHECK_FAILS(cgm_formula_evaluate(&a.formula, (const size_t[]){2, 0, 4}, &joint[0][0][0], &out[0][0]), CGM_E_ARG,
                "z has no levels");
    CHECK_FAILS(cgm_formula_evaluate(&a.formula, (const size_t[]){SIZE_MAX, 2, 4}, &joint[0][0][0], &out[0][0]),
                CGM_E_UNSUPPORTED, "2^28");
    const char *query;
    CHECK_OK(cgm_formula_write_query(&a.formula, CGM_FORMULA_TEXT, &arena, &query));
    CU_ASSERT_STRING_EQUAL(query, "P(y | do(x))");
    cgm_dag_destroy(dag);
    cgm_arena_clear(&arena);
}

/* ---- Size: 50 nodes and 160 edges in a second and 100 MiB; here with room for any machine and sanitizer. */

static void fifty_nodes(void)
{
    cgm_rng rng = cgm_rng_create(9);
    tally count = {0};
    double worst = 0;
    size_t longest = 0;
    for (int i = 0; i < 200; i++) {
        cgm_arena arena = {0};
        cgm_dag *dag = toy_sized_dag(&rng, 50, 160 - 10 - (size_t)i % 60, 10 + (size_t)i % 60);
        double begin = cgm_seconds();
        size_t last = cgm_dag_order(dag)[49];
        uint64_t x = UINT64_C(1) << cgm_dag_order(dag)[cgm_rng_below(&rng, 40)], y = UINT64_C(1) << last;
        cgm_identification a = answer(dag, x, y, 0, &arena);
        if (a.identifiable) {
            count.identified++;
            size_t length = strlen(text_of(&a.formula, CGM_FORMULA_TEXT, &arena));
            if (length > longest) longest = length;
        } else {
            count.refused++;
            CU_ASSERT(is_hedge(dag, &a.hedge));
        }
        if (cgm_seconds() - begin > worst) worst = cgm_seconds() - begin;
        cgm_dag_destroy(dag);
        cgm_arena_clear(&arena);
    }
    CU_ASSERT(count.identified > 20 && count.refused > 5);
    CU_ASSERT(longest < 20000);
    CU_ASSERT(worst < 20);
}

static const test_case cases[] = {
    {"textbooks", textbooks},
    {"LaTeX", latex},
    {"the checker of hedges can refuse", checker_can_refuse},
    {"random effects", random_effects},
    {"random conditional effects", random_conditional_effects},
    {"nested", nested},
    {"evaluates", evaluates},
    {"fifty nodes", fifty_nodes},
};
TEST_MAIN("identify", cases)
