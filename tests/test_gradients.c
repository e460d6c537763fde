/* First- and second-order gradients of every operation in the table, in double, and the checker itself. Built with
 * CGM_DOUBLE from the sources of base, kernels and graph whatever the configuration. */
#include <math.h>
#include <string.h>

#include "graph/graph_priv.h"
#include "graph/program.h"
#include "tests/gradcheck.h"
#include "tests/harness.h"

#define TOLERANCE 2e-8

#define BUILD(name, expression)                                                                                        \
    static cgm_node build_##name(cgm_graph *g, const cgm_node *x)                                                      \
    {                                                                                                                  \
        return expression;                                                                                             \
    }
BUILD(add, cgm_add(g, x[0], x[1]))
BUILD(sub, cgm_sub(g, x[0], x[1]))
BUILD(mul, cgm_mul(g, x[0], x[1]))
BUILD(mul_self, cgm_mul(g, x[0], cgm_mul(g, x[0], x[0])))
BUILD(div, cgm_div(g, x[0], x[1]))
BUILD(less, cgm_mul(g, x[0], cgm_less(g, x[0], x[1])))
BUILD(select, cgm_select(g, cgm_less(g, x[0], x[1]), cgm_square(g, x[0]), cgm_mul(g, x[1], x[2])))
BUILD(neg, cgm_neg(g, cgm_square(g, x[0])))
BUILD(affine, cgm_affine(g, cgm_square(g, x[0]), -2.5, 0.7))
BUILD(exp, cgm_exp(g, x[0]))
BUILD(log, cgm_log(g, x[0]))
BUILD(sqrt, cgm_sqrt(g, x[0]))
BUILD(erf, cgm_erf(g, x[0]))
BUILD(tanh, cgm_tanh(g, x[0]))
BUILD(sigmoid, cgm_sigmoid(g, x[0]))
BUILD(softplus, cgm_softplus(g, x[0]))
BUILD(gelu, cgm_gelu(g, x[0]))
BUILD(gelu_grad, cgm_gelu_grad(g, x[0], x[1]))
BUILD(leaky_relu, cgm_square(g, cgm_leaky_relu(g, x[0], 0.1)))
BUILD(relu_zero_slope, cgm_square(g, cgm_leaky_relu(g, x[0], 0)))
BUILD(clamp, cgm_square(g, cgm_clamp(g, x[0], -0.5, 0.5)))
BUILD(constant, cgm_mul(g, x[0], cgm_constant(g, 3, CGM_SHAPE(2, 3))))
BUILD(reshape, cgm_square(g, cgm_reshape(g, x[0], CGM_SHAPE(3, 5, 2))))
BUILD(broadcast, cgm_square(g, cgm_broadcast(g, x[0], CGM_SHAPE(4, 2, 3, 5))))
BUILD(concat, cgm_square(g, cgm_concat(g, 3, x, 1)))
BUILD(slice, cgm_square(g, cgm_slice(g, x[0], 1, 1, 3)))
BUILD(slices, cgm_mul(g, cgm_slice(g, x[0], 1, 0, 2), cgm_tanh(g, cgm_slice(g, x[0], 1, 2, 2))))
BUILD(slices_twice, cgm_mul(g, cgm_mul(g, cgm_slice(g, x[0], 1, 3, 2), cgm_slice(g, x[0], 1, 3, 2)),
                            cgm_exp(g, cgm_slice(g, x[0], 1, 0, 2))))
BUILD(slices_overlap, cgm_mul(g, cgm_slice(g, x[0], 1, 0, 3), cgm_exp(g, cgm_slice(g, x[0], 1, 1, 3))))
BUILD(slices_cross,
      cgm_add(g, cgm_mul(g, cgm_slice(g, x[0], 1, 0, 1), cgm_slice(g, x[0], 2, 1, 1)), cgm_square(g, x[0])))
