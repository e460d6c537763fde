/* PNG pictures: grids of images with captions. */
#ifndef CGM_IO_PICTURE_H
#define CGM_IO_PICTURE_H

#include "io/colour_map.h"

typedef struct cgm_picture_cell {
    const float *pixels; /* [C, H, W], 0..255, C 1 or 3; NULL: an empty cell */
    const char *caption; /* below the image, may hold '\n'; NULL: none */
    int frame;           /* 0: none, 1: blue (factual), 2: green (truth), 3: red (wrong) */
    const bool *hatched; /* [H, W]: pixels that grey lines cross, or NULL */
} cgm_picture_cell;

typedef struct cgm_picture_grid {
    const char *title; /* may be NULL */
    size_t rows, columns;
    int channels, height, width;   /* of every image */
    int scale;                     /* screen pixels a pixel; 0: chosen so that an image is about 96 wide */
    const char *const *headings;   /* one a column, may hold '\n'; or NULL */
    const cgm_picture_cell *cells; /* [rows, columns] */
    const cgm_colour_bar *bar;     /* to the right of the grid, or NULL */
} cgm_picture_grid;

/* Draws the grid (each image by nearest neighbour, so that its pixels are seen as they are) and writes it atomically.
 */
CGM_API cgm_status cgm_picture_write_grid(const char *path, const cgm_picture_grid *grid) CGM_CHECKED;

/* Pixels of such a picture of three channels, rgb [3, pixels]: an image's, [C, pixels], of which other than three
 * channels the first counts, as a grey; and one that is a number's share of the largest, in the colours of
 * colour_map.h. */
CGM_API void cgm_picture_put_image(int channels, size_t pixels, const double *value, float *rgb);
CGM_API void cgm_picture_put_share(double share, size_t pixels, size_t at, float *rgb);

#endif
