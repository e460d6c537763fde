/* An explanation as HDF5. */
#include <stdio.h>

#include "data/level_names.h"
#include "scm/answers/answer_priv.h"
#include "scm/explain/explain_priv.h"

static const char *const map_axes[] = {"row", "channel", "y", "x"};
static const char *const part_axes[] = {"row", "y", "x"};

static cgm_status write_numbers(cgm_file *file, const char *path, size_t n, const double *numbers)
{
    return cgm_file_write(file, path, CGM_F64, CGM_SHAPE((int64_t)n), map_axes, numbers);
}

static cgm_status write_images(cgm_file *file, const explaining *e)
{
    const cgm_explanation *out = e->out;
    const cgm_answer_part rows = {e->n, e->n};
    CGM_TRY(cgm_answer_write_index(file, e->n, out->row));
    CGM_TRY(cgm_answer_append_values(file, "/image", e->image, rows, out->images));
    CGM_TRY(cgm_answer_append_values(file, "/truth", e->attribute, rows, out->truth));
    CGM_TRY(cgm_answer_append_values(file, "/read", e->attribute, rows, out->read));
    CGM_TRY(cgm_level_names_save(file, "/truth", e->attribute));
    return cgm_level_names_save(file, "/read", e->attribute);
}

static cgm_status write_map(cgm_file *file, const explaining *e, const char *path, const double *map)
{
    const cgm_variable *v = e->image;
    const cgm_shape shape = CGM_SHAPE((int64_t)e->n, e->out->map_channels, v->height, v->width);
    return cgm_file_write(file, path, CGM_F64, shape, map_axes, map);
}

static cgm_status write_stage(cgm_file *file, const explaining *e, size_t k)
{
    const cgm_explain_stage *s = &e->out->stage[k];
    char path[64];
    snprintf(path, sizeof path, "/randomised/%zu/map", k);
    CGM_TRY(write_map(file, e, path, s->map));
    CGM_TRY(cgm_file_set_text(file, path, "layer", s->layer));
    CGM_TRY(cgm_file_set_number(file, path, "rank_correlation", s->correlation));
    return cgm_file_set_number(file, path, "rank_correlation_of_absolute_values", s->absolute);
}

static cgm_status write_facts(cgm_file *file, const explaining *e)
{
    cgm_arena arena = {0};
    const char *text = cgm_explain_text(e, &arena);
    cgm_status status = text ? cgm_answer_write_facts(file, e->run, text, NULL, e->opts->seed) : CGM_E_MEMORY;
    cgm_arena_clear(&arena);
    CGM_TRY(status);
    CGM_TRY(cgm_file_set_text(file, "/", "predictor", e->out->predictor));
    CGM_TRY(cgm_file_set_text(file, "/", "method", e->out->method));
    CGM_TRY(cgm_file_set_text(file, "/score", "score", e->out->score));
    if (!e->out->images && e->rows) CGM_TRY(cgm_file_set_integer(file, "/", "given_of_row", e->rows[0]));
    if (e->out->layer) CGM_TRY(cgm_file_set_text(file, "/", "layer", e->out->layer));
    return e->method->unit ? cgm_file_set_text(file, "/map", "per", e->method->unit) : CGM_OK;
}

static cgm_status write_all(cgm_file *file, const explaining *e)
{
    const cgm_explanation *out = e->out;
    const cgm_shape plane = CGM_SHAPE((int64_t)e->n, e->image->height, e->image->width);
    if (out->images) CGM_TRY(write_images(file, e));
    CGM_TRY(write_numbers(file, "/level", e->n, out->level));
    CGM_TRY(write_numbers(file, "/score", e->n, out->value));
    CGM_TRY(write_map(file, e, "/map", out->map));
    if (out->part) CGM_TRY(cgm_file_write(file, "/part", CGM_I64, plane, part_axes, out->part));
    if (out->figure_name) {
        CGM_TRY(write_numbers(file, "/figure", e->n, out->figure));
        CGM_TRY(cgm_file_set_text(file, "/figure", "what", out->figure_name));
    }
    for (size_t k = 0; k < out->n_stages; k++) CGM_TRY(write_stage(file, e, k));
    return write_facts(file, e);
}

cgm_status cgm_explain_write(const explaining *e, const char *path)
{
    cgm_file *file = NULL;
    CGM_TRY(cgm_file_create(path, &file));
    cgm_status status = write_all(file, e);
    if (status == CGM_OK) return cgm_file_commit(file);
    cgm_file_close(file);
    return status;
}
