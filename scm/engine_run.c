/* Walking the rows of a query in chunks. A thread takes one chunk through all nodes while it is in its cache. */
#include <stdatomic.h>

#include "base/gsl_quiet.h"
#include "base/threads.h"
#include "scm/engine.h"

typedef struct pool {
    size_t first, n; /* the rows' numbers in the query are first to first + n */
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

static size_t count_chunks(const pool *p)
{
    return p->n ? (p->first + p->n - 1) / SCM_CHUNK - p->first / SCM_CHUNK + 1 : 0;
}

static cgm_status do_chunk(const pool *p, size_t index, int worker)
{
    size_t border = (p->first / SCM_CHUNK + index) * SCM_CHUNK, last = p->first + p->n;
    size_t from = border > p->first ? border : p->first, to = border + SCM_CHUNK < last ? border + SCM_CHUNK : last;
    cgm_gsl_quiet_begin();
    cgm_status status = p->task(p->context, from - p->first, to - from, worker);
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
cgm_status cgm_engine_run(const cgm_scm *scm, const cgm_world *world, int threads, cgm_engine_task *task, void *context)
{
    pool p = {.first = world->first, .n = world->n, .task = task, .context = context};
    size_t chunks = count_chunks(&p);
    if (threads > 1 && is_concurrent(scm)) {
        atomic_store(&p.left, chunks);
        cgm_parallel(threads, chunks, do_parallel_chunk, &p);
    }
    for (size_t index = p.left; index < chunks; index++) CGM_TRY(do_chunk(&p, index, 0));
    return CGM_OK;
}
