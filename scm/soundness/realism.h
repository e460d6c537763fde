/* How like the data a model's images are, by what a predictor of the run makes of both: distances of its features (FID,
 * KID), whether it reads off them what they were to show, and measures of the pixels themselves; each beside what real
 * images reach. */
#ifndef CGM_SCM_REALISM_H
#define CGM_SCM_REALISM_H

#include "scm/answers/query.h"

/* Where the parents of the images come from. */
typedef enum cgm_realism_parents {
    CGM_PARENTS_DATA, /* test rows: samples and test images then differ in the images alone */
    CGM_PARENTS_MODEL /* ancestral samples */
} cgm_realism_parents;

/* Fill with cgm_realism_init first. Texts are borrowed. */
typedef struct cgm_realism_opts {
    const char *predictor; /* whose features and readings these are; NULL: the run's only one */
    const char *image;     /* the image that it reads, if that is to be checked; or NULL */
    cgm_do what;           /* interventions that act together: with parents of the data on these alone, and hard ones */
    cgm_realism_parents parents; /* CGM_PARENTS_DATA */
    size_t n;                    /* samples; 1000 */
    uint64_t seed;               /* of samples, of which rows, pairs and subsets are drawn; 1 */
    double temperature;          /* of latents: factor on the standard deviation of their prior; 1 */
    double pixel_temperature;    /* factor on the noise of image pixels; 1 */
    const char *png;             /* sheet to draw, or NULL */
} cgm_realism_opts;
CGM_API void cgm_realism_init(cgm_realism_opts *opts);

/* A measure of the samples, and what it is of the data; NaN where there is nothing to say. */
typedef struct cgm_realism_row {
    const char *measure;
    const char *level; /* of the samples asked for it, or NULL: of all */
    double samples, samples_error;
    double data, data_error; /* errors are standard errors */
} cgm_realism_row;

/* Test images are as many as samples, chosen at random, or all that there are; training images as many as these; the
 * predictor has seen such images, so that their distances are a little larger than those of new ones. The measures, in
 * order:
 *   "FID"           distance of the features (metrics/frechet.h) of the samples, and of training images, to test images
 *   "KID"           the same (metrics/kid.h), of all rows with the jackknife's standard error
 *   "KID, subsets"  the paper's, its mean over kid_subsets subsets of kid_size rows with the standard error of that;
 *                   left out where there are too few images
 *   "as asked"      share of the samples that the predictor labels as they were asked, and of test images that it
 *                   labels as the data do; of a continuous attribute "error" instead, the mean absolute difference.
 *                   Left out where the attribute makes no difference to the samples
 *   "shown"         of each level: share of the images that it labels so
 *   "entropy"       of the levels shown, over log(levels)
 *   "missing"       levels that no image shows
 *   "MS-SSIM"       mean of random pairs (metrics/diversity.h): the lower, the more diverse; also of each level's
 *   "black"         share of pixels within 1/255 of the range of its lower end (metrics/saturation.h), then "white" */
typedef struct cgm_realism {
    cgm_arena arena;
    size_t n_rows;
    cgm_realism_row *row;
    size_t samples, test, train;  /* images */
    size_t width;                 /* features */
    size_t fitted;                /* training rows that the predictor was fitted to */
    bool few;                     /* FID: of no more images than features */
    size_t kid_subsets, kid_size; /* 0: no subsets */
    size_t scales;                /* of MS-SSIM; 0: the images are too small for it */
    bool asks;                    /* the samples are asked for the attribute; else levels are what they show */
    const char *predictor, *image, *attribute;
    const char *heading; /* "do(digit = 3)", or NULL */
} cgm_realism;

/* That the question can be answered of this run, trained or not: predictor, image, interventions. */
CGM_API cgm_status cgm_run_check_realism(cgm_run *run, const cgm_realism_opts *opts) CGM_CHECKED;
/* Draws the samples, measures them and draws the sheet: a row for each level asked for, samples that the predictor
 * labels otherwise in a red frame. The run must be finished. Holds all images: 8 bytes a number of each. Errors: those
 * of cgm_run_answer; CGM_E_MEMORY at once when the machine has no room for them. */
CGM_API cgm_status cgm_run_realism(cgm_run *run, const cgm_realism_opts *opts, cgm_realism *out) CGM_CHECKED;
CGM_API void cgm_realism_clear(cgm_realism *r);

#endif
