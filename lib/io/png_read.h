/* PNG files as numbers. Internal. */
#ifndef CGM_IO_PNG_READ_H
#define CGM_IO_PNG_READ_H

#include "base/status.h"

typedef struct cgm_png_opts {
    uint64_t max_pixels; /* larger pictures are refused before memory is asked for: a small file may promise anything */
    bool drop_alpha;     /* else a picture with transparency is refused */
} cgm_png_opts;

/* Samples as they are stored, without regard to gamma or colour profiles. Palettes are expanded to colours, grey of 1,
 * 2 and 4 bits to 8. */
typedef struct cgm_png {
    size_t height, width;
    int channels;   /* 1: grey, 3: red, green, blue */
    int bits;       /* 8 or 16 a sample */
    uint8_t *bytes; /* [height, width, channels] where bits is 8, */
    uint16_t *deep; /* the same where it is 16; else NULL */
} cgm_png;

/* Decodes a file that lies in memory; `name` is for messages. CGM_E_FORMAT for whatever is not a whole PNG that the
 * options allow. Cleared with cgm_png_clear. Threads may decode at the same time. */
cgm_status cgm_png_decode(const char *name, size_t n, const uint8_t *file, const cgm_png_opts *opts,
                          cgm_png *out) CGM_CHECKED;
/* The same of a file. digest: NULL, or room for its SHA-256, 64 hex digits and the end. CGM_E_ARG when it is not there
 * or no file. */
cgm_status cgm_png_read(const char *path, const cgm_png_opts *opts, cgm_png *out, char digest[65]) CGM_CHECKED;
void cgm_png_clear(cgm_png *png);

#endif
