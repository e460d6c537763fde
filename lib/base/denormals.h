/* Denormal numbers: a processor takes a hundred cycles or more for each, and gradients far in a likelihood's tail are
 * full of them. Tensor work flushes them to zero; scalar work in double does not. Internal. */
#ifndef CGM_BASE_DENORMALS_H
#define CGM_BASE_DENORMALS_H

/* The calling thread's floating-point control word. */
typedef unsigned long long cgm_fp_mode;
cgm_fp_mode cgm_fp_get(void);
void cgm_fp_set(cgm_fp_mode mode);
/* From now on denormal operands and results count as zero in this thread; returns the mode before. No effect where the
 * processor is neither x86-64 nor AArch64. */
cgm_fp_mode cgm_fp_flush_denormals(void);

#endif
