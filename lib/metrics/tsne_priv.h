/* The parts of t-SNE, for its tests. Internal. */
#ifndef CGM_METRICS_TSNE_PRIV_H
#define CGM_METRICS_TSNE_PRIV_H

#include "base/status.h"

#define CGM_TSNE_PARTS 6

/* p [n, n]: of each row i the probabilities of its neighbours, exp(-b_i |x_i - x_j|^2) over their sum, 0 of itself,
 * with b_i such that their entropy is the logarithm of the perplexity. Equation 1. */
cgm_status cgm_tsne_neighbours(size_t n, size_t width, const double *x, double perplexity, int threads,
                               double *p) CGM_CHECKED;
/* Makes them probabilities of pairs, (p_ij + p_ji) / 2n, in place. */
void cgm_tsne_pair(size_t n, double *p);
/* gradient [n, 2]: of the divergence by the points [n, 2], with all p times `factor`: equation 5. parts: room [n,
 * CGM_TSNE_PARTS]. *divergence: the divergence, of p as they are. */
void cgm_tsne_gradient(size_t n, const double *p, double factor, const double *points, int threads, double *parts,
                       double *gradient, double *divergence);

#endif
