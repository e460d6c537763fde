/* Linear maps of the lines of a plane, one for its columns and one for its rows: down-sampling and blurring. Internal.
 */
#ifndef CGM_DIP_AXIS_H
#define CGM_DIP_AXIS_H

#include "base/arena.h"
#include "dip/operators/operator.h"

/* Element i of a line of `out` is the sum over k in begin[i]..begin[i + 1]-1 of weight[k] times element from[k] of a
 * line of `in`. */
typedef struct dip_axis {
    int64_t in, out;
    int64_t *begin, *from;
    double *weight;
} dip_axis;

/* A kernel of the distance t of two places, measured in pixels of the result; 0 beyond `reach`. */
typedef struct dip_kernel {
    double (*at)(double t);
    double reach;
} dip_kernel;

/* Into 0..n-1, by mirrors at both ends that repeat the outermost element. */
int64_t cgm_dip_mirrored(int64_t i, int64_t n);
/* A mean of all within 1/2, of what is just there by half. */
extern const dip_kernel cgm_dip_box;
/* The cubic of Keys 1981 with a = -1/2. */
extern const dip_kernel cgm_dip_cubic;

/* out elements of `in`, at steps of in / out: element i lies at (i + 1/2) in / out - 1/2, and sums around it, weighed
 * by the kernel of the distance divided by `scale`, are divided by the sum of the weights. Lines go on beyond their
 * ends as in a mirror there. */
cgm_status cgm_dip_axis_create(cgm_arena *arena, int64_t in, int64_t out, double scale, const dip_kernel *kernel,
                               dip_axis *axis) CGM_CHECKED;
/* The operator that does `vertical` to all columns and `horizontal` to all rows of images of so many channels. */
cgm_status cgm_dip_axes_operator(cgm_arena *arena, int64_t channels, const dip_axis *vertical,
                                 const dip_axis *horizontal, dip_operator *out) CGM_CHECKED;

#endif
