/* Rows of a run's data as points of a plane: their images, what its model abducts of these, or what a predictor makes
 * of them. Near points are alike to what they come from, so that a person sees what it tells apart. */
#ifndef CGM_SCM_EMBED_H
#define CGM_SCM_EMBED_H

#include "base/arena.h"
#include "scm/runs/run.h"

typedef enum cgm_embed_method { CGM_EMBED_PCA, CGM_EMBED_TSNE } cgm_embed_method;
#define CGM_EMBED_METHODS "pca|tsne" /* in configs, by value */

/* Fill with cgm_embed_init first. Texts are borrowed. */
typedef struct cgm_embed_opts {
    /* "image": the model's only image, or the variable of that name; a vector's or another image's name likewise; "z":
     * the only latent that is published, or its name, "image.z", as abducted with the posterior's mean;
     * "features:PREDICTOR". */
    const char *of;
    cgm_embed_method method; /* CGM_EMBED_PCA */
    const char *colour;      /* scalar variable of the data that points are coloured by; or NULL */
    cgm_row_choice rows;     /* the first 1000 test rows */
    double perplexity;       /* of t-SNE: metrics/tsne.h; 0: the usual one */
    size_t iterations;       /* of t-SNE; 0: the usual number */
    uint64_t seed;           /* of what t-SNE begins with; 1 */
    const char *out;         /* HDF5 file to write, or NULL */
    const char *png;         /* picture to draw, or NULL */
} cgm_embed_opts;
CGM_API void cgm_embed_init(cgm_embed_opts *opts);

typedef struct cgm_embed_report {
    cgm_arena arena;
    const char *of;      /* "image.z" */
    size_t n, width;     /* rows; numbers of each */
    const size_t *row;   /* [n]: of the data set */
    const double *point; /* [n, 2] */
    const double *value; /* [n]: of what points are coloured by; or NULL */
    double share[2];     /* PCA: of the variance, along each axis; else NaN */
    double divergence;   /* t-SNE: metrics/tsne.h, in nats; else NaN */
    double perplexity;   /* t-SNE; else NaN */
} cgm_embed_report;

/* That the question can be answered of this run, trained or not. */
CGM_API cgm_status cgm_run_check_embed(cgm_run *run, const cgm_embed_opts *opts) CGM_CHECKED;
/* Reads the rows, makes points of them, and writes the file and the picture, atomically. The run must be finished. The
 * same bits for any number of threads. CGM_E_MEMORY at once when the machine has no room for the rows and, of t-SNE,
 * their pairs. For cgm_embed_clear.
 *
 * The file holds /index [n] (rows of the data set), /point [n, 2] and, where there is one, /colour [n]. */
CGM_API cgm_status cgm_run_embed(cgm_run *run, const cgm_embed_opts *opts, cgm_embed_report *out) CGM_CHECKED;
CGM_API void cgm_embed_clear(cgm_embed_report *report);

#endif
