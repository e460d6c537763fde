/* The graph: every operation against the naive oracle over odd shapes, random graphs with their gradients through every
 * way of compiling, errors, no allocation during a run. */
#include <string.h>

#include "tests/allocations.h"
#include "tests/node_toys.h"
#include "tests/op_cases.h"

#define S CGM_SHAPE

/* Every way of compiling gives the oracle's values, and the same bits as every other that fuses alike. */
static void check_all_ways(const bench *b, size_t n, const cgm_node *outputs)
{
    static const cgm_compile_opts ways[] = {
        {0},
        {.threads = 2},
        {.threads = 3, .placement = CGM_PLACE_NO_REUSE},
        {.placement = CGM_PLACE_RANDOM, .seed = 5},
        {.threads = 2, .placement = CGM_PLACE_RANDOM, .seed = 6},
        {.threads = 2, .bound_outputs = true},
        {.no_fusion = true},
        {.no_fusion = true, .placement = CGM_PLACE_NO_REUSE, .threads = 2},
    };
    cgm_real *first;
    REQUIRE_OK(cgm_graph_status(b->g));
    size_t total = bench_run(b, n, outputs, &ways[0], &first, NULL);
    double **v = oracle_run(b->g, (const cgm_real *const *)b->given);
    CU_ASSERT(bench_agrees(b, v, n, outputs, first));
    bench_same_bits(b, n, outputs, sizeof ways / sizeof ways[0], ways, 0, total, first);
    oracle_free(b->g, v);
    free(first);
}

/* ---- Every operation ---- */

/* Each case of the table, and its gradients, in every way of compiling. */
static void operations_and_their_gradients(void)
{
    CU_ASSERT(op_cases_are_complete());
    for (size_t i = 0; i < op_case_count; i++) {
        const op_case *c = &op_cases[i];
        unsigned failures = CU_get_number_of_failures();
        bench b;
        cgm_node x[GRADCHECK_MAX_INPUTS], out[1 + GRADCHECK_MAX_INPUTS];
        size_t n = op_case_operands(c);
        bench_begin(&b, 1 + i);
        for (size_t k = 0; k < n; k++) x[k] = fill_as(&b, cgm_input(b.g, "x", c->in[k].shape), &c->in[k]);
        out[0] = c->build(b.g, x);
        REQUIRE_OK(cgm_graph_status(b.g));
        cgm_node w = fresh(&b, cgm_node_shape(b.g, out[0]));
        REQUIRE_OK(cgm_graph_gradients(b.g, cgm_sum_all(b.g, cgm_mul(b.g, w, out[0])), n, x, out + 1));
        check_all_ways(&b, 1 + n, out);
        if (CU_get_number_of_failures() > failures) fprintf(stderr, "the case is %s\n", c->name);
        bench_end(&b);
    }
}

