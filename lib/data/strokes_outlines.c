/* How each digit is written: the points that the pen passes, stroke by stroke, drawn by hand for cgm. */
#include "data/strokes.h"

/* Columns: x, y | form x, y | flourish x, y | pen lifted before. */

/* From the top, anticlockwise, past its own start. form: from narrow and open to round and closed; flourish: a curl
 * inwards. */
static const strokes_point zero[] = {
    {0.44, 0.05, 0.02, -0.02, 0.00, 0.00, true},    {0.28, 0.04, -0.01, 0.00, 0.00, 0.00, false},
    {0.12, 0.23, -0.03, 0.00, 0.00, 0.00, false},   {0.05, 0.52, -0.03, 0.00, 0.00, 0.00, false},
    {0.11, 0.84, -0.03, 0.00, 0.00, 0.00, false},   {0.30, 1.00, 0.00, 0.00, 0.00, 0.00, false},
    {0.51, 0.87, 0.03, 0.00, 0.00, 0.00, false},    {0.61, 0.56, 0.04, 0.00, 0.00, 0.00, false},
    {0.57, 0.23, 0.03, -0.02, 0.00, 0.00, false},   {0.42, 0.06, 0.00, -0.02, 0.00, -0.02, false},
    {0.33, 0.07, -0.02, -0.01, -0.03, 0.08, false},
};

/* A single stroke. form: bends one way or the other; flourish: an upstroke before it. */
static const strokes_point one[] = {
    {0.32, 0.05, 0.01, 0.00, -0.16, 0.18, true},  {0.34, 0.03, 0.01, 0.00, -0.05, 0.08, false},
    {0.36, 0.00, 0.01, 0.00, 0.00, 0.00, false},  {0.36, 0.00, 0.01, 0.00, 0.00, 0.00, false},
    {0.34, 0.26, -0.02, 0.00, 0.00, 0.00, false}, {0.32, 0.52, -0.03, 0.00, 0.00, 0.00, false},
    {0.31, 0.78, -0.02, 0.00, 0.00, 0.00, false}, {0.30, 1.00, 0.01, 0.00, 0.00, 0.00, false},
};

/* Over the top, down to the left, out to the right. form: from a tall hook to a round bow; flourish: a loop at the
 * foot. */
static const strokes_point two[] = {
    {0.06, 0.23, -0.01, 0.03, 0.00, 0.00, true},   {0.15, 0.08, -0.01, 0.01, 0.00, 0.00, false},
    {0.34, 0.00, 0.00, 0.00, 0.00, 0.00, false},   {0.52, 0.10, 0.02, 0.00, 0.00, 0.00, false},
    {0.54, 0.30, 0.03, 0.01, 0.00, 0.00, false},   {0.43, 0.55, 0.02, 0.02, 0.00, 0.00, false},
    {0.24, 0.80, 0.01, 0.02, -0.01, 0.02, false},  {0.10, 0.94, 0.00, 0.00, -0.03, 0.05, false},
    {0.05, 0.97, 0.00, 0.00, -0.07, -0.03, false}, {0.08, 0.96, 0.00, 0.00, -0.03, -0.13, false},
    {0.14, 0.95, 0.00, 0.00, 0.04, -0.10, false},  {0.32, 0.95, 0.00, 0.00, 0.03, 0.02, false},
    {0.48, 0.98, 0.01, 0.00, 0.02, 0.02, false},   {0.64, 0.95, 0.02, 0.00, 0.02, -0.02, false},
};

/* Two bows meeting in a cusp. form: from a small upper bow to a large one; flourish: the cusp becomes a small loop. */
static const strokes_point three[] = {
    {0.08, 0.13, -0.01, 0.02, 0.00, 0.00, true},  {0.24, 0.01, 0.00, 0.00, 0.00, 0.00, false},
    {0.44, 0.04, 0.02, 0.00, 0.00, 0.00, false},  {0.51, 0.19, 0.03, 0.02, 0.00, 0.00, false},
    {0.42, 0.36, 0.02, 0.03, 0.00, 0.01, false},  {0.26, 0.45, 0.00, 0.03, -0.02, 0.03, false},
    {0.23, 0.46, 0.00, 0.03, -0.07, 0.00, false}, {0.28, 0.45, 0.00, 0.03, -0.02, -0.04, false},
    {0.47, 0.53, -0.01, 0.02, 0.00, 0.00, false}, {0.57, 0.70, -0.02, 0.01, 0.00, 0.00, false},
    {0.50, 0.90, -0.02, 0.00, 0.00, 0.00, false}, {0.31, 1.00, 0.00, 0.00, 0.00, 0.00, false},
    {0.13, 0.97, 0.00, 0.00, 0.00, 0.00, false},  {0.02, 0.88, -0.01, 0.00, 0.00, -0.02, false},
};

