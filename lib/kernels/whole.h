/* Loops over whole arrays under AddressSanitizer: each array is looked at once a call, all of it, and not again at each
 * element, which would keep the loop from being vectors (test_predictors takes 49 s instead of 108, test_gan 45 instead
 * of 65). Elsewhere nothing. Internal. */
#ifndef CGM_KERNELS_WHOLE_H
#define CGM_KERNELS_WHOLE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>

/* Of a function that says of each array that it goes through, and of those of values alone that are inlined there: GCC
 * would take the marks of their variables' lives along, and leave some of the stack poisoned. */
#define CGM_WHOLE __attribute__((no_sanitize("address,undefined")))
#define CGM_READS(n, x) cgm_whole(x, (size_t)(n) * sizeof *(x), false)
#define CGM_WRITES(n, x) cgm_whole(x, (size_t)(n) * sizeof *(x), true)

__attribute__((noinline, unused)) static void cgm_whole(const void *x, size_t bytes, bool write)
{
    void *bad = bytes ? __asan_region_is_poisoned((void *)x, bytes) : NULL;
    void *frame = __builtin_frame_address(0);
    if (bad) __asan_report_error(__builtin_return_address(0), frame, frame, bad, write, 1);
}
#else
#define CGM_WHOLE
#define CGM_READS(n, x) (void)0
#define CGM_WRITES(n, x) (void)0
#endif

#endif
