/* Grids of images with captions, drawn with Cairo.
 *
 * A column is as wide as its widest image, caption or heading, a row as high as its longest caption asks for; images
 * are centred in their columns and stand on whole pixels, so that each of their pixels is a square of the same size. */
#include "io/picture.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "io/colour_bar.h"
#include "io/drawing.h"

enum {
    MARGIN = 18,       /* around everything */
    GAP = 12,          /* between cells */
    BARE_GAP = 4,      /* between images with nothing around them */
    BORDER = 3,        /* around an image: a gap of one pixel, and the frame */
    TEXT_GAP = 4,      /* between an image and its caption, and around headings */
    WANTED_WIDTH = 96, /* of an image, if no scale is given */
    HATCH = 5,         /* from line to line of a hatching */
    BAR_GAP = 2 * GAP, /* between the images and a colour bar */
    BAR_HEIGHT = 320,  /* at most */
};

static const cgm_text_style title_style = {16, 21, CAIRO_FONT_WEIGHT_BOLD, 0x1a1a1a};
static const cgm_text_style heading_style = {12, 16, CAIRO_FONT_WEIGHT_BOLD, 0x262626};
static const cgm_text_style caption_style = {11, 14, CAIRO_FONT_WEIGHT_NORMAL, 0x4d4d4d};

/* None, factual, truth, wrong. */
static const double frame_colour[][3] = {{1, 1, 1}, {0.13, 0.40, 0.75}, {0.16, 0.55, 0.28}, {0.80, 0.15, 0.12}};

static const uint32_t hatch_colour = 0x8c8c8c;

typedef struct layout {
    const cgm_picture_grid *grid;
    cgm_arena arena;
    int scale, image_width, image_height; /* on the screen */
    double gap;
    double title_height, heading_height, width, height;
    double *column_width; /* [columns] */
    double *row_height;   /* [rows] */
    double bar_width;     /* with the gap before it; 0: there is no bar */
} layout;

static cgm_status check_grid(const cgm_picture_grid *grid)
{
    if (grid->rows < 1 || grid->columns < 1 || grid->rows > CGM_DRAWING_LARGEST_SIDE ||
        grid->columns > CGM_DRAWING_LARGEST_SIDE)
        return CGM_FAIL(CGM_E_ARG, "a picture has at least one row and one column, not %zu and %zu", grid->rows,
                        grid->columns);
    if ((grid->channels != 1 && grid->channels != 3) || grid->height < 1 || grid->width < 1 || grid->scale < 0)
        return CGM_FAIL(CGM_E_SHAPE, "a picture's images have 1 or 3 channels and at least one pixel, not [%d, %d, %d]",
                        grid->channels, grid->height, grid->width);
    if (grid->height > CGM_DRAWING_LARGEST_SIDE || grid->width > CGM_DRAWING_LARGEST_SIDE ||
        grid->scale > CGM_DRAWING_LARGEST_SIDE)
        return CGM_FAIL(CGM_E_SHAPE, "images of %d by %d pixels are too large for a picture", grid->width,
                        grid->height);
    return CGM_OK;
}

static double choose_gap(const cgm_picture_grid *grid)
{
    for (size_t i = 0; i < grid->rows * grid->columns; i++)
        if (grid->cells[i].caption || grid->cells[i].frame) return GAP;
    return grid->headings ? GAP : BARE_GAP - 2 * BORDER;
}

static cgm_status measure_cells(cairo_t *cr, const cgm_picture_grid *grid, layout *out)
{
    out->column_width = cgm_arena_array(&out->arena, grid->columns, sizeof *out->column_width);
    out->row_height = cgm_arena_array(&out->arena, grid->rows, sizeof *out->row_height);
    if (!out->column_width || !out->row_height) return CGM_E_MEMORY;
    for (size_t column = 0; column < grid->columns; column++) {
        double *width = &out->column_width[column];
        *width = out->image_width + 2 * BORDER;
        if (grid->headings) *width = fmax(*width, cgm_drawing_text_width(cr, &heading_style, grid->headings[column]));
        for (size_t row = 0; row < grid->rows; row++)
            *width = fmax(
                *width, cgm_drawing_text_width(cr, &caption_style, grid->cells[row * grid->columns + column].caption));
    }
    for (size_t row = 0; row < grid->rows; row++) {
        double text = 0;
        for (size_t column = 0; column < grid->columns; column++)
            text =
                fmax(text, cgm_drawing_text_height(&caption_style, grid->cells[row * grid->columns + column].caption));
        out->row_height[row] = out->image_height + 2 * BORDER + (text > 0 ? text + TEXT_GAP : 0);
    }
    return CGM_OK;
}