BUILD(pad, cgm_square(g, cgm_pad(g, x[0], 2, 1, 3)))
BUILD(sum, cgm_square(g, cgm_sum(g, x[0], 1u << 0 | 1u << 2)))
BUILD(sum_last, cgm_square(g, cgm_sum(g, x[0], 1u << 3)))
BUILD(mean, cgm_square(g, cgm_mean(g, x[0], 1u << 1)))
BUILD(logsumexp, cgm_logsumexp(g, x[0], 1))
BUILD(softmax, cgm_softmax(g, x[0], 1))
BUILD(log_softmax, cgm_log_softmax(g, x[0], 2))
BUILD(matmul_nn, cgm_matmul(g, x[0], x[1], false, false))
BUILD(matmul_nt, cgm_matmul(g, x[0], x[1], false, true))
BUILD(matmul_tn, cgm_matmul(g, x[0], x[1], true, false))
BUILD(matmul_tt, cgm_matmul(g, x[0], x[1], true, true))
static const cgm_conv_opts same3 = {1, 1, 1, 1, 1}, odd = {2, 0, 1, 2, 0}, three = {3, 1, 2, 0, 1};
BUILD(conv, cgm_conv2d(g, x[0], x[1], same3))
BUILD(conv_biased, cgm_conv2d_biased(g, x[0], x[1], x[2], odd))
BUILD(conv_odd, cgm_conv2d(g, x[0], x[1], odd))
BUILD(conv_three, cgm_conv2d(g, x[0], x[1], three))
BUILD(conv_input_grad, cgm_conv2d_input_grad(g, x[0], x[1], odd, 5, 4))
BUILD(conv_filter_grad, cgm_conv2d_filter_grad(g, x[0], x[1], odd, 3, 2))
BUILD(upsample, cgm_square(g, cgm_upsample_nearest(g, x[0], 2)))
BUILD(sum_pool, cgm_square(g, cgm_sum_pool(g, x[0], 3)))
BUILD(gather, cgm_square(g, cgm_gather(g, x[0], x[1])))
BUILD(one_hot, cgm_mul(g, cgm_square(g, x[0]), cgm_one_hot(g, x[1], 4)))
static cgm_node build_small_net(cgm_graph *g, const cgm_node *x)
{
    cgm_node h = cgm_leaky_relu(g, cgm_add(g, cgm_conv2d(g, x[0], x[1], same3), x[2]), 0.1);
    h = cgm_gelu(g, cgm_upsample_nearest(g, h, 2));
    return cgm_tanh(g, cgm_matmul(g, cgm_reshape(g, h, CGM_SHAPE(2, 3 * 4 * 6)), x[3], false, true));
}

#define S CGM_SHAPE
#define IN(shape, low, high)                                                                                           \
    {                                                                                                                  \
        shape, low, high, 0, 0, false                                                                                  \
    }
#define AWAY(shape, low, high, kink, margin)                                                                           \
    {                                                                                                                  \
        shape, low, high, kink, margin, false                                                                          \
    }
#define INDEX(shape, levels)                                                                                           \
    {                                                                                                                  \
        shape, 0, levels, 0, 0, true                                                                                   \
    }
