/* From the config's `data` map to a data set: which source, and where it is. */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "config/number.h"
#include "data/idx.h"
#include "data/store.h"

#define DEFAULT_ROWS 10000
#define MOST_ROWS 100000000

static const char *const missing_names[] = {[CGM_MISSING_ERROR] = "error", [CGM_MISSING_DROP] = "drop", NULL};

static const char *const alpha_names[] = {[CGM_ALPHA_ERROR] = "error", [CGM_ALPHA_DROP] = "drop", NULL};

/* What the schema fills. */
typedef struct read_opts {
    cgm_data_opts opts;
    cgm_texts resize;
} read_opts;

static const cgm_key keys[] = {
    {"path", CGM_KEY_TEXT, .offset = offsetof(cgm_data_opts, path),
     .doc = "an HDF5 or CSV file, a directory in MNIST's layout, or an IDX file of images"},
    {"make", CGM_KEY_TEXT, .offset = offsetof(cgm_data_opts, make),
     .doc = "a generator instead of a path: strokes, stroke_pair, slant_pair, ring, grid or swiss_roll"},
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
    {"labels", CGM_KEY_TEXT, .offset = offsetof(cgm_data_opts, labels),
     .doc = "what the labels of a directory in MNIST's layout are called (digit)"},
    {"split", CGM_KEY_TEXT, .offset = offsetof(cgm_data_opts, split),
     .doc = "CSV column that says which rows are held out: test or 2; train, validation, 0 and 1 are trained on"},
    {"images", CGM_KEY_TEXT, .offset = offsetof(cgm_data_opts, images),
     .doc = "CSV column that names PNG files, grey or in colours; path may then be the folder of both"},
    {"root", CGM_KEY_TEXT, .offset = offsetof(cgm_data_opts, root), .doc = "folder of the PNG files (the CSV file's)"},
    {"extension", CGM_KEY_TEXT, .offset = offsetof(cgm_data_opts, extension),
     .doc = "what the names in the column lack, or have instead: .png"},
    {"channels", CGM_KEY_INT, .offset = offsetof(cgm_data_opts, channels), .low = 0, .high = 3,
     .doc = "of the images: 1 makes PNG files grey, 3 gives them colours; 0: as they are (0)"},
    {"alpha", CGM_KEY_CHOICE, .offset = offsetof(cgm_data_opts, alpha), .choices = alpha_names,
     .doc = "a PNG file with transparency: error or drop, which ignores it (error)"},
    {"window", CGM_KEY_RANGE, .offset = offsetof(cgm_data_opts, window),
     .doc = "samples of PNG files that become 0 and 255, with those beyond: [0, 4095]; files of 16 bits need one"},
    {"resize", CGM_KEY_TEXTS, .offset = offsetof(read_opts, resize),
     .doc = "[height, width] of PNG files of any size: means of areas where they shrink, else linear"},
    {"max_pixels", CGM_KEY_INT, .offset = offsetof(cgm_data_opts, max_pixels), .low = 1, .high = 1e9,
     .doc = "height times width of a PNG file, at most (25000000)"},
};
/* Those that say nothing unless there is "images". */
static const char *const image_keys[] = {"root", "extension", "channels", "alpha", "window", "resize", "max_pixels"};

const cgm_key *cgm_data_keys(size_t *n)
{
    *n = sizeof keys / sizeof *keys;
    return keys;
}

bool cgm_data_key_applies(const cgm_data_opts *opts, const char *key)
{
    if (strcmp(key, "n") == 0 || strcmp(key, "seed") == 0) return opts->make != NULL;
    for (size_t i = 0; i < sizeof image_keys / sizeof *image_keys; i++)
        if (strcmp(key, image_keys[i]) == 0) return opts->images != NULL;
    return true;
}

