/* The numbers of a vector as networks see them: (value - shift) / scale, by the mean and the standard deviation of each
 * over the training rows. Internal. */
#ifndef CGM_SCM_NETWORKS_SCALE_H
#define CGM_SCM_NETWORKS_SCALE_H

#include "scm/mechanism.h"

/* Zero-initialise. */
typedef struct network_scale {
    const cgm_variable *variable;
    size_t n;
    double *shift, *scale; /* [n] */
    double *row;           /* [n]: one that is worked on */
} network_scale;

/* Nothing learnt yet: shift 0, scale 1. The variable is borrowed. */
cgm_status cgm_network_scale_create(const cgm_variable *variable, network_scale *out) CGM_CHECKED;
void cgm_network_scale_clear(network_scale *s);
/* Learns from the first n rows of the data. */
cgm_status cgm_network_scale_learn(network_scale *s, const cgm_dataset *data, size_t n) CGM_CHECKED;
/* What was learnt, as value/shift and value/scale. */
cgm_status cgm_network_scale_state(network_scale *s, cgm_state *state) CGM_CHECKED;
/* n_rows rows of values, as they are, become what networks see, in place. */
void cgm_network_scale_apply(const network_scale *s, size_t n_rows, cgm_real *rows);
/* Rows of a data set as the networks see them, [n_rows, n]. */
cgm_status cgm_network_scale_fill_rows(network_scale *s, const cgm_dataset *data, size_t n_rows, const size_t *rows,
                                       cgm_real *out) CGM_CHECKED;

#endif
