#include "base/denormals.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define FLUSH 0x8040u /* results (bit 15) and operands (bit 6) of MXCSR */

cgm_fp_mode cgm_fp_get(void)
{
    return _mm_getcsr();
}

void cgm_fp_set(cgm_fp_mode mode)
{
    _mm_setcsr((unsigned)mode);
}
#elif defined(__aarch64__)
#define FLUSH (1u << 24) /* FZ of FPCR */

cgm_fp_mode cgm_fp_get(void)
{
    cgm_fp_mode mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
}

void cgm_fp_set(cgm_fp_mode mode)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
}
#else
#define FLUSH 0u

cgm_fp_mode cgm_fp_get(void)
{
    return 0;
}

void cgm_fp_set(cgm_fp_mode mode)
{
    (void)mode;
}
#endif

cgm_fp_mode cgm_fp_flush_denormals(void)
{
    cgm_fp_mode before = cgm_fp_get();
    cgm_fp_set(before | FLUSH);
    return before;
}
