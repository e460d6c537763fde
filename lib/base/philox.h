/* Philox4x32-10: a bijection of 128-bit counters for each 64-bit key (Salmon, Moraes, Dror, Shaw 2011, section 3.3).
 * Internal: rng.c and rng_fill.c build streams on it. */
#ifndef CGM_BASE_PHILOX_H
#define CGM_BASE_PHILOX_H

#include <math.h>
#include <stdint.h>

enum { CGM_PHILOX_ROUNDS = 10 };
#define CGM_PHILOX_M0 0xD2511F53u
#define CGM_PHILOX_M1 0xCD9E8D57u
/* The key grows by these between rounds: the golden ratio and sqrt(3) - 1. */
#define CGM_PHILOX_W0 0x9E3779B9u
#define CGM_PHILOX_W1 0xBB67AE85u

/* Encrypts x in place. The key's low half is the first key word. */
static inline void cgm_philox(uint64_t key, uint32_t x[4])
{
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    uint32_t x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
    for (int round = 0; round < CGM_PHILOX_ROUNDS; round++) {
        uint64_t p0 = (uint64_t)CGM_PHILOX_M0 * x0, p1 = (uint64_t)CGM_PHILOX_M1 * x2;
        x0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0;
        x1 = (uint32_t)p1;
        x2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
        x3 = (uint32_t)p0;
        k0 += CGM_PHILOX_W0;
        k1 += CGM_PHILOX_W1;
    }
    x[0] = x0, x[1] = x1, x[2] = x2, x[3] = x3;
}

/* What the upper half of a counter says about a block, so that a stream's numbers, its children by name and its
 * children by index never use the same block. */
enum { CGM_PHILOX_STREAM = 0, CGM_PHILOX_SPLIT_NAME = 1, CGM_PHILOX_SPLIT_INDEX = 2 };

/* Block number `index` of the given use. */
static inline void cgm_philox_block(uint64_t key, uint64_t index, uint32_t use, uint32_t x[4])
{
    x[0] = (uint32_t)index, x[1] = (uint32_t)(index >> 32), x[2] = 0, x[3] = use;
    cgm_philox(key, x);
}

/* Odd multiples of 2^-53 from two words: neither 0 nor 1, and exact in a double. */
static inline double cgm_philox_uniform(uint32_t low, uint32_t high)
{
    return ((double)(((uint64_t)high << 32 | low) >> 12) + 0.5) * 0x1p-52;
}

/* A standard normal from a block (Box and Muller 1958). The pair's second half is given up: a stream has nowhere to
 * keep it. */
static inline double cgm_philox_normal(const uint32_t x[4])
{
    return sqrt(-2 * log(cgm_philox_uniform(x[0], x[1]))) * cos(2 * M_PI * cgm_philox_uniform(x[2], x[3]));
}

#endif