#define CASE(name, n, ...)                                                                                             \
    {                                                                                                                  \
#name, build_##name, n,                                                                                        \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }

static gradcheck_case *all_cases(size_t *n)
{
    static gradcheck_case cases[] = {
        CASE(add, 2, IN(S(2, 3, 1), -1, 1), IN(S(3, 4), -1, 1)),
        CASE(sub, 2, IN(S(3), -1, 1), IN(S(2, 1, 3), -1, 1)),
        CASE(mul, 2, IN(S(2, 1, 5), -1, 1), IN(S(2, 3, 1), -1, 1)),
        CASE(mul_self, 1, IN(S(7), -1, 1)),
        CASE(div, 2, IN(S(2, 3), -1, 1), IN(S(3), 0.5, 2)),
        CASE(less, 2, IN(S(5), -1, -0.1), IN(S(5), 0.1, 1)),
        CASE(select, 3, IN(S(4, 3), -1, -0.1), IN(S(3), 0.1, 1), IN(S(4, 1), -1, 1)),
        CASE(neg, 1, IN(S(3, 3), -1, 1)),
        CASE(affine, 1, IN(S(3, 3), -1, 1)),
        CASE(exp, 1, IN(S(9), -2, 2)),
        CASE(log, 1, IN(S(9), 0.3, 3)),
        CASE(sqrt, 1, IN(S(9), 0.3, 3)),
        CASE(erf, 1, IN(S(9), -2, 2)),
        CASE(tanh, 1, IN(S(9), -2, 2)),
        CASE(sigmoid, 1, IN(S(9), -4, 4)),
        CASE(softplus, 1, IN(S(9), -4, 4)),
        CASE(gelu, 1, IN(S(9), -3, 3)),
        CASE(gelu_grad, 2, IN(S(2, 9), -3, 3), IN(S(9), -1, 1)),
        CASE(leaky_relu, 1, AWAY(S(11), -1, 1, 0, 0.05)),
        CASE(relu_zero_slope, 1, AWAY(S(11), -1, 1, 0, 0.05)),
        CASE(clamp, 1, AWAY(S(4), -0.4, 0.4, 0, 0)),
        CASE(clamp, 1, IN(S(5), 0.6, 0.9)),
        CASE(constant, 1, IN(S(3), -1, 1)),
        CASE(reshape, 1, IN(S(5, 6), -1, 1)),
        CASE(broadcast, 1, IN(S(2, 1, 5), -1, 1)),
        CASE(concat, 3, IN(S(2, 1, 3), -1, 1), IN(S(2, 4, 3), -1, 1), IN(S(2, 2, 3), -1, 1)),
        CASE(slice, 1, IN(S(2, 5, 3), -1, 1)),
        CASE(slices, 1, IN(S(2, 4, 3), -1, 1)),
        CASE(slices_twice, 1, IN(S(2, 6, 3), -1, 1)),
        CASE(slices_overlap, 1, IN(S(2, 4, 3), -1, 1)),
        CASE(slices_cross, 1, IN(S(2, 2, 3), -1, 1)),
        CASE(pad, 1, IN(S(2, 1, 3), -1, 1)),
        CASE(sum, 1, IN(S(2, 3, 4), -1, 1)),
        CASE(sum_last, 1, IN(S(2, 1, 3, 5), -1, 1)),
        CASE(mean, 1, IN(S(2, 3, 4), -1, 1)),
        CASE(logsumexp, 1, IN(S(2, 5, 3), -2, 2)),
        CASE(softmax, 1, IN(S(2, 5, 3), -2, 2)),
        CASE(log_softmax, 1, IN(S(2, 1, 3), -2, 2)),
        CASE(matmul_nn, 2, IN(S(3, 4), -1, 1), IN(S(4, 5), -1, 1)),
        CASE(matmul_nt, 2, IN(S(3, 4), -1, 1), IN(S(5, 4), -1, 1)),
        CASE(matmul_tn, 2, IN(S(4, 3), -1, 1), IN(S(4, 5), -1, 1)),
        CASE(matmul_tt, 2, IN(S(4, 3), -1, 1), IN(S(5, 4), -1, 1)),
        CASE(conv, 2, IN(S(2, 3, 5, 4), -1, 1), IN(S(2, 3, 3, 3), -1, 1)),
        CASE(conv_biased, 3, IN(S(2, 3, 5, 4), -1, 1), IN(S(4, 3, 3, 2), -1, 1), IN(S(4), -1, 1)),
        CASE(conv_odd, 2, IN(S(2, 3, 5, 4), -1, 1), IN(S(4, 3, 3, 2), -1, 1)),
        CASE(conv_three, 2, IN(S(1, 2, 7, 5), -1, 1), IN(S(3, 2, 4, 1), -1, 1)),
        CASE(conv_input_grad, 2, IN(S(2, 3, 2, 3), -1, 1), IN(S(3, 2, 3, 2), -1, 1)),
        CASE(conv_filter_grad, 2, IN(S(2, 3, 5, 4), -1, 1), IN(S(2, 2, 2, 3), -1, 1)),
        CASE(upsample, 1, IN(S(2, 3, 2, 1), -1, 1)),
        CASE(sum_pool, 1, IN(S(1, 2, 3, 6), -1, 1)),
        CASE(gather, 2, IN(S(3, 2, 4), -1, 1), INDEX(S(3, 2, 1), 4)),
        CASE(one_hot, 2, IN(S(3, 2, 4), -1, 1), INDEX(S(3, 2, 1), 4)),
        CASE(small_net, 4, IN(S(2, 2, 2, 3), -1, 1), IN(S(3, 2, 3, 3), -1, 1), IN(S(1, 3, 1, 1), -1, 1),
             IN(S(2, 72), -0.3, 0.3)),
    };
    *n = sizeof cases / sizeof cases[0];
    return cases;
}

static void check_order(int order)
{
    size_t n;
    const gradcheck_case *cases = all_cases(&n);
    for (size_t i = 0; i < n; i++) {
        bool ok = gradcheck_passes(&cases[i], order, FAULT_NONE, TOLERANCE);
        if (!ok)
            fprintf(stderr, "%s, order %d: error %g\n", cases[i].name, order,
                    gradcheck_error(&cases[i], order, FAULT_NONE));
        CU_ASSERT(ok);
    }
}

static void first_order(void)
{
    check_order(1);
}
static void second_order(void)
{
    check_order(2);
}

static void injected_faults_are_found(void)
{
    size_t n;
    const gradcheck_case *cases = all_cases(&n);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(cases[i].name, "conv") || !strcmp(cases[i].name, "mul") || !strcmp(cases[i].name, "small_net"))
            for (gradcheck_fault fault = FAULT_SIGN; fault <= FAULT_NAN; fault++)
                for (int order = 1; order <= 2; order++)
                    CU_ASSERT(!gradcheck_passes(&cases[i], order, fault, TOLERANCE));
}

