#include "graph/ops/conv.h"

/* No extent, stride, dilation or pad reaches this, so that no size computed from them overflows. */
#define MOST ((int64_t)1 << 30)

cgm_attr cgm_conv_attr(cgm_conv_opts o, int64_t a, int64_t b)
{
    return (cgm_attr){.i = {o.stride ? o.stride : 1, o.pad_top, o.pad_bottom, o.pad_left, o.pad_right,
                            o.dilation ? o.dilation : 1, o.groups ? o.groups : 1, a, b}};
}

cgm_conv_opts cgm_conv_opts_get(const cgm_attr *attr)
{
    return (cgm_conv_opts){.stride = attr->i[0],
                           .pad_top = attr->i[1],
                           .pad_bottom = attr->i[2],
                           .pad_left = attr->i[3],
                           .pad_right = attr->i[4],
                           .dilation = attr->i[5],
                           .groups = attr->i[6]};
}

bool cgm_conv_check(cgm_conv_opts o, cgm_shape a, cgm_shape b, char why[CGM_WHY])
{
    char x[CGM_SHAPE_TEXT], y[CGM_SHAPE_TEXT];
    if (o.dilation < 1 || o.groups < 1)
        return cgm_shape_refuse(why, "dilation %lld and groups %lld: both must be at least 1", (long long)o.dilation,
                                (long long)o.groups);
    if (o.stride < 1 || o.pad_top < 0 || o.pad_bottom < 0 || o.pad_left < 0 || o.pad_right < 0)
        return cgm_shape_refuse(
            why, "stride %lld and pads %lld, %lld, %lld, %lld: the stride must be at least 1, no pad negative",
            (long long)o.stride, (long long)o.pad_top, (long long)o.pad_bottom, (long long)o.pad_left,
            (long long)o.pad_right);
    int64_t most = o.stride | o.dilation | o.pad_top | o.pad_bottom | o.pad_left | o.pad_right;
    if (most >= MOST) return cgm_shape_refuse(why, "stride, dilation and pads must be below %lld", (long long)MOST);
    if (a.rank != 4 || b.rank != 4)
        return cgm_shape_refuse(why, "operands %s and %s must have four axes", cgm_shape_text(a, x),
                                cgm_shape_text(b, y));
    if ((a.dim[2] | a.dim[3] | b.dim[2] | b.dim[3]) >= MOST)
        return cgm_shape_refuse(why, "extents of %s and %s must be below %lld", cgm_shape_text(a, x),
                                cgm_shape_text(b, y), (long long)MOST);
    return true;
}

int64_t cgm_conv_span(cgm_conv_opts o, int64_t r)
{
    return (r - 1) * o.dilation + 1;
}

bool cgm_conv_groups_fit(cgm_conv_opts o, int64_t c, int64_t k, char why[CGM_WHY])
{
    if (c % o.groups == 0 && k % o.groups == 0) return true;
    return cgm_shape_refuse(why, "%lld groups do not divide %lld input and %lld output channels", (long long)o.groups,
                            (long long)c, (long long)k);
}

bool cgm_conv_fits(cgm_conv_opts o, int64_t h, int64_t w, int64_t r, int64_t s, int64_t oh, int64_t ow)
{
    if (h < 1 || w < 1 || r < 1 || s < 1 || h >= MOST || w >= MOST || r >= MOST || s >= MOST) return false;
    int64_t dh = h + o.pad_top + o.pad_bottom - cgm_conv_span(o, r);
    int64_t dw = w + o.pad_left + o.pad_right - cgm_conv_span(o, s);
    return dh >= 0 && dw >= 0 && dh / o.stride + 1 == oh && dw / o.stride + 1 == ow;
}

cgm_conv_shape cgm_conv_shape_of(cgm_shape x, cgm_shape f, cgm_shape y, const cgm_attr *attr)
{
    cgm_conv_opts o = cgm_conv_opts_get(attr);
    return (cgm_conv_shape){.n = x.dim[0],
                            .c = x.dim[1],
                            .h = x.dim[2],
                            .w = x.dim[3],
                            .k = f.dim[0],
                            .r = f.dim[2],
                            .s = f.dim[3],
                            .stride = o.stride,
                            .pad_top = o.pad_top,
                            .pad_left = o.pad_left,
                            .oh = y.dim[2],
                            .ow = y.dim[3],
                            .dilation = o.dilation,
                            .groups = o.groups};
}
