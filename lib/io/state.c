/* Named arrays to and from a group of a file. */
#include "io/state.h"

#include <stdio.h>
#include <string.h>

static cgm_status grow(cgm_state *state)
{
    if (state->n < state->capacity) return CGM_OK;
    size_t capacity = state->capacity ? 2 * state->capacity : 32;
    cgm_state_entry *entry = cgm_arena_array(&state->arena, capacity, sizeof *entry);
    if (!entry) return CGM_E_MEMORY;
    if (state->n) memcpy(entry, state->entry, state->n * sizeof *entry);
    state->entry = entry;
    state->capacity = capacity;
    return CGM_OK;
}

cgm_status cgm_state_add(cgm_state *state, cgm_dtype dtype, cgm_shape shape, void *data, const char *name_format, ...)
{
    char name[512];
    va_list args;
    va_start(args, name_format);
    int n = vsnprintf(name, sizeof name, name_format, args);
    va_end(args);
    if (n <= 0 || n >= (int)sizeof name) return CGM_FAIL(CGM_E_ARG, "the name of a state is empty or too long");
    if (dtype == CGM_TEXT) return CGM_FAIL(CGM_E_ARG, "%s: a state holds numbers", name);
    CGM_TRY(grow(state));
    char *copy = cgm_arena_strdup(&state->arena, name);
    if (!copy) return CGM_E_MEMORY;
    state->entry[state->n++] = (cgm_state_entry){.name = copy, .dtype = dtype, .shape = shape, .data = data};
    return CGM_OK;
}

cgm_status cgm_state_add_optional(cgm_state *state, cgm_dtype dtype, cgm_shape shape, void *data, const char *name)
{
    CGM_TRY(cgm_state_add(state, dtype, shape, data, "%s", name));
    state->entry[state->n - 1].optional = true;
    return CGM_OK;
}

void cgm_state_clear(cgm_state *state)
{
    cgm_arena_clear(&state->arena);
    *state = (cgm_state){0};
}

static cgm_status entry_path(const char *group, const cgm_state_entry *entry, char path[1024])
{
    size_t n = strlen(group);
    while (n > 0 && group[n - 1] == '/') n--;
    if (snprintf(path, 1024, "%.*s/%s", (int)n, group, entry->name) < 1024) return CGM_OK;
    return CGM_FAIL(CGM_E_ARG, "%s/%s: the path is too long", group, entry->name);
}

cgm_status cgm_state_save(const cgm_state *state, cgm_file *file, const char *group)
{
    char path[1024];
    for (size_t i = 0; i < state->n; i++) {
        const cgm_state_entry *entry = &state->entry[i];
        CGM_TRY(entry_path(group, entry, path));
        CGM_TRY(cgm_file_write(file, path, entry->dtype, entry->shape, NULL, entry->data));
    }
    return CGM_OK;
}

static cgm_status check_entry(const cgm_state_entry *entry, cgm_file *file, const char *path)
{
    cgm_dtype dtype = CGM_U8;
    cgm_shape shape;
    CGM_TRY(cgm_file_info(file, path, &dtype, &shape));
    if (!cgm_shape_equal(shape, entry->shape)) {
        char a[CGM_SHAPE_TEXT], b[CGM_SHAPE_TEXT];
        return CGM_FAIL(CGM_E_FORMAT, "%s: %s has the shape %s, where %s is expected", cgm_file_path(file), path,
                        cgm_shape_text(shape, a), cgm_shape_text(entry->shape, b));
    }
    if (dtype == CGM_TEXT)
        return CGM_FAIL(CGM_E_FORMAT, "%s: %s holds texts, where numbers are expected", cgm_file_path(file), path);
    return CGM_OK;
}

/* All entries are checked before the first is changed. */
cgm_status cgm_state_load(const cgm_state *state, cgm_file *file, const char *group)
{
    char path[1024];
    for (size_t i = 0; i < state->n; i++) {
        CGM_TRY(entry_path(group, &state->entry[i], path));
        if (state->entry[i].optional && !cgm_file_has(file, path)) continue;
        CGM_TRY(check_entry(&state->entry[i], file, path));
    }
    for (size_t i = 0; i < state->n; i++) {
        const cgm_state_entry *entry = &state->entry[i];
        CGM_TRY(entry_path(group, entry, path));
        if (entry->optional && !cgm_file_has(file, path)) continue;
        CGM_TRY(cgm_file_read(file, path, entry->dtype, entry->shape, entry->data));
    }
    return CGM_OK;
}
