/* Formulas on a joint distribution of discrete variables: each expression becomes a table over the variables that it
 * takes, made once from the tables of its parts. */
#include <math.h>
#include <stdlib.h>

#include "scm/graphs/formula_priv.h"

#define MAX_ENTRIES ((size_t)1 << 28)

typedef struct evaluation {
    const cgm_dag *dag;
    const size_t *levels;
    const double *joint;
    size_t entries; /* of the joint */
    size_t *value;  /* of each node, at the moment */
    double **table; /* by the expression's id */
    cgm_arena arena;
} evaluation;

static size_t entries_of(size_t words, const uint64_t *set, const size_t *levels)
{
    size_t n = 1;
    CGM_SET_EACH(i, words, set)
    if (__builtin_mul_overflow(n, levels[i], &n)) return SIZE_MAX;
    return n;
}

size_t cgm_formula_size(const cgm_formula *formula, const size_t *levels)
{
    return entries_of(formula->dag->words, formula->root->free, levels);
}

/* Where the values of the moment lie in a table over the set. */
static size_t index_of(const evaluation *e, const uint64_t *set)
{
    size_t index = 0;
    CGM_SET_EACH(i, e->dag->words, set) index = index * e->levels[i] + e->value[i];
    return index;
}

/* Sets the values of the set's nodes to those of entry `index` of its table. */
static void set_values(evaluation *e, const uint64_t *set, size_t index)
{
    for (size_t k = e->dag->words; k-- > 0;) {
        for (uint64_t word = set[k]; word;) {
            size_t bit = 63 - (size_t)__builtin_clzll(word), i = 64 * k + bit;
            word &= ~(UINT64_C(1) << bit);
            e->value[i] = index % e->levels[i];
            index /= e->levels[i];
        }
    }
}

static double *new_table(evaluation *e, const uint64_t *set)
{
    return cgm_arena_array(&e->arena, entries_of(e->dag->words, set, e->levels), sizeof(double));
}

static void marginalise(evaluation *e, const uint64_t *set, double *out)
{
    for (size_t row = 0; row < e->entries; row++) {
        size_t rest = row;
        for (size_t i = e->dag->n; i-- > 0; rest /= e->levels[i]) e->value[i] = rest % e->levels[i];
        out[index_of(e, set)] += e->joint[row];
    }
}

/* NaN where the condition has probability zero. */
static cgm_status fill_probability(evaluation *e, const cgm_expression *x, double *out)
{
    double *below = new_table(e, x->given);
    if (!below) return CGM_E_MEMORY;
    marginalise(e, x->free, out);
    marginalise(e, x->given, below);
    size_t n = entries_of(e->dag->words, x->free, e->levels);
    for (size_t k = 0; k < n; k++) {
        set_values(e, x->free, k);
        double p = below[index_of(e, x->given)];
        out[k] = p > 0 ? out[k] / p : (double)NAN;
    }
    return CGM_OK;
}

static double child_value(const evaluation *e, const cgm_expression *child)
{
    return e->table[child->id][index_of(e, child->free)];
}

/* What has probability zero needs no conditions: zero times NaN is zero here. */
static double value_of(evaluation *e, const cgm_expression *x)
{
    double result = 1;
    if (x->kind == CGM_EXPRESSION_QUOTIENT) {
        double above = child_value(e, x->child[0]), below = child_value(e, x->child[1]);
        return below > 0 ? above / below : (double)NAN;
    }
    if (x->kind == CGM_EXPRESSION_SUM) {
        size_t n = entries_of(e->dag->words, x->of, e->levels);
        result = 0;
        for (size_t k = 0; k < n; k++) {
            set_values(e, x->of, k);
            result += child_value(e, x->child[0]);
        }
        return result;
    }
    for (size_t i = 0; i < x->n; i++) {
        double factor = child_value(e, x->child[i]);
        if (factor == 0) return 0;
        result *= factor;
    }
    return result;
}

static cgm_status evaluate(evaluation *e, const cgm_expression *x)
{
    if (e->table[x->id]) return CGM_OK;
    for (size_t i = 0; i < x->n; i++) CGM_TRY(evaluate(e, x->child[i]));
    double *out = new_table(e, x->free);
    if (!out) return CGM_E_MEMORY;
    size_t n = entries_of(e->dag->words, x->free, e->levels);
    if (x->kind == CGM_EXPRESSION_PROBABILITY) CGM_TRY(fill_probability(e, x, out));
    for (size_t k = 0; x->kind != CGM_EXPRESSION_PROBABILITY && k < n; k++) {
        set_values(e, x->free, k);
        out[k] = value_of(e, x);
    }
    e->table[x->id] = out;
    return CGM_OK;
}

cgm_status cgm_formula_evaluate(const cgm_formula *formula, const size_t *levels, const double *joint, double *out)
{
    evaluation e = {.dag = formula->dag, .levels = levels, .joint = joint, .entries = 1};
    for (size_t i = 0; i < e.dag->n; i++) {
        if (levels[i] == 0) return CGM_FAIL(CGM_E_ARG, "%s has no levels", e.dag->name[i]);
        if (__builtin_mul_overflow(e.entries, levels[i], &e.entries) || e.entries > MAX_ENTRIES)
            return CGM_FAIL(CGM_E_UNSUPPORTED, "a joint distribution of more than 2^28 entries");
    }
    cgm_status status = CGM_E_MEMORY;
    e.value = cgm_arena_array(&e.arena, e.dag->n, sizeof *e.value);
    e.table = cgm_arena_array(&e.arena, formula->n_expressions, sizeof *e.table);
    if (!e.value || !e.table) goto done;
    CGM_TRY_GOTO(evaluate(&e, formula->root), done);
    size_t n = cgm_formula_size(formula, levels);
    const double *table = e.table[formula->root->id];
    for (size_t k = 0; k < n; k++) {
        if (isfinite(table[k])) continue;
        status = CGM_FAIL(CGM_E_NUMERIC, "the joint distribution is zero where the formula has a condition");
        goto done;
    }
    for (size_t k = 0; k < n; k++) out[k] = table[k];
done:
    cgm_arena_clear(&e.arena);
    return status;
}
