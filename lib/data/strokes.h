/* The embedded data set `strokes`: handwritten digits from a known SCM. This header joins its parts: the outlines
 * (data), the pen (noise to a path on the page) and the ink (path to pixels). Internal. */
#ifndef CGM_DATA_STROKES_H
#define CGM_DATA_STROKES_H

#include "data/thickness_intensity.h"

#define STROKES_SIDE 28
#define STROKES_DIGITS 10
/* Numbers of the jitter vector, each N(0, 1); what each one does is in strokes_pen.c. */
#define STROKES_JITTER 16

/* The variables, and what else generators that draw with the pen take over: the scalars, whose noise is one number each
 * in the same order, then the image. */
enum { STROKES_DIGIT, STROKES_THICKNESS, STROKES_INTENSITY, STROKES_SLANT, STROKES_IMAGE, STROKES_VARIABLES };
/* clang-format off */
#define STROKES_VARIABLE_ROWS                                                                                          \
    {.name = "digit", .type = CGM_CATEGORICAL, .levels = STROKES_DIGITS},                                              \
    THICKNESS_INTENSITY_ROWS,                                                                                          \
    {.name = "slant", .type = CGM_CONTINUOUS},                                                                         \
    {.name = "image", .type = CGM_IMAGE, .high = 255, .channels = 1, .height = STROKES_SIDE, .width = STROKES_SIDE}
/* digit: u of (0, 1); thickness: a Gamma draw; intensity and slant: N(0, 1); jitter: N(0, 1) each. */
#define STROKES_NOISE_ROWS                                                                                             \
    {"digit", 1}, {"thickness", 1}, {"intensity", 1}, {"slant", 1}, {"jitter", STROKES_JITTER}
/* clang-format on */

/* A point that the pen passes, in units of the digit's height: x to the right, y down, both 0 at the top left. It moves
 * with two habits of the writer, `form` in (-1, 1) and `flourish` in (0, 1): x + form * form_x + flourish * flourish_x.
 * Writing the same point twice makes a corner. */
typedef struct strokes_point {
    double x, y;
    double form_x, form_y;
    double flourish_x, flourish_y;
    bool lift; /* the pen was lifted before this point: a new stroke */
} strokes_point;

typedef struct strokes_outline {
    size_t n;
    const strokes_point *points;
} strokes_outline;

extern const strokes_outline cgm_strokes_outlines[STROKES_DIGITS];

/* The pen's path as points in pixels of the image (the centre of the top left pixel is 0, 0); starts[i] begins a new
 * stroke. Large enough for every outline; a test counts. */
#define STROKES_PATH_MAX 128
typedef struct strokes_path {
    size_t n;
    double x[STROKES_PATH_MAX], y[STROKES_PATH_MAX];
    bool starts[STROKES_PATH_MAX];
} strokes_path;

/* The path of a digit (0..9) under a jitter vector, sheared by `slant` radians (positive leans to the right). */
void cgm_strokes_pen_write(int digit, const double jitter[STROKES_JITTER], double slant, strokes_path *path);

/* Draws the path with a round nib `thickness` pixels wide and the grey level `intensity` on black. */
void cgm_strokes_ink_draw(const strokes_path *path, double thickness, double intensity,
                          uint8_t pixels[STROKES_SIDE * STROKES_SIDE]);

#endif
