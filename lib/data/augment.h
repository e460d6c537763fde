/* Augmentation: each time an image is trained on it is another draw around the stored one, from the seed, the epoch and
 * the image's position in it.
 *
 * All that moves pixels is one map from the window, which the image mechanism sees, to the stored image, put together
 * in the order below; an image is sampled once, by bilinear interpolation between the middles of its pixels, or copied
 * where the map takes pixels to pixels. What lies outside the stored image is 0, the background. Rotation, shear and
 * scale are about the window's centre. Grey levels then change in this order: gain, contrast, brightness, gamma, noise.
 * Where anything but crop and flip is drawn, the result is rounded to whole grey levels within 0 and 255, as data are.
 */
#ifndef CGM_DATA_AUGMENT_H
#define CGM_DATA_AUGMENT_H

#include "config/config.h"
#include "data/variable.h"

/* The config's map train.augment. Zero-initialise for none. */
typedef struct cgm_augmentation {
    int64_t crop;       /* > 0: each stored image gets `crop` rows and columns of zeros on each side, and a window of
                           the padded size is cut at a random place: the image moves by up to crop - pad whole pixels
                           each way, uniformly, and not at all when crop <= pad */
    bool flip;          /* every second image or so is mirrored, left to right */
    double shear;       /* degrees: x moves by y tan(a), a uniform within plus and minus so many */
    double scale[2];    /* factor on sizes, its logarithm uniform between the two */
    double rotation;    /* degrees, uniform within plus and minus so many */
    double shift;       /* pixels, uniform within plus and minus so many, each way */
    double gain[2];     /* factor on pixels, its logarithm uniform: cgm_batches_gains has what else it changes */
    double contrast[2]; /* factor on the distance of pixels from the image's mean, its logarithm uniform */
    double brightness;  /* grey levels added, uniform within plus and minus so many */
    double gamma[2];    /* x becomes 255 (x / 255)^gamma, the exponent's logarithm uniform */
    double noise;       /* standard deviation of normal noise on each number of the image, in grey levels */
} cgm_augmentation;

/* Reads the map, which messages call `what`, "train.augment"; keys that it leaves out keep their values. */
CGM_API cgm_status cgm_augmentation_read(const cgm_yaml *map, const char *what,
                                         cgm_augmentation *augmentation) CGM_CHECKED;
/* The schema of the map, for help texts. */
CGM_API const cgm_key *cgm_augmentation_keys(size_t *n);
/* That no augmentation changes what a parent of the image describes (cgm_variable.describes): an image would no longer
 * be one of its parents' values. Only gain changes values along, those that describe amplitude: how other measures of
 * an image answer to a change of its pixels is seldom known. CGM_E_CONFIG, and *key is the augmentation's name: "flip".
 */
CGM_API cgm_status cgm_augmentation_check(const cgm_augmentation *augmentation, const cgm_variable *image,
                                          size_t n_parents, const cgm_variable *const *parents,
                                          const char **key) CGM_CHECKED;

#endif
