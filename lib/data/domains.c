/* Folders of PNG files, unpaired, as a data set of two variables: which folder an image is from, and the image. In
 * either split the files of all folders come in turn, each folder's by name, so that any part of the rows has of each
 * folder as much as it has of the files. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data/store.h"

typedef struct file {
    const char *path, *name;
    size_t level;
    double place; /* in (0, 1), among the folder's files of the split */
} file;

typedef struct files {
    cgm_arena *arena;
    size_t n, room;
    file *file;
} files;

/* What a directory holds. */
typedef struct listing {
    files in;         /* name, path */
    bool train, test; /* subfolders */
} listing;

/* ---- Directories ---- */

static cgm_status append(files *to, file one)
{
    if (to->n == to->room) {
        size_t room = to->room ? 2 * to->room : 256;
        file *more = cgm_arena_array(to->arena, room, sizeof *more);
        if (!more) return CGM_E_MEMORY;
        if (to->n) memcpy(more, to->file, to->n * sizeof *more);
        to->file = more;
        to->room = room;
    }
    to->file[to->n++] = one;
    return CGM_OK;
}

/* What is not hidden: files, and subfolders of the names that say a split. */
static cgm_status take_entry(const char *folder, const char *name, listing *out)
{
    struct stat info;
    if (name[0] == '.') return CGM_OK;
    char *copy = cgm_arena_strdup(out->in.arena, name), *path = cgm_arena_printf(out->in.arena, "%s/%s", folder, name);
    if (!copy || !path) return CGM_E_MEMORY;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) return append(&out->in, (file){.path = path, .name = copy});
    if (strcmp(name, "train") == 0) return out->train = true, CGM_OK;
    if (strcmp(name, "test") == 0) return out->test = true, CGM_OK;
    return CGM_FAIL(CGM_E_FORMAT, "%s: a folder; expected PNG files, and no folders but train and test", path);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const file *)a)->name, ((const file *)b)->name);
}

static cgm_status list(const char *folder, cgm_arena *arena, listing *out)
{
    cgm_status status = CGM_OK;
    *out = (listing){.in = {.arena = arena}};
    DIR *directory = opendir(folder);
    if (!directory) return CGM_FAIL(CGM_E_ARG, "cannot open the folder %s: %s", folder, strerror(errno));
    for (struct dirent *entry; status == CGM_OK && (entry = readdir(directory));)
        status = take_entry(folder, entry->d_name, out);
    closedir(directory);
    if (out->in.n) qsort(out->in.file, out->in.n, sizeof *out->in.file, by_name);
    return status;
}

static cgm_status check_some(const char *folder, const char *level, const files *found)
{
    if (found->n) return CGM_OK;
    return CGM_FAIL(CGM_E_FORMAT, "%s: an empty folder; expected PNG files of %s", folder, level);
}

/* The files of a folder that has no subfolders. */
static cgm_status list_files(const char *folder, const char *level, cgm_arena *arena, files *out)
{
    listing found;
    if (!folder) return CGM_E_MEMORY;
    CGM_TRY(list(folder, arena, &found));
    if (found.train || found.test)
        return CGM_FAIL(CGM_E_FORMAT, "%s/%s: a folder; expected PNG files", folder, found.train ? "train" : "test");
    *out = found.in;
    return check_some(folder, level, out);
}

/* ---- A level's files ---- */

/* The splits as files; names tell them apart in the data set's digest. */
typedef struct reading {
    const cgm_data_opts *opts;
    cgm_arena arena;
    files split[2]; /* by cgm_split */
    struct stat folder[CGM_DATA_MAX_FOLDERS];
} reading;

static cgm_status add_files(reading *r, size_t level, cgm_split split, const files *found)
{
    static const char *const between[] = {[CGM_TRAIN] = "", [CGM_TEST] = "test/"};
    for (size_t i = 0; i < found->n; i++) {
        file one = found->file[i];
        one.name = cgm_arena_printf(&r->arena, "%s/%s%s", r->opts->folder[level].level, between[split], one.name);
        if (!one.name) return CGM_E_MEMORY;
        one.level = level;
        one.place = ((double)i + 0.5) / (double)found->n;
        CGM_TRY(append(&r->split[split], one));
    }
    return CGM_OK;
}

static cgm_status find_folder(reading *r, const char *wanted, const char **path, struct stat *info)
{
    CGM_TRY(cgm_store_find_source(r->opts->base, wanted, &r->arena, path, info));
    return S_ISDIR(info->st_mode) ? CGM_OK : CGM_FAIL(CGM_E_ARG, "data.folders: %s is not a folder", *path);
}

/* Two levels of the same files would be a slip. */
static cgm_status check_folder(const reading *r, size_t level, const char *path)
{
    const cgm_data_folder *folder = r->opts->folder;
    const char *name = folder[level].level;
    if (!*name || strlen(name) >= CGM_VALUE_TEXT || strchr(name, '\n'))
        return CGM_FAIL(CGM_E_ARG, "data.folders: \"%.40s\": expected a name of 1 to %d bytes on a line", name,
                        CGM_VALUE_TEXT - 1);
    for (size_t k = 0; k < level; k++) {
        if (strcmp(folder[k].level, name) == 0) return CGM_FAIL(CGM_E_ARG, "data.folders: %s is there twice", name);
        if (r->folder[k].st_dev == r->folder[level].st_dev && r->folder[k].st_ino == r->folder[level].st_ino)
            return CGM_FAIL(CGM_E_ARG, "data.folders: %s and %s are one folder, %s", folder[k].level, name, path);
    }
    return CGM_OK;
}

