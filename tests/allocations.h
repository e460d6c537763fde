/* Counts what a test program allocates, by standing in front of malloc. Included by one file of a program. Under
 * AddressSanitizer, which owns malloc, nothing is counted. */
#ifndef CGM_TESTS_ALLOCATIONS_H
#define CGM_TESTS_ALLOCATIONS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
static inline bool allocations_counted(void)
{
    return false;
}
static inline size_t allocations(void)
{
    return 0;
}
#else
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
static atomic_size_t allocation_count;

void *malloc(size_t n)
{
    atomic_fetch_add(&allocation_count, 1);
    return __libc_malloc(n);
}
void *calloc(size_t n, size_t size)
{
    atomic_fetch_add(&allocation_count, 1);
    return __libc_calloc(n, size);
}
void *realloc(void *p, size_t n)
{
    atomic_fetch_add(&allocation_count, 1);
    return __libc_realloc(p, n);
}
static inline bool allocations_counted(void)
{
    return true;
}
static inline size_t allocations(void)
{
    return atomic_load(&allocation_count);
}
#endif

#endif
