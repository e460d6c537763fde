/* Points as a file and as a picture. */
#include "data/level_names.h"
#include "io/scatter.h"
#include "scm/answers/answer_priv.h"
#include "scm/embedding/embed_priv.h"

enum { SIDE = 420, MOST_LEVELS = 20 /* that a person tells apart, and a legend holds */ };

static const char *method_name(const embedding *e)
{
    return e->opts->method == CGM_EMBED_TSNE ? "t-SNE" : "PCA";
}

/* ---- The file ---- */

static cgm_status write_facts(const embedding *e, cgm_file *file)
{
    const cgm_embed_report *r = e->out;
    cgm_arena arena = {0};
    const char *question = cgm_arena_printf(&arena, "embed: %s of %s", method_name(e), e->of);
    cgm_status status = question ? cgm_answer_write_facts(file, e->run, question, NULL, e->opts->seed) : CGM_E_MEMORY;
    cgm_arena_clear(&arena);
    CGM_TRY(status);
    CGM_TRY(cgm_file_set_text(file, "/", "method", method_name(e)));
    CGM_TRY(cgm_file_set_text(file, "/", "of", e->of));
    CGM_TRY(cgm_file_set_integer(file, "/", "numbers", e->width));
    if (e->opts->method == CGM_EMBED_TSNE) {
        CGM_TRY(cgm_file_set_number(file, "/", "perplexity", r->perplexity));
        return cgm_file_set_number(file, "/", "divergence", r->divergence);
    }
    CGM_TRY(cgm_file_set_number(file, "/", "share_first", r->share[0]));
    return cgm_file_set_number(file, "/", "share_second", r->share[1]);
}

static cgm_status write_values(const embedding *e, cgm_file *file)
{
    static const char *const axes[] = {"row", "component"};
    const cgm_answer_part all = {e->n, e->n};
    CGM_TRY(cgm_file_write(file, "/point", CGM_F64, CGM_SHAPE((int64_t)e->n, 2), axes, e->point));
    if (!e->colour) return CGM_OK;
    CGM_TRY(cgm_answer_append_values(file, "/colour", e->colour, all, e->value));
    CGM_TRY(cgm_level_names_save(file, "/colour", e->colour));
    return cgm_file_set_text(file, "/colour", "variable", e->colour->name);
}

cgm_status cgm_embed_write(const embedding *e, const char *path)
{
    cgm_file *file;
    CGM_TRY(cgm_file_create(path, &file));
    cgm_status status = write_facts(e, file);
    if (status == CGM_OK) status = cgm_answer_write_index(file, e->n, e->row);
    if (status == CGM_OK) status = write_values(e, file);
    if (status == CGM_OK) return cgm_file_commit(file);
    cgm_file_close(file);
    return status;
}

/* ---- The picture ---- */

static const char *caption_of(const embedding *e, cgm_arena *arena)
{
    const cgm_embed_report *r = e->out;
    if (e->opts->method == CGM_EMBED_TSNE)
        return cgm_arena_printf(arena, "perplexity %.3g, divergence %.3g nats", r->perplexity, r->divergence);
    return cgm_arena_printf(arena, "across: %.1f %% of the variance, upwards: %.1f %%", 100 * r->share[0],
                            100 * r->share[1]);
}

static cgm_status name_levels(const cgm_variable *v, cgm_arena *arena, cgm_scatter_colours *out)
{
    char text[CGM_VALUE_TEXT];
    if (!cgm_variable_has_levels(v) || v->levels > MOST_LEVELS) return CGM_OK;
    const char **names = cgm_arena_array(arena, (size_t)v->levels, sizeof *names);
    if (!names) return CGM_E_MEMORY;
    for (int k = 0; k < v->levels; k++)
        if (!(names[k] = cgm_arena_strdup(arena, cgm_variable_text(v, k, text)))) return CGM_E_MEMORY;
    out->n_levels = (size_t)v->levels;
    out->levels = names;
    return CGM_OK;
}

cgm_status cgm_embed_draw(const embedding *e, const char *path)
{
    cgm_arena arena = {0};
    cgm_scatter_colours colours = {.name = e->colour ? e->colour->name : NULL};
    const cgm_scatter_panel panel = {
        .caption = caption_of(e, &arena), .n = e->n, .points = e->point, .value = e->value};
    const cgm_scatter scatter = {.title = cgm_arena_printf(&arena, "%s of %s", method_name(e), e->of),
                                 .n_panels = 1,
                                 .panels = &panel,
                                 .side = SIDE,
                                 .colours = e->colour ? &colours : NULL};
    cgm_status status = panel.caption && scatter.title ? CGM_OK : CGM_E_MEMORY;
    if (status == CGM_OK && e->colour) status = name_levels(e->colour, &arena, &colours);
    if (status == CGM_OK) status = cgm_scatter_write(path, &scatter);
    cgm_arena_clear(&arena);
    return status;
}
