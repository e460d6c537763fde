/* What is measured of an image: a linear operator A, of which restoring knows nothing but A and its adjoint. Internal.
 *
 * An operator is one file, which defines cgm_dip_operator_NAME, and one row of the table. */
#ifndef CGM_DIP_OPERATOR_H
#define CGM_DIP_OPERATOR_H

#include "base/arena.h"
#include "base/rng.h"
#include "graph/ops.h"

/* clang-format off */
#define CGM_DIP_OPERATOR_TABLE(ROW)                                                                                     \
    ROW(identity)                                                                                                      \
    ROW(mask)                                                                                                          \
    ROW(downsample)                                                                                                    \
    ROW(blur)                                                                                                          \
    ROW(radon)                                                                                                         \
    ROW(fourier)
/* clang-format on */

typedef enum dip_filter { DIP_FILTER_LANCZOS, DIP_FILTER_BICUBIC, DIP_FILTER_BOX } dip_filter;
typedef enum dip_blur { DIP_BLUR_GAUSSIAN, DIP_BLUR_BOX } dip_blur;
typedef enum dip_beam { DIP_BEAM_PARALLEL, DIP_BEAM_FAN } dip_beam;

/* What operators are made of; each reads its own. */
typedef struct dip_operator_opts {
    int64_t channels, height, width; /* of the image */
    const double *mask;              /* mask, fourier: [height, width], 1 where something is measured, 0 elsewhere */
    int64_t factor;                  /* downsample: by which both sides shrink */
    int filter;                      /* downsample: a dip_filter */
    int blur;                        /* blur: a dip_blur */
    double blur_width;               /* blur: the Gaussian's deviation, or the box's side, in pixels */
    int beam;                        /* radon: a dip_beam */
    int64_t views, detectors;        /* radon: angles; places of a view, 0: as many as see the whole image */
    const double *angles; /* radon: [views], radians; NULL: evenly spread over half a turn, of a fan a turn */
    double distance;      /* radon, fan: of the source from the middle, in sides of the image */
} dip_operator_opts;

typedef struct dip_operator {
    cgm_linear_map map;     /* from [1, channels, height, width] */
    const double *measured; /* of the map's range: 1 where something is measured, else 0; NULL: everywhere */
    void *context;
    void (*destroy)(void *context); /* of what is not in the arena; NULL: nothing */
} dip_operator;

typedef struct dip_operator_class {
    const char *name;
    /* In the arena. CGM_E_ARG or CGM_E_SHAPE, saying what was expected, for options that do not fit the image. */
    cgm_status (*create)(const dip_operator_opts *opts, cgm_arena *arena, dip_operator *out);
} dip_operator_class;

#define CGM_DIP_OPERATOR_DECLARE(name) extern const dip_operator_class cgm_dip_operator_##name;
CGM_DIP_OPERATOR_TABLE(CGM_DIP_OPERATOR_DECLARE)
#undef CGM_DIP_OPERATOR_DECLARE

void cgm_dip_operator_clear(dip_operator *op);
/* out = A x and out = A' y; `scratch` has map.scratch_bytes. */
void cgm_dip_apply(const dip_operator *op, const double *x, double *out, void *scratch, int threads);
void cgm_dip_adjoint(const dip_operator *op, const double *y, double *out, void *scratch, int threads);
/* The largest singular value, by 30 steps of the power method from a random image: a little below it, so whoever needs
 * a bound leaves room. `scratch` also has room for an image and for what is measured of it, behind the map's. */
double cgm_dip_operator_norm(const dip_operator *op, void *scratch, int threads);
size_t cgm_dip_operator_norm_bytes(const dip_operator *op);

#endif
