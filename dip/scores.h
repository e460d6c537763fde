/* How near an image is to another. Internal. */
#ifndef CGM_DIP_SCORES_H
#define CGM_DIP_SCORES_H

#include "dip/image.h"

/* Peak signal to noise ratio in dB, of pixels in 0..1: -10 log10 of the mean squared error over all channels. x is held
 * to 0..1, as files are. */
double cgm_dip_psnr(int64_t n, const double *x, const double *truth);
/* The mean structural similarity (nn/image_losses.h); NaN of images of less than 11 x 11 pixels. */
cgm_status cgm_dip_ssim(const dip_image *x, const dip_image *truth, int threads, double *out) CGM_CHECKED;

#endif
