/* How far a part of a run is: its counts and the metrics of every step. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scm/runs/run_priv.h"

static cgm_status series_push(cgm_series *series, double value)
{
    if (series->n == series->capacity) {
        size_t capacity = series->capacity ? 2 * series->capacity : 1024;
        double *grown = capacity > SIZE_MAX / sizeof *grown ? NULL : realloc(series->value, capacity * sizeof *grown);
        if (!grown)
            return CGM_FAIL(CGM_E_MEMORY, "out of memory for %zu values of the metric %s", capacity, series->name);
        series->value = grown;
        series->capacity = capacity;
    }
    series->value[series->n++] = value;
    return CGM_OK;
}

static cgm_series *find_series(cgm_part *part, const char *name)
{
    for (size_t i = 0; i < part->n_series; i++)
        if (strcmp(part->series[i].name, name) == 0) return &part->series[i];
    return NULL;
}

cgm_status cgm_part_record(cgm_part *part, const cgm_fit_report *report)
{
    for (size_t i = 0; i < report->n_metrics; i++) {
        cgm_series *series = find_series(part, report->metrics[i].name);
        if (!series) {
            if (part->n_series == CGM_PROGRESS_METRICS)
                return CGM_FAIL(CGM_E_UNSUPPORTED, "more than %d metrics", CGM_PROGRESS_METRICS);
            series = &part->series[part->n_series++];
            memcpy(series->name, report->metrics[i].name, sizeof series->name);
            series->name[sizeof series->name - 1] = '\0';
        }
        while (series->n < part->steps) CGM_TRY(series_push(series, NAN));
        CGM_TRY(series_push(series, report->metrics[i].value));
        series->last = report->metrics[i].value;
    }
    part->steps++;
    part->done = report->done;
    part->total = report->total;
    for (size_t i = 0; i < part->n_series; i++)
        while (part->series[i].n < part->steps) CGM_TRY(series_push(&part->series[i], NAN));
    return CGM_OK;
}

size_t cgm_part_latest(const cgm_part *part, cgm_metric metrics[CGM_PROGRESS_METRICS])
{
    for (size_t i = 0; i < part->n_series; i++) {
        metrics[i] = (cgm_metric){.value = part->series[i].last};
        memcpy(metrics[i].name, part->series[i].name, sizeof metrics[i].name);
    }
    return part->n_series;
}

cgm_status cgm_part_save(const cgm_part *part, cgm_file *file, const cgm_part_place *place)
{
    char path[512];
    uint64_t counts[4] = {part->steps, part->finished, part->done, part->total};
    CGM_TRY(cgm_file_write(file, place->progress, CGM_U64, CGM_SHAPE(4), NULL, counts));
    CGM_TRY(
        cgm_file_set_text(file, place->progress, "meaning", "steps made, whether finished, units done, units in all"));
    CGM_TRY(cgm_file_set_number(file, place->progress, "seconds", part->seconds));
    CGM_TRY(cgm_file_set_integer(file, place->progress, "memory_bytes", part->memory));
    for (size_t i = 0; i < part->n_series; i++) {
        const cgm_series *series = &part->series[i];
        const char *axes[] = {"step"};
        snprintf(path, sizeof path, "%s/%s", place->metrics, series->name);
        CGM_TRY(cgm_file_write(file, path, CGM_F64, CGM_SHAPE((int64_t)series->n), axes, series->value));
    }
    return place->film ? cgm_film_save(&part->film, place->film, file) : CGM_OK;
}

typedef struct loading {
    cgm_part *part;
    cgm_file *file;
    const char *group;
} loading;

static cgm_status load_series(void *context, const char *name, bool is_group)
{
    const loading *l = context;
    cgm_part *part = l->part;
    char path[512];
    snprintf(path, sizeof path, "%s/%s", l->group, name);
    if (is_group || strlen(name) >= sizeof part->series[0].name || part->n_series == CGM_PROGRESS_METRICS)
        return CGM_FAIL(CGM_E_FORMAT, "%s:%s: not a metric that cgm wrote", cgm_file_path(l->file), path);
    /* Dimension scales lie beside what they label. */
    cgm_dtype dtype;
    cgm_shape shape;
    CGM_TRY(cgm_file_info(l->file, path, &dtype, &shape));
    if (dtype != CGM_F64) return CGM_OK;
    if (shape.rank != 1 || shape.dim[0] < 0 || (uint64_t)shape.dim[0] != part->steps)
        return CGM_FAIL(CGM_E_FORMAT, "%s:%s: expected one value for each of the %llu steps", cgm_file_path(l->file),
                        path, (unsigned long long)part->steps);
    cgm_series *series = &part->series[part->n_series];
    size_t capacity = part->steps ? (size_t)part->steps : 1;
    series->value = calloc(capacity, sizeof *series->value);
    if (!series->value) return CGM_FAIL(CGM_E_MEMORY, "out of memory for the metrics");
    strcpy(series->name, name);
    series->n = (size_t)part->steps;
    series->capacity = capacity;
    part->n_series++;
    CGM_TRY(cgm_file_read(l->file, path, CGM_F64, shape, series->value));
    size_t k = series->n;
    while (k > 0 && isnan(series->value[k - 1])) k--;
    series->last = k > 0 ? series->value[k - 1] : NAN;
    return CGM_OK;
}

cgm_status cgm_part_load(cgm_part *part, cgm_file *file, const cgm_part_place *place)
{
    const char *path = place->progress;
    uint64_t counts[4];
    cgm_part_clear(part);
    if (!cgm_file_has(file, path)) return CGM_OK;
    CGM_TRY(cgm_file_read(file, path, CGM_U64, CGM_SHAPE(4), counts));
    if (counts[1] > 1) return CGM_FAIL(CGM_E_FORMAT, "%s:%s: damaged", cgm_file_path(file), path);
    part->steps = counts[0];
    part->finished = counts[1];
    part->done = counts[2];
    part->total = counts[3];
    if (cgm_file_has_attribute(file, path, "seconds"))
        CGM_TRY(cgm_file_get_number(file, path, "seconds", &part->seconds));
    if (cgm_file_has_attribute(file, path, "memory_bytes"))
        CGM_TRY(cgm_file_get_integer(file, path, "memory_bytes", &part->memory));
    if (!cgm_file_has(file, place->metrics)) return CGM_OK;
    loading l = {part, file, place->metrics};
    cgm_status status = cgm_file_list(file, place->metrics, load_series, &l);
    if (status == CGM_OK && place->film) status = cgm_film_load(&part->film, place->film, file);
    if (status != CGM_OK) cgm_part_clear(part);
    return status;
}

void cgm_part_clear(cgm_part *part)
{
    uint64_t limit = part->limit;
    for (size_t i = 0; i < part->n_series; i++) free(part->series[i].value);
    cgm_film_clear(&part->film);
    *part = (cgm_part){.limit = limit};
}
