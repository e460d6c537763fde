/* Training what images are restored by next to the deep image prior: a denoiser, for plug-and-play proximal gradient,
 * or unrolled gradient descent for one task (cgm_restore_opts.config: `denoiser`, `unrolled`).
 *
 * It learns from patches of images, turned and mirrored, which are degraded anew in each step. A denoiser sees noise of
 * a deviation drawn from a range, and is told it; with `noise2noise` its targets are noisy too, the same patch with
 * other noise, and clean images are never compared with (Lehtinen et al. 2018). */
#ifndef CGM_DIP_DENOISER_TRAINING_H
#define CGM_DIP_DENOISER_TRAINING_H

#include "base/log.h"
#include "config/config.h"

typedef struct cgm_denoiser_opts {
    /* Each a PNG file, a folder of PNG files, a data set with one image variable (its training rows), or
     * "phantom:NAME" (cgm_restore_phantom_at). */
    size_t n;
    const char *const *images;
    const char *out; /* HDF5 file to write */
    cgm_config *config;
    uint64_t seed;
    int threads;
    const volatile int *stop; /* once it is not 0 training ends, and what was learnt is written; or NULL */
} cgm_denoiser_opts;

typedef struct cgm_denoiser_report {
    size_t images; /* that patches came from */
    size_t parameters, memory_bytes;
    int64_t iterations;
    int64_t steps;  /* of unrolled gradient descent; 0: a denoiser */
    double loss;    /* mean squared error to the targets, pixels in 0..1, over the last iterations, at most 100; of a
                       denoiser in the noise's variance, so that 1 (of noisy targets 2) is what doing nothing has */
    double seconds; /* of training */
} cgm_denoiser_report;

/* Fails with the user's mistakes before training begins, and writes nothing then. */
CGM_API cgm_status cgm_denoiser_train(const cgm_denoiser_opts *opts, const cgm_sink *sink,
                                      cgm_denoiser_report *report) CGM_CHECKED;
/* The keys of the config: of the training (NULL), and of what `task` degrades ("task"), the same as cgm_restore's. */
CGM_API const cgm_key *cgm_denoiser_keys(const char *which, size_t *n);

#endif
