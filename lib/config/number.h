/* Numbers as people write them in configs and tables, whatever the program's locale. */
#ifndef CGM_CONFIG_NUMBER_H
#define CGM_CONFIG_NUMBER_H

#include "base/status.h"

/* The decimal number that is the whole of text; false for anything else, nan and inf included. */
CGM_API bool cgm_number_parse(const char *text, double *value);
/* A whole number, "1e3" included; false when it is none or does not fit. */
CGM_API bool cgm_integer_parse(const char *text, int64_t *value);

#endif
