/* The picture: title, graph and legend. */
#include <math.h>
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

cgm_status cgm_diagram_write_png(const cgm_diagram *diagram, const char *path)
{
    cgm_status status = CGM_OK;
    cgm_scene scene = {.port = NULL};
    page p;
    /* A first surface of one pixel, to measure texts with. */
    cairo_surface_t *ruler = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1, 1), *surface = NULL;
    cairo_t *measure = cairo_create(ruler), *cr = NULL;
    CGM_TRY_GOTO(cgm_scene_make(diagram, measure, &scene), done);
    measure_page(&scene, measure, &p);
    CGM_TRY_GOTO(cgm_drawing_check(cairo_status(measure)), done);
    surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)fmax(1, p.width * p.scale),
                                         (int)fmax(1, p.height * p.scale));
    CGM_TRY_GOTO(cgm_drawing_check(cairo_surface_status(surface)), done);
    cr = cairo_create(surface);
    draw_page(&scene, cr, measure, &p);
    CGM_TRY_GOTO(cgm_drawing_check(cairo_status(cr)), done);
    status = cgm_drawing_write_png(path, surface);
done:
    if (status != CGM_OK && !strstr(cgm_error_message(), path)) (void)cgm_fail_context(status, "%s", path);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    cairo_destroy(measure);
    cairo_surface_destroy(ruler);
    cgm_arena_clear(&scene.arena);
    return status;
}
