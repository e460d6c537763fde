/* How the fast convolutions lay samples out in scratch, and the instruction-set dependent code that works on that.
 *
 * Every convolution here is a sum over taps q (an input channel and a position in the filter) or over output pixels p:
 *
 *     y[m, p]       = sum_q filter[m, q] * planes[tap[q] + place[p]]
 *     dfilter[m, q] = sum_p dy[m, p]     * planes[tap[q] + place[p]]
 *
 * The planes are copies of the input, zero-padded, so that every position is the sum of an offset of the tap and one of
 * the pixel: no matrix of patches is written. Vectors run along the output channels m where there are enough of them,
 * and along the pixels where there are not. The layouts:
 *
 *   padded:  one plane a channel. For vectors of channels, which take the pixels one by one.
 *   shifted: one copy a filter column, already shifted (and decimated when the stride is not 1), with rows of exactly
 * ow pixels, so that place[p] = p. Several samples can lie side by side, row by row, which fills the vectors when
 *            images are small.
 *   phased:  one copy a column phase (stride many), with rows wide enough for all shifts. Less to copy; the places jump
 * at the end of a row, so ow must be a multiple of the vector.
 *
 * In the last two, rows are split by row phase, so that the filter's next row but stride is the next row of a phase.
 * Where an input needs no padding, the planes may be the input itself: `borrowed`. */
#ifndef CGM_KERNELS_CONV2D_PLANES_H
#define CGM_KERNELS_CONV2D_PLANES_H

#include "kernels/kernels.h"

typedef enum cgm_planes_kind { CGM_PLANES_PADDED, CGM_PLANES_SHIFTED, CGM_PLANES_PHASED } cgm_planes_kind;

typedef struct cgm_planes {
    cgm_planes_kind kind;
    bool borrowed;
    int64_t channels, h, w;                        /* of a sample */
    int64_t filter_h, filter_w, stride, top, left; /* top, left: zero rows and columns before the image; < 0 crops */
    int64_t dilation;                              /* filter_h and filter_w are what the dilated filter spans */
    int64_t oh, ow;                                /* output pixels of a whole sample */
    int64_t group;                                 /* samples of one filling */
    int64_t strip;                                 /* output rows of one filling */
    int64_t filled;                                /* channels of one filling, all unless the caller says otherwise */
    int64_t pitch;                                 /* a sample's pixels in a row of a plane */
    int64_t phase_rows;                            /* rows of a row phase */
    int64_t variants;                              /* planes a channel */
    int64_t plane;                                 /* elements of one (padded: of one sample's) */
    int64_t padded_h, padded_w;                    /* of the padded copy that the planes are, or are cut from */
    int64_t row_step, sample_step;                 /* pixel (g, i, j) has number g sample_step + i row_step + j */
} cgm_planes;

/* What one filling may take: half of a small second-level cache's share of today's processors. */
#define CGM_PLANES_BYTES (768 << 10)
/* What may be read or overwritten past the end of a buffer of elements: a vector or two. */
#define CGM_PLANES_SLACK 64

/* One unit of work: samples [first, first + count) and output rows [row, row + rows). */
typedef struct cgm_planes_unit {
    int64_t first, count, row, rows;
} cgm_planes_unit;

/* The layout for a shape, for vectors along the pixels of `vector` elements, or along the channels (`vector` 1): then
 * with samples side by side until there are `least` pixels. A sample is cut into a few units of work, if each then has
 * `unit_products` of the convolution. `rows`: a row of a filling must be one of the image; else where pixels are all
 * that matters they are cut into rows of a vector. A filling takes at most `most_bytes`, if it can. Depends on its
 * arguments alone. */
cgm_planes cgm_planes_create(const cgm_conv_shape *s, int64_t vector, int64_t least, int64_t unit_products,
                             int64_t most_bytes, bool rows);
int64_t cgm_planes_units(const cgm_planes *p, int64_t n);
cgm_planes_unit cgm_planes_unit_at(const cgm_planes *p, int64_t n, int64_t index);
/* Elements of the planes, and of the padded copy that they are cut from, slack included; 0 when there is none. */
int64_t cgm_planes_size(const cgm_planes *p);
int64_t cgm_planes_padded_size(const cgm_planes *p);
/* The planes of a unit: x's own, or those in scratch, which this fills with channels [c0, c1). */
const cgm_real *cgm_planes_get(const cgm_planes *p, const cgm_planes_unit *unit, int64_t c0, int64_t c1,
                               const cgm_real *x, cgm_real *padded, cgm_real *planes);
/* Where the planes of channel c hold what tap (r, s) sees at output pixel 0. */
int64_t cgm_planes_tap(const cgm_planes *p, int64_t c, int64_t r, int64_t s);
/* From a channel to the next. */
int64_t cgm_planes_channel_step(const cgm_planes *p);
/* Vectors of output pixels in one filling, and where each begins: place[0..vectors). */
int64_t cgm_planes_vectors(const cgm_planes *p, int64_t vector);
void cgm_planes_places(const cgm_planes *p, int64_t vector, int64_t *place);

