/* Factors: tables over several variables, and what variable elimination does with them. Internal. */
#ifndef CGM_SCM_DISCRETE_FACTOR_H
#define CGM_SCM_DISCRETE_FACTOR_H

#include "scm/discrete/object.h"

/* Each variable in a scope has two levels at least, so no table that fits a machine has more of them. */
#define CGM_FACTOR_MAX_VARIABLES 64

typedef struct cgm_factor {
    struct cgm_factor *next; /* in a list */
    size_t n;
    size_t variable[CGM_FACTOR_MAX_VARIABLES]; /* ascending; the last is the fastest in value */
    size_t levels[CGM_FACTOR_MAX_VARIABLES];
    size_t size;    /* the product of levels; 1 of no variables */
    double value[]; /* numbers, or their natural logarithms */
} cgm_factor;

/* What the factors of one elimination share. The value of a factor product is value * 2^exponent * e^log_scale. */
typedef struct cgm_factor_room {
    const cgm_network *network; /* for names in messages */
    size_t bytes, max_bytes;
    bool logarithms; /* values are logarithms */
    bool underflow;  /* a product that is not 0 was less than a normal number: wants logarithms */
    int64_t exponent;
    double log_scale;
} cgm_factor_room;

/* P(v | parents) with the variables whose `fixed` level is not negative at that level. */
cgm_status cgm_factor_from_cpt(cgm_factor_room *room, size_t v, const int *fixed, cgm_factor **out) CGM_CHECKED;
/* The factor of no variables that is 1. */
cgm_status cgm_factor_one(cgm_factor_room *room, cgm_factor **out) CGM_CHECKED;
/* a b, over the union of their variables. Both stay. */
cgm_status cgm_factor_multiply(cgm_factor_room *room, const cgm_factor *a, const cgm_factor *b,
                               cgm_factor **out) CGM_CHECKED;
/* The sum over one variable of a's. */
cgm_status cgm_factor_sum_out(cgm_factor_room *room, const cgm_factor *a, size_t variable,
                              cgm_factor **out) CGM_CHECKED;
/* Moves the greatest value's size into the room's scale. A factor of zeros stays. */
void cgm_factor_rescale(cgm_factor_room *room, cgm_factor *a);
/* The sum of all values (of logarithms: its logarithm). */
double cgm_factor_total(const cgm_factor_room *room, const cgm_factor *a);
bool cgm_factor_is_positive(const cgm_factor_room *room, const cgm_factor *a);
/* May be NULL. */
void cgm_factor_free(cgm_factor_room *room, cgm_factor *a);

#endif
