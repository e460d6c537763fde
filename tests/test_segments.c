/* Segments: what each operation says of its rows, programs cut into chunks against the oracle, the same bits on any
 * number of threads, memory that does not grow with the batch. */
#include <string.h>

#include "graph/program_priv.h"
#include "tests/allocations.h"
#include "tests/node_toys.h"
#include "tests/oracle.h"

#define S CGM_SHAPE

/* ---- A graph with data for its inputs ---- */

static cgm_node batch(bench *b, cgm_shape shape)
{
    return fill(b, cgm_batch_input(b->g, "x", shape));
}

/* Runs twice and copies the outputs one after the other into *out; *segments is how many there are. */
static size_t run(const bench *b, size_t n, const cgm_node *outputs, const cgm_compile_opts *opts, cgm_real **out,
                  size_t *segments)
{
    cgm_program *p = NULL;
    cgm_workspace *ws = NULL;
    size_t total = 0, at = 0;
    for (size_t i = 0; i < n; i++) total += (size_t)cgm_shape_size(cgm_node_shape(b->g, outputs[i]));
    *out = calloc(total, sizeof **out);
    REQUIRE_OK(cgm_program_compile(b->g, n, outputs, opts, &p));
    REQUIRE_OK(cgm_workspace_create(p, &ws));
    *segments = p->n_segments;
    for (uint32_t id = 1; id < b->g->n; id++)
        if (b->given[id]) cgm_workspace_bind(ws, (cgm_node){id}, b->given[id]);
    for (size_t i = 0; opts->bound_outputs && i < n; i++) {
        cgm_workspace_bind_output(ws, i, *out + at);
        at += (size_t)cgm_shape_size(cgm_node_shape(b->g, outputs[i]));
    }
    for (int twice = 0; twice < 2; twice++) REQUIRE_OK(cgm_program_run(p, ws));
    at = 0;
    for (size_t i = 0; i < n; i++) {
        size_t size = (size_t)cgm_shape_size(cgm_node_shape(b->g, outputs[i]));
        if (!opts->bound_outputs) memcpy(*out + at, cgm_workspace_get(ws, outputs[i]), size * sizeof **out);
        at += size;
    }
    cgm_workspace_destroy(ws);
    cgm_program_destroy(p);
    return total;
}

static bool agrees(const bench *b, double *const *v, size_t n, const cgm_node *outputs, const cgm_real *got)
{
    bool near = true;
    for (size_t i = 0; i < n; i++)
        for (int64_t e = 0; e < cgm_shape_size(cgm_node_shape(b->g, outputs[i])); e++) {
            double want = v[outputs[i].id][e], tolerance = TOLERANCE * fmax(1, fabs(want));
            near = near && test_near(__FILE__, __LINE__, "oracle", (double)*got++, want, tolerance);
        }
    return near;
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
    size_t segments = 0, other_segments;
    REQUIRE_OK(cgm_graph_status(b->g));
    double **v = oracle_run(b->g, (const cgm_real *const *)b->given);
    for (int64_t chunk = -1; chunk < 4; chunk++) {
        cgm_real *first, *other;
        size_t total = run(b, n, outputs, &(cgm_compile_opts){.chunk = chunk}, &first, &segments);
        CU_ASSERT(agrees(b, v, n, outputs, first));
        CU_ASSERT(chunk >= 0 || segments == 0);
        for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
            cgm_compile_opts way = ways[w];
            way.chunk = chunk;
            CU_ASSERT(run(b, n, outputs, &way, &other, &other_segments) == total);
            bool same = memcmp(first, other, total * sizeof *first) == 0;
            if (!same) fprintf(stderr, "way %zu with chunk %d gives other bits\n", w, (int)chunk);
            CU_ASSERT(same);
            free(other);
        }
        free(first);
    }
    oracle_free(b->g, v);
    return segments;
}

/* ---- What each operation says of its rows ---- */

#define N 11 /* samples */

typedef struct op_case {
    const char *name;
    cgm_op_id op;
    cgm_node (*build)(cgm_graph *g, const cgm_node *x);
    size_t n_in;
    cgm_shape in[3];
    unsigned batch; /* which inputs hold a row a sample */
    bool cut;       /* whether the operation is done by rows then */
} op_case;

