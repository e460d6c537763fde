/* A data set: variables over rows, in the data's own units (pixels 0..255), with a training and a test split.
 *
 * Rows are numbered 0..n-1 over both splits, training rows first. */
#ifndef CGM_DATA_DATASET_H
#define CGM_DATA_DATASET_H

#include "base/arena.h"
#include "base/log.h"
#include "base/rng.h"
#include "config/config.h"
#include "data/variable.h"
#include "io/file.h"

typedef struct cgm_dataset cgm_dataset;
typedef enum cgm_split { CGM_TRAIN, CGM_TEST } cgm_split;

/* A hard intervention as data see it: variable := value, the same in every row, or values[row]. */
typedef struct cgm_assignment {
    const char *variable;
    double value;
    const double *values; /* NULL, or one a row of the query */
} cgm_assignment;

/* The PNG files of a folder as one level of a variable. Its subfolder `test`, if there is one, holds those held out,
 * and its subfolder `train`, if there is one, the others. */
typedef struct cgm_data_folder {
    const char *level;
    const char *path; /* relative to `base` */
    const char *test; /* another folder that holds those held out, in place of the subfolder; or NULL */
} cgm_data_folder;
#define CGM_DATA_MAX_FOLDERS 64

/* Where data come from: the config's `data` map. Zero-initialise; cgm_data_opts_read reads the map. */
typedef struct cgm_data_opts {
    const char
        *path; /* an HDF5 or CSV file, a directory in MNIST's layout or with a CSV file, or IDX; relative to `base` */
    const char
        *base; /* directory of the config, or NULL; what is not found there is looked for in the working directory */
    const char *make; /* a generator ("strokes", "ring") instead of path */
    const char *from; /* with a generator that changes given images: their directory, in MNIST's layout */
    size_t n_folders; /* folders of PNG files instead of path, unpaired: 2 or more, or 0 */
    cgm_data_folder folder[CGM_DATA_MAX_FOLDERS];
    int64_t n;             /* generator: rows, the test split included */
    int64_t seed;          /* generator */
    int64_t test;          /* rows held out at the end, where the source has no split of its own */
    double test_share;     /* the same as a share of the rows, in place of `test` */
    int64_t limit;         /* training rows used, 0: all */
    int64_t pad;           /* zero pixels added on each side of images */
    int missing;           /* rows of a CSV file that lack a value: cgm_missing */
    const char *labels;    /* variable that the labels of a directory in MNIST's layout are, or NULL: "digit"; that the
                              folders are, or NULL: "domain" */
    const char *split;     /* column of a CSV file that says which rows are for testing, or NULL */
    const char *images;    /* column of a CSV file that names PNG files, or NULL */
    const char *root;      /* their folder, relative to `base`, or NULL: the CSV file's own */
    const char *extension; /* goes behind their names, in place of .png, .jpg or .jpeg; or NULL */
    int64_t
        channels; /* of PNG files, as what follows; 1: made grey, 3: made red, green, blue, 0: as they are, all alike */
    int alpha;    /* files with transparency: cgm_alpha */
    double window[2];   /* samples that become 0 and 255; both 0: 8 bits as they are */
    int64_t resize[2];  /* height and width that files of any size get; both 0: as they are, all alike */
    int64_t max_pixels; /* height times width of a file, at most; 0: as many as is usual */
    size_t n_expect;    /* a CSV file is read for these variables alone, and as what they say they are; 0: for all */
    const cgm_variable *expect;
} cgm_data_opts;
typedef enum cgm_missing { CGM_MISSING_ERROR, CGM_MISSING_DROP } cgm_missing;
typedef enum cgm_alpha { CGM_ALPHA_ERROR, CGM_ALPHA_DROP } cgm_alpha;

CGM_API cgm_status cgm_data_opts_read(const cgm_yaml *map, cgm_data_opts *out) CGM_CHECKED;
/* The schema of the `data` map, for help texts. */
CGM_API const cgm_key *cgm_data_keys(size_t *n);
/* The generators of `make`, from i = 0, and what each makes; false behind the last. */
CGM_API bool cgm_data_generator_at(size_t i, const char **name, const char **doc);
/* Whether a key of the `data` map says anything of such data: "n" only of generated ones, "alpha" only of PNG files. */
CGM_API bool cgm_data_key_applies(const cgm_data_opts *opts, const char *key);
/* Loads or generates. threads: for generating, and for decoding PNG files. */
CGM_API cgm_status cgm_dataset_open(const cgm_data_opts *opts, int threads, const cgm_sink *sink,
                                    cgm_dataset **out) CGM_CHECKED;
