/* Some of the pixels, for inpainting: the others are 0 in what is measured. */
#include "dip/operators/operator.h"

typedef struct mask {
    int64_t n;
    double *keep; /* [n] */
} mask;

/* Is its own adjoint. */
static void apply(const void *context, const double *in, double *out, void *scratch, int threads)
{
    const mask *m = context;
    (void)scratch, (void)threads;
    for (int64_t i = 0; i < m->n; i++) out[i] = m->keep[i] * in[i];
}

static cgm_status create(const dip_operator_opts *o, cgm_arena *arena, dip_operator *out)
{
    int64_t plane = o->height * o->width, seen = 0;
    mask *m = cgm_arena_alloc(arena, sizeof *m);
    if (!m) return CGM_E_MEMORY;
    m->n = o->channels * plane;
    m->keep = cgm_arena_array(arena, (size_t)m->n, sizeof *m->keep);
    if (!m->keep) return CGM_E_MEMORY;
    for (int64_t i = 0; i < m->n; i++) m->keep[i] = o->mask[i % plane] != 0;
    for (int64_t i = 0; i < plane; i++) seen += o->mask[i] != 0;
    if (!seen) return CGM_FAIL(CGM_E_ARG, "the mask is 0 everywhere; expected pixels that are known");
    cgm_shape shape = CGM_SHAPE(1, o->channels, o->height, o->width);
    *out = (dip_operator){.map = {shape, shape, apply, apply, 0, m}, .measured = m->keep};
    return CGM_OK;
}

const dip_operator_class cgm_dip_operator_mask = {"mask", create};
