/* Walking the rows of a query in chunks. A thread takes one chunk through all nodes while it is in its cache. */
#include <stdatomic.h>

#include "base/gsl_quiet.h"
#include "base/threads.h"
#include "scm/engine.h"

typedef struct pool {
    size_t n;
    cgm_engine_task *task;
    void *context;
    _Atomic size_t left; /* the first chunk that failed; as many as there are: none */
} pool;

static bool is_concurrent(const cgm_scm *scm)
{
    for (size_t v = 0; v < scm->n; v++)
        if (!(scm->variable[v].mechanism->methods->capabilities & CGM_CONCURRENT)) return false;
    return true;
}

static size_t count_chunks(size_t n)
{
    return (n + SCM_CHUNK - 1) / SCM_CHUNK;
}

static cgm_status do_chunk(const pool *p, size_t index, int worker)
{
    size_t begin = index * SCM_CHUNK, n = p->n - begin < SCM_CHUNK ? p->n - begin : SCM_CHUNK;
    cgm_gsl_quiet_begin();
    cgm_status status = p->task(p->context, begin, n, worker);
    cgm_gsl_quiet_end();
    return status;
}

/* What comes before the first failure is always done, so that this is the same chunk on any number of threads. */
static void do_parallel_chunk(void *context, size_t index, int worker)
{
    pool *p = context;
    size_t left = atomic_load(&p->left);
    if (index > left || do_chunk(p, index, worker) == CGM_OK) return;
    while (index < left && !atomic_compare_exchange_weak(&p->left, &left, index)) continue;
}

/* A message belongs to the thread in which it was made, so the chunk that failed is done again in this one, and what
 * comes after it should it succeed. */
cgm_status cgm_engine_run(const cgm_scm *scm, size_t n, int threads, cgm_engine_task *task, void *context)
{
    pool p = {.n = n, .task = task, .context = context};
    size_t chunks = count_chunks(n);
    if (threads > 1 && is_concurrent(scm)) {
        atomic_store(&p.left, chunks);
        cgm_parallel(threads, chunks, do_parallel_chunk, &p);
    }
    for (size_t index = p.left; index < chunks; index++) CGM_TRY(do_chunk(&p, index, 0));
    return CGM_OK;
}