/* Threads worth waking for so many products: few microseconds' work is sooner done by one. */
static inline int cgm_conv_threads(int threads, int64_t products)
{
    return products < (1 << 17) ? 1 : threads;
}

/* The code that differs between instruction sets. */
#define CGM_TURN 16 /* rows for cgm_conv_isa.turn */
#define CGM_TILE 24 /* vectors of accumulators, at most */

/* What the tiles of a panel of outputs have in common. */
typedef struct cgm_panel {
    const cgm_real *planes;
    const int64_t *tap; /* where the planes have what each tap sees at pixel 0 */
    /* Output m's weight of tap q is weights[q step + m], which is faster, or weights[m step + lies[q]] if that is
     * given. */
    const cgm_real *weights;
    int64_t step;
    const int64_t *lies;
    const cgm_real *start; /* what an output's sums begin with */
    /* With every fourth tap of the faster kind a line is asked for, `soon` after that which soon_tap[0] and so on see:
     * one at a time, for a burst would hold up the loads. */
    int64_t soon;
    const int64_t *soon_tap;
} cgm_panel;

/* tile[m, v] = start[m] + sum_q weight[m, q] planes[tap[q] + place[v] ...] for taps [from, to): `rows` x `vectors` of
 * the machine's vectors, rows `ld` apart. */
typedef void cgm_outer_fn(const cgm_panel *panel, int64_t from, int64_t to, const int64_t *place, cgm_real *tile,
                          int64_t ld);
/* tile[m, l] = start + sum_j x[place[m] + at[j]] b[j, l]: rows x columns vectors; b's rows are b_ld apart. start is
 * tile[m, l], or start[l] if given. */
typedef void cgm_broadcast_fn(int64_t n, const cgm_real *x, const int64_t *place, const int64_t *at, const cgm_real *b,
                              int64_t b_ld, const cgm_real *start, cgm_real *tile, int64_t ld);
/* sums[m, u] = sum over units and vectors v of dy[m, v] . planes[tap[u] + place[v]]; dy's rows are ld apart, units
 * dy_step and planes_step apart. sums is dense [rows, taps], and has room for CGM_TILE elements and a vector. */
typedef void cgm_dot_fn(int64_t units, int64_t vectors, const cgm_real *dy, int64_t ld, int64_t dy_step,
                        const cgm_real *planes, int64_t planes_step, const int64_t *tap, const int64_t *place,
                        cgm_real *sums);

/* Winograd's transforms in two dimensions for filters of `taps`, outputs of `side` and `points` a dimension, on vectors
 * of channels; see conv2d_winograd.h. To points: x at row and column steps, the points of a vector `step` apart. */
typedef void cgm_to_points_fn(const cgm_real *x, int64_t row, int64_t column, cgm_real *out, int64_t step);
/* Of n filters, x_step apart, tap i of which is the vector at x + tap[i], or zero where that is negative; the points of
 * each are out_step further. */
typedef void cgm_filters_to_points_fn(int64_t n, const cgm_real *x, int64_t x_step, const int64_t *tap, cgm_real *out,
                                      int64_t out_step, int64_t step);
/* From points; adds the vector `start` to each of out. */
typedef void cgm_from_points_fn(const cgm_real *x, int64_t step, const cgm_real *start, cgm_real *out, int64_t row,
                                int64_t column);
typedef struct cgm_winograd {
    int points, taps, side; /* points = side + taps - 1 */
    cgm_to_points_fn *data, *output_grad;
    cgm_filters_to_points_fn *filters;
    cgm_from_points_fn *output, *filter_grad;
} cgm_winograd;

#define CGM_WINOGRAD_FORMS 6

/* The same along columns alone, on vectors of pixels of a row; see conv2d_rows.h. */
#define CGM_ROW_POINTS 6
#define CGM_ROW_FORMS 2
/* The points of n >= a vector columns of the rows that a tile sees, or (a form's) of its own, each `step` further. */
typedef void cgm_row_data_fn(int64_t n, const cgm_real *const *row, cgm_real *out, int64_t step);
/* out[point] of the filter's x[tap], both of whole vectors. */
typedef void cgm_row_filter_fn(const cgm_real *x, cgm_real *out);
/* The filter's gradient, n values of each tap in whole vectors, from their sums at the points. */
typedef void cgm_row_filter_grad_fn(int64_t n, const cgm_real *x, int64_t step, cgm_real *out, int64_t out_step);
/* One vector of each of the first `rows` rows of a tile and of the first `channels` of cgm_conv_isa.row_channels
 * outputs: start[channel] and the sums over taps q of weights[q][point][channel] data[place[q] + point step ...],
 * collected; `row` and `channel` are steps of out. */
typedef void cgm_row_tile_fn(int64_t taps, const int64_t *place, const cgm_real *data, int64_t step,
                             const cgm_real *weights, const cgm_real *start, cgm_real *out, int64_t row,
                             int64_t channel, int64_t rows, int64_t channels);
/* The pixels of an output from its sums at the points, `step` apart: n vectors of side rows, each at out + place[v] and
 * `row` apart; rows from out + end on are left out. */
