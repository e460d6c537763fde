#include "kernels/gelu.h"

#include <string.h>

#include "kernels/vector_math.h"
#ifndef CGM_DOUBLE
#include "kernels/gelu_tables.h"
#endif

#define EACH_ISA "kernels/gelu_isa.h"
#include "kernels/each_isa.h"

void cgm_gelu_list(const cgm_gelu_isa *list[3])
{
    const cgm_gelu_isa *copies[] = ISA_LIST(isa);
    size_t n = 0;
    for (size_t i = 0; i < ISA_COPIES; i++) list[i] = NULL;
    for (size_t i = 0; i < ISA_COPIES; i++)
        if (copies[i]) list[n++] = copies[i];
}

static const cgm_gelu_isa *best(void)
{
    const cgm_gelu_isa *list[ISA_COPIES];
    cgm_gelu_list(list);
    return list[0];
}

void cgm_ew_gelu(size_t n, const cgm_real *const in[3], const double *attr, cgm_real *out)
{
    best()->gelu(n, in, attr, out);
}

void cgm_ew_gelu_grad(size_t n, const cgm_real *const in[3], const double *attr, cgm_real *out)
{
    best()->gelu_grad(n, in, attr, out);
}
