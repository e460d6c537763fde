/* The config's `data` map. */
#include <stddef.h>
#include <string.h>

#include "config/number.h"
#include "data/store.h"

#define MOST_ROWS 100000000

static const char *const missing_names[] = {[CGM_MISSING_ERROR] = "error", [CGM_MISSING_DROP] = "drop", NULL};

static const char *const alpha_names[] = {[CGM_ALPHA_ERROR] = "error", [CGM_ALPHA_DROP] = "drop", NULL};

/* What the schema fills. */
typedef struct read_opts {
    cgm_data_opts opts;
    cgm_texts resize;
    const cgm_yaml *folders;
} read_opts;

static const cgm_key keys[] = {
    {"path", CGM_KEY_TEXT, .offset = offsetof(cgm_data_opts, path),
     .doc = "an HDF5 or CSV file, a directory in MNIST's layout, or an IDX file of images"},
    {"make", CGM_KEY_TEXT, .offset = offsetof(cgm_data_opts, make),
     .doc = "a generator instead of a path (cgm data make --help)"},
    {"from", CGM_KEY_TEXT, .offset = offsetof(cgm_data_opts, from),
     .doc = "with make: morphomnist: the directory in MNIST's layout whose images are given new strokes"},
    {"folders", CGM_KEY_NODE, .offset = offsetof(read_opts, folders),
     .doc =
         "folders of PNG files instead of a path, unpaired, a map: each is a level of the variable `labels`; {a: DIR, "
         "b: DIR}, or {a: {train: DIR, test: DIR}, ...}; a folder test in DIR holds the files held out"},
    {"n", CGM_KEY_INT, .offset = offsetof(cgm_data_opts, n), .low = 1, .high = MOST_ROWS,
     .doc = "rows to generate, those held out included (10000)"},
    {"seed", CGM_KEY_INT, .offset = offsetof(cgm_data_opts, seed), .low = 0, .high = 9007199254740992.0,
     .doc = "of the generator (0)"},
    {"test", CGM_KEY_INT, .offset = offsetof(cgm_data_opts, test), .low = 0, .high = MOST_ROWS,
     .doc = "rows held out at the end where the data have no test split of their own (0)"},
    {"test_share", CGM_KEY_REAL, .offset = offsetof(cgm_data_opts, test_share), .low = 1e-6, .high = 0.9,
     .doc = "the same as a share of the rows; of folders, the last files by name of each"},
    {"limit", CGM_KEY_INT, .offset = offsetof(cgm_data_opts, limit), .low = 0, .high = MOST_ROWS,
     .doc = "training rows used; 0: all"},
    {"pad", CGM_KEY_INT, .offset = offsetof(cgm_data_opts, pad), .low = 0, .high = 512,
     .doc = "zero pixels added on each side of images (0)"},
    {"missing", CGM_KEY_CHOICE, .offset = offsetof(cgm_data_opts, missing), .choices = missing_names,
     .doc = "a CSV row that lacks a value (an empty cell, NA, NaN): error or drop (error)"},
    {"labels", CGM_KEY_TEXT, .offset = offsetof(cgm_data_opts, labels),
     .doc =
         "what the labels of a directory in MNIST's layout are called (digit), or what folders are levels of (domain)"},
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
/* Those that say nothing unless there is "images"; from the third on "folders" does as well. */
static const char *const image_keys[] = {"root", "extension", "channels", "alpha", "window", "resize", "max_pixels"};
enum { IMAGE_KEYS = sizeof image_keys / sizeof *image_keys, ONLY_TABLE = 2 };

static bool image_key_applies(const cgm_data_opts *opts, size_t i)
{
    return opts->images || (opts->n_folders > 0 && i >= ONLY_TABLE);
}

const cgm_key *cgm_data_keys(size_t *n)
{
    *n = sizeof keys / sizeof *keys;
    return keys;
}

bool cgm_data_key_applies(const cgm_data_opts *opts, const char *key)
{
    if (strcmp(key, "n") == 0) return opts->make && !opts->from;
    if (strcmp(key, "seed") == 0) return opts->make != NULL;
    for (size_t i = 0; i < IMAGE_KEYS; i++)
        if (strcmp(key, image_keys[i]) == 0) return image_key_applies(opts, i);
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

/* `a: DIR`, or `a: {train: DIR, test: DIR}`. */
static cgm_status read_folder(const char *level, const cgm_yaml *node, cgm_data_folder *out)
{
    static const cgm_key folder_keys[] = {
        {"train", CGM_KEY_TEXT, .offset = offsetof(cgm_data_folder, path), .required = true,
         .doc = "folder of the files to train on"},
        {"test", CGM_KEY_TEXT, .offset = offsetof(cgm_data_folder, test), .doc = "folder of the files held out"},
    };
    cgm_data_folder folder = {.level = level};
    if (cgm_yaml_get_kind(node) == CGM_YAML_SCALAR)
        folder.path = cgm_yaml_text(node);
    else
        CGM_TRY(cgm_yaml_read(node, level, sizeof folder_keys / sizeof *folder_keys, folder_keys, &folder));
    *out = folder;
    return CGM_OK;
}

static cgm_status read_folders(const cgm_yaml *map, cgm_data_opts *out)
{
    if (!map) return CGM_OK;
    if (cgm_yaml_get_kind(map) != CGM_YAML_MAP || cgm_yaml_count(map) < 2 || cgm_yaml_count(map) > CGM_DATA_MAX_FOLDERS)
        return cgm_yaml_fail(map, "data.folders: expected a map of 2 to %d folders, {a: DIR, b: DIR}",
                             CGM_DATA_MAX_FOLDERS);
    for (size_t i = 0; i < cgm_yaml_count(map); i++)
        CGM_TRY(read_folder(cgm_yaml_key(map, i), cgm_yaml_at(map, i), &out->folder[i]));
    out->n_folders = cgm_yaml_count(map);
    return CGM_OK;
}

bool cgm_data_has_one_source(const cgm_data_opts *opts)
{
    return !!opts->path + !!opts->make + (opts->n_folders > 0) == 1;
}

/* Keys that contradict one another. */
static cgm_status check_keys(const cgm_yaml *map, const cgm_data_opts *opts)
{
    if (!cgm_data_has_one_source(opts))
        return cgm_yaml_fail(map, "data: expected either \"path\", \"make\" or \"folders\"%s",
                             opts->path || opts->make || opts->n_folders ? ", not several" : "");
    if (!cgm_data_key_applies(opts, "n") && cgm_yaml_get(map, "n"))
        return cgm_yaml_fail(cgm_yaml_get(map, "n"),
                             "data.n: only for \"make\"; \"limit\" says how many rows of a file are used");
    if (opts->from && !opts->make)
        return cgm_yaml_fail(cgm_yaml_get(map, "from"), "data.from: only for \"make\" of given images");
    for (size_t i = 0; i < IMAGE_KEYS; i++) {
        const cgm_yaml *key = cgm_yaml_get(map, image_keys[i]);
        if (key && !image_key_applies(opts, i))
            return cgm_yaml_fail(key, "data.%s: only where data.images names the column of PNG files%s", image_keys[i],
                                 i >= ONLY_TABLE ? ", or for data.folders" : "");
    }
    if (!opts->path && (opts->images || opts->split))
        return cgm_yaml_fail(map, "data.%s: only for a CSV file", opts->images ? "images" : "split");
    if (opts->make && opts->labels)
        return cgm_yaml_fail(map, "data.labels: only for a directory in MNIST's layout, or for data.folders");
    if (opts->test > 0 && opts->test_share > 0)
        return cgm_yaml_fail(cgm_yaml_get(map, "test_share"), "data.test_share: data.test is there too; expected one");
    if (opts->channels == 2) return cgm_yaml_fail(cgm_yaml_get(map, "channels"), "data.channels: expected 0, 1 or 3");
    return CGM_OK;
}

cgm_status cgm_data_opts_read(const cgm_yaml *map, cgm_data_opts *out)
{
    read_opts read = {.opts = {.n = CGM_DATA_DEFAULT_ROWS, .max_pixels = CGM_DATA_MAX_PIXELS}};
    CGM_TRY(cgm_yaml_read(map, "data", sizeof keys / sizeof *keys, keys, &read));
    CGM_TRY(read_folders(read.folders, &read.opts));
    CGM_TRY(check_keys(map, &read.opts));
    CGM_TRY(read_resize(cgm_yaml_get(map, "resize"), &read.resize, read.opts.resize));
    *out = read.opts;
    return CGM_OK;
}
