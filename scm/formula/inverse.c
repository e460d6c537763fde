/* Solving a formula for its noise. */
#include "scm/formula/inverse.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <string.h>

#include "base/gsl_quiet.h"
#include "scm/formula/expression_priv.h"

enum { BLOCK = 64, GRID = 256, MAX_VALUES = 65536, MAX_STEPS = 200 };

bool cgm_formula_agrees(double value, double x)
{
    return fabs(value - x) <= 1e-9 * (1 + fabs(x));
}

/* ---- Undoing operations ---- */

static bool is_odd(double x)
{
    return x == floor(x) && fmod(fabs(x), 2) == 1;
}

/* The number that the nodes [first, last] always give; false when they use a name. */
static bool constant(const cgm_expression *e, size_t first, size_t last, double *out)
{
    cgm_expression part = *e;
    for (size_t k = first; k <= last; k++)
        if (e->node[k].op == FORMULA_name) return false;
    part.node = e->node + first;
    part.n_nodes = last - first + 1;
    cgm_expression_evaluate(&part, 1, NULL, out);
    return true;
}

static bool can_undo(const cgm_expression *e, const formula_node *node, bool second)
{
    double exponent;
    switch (node->op) {
    case FORMULA_exp:
    case FORMULA_log:
    case FORMULA_sqrt:
    case FORMULA_sigmoid:
    case FORMULA_logit:
    case FORMULA_tanh:
    case FORMULA_erf:
    case FORMULA_Phi:
    case FORMULA_probit:
    case FORMULA_negative:
    case FORMULA_add:
    case FORMULA_subtract:
    case FORMULA_multiply:
    case FORMULA_divide:
        return true;
    case FORMULA_pow: /* an even power has two roots */
        return second || (constant(e, node->child[0] + 1, node->child[1], &exponent) &&
                          (is_odd(exponent) || exponent != floor(exponent)));
    default:
        return false;
    }
}

/* What the operation's operand must have been to give y; s is the other operand, and u is in the second one if
 * `second`. */
static double undo(formula_op op, bool second, double y, double s)
{
    switch (op) {
    case FORMULA_exp:
        return log(y);
    case FORMULA_log:
        return exp(y);
    case FORMULA_sqrt:
        return y >= 0 ? y * y : NAN;
    case FORMULA_sigmoid:
        return log(y) - log1p(-y);
    case FORMULA_logit:
        return cgm_formula_sigmoid(y);
    case FORMULA_tanh:
        return atanh(y);
    case FORMULA_erf:
        return cgm_formula_probit((1 + y) / 2) * M_SQRT1_2;
    case FORMULA_Phi:
        return cgm_formula_probit(y);
    case FORMULA_probit:
        return cgm_formula_phi(y);
    case FORMULA_negative:
        return -y;
    case FORMULA_add:
        return y - s;
    case FORMULA_subtract:
        return second ? s - y : y + s;
    case FORMULA_multiply:
        return y / s;
    case FORMULA_divide:
        return second ? s / y : y * s;
    case FORMULA_pow:
        if (second) return log(y) / log(s);
        return is_odd(s) && y < 0 ? -pow(-y, 1 / s) : pow(y, 1 / s);
    default:
        return NAN;
    }
}

/* Whether every value of the operand gives y: then y says nothing about u. */
static bool tells_nothing(formula_op op, bool second, double y, double s)
{
    if (op == FORMULA_multiply) return s == 0 && y == 0;
    if (op == FORMULA_divide) return second && s == 0 && y == 0;
    return op == FORMULA_pow && second && s == 1 && y == 1;
}

/* From the root down to u: at each step the nodes [first, root] are the part that gives y. */
static void undo_all(const scm_inverse *inverse, size_t n, const cgm_expression_input *inputs, double *y,
                     scm_verdict *verdict)
{
    const cgm_expression *e = inverse->e;
    double s[BLOCK] = {0};
    size_t first = 0, root = e->n_nodes - 1;
    while (root != inverse->position) {
        const formula_node *node = &e->node[root];
        bool second = node->n_children == 2 && inverse->position > node->child[0];
        if (node->n_children == 2) {
            cgm_expression other = *e;
            size_t begin = second ? first : node->child[0] + 1, end = second ? node->child[0] : node->child[1];
            other.node = e->node + begin;
            other.n_nodes = end - begin + 1;
            cgm_expression_evaluate(&other, n, inputs, s);
        }
        for (size_t i = 0; i < n; i++) {
            if (tells_nothing(node->op, second, y[i], s[i])) verdict[i] = SCM_SEVERAL;
            y[i] = undo(node->op, second, y[i], s[i]);
        }
        if (second) first = node->child[0] + 1;
        root = second ? node->child[1] : node->child[0];
    }
}

/* ---- The grid ---- */

static bool push(scm_inverse *out, double u)
{
    if (!isfinite(u) || (out->n_grid && !(u > out->grid[out->n_grid - 1]))) return false;
    out->grid[out->n_grid++] = u;
    return true;
}

