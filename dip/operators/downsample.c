/* The image at fewer pixels, for super-resolution. A pixel is a mean around its place with the weights of a kernel: a
 * box (the mean of the pixels that it covers), a cubic, or Lanczos's of two lobes, which the deep image prior's authors
 * use; the latter two are stretched by the factor, so that they do not alias. */
#include <math.h>

#include "dip/operators/axis.h"

static double lanczos(double t)
{
    if (fabs(t) < 1e-9) return 1;
    if (fabs(t) >= 2) return 0;
    return 2 * sin(M_PI * t) * sin(M_PI * t / 2) / (M_PI * M_PI * t * t);
}

static const dip_kernel lanczos_kernel = {lanczos, 2};
static const dip_kernel *const kernels[] = {
    [DIP_FILTER_LANCZOS] = &lanczos_kernel, [DIP_FILTER_BICUBIC] = &cgm_dip_cubic, [DIP_FILTER_BOX] = &cgm_dip_box};

static cgm_status create(const dip_operator_opts *o, cgm_arena *arena, dip_operator *out)
{
    dip_axis vertical, horizontal;
    if (o->height % o->factor || o->width % o->factor)
        return CGM_FAIL(CGM_E_SHAPE,
                        "an image of %lld x %lld pixels; expected sides that are multiples of the factor, %lld",
                        (long long)o->height, (long long)o->width, (long long)o->factor);
    const dip_kernel *kernel = kernels[o->filter];
    double scale = (double)o->factor;
    CGM_TRY(cgm_dip_axis_create(arena, o->height, o->height / o->factor, scale, kernel, &vertical));
    CGM_TRY(cgm_dip_axis_create(arena, o->width, o->width / o->factor, scale, kernel, &horizontal));
    return cgm_dip_axes_operator(arena, o->channels, &vertical, &horizontal, out);
}

const dip_operator_class cgm_dip_operator_downsample = {"downsample", create};
