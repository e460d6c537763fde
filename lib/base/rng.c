/* Streams of random numbers: creation, splitting and single draws. */
#include "base/rng.h"

#include <math.h>
#include <string.h>

#include "base/philox.h"

cgm_rng cgm_rng_create(uint64_t seed)
{
    return (cgm_rng){.key = seed};
}

/* Eight bytes of the name at a time are encrypted under the key so far, and half of the result is the next key. A last
 * block holds the length, so that no name is another's prefix. Bytes are taken in a fixed order on every machine. */
cgm_rng cgm_rng_split(const cgm_rng *parent, const char *name)
{
    uint64_t key = parent->key;
    size_t n = strlen(name);
    for (size_t begin = 0; begin <= n; begin += 8) {
        uint64_t chunk = 0;
        for (size_t i = 0; i < 8 && begin + i < n; i++) chunk |= (uint64_t)(unsigned char)name[begin + i] << (8 * i);
        uint32_t x[4];
        cgm_philox_block(key, chunk, CGM_PHILOX_SPLIT_NAME, x);
        key = (uint64_t)x[1] << 32 | x[0];
    }
    uint32_t x[4];
    cgm_philox_block(key, n, CGM_PHILOX_SPLIT_NAME, x);
    return cgm_rng_create((uint64_t)x[3] << 32 | x[2]);
}

cgm_rng cgm_rng_split_index(const cgm_rng *parent, uint64_t index)
{
    uint32_t x[4];
    cgm_philox_block(parent->key, index, CGM_PHILOX_SPLIT_INDEX, x);
    return cgm_rng_create((uint64_t)x[1] << 32 | x[0]);
}

/* Hands out the next n <= 4 words, at the price of one block when they lie in one. */
static void next_words(cgm_rng *rng, size_t n, uint32_t *out)
{
    for (size_t i = 0; i < n;) {
        uint32_t x[4];
        cgm_philox_block(rng->key, rng->counter, CGM_PHILOX_STREAM, x);
        while (i < n && rng->used < 4) out[i++] = x[rng->used++];
        if (rng->used == 4) rng->counter++, rng->used = 0;
    }
}

uint32_t cgm_rng_u32(cgm_rng *rng)
{
    uint32_t word;
    next_words(rng, 1, &word);
    return word;
}

static uint64_t next_u64(cgm_rng *rng)
{
    uint32_t x[2];
    next_words(rng, 2, x);
    return (uint64_t)x[1] << 32 | x[0];
}

double cgm_rng_uniform(cgm_rng *rng)
{
    uint32_t x[2];
    next_words(rng, 2, x);
    return cgm_philox_uniform(x[0], x[1]);
}

/* Multiply and reject (Lemire 2019, "Fast random integer generation in an interval", algorithm 5). */
uint64_t cgm_rng_below(cgm_rng *rng, uint64_t n)
{
    CGM_CHECK(n >= 1);
    unsigned __int128 product = (unsigned __int128)next_u64(rng) * n;
    if ((uint64_t)product < n) {
        uint64_t threshold = -n % n;
        while ((uint64_t)product < threshold) product = (unsigned __int128)next_u64(rng) * n;
    }
    return (uint64_t)(product >> 64);
}

double cgm_rng_normal(cgm_rng *rng)
{
    uint32_t x[4];
    next_words(rng, 4, x);
    return cgm_philox_normal(x);
}

double cgm_rng_gumbel(cgm_rng *rng)
{
    return -log(-log(cgm_rng_uniform(rng)));
}

void cgm_rng_permutation(cgm_rng *rng, size_t n, size_t *out)
{
    for (size_t i = 0; i < n; i++) out[i] = i;
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)cgm_rng_below(rng, i), last = out[i - 1];
        out[i - 1] = out[j];
        out[j] = last;
    }
}
