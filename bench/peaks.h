/* What this machine can do at most, measured: bounds to compare a bench with. */
#ifndef CGM_BENCH_PEAKS_H
#define CGM_BENCH_PEAKS_H

/* Of all `threads` together, in double: multiply-adds from registers, e^x of x <= 0 and tanh from the first cache by
 * the library's own vectors (kernels/double_isa.h), all per ns, and bytes per ns copied between arrays larger than the
 * caches, read and written ones counted both. */
typedef struct bench_peaks {
    double fma, exp, tanh, bytes;
} bench_peaks;

bench_peaks bench_measure_peaks(int threads);

#endif
