/* How well levels are told apart. Levels are whole numbers 0..levels-1, held as doubles. */
#ifndef CGM_METRICS_CLASSIFICATION_H
#define CGM_METRICS_CLASSIFICATION_H

#include "base/status.h"

/* counts[t * levels + r]: rows of level t that were read as level r, of n. */
CGM_API void cgm_confusion(size_t n, int levels, const double *truth, const double *read, size_t *counts);
/* Of such counts: the share of the rows that were read as what they are. NaN where there are no rows. */
CGM_API double cgm_accuracy(int levels, const size_t *counts);
/* The mean over levels of F1 = 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall (van Rijsbergen
 * 1979). A level that no row has and none was read as is left out. NaN where there are no rows. */
CGM_API double cgm_macro_f1(int levels, const size_t *counts);

/* The area under the receiver operating characteristic of a level by its score, score[i * stride] of row i of n: the
 * probability that a row of the level scores more than another row, ties counting half (Hanley and McNeil 1982; Mann
 * and Whitney's U by ranks). NaN where all rows are of the level, or none. */
CGM_API cgm_status cgm_roc_auc(size_t n, size_t stride, const double *score, const double *truth, int level,
                               double *out) CGM_CHECKED;
/* Of probabilities [n, levels]: that of level 1 where there are two, else the mean over the levels, each against the
 * others, that have one (Provost and Domingos 2001, without their weights). */
CGM_API cgm_status cgm_macro_roc_auc(size_t n, int levels, const double *probability, const double *truth,
                                     double *out) CGM_CHECKED;

#endif
