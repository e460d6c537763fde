#include "graph/op.h"

#include <stdio.h>

int64_t cgm_shape_size(cgm_shape shape)
{
    int64_t size = 1;
    for (int i = 0; i < shape.rank; i++) size *= shape.dim[i];
    return size;
}

bool cgm_shape_equal(cgm_shape a, cgm_shape b)
{
    if (a.rank != b.rank) return false;
    for (int i = 0; i < a.rank; i++)
        if (a.dim[i] != b.dim[i]) return false;
    return true;
}

const char *cgm_shape_text(cgm_shape shape, char text[CGM_SHAPE_TEXT])
{
    size_t at = 0;
    at += (size_t)snprintf(text + at, CGM_SHAPE_TEXT - at, "[");
    for (int i = 0; i < shape.rank && at < CGM_SHAPE_TEXT - 1; i++)
        at += (size_t)snprintf(text + at, CGM_SHAPE_TEXT - at, i ? ", %lld" : "%lld", (long long)shape.dim[i]);
    if (at < CGM_SHAPE_TEXT - 1) snprintf(text + at, CGM_SHAPE_TEXT - at, "]");
    return text;
}

void cgm_shape_broadcast_strides(cgm_shape x, cgm_shape shape, int64_t stride[CGM_MAX_RANK])
{
    int lead = shape.rank - x.rank;
    int64_t step = 1;
    for (int i = shape.rank - 1; i >= 0; i--) {
        int64_t extent = i >= lead ? x.dim[i - lead] : 1;
        stride[i] = extent == 1 ? 0 : step;
        step *= extent;
    }
}

bool cgm_shape_has_steps(int64_t extent, int64_t begin, int64_t length, int64_t step)
{
    if (begin < 0 || begin >= extent || length < 1 || step == 0) return false;
    return length - 1 <= (step > 0 ? (extent - 1 - begin) / step : -(begin / step));
}

bool cgm_shape_can_index(int64_t levels, char why[CGM_WHY])
{
    int64_t most = (int64_t)1 << (sizeof(cgm_real) == 4 ? 24 : 53);
    if (levels <= most) return true;
    return cgm_shape_refuse(why, "indices held as reals count to %lld, not along an axis of %lld", (long long)most,
                            (long long)levels);
}

int64_t cgm_shape_split(cgm_shape shape, int axis, int64_t *outer)
{
    int64_t width = 1;
    *outer = 1;
    for (int i = 0; i < axis; i++) *outer *= shape.dim[i];
    for (int i = axis; i < shape.rank; i++) width *= shape.dim[i];
    return width;
}

/* Whether x has a row for each row of `shape`. */
static bool has_rows_of(cgm_shape x, cgm_shape shape)
{
    return x.rank && x.rank == shape.rank && x.dim[0] == shape.dim[0];
}

cgm_rows cgm_rows_of_each(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    (void)attr;
    cgm_rows rows = {.kind = n_in <= 64 ? CGM_ROWS_MAP : CGM_ROWS_WHOLE};
    for (size_t i = 0; i < n_in && i < 64; i++)
        if (has_rows_of(in[i], shape)) rows.operands |= (uint64_t)1 << i;
    return rows;
}

cgm_rows cgm_rows_of_first(size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    (void)n_in, (void)attr;
    bool same = in[0].rank && shape.rank && in[0].dim[0] == shape.dim[0];
    return same ? (cgm_rows){CGM_ROWS_MAP, 1} : (cgm_rows){0};
}

cgm_rows cgm_op_rows(const cgm_op *op, size_t n_in, const cgm_shape *in, cgm_shape shape, const cgm_attr *attr)
{
    if (op->block) return cgm_rows_of_each(n_in, in, shape, attr);
    return op->rows ? op->rows(n_in, in, shape, attr) : (cgm_rows){0};
}
