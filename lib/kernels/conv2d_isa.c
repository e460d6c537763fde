/* The inner loops of the convolutions for each instruction set, chosen when the program runs. A tile of rows x columns
 * accumulators keeps one operand of each product in registers: 24 of AVX-512's 32 registers, 12 of the 16 of the
 * others. */
#include "kernels/conv2d_planes.h"

#include <stdatomic.h>
#include <string.h>

#define TILES_12(T)                                                                                                    \
    T(4, 3) T(4, 2) T(4, 1) T(2, 6) T(2, 4) T(2, 3) T(2, 2) T(2, 1) T(1, 6) T(1, 4) T(1, 3) T(1, 2) T(1, 1)

#define PANELS_12(T) T(4, 3) T(4, 2) T(4, 1) T(2, 3) T(2, 2) T(2, 1) T(1, 3) T(1, 2) T(1, 1)

/* ADD_PRODUCT(sum, a, b): sum += a b where it lies. Left to itself GCC puts some results in b's place and copies them
 * back, and folds loads into products that share what is loaded. */
#ifdef CGM_DOUBLE
#define FMADD "vfmadd231pd %2, %1, %0"
#else
#define FMADD "vfmadd231ps %2, %1, %0"
#endif

#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#define HAVE_X86_LEVELS 1

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
#define ISA(name) v4_##name
#define VECTOR_BYTES 64
#define IN_REGISTER(a) __asm__("" : "+v"(a))
#define ADD_PRODUCT(sum, a, b) __asm__(FMADD : "+v"(sum) : "v"(a), "v"(b))
#define TILE_ROWS 8
#define TILES(T)                                                                                                       \
    T(8, 3)                                                                                                            \
    T(8, 2)                                                                                                            \
    T(8, 1)                                                                                                            \
    T(4, 6)                                                                                                            \
    T(4, 4)                                                                                                            \
    T(4, 3)                                                                                                            \
    T(4, 2)                                                                                                            \
    T(4, 1) T(2, 12) T(2, 8) T(2, 6) T(2, 4) T(2, 3) T(2, 2) T(2, 1) T(1, 12) T(1, 6) T(1, 4) T(1, 3) T(1, 2) T(1, 1)
#define PANELS(T) T(8, 3) T(8, 2) T(8, 1) T(6, 4) T(4, 4) T(2, 4) T(1, 4) PANELS_12(T)
#define ROW_CHANNELS 4
#include "kernels/conv2d_isa.h"
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define ISA(name) v3_##name
#define VECTOR_BYTES 32
#define IN_REGISTER(a) __asm__("" : "+x"(a))
#define ADD_PRODUCT(sum, a, b) __asm__(FMADD : "+x"(sum) : "x"(a), "x"(b))
#define TILE_ROWS 4
#define TILES TILES_12
#define PANELS PANELS_12
#define ROW_CHANNELS 2
#include "kernels/conv2d_isa.h"
#pragma GCC pop_options
#endif

#define ISA(name) base_##name
#define VECTOR_BYTES 16
#define IN_REGISTER(a) (void)0
#define ADD_PRODUCT(sum, a, b) (sum) += (a) * (b)
#define TILE_ROWS 4
#define TILES TILES_12
#define PANELS PANELS_12
#define ROW_CHANNELS 2
#include "kernels/conv2d_isa.h"

int cgm_conv_isa_list(const cgm_conv_isa *list[CGM_CONV_ISAS])
{
    int n = 0;
#ifdef HAVE_X86_LEVELS
    if (__builtin_cpu_supports("x86-64-v4")) list[n++] = &v4_isa;
    if (__builtin_cpu_supports("x86-64-v3")) list[n++] = &v3_isa;
#endif
    list[n++] = &base_isa;
    return n;
}

static const cgm_conv_isa *_Atomic in_force;

void cgm_conv_isa_override(const cgm_conv_isa *isa)
{
    atomic_store_explicit(&in_force, isa, memory_order_release);
}

const cgm_conv_isa *cgm_conv_isa_get(void)
{
    const cgm_conv_isa *isa = atomic_load_explicit(&in_force, memory_order_acquire);
    if (isa) return isa;
    const cgm_conv_isa *list[CGM_CONV_ISAS];
    cgm_conv_isa_list(list);
    cgm_conv_isa_override(list[0]);
    return list[0];
}
