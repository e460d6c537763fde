/* Unit effects of an image as pictures: what was seen, both outcomes, and differences in colour, red where the effect
 * makes a pixel brighter and blue where it makes it darker, on one scale. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/picture.h"
#include "scm/mediation/mediation_units_priv.h"

enum { MOST_ROWS = 8, CHANNELS = 3, MEAN_SCALE = 168 /* pixels that a mean image is about wide */ };

typedef struct drawing {
    const cgm_unit_effects *u;
    cgm_arena arena;
    size_t rows, columns, pixels; /* pixels of one image */
    double largest;               /* grey levels at full colour */
    int scale;
    cgm_picture_cell *cells; /* [rows, columns] */
    const char **headings;   /* [columns] */
    const char *title;
} drawing;

static cgm_status drawing_init(const cgm_unit_effects *u, const char *path, size_t rows, size_t columns, drawing *d)
{
    if (u->outcome->type != CGM_IMAGE)
        return CGM_FAIL(CGM_E_ARG, "%s: the outcome, '%s', is no image to draw", path, u->outcome->name);
    *d = (drawing){.u = u, .rows = rows, .columns = columns, .title = u->text};
    d->pixels = (size_t)u->outcome->height * (size_t)u->outcome->width;
    d->cells = cgm_arena_array(&d->arena, rows * columns, sizeof *d->cells);
    d->headings = cgm_arena_array(&d->arena, columns, sizeof *d->headings);
    if (d->cells && d->headings) return CGM_OK;
    cgm_arena_clear(&d->arena);
    return CGM_E_MEMORY;
}

static cgm_status drawing_end(drawing *d, const char *path, cgm_status status)
{
    const cgm_colour_bar bar = {.limit = d->largest, .unit = "grey\nlevels"};
    const cgm_picture_grid grid = {.title = d->title,
                                   .rows = d->rows,
                                   .columns = d->columns,
                                   .channels = CHANNELS,
                                   .height = d->u->outcome->height,
                                   .width = d->u->outcome->width,
                                   .scale = d->scale,
                                   .headings = d->headings,
                                   .cells = d->cells,
                                   .bar = &bar};
    if (status == CGM_OK) status = cgm_picture_write_grid(path, &grid);
    cgm_arena_clear(&d->arena);
    return status;
}

static cgm_picture_cell *cell_at(const drawing *d, size_t row, size_t column)
{
    return &d->cells[row * d->columns + column];
}

static float *new_image(drawing *d)
{
    return cgm_arena_array(&d->arena, d->pixels, CHANNELS * sizeof(float));
}

static cgm_status add_image(drawing *d, cgm_picture_cell *cell, const double *value)
{
    float *out = new_image(d);
    if (!out) return CGM_E_MEMORY;
    cgm_picture_put_image(d->u->outcome->channels, d->pixels, value, out);
    cell->pixels = out;
    return CGM_OK;
}

/* One number a pixel: of three channels the luminance (ITU-R BT.709), of another number their mean. */
static double signed_level(const drawing *d, const double *value, size_t pixel)
{
    static const double luminance[CHANNELS] = {0.2126, 0.7152, 0.0722};
    size_t channels = (size_t)d->u->outcome->channels;
    double sum = 0;
    for (size_t c = 0; c < channels; c++)
        sum += value[c * d->pixels + pixel] * (channels == CHANNELS ? luminance[c] : 1 / (double)channels);
    return sum;
}

static void widen(drawing *d, const double *value)
{
    for (size_t i = 0; i < d->pixels; i++) d->largest = fmax(d->largest, fabs(signed_level(d, value, i)));
}

static cgm_status add_difference(drawing *d, cgm_picture_cell *cell, const double *value)
{
    float *out = new_image(d);
    if (!out) return CGM_E_MEMORY;
    for (size_t i = 0; i < d->pixels; i++)
        cgm_picture_put_share(d->largest > 0 ? signed_level(d, value, i) / d->largest : 0, d->pixels, i, out);
    cell->pixels = out;
    return CGM_OK;
}

/* ---- The order of columns ---- */

/* Those of the literature first. Fills order [n_effects]. */
static void order_effects(const cgm_unit_effects *u, size_t *order)
{
    static const size_t wanted[] = {MEDIATION_NDE0, MEDIATION_NIE0, MEDIATION_TE,   MEDIATION_NDE1,
                                    MEDIATION_NIE1, MEDIATION_PSE0, MEDIATION_PSE1, MEDIATION_CDE};
    size_t n = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        for (size_t k = 0; k < u->plan.n_effects; k++)
            if (u->plan.effect[k] == wanted[i]) order[n++] = k;
}

