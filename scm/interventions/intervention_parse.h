/* Reading interventions: what its files share. Internal to scm/. */
#ifndef CGM_SCM_INTERVENTION_PARSE_H
#define CGM_SCM_INTERVENTION_PARSE_H

#include "scm/formula/expression_priv.h"
#include "scm/graphs/dag.h"
#include "scm/interventions/intervention.h"

/* A text under way: of interventions, or a condition alone. */
typedef struct scm_do_reader {
    const cgm_scm *scm; /* NULL: a graph alone, of which types, levels and ranges are not known */
    const cgm_dag *dag; /* then */
    cgm_arena *arena;
    const char *what, *text; /* see cgm_formula_fail; what NULL: interventions */
    size_t at;
    cgm_intervention *now; /* the one that is being read; NULL for a condition alone */
    cgm_do_rule *rule;     /* its own, if it has one */
} scm_do_reader;

/* Fails at a byte of the text. */
#define FAIL_AT(r, at, ...) cgm_formula_fail(NULL, (r)->text, at, __VA_ARGS__)
/* Says where for a message that does not. */
#define TRY_AT(r, at, expression)                                                                                      \
    do {                                                                                                               \
        cgm_status try_at_status_ = (expression);                                                                      \
        if (try_at_status_ != CGM_OK) return cgm_formula_at(try_at_status_, NULL, (r)->text, at);                      \
    } while (0)

/* The next byte that is no space; moves there. */
char cgm_scm_do_look(scm_do_reader *r);
/* Reads what a hard intervention sets. */
cgm_status cgm_scm_do_read_value(scm_do_reader *r) CGM_CHECKED;
/* Nodes of the model or of the graph: how many, the name of one, the one of a name (CGM_E_ARG, with the nearest, at
 * `at` of the text), and whether `to` sees `from`. */
size_t cgm_scm_do_count(const scm_do_reader *r);
const char *cgm_scm_do_name(const scm_do_reader *r, size_t node);
cgm_status cgm_scm_do_lookup(const scm_do_reader *r, const char *name, size_t at, size_t *node) CGM_CHECKED;
bool cgm_scm_do_sees(const scm_do_reader *r, size_t to, size_t from);
/* Finds what the names of a term of the rule under way are. */
cgm_status cgm_scm_do_bind(scm_do_reader *r, scm_term *term) CGM_CHECKED;
/* The variable that a node is, or NULL for an internal one. */
const cgm_variable *cgm_scm_variable_of(const cgm_scm *scm, size_t node);
/* The level of that name, or -1. */
int cgm_scm_find_level(const cgm_variable *variable, const char *name);

/* Reads texts as cgm_scm_parse_dos does, about a graph alone: a value may be any word, as may the names in conditions
 * and functions that are no nodes. */
cgm_status cgm_dag_parse_dos(const cgm_dag *dag, size_t n_texts, const char *const *texts, cgm_arena *arena, size_t *n,
                             cgm_intervention **out) CGM_CHECKED;

#endif
