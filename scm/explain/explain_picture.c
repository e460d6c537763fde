/* An explanation as a picture: images with their maps, red where a pixel raises the score and blue where it lowers it,
 * each map in its own scale; or the images that were made. */
#include <math.h>
#include <stdio.h>

#include "io/picture.h"
#include "scm/explain/explain_priv.h"

enum { MOST_ROWS = 32, MOST_PAIRS = 8 /* without more columns */, CHANNELS = 3, MADE_COLUMNS = 5 };

typedef struct drawing {
    const explaining *e;
    const cgm_explanation *out;
    cgm_arena arena;
    size_t pixels;                /* of one image */
    size_t rows, columns, across; /* across: images in a row of the picture */
    cgm_picture_cell *cells;
    const char **headings; /* [columns], or NULL */
} drawing;

/* "digit = 3", "more thickness". */
static const char *explained(drawing *d, size_t i)
{
    const cgm_variable *v = d->e->attribute;
    char text[CGM_VALUE_TEXT];
    if (!cgm_variable_has_levels(v))
        return cgm_arena_printf(&d->arena, "%s %s", d->out->level[i] < 0 ? "less" : "more", v->name);
    return cgm_arena_printf(&d->arena, "%s = %s", v->name, cgm_variable_text(v, d->out->level[i], text));
}

/* "3, read 3" and which of an image's levels is explained where that is another. */
static const char *describe(drawing *d, size_t i)
{
    const cgm_variable *v = d->e->attribute;
    char truth[CGM_VALUE_TEXT], read[CGM_VALUE_TEXT], level[CGM_VALUE_TEXT];
    bool levels = cgm_variable_has_levels(v), other = levels && d->out->level[i] != d->out->read[i];
    if (!levels) return cgm_arena_printf(&d->arena, "%.4g, read %.4g", d->out->truth[i], d->out->read[i]);
    cgm_variable_text(v, d->out->truth[i], truth);
    cgm_variable_text(v, d->out->read[i], read);
    cgm_variable_text(v, d->out->level[i], level);
    return cgm_arena_printf(&d->arena, "%s, read %s%s%s", truth, read, other ? "\nexplained: " : "",
                            other ? level : "");
}

static cgm_status add_image(drawing *d, const double *image, const char *caption, cgm_picture_cell *cell)
{
    float *rgb = cgm_arena_array(&d->arena, d->pixels, CHANNELS * sizeof *rgb);
    if (!rgb || !caption) return CGM_E_MEMORY;
    cgm_picture_put_image(d->e->image->channels, d->pixels, image, rgb);
    *cell = (cgm_picture_cell){.pixels = rgb, .caption = caption};
    return CGM_OK;
}

/* Of several channels the largest number counts. */
static double number_at(const drawing *d, const double *map, size_t pixel)
{
    double largest = 0;
    for (size_t c = 0; c < (size_t)d->out->map_channels; c++)
        if (fabs(map[c * d->pixels + pixel]) > fabs(largest)) largest = map[c * d->pixels + pixel];
    return largest;
}

/* more: what the caption says beside the scale, or NULL. */
static cgm_status add_map(drawing *d, const double *map, const char *more, cgm_picture_cell *cell)
{
    double limit = 0;
    float *rgb = cgm_arena_array(&d->arena, d->pixels, CHANNELS * sizeof *rgb);
    for (size_t i = 0; i < d->pixels; i++) limit = fmax(limit, fabs(number_at(d, map, i)));
    const char *caption =
        cgm_arena_printf(&d->arena, "full colour: %.2g%s%s", limit, more ? "\n" : "", more ? more : "");
    if (!rgb || !caption) return CGM_E_MEMORY;
    for (size_t i = 0; i < d->pixels; i++)
        cgm_picture_put_share(limit > 0 ? number_at(d, map, i) / limit : 0, d->pixels, i, rgb);
    *cell = (cgm_picture_cell){.pixels = rgb, .caption = caption};
    return CGM_OK;
}

static const char *figure_text(drawing *d, size_t i)
{
    return cgm_arena_printf(&d->arena, "%s %.3g", d->out->figure_name, d->out->figure[i]);
}

/* ---- Cells ---- */

