/* Conditions on the variables of a row: "age > 60 and sex == female", or "sex=female". Internal to scm/. */
#ifndef CGM_SCM_CONDITION_H
#define CGM_SCM_CONDITION_H

#include "scm/formula/expression.h"
#include "scm/object.h"

typedef struct scm_condition {
    const char *text;
    cgm_expression *e;
    size_t n;         /* names */
    size_t *variable; /* [n]: the variable of each name; SIZE_MAX: a level's name, which is gone */
    bool is_equality; /* NAME=VALUE: `variable[0]` is `value` */
    double value;
} scm_condition;

/* Names are variables that are no images, and levels of a variable where they are compared with it. CGM_E_ARG for any
 * other, with the nearest, and for what is no expression. Cleared with cgm_scm_condition_clear; the arrays live in the
 * arena. */
cgm_status cgm_scm_condition_parse(const cgm_scm *scm, const char *text, cgm_arena *arena,
                                   scm_condition *out) CGM_CHECKED;
void cgm_scm_condition_clear(scm_condition *c);
/* keep[i] stays true where the condition holds in row i; columns[variable] has the values, [n]. */
cgm_status cgm_scm_condition_apply(const scm_condition *c, const double *const *columns, size_t n,
                                   bool *keep) CGM_CHECKED;

#endif
