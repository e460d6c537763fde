/* From the config's `data` map to a data set: which source, and where it is. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "data/idx.h"
#include "data/store.h"

#define DEFAULT_ROWS 10000
#define MOST_ROWS 100000000

static const char *const missing_names[] = {[CGM_MISSING_ERROR] = "error", [CGM_MISSING_DROP] = "drop", NULL};

static const cgm_key keys[] = {
    {"path", CGM_KEY_TEXT, .offset = offsetof(cgm_data_opts, path),
     .doc = "an HDF5 or CSV file, a directory in MorphoMNIST's layout, or an IDX file of images"},
    {"make", CGM_KEY_TEXT, .offset = offsetof(cgm_data_opts, make), .doc = "a generator instead of a path: strokes"},
    {"n", CGM_KEY_INT, .offset = offsetof(cgm_data_opts, n), .low = 1, .high = MOST_ROWS,
     .doc = "rows to generate, those held out included (10000)"},
    {"seed", CGM_KEY_INT, .offset = offsetof(cgm_data_opts, seed), .low = 0, .high = 9007199254740992.0,
     .doc = "of the generator (0)"},
    {"test", CGM_KEY_INT, .offset = offsetof(cgm_data_opts, test), .low = 0, .high = MOST_ROWS,
     .doc = "rows held out at the end where the data have no test split of their own (0)"},
    {"limit", CGM_KEY_INT, .offset = offsetof(cgm_data_opts, limit), .low = 0, .high = MOST_ROWS,
     .doc = "training rows used; 0: all"},
    {"pad", CGM_KEY_INT, .offset = offsetof(cgm_data_opts, pad), .low = 0, .high = 512,
     .doc = "zero pixels added on each side of images (0)"},
    {"missing", CGM_KEY_CHOICE, .offset = offsetof(cgm_data_opts, missing), .choices = missing_names,
     .doc = "a CSV row that lacks a value (an empty cell, NA, NaN): error or drop (error)"},
};

const cgm_key *cgm_data_keys(size_t *n)
{
    *n = sizeof keys / sizeof *keys;
    return keys;
}

cgm_status cgm_data_opts_read(const cgm_yaml *map, cgm_data_opts *out)
{
    cgm_data_opts opts = {.n = DEFAULT_ROWS};
    CGM_TRY(cgm_yaml_read(map, "data", sizeof keys / sizeof *keys, keys, &opts));
    if (!opts.path == !opts.make)
        return cgm_yaml_fail(map, "data: expected either \"path\" or \"make\"%s", opts.path ? ", not both" : "");
    if (opts.path && cgm_yaml_get(map, "n"))
        return cgm_yaml_fail(cgm_yaml_get(map, "n"),
                             "data.n: only for \"make\"; \"limit\" says how many rows of a file are used");
    *out = opts;
    return CGM_OK;
}

/* Finds the source beside the config, or in the working directory. */
static cgm_status find_source(const cgm_data_opts *opts, cgm_arena *arena, const char **path, struct stat *info)
{
    const char *beside = NULL;
    if (opts->path[0] != '/' && opts->base && opts->base[0] && strcmp(opts->base, ".")) {
        beside = cgm_arena_printf(arena, "%s/%s", opts->base, opts->path);
        if (!beside) return CGM_E_MEMORY;
        *path = beside;
        if (stat(beside, info) == 0) return CGM_OK;
    }
    *path = opts->path;
    if (stat(opts->path, info) == 0) return CGM_OK;
    if (errno != ENOENT) return CGM_FAIL(CGM_E_ARG, "cannot open the data %s: %s", opts->path, strerror(errno));
    if (beside) return CGM_FAIL(CGM_E_ARG, "no data at %s, nor at %s", beside, opts->path);
    return CGM_FAIL(CGM_E_ARG, "no data at %s", opts->path);
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

static bool is_csv(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && strcasecmp(dot, ".csv") == 0;
}

static cgm_status open_path(const cgm_data_opts *opts, const cgm_sink *sink, cgm_dataset *data)
{
    const char *path;
    struct stat info;
    CGM_TRY(find_source(opts, &data->arena, &path, &info));
    data->description = cgm_arena_strdup(&data->arena, path);
    if (!data->description) return CGM_E_MEMORY;
    if (S_ISDIR(info.st_mode)) return cgm_store_open_morphomnist(path, data);
    if (!S_ISREG(info.st_mode)) return CGM_FAIL(CGM_E_ARG, "%s is neither a file nor a directory", path);
    CGM_TRY(cgm_sha256_file(path, data->sha256));
    if (is_hdf5(path)) return cgm_store_open_hdf5(path, sink, data);
    if (cgm_idx_probe(path)) return cgm_store_open_idx(path, data);
    if (is_csv(path)) return cgm_store_open_csv(path, opts, sink, data);
    return CGM_FAIL(CGM_E_FORMAT, "%s: neither HDF5 nor IDX, nor called .csv", path);
}

static cgm_status make(const cgm_data_opts *opts, int threads, const cgm_sink *sink, cgm_dataset *data)
{
    const cgm_generator *generator = cgm_generator_find(opts->make);
    if (!generator)
        return CGM_FAIL(CGM_E_CONFIG, "data.make: no generator is called \"%s\"; there is \"strokes\"", opts->make);
    size_t n = opts->n > 0 ? (size_t)opts->n : DEFAULT_ROWS;
    return cgm_generate_dataset(generator, n, opts->seed, threads, sink, data);
}

cgm_status cgm_dataset_open(const cgm_data_opts *opts, int threads, const cgm_sink *sink, cgm_dataset **out)
{
    cgm_dataset *data = NULL;
    if (!opts->path == !opts->make) return CGM_FAIL(CGM_E_ARG, "data: expected either a path or a generator");
    if (opts->pad < 0 || opts->pad > CGM_DATA_MAX_SIDE || opts->limit < 0)
        return CGM_FAIL(CGM_E_ARG, "data: pad and limit must not be negative");
    CGM_TRY(cgm_store_create(&data));
    cgm_status status = opts->make ? make(opts, threads, sink, data) : open_path(opts, sink, data);
    if (status == CGM_OK) status = cgm_store_apply(data, opts);
    if (status == CGM_OK)
        *out = data;
    else
        cgm_dataset_destroy(data);
    return status;
}
