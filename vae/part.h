/* A part of an image model (an encoder, a decoder, a bound) compiled on IMAGE_ROWS rows, with the memory that it reads:
 * fill in, run, read out. Internal to vae/. */
#ifndef CGM_VAE_PART_H
#define CGM_VAE_PART_H

#include "graph/program.h"
#include "nn/params.h"
#include "vae/parents.h"

#define IMAGE_ROWS 64 /* that inference works on at a time */
#define IMAGE_PART_INPUTS 4
#define IMAGE_PART_OUTPUTS 2

/* The first dimension of all is IMAGE_ROWS; null where the part takes or gives nothing. */
typedef struct image_part_nodes {
    cgm_node in[IMAGE_PART_INPUTS], out[IMAGE_PART_OUTPUTS];
} image_part_nodes;

/* Adds part number `part` of the model. */
typedef void image_part_build(const void *model, int part, cgm_graph *g, image_part_nodes *nodes);

/* Zero-initialise. */
typedef struct image_part {
    cgm_program *program;
    cgm_workspace *ws;
    cgm_real *in[IMAGE_PART_INPUTS]; /* NULL where it takes nothing */
    const cgm_real *out[IMAGE_PART_OUTPUTS];
    int threads;
} image_part;

/* Compiles the part for so many threads unless it is; it reads the averages of the parameters. */
cgm_status cgm_image_part_get(image_part *p, int threads, cgm_params *params, image_part_build *build,
                              const void *model, int part) CGM_CHECKED;
cgm_status cgm_image_part_run(image_part *p) CGM_CHECKED;
void cgm_image_part_clear(image_part *p);

/* Rows `at` and on of n become the rows of an input; the last one fills up. */
void cgm_image_part_fill(const cgm_values *values, size_t at, cgm_real *out);
void cgm_image_part_fill_parents(const image_parents *pa, const cgm_values *parents, size_t at, size_t n,
                                 cgm_real *out);
/* How many of n rows a run takes from row `at` on. */
size_t cgm_image_part_rows(size_t n, size_t at);

#endif
