/* Random numbers: the counter-based generator Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers:
 * as easy as 1, 2, 3"). A stream is a key and a counter, nothing else, so it can be copied, stored in a file, and split
 * by name: a new variable never shifts another's stream, and element i of a fill depends on i alone, not on the
 * threads. */
#ifndef CGM_BASE_RNG_H
#define CGM_BASE_RNG_H

#include "base/real.h"
#include "base/status.h"

/* A plain value: copy it to replay, store its three words to resume. */
typedef struct cgm_rng {
    uint64_t key;
    uint64_t counter; /* the next block of four 32-bit words */
    uint32_t used;    /* words of the current block already handed out, 0..3 (0: none) */
} cgm_rng;

CGM_API cgm_rng cgm_rng_create(uint64_t seed);
/* An independent stream that depends on the parent's key and the name (or index) alone, not on its counter. */
CGM_API cgm_rng cgm_rng_split(const cgm_rng *parent, const char *name);
CGM_API cgm_rng cgm_rng_split_index(const cgm_rng *parent, uint64_t index);

CGM_API uint32_t cgm_rng_u32(cgm_rng *rng);
/* Uniform on the open interval (0, 1), 53 bits. */
CGM_API double cgm_rng_uniform(cgm_rng *rng);
/* Uniform on 0..n-1 without bias, n >= 1. */
CGM_API uint64_t cgm_rng_below(cgm_rng *rng, uint64_t n);
/* Standard normal, by Box and Muller. */
CGM_API double cgm_rng_normal(cgm_rng *rng);
/* out[i] = cgm_rng_normal of the stream split by the index first + i: many streams' first draw at once. */
CGM_API void cgm_rng_normal_rows(const cgm_rng *rng, uint64_t first, size_t n, double *out);
/* Standard Gumbel: -log(-log u). */
CGM_API double cgm_rng_gumbel(cgm_rng *rng);
/* Fills out[0..n) and advances the counter past them. Element i depends on the stream and i alone. */
CGM_API void cgm_rng_fill_normal(cgm_rng *rng, size_t n, cgm_real *out);
/* The same numbers by several threads. */
CGM_API void cgm_rng_fill_normal_by(cgm_rng *rng, int threads, size_t n, cgm_real *out);
CGM_API void cgm_rng_fill_uniform(cgm_rng *rng, size_t n, cgm_real *out);
/* A random permutation of 0..n-1 (Fisher and Yates). */
CGM_API void cgm_rng_permutation(cgm_rng *rng, size_t n, size_t *out);

#endif
