/* The network of a run that makes an image, for restoring others by projection onto its range. */
#ifndef CGM_SCM_RUNS_IMAGE_GENERATOR_H
#define CGM_SCM_RUNS_IMAGE_GENERATOR_H

#include "data/image_generator.h"
#include "scm/runs/run.h"

/* Of the variable of that name, NULL: of the run's only image. It lives as long as the run and must not be trained
 * meanwhile. CGM_E_ARG for what is no image of the run, CGM_E_UNSUPPORTED where the image's mechanism has no such
 * network, CGM_E_CONFIG where it is not trained. */
CGM_API cgm_status cgm_run_image_generator(const cgm_run *run, const char *variable,
                                           cgm_image_generator *out) CGM_CHECKED;

#endif
