/* Shapes: dense row-major tensors of up to CGM_MAX_RANK axes. Images are [N, C, H, W]. */
#ifndef CGM_GRAPH_SHAPE_H
#define CGM_GRAPH_SHAPE_H

#include "base/status.h"

#define CGM_MAX_RANK 5

typedef struct cgm_shape {
    int rank;
    int64_t dim[CGM_MAX_RANK];
} cgm_shape;

/* CGM_SHAPE(n, c, h, w); CGM_SCALAR has rank 0 and one element. */
#define CGM_SHAPE(...)                                                                                                 \
    ((cgm_shape){.rank = (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), .dim = {__VA_ARGS__}})
#define CGM_SCALAR ((cgm_shape){0})

CGM_API int64_t cgm_shape_size(cgm_shape shape);
CGM_API bool cgm_shape_equal(cgm_shape a, cgm_shape b);
/* Writes "[2, 3]" and returns text, for messages. */
#define CGM_SHAPE_TEXT 128
CGM_API const char *cgm_shape_text(cgm_shape shape, char text[CGM_SHAPE_TEXT]);

#endif
