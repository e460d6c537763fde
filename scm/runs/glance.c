/* The parts of a run as its file has them. */
#include "scm/runs/glance.h"

#include <string.h>

#include "scm/runs/run_priv.h"

static cgm_status copy_series(const cgm_part *part, cgm_arena *arena, cgm_glance_part *out)
{
    out->series = cgm_arena_array(arena, part->n_series + 1, sizeof *out->series);
    if (!out->series) return CGM_E_MEMORY;
    for (; out->n_series < part->n_series; out->n_series++) {
        const cgm_series *series = &part->series[out->n_series];
        double *value = cgm_arena_array(arena, series->n + 1, sizeof *value);
        const char *name = cgm_arena_strdup(arena, series->name);
        if (!value || !name) return CGM_E_MEMORY;
        memcpy(value, series->value, series->n * sizeof *value);
        out->series[out->n_series] = (cgm_glance_series){name, series->n, value};
    }
    return CGM_OK;
}

static cgm_status read_part(cgm_file *file, cgm_part_kind kind, const char *name, cgm_glance *out)
{
    cgm_part part = {.finished = false};
    cgm_glance_part *p = &out->part[out->n_parts];
    const cgm_part_place place = cgm_part_place_of(kind, name);
    CGM_TRY(cgm_part_load(&part, file, &place));
    *p = (cgm_glance_part){.name = cgm_arena_strdup(&out->arena, name),
                           .kind = kind,
                           .finished = part.finished,
                           .steps = part.steps,
                           .done = part.done,
                           .total = part.total,
                           .seconds = part.seconds};
    cgm_status status = p->name ? copy_series(&part, &out->arena, p) : CGM_E_MEMORY;
    cgm_part_clear(&part);
    out->finished = out->finished && p->finished;
    out->n_parts++;
    return status;
}

static cgm_status read_map(cgm_file *file, cgm_part_kind kind, const cgm_yaml *map, cgm_glance *out)
{
    if (map && cgm_yaml_get_kind(map) != CGM_YAML_MAP) return cgm_yaml_fail(map, "expected a map of names");
    for (size_t i = 0; map && i < cgm_yaml_count(map); i++) CGM_TRY(read_part(file, kind, cgm_yaml_key(map, i), out));
    return CGM_OK;
}

static cgm_status read_parts(cgm_file *file, const cgm_config *config, cgm_glance *out)
{
    cgm_run_sections sections = {0};
    CGM_TRY(cgm_run_read_sections(config, &sections));
    size_t n = cgm_yaml_count(sections.graph) + (sections.predictors ? cgm_yaml_count(sections.predictors) : 0) + 1;
    out->part = cgm_arena_array(&out->arena, n, sizeof *out->part);
    if (!out->part) return CGM_E_MEMORY;
    out->finished = true;
    CGM_TRY(read_map(file, CGM_PART_VARIABLE, sections.graph, out));
    CGM_TRY(read_map(file, CGM_PART_PREDICTOR, sections.predictors, out));
    return sections.finetune ? read_part(file, CGM_PART_TUNING, "finetune", out) : CGM_OK;
}

cgm_status cgm_run_glance(const char *path, cgm_glance *out)
{
    cgm_file *file;
    cgm_config *config = NULL;
    *out = (cgm_glance){.finished = false};
    CGM_TRY(cgm_run_file_open(path, &file));
    cgm_status status = cgm_run_file_config(file, &config);
    if (status == CGM_OK) status = read_parts(file, config, out);
    cgm_config_destroy(config);
    cgm_file_close(file);
    if (status != CGM_OK) cgm_glance_clear(out);
    return status;
}

void cgm_glance_clear(cgm_glance *glance)
{
    cgm_arena_clear(&glance->arena);
    *glance = (cgm_glance){.finished = false};
}
