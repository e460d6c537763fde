/* Gelu and its slope for each instruction set; see kernels.h. Internal. */
#ifndef CGM_KERNELS_GELU_H
#define CGM_KERNELS_GELU_H

#include "kernels/kernels.h"

typedef struct cgm_gelu_isa {
    const char *name;
    cgm_elementwise_fn *gelu, *gelu_grad;
} cgm_gelu_isa;

/* What this machine can run, best first, then NULL. */
void cgm_gelu_list(const cgm_gelu_isa *list[3]);

#endif
