/* Data sets from HDF5: cgm's own layout, and other people's files as far as shapes and types tell what is meant. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/level_names.h"
#include "data/store.h"

#define MOST_CHANNELS 64
#define CHUNK_PIXELS ((size_t)1 << 20)

typedef struct source {
    cgm_file *file;
    const char *path;
    const cgm_sink *sink;
    cgm_dataset *data;
    size_t n;
    const char *name[CGM_DATA_MAX_VARIABLES]; /* the data sets of the root group */
} source;

/* One data set of the file. */
typedef struct item {
    char path[CGM_DATA_MAX_NAME + 2];
    char where[4096]; /* FILE:/path */
    cgm_dtype dtype;
    cgm_shape shape;
    size_t rows;
    bool declared;        /* its type is an attribute, not a guess */
    bool must_be_bounded; /* the attribute says "bounded" */
    cgm_variable variable;
} item;

static cgm_status collect(void *context, const char *name, bool is_group)
{
    source *s = context;
    if (is_group) return CGM_OK;
    if (strlen(name) > CGM_DATA_MAX_NAME)
        return CGM_FAIL(CGM_E_FORMAT, "%s: a data set's name of more than %d bytes", s->path, CGM_DATA_MAX_NAME);
    if (s->n == CGM_DATA_MAX_VARIABLES)
        return CGM_FAIL(CGM_E_FORMAT, "%s: more than %d data sets", s->path, CGM_DATA_MAX_VARIABLES);
    s->name[s->n] = cgm_arena_strdup(&s->data->arena, name);
    return s->name[s->n++] ? CGM_OK : CGM_E_MEMORY;
}

/* The order in which they were saved, which is the causal one, where the file tells it; the others follow. */
static cgm_status order_names(source *s)
{
    const char *text;
    if (!cgm_file_has_attribute(s->file, "/", "variables")) return CGM_OK;
    CGM_TRY(cgm_file_get_text(s->file, "/", "variables", &text));
    char *copy = cgm_arena_strdup(&s->data->arena, text), *rest = copy;
    if (!copy) return CGM_E_MEMORY;
    size_t done = 0;
    for (char *word; (word = strsep(&rest, " "));)
        for (size_t i = done; i < s->n; i++) {
            if (strcmp(s->name[i], word)) continue;
            const char *found = s->name[i];
            memmove(&s->name[done + 1], &s->name[done], (i - done) * sizeof *s->name);
            s->name[done++] = found;
            break;
        }
    return CGM_OK;
}

static bool is_integer(cgm_dtype dtype)
{
    return dtype == CGM_U8 || dtype == CGM_I64 || dtype == CGM_U64;
}

static bool is_float(cgm_dtype dtype)
{
    return dtype == CGM_F32 || dtype == CGM_F64;
}

/* The shapes that a variable of the type may have; its rank tells whether it does. */
static const char *shape_of(const cgm_variable *v, int rank, bool *fits)
{
    *fits = v->type == CGM_IMAGE ? rank == 3 || rank == 4 : rank == (v->type == CGM_VECTOR ? 2 : 1);
    return v->type == CGM_IMAGE ? "[N, H, W] or [N, C, H, W]" : v->type == CGM_VECTOR ? "[N, width]" : "[N]";
}

/* The type by attribute or by shape; false when nothing is known of it. A matrix may be a vector a row or a table of
 * many variables, so that nothing but the attribute tells. */
