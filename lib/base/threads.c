/* The one OpenMP region of the library.
 *
 * The number of threads is always passed explicitly: openblas_set_num_threads(1) of OpenBLAS's OpenMP build lowers
 * omp_get_max_threads() for the whole process, so that function is never asked. */
#define _GNU_SOURCE
#include "base/threads.h"

#include <omp.h>
#include <sched.h>
#include <unistd.h>

#include "base/denormals.h"

void cgm_parallel(int threads, size_t n, cgm_task_fn *task, void *context)
{
    if (threads > 1 && (size_t)threads > n) threads = (int)n;
    if (threads <= 1 || omp_in_parallel()) {
        for (size_t i = 0; i < n; i++) task(context, i, 0);
        return;
    }
    /* The tasks run in the caller's floating-point mode, whichever thread they land on. */
    cgm_fp_mode callers = cgm_fp_get();
#pragma omp parallel num_threads(threads)
    {
        cgm_fp_mode own = cgm_fp_get();
        cgm_fp_set(callers);
#pragma omp for schedule(dynamic, 1) nowait
        for (size_t i = 0; i < n; i++) task(context, i, omp_get_thread_num());
        cgm_fp_set(own);
    }
}

int cgm_threads_available(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    /* More processors than a cpu_set_t has bits. */
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (int)n;
}
