/* First- and second-order gradients of every operation in the table, in double, and the checker itself. Built with
 * CGM_DOUBLE from the sources of base, kernels, graph and the layers whatever the configuration. */
#include <math.h>
#include <string.h>

#include "graph/graph_priv.h"
#include "graph/program.h"
#include "nn/layers.h"
#include "nn/normalization.h"
#include "tests/harness.h"
#include "tests/op_cases.h"

#define TOLERANCE 2e-8

#define S CGM_SHAPE

/* ---- Every operation ---- */

static gradcheck_case of_op(const op_case *c)
{
    gradcheck_case check = {.name = c->name, .build = c->build, .n = op_case_operands(c)};
    memcpy(check.in, c->in, sizeof check.in);
    return check;
}

static void check_order(gradcheck_case check, int order)
{
    double error = gradcheck_error(&check, order, FAULT_NONE);
    bool ok = error >= 0 && error <= TOLERANCE;
    if (!ok) fprintf(stderr, "%s%s, order %d: error %g\n", check.name, check.bend ? " bent" : "", order, error);
    CU_ASSERT(ok);
}

static void every_operation_has_a_case(void)
{
    CU_ASSERT(op_cases_are_complete());
}

static void first_order(void)
{
    for (size_t i = 0; i < op_case_count; i++) check_order(of_op(&op_cases[i]), 1);
}

/* Bent, as of what is linear the second derivative is nothing. */
static void second_order(void)
{
    for (size_t i = 0; i < op_case_count; i++) {
        gradcheck_case check = of_op(&op_cases[i]);
        check_order(check, 2);
        check.bend = true;
        check_order(check, 2);
    }
}

static void linear_operations_have_their_adjoints(void)
{
    for (size_t i = 0; i < op_case_count; i++)
        for (int k = 0; k < 2; k++) {
            if (!op_cases[i].linear[k]) continue;
            gradcheck_case check = of_op(&op_cases[i]);
            double error = gradcheck_adjoint_error(&check, op_cases[i].linear[k]);
            if (!(error >= 0 && error <= 1e-12)) fprintf(stderr, "adjoint of %s: error %g\n", check.name, error);
            CU_ASSERT(error >= 0 && error <= 1e-12);
        }
}

/* ---- Gradients that meet ---- */

#define BUILD(name, expression)                                                                                        \
    static cgm_node build_##name(cgm_graph *g, const cgm_node *x)                                                      \
    {                                                                                                                  \
        return expression;                                                                                             \
    }
BUILD(mul, cgm_mul(g, x[0], x[1]))
BUILD(slices, cgm_mul(g, cgm_slice(g, x[0], 1, 0, 2), cgm_tanh(g, cgm_slice(g, x[0], 1, 2, 2))))
BUILD(slices_twice, cgm_mul(g, cgm_mul(g, cgm_slice(g, x[0], 1, 3, 2), cgm_slice(g, x[0], 1, 3, 2)),
                            cgm_exp(g, cgm_slice(g, x[0], 1, 0, 2))))
BUILD(slices_overlap, cgm_mul(g, cgm_slice(g, x[0], 1, 0, 3), cgm_exp(g, cgm_slice(g, x[0], 1, 1, 3))))
BUILD(slices_cross,
      cgm_add(g, cgm_mul(g, cgm_slice(g, x[0], 1, 0, 1), cgm_slice(g, x[0], 2, 1, 1)), cgm_square(g, x[0])))
BUILD(sum_of_squares, cgm_square(g, cgm_sum(g, cgm_square(g, x[0]), 1u << 1)))
static cgm_node build_small_net(cgm_graph *g, const cgm_node *x)
{
    static const cgm_conv_opts same3 = {1, 1, 1, 1, 1};
    cgm_node h = cgm_leaky_relu(g, cgm_add(g, cgm_conv2d(g, x[0], x[1], same3), x[2]), 0.1);
    h = cgm_gelu(g, cgm_upsample_nearest(g, h, 2));
    return cgm_tanh(g, cgm_matmul(g, cgm_reshape(g, h, CGM_SHAPE(2, 3 * 4 * 6)), x[3], false, true));
}

