/* The one OpenMP region of the library. Work is cut into tasks whose number and borders never depend on the number of
 * threads, so results do not either. */
#ifndef CGM_BASE_THREADS_H
#define CGM_BASE_THREADS_H

#include "base/status.h"

/* Runs task(context, i, worker) for i in 0..n-1, on at most `threads` threads; worker is in 0..threads-1 and names the
 * caller's scratch. Tasks must not depend on one another. Nested calls run serially. */
typedef void cgm_task_fn(void *context, size_t index, int worker);
CGM_API void cgm_parallel(int threads, size_t n, cgm_task_fn *task, void *context);

/* The processors that this process may use. */
CGM_API int cgm_threads_available(void);

#endif
