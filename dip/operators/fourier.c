/* Some of the image's Fourier coefficients, for magnetic resonance imaging with one coil: real and imaginary parts [2
 * channels, height, width] of the unitary discrete transform, the zero frequency first, 0 where the mask is 0. */
#include <gsl/gsl_fft_complex.h>
#include <math.h>

#include "base/gsl_quiet.h"
#include "dip/operators/operator.h"

typedef struct fourier {
    int64_t channels, height, width;
    double *measured;                    /* [2 channels, height, width] */
    gsl_fft_complex_wavetable *along[2]; /* of columns, of rows */
} fourier;

/* plane [height, width] of complex numbers, in place. */
static void transform(const fourier *f, double *plane, double *room, gsl_fft_direction direction)
{
    size_t h = (size_t)f->height, w = (size_t)f->width;
    gsl_fft_complex_workspace rows = {w, room}, columns = {h, room};
    double scale = 1 / sqrt((double)(h * w));
    cgm_gsl_quiet_begin();
    for (size_t y = 0; y < h; y++) gsl_fft_complex_transform(plane + 2 * y * w, 1, w, f->along[1], &rows, direction);
    for (size_t x = 0; x < w; x++) gsl_fft_complex_transform(plane + 2 * x, w, h, f->along[0], &columns, direction);
    cgm_gsl_quiet_end();
    for (size_t i = 0; i < 2 * h * w; i++) plane[i] *= scale;
}

static void apply(const void *context, const double *in, double *out, void *scratch, int threads)
{
    const fourier *f = context;
    int64_t n = f->height * f->width;
    double *plane = scratch, *room = plane + 2 * n;
    (void)threads;
    for (int64_t c = 0; c < f->channels; c++, in += n, out += 2 * n) {
        const double *measured = f->measured + 2 * c * n;
        for (int64_t i = 0; i < n; i++) {
            plane[2 * i] = in[i];
            plane[2 * i + 1] = 0;
        }
        transform(f, plane, room, gsl_fft_forward);
        for (int64_t i = 0; i < n; i++) {
            out[i] = measured[i] * plane[2 * i];
            out[n + i] = measured[i] * plane[2 * i + 1];
        }
    }
}

/* The real part of the inverse transform. */
static void adjoint(const void *context, const double *in, double *out, void *scratch, int threads)
{
    const fourier *f = context;
    int64_t n = f->height * f->width;
    double *plane = scratch, *room = plane + 2 * n;
    (void)threads;
    for (int64_t c = 0; c < f->channels; c++, in += 2 * n, out += n) {
        const double *measured = f->measured + 2 * c * n;
        for (int64_t i = 0; i < n; i++) {
            plane[2 * i] = measured[i] * in[i];
            plane[2 * i + 1] = measured[i] * in[n + i];
        }
        transform(f, plane, room, gsl_fft_backward);
        for (int64_t i = 0; i < n; i++) out[i] = plane[2 * i];
    }
}

static void destroy(void *context)
{
    fourier *f = context;
    for (int i = 0; i < 2; i++)
        if (f->along[i]) gsl_fft_complex_wavetable_free(f->along[i]);
}

static cgm_status make_tables(fourier *f)
{
    cgm_gsl_quiet_begin();
    f->along[0] = gsl_fft_complex_wavetable_alloc((size_t)f->height);
    f->along[1] = gsl_fft_complex_wavetable_alloc((size_t)f->width);
    cgm_gsl_quiet_end();
    if (f->along[0] && f->along[1]) return CGM_OK;
    destroy(f);
    return CGM_FAIL(CGM_E_MEMORY, "out of memory for Fourier transforms");
}

static cgm_status create(const dip_operator_opts *o, cgm_arena *arena, dip_operator *out)
{
    int64_t n = o->height * o->width, all = 2 * o->channels * n, seen = 0;
    fourier *f = cgm_arena_alloc(arena, sizeof *f);
    if (!f) return CGM_E_MEMORY;
    *f = (fourier){.channels = o->channels, .height = o->height, .width = o->width};
    f->measured = cgm_arena_array(arena, (size_t)all, sizeof *f->measured);
    if (!f->measured) return CGM_E_MEMORY;
    for (int64_t i = 0; i < all; i++) f->measured[i] = o->mask[i % n] != 0;
    for (int64_t i = 0; i < n; i++) seen += o->mask[i] != 0;
    if (!seen) return CGM_FAIL(CGM_E_ARG, "the mask is 0 everywhere; expected frequencies that are measured");
    CGM_TRY(make_tables(f));
    size_t longer = (size_t)(o->height > o->width ? o->height : o->width);
    *out = (dip_operator){.map = {.domain = CGM_SHAPE(1, o->channels, o->height, o->width),
                                  .range = CGM_SHAPE(1, 2 * o->channels, o->height, o->width),
                                  .apply = apply,
                                  .adjoint = adjoint,
                                  .scratch_bytes = 2 * ((size_t)n + longer) * sizeof(double),
                                  .context = f},
                          .measured = f->measured,
                          .context = f,
                          .destroy = destroy};
    return CGM_OK;
}

const dip_operator_class cgm_dip_operator_fourier = {"fourier", create};
