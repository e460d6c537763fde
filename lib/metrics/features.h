/* What measures of sets of features share. Internal. */
#ifndef CGM_METRICS_FEATURES_H
#define CGM_METRICS_FEATURES_H

#include "base/status.h"

/* That a set x [n, width] has at least `least` rows, and finite numbers; CGM_E_ARG, naming the row. what: of what, for
 * the message, "KID". */
cgm_status cgm_features_check(const char *what, size_t least, size_t width, size_t n, const double *x) CGM_CHECKED;

#endif
