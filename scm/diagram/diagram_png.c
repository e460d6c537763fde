/* The picture: title, graph and legend; as PNG, or as SVG. */
#include <cairo-svg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "scm/diagram/scene.h"

static const double margin = 22, legend_gap = 18, narrowest = 430, most_pixels = 16e6;
static const cgm_text_style title_style = {15, 20, CAIRO_FONT_WEIGHT_BOLD, 0x1a1a1a};

typedef struct page {
    const cgm_diagram *diagram;
    cgm_scene scene;
    double width, height, title, legend, scale;
} page;

static cgm_status measure_page(void *context, cairo_t *cr, double *width, double *height)
{
    page *p = context;
    cgm_scene *s = &p->scene;
    CGM_TRY(cgm_scene_make(p->diagram, cr, s));
    const char *title = s->state.diagram->title;
    double inner = fmax(fmax(s->layout.width, narrowest), cgm_drawing_text_width(cr, &title_style, title));
    p->title = title ? cgm_drawing_text_height(&title_style, title) + 12 : 0;
    p->legend = cgm_legend_draw(s, cr, NULL, 0, 0, inner);
    p->width = ceil(inner + 2 * margin);
    p->height = ceil(2 * margin + p->title + s->layout.height + legend_gap + p->legend);
    p->scale = fmin(1, sqrt(most_pixels / (p->width * p->height)));
    p->scale = fmin(p->scale, CGM_DRAWING_LARGEST_SIDE / fmax(p->width, p->height));
    *width = p->width * p->scale;
    *height = p->height * p->scale;
    return CGM_OK;
}

static void draw_page(void *context, cairo_t *cr, cairo_t *measure)
{
    const page *p = context;
    const cgm_scene *s = &p->scene;
    cairo_scale(cr, p->scale, p->scale);
    cgm_drawing_text(cr, &title_style, s->state.diagram->title, p->width / 2, margin);
    cairo_save(cr);
    cairo_translate(cr, floor((p->width - s->layout.width) / 2), margin + p->title);
    cgm_scene_draw(s, cr);
    cairo_restore(cr);
    cgm_legend_draw(s, measure, cr, margin, p->height - margin - p->legend, p->width - 2 * margin);
}

cgm_status cgm_diagram_write_png(const cgm_diagram *diagram, const char *path)
{
    page p = {.diagram = diagram, .scene = {.port = NULL}};
    cgm_status status = cgm_drawing_make(path, measure_page, draw_page, &p);
    cgm_arena_clear(&p.scene.arena);
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
    page p = {.diagram = diagram, .scene = {.port = NULL}};
    cairo_surface_t *surface = NULL;
    FILE *stream = open_memstream(&text, &bytes);
    if (!stream) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a picture");
    cgm_status status = cgm_drawing_draw(make_svg, stream, measure_page, draw_page, &p, &surface);
    cgm_arena_clear(&p.scene.arena);
    cairo_surface_finish(surface);
    if (status == CGM_OK) status = cgm_drawing_check(cairo_surface_status(surface));
    cairo_surface_destroy(surface);
    if (fclose(stream) != 0 && status == CGM_OK) status = CGM_FAIL(CGM_E_MEMORY, "out of memory for a picture");
    if (status == CGM_OK && !(*out = cgm_arena_strdup(arena, text))) status = CGM_E_MEMORY;
    free(text);
    return status;
}
