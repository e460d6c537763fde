/* The order of elimination, found by eliminating in the graph of which variables share a factor. */
#include <math.h>
#include <string.h>

#include "scm/discrete/eliminate.h"

#define WORD_BITS 64

/* The graph over the free variables that are in some factor. */
typedef struct meeting {
    size_t n, words;
    size_t *variable;    /* [n] the network's index */
    uint64_t *neighbour; /* [n, words] */
    double *bits;        /* [n] the logarithm to base 2 of the levels */
    double *weight;      /* [n] of the table over it and its neighbours, likewise */
    bool *stays;         /* [n]: a target, or gone already */
    double limit;        /* of the weight */
} meeting;

static bool meets(const meeting *m, size_t a, size_t b)
{
    return m->neighbour[a * m->words + b / WORD_BITS] >> (b % WORD_BITS) & 1;
}

static void join(meeting *m, size_t a, size_t b)
{
    if (a == b || meets(m, a, b)) return;
    m->neighbour[a * m->words + b / WORD_BITS] |= UINT64_C(1) << (b % WORD_BITS);
    m->neighbour[b * m->words + a / WORD_BITS] |= UINT64_C(1) << (a % WORD_BITS);
    m->weight[a] += m->bits[b];
    m->weight[b] += m->bits[a];
}

/* The variables of the factors get the slots 0..n-1; slot is by the network's index. */
static cgm_status fill(cgm_elimination *e, meeting *m, cgm_arena *scratch)
{
    size_t *slot = cgm_arena_array(scratch, e->network->n, sizeof *slot); /* one more than it is */
    m->variable = cgm_arena_array(scratch, e->network->n, sizeof *m->variable);
    if (!slot || !m->variable) return CGM_E_MEMORY;
    for (const cgm_factor *f = e->factors; f; f = f->next)
        for (size_t k = 0; k < f->n; k++) {
            if (slot[f->variable[k]]) continue;
            m->variable[m->n] = f->variable[k];
            slot[f->variable[k]] = ++m->n;
        }
    m->words = (m->n + WORD_BITS - 1) / WORD_BITS;
    m->neighbour = cgm_arena_array(scratch, m->n * m->words, sizeof *m->neighbour);
    m->bits = cgm_arena_array(scratch, m->n, sizeof *m->bits);
    m->weight = cgm_arena_array(scratch, m->n, sizeof *m->weight);
    m->stays = cgm_arena_array(scratch, m->n, sizeof *m->stays);
    if (!m->neighbour || !m->bits || !m->weight || !m->stays) return CGM_E_MEMORY;
    for (size_t s = 0; s < m->n; s++) {
        m->weight[s] = m->bits[s] = log2((double)e->network->variable[m->variable[s]].n_levels);
        m->stays[s] = e->asked[m->variable[s]];
    }
    for (const cgm_factor *f = e->factors; f; f = f->next)
        for (size_t k = 1; k < f->n; k++)
            for (size_t l = 0; l < k; l++) join(m, slot[f->variable[k]] - 1, slot[f->variable[l]] - 1);
    return CGM_OK;
}

static size_t lightest(const meeting *m)
{
    size_t best = m->n;
    for (size_t s = 0; s < m->n; s++)
        if (!m->stays[s] && (best == m->n || m->weight[s] < m->weight[best])) best = s;
    return best;
}

/* Takes s out; its neighbours now meet one another. They are few, as their table is not larger than the limit. */
static void remove_slot(meeting *m, size_t s)
{
    size_t near[CGM_FACTOR_MAX_VARIABLES], n = 0;
    for (size_t w = 0; w < m->words; w++)
        for (uint64_t left = m->neighbour[s * m->words + w]; left; left &= left - 1)
            near[n++] = w * WORD_BITS + (size_t)__builtin_ctzll(left);
    for (size_t k = 0; k < n; k++) {
        m->neighbour[near[k] * m->words + s / WORD_BITS] &= ~(UINT64_C(1) << (s % WORD_BITS));
        m->weight[near[k]] -= m->bits[s];
        for (size_t l = 0; l < k; l++) join(m, near[k], near[l]);
    }
    m->stays[s] = true;
}

static cgm_status choose(cgm_elimination *e, meeting *m)
{
    for (size_t s; (s = lightest(m)) < m->n; remove_slot(m, s)) {
        const char *name = e->network->variable[m->variable[s]].name;
        if (m->weight[s] > m->limit)
            return CGM_FAIL(CGM_E_UNSUPPORTED,
                            "exact inference needs a table of 2^%.1f numbers to sum out %s, more than %zu MiB",
                            m->weight[s], name, e->room.max_bytes >> 20);
        e->place[m->variable[s]] = e->n_order;
        e->order[e->n_order++] = m->variable[s];
    }
    for (size_t s = 0; s < m->n; s++)
        if (e->asked[m->variable[s]]) e->place[m->variable[s]] = e->n_order;
    return CGM_OK;
}

cgm_status cgm_elimination_plan(cgm_elimination *e)
{
    cgm_arena scratch = {0};
    meeting m = {.n = 0};
    /* A little more, for the weights' rounding: making the table checks again. And a list of neighbours that fits. */
    m.limit = fmin(log2((double)e->room.max_bytes / sizeof(double)) + 1e-6, CGM_FACTOR_MAX_VARIABLES - 2);
    e->n_order = 0;
    cgm_status status = fill(e, &m, &scratch);
    if (status == CGM_OK) status = choose(e, &m);
    cgm_arena_clear(&scratch);
    return status;
}