static cgm_status find_type(const source *s, item *it, bool *known)
{
    static const char *const names[] = CGM_VARIABLE_TYPE_NAMES;
    int rank = it->shape.rank;
    *known = true;
    it->declared = cgm_file_has_attribute(s->file, it->path, "type");
    if (it->declared) {
        const char *text;
        CGM_TRY(cgm_file_get_text(s->file, it->path, "type", &text));
        for (int t = 0; names[t]; t++) {
            if (strcmp(names[t], text)) continue;
            cgm_variable_set_type(&it->variable, t);
            it->must_be_bounded = t == CGM_NAMED_BOUNDED;
            bool fits, number = is_integer(it->dtype) || is_float(it->dtype);
            const char *expected = shape_of(&it->variable, rank, &fits);
            if (number && fits) return CGM_OK;
            char shape[CGM_SHAPE_TEXT];
            return CGM_FAIL(CGM_E_FORMAT, "%s: of shape %s; expected %s of numbers, since its type is %s", it->where,
                            cgm_shape_text(it->shape, shape), expected, text);
        }
        return CGM_FAIL(CGM_E_FORMAT,
                        "%s: the type \"%.40s\"; expected continuous, positive, bounded, binary, categorical, ordinal, "
                        "count, image or vector",
                        it->where, text);
    }
    if (rank == 1 && is_integer(it->dtype))
        it->variable.type = CGM_CATEGORICAL;
    else if (rank == 1 && is_float(it->dtype))
        it->variable.type = CGM_CONTINUOUS;
    else if ((rank == 3 || rank == 4) && (it->dtype == CGM_U8 || is_float(it->dtype)))
        it->variable.type = CGM_IMAGE;
    else
        *known = false;
    return CGM_OK;
}

/* low and high, of which a file has both or none. */
static cgm_status read_bounds(const source *s, item *it)
{
    cgm_variable *v = &it->variable;
    bool low = cgm_file_has_attribute(s->file, it->path, "low"),
         high = cgm_file_has_attribute(s->file, it->path, "high");
    if (low != high) return CGM_FAIL(CGM_E_FORMAT, "%s: only one of the attributes low and high", it->where);
    if (!low && it->must_be_bounded)
        return CGM_FAIL(CGM_E_FORMAT, "%s: the type is bounded; expected the attributes low and high", it->where);
    if (!low) return CGM_OK;
    CGM_TRY(cgm_file_get_number(s->file, it->path, "low", &v->low));
    CGM_TRY(cgm_file_get_number(s->file, it->path, "high", &v->high));
    bool count = v->type == CGM_COUNT, fits = !count || (v->low == 0 && v->high == floor(v->high));
    if (!(v->low < v->high) || (isinf(v->low) && isinf(v->high)) || !fits)
        return CGM_FAIL(CGM_E_FORMAT, "%s: a range from %g to %g%s", it->where, v->low, v->high,
                        count ? "; expected one of counts, from 0" : "");
    v->bounded = true;
    return CGM_OK;
}

/* The attribute, or one more than the largest value. *many: a guess that cannot be right. */
static cgm_status find_levels(const source *s, item *it, const double *values, bool *many)
{
    *many = false;
    uint64_t levels = 0;
    if (cgm_file_has_attribute(s->file, it->path, "levels"))
        CGM_TRY(cgm_file_get_integer(s->file, it->path, "levels", &levels));
    else
        for (size_t i = 0; i < it->rows; i++)
            if (values[i] >= (double)levels)
                levels = values[i] < CGM_DATA_MAX_LEVELS ? (uint64_t)values[i] + 1 : UINT64_MAX;
    *many = levels > CGM_DATA_MAX_LEVELS;
    if (levels < 1 || (*many && it->declared))
        return CGM_FAIL(CGM_E_FORMAT, "%s: the number of levels; expected 1 to %d", it->where, CGM_DATA_MAX_LEVELS);
    it->variable.levels = *many ? 0 : (int)levels;
    if (it->variable.type == CGM_BINARY && it->variable.levels < 2)
        it->variable.levels = 2; /* one value alone is seen */
    return *many ? CGM_OK : cgm_level_names_load(s->file, it->path, it->where, &s->data->arena, &it->variable);
}

