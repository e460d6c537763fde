/* Head phantoms of `phantom_pair`: an axial slice through nested ellipsoids of known tissues, and its signal in
 * spin-echo magnetic resonance. Internal. */
#ifndef CGM_DATA_PHANTOM_H
#define CGM_DATA_PHANTOM_H

#include <stdbool.h>
#include <stdint.h>

#define PHANTOM_SIDE 64
#define PHANTOM_PIXELS (PHANTOM_SIDE * PHANTOM_SIDE)
/* Numbers, each N(0, 1), of what pose and shape follow from; what each one does is in phantom.c. */
#define PHANTOM_SHAPE 11
/* Numbers, each uniform on (0, 1), of where a lesion is and how large. */
#define PHANTOM_PLACE 3
/* The grey level of the brightest tissue without noise. */
#define PHANTOM_BRIGHTEST 230

typedef enum phantom_tissue {
    PHANTOM_AIR,
    PHANTOM_SCALP, /* fat */
    PHANTOM_SKULL,
    PHANTOM_CSF,
    PHANTOM_GREY,
    PHANTOM_WHITE,
    PHANTOM_LESION, /* of multiple sclerosis */
    PHANTOM_TISSUES
} phantom_tissue;

typedef enum phantom_contrast { PHANTOM_T1, PHANTOM_T2 } phantom_contrast;

/* An ellipse whose axes are the head's. */
typedef struct phantom_ellipse {
    double x, y; /* centre */
    double a, b; /* semi-axes: from left to right, from back to front */
} phantom_ellipse;

enum { PHANTOM_SHELLS = 5 }; /* the outer borders of scalp, skull, CSF, grey and white matter */

/* A slice; lengths in pixels. */
typedef struct phantom_head {
    double x, y, cosine, sine; /* where the head's centre is in the image, and how the head is turned */
    phantom_ellipse shell[PHANTOM_SHELLS];
    double phase;                       /* of the folds of the white matter's border */
    phantom_ellipse ventricle, nucleus; /* of one side; the other's are their mirror images */
    phantom_ellipse lesion;             /* a = 0: none */
} phantom_head;

/* ventricles: their size, 1 on average. */
void cgm_phantom_shape(const double shape[PHANTOM_SHAPE], double ventricles, bool lesion,
                       const double place[PHANTOM_PLACE], phantom_head *out);
/* What is at a point of the image; the centre of the top left pixel is 0, 0. */
phantom_tissue cgm_phantom_tissue_at(const phantom_head *head, double x, double y);
/* The grey level of a tissue alone, without noise. */
double cgm_phantom_level(phantom_tissue tissue, phantom_contrast contrast);
/* Grey levels without noise; a pixel of several tissues has the mean of its parts. */
void cgm_phantom_draw(const phantom_head *head, phantom_contrast contrast, double level[PHANTOM_PIXELS]);

#endif
