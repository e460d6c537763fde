/* Text, files and errors of Cairo. */
#include "io/drawing.h"

#include <math.h>
#include <string.h>

#include "io/file.h"

void cgm_drawing_ink(cairo_t *cr, unsigned rgb)
{
    cairo_set_source_rgb(cr, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0);
}

static void set_style(cairo_t *cr, const cgm_text_style *style)
{
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, style->weight);
    cairo_set_font_size(cr, style->size);
    cgm_drawing_ink(cr, style->ink);
}

/* Takes the next line off *text into line, cut where it is absurdly long; false at the end. */
static bool next_line(const char **text, char line[256])
{
    if (!*text) return false;
    const char *end = strchr(*text, '\n');
    size_t n = end ? (size_t)(end - *text) : strlen(*text), kept = n < 255 ? n : 255;
    while (kept < n && kept > 0 && ((unsigned char)(*text)[kept] & 0xC0) == 0x80) kept--;
    memcpy(line, *text, kept);
    line[kept] = '\0';
    *text = end ? end + 1 : NULL;
    return true;
}

double cgm_drawing_text_width(cairo_t *cr, const cgm_text_style *style, const char *text)
{
    char line[256];
    double widest = 0;
    set_style(cr, style);
    while (next_line(&text, line)) {
        cairo_text_extents_t extents;
        cairo_text_extents(cr, line, &extents);
        widest = fmax(widest, ceil(extents.x_advance));
    }
    return widest;
}

double cgm_drawing_text_height(const cgm_text_style *style, const char *text)
{
    char line[256];
    double height = 0;
    while (next_line(&text, line)) height += style->line;
    return height;
}

void cgm_drawing_text(cairo_t *cr, const cgm_text_style *style, const char *text, double x, double y)
{
    char line[256];
    set_style(cr, style);
    for (; next_line(&text, line); y += style->line) {
        cairo_text_extents_t extents;
        cairo_text_extents(cr, line, &extents);
        cairo_move_to(cr, floor(x - extents.x_advance / 2), y + style->size);
        cairo_show_text(cr, line);
    }
}

double cgm_drawing_step(double length, int most)
{
    static const double round_numbers[] = {1, 2, 5};
    double least = length / most, power = pow(10, floor(log10(least)));
    for (int k = 0; k < 3; k++)
        if (round_numbers[k] * power >= least * (1 - 1e-12)) return round_numbers[k] * power;
    return 10 * power;
}

static cairo_status_t write_stream(void *stream, const unsigned char *data, unsigned n)
{
    return fwrite(data, 1, n, stream) == n ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

cgm_status cgm_drawing_write_png(const char *path, cairo_surface_t *surface)
{
    cgm_atomic *atomic = NULL;
    FILE *stream = NULL;
    CGM_TRY(cgm_atomic_open(path, &atomic, &stream));
    cairo_status_t result = cairo_surface_write_to_png_stream(surface, write_stream, stream);
    cgm_status status = cgm_atomic_close(atomic, result == CAIRO_STATUS_SUCCESS);
    if (result == CAIRO_STATUS_SUCCESS) return status;
    return CGM_FAIL(CGM_E_IO, "cannot write %s: %s", path, cairo_status_to_string(result));
}

cgm_status cgm_drawing_check(cairo_status_t status)
{
    if (status == CAIRO_STATUS_SUCCESS) return CGM_OK;
    if (status == CAIRO_STATUS_NO_MEMORY) return CGM_FAIL(CGM_E_MEMORY, "out of memory");
    if (status == CAIRO_STATUS_INVALID_STRING) return CGM_FAIL(CGM_E_ARG, "a caption is not UTF-8 text");
    return CGM_FAIL(CGM_E_IO, "cannot draw: %s", cairo_status_to_string(status));
}

cgm_status cgm_drawing_draw(cgm_drawing_surface_fn *make, void *where, cgm_drawing_measure_fn *measure,
                            cgm_drawing_draw_fn *draw, void *context, cairo_surface_t **out)
{
    cgm_status status = CGM_OK;
    double width = 0, height = 0;
    /* A first surface of one pixel, to measure texts with. */
    cairo_surface_t *small = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1, 1);
    cairo_t *ruler = cairo_create(small), *cr = NULL;
    CGM_TRY_GOTO(measure(context, ruler, &width, &height), done);
    CGM_TRY_GOTO(cgm_drawing_check(cairo_status(ruler)), done);
    *out = make(where, fmax(1, floor(width)), fmax(1, floor(height)));
    CGM_TRY_GOTO(cgm_drawing_check(cairo_surface_status(*out)), done);
    cr = cairo_create(*out);
    cgm_drawing_ink(cr, 0xffffff);
    cairo_paint(cr);
    draw(context, cr, ruler);
    status = cgm_drawing_check(cairo_status(cr));
done:
    cairo_destroy(cr);
    cairo_destroy(ruler);
    cairo_surface_destroy(small);
    return status;
}

static cairo_surface_t *make_pixels(void *where, double width, double height)
{
    (void)where;
    return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
}

cgm_status cgm_drawing_make(const char *path, cgm_drawing_measure_fn *measure, cgm_drawing_draw_fn *draw, void *context)
{
    cairo_surface_t *surface = NULL;
    cgm_status status = cgm_drawing_draw(make_pixels, NULL, measure, draw, context, &surface);
    if (status == CGM_OK) status = cgm_drawing_write_png(path, surface);
    if (status != CGM_OK && !strstr(cgm_error_message(), path)) (void)cgm_fail_context(status, "%s", path);
    cairo_surface_destroy(surface);
    return status;
}