static cgm_status check_scalar(const source *s, item *it, const double *values, bool *skip)
{
    cgm_variable finite = {.type = CGM_CONTINUOUS};
    CGM_TRY(cgm_store_check_column(&finite, it->rows, values, it->where));
    if (!cgm_variable_has_levels(&it->variable)) {
        CGM_TRY(read_bounds(s, it));
        return cgm_store_check_column(&it->variable, it->rows, values, it->where);
    }
    CGM_TRY(find_levels(s, it, values, skip));
    if (!*skip) return cgm_store_check_column(&it->variable, it->rows, values, it->where);
    cgm_sink_log(s->sink, CGM_LOG_WARNING,
                 "%s is left out: whole numbers above %d (the attribute type = count or continuous would keep it)",
                 it->where, CGM_DATA_MAX_LEVELS);
    return CGM_OK;
}

static cgm_status load_scalar(source *s, item *it)
{
    double *values;
    bool skip = false;
    CGM_TRY(cgm_store_alloc(it->rows, sizeof *values, it->where, (void **)&values));
    cgm_status status = cgm_file_read(s->file, it->path, CGM_F64, it->shape, values);
    if (status == CGM_OK) status = check_scalar(s, it, values, &skip);
    if (status == CGM_OK && !skip) return cgm_store_add_take(s->data, &it->variable, it->rows, values, NULL, it->where);
    free(values);
    return status;
}

/* Rounds a chunk of pixels; *fraction is set when one was not whole. */
static cgm_status round_pixels(const item *it, size_t first_row, size_t width, size_t n, const float *in, uint8_t *out,
                               bool *fraction)
{
    for (size_t i = 0; i < n; i++) {
        if (!(in[i] >= 0 && in[i] <= 255))
            return CGM_FAIL(CGM_E_FORMAT, "%s: row %zu has the pixel %g; expected 0 to 255", it->where,
                            first_row + i / width, in[i]);
        out[i] = (uint8_t)lrintf(in[i]);
        *fraction |= in[i] != (float)out[i];
    }
    return CGM_OK;
}

/* Pixels of another type than a byte, some rows at a time. */
static cgm_status read_rounded(source *s, const item *it, size_t width, uint8_t *pixels)
{
    size_t chunk = width < CHUNK_PIXELS ? CHUNK_PIXELS / width : 1;
    bool fraction = false;
    float *part;
    CGM_TRY(cgm_store_alloc(chunk * width, sizeof *part, it->where, (void **)&part));
    cgm_status status = CGM_OK;
    for (size_t i = 0; i < it->rows && status == CGM_OK; i += chunk) {
        size_t n = it->rows - i < chunk ? it->rows - i : chunk;
        status = cgm_file_read_rows(s->file, it->path, CGM_F32, (int64_t)i, (int64_t)n, part);
        if (status == CGM_OK) status = round_pixels(it, i, width, n * width, part, pixels + i * width, &fraction);
    }
    free(part);
    if (status == CGM_OK && fraction)
        cgm_sink_log(s->sink, CGM_LOG_WARNING, "%s: pixels are rounded to whole grey levels", it->where);
    return status;
}

static cgm_status load_image(source *s, item *it)
{
    const int64_t *dim = it->shape.dim;
    int rank = it->shape.rank;
    int64_t channels = rank == 4 ? dim[1] : 1, height = dim[rank - 2], width = dim[rank - 1];
    if (channels < 1 || channels > MOST_CHANNELS || height < 1 || height > CGM_DATA_MAX_SIDE || width < 1 ||
        width > CGM_DATA_MAX_SIDE)
        return CGM_FAIL(CGM_E_FORMAT, "%s: images of %lldx%lldx%lld; expected up to %dx%dx%d", it->where,
                        (long long)channels, (long long)height, (long long)width, MOST_CHANNELS, CGM_DATA_MAX_SIDE,
                        CGM_DATA_MAX_SIDE);
    it->variable.channels = (int)channels;
    it->variable.height = (int)height;
    it->variable.width = (int)width;
    it->variable.high = 255;
    size_t pixels_a_row = cgm_variable_width(&it->variable);
    uint8_t *pixels;
    CGM_TRY(cgm_store_alloc(it->rows, pixels_a_row, it->where, (void **)&pixels));
    cgm_status status = it->dtype == CGM_U8 ? cgm_file_read(s->file, it->path, CGM_U8, it->shape, pixels)
                                            : read_rounded(s, it, pixels_a_row, pixels);
    if (status == CGM_OK) return cgm_store_add_take(s->data, &it->variable, it->rows, NULL, pixels, it->where);
    free(pixels);
    return status;
}

