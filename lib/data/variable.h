/* What a variable is: its name, type, range and shape. */
#ifndef CGM_DATA_VARIABLE_H
#define CGM_DATA_VARIABLE_H

#include "base/status.h"

typedef enum cgm_variable_type { CGM_CONTINUOUS, CGM_CATEGORICAL, CGM_IMAGE } cgm_variable_type;
#define CGM_VARIABLE_TYPE_NAMES {"continuous", "categorical", "image", NULL}

/* A plain value; name is borrowed from whoever owns the variable. */
typedef struct cgm_variable {
    const char *name;
    cgm_variable_type type;
    bool bounded;                /* continuous: values lie in (low, high) */
    double low, high;            /* in the data's own units; images: 0 and 255 */
    int levels;                  /* categorical: values are 0..levels-1 */
    int channels, height, width; /* image */
} cgm_variable;

/* Numbers in one value: 1, or channels * height * width. */
CGM_API size_t cgm_variable_width(const cgm_variable *variable);

#endif
