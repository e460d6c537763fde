/* Tables of mechanisms, for networks: of variables whose parents have levels or are held at values. Internal. */
#ifndef CGM_SCM_DISCRETE_TABULATE_H
#define CGM_SCM_DISCRETE_TABULATE_H

#include "scm/object.h"

/* What a mechanism sees as a parent. */
typedef struct scm_place {
    enum { SCM_UNKNOWN, SCM_HELD, SCM_FREE } kind;
    double value;  /* held */
    size_t node;   /* free: a variable of the network, */
    size_t levels; /* which has so many */
} scm_place;

/* A table for cgm_network_add: its axes are the free places, each once. Lives in an arena. */
typedef struct scm_table {
    size_t n_axes;
    size_t axis[2 * CGM_MAX_PARENTS + 1]; /* nodes, the last the fastest */
    size_t levels[2 * CGM_MAX_PARENTS + 1];
    size_t rows, n; /* n numbers in all, n / rows in a row */
    double *p;
    double log_scale; /* of cgm_scm_tabulate_seen: the logarithm of what its ratios are to */
} scm_table;

/* All that follow take the places of x's parents; none is unknown. They answer CGM_E_UNSUPPORTED for a table of more
 * than CGM_NETWORK_MAX_CELLS numbers. */

/* P(x | parents), [rows, levels]. */
cgm_status cgm_scm_tabulate(const scm_variable *x, const scm_place *parents, cgm_arena *arena,
                            scm_table *out) CGM_CHECKED;
/* The density of x = value, seen, as evidence: [rows, 2], in the second column its ratio to the greatest of the rows.
 */
cgm_status cgm_scm_tabulate_seen(const scm_variable *x, const scm_place *parents, double value, cgm_arena *arena,
                                 scm_table *out) CGM_CHECKED;
/* P(x' | parents, counter_parents, x), x at its place; it is the last axis if it is free. */
cgm_status cgm_scm_tabulate_counterfactual(const scm_variable *x, const scm_place *parents,
                                           const scm_place *counter_parents, const scm_place *place, cgm_arena *arena,
                                           scm_table *out) CGM_CHECKED;

#endif
