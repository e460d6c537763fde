/* The checks of a report's verdict. Internal to the report. */
#ifndef CGM_TOOLS_REPORT_VERDICT_H
#define CGM_TOOLS_REPORT_VERDICT_H

#include "tools/report/report.h"

typedef struct verdict_check {
    const char *check, *meaning;
    double value, floor, target; /* NaN: not known */
    bool at_least;               /* or at most */
    bool asked;                  /* the target is the question's, no rule of the report */
} verdict_check;

/* Adds a row to the verdict, and to what holds or fails. */
cgm_status verdict_add(report *r, const verdict_check *c) CGM_CHECKED;
/* The row of an evaluation at its noise and after the first cycle; NULL matches anything, `by` as it begins; or NULL.
 */
const json_t *verdict_find(const json_t *rows, const char *metric, const char *treatment, const char *attribute,
                           const char *by);
/* All checks of the run (checks.c). */
cgm_status verdict_check_all(report *r) CGM_CHECKED;

#endif
