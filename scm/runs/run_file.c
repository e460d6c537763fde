/* Run files. "/" says in attributes what was run and on what; /mechanism/VARIABLE holds a mechanism's arrays (while it
 * is being trained also its optimiser and generator), /metrics/VARIABLE/NAME a value a step, /progress/VARIABLE how far
 * it is; of a predictor all this is in /predictors/NAME, of fine-tuning in /finetune, but that what it trains is the
 * image's. */
#include <string.h>

#include "scm/runs/run_priv.h"

/* The version of this layout. A reader refuses a later one. */
#define LAYOUT 1

cgm_part_place cgm_part_place_of(cgm_part_kind kind, const char *name)
{
    cgm_part_place place = {.film = NULL};
    if (kind == CGM_PART_PREDICTOR) {
        snprintf(place.state, sizeof place.state, "/predictors/%s", name);
        snprintf(place.progress, sizeof place.progress, "/predictors/%s/progress", name);
        snprintf(place.metrics, sizeof place.metrics, "/predictors/%s/metrics", name);
    } else if (kind == CGM_PART_TUNING) {
        snprintf(place.state, sizeof place.state, "/finetune");
        snprintf(place.progress, sizeof place.progress, "/finetune/progress");
        snprintf(place.metrics, sizeof place.metrics, "/finetune/metrics");
    } else {
        snprintf(place.state, sizeof place.state, "/mechanism/%s", name);
        snprintf(place.progress, sizeof place.progress, "/progress/%s", name);
        snprintf(place.metrics, sizeof place.metrics, "/metrics/%s", name);
    }
    return place;
}

static cgm_part_place place_of(const cgm_run *run, size_t i)
{
    bool variable = cgm_run_part_is_variable(run, i);
    cgm_part_kind kind = variable                         ? CGM_PART_VARIABLE
                         : cgm_run_part_predictor(run, i) ? CGM_PART_PREDICTOR
                                                          : CGM_PART_TUNING;
    cgm_part_place place = cgm_part_place_of(kind, cgm_run_part_name(run, i));
    if (variable) place.film = cgm_scm_variable(run->scm, i);
    return place;
}

static cgm_status save_state(const cgm_run *run, size_t i, const char *group, cgm_file *file)
{
    cgm_state state = {0};
    cgm_mechanism *m = cgm_run_part_mechanism(run, i);
    cgm_status status = m->methods->state(m, &state);
    if (status == CGM_OK) status = cgm_state_save(&state, file, group);
    cgm_state_clear(&state);
    return status;
}

cgm_status cgm_run_load_state(cgm_run *run, size_t i, cgm_file *file)
{
    const cgm_part_place place = place_of(run, i);
    cgm_state state = {0};
    cgm_mechanism *m = cgm_run_part_mechanism(run, i);
    cgm_status status = m->methods->state(m, &state);
    if (status == CGM_OK) status = cgm_state_load(&state, file, place.state);
    cgm_state_clear(&state);
    return status;
}

static cgm_status save_facts(const cgm_run *run, cgm_file *file)
{
    const cgm_run_facts *f = &run->facts;
    const struct {
        const char *name, *text;
    } texts[] = {{"cgm_version", f->cgm_version},
                 {"config", cgm_run_config_text(run)},
                 {"data", f->data},
                 {"data_sha256", f->data_sha256},
                 {"cpu", f->cpu},
                 {"versions", f->versions},
                 {"created", f->created},
                 {"finished", f->finished}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!texts[i].text) return CGM_E_MEMORY; /* the config's */
        CGM_TRY(cgm_file_set_text(file, "/", texts[i].name, texts[i].text));
    }
    CGM_TRY(cgm_file_set_integer(file, "/", "run_layout", LAYOUT));
    CGM_TRY(cgm_file_set_integer(file, "/", "seed", (uint64_t)run->train.seed));
    return cgm_file_set_number(file, "/", "seconds", f->seconds);
}

cgm_status cgm_run_save(cgm_run *run, const char *path)
{
    cgm_status status;
    cgm_file *file;
    CGM_TRY(cgm_file_create(path, &file));
    CGM_TRY_GOTO(save_facts(run, file), failed);
    for (size_t i = 0; i < run->n_parts; i++) {
        const cgm_part *part = &run->part[i];
        const cgm_part_place place = place_of(run, i);
        if (!part->finished && !part->fitting) continue;
        CGM_TRY_GOTO(cgm_part_save(part, file, &place), failed);
        CGM_TRY_GOTO(save_state(run, i, place.state, file), failed);
    }
    return cgm_file_commit(file);
failed:
    cgm_file_close(file);
    return status;
}

cgm_status cgm_run_file_open(const char *path, cgm_file **out)
{
    cgm_file *file;
    uint64_t layout = 0;
    CGM_TRY(cgm_file_open(path, &file));
    cgm_status status = CGM_OK;
    if (!cgm_file_has_attribute(file, "/", "run_layout"))
        status = CGM_FAIL(CGM_E_FORMAT, "%s: not a run file: expected the attribute run_layout, as cgm train writes it",
                          path);
    if (status == CGM_OK) status = cgm_file_get_integer(file, "/", "run_layout", &layout);
    if (status == CGM_OK && layout != LAYOUT)
        status =
            CGM_FAIL(CGM_E_FORMAT, "%s: run layout %llu, expected %d: read it with the version of cgm that wrote it",
                     path, (unsigned long long)layout, LAYOUT);
    if (status != CGM_OK) {
        cgm_file_close(file);
        return status;
    }
    *out = file;
    return CGM_OK;
}

cgm_status cgm_run_file_config(cgm_file *file, cgm_config **out)
{
    const char *text;
    cgm_arena arena = {0};
    CGM_TRY(cgm_file_get_text(file, "/", "config", &text));
    char *name = cgm_arena_printf(&arena, "%s:config", cgm_file_path(file));
    cgm_status status = name ? cgm_config_parse(text, name, out) : CGM_E_MEMORY;
    cgm_arena_clear(&arena);
    return status;
}

cgm_status cgm_run_load(cgm_run *run, cgm_file *file)
{
    for (size_t i = 0; i < run->n_parts; i++) {
        const cgm_part_place place = place_of(run, i);
        CGM_TRY(cgm_part_load(&run->part[i], file, &place));
        if (run->part[i].finished) CGM_TRY(cgm_run_load_state(run, i, file));
    }
    return CGM_OK;
}
