/* What networks of a mechanism see of the parents: a one-hot code of each one with levels, each other one
 * standardised by its mean and standard deviation over the training rows. Internal. */
#ifndef CGM_SCM_NETWORKS_PARENTS_H
#define CGM_SCM_NETWORKS_PARENTS_H

#include "data/batches.h"
#include "scm/mechanism.h"

typedef struct network_parents {
    size_t n, features; /* features: numbers that the networks see of all parents */
    const cgm_variable *variable[CGM_MAX_PARENTS];
    double shift[CGM_MAX_PARENTS], scale[CGM_MAX_PARENTS]; /* the network sees (value - shift) / scale */
} network_parents;

/* Nothing learnt yet: shift 0, scale 1. The variables are borrowed. */
void cgm_network_parents_init(size_t n, const cgm_variable *const *variables, network_parents *out);
/* Learns shift and scale from n rows of the data, from `first` on. */
cgm_status cgm_network_parents_learn(network_parents *p, const cgm_dataset *data, size_t first, size_t n) CGM_CHECKED;
/* What was learnt, as parents/shift and parents/scale. */
cgm_status cgm_network_parents_state(network_parents *p, cgm_state *state) CGM_CHECKED;
/* The features of parent i: *first and how many they are. */
size_t cgm_network_parents_place(const network_parents *p, size_t i, size_t *first);
/* One row of features: value[i] is parent i's. */
void cgm_network_parents_fill(const network_parents *p, const double *value, cgm_real *out);
/* What augmentation's gains are for a step's images with these parents, as cgm_batches_gains gives them. */
const double *cgm_network_parents_gains(const network_parents *p, cgm_batches *batches, uint64_t step,
                                        const cgm_augmentation *augmentation);
/* The features of rows of a data set, [n, features]; gains: factors, [n], on values that describe amplitude, or NULL.
 */
void cgm_network_parents_fill_rows(const network_parents *p, const cgm_dataset *data, size_t n, const size_t *rows,
                                   const double *gains, cgm_real *out);

#endif
