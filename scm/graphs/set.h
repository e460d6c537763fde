/* Sets of nodes of a graph: bit i of word i / 64 is node i. A set is an array of cgm_dag_words(dag) words; every set
 * that a function takes or returns is of that length, and its bits past the last node are zero. */
#ifndef CGM_SCM_GRAPHS_SET_H
#define CGM_SCM_GRAPHS_SET_H

#include "base/status.h"

/* A graph has at most so many nodes, so that a set fits on the stack: uint64_t set[CGM_SET_WORDS]. */
#define CGM_DAG_MAX_NODES 2048
#define CGM_SET_WORDS (CGM_DAG_MAX_NODES / 64)

static inline bool cgm_set_has(const uint64_t *set, size_t i)
{
    return set[i / 64] >> i % 64 & 1;
}
static inline void cgm_set_add(uint64_t *set, size_t i)
{
    set[i / 64] |= UINT64_C(1) << i % 64;
}
static inline void cgm_set_remove(uint64_t *set, size_t i)
{
    set[i / 64] &= ~(UINT64_C(1) << i % 64);
}

static inline void cgm_set_clear(size_t words, uint64_t *set)
{
    for (size_t k = 0; k < words; k++) set[k] = 0;
}
static inline void cgm_set_copy(size_t words, uint64_t *to, const uint64_t *from)
{
    for (size_t k = 0; k < words; k++) to[k] = from[k];
}
/* to := to united with, intersected with, without the other. */
static inline void cgm_set_unite(size_t words, uint64_t *to, const uint64_t *other)
{
    for (size_t k = 0; k < words; k++) to[k] |= other[k];
}
static inline void cgm_set_intersect(size_t words, uint64_t *to, const uint64_t *other)
{
    for (size_t k = 0; k < words; k++) to[k] &= other[k];
}
static inline void cgm_set_subtract(size_t words, uint64_t *to, const uint64_t *other)
{
    for (size_t k = 0; k < words; k++) to[k] &= ~other[k];
}
static inline bool cgm_set_is_empty(size_t words, const uint64_t *set)
{
    for (size_t k = 0; k < words; k++)
        if (set[k]) return false;
    return true;
}
static inline bool cgm_set_meets(size_t words, const uint64_t *a, const uint64_t *b)
{
    for (size_t k = 0; k < words; k++)
        if (a[k] & b[k]) return true;
    return false;
}
/* Is every node of a in b? */
static inline bool cgm_set_is_within(size_t words, const uint64_t *a, const uint64_t *b)
{
    for (size_t k = 0; k < words; k++)
        if (a[k] & ~b[k]) return false;
    return true;
}
static inline bool cgm_set_equals(size_t words, const uint64_t *a, const uint64_t *b)
{
    for (size_t k = 0; k < words; k++)
        if (a[k] != b[k]) return false;
    return true;
}
static inline size_t cgm_set_count(size_t words, const uint64_t *set)
{
    size_t n = 0;
    for (size_t k = 0; k < words; k++) n += (size_t)__builtin_popcountll(set[k]);
    return n;
}
/* The first node of the set from i on; 64 * words when there is none. */
static inline size_t cgm_set_next(size_t words, const uint64_t *set, size_t i)
{
    for (size_t k = i / 64; k < words; k++) {
        uint64_t word = k == i / 64 ? set[k] & (~UINT64_C(0) << i % 64) : set[k];
        if (word) return 64 * k + (size_t)__builtin_ctzll(word);
    }
    return 64 * words;
}
/* for each node i of the set, in ascending order; the body may change the set behind i. */
#define CGM_SET_EACH(i, words, set)                                                                                    \
    for (size_t i = cgm_set_next((words), (set), 0); i < 64 * (words); i = cgm_set_next((words), (set), i + 1))

/* Several sets, in an arena. */
typedef struct cgm_set_list {
    size_t n;
    uint64_t **set;
    bool more; /* the limit asked for was reached, and there are more */
} cgm_set_list;

#endif
