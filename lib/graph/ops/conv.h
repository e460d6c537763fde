/* What the three convolution operations share: their constants and their check of shapes. */
#ifndef CGM_GRAPH_OPS_CONV_H
#define CGM_GRAPH_OPS_CONV_H

#include "graph/op.h"

/* attr.i: stride, four pads, dilation and groups, then two extents that the operation is told. */
#define CGM_CONV_EXTRA 7
cgm_attr cgm_conv_attr(cgm_conv_opts opts, int64_t a, int64_t b);
cgm_conv_opts cgm_conv_opts_get(const cgm_attr *attr);
/* Sensible options, two operands of four axes. */
bool cgm_conv_check(cgm_conv_opts opts, cgm_shape a, cgm_shape b, char why[CGM_WHY]);
/* What r taps span. */
int64_t cgm_conv_span(cgm_conv_opts opts, int64_t r);
/* Whether so many input and output channels can be cut into the groups. */
bool cgm_conv_groups_fit(cgm_conv_opts opts, int64_t c, int64_t k, char why[CGM_WHY]);
/* Whether an r x s filter takes h x w to oh x ow. */
bool cgm_conv_fits(cgm_conv_opts opts, int64_t h, int64_t w, int64_t r, int64_t s, int64_t oh, int64_t ow);
cgm_conv_shape cgm_conv_shape_of(cgm_shape x, cgm_shape filter, cgm_shape y, const cgm_attr *attr);

#endif
