/* Multiply-adds of one instruction set: enough independent sums to hide their latency. */
#include "kernels/double_isa.h"

enum { ISA(SUMS) = 12 };

static double ISA(multiply_add)(size_t n)
{
    VECTOR sum[ISA(SUMS)], a = ISA(all)(0.999), b = ISA(all)(1e-3);
    for (int i = 0; i < ISA(SUMS); i++) sum[i] = ISA(all)(i);
    for (size_t k = 0; k < n; k++)
#pragma GCC unroll 12
        for (int i = 0; i < ISA(SUMS); i++) sum[i] = sum[i] * a + b;
    double total = 0;
    for (int i = 0; i < ISA(SUMS); i++)
        for (int lane = 0; lane < LANES; lane++) total += sum[i][lane];
    return total;
}

static const multiply_adds ISA(peak) = {ISA(multiply_add), ISA(SUMS) * LANES};
