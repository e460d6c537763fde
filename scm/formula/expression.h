/* Expressions: the small language of known mechanisms and of interventions that are functions.
 *
 *     64 + 191*sigmoid(2*(thickness - 2.5) + 0.5*u)        if(dose > 3, 1, dose/3)
 *
 * Numbers, names (letters, digits and _, not beginning with a digit; a '.' before a letter, as in image.z; bytes above
 * 127 count as letters), the constants pi and e, + - * / ^ (to the right, and before a minus: -x^2 is -(x^2)),
 * parentheses, one comparison < <= > >= == != (1 or 0), not, and, or (which bind less, in this order; not 0 is true),
 * if(condition, a, b), and the functions exp log sqrt abs min max sigmoid logit tanh erf Phi (the normal
 * distribution's) probit (its inverse) pow floor round sin cos. Between quotes, '...' or "...", any text is a name.
 * Everything is a double; what is not defined is a NaN. */
#ifndef CGM_SCM_FORMULA_EXPRESSION_H
#define CGM_SCM_FORMULA_EXPRESSION_H

#include "base/status.h"

#define CGM_EXPRESSION_MAX_BYTES 4096
#define CGM_EXPRESSION_MAX_NAMES 128

typedef struct cgm_expression cgm_expression;

/* Where a name's values are: row i at data[i * stride]; stride 0 gives every row the same value. */
typedef struct cgm_expression_input {
    const double *data;
    size_t stride;
} cgm_expression_input;

/* Parses; what names the text in messages. CGM_E_ARG with "WHAT:LINE:COLUMN: ..." and the text around it for anything
 * that is not an expression, is longer than CGM_EXPRESSION_MAX_BYTES or is nested too deeply. Text is copied. */
CGM_API cgm_status cgm_expression_parse(const char *text, const char *what, cgm_expression **out) CGM_CHECKED;
CGM_API void cgm_expression_destroy(cgm_expression *e);

CGM_API const char *cgm_expression_text(const cgm_expression *e);
/* The names that it uses, in the order of their first appearance; borrowed from the expression. */
CGM_API size_t cgm_expression_names(const cgm_expression *e, const char *const **names);
/* Index of a name among them, or -1. */
CGM_API int cgm_expression_find(const cgm_expression *e, const char *name);
/* How many times that name appears. */
CGM_API size_t cgm_expression_count(const cgm_expression *e, size_t name);
/* A CGM_E_ARG error at the name's first appearance: "WHAT:LINE:COLUMN: message, at 'text'". */
CGM_API cgm_status cgm_expression_fail(const cgm_expression *e, size_t name, const char *format, ...) CGM_PRINTF(3, 4);

/* out[i] = the expression's value in row i, i in 0..n-1. inputs: one for each name, in their order. May be called by
 * several threads at once; allocates nothing. */
CGM_API void cgm_expression_evaluate(const cgm_expression *e, size_t n, const cgm_expression_input *inputs,
                                     double *out);
/* The value and the derivative with respect to name number `name`, row by row, by forward-mode dual numbers (Griewank
 * and Walther 2008, "Evaluating derivatives", section 3.1). Steps have derivative 0, kinks that of one side. */
CGM_API void cgm_expression_differentiate(const cgm_expression *e, size_t n, const cgm_expression_input *inputs,
                                          size_t name, double *value, double *derivative);

#endif
