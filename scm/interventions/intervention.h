/* The inside of interventions. Internal to scm/. */
#ifndef CGM_SCM_INTERVENTION_H
#define CGM_SCM_INTERVENTION_H

#include "scm/formula/draw.h"
#include "scm/object.h"

enum { SCM_CHUNK = 256 }; /* rows that are worked on together; a constant, as abduction's streams depend on it */

/* An expression, and the nodes that its names are; SIZE_MAX: a name that stands for a level and is gone. */
typedef struct scm_term {
    cgm_expression *e;
    size_t *node; /* [names] */
} scm_term;

typedef enum scm_do_how { SCM_BECOMES, SCM_PLUS, SCM_MINUS, SCM_TIMES, SCM_OVER } scm_do_how;

struct cgm_do_rule {
    scm_do_how how; /* of a function: x := f, x += f, ... */
    size_t n_terms;
    scm_term *term;     /* of a function one; of a draw its parameters */
    cgm_draw draw;      /* row NULL: none */
    scm_term condition; /* e NULL: none */
};

/* Some rows as an intervention sees them: [begin, begin + n) of the worlds, n at most SCM_CHUNK. */
typedef struct scm_do_rows {
    size_t first; /* of the worlds: the query's number of their row 0 */
    size_t begin, n;
    const double *natural;     /* [n]: what is acted on */
    const cgm_world *observed; /* what conditions see */
    /* What a function sees of another node, [n]. */
    const double *(*seen)(const void *context, size_t node);
    const void *context;
    const cgm_rng *draws;
} scm_do_rows;

/* The values after the intervention, [n], and in which rows it acts; the others keep their natural value. CGM_E_ARG,
 * naming the row, for a value that the node cannot take. */
cgm_status cgm_scm_do_apply(const cgm_scm *scm, const cgm_intervention *x, const scm_do_rows *rows, double *out,
                            bool *acts) CGM_CHECKED;
/* Whether it sets values whatever there was, in every row: neither the natural value nor what it sees matters. */
bool cgm_scm_do_is_hard(const cgm_intervention *x);
/* Whether it sets a node of several numbers, an image or a latent, to given ones. */
bool cgm_scm_do_is_wide(const cgm_scm *scm, const cgm_intervention *x);
/* Whether it makes an affine function, the same in all rows, of values that are themselves unbounded. */
bool cgm_scm_do_is_affine(const cgm_scm *scm, const cgm_intervention *x);
/* What the intervention set: the node's value in `world`, or what its edge showed there; natural values in the rows
 * that were left alone. factual: NULL for a sample. draws: as of the query that made the world. */
cgm_status cgm_scm_do_values(const cgm_scm *scm, const cgm_intervention *x, const cgm_world *factual,
                             const cgm_world *world, const cgm_rng *draws, double *out) CGM_CHECKED;

/* "x=3", "x +=2", "x->y: x+=2" from a target and what a config says of it: "3", "+=2", "x+=2"; NULL when memory is out.
 */
const char *cgm_scm_do_text(cgm_arena *arena, const char *target, const char *value);
/* Checks the interventions of a query on n rows. */
cgm_status cgm_scm_check_interventions(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions,
                                       size_t n) CGM_CHECKED;
/* That the edge is there; that a node can be set at all, and to this value. Messages have no prefix. */
cgm_status cgm_scm_check_edge(const cgm_scm *scm, size_t from, size_t to) CGM_CHECKED;
cgm_status cgm_scm_check_settable(const cgm_scm *scm, size_t node) CGM_CHECKED;
cgm_status cgm_scm_check_node_value(const cgm_scm *scm, size_t node, double value) CGM_CHECKED;
/* Marks, in moved [nodes], a node and what descends from it. */
void cgm_scm_mark_descendants(const cgm_scm *scm, size_t target, bool *moved);
/* An order of the nodes, [nodes], in which each comes after what it and the conditions on it see. CGM_E_ARG, by name,
 * when a condition sees what its own intervention moves. */
cgm_status cgm_scm_do_order(const cgm_scm *scm, size_t n_do, const cgm_intervention *interventions,
                            size_t *order) CGM_CHECKED;
/* The intervention on node `from` as `to` sees it (to -1: on the node itself), or NULL. */
const cgm_intervention *cgm_scm_do_find(size_t n_do, const cgm_intervention *interventions, size_t from, int to);

#endif
