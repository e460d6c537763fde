/* Unit effects of an image as a picture: what was seen, both outcomes, and differences in colour, red where the effect
 * makes a pixel brighter and blue where it makes it darker, on one scale; the last row shows the means. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/picture.h"
#include "scm/mediation/mediation_units_priv.h"

enum { MOST_ROWS = 8, FIXED_COLUMNS = 3, CHANNELS = 3 };

typedef struct drawing {
    const cgm_unit_effects *u;
    cgm_arena arena;
    size_t rows, columns, pixels; /* data rows that are drawn; pixels of one image */
    double largest;               /* grey levels at full colour */
    cgm_picture_cell *cells;      /* [rows + 1, columns] */
    const char **headings;
} drawing;

static float *new_image(drawing *d)
{
    return cgm_arena_array(&d->arena, d->pixels, CHANNELS * sizeof(float));
}

/* An image of one or three channels. */
static cgm_status add_image(drawing *d, size_t row, size_t column, const double *value, int frame)
{
    float *out = new_image(d);
    if (!out) return CGM_E_MEMORY;
    for (size_t i = 0; i < CHANNELS * d->pixels; i++) {
        double x = value[d->u->outcome->channels == CHANNELS ? i : i % d->pixels];
        out[i] = (float)fmin(fmax(x, 0), 255);
    }
    d->cells[row * d->columns + column] = (cgm_picture_cell){.pixels = out, .frame = frame};
    return CGM_OK;
}

/* The difference's mean over channels, in colour. */
static cgm_status add_difference(drawing *d, size_t row, size_t column, const double *value, const char *caption)
{
    float *out = new_image(d);
    size_t channels = (size_t)d->u->outcome->channels;
    if (!out) return CGM_E_MEMORY;
    for (size_t i = 0; i < d->pixels; i++) {
        double sum = 0;
        uint8_t rgb[CHANNELS];
        for (size_t c = 0; c < channels; c++) sum += value[c * d->pixels + i];
        double share = d->largest > 0 ? sum / (double)channels / d->largest : 0;
        cgm_colour_map_diverging(share, rgb);
        for (size_t c = 0; c < CHANNELS; c++) out[c * d->pixels + i] = rgb[c];
    }
    d->cells[row * d->columns + column] = (cgm_picture_cell){.pixels = out, .caption = caption};
    return CGM_OK;
}

static cgm_status add_row(drawing *d, size_t row)
{
    const cgm_unit_effects *u = d->u;
    size_t at = row * u->width, width;
    CGM_TRY(add_image(d, row, 0, u->worlds.base->value[u->plan.outcome].data + at, 1));
    CGM_TRY(add_image(d, row, 1, cgm_unit_effects_outcome(u, 0, 0, &width) + at, 0));
    CGM_TRY(add_image(d, row, 2, cgm_unit_effects_outcome(u, 1, 1, &width) + at, 0));
    for (size_t k = 0; k < u->plan.n_effects; k++)
        CGM_TRY(add_difference(d, row, FIXED_COLUMNS + k, u->effect[k] + at, NULL));
    return CGM_OK;
}

/* Means are over all rows of the answer, drawn or not. */
static cgm_status add_means(drawing *d)
{
    const cgm_unit_effects *u = d->u;
    const char *caption = cgm_arena_printf(&d->arena, "mean of %zu", u->n);
    if (!caption) return CGM_E_MEMORY;
    for (size_t k = 0; k < u->plan.n_effects; k++) {
        double *mean = cgm_arena_array(&d->arena, u->width, sizeof *mean);
        if (!mean) return CGM_E_MEMORY;
        for (size_t i = 0; i < u->n * u->width; i++) mean[i % u->width] += u->effect[k][i] / (double)u->n;
        CGM_TRY(add_difference(d, d->rows, FIXED_COLUMNS + k, mean, caption));
    }
    return CGM_OK;
}

static cgm_status fill(drawing *d)
{
    const cgm_unit_effects *u = d->u;
    d->cells = cgm_arena_array(&d->arena, (d->rows + 1) * d->columns, sizeof *d->cells);
    d->headings = cgm_arena_array(&d->arena, d->columns, sizeof *d->headings);
    if (!d->cells || !d->headings) return CGM_E_MEMORY;
    d->headings[0] = "factual";
    d->headings[1] = u->opts.n_mediators ? "Y(t0, M(t0))" : "Y(t0)";
    d->headings[2] = u->opts.n_mediators ? "Y(t1, M(t1))" : "Y(t1)";
    for (size_t k = 0; k < u->plan.n_effects; k++) {
        d->headings[FIXED_COLUMNS + k] = cgm_mediation_names[u->plan.effect[k]];
        for (size_t i = 0; i < u->n * u->width; i++) d->largest = fmax(d->largest, fabs(u->effect[k][i]));
    }
    for (size_t row = 0; row < d->rows; row++) CGM_TRY(add_row(d, row));
    return add_means(d);
}

cgm_status cgm_unit_effects_draw(const cgm_unit_effects *u, const char *path)
{
    if (u->outcome->type != CGM_IMAGE)
        return CGM_FAIL(CGM_E_ARG, "%s: the outcome, '%s', is no image to draw", path, u->outcome->name);
    drawing d = {.u = u, .rows = u->n < MOST_ROWS ? u->n : MOST_ROWS, .columns = FIXED_COLUMNS + u->plan.n_effects};
    d.pixels = (size_t)u->outcome->height * (size_t)u->outcome->width;
    cgm_status status = fill(&d);
    if (status == CGM_OK) {
        const cgm_colour_bar bar = {d.largest, "grey\nlevels"};
        const cgm_picture_grid grid = {.title = u->text,
                                       .rows = d.rows + 1,
                                       .columns = d.columns,
                                       .channels = CHANNELS,
                                       .height = u->outcome->height,
                                       .width = u->outcome->width,
                                       .headings = d.headings,
                                       .cells = d.cells,
                                       .bar = &bar};
        status = cgm_picture_write_grid(path, &grid);
    }
    cgm_arena_clear(&d.arena);
    return status;
}
