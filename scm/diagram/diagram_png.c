/* The picture: title, graph and legend; as PNG, or as SVG. */
#include <cairo-svg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scm/diagram/scene.h"

static const double margin = 22, legend_gap = 18, narrowest = 430, most_pixels = 16e6;
static const cgm_text_style title_style = {15, 20, CAIRO_FONT_WEIGHT_BOLD, 0x1a1a1a};

typedef struct page {
    double width, height, title, legend, scale;
} page;

static void measure_page(const cgm_scene *s, cairo_t *cr, page *p)
{
    const char *title = s->state.diagram->title;
    double inner = fmax(fmax(s->layout.width, narrowest), cgm_drawing_text_width(cr, &title_style, title));
    p->title = title ? cgm_drawing_text_height(&title_style, title) + 12 : 0;
    p->legend = cgm_legend_draw(s, cr, NULL, 0, 0, inner);
    p->width = ceil(inner + 2 * margin);
    p->height = ceil(2 * margin + p->title + s->layout.height + legend_gap + p->legend);
    p->scale = fmin(1, sqrt(most_pixels / (p->width * p->height)));
    p->scale = fmin(p->scale, CGM_DRAWING_LARGEST_SIDE / fmax(p->width, p->height));
}

static void draw_page(const cgm_scene *s, cairo_t *cr, cairo_t *measure, const page *p)
{
    cgm_drawing_ink(cr, 0xffffff);
    cairo_paint(cr);
    cairo_scale(cr, p->scale, p->scale);
    cgm_drawing_text(cr, &title_style, s->state.diagram->title, p->width / 2, margin);
    cairo_save(cr);
    cairo_translate(cr, floor((p->width - s->layout.width) / 2), margin + p->title);
    cgm_scene_draw(s, cr);
    cairo_restore(cr);
    cgm_legend_draw(s, measure, cr, margin, p->height - margin - p->legend, p->width - 2 * margin);
}

/* A surface of a size, for the caller to destroy. */
typedef cairo_surface_t *make_surface(void *context, double width, double height);

/* The diagram on a surface of its size; *out is the caller's, on an error too. */
static cgm_status draw(const cgm_diagram *diagram, make_surface *make, void *context, cairo_surface_t **out)
{
    cgm_status status = CGM_OK;
    cgm_scene scene = {.port = NULL};
    page p;
    /* A first surface of one pixel, to measure texts with. */
    cairo_surface_t *ruler = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1, 1);
    cairo_t *measure = cairo_create(ruler), *cr = NULL;
    CGM_TRY_GOTO(cgm_scene_make(diagram, measure, &scene), done);
    measure_page(&scene, measure, &p);
    CGM_TRY_GOTO(cgm_drawing_check(cairo_status(measure)), done);
    *out = make(context, fmax(1, floor(p.width * p.scale)), fmax(1, floor(p.height * p.scale)));
    CGM_TRY_GOTO(cgm_drawing_check(cairo_surface_status(*out)), done);
    cr = cairo_create(*out);
    draw_page(&scene, cr, measure, &p);
    status = cgm_drawing_check(cairo_status(cr));
done:
    cairo_destroy(cr);
    cairo_destroy(measure);
    cairo_surface_destroy(ruler);
    cgm_arena_clear(&scene.arena);
    return status;
}

static cairo_surface_t *make_pixels(void *context, double width, double height)
{
    (void)context;
    return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
}

cgm_status cgm_diagram_write_png(const cgm_diagram *diagram, const char *path)
{
    cairo_surface_t *surface = NULL;
    cgm_status status = draw(diagram, make_pixels, NULL, &surface);
    if (status == CGM_OK) status = cgm_drawing_write_png(path, surface);
    if (status != CGM_OK && !strstr(cgm_error_message(), path)) (void)cgm_fail_context(status, "%s", path);
    cairo_surface_destroy(surface);
    return status;
}

static cairo_status_t write_stream(void *stream, const unsigned char *data, unsigned n)
{
    return fwrite(data, 1, n, stream) == n ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_NO_MEMORY;
}

static cairo_surface_t *make_svg(void *stream, double width, double height)
{
    return cairo_svg_surface_create_for_stream(write_stream, stream, width, height);
}

cgm_status cgm_diagram_write_svg(const cgm_diagram *diagram, cgm_arena *arena, const char **out)
{
    char *text = NULL;
    size_t bytes;
    cairo_surface_t *surface = NULL;
    FILE *stream = open_memstream(&text, &bytes);
    if (!stream) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a picture");
    cgm_status status = draw(diagram, make_svg, stream, &surface);
    cairo_surface_finish(surface);
    if (status == CGM_OK) status = cgm_drawing_check(cairo_surface_status(surface));
    cairo_surface_destroy(surface);
    if (fclose(stream) != 0 && status == CGM_OK) status = CGM_FAIL(CGM_E_MEMORY, "out of memory for a picture");
    if (status == CGM_OK && !(*out = cgm_arena_strdup(arena, text))) status = CGM_E_MEMORY;
    free(text);
    return status;
}
