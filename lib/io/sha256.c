/* SHA-256 (FIPS 180-4, sections 4.1.2, 4.2.2, 5.3.3 and 6.2). */
#define _GNU_SOURCE
#include "io/file.h"

#include <errno.h>
#include <string.h>

typedef struct sha256 {
    uint32_t h[8];
    unsigned char block[64];
    size_t used;
    uint64_t bytes;
} sha256;

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static inline uint32_t rotate(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static void compress(uint32_t h[8], const unsigned char *block)
{
    uint32_t w[64];
    for (int t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 | (uint32_t)block[4 * t + 2] << 8 |
               block[4 * t + 3];
    for (int t = 16; t < 64; t++) {
        uint32_t s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
        uint32_t s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], i = h[7];
#pragma GCC unroll 8
    for (int t = 0; t < 64; t++) {
        uint32_t t1 = i + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + k[t] + w[t];
        uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        i = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e, h[5] += f, h[6] += g, h[7] += i;
}

static void begin(sha256 *s)
{
    *s =
        (sha256){.h = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

static void add(sha256 *s, const unsigned char *data, size_t bytes)
{
    s->bytes += bytes;
    while (bytes > 0) {
        if (s->used == 0 && bytes >= sizeof s->block) {
            compress(s->h, data);
            data += sizeof s->block, bytes -= sizeof s->block;
            continue;
        }
        size_t n = sizeof s->block - s->used < bytes ? sizeof s->block - s->used : bytes;
        memcpy(s->block + s->used, data, n);
        data += n, bytes -= n, s->used += n;
        if (s->used == sizeof s->block) compress(s->h, s->block), s->used = 0;
    }
}

/* A one bit, zeros, and the length in bits, to the end of a block. */
static void end(sha256 *s, char hex[65])
{
    uint64_t bits = s->bytes * 8;
    unsigned char pad[72] = {0x80};
    size_t n = (s->used < 56 ? 56 : 120) - s->used;
    for (size_t i = 0; i < 8; i++) pad[n + i] = (unsigned char)(bits >> (56 - 8 * i));
    add(s, pad, n + 8);
    for (int i = 0; i < 8; i++) snprintf(hex + 8 * i, 9, "%08x", s->h[i]);
}

void cgm_sha256(const void *data, size_t bytes, char hex[65])
{
    sha256 s;
    begin(&s);
    if (bytes > 0) add(&s, data, bytes);
    end(&s, hex);
}

cgm_status cgm_sha256_file(const char *path, char hex[65])
{
    FILE *stream = fopen(path, "rbe");
    if (!stream) return CGM_FAIL(CGM_E_ARG, "%s: %s", path, strerror(errno));
    sha256 s;
    begin(&s);
    unsigned char buffer[1 << 15];
    size_t n;
    while ((n = fread(buffer, 1, sizeof buffer, stream)) > 0) add(&s, buffer, n);
    int failed = ferror(stream) ? errno : 0;
    fclose(stream);
    if (failed) return CGM_FAIL(CGM_E_IO, "%s: %s", path, strerror(failed));
    end(&s, hex);
    return CGM_OK;
}
