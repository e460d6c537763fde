/* The augmentations, and what they make of one image. Internal. */
#ifndef CGM_DATA_AUGMENT_TABLE_H
#define CGM_DATA_AUGMENT_TABLE_H

#include "base/real.h"
#include "base/rng.h"
#include "data/augment.h"

#define AUGMENT_ANY_PLACE (CGM_POSITION | CGM_ORIENTATION)
#define AUGMENT_ANY_LEVEL (CGM_INTENSITY | CGM_AMPLITUDE)

/* ROW(field of cgm_augmentation, key's type, least, greatest, what it changes, doc), in the order in which they act:
 * those that move pixels first. augment_draw.c has draw_FIELD of each.
 *
 * A mirror image leans the other way. Shear makes upright strokes thinner. Below a scale of 1/2 bilinear interpolation
 * would pass over pixels. */
#define AUGMENTATION_TABLE(ROW)                                                                                        \
    ROW(crop, CGM_KEY_INT, 0, 1024, CGM_POSITION, "random crop after padding by so many pixels (0)")                   \
    ROW(flip, CGM_KEY_BOOL, 0, 0, CGM_HANDEDNESS | AUGMENT_ANY_PLACE, "mirror at random, left to right (false)")       \
    ROW(shear, CGM_KEY_REAL, 0, 60, CGM_SIZE | AUGMENT_ANY_PLACE, "slant by up to so many degrees either way (0)")     \
    ROW(scale, CGM_KEY_RANGE, 0.5, 2, CGM_SIZE | CGM_POSITION, "factor on sizes, [least, greatest]")                   \
    ROW(rotation, CGM_KEY_REAL, 0, 180, AUGMENT_ANY_PLACE, "turn by up to so many degrees either way (0)")             \
    ROW(shift, CGM_KEY_REAL, 0, 1024, CGM_POSITION, "move by up to so many pixels each way, and fractions (0)")        \
    ROW(gain, CGM_KEY_RANGE, 0.1, 10, CGM_INTENSITY,                                                                   \
        "factor on pixels, [least, greatest], and along with them on what describes amplitude, within its range")      \
    ROW(contrast, CGM_KEY_RANGE, 0.1, 10, AUGMENT_ANY_LEVEL, "factor on contrast, [least, greatest]")                  \
    ROW(brightness, CGM_KEY_REAL, 0, 255, AUGMENT_ANY_LEVEL, "add up to so many grey levels either way (0)")           \
    ROW(gamma, CGM_KEY_RANGE, 0.1, 10, AUGMENT_ANY_LEVEL, "exponent on pixels as shares of 255, [least, greatest]")    \
    ROW(noise, CGM_KEY_REAL, 0, 255, CGM_TEXTURE, "standard deviation of normal noise, in grey levels (0)")
#define AUGMENT_NUMBER(name, ...) AUGMENT_##name,
enum { AUGMENTATION_TABLE(AUGMENT_NUMBER) N_AUGMENTATIONS };
#undef AUGMENT_NUMBER

/* What one image's draws come to. */
typedef struct image_change {
    double map[2][3]; /* the pixel (x, y) of the window shows the stored image at map (x, y, 1) */
    double gain, contrast, brightness, gamma, noise; /* 1, 1, 0, 1, 0: none */
    cgm_rng grain;                                   /* of the noise */
} image_change;

/* A stored image, and the window in which it is shown. */
typedef struct image_window {
    int channels, height, width; /* as stored */
    int pad;                     /* rows and columns of the window on each side of it */
} image_window;

/* Whether the augmentation of that number is asked for. */
bool cgm_augmentation_has(const cgm_augmentation *augmentation, int number);
/* A stream for each augmentation, split by its name. */
void cgm_augmentation_streams(const cgm_rng *rng, cgm_rng stream[N_AUGMENTATIONS]);
/* The draws of image number i of those that take from the streams; without augmentation (NULL) none. */
image_change cgm_augmentation_draw(const cgm_augmentation *augmentation, const image_window *window,
                                   const cgm_rng stream[N_AUGMENTATIONS], uint64_t i);
/* The gain of image number i, drawn from that stream, of those that lie within two numbers, too; 1 where none does. */
double cgm_augmentation_draw_gain(const cgm_augmentation *augmentation, const cgm_rng *stream, uint64_t i,
                                  const double within[2]);
/* The stored pixels [C, height, width] as the window shows them, [C, height + 2 pad, width + 2 pad]. */
void cgm_image_change_apply(const image_change *change, const image_window *window, const uint8_t *pixels,
                            cgm_real *out);

#endif