static cgm_status load_vector(source *s, item *it)
{
    int64_t width = it->shape.dim[1];
    double *values;
    if (width < 1 || width > CGM_MAX_VECTOR)
        return CGM_FAIL(CGM_E_FORMAT, "%s: vectors of %lld numbers; expected 1 to %d", it->where, (long long)width,
                        CGM_MAX_VECTOR);
    it->variable.width = (int)width;
    CGM_TRY(cgm_store_alloc(it->rows, (size_t)width * sizeof *values, it->where, (void **)&values));
    cgm_status status = cgm_file_read(s->file, it->path, CGM_F64, it->shape, values);
    if (status == CGM_OK) status = cgm_store_check_column(&it->variable, it->rows, values, it->where);
    if (status == CGM_OK) return cgm_store_add_take(s->data, &it->variable, it->rows, values, NULL, it->where);
    free(values);
    return status;
}

static cgm_status load_item(source *s, const char *name)
{
    item it = {.variable.name = name};
    bool known;
    snprintf(it.path, sizeof it.path, "/%s", name);
    snprintf(it.where, sizeof it.where, "%s:/%s", s->path, name);
    if (cgm_file_info(s->file, it.path, &it.dtype, &it.shape) != CGM_OK) {
        cgm_sink_log(s->sink, CGM_LOG_WARNING, "%s is left out: %s", it.where, cgm_error_message());
        return CGM_OK;
    }
    CGM_TRY(find_type(s, &it, &known));
    if (!known) {
        char shape[CGM_SHAPE_TEXT];
        cgm_sink_log(s->sink, CGM_LOG_WARNING, "%s is left out: its shape %s and type are no variable's%s", it.where,
                     cgm_shape_text(it.shape, shape),
                     it.shape.rank == 2 && is_float(it.dtype) ? " (the attribute type = vector would keep it)" : "");
        return CGM_OK;
    }
    it.rows = (size_t)it.shape.dim[0];
    if (it.variable.type == CGM_IMAGE) return load_image(s, &it);
    return it.variable.type == CGM_VECTOR ? load_vector(s, &it) : load_scalar(s, &it);
}

static cgm_status load_noise_part(source *s, const cgm_generator_noise *part, size_t offset, size_t width)
{
    char path[128], where[4096];
    snprintf(path, sizeof path, "/noise/%s", part->name);
    snprintf(where, sizeof where, "%s:%s", s->path, path);
    size_t rows = s->data->rows;
    double *values;
    CGM_TRY(cgm_store_alloc(rows * part->width, sizeof *values, where, (void **)&values));
    cgm_status status = cgm_file_read(s->file, path, CGM_F64, CGM_SHAPE((int64_t)rows, (int64_t)part->width), values);
    for (size_t i = 0; i < rows * part->width && status == CGM_OK; i++) {
        if (!isfinite(values[i]))
            status = CGM_FAIL(CGM_E_FORMAT, "%s: row %zu is %g; expected a finite number", where, i / part->width,
                              values[i]);
        s->data->noise[i / part->width * width + offset + i % part->width] = values[i];
    }
    free(values);
    return status;
}

