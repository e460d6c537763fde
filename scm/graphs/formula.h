/* Formulas of observed probabilities: what identification answers. A formula is a tree of sums, products, quotients and
 * conditional probabilities over the nodes of a graph, in which equal parts may be one object. */
#ifndef CGM_SCM_GRAPHS_FORMULA_H
#define CGM_SCM_GRAPHS_FORMULA_H

#include "scm/graphs/dag.h"

typedef enum cgm_expression_kind {
    CGM_EXPRESSION_ONE,         /* 1 */
    CGM_EXPRESSION_PROBABILITY, /* P(of | given) */
    CGM_EXPRESSION_PRODUCT,     /* of the children */
    CGM_EXPRESSION_SUM,         /* of the only child, over all values of `of` */
    CGM_EXPRESSION_QUOTIENT     /* of the first child by the second */
} cgm_expression_kind;

typedef struct cgm_expression cgm_expression;
struct cgm_expression {
    cgm_expression_kind kind;
    size_t id;             /* below the formula's n_expressions, another for each object */
    const uint64_t *of;    /* see the kind, else NULL */
    const uint64_t *given; /* of a probability, else NULL */
    const uint64_t *free;  /* the variables whose values it takes */
    size_t n;
    const cgm_expression *const *child;
};

/* Lives in the arena of the call that made it; borrows the graph. */
typedef struct cgm_formula {
    const cgm_dag *dag;
    const cgm_expression *root;
    size_t n_expressions;
    /* What it is the formula of: P(outcomes | do(treatments), given). */
    const uint64_t *treatments, *outcomes, *given;
    /* Variables that the formula takes a value of though the effect does not depend on it: any value will do, if the
     * formula's conditions have positive probability there (as with the "napkin", Pearl and Mackenzie 2018). */
    const uint64_t *any;
} cgm_formula;

typedef enum cgm_formula_style { CGM_FORMULA_TEXT, CGM_FORMULA_LATEX } cgm_formula_style;

/* The formula, "sum_z P(y | x, z) P(z)", in the arena. A bound variable that shadows another has a prime. A text that
 * would be longer than about 2,000 letters has names for the parts that it would repeat, one line each: "where Q1(x) =
 * ...". */
CGM_API cgm_status cgm_formula_write(const cgm_formula *formula, cgm_formula_style style, cgm_arena *arena,
                                     const char **out) CGM_CHECKED;
/* What it is the formula of: "P(y | do(x), z)". */
CGM_API cgm_status cgm_formula_write_query(const cgm_formula *formula, cgm_formula_style style, cgm_arena *arena,
                                           const char **out) CGM_CHECKED;

/* The formula's values on a joint distribution of discrete variables. levels[i] is the number of values of node i (at
 * least 1); joint is an array over all nodes, row major: node 0 outermost, the last node varying fastest. out is
 * likewise an array over the nodes of cgm_formula's root->free, in ascending order, of cgm_formula_size entries.
 * CGM_E_NUMERIC when a condition that counts has probability zero, CGM_E_UNSUPPORTED when the joint would have more
 * than 2^28 entries. Memory: at most an array of the joint's size for each expression. */
CGM_API cgm_status cgm_formula_evaluate(const cgm_formula *formula, const size_t *levels, const double *joint,
                                        double *out) CGM_CHECKED;
/* Entries of cgm_formula_evaluate's out. */
CGM_API size_t cgm_formula_size(const cgm_formula *formula, const size_t *levels);

#endif
