/* t-SNE: points of a plane, of which those are near one another whose rows are (van der Maaten, Hinton 2008,
 * "Visualizing data using t-SNE"). Exact: all pairs, so that time and memory grow with the square of the rows. */
#ifndef CGM_METRICS_TSNE_H
#define CGM_METRICS_TSNE_H

#include "base/rng.h"
#include "base/status.h"

/* Zero-initialise for the usual numbers. */
typedef struct cgm_tsne_opts {
    double perplexity; /* effective number of a row's neighbours; 0: 30, or a third of the others where that is less */
    size_t iterations; /* 0: 1000 */
    int threads;       /* 0: 1; the same bits for any number */
    const volatile int *stop; /* ends with CGM_E_INTERRUPTED once this is nonzero; or NULL */
    /* Told of every 50th iteration, or NULL. */
    void (*tell)(void *context, size_t done, size_t total, double divergence);
    void *context;
} cgm_tsne_opts;

/* Points [n, 2] of the rows x [n, width], centred, beginning with draws of the rng; *divergence, or NULL: of the pairs'
 * probabilities in the plane from those in x, in nats, which the points make small; *perplexity, or NULL: what was
 * aimed at. Probabilities are 12 times as large in the first 250 iterations (a quarter of them, if that is less), in
 * which the momentum is 0.5, then 0.8; the rate is the rows over 48, at least 50, times each coordinate's own gain. 8
 * bytes a pair of rows. CGM_E_ARG for fewer than 4 rows, a number that is not finite, or a perplexity that the rows
 * cannot have. */
CGM_API cgm_status cgm_tsne(size_t n, size_t width, const double *x, const cgm_rng *rng, const cgm_tsne_opts *opts,
                            double *points, double *divergence, double *perplexity) CGM_CHECKED;

#endif