/* The files of the folder itself, or of its subfolder train. */
static cgm_status list_train(reading *r, const char *folder, const char *level, const listing *found, files *out)
{
    *out = found->in;
    if (!found->train) return check_some(folder, level, out);
    if (found->in.n)
        return CGM_FAIL(CGM_E_FORMAT, "%s: files beside the folder train; expected them in one place", folder);
    return list_files(cgm_arena_printf(&r->arena, "%s/train", folder), level, &r->arena, out);
}

/* Those of the folder that is said, or of the subfolder test. */
static cgm_status list_test(reading *r, const char *folder, const char *said, const char *level, const listing *found,
                            files *out)
{
    const char *path;
    struct stat info;
    *out = (files){0};
    if (found->test && said)
        return CGM_FAIL(CGM_E_FORMAT, "%s/test: data.folders.%s.test is there too; expected one", folder, level);
    if (found->test) return list_files(cgm_arena_printf(&r->arena, "%s/test", folder), level, &r->arena, out);
    if (!said) return CGM_OK;
    CGM_TRY(find_folder(r, said, &path, &info));
    return list_files(path, level, &r->arena, out);
}

static cgm_status read_level(reading *r, size_t level)
{
    const cgm_data_folder *folder = &r->opts->folder[level];
    const char *path;
    files train, test;
    listing found;
    CGM_TRY(find_folder(r, folder->path, &path, &r->folder[level]));
    CGM_TRY(check_folder(r, level, path));
    CGM_TRY(list(path, &r->arena, &found));
    CGM_TRY(list_train(r, path, folder->level, &found, &train));
    CGM_TRY(list_test(r, path, folder->test, folder->level, &found, &test));
    CGM_TRY(add_files(r, level, CGM_TRAIN, &train));
    return add_files(r, level, CGM_TEST, &test);
}

/* ---- The data set ---- */

static int by_place(const void *a, const void *b)
{
    const file *x = a, *y = b;
    if (x->place != y->place) return x->place < y->place ? -1 : 1;
    return x->level < y->level ? -1 : x->level > y->level;
}

static const char *describe(const cgm_data_opts *opts, cgm_arena *arena)
{
    const char *text = "";
    for (size_t i = 0; text && i < opts->n_folders; i++)
        text = cgm_arena_printf(arena, "%s%s%s: %s", text, i ? ", " : "", opts->folder[i].level, opts->folder[i].path);
    return text;
}

static cgm_status add_levels(const reading *r, const files *all, cgm_dataset *data)
{
    const cgm_data_opts *opts = r->opts;
    const char *names[CGM_DATA_MAX_FOLDERS];
    double *values;
    for (size_t i = 0; i < opts->n_folders; i++) names[i] = opts->folder[i].level;
    cgm_variable v = {.name = opts->labels ? opts->labels : "domain",
                      .type = opts->n_folders == 2 ? CGM_BINARY : CGM_CATEGORICAL,
                      .levels = (int)opts->n_folders,
                      .level_names = names};
    CGM_TRY(cgm_store_alloc(all->n, sizeof *values, v.name, (void **)&values));
    for (size_t i = 0; i < all->n; i++) values[i] = (double)all->file[i].level;
    return cgm_store_add_take(data, &v, all->n, values, NULL, data->description);
}

static cgm_status fill(reading *r, int threads, cgm_dataset *data)
{
    files all = {.arena = &r->arena};
    for (size_t i = 0; i < r->opts->n_folders; i++) CGM_TRY(read_level(r, i));
    for (int split = CGM_TRAIN; split <= CGM_TEST; split++) {
        files *f = &r->split[split];
        if (f->n) qsort(f->file, f->n, sizeof *f->file, by_place);
        for (size_t i = 0; i < f->n; i++) CGM_TRY(append(&all, f->file[i]));
    }
    const char **path = cgm_arena_array(&r->arena, all.n, sizeof *path);
    const char **name = cgm_arena_array(&r->arena, all.n, sizeof *name);
    if (!path || !name || !(data->description = describe(r->opts, &data->arena))) return CGM_E_MEMORY;
    for (size_t i = 0; i < all.n; i++) {
        path[i] = all.file[i].path;
        name[i] = all.file[i].name;
    }
    cgm_image_list images = {data->description, all.n, path, name, NULL};
    CGM_TRY(add_levels(r, &all, data));
    CGM_TRY(cgm_store_add_images(&images, r->opts, threads, data));
    data->train = r->split[CGM_TRAIN].n;
    data->has_split = r->split[CGM_TEST].n > 0;
    return CGM_OK;
}

cgm_status cgm_store_open_folders(const cgm_data_opts *opts, int threads, cgm_dataset *data)
{
    if (opts->n_folders < 2 || opts->n_folders > CGM_DATA_MAX_FOLDERS)
        return CGM_FAIL(CGM_E_ARG, "data.folders: %zu; expected 2 to %d", opts->n_folders, CGM_DATA_MAX_FOLDERS);
    reading *r = calloc(1, sizeof *r);
    if (!r) return CGM_FAIL(CGM_E_MEMORY, "out of memory for folders");
    r->opts = opts;
    for (int split = CGM_TRAIN; split <= CGM_TEST; split++) r->split[split].arena = &r->arena;
    cgm_status status = fill(r, threads, data);
    cgm_arena_clear(&r->arena);
    free(r);
    return status;
}
