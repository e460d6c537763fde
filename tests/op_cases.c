#include "tests/op_cases.h"

#include <stdio.h>

static const cgm_conv_opts same3 = {1, 1, 1, 1, 1}, odd = {2, 0, 1, 2, 0}, three = {3, 1, 2, 0, 1};
static const cgm_conv_opts dilated = {.stride = 1, .pad_top = 2, .pad_bottom = 1, .pad_right = 2, .dilation = 2};
static const cgm_conv_opts grouped = {2, 0, 1, 2, 0, .groups = 2}, depthwise = {2, 1, 2, 2, 1, 2, 3};
static const cgm_pool_opts windows = {3, 2, .stride_h = 2, .stride_w = 1, .pad_top = 1, .pad_right = 1};
static const cgm_pool_opts inside = {2, 3, .pad_top = 1, .pad_left = 2, .pad_right = 1, .exclude_pads = true};
static const cgm_resampling_opts largest = {CGM_POOL_MAX, 3, 2, 2, 1, 1, 0, 0, 1};

/* A map of 33 numbers to 10, and its adjoint, by the matrix. */
static void multiply(const void *context, const double *in, double *out, void *scratch, int threads)
{
    (void)context, (void)scratch, (void)threads;
    for (int i = 0; i < 10; i++) {
        out[i] = 0;
        for (int j = 0; j < 33; j++) out[i] += op_case_matrix(i, j) * in[j];
    }
}

static void multiply_adjoint(const void *context, const double *in, double *out, void *scratch, int threads)
{
    (void)context, (void)threads;
    double *sum = scratch; /* used, so that its room is tried */
    for (int j = 0; j < 33; j++) {
        *sum = 0;
        for (int i = 0; i < 10; i++) *sum += op_case_matrix(i, j) * in[i];
        out[j] = *sum;
    }
}
static const cgm_linear_map matrix = {{2, {11, 3}}, {3, {5, 1, 2}}, multiply, multiply_adjoint, sizeof(double), NULL};

#define CASE(name, op, rows, linear, expression, ...)                                                                  \
    static cgm_node build_##name(cgm_graph *g, const cgm_node *x)                                                      \
    {                                                                                                                  \
        return expression;                                                                                             \
    }
#include "tests/op_rows.h"
#undef CASE

/* clang-format off */
#define BATCH(operands) {operands, true}
#define WHOLE(operands) {operands, false}
#define LINEAR(...) {__VA_ARGS__}
#define IN(dims) {.shape = dims, .low = -1, .high = 1}
#define RANGE(dims, from, to) {.shape = dims, .low = from, .high = to}
#define AWAY(dims, from, to, at, distance) {.shape = dims, .low = from, .high = to, .kink = at, .margin = distance}
#define APART(dims) {.shape = dims, .low = -10, .high = 10, .apart = true}
#define INDEX(dims, levels) {.shape = dims, .low = 0, .high = levels, .index = true}
#define CASE(name, op, rows, linear, expression, ...)                                                                  \
    {#name, CGM_OP_##op, rows, linear, build_##name, {__VA_ARGS__}},
/* clang-format on */

const op_case op_cases[] = {
#include "tests/op_rows.h"
};
const size_t op_case_count = sizeof op_cases / sizeof op_cases[0];

size_t op_case_operands(const op_case *c)
{
    size_t n = 0;
    while (n < GRADCHECK_MAX_INPUTS && c->in[n].high > c->in[n].low) n++; /* what is not there has no range */
    return n;
}

bool op_cases_are_complete(void)
{
    bool seen[CGM_OP_COUNT] = {[CGM_OP_input] = true}, complete = true;
    for (size_t i = 0; i < op_case_count; i++) seen[op_cases[i].op] = true;
    for (int op = 0; op < CGM_OP_COUNT; op++) {
        if (!seen[op]) fprintf(stderr, "no case of \"%s\" in tests/op_rows.h\n", cgm_op_table[op]->name);
        complete = complete && seen[op];
    }
    return complete;
}
