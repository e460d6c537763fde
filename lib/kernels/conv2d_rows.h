/* Convolutions of few channels at stride 1 by Winograd's minimal filtering along columns alone (Winograd 1980): rows of
 * the result are made `side` at a time, of six points of the rows that they see. Vectors run along a row's pixels, so
 * that nothing is turned; across a row the taps are summed as they are. The filter gradient (conv2d_rows_filter.c) sums
 * vectors of outputs along the pixels, at six points of `side` rows of dy.
 * F(4, 3) takes 6 products for 4 rows of 3 taps, F(3, 4) 6 for 3 of 4; a filter of more rows is cut into pieces of 3 or
 * 4, whose points are summed: one of 7 rows takes 12 products for 21.
 *
 * One channel to one is left to the direct way: the sums of a tile are of four outputs.
 *
 * In two dimensions (conv2d_winograd.h) the transforms cost more than the products of so few channels. Points and
 * errors are that header's. */
#ifndef CGM_KERNELS_CONV2D_ROWS_H
#define CGM_KERNELS_CONV2D_ROWS_H

#include "kernels/conv2d_planes.h"

/* The form by which a map is fastest, or NULL where another way is; the others take no such shape. */
const cgm_row_form *cgm_conv2d_rows_form(const cgm_conv_shape *s);
const cgm_row_form *cgm_conv2d_rows_input_grad_form(const cgm_conv_shape *s);
const cgm_row_form *cgm_conv2d_rows_filter_grad_form(const cgm_conv_shape *s);
/* For tests: this form, one of cgm_conv_isa_get()'s, wherever it can be; NULL: what the cost says. */
void cgm_rows_override(const cgm_row_form *form);
size_t cgm_conv2d_rows_scratch(const cgm_conv_shape *s, int threads);
void cgm_conv2d_rows(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                     cgm_real *y, void *scratch, int threads);
size_t cgm_conv2d_rows_input_grad_scratch(const cgm_conv_shape *s, int threads);
void cgm_conv2d_rows_input_grad(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                                void *scratch, int threads);
size_t cgm_conv2d_rows_filter_grad_scratch(const cgm_conv_shape *s, int threads);
void cgm_conv2d_rows_filter_grad(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *dy, bool accumulate,
                                 cgm_real *dfilter, void *scratch, int threads);

/* ---- what conv2d_rows.c and conv2d_rows_filter.c share ---- */

/* What a test asks for, or NULL. */
const cgm_row_form *cgm_rows_forced(void);
/* Whether rows are long enough, and filters high. */
bool cgm_rows_possible(const cgm_conv_shape *s);
/* The rows of an image of h by w that a tile sees, from row `first` on; beyond it they are zeros. */
static inline void cgm_rows_seen(const cgm_real *image, int64_t h, int64_t w, int64_t first, const cgm_real *zeros,
                                 const cgm_real *row[CGM_ROW_POINTS])
{
    for (int64_t i = 0, at = first; i < CGM_ROW_POINTS; i++, at++) row[i] = at >= 0 && at < h ? image + at * w : zeros;
}

#endif
