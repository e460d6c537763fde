/* A directory in MNIST's layout, images and labels in IDX, once for training and once (t10k) for testing; and in that
 * of Morpho-MNIST (Castro, Tan, Kainz, Konukoglu, Glocker 2019), which adds measurements in CSV. Rows belong together
 * by position. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/csv.h"
#include "data/idx.h"
#include "data/store.h"

#define PATH_BYTES 4096

/* The files of one split; a missing one has the path "". */
typedef struct part {
    char images_path[PATH_BYTES], labels_path[PATH_BYTES], table_path[PATH_BYTES];
    cgm_idx images, labels;
    cgm_csv table;
} part;

/* Finds DIRECTORY/NAME or NAME.gz; leaves path "" when there is neither. */
static cgm_status find_file(const char *directory, const char *name, char path[PATH_BYTES])
{
    static const char *const suffix[] = {".gz", ""};
    for (int i = 0; i < 2; i++) {
        int n = snprintf(path, PATH_BYTES, "%s/%s%s", directory, name, suffix[i]);
        if (n < 0 || n >= PATH_BYTES) return CGM_FAIL(CGM_E_ARG, "%.60s...: the path is too long", directory);
        if (access(path, F_OK) == 0) return CGM_OK;
    }
    path[0] = 0;
    return CGM_OK;
}

static cgm_status find_files(const char *directory, const char *split, part *p)
{
    char name[64];
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", split);
    CGM_TRY(find_file(directory, name, p->images_path));
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte", split);
    CGM_TRY(find_file(directory, name, p->labels_path));
    snprintf(name, sizeof name, "%s-morpho.csv", split);
    int n = snprintf(p->table_path, PATH_BYTES, "%s/%s", directory, name);
    if (n < 0 || n >= PATH_BYTES) return CGM_FAIL(CGM_E_ARG, "%.60s...: the path is too long", directory);
    if (access(p->table_path, F_OK)) p->table_path[0] = 0;
    return CGM_OK;
}

/* MNIST's labels are digits; what data.labels calls something else may be of any number. */
static cgm_status check_labels(const part *p, bool digits)
{
    if (p->labels.rank != 1)
        return CGM_FAIL(CGM_E_FORMAT, "%s: %d axes; expected one, labels", p->labels_path, p->labels.rank);
    if (p->labels.dim[0] != p->images.dim[0])
        return CGM_FAIL(CGM_E_FORMAT, "%s: %zu labels, but %zu images in %s", p->labels_path, p->labels.dim[0],
                        p->images.dim[0], p->images_path);
    for (size_t i = 0; digits && i < p->labels.dim[0]; i++)
        if (p->labels.data[i] > 9)
            return CGM_FAIL(CGM_E_FORMAT, "%s: row %zu is %d; expected a digit", p->labels_path, i, p->labels.data[i]);
    return CGM_OK;
}

static cgm_status check_table(const part *p)
{
    const cgm_csv *t = &p->table;
    if (t->rows != p->images.dim[0])
        return CGM_FAIL(CGM_E_FORMAT, "%s: %zu rows, but %zu images in %s", p->table_path, t->rows, p->images.dim[0],
                        p->images_path);
    for (size_t c = 0; c < t->n_columns; c++) {
        if (strcmp(t->name[c], "index")) continue;
        for (size_t i = 0; i < t->rows; i++)
            if (t->values[i * t->n_columns + c] != (double)i)
                return CGM_FAIL(CGM_E_FORMAT, "%s:%zu: index: expected %zu, the row's number, got %.10g", p->table_path,
                                i + 2, i, t->values[i * t->n_columns + c]);
    }
    return CGM_OK;
}

static cgm_status load_part(part *p, bool digits)
{
    int channels, height, width;
    CGM_TRY(cgm_idx_load(p->images_path, &p->images));
    CGM_TRY(cgm_idx_image(&p->images, p->images_path, &channels, &height, &width));
    if (p->labels_path[0]) {
        CGM_TRY(cgm_idx_load(p->labels_path, &p->labels));
        CGM_TRY(check_labels(p, digits));
    }
    if (!p->table_path[0]) return CGM_OK;
    CGM_TRY(cgm_csv_load(p->table_path, NULL, &p->table));
    return check_table(p);
}

static void clear_part(part *p)
{
    free(p->images.data);
    free(p->labels.data);
    cgm_csv_clear(&p->table);
}

/* The two splits must hold the same variables. */
static cgm_status check_same(const part *train, const part *test)
{
    for (int i = 1; i < train->images.rank || i < test->images.rank; i++)
        if (train->images.rank != test->images.rank || train->images.dim[i] != test->images.dim[i])
            return CGM_FAIL(CGM_E_FORMAT, "%s: images of another size than in %s", test->images_path,
                            train->images_path);
    if (!train->labels_path[0] != !test->labels_path[0])
        return CGM_FAIL(CGM_E_FORMAT, "%s: labels for one split only",
                        train->labels_path[0] ? train->labels_path : test->labels_path);
    if (!train->table_path[0] != !test->table_path[0])
        return CGM_FAIL(CGM_E_FORMAT, "%s: measurements for one split only",
                        train->table_path[0] ? train->table_path : test->table_path);
    bool same = train->table.n_columns == test->table.n_columns;
    for (size_t c = 0; same && c < train->table.n_columns; c++)
        same = !strcmp(train->table.name[c], test->table.name[c]);
    if (!same) return CGM_FAIL(CGM_E_FORMAT, "%s: other columns than in %s", test->table_path, train->table_path);
    return CGM_OK;
}

