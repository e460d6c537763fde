#include "kernels/double_math.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define EACH_ISA "kernels/double_math_isa.h"
#include "kernels/each_isa.h"

void cgm_double_math_list(const cgm_double_math *list[3])
{
    const cgm_double_math *copies[] = ISA_LIST(math);
    size_t n = 0;
    for (size_t i = 0; i < ISA_COPIES; i++) list[i] = NULL;
    for (size_t i = 0; i < ISA_COPIES; i++)
        if (copies[i]) list[n++] = copies[i];
}

const cgm_double_math *cgm_double_math_get(void)
{
    const cgm_double_math *list[ISA_COPIES];
    cgm_double_math_list(list);
    return list[0];
}
