#include "dip/learned/images.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/dataset.h"
#include "dip/phantoms/phantom.h"

#define PHANTOM "phantom:"

/* A phantom has no pixels of its own: it is there at each of these sizes, if a patch fits. */
static const int64_t phantom_sides[] = {64, 96, 128, 192};

void cgm_dip_images_clear(dip_images *images)
{
    cgm_arena_clear(&images->arena);
    *images = (dip_images){0};
}

/* ---- One image ---- */

/* Grey by Rec. 601, as everywhere. */
static double sample(const dip_image *x, int64_t channels, int64_t c, int64_t i)
{
    int64_t plane = x->height * x->width;
    if (x->channels == channels) return x->pixels[c * plane + i];
    if (x->channels == 1) return x->pixels[i];
    return 0.299 * x->pixels[i] + 0.587 * x->pixels[plane + i] + 0.114 * x->pixels[2 * plane + i];
}

static cgm_status make_room(dip_images *images)
{
    if (images->n < images->room) return CGM_OK;
    size_t room = images->room ? 2 * images->room : 16;
    dip_pool_image *more = cgm_arena_array(&images->arena, room, sizeof *more);
    if (!more) return CGM_E_MEMORY;
    if (images->n) memcpy(more, images->image, images->n * sizeof *more);
    images->image = more;
    images->room = room;
    return CGM_OK;
}

static cgm_status put(dip_images *images, const char *name, const dip_image *x)
{
    int64_t plane = x->height * x->width, side = x->height < x->width ? x->height : x->width;
    if (side < images->patch)
        return CGM_FAIL(CGM_E_SHAPE,
                        "%s: an image of %lld x %lld pixels, smaller than a patch of %lld; patch=%lld fits", name,
                        (long long)x->height, (long long)x->width, (long long)images->patch, (long long)side);
    CGM_TRY(make_room(images));
    dip_pool_image *to = &images->image[images->n];
    *to = (dip_pool_image){x->height, x->width, NULL};
    to->pixels = cgm_arena_array(&images->arena, (size_t)(images->channels * plane), sizeof *to->pixels);
    if (!to->pixels) return CGM_E_MEMORY;
    for (int64_t c = 0; c < images->channels; c++)
        for (int64_t i = 0; i < plane; i++) to->pixels[c * plane + i] = (float)sample(x, images->channels, c, i);
    images->n++;
    return CGM_OK;
}

/* ---- Sources ---- */

static cgm_status add_phantom(dip_images *images, const char *name)
{
    cgm_status status = CGM_OK;
    size_t n = sizeof phantom_sides / sizeof *phantom_sides;
    for (size_t i = 0; i < n && status == CGM_OK; i++) {
        cgm_arena arena = {0};
        dip_image x;
        if (phantom_sides[i] < images->patch && i + 1 < n) continue;
        status = cgm_dip_phantom_draw(name + strlen(PHANTOM), phantom_sides[i], &arena, &x);
        if (status == CGM_OK) status = put(images, name, &x);
        cgm_arena_clear(&arena);
    }
    return status;
}

static cgm_status add_file(dip_images *images, const dip_images_source *source, const char *path)
{
    cgm_arena arena = {0};
    dip_image x;
    cgm_status status = cgm_dip_image_read(path, source->max_pixels, &arena, &x);
    if (status == CGM_OK) status = put(images, path, &x);
    cgm_arena_clear(&arena);
    return status;
}

