/* Segments: what each operation says of its rows, programs cut into chunks against the oracle, the same bits on any
 * number of threads, memory that does not grow with the batch. */
#include <string.h>

#include "tests/allocations.h"
#include "tests/node_toys.h"
#include "tests/op_cases.h"

#define S CGM_SHAPE

/* ---- A graph with data for its inputs ---- */

static cgm_node batch(bench *b, cgm_shape shape)
{
    return fill(b, cgm_batch_input(b->g, "x", shape));
}

/* Chunks of every size give the oracle's values; with one size, threads, placement and where outputs lie change no bit.
 * Returns the number of segments. */
static size_t check_all_ways(const bench *b, size_t n, const cgm_node *outputs)
{
    static const cgm_compile_opts ways[] = {
        {.threads = 2},
        {.threads = 3},
        {.threads = 8},
        {.threads = 2, .placement = CGM_PLACE_NO_REUSE},
        {.placement = CGM_PLACE_RANDOM, .seed = 5},
        {.threads = 8, .placement = CGM_PLACE_RANDOM, .seed = 6},
        {.threads = 2, .bound_outputs = true},
        {.threads = 3, .bound_outputs = true, .no_fusion = true},
    };
    size_t segments = 0;
    REQUIRE_OK(cgm_graph_status(b->g));
    double **v = oracle_run(b->g, (const cgm_real *const *)b->given);
    for (int64_t chunk = -1; chunk < 4; chunk++) {
        cgm_real *first;
        size_t total = bench_run(b, n, outputs, &(cgm_compile_opts){.chunk = chunk}, &first, &segments);
        CU_ASSERT(bench_agrees(b, v, n, outputs, first));
        CU_ASSERT(chunk >= 0 || segments == 0);
        bench_same_bits(b, n, outputs, sizeof ways / sizeof ways[0], ways, chunk, total, first);
        free(first);
    }
    oracle_free(b->g, v);
    return segments;
}

/* ---- What each operation says of its rows ---- */

#define N 11 /* samples */

static const cgm_conv_opts same3 = {1, 1, 1, 1, 1};

static void operations_by_rows(void)
{
    CU_ASSERT(op_cases_are_complete());
    for (size_t i = 0; i < op_case_count; i++) {
        const op_case *c = &op_cases[i];
        bench b;
        cgm_node x[GRADCHECK_MAX_INPUTS];
        bench_begin(&b, 40 + i);
        for (size_t k = 0; k < op_case_operands(c); k++) {
            bool rows = c->rows.batch >> k & 1;
            x[k] = rows ? cgm_batch_input(b.g, "x", c->in[k].shape) : cgm_input(b.g, "x", c->in[k].shape);
            fill_as(&b, x[k], &c->in[k]);
        }
        cgm_node y = c->build(b.g, x);
        bool cut = check_all_ways(&b, 1, &y) > 0;
        if (cut != c->rows.cut) fprintf(stderr, "%s is %s by rows\n", c->name, cut ? "done" : "not done");
        CU_ASSERT(cut == c->rows.cut);
        bench_end(&b);
    }
}

/* ---- Programs ---- */

/* Two layers and a loss; the filters have as many outputs as there are samples. */
static cgm_node network(bench *b, int64_t n, cgm_node x, size_t *n_weights, cgm_node *weight)
{
    cgm_graph *g = b->g;
    cgm_node f = fresh(b, S(n, 3, 3, 3)), bias = fresh(b, S(1, n, 1, 1)), w = fresh(b, S(4, n * 36));
    cgm_node h = cgm_gelu(g, cgm_add(g, cgm_conv2d(g, x, f, same3), bias));
    h = cgm_concat(g, 2, (cgm_node[]){cgm_slice(g, h, 1, n / 2, n - n / 2), cgm_slice(g, h, 1, 0, n / 2)}, 1);
    cgm_node y = cgm_log_softmax(g, cgm_matmul(g, cgm_reshape(g, h, S(n, n * 36)), w, false, true), 1);
    weight[0] = f, weight[1] = bias, weight[2] = w;
    *n_weights = 3;
    return y;
}

static void training_steps_of_uneven_batches(void)
{
    static const int64_t sizes[] = {2, 3, 7, 13, 26};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        bench b;
        size_t n_weights;
        cgm_node out[6], weight[3];
        bench_begin(&b, 60 + k);
        cgm_node x = batch(&b, S(sizes[k], 3, 6, 6)), y = network(&b, sizes[k], x, &n_weights, weight);
        cgm_node loss = cgm_mean(b.g, cgm_sum(b.g, cgm_square(b.g, y), 1u << 1), 1u << 0);
        out[0] = cgm_reshape(b.g, loss, CGM_SCALAR);
        out[1] = y;
        REQUIRE_OK(cgm_graph_gradients(b.g, out[0], n_weights, weight, out + 2));
        REQUIRE_OK(cgm_graph_gradients(b.g, out[0], 1, &x, out + 5));
        CU_ASSERT_EQUAL(check_all_ways(&b, 6, out), 1);
        bench_end(&b);
    }
}

