#include "graph/op.h"

#define CGM_OP_ROW(name, parameters) [CGM_OP_##name] = &cgm_op_##name,
const cgm_op *const cgm_op_table[CGM_OP_COUNT] = {CGM_OP_TABLE(CGM_OP_ROW)};
