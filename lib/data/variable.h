/* What a variable is: its name, type, range and shape. */
#ifndef CGM_DATA_VARIABLE_H
#define CGM_DATA_VARIABLE_H

#include "base/arena.h"

typedef enum cgm_variable_type { CGM_CONTINUOUS, CGM_CATEGORICAL, CGM_IMAGE, CGM_BINARY } cgm_variable_type;
#define CGM_VARIABLE_TYPE_NAMES                                                                                        \
    {                                                                                                                  \
        "continuous", "categorical", "image", "binary", NULL                                                           \
    }

/* A plain value; the names are borrowed from whoever owns the variable. */
typedef struct cgm_variable {
    const char *name;
    cgm_variable_type type;
    bool bounded;                   /* continuous: values lie in (low, high) */
    double low, high;               /* in the data's own units; images: 0 and 255 */
    int levels;                     /* categorical, binary (2): values are 0..levels-1 */
    const char *const *level_names; /* [levels], or NULL: a level is called by its number */
    int channels, height, width;    /* image */
} cgm_variable;

/* Numbers in one value: 1, or channels * height * width. */
CGM_API size_t cgm_variable_width(const cgm_variable *variable);
/* A copy whose names live in the arena. */
CGM_API cgm_status cgm_variable_copy(cgm_arena *arena, const cgm_variable *from, cgm_variable *out) CGM_CHECKED;
/* Whether the values are levels: whole numbers from 0. */
CGM_API bool cgm_variable_has_levels(const cgm_variable *variable);
/* "female", or "1" where levels have no names; "2.5" for what is no level. Writes to text and returns it. */
#define CGM_VALUE_TEXT 80
CGM_API const char *cgm_variable_text(const cgm_variable *variable, double value, char text[CGM_VALUE_TEXT]);

#endif