/* `name` is what the labels are called, NULL: digits. */
static cgm_status add_labels(const part *p, int n, size_t rows, const char *name, cgm_dataset *data)
{
    if (!p[0].labels_path[0]) return CGM_OK;
    cgm_variable label = {.name = name ? name : "digit", .type = CGM_CATEGORICAL, .levels = name ? 1 : 10};
    for (int k = 0; k < n; k++)
        for (size_t i = 0; i < p[k].labels.dim[0]; i++)
            if (p[k].labels.data[i] >= label.levels) label.levels = p[k].labels.data[i] + 1;
    double *values;
    CGM_TRY(cgm_store_alloc(rows, sizeof *values, p[0].labels_path, (void **)&values));
    size_t row = 0;
    for (int k = 0; k < n; k++)
        for (size_t i = 0; i < p[k].labels.dim[0]; i++) values[row++] = p[k].labels.data[i];
    return cgm_store_add_take(data, &label, rows, values, NULL, p[0].labels_path);
}

static cgm_status add_measurements(const part *p, int n, size_t rows, cgm_dataset *data)
{
    for (size_t c = 0; c < p[0].table.n_columns; c++) {
        if (strcmp(p[0].table.name[c], "index") == 0) continue;
        cgm_variable measure = {.name = p[0].table.name[c], .type = CGM_CONTINUOUS};
        double *values;
        CGM_TRY(cgm_store_alloc(rows, sizeof *values, p[0].table_path, (void **)&values));
        size_t row = 0;
        for (int k = 0; k < n; k++)
            for (size_t i = 0; i < p[k].table.rows; i++)
                values[row++] = p[k].table.values[i * p[k].table.n_columns + c];
        CGM_TRY(cgm_store_add_take(data, &measure, rows, values, NULL, p[0].table_path));
    }
    return CGM_OK;
}

static cgm_status add_image(const part *p, int n, size_t rows, cgm_dataset *data)
{
    cgm_variable image = {.name = "image", .type = CGM_IMAGE, .high = 255};
    CGM_TRY(cgm_idx_image(&p[0].images, p[0].images_path, &image.channels, &image.height, &image.width));
    size_t width = cgm_variable_width(&image);
    uint8_t *pixels;
    CGM_TRY(cgm_store_alloc(rows, width, p[0].images_path, (void **)&pixels));
    size_t row = 0;
    for (int k = 0; k < n; k++) {
        memcpy(pixels + row * width, p[k].images.data, p[k].images.dim[0] * width);
        row += p[k].images.dim[0];
    }
    return cgm_store_add_take(data, &image, rows, NULL, pixels, p[0].images_path);
}

static cgm_status join(const part *p, int n, const char *labels, cgm_dataset *data)
{
    if (n == 2) CGM_TRY(check_same(&p[0], &p[1]));
    size_t rows = p[0].images.dim[0] + (n == 2 ? p[1].images.dim[0] : 0);
    CGM_TRY(add_labels(p, n, rows, labels, data));
    CGM_TRY(add_measurements(p, n, rows, data));
    CGM_TRY(add_image(p, n, rows, data));
    data->train = p[0].images.dim[0];
    data->has_split = n == 2;
    return CGM_OK;
}

/* SHA-256 of the lines "DIGEST  NAME" of the files, in name order. */
static cgm_status digest(const part *p, int n, cgm_dataset *data)
{
    char list[6 * (64 + 2 + 32 + 1) + 1] = "";
    size_t used = 0;
    for (int k = n - 1; k >= 0; k--) { /* t10k comes before train */
        const char *const path[] = {p[k].images_path, p[k].labels_path, p[k].table_path};
        for (int i = 0; i < 3; i++) {
            char hex[65];
            if (!path[i][0]) continue;
            CGM_TRY(cgm_sha256_file(path[i], hex));
            used += (size_t)snprintf(list + used, sizeof list - used, "%s  %s\n", hex, strrchr(path[i], '/') + 1);
        }
    }
    cgm_sha256(list, used, data->sha256);
    return CGM_OK;
}

cgm_status cgm_store_open_morphomnist(const char *directory, const char *labels, cgm_dataset *data)
{
    part *p = calloc(2, sizeof *p);
    if (!p) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", directory);
    cgm_status status = CGM_OK;
    CGM_TRY_GOTO(find_files(directory, "train", &p[0]), done);
    CGM_TRY_GOTO(find_files(directory, "t10k", &p[1]), done);
    if (!p[0].images_path[0]) {
        status = CGM_FAIL(CGM_E_ARG,
                          "%s: no train-images-idx3-ubyte.gz (nor without .gz); expected the files of MNIST or "
                          "MorphoMNIST; a folder of PNG files needs data.images",
                          directory);
        goto done;
    }
    int n = p[1].images_path[0] ? 2 : 1;
    for (int k = 0; k < n; k++) CGM_TRY_GOTO(load_part(&p[k], !labels), done);
    CGM_TRY_GOTO(join(p, n, labels, data), done);
    status = digest(p, n, data);
done:
    clear_part(&p[0]);
    clear_part(&p[1]);
    free(p);
    return status;
}
