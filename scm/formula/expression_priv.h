/* What an expression is made of. Internal to scm/formula/ and to what reads texts with expressions in them. */
#ifndef CGM_SCM_FORMULA_EXPRESSION_PRIV_H
#define CGM_SCM_FORMULA_EXPRESSION_PRIV_H

#include "base/arena.h"
#include "scm/formula/expression.h"
#include "scm/formula/functions.h"

#define FORMULA_MAX_DEPTH 64 /* of nesting, and of the stack that evaluating takes */

#define FORMULA_OP_1(name, value, slope) FORMULA_##name,
#define FORMULA_OP_2(name, value, slope_x, slope_y) FORMULA_##name,
typedef enum formula_op {
    FORMULA_number,
    FORMULA_name,
    FORMULA_if,
    CGM_FORMULA_ROWS_1(FORMULA_OP_1) CGM_FORMULA_ROWS_2(FORMULA_OP_2) FORMULA_OPS
} formula_op;
#undef FORMULA_OP_1
#undef FORMULA_OP_2

/* Nodes are in postfix order, so the array is the tree and the program both. */
typedef struct formula_node {
    formula_op op;
    uint32_t child[3], n_children;
    uint32_t name; /* of FORMULA_name */
    double number; /* of FORMULA_number */
} formula_node;

struct cgm_expression {
    cgm_arena arena; /* which holds all of it, itself included; empty when it lies in another's */
    const char *what, *text;
    size_t n_nodes;
    formula_node *node; /* the last one is the root */
    size_t n_names;
    const char *name[CGM_EXPRESSION_MAX_NAMES];
    size_t where[CGM_EXPRESSION_MAX_NAMES], count[CGM_EXPRESSION_MAX_NAMES]; /* first place in the text; appearances */
};

/* "WHAT:LINE:COLUMN: message, at 'text'" for the byte `at` of the text; CGM_E_ARG. what NULL: the text is an
 * intervention, "do(TEXT): column COLUMN: message". */
cgm_status cgm_formula_fail(const char *what, const char *text, size_t at, const char *format, ...) CGM_PRINTF(4, 5);
/* Puts the same where before the message of an error, "do(TEXT): column COLUMN". */
cgm_status cgm_formula_at(cgm_status status, const char *what, const char *text, size_t at);
/* Parses the expression that begins at *at of text, and ends where no operator follows: before a ',' or ')', a word,
 * the text's end; moves *at there. It lies in the arena and borrows both texts. */
cgm_status cgm_formula_parse_part(const char *text, const char *what, size_t *at, cgm_arena *arena,
                                  cgm_expression **out) CGM_CHECKED;
/* Words that stand for numbers: names of levels. Puts into *out the number that `word` is where it is compared with the
 * name `beside`, or where it stands elsewhere (beside NULL); false if it is none there. An error is for a word that
 * might be two things. */
typedef cgm_status cgm_formula_word(void *context, const cgm_expression *e, size_t word, const char *beside,
                                    bool *found, double *out);
/* Replaces the names that are such words. */
cgm_status cgm_formula_replace_words(cgm_expression *e, cgm_formula_word *number_of, void *context) CGM_CHECKED;
/* Whether it is an affine function of its names by its form: sums, and products with and quotients by numbers. */
bool cgm_formula_is_affine(const cgm_expression *e);
/* The number of bytes of a name at the text's beginning; 0 when there is none. */
size_t cgm_formula_name_length(const char *text);

#endif
