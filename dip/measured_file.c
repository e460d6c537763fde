/* Sinograms and k-space in HDF5 files. */
#include <math.h>
#include <string.h>

#include "dip/measure.h"
#include "io/file.h"

#define MOST_NUMBERS ((int64_t)1 << 26)

/* A dataset of numbers, all finite, of `rank` axes. */
static cgm_status read_numbers(cgm_file *file, const char *name, int rank, const char *axes, cgm_arena *arena,
                               cgm_shape *shape, double **out)
{
    cgm_dtype dtype;
    char text[CGM_SHAPE_TEXT];
    const char *path = cgm_file_path(file);
    if (!cgm_file_has(file, name)) return CGM_FAIL(CGM_E_FORMAT, "%s: there is no %s; expected %s", path, name, axes);
    CGM_TRY(cgm_file_info(file, name, &dtype, shape));
    if (shape->rank != rank || dtype == CGM_TEXT || cgm_shape_size(*shape) < 1)
        return CGM_FAIL(CGM_E_FORMAT, "%s: %s: %s; expected numbers %s", path, name, cgm_shape_text(*shape, text),
                        axes);
    int64_t n = cgm_shape_size(*shape);
    if (n > MOST_NUMBERS)
        return CGM_FAIL(CGM_E_FORMAT, "%s: %s: %lld numbers; expected at most %lld", path, name, (long long)n,
                        (long long)MOST_NUMBERS);
    *out = cgm_arena_array(arena, (size_t)n, sizeof **out);
    if (!*out) return CGM_E_MEMORY;
    CGM_TRY(cgm_file_read(file, name, CGM_F64, *shape, *out));
    for (int64_t i = 0; i < n; i++)
        if (!isfinite((*out)[i]))
            return CGM_FAIL(CGM_E_FORMAT, "%s: %s: number %lld is not finite", path, name, (long long)i);
    return CGM_OK;
}

static cgm_status read_sinogram(cgm_file *file, const dip_options *o, cgm_arena *arena, dip_operator_opts *op,
                                const double **y)
{
    cgm_shape shape, of_angles;
    double *sinogram, *angles;
    CGM_TRY(read_numbers(file, "sinogram", 2, "[views, places]", arena, &shape, &sinogram));
    CGM_TRY(read_numbers(file, "angles", 1, "[views], in radians", arena, &of_angles, &angles));
    if (of_angles.dim[0] != shape.dim[0])
        return CGM_FAIL(CGM_E_FORMAT, "%s: %lld angles, but the sinogram has %lld rows; expected one for each",
                        cgm_file_path(file), (long long)of_angles.dim[0], (long long)shape.dim[0]);
    op->views = shape.dim[0];
    op->detectors = shape.dim[1];
    op->angles = angles;
    if (op->detectors < 4)
        return CGM_FAIL(CGM_E_FORMAT, "%s: a sinogram of %lld places; expected at least 4", cgm_file_path(file),
                        (long long)op->detectors);
    op->channels = 1;
    op->height = op->width = o->side ? o->side : (int64_t)floor((double)(op->detectors - 1) * M_SQRT1_2);
    *y = sinogram;
    return CGM_OK;
}

static cgm_status read_kspace(cgm_file *file, cgm_arena *arena, dip_operator_opts *op, const double **y)
{
    cgm_shape shape, of_mask;
    double *kspace, *mask;
    CGM_TRY(read_numbers(file, "kspace", 3, "[2, height, width]", arena, &shape, &kspace));
    if (shape.dim[0] != 2)
        return CGM_FAIL(CGM_E_FORMAT, "%s: kspace: %lld planes; expected 2, real and imaginary parts",
                        cgm_file_path(file), (long long)shape.dim[0]);
    int64_t n = shape.dim[1] * shape.dim[2];
    if (cgm_file_has(file, "mask")) {
        CGM_TRY(read_numbers(file, "mask", 2, "[height, width]", arena, &of_mask, &mask));
        if (of_mask.dim[0] != shape.dim[1] || of_mask.dim[1] != shape.dim[2])
            return CGM_FAIL(CGM_E_FORMAT, "%s: mask: %lld x %lld; expected %lld x %lld, as kspace has",
                            cgm_file_path(file), (long long)of_mask.dim[0], (long long)of_mask.dim[1],
                            (long long)shape.dim[1], (long long)shape.dim[2]);
    } else {
        mask = cgm_arena_array(arena, (size_t)n, sizeof *mask);
        if (!mask) return CGM_E_MEMORY;
        for (int64_t i = 0; i < n; i++) mask[i] = kspace[i] != 0 || kspace[n + i] != 0;
    }
    op->mask = mask;
    op->channels = 1;
    op->height = shape.dim[1];
    op->width = shape.dim[2];
    *y = kspace;
    return CGM_OK;
}

cgm_status cgm_dip_measured_read(const char *path, const dip_options *o, cgm_arena *arena, dip_operator_opts *op,
                                 const double **y)
{
    cgm_file *file = NULL;
    CGM_TRY(cgm_file_open(path, &file));
    cgm_status status = o->task == DIP_CT ? read_sinogram(file, o, arena, op, y) : read_kspace(file, arena, op, y);
    cgm_file_close(file);
    return status;
}
