/* Haar coefficients below the universal threshold sigma sqrt(2 log n) of Donoho and Johnstone 1994 are set to 0;
 * averaged over all shifts of the blocks that the transform works on (Coifman and Donoho 1995). Beyond its border the
 * image goes on as in a mirror. */
#include <math.h>

#include "base/threads.h"
#include "dip/baselines/baseline.h"
#include "dip/operators/axis.h"

enum { LEVELS = 3, SIDE = 1 << LEVELS };

static bool applies(const dip_problem *p)
{
    return p->kind == &cgm_dip_operator_identity;
}

static double held(double x, double threshold)
{
    return fabs(x) < threshold ? 0 : x;
}

/* The four orthonormal coefficients of 2 x 2 numbers, which are their own inverse. */
static void haar(double *a, double *b, double *c, double *d)
{
    double smooth = (*a + *b + *c + *d) / 2, across = (*a - *b + *c - *d) / 2;
    double down = (*a + *b - *c - *d) / 2, diagonal = (*a - *b - *c + *d) / 2;
    *a = smooth;
    *b = across;
    *c = down;
    *d = diagonal;
}

/* Each level on the smooth parts of the last, which lie `step` apart; back, once its details are shrunk. */
static void shrink_block(double block[SIDE][SIDE], int step, double threshold)
{
    if (step == SIDE) return;
    for (int y = 0; y < SIDE; y += 2 * step)
        for (int x = 0; x < SIDE; x += 2 * step)
            haar(&block[y][x], &block[y][x + step], &block[y + step][x], &block[y + step][x + step]);
    shrink_block(block, 2 * step, threshold);
    for (int y = 0; y < SIDE; y += 2 * step)
        for (int x = 0; x < SIDE; x += 2 * step) {
            double *b = &block[y][x + step], *c = &block[y + step][x], *d = &block[y + step][x + step];
            *b = held(*b, threshold);
            *c = held(*c, threshold);
            *d = held(*d, threshold);
            haar(&block[y][x], b, c, d);
        }
}

typedef struct shrinking {
    const dip_problem *p;
    double threshold, *out;
} shrinking;

/* One channel: a block at every place, of which each pixel has SIDE^2. */
static void shrink_channel(void *context, size_t channel, int worker)
{
    const shrinking *s = context;
    int64_t h = s->p->height, w = s->p->width;
    const double *from = s->p->y + (int64_t)channel * h * w;
    double *to = s->out + (int64_t)channel * h * w, block[SIDE][SIDE];
    (void)worker;
    for (int64_t i = 0; i < h * w; i++) to[i] = 0;
    for (int64_t top = 1 - SIDE; top < h; top++)
        for (int64_t left = 1 - SIDE; left < w; left++) {
            for (int y = 0; y < SIDE; y++)
                for (int x = 0; x < SIDE; x++)
                    block[y][x] = from[cgm_dip_mirrored(top + y, h) * w + cgm_dip_mirrored(left + x, w)];
            shrink_block(block, 1, s->threshold);
            for (int64_t y = top < 0 ? -top : 0; y < SIDE && top + y < h; y++)
                for (int64_t x = left < 0 ? -left : 0; x < SIDE && left + x < w; x++)
                    to[(top + y) * w + left + x] += block[y][x] / (SIDE * SIDE);
        }
}

static cgm_status restore(const dip_problem *p, int threads, double *out)
{
    double n = (double)(p->height * p->width);
    shrinking s = {p, p->sigma * sqrt(2 * log(n)), out};
    cgm_parallel(threads, (size_t)p->channels, shrink_channel, &s);
    return CGM_OK;
}

const dip_baseline cgm_dip_baseline_wavelet_shrinkage = {"wavelet shrinkage", applies, restore};
