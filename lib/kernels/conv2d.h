/* The implementations of the three convolution maps, see kernels.h: the reference; the fast one, which takes one group;
 * and what takes any number of groups and leaves each to the fast one. */
#ifndef CGM_KERNELS_CONV2D_H
#define CGM_KERNELS_CONV2D_H

#include "kernels/kernels.h"

size_t cgm_conv2d_no_scratch(const cgm_conv_shape *s, int threads);
void cgm_conv2d_reference(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                          cgm_real *y, void *scratch, int threads);
void cgm_conv2d_input_grad_reference(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                                     void *scratch, int threads);
void cgm_conv2d_filter_grad_reference(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *dy, bool accumulate,
                                      cgm_real *dfilter, void *scratch, int threads);

size_t cgm_conv2d_scratch_fast(const cgm_conv_shape *s, int threads);
void cgm_conv2d_fast(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                     cgm_real *y, void *scratch, int threads);
size_t cgm_conv2d_input_grad_scratch_fast(const cgm_conv_shape *s, int threads);
void cgm_conv2d_input_grad_fast(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                                void *scratch, int threads);
size_t cgm_conv2d_filter_grad_scratch_fast(const cgm_conv_shape *s, int threads);
void cgm_conv2d_filter_grad_fast(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *dy, bool accumulate,
                                 cgm_real *dfilter, void *scratch, int threads);

size_t cgm_conv2d_scratch_grouped(const cgm_conv_shape *s, int threads);
void cgm_conv2d_grouped(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                        cgm_real *y, void *scratch, int threads);
size_t cgm_conv2d_input_grad_scratch_grouped(const cgm_conv_shape *s, int threads);
void cgm_conv2d_input_grad_grouped(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                                   void *scratch, int threads);
size_t cgm_conv2d_filter_grad_scratch_grouped(const cgm_conv_shape *s, int threads);
void cgm_conv2d_filter_grad_grouped(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *dy, bool accumulate,
                                    cgm_real *dfilter, void *scratch, int threads);

#endif
