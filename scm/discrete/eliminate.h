/* One elimination: what a query leaves of the network, and the order in which it goes. Internal. */
#ifndef CGM_SCM_DISCRETE_ELIMINATE_H
#define CGM_SCM_DISCRETE_ELIMINATE_H

#include "scm/discrete/factor.h"
#include "scm/discrete/inference.h"

typedef struct cgm_elimination {
    const cgm_network *network;
    const cgm_network_query *query;
    size_t n_targets; /* 0 when only the evidence's probability is asked for */
    cgm_arena arena;
    cgm_factor_room room;
    /* Of each variable of the network: */
    int *fixed;     /* the level at which a do, the evidence, or having one level only, holds it; -1: free */
    bool *acted;    /* is intervened on */
    bool *asked;    /* is a target */
    bool *relevant; /* is an ancestor of the targets and the evidence in the mutilated graph, or one of them, and is not
                     * intervened on */
    size_t *place;  /* of a free variable: when it goes, from 0; those that stay have place n_order */
    /* The factors, a list. */
    cgm_factor *factors;
    size_t n_order;
    size_t *order; /* the variables to sum out, in this order */
} cgm_elimination;

size_t cgm_elimination_most_bytes(const cgm_network_query *query);
/* Checks the query, and finds what is fixed and relevant. The caller clears it, whatever comes of it. */
cgm_status cgm_elimination_begin(cgm_elimination *e, const cgm_network *network, const cgm_network_query *query,
                                 bool with_targets) CGM_CHECKED;
void cgm_elimination_clear(cgm_elimination *e);
/* The factors of the relevant variables, without those that are apart from the targets and cannot be 0. */
cgm_status cgm_elimination_collect(cgm_elimination *e) CGM_CHECKED;
/* Chooses the order: always a variable whose table, with those it meets, is smallest (min-weight; Kjaerulff 1990). */
cgm_status cgm_elimination_plan(cgm_elimination *e) CGM_CHECKED;
/* All of it: the joint factor of the free targets, freed by the caller, and its scale in e->room. When numbers
 * underflow on the way, it is done again in logarithms. */
cgm_status cgm_elimination_run(cgm_elimination *e, cgm_factor **joint) CGM_CHECKED;

#endif
