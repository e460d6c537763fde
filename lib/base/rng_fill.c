/* Many draws at once. A training step takes millions of normals, so the loops here are written to become SIMD code:
 * blocks of counters side by side, and a logarithm and a sine that are polynomials without branches.
 *
 * Every chunk of CHUNK elements is computed whole, also when only its first few are wanted, so that element i is the
 * work of the same instructions, and has the same bits, however many were asked for. */
#include "base/rng.h"

#include <math.h>
#include <string.h>

#include "base/philox.h"
#include "base/threads.h"

enum { BLOCKS = 32, CHUNK = 4 * BLOCKS, TASK_ELEMENTS = 128 * CHUNK };

/* One binary, the machine's best SIMD. The sanitizers' start-up and the resolvers that choose a clone do not go
 * together. */
#if defined __x86_64__ && defined __GNUC__ && !defined __clang__ && !defined __SANITIZE_ADDRESS__
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

/* word[w][b]: word w of block first + b. */
static inline __attribute__((always_inline)) void fill_words(uint64_t key, uint64_t first, uint32_t word[4][BLOCKS])
{
    for (int b = 0; b < BLOCKS; b++) {
        uint32_t x[4];
        cgm_philox_block(key, first + (uint64_t)b, CGM_PHILOX_STREAM, x);
        for (int w = 0; w < 4; w++) word[w][b] = x[w];
    }
}

#ifdef CGM_DOUBLE

static inline double log_uniform(uint32_t word)
{
    return log(((double)word + 0.5) * 0x1p-32);
}

static inline void sincos_turn(uint32_t word, double *sine, double *cosine)
{
    double angle = 2 * M_PI * 0x1p-32 * (double)word;
    *sine = sin(angle), *cosine = cos(angle);
}

static inline double square_root(double x)
{
    return sqrt(x);
}

static inline double open_uniform(uint32_t word)
{
    return ((double)word + 0.5) * 0x1p-32;
}

#else