/* Quantiles at equal steps of their log-odds, so that tails of any weight are covered, and the support's ends. */
static void fill_continuous(scm_inverse *out, double low, double high)
{
    push(out, low);
    for (int j = 0; j <= GRID; j++) {
        double u = cgm_distribution_quantile(out->noise, cgm_formula_sigmoid(34 * (2.0 * j / GRID - 1)));
        if (u < high) push(out, u);
    }
    push(out, high);
}

static cgm_status make_grid(scm_inverse *out, cgm_arena *arena)
{
    double low, high, last;
    cgm_distribution_support(out->noise, &low, &high);
    bool discrete = cgm_distribution_is_discrete(out->noise);
    last = isfinite(high) ? high : cgm_distribution_quantile(out->noise, 1 - 1e-15);
    if (discrete && last - low >= MAX_VALUES)
        return CGM_FAIL(CGM_E_UNSUPPORTED,
                        "u cannot be made explicit, and %s has more than %d values to try: expected a formula that can "
                        "be solved for u",
                        cgm_distribution_text(out->noise), MAX_VALUES);
    size_t n = discrete ? (size_t)(last - low) + 1 : GRID + 3;
    if (!(out->grid = cgm_arena_array(arena, n, sizeof *out->grid))) return CGM_E_MEMORY;
    if (!discrete)
        fill_continuous(out, low, high);
    else
        for (size_t k = 0; k < n; k++) push(out, low + (double)k);
    return CGM_OK;
}

cgm_status cgm_formula_inverse_init(const cgm_expression *e, size_t name, const cgm_distribution *noise,
                                    cgm_arena *arena, scm_inverse *out)
{
    scm_inverse inverse = {.e = e, .noise = noise, .name = name, .algebraic = cgm_expression_count(e, name) == 1};
    for (size_t k = 0; k < e->n_nodes; k++)
        if (e->node[k].op == FORMULA_name && e->node[k].name == name) inverse.position = k;
    for (size_t root = e->n_nodes - 1; inverse.algebraic && root != inverse.position;) {
        const formula_node *node = &e->node[root];
        bool second = node->n_children == 2 && inverse.position > node->child[0];
        inverse.algebraic = can_undo(e, node, second);
        root = node->child[second];
    }
    if (!inverse.algebraic) CGM_TRY(make_grid(&inverse, arena));
    *out = inverse;
    return CGM_OK;
}

/* ---- Searching ---- */

/* One row of a formula as a function of u. */
typedef struct search {
    const scm_inverse *inverse;
    const cgm_expression_input *fixed; /* every input at stride 0 */
    double x;
} search;

static void values_at(const search *s, size_t n, const double *u, double *out)
{
    cgm_expression_input inputs[CGM_EXPRESSION_MAX_NAMES];
    memcpy(inputs, s->fixed, s->inverse->e->n_names * sizeof *inputs);
    inputs[s->inverse->name] = (cgm_expression_input){u, 1};
    cgm_expression_evaluate(s->inverse->e, n, inputs, out);
}

/* Brent's method cannot work with infinities. */
static double excess(double u, void *context)
{
    const search *s = context;
    double value;
    values_at(s, 1, &u, &value);
    return fmax(fmin(value - s->x, 1e300), -1e300);
}

static scm_verdict brent(search *s, gsl_root_fsolver *solver, double low, double high, double *u)
{
    gsl_function f = {excess, s};
    if (excess(low, s) == 0 || excess(high, s) == 0) {
        *u = excess(low, s) == 0 ? low : high;
        return SCM_UNIQUE;
    }
    if (gsl_root_fsolver_set(solver, &f, low, high) != GSL_SUCCESS) return SCM_NONE;
    for (int step = 0; step < MAX_STEPS; step++) {
        if (gsl_root_fsolver_iterate(solver) != GSL_SUCCESS) break;
        low = gsl_root_fsolver_x_lower(solver);
        high = gsl_root_fsolver_x_upper(solver);
        if (high - low <= 1e-15 * (fabs(low) + fabs(high))) break;
    }
    *u = gsl_root_fsolver_root(solver);
    return SCM_UNIQUE;
}

/* value: [n_grid]. The interval of the grid in which x lies, if the values are monotone. */
static scm_verdict bracket(const scm_inverse *inverse, const double *value, double x, size_t *at)
{
    size_t first = 0, last = inverse->n_grid - 1;
    bool rises = false, falls = false;
    while (first < last && isnan(value[first])) first++;
    while (last > first && isnan(value[last])) last--;
    *at = inverse->n_grid;
    for (size_t k = first; k < last; k++) {
        if (isnan(value[k + 1])) return SCM_SEVERAL;
        rises = rises || value[k + 1] > value[k];
        falls = falls || value[k + 1] < value[k];
        if (value[k] == x && value[k + 1] == x) return SCM_SEVERAL;
        if ((value[k] <= x && x <= value[k + 1]) || (value[k] >= x && x >= value[k + 1])) *at = k;
    }
    if (rises == falls) return SCM_SEVERAL;
    return *at < inverse->n_grid ? SCM_UNIQUE : SCM_NONE;
}

