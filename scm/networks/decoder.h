/* Models without a likelihood, x := d(z, pa) + u: a decoder d, and the residual u that makes x what was seen. Internal.
 */
#ifndef CGM_SCM_NETWORKS_DECODER_H
#define CGM_SCM_NETWORKS_DECODER_H

#include "scm/networks/part.h"

/* The part's inputs are z [NETWORK_ROWS, width], the parents' features and, where the model has them, further numbers a
 * row; its output is d. */
typedef struct network_decoder {
    network_part *part; /* compiled */
    const network_parents *parents;
    double low, high;            /* what x is kept within */
    const double *shift, *scale; /* NULL, or [width]: d is the part's output times scale plus shift */
    const cgm_values *further;   /* the further numbers, [n, ...], of the rows that are decoded; NULL: there are none */
} network_decoder;

/* out := d(z, parents) + noise, row by row; all [n, ...]. noise NULL: 0. */
cgm_status cgm_network_decode(const network_decoder *d, const cgm_values *parents, const cgm_values *z,
                              const cgm_values *noise, cgm_values *out) CGM_CHECKED;
/* noise := seen - d(z, parents). */
cgm_status cgm_network_residual(const network_decoder *d, const cgm_values *parents, const cgm_values *z,
                                const cgm_values *seen, cgm_values *noise) CGM_CHECKED;

#endif
