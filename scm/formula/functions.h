/* What expressions are made of: one row an operation. x and y are its operands and f is its value; the last columns are
 * its slopes in x and y. Internal. */
#ifndef CGM_SCM_FORMULA_FUNCTIONS_H
#define CGM_SCM_FORMULA_FUNCTIONS_H

/* clang-format off */
/* Functions of one operand, by the names that people write. */
#define CGM_FORMULA_FUNCTIONS_1(ROW)                                                                                    \
    ROW(exp,     exp(x),                     f)                                                                        \
    ROW(log,     log(x),                     1 / x)                                                                    \
    ROW(sqrt,    sqrt(x),                    0.5 / f)                                                                  \
    ROW(abs,     fabs(x),                    (x > 0) - (x < 0))                                                        \
    ROW(sigmoid, cgm_formula_sigmoid(x),     f * cgm_formula_sigmoid(-x))                                              \
    ROW(logit,   log(x) - log1p(-x),         1 / (x * (1 - x)))                                                        \
    ROW(tanh,    tanh(x),                    1 / (cosh(x) * cosh(x)))                                                  \
    ROW(erf,     erf(x),                     M_2_SQRTPI * exp(-x * x))                                                 \
    ROW(Phi,     cgm_formula_phi(x),         M_SQRT1_2 * M_2_SQRTPI / 2 * exp(-x * x / 2))                             \
    ROW(probit,  cgm_formula_probit(x),      M_SQRT2 / (M_2_SQRTPI / 2) * exp(f * f / 2))                              \
    ROW(floor,   floor(x),                   0)                                                                        \
    ROW(round,   round(x),                   0)                                                                        \
    ROW(sin,     sin(x),                     cos(x))                                                                   \
    ROW(cos,     cos(x),                     -sin(x))
#define CGM_FORMULA_FUNCTIONS_2(ROW)                                                                                    \
    ROW(min,     fmin(x, y),                 x <= y,               x > y)                                              \
    ROW(max,     fmax(x, y),                 x >= y,               x < y)                                              \
    ROW(pow,     pow(x, y),                  y * pow(x, y - 1),    f * log(x))
/* Operators; pow is the one of ^, too. */
#define CGM_FORMULA_OPERATORS_1(ROW)                                                                                    \
    ROW(negative,      -x,                   -1)                                                                       \
    ROW(not,           isnan(x) ? x : x == 0, 0)
#define CGM_FORMULA_OPERATORS_2(ROW)                                                                                    \
    ROW(add,           x + y,                1,                    1)                                                  \
    ROW(subtract,      x - y,                1,                    -1)                                                 \
    ROW(multiply,      x * y,                y,                    x)                                                  \
    ROW(divide,        x / y,                1 / y,                -f / y)                                             \
    ROW(less,          x < y,                0,                    0)                                                  \
    ROW(less_equal,    x <= y,               0,                    0)                                                  \
    ROW(greater,       x > y,                0,                    0)                                                  \
    ROW(greater_equal, x >= y,               0,                    0)                                                  \
    ROW(equal,         x == y,               0,                    0)                                                  \
    ROW(not_equal,     x != y,               0,                    0)                                                  \
    ROW(and,           cgm_formula_and(x, y), 0,                   0)                                                  \
    ROW(or,            cgm_formula_or(x, y), 0,                    0)
/* clang-format on */

#define CGM_FORMULA_ROWS_1(ROW) CGM_FORMULA_FUNCTIONS_1(ROW) CGM_FORMULA_OPERATORS_1(ROW)
#define CGM_FORMULA_ROWS_2(ROW) CGM_FORMULA_FUNCTIONS_2(ROW) CGM_FORMULA_OPERATORS_2(ROW)

double cgm_formula_sigmoid(double x);
double cgm_formula_phi(double x);
double cgm_formula_probit(double p);
/* 1 or 0; not a number where an operand is none. */
double cgm_formula_and(double x, double y);
double cgm_formula_or(double x, double y);

#endif
