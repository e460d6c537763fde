#include <string.h>

#include "config/config.h"
#include "dip/phantoms/phantom.h"
#include "dip/restore.h"

#define POINTS 4 /* a pixel's, in each direction */

/* clang-format off */
#define ROW(name) &cgm_dip_phantom_##name,
static const dip_phantom *const phantoms[] = {CGM_DIP_PHANTOM_TABLE(ROW)};
#undef ROW
#define NAME(name) #name,
static const char *const names[] = {CGM_DIP_PHANTOM_TABLE(NAME)};
#undef NAME
#define LISTED(name) ", " #name
#define LIST (CGM_DIP_PHANTOM_TABLE(LISTED) + sizeof ", " - 1)
#define N (sizeof phantoms / sizeof *phantoms)
/* clang-format on */

bool cgm_restore_phantom_at(size_t i, const char **name, const char **doc)
{
    if (i >= N) return false;
    *name = phantoms[i]->name, *doc = phantoms[i]->doc;
    return true;
}

static double mean_of_pixel(const dip_phantom *p, int64_t side, int64_t x, int64_t y)
{
    double sum = 0, step = 1 / (double)(side * POINTS);
    for (int64_t i = 0; i < POINTS; i++)
        for (int64_t j = 0; j < POINTS; j++)
            sum += p->at(((double)(x * POINTS + j) + .5) * step, ((double)(y * POINTS + i) + .5) * step);
    return sum / (POINTS * POINTS);
}

cgm_status cgm_dip_phantom_draw(const char *name, int64_t side, cgm_arena *arena, dip_image *out)
{
    char hint[CGM_HINT_TEXT];
    for (size_t i = 0; i < N; i++) {
        if (strcmp(phantoms[i]->name, name) != 0) continue;
        CGM_TRY(cgm_dip_image_create(arena, 1, side, side, out));
        for (int64_t y = 0; y < side; y++)
            for (int64_t x = 0; x < side; x++) out->pixels[y * side + x] = mean_of_pixel(phantoms[i], side, x, y);
        return CGM_OK;
    }
    return CGM_FAIL(CGM_E_ARG, "phantom:%s: expected one of %s%s", name, LIST, cgm_hint(name, N, names, hint));
}
