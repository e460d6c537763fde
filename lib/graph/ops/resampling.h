/* What the operations that re-sample planes share: which elements each element of the result is made of, along each
 * axis. */
#ifndef CGM_GRAPH_OPS_RESAMPLING_H
#define CGM_GRAPH_OPS_RESAMPLING_H

#include "graph/op.h"

/* attr.i: the options, then the extents of the planes that are re-sampled. */
#define CGM_RESAMPLING_EXTENTS 9
cgm_attr cgm_resampling_attr(cgm_resampling_opts opts, int64_t h, int64_t w);
cgm_resampling_opts cgm_resampling_opts_get(const cgm_attr *attr);
/* The shape that x is taken to, or why not. */
bool cgm_resampling_shape(cgm_shape x, const cgm_attr *attr, cgm_shape *out, char why[CGM_WHY]);
/* Builds in `scratch` the maps along rows (0) and columns (1), or those of the adjoint. Returns the bytes; with NULL
 * nothing is built. */
size_t cgm_resampling_maps(const cgm_attr *attr, cgm_shape x, cgm_shape y, bool adjoint, void *scratch,
                           cgm_axis_map map[2]);
/* Planes of a tensor: the product of all extents but the last two. */
int64_t cgm_resampling_planes(cgm_shape shape);

#endif