/* Every operation with a gradient rule occurs in some case. */
static void every_rule_is_checked(void)
{
    size_t n;
    const gradcheck_case *cases = all_cases(&n);
    bool seen[CGM_OP_COUNT] = {false};
    for (size_t i = 0; i < n; i++) {
        cgm_graph *g;
        cgm_node x[GRADCHECK_MAX_INPUTS];
        REQUIRE_OK(cgm_graph_create(&g));
        for (size_t k = 0; k < cases[i].n; k++) x[k] = cgm_input(g, "x", cases[i].in[k].shape);
        cases[i].build(g, x);
        for (uint32_t id = 1; id < g->n; id++) seen[g->node[id].op] = true;
        cgm_graph_destroy(g);
    }
    for (int op = 0; op < CGM_OP_COUNT; op++) {
        if (!seen[op]) fprintf(stderr, "no gradient check of \"%s\"\n", cgm_op_table[op]->name);
        CU_ASSERT(seen[op]);
    }
}

/* The gradients of slices that lie beside one another are put together, not padded and added. */
static void slices_are_put_together(void)
{
    cgm_graph *g;
    cgm_node d;
    REQUIRE_OK(cgm_graph_create(&g));
    cgm_node x = cgm_input(g, "x", S(2, 6)), a = cgm_exp(g, cgm_slice(g, x, 1, 0, 2)),
             b = cgm_tanh(g, cgm_slice(g, x, 1, 3, 3));
    REQUIRE_OK(cgm_graph_gradients(g, cgm_add(g, cgm_sum_all(g, a), cgm_sum_all(g, b)), 1, &x, &d));
    CU_ASSERT_EQUAL(g->node[d.id].op, CGM_OP_concat);
    CU_ASSERT_EQUAL(g->node[d.id].n_in, 2);
    cgm_graph_destroy(g);
}

static void gradient_of_what_does_not_matter_is_zero(void)
{
    cgm_graph *g;
    cgm_program *p;
    cgm_workspace *ws;
    cgm_node x[2], d[2];
    REQUIRE_OK(cgm_graph_create(&g));
    x[0] = cgm_input(g, "x", S(3));
    x[1] = cgm_input(g, "unused", S(2, 2));
    REQUIRE_OK(cgm_graph_gradients(g, cgm_sum_all(g, cgm_square(g, x[0])), 2, x, d));
    REQUIRE_OK(cgm_program_compile(g, 2, d, NULL, &p));
    REQUIRE_OK(cgm_workspace_create(p, &ws));
    const cgm_real value[3] = {1, 2, 3};
    cgm_workspace_bind(ws, x[0], value);
    REQUIRE_OK(cgm_program_run(p, ws));
    for (int i = 0; i < 3; i++) CHECK_NEAR((double)cgm_workspace_get(ws, d[0])[i], 2 * (double)value[i], 0);
    for (int i = 0; i < 4; i++) CHECK_NEAR((double)cgm_workspace_get(ws, d[1])[i], 0, 0);
    CHECK_FAILS(cgm_graph_gradients(g, x[0], 1, x, d), CGM_E_SHAPE, "one element");
    cgm_workspace_destroy(ws);
    cgm_program_destroy(p);
    cgm_graph_destroy(g);
}

static const test_case cases[] = {
    {"first order", first_order},
    {"second order", second_order},
    {"injected faults are found", injected_faults_are_found},
    {"every rule is checked", every_rule_is_checked},
    {"slices are put together", slices_are_put_together},
    {"gradient of what does not matter is zero", gradient_of_what_does_not_matter_is_zero},
};
TEST_MAIN("gradients", cases)
