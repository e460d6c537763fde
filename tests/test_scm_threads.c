/* Queries on several threads: the same bits, the same errors, and GSL's error handler as it was. */
#include "tests/known.h"
#include "tests/scm_toys.h"

#include <gsl/gsl_errno.h>

#include "base/gsl_quiet.h"
#include "scm/engine.h"

enum { N = 4000, NODES = 6 }; /* rows: sixteen chunks, the last one short */

/* Noise that is found algebraically, by Brent's method, and of a discrete and a gamma distribution by GSL. */
static const char *const graph =
    "graph:\n"
    "  a: {type: continuous, mechanism: {formula: u}}\n"
    "  b: {type: continuous, parents: [a], mechanism: {formula: a + u + u^3}}\n"
    "  c: {type: continuous, parents: [b], mechanism: {formula: u + b, noise: 'gamma(2, 1)'}}\n"
    "  d: {type: binary, mechanism: {formula: u, noise: bernoulli(0.3)}}\n"
    "  g: {type: continuous, parents: [c, d], mechanism: {kind: linear_gaussian, "
    "coefficients: {intercept: 1, c: 2, d: [-1], sigma: 0.5}}}\n"
    "  h: {type: continuous, range: [-1e6, 1e6], parents: [g, a], mechanism: {formula: g * a + u}}\n";

/* All values and noises of a world. */
static bool same_world(const cgm_world *a, const cgm_world *b)
{
    bool same = true;
    for (size_t i = 0; i < a->n_nodes; i++)
        same = same && memcmp(a->value[i].data, b->value[i].data, N * sizeof(double)) == 0 &&
               memcmp(a->noise[i].data, b->noise[i].data, N * sizeof(double)) == 0;
    return same;
}

/* Rows [first, first + rows), sampled, abducted, and predicted under a shift, a draw and an edge
 * intervention. */
static void ask_part(const cgm_scm *scm, int threads, size_t first, size_t rows, cgm_world *world[3])
{
    static const char *const texts[] = {"a += 1", "c ~ normal(b, 1)", "g->h := 2 * g"};
    const cgm_query_opts opts = {.abduct_temperature = 1,
                                 .pixel_temperature = 1,
                                 .sample_temperature = 1,
                                 .threads = threads,
                                 .draws = cgm_rng_create(4)};
    cgm_rng rng = cgm_rng_create(3);
    cgm_arena arena = {0};
    cgm_intervention *x = NULL;
    size_t n = 0;
    for (int k = 0; k < 3; k++) world[k] = toy_world(scm, rows);
    for (int k = 0; k < 2; k++) world[k]->first = first;
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, &opts, world[0]));
    for (size_t i = 0; i < world[0]->n_nodes; i++)
        memcpy(world[1]->value[i].data, world[0]->value[i].data, rows * sizeof(double));
    REQUIRE_OK(cgm_scm_abduct(scm, &rng, &opts, world[1]));
    REQUIRE_OK(cgm_scm_parse_dos(scm, 3, texts, &arena, &n, &x));
    REQUIRE_OK(cgm_scm_predict(scm, world[1], n, x, &opts, world[2]));
    cgm_arena_clear(&arena);
}

/* All rows, and their log-densities. */
static void ask(const cgm_scm *scm, int threads, cgm_world *world[3], double log_p[NODES][N])
{
    cgm_rng rng = cgm_rng_create(3);
    double *out[NODES];
    for (int k = 0; k < NODES; k++) out[k] = log_p[k];
    ask_part(scm, threads, 0, N, world);
    REQUIRE_OK(cgm_scm_log_prob(scm, &rng, world[0], out));
}

static void same_bits(void)
{
    static double log_p[2][NODES][N];
    cgm_scm *scm = known(graph);
    cgm_world *one[3], *many[3];
    ask(scm, 1, one, log_p[0]);
    double moved = 0;
    for (size_t i = 0; i < N; i++) moved += fabs(one[2]->value[5].data[i] - one[0]->value[5].data[i]);
    CU_ASSERT(moved > N);
    for (int threads = 2; threads <= 5; threads++) {
        ask(scm, threads, many, log_p[1]);
        for (int k = 0; k < 3; k++) {
            CU_ASSERT(same_world(one[k], many[k]));
            cgm_world_destroy(many[k]);
        }
        CU_ASSERT(memcmp(log_p[0], log_p[1], sizeof log_p[0]) == 0);
    }
    for (int k = 0; k < 3; k++) cgm_world_destroy(one[k]);
    cgm_scm_destroy(scm);
}

/* Rows asked about in parts, of which some begin and end within a chunk, are what they are among all. */
static void parts(void)
{
    static double log_p[NODES][N];
    static const size_t border[] = {0, 256, 300, 320, 513, 2000, N};
    cgm_scm *scm = known(graph);
    cgm_world *all[3], *part[3];
    ask(scm, 1, all, log_p);
    for (size_t k = 0; k + 1 < sizeof border / sizeof *border; k++) {
        size_t first = border[k], n = border[k + 1] - first;
        ask_part(scm, 1 + (int)(k % 3), first, n, part);
        for (size_t w = 0; w < 3; w++) {
            CU_ASSERT(part[w]->first == first);
            for (size_t i = 0; i < part[w]->n_nodes; i++) {
                CU_ASSERT(memcmp(all[w]->value[i].data + first, part[w]->value[i].data, n * sizeof(double)) == 0);
                CU_ASSERT(memcmp(all[w]->noise[i].data + first, part[w]->noise[i].data, n * sizeof(double)) == 0);
            }
            cgm_world_destroy(part[w]);
        }
    }
    for (int k = 0; k < 3; k++) cgm_world_destroy(all[k]);
    cgm_scm_destroy(scm);
}

