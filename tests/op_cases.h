/* The cases of the operations, a table: values against the oracle (test_graph), gradients of first and second order and
 * adjoint identities (test_gradients), rows a few at a time (test_segments) each go through all of it. */
#ifndef CGM_TESTS_OP_CASES_H
#define CGM_TESTS_OP_CASES_H

#include <math.h>

#include "graph/op.h"
#include "tests/gradcheck.h"

/* Operands of a batch's results that hold a row a sample, and whether the operation is then done by rows. */
typedef struct op_case_rows {
    unsigned batch; /* bit i: operand i */
    bool cut;
} op_case_rows;

typedef struct op_case {
    const char *name;
    cgm_op_id op;
    op_case_rows rows;
    unsigned linear[2]; /* sets of operands in which, taken together, it is linear while the others are fixed */
    gradcheck_build *build;
    gradcheck_input in[GRADCHECK_MAX_INPUTS];
} op_case;

/* The matrix of the linear map that cases apply. */
static inline double op_case_matrix(int64_t row, int64_t column)
{
    return sin(1.7 * (double)row + 0.3 * (double)(column * column));
}

extern const op_case op_cases[];
extern const size_t op_case_count;

size_t op_case_operands(const op_case *c);

/* Whether each operation of the table has a case; those without are named on stderr. */
bool op_cases_are_complete(void);

#endif