typedef void cgm_row_pixels_fn(int64_t n, const cgm_real *x, int64_t step, cgm_real start, cgm_real *out,
                               const int64_t *place, int64_t row, int64_t end);
typedef struct cgm_row_form {
    int taps, side; /* CGM_ROW_POINTS = side + taps - 1 */
    cgm_row_filter_fn *filter;
    cgm_row_tile_fn *tile;
    cgm_row_pixels_fn *pixels;
    cgm_row_data_fn *output_grad;
    cgm_row_filter_grad_fn *filter_grad;
} cgm_row_form;

typedef struct cgm_conv_isa {
    int vector;                               /* elements of a vector */
    int rows;                                 /* the most rows of a tile: 8 or 4 */
    cgm_outer_fn *outer[9][CGM_TILE / 2 + 1]; /* [rows][vectors], NULL where there is none */
    cgm_broadcast_fn *broadcast[9][5];        /* [rows][vectors], up to 3, and 4 where there is broadcast[6][4] */
    cgm_dot_fn *dot[9][CGM_TILE / 2 + 1];     /* [rows][taps] */
    /* See cgm_planes_get. */
    void (*fill)(const cgm_planes *p, const cgm_planes_unit *unit, int64_t c0, int64_t c1, const cgm_real *x,
                 cgm_real *padded, cgm_real *planes);
    /* out[j, i] = x[i, j] for i < rows and j < columns; fastest with CGM_TURN rows, of which each is read, and each of
     * the result written, a line of the cache at a time. */
    void (*turn)(int64_t rows, int64_t columns, const cgm_real *x, int64_t x_ld, cgm_real *out, int64_t out_ld);
    /* In each row out[2 i] = a[i] and out[2 i + 1] = b[i], for n elements of out; reads a and b four elements further.
     */
    void (*weave)(int64_t rows, int64_t n, const cgm_real *a, const cgm_real *b, int64_t pitch, cgm_real *out,
                  int64_t out_pitch);
    /* F(3x3, 2x2), F(2x2, 2x2), F(4x4, 2x2), F(5x5, 2x2), F(4x4, 3x3), F(3x3, 4x4) */
    const cgm_winograd *winograd[CGM_WINOGRAD_FORMS];
    int row_channels; /* outputs of a tile of rows */
    cgm_row_data_fn *row_data;
    const cgm_row_form *row_form[CGM_ROW_FORMS]; /* F(4, 3), F(3, 4) */
} cgm_conv_isa;

/* The best for this machine, unless a test asks for another. */
const cgm_conv_isa *cgm_conv_isa_get(void);
/* For tests: all that this machine can run, best first (returns how many); and the choice of one, NULL for the best. */
#define CGM_CONV_ISAS 3
int cgm_conv_isa_list(const cgm_conv_isa *list[CGM_CONV_ISAS]);
void cgm_conv_isa_override(const cgm_conv_isa *isa);

/* Rows of the next tile when `left` remain: a power of two; with `surplus`, one row may be computed for nothing. */
static inline int64_t cgm_tile_rows(const cgm_conv_isa *isa, int64_t left, bool surplus)
{
    int64_t rows = isa->rows;
    while (rows > left + (surplus && left > 1)) rows /= 2;
    return rows;
}

/* The widest tile of `rows` rows that the machine has, leaving no single column behind if there is a choice. */
static inline int64_t cgm_tile_columns(const cgm_conv_isa *isa, int64_t rows, int64_t left)
{
    int64_t columns = left < CGM_TILE / 2 ? left : CGM_TILE / 2;
    while (!isa->outer[rows][columns] || (left - columns == 1 && columns > 2)) columns--;
    return columns;
}

/* The length of equal parts of n, none longer than CGM_BLOCK: so many rows of a panel stay in the first-level cache
 * while tile after tile reads them. */
#define CGM_BLOCK 160
static inline int64_t cgm_block(int64_t n)
{
    int64_t blocks = (n + CGM_BLOCK - 1) / CGM_BLOCK;
    return blocks ? (n + blocks - 1) / blocks : 1;
}

/* Vectors of the next panel of output channels, for the tallest tile. */
static inline int64_t cgm_panel_columns(const cgm_conv_isa *isa, int64_t channels)
{
    return cgm_tile_columns(isa, isa->rows, (channels + isa->vector - 1) / isa->vector);
}

/* For filter gradients, the vectors of the next panel of `left`: four where threes would leave one or two, if the
 * machine has such tiles. Elsewhere panels of four gain nothing, or lose, as a panel's weights do not stay in the
 * caches then. */
static inline int64_t cgm_wide_columns(const cgm_conv_isa *isa, int64_t left)
{
    bool wide = isa->broadcast[6][4] && (left == 4 || (left > 6 && left % 3));
    return wide ? 4 : cgm_panel_columns(isa, left * isa->vector);
}

/* The rows of the next tile of a panel when `left` remain. */
static inline int64_t cgm_wide_rows(const cgm_conv_isa *isa, int64_t columns, int64_t left)
{
    if (columns < 4 || left < 6) return cgm_tile_rows(isa, left, false);
    return left == 8 ? 4 : 6;
}

#endif
