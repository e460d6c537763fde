/* The sheet: samples in rows of what they were asked for. */
#include "io/picture.h"
#include "scm/soundness/realism_priv.h"

#define COLUMNS 10
#define MOST_LEVELS 40 /* that a person can look through */
#define PLAIN_ROWS 6   /* of samples whose attribute has no levels */
#define WRONG 3        /* the red frame */

typedef struct sheet {
    const realism *r;
    cgm_arena arena;
    size_t rows;
    cgm_picture_cell *cells; /* [rows, COLUMNS] */
} sheet;

/* "7", and "7: shows 1" where the predictor reads otherwise. */
static cgm_status fill_cell(sheet *s, size_t i, cgm_picture_cell *cell)
{
    const realism *r = s->r;
    const cgm_variable *v = r->attribute;
    char asked[CGM_VALUE_TEXT], shown[CGM_VALUE_TEXT];
    size_t width = cgm_variable_width(r->image_variable);
    bool same = r->samples.shown[i] == r->samples.asked[i];
    float *pixels = cgm_arena_array(&s->arena, width, sizeof *pixels);
    cgm_variable_text(v, r->samples.asked[i], asked);
    cgm_variable_text(v, r->samples.shown[i], shown);
    const char *caption =
        same ? cgm_arena_strdup(&s->arena, asked) : cgm_arena_printf(&s->arena, "%s: shows %s", asked, shown);
    if (!pixels || !caption) return CGM_E_MEMORY;
    for (size_t j = 0; j < width; j++) pixels[j] = (float)r->samples.images[i * width + j];
    *cell = (cgm_picture_cell){.pixels = pixels, .caption = caption};
    if (!same && cgm_variable_has_levels(v)) cell->frame = WRONG;
    return CGM_OK;
}

/* The first samples that were asked for the level, if there are any: a row. */
static cgm_status fill_level(sheet *s, int level)
{
    size_t n = 0;
    const realism_set *set = &s->r->samples;
    for (size_t i = 0; i < set->n && n < COLUMNS; i++)
        if (set->asked[i] == level) CGM_TRY(fill_cell(s, i, &s->cells[s->rows * COLUMNS + n++]));
    s->rows += n > 0;
    return CGM_OK;
}

static cgm_status fill(sheet *s)
{
    const cgm_variable *v = s->r->attribute;
    size_t n = s->r->samples.n < PLAIN_ROWS * COLUMNS ? s->r->samples.n : PLAIN_ROWS * COLUMNS;
    s->cells = cgm_arena_array(&s->arena, (MOST_LEVELS + 1) * COLUMNS, sizeof *s->cells);
    if (!s->cells) return CGM_E_MEMORY;
    if (cgm_variable_has_levels(v)) {
        for (int k = 0; k < v->levels && s->rows < MOST_LEVELS; k++) CGM_TRY(fill_level(s, k));
        return CGM_OK;
    }
    for (size_t i = 0; i < n; i++) CGM_TRY(fill_cell(s, i, &s->cells[i]));
    s->rows = (n + COLUMNS - 1) / COLUMNS;
    return CGM_OK;
}

cgm_status cgm_realism_draw_sheet(const realism *r, const char *path)
{
    const cgm_variable *v = r->image_variable;
    sheet s = {.r = r};
    cgm_status status = fill(&s);
    const char *under = r->out->heading ? ", under " : "", *heading = r->out->heading ? r->out->heading : "";
    const char *title =
        cgm_arena_printf(&s.arena, "%s %s%s%s", r->attribute->name,
                         r->asks ? "asked for, in red where the predictor reads otherwise" : "read", under, heading);
    if (status == CGM_OK && !title) status = CGM_E_MEMORY;
    cgm_picture_grid grid = {.title = title,
                             .rows = s.rows,
                             .columns = COLUMNS,
                             .channels = v->channels,
                             .height = v->height,
                             .width = v->width,
                             .cells = s.cells};
    if (status == CGM_OK) status = cgm_picture_write_grid(path, &grid);
    cgm_arena_clear(&s.arena);
    return status;
}
