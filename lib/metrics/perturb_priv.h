/* What changes figures, one image at a time. Internal. */
#ifndef CGM_METRICS_PERTURB_PRIV_H
#define CGM_METRICS_PERTURB_PRIV_H

#include "metrics/morphology.h"
#include "metrics/perturb.h"

/* Scratch for images of one size, of one thread. */
typedef struct cgm_sculptor {
    cgm_morphology figure;
    cgm_reduction reduction;
    double *bright; /* [height, width] */
} cgm_sculptor;

cgm_status cgm_sculptor_create(cgm_arena *arena, size_t height, size_t width, cgm_sculptor *out) CGM_CHECKED;
/* The figure of ink of an image; false where it has none. */
bool cgm_sculptor_read(cgm_sculptor *s, const double *pixels);
/* The image of the figure, whose intensity is `intensity`, at most 255 a pixel. */
void cgm_sculptor_write(cgm_sculptor *s, double intensity, double *pixels);

/* Mean thickness in pixels of the image; afterwards the figure's axis, and the distances of its ink, are known. */
double cgm_figure_thickness(cgm_morphology *m);

extern const cgm_perturbation cgm_perturbation_set_thickness, cgm_perturbation_set_slant, cgm_perturbation_set_width;
extern const cgm_perturbation cgm_perturbation_thinning, cgm_perturbation_thickening, cgm_perturbation_swelling;
extern const cgm_perturbation cgm_perturbation_fracture;

#endif