/* An image, then its map or the image made of it, or the maps of all stages. */
static cgm_status fill_image(drawing *d, size_t i, cgm_picture_cell *cell)
{
    const cgm_explanation *out = d->out;
    size_t at = i * d->e->map_width, width = cgm_variable_width(d->e->image);
    const char *figure = out->figure_name ? figure_text(d, i) : NULL;
    if (out->figure_name && !figure) return CGM_E_MEMORY;
    CGM_TRY(add_image(d, out->images + i * width, describe(d, i), cell));
    cell->frame = 1;
    if (out->makes_images) return add_image(d, out->map + at, figure, cell + 1);
    if (!out->n_stages) return add_map(d, out->map + at, figure, cell + 1);
    for (size_t k = 0; k < out->n_stages; k++) CGM_TRY(add_map(d, out->stage[k].map + at, NULL, cell + 1 + k));
    return CGM_OK;
}

static cgm_status fill_made(drawing *d, size_t i, cgm_picture_cell *cell)
{
    const char *what = explained(d, i);
    if (!what) return CGM_E_MEMORY;
    return add_image(d, d->out->map + i * d->e->map_width,
                     cgm_arena_printf(&d->arena, "%s\n%s %.4g", what, d->out->score, d->out->value[i]), cell);
}

/* ---- The grid ---- */

static cgm_status add_headings(drawing *d)
{
    const cgm_explanation *out = d->out;
    d->headings = cgm_arena_array(&d->arena, d->columns, sizeof *d->headings);
    if (!d->headings) return CGM_E_MEMORY;
    size_t each = d->columns / d->across;
    for (size_t k = 0; k < d->columns; k++)
        d->headings[k] = k % each == 0 ? out->image->name : out->makes_images ? "made" : "map";
    for (size_t k = 0; k < out->n_stages; k++) {
        d->headings[1 + k] =
            k == 0 ? "map" : cgm_arena_printf(&d->arena, "%s%s\nanew", k > 1 ? "and " : "", out->stage[k].layer);
        if (!d->headings[1 + k]) return CGM_E_MEMORY;
    }
    return CGM_OK;
}

static cgm_status lay_out(drawing *d)
{
    const cgm_explanation *out = d->out;
    size_t n = out->n < MOST_ROWS ? out->n : MOST_ROWS, each = out->n_stages ? 1 + out->n_stages : 2;
    d->across = out->n_stages ? 1 : out->n > MOST_PAIRS ? 4 : 1;
    if (!out->images) {
        each = 1;
        d->across = out->n < MADE_COLUMNS ? out->n : MADE_COLUMNS;
    }
    d->columns = each * d->across;
    d->rows = (n + d->across - 1) / d->across;
    d->cells = cgm_arena_array(&d->arena, d->rows, d->columns * sizeof *d->cells);
    if (!d->cells) return CGM_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        cgm_picture_cell *cell = &d->cells[i * each];
        CGM_TRY(out->images ? fill_image(d, i, cell) : fill_made(d, i, cell));
    }
    return out->images ? add_headings(d) : CGM_OK;
}

/* "digit by saliency: logit of the level read per grey level". */
static const char *title_of(drawing *d)
{
    const explaining *e = d->e;
    const cgm_explanation *out = d->out;
    bool levels = cgm_variable_has_levels(e->attribute), one = levels && !isnan(e->level);
    const char *of = !levels ? "" : one ? " of " : out->images ? " of the level read" : " of each level";
    const char *level = one ? explained(d, 0) : "";
    if (out->makes_images && out->images)
        return cgm_arena_printf(&d->arena, "%s: images that give its layer %s what these give", out->predictor,
                                out->layer);
    if (!level) return NULL;
    return cgm_arena_printf(&d->arena, "%s by %s: %s%s%s%s%s", out->predictor, out->method, out->score, of, level,
                            e->method->unit ? " per " : "", e->method->unit ? e->method->unit : "");
}

cgm_status cgm_explain_draw(const explaining *e, const char *path)
{
    const cgm_variable *v = e->image;
    drawing d = {.e = e, .out = e->out, .pixels = (size_t)v->height * (size_t)v->width};
    const cgm_colour_bar bar = {.limit = 1, .unit = "of each\nmap's\nlargest"};
    cgm_status status = lay_out(&d);
    const char *title = title_of(&d);
    if (status == CGM_OK && !title) status = CGM_E_MEMORY;
    const cgm_picture_grid grid = {.title = title,
                                   .rows = d.rows,
                                   .columns = d.columns,
                                   .channels = CHANNELS,
                                   .height = v->height,
                                   .width = v->width,
                                   .headings = d.headings,
                                   .cells = d.cells,
                                   .bar = e->out->makes_images ? NULL : &bar};
    if (status == CGM_OK) status = cgm_picture_write_grid(path, &grid);
    cgm_arena_clear(&d.arena);
    return status;
}
