/* From files, phantoms and options to a problem. Internal. */
#ifndef CGM_DIP_MEASURE_H
#define CGM_DIP_MEASURE_H

#include "dip/image.h"
#include "dip/options.h"
#include "dip/restore.h"

typedef struct dip_measurement {
    cgm_arena arena;
    dip_problem problem;
    int bits;        /* of the image's file */
    dip_image truth; /* pixels NULL: unknown */
    dip_image shown; /* what was measured, as an image of the size of what is wanted; pixels NULL: it is none */
} dip_measurement;

/* All of the user's mistakes in what is measured are found here. */
cgm_status cgm_dip_measure(const cgm_restore_opts *opts, dip_options *options, dip_measurement *out) CGM_CHECKED;
void cgm_dip_measurement_clear(dip_measurement *m);
/* The task's operator for an image of op's size, with the options' mask or, in a simulation, one that is drawn; and
 * room for what is measured. */
cgm_status cgm_dip_measure_prepare(const dip_options *options, const cgm_rng *rng, bool simulate, cgm_arena *arena,
                                   dip_operator_opts *op, dip_problem *out) CGM_CHECKED;
/* A sinogram or k-space from an HDF5 file: fills what of `op` follows from it, and *y, in the arena. */
cgm_status cgm_dip_measured_read(const char *path, const dip_options *options, cgm_arena *arena, dip_operator_opts *op,
                                 const double **y) CGM_CHECKED;

#endif
