/* Images cut into parts, which lime and shap take away together. Internal to scm/explain/. */
#ifndef CGM_SCM_EXPLAIN_PARTS_H
#define CGM_SCM_EXPLAIN_PARTS_H

#include "scm/explain/method.h"

/* Superpixels of an image [C, H, W] of about side x side pixels, each connected, in part [H W], numbered from 0 without
 * gaps; returns how many in *n. SLIC (Achanta et al. 2012) with compactness 10, ten rounds, in CIELAB of three channels
 * or of the mean of any other number as a grey; pieces of less than a quarter of side x side join a neighbour. */
cgm_status cgm_explain_slic(const cgm_variable *image, const double *pixels, size_t side, int64_t *part,
                            size_t *n) CGM_CHECKED;

/* The parts of image number `row` as the task wants them, in t->part; how many in *n. */
cgm_status cgm_explain_cut(explain_task *t, size_t row, size_t *n) CGM_CHECKED;
/* map[pixel] = value[its part] over how many pixels that has, so that a part's pixels add up to its value. room: [n].
 */
void cgm_explain_spread(const explain_task *t, size_t row, size_t n, const double *value, double *room, double *map);

#endif
