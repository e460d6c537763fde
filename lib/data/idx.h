/* The IDX format of MNIST: a big-endian header of sizes, then unsigned bytes; plain or compressed by gzip. Internal. */
#ifndef CGM_DATA_IDX_H
#define CGM_DATA_IDX_H

#include "base/status.h"

#define CGM_IDX_MAX_RANK 4

typedef struct cgm_idx {
    int rank;
    size_t dim[CGM_IDX_MAX_RANK]; /* [rows, ...] */
    uint8_t *data;                /* freed by the caller */
} cgm_idx;

/* Reads a file whose header must agree with its length. */
cgm_status cgm_idx_load(const char *path, cgm_idx *out) CGM_CHECKED;
/* Rank 3 [N, H, W] or 4 [N, C, H, W] as an image variable's sizes. */
cgm_status cgm_idx_image(const cgm_idx *idx, const char *path, int *channels, int *height, int *width) CGM_CHECKED;
/* Whether the file begins like IDX, compressed or not. */
bool cgm_idx_probe(const char *path);

#endif
