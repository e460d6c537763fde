/* What a restoration holds while it is made. */
#ifndef CGM_DIP_RESTORE_PRIV_H
#define CGM_DIP_RESTORE_PRIV_H

#include "dip/baselines/baseline.h"
#include "dip/learned/learned.h"
#include "dip/measure.h"
#include "io/file.h"

/* An image with its name. */
typedef struct dip_result {
    const char *name;
    dip_image image;
    double psnr, ssim; /* NaN: unknown */
} dip_result;

/* Of every iteration; NaN where there is none. */
enum { DIP_TRACE_LOSS, DIP_TRACE_HELD_OUT, DIP_TRACE_STOP, DIP_TRACE_PSNR, DIP_TRACES };

typedef struct dip_restoring {
    const cgm_restore_opts *opts;
    const cgm_sink *sink;
    cgm_arena arena;
    dip_options options;
    dip_measurement m;
    dip_learned denoiser, unrolled; /* of the files that the options name */
    size_t n; /* results: what was measured, baselines, learned methods and the fit's, that which is written last */
    dip_result result[DIP_BASELINES + 1 + DIP_METHODS];
    double *trace[DIP_TRACES]; /* [iterations] */
    int64_t iterations, best;  /* made; of the image that is kept */
    int64_t previews;          /* kept */
    float *preview;            /* [previews, channels, height, width], or NULL */
} dip_restoring;

/* A result of this name, with room for its pixels, and how near these are to the truth. */
cgm_status cgm_dip_result_add(dip_restoring *r, const char *name, dip_result **out) CGM_CHECKED;
cgm_status cgm_dip_result_score(const dip_restoring *r, dip_result *result) CGM_CHECKED;

/* Reads the files of learned methods and checks that they are of what is restored; and adds the results of those that
 * are asked for, the one whose image is written last. */
cgm_status cgm_dip_restore_open_learned(dip_restoring *r) CGM_CHECKED;
cgm_status cgm_dip_restore_add_learned(dip_restoring *r) CGM_CHECKED;
void cgm_dip_restore_close_learned(dip_restoring *r);

/* The comparison strip, and the file of all that was made. */
cgm_status cgm_dip_strip_write(const dip_restoring *r) CGM_CHECKED;
cgm_status cgm_dip_history_write(dip_restoring *r, cgm_file *file) CGM_CHECKED;

#endif
