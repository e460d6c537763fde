/* GSL's error handler, which aborts, turned off around calls of GSL. Internal.
 *
 * GSL has one handler for the whole process, so turning it off and restoring it in two threads that overlap would leave
 * it on in one of them. Here the first call in turns it off and the last one out restores it. */
#ifndef CGM_BASE_GSL_QUIET_H
#define CGM_BASE_GSL_QUIET_H

/* From now until the matching end in the same thread, GSL only returns its errors. Pairs may nest. */
void cgm_gsl_quiet_begin(void);
void cgm_gsl_quiet_end(void);

#endif
