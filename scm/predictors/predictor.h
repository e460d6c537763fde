/* Predictors: anti-causal networks q(attribute | image, other attributes) that a run trains after its mechanisms, as
 * its config's section `predictors` says. They judge images that a model made: what an image shows is compared with
 * what it was asked to show, and their features are what distances between sets of images are measured in. */
#ifndef CGM_SCM_PREDICTOR_H
#define CGM_SCM_PREDICTOR_H

#include "scm/runs/run.h"

typedef struct cgm_predictor cgm_predictor;

/* The predictors of a run in the order of its config, and the one of that name: NULL when there is none. Borrowed. They
 * may be asked when the run is finished; a predictor is asked by one thread at a time. */
CGM_API size_t cgm_run_predictors(const cgm_run *run);
CGM_API cgm_predictor *cgm_run_predictor_at(const cgm_run *run, size_t i);
CGM_API cgm_predictor *cgm_run_predictor(const cgm_run *run, const char *name);

/* Whether the run's fine-tuning goes by it, so that what it reads off counterfactuals of that image is no judgement. */
CGM_API bool cgm_run_tunes_with(const cgm_run *run, const cgm_predictor *p);

/* The schemas of a predictor's map in the config and of its section `finetune`, for help texts. */
CGM_API const cgm_key *cgm_predictor_keys(size_t *n);
CGM_API const cgm_key *cgm_finetune_keys(size_t *n);

CGM_API const char *cgm_predictor_name(const cgm_predictor *p);
/* The attribute that it predicts, the image that it reads, and the other attributes that it is given, in order; returns
 * how many these are. Borrowed. */
CGM_API const cgm_variable *cgm_predictor_attribute(const cgm_predictor *p);
CGM_API const cgm_variable *cgm_predictor_image(const cgm_predictor *p);
CGM_API size_t cgm_predictor_given(const cgm_predictor *p, const cgm_variable *const **out);
/* Rows of the data set that its parameters were fitted to, `fitted` from the first on, and by which it was stopped,
 * `validated` after those; all are training rows. */
typedef struct cgm_rows_seen {
    size_t first, fitted, validated;
} cgm_rows_seen;
CGM_API cgm_rows_seen cgm_predictor_rows(const cgm_predictor *p);
/* In words, "training rows 0 to 71, and 72 to 79 to stop by". Writes to text and returns it. */
#define CGM_ROWS_SEEN_TEXT 128
CGM_API const char *cgm_rows_seen_text(const cgm_rows_seen *rows, char text[CGM_ROWS_SEEN_TEXT]);
/* Of everything random in its training. */
CGM_API uint64_t cgm_predictor_seed(const cgm_predictor *p);

/* In what follows images are as worlds and data sets hold them, [n, C H W] in grey levels 0 to 255, and given[k], [n],
 * holds the values of the k-th given attribute in the data's units; `given` is not read where there are none. Batches
 * are made inside; a row's answer depends on the row alone, to the same bits for any number of threads. */

/* The activations before the last linear layer, [n, width]. */
CGM_API size_t cgm_predictor_width(const cgm_predictor *p);
CGM_API cgm_status cgm_predictor_features(cgm_predictor *p, int threads, size_t n, const double *images,
                                          const double *const *given, double *features) CGM_CHECKED;
/* The law of the attribute given the image, [n, cgm_predictor_outputs]: the probability of each level; or of a
 * continuous attribute mean and standard deviation, in the data's units. It is as sure as the rows by which training
 * was stopped ask for (metrics/calibration.h); where there were none, as sure as training made it. */
CGM_API size_t cgm_predictor_outputs(const cgm_predictor *p);
CGM_API cgm_status cgm_predictor_predict(cgm_predictor *p, int threads, size_t n, const double *images,
                                         const double *const *given, double *law) CGM_CHECKED;
/* What it reads off each image, [n]: the likeliest level, the first of equal ones, or the mean. */
CGM_API cgm_status cgm_predictor_read(cgm_predictor *p, int threads, size_t n, const double *images,
                                      const double *const *given, double *value) CGM_CHECKED;

/* A judgement of images under way. Zero-initialise. */
typedef struct cgm_judgement {
    double sum;
    size_t n;
} cgm_judgement;
/* Adds n images that should show the attribute at the values should[n]: whether each is read as that level, or how far
 * from the value. read: NULL, or room for what was read, [n]. */
CGM_API cgm_status cgm_predictor_judge(cgm_predictor *p, int threads, size_t n, const double *images,
                                       const double *const *given, const double *should, double *read,
                                       cgm_judgement *judgement) CGM_CHECKED;
/* What one reading adds: 1 or 0 of a level, else how far it is from the value. */
CGM_API double cgm_predictor_mark(const cgm_predictor *p, double read, double should);
/* Over all images so far: the accuracy, or of a continuous attribute the mean absolute error in its units; NaN without
 * images. And which of the two it is: "accuracy" or "error". */
CGM_API double cgm_judgement_value(const cgm_judgement *judgement);
CGM_API const char *cgm_predictor_judgement_name(const cgm_predictor *p);

#endif