/* An angle, then a stem. form: the angle starts over the stem (closed) or away from it (open); flourish: a longer bar.
 */
static const strokes_point four[] = {
    {0.26, 0.05, 0.10, -0.01, 0.00, 0.00, true}, {0.17, 0.25, 0.05, 0.00, 0.00, 0.00, false},
    {0.08, 0.44, 0.01, 0.00, 0.00, 0.00, false}, {0.02, 0.57, 0.00, 0.02, 0.00, 0.00, false},
    {0.02, 0.57, 0.00, 0.02, 0.00, 0.00, false}, {0.20, 0.58, 0.00, 0.02, 0.00, 0.00, false},
    {0.40, 0.56, 0.00, 0.02, 0.02, 0.00, false}, {0.55, 0.54, 0.00, 0.02, 0.12, -0.01, false},
    {0.49, 0.13, 0.00, -0.04, 0.00, 0.00, true}, {0.47, 0.40, 0.00, 0.00, 0.00, 0.00, false},
    {0.44, 0.70, 0.00, 0.00, 0.00, 0.00, false}, {0.43, 1.00, 0.00, 0.00, 0.00, 0.00, false},
};

/* The flag from right to left, down, and round. form: from a flat bow to a deep one; flourish: a longer flag. */
static const strokes_point five[] = {
    {0.48, 0.05, 0.01, -0.01, 0.12, -0.03, true}, {0.34, 0.06, 0.00, 0.00, 0.03, -0.02, false},
    {0.19, 0.06, 0.00, 0.00, 0.00, -0.01, false}, {0.19, 0.06, 0.00, 0.00, 0.00, -0.01, false},
    {0.15, 0.24, 0.00, 0.00, 0.00, 0.00, false},  {0.11, 0.44, 0.00, 0.02, 0.00, 0.00, false},
    {0.11, 0.44, 0.00, 0.02, 0.00, 0.00, false},  {0.29, 0.39, 0.00, 0.00, 0.00, 0.00, false},
    {0.48, 0.47, 0.02, 0.00, 0.00, 0.00, false},  {0.55, 0.67, 0.03, 0.00, 0.00, 0.00, false},
    {0.48, 0.88, 0.02, 0.01, 0.00, 0.00, false},  {0.30, 0.99, 0.00, 0.01, 0.00, 0.00, false},
    {0.13, 0.98, 0.00, 0.00, 0.00, 0.00, false},  {0.02, 0.90, -0.01, -0.01, 0.00, 0.00, false},
};

/* One sweep down into a loop. form: from a small loop to a large one; flourish: the sweep starts further out. */
static const strokes_point six[] = {
    {0.44, 0.02, 0.00, 0.00, 0.12, 0.00, true},   {0.29, 0.15, 0.00, 0.00, 0.05, -0.03, false},
    {0.17, 0.34, 0.00, 0.00, 0.00, -0.01, false}, {0.09, 0.57, 0.00, 0.00, 0.00, 0.00, false},
    {0.09, 0.81, -0.01, 0.00, 0.00, 0.00, false}, {0.22, 0.98, 0.00, 0.00, 0.00, 0.00, false},
    {0.42, 0.97, 0.02, 0.00, 0.00, 0.00, false},  {0.54, 0.81, 0.04, -0.02, 0.00, 0.00, false},
    {0.50, 0.61, 0.04, -0.04, 0.00, 0.00, false}, {0.33, 0.54, 0.02, -0.04, 0.00, 0.00, false},
    {0.17, 0.63, 0.00, -0.03, 0.00, 0.00, false}, {0.10, 0.80, 0.00, -0.02, -0.02, 0.02, false},
};