/* A normalisation of x alone; an epsilon that keeps its slopes moderate. */
static cgm_node normalised(cgm_graph *g, cgm_node x, cgm_norm_kind kind)
{
    const cgm_norm_opts opts = {.kind = kind, .groups = 2, .epsilon = 0.1, .plain = true};
    cgm_params *p = NULL;
    if (cgm_params_create(&p) != CGM_OK) return (cgm_node){0};
    cgm_node y = cgm_normalize(p, g, "norm", x, &opts, CGM_MODE_TRAIN);
    cgm_params_destroy(p);
    return y;
}
BUILD(batch_norm, normalised(g, x[0], CGM_NORM_BATCH))
BUILD(instance_norm, normalised(g, x[0], CGM_NORM_INSTANCE))
BUILD(group_norm, normalised(g, x[0], CGM_NORM_GROUP))
BUILD(layer_norm, normalised(g, x[0], CGM_NORM_LAYER))
BUILD(pixel_norm, normalised(g, x[0], CGM_NORM_PIXEL))
BUILD(adain, cgm_adain(g, x[0], x[1], x[2], 0.1))
BUILD(minibatch_stddev, cgm_square(g, cgm_minibatch_stddev(g, x[0], 0)))

/* clang-format off */
#define IN(dims, from, to) {.shape = dims, .low = from, .high = to}
#define CASE(title, n, ...) {#title, build_##title, n, {__VA_ARGS__}, false}
static const gradcheck_case compositions[] = {
    CASE(mul, 2, IN(S(2, 1, 5), -1, 1), IN(S(2, 3, 1), -1, 1)),
    CASE(slices, 1, IN(S(2, 4, 3), -1, 1)),
    CASE(slices_twice, 1, IN(S(2, 6, 3), -1, 1)),
    CASE(slices_overlap, 1, IN(S(2, 4, 3), -1, 1)),
    CASE(slices_cross, 1, IN(S(2, 2, 3), -1, 1)),
    CASE(sum_of_squares, 1, IN(S(2, 4, 3), -1, 1)),
    CASE(small_net, 4, IN(S(2, 2, 2, 3), -1, 1), IN(S(3, 2, 3, 3), -1, 1), IN(S(1, 3, 1, 1), -1, 1), IN(S(2, 72), -0.3, 0.3)),
    CASE(batch_norm, 1, IN(S(3, 2, 2, 2), -1, 1)),
    CASE(instance_norm, 1, IN(S(2, 2, 2, 3), -1, 1)),
    CASE(group_norm, 1, IN(S(2, 4, 2, 2), -1, 1)),
    CASE(layer_norm, 1, IN(S(3, 5), -1, 1)),
    CASE(pixel_norm, 1, IN(S(2, 3, 2, 2), -1, 1)),
    CASE(adain, 3, IN(S(2, 2, 2, 2), -1, 1), IN(S(2, 2), -1, 1), IN(S(2, 2), -1, 1)),
    CASE(minibatch_stddev, 1, IN(S(5, 2, 3), -1, 1)),
};
/* clang-format on */

static void gradients_that_meet(void)
{
    for (size_t i = 0; i < sizeof compositions / sizeof compositions[0]; i++)
        for (int order = 1; order <= 2; order++) check_order(compositions[i], order);
}

static void injected_faults_are_found(void)
{
    for (size_t i = 0; i < sizeof compositions / sizeof compositions[0]; i++)
        for (gradcheck_fault fault = FAULT_SIGN; fault <= FAULT_NAN; fault++)
            for (int order = 1; order <= 2; order++)
                CU_ASSERT(!gradcheck_passes(&compositions[i], order, fault, TOLERANCE));
    CU_ASSERT(!(gradcheck_adjoint_error(&compositions[1], 1) <= 1e-6)); /* slices, multiplied: not linear */
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
    {"every operation has a case", every_operation_has_a_case},
    {"first order", first_order},
    {"second order", second_order},
    {"linear operations have their adjoints", linear_operations_have_their_adjoints},
    {"gradients that meet", gradients_that_meet},
    {"injected faults are found", injected_faults_are_found},
    {"slices are put together", slices_are_put_together},
    {"gradient of what does not matter is zero", gradient_of_what_does_not_matter_is_zero},
};
TEST_MAIN("gradients", cases)
