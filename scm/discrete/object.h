/* The network behind network.h. Internal. */
#ifndef CGM_SCM_DISCRETE_OBJECT_H
#define CGM_SCM_DISCRETE_OBJECT_H

#include "base/arena.h"
#include "scm/discrete/names.h"
#include "scm/discrete/network.h"

typedef struct network_variable {
    const char *name;
    const char *where; /* "asia.bif:12", what messages begin with; NULL when built from C */
    size_t n_levels;
    const char **levels;
    cgm_name_index level_index;
    size_t n_parents;
    const char **parent_names;
    size_t *parents; /* known when finished */
    size_t n_cpt;
    double *cpt; /* [rows, n_levels] */
} network_variable;

struct cgm_network {
    cgm_arena arena;
    size_t n, capacity;
    network_variable *variable;
    cgm_name_index index; /* of the variables' names */
    size_t *order;        /* parents first */
    size_t cells;         /* numbers in the tables of the variables resolved so far */
    bool finished;
};

/* Adds a variable without its parents and table, at a position that messages begin with (borrowed; NULL: none). */
cgm_status cgm_network_declare(cgm_network *network, const char *name, const char *where, size_t n_levels,
                               const char *const *levels) CGM_CHECKED;
/* Sorts the names when all variables are declared; refuses two of one name. */
cgm_status cgm_network_index(cgm_network *network) CGM_CHECKED;
/* "WHERE: " and the message: CGM_E_FORMAT for a variable from a file, else CGM_E_ARG. */
cgm_status cgm_network_fail(const network_variable *v, const char *format, ...) CGM_PRINTF(2, 3);
/* The nearest name among the variables, or NULL. */
const char *cgm_network_near(const cgm_network *network, const char *name);

/* Resolves v's parents; then v's table has *cells numbers. Refuses unknown and repeated parents, and more numbers than
 * CGM_NETWORK_MAX_CELLS in the tables so far. */
cgm_status cgm_network_resolve(cgm_network *network, network_variable *v, size_t *cells) CGM_CHECKED;
/* Checks row `row` of v's table and divides it by its sum. */
cgm_status cgm_network_check_row(const cgm_network *network, const network_variable *v, size_t row) CGM_CHECKED;
/* "(smoke=yes, asia=no)": the parents' levels of a row, cut short to fit. */
void cgm_network_describe_row(const cgm_network *network, const network_variable *v, size_t row, size_t bytes,
                              char *out);
/* Fills network->order; refuses a cycle, and names it. */
cgm_status cgm_network_sort(cgm_network *network) CGM_CHECKED;

#endif
