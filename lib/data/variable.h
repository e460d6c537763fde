/* What a variable is: its name, type, range and shape. */
#ifndef CGM_DATA_VARIABLE_H
#define CGM_DATA_VARIABLE_H

#include "base/arena.h"

typedef enum cgm_variable_type {
    CGM_CONTINUOUS,
    CGM_CATEGORICAL,
    CGM_IMAGE,
    CGM_BINARY,
    CGM_ORDINAL, /* levels with an order */
    CGM_COUNT,   /* whole numbers from 0 */
    CGM_VECTOR   /* several real numbers without bounds, whose joint distribution one mechanism gives: a point */
} cgm_variable_type;
/* Names in configs and files: those of cgm_variable_type by value, then two of continuous variables with a range. */
#define CGM_VARIABLE_TYPE_NAMES                                                                                        \
    {                                                                                                                  \
        "continuous", "categorical", "image", "binary", "ordinal", "count", "vector", "positive", "bounded", NULL      \
    }
enum { CGM_NAMED_POSITIVE = CGM_VECTOR + 1, CGM_NAMED_BOUNDED };
#define CGM_MAX_COUNT 9007199254740992.0 /* 2^53: beyond it a double does not hold every whole number */
#define CGM_MAX_VECTOR 4096              /* numbers in a vector */

/* What of an image a variable may describe: ROW(bit of cgm_trait, its name in configs, what it is). */
#define CGM_TRAIT_TABLE(ROW)                                                                                           \
    ROW(HANDEDNESS, "handedness", "which of two mirror images it is: a left eye")                                      \
    ROW(POSITION, "position", "where things are")                                                                      \
    ROW(ORIENTATION, "orientation", "angles, a slant")                                                                 \
    ROW(SIZE, "size", "lengths and areas in pixels")                                                                   \
    ROW(INTENSITY, "intensity", "grey levels")                                                                         \
    ROW(TEXTURE, "texture", "grain, sharpness")                                                                        \
    ROW(AMPLITUDE, "amplitude", "a factor on all pixels, which the value is proportional to; gain changes both")
#define CGM_TRAIT_NUMBER(bit, ...) CGM_TRAIT_##bit,
enum { CGM_TRAIT_TABLE(CGM_TRAIT_NUMBER) CGM_N_TRAITS };
#undef CGM_TRAIT_NUMBER
#define CGM_TRAIT_BIT(bit, ...) CGM_##bit = 1 << CGM_TRAIT_##bit,
typedef enum cgm_trait { CGM_TRAIT_TABLE(CGM_TRAIT_BIT) } cgm_trait;
#undef CGM_TRAIT_BIT

/* A plain value; the names are borrowed from whoever owns the variable. */
typedef struct cgm_variable {
    const char *name;
    cgm_variable_type type;
    bool bounded;     /* continuous, count: values lie within low and high */
    double low, high; /* in the data's own units; one of a continuous variable's may be infinite, a count's low is 0,
                         its high whole or infinite; images: 0 and 255 */
    int levels;       /* categorical, ordinal, binary (2): values are 0..levels-1 */
    const char *const *level_names; /* [levels], or NULL: a level is called by its number */
    int channels, height, width;    /* image; a vector has width numbers */
    unsigned describes;             /* of images that it causes: bits of cgm_trait, which augmentation must leave */
} cgm_variable;

/* The table's row number i: false where there is none. */
CGM_API bool cgm_variable_trait_at(size_t i, const char **name, const char **doc);
/* Whether a value is a single number: all but images and vectors. */
CGM_API bool cgm_variable_is_scalar(const cgm_variable *variable);
/* For messages: "an image", "a vector", "a scalar". */
CGM_API const char *cgm_variable_noun(const cgm_variable *variable);
/* Numbers in one value: 1, channels * height * width, or a vector's width. */
CGM_API size_t cgm_variable_width(const cgm_variable *variable);
/* A copy whose names live in the arena. */
CGM_API cgm_status cgm_variable_copy(cgm_arena *arena, const cgm_variable *from, cgm_variable *out) CGM_CHECKED;
/* Whether the values are levels: whole numbers from 0 to levels - 1. */
CGM_API bool cgm_variable_has_levels(const cgm_variable *variable);
/* Whether the values lie above (below) one finite bound and have no other: a positive variable. */
CGM_API bool cgm_variable_is_half_bounded(const cgm_variable *variable);
/* Whether they do above 0: the type "positive". */
CGM_API bool cgm_variable_is_positive(const cgm_variable *variable);
/* Gives a variable the type of that number among CGM_VARIABLE_TYPE_NAMES: "positive" also gives the range (0,
 * infinity). */
CGM_API void cgm_variable_set_type(cgm_variable *variable, int named);
/* "count"; "positive" and "bounded" for continuous variables of such ranges. */
CGM_API const char *cgm_variable_type_name(const cgm_variable *variable);
/* Whether a scalar variable, or a vector as one of its numbers, may have this value: finite, a level, a whole number
 * from 0, in its range. A finite range holds both its ends, as data may be rounded onto them; a half-bounded one does
 * not hold its end. CGM_E_ARG with the reason, "7 is not a level: expected a whole number from 0 to 3". */
CGM_API cgm_status cgm_variable_check(const cgm_variable *variable, double value) CGM_CHECKED;
/* "female", or "1" where levels have no names; "2.5" for what is no level. Writes to text and returns it. */
#define CGM_VALUE_TEXT 80
CGM_API const char *cgm_variable_text(const cgm_variable *variable, double value, char text[CGM_VALUE_TEXT]);

#endif
