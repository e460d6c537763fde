/* Reading interventions: what its files share. Internal to scm/. */
#ifndef CGM_SCM_INTERVENTION_PARSE_H
#define CGM_SCM_INTERVENTION_PARSE_H

#include "scm/formula/expression_priv.h"
#include "scm/intervention.h"

/* A text under way. */
typedef struct scm_do_reader {
    const cgm_scm *scm;
    cgm_arena *arena;
    const char *text;
    size_t at;
    cgm_intervention *now; /* the one that is being read */
    cgm_do_rule *rule;     /* its own, if it has one */
} scm_do_reader;

/* Says where for a message that does not. */
#define TRY_AT(r, at, expression)                                                                                      \
    do {                                                                                                               \
        cgm_status try_at_status_ = (expression);                                                                      \
        if (try_at_status_ != CGM_OK) return cgm_formula_at(try_at_status_, NULL, (r)->text, at);                      \
    } while (0)

/* Finds what the names of a term of the intervention under way are. */
cgm_status cgm_scm_do_bind(scm_do_reader *r, scm_term *term) CGM_CHECKED;
/* The variable that a node is, or NULL for an internal one. */
const cgm_variable *cgm_scm_variable_of(const cgm_scm *scm, size_t node);
/* The level of that name, or -1. */
int cgm_scm_find_level(const cgm_variable *variable, const char *name);

#endif
