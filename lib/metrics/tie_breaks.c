/* Which of two equal pixels goes first. The published measurements take their order from NumPy's generator seeded with
 * 42; taking the same one makes skeletons the same, pixel by pixel. */
#include "metrics/morphology.h"

/* PCG XSL RR 128/64 (O'Neill 2014, "PCG: a family of simple fast space-efficient statistically good algorithms for
 * random number generation"); of each number the lower half comes first. */
typedef struct pcg64 {
    unsigned __int128 state, increment;
    uint32_t upper;
    bool has_upper;
} pcg64;

#define WIDE(high, low) ((unsigned __int128)(high) << 64 | (low))

/* State and increment that NumPy's SeedSequence makes of 42. */
static const pcg64 seeded = {.state = WIDE(0xcea44f6798798f2au, 0xacbc7c9d68860ac8u),
                             .increment = WIDE(0xfa505436c9a8416eu, 0x66caf2e28d25abffu)};

static uint32_t next(pcg64 *g)
{
    if (g->has_upper) {
        g->has_upper = false;
        return g->upper;
    }
    g->state = g->state * WIDE(0x2360ed051fc65da4u, 0x4385df649fccf645u) + g->increment;
    uint64_t folded = (uint64_t)(g->state >> 64) ^ (uint64_t)g->state;
    unsigned turn = (unsigned)(g->state >> 122);
    uint64_t number = folded >> turn | folded << (-turn & 63);
    g->upper = (uint32_t)(number >> 32);
    g->has_upper = true;
    return (uint32_t)number;
}

/* A uniform number in 0..most: drawn with as many bits as `most` has until it is not above it. */
static uint32_t up_to(pcg64 *g, uint32_t most)
{
    uint32_t mask = most, number;
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    do number = next(g) & mask;
    while (number > most);
    return number;
}

void cgm_tie_breaks(size_t n, uint32_t *out)
{
    pcg64 g = seeded;
    for (size_t i = 0; i < n; i++) out[i] = (uint32_t)i;
    for (size_t i = n; i-- > 1;) {
        uint32_t j = up_to(&g, (uint32_t)i), kept = out[i];
        out[i] = out[j];
        out[j] = kept;
    }
}