CGM_API void cgm_dataset_destroy(cgm_dataset *data);

/* Variables in the source's order. An image's height and width include the padding. */
CGM_API size_t cgm_dataset_variables(const cgm_dataset *data);
CGM_API const cgm_variable *cgm_dataset_variable(const cgm_dataset *data, size_t i);
CGM_API const cgm_variable *cgm_dataset_find(const cgm_dataset *data, const char *name); /* NULL when absent */
CGM_API const char *cgm_dataset_description(const cgm_dataset *data); /* "strokes, seed 1" or the path */
/* SHA-256 of the file, as 64 hex digits; of a directory, or a CSV file with images: of the files' digests and names as
 * sha256sum lists them, likewise of folders; of generated data: of its variables' digests and names, likewise. */
CGM_API const char *cgm_dataset_sha256(const cgm_dataset *data);
CGM_API size_t cgm_dataset_rows(const cgm_dataset *data);
/* Rows of a split are begin..begin+n-1. */
CGM_API void cgm_dataset_split(const cgm_dataset *data, cgm_split split, size_t *begin, size_t *n);

/* Which rows of a split are asked for: the first n, or those that are listed. Zero-initialise for the first training
 * rows, as many as is usual. */
typedef struct cgm_row_choice {
    cgm_split split;
    size_t n;           /* 0: the usual number, or all that there are if fewer */
    size_t n_rows;      /* when not 0, these rows of the split instead, counted from 0 */
    const size_t *rows; /* [n_rows] */
} cgm_row_choice;
/* Their numbers in the data set, [*n], which live in the arena. CGM_E_ARG when the split does not have them. */
CGM_API cgm_status cgm_dataset_choose(const cgm_dataset *data, const cgm_row_choice *choice, size_t usual,
                                      cgm_arena *arena, size_t *n, size_t **rows) CGM_CHECKED;

/* Values of a variable at the given rows, [n, width]. Images come padded. */
CGM_API cgm_status cgm_dataset_read(const cgm_dataset *data, const char *variable, size_t n, const size_t *rows,
                                    double *out) CGM_CHECKED;
/* A variable's stored image row, unpadded [C, H, W], for batching; NULL for any other variable. */
CGM_API const uint8_t *cgm_dataset_pixels(const cgm_dataset *data, const char *variable, size_t row);
/* A scalar variable's column of all rows; NULL for an image or a vector. */
CGM_API const double *cgm_dataset_column(const cgm_dataset *data, const char *variable);
/* Pixels added on each side. */
CGM_API int cgm_dataset_pad(const cgm_dataset *data);

/* A data set of the given rows in the given order, repeats allowed, all of them training rows: for the bootstrap. Only
 * scalar variables are taken; no truth is known of it. */
CGM_API cgm_status cgm_dataset_resample(const cgm_dataset *data, size_t n, const size_t *rows,
                                        cgm_dataset **out) CGM_CHECKED;

/* Whether the true counterfactuals of this data set are known (it was generated, and its noise is kept). */
CGM_API bool cgm_dataset_has_truth(const cgm_dataset *data);
/* Whether they are known under interventions on this variable: of a digit that came with its image they are not. */
CGM_API bool cgm_dataset_knows_do(const cgm_dataset *data, const char *variable);
/* The TRUE counterfactual value of `variable` at the rows under the interventions, [n, width], images padded. */
CGM_API cgm_status cgm_dataset_truth(const cgm_dataset *data, size_t n_do, const cgm_assignment *interventions,
                                     const char *variable, size_t n, const size_t *rows, double *out) CGM_CHECKED;

/* Writes the data set in cgm's own layout (/variable datasets, noise under /noise, split sizes as attributes), so that
 * reading it back gives the same data set, truth included. */
CGM_API cgm_status cgm_dataset_save(const cgm_dataset *data, const char *path) CGM_CHECKED;

/* Writes, row by row, what the data set would have been under the interventions, with the same splits; images as they
 * are with their padding. The noise is not written. CGM_E_ARG when the truth is not known. */
CGM_API cgm_status cgm_dataset_save_truth(const cgm_dataset *data, size_t n_do, const cgm_assignment *interventions,
                                          const char *path) CGM_CHECKED;

#endif