/* "direct\nDE = NDE(0)": with the image literature's name where it has one. */
static const char *heading(drawing *d, size_t effect)
{
    const unit_effect_name *name = cgm_unit_effect_name(d->u, effect);
    size_t which = d->u->plan.effect[effect];
    const char *also = which == MEDIATION_NDE0 ? "DE = " : which == MEDIATION_NIE0 ? "IE = " : "";
    char *text = cgm_arena_printf(&d->arena, "%s\n%s%s", name->file, also, name->name);
    for (char *c = text; c && *c; c++)
        if (*c == '_') *c = ' ';
    return text;
}

static cgm_status add_headings(drawing *d, size_t first, const size_t *order)
{
    for (size_t k = 0; k < d->u->plan.n_effects; k++)
        if (!(d->headings[first + k] = heading(d, order[k]))) return CGM_E_MEMORY;
    return CGM_OK;
}

/* ---- Rows ---- */

static cgm_status fill_rows(drawing *d, size_t first, const size_t *order)
{
    const cgm_unit_effects *u = d->u;
    d->headings[0] = "factual";
    if (!u->own) d->headings[1] = "control\nY(t0)";
    d->headings[first - 1] = "counterfactual\nY(t1)";
    CGM_TRY(add_headings(d, first, order));
    for (size_t k = 0; k < u->plan.n_effects; k++)
        for (size_t row = 0; row < d->rows; row++) widen(d, u->kept.effect[k] + row * u->width);
    for (size_t row = 0; row < d->rows; row++) {
        size_t at = row * u->width;
        cgm_picture_cell *seen = cell_at(d, row, 0), *treated = cell_at(d, row, first - 1);
        CGM_TRY(add_image(d, seen, u->kept.factual + at));
        seen->frame = 1;
        seen->caption = u->kept.text[row];
        if (!u->own) CGM_TRY(add_image(d, cell_at(d, row, 1), u->kept.outcome[0] + at));
        CGM_TRY(add_image(d, treated, u->kept.outcome[1] + at));
        treated->caption = u->kept.text[u->kept.n + row];
        for (size_t k = 0; k < u->plan.n_effects; k++)
            CGM_TRY(add_difference(d, cell_at(d, row, first + k), u->kept.effect[order[k]] + at));
    }
    return CGM_OK;
}

cgm_status cgm_unit_effects_draw(const cgm_unit_effects *u, const char *path)
{
    size_t first = u->own ? 2 : 3, order[CGM_MEDIATION_EFFECTS];
    drawing d;
    cgm_status status =
        drawing_init(u, path, u->kept.n < MOST_ROWS ? u->kept.n : MOST_ROWS, first + u->plan.n_effects, &d);
    CGM_TRY(status);
    order_effects(u, order);
    status = fill_rows(&d, first, order);
    return drawing_end(&d, path, status);
}

/* ---- Means ---- */

/* Pixels whose interval covers zero; of several channels, in every channel. */
static cgm_status hatch(drawing *d, const cgm_unit_mean *mean, cgm_picture_cell *cell)
{
    bool *out = cgm_arena_array(&d->arena, d->pixels, sizeof *out);
    if (!out) return CGM_E_MEMORY;
    for (size_t i = 0; i < d->pixels; i++) {
        out[i] = true;
        for (size_t at = i; at < d->u->width; at += d->pixels) out[i] &= mean->low[at] <= 0 && mean->high[at] >= 0;
    }
    cell->hatched = out;
    return CGM_OK;
}

static cgm_status fill_means(drawing *d, const size_t *order)
{
    const cgm_unit_effects *u = d->u;
    CGM_TRY(add_headings(d, 0, order));
    for (size_t k = 0; k < u->plan.n_effects; k++) widen(d, u->mean[k].mean);
    for (size_t k = 0; k < u->plan.n_effects; k++) {
        const cgm_unit_mean *mean = &u->mean[order[k]];
        cell_at(d, 0, k)->caption = cgm_arena_printf(&d->arena, "mean of %zu", u->n);
        CGM_TRY(add_difference(d, cell_at(d, 0, k), mean->mean));
        if (d->rows < 2) continue;
        cell_at(d, 1, k)->caption =
            cgm_arena_printf(&d->arena, "hatched: %g %% interval\nof the mean covers 0", 100 * u->opts.intervals.level);
        CGM_TRY(add_difference(d, cell_at(d, 1, k), mean->mean));
        CGM_TRY(hatch(d, mean, cell_at(d, 1, k)));
    }
    return CGM_OK;
}

cgm_status cgm_unit_effects_draw_means(const cgm_unit_effects *u, const char *path)
{
    size_t order[CGM_MEDIATION_EFFECTS];
    drawing d;
    CGM_TRY(drawing_init(u, path, u->means.resamples ? 2 : 1, u->plan.n_effects, &d));
    d.scale = (int)lround((double)MEAN_SCALE / u->outcome->width);
    if (d.scale < 1) d.scale = 1;
    order_effects(u, order);
    cgm_status status = fill_means(&d, order);
    return drawing_end(&d, path, status);
}
