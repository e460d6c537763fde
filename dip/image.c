#include "dip/image.h"

#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>

#include "io/file.h"
#include "io/png_read.h"

cgm_status cgm_dip_image_create(cgm_arena *arena, int64_t channels, int64_t height, int64_t width, dip_image *out)
{
    *out = (dip_image){channels, height, width, 8, NULL};
    out->pixels = cgm_arena_array(arena, (size_t)dip_image_size(out), sizeof *out->pixels);
    return out->pixels ? CGM_OK : CGM_E_MEMORY;
}

cgm_status cgm_dip_image_read(const char *path, uint64_t max_pixels, cgm_arena *arena, dip_image *out)
{
    cgm_png_opts opts = {.max_pixels = max_pixels, .drop_alpha = true};
    cgm_png png = {0};
    CGM_TRY(cgm_png_read(path, &opts, &png, NULL));
    int64_t plane = (int64_t)(png.height * png.width);
    cgm_status status = cgm_dip_image_create(arena, png.channels, (int64_t)png.height, (int64_t)png.width, out);
    if (status == CGM_OK) {
        out->bits = png.bits;
        for (int64_t i = 0; i < plane; i++)
            for (int64_t c = 0; c < png.channels; c++) {
                int64_t from = i * png.channels + c;
                out->pixels[c * plane + i] = png.bits == 16 ? png.deep[from] / 65535. : png.bytes[from] / 255.;
            }
    }
    cgm_png_clear(&png);
    return status;
}

/* The samples as a PNG file has them, 16 bits with the high byte first. */
static uint8_t *samples_of(const dip_image *image)
{
    int64_t plane = image->height * image->width, bytes = image->bits / 8;
    uint8_t *samples = malloc((size_t)(dip_image_size(image) * bytes)), *at = samples;
    for (int64_t i = 0; samples && i < plane; i++)
        for (int64_t c = 0; c < image->channels; c++) {
            double value = fmin(fmax(image->pixels[c * plane + i], 0), 1);
            long level = lrint(value * (bytes == 2 ? 65535 : 255));
            if (bytes == 2) *at++ = (uint8_t)(level >> 8);
            *at++ = (uint8_t)(level & 255);
        }
    return samples;
}

static void ignore(png_structp png, png_const_charp message)
{
    (void)png, (void)message;
}

static void stop(png_structp png, png_const_charp message)
{
    (void)message;
    longjmp(png_jmpbuf(png), 1);
}

/* Whether it was written. All that is used after a jump lies outside. */
static bool put(png_structp png, png_infop info, FILE *stream, const dip_image *image, const uint8_t *samples)
{
    size_t row = (size_t)(image->width * image->channels * image->bits / 8);
    if (setjmp(png_jmpbuf(png))) return false;
    png_init_io(png, stream);
    png_set_IHDR(png, info, (png_uint_32)image->width, (png_uint_32)image->height, image->bits,
                 image->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int64_t y = 0; y < image->height; y++) png_write_row(png, samples + (size_t)y * row);
    png_write_end(png, info);
    return true;
}

cgm_status cgm_dip_image_write(const char *path, const dip_image *image)
{
    cgm_atomic *atomic;
    FILE *stream;
    bool written = false;
    CGM_TRY(cgm_atomic_open(path, &atomic, &stream));
    uint8_t *samples = samples_of(image);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, stop, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    bool room = samples && info;
    if (room) written = put(png, info, stream, image, samples);
    if (png) png_destroy_write_struct(&png, &info);
    free(samples);
    CGM_TRY(cgm_atomic_close(atomic, written));
    if (written) return CGM_OK;
    return room ? CGM_FAIL(CGM_E_IO, "cannot write %s", path) : CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", path);
}