/* The images that rows are made from; the generator becomes one for their size. */
static cgm_status load_given(source *s, const cgm_generator **generator)
{
    char path[128];
    cgm_dataset *data = s->data;
    const cgm_generator *g = *generator;
    const cgm_variable *first = cgm_dataset_find(data, g->variables[0].name),
                       *image = cgm_dataset_find(data, g->variables[g->n_variables - 1].name);
    if (!g->given) return CGM_OK;
    if (!first || !image || image->type != CGM_IMAGE || image->channels != 1)
        return CGM_FAIL(CGM_E_FORMAT, "%s: made by the generator \"%s\", but without its variables", s->path, g->name);
    CGM_TRY(cgm_generator_for_images(g, first, image, &data->arena, generator));
    snprintf(path, sizeof path, "/noise/%s", g->given);
    CGM_TRY(cgm_store_alloc(data->rows, cgm_variable_width(image), s->path, (void **)&data->given));
    return cgm_file_read(s->file, path, CGM_U8, CGM_SHAPE((int64_t)data->rows, image->height, image->width),
                         data->given);
}

/* The noise of generated data, with which the truth is known. */
static cgm_status load_noise(source *s)
{
    const char *name;
    uint64_t seed = 0;
    cgm_dataset *data = s->data;
    if (!cgm_file_has_attribute(s->file, "/", "generator") || !cgm_file_has(s->file, "/noise")) return CGM_OK;
    CGM_TRY(cgm_file_get_text(s->file, "/", "generator", &name));
    const cgm_generator *generator = cgm_generator_find(name);
    if (!generator) {
        cgm_sink_log(s->sink, CGM_LOG_WARNING,
                     "%s: made by the generator \"%.40s\", which this version lacks; its true "
                     "counterfactuals are not known",
                     s->path, name);
        return CGM_OK;
    }
    if (cgm_file_has_attribute(s->file, "/", "seed")) CGM_TRY(cgm_file_get_integer(s->file, "/", "seed", &seed));
    CGM_TRY(load_given(s, &generator));
    size_t width = cgm_generator_noise_width(generator), offset = 0;
    CGM_TRY(cgm_store_alloc(data->rows, width * sizeof *data->noise, s->path, (void **)&data->noise));
    data->generator = generator;
    data->seed = (int64_t)seed;
    for (size_t i = 0; i < generator->n_noise; i++) {
        CGM_TRY(load_noise_part(s, &generator->noise[i], offset, width));
        offset += generator->noise[i].width;
    }
    if (cgm_generated_agrees(data)) return CGM_OK;
    cgm_sink_log(s->sink, CGM_LOG_WARNING,
                 "%s: its noise does not give its values with this version of %s; its true "
                 "counterfactuals are not known",
                 s->path, name);
    data->generator = NULL;
    free(data->noise);
    free(data->given);
    data->noise = NULL;
    data->given = NULL;
    return CGM_OK;
}

static cgm_status load_split(source *s)
{
    uint64_t train;
    cgm_dataset *data = s->data;
    if (!cgm_file_has_attribute(s->file, "/", "train")) return CGM_OK;
    CGM_TRY(cgm_file_get_integer(s->file, "/", "train", &train));
    if (train < 1 || train > data->rows)
        return CGM_FAIL(CGM_E_FORMAT, "%s: the attribute train is %llu; expected 1 to %zu, the number of rows", s->path,
                        (unsigned long long)train, data->rows);
    data->train = (size_t)train;
    data->has_split = train < data->rows;
    return CGM_OK;
}

static cgm_status load(source *s)
{
    CGM_TRY(cgm_file_list(s->file, "/", collect, s));
    CGM_TRY(order_names(s));
    for (size_t i = 0; i < s->n; i++) CGM_TRY(load_item(s, s->name[i]));
    if (s->data->n_variables == 0)
        return CGM_FAIL(CGM_E_FORMAT, "%s: no variables; expected data sets of shape [N], [N, H, W] or [N, C, H, W]",
                        s->path);
    CGM_TRY(load_split(s));
    return load_noise(s);
}

cgm_status cgm_store_open_hdf5(const char *path, const cgm_sink *sink, cgm_dataset *data)
{
    source s = {.path = path, .sink = sink, .data = data};
    CGM_TRY(cgm_file_open(path, &s.file));
    cgm_status status = load(&s);
    cgm_file_close(s.file);
    return status;
}
