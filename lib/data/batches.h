/* Shuffled batches of images, augmented, reproducible from the seed: epoch e's order and each sample's augmentation
 * depend on the seed, the epoch and the position alone. */
#ifndef CGM_DATA_BATCHES_H
#define CGM_DATA_BATCHES_H

#include "base/real.h"
#include "data/augment.h"
#include "data/dataset.h"

typedef struct cgm_batches cgm_batches;

/* Batches of exactly `batch` training rows; what is left over at an epoch's end is dropped (it comes earlier in another
 * epoch). */
CGM_API cgm_status cgm_batches_create(const cgm_dataset *data, size_t batch, const cgm_rng *rng,
                                      cgm_batches **out) CGM_CHECKED;
/* The same of n training rows from `first` on alone. */
CGM_API cgm_status cgm_batches_create_of(const cgm_dataset *data, size_t first, size_t n, size_t batch,
                                         const cgm_rng *rng, cgm_batches **out) CGM_CHECKED;
/* The same of n rows that are listed. */
CGM_API cgm_status cgm_batches_create_among(const cgm_dataset *data, size_t n, const size_t *rows, size_t batch,
                                            const cgm_rng *rng, cgm_batches **out) CGM_CHECKED;
CGM_API void cgm_batches_destroy(cgm_batches *batches);
CGM_API size_t cgm_batches_per_epoch(const cgm_batches *batches);
/* The rows of batch number `step` counted from the start of training (step / per_epoch is the epoch); borrowed until
 * the next call. Any step may be asked for: resuming needs no state. */
CGM_API const size_t *cgm_batches_rows(cgm_batches *batches, uint64_t step);

/* The factors that augmentation's gain puts on the images of batch number `step`, [batch], and with them on their
 * values of the variables that describe amplitude: drawn from what keeps these in their ranges, and 1 where nothing
 * does. NULL without gain. Borrowed until the next call. */
CGM_API const double *cgm_batches_gains(cgm_batches *batches, uint64_t step, const cgm_augmentation *augmentation,
                                        size_t n_variables, const cgm_variable *const *variables);

/* Pixels of images first..first + n - 1 of batch number `step` as cgm_real in [0, 255], [n, C, H, W] at the padded
 * size. gains: the batch's, from cgm_batches_gains. */
CGM_API void cgm_batches_images(cgm_batches *batches, uint64_t step, size_t first, size_t n, const char *variable,
                                const cgm_augmentation *augmentation, const double *gains, int threads, cgm_real *out);
/* The same of any rows, as they are stored. */
CGM_API void cgm_dataset_images(const cgm_dataset *data, size_t n, const size_t *rows, const char *variable,
                                int threads, cgm_real *out);
/* As cgm_batches_gains, of any rows, into gains [n], which it returns. */
CGM_API const double *cgm_dataset_gains(const cgm_dataset *data, size_t n, const size_t *rows,
                                        const cgm_augmentation *augmentation, const cgm_rng *rng, size_t n_variables,
                                        const cgm_variable *const *variables, double *gains);
/* The same of any rows, augmented; what image i becomes depends on the rng, i and its row. gains: from
 * cgm_dataset_gains with the same rng; NULL: no variable is held to its range. */
CGM_API void cgm_dataset_augment(const cgm_dataset *data, size_t n, const size_t *rows, const char *variable,
                                 const cgm_augmentation *augmentation, const double *gains, const cgm_rng *rng,
                                 int threads, cgm_real *out);

#endif