static cgm_status read_resize(const cgm_yaml *where, const cgm_texts *texts, int64_t resize[2])
{
    if (texts->n == 0) return CGM_OK;
    for (size_t i = 0; i < texts->n && texts->n == 2; i++) {
        double side = 0;
        if (!cgm_number_parse(texts->text[i], &side) || !(side >= 1 && side <= CGM_DATA_MAX_SIDE) ||
            side != (double)(int64_t)side)
            return cgm_yaml_fail(where, "data.resize: '%s'; expected a whole number from 1 to %d", texts->text[i],
                                 CGM_DATA_MAX_SIDE);
        resize[i] = (int64_t)side;
    }
    return texts->n == 2 ? CGM_OK : cgm_yaml_fail(where, "data.resize: expected [height, width]");
}

/* Keys that contradict one another. */
static cgm_status check_keys(const cgm_yaml *map, const cgm_data_opts *opts)
{
    if (!opts->path == !opts->make)
        return cgm_yaml_fail(map, "data: expected either \"path\" or \"make\"%s", opts->path ? ", not both" : "");
    if (opts->path && cgm_yaml_get(map, "n"))
        return cgm_yaml_fail(cgm_yaml_get(map, "n"),
                             "data.n: only for \"make\"; \"limit\" says how many rows of a file are used");
    for (size_t i = 0; i < sizeof image_keys / sizeof *image_keys; i++) {
        const cgm_yaml *key = cgm_yaml_get(map, image_keys[i]);
        if (key && !opts->images)
            return cgm_yaml_fail(key, "data.%s: only where data.images names the column of PNG files", image_keys[i]);
    }
    if (opts->make && (opts->images || opts->split))
        return cgm_yaml_fail(map, "data.%s: only for a CSV file", opts->images ? "images" : "split");
    if (opts->make && opts->labels) return cgm_yaml_fail(map, "data.labels: only for a directory in MNIST's layout");
    if (opts->channels == 2) return cgm_yaml_fail(cgm_yaml_get(map, "channels"), "data.channels: expected 0, 1 or 3");
    return CGM_OK;
}

cgm_status cgm_data_opts_read(const cgm_yaml *map, cgm_data_opts *out)
{
    read_opts read = {.opts = {.n = DEFAULT_ROWS, .max_pixels = CGM_DATA_MAX_PIXELS}};
    CGM_TRY(cgm_yaml_read(map, "data", sizeof keys / sizeof *keys, keys, &read));
    CGM_TRY(check_keys(map, &read.opts));
    CGM_TRY(read_resize(cgm_yaml_get(map, "resize"), &read.resize, read.opts.resize));
    *out = read.opts;
    return CGM_OK;
}

/* Finds a source beside the config, or in the working directory. */
static cgm_status find_source(const char *base, const char *wanted, cgm_arena *arena, const char **path,
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
    CGM_TRY(find_source(opts->base, opts->root, arena, root, &info));
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
    CGM_TRY(find_source(opts->base, opts->path, &data->arena, &path, &info));
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
    char list[200] = "", hint[CGM_HINT_TEXT];
    const char *names[16];
    size_t n = 0, used = 0;
    for (const cgm_generator *g; n < 16 && (g = cgm_generator_at(n)); n++) {
        names[n] = g->name;
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", n ? ", " : "", g->name);
    }
    return CGM_FAIL(CGM_E_CONFIG, "data.make: no generator is called \"%.60s\"; there are %s%s", name, list,
                    cgm_hint(name, n, names, hint));
}

static cgm_status make(const cgm_data_opts *opts, int threads, const cgm_sink *sink, cgm_dataset *data)
{
    const cgm_generator *generator = cgm_generator_find(opts->make);
    if (!generator) return unknown_generator(opts->make);
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
    cgm_status status = opts->make ? make(opts, threads, sink, data) : open_path(opts, threads, sink, data);
    if (status == CGM_OK) status = cgm_store_apply(data, opts);
    if (status == CGM_OK)
        *out = data;
    else
        cgm_dataset_destroy(data);
    return status;
}
