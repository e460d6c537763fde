/* What a cgm_scm is made of. Internal to scm/. */
#ifndef CGM_SCM_OBJECT_H
#define CGM_SCM_OBJECT_H

#include <string.h>

#include "base/arena.h"
#include "scm/scm.h"

#define SCM_MAX_LEVELS 1000 /* of a categorical variable */

typedef struct scm_variable {
    cgm_variable variable;
    size_t n_parents;
    const char *const *parent_names;
    size_t *parents;                       /* indices in topological order; set by finish, as is all below */
    const cgm_variable **parent_variables; /* what the mechanism borrows */
    const cgm_mechanism_class *methods;
    const cgm_yaml *options, *where;
    cgm_mechanism *mechanism;
    bool refuses_do;            /* interventions on it make no sense */
    size_t first_node, n_nodes; /* its engine nodes; the last is the variable */
} scm_variable;

typedef struct scm_node {
    const char *name;
    size_t variable, index; /* node `index` of that variable's mechanism */
    const cgm_mechanism_node *info;
} scm_node;

typedef struct scm_hidden scm_hidden; /* scm/hidden.h */

struct cgm_scm {
    cgm_arena arena;
    bool finished;
    bool borrows; /* its mechanisms and texts are another model's */
    size_t n, capacity;
    scm_variable *variable;
    size_t n_nodes;
    scm_node *node;
    scm_hidden *hidden; /* NULL: no hidden common causes */
};

/* A topological order of the variables that stays as near to their order of declaration as it can: order[k] is the k-th
 * one's index. Fills parents (indices of declaration) from the names. Refuses unknown, repeated and cyclic parents. */
cgm_status cgm_scm_order(cgm_scm *scm, size_t *order) CGM_CHECKED;
/* "a" or "an". */
static inline const char *cgm_scm_article(const char *word)
{
    return strchr("aeiou", *word) ? "an" : "a";
}
/* CGM_E_CONFIG at the variable's config position if it has one, else CGM_E_ARG with the message alone. */
cgm_status cgm_scm_fail(const scm_variable *variable, const char *format, ...) CGM_PRINTF(2, 3);
/* Whether a text may be a name, of letters, digits, '_' and '-': names become paths in files and parts of "a->b.z=3".
 */
bool cgm_scm_is_name(const char *name);
/* That the variable is a scalar; CGM_E_UNSUPPORTED, "'face' is an image; expected a scalar variable". */
cgm_status cgm_scm_check_scalar(const cgm_variable *variable) CGM_CHECKED;
/* Whether this value may stand for the variable: finite, in its range, a level. Gives the reason in a message without a
 * prefix. */
cgm_status cgm_scm_check_value(const cgm_variable *variable, double value) CGM_CHECKED;
/* Whether all training rows of a scalar variable, which the data have, may stand for it; names the row. */
cgm_status cgm_scm_check_column(const cgm_variable *variable, const cgm_dataset *data) CGM_CHECKED;
/* The variables of a `graph` map as far as the config alone describes them: levels 0 and sizes 0 are for the data to
 * say. Texts are the config's. */
cgm_status cgm_scm_read_variables(const cgm_yaml *graph, cgm_arena *arena, size_t *n, cgm_variable **out) CGM_CHECKED;
/* The node of that name; CGM_E_ARG, with the nearest name, when there is none. */
/* Moves the ends of a text past the spaces around it. */
void cgm_scm_trim(const char **begin, const char **end);
/* Fresh noise of a node; row i depends on the rng, the node's name and i alone. */
cgm_status cgm_scm_sample_noise(const cgm_scm *scm, const cgm_rng *rng, size_t node, cgm_values *noise) CGM_CHECKED;
/* The same as if no noise were correlated with another's. */
cgm_status cgm_scm_sample_own_noise(const cgm_scm *scm, const cgm_rng *rng, size_t node, cgm_values *noise) CGM_CHECKED;
/* A model of these variables and their ancestors alone, in the same order, so that what nobody asked for is neither
 * read nor computed. It borrows the mechanisms and texts of scm, which must outlive it; noise of the same rng is the
 * same.
 */
cgm_status cgm_scm_ancestral(const cgm_scm *scm, size_t n, const size_t *variables, cgm_scm **out) CGM_CHECKED;
/* Whether an intervention reaches what `node` sees, given which nodes before it are changed. */
bool cgm_scm_is_reached(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions, const bool *changed,
                        size_t node);
/* Whether node `from` is among what node `to` sees, and may make a difference to it. */
bool cgm_scm_sees(const cgm_scm *scm, size_t to, size_t from);

#endif