static scm_verdict find_root(search *s, gsl_root_fsolver *solver, double *value, double *u)
{
    size_t at;
    values_at(s, s->inverse->n_grid, s->inverse->grid, value);
    scm_verdict verdict = bracket(s->inverse, value, s->x, &at);
    if (verdict != SCM_UNIQUE) return verdict;
    return brent(s, solver, s->inverse->grid[at], s->inverse->grid[at + 1], u);
}

static scm_verdict try_all(const search *s, double *value, double *u)
{
    size_t found = 0;
    values_at(s, s->inverse->n_grid, s->inverse->grid, value);
    for (size_t k = 0; k < s->inverse->n_grid; k++) {
        if (!cgm_formula_agrees(value[k], s->x) ||
            cgm_distribution_log_prob(s->inverse->noise, s->inverse->grid[k]) == -INFINITY)
            continue;
        *u = s->inverse->grid[k];
        found++;
    }
    return found == 0 ? SCM_NONE : found == 1 ? SCM_UNIQUE : SCM_SEVERAL;
}

/* ---- All rows ---- */

/* Rounding may carry u a little past the support's end. */
static double into_support(const scm_inverse *inverse, double u)
{
    double low, high;
    cgm_distribution_support(inverse->noise, &low, &high);
    if (cgm_distribution_is_discrete(inverse->noise)) return low == high ? low : round(u);
    if (u < low && low - u <= 1e-12 * (1 + fabs(low))) return low;
    if (u > high && u - high <= 1e-12 * (1 + fabs(high))) return high;
    return u;
}

/* Puts the noise into the formula again. */
static void verify(const scm_inverse *inverse, size_t n, const cgm_expression_input *inputs, const double *x, double *u,
                   scm_verdict *verdict)
{
    cgm_expression_input with[CGM_EXPRESSION_MAX_NAMES];
    double value[BLOCK];
    for (size_t i = 0; i < n; i++) u[i] = into_support(inverse, u[i]);
    memcpy(with, inputs, inverse->e->n_names * sizeof *with);
    with[inverse->name] = (cgm_expression_input){u, 1};
    cgm_expression_evaluate(inverse->e, n, with, value);
    for (size_t i = 0; i < n; i++) {
        bool gives = cgm_formula_agrees(value[i], x[i]) && cgm_distribution_log_prob(inverse->noise, u[i]) > -INFINITY;
        if (verdict[i] == SCM_UNIQUE && !gives) verdict[i] = SCM_NONE;
    }
}

static void search_rows(const scm_inverse *inverse, size_t n, const cgm_expression_input *inputs, const double *x,
                        gsl_root_fsolver *solver, double *value, double *u, scm_verdict *verdict)
{
    cgm_expression_input fixed[CGM_EXPRESSION_MAX_NAMES] = {{0}};
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < inverse->e->n_names; k++)
            if (k != inverse->name) fixed[k] = (cgm_expression_input){inputs[k].data + i * inputs[k].stride, 0};
        search s = {inverse, fixed, x[i]};
        u[i] = NAN;
        verdict[i] = solver ? find_root(&s, solver, value, &u[i]) : try_all(&s, value, &u[i]);
    }
}

cgm_status cgm_formula_invert(const scm_inverse *inverse, size_t n, const cgm_expression_input *inputs, const double *x,
                              double *u, scm_verdict *verdict)
{
    bool brent_needed = !inverse->algebraic && !cgm_distribution_is_discrete(inverse->noise);
    gsl_root_fsolver *solver = brent_needed ? gsl_root_fsolver_alloc(gsl_root_fsolver_brent) : NULL;
    cgm_arena arena = {0};
    double *value = inverse->algebraic ? NULL : cgm_arena_array(&arena, inverse->n_grid, sizeof *value);
    cgm_status status = CGM_OK;
    cgm_gsl_quiet_begin();
    if ((brent_needed && !solver) || (!inverse->algebraic && !value)) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for solving a formula");
        goto done;
    }
    for (size_t begin = 0; begin < n; begin += BLOCK) {
        size_t rows = n - begin < BLOCK ? n - begin : BLOCK;
        cgm_expression_input block[CGM_EXPRESSION_MAX_NAMES] = {{0}};
        for (size_t k = 0; k < inverse->e->n_names; k++)
            if (k != inverse->name)
                block[k] = (cgm_expression_input){inputs[k].data + begin * inputs[k].stride, inputs[k].stride};
        for (size_t i = 0; i < rows; i++) verdict[begin + i] = SCM_UNIQUE, u[begin + i] = x[begin + i];
        if (inverse->algebraic)
            undo_all(inverse, rows, block, u + begin, verdict + begin);
        else
            search_rows(inverse, rows, block, x + begin, solver, value, u + begin, verdict + begin);
        verify(inverse, rows, block, x + begin, u + begin, verdict + begin);
    }
done:
    cgm_gsl_quiet_end();
    cgm_arena_clear(&arena);
    if (solver) gsl_root_fsolver_free(solver);
    return status;
}
