/* Paths of the config's section `data` as absolute ones, so that the stored config works from any directory. */
#include <stdlib.h>
#include <string.h>

#include "scm/runs/run_priv.h"

/* In the arena; a path that leads nowhere stays, for the reader of the data to complain about. NULL: no memory. */
static const char *absolute(cgm_arena *arena, const char *path, const char *base)
{
    char *full = NULL;
    if (path[0] != '/' && base) {
        char *joined = cgm_arena_printf(arena, "%s/%s", base, path);
        if (!joined) return NULL;
        full = realpath(joined, NULL);
    }
    if (!full) full = realpath(path, NULL);
    const char *copy = full ? cgm_arena_strdup(arena, full) : path;
    free(full);
    return copy;
}

static cgm_status set_path(cgm_config *config, cgm_arena *arena, const char *key, const char *path, const char *base)
{
    const char *full = absolute(arena, path, base);
    if (!full) return CGM_E_MEMORY;
    if (strcmp(full, path) == 0) return CGM_OK; /* so that messages go on to name the config's line */
    const char *quoted = cgm_yaml_quote(arena, full),
               *text = quoted ? cgm_arena_printf(arena, "data.%s=%s", key, quoted) : NULL;
    return text ? cgm_config_set(config, text) : CGM_E_MEMORY;
}

/* An absolute path between quotes, as YAML wants it. */
static const char *quote(cgm_arena *arena, const char *path, const char *base)
{
    const char *full = absolute(arena, path, base);
    return full ? cgm_yaml_quote(arena, full) : NULL;
}

/* The map as a whole, as any text may be a level's name. */
static cgm_status set_folders(cgm_config *config, cgm_arena *arena, const cgm_data_opts *data, const char *base)
{
    const char *text = "data.folders={";
    for (size_t i = 0; text && i < data->n_folders; i++) {
        const cgm_data_folder *f = &data->folder[i];
        const char *level = cgm_yaml_quote(arena, f->level), *path = quote(arena, f->path, base);
        const char *test = f->test ? quote(arena, f->test, base) : "";
        if (!level || !path || !test) return CGM_E_MEMORY;
        text = f->test
                   ? cgm_arena_printf(arena, "%s%s%s: {train: %s, test: %s}", text, i ? ", " : "", level, path, test)
                   : cgm_arena_printf(arena, "%s%s%s: %s", text, i ? ", " : "", level, path);
    }
    if (text) text = cgm_arena_printf(arena, "%s}", text);
    return text ? cgm_config_set(config, text) : CGM_E_MEMORY;
}

cgm_status cgm_run_resolve_paths(cgm_config *config, const cgm_data_opts *data, const char *base)
{
    cgm_arena arena = {0};
    cgm_status status = CGM_OK;
    if (data->path) CGM_TRY_GOTO(set_path(config, &arena, "path", data->path, base), done);
    if (data->from) CGM_TRY_GOTO(set_path(config, &arena, "from", data->from, base), done);
    if (data->root) CGM_TRY_GOTO(set_path(config, &arena, "root", data->root, base), done);
    if (data->n_folders) CGM_TRY_GOTO(set_folders(config, &arena, data, base), done);
done:
    cgm_arena_clear(&arena);
    return status;
}