/* Across and down. form: from a straight stem to a bent one; flourish: a bar through the stem. */
static const strokes_point seven[] = {
    {0.04, 0.10, 0.00, 0.02, 0.00, 0.00, true},    {0.13, 0.06, 0.00, 0.00, 0.00, 0.00, false},
    {0.36, 0.06, 0.00, 0.00, 0.00, 0.00, false},   {0.58, 0.03, 0.00, 0.00, 0.00, 0.00, false},
    {0.58, 0.03, 0.00, 0.00, 0.00, 0.00, false},   {0.48, 0.26, -0.01, 0.00, 0.00, 0.00, false},
    {0.37, 0.50, -0.02, 0.00, 0.00, 0.00, false},  {0.29, 0.75, -0.02, 0.00, 0.00, 0.00, false},
    {0.24, 1.00, 0.02, 0.00, 0.00, 0.00, false},   {0.38, 0.50, -0.02, 0.00, -0.17, 0.04, true},
    {0.40, 0.50, -0.02, 0.00, 0.16, -0.02, false},
};

/* An S closed upwards. form: from a small upper loop to a large one; flourish: it ends beyond its start. */
static const strokes_point eight[] = {
    {0.49, 0.12, 0.01, 0.00, 0.02, -0.03, true},  {0.36, 0.01, 0.00, 0.00, 0.00, 0.00, false},
    {0.18, 0.07, -0.02, 0.01, 0.00, 0.00, false}, {0.13, 0.22, -0.02, 0.02, 0.00, 0.00, false},
    {0.24, 0.39, -0.01, 0.03, 0.00, 0.00, false}, {0.40, 0.53, 0.00, 0.03, 0.00, 0.00, false},
    {0.53, 0.70, -0.02, 0.01, 0.00, 0.00, false}, {0.50, 0.91, -0.02, 0.00, 0.00, 0.00, false},
    {0.30, 1.00, 0.00, 0.00, 0.00, 0.00, false},  {0.10, 0.90, 0.02, 0.00, 0.00, 0.00, false},
    {0.11, 0.70, 0.02, 0.01, 0.00, 0.00, false},  {0.27, 0.51, 0.01, 0.03, 0.00, 0.00, false},
    {0.43, 0.35, 0.01, 0.03, 0.00, 0.00, false},  {0.51, 0.18, 0.02, 0.01, 0.01, -0.02, false},
    {0.47, 0.08, 0.00, 0.00, 0.05, -0.04, false},
};

/* A loop, then the stem. form: from a small loop to a large one; flourish: the stem curls to the left. */
static const strokes_point nine[] = {
    {0.50, 0.12, 0.01, 0.00, 0.00, 0.00, true},    {0.37, 0.01, 0.00, 0.00, 0.00, 0.00, false},
    {0.19, 0.06, -0.02, 0.00, 0.00, 0.00, false},  {0.10, 0.24, -0.03, 0.02, 0.00, 0.00, false},
    {0.17, 0.43, -0.02, 0.03, 0.00, 0.00, false},  {0.34, 0.46, 0.00, 0.03, 0.00, 0.00, false},
    {0.48, 0.28, 0.01, 0.02, 0.00, 0.00, false},   {0.53, 0.10, 0.01, 0.00, 0.00, 0.00, false},
    {0.52, 0.28, 0.01, 0.00, 0.01, 0.00, false},   {0.49, 0.54, 0.01, 0.00, 0.03, 0.01, false},
    {0.46, 0.78, 0.00, 0.00, 0.00, 0.04, false},   {0.44, 0.92, 0.00, 0.00, -0.10, 0.05, false},
    {0.43, 1.00, 0.00, 0.00, -0.27, -0.03, false},
};

#define OUTLINE(points)                                                                                                \
    {                                                                                                                  \
        sizeof(points) / sizeof(points)[0], points                                                                     \
    }
const strokes_outline cgm_strokes_outlines[STROKES_DIGITS] = {
    OUTLINE(zero), OUTLINE(one), OUTLINE(two),   OUTLINE(three), OUTLINE(four),
    OUTLINE(five), OUTLINE(six), OUTLINE(seven), OUTLINE(eight), OUTLINE(nine),
};
