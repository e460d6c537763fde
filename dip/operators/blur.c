/* The image out of focus, for deconvolution: means around each pixel with the weights of a Gaussian, up to 4 deviations
 * away, or of a box. Beyond its border the image goes on as in a mirror. */
#include <math.h>

#include "dip/operators/axis.h"

static double gaussian(double t)
{
    return exp(-.5 * t * t);
}

static const dip_kernel gaussian_kernel = {gaussian, 4};
static const dip_kernel *const kernels[] = {[DIP_BLUR_GAUSSIAN] = &gaussian_kernel, [DIP_BLUR_BOX] = &cgm_dip_box};

static cgm_status create(const dip_operator_opts *o, cgm_arena *arena, dip_operator *out)
{
    dip_axis vertical, horizontal;
    const dip_kernel *kernel = kernels[o->blur];
    CGM_TRY(cgm_dip_axis_create(arena, o->height, o->height, o->blur_width, kernel, &vertical));
    CGM_TRY(cgm_dip_axis_create(arena, o->width, o->width, o->blur_width, kernel, &horizontal));
    return cgm_dip_axes_operator(arena, o->channels, &vertical, &horizontal, out);
}

const dip_operator_class cgm_dip_operator_blur = {"blur", create};
