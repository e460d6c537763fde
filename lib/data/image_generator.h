/* A trained network that makes images of standard normal numbers z and of parents, as graph: what images are restored
 * by that lie in its range (dip/restore.h). A mechanism gives one (scm/runs/image_generator.h); so may a program. */
#ifndef CGM_DATA_IMAGE_GENERATOR_H
#define CGM_DATA_IMAGE_GENERATOR_H

#include "data/variable.h"
#include "graph/graph.h"
#include "nn/params.h"

/* Everything is borrowed from whoever gives it. */
typedef struct cgm_image_generator {
    const cgm_variable *image; /* its size, and its name for messages */
    int64_t latent;            /* numbers in z */
    size_t n_parents;
    const cgm_variable *const *parent; /* scalars */
    cgm_params
        *params; /* that graphs made by build find their numbers in: the averages (cgm_params_ema) are in force */
    /* Adds the images [n, C, H, W] of z [n, latent], without the noise of pixels: grey levels, meant to lie within 0
     * and 255. features: what networks see of the parents, [n, features], one parent's after another's: for one with
     * levels a one-hot code, else one number that is standardised; no node where there are no parents. */
    cgm_node (*build)(const void *context, cgm_graph *g, cgm_node z, cgm_node features);
    const void *context;
    /* The features of parents' values, [n_parents]; and the value of parent i that a number of its feature stands for.
     */
    void (*features)(const void *parents, const double *value, cgm_real *out);
    double (*value)(const void *parents, size_t i, double feature);
    /* Reads "NAME=VALUE" for one of the parents: its number and its value. CGM_E_ARG with what was expected. */
    cgm_status (*parse)(const void *parents, const char *text, size_t *i, double *value);
    const void *parents;
} cgm_image_generator;

/* How many features parent i has, and the first one's place among all. */
static inline int64_t cgm_image_generator_place(const cgm_image_generator *generator, size_t i, int64_t *first)
{
    int64_t n = 0;
    *first = 0;
    for (size_t k = 0; k <= i; k++) {
        *first += n;
        n = cgm_variable_has_levels(generator->parent[k]) ? generator->parent[k]->levels : 1;
    }
    return n;
}

#endif
