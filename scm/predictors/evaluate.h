/* How good a predictor is on rows that it was not fitted to. */
#ifndef CGM_SCM_PREDICTORS_EVALUATE_H
#define CGM_SCM_PREDICTORS_EVALUATE_H

#include "metrics/calibration.h"
#include "scm/predictors/predictor.h"

#define CGM_SCORE_BINS 15

/* What does not go with the attribute's type is NaN, or NULL. */
typedef struct cgm_predictor_score {
    size_t n;                       /* rows */
    double accuracy, macro_f1, auc; /* of levels: metrics/classification.h */
    size_t *confusion;              /* of levels, [levels, levels]: true level, what was read */
    double mae;                     /* of a continuous attribute, in its units; of an ordinal one, in levels */
    double r_squared;               /* of a continuous attribute */
    double calibration_error;       /* of levels, and of a continuous attribute: metrics/calibration.h */
    cgm_reliability_bin bin[CGM_SCORE_BINS];
} cgm_predictor_score;

/* Reads the images of the rows, all of the split unless the choice says how many. The run must be finished. For
 * cgm_predictor_score_clear. */
CGM_API cgm_status cgm_predictor_evaluate(cgm_run *run, cgm_predictor *p, const cgm_row_choice *choice,
                                          cgm_predictor_score *out) CGM_CHECKED;
CGM_API void cgm_predictor_score_clear(cgm_predictor_score *score);
/* A reliability diagram of each of n scores, with its predictor's name, as PNG: metrics/calibration.h says of what. */
CGM_API cgm_status cgm_predictor_draw_reliability(const char *path, size_t n, cgm_predictor *const *p,
                                                  const cgm_predictor_score *score) CGM_CHECKED;

#endif
