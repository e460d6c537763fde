#include "data/image_file.h"

#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "data/store.h"
#include "io/png_read.h"

/* The variable without its padding, and where in it a pixel of the file lies. */
typedef struct frame {
    size_t channels, height, width; /* of a file */
    size_t row, plane, first;       /* numbers in a row and in a plane of the value; of the first pixel */
} frame;

static frame frame_of(const cgm_variable *image, int pad)
{
    size_t row = (size_t)image->width, p = (size_t)pad;
    return (frame){.channels = (size_t)image->channels,
                   .height = (size_t)image->height - 2 * p,
                   .width = row - 2 * p,
                   .row = row,
                   .plane = (size_t)image->height * row,
                   .first = p * row + p};
}

static size_t place(const frame *f, size_t channel, size_t y, size_t x)
{
    return channel * f->plane + f->first + y * f->row + x;
}

static cgm_status check(const frame *f, const cgm_png *png, const char *path)
{
    if (png->bits != 8) return CGM_FAIL(CGM_E_FORMAT, "%s: %d bits a sample; expected 8", path, png->bits);
    if ((size_t)png->channels != f->channels)
        return CGM_FAIL(CGM_E_FORMAT, "%s: %s; expected %zu channels", path, png->channels == 1 ? "grey" : "in colours",
                        f->channels);
    if (png->height != f->height || png->width != f->width)
        return CGM_FAIL(CGM_E_FORMAT, "%s: %zu x %zu pixels; expected %zu x %zu", path, png->height, png->width,
                        f->height, f->width);
    return CGM_OK;
}

cgm_status cgm_image_read(const char *path, const cgm_variable *image, int pad, double *out)
{
    frame f = frame_of(image, pad);
    cgm_png_opts opts = {.max_pixels = CGM_DATA_MAX_PIXELS};
    cgm_png png = {0};
    CGM_TRY(cgm_png_read(path, &opts, &png, NULL));
    cgm_status status = check(&f, &png, path);
    if (status == CGM_OK) {
        const uint8_t *sample = png.bytes;
        memset(out, 0, f.channels * f.plane * sizeof *out);
        for (size_t y = 0; y < f.height; y++)
            for (size_t x = 0; x < f.width; x++)
                for (size_t c = 0; c < f.channels; c++) out[place(&f, c, y, x)] = *sample++;
    }
    cgm_png_clear(&png);
    return status;
}

static png_image picture_of(const frame *f)
{
    return (png_image){.version = PNG_IMAGE_VERSION,
                       .height = (png_uint_32)f->height,
                       .width = (png_uint_32)f->width,
                       .format = f->channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
}

/* What is no number is black. */
static uint8_t level(double value)
{
    return value >= 255 ? 255 : value > 0 ? (uint8_t)lrint(value) : 0;
}

/* The bytes of a file, line by line, to be freed; `what` begins messages. */
static cgm_status sample(const char *what, const frame *f, const double *pixels, uint8_t **out)
{
    if (f->channels != 1 && f->channels != 3)
        return CGM_FAIL(CGM_E_UNSUPPORTED, "%s: an image of %zu channels; a PNG file has 1 or 3", what, f->channels);
    uint8_t *at = malloc(f->channels * f->height * f->width);
    if (!at) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", what);
    *out = at;
    for (size_t y = 0; y < f->height; y++)
        for (size_t x = 0; x < f->width; x++)
            for (size_t c = 0; c < f->channels; c++) *at++ = level(pixels[place(f, c, y, x)]);
    return CGM_OK;
}

static cgm_status write_samples(const char *path, const frame *f, const uint8_t *samples)
{
    png_image image = picture_of(f);
    cgm_atomic *atomic;
    FILE *stream;
    CGM_TRY(cgm_atomic_open(path, &atomic, &stream));
    bool written = png_image_write_to_stdio(&image, stream, 0, samples, 0, NULL);
    CGM_TRY(cgm_atomic_close(atomic, written));
    return written ? CGM_OK : CGM_FAIL(CGM_E_IO, "cannot write %s: %s", path, image.message);
}

cgm_status cgm_image_write(const char *path, const cgm_variable *image, int pad, const double *pixels)
{
    frame f = frame_of(image, pad);
    uint8_t *samples;
    CGM_TRY(sample(path, &f, pixels, &samples));
    cgm_status status = write_samples(path, &f, samples);
    free(samples);
    return status;
}

static cgm_status encode_samples(const char *name, const frame *f, const uint8_t *samples, uint8_t **bytes, size_t *n)
{
    png_image image = picture_of(f);
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    uint8_t *out = malloc(size);
    if (!out) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory for a PNG file", name);
    if (!png_image_write_to_memory(&image, out, &size, 0, samples, 0, NULL)) {
        free(out);
        return CGM_FAIL(CGM_E_MEMORY, "%s: cannot make a PNG file: %s", name, image.message);
    }
    *bytes = out;
    *n = size;
    return CGM_OK;
}

cgm_status cgm_image_encode(const cgm_variable *image, int pad, const double *pixels, uint8_t **bytes, size_t *n)
{
    frame f = frame_of(image, pad);
    uint8_t *samples;
    CGM_TRY(sample(image->name, &f, pixels, &samples));
    cgm_status status = encode_samples(image->name, &f, samples, bytes, n);
    free(samples);
    return status;
}
