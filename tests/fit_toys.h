/* What tests of training share: what a fit reports, and the options that a config leaves to the mechanism. */
#ifndef CGM_TESTS_FIT_TOYS_H
#define CGM_TESTS_FIT_TOYS_H

#include <math.h>
#include <string.h>

#include "scm/mechanism.h"

/* NaN where there is no such metric. */
static inline double metric(const cgm_fit_report *report, const char *name)
{
    for (size_t i = 0; i < report->n_metrics; i++)
        if (strcmp(report->metrics[i].name, name) == 0) return report->metrics[i].value;
    return NAN;
}

/* Of cgm_train_opts. */
#define USUAL_TRAINING                                                                                                 \
    .rate = CGM_TRAIN_DEFAULT, .clip = CGM_TRAIN_DEFAULT, .skip_norm = CGM_TRAIN_DEFAULT,                              \
    .weight_decay = CGM_TRAIN_DEFAULT

#endif
