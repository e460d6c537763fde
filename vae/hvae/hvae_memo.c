/* What the last abduction computed that its counterfactuals need again. Where z does not see the parents, neither does
 * what it adds to the decoder's states: the prior's chain of a counterfactual's walk is that of the factual one. A
 * prediction finds its rows by their place, and compares their z number by number; so it gives the same bits whether
 * they are found or not. */
#include <stdlib.h>

#include "base/threads.h"
#include "vae/hvae/hvae.h"

/* More than this is not remembered. */
#define MOST_BYTES ((size_t)512 << 20)

bool cgm_hvae_remembers(const hvae *m)
{
    return !cgm_hvae_z_sees_parents(m) && (m->n_latents + m->n_shifts) * HVAE_ROWS * sizeof(cgm_real) <= MOST_BYTES;
}

static void block_clear(hvae_memo_block *b)
{
    cgm_free_aligned(b->z);
    cgm_free_aligned(b->shift);
}

void cgm_hvae_memo_clear(hvae *m)
{
    for (size_t i = 0; i < m->memo.n; i++) block_clear(&m->memo.block[i]);
    free(m->memo.block);
    m->memo = (hvae_memo){0};
}

cgm_status cgm_hvae_memo_begin(hvae *m, size_t rows)
{
    size_t block = (m->n_latents + m->n_shifts) * HVAE_ROWS * sizeof(cgm_real), most = MOST_BYTES / block;
    size_t n = (rows + HVAE_ROWS - 1) / HVAE_ROWS;
    if (n > most) n = most;
    if (n == m->memo.n) return CGM_OK;
    cgm_hvae_memo_clear(m);
    m->memo.block = calloc(n, sizeof *m->memo.block);
    if (!m->memo.block) return CGM_FAIL(CGM_E_MEMORY, "out of memory for an abduction");
    for (; m->memo.n < n; m->memo.n++) {
        hvae_memo_block b = {.z = cgm_alloc_aligned(HVAE_ROWS * m->n_latents * sizeof(cgm_real)),
                             .shift = cgm_alloc_aligned(HVAE_ROWS * m->n_shifts * sizeof(cgm_real))};
        m->memo.block[m->memo.n] = b;
        if (b.z && b.shift) continue;
        block_clear(&b);
        cgm_hvae_memo_clear(m);
        return CGM_E_MEMORY;
    }
    return CGM_OK;
}

hvae_memo_block *cgm_hvae_memo_block(hvae *m, size_t at)
{
    return at / HVAE_ROWS < m->memo.n ? &m->memo.block[at / HVAE_ROWS] : NULL;
}

/* ---- Comparing ---- */

typedef struct comparison {
    const hvae *m;
    const cgm_values *z;
    size_t at;
    const cgm_real *latents;
    bool differs[HVAE_ROWS];
} comparison;

static void compare_row(void *context, size_t k, int worker)
{
    comparison *c = context;
    const double *row = c->z->data + (c->at + k) * c->z->width;
    bool same = true;
    (void)worker;
    for (size_t i = 0; i < c->m->architecture.n_stages && same; i++) {
        size_t n = cgm_hvae_stage_latents(c->m, i);
        const cgm_real *mine = c->latents + HVAE_ROWS * c->m->first[i] + k * n;
        const double *theirs = row + c->m->first[i];
        for (size_t j = 0; j < n; j++) same &= (double)mine[j] == theirs[j];
    }
    c->differs[k] = !same;
}

const hvae_memo_block *cgm_hvae_memo_find(hvae *m, const cgm_values *z, size_t at, int threads)
{
    const hvae_memo_block *b = cgm_hvae_memo_block(m, at);
    if (!b || !b->filled) return NULL;
    size_t n = z->n - at < HVAE_ROWS ? z->n - at : HVAE_ROWS;
    comparison c = {.m = m, .z = z, .at = at, .latents = b->z};
    cgm_parallel(threads, n, compare_row, &c);
    for (size_t k = 0; k < n; k++)
        if (c.differs[k]) return NULL;
    return b;
}
