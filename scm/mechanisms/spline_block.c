#include "scm/mechanisms/spline_block.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernels/kernels.h"

#define EACH_ISA "scm/mechanisms/spline_isa.h"
#include "kernels/each_isa.h"

void cgm_scm_block_kernels_list(const scm_block_kernels *list[3])
{
    const scm_block_kernels *copies[] = ISA_LIST(kernels);
    size_t n = 0;
    for (size_t i = 0; i < ISA_COPIES; i++) list[i] = NULL;
    for (size_t i = 0; i < ISA_COPIES; i++)
        if (copies[i]) list[n++] = copies[i];
}

const scm_block_kernels *cgm_scm_block_kernels(void)
{
    const scm_block_kernels *list[ISA_COPIES];
    if (cgm_kernels() == &cgm_kernels_reference) return &cgm_scm_block_reference;
    cgm_scm_block_kernels_list(list);
    return list[0];
}
