/* From the config's `data` map to a data set: which source, and where it is. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "data/idx.h"
#include "data/store.h"

cgm_status cgm_store_find_source(const char *base, const char *wanted, cgm_arena *arena, const char **path,
                                 struct stat *info)
{
    const char *beside = NULL;
    if (wanted[0] != '/' && base && base[0] && strcmp(base, ".")) {
        beside = cgm_arena_printf(arena, "%s/%s", base, wanted);
        if (!beside) return CGM_E_MEMORY;
        *path = beside;
        if (stat(beside, info) == 0) return CGM_OK;
    }
    *path = wanted;
    if (stat(wanted, info) == 0) return CGM_OK;
    if (errno != ENOENT) return CGM_FAIL(CGM_E_ARG, "cannot open the data %s: %s", wanted, strerror(errno));
    if (beside) return CGM_FAIL(CGM_E_ARG, "no data at %s, nor at %s", beside, wanted);
    return CGM_FAIL(CGM_E_ARG, "no data at %s", wanted);
}

static bool is_csv(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && strcasecmp(dot, ".csv") == 0;
}

/* The one CSV file of a folder. */
static cgm_status find_table(const char *folder, cgm_arena *arena, const char **path)
{
    cgm_status status = CGM_OK;
    DIR *directory = opendir(folder);
    if (!directory) return CGM_FAIL(CGM_E_ARG, "cannot open the folder %s: %s", folder, strerror(errno));
    *path = NULL;
    for (struct dirent *entry; status == CGM_OK && (entry = readdir(directory));) {
        if (!is_csv(entry->d_name) || entry->d_name[0] == '.') continue;
        if (*path)
            status = CGM_FAIL(CGM_E_ARG, "%s: more than one CSV file; data.path should name the one with the images",
                              folder);
        else if (!(*path = cgm_arena_printf(arena, "%s/%s", folder, entry->d_name)))
            status = CGM_E_MEMORY;
    }
    closedir(directory);
    if (status == CGM_OK && !*path)
        return CGM_FAIL(CGM_E_ARG, "%s: no CSV file; expected one that names images", folder);
    return status;
}

/* Where PNG files are: in data.root, else beside their table. */
static cgm_status find_root(const cgm_data_opts *opts, const char *table, cgm_arena *arena, const char **root)
{
    struct stat info;
    const char *slash = strrchr(table, '/');
    if (!opts->root) {
        *root = slash ? cgm_arena_printf(arena, "%.*s", (int)(slash - table + (slash == table)), table) : ".";
        return *root ? CGM_OK : CGM_E_MEMORY;
    }
    CGM_TRY(cgm_store_find_source(opts->base, opts->root, arena, root, &info));
    return S_ISDIR(info.st_mode) ? CGM_OK : CGM_FAIL(CGM_E_ARG, "data.root: %s is not a folder", *root);
}

static cgm_status open_table(const cgm_data_opts *opts, const char *path, int threads, const cgm_sink *sink,
                             cgm_dataset *data)
{
    const char *root = NULL;
    if (opts->images) CGM_TRY(find_root(opts, path, &data->arena, &root));
    return cgm_store_open_csv(path, opts, root, threads, sink, data);
}

static bool is_hdf5(const char *path)
{
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};
    unsigned char begin[8];
    FILE *f = fopen(path, "rb");
    if (!f) return false;
    bool is = fread(begin, 1, 8, f) == 8 && memcmp(begin, signature, 8) == 0;
    fclose(f);
    return is;
}

static cgm_status open_path(const cgm_data_opts *opts, int threads, const cgm_sink *sink, cgm_dataset *data)
{
    const char *path;
    struct stat info;
    CGM_TRY(cgm_store_find_source(opts->base, opts->path, &data->arena, &path, &info));
    data->description = cgm_arena_strdup(&data->arena, path);
    if (!data->description) return CGM_E_MEMORY;
    bool folder = S_ISDIR(info.st_mode);
    if (folder && opts->images) CGM_TRY(find_table(path, &data->arena, &path));
    if (folder && !opts->images) return cgm_store_open_morphomnist(path, opts->labels, data);
    if (opts->labels)
        return CGM_FAIL(CGM_E_ARG, "%s: not a directory in MNIST's layout, which data.labels is for", path);
    if (!folder && !S_ISREG(info.st_mode)) return CGM_FAIL(CGM_E_ARG, "%s is neither a file nor a directory", path);
    CGM_TRY(cgm_sha256_file(path, data->sha256));
    if (is_csv(path)) return open_table(opts, path, threads, sink, data);
    if (opts->images || opts->split)
        return CGM_FAIL(CGM_E_ARG, "%s: not a CSV file, which data.%s is for", path, opts->images ? "images" : "split");
    if (is_hdf5(path)) return cgm_store_open_hdf5(path, sink, data);
    if (cgm_idx_probe(path)) return cgm_store_open_idx(path, data);
    return CGM_FAIL(CGM_E_FORMAT, "%s: neither HDF5 nor IDX, nor called .csv", path);
}

static cgm_status unknown_generator(const char *name)
{
    char list[CGM_LIST_TEXT], hint[CGM_HINT_TEXT];
    const char *names[16];
    size_t n = 0;
    for (const cgm_generator *g; n < 16 && (g = cgm_generator_at(n)); n++) names[n] = g->name;
    return CGM_FAIL(CGM_E_CONFIG, "data.make: no generator is called \"%.60s\"; there are %s%s", name,
                    cgm_list(n, names, list), cgm_hint(name, n, names, hint));
}

static cgm_status make(const cgm_data_opts *opts, int threads, const cgm_sink *sink, cgm_dataset *data)
{
    const cgm_generator *generator = cgm_generator_find(opts->make);
    if (!generator) return unknown_generator(opts->make);
    if (generator->given && !opts->from)
        return CGM_FAIL(CGM_E_ARG, "%s: made from given images; expected their directory, in MNIST's layout (from)",
                        opts->make);
    if (!generator->given && opts->from)
        return CGM_FAIL(CGM_E_ARG, "%s: made from nothing, but there is a directory of images, %s", opts->make,
                        opts->from);
    if (generator->given) return cgm_generate_from(generator, opts, threads, sink, data);
    size_t n = opts->n > 0 ? (size_t)opts->n : CGM_DATA_DEFAULT_ROWS;
    return cgm_generate_dataset(generator, n, opts->seed, threads, sink, data);
}

cgm_status cgm_dataset_open(const cgm_data_opts *opts, int threads, const cgm_sink *sink, cgm_dataset **out)
{
    cgm_dataset *data = NULL;
    if (!cgm_data_has_one_source(opts))
        return CGM_FAIL(CGM_E_ARG, "data: expected either a path, a generator or folders");
    if (opts->pad < 0 || opts->pad > CGM_DATA_MAX_SIDE || opts->limit < 0)
        return CGM_FAIL(CGM_E_ARG, "data: pad and limit must not be negative");
    CGM_TRY(cgm_store_create(&data));
    cgm_status status = opts->make        ? make(opts, threads, sink, data)
                        : opts->n_folders ? cgm_store_open_folders(opts, threads, data)
                                          : open_path(opts, threads, sink, data);
    if (status == CGM_OK) status = cgm_store_apply(data, opts);
    if (status == CGM_OK)
        *out = data;
    else
        cgm_dataset_destroy(data);
    return status;
}