static bool is_png(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && name[0] != '.' && strcmp(name + n - 4, ".png") == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The folder's PNG files by name; none: *n is 0. */
static cgm_status list(const char *folder, cgm_arena *arena, size_t *n, const char ***out)
{
    size_t room = 0;
    DIR *directory = opendir(folder);
    if (!directory) return CGM_FAIL(CGM_E_ARG, "cannot open the folder %s: %s", folder, strerror(errno));
    cgm_status status = CGM_OK;
    *n = 0;
    for (struct dirent *entry; status == CGM_OK && (entry = readdir(directory));) {
        if (!is_png(entry->d_name)) continue;
        if (*n == room) {
            const char **more = cgm_arena_array(arena, room = room ? 2 * room : 64, sizeof *more);
            if (more && *n) memcpy(more, *out, *n * sizeof *more);
            if (more) *out = more;
            if (!more) status = CGM_E_MEMORY;
        }
        char *path = status == CGM_OK ? cgm_arena_printf(arena, "%s/%s", folder, entry->d_name) : NULL;
        if (path)
            (*out)[(*n)++] = path;
        else
            status = CGM_E_MEMORY;
    }
    closedir(directory);
    if (*n) qsort(*out, *n, sizeof **out, by_name);
    return status;
}

static cgm_status find_image(const cgm_dataset *data, const char *name, const cgm_variable **out)
{
    *out = NULL;
    for (size_t i = 0; i < cgm_dataset_variables(data); i++) {
        const cgm_variable *v = cgm_dataset_variable(data, i);
        if (v->type != CGM_IMAGE) continue;
        if (*out)
            return CGM_FAIL(CGM_E_ARG, "%s: the images '%s' and '%s'; expected a data set of one image variable", name,
                            (*out)->name, v->name);
        *out = v;
    }
    if (!*out) return CGM_FAIL(CGM_E_ARG, "%s: no variable is an image", name);
    if ((*out)->channels == 1 || (*out)->channels == 3) return CGM_OK;
    return CGM_FAIL(CGM_E_UNSUPPORTED, "%s: images in %d channels; expected 1 or 3", name, (*out)->channels);
}

static cgm_status take_rows(dip_images *images, const dip_images_source *source, const cgm_dataset *data)
{
    const cgm_variable *v;
    cgm_arena arena = {0};
    dip_image x;
    size_t begin, n;
    CGM_TRY(find_image(data, source->name, &v));
    cgm_dataset_split(data, CGM_TRAIN, &begin, &n);
    if (n > (size_t)source->limit) n = (size_t)source->limit;
    cgm_status status = cgm_dip_image_create(&arena, v->channels, v->height, v->width, &x);
    for (size_t row = begin; row < begin + n && status == CGM_OK; row++) {
        status = cgm_dataset_read(data, v->name, 1, &row, x.pixels);
        for (int64_t i = 0; i < dip_image_size(&x); i++) x.pixels[i] /= 255;
        if (status == CGM_OK) status = put(images, source->name, &x);
    }
    cgm_arena_clear(&arena);
    return status;
}

static cgm_status add_data(dip_images *images, const dip_images_source *source)
{
    cgm_dataset *data = NULL;
    cgm_data_opts opts = {.path = source->name};
    CGM_TRY(cgm_dataset_open(&opts, source->threads, source->sink, &data));
    cgm_status status = take_rows(images, source, data);
    cgm_dataset_destroy(data);
    return status;
}

/* A folder without PNG files may be a data set. */
static cgm_status add_folder(dip_images *images, const dip_images_source *source)
{
    cgm_arena arena = {0};
    const char **path = NULL;
    size_t n = 0;
    cgm_status status = list(source->name, &arena, &n, &path);
    if (status == CGM_OK && !n) status = add_data(images, source);
    for (size_t i = 0; i < n && status == CGM_OK; i++) status = add_file(images, source, path[i]);
    cgm_arena_clear(&arena);
    return status;
}

cgm_status cgm_dip_images_add(dip_images *images, const dip_images_source *source)
{
    struct stat info;
    const char *name = source->name;
    if (strncmp(name, PHANTOM, strlen(PHANTOM)) == 0) return add_phantom(images, name);
    if (stat(name, &info) == 0 && S_ISDIR(info.st_mode)) return add_folder(images, source);
    return is_png(name) ? add_file(images, source, name) : add_data(images, source);
}

/* ---- Patches ---- */

void cgm_dip_images_draw(const dip_images *images, int64_t side, cgm_rng *rng, cgm_real *out)
{
    const dip_pool_image *x = &images->image[cgm_rng_below(rng, images->n)];
    int64_t last = side - 1;
    int64_t top = (int64_t)cgm_rng_below(rng, (uint64_t)(x->height - side + 1));
    int64_t left = (int64_t)cgm_rng_below(rng, (uint64_t)(x->width - side + 1));
    uint64_t position = cgm_rng_below(rng, 8);
    for (int64_t c = 0; c < images->channels; c++) {
        const float *plane = x->pixels + c * x->height * x->width;
        for (int64_t i = 0; i < side; i++)
            for (int64_t j = 0; j < side; j++) {
                int64_t row = position & 1 ? last - i : i, column = position & 2 ? last - j : j;
                int64_t from_row = position & 4 ? column : row, from_column = position & 4 ? row : column;
                *out++ = (cgm_real)plane[(top + from_row) * x->width + left + from_column];
            }
    }
}