/* What the table's cases stay away from: ends, ties, infinities, NaN, and gradients there. */
static void values_and_slopes_at_the_kinks(void)
{
    enum { N = 8 };
    static const cgm_real nan = (cgm_real)NAN, inf = (cgm_real)INFINITY;
    const cgm_real a[N] = {0, 1, -2, nan, inf, -inf, 3, -1}, c[N] = {0, 1, -3, 0, 5, 5, nan, 4};
    static const struct {
        const char *name;
        double value[N], slope[N]; /* slopes in a */
    } want[] = {
        {"relu", {0, 1, 0, NAN, INFINITY, 0, 3, 0}, {0, 1, 0, 0, 1, 0, 1, 0}},
        {"abs", {0, 1, 2, NAN, INFINITY, INFINITY, 3, 1}, {0, 1, -1, NAN, 1, -1, 1, -1}},
        {"sign", {0, 1, -1, NAN, 1, -1, 1, -1}, {0}},
        {"floor", {0, 1, -2, NAN, INFINITY, -INFINITY, 3, -1}, {0}},
        {"minimum", {0, 1, -3, NAN, 5, -INFINITY, NAN, -1}, {0.5, 0.5, 0, 0.5, 0, 1, 0.5, 1}},
        {"maximum", {0, 1, -2, NAN, INFINITY, 5, NAN, 4}, {0.5, 0.5, 1, 0.5, 1, 0, 0.5, 0}},
        {"pow 1.5",
         {0, 1, NAN, NAN, INFINITY, INFINITY, 5.196152422706632, NAN},
         {0, 1.5, NAN, NAN, INFINITY, INFINITY, 2.598076211353316, NAN}},
        {"pow 0", {1, 1, 1, 1, 1, 1, 1, 1}, {0}},
        {"pow 1", {0, 1, -2, NAN, INFINITY, -INFINITY, 3, -1}, {1, 1, 1, 1, 1, 1, 1, 1}},
    };
    enum { OPS = sizeof want / sizeof want[0] };
    bench b;
    bench_begin(&b, 20);
    cgm_node x = cgm_input(b.g, "a", S(N)), y = cgm_input(b.g, "c", S(N)), out[2 * OPS];
    b.given[x.id] = memcpy(calloc(N, sizeof(cgm_real)), a, sizeof a);
    b.given[y.id] = memcpy(calloc(N, sizeof(cgm_real)), c, sizeof c);
    const cgm_node built[OPS] = {cgm_relu(b.g, x),     cgm_abs(b.g, x),        cgm_sign(b.g, x),
                                 cgm_floor(b.g, x),    cgm_minimum(b.g, x, y), cgm_maximum(b.g, x, y),
                                 cgm_pow(b.g, x, 1.5), cgm_pow(b.g, x, 0),     cgm_pow(b.g, x, 1)};
    for (int i = 0; i < OPS; i++) {
        out[2 * i] = built[i];
        REQUIRE_OK(cgm_graph_gradients(b.g, cgm_sum_all(b.g, built[i]), 1, &x, &out[2 * i + 1]));
    }
    cgm_real *got;
    CU_ASSERT_FATAL(bench_run(&b, 2 * OPS, out, &(cgm_compile_opts){0}, &got, NULL) == 2 * OPS * N);
    for (int i = 0; i < OPS; i++)
        for (int k = 0; k < 2 * N; k++) {
            double is = (double)got[2 * N * i + k], should = k < N ? want[i].value[k] : want[i].slope[k - N];
            bool same = is == should || (isnan(is) && isnan(should)) || fabs(is - should) <= 1e-6;
            if (!same) fprintf(stderr, "%s, number %d: %g, not %g\n", want[i].name, k, is, should);
            CU_ASSERT(same);
        }
    free(got);
    bench_end(&b);
}

/* Not a number comes last in either order, behind its equals. */
static void not_a_number_is_sorted_last(void)
{
    enum { L = 70 };
    bench b;
    bench_begin(&b, 21);
    cgm_node x = fresh(&b, S(3, L)), out[4], first;
    for (int i = 0; i < 3 * L; i += 5) b.given[x.id][i] = (cgm_real)(i % 2 ? NAN : INFINITY);
    for (int d = 0; d < 2; d++) {
        out[2 * d] = cgm_argsort(b.g, x, L, d);
        out[2 * d + 1] = cgm_argsort(b.g, x, 7, d);
    }
    check_all_ways(&b, 4, out);
    cgm_top_k(b.g, x, 1, 7, true, &first);
    cgm_node apart = cgm_sub(b.g, first, out[3]);
    cgm_real *got;
    CU_ASSERT_FATAL(bench_run(&b, 1, &apart, &(cgm_compile_opts){0}, &got, NULL) == 21);
    for (int i = 0; i < 21; i++) CU_ASSERT(got[i] == 0);
    free(got);
    bench_end(&b);
}

static void products(void)
{
    static const int64_t sizes[][3] = {{1, 1, 1}, {3, 5, 7}, {65, 2, 33}, {2, 130, 9}, {17, 31, 1}};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        bench b;
        bench_begin(&b, 3 + k);
        int64_t m = sizes[k][0], n = sizes[k][1], l = sizes[k][2];
        cgm_node a = fresh(&b, S(m, l)), at = fresh(&b, S(l, m)), c = fresh(&b, S(l, n)), ct = fresh(&b, S(n, l));
        cgm_node out[] = {cgm_matmul(b.g, a, c, false, false), cgm_matmul(b.g, at, c, true, false),
                          cgm_matmul(b.g, a, ct, false, true), cgm_matmul(b.g, at, ct, true, true)};
        check_all_ways(&b, 4, out);
        bench_end(&b);
    }
}

