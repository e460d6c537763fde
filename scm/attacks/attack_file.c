/* An attack as HDF5. */
#include <stdio.h>

#include "data/level_names.h"
#include "scm/answers/answer_priv.h"
#include "scm/attacks/attack_priv.h"

/* "attack: fgsm on digit, epsilon 8" */
static const char *question_of(const attacking *a, cgm_arena *arena)
{
    const cgm_attack_report *r = a->out;
    const char *text = cgm_arena_printf(arena, "attack: %s on %s", r->method, r->predictor);
    if (text && r->epsilon > 0) text = cgm_arena_printf(arena, "%s, epsilon %g", text, r->epsilon);
    if (text && r->iterations > 0) text = cgm_arena_printf(arena, "%s, %zu steps", text, r->iterations);
    if (text && r->surrogate[0]) text = cgm_arena_printf(arena, "%s, made for %s", text, r->surrogate);
    if (text && a->opts->target) text = cgm_arena_printf(arena, "%s, target %s", text, a->opts->target);
    return text;
}

static cgm_status write_facts(const attacking *a, cgm_file *file)
{
    const cgm_attack_report *r = a->out;
    const struct {
        const char *name;
        double value;
    } number[] = {{"epsilon", r->epsilon},     {"success", r->success},     {"l2_mean", r->l2_mean},
                  {"l2_median", r->l2_median}, {"linf_mean", r->linf_mean}, {"linf_median", r->linf_median},
                  {"shown", r->shown}};
    char before[32], after[32];
    cgm_arena arena = {0};
    const char *question = question_of(a, &arena);
    cgm_status status = question ? cgm_answer_write_facts(file, a->run, question, NULL, a->opts->seed) : CGM_E_MEMORY;
    cgm_arena_clear(&arena);
    CGM_TRY(status);
    CGM_TRY(cgm_file_set_text(file, "/", "predictor", r->predictor));
    CGM_TRY(cgm_file_set_text(file, "/", "attribute", r->attribute));
    CGM_TRY(cgm_file_set_text(file, "/", "method", r->method));
    CGM_TRY(cgm_file_set_text(file, "/", "units", "grey levels"));
    snprintf(before, sizeof before, "%s_before", r->measure);
    snprintf(after, sizeof after, "%s_after", r->measure);
    CGM_TRY(cgm_file_set_number(file, "/", before, r->before));
    CGM_TRY(cgm_file_set_number(file, "/", after, r->after));
    CGM_TRY(cgm_file_set_integer(file, "/", "iterations", r->iterations));
    CGM_TRY(cgm_file_set_integer(file, "/", "tried", r->tried));
    CGM_TRY(cgm_file_set_integer(file, "/", "succeeded", r->succeeded));
    for (size_t k = 0; k < sizeof number / sizeof *number; k++)
        CGM_TRY(cgm_file_set_number(file, "/", number[k].name, number[k].value));
    return CGM_OK;
}

static cgm_status write_values(const attacking *a, cgm_file *file)
{
    static const char *const axes[] = {"row"};
    const cgm_predictor *p = a->judge.response.predictor;
    const cgm_answer_part all = {a->n, a->n};
    const cgm_shape each = CGM_SHAPE((int64_t)a->n);
    const struct {
        const char *path;
        const double *values;
    } read[] = {{"/truth", a->truth}, {"/read", a->read}, {"/read_attacked", a->read_after}},
      number[] = {
          {"/probability", a->sure}, {"/probability_attacked", a->sure_after}, {"/l2", a->l2}, {"/linf", a->linf}};
    CGM_TRY(cgm_answer_append_values(file, "/image", p->image, all, a->image));
    CGM_TRY(cgm_answer_append_values(file, "/attacked", p->image, all, a->attacked));
    for (size_t k = 0; k < sizeof read / sizeof *read; k++) {
        CGM_TRY(cgm_answer_append_values(file, read[k].path, p->attribute, all, read[k].values));
        CGM_TRY(cgm_level_names_save(file, read[k].path, p->attribute));
    }
    for (size_t k = 0; k < sizeof number / sizeof *number; k++)
        CGM_TRY(cgm_file_write(file, number[k].path, CGM_F64, each, axes, number[k].values));
    CGM_TRY(cgm_file_write(file, "/counts", CGM_U8, each, axes, a->counts));
    return cgm_file_write(file, "/fooled", CGM_U8, each, axes, a->fooled);
}

cgm_status cgm_attack_write(const attacking *a, const char *path)
{
    cgm_file *file;
    CGM_TRY(cgm_file_create(path, &file));
    cgm_status status = write_facts(a, file);
    if (status == CGM_OK) status = cgm_answer_write_index(file, a->n, a->row);
    if (status == CGM_OK) status = write_values(a, file);
    if (status == CGM_OK) return cgm_file_commit(file);
    cgm_file_close(file);
    return status;
}
