#include "gan/image_buffer.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"

cgm_status cgm_gan_image_buffer_create(size_t size, size_t width, gan_image_buffer *out)
{
    cgm_real *image = cgm_alloc_aligned((size * width + 1) * sizeof *image);
    if (!image) return CGM_E_MEMORY;
    *out = (gan_image_buffer){.size = size, .width = width, .image = image};
    return CGM_OK;
}

void cgm_gan_image_buffer_clear(gan_image_buffer *b)
{
    cgm_free_aligned(b->image);
    *b = (gan_image_buffer){0};
}

static bool is_finite(size_t n, const cgm_real *x)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i])) return false;
    return true;
}

static void swap(size_t n, cgm_real *a, cgm_real *b)
{
    for (size_t i = 0; i < n; i++) {
        cgm_real kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

void cgm_gan_image_buffer_exchange(gan_image_buffer *b, cgm_rng *rng, size_t n, cgm_real *images)
{
    for (size_t i = 0; i < n && b->size; i++) {
        cgm_real *new = images + i * b->width;
        if (!is_finite(b->width, new)) continue;
        if (b->held < b->size)
            memcpy(b->image + b->held++ * b->width, new, b->width * sizeof *new);
        else if (cgm_rng_uniform(rng) < 0.5)
            swap(b->width, b->image + cgm_rng_below(rng, b->size) * b->width, new);
    }
}

cgm_status cgm_gan_image_buffer_state(gan_image_buffer *b, cgm_state *state, const char *group)
{
    cgm_dtype type = sizeof(cgm_real) == 4 ? CGM_F32 : CGM_F64;
    if (!b->size) return CGM_OK;
    CGM_TRY(cgm_state_add(state, CGM_U64, CGM_SCALAR, &b->held, "%s/held", group));
    return cgm_state_add(state, type, CGM_SHAPE((int64_t)b->size, (int64_t)b->width), b->image, "%s/images", group);
}