static inline float bits_float(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* log(u), u = (word + 1/2) 2^-32 rounded to float, within 2 ulp. With u = 2^e m, m in [sqrt(1/2), sqrt(2)):
 * log m = 2 artanh(s), s = (m - 1)/(m + 1), |s| < 0.1716, by its series to s^9. */
static inline float log_uniform(uint32_t word)
{
    /* A signed conversion, of halves that are each exact, because SSE2 and AVX2 have no unsigned one. */
    float u = ((float)(int32_t)(word >> 16) * 65536.0f + ((float)(int32_t)(word & 0xFFFF) + 0.5f)) * 0x1p-32f;
    uint32_t shifted = float_bits(u) - 0x3F3504F3u; /* of sqrt(1/2) */
    int32_t exponent = (int32_t)shifted >> 23;
    float m = bits_float((shifted & 0x007FFFFFu) + 0x3F3504F3u);
    float s = (m - 1) / (m + 1), s2 = s * s;
    float tail = s2 * (2.0f / 3 + s2 * (2.0f / 5 + s2 * (2.0f / 7 + s2 * (2.0f / 9))));
    return (float)exponent * 0.693147180559945f + (2 * s + s * tail);
}

/* Sine and cosine of 2 pi word / 2^32. The top two bits, rounded, are the quarter turn; what is left is an angle in
 * [-pi/4, pi/4], where the Taylor series to x^9 and x^8 are good to a float's last bits. */
static inline void sincos_turn(uint32_t word, float *sine, float *cosine)
{
    uint32_t quarter = (word + 0x20000000u) >> 30;
    float x = (float)(int32_t)(word - (quarter << 30)) * (float)(2 * M_PI * 0x1p-32);
    float x2 = x * x;
    float s = x + x * x2 * (-1.0f / 6 + x2 * (1.0f / 120 + x2 * (-1.0f / 5040 + x2 * (1.0f / 362880))));
    float c = 1 + x2 * (-0.5f + x2 * (1.0f / 24 + x2 * (-1.0f / 720 + x2 * (1.0f / 40320))));
    float a = quarter & 1 ? c : s, b = quarter & 1 ? s : c;
    *sine = bits_float(float_bits(a) ^ (quarter & 2) << 30);
    *cosine = bits_float(float_bits(b) ^ ((quarter + 1) & 2) << 30);
}

static inline float square_root(float x)
{
    return sqrtf(x);
}

static inline float open_uniform(uint32_t word)
{
    return ((float)(int32_t)(word >> 9) + 0.5f) * 0x1p-23f;
}

#endif

/* Words 0 and 1 of a block make its normals 0 and 1, words 2 and 3 its normals 2 and 3 (Box and Muller 1958). */
CLONES static void normal_chunk(uint64_t key, uint64_t first, cgm_real *out)
{
    uint32_t word[4][BLOCKS];
    cgm_real value[4][BLOCKS];
    fill_words(key, first, word);
    for (int w = 0; w < 4; w += 2)
        for (int b = 0; b < BLOCKS; b++) {
            cgm_real log_u = log_uniform(word[w][b]), sine, cosine;
            sincos_turn(word[w + 1][b], &sine, &cosine);
            /* The rounding of u to 1 may leave the logarithm a hair above zero. */
            cgm_real radius = square_root(log_u < 0 ? -2 * log_u : 0);
            value[w][b] = radius * cosine;
            value[w + 1][b] = radius * sine;
        }
    for (int b = 0; b < BLOCKS; b++)
        for (int w = 0; w < 4; w++) out[4 * b + w] = value[w][b];
}

CLONES static void uniform_chunk(uint64_t key, uint64_t first, cgm_real *out)
{
    uint32_t word[4][BLOCKS];
    fill_words(key, first, word);
    for (int b = 0; b < BLOCKS; b++)
        for (int w = 0; w < 4; w++) out[4 * b + w] = open_uniform(word[w][b]);
}

/* Starts at the next whole block and leaves the stream at the one after the last. */
static void fill(cgm_rng *rng, size_t n, cgm_real *out, void (*chunk)(uint64_t, uint64_t, cgm_real *))
{
    if (n == 0) return;
    if (rng->used) rng->counter++, rng->used = 0;
    uint64_t first = rng->counter;
    size_t done = 0;
    for (; n - done >= CHUNK; done += CHUNK) chunk(rng->key, first + done / 4, out + done);
    if (done < n) {
        cgm_real last[CHUNK];
        chunk(rng->key, first + done / 4, last);
        memcpy(out + done, last, (n - done) * sizeof *out);
    }
    rng->counter = first + n / 4 + (n % 4 != 0);
}

void cgm_rng_fill_normal(cgm_rng *rng, size_t n, cgm_real *out)
{
    fill(rng, n, out, normal_chunk);
}

typedef struct filling {
    cgm_rng rng; /* at a whole block */
    size_t n;
    cgm_real *out;
} filling;

static void fill_task(void *context, size_t index, int worker)
{
    (void)worker;
    const filling *f = context;
    size_t at = index * TASK_ELEMENTS, left = f->n - at;
    cgm_rng rng = f->rng;
    rng.counter += at / 4;
    cgm_rng_fill_normal(&rng, left < TASK_ELEMENTS ? left : TASK_ELEMENTS, f->out + at);
}

void cgm_rng_fill_normal_by(cgm_rng *rng, int threads, size_t n, cgm_real *out)
{
    if (n == 0) return;
    if (rng->used) rng->counter++, rng->used = 0;
    filling f = {*rng, n, out};
    cgm_parallel(threads, (n + TASK_ELEMENTS - 1) / TASK_ELEMENTS, fill_task, &f);
    rng->counter += n / 4 + (n % 4 != 0);
}

void cgm_rng_fill_uniform(cgm_rng *rng, size_t n, cgm_real *out)
{
    fill(rng, n, out, uniform_chunk);
}

/* The first block of each of BLOCKS streams, split by index. */
CLONES static void split_blocks(uint64_t key, uint64_t first, uint32_t word[4][BLOCKS])
{
    for (int b = 0; b < BLOCKS; b++) {
        uint32_t x[4];
        cgm_philox_block(key, first + (uint64_t)b, CGM_PHILOX_SPLIT_INDEX, x);
        cgm_philox_block((uint64_t)x[1] << 32 | x[0], 0, CGM_PHILOX_STREAM, x);
        for (int w = 0; w < 4; w++) word[w][b] = x[w];
    }
}

void cgm_rng_normal_rows(const cgm_rng *rng, uint64_t first, size_t n, double *out)
{
    uint32_t word[4][BLOCKS];
    for (size_t begin = 0; begin < n; begin += BLOCKS) {
        split_blocks(rng->key, first + begin, word);
        for (size_t b = 0; b < BLOCKS && begin + b < n; b++) {
            const uint32_t x[4] = {word[0][b], word[1][b], word[2][b], word[3][b]};
            out[begin + b] = cgm_philox_normal(x);
        }
    }
}