/* What is normalised by its batch's mean and variance needs all samples before any goes on. */
static void normalising_by_the_batch_takes_several_segments(void)
{
    bench b;
    cgm_node out[4];
    bench_begin(&b, 70);
    cgm_graph *g = b.g;
    cgm_node x = batch(&b, S(N, 3, 5, 4)), f = fresh(&b, S(2, 3, 3, 3)), gain = fresh(&b, S(1, 2, 1, 1));
    unsigned axes = 1u << 0 | 1u << 2 | 1u << 3;
    cgm_node h = cgm_conv2d(g, x, f, same3), centred = cgm_sub(g, h, cgm_mean(g, h, axes));
    cgm_node scale = cgm_sqrt(g, cgm_affine(g, cgm_mean(g, cgm_square(g, centred), axes), 1, 1e-3));
    out[0] = cgm_tanh(g, cgm_mul(g, gain, cgm_div(g, centred, scale)));
    REQUIRE_OK(
        cgm_graph_gradients(g, cgm_sum_all(g, cgm_mul(g, out[0], out[0])), 3, (cgm_node[]){x, f, gain}, out + 1));
    CU_ASSERT(check_all_ways(&b, 4, out) >= 3);
    bench_end(&b);
}

static void outputs_may_be_inputs_views_and_values_within(void)
{
    bench b;
    bench_begin(&b, 71);
    cgm_graph *g = b.g;
    cgm_node x = batch(&b, S(N, 6)), w = fresh(&b, S(6, 6)), fixed = cgm_matmul(g, w, w, false, true);
    cgm_node h = cgm_tanh(g, cgm_matmul(g, x, fixed, false, false));
    cgm_node y = cgm_matmul(g, h, w, false, false);
    cgm_node out[] = {x,
                      cgm_reshape(g, h, S(N, 2, 3)),
                      h,
                      fixed,
                      y,
                      cgm_reshape(g, y, S(6 * N)),
                      cgm_matmul(g, y, y, false, true),
                      cgm_sum(g, h, 1u << 0),
                      w};
    CU_ASSERT(check_all_ways(&b, sizeof out / sizeof out[0], out) == 1);
    bench_end(&b);
}

static void batches_that_disagree_are_not_cut(void)
{
    bench b;
    bench_begin(&b, 72);
    cgm_node x = batch(&b, S(N, 3)), y = batch(&b, S(N + 1, 3)), one = batch(&b, S(1, 3));
    cgm_node out[] = {cgm_tanh(b.g, x), cgm_sum(b.g, cgm_exp(b.g, y), 1u << 0)}, alone = cgm_exp(b.g, one);
    CU_ASSERT_EQUAL(check_all_ways(&b, 2, out), 0);
    CU_ASSERT_EQUAL(check_all_ways(&b, 1, out), 1); /* the other is not needed */
    CU_ASSERT_EQUAL(check_all_ways(&b, 1, &alone), 0);
    bench_end(&b);
}

/* ---- Random graphs ---- */

static cgm_node random_node(bench *b, size_t n, const cgm_node *pool, int64_t rows)
{
    cgm_graph *g = b->g;
    cgm_node x = pool[cgm_rng_below(&b->rng, n)], y = pool[cgm_rng_below(&b->rng, n)];
    cgm_shape shape = S(rows, 4, 6, 6);
    switch (cgm_rng_below(&b->rng, 13)) {
    case 0:
        return cgm_add(g, x, cgm_mul(g, fresh(b, S(4, 1, 1)), y));
    case 1:
        return cgm_sub(g, x, cgm_mean(g, y, 1u << 0));
    case 2:
        return cgm_leaky_relu(g, x, 0.2);
    case 3:
        return cgm_select(g, cgm_less(g, x, y), y, cgm_constant(g, 0.3, CGM_SCALAR));
    case 4:
        return cgm_broadcast(g, cgm_mean(g, x, 1u << 2 | 1u << 3), shape);
    case 5:
        return cgm_affine(g, cgm_conv2d(g, x, fresh(b, S(4, 4, 3, 3)), same3), 0.2, 0);
    case 6:
        return cgm_concat(g, 2, (cgm_node[]){cgm_slice(g, x, 1, 1, 3), cgm_slice(g, y, 1, 0, 1)}, 1);
    case 7:
        return cgm_upsample_nearest(g, cgm_affine(g, cgm_sum_pool(g, x, 2), 0.25, 0), 2);
    case 8:
        return cgm_reshape(g, cgm_sigmoid(g, cgm_reshape(g, x, S(4 * rows, 36))), shape);
    case 9:
        return cgm_gelu(g, cgm_add(g, x, cgm_logsumexp(g, y, 1)));
    case 10:
        return cgm_concat(g, 2, (cgm_node[]){cgm_slice(g, x, 0, 1, rows - 1), cgm_slice(g, y, 0, 0, 1)},
                          0); /* all rows at once */
    case 11: {
        cgm_node flat = cgm_matmul(g, cgm_reshape(g, x, S(rows, 144)), fresh(b, S(144, 144)), false, false);
        return cgm_reshape(g, cgm_affine(g, flat, 0.1, 0), shape);
    }
    default:
        return cgm_tanh(g, x);
    }
}

