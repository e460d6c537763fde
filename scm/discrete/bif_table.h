/* The probability blocks of a BIF file. Internal. */
#ifndef CGM_SCM_DISCRETE_BIF_TABLE_H
#define CGM_SCM_DISCRETE_BIF_TABLE_H

#include "scm/discrete/bif_lexer.h"
#include "scm/discrete/object.h"

/* Reads a block, from its keyword past its closing brace, into the declared variable that it is of. */
cgm_status cgm_bif_table_read(bif_lexer *l, cgm_network *network) CGM_CHECKED;

#endif
