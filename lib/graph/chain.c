/* Running a chain of element-wise operations, block by block. */
#include "base/threads.h"
#include "graph/program_priv.h"
#include "kernels/whole.h"

#include <string.h>

typedef struct run_context {
    const cgm_chain *chain;
    int64_t size;
    const cgm_real *const *in; /* operands */
    cgm_real *out;
    cgm_real *scratch;
} run_context;

size_t cgm_chain_scratch(const cgm_chain *chain, int threads)
{
    return (size_t)threads * chain->n_slots * CGM_BLOCK * sizeof(cgm_real);
}

static CGM_WHOLE void fill(cgm_real value, size_t n, cgm_real *out)
{
    CGM_WRITES(n, out);
    for (size_t i = 0; i < n; i++) out[i] = value;
}

/* Elements begin .. begin + n - 1 of a broadcast operand. */
static void expand(const cgm_chain_operand *o, const cgm_real *x, int64_t begin, size_t n, cgm_real *out)
{
    int64_t at[CGM_MAX_RANK], offset = 0;
    if (!o->rank) {
        fill(x[0], n, out);
        return;
    }
    for (int i = o->rank - 1; i >= 0; i--) {
        at[i] = begin % o->dim[i];
        begin /= o->dim[i];
        offset += at[i] * o->stride[i];
    }
    int last = o->rank - 1;
    while (n) {
        size_t run = (size_t)(o->dim[last] - at[last]);
        if (run > n) run = n;
        if (o->stride[last])
            memcpy(out, x + offset, run * sizeof *out);
        else
            fill(x[offset], run, out);
        out += run;
        n -= run;
        at[last] += (int64_t)run;
        offset += (int64_t)run * o->stride[last];
        for (int i = last; i > 0 && at[i] == o->dim[i]; i--) {
            offset += o->stride[i - 1] - at[i] * o->stride[i];
            at[i] = 0;
            at[i - 1]++;
        }
    }
}

static void run_block(const run_context *c, int64_t begin, size_t n, cgm_real *slots)
{
    const cgm_chain *chain = c->chain;
    const cgm_real *slot[4 * CGM_MAX_CHAIN];
    for (size_t k = 0; k < chain->n_slots; k++) slot[k] = slots + k * CGM_BLOCK;
    for (size_t k = 0; k < chain->n_operands; k++) {
        const cgm_chain_operand *o = &chain->operand[k];
        if (o->access == CGM_ACCESS_DENSE) slot[k] = c->in[k] + begin;
        if (o->access == CGM_ACCESS_EXPAND) expand(o, c->in[k], begin, n, slots + k * CGM_BLOCK);
    }
    for (size_t k = 0; k < chain->n_links; k++) {
        const cgm_chain_link *link = &chain->link[k];
        const cgm_real *in[3] = {slot[link->in[0]], slot[link->in[1]], slot[link->in[2]]};
        cgm_real *out = k + 1 < chain->n_links ? slots + (size_t)link->out * CGM_BLOCK : c->out + begin;
        link->block(n, in, link->attr, out);
    }
}

static void run_task(void *context, size_t index, int worker)
{
    const run_context *c = context;
    const cgm_chain *chain = c->chain;
    cgm_real *slots = c->scratch + (size_t)worker * chain->n_slots * CGM_BLOCK;
    int64_t begin = (int64_t)index * CGM_BLOCK_TASK, end = begin + CGM_BLOCK_TASK;
    if (end > c->size) end = c->size;
    for (size_t k = 0; k < chain->n_operands; k++)
        if (chain->operand[k].access == CGM_ACCESS_CONSTANT)
            fill((cgm_real)chain->operand[k].value, CGM_BLOCK, slots + k * CGM_BLOCK);
    for (; begin < end; begin += CGM_BLOCK)
        run_block(c, begin, end - begin < CGM_BLOCK ? (size_t)(end - begin) : CGM_BLOCK, slots);
}

void cgm_chain_run(const cgm_chain *chain, int64_t size, const cgm_real *const *in, cgm_real *out, void *scratch,
                   int threads)
{
    run_context c = {chain, size, in, out, scratch};
    cgm_parallel(threads, (size_t)((size + CGM_BLOCK_TASK - 1) / CGM_BLOCK_TASK), run_task, &c);
}