static void random_graphs_and_their_gradients(void)
{
    for (uint64_t seed = 100; seed < 110; seed++) {
        bench b;
        cgm_node pool[20], out[6];
        bench_begin(&b, seed);
        int64_t rows = 2 + (int64_t)cgm_rng_below(&b.rng, 9);
        size_t n = 0;
        for (; n < 2; n++) pool[n] = batch(&b, S(rows, 4, 6, 6));
        pool[n++] = fresh(&b, S(rows, 4, 6, 6)); /* as large, but not marked */
        for (; n < 20; n++) pool[n] = random_node(&b, n, pool, rows);
        out[0] = cgm_sum_all(b.g, cgm_square(b.g, pool[n - 1]));
        REQUIRE_OK(cgm_graph_gradients(b.g, out[0], 3, pool, out + 1));
        out[4] = pool[n - 1];
        out[5] = pool[n - 2];
        check_all_ways(&b, 6, out);
        bench_end(&b);
    }
}

/* ---- Memory ---- */

static size_t bytes_of_a_batch(int64_t n)
{
    bench b;
    cgm_program *p;
    cgm_node d[3];
    bench_begin(&b, 80);
    cgm_node x = batch(&b, S(n, 3, 8, 8)), f = fresh(&b, S(8, 3, 3, 3)), k = fresh(&b, S(8, 8, 3, 3));
    cgm_node h = cgm_tanh(b.g, cgm_conv2d(b.g, cgm_gelu(b.g, cgm_conv2d(b.g, x, f, same3)), k, same3));
    d[0] = cgm_sum_all(b.g, cgm_square(b.g, h));
    REQUIRE_OK(cgm_graph_gradients(b.g, d[0], 2, (cgm_node[]){f, k}, d + 1));
    REQUIRE_OK(cgm_program_compile(b.g, 3, d, &(cgm_compile_opts){.threads = 2, .bound_outputs = true}, &p));
    size_t bytes = cgm_program_workspace_bytes(p);
    CU_ASSERT(p->n_segments == 1);
    cgm_program_destroy(p);
    bench_end(&b);
    return bytes;
}

static void memory_does_not_grow_with_the_batch(void)
{
    size_t bytes = bytes_of_a_batch(1024);
    CU_ASSERT_EQUAL(bytes_of_a_batch(4096), bytes);
    CU_ASSERT(bytes < 4u << 20);
}

static void a_run_allocates_nothing(void)
{
    bench b;
    cgm_node d[3], weight[3];
    size_t n_weights;
    bench_begin(&b, 81);
    cgm_node y = network(&b, 8, batch(&b, S(8, 3, 6, 6)), &n_weights, weight);
    REQUIRE_OK(cgm_graph_gradients(b.g, cgm_sum_all(b.g, y), n_weights, weight, d));
    for (int threads = 1; threads <= 2; threads++) {
        cgm_program *p;
        cgm_workspace *ws;
        REQUIRE_OK(cgm_program_compile(b.g, 3, d, &(cgm_compile_opts){.threads = threads}, &p));
        REQUIRE_OK(cgm_workspace_create(p, &ws));
        for (uint32_t id = 1; id < b.g->n; id++)
            if (b.given[id]) cgm_workspace_bind(ws, (cgm_node){id}, b.given[id]);
        REQUIRE_OK(cgm_program_run(p, ws)); /* the thread pool starts here */
        size_t before = allocations();
        for (int i = 0; i < 5; i++) REQUIRE_OK(cgm_program_run(p, ws));
        CU_ASSERT_EQUAL(allocations() - before, 0);
        cgm_workspace_destroy(ws);
        cgm_program_destroy(p);
    }
    CU_ASSERT(allocations() > 0 || !allocations_counted());
    bench_end(&b);
}

static const test_case cases[] = {
    {"operations by rows", operations_by_rows},
    {"training steps of uneven batches", training_steps_of_uneven_batches},
    {"normalising by the batch takes several segments", normalising_by_the_batch_takes_several_segments},
    {"outputs may be inputs, views and values within", outputs_may_be_inputs_views_and_values_within},
    {"batches that disagree are not cut", batches_that_disagree_are_not_cut},
    {"random graphs and their gradients", random_graphs_and_their_gradients},
    {"memory does not grow with the batch", memory_does_not_grow_with_the_batch},
    {"a run allocates nothing", a_run_allocates_nothing},
};
TEST_MAIN("segments", cases)
