/* What was measured, what other methods make of it, the result and the truth, side by side. */
#include <math.h>
#include <stdio.h>

#include "dip/restore_priv.h"
#include "io/picture.h"

/* A strip's images are as they are, but small ones enlarged. */
#define WANTED 128

static const float *pixels_of(cgm_arena *arena, const dip_image *image)
{
    int64_t n = dip_image_size(image);
    float *out = cgm_arena_array(arena, (size_t)n, sizeof *out);
    for (int64_t i = 0; out && i < n; i++) out[i] = (float)(255 * fmin(fmax(image->pixels[i], 0), 1));
    return out;
}

static const char *caption_of(cgm_arena *arena, const dip_result *r)
{
    if (isnan(r->psnr)) return r->name;
    if (isnan(r->ssim)) return cgm_arena_printf(arena, "%s\n%.2f dB", r->name, r->psnr);
    return cgm_arena_printf(arena, "%s\n%.2f dB, SSIM %.3f", r->name, r->psnr, r->ssim);
}

static cgm_status draw(const dip_restoring *r, cgm_arena *arena)
{
    cgm_picture_cell cells[DIP_BASELINES + 2 + DIP_METHODS] = {{0}};
    size_t n = 0;
    const dip_image *first = &r->result[0].image;
    for (; n < r->n; n++)
        cells[n] = (cgm_picture_cell){.pixels = pixels_of(arena, &r->result[n].image),
                                      .caption = caption_of(arena, &r->result[n])};
    if (r->m.truth.pixels)
        cells[n++] = (cgm_picture_cell){.pixels = pixels_of(arena, &r->m.truth), .caption = "truth", .frame = 2};
    for (size_t i = 0; i < n; i++)
        if (!cells[i].pixels || !cells[i].caption) return CGM_E_MEMORY;
    int larger = (int)(first->height > first->width ? first->height : first->width);
    return cgm_picture_write_grid(r->opts->strip, &(cgm_picture_grid){.rows = 1,
                                                                      .columns = n,
                                                                      .channels = (int)first->channels,
                                                                      .height = (int)first->height,
                                                                      .width = (int)first->width,
                                                                      .scale = larger < WANTED ? WANTED / larger : 1,
                                                                      .cells = cells});
}

cgm_status cgm_dip_strip_write(const dip_restoring *r)
{
    cgm_arena arena = {0};
    cgm_status status = draw(r, &arena);
    cgm_arena_clear(&arena);
    return status;
}