static cgm_status measure(cairo_t *cr, const cgm_picture_grid *grid, layout *out)
{
    out->scale = grid->scale ? grid->scale : (int)lround((double)WANTED_WIDTH / grid->width);
    if (out->scale < 1) out->scale = 1;
    if ((int64_t)out->scale * grid->width > CGM_DRAWING_LARGEST_SIDE ||
        (int64_t)out->scale * grid->height > CGM_DRAWING_LARGEST_SIDE)
        return CGM_FAIL(CGM_E_ARG, "images of %d by %d pixels are too large for the scale %d", grid->width,
                        grid->height, out->scale);
    out->image_width = out->scale * grid->width;
    out->image_height = out->scale * grid->height;
    out->gap = choose_gap(grid);
    CGM_TRY(measure_cells(cr, grid, out));
    if (grid->title) out->title_height = cgm_drawing_text_height(&title_style, grid->title) + 2 * TEXT_GAP;
    for (size_t column = 0; grid->headings && column < grid->columns; column++)
        out->heading_height =
            fmax(out->heading_height, cgm_drawing_text_height(&heading_style, grid->headings[column]) + TEXT_GAP);
    double inner = (double)(grid->columns - 1) * out->gap;
    for (size_t column = 0; column < grid->columns; column++) inner += out->column_width[column];
    if (grid->bar) out->bar_width = BAR_GAP + cgm_colour_bar_width(cr, grid->bar);
    inner = fmax(inner + out->bar_width, cgm_drawing_text_width(cr, &title_style, grid->title));
    out->width = inner + 2 * MARGIN;
    out->height = 2 * MARGIN + out->title_height + out->heading_height + (double)(grid->rows - 1) * out->gap;
    for (size_t row = 0; row < grid->rows; row++) out->height += out->row_height[row];
    if (out->width > CGM_DRAWING_LARGEST_SIDE || out->height > CGM_DRAWING_LARGEST_SIDE)
        return CGM_FAIL(CGM_E_ARG, "the picture would be %.0f by %.0f pixels, at most %d are possible: show fewer rows",
                        out->width, out->height, CGM_DRAWING_LARGEST_SIDE);
    return CGM_OK;
}

/* 0..255, rounded; what is no number is black. */
static uint32_t level(float value)
{
    return value >= 255 ? 255 : value > 0 ? (uint32_t)lrintf(value) : 0;
}

static uint32_t pixel_at(const cgm_picture_grid *grid, const float *pixels, int y, int x)
{
    size_t plane = (size_t)grid->height * (size_t)grid->width, at = (size_t)y * (size_t)grid->width + (size_t)x;
    uint32_t red = level(pixels[at]);
    if (grid->channels == 1) return red * 0x010101u;
    return red << 16 | level(pixels[plane + at]) << 8 | level(pixels[2 * plane + at]);
}

/* Lines that go on from pixel to pixel. */
static bool is_hatched(const cgm_picture_grid *grid, const layout *at, const cgm_picture_cell *cell, int y, int x)
{
    return cell->hatched && (x + y) % HATCH == 0 && cell->hatched[y / at->scale * grid->width + x / at->scale];
}

/* Straight into the surface's memory: no filter could blur what is written there. */
static void draw_image(cairo_surface_t *surface, const cgm_picture_grid *grid, const layout *at,
                       const cgm_picture_cell *cell, int left, int top)
{
    cairo_surface_flush(surface);
    unsigned char *data = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    for (int y = 0; y < at->image_height; y++) {
        uint32_t *line = (uint32_t *)(void *)(data + (size_t)(top + y) * stride) + left;
        for (int x = 0; x < at->image_width; x++)
            line[x] = is_hatched(grid, at, cell, y, x) ? hatch_colour
                                                       : pixel_at(grid, cell->pixels, y / at->scale, x / at->scale);
    }
    cairo_surface_mark_dirty(surface);
}

