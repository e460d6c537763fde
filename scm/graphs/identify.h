/* Identification: can an effect be computed from the distribution of the observed variables, given the graph alone? */
#ifndef CGM_SCM_GRAPHS_IDENTIFY_H
#define CGM_SCM_GRAPHS_IDENTIFY_H

#include "scm/graphs/formula.h"

/* Why an effect P(outcomes | do(treatments)) cannot be identified: two C-forests F and F' with the same roots R, F'
 * within F, of which F has a treatment and F' has none, R within the ancestors of the outcomes when edges into the
 * treatments are removed (Shpitser and Pearl 2006). In a C-forest each node has at most one child,
 * the roots have none, and bidirected edges join all nodes. */
typedef struct cgm_hedge {
    const uint64_t *large, *small, *roots; /* the nodes of F and of F', and R */
    /* The edges of F, {cause, effect} and {a, b}; those between nodes of F' are the edges of F'. */
    size_t n_directed, n_hidden;
    const size_t (*directed)[2], (*hidden)[2];
    /* The effect that it forbids: of a conditional query, the one that the query comes down to. */
    const uint64_t *treatments, *outcomes;
} cgm_hedge;

typedef struct cgm_identification {
    bool identifiable;
    cgm_formula formula; /* when it is */
    cgm_hedge hedge;     /* when it is not */
} cgm_identification;

/* P(y | do(x), z); z may be NULL or empty. The answer is complete: a formula, or a hedge.
 *
 * Without z this is ID (Shpitser and Pearl 2006) in the form of Tian and Pearl (2002; complete by Huang and Valtorta
 * 2006): the effect is a sum of a product over districts, each of which is found by taking turns at summing out what is
 * not an ancestor, and taking the district. With z it is IDC (Shpitser and Pearl 2006b): conditions that rule
 * 2 of the do-calculus makes interventions become such, then P(y, z | do(x)) is divided by its sum over y. Sums are
 * simplified by the chain rule and by independences of the graph, within a bound on the tests.
 *
 * The result lives in the arena and borrows the graph. CGM_E_ARG when x or y is empty or the sets overlap,
 * CGM_E_UNSUPPORTED when the formula would be nested more than 100 deep. */
CGM_API cgm_status cgm_identify(const cgm_dag *dag, const uint64_t *x, const uint64_t *y, const uint64_t *z,
                                cgm_arena *arena, cgm_identification *out) CGM_CHECKED;

#endif