static void convolutions(void)
{
    static const struct {
        int64_t n, c, h, w, k, r, s;
        cgm_conv_opts o;
    } t[] = {{1, 1, 1, 1, 1, 1, 1, {0}},
             {2, 3, 5, 7, 4, 3, 3, {1, 1, 1, 1, 1}},
             {3, 2, 9, 6, 5, 4, 4, {2, 1, 1, 1, 1}},
             {1, 5, 7, 5, 3, 2, 3, {3, 0, 1, 2, 0}},
             {2, 4, 3, 3, 2, 5, 5, {1, 2, 2, 2, 2}},
             {2, 17, 4, 4, 9, 1, 1, {1, 0, 0, 0, 0}},
             {1, 2, 8, 8, 3, 3, 1, {2, 1, 0, 0, 0}}};
    for (size_t k = 0; k < sizeof t / sizeof t[0]; k++) {
        bench b;
        bench_begin(&b, 30 + k);
        cgm_node x = fresh(&b, S(t[k].n, t[k].c, t[k].h, t[k].w)), f = fresh(&b, S(t[k].k, t[k].c, t[k].r, t[k].s));
        cgm_node y = cgm_conv2d(b.g, x, f, t[k].o);
        REQUIRE_OK(cgm_graph_status(b.g));
        cgm_node dy = fresh(&b, cgm_node_shape(b.g, y));
        cgm_node out[] = {y, cgm_conv2d_input_grad(b.g, dy, f, t[k].o, t[k].h, t[k].w),
                          cgm_conv2d_filter_grad(b.g, x, dy, t[k].o, t[k].r, t[k].s)};
        check_all_ways(&b, 3, out);
        bench_end(&b);
    }
}

/* ---- Random graphs ---- */

static cgm_node pick(bench *b, size_t n, const cgm_node *pool)
{
    return pool[cgm_rng_below(&b->rng, n)];
}

static cgm_node random_node(bench *b, size_t n, const cgm_node *pool)
{
    cgm_graph *g = b->g;
    cgm_node x = pick(b, n, pool), y = pick(b, n, pool);
    switch (cgm_rng_below(&b->rng, 15)) {
    case 0:
        return cgm_add(g, x, y);
    case 1:
        return cgm_sub(g, x, cgm_mean(g, y, 1u << 1));
    case 2:
        return cgm_mul(g, cgm_tanh(g, x), y);
    case 3:
        return cgm_leaky_relu(g, x, 0.2);
    case 4:
        return cgm_tanh(g, x);
    case 5:
        return cgm_select(g, cgm_less(g, x, y), y, cgm_constant(g, 0.3, CGM_SCALAR));
    case 6:
        return cgm_broadcast(g, cgm_mean(g, x, 1u << 2 | 1u << 3), S(2, 4, 6, 6));
    case 7:
        return cgm_affine(g, cgm_conv2d(g, x, fresh(b, S(4, 4, 3, 3)), (cgm_conv_opts){1, 1, 1, 1, 1}), 0.2, 0);
    case 8:
        return cgm_concat(g, 2, (cgm_node[]){cgm_slice(g, x, 1, 1, 3), cgm_slice(g, y, 1, 0, 1)}, 1);
    case 9:
        return cgm_upsample_nearest(g, cgm_affine(g, cgm_sum_pool(g, x, 2), 0.25, 0), 2);
    case 10:
        return cgm_reshape(g, cgm_sigmoid(g, cgm_reshape(g, x, S(2, 144))), S(2, 4, 6, 6));
    case 11:
        return cgm_gelu(g, cgm_add(g, x, cgm_logsumexp(g, y, 1)));
    case 12:
        return cgm_softmax(g, x, 3);
    case 13:
        return cgm_reshape(
            g, cgm_affine(g, cgm_matmul(g, cgm_reshape(g, x, S(48, 6)), fresh(b, S(6, 6)), false, false), 0.3, 0),
            S(2, 4, 6, 6));
    default:
        return cgm_div(g, x, cgm_affine(g, cgm_square(g, y), 1, 1));
    }
}

