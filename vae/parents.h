/* What an image model's networks see of the parents: a one-hot code of each one with levels, each other one
 * standardised by its mean and standard deviation over the training rows. Internal to vae/. */
#ifndef CGM_VAE_PARENTS_H
#define CGM_VAE_PARENTS_H

#include "scm/mechanism.h"

typedef struct image_parents {
    size_t n, features; /* features: numbers that the networks see of all parents */
    const cgm_variable *variable[CGM_MAX_PARENTS];
    double shift[CGM_MAX_PARENTS], scale[CGM_MAX_PARENTS]; /* the network sees (value - shift) / scale */
} image_parents;

/* Nothing learnt yet: shift 0, scale 1. The variables are borrowed. */
void cgm_image_parents_init(size_t n, const cgm_variable *const *variables, image_parents *out);
/* Learns shift and scale from the first n rows of the data. */
cgm_status cgm_image_parents_learn(image_parents *p, const cgm_dataset *data, size_t n) CGM_CHECKED;
/* What was learnt, as parents/shift and parents/scale. */
cgm_status cgm_image_parents_state(image_parents *p, cgm_state *state) CGM_CHECKED;
/* The features of parent i: *first and how many they are. */
size_t cgm_image_parents_place(const image_parents *p, size_t i, size_t *first);
/* One row of features: value[i] is parent i's. */
void cgm_image_parents_fill(const image_parents *p, const double *value, cgm_real *out);
/* The features of rows of a data set, [n, features]. */
void cgm_image_parents_fill_rows(const image_parents *p, const cgm_dataset *data, size_t n, const size_t *rows,
                                 cgm_real *out);

#endif
