/* Dead-code removal and common subexpressions. */
#include "graph/program_priv.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a over what makes two nodes the same. */
static uint64_t hash_bytes(uint64_t h, const void *data, size_t n)
{
    const unsigned char *byte = data;
    for (size_t i = 0; i < n; i++) h = (h ^ byte[i]) * 0x100000001b3u;
    return h;
}

static uint64_t hash_node(const cgm_lowering *l, uint32_t id)
{
    const cgm_node_record *node = &l->g->node[id];
    uint64_t h = hash_bytes(0xcbf29ce484222325u, &node->op, sizeof node->op);
    for (size_t i = 0; i < node->n_in; i++) h = hash_bytes(h, &l->same[node->in[i].id], sizeof(uint32_t));
    h = hash_bytes(h, &node->again, sizeof node->again);
    return hash_bytes(h, &node->attr, sizeof node->attr);
}

static bool equal(const cgm_lowering *l, uint32_t a, uint32_t b)
{
    const cgm_node_record *x = &l->g->node[a], *y = &l->g->node[b];
    if (x->op != y->op || x->n_in != y->n_in || x->again != y->again) return false;
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): what differs in its padding is not merged, no more. */
    if (memcmp(&x->attr, &y->attr, sizeof x->attr) != 0) return false;
    for (size_t i = 0; i < x->n_in; i++)
        if (l->same[x->in[i].id] != l->same[y->in[i].id]) return false;
    return cgm_shape_equal(x->shape, y->shape);
}

static void mark_reachable(const cgm_lowering *l, size_t n_outputs, const cgm_node *outputs, bool *reached)
{
    for (size_t i = 0; i < n_outputs; i++) reached[outputs[i].id] = true;
    for (uint32_t id = l->n - 1; id; id--)
        for (size_t i = 0; reached[id] && i < l->g->node[id].n_in; i++) reached[l->g->node[id].in[i].id] = true;
}

cgm_status cgm_lower_merge(cgm_lowering *l, size_t n_outputs, const cgm_node *outputs)
{
    size_t slots = 16;
    while (slots < 2 * (size_t)l->n) slots *= 2;
    uint32_t *table = calloc(slots, sizeof *table);
    bool *reached = calloc(l->n, sizeof *reached);
    cgm_status status = CGM_OK;
    if (!table || !reached) {
        status = CGM_FAIL(CGM_E_MEMORY, "out of memory for compiling");
        goto done;
    }
    mark_reachable(l, n_outputs, outputs, reached);
    for (uint32_t id = 1; id < l->n; id++) {
        l->same[id] = id;
        if (!reached[id] || l->g->node[id].op == CGM_OP_input) continue;
        size_t slot = hash_node(l, id) & (slots - 1);
        while (table[slot] && !equal(l, table[slot], id)) slot = (slot + 1) & (slots - 1);
        if (table[slot])
            l->same[id] = table[slot];
        else
            table[slot] = id;
    }
done:
    free(reached);
    free(table);
    return status;
}
