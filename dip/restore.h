/* Restoring an image with no training set: the deep image prior (Ulyanov, Vedaldi and Lempitsky 2018), next to
 * classical methods and to methods that learnt from other images (dip/denoiser.h). What was measured is y = A x +
 * noise, A known; an untrained network is fitted to y alone.
 *
 * What is restored, and how, is a config whose keys are cgm_restore_keys: `task` is denoise (A the identity), inpaint
 * (a mask), sr (fewer pixels), deblur, ct (a sinogram) or mri (some Fourier coefficients). A truth is never used to
 * stop or to choose; it is only compared with. */
#ifndef CGM_DIP_RESTORE_H
#define CGM_DIP_RESTORE_H

#include "base/log.h"
#include "config/config.h"
#include "data/image_generator.h"

typedef struct cgm_restore_opts {
    /* A PNG file, grey or in colours, of 8 or 16 bits; "phantom:NAME" (cgm_restore_phantom_at); or, of ct and mri, an
     * HDF5 file: `sinogram` [views, places] with `angles` [views] in radians, lengths in sides of the image, or
     * `kspace` [2, height, width], real and imaginary parts of the unitary transform, zero frequency first, with `mask`
     * [height, width] (else what is 0 was not measured). */
    const char *image;
    bool simulate;       /* the image is the truth: it is degraded first. A phantom always is */
    const char *truth;   /* a PNG file to compare with, or NULL */
    const char *out;     /* PNG file to write, of the image's depth */
    const char *strip;   /* picture of what was measured, other methods, the result and the truth; or NULL */
    const char *history; /* HDF5 file of all images, and of every iteration's figures; or NULL */
    cgm_config *config;
    const cgm_image_generator *generator; /* what the config's key `generator` names; NULL without it */
    uint64_t seed;
    int threads;
    const volatile int *stop; /* once it is not 0 the fit ends, and what there is is written; or NULL */
} cgm_restore_opts;

/* NaN: there is no truth, or it is too small for the similarity. */
typedef struct cgm_restore_score {
    char name[32];
    double psnr, ssim;
} cgm_restore_score;

#define CGM_RESTORE_SCORES 16

typedef struct cgm_restore_report {
    size_t n; /* what was measured (where it is an image of the size), the baselines, learned methods, the result */
    cgm_restore_score score[CGM_RESTORE_SCORES];
    int64_t channels, height, width;
    int64_t iterations, best; /* made; of the image that was kept. 0: the result is another method's than the prior's */
    size_t parameters, memory_bytes;
    double seconds; /* of the fit */
    double sigma;   /* that was taken for the noise's, in grey levels of 255 */
} cgm_restore_report;

/* Fails with the user's mistakes before anything is computed, and writes nothing then. */
CGM_API cgm_status cgm_restore(const cgm_restore_opts *opts, const cgm_sink *sink,
                               cgm_restore_report *report) CGM_CHECKED;
/* The keys of the config (map NULL), and of its maps "network", "fit", "projection" and "plug_and_play". */
CGM_API const cgm_key *cgm_restore_keys(const char *map, size_t *n);
/* The phantoms, pictures made by formulas, from i = 0, and what each shows; false behind the last. */
CGM_API bool cgm_restore_phantom_at(size_t i, const char **name, const char **doc);

#endif
