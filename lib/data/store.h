/* What a data set is made of, and how the readers fill it. Internal. */
#ifndef CGM_DATA_STORE_H
#define CGM_DATA_STORE_H

#include <sys/stat.h>

#include "base/arena.h"
#include "data/csv.h"
#include "data/dataset.h"
#include "data/generator.h"

#define CGM_DATA_DEFAULT_ROWS 10000 /* of a generator */
#define CGM_DATA_MAX_VARIABLES 256
#define CGM_DATA_MAX_LEVELS 4096
#define CGM_DATA_MAX_SIDE 8192
#define CGM_DATA_MAX_NAME 64
#define CGM_DATA_MAX_PIXELS 25000000 /* of a PNG file, unless the config says otherwise */

/* One variable's values of all rows: one of the two is set. */
typedef struct cgm_column {
    double *values;    /* [rows], of a vector [rows, width] */
    uint8_t *pixels;   /* [rows, C, height, width] */
    int height, width; /* of an image as stored; the variable's own size includes the padding */
    size_t size;       /* numbers a row: C * height * width, a vector's width, or 1 */
} cgm_column;

struct cgm_dataset {
    cgm_arena arena; /* texts */
    size_t n_variables;
    cgm_variable variable[CGM_DATA_MAX_VARIABLES];
    cgm_column column[CGM_DATA_MAX_VARIABLES];
    size_t rows, train; /* training rows first */
    bool has_split;     /* the source says which rows are for testing */
    int pad;
    const char *description;
    char sha256[65];
    /* A generated data set. */
    const cgm_generator *generator; /* NULL otherwise */
    int64_t seed;
    double *noise;  /* [rows, cgm_generator_noise_width] */
    uint8_t *given; /* [rows, H, W]: the images that rows are made from, where the generator has such */
};

/* An empty data set; destroyed with cgm_dataset_destroy whatever has been added. */
cgm_status cgm_store_create(cgm_dataset **out) CGM_CHECKED;
/* Memory for count * size bytes, refused when the machine has less: a damaged header may ask for anything. */
cgm_status cgm_store_alloc(size_t count, size_t size, const char *where, void **out) CGM_CHECKED;
/* Adds a variable of `rows` rows; one of values and pixels is NULL. Takes ownership of them, on an error too. Checks
 * the name and that the rows are as many as in the variables before it; `where` is for messages. */
cgm_status cgm_store_add_take(cgm_dataset *data, const cgm_variable *variable, size_t rows, double *values,
                              uint8_t *pixels, const char *where) CGM_CHECKED;
/* Checks the values of a column that is no image's; CGM_E_FORMAT, naming the row. */
cgm_status cgm_store_check_column(const cgm_variable *variable, size_t rows, const double *values,
                                  const char *where) CGM_CHECKED;
/* The place of a variable; CGM_E_ARG when there is none. */
cgm_status cgm_store_find(const cgm_dataset *data, const char *name, size_t *v) CGM_CHECKED;
/* CGM_E_ARG unless every row is below the number of rows. */
cgm_status cgm_store_check_rows(const cgm_dataset *data, size_t n, const size_t *rows) CGM_CHECKED;
/* Holds out rows and drops training rows as the options say. */
cgm_status cgm_store_apply(cgm_dataset *data, const cgm_data_opts *opts) CGM_CHECKED;

/* Whether there is a path, a generator or folders, and no two of these. */
bool cgm_data_has_one_source(const cgm_data_opts *opts);
/* The readers. `path` is where the source was found. */
cgm_status cgm_store_open_idx(const char *path, cgm_dataset *data) CGM_CHECKED;
/* labels: what its labels are called, or NULL: "digit". */
cgm_status cgm_store_open_morphomnist(const char *directory, const char *labels, cgm_dataset *data) CGM_CHECKED;
/* root: the folder of its PNG files, where opts->images says that it names some. */
cgm_status cgm_store_open_csv(const char *path, const cgm_data_opts *opts, const char *root, int threads,
                              const cgm_sink *sink, cgm_dataset *data) CGM_CHECKED;
/* PNG files in the order of the data set's rows. */
typedef struct cgm_image_list {
    const char *source; /* for messages: the table that names them, or the data set */
    size_t rows;
    const char *const *path; /* [rows] */
    const char *const *name; /* [rows]: what the files are called in the data set's digest */
    const size_t *line;      /* [rows]: where the table names them; NULL: there is no table */
} cgm_image_list;
/* Adds an image variable, called as the expected image is, else "image". The data set's digest becomes one of the table
 * and these files. */
cgm_status cgm_store_add_images(const cgm_image_list *list, const cgm_data_opts *opts, int threads,
                                cgm_dataset *data) CGM_CHECKED;
/* opts->folders: the images of each are a level of one variable. */
cgm_status cgm_store_open_folders(const cgm_data_opts *opts, int threads, cgm_dataset *data) CGM_CHECKED;
/* Finds a source beside the config (`base`), or in the working directory. The path lives in the arena or is `wanted`.
 */
cgm_status cgm_store_find_source(const char *base, const char *wanted, cgm_arena *arena, const char **path,
                                 struct stat *info) CGM_CHECKED;
cgm_status cgm_store_open_hdf5(const char *path, const cgm_sink *sink, cgm_dataset *data) CGM_CHECKED;

/* Generates n rows; row i depends on the seed and i alone, and on its given image. Noise that is there already is
 * drawn into. */
cgm_status cgm_generate_dataset(const cgm_generator *generator, size_t n, int64_t seed, int threads,
                                const cgm_sink *sink, cgm_dataset *data) CGM_CHECKED;
/* An image with `pad` rows or columns of zeros on each side, as double. */
void cgm_pixels_pad(const cgm_column *image, int channels, int pad, const uint8_t *pixels, double *out);
size_t cgm_generator_noise_width(const cgm_generator *generator);
/* Rows made from the images of opts->from, a directory in MNIST's layout. */
cgm_status cgm_generate_from(const cgm_generator *generator, const cgm_data_opts *opts, int threads,
                             const cgm_sink *sink, cgm_dataset *data) CGM_CHECKED;
/* A copy in the data set's arena for given images of this size, their first variable of so many levels. */
cgm_status cgm_generator_for_images(const cgm_generator *generator, const cgm_variable *first,
                                    const cgm_variable *image, cgm_arena *arena, const cgm_generator **out) CGM_CHECKED;
/* Scratch of one thread for the data set's generator; NULL where it needs none. */
cgm_status cgm_generator_prepare(const cgm_generator *generator, cgm_arena *arena, void **scratch) CGM_CHECKED;
/* A row as it would have been; pixels: NULL for the numbers alone, where images are given. */
void cgm_generated_row(const cgm_dataset *data, void *scratch, size_t row, const double *do_value, double *numbers,
                       uint8_t *pixels);
/* Whether the noise still gives the stored values: a file may have been made by another version of the generator. */
bool cgm_generated_agrees(const cgm_dataset *data);

#endif
