/* Convolutions by Winograd's minimal filtering (Winograd 1980; Lavin and Gray 2016): of filters of 3x3 and 4x4 at
 * stride 1, and at stride 2, where rows and columns fall into 2x2 phases of 2x2 filters at stride 1, in the input
 * (forward) or in the result (input gradient: the sub-pixel form of a transposed convolution).
 *
 * An output tile of side^2 pixels sees points^2 of the input, and with d the input, g the filter and * by elements,
 *
 *     y = A^T [sum_c (G g_c G^T) * (B^T d_c B)] A,      dg = G^T [sum_tiles (A dy A^T) * (B^T d B)] G,
 *
 * so for each of the points^2 points there is a product of matrices, channels by channels by tiles. F(4x4, 3x3) takes
 * 36 products for 16 pixels of 9 taps, F(3x3, 4x4) as many for 9 of 16, F(3x3, 2x2) 16 for 9 of 4, F(2x2, 2x2) 9 for 4
 * of 4, F(4x4, 2x2) 25 for 16 of 4, F(5x5, 2x2) 36 for 25 of 4. F(2x2, 3x3), 16 for 4 of 9, is not here: it is no more
 * exact than the direct sum, to which F(4x4, 3x3) comes near.
 *
 * At stride 2 a filter of 3 taps has phases of 2 and of 1, which is one of 2 whose last tap is zero, or its first: then
 * G g is zero at infinity, or at 0, and these products are left out: F(4x4, 2x2) takes (5 + 4)^2 = 81 for 16 of 9.
 *
 * Errors of 128 channels in float, normwise against sums in double: the forms of 6 points 1.1e-6 (filter gradient
 * 0.7e-6), F(4x4, 2x2) 0.95e-6, F(3x3, 2x2) 0.35e-6, F(2x2, 2x2) 0.45e-6; a direct sum in float has 0.4e-6 to 0.8e-6.
 */
#ifndef CGM_KERNELS_CONV2D_WINOGRAD_H
#define CGM_KERNELS_CONV2D_WINOGRAD_H

#include "kernels/conv2d_planes.h"

/* The form by which a map is fastest, or NULL where the direct way is faster; the others take no such shape. */
const cgm_winograd *cgm_conv2d_winograd_form(const cgm_conv_shape *s);
const cgm_winograd *cgm_conv2d_winograd_input_grad_form(const cgm_conv_shape *s);
const cgm_winograd *cgm_conv2d_winograd_filter_grad_form(const cgm_conv_shape *s);
size_t cgm_conv2d_winograd_scratch(const cgm_conv_shape *s, int threads);
void cgm_conv2d_winograd(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *filter, const cgm_real *bias,
                         cgm_real *y, void *scratch, int threads);
size_t cgm_conv2d_winograd_input_grad_scratch(const cgm_conv_shape *s, int threads);
void cgm_conv2d_winograd_input_grad(const cgm_conv_shape *s, const cgm_real *dy, const cgm_real *filter, cgm_real *dx,
                                    void *scratch, int threads);
size_t cgm_conv2d_winograd_filter_grad_scratch(const cgm_conv_shape *s, int threads);
void cgm_conv2d_winograd_filter_grad(const cgm_conv_shape *s, const cgm_real *x, const cgm_real *dy, bool accumulate,
                                     cgm_real *dfilter, void *scratch, int threads);

/* ---- what the three maps share: conv2d_winograd_tiles.c ---- */

/* The tiles of all samples, and how they are cut into units of work: a few samples, or a rectangle of one's tiles. */
typedef struct cgm_tiles {
    const cgm_conv_isa *isa;
    const cgm_winograd *form;
    int64_t n, rows, columns;        /* samples; tiles of each */
    int64_t group;                   /* samples of a unit */
    int64_t unit_rows, unit_columns; /* tiles of a unit and sample */
    int64_t down, across;            /* units of a sample */
    int64_t most;                    /* tiles of a unit */
} cgm_tiles;

typedef struct cgm_tiles_unit {
    int64_t first, count, row, rows, column, columns;
    int64_t tiles;
} cgm_tiles_unit;

/* A tensor [samples, channels, h, w] of which phases f x f are transformed: row i of phase a is row f i + a - top. */
typedef struct cgm_phased {
    int64_t channels, h, w, f, top, left;
    int64_t first, sample; /* where the channels begin in a sample, and the channels that it has */
    int64_t groups;        /* vectors of channels */
    int64_t ld; /* from a tile's points to the next one's: phases x channels, in whole vectors and one more */
} cgm_phased;

/* Of at most so many tiles each unit makes its weights anew, and has at most so many. */
#define CGM_WINOGRAD_FRESH_TILES 256
#define CGM_WINOGRAD_UNIT 48
/* What a map costs, in products of its tiles. */
typedef struct cgm_winograd_costs {
    double direct; /* a product of the direct way */
    double stored; /* one point of a filter */
    double fresh;  /* made anew by each unit of a map that does so with few tiles, else 0 */
} cgm_winograd_costs;
/* The form for a map of s that makes rows x columns outputs of each phase, or NULL where the direct way is faster.
 * `windows`: how often the operand that has no phases is transformed. */
const cgm_winograd *cgm_winograd_choose(const cgm_conv_shape *s, int64_t rows, int64_t columns, int64_t windows,
                                        const cgm_winograd_costs *costs);
/* For tests: this form, one of cgm_conv_isa_get()'s, wherever it can be; NULL: what the cost says. */
void cgm_winograd_override(const cgm_winograd *form);
/* A unit has at most `most` tiles, but for one row of them; where a few more units are as many for each of the threads,
 * there are, and each has as many rows as the others, or one less. */
cgm_tiles cgm_tiles_create(const cgm_conv_isa *isa, const cgm_winograd *form, int64_t n, int64_t rows, int64_t columns,
                           int64_t most, int64_t threads);
int64_t cgm_tiles_units(const cgm_tiles *t);
cgm_tiles_unit cgm_tiles_unit_at(const cgm_tiles *t, int64_t index);
cgm_phased cgm_phased_create(int64_t channels, int64_t h, int64_t w, int64_t f, int64_t top, int64_t left);
/* Some vectors of its channels, from the one numbered `group` on: at most `groups`. */
cgm_phased cgm_phased_block(const cgm_phased *p, int64_t group, int64_t groups);
/* Reals of the points of a unit's tiles, and from a point to the next one; and of the strip that they are made from:
 * `size` pixels a tile. */
int64_t cgm_points_step(const cgm_tiles *t, const cgm_phased *p);
int64_t cgm_points_size(const cgm_tiles *t, const cgm_phased *p);
int64_t cgm_strip_size(const cgm_tiles *t, const cgm_phased *p, int64_t size);
/* out[point][tile][phase][channel] of a unit, of all of x; `size` and `transform` are those of one tile. */
void cgm_points_get(const cgm_tiles *t, const cgm_tiles_unit *u, const cgm_phased *p, int64_t size,
                    cgm_to_points_fn *transform, const cgm_real *x, cgm_real *strip, cgm_real *out);

#endif