static void random_graphs_and_their_gradients(void)
{
    for (uint64_t seed = 100; seed < 112; seed++) {
        bench b;
        cgm_node pool[24], out[8];
        bench_begin(&b, seed);
        size_t n = 0;
        for (; n < 3; n++) pool[n] = fresh(&b, S(2, 4, 6, 6));
        for (; n < 24; n++) pool[n] = random_node(&b, n, pool);
        cgm_node loss = cgm_sum_all(b.g, cgm_square(b.g, pool[n - 1]));
        out[0] = loss;
        REQUIRE_OK(cgm_graph_gradients(b.g, loss, 3, pool, out + 1));
        out[4] = pool[n - 1];
        out[5] = pool[0]; /* an input */
        out[6] = loss;    /* twice */
        out[7] = cgm_reshape(b.g, pool[n - 2], S(48, 6));
        check_all_ways(&b, 8, out);
        bench_end(&b);
    }
}

/* ---- The compiler ---- */

static void common_subexpressions_and_dead_code(void)
{
    bench b;
    bench_begin(&b, 7);
    cgm_node x = fresh(&b, S(4, 4)), f = fresh(&b, S(4, 4));
    cgm_node y = cgm_matmul(b.g, x, f, false, false), again = cgm_matmul(b.g, x, f, false, false);
    cgm_matmul(b.g, f, x, true, true); /* dead */
    cgm_node out = cgm_matmul(b.g, y, again, false, true);
    cgm_program *p;
    REQUIRE_OK(cgm_program_compile(b.g, 1, &out, NULL, &p));
    CU_ASSERT_EQUAL(cgm_program_steps(p), 2);
    cgm_program_destroy(p);
    cgm_node chain = cgm_tanh(b.g, cgm_add(b.g, cgm_exp(b.g, x), cgm_mul(b.g, f, cgm_scalar(b.g, 2))));
    REQUIRE_OK(cgm_program_compile(b.g, 1, &chain, NULL, &p));
    CU_ASSERT_EQUAL(cgm_program_steps(p), 1);
    cgm_program_destroy(p);
    REQUIRE_OK(cgm_program_compile(b.g, 1, &chain, &(cgm_compile_opts){.no_fusion = true}, &p));
    CU_ASSERT_EQUAL(cgm_program_steps(p), 4);
    cgm_program_destroy(p);
    bench_end(&b);
}

static void reuse_saves_memory(void)
{
    bench b;
    bench_begin(&b, 8);
    cgm_node x = fresh(&b, S(64, 64)), w = fresh(&b, S(64, 64));
    for (int i = 0; i < 10; i++) x = cgm_tanh(b.g, cgm_matmul(b.g, x, w, false, false));
    cgm_program *reuse, *apart;
    REQUIRE_OK(cgm_program_compile(b.g, 1, &x, NULL, &reuse));
    REQUIRE_OK(cgm_program_compile(b.g, 1, &x, &(cgm_compile_opts){.placement = CGM_PLACE_NO_REUSE}, &apart));
    CU_ASSERT(cgm_program_workspace_bytes(reuse) < 3 * 64 * 64 * sizeof(cgm_real) + (1u << 16));
    CU_ASSERT(cgm_program_workspace_bytes(apart) > 19 * 64 * 64 * sizeof(cgm_real));
    cgm_program_destroy(reuse);
    cgm_program_destroy(apart);
    bench_end(&b);
}

/* Convolutions of one image, each of the rectified, scaled and shifted result of the one before, and the gradients of
 * their filters. edges: repeated, or zero. */
static void convolve(bench *b, bool edges, size_t n, cgm_node *out)
{
    cgm_node x = fresh(b, S(1, 4, 32, 32)), f[8], scale = fresh(b, S(4, 1, 1)), shift = fresh(b, S(4, 1, 1));
    for (size_t k = 0; k < n; k++) {
        cgm_node wide = edges ? cgm_pad2d(b->g, x, CGM_PAD_REFLECT, 1, 1, 1, 1) : cgm_pad(b->g, x, 2, 1, 1);
        if (!edges) wide = cgm_pad(b->g, wide, 3, 1, 1);
        f[k] = fresh(b, S(4, 4, 3, 3));
        x = cgm_conv2d(b->g, wide, f[k], (cgm_conv_opts){0});
        x = cgm_add(b->g, cgm_mul(b->g, cgm_leaky_relu(b->g, x, 0.2), scale), shift);
    }
    out[0] = cgm_sum_all(b->g, x);
    REQUIRE_OK(cgm_graph_gradients(b->g, out[0], n, f, out + 1));
}

