/* The one OpenMP region of the library.
 *
 * The number of threads is always passed explicitly: openblas_set_num_threads(1) of OpenBLAS's OpenMP build lowers
 * omp_get_max_threads() for the whole process, so that function is never asked. */
#define _GNU_SOURCE
#include "base/threads.h"

#include <omp.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/denormals.h"

/* Each thread takes the tasks of a share of its own in order, and then what is left of the others'. So calls of as many
 * tasks leave a task to the same thread, whose caches have what it wrote. */
#define SHARES 128
typedef struct share {
    _Alignas(64) _Atomic size_t next;
    size_t end;
} share;

/* Where the i-th of `count` shares of n tasks begins. */
static size_t border(size_t n, size_t count, size_t i)
{
    size_t more = n % count; /* so many have one more */
    return n / count * i + (i < more ? i : more);
}

static void work(share *shares, size_t count, cgm_task_fn *task, void *context)
{
    int worker = omp_get_thread_num();
    for (size_t k = 0; k < count; k++) {
        share *s = &shares[((size_t)worker + k) % count];
        for (size_t i; (i = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed)) < s->end;)
            task(context, i, worker);
    }
}

void cgm_parallel(int threads, size_t n, cgm_task_fn *task, void *context)
{
    if (threads > 1 && (size_t)threads > n) threads = (int)n;
    if (threads <= 1 || omp_in_parallel()) {
        for (size_t i = 0; i < n; i++) task(context, i, 0);
        return;
    }
    /* The tasks run in the caller's floating-point mode, whichever thread they land on. */
    cgm_fp_mode callers = cgm_fp_get();
    share shares[SHARES];
    size_t count = threads < SHARES ? (size_t)threads : SHARES;
    for (size_t i = 0; i < count; i++) {
        atomic_init(&shares[i].next, border(n, count, i));
        shares[i].end = border(n, count, i + 1);
    }
#pragma omp parallel num_threads(threads)
    {
        cgm_fp_mode own = cgm_fp_get();
        cgm_fp_set(callers);
        work(shares, count, task, context);
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
