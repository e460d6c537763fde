/* Images from PNG files that are listed, by a table or by the folders that they are in. Files are read and decoded in
 * parallel, each once: what is hashed is what was decoded. A file that cannot be used is named, with the table's line.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "data/resize.h"
#include "data/store.h"
#include "io/png_read.h"

#define BLOCK 4096 /* files read before errors are looked for */

typedef struct folder {
    const cgm_image_list *list;
    const cgm_data_opts *opts;
    cgm_variable image;
    size_t width;       /* numbers in an image */
    size_t begin;       /* the block's first row */
    uint8_t *pixels;    /* [rows, width] */
    char (*digest)[65]; /* [rows] */
    cgm_status status[BLOCK];
} folder;

/* Grey of colours by Rec. 601, as luma is defined of the samples as they are stored. */
static double sample(const cgm_png *png, size_t at, int channel, int wanted)
{
    const uint8_t *b = png->bytes;
    const uint16_t *d = png->deep;
    if (png->channels == 1) return b ? b[at] : d[at];
    if (wanted == 3) return b ? b[3 * at + (size_t)channel] : d[3 * at + (size_t)channel];
    double red = b ? b[3 * at] : d[3 * at], green = b ? b[3 * at + 1] : d[3 * at + 1],
           blue = b ? b[3 * at + 2] : d[3 * at + 2];
    return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/* One channel in 0..255, not yet rounded. */
static void take_channel(const folder *f, const cgm_png *png, int channel, double *out)
{
    double low = f->opts->window[0], high = f->opts->window[1];
    for (size_t i = 0; i < png->height * png->width; i++) {
        double x = sample(png, i, channel, f->image.channels);
        out[i] = low < high ? 255 * fmin(fmax((x - low) / (high - low), 0), 1) : x;
    }
}

/* A decoded file as the pixels of a row, [C, H, W]. */
static cgm_status convert(const folder *f, const cgm_png *png, cgm_arena *arena, uint8_t *out)
{
    size_t height = (size_t)f->image.height, width = (size_t)f->image.width;
    double *from = cgm_arena_array(arena, png->height * png->width, sizeof *from), *to = from;
    if (png->height != height || png->width != width) to = cgm_arena_array(arena, height * width, sizeof *to);
    if (!from || !to) return CGM_E_MEMORY;
    for (int c = 0; c < f->image.channels; c++, out += height * width) {
        take_channel(f, png, c, from);
        if (to != from) CGM_TRY(cgm_resize(arena, png->height, png->width, from, height, width, to));
        for (size_t i = 0; i < height * width; i++) out[i] = (uint8_t)lrint(to[i]);
    }
    return CGM_OK;
}

static cgm_status check_like_first(const folder *f, const cgm_png *png, const char *path)
{
    const cgm_variable *v = &f->image;
    if (png->bits == 16 && !(f->opts->window[0] < f->opts->window[1]))
        return CGM_FAIL(CGM_E_FORMAT, "%s: 16 bits a sample; data.window: [LOW, HIGH] says which become 0 and 255",
                        path);
    if (f->opts->channels == 0 && png->channels != v->channels)
        return CGM_FAIL(CGM_E_FORMAT, "%s: %s, but not %s; data.channels: 1 or 3 makes them alike", path,
                        png->channels == 1 ? "grey" : "in colours", f->list->path[0]);
    if (f->opts->resize[0] == 0 && (png->height != (size_t)v->height || png->width != (size_t)v->width))
        return CGM_FAIL(CGM_E_FORMAT, "%s: %zu x %zu pixels, but %d x %d in %s; data.resize: [H, W] makes them alike",
                        path, png->height, png->width, v->height, v->width, f->list->path[0]);
    return CGM_OK;
}

/* Sets what the first file decides. */
static cgm_status be_first(folder *f, const cgm_png *png, const char *path)
{
    const int64_t *resize = f->opts->resize;
    if (resize[0] == 0 && (png->height > CGM_DATA_MAX_SIDE || png->width > CGM_DATA_MAX_SIDE))
        return CGM_FAIL(CGM_E_FORMAT, "%s: %zu x %zu pixels; expected up to %d x %d, or data.resize", path, png->height,
                        png->width, CGM_DATA_MAX_SIDE, CGM_DATA_MAX_SIDE);
    f->image.channels = f->opts->channels ? (int)f->opts->channels : png->channels;
    f->image.height = (int)(resize[0] ? resize[0] : (int64_t)png->height);
    f->image.width = (int)(resize[0] ? resize[1] : (int64_t)png->width);
    f->width = cgm_variable_width(&f->image);
    return CGM_OK;
}

static cgm_status decode_row(const folder *f, size_t row, cgm_png *png, char digest[65])
{
    uint64_t most = f->opts->max_pixels ? (uint64_t)f->opts->max_pixels : CGM_DATA_MAX_PIXELS;
    cgm_png_opts opts = {most, f->opts->alpha == CGM_ALPHA_DROP};
    return cgm_png_read(f->list->path[row], &opts, png, digest);
}

static cgm_status in_table(const folder *f, size_t row, cgm_status status)
{
    if (status == CGM_OK || status == CGM_E_MEMORY || !f->list->line) return status;
    return cgm_fail_context(status, "%s:%zu", f->list->source, f->list->line[row]);
}

static cgm_status read_row(folder *f, size_t row)
{
    cgm_arena arena = {0};
    cgm_png png = {0};
    cgm_status status = decode_row(f, row, &png, f->digest[row]);
    if (status == CGM_OK) status = check_like_first(f, &png, f->list->path[row]);
    if (status == CGM_OK) status = convert(f, &png, &arena, f->pixels + row * f->width);
    cgm_png_clear(&png);
    cgm_arena_clear(&arena);
    return in_table(f, row, status);
}

static cgm_status read_first(folder *f)
{
    cgm_png png = {0};
    cgm_status status = decode_row(f, 0, &png, NULL);
    if (status == CGM_OK) status = be_first(f, &png, f->list->path[0]);
    cgm_png_clear(&png);
    return in_table(f, 0, status);
}

static void read_task(void *context, size_t task, int worker)
{
    (void)worker;
    folder *f = context;
    f->status[task] = read_row(f, f->begin + task);
}

/* A message belongs to the thread that left it, so the first file that failed is read again in this one. */
static cgm_status read_rows(folder *f, int threads)
{
    for (f->begin = 0; f->begin < f->list->rows; f->begin += BLOCK) {
        size_t n = f->list->rows - f->begin < BLOCK ? f->list->rows - f->begin : BLOCK;
        cgm_parallel(threads, n, read_task, f);
        for (size_t i = 0; i < n; i++) {
            if (f->status[i] == CGM_E_MEMORY)
                return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", f->list->path[f->begin + i]);
            if (f->status[i] != CGM_OK) CGM_TRY(read_row(f, f->begin + i));
        }
    }
    return CGM_OK;
}

/* SHA-256 of the lines "DIGEST  NAME": the table's, if there is one, then the files' in the order of the rows. */
static cgm_status digest_all(const folder *f, cgm_dataset *data)
{
    const cgm_image_list *list = f->list;
    size_t bytes = 64 + 2 + strlen(list->source) + 2, used = 0;
    for (size_t i = 0; i < list->rows; i++) bytes += 64 + 2 + strlen(list->name[i]) + 1;
    char *lines;
    CGM_TRY(cgm_store_alloc(bytes, 1, list->source, (void **)&lines));
    const char *slash = strrchr(list->source, '/');
    if (list->line) used = (size_t)snprintf(lines, bytes, "%s  %s\n", data->sha256, slash ? slash + 1 : list->source);
    for (size_t i = 0; i < list->rows; i++)
        used += (size_t)snprintf(lines + used, bytes - used, "%s  %s\n", f->digest[i], list->name[i]);
    cgm_sha256(lines, used, data->sha256);
    free(lines);
    return CGM_OK;
}

static cgm_status fill(folder *f, int threads, cgm_dataset *data)
{
    const cgm_image_list *list = f->list;
    CGM_TRY(read_first(f));
    CGM_TRY(cgm_store_alloc(list->rows, f->width, list->source, (void **)&f->pixels));
    CGM_TRY(cgm_store_alloc(list->rows, sizeof *f->digest, list->source, (void **)&f->digest));
    CGM_TRY(read_rows(f, threads));
    CGM_TRY(digest_all(f, data));
    uint8_t *pixels = f->pixels;
    f->pixels = NULL;
    return cgm_store_add_take(data, &f->image, list->rows, NULL, pixels, list->source);
}

cgm_status cgm_store_add_images(const cgm_image_list *list, const cgm_data_opts *opts, int threads, cgm_dataset *data)
{
    folder *f = calloc(1, sizeof *f);
    if (!f) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", list->source);
    const char *name = "image";
    for (size_t i = opts->n_expect; i-- > 0;)
        if (opts->expect[i].type == CGM_IMAGE) name = opts->expect[i].name;
    *f = (folder){.list = list, .opts = opts};
    f->image = (cgm_variable){.name = name, .type = CGM_IMAGE, .high = 255};
    cgm_status status = fill(f, threads, data);
    free(f->pixels);
    free(f->digest);
    free(f);
    return status;
}