/* What repeats edges is not kept for the gradients, zeros around an image are: the difference grows with the depth. */
static void paddings_are_made_again(void)
{
    enum { N = 8 };
    const size_t image = 4 * 32 * 32 * sizeof(cgm_real);
    size_t bytes[2];
    for (int edges = 0; edges < 2; edges++) {
        bench b;
        cgm_node out[1 + N];
        cgm_program *p;
        bench_begin(&b, 9);
        convolve(&b, edges, N, out);
        REQUIRE_OK(cgm_program_compile(b.g, 1 + N, out, NULL, &p));
        bytes[edges] = cgm_program_workspace_bytes(p);
        cgm_program_destroy(p);
        check_all_ways(&b, 1 + N, out);
        bench_end(&b);
    }
    CU_ASSERT(bytes[1] + (N - 4) * image < bytes[0]);
}

/* Of a convolution, its normalisation and a rectifier the first's deviations and the last's result are kept. */
static void standardised_values_are_made_again(void)
{
    enum { N = 8 };
    const size_t image = 4 * 32 * 32 * sizeof(cgm_real);
    bench b;
    cgm_node out[1 + 3 * N], x, parameter[3 * N];
    cgm_program *p;
    bench_begin(&b, 10);
    x = fresh(&b, S(1, 4, 32, 32));
    for (size_t k = 0; k < N; k++) {
        cgm_node *f = parameter + 3 * k;
        f[0] = fresh(&b, S(4, 4, 3, 3)), f[1] = fresh(&b, S(4, 1, 1)), f[2] = fresh(&b, S(4, 1, 1));
        cgm_conv_opts same = {.pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1};
        cgm_node y = cgm_conv2d(b.g, x, f[0], same), d = cgm_sub(b.g, y, cgm_mean(b.g, y, 1u << 2 | 1u << 3));
        cgm_node root = cgm_sqrt(b.g, cgm_affine(b.g, cgm_mean(b.g, cgm_square(b.g, d), 1u << 2 | 1u << 3), 1, 1e-5));
        cgm_node standard = cgm_mul(b.g, d, cgm_div(b.g, cgm_scalar(b.g, 1), root));
        x = cgm_leaky_relu(b.g, cgm_add(b.g, cgm_mul(b.g, standard, f[1]), f[2]), 0.2);
    }
    out[0] = cgm_mean(b.g, x, 15);
    REQUIRE_OK(cgm_graph_gradients(b.g, out[0], 3 * N, parameter, out + 1));
    REQUIRE_OK(cgm_program_compile(b.g, 1 + 3 * N, out, NULL, &p));
    /* 26 with scratch; 34 where the standardised values are kept too. */
    CU_ASSERT(cgm_program_workspace_bytes(p) < 30 * image);
    cgm_program_destroy(p);
    check_all_ways(&b, 1 + 3 * N, out);
    bench_end(&b);
}

static void denormals_count_as_zero(void)
{
    cgm_graph *g;
    cgm_program *p;
    cgm_workspace *ws;
    enum { N = 3 * 16384 }; /* enough for every thread */
    static cgm_real x[N];
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node in = cgm_input(g, "x", S(N)), y = cgm_mul(g, in, in);
    REQUIRE_OK(cgm_program_compile(g, 1, &y, &(cgm_compile_opts){.threads = 2}, &p));
    REQUIRE_OK(cgm_workspace_create(p, &ws));
    for (int i = 0; i < N; i++) x[i] = (cgm_real)(sizeof(cgm_real) == 4 ? 1e-20 : 1e-160);
    cgm_workspace_bind(ws, in, x);
    REQUIRE_OK(cgm_program_run(p, ws)); /* 1e-20 squared is a denormal float, 1e-160 squared a denormal double */
    int zeros = 0;
    for (int i = 0; i < N; i++) zeros += cgm_workspace_get(ws, y)[i] == 0;
    CU_ASSERT_EQUAL(zeros, N);
    volatile cgm_real factor = x[0], product = factor * factor;
    CU_ASSERT(product > 0); /* outside the run they are numbers again */
    cgm_workspace_destroy(ws);
    cgm_program_destroy(p);
    cgm_graph_destroy(g);
}

/* ---- Errors ---- */

