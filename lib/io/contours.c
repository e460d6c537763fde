#include "io/contours.h"

#include <math.h>

enum { CELLS = 60, CORNERS = CELLS + 1 /* along a side */, MOST_LEVELS = 14 };

/* The point on the side from corner k to the next at which the height is the level's. */
static void cross(const double height[4], double level, int k, double *x, double *y)
{
    static const double at[4][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
    int next = (k + 1) % 4;
    double t = (level - height[k]) / (height[next] - height[k]);
    *x = at[k][0] + t * (at[next][0] - at[k][0]);
    *y = at[k][1] + t * (at[next][1] - at[k][1]);
}

size_t cgm_contours_cell(const double height[4], double level, cgm_segment out[2])
{
    int side[4];
    size_t n = 0;
    bool above[4];
    for (int k = 0; k < 4; k++) {
        if (!isfinite(height[k])) return 0;
        above[k] = height[k] >= level;
    }
    for (int k = 0; k < 4; k++)
        if (above[k] != above[(k + 1) % 4]) side[n++] = k;
    /* Of a saddle all four sides are crossed, and the lines go round the corners that the middle is not like. */
    bool middle = 0.25 * (height[0] + height[1] + height[2] + height[3]) >= level;
    bool turn = n == 4 && middle != above[0];
    for (size_t i = 0; i < n / 2; i++)
        for (size_t end = 0; end < 2; end++)
            cross(height, level, side[(2 * i + end + (turn ? 3 : 0)) % n], &out[i].x[end], &out[i].y[end]);
    return n / 2;
}

/* ---- A surface ---- */

static void find_levels(cgm_surface *s)
{
    s->low = INFINITY;
    s->high = -INFINITY;
    for (size_t i = 0; i < (size_t)CORNERS * CORNERS; i++) {
        if (!isfinite(s->height[i])) continue;
        s->low = fmin(s->low, s->height[i]);
        s->high = fmax(s->high, s->height[i]);
    }
    double range = s->high - s->low;
    if (range > 0 && isfinite(range))
        s->step = cgm_drawing_step(range, MOST_LEVELS);
    else
        s->height = NULL;
}

cgm_status cgm_surface_take(const cgm_scatter_field *field, const double low[2], const double high[2], cgm_arena *arena,
                            cgm_surface *out)
{
    const size_t n = (size_t)CORNERS * CORNERS;
    double *point = cgm_arena_array(arena, n, 2 * sizeof *point), *height = cgm_arena_array(arena, n, sizeof *height);
    if (!point || !height) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        point[2 * i] = low[0] + (high[0] - low[0]) * (double)(i % CORNERS) / CELLS;
        point[2 * i + 1] = low[1] + (high[1] - low[1]) * (double)(i / CORNERS) / CELLS;
    }
    CGM_TRY(field->height(field->context, n, point, height));
    *out = (cgm_surface){.height = height};
    find_levels(out);
    return CGM_OK;
}

static void draw_level(cairo_t *cr, const cgm_surface *s, double level, double x, double y, double cell)
{
    for (size_t i = 0; i < (size_t)CELLS * CELLS; i++) {
        size_t row = i / CELLS, column = i % CELLS;
        const double *below = s->height + row * CORNERS + column, *above = below + CORNERS;
        cgm_segment segment[2];
        size_t n = cgm_contours_cell((double[]){below[0], below[1], above[1], above[0]}, level, segment);
        for (size_t k = 0; k < n; k++)
            for (int end = 0; end < 2; end++)
                (end ? cairo_line_to : cairo_move_to)(cr, x + cell * ((double)column + segment[k].x[end]),
                                                      y + cell * (CELLS - (double)row - segment[k].y[end]));
    }
    cairo_stroke(cr);
}

void cgm_surface_draw(cairo_t *cr, const cgm_surface *s, double x, double y, double side)
{
    if (!s->height) return;
    cairo_set_line_width(cr, 1);
    for (double k = ceil(s->low / s->step); k * s->step <= s->high; k++) {
        double grey = 0.82 - 0.5 * (k * s->step - s->low) / (s->high - s->low);
        cairo_set_source_rgb(cr, grey, grey, grey);
        draw_level(cr, s, k * s->step, x, y, side / CELLS);
    }
}
