/* Convolutions whose output is one pixel; conv2d_fast.c and conv2d_filter_grad.c give them away. */
#ifndef CGM_KERNELS_CONV2D_PIXEL_H
#define CGM_KERNELS_CONV2D_PIXEL_H

#include "kernels/conv2d_planes.h"

/* Whether the shape is such a one; the functions below take no other. */
bool cgm_conv_is_pixel(const cgm_conv_shape *s);
size_t cgm_conv2d_pixel_scratch(const cgm_conv_shape *s);
void cgm_conv2d_pixel(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                      cgm_real *y, void *scratch, int threads);
void cgm_conv2d_pixel_input_grad(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                                 void *scratch, int threads);
void cgm_conv2d_pixel_filter_grad(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *dy, bool accumulate,
                                  cgm_real *dfilter, void *scratch, int threads);

#endif
