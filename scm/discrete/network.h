/* Discrete Bayesian networks: variables with named levels, a directed acyclic graph, and for each variable a
 * conditional probability table (CPT) given its parents. Built from C, or read from a BIF file. inference.h asks them
 * questions. */
#ifndef CGM_SCM_DISCRETE_NETWORK_H
#define CGM_SCM_DISCRETE_NETWORK_H

#include "base/status.h"

#define CGM_NETWORK_MAX_VARIABLES 10000
#define CGM_NETWORK_MAX_LEVELS 10000
/* In bytes. */
#define CGM_NETWORK_MAX_NAME 256
/* Numbers in all tables together. */
#define CGM_NETWORK_MAX_CELLS ((size_t)1 << 24)
/* A row of a table may miss a sum of 1 by this much; it is then divided by its sum. */
#define CGM_NETWORK_ROW_TOLERANCE 1e-6

typedef struct cgm_network cgm_network;

/* An empty network; the caller destroys it. */
CGM_API cgm_status cgm_network_create(cgm_network **out) CGM_CHECKED;
/* May be NULL. */
CGM_API void cgm_network_destroy(cgm_network *network);
/* Adds a variable, in any order: parents may be added later. Names are UTF-8 without control characters. `cpt` is
 * P(variable | parents), [levels of parents[0], levels of parents[1], ..., levels], the last index fastest; n_cpt is
 * how many numbers that is. Everything is copied. Errors: CGM_E_ARG for a name that is none, two levels of one name, or
 * more than the limits above; what depends on other variables is checked by finish. */
CGM_API cgm_status cgm_network_add(cgm_network *network, const char *name, size_t n_levels, const char *const *levels,
                                   size_t n_parents, const char *const *parents, size_t n_cpt,
                                   const double *cpt) CGM_CHECKED;
/* Checks the whole and readies it for everything below. Errors, CGM_E_ARG, naming the variables: two of one name, an
 * unknown or repeated parent, a cycle, a table of the wrong size, a probability that is negative or no number, a row
 * that misses a sum of 1 by more than CGM_NETWORK_ROW_TOLERANCE. After an error only destroying it is left. */
CGM_API cgm_status cgm_network_finish(cgm_network *network) CGM_CHECKED;

/* Reads a file in the Interchange Format for Bayesian networks, version 0.15 (Cozman 1998), blocks in any order.
 * `table` of a variable with parents has the variable's own index slowest, then the parents', the last fastest, as
 * JavaBayes writes it. Errors: CGM_E_FORMAT with file:line, CGM_E_ARG for a file that cannot be opened. */
CGM_API cgm_status cgm_network_load(const char *path, cgm_network **out) CGM_CHECKED;
/* The same from text of `bytes` bytes, under a name that messages show. */
CGM_API cgm_status cgm_network_parse(const char *text, size_t bytes, const char *name, cgm_network **out) CGM_CHECKED;

/* Of a finished network. Variables have indices in the order in which they were added; what is returned is borrowed. */
CGM_API size_t cgm_network_count(const cgm_network *network);
CGM_API const char *cgm_network_name(const cgm_network *network, size_t variable);
/* Returns how many levels there are. */
CGM_API size_t cgm_network_levels(const cgm_network *network, size_t variable, const char *const **levels);
/* Returns how many parents there are, in the order in which the table has them. */
CGM_API size_t cgm_network_parents(const cgm_network *network, size_t variable, const size_t **parents);
/* P(variable | parents = parent_levels), one number a level; parent_levels has a level of each parent. */
CGM_API const double *cgm_network_row(const cgm_network *network, size_t variable, const size_t *parent_levels);
/* All variables, parents before children. */
CGM_API const size_t *cgm_network_order(const cgm_network *network);
/* The index, or -1. */
CGM_API int cgm_network_find(const cgm_network *network, const char *name);
CGM_API int cgm_network_find_level(const cgm_network *network, size_t variable, const char *level);

/* A variable at a level. */
typedef struct cgm_network_value {
    size_t variable, level;
} cgm_network_value;
/* The variable of a name. CGM_E_ARG with the nearest name when there is none. */
CGM_API cgm_status cgm_network_lookup(const cgm_network *network, const char *name, size_t *variable) CGM_CHECKED;
/* Reads "bronc=yes". CGM_E_ARG with the nearest name when the network has no such variable or level. */
CGM_API cgm_status cgm_network_read_value(const cgm_network *network, const char *text,
                                          cgm_network_value *out) CGM_CHECKED;

#endif