#define BUILD(name, expression)                                                                                        \
    static cgm_node build_##name(cgm_graph *g, const cgm_node *x)                                                      \
    {                                                                                                                  \
        (void)g;                                                                                                       \
        return expression;                                                                                             \
    }
static const cgm_conv_opts same3 = {1, 1, 1, 1, 1}, odd = {2, 0, 1, 2, 0};
BUILD(add, cgm_add(g, x[0], x[1]))
BUILD(sub, cgm_sub(g, x[0], x[1]))
BUILD(mul, cgm_mul(g, x[0], x[1]))
BUILD(div, cgm_div(g, x[0], cgm_affine(g, cgm_square(g, x[1]), 1, 1)))
BUILD(less, cgm_less(g, x[0], x[1]))
BUILD(select, cgm_select(g, cgm_less(g, x[0], x[1]), x[1], x[2]))
BUILD(neg, cgm_neg(g, x[0]))
BUILD(affine, cgm_affine(g, x[0], -2.5, 0.7))
BUILD(exp, cgm_exp(g, x[0]))
BUILD(log, cgm_log(g, cgm_affine(g, cgm_square(g, x[0]), 1, 0.1)))
BUILD(sqrt, cgm_sqrt(g, cgm_affine(g, cgm_square(g, x[0]), 1, 0.1)))
BUILD(erf, cgm_erf(g, x[0]))
BUILD(tanh, cgm_tanh(g, x[0]))
BUILD(sigmoid, cgm_sigmoid(g, x[0]))
BUILD(softplus, cgm_softplus(g, x[0]))
BUILD(gelu, cgm_gelu(g, x[0]))
BUILD(gelu_grad, cgm_gelu_grad(g, x[0], x[1]))
BUILD(leaky_relu, cgm_leaky_relu(g, x[0], 0.1))
BUILD(clamp, cgm_clamp(g, x[0], -0.5, 0.5))
BUILD(constant, cgm_matmul(g, x[0], cgm_constant(g, 3, S(4, 5)), false, false))
BUILD(reshape, cgm_tanh(g, cgm_reshape(g, x[0], S(N, 2, 15))))
BUILD(reshape_all, cgm_tanh(g, cgm_reshape(g, x[0], S(5, N, 6))))
BUILD(broadcast, cgm_upsample_nearest(g, cgm_broadcast(g, x[0], S(N, 3, 2, 3)), 1))
BUILD(broadcast_then, cgm_exp(g, cgm_broadcast(g, x[0], S(N, 3, 2, 3))))
BUILD(broadcast_up, cgm_sum(g, cgm_broadcast(g, x[0], S(3, N, 4)), 1u << 2))
BUILD(concat, cgm_concat(g, 3, x, 1))
BUILD(concat_rows, cgm_concat(g, 2, x, 0))
BUILD(slice, cgm_slice(g, x[0], 1, 1, 3))
BUILD(slice_rows, cgm_slice(g, x[0], 0, 1, 3))
BUILD(pad, cgm_pad(g, x[0], 2, 1, 3))
BUILD(pad_rows, cgm_pad(g, x[0], 0, 1, 0))
BUILD(sum, cgm_sum(g, x[0], 1u << 1))
BUILD(sum_rows, cgm_sum(g, x[0], 1u << 0 | 1u << 2))
BUILD(sum_all, cgm_sum_all(g, x[0]))
BUILD(logsumexp, cgm_logsumexp(g, x[0], 1))
BUILD(logsumexp_rows, cgm_logsumexp(g, x[0], 0))
BUILD(matmul_nn, cgm_matmul(g, x[0], x[1], false, false))
BUILD(matmul_nt, cgm_matmul(g, x[0], x[1], false, true))
BUILD(matmul_tn, cgm_matmul(g, x[0], x[1], true, false))
BUILD(matmul_tt, cgm_matmul(g, x[0], x[1], true, true))
BUILD(conv, cgm_conv2d(g, x[0], x[1], same3))
BUILD(conv_biased, cgm_conv2d_biased(g, x[0], x[1], x[2], same3))
BUILD(conv_input_grad, cgm_conv2d_input_grad(g, x[0], x[1], odd, 5, 4))
BUILD(conv_filter_grad, cgm_conv2d_filter_grad(g, x[0], x[1], odd, 3, 2))
BUILD(upsample, cgm_upsample_nearest(g, x[0], 2))
BUILD(sum_pool, cgm_sum_pool(g, x[0], 3))
BUILD(gather, cgm_gather(g, x[0], cgm_less(g, x[1], cgm_scalar(g, 0))))
BUILD(one_hot, cgm_one_hot(g, cgm_less(g, x[0], cgm_scalar(g, 0)), 3))

