/* Decoding with libpng, which reports its errors by longjmp: what it needs lies in a `decoder` outside the function
 * that calls setjmp, so that nothing is lost or left undefined when it jumps. */
#include "io/png_read.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct decoder {
    png_struct *png;
    png_info *info;
    const cgm_png_opts *opts;
    size_t n, at;
    const uint8_t *file;
    png_byte **rows;
    cgm_png out;
    bool no_memory;
    char message[160]; /* what is wrong */
} decoder;

static void fail(png_struct *png, const char *message)
{
    decoder *d = png_get_error_ptr(png);
    snprintf(d->message, sizeof d->message, "%s", message);
    png_longjmp(png, 1);
}

/* Of what libpng can put up with, an unknown colour profile say. */
static void ignore(png_struct *png, const char *message)
{
    (void)png;
    (void)message;
}

static void hand_over(png_struct *png, png_byte *to, size_t n)
{
    decoder *d = png_get_io_ptr(png);
    if (n > d->n - d->at) png_error(png, "the file is cut off");
    memcpy(to, d->file + d->at, n);
    d->at += n;
}

/* Whether the picture may be read, and what libpng is to make of its samples. */
static void choose_samples(decoder *d)
{
    char text[120];
    size_t height = png_get_image_height(d->png, d->info), width = png_get_image_width(d->png, d->info);
    int colour = png_get_color_type(d->png, d->info);
    bool alpha = (colour & PNG_COLOR_MASK_ALPHA) || png_get_valid(d->png, d->info, PNG_INFO_tRNS);
    if ((uint64_t)height * width > d->opts->max_pixels) {
        snprintf(text, sizeof text, "%zu x %zu pixels; expected at most %llu in all", height, width,
                 (unsigned long long)d->opts->max_pixels);
        png_error(d->png, text);
    }
    if (alpha && !d->opts->drop_alpha) png_error(d->png, "the picture has transparency");
    if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(d->png);
    if (colour == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(d->png);
    if (alpha) png_set_strip_alpha(d->png);
    const uint16_t one = 1;
    if (*(const uint8_t *)&one) png_set_swap(d->png); /* 16 bits are stored with the high byte first */
    png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
}

static void make_room(decoder *d)
{
    cgm_png *out = &d->out;
    *out = (cgm_png){.height = png_get_image_height(d->png, d->info),
                     .width = png_get_image_width(d->png, d->info),
                     .channels = png_get_channels(d->png, d->info),
                     .bits = png_get_bit_depth(d->png, d->info)};
    size_t row = out->width * (size_t)out->channels * (size_t)(out->bits / 8);
    if ((out->channels != 1 && out->channels != 3) || (out->bits != 8 && out->bits != 16) ||
        png_get_rowbytes(d->png, d->info) != row)
        png_error(d->png, "samples of an unknown kind");
    void *samples = malloc(out->height * row);
    if (out->bits == 8)
        out->bytes = samples;
    else
        out->deep = samples;
    d->rows = malloc(out->height * sizeof *d->rows);
    d->no_memory = !samples || !d->rows;
    if (d->no_memory) png_error(d->png, "out of memory");
    for (size_t y = 0; y < out->height; y++) d->rows[y] = (png_byte *)samples + y * row;
}

static bool decode(decoder *d)
{
    if (setjmp(png_jmpbuf(d->png))) return false;
    png_set_read_fn(d->png, d, hand_over);
    png_set_user_limits(d->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* max_pixels is the limit */
    png_read_info(d->png, d->info);
    choose_samples(d);
    make_room(d);
    png_read_image(d->png, d->rows);
    png_read_end(d->png, NULL);
    return true;
}

static cgm_status check_signature(const char *name, size_t n, const uint8_t *file)
{
    if (n >= 8 && png_sig_cmp(file, 0, 8) == 0) return CGM_OK;
    if (n == 0) return CGM_FAIL(CGM_E_FORMAT, "%s: an empty file; expected a PNG", name);
    bool jpeg = n >= 3 && file[0] == 0xff && file[1] == 0xd8 && file[2] == 0xff;
    return CGM_FAIL(CGM_E_FORMAT, "%s: %s; expected a PNG", name, jpeg ? "a JPEG" : "does not begin like a PNG");
}

cgm_status cgm_png_decode(const char *name, size_t n, const uint8_t *file, const cgm_png_opts *opts, cgm_png *out)
{
    decoder d = {.opts = opts, .n = n, .file = file};
    CGM_TRY(check_signature(name, n, file));
    d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, fail, ignore);
    if (d.png) d.info = png_create_info_struct(d.png);
    bool done = d.info && decode(&d);
    bool no_memory = !d.info || d.no_memory;
    png_destroy_read_struct(&d.png, &d.info, NULL);
    free(d.rows);
    if (done) {
        *out = d.out;
        return CGM_OK;
    }
    cgm_png_clear(&d.out);
    if (no_memory) return CGM_FAIL(CGM_E_MEMORY, "%s: out of memory", name);
    return CGM_FAIL(CGM_E_FORMAT, "%s: %s", name, d.message);
}

void cgm_png_clear(cgm_png *png)
{
    free(png->bytes);
    free(png->deep);
    *png = (cgm_png){0};
}
