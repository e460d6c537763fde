/* What a file holds, and whether two files hold the same. */
#include "io/hdf5.h"

#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 32, COMPARE_BYTES = 4 << 20 };

typedef struct name_list {
    cgm_arena arena;
    size_t n, capacity;
    cgm_status status; /* of adding names, which HDF5 does not pass on */
    struct name_entry {
        const char *name;
        bool is_group;
    } * entry;
} name_list;

static cgm_status add_name(name_list *list, const char *name, bool is_group)
{
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        struct name_entry *grown = cgm_arena_array(&list->arena, capacity, sizeof *grown);
        if (!grown) return CGM_E_MEMORY;
        if (list->n) memcpy(grown, list->entry, list->n * sizeof *grown);
        list->entry = grown;
        list->capacity = capacity;
    }
    const char *copy = cgm_arena_strdup(&list->arena, name);
    if (!copy) return CGM_E_MEMORY;
    list->entry[list->n++] = (struct name_entry){copy, is_group};
    return CGM_OK;
}

/* Groups and data sets count; axes, named types and links that lead nowhere or to another file do not. */
static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
    if (info->type == H5L_TYPE_EXTERNAL || H5Oexists_by_name(group, name, H5P_DEFAULT) <= 0) return 0;
    hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    if (object < 0) return -1;
    H5I_type_t type = H5Iget_type(object);
    bool counts = type == H5I_GROUP || (type == H5I_DATASET && !cgm_hdf5_is_axis(object));
    H5Oclose(object);
    name_list *list = context;
    if (counts) list->status = add_name(list, name, type == H5I_GROUP);
    return list->status == CGM_OK ? 0 : -1;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct name_entry *)a)->name, ((const struct name_entry *)b)->name);
}

/* Clears the list on error. */
static cgm_status list_group(cgm_file *file, const char *path, name_list *list)
{
    hid_t group = cgm_hdf5_exists(file->id, path) ? H5Oopen(file->id, path, H5P_DEFAULT) : H5I_INVALID_HID;
    if (group < 0 || H5Iget_type(group) != H5I_GROUP) {
        cgm_hdf5_close(group);
        return CGM_FAIL(CGM_E_FORMAT, "%s: there is no group %s", file->path, path);
    }
    hsize_t at = 0;
    herr_t result = H5Literate_by_name(group, ".", H5_INDEX_NAME, H5_ITER_NATIVE, &at, visit_link, list, H5P_DEFAULT);
    H5Gclose(group);
    if (result < 0) {
        cgm_arena_clear(&list->arena);
        if (list->status != CGM_OK) return list->status;
        return cgm_hdf5_fail(CGM_E_FORMAT, file->path, path, "list the group");
    }
    if (list->n) qsort(list->entry, list->n, sizeof *list->entry, by_name);
    return CGM_OK;
}

cgm_status cgm_file_list(cgm_file *file, const char *group, cgm_file_visit_fn *visit, void *context)
{
    CGM_HDF5_SCOPE();
    name_list list = {0};
    CGM_TRY(list_group(file, group, &list));
    cgm_status status = CGM_OK;
    for (size_t i = 0; i < list.n && status == CGM_OK; i++)
        status = visit(context, list.entry[i].name, list.entry[i].is_group);
    cgm_arena_clear(&list.arena);
    return status;
}

static cgm_status list_datasets(cgm_file *file, const char *group, int depth, name_list *out)
{
    if (depth > DEEPEST) return CGM_FAIL(CGM_E_FORMAT, "%s: %s: groups nest too deeply", file->path, group);
    name_list list = {0};
    CGM_TRY(list_group(file, group, &list));
    cgm_status status = CGM_OK;
    for (size_t i = 0; i < list.n && status == CGM_OK; i++) {
        char *path = cgm_arena_printf(&out->arena, "%s%s%s", group, depth ? "/" : "", list.entry[i].name);
        if (!path)
            status = CGM_E_MEMORY;
        else if (list.entry[i].is_group)
            status = list_datasets(file, path, depth + 1, out);
        else
            status = add_name(out, path, false);
    }
    cgm_arena_clear(&list.arena);
    return status;
}

/* One side of a comparison. */
typedef struct side {
    cgm_file *file;
    hid_t dataset, type;
    cgm_dtype dtype;
    cgm_shape shape;
    void *rows; /* as many as COMPARE_BYTES hold */
} side;