/* clang-format off */
#define CASE(name, op, n, batch, cut, ...) {#name, CGM_OP_##op, build_##name, n, {__VA_ARGS__}, batch, cut}
static const op_case op_cases[] = {
    CASE(add, add, 2, 1, true, S(N, 3, 4), S(3, 1)),
    CASE(add, add, 2, 3, true, S(N, 3, 1), S(N, 1, 4)),
    CASE(add, add, 2, 1, true, S(N, 3), S(N, 3)), /* the other is read by rows, too */
    CASE(add, add, 2, 2, false, S(4, N, 3), S(N, 3)), /* samples along another axis of the result */
    CASE(sub, sub, 2, 3, true, S(N, 3), S(N, 3)),
    CASE(mul, mul, 2, 1, true, S(N, 2, 3, 5), S(1, 2, 1, 1)),
    CASE(div, div, 2, 3, true, S(N, 3), S(N, 1)),
    CASE(less, less, 2, 1, true, S(N, 3), S(1, 3)),
    CASE(select, select, 3, 1, true, S(N, 3), S(3), S(N, 1)),
    CASE(neg, neg, 1, 1, true, S(N, 3)),
    CASE(affine, affine, 1, 1, true, S(N)),
    CASE(exp, exp, 1, 1, true, S(N, 3)),
    CASE(log, log, 1, 1, true, S(N, 3)),
    CASE(sqrt, sqrt, 1, 1, true, S(N, 3)),
    CASE(erf, erf, 1, 1, true, S(N, 3)),
    CASE(tanh, tanh, 1, 1, true, S(N, 300)),
    CASE(sigmoid, sigmoid, 1, 1, true, S(N, 3)),
    CASE(softplus, softplus, 1, 1, true, S(N, 3)),
    CASE(gelu, gelu, 1, 1, true, S(N, 3)),
    CASE(gelu_grad, gelu_grad, 2, 3, true, S(N, 3), S(N, 3)),
    CASE(leaky_relu, leaky_relu, 1, 1, true, S(N, 3)),
    CASE(clamp, clamp, 1, 1, true, S(N, 3)),
    CASE(constant, constant, 1, 1, true, S(N, 4)),
    CASE(reshape, reshape, 1, 1, true, S(N, 5, 6)),
    CASE(reshape_all, reshape, 1, 1, false, S(N, 5, 6)),
    CASE(broadcast, broadcast, 1, 1, true, S(N, 1, 2, 1)),
    CASE(broadcast_then, broadcast, 1, 1, true, S(N, 1, 2, 1)),
    CASE(broadcast_up, broadcast, 1, 1, false, S(N, 1)),
    CASE(concat, concat, 3, 7, true, S(N, 1, 3), S(N, 4, 3), S(N, 2, 3)),
    CASE(concat, concat, 3, 2, true, S(N, 1, 3), S(N, 4, 3), S(N, 2, 3)),
    CASE(concat_rows, concat, 2, 3, false, S(N, 3), S(N, 3)),
    CASE(slice, slice, 1, 1, true, S(N, 5, 3)),
    CASE(slice_rows, slice, 1, 1, false, S(N, 5, 3)),
    CASE(pad, pad, 1, 1, true, S(N, 1, 3)),
    CASE(pad_rows, pad, 1, 1, false, S(N, 1, 3)),
    CASE(sum, sum, 1, 1, true, S(N, 3, 4)),
    CASE(sum_rows, sum, 1, 1, true, S(N, 3, 40)),
    CASE(sum_rows, sum, 1, 1, true, S(N, 3, 2, 700)),
    CASE(sum_all, sum, 1, 1, true, S(N, 3, 4)),
    CASE(logsumexp, logsumexp, 1, 1, true, S(N, 3, 4)),
    CASE(logsumexp_rows, logsumexp, 1, 1, false, S(N, 3, 4)),
    CASE(matmul_nn, matmul, 2, 1, true, S(N, 4), S(4, 5)),
    CASE(matmul_nn, matmul, 2, 2, false, S(4, N), S(N, 5)),
    CASE(matmul_nt, matmul, 2, 1, true, S(N, 4), S(5, 4)),
    CASE(matmul_nt, matmul, 2, 3, false, S(N, 4), S(N, 4)),
    CASE(matmul_tn, matmul, 2, 3, true, S(N, 1), S(N, 1)),
    CASE(matmul_tn, matmul, 2, 2, true, S(N, 1), S(N, 1)),
    CASE(matmul_tn, matmul, 2, 3, false, S(N, 4), S(N, 5)), /* its sum is larger than its operands */
    CASE(matmul_tt, matmul, 2, 1, false, S(N, 3), S(5, N)),
    CASE(conv, conv2d, 2, 1, true, S(N, 3, 5, 4), S(2, 3, 3, 3)),
    CASE(conv, conv2d, 2, 2, false, S(2, 3, 5, 4), S(N, 3, 3, 3)),
    CASE(conv, conv2d, 2, 1, true, S(N, 3, 5, 4), S(N, 3, 3, 3)), /* as many filters as samples */
    CASE(conv, conv2d, 2, 3, false, S(N, 3, 5, 4), S(N, 3, 3, 3)),
    CASE(conv_biased, conv2d, 3, 1, true, S(N, 3, 5, 4), S(N, 3, 3, 3), S(N)),
    CASE(conv_input_grad, conv2d_input_grad, 2, 1, true, S(N, 3, 2, 3), S(3, 2, 3, 2)),
    CASE(conv_input_grad, conv2d_input_grad, 2, 2, false, S(2, N, 2, 3), S(N, 2, 3, 2)),
    CASE(conv_filter_grad, conv2d_filter_grad, 2, 3, true, S(N, 1, 5, 4), S(N, 1, 2, 3)),
    CASE(conv_filter_grad, conv2d_filter_grad, 2, 1, true, S(N, 1, 5, 4), S(N, 1, 2, 3)),
    CASE(conv_filter_grad, conv2d_filter_grad, 2, 3, false, S(N, 4, 5, 4), S(N, 8, 2, 3)),
    CASE(upsample, upsample_nearest, 1, 1, true, S(N, 3, 2, 1)),
    CASE(sum_pool, sum_pool, 1, 1, true, S(N, 2, 3, 6)),
    CASE(gather, gather, 2, 3, true, S(N, 2, 4), S(N, 2, 1)),
    CASE(gather, gather, 2, 1, true, S(N, 2, 4), S(N, 2, 1)),
    CASE(one_hot, one_hot, 1, 1, true, S(N, 2, 1)),
};
/* clang-format on */

static void operations_by_rows(void)
{
    bool seen[CGM_OP_COUNT] = {[CGM_OP_input] = true};
    for (size_t i = 0; i < sizeof op_cases / sizeof op_cases[0]; i++) {
        const op_case *c = &op_cases[i];
        bench b;
        cgm_node x[3];
        bench_begin(&b, 40 + i);
        for (size_t k = 0; k < c->n_in; k++) x[k] = c->batch >> k & 1 ? batch(&b, c->in[k]) : fresh(&b, c->in[k]);
        cgm_node y = c->build(b.g, x);
        size_t segments = check_all_ways(&b, 1, &y);
        if ((segments > 0) != c->cut) fprintf(stderr, "case %zu, %s: %zu segments\n", i, c->name, segments);
        CU_ASSERT((segments > 0) == c->cut);
        seen[c->op] = true;
        bench_end(&b);
    }
    for (int op = 0; op < CGM_OP_COUNT; op++) {
        if (!seen[op]) fprintf(stderr, "no case of \"%s\"\n", cgm_op_table[op]->name);
        CU_ASSERT(seen[op]);
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