static void draw_cell(cairo_t *cr, cairo_surface_t *surface, const cgm_picture_grid *grid, const layout *at,
                      const cgm_picture_cell *cell, double x, double y, double column_width)
{
    int left = (int)floor(x + (column_width - at->image_width) / 2), top = (int)y + BORDER;
    if (cell->pixels) draw_image(surface, grid, at, cell, left, top);
    if (cell->pixels && cell->frame > 0 && cell->frame < (int)(sizeof frame_colour / sizeof frame_colour[0])) {
        const double *rgb = frame_colour[cell->frame];
        cairo_set_source_rgb(cr, rgb[0], rgb[1], rgb[2]);
        cairo_set_line_width(cr, BORDER - 1);
        double out = (BORDER + 1) / 2.0;
        cairo_rectangle(cr, left - out, top - out, at->image_width + 2 * out, at->image_height + 2 * out);
        cairo_stroke(cr);
    }
    cgm_drawing_text(cr, &caption_style, cell->caption, left + at->image_width / 2.0,
                     top + at->image_height + BORDER + TEXT_GAP);
}

/* Half-way down the images. */
static void draw_bar(cairo_t *cr, const cgm_picture_grid *grid, const layout *at, double x)
{
    double top = MARGIN + at->title_height + at->heading_height + BORDER, room = at->height - MARGIN - BORDER - top;
    double height = fmin(room, BAR_HEIGHT);
    cgm_colour_bar_draw(cr, grid->bar, x + BAR_GAP, top + floor((room - height) / 2), height);
}

static void draw_grid(cairo_t *cr, cairo_surface_t *surface, const cgm_picture_grid *grid, const layout *at)
{
    cgm_drawing_text(cr, &title_style, grid->title, at->width / 2, MARGIN);
    double inner = (double)(grid->columns - 1) * at->gap;
    for (size_t column = 0; column < grid->columns; column++) inner += at->column_width[column];
    double x = floor((at->width - inner - at->bar_width) / 2);
    if (grid->bar) draw_bar(cr, grid, at, x + inner);
    for (size_t column = 0; column < grid->columns; column++) {
        double width = at->column_width[column], y = MARGIN + at->title_height;
        if (grid->headings && grid->headings[column]) {
            /* Headings of fewer lines stand on the grid, not under the title. */
            double slack =
                at->heading_height - TEXT_GAP - cgm_drawing_text_height(&heading_style, grid->headings[column]);
            cgm_drawing_text(cr, &heading_style, grid->headings[column], x + floor(width / 2), y + slack);
        }
        y += at->heading_height;
        for (size_t row = 0; row < grid->rows; row++) {
            draw_cell(cr, surface, grid, at, &grid->cells[row * grid->columns + column], x, y, width);
            y += at->row_height[row] + at->gap;
        }
        x += width + at->gap;
    }
}

static cgm_status measure_picture(void *context, cairo_t *ruler, double *width, double *height)
{
    layout *at = context;
    CGM_TRY(check_grid(at->grid));
    CGM_TRY(measure(ruler, at->grid, at));
    *width = at->width;
    *height = at->height;
    return CGM_OK;
}

static void draw_picture(void *context, cairo_t *cr, cairo_t *ruler)
{
    const layout *at = context;
    (void)ruler;
    draw_grid(cr, cairo_get_target(cr), at->grid, at);
}

cgm_status cgm_picture_write_grid(const char *path, const cgm_picture_grid *grid)
{
    layout at = {.grid = grid};
    cgm_status status = cgm_drawing_make(path, measure_picture, draw_picture, &at);
    cgm_arena_clear(&at.arena);
    return status;
}

/* ---- Pixels of three channels ---- */

void cgm_picture_put_image(int channels, size_t pixels, const double *value, float *rgb)
{
    for (size_t i = 0; i < 3 * pixels; i++) rgb[i] = (float)fmin(fmax(value[channels == 3 ? i : i % pixels], 0), 255);
}

void cgm_picture_put_share(double share, size_t pixels, size_t at, float *rgb)
{
    uint8_t colour[3];
    cgm_colour_map_diverging(share, colour);
    for (size_t c = 0; c < 3; c++) rgb[c * pixels + at] = colour[c];
}