static cgm_status open_side(cgm_file *file, const char *path, side *out)
{
    *out = (side){.file = file, .dataset = H5I_INVALID_HID, .type = H5I_INVALID_HID};
    CGM_TRY(cgm_hdf5_open_dataset(file, path, &out->dataset));
    CGM_TRY(cgm_hdf5_inspect(file->path, path, out->dataset, &out->dtype, &out->shape));
    out->type = H5Dget_type(out->dataset);
    return CGM_OK;
}

static void close_side(side *s)
{
    cgm_free_aligned(s->rows);
    cgm_hdf5_close(s->type);
    cgm_hdf5_close(s->dataset);
}

/* Compares rows [begin, begin + n), or all of a scalar. */
static cgm_status compare_rows(side *a, side *b, const char *path, int64_t begin, int64_t n, bool *same)
{
    side *both[2] = {a, b};
    int64_t elements = 1;
    for (int i = 0; i < a->shape.rank; i++) elements *= i == 0 ? n : a->shape.dim[i];
    for (int k = 0; k < 2; k++) {
        side *s = both[k];
        if (s->shape.rank == 0)
            CGM_TRY(cgm_file_read(s->file, path, s->dtype, s->shape, s->rows));
        else
            CGM_TRY(cgm_file_read_rows(s->file, path, s->dtype, begin, n, s->rows));
    }
    if (a->dtype != CGM_TEXT) {
        *same = *same && memcmp(a->rows, b->rows, (size_t)elements * cgm_dtype_size(a->dtype)) == 0;
        return CGM_OK;
    }
    const char *const *x = a->rows, *const *y = b->rows;
    for (int64_t i = 0; i < elements; i++) *same = *same && strcmp(x[i], y[i]) == 0;
    return CGM_OK;
}

static cgm_status compare_dataset(cgm_file *a, cgm_file *b, const char *path, bool *same)
{
    cgm_status status = CGM_OK;
    side x, y = {.dataset = H5I_INVALID_HID, .type = H5I_INVALID_HID};
    CGM_TRY_GOTO(open_side(a, path, &x), done);
    CGM_TRY_GOTO(open_side(b, path, &y), done);
    *same = H5Tequal(x.type, y.type) > 0 && cgm_shape_equal(x.shape, y.shape);
    if (!*same || cgm_shape_size(x.shape) == 0) goto done;
    int64_t n = x.shape.rank ? x.shape.dim[0] : 1;
    size_t row = (size_t)(cgm_shape_size(x.shape) / n) * cgm_dtype_size(x.dtype);
    int64_t step = row > COMPARE_BYTES ? 1 : (int64_t)(COMPARE_BYTES / row);
    if (step > n) step = n;
    x.rows = cgm_alloc_aligned(row * (size_t)step);
    y.rows = cgm_alloc_aligned(row * (size_t)step);
    if (!x.rows || !y.rows) {
        status = CGM_E_MEMORY;
        goto done;
    }
    for (int64_t begin = 0; begin < n && *same; begin += step)
        CGM_TRY_GOTO(compare_rows(&x, &y, path, begin, n - begin < step ? n - begin : step, same), done);
done:
    close_side(&y);
    close_side(&x);
    return status;
}

cgm_status cgm_file_compare(cgm_file *a, cgm_file *b, cgm_file_compare_fn *visit, void *context)
{
    CGM_HDF5_SCOPE();
    cgm_status status = CGM_OK;
    name_list x = {0}, y = {0};
    CGM_TRY_GOTO(list_datasets(a, "/", 0, &x), done);
    CGM_TRY_GOTO(list_datasets(b, "/", 0, &y), done);
    if (x.n) qsort(x.entry, x.n, sizeof *x.entry, by_name);
    if (y.n) qsort(y.entry, y.n, sizeof *y.entry, by_name);
    for (size_t i = 0, j = 0; i < x.n || j < y.n;) {
        int order = i == x.n ? 1 : j == y.n ? -1 : strcmp(x.entry[i].name, y.entry[j].name);
        const char *path = order <= 0 ? x.entry[i].name : y.entry[j].name;
        bool same = false;
        if (order == 0) CGM_TRY_GOTO(compare_dataset(a, b, path, &same), done);
        CGM_TRY_GOTO(visit(context, path, same), done);
        i += order <= 0;
        j += order >= 0;
    }
done:
    cgm_arena_clear(&x.arena);
    cgm_arena_clear(&y.arena);
    return status;
}