static void errors_stick_and_name_the_layer(void)
{
    cgm_graph *g;
    cgm_program *p = NULL;
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_graph_push(g, "decoder");
    cgm_graph_push(g, "conv2");
    cgm_node x = cgm_input(g, "x", S(1, 44, 8, 8)), f = cgm_input(g, "w", S(8, 40, 3, 3));
    cgm_node y = cgm_conv2d(g, x, f, (cgm_conv_opts){0});
    CU_ASSERT_EQUAL(y.id, 0);
    cgm_graph_pop(g);
    cgm_node z = cgm_tanh(g, cgm_add(g, y, x));
    CU_ASSERT_EQUAL(z.id, 0);
    CHECK_FAILS(cgm_graph_status(g), CGM_E_SHAPE,
                "decoder.conv2: conv2d: input [1, 44, 8, 8] has 44 channels, filter [8, 40, 3, 3] wants 40");
    CHECK_FAILS(cgm_program_compile(g, 1, &z, NULL, &p), CGM_E_SHAPE, "decoder.conv2");
    CU_ASSERT_PTR_NULL(p);
    cgm_graph_destroy(g);
}

#define REFUSED(expression, text)                                                                                      \
    do {                                                                                                               \
        cgm_graph *g;                                                                                                  \
        REQUIRE_OK(cgm_graph_create(&g));                                                                              \
        cgm_node x = cgm_input(g, "x", S(2, 3, 4, 5)), y = cgm_input(g, "y", S(3, 2));                                 \
        (void)x, (void)y;                                                                                              \
        CU_ASSERT_EQUAL((expression).id, 0);                                                                           \
        CHECK_FAILS(cgm_graph_status(g), CGM_E_SHAPE, text);                                                           \
        cgm_graph_destroy(g);                                                                                          \
    } while (0)

static void impossible_shapes_are_refused(void)
{
    REFUSED(cgm_add(g, x, y), "[2, 3, 4, 5] and [3, 2] do not broadcast");
    REFUSED(cgm_matmul(g, y, y, false, false), "[3, 2] and [3, 2] cannot be multiplied");
    REFUSED(cgm_matmul(g, x, y, false, false), "cannot be multiplied");
    REFUSED(cgm_reshape(g, x, S(7)), "[2, 3, 4, 5] cannot become [7]");
    REFUSED(cgm_broadcast(g, x, S(3, 4, 5)), "does not broadcast to");
    REFUSED(cgm_slice(g, y, 0, 2, 2), "do not fit");
    REFUSED(cgm_slice(g, y, 2, 0, 1), "axis 2");
    REFUSED(cgm_pad(g, y, 0, -1, 0), "negative");
    REFUSED(cgm_concat(g, 2, ((cgm_node[]){x, y}), 0), "differ beside axis");
    REFUSED(cgm_sum_pool(g, x, 3), "blocks of 3 do not divide");
    REFUSED(cgm_upsample_nearest(g, y, 2), "cannot enlarge");
    REFUSED(cgm_gather(g, x, y), "do not select");
    REFUSED(cgm_scatter_add(g, x, y, 4), "not one for each number");
    REFUSED(cgm_scatter_add(g, y, y, 0), "impossible shape");
    REFUSED(cgm_argsort(g, y, 3, false), "no first 3");
    REFUSED(cgm_argsort(g, y, 0, false), "no first 0");
    REFUSED(cgm_sort(g, y, 2, false), "axis 2");
    REFUSED(cgm_argmax(g, y, -1), "axis -1");
    REFUSED(cgm_cumsum(g, y, 2, false), "axis 2");
    REFUSED(cgm_transpose(g, y, ((int[]){1, 1})), "no permutation");
    REFUSED(cgm_transpose(g, y, ((int[]){-1, 0})), "no permutation");
    REFUSED(cgm_matmul(g, x, cgm_reshape(g, x, S(3, 1, 5, 8)), false, false), "cannot be multiplied");
    REFUSED(cgm_matmul(g, x, cgm_input(g, "z", S(3, 5, 4)), false, true), "cannot be multiplied");
    REFUSED(cgm_matmul(g, cgm_input(g, "z", S(2)), y, false, false), "cannot be multiplied");
    REFUSED(cgm_minimum(g, x, y), "do not broadcast");
    REFUSED(cgm_take_rows(g, x, y), "cannot take rows");
    REFUSED(cgm_add_rows(g, x, y, 4), "not one for each row");
    REFUSED(cgm_slice_step(g, y, 0, 0, 2, 3), "3 apart");
    REFUSED(cgm_slice_step(g, y, 0, 1, 2, -2), "-2 apart");
    REFUSED(cgm_slice_step(g, y, 0, 0, 2, 0), "0 apart");
    REFUSED(cgm_slice_step(g, y, 2, 0, 2, 2), "axis 2");
    REFUSED(cgm_spread(g, y, 0, 0, 2, 4), "does not fit in 4");
    REFUSED(cgm_spread(g, y, 0, 0, 1, 2), "does not fit in 2");
    REFUSED(cgm_spread(g, y, -1, 0, 1, 2), "axis -1");
    REFUSED(cgm_spread(g, y, 0, 2, INT64_MIN, 9), "does not fit in 9");
    REFUSED(cgm_one_hot(g, cgm_slice(g, y, 1, 0, 1), ((int64_t)1 << 53) + 1), "indices held as reals");
    REFUSED(cgm_one_hot(g, y, 3), "last axis");
    REFUSED(cgm_logsumexp(g, y, -1), "axis -1");
    REFUSED(cgm_conv2d(g, x, cgm_input(g, "f", S(1, 3, 9, 1)), (cgm_conv_opts){0}), "larger than the padded input");
    REFUSED(cgm_conv2d(g, x, y, (cgm_conv_opts){0}), "four axes");
    REFUSED(cgm_conv2d(g, x, x, (cgm_conv_opts){.stride = -1}), "stride -1");
    REFUSED(cgm_input(g, "huge", S((int64_t)1 << 30, (int64_t)1 << 30)), "impossible shape");
    REFUSED(cgm_input(g, "empty", S(0, 3)), "impossible shape");
}