/* Messages name a part's rows as the query numbers them. */
static void names_rows_of_parts(void)
{
    cgm_scm *scm = known("graph:\n"
                         "  a: {type: continuous, mechanism: {formula: u}}\n"
                         "  b: {type: continuous, range: [-50, 50], parents: [a], mechanism: {formula: a + u}}\n");
    cgm_world *factual = toy_world(scm, 300), *other = toy_world(scm, 300);
    double *log_p[2] = {NULL, NULL}, set[300] = {0};
    const cgm_intervention x = {.node = 0, .to = -1, .values = set};
    cgm_rng rng = cgm_rng_create(3);
    factual->first = 1000;
    set[7] = -200;
    REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, NULL, factual));
    CHECK_FAILS(cgm_scm_predict(scm, factual, 1, &x, NULL, other), CGM_E_ARG, "variable 'b', row 1007: ");
    CHECK_FAILS(cgm_scm_log_prob(scm, &rng, factual, log_p), CGM_E_ARG, "begins at row 1000");
    factual->value[1].data[200] = NAN;
    CHECK_FAILS(cgm_scm_abduct(scm, &rng, NULL, factual), CGM_E_ARG, "variable 'b', row 1200: nan");
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* Rows 3100 and 1800 leave the range: on any number of threads the message is of row 1800, whose chunk comes first. */
static void first_error(void)
{
    cgm_scm *scm = known("graph:\n"
                         "  a: {type: continuous, mechanism: {formula: u}}\n"
                         "  b: {type: continuous, range: [-50, 50], parents: [a], mechanism: {formula: a + u}}\n");
    cgm_world *factual = toy_world(scm, N), *other = toy_world(scm, N);
    static double set[N];
    const cgm_intervention x = {.node = 0, .to = -1, .values = set};
    set[3100] = 100;
    set[1800] = -200;
    for (int threads = 1; threads <= 4; threads++) {
        const cgm_query_opts opts = {
            .abduct_temperature = 1, .pixel_temperature = 1, .sample_temperature = 1, .threads = threads};
        cgm_rng rng = cgm_rng_create(3);
        REQUIRE_OK(cgm_scm_sample(scm, &rng, 0, NULL, &opts, factual));
        CHECK_FAILS(cgm_scm_predict(scm, factual, 1, &x, &opts, other), CGM_E_ARG, "variable 'b', row 1800: ");
        CU_ASSERT_FALSE(other->has_noise);
        factual->value[1].data[2700] = NAN;
        factual->value[0].data[3000] = NAN;
        CHECK_FAILS(cgm_scm_abduct(scm, &rng, &opts, factual), CGM_E_ARG, "variable 'b', row 2700: nan");
    }
    cgm_world_destroy(other);
    cgm_world_destroy(factual);
    cgm_scm_destroy(scm);
}

/* ---- the walk itself ---- */

typedef struct walk {
    int done[N];
    size_t fails_once; /* a chunk that fails in its first walk, and then does not */
    int failures;
} walk;

static cgm_status walk_chunk(void *context, size_t begin, size_t n, int worker)
{
    walk *w = context;
    (void)worker;
    if (begin / SCM_CHUNK == w->fails_once && w->failures++ == 0) return CGM_FAIL(CGM_E_MEMORY, "not yet");
    for (size_t i = begin; i < begin + n; i++) w->done[i]++;
    return CGM_OK;
}

/* A chunk that fails and, done again, does not, leaves nothing out. */
static void nothing_left_out(void)
{
    cgm_scm *scm = known(graph);
    walk w = {.fails_once = 2};
    const cgm_world all = {.n = N};
    REQUIRE_OK(cgm_engine_run(scm, &all, 3, walk_chunk, &w));
    CU_ASSERT(w.failures == 2);
    for (size_t i = 0; i < N; i++) CU_ASSERT(w.done[i] >= 1);
    w = (walk){.fails_once = SIZE_MAX};
    REQUIRE_OK(cgm_engine_run(scm, &all, 3, walk_chunk, &w));
    for (size_t i = 0; i < N; i++) CU_ASSERT(w.done[i] == 1);
    w = (walk){.fails_once = 2};
    CHECK_FAILS(cgm_engine_run(scm, &all, 1, walk_chunk, &w), CGM_E_MEMORY, "not yet");
    cgm_scm_destroy(scm);
}

static void my_handler(const char *reason, const char *file, int line, int number)
{
    (void)reason, (void)file, (void)line, (void)number;
}

static gsl_error_handler_t *current_handler(void)
{
    gsl_error_handler_t *handler = gsl_set_error_handler(NULL);
    gsl_set_error_handler(handler);
    return handler;
}

static void handler_comes_back(void)
{
    static double log_p[NODES][N];
    gsl_error_handler_t *before = gsl_set_error_handler(my_handler);
    cgm_gsl_quiet_begin();
    CU_ASSERT(current_handler() != my_handler);
    cgm_gsl_quiet_begin();
    cgm_gsl_quiet_end();
    CU_ASSERT(current_handler() != my_handler);
    cgm_gsl_quiet_end();
    CU_ASSERT(current_handler() == my_handler);
    cgm_scm *scm = known(graph);
    cgm_world *world[3];
    ask(scm, 3, world, log_p);
    CU_ASSERT(current_handler() == my_handler);
    for (int k = 0; k < 3; k++) cgm_world_destroy(world[k]);
    cgm_scm_destroy(scm);
    gsl_set_error_handler(before);
}

static const test_case cases[] = {
    {"the same bits", same_bits},
    {"the first error", first_error},
    {"rows in parts", parts},
    {"names of rows in parts", names_rows_of_parts},
    {"nothing is left out", nothing_left_out},
    {"GSL's handler comes back", handler_comes_back},
};
TEST_MAIN("scm_threads", cases)
