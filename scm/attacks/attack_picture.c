/* An attack as a picture: images as they are, the changes in colour, red where a pixel became brighter and blue where
 * it became darker, and the changed images, with what is read. */
#include <math.h>
#include <stdio.h>

#include "io/picture.h"
#include "scm/attacks/attack_priv.h"

enum { MOST_ROWS = 8, COLUMNS = 3, CHANNELS = 3 };
enum { PLAIN, WRONG = 3 }; /* frames */

typedef struct drawing {
    const attacking *a;
    const cgm_variable *image, *attribute;
    cgm_arena arena;
    size_t rows, shown[MOST_ROWS]; /* images */
    size_t pixels;
    double largest; /* grey levels at full colour */
    cgm_picture_cell cell[MOST_ROWS * COLUMNS];
} drawing;

/* The first ones that count, or where none does the first ones. */
static void choose(drawing *d)
{
    bool any = d->a->out->tried > 0;
    for (size_t i = 0; i < d->a->n && d->rows < MOST_ROWS; i++)
        if (d->a->counts[i] || !any) d->shown[d->rows++] = i;
}

static float *new_image(drawing *d)
{
    return cgm_arena_array(&d->arena, d->pixels, CHANNELS * sizeof(float));
}

static cgm_status add_image(drawing *d, const double *value, cgm_picture_cell *cell)
{
    float *out = new_image(d);
    if (!out) return CGM_E_MEMORY;
    cgm_picture_put_image(d->image->channels, d->pixels, value, out);
    cell->pixels = out;
    return CGM_OK;
}

/* The mean change over the channels, [pixels] of image i. */
static double change(const drawing *d, size_t i, size_t pixel)
{
    size_t channels = (size_t)d->image->channels, at = i * channels * d->pixels + pixel;
    double sum = 0;
    for (size_t c = 0; c < channels; c++) sum += d->a->attacked[at + c * d->pixels] - d->a->image[at + c * d->pixels];
    return sum / (double)channels;
}

static cgm_status add_change(drawing *d, size_t i, cgm_picture_cell *cell)
{
    float *out = new_image(d);
    cell->caption = cgm_arena_printf(&d->arena, "L2 %.3g, most %.3g", d->a->l2[i], d->a->linf[i]);
    if (!out || !cell->caption) return CGM_E_MEMORY;
    for (size_t j = 0; j < d->pixels; j++)
        cgm_picture_put_share(d->largest > 0 ? change(d, i, j) / d->largest : 0, d->pixels, j, out);
    cell->pixels = out;
    return CGM_OK;
}

/* "read as 3 (0.98)" */
static const char *say(drawing *d, double read, double sure)
{
    char text[CGM_VALUE_TEXT];
    if (isnan(sure)) return cgm_arena_printf(&d->arena, "read as %.4g", read);
    return cgm_arena_printf(&d->arena, "read as %s (%.2f)", cgm_variable_text(d->attribute, read, text), sure);
}

static cgm_status add_row(drawing *d, size_t i, cgm_picture_cell *cell)
{
    const attacking *a = d->a;
    size_t at = i * cgm_variable_width(d->image);
    char truth[CGM_VALUE_TEXT];
    const char *before = say(d, a->read[i], a->sure[i]);
    CGM_TRY(add_image(d, a->image + at, &cell[0]));
    CGM_TRY(add_change(d, i, &cell[1]));
    CGM_TRY(add_image(d, a->attacked + at, &cell[2]));
    cgm_variable_text(d->attribute, a->truth[i], truth);
    cell[0].caption = before ? cgm_arena_printf(&d->arena, "%s %s\n%s", d->attribute->name, truth, before) : NULL;
    cell[2].caption = say(d, a->read_after[i], a->sure_after[i]);
    cell[2].frame = a->fooled[i] ? WRONG : PLAIN;
    return cell[0].caption && cell[2].caption ? CGM_OK : CGM_E_MEMORY;
}

static cgm_status fill(drawing *d)
{
    choose(d);
    for (size_t k = 0; k < d->rows; k++)
        for (size_t j = 0; j < d->pixels; j++) d->largest = fmax(d->largest, fabs(change(d, d->shown[k], j)));
    for (size_t k = 0; k < d->rows; k++) CGM_TRY(add_row(d, d->shown[k], &d->cell[k * COLUMNS]));
    return CGM_OK;
}

cgm_status cgm_attack_draw(const attacking *a, const char *path)
{
    static const char *const headings[COLUMNS] = {"image", "change", "attacked"};
    const cgm_predictor *p = a->judge.response.predictor;
    drawing d = {.a = a,
                 .image = p->image,
                 .attribute = p->attribute,
                 .pixels = (size_t)p->image->height * (size_t)p->image->width};
    cgm_status status = fill(&d);
    const char *title = cgm_arena_printf(&d.arena, "%s on the predictor %s", a->method->name, p->name);
    const cgm_colour_bar bar = {.limit = d.largest, .unit = "grey\nlevels"};
    const cgm_picture_grid grid = {.title = title,
                                   .rows = d.rows,
                                   .columns = COLUMNS,
                                   .channels = CHANNELS,
                                   .height = p->image->height,
                                   .width = p->image->width,
                                   .headings = headings,
                                   .cells = d.cell,
                                   .bar = &bar};
    if (status == CGM_OK && !title) status = CGM_E_MEMORY;
    if (status == CGM_OK) status = cgm_picture_write_grid(path, &grid);
    cgm_arena_clear(&d.arena);
    return status;
}
