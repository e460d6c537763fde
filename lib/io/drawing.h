/* What pictures share: the frame, text, colours, and the errors of Cairo. Internal: Cairo's types are in no public
 * header. */
#ifndef CGM_IO_DRAWING_H
#define CGM_IO_DRAWING_H

#include <cairo.h>

#include "base/status.h"

#define CGM_DRAWING_LARGEST_SIDE 32767 /* that Cairo can draw */

typedef struct cgm_text_style {
    double size, line; /* of the letters and from line to line, in pixels */
    cairo_font_weight_t weight;
    unsigned ink; /* 0xRRGGBB */
} cgm_text_style;

/* Draws in this colour from now on, 0xRRGGBB. */
void cgm_drawing_ink(cairo_t *cr, unsigned rgb);
/* Of a text of one or more lines; NULL takes no room. */
double cgm_drawing_text_width(cairo_t *cr, const cgm_text_style *style, const char *text);
double cgm_drawing_text_height(const cgm_text_style *style, const char *text);
/* Each line centred on x; y is the top of the first. */
void cgm_drawing_text(cairo_t *cr, const cgm_text_style *style, const char *text, double x, double y);

/* The distance of ticks: the least of 1, 2, 5, 10, 20, ... times a power of ten of which at most `most` make up the
 * length. */
double cgm_drawing_step(double length, int most);

/* A picture on white. First it says how large it is, in pixels, which may hang on texts that are measured with the
 * ruler; then it draws. */
typedef cgm_status cgm_drawing_measure_fn(void *context, cairo_t *ruler, double *width, double *height);
typedef void cgm_drawing_draw_fn(void *context, cairo_t *cr, cairo_t *ruler);
/* The surface of a size that it is drawn on. */
typedef cairo_surface_t *cgm_drawing_surface_fn(void *where, double width, double height);
/* *out is the caller's, on an error too. */
cgm_status cgm_drawing_draw(cgm_drawing_surface_fn *make, void *where, cgm_drawing_measure_fn *measure,
                            cgm_drawing_draw_fn *draw, void *context, cairo_surface_t **out) CGM_CHECKED;
/* As PNG. Errors name the path; what is there stays until the new picture is whole. */
cgm_status cgm_drawing_make(const char *path, cgm_drawing_measure_fn *measure, cgm_drawing_draw_fn *draw,
                            void *context) CGM_CHECKED;

/* Cairo's verdict as a status. */
cgm_status cgm_drawing_check(cairo_status_t status) CGM_CHECKED;
/* Writes the surface atomically. */
cgm_status cgm_drawing_write_png(const char *path, cairo_surface_t *surface) CGM_CHECKED;

#endif
