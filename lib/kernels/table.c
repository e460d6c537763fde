/* Which kernels are in force. */
#include "kernels/conv2d.h"
#include "kernels/gemm.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

const cgm_kernel_table cgm_kernels_reference = {
    .name = "reference",
    .gemm = cgm_gemm_reference,
    .matmul = cgm_matmul_reference,
    .conv2d_scratch = cgm_conv2d_no_scratch,
    .conv2d = cgm_conv2d_reference,
    .conv2d_input_grad_scratch = cgm_conv2d_no_scratch,
    .conv2d_input_grad = cgm_conv2d_input_grad_reference,
    .conv2d_filter_grad_scratch = cgm_conv2d_no_scratch,
    .conv2d_filter_grad = cgm_conv2d_filter_grad_reference,
};

const cgm_kernel_table cgm_kernels_fast = {
    .name = "fast",
    .gemm = cgm_gemm_blas,
    .matmul = cgm_matmul_blas,
    .conv2d_scratch = cgm_conv2d_scratch_grouped,
    .conv2d = cgm_conv2d_grouped,
    .conv2d_input_grad_scratch = cgm_conv2d_input_grad_scratch_grouped,
    .conv2d_input_grad = cgm_conv2d_input_grad_grouped,
    .conv2d_filter_grad_scratch = cgm_conv2d_filter_grad_scratch_grouped,
    .conv2d_filter_grad = cgm_conv2d_filter_grad_grouped,
};

/* NULL until the first call. Two threads that arrive together both choose the same table. */
static const cgm_kernel_table *_Atomic in_force;

const cgm_kernel_table *cgm_kernels(void)
{
    const cgm_kernel_table *table = atomic_load_explicit(&in_force, memory_order_acquire);
    if (table) return table;
    const char *asked = getenv("CGM_KERNELS");
    table = asked && !strcmp(asked, "reference") ? &cgm_kernels_reference : &cgm_kernels_fast;
    atomic_store_explicit(&in_force, table, memory_order_release);
    return table;
}

void cgm_kernels_override(const cgm_kernel_table *table)
{
    atomic_store_explicit(&in_force, table, memory_order_release);
}
