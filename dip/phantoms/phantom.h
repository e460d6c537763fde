/* Pictures made by formulas, so that restoring needs no files: a file a phantom, and a row of the table. Internal. */
#ifndef CGM_DIP_PHANTOM_H
#define CGM_DIP_PHANTOM_H

#include "dip/image.h"

/* clang-format off */
#define CGM_DIP_PHANTOM_TABLE(ROW)                                                                                      \
    ROW(shepp_logan)                                                                                                   \
    ROW(brain)                                                                                                         \
    ROW(thorax)                                                                                                        \
    ROW(texture)                                                                                                       \
    ROW(text)
/* clang-format on */

typedef struct dip_phantom {
    const char *name, *doc;
    double (*at)(double x, double y); /* grey level, 0..1, of a point of the unit square, y down */
} dip_phantom;

#define CGM_DIP_PHANTOM_DECLARE(name) extern const dip_phantom cgm_dip_phantom_##name;
CGM_DIP_PHANTOM_TABLE(CGM_DIP_PHANTOM_DECLARE)
#undef CGM_DIP_PHANTOM_DECLARE

/* A grey image of so many pixels a side, each the mean of 4 x 4 points; CGM_E_ARG, with the nearest name, for another
 * name. */
cgm_status cgm_dip_phantom_draw(const char *name, int64_t side, cgm_arena *arena, dip_image *out) CGM_CHECKED;

#endif
