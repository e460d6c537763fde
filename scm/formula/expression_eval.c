/* Evaluating expressions: a stack machine on blocks of rows. */
#include "scm/formula/expression_priv.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

enum { BLOCK = 64 };

double cgm_formula_sigmoid(double x)
{
    double z = exp(-fabs(x));
    return x >= 0 ? 1 / (1 + z) : z / (1 + z);
}

double cgm_formula_phi(double x)
{
    return isnan(x) ? x : gsl_cdf_ugaussian_P(x);
}

/* GSL is asked within (0, 1) only: it calls its error handler elsewhere. */
double cgm_formula_probit(double p)
{
    if (p > 0 && p < 1) return gsl_cdf_ugaussian_Pinv(p);
    return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
}

double cgm_formula_and(double x, double y)
{
    return isnan(x) || isnan(y) ? NAN : x != 0 && y != 0;
}

double cgm_formula_or(double x, double y)
{
    return isnan(x) || isnan(y) ? NAN : x != 0 || y != 0;
}

/* A place of the stack, and what derivatives need beside it. */
typedef double block[BLOCK];

static void load(const formula_node *node, const cgm_expression_input *inputs, size_t begin, size_t n, double *out)
{
    if (node->op == FORMULA_number) {
        for (size_t i = 0; i < n; i++) out[i] = node->number;
        return;
    }
    const cgm_expression_input *in = &inputs[node->name];
    for (size_t i = 0; i < n; i++) out[i] = in->data[(begin + i) * in->stride];
}

#define VALUE_1(name, value, slope)                                                                                    \
    case FORMULA_##name:                                                                                               \
        for (size_t i = 0; i < n; i++) {                                                                               \
            double x = a[i];                                                                                           \
            a[i] = value;                                                                                              \
        }                                                                                                              \
        break;
#define VALUE_2(name, value, slope_x, slope_y)                                                                         \
    case FORMULA_##name:                                                                                               \
        for (size_t i = 0; i < n; i++) {                                                                               \
            double x = a[i], y = b[i];                                                                                 \
            a[i] = value;                                                                                              \
        }                                                                                                              \
        break;

/* a: the operands' places and the value's; b, c: the second and third operand. */
static void apply(formula_op op, size_t n, double *a, const double *b, const double *c)
{
    switch (op) {
        CGM_FORMULA_ROWS_1(VALUE_1)
        CGM_FORMULA_ROWS_2(VALUE_2)
    case FORMULA_if:
        for (size_t i = 0; i < n; i++) a[i] = isnan(a[i]) ? a[i] : a[i] != 0 ? b[i] : c[i];
        break;
    case FORMULA_number:
    case FORMULA_name:
    case FORMULA_OPS:
        break;
    }
}

/* What does not vary stays so, even where the slope is infinite or not a number: x^2 with x below 0. */
static double chain(double slope, double d)
{
    return d != 0 ? slope * d : 0;
}

#define DUAL_1(name, value, slope)                                                                                     \
    case FORMULA_##name:                                                                                               \
        for (size_t i = 0; i < n; i++) {                                                                               \
            double x = a[i], f = value;                                                                                \
            (void)x;                                                                                                   \
            da[i] = chain(slope, da[i]);                                                                               \
            a[i] = f;                                                                                                  \
        }                                                                                                              \
        break;
#define DUAL_2(name, value, slope_x, slope_y)                                                                          \
    case FORMULA_##name:                                                                                               \
        for (size_t i = 0; i < n; i++) {                                                                               \
            double x = a[i], y = b[i], f = value;                                                                      \
            (void)x, (void)y;                                                                                          \
            da[i] = chain(slope_x, da[i]) + chain(slope_y, db[i]);                                                     \
            a[i] = f;                                                                                                  \
        }                                                                                                              \
        break;

/* The same with the derivatives da of a; d: a's place in the derivatives' stack, its neighbours those of b and c. */
static void apply_dual(formula_op op, size_t n, block *v, block *d)
{
    double *a = v[0], *da = d[0];
    const double *b = v[1], *db = d[1];
    switch (op) {
        CGM_FORMULA_ROWS_1(DUAL_1)
        CGM_FORMULA_ROWS_2(DUAL_2)
    case FORMULA_if:
        for (size_t i = 0; i < n; i++) {
            bool defined = !isnan(a[i]), first = a[i] != 0;
            da[i] = !defined ? NAN : first ? d[1][i] : d[2][i];
            a[i] = !defined ? NAN : first ? v[1][i] : v[2][i];
        }
        break;
    case FORMULA_number:
    case FORMULA_name:
    case FORMULA_OPS:
        break;
    }
}

void cgm_expression_evaluate(const cgm_expression *e, size_t n, const cgm_expression_input *inputs, double *out)
{
    block stack[FORMULA_MAX_DEPTH + 2]; /* an operation may look past its own operands' end */
    for (size_t begin = 0; begin < n; begin += BLOCK) {
        size_t rows = n - begin < BLOCK ? n - begin : BLOCK, top = 0;
        for (size_t k = 0; k < e->n_nodes; k++) {
            const formula_node *node = &e->node[k];
            top -= node->n_children;
            if (node->n_children == 0)
                load(node, inputs, begin, rows, stack[top]);
            else
                apply(node->op, rows, stack[top], stack[top + 1], stack[top + 2]);
            top++;
        }
        memcpy(out + begin, stack[0], rows * sizeof *out);
    }
}

void cgm_expression_differentiate(const cgm_expression *e, size_t n, const cgm_expression_input *inputs, size_t name,
                                  double *value, double *derivative)
{
    block stack[FORMULA_MAX_DEPTH + 2], slopes[FORMULA_MAX_DEPTH + 2];
    for (size_t begin = 0; begin < n; begin += BLOCK) {
        size_t rows = n - begin < BLOCK ? n - begin : BLOCK, top = 0;
        for (size_t k = 0; k < e->n_nodes; k++) {
            const formula_node *node = &e->node[k];
            top -= node->n_children;
            if (node->n_children == 0) {
                double d = node->op == FORMULA_name && node->name == name;
                load(node, inputs, begin, rows, stack[top]);
                for (size_t i = 0; i < rows; i++) slopes[top][i] = d;
            } else {
                apply_dual(node->op, rows, stack + top, slopes + top);
            }
            top++;
        }
        memcpy(value + begin, stack[0], rows * sizeof *value);
        memcpy(derivative + begin, slopes[0], rows * sizeof *derivative);
    }
}