static void unbound_inputs_are_named(void)
{
    cgm_graph *g;
    cgm_program *p;
    cgm_workspace *ws;
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_graph_push(g, "encoder");
    cgm_node y = cgm_tanh(g, cgm_input(g, "pixels", S(2)));
    REQUIRE_OK(cgm_program_compile(g, 1, &y, NULL, &p));
    cgm_graph_destroy(g); /* the program keeps nothing of it */
    REQUIRE_OK(cgm_workspace_create(p, &ws));
    CHECK_FAILS(cgm_program_run(p, ws), CGM_E_ARG, "\"encoder.pixels\" is not bound");
    cgm_workspace_destroy(ws);
    cgm_program_destroy(p);
}

/* ---- No allocation during a run ---- */

static void a_run_allocates_nothing(void)
{
    bench b;
    bench_begin(&b, 9);
    cgm_node x = fresh(&b, S(8, 3, 12, 12)), f = fresh(&b, S(8, 3, 3, 3)), w = fresh(&b, S(5, 8 * 144)), d[3];
    cgm_node h = cgm_gelu(b.g, cgm_conv2d(b.g, x, f, (cgm_conv_opts){1, 1, 1, 1, 1}));
    h = cgm_max_pool(b.g, cgm_resize2d(b.g, h, CGM_RESIZE_BILINEAR, 24, 24), (cgm_pool_opts){2, 2});
    cgm_node y = cgm_logsumexp(b.g, cgm_matmul(b.g, cgm_reshape(b.g, h, S(8, 8 * 144)), w, false, true), 1);
    REQUIRE_OK(cgm_graph_gradients(b.g, cgm_sum_all(b.g, y), 3, (cgm_node[]){x, f, w}, d));
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
    {"operations and their gradients", operations_and_their_gradients},
    {"values and slopes at the kinks", values_and_slopes_at_the_kinks},
    {"not a number is sorted last", not_a_number_is_sorted_last},
    {"products", products},
    {"convolutions", convolutions},
    {"random graphs and their gradients", random_graphs_and_their_gradients},
    {"common subexpressions and dead code", common_subexpressions_and_dead_code},
    {"reuse saves memory", reuse_saves_memory},
    {"paddings are made again", paddings_are_made_again},
    {"standardised values are made again", standardised_values_are_made_again},
    {"denormals count as zero", denormals_count_as_zero},
    {"errors stick and name the layer", errors_stick_and_name_the_layer},
    {"impossible shapes are refused", impossible_shapes_are_refused},
    {"unbound inputs are named", unbound_inputs_are_named},
    {"a run allocates nothing", a_run_allocates_nothing},
};
TEST_MAIN("graph", cases)
