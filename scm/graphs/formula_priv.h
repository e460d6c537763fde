/* Building formulas, each made simpler as it is made. Internal. */
#ifndef CGM_SCM_GRAPHS_FORMULA_PRIV_H
#define CGM_SCM_GRAPHS_FORMULA_PRIV_H

#include "scm/graphs/formula.h"
#include "scm/graphs/view.h"

/* Where expressions are made. */
typedef struct cgm_maker {
    const cgm_dag *dag;
    cgm_arena *arena;
    size_t n_made;
    size_t work_left; /* for making formulas shorter: a bound on the time that it takes, about a second */
} cgm_maker;

/* A list of factors, whose product is meant. */
typedef struct cgm_factors {
    size_t n;
    const cgm_expression **factor;
} cgm_factors;

cgm_maker cgm_maker_create(const cgm_dag *dag, cgm_arena *arena);
/* Each gives NULL, with the message set, when memory is out, or a part is NULL. The probabilities are those of a
 * distribution that is Markov to the maker's graph. */
const cgm_expression *cgm_make_probability(cgm_maker *m, const uint64_t *of, const uint64_t *given);
const cgm_expression *cgm_make_product(cgm_maker *m, const cgm_factors *factors);
/* The sum of the product over all values of `over`, each of which is a variable that the product is a distribution of.
 */
const cgm_expression *cgm_make_sum(cgm_maker *m, const uint64_t *over, const cgm_factors *factors);
const cgm_expression *cgm_make_quotient(cgm_maker *m, const cgm_expression *above, const cgm_expression *below);

/* Shared by the files that implement these. */
const cgm_expression *cgm_make_one(cgm_maker *m);
cgm_expression *cgm_make_expression(cgm_maker *m, cgm_expression_kind kind, size_t n,
                                    const cgm_expression *const *child);
bool cgm_expression_is_free(const cgm_maker *m, const cgm_expression *e, const uint64_t *set); /* takes one of these? */
bool cgm_expression_equals(const cgm_maker *m, const cgm_expression *a, const cgm_expression *b);
/* Takes some work off what is left; false when there is none. */
bool cgm_maker_may_work(cgm_maker *m, size_t work);
/* P(a | ...) P(b | ...) as one probability when it is one; `exact`: by the chain rule alone, without independences.
 * NULL when it is not, or memory is out. */
const cgm_expression *cgm_make_joined(cgm_maker *m, const cgm_expression *a, const cgm_expression *b, bool exact);

#endif
