/* What the two files of the convolution and its input gradient share, conv2d_winograd.c and conv2d_winograd_weights.c;
 * see conv2d_winograd.h. */
#ifndef CGM_KERNELS_CONV2D_WINOGRAD_MAP_H
#define CGM_KERNELS_CONV2D_WINOGRAD_MAP_H

#include "kernels/conv2d_winograd.h"

/* The taps of the filter along one dimension that meet one phase: a form's i-th is `tap` + i `next` for the `count`
 * from `lead` on, and zero besides. Of the input gradient: row 0 of the phase sees dy from `before` rows above it on.
 */
typedef struct cgm_phase_taps {
    int64_t tap, next, lead, count, before;
} cgm_phase_taps;

/* Weights are made by each unit, slice after slice; or by each worker once; or once for all. */
typedef enum cgm_winograd_keeping { CGM_WEIGHTS_FRESH, CGM_WEIGHTS_KEPT, CGM_WEIGHTS_STORED } cgm_winograd_keeping;

typedef struct cgm_winograd_map {
    cgm_tiles tiles;
    cgm_phased in, out;
    int64_t f;                        /* phases of a dimension, of the operand or of the result */
    cgm_phase_taps row[2], column[2]; /* [phase] */
    bool empty[4][36];                /* [phase][point]: the filters have nothing there */
    int64_t side;                     /* of the filter */
    bool inputs_first;                /* the filter is [inputs][outputs]: the input gradient */
    int64_t seen_h, seen_w;           /* rows and columns of the result from there on see nothing, and are zero */
    int64_t slice, slices;            /* vectors of inputs that are summed at a time */
    int64_t block;                    /* vectors of outputs for which that is done before the next ones */
    int64_t ld;                       /* of a slice's points */
    int64_t rows;                     /* of a panel's weights: phases x inputs of a slice, and one more */
    cgm_winograd_keeping weights_are;
    /* In scratch: */
    int64_t *count, *place; /* 0, 1, 2, ...; where the points have each tile */
    int64_t *made;          /* [worker]: whether it has made its weights */
    cgm_real *start;        /* [outputs] */
    cgm_real *turned;       /* the filters as [vector of outputs][input][tap][output] */
    cgm_real *weights;      /* of each phase of the result and panel: [point][rows][width] */
    cgm_real *workers;      /* each: points, products, its weights, strip of the operand, strips of the result */
    int64_t points_size, products_ld, products_step, products_size, strip_size, result_size, own_size, worker_size;
    const cgm_real *x, *filter, *bias;
    cgm_real *y;
} cgm_winograd_map;

static inline int64_t cgm_winograd_points(const cgm_winograd_map *t)
{
    return t->tiles.form->points * t->tiles.form->points;
}

static inline int64_t cgm_phases(const cgm_phased *p)
{
    return p->f * p->f;
}

/* ---- weights: conv2d_winograd_weights.c ---- */

/* Vectors of the panel of outputs that begins with the vector `first`: of one block. */
int64_t cgm_winograd_panel_columns(const cgm_winograd_map *t, int64_t first);
/* Finds the points at which the filters of a phase have nothing. */
void cgm_winograd_find_empty(cgm_winograd_map *t);
/* Reals of the weights of all panels and phases. */
int64_t cgm_winograd_all_weights(const cgm_winograd_map *t);
/* Before the first unit: turns the filters, and makes the weights that are stored. */
void cgm_winograd_prepare(cgm_winograd_map *t, int threads);
/* Before a worker's unit: makes the weights that it keeps, unless it has. */
void cgm_winograd_keep(const cgm_winograd_map *t, int worker, cgm_real *own);
/* The weights of a panel and slice for a phase of the result, [point][rows][width]; `own` is the worker's room. */
const cgm_real *cgm_winograd_weights(const cgm_winograd_map *t, int64_t phase, int64_t slice, int64_t first,
                                     cgm_real *own);

#endif
